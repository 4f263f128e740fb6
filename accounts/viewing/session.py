"""Which class is being looked at in a session, and since when; no query."""

from django.http import HttpRequest
from django.utils import timezone

KEY = "viewing"
# Seconds after which it ends by itself: nobody finds their own pages read-only the next morning.
LIFE = 1800


def begin(request: HttpRequest, class_id: int) -> None:
    """From now on this session looks at the pages of a class."""
    request.session[KEY] = {"class": class_id, "began": timezone.now().timestamp()}


def end(request: HttpRequest) -> int | None:
    """This session is its person's own again; the class that was looked at, or None."""
    found = request.session.pop(KEY, None)
    return found["class"] if found else None


def class_looked_at(request: HttpRequest) -> int | None:
    """Id of the class that this session looks at, or None."""
    found = request.session.get(KEY)
    if found is None:
        return None
    age = timezone.now().timestamp() - found["began"]
    return found["class"] if 0 <= age < LIFE else None
