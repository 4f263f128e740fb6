"""Beginning to look at a class as its teacher: never without an event."""

from django.db import transaction
from django.http import HttpRequest

from core.events import record
from core.types import User
from schools.models import SchoolClass

from .. import events
from . import session


@transaction.atomic
def begin_viewing(*, request: HttpRequest, school_class: SchoolClass, by: User) -> None:
    """Let this session look at a class; that `by` may is the caller's to ask (`class_to_view`)."""
    record(events.VIEWED_AS_TEACHER, by=by, about=school_class, school=school_class.school_id)
    session.begin(request, school_class.pk)


@transaction.atomic
def end_viewing(*, request: HttpRequest, by: User) -> int | None:
    """The session is its person's own again; the id of the class that was looked at, or None."""
    class_id = session.end(request)
    if class_id is not None:
        found = SchoolClass.objects.filter(pk=class_id).first()
        record(
            events.VIEWING_ENDED,
            by=by,
            about=found,
            school=found.school_id if found is not None else None,
        )
    return class_id
