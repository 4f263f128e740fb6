"""Entries as an iCalendar file (RFC 5545). The one module that knows the library icalendar."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from .selectors import Entry

CONTENT_TYPE = "text/calendar; charset=utf-8"
_ASK_AGAIN = "PT6H"


def written(entries: Iterable[Entry], *, name: str, site: str) -> bytes:
    """The file, the same bytes for the same entries.

    Args:
        name: of the calendar, as the phone shows it.
        site: address of the installation, without a slash at the end.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//lai_chau_edu//inspections//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-published-ttl", _ASK_AGAIN)
    host = urlsplit(site).hostname or "localhost"
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.uid}@{host}")
        event.add("dtstamp", entry.changed_at)
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + datetime.timedelta(days=1))
        event.add("summary", entry.title)
        event.add("url", site + entry.path)
        # A day to think of, not one on which nobody is free.
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return calendar.to_ical()
