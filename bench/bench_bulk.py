"""Registers by the API: many in one call, against one call for each."""

import asyncio
import time
import uuid
from collections import Counter

from django.db import connection

from . import sending, server
from .results import Results, about

SINGLE, BULK = 200, 2000
AT_ONCE = 50
# More than a province has sessions a day.
EVERY = 100_000


def measure(options):
    """Registers a second of one program, in single calls and in calls of `AT_ONCE`."""
    date = server.due_date()
    results = Results("bulk", about(connection, single=SINGLE, bulk=BULK, at_once=AT_ONCE))
    with server.pages_to_send(EVERY, date) as (every, _officer):
        pages = _of_large_schools(every)
        rng = sending.random_of(11)
        with server.serving() as base:
            single, many = asyncio.run(_measure(base, date, pages, rng))
        registers, revisions = server.stored(date)
    results.add("in calls of many, registers a second", many, "/s", floor=single, at_least=8)
    results.add("sent but not stored once", len(pages) - min(registers, revisions), "", at_most=0)
    return results


async def _measure(base, date, pages, rng):
    by_school = {}
    for page in pages[SINGLE:]:
        by_school.setdefault(page.cookies["session"], []).append(page)
    calls = [
        own[first : first + AT_ONCE]
        for own in by_school.values()
        for first in range(0, len(own), AT_ONCE)
    ]
    async with sending.client() as http:
        start = time.perf_counter()
        for page in pages[:SINGLE]:
            class_id, session = _place(page)
            url = f"{base}/api/v1/registers/{class_id}/{date}/{session}/"
            _took, status, told = await sending.call(
                http, "PUT", url, page.cookies, _body(page, rng)
            )
            if status != 201:
                raise RuntimeError(told)
        single = SINGLE / (time.perf_counter() - start)
        start = time.perf_counter()
        for call in calls:
            registers = []
            for page in call:
                class_id, session = _place(page)
                where = {"class_id": class_id, "date": str(date), "session": session}
                registers.append(where | _body(page, rng))
            _took, status, told = await sending.call(
                http,
                "POST",
                f"{base}/api/v1/registers/",
                call[0].cookies,
                {"registers": registers},
            )
            wrong = [each for each in told.get("answers", [told]) if each.get("status") != 201]
            if wrong:
                raise RuntimeError(wrong[0])
        many = BULK / (time.perf_counter() - start)
    return single, many


def _of_large_schools(pages):
    """As many as are sent, of the schools with most of them: a school's day in a call."""
    sizes = Counter(page.cookies["session"] for page in pages)
    pages = sorted(pages, key=lambda page: (sizes[page.cookies["session"]], page.url))
    return pages[-SINGLE - BULK :]


def _place(page):
    _empty, _attendance, class_id, _date, session, _end = page.url.split("/")
    return int(class_id), session


def _body(page, rng):
    marks = [{"pupil": pupil, "kind": "K"} for pupil in page.roll if rng.random() < 0.05]
    op_id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    return {"op_id": op_id, "base_revision": 0, "marks": marks}
