"""Remembers that requests came through a proxy that the settings do not believe.

Web and doctor are different processes; the note is a file in FILES_DIR.
"""

import datetime
import os

from django.conf import settings
from django.utils import timezone

NAME = "unbelieved_proxy"
REMEMBERED = datetime.timedelta(days=2)
NOTED_EVERY = datetime.timedelta(hours=1)


class Notice:
    """Notes it at most once in `NOTED_EVERY` per process."""

    def __init__(self) -> None:
        self._next: datetime.datetime | None = None

    def note(self) -> None:
        """Remember that it happened now; a full disk must not hurt the page."""
        now = timezone.now()
        if self._next is None or now >= self._next:
            self._next = now + NOTED_EVERY
            try:
                path = settings.FILES_DIR / NAME
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
                os.utime(path, (now.timestamp(), now.timestamp()))
            except OSError:
                return


def last_unbelieved() -> datetime.datetime | None:
    """When a request last came so: aware datetime, or None."""
    try:
        seconds = (settings.FILES_DIR / NAME).stat().st_mtime
    except OSError:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
