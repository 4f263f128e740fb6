"""The sheet of a class opened over HTTP, opened again unchanged, and what it weighs."""

import asyncio
import gzip

from django.db import connection

from . import sending, server
from .results import Results, about, percentile

TIMES = 120
PUPILS = 32
KILO = 1000


def measure(options):
    """One reader after the other on a quiet server; the floor is an answer that asks nothing."""
    date = server.due_date()
    results = Results("sheet", about(connection, pupils=PUPILS, times=TIMES))
    with server.pages_to_send(5000, date) as (pages, _officer):
        page = min(pages, key=lambda each: abs(len(each.roll) - PUPILS))
        with server.serving() as base:
            asyncio.run(_measure(results, base, page))
    results.notes.append(f"{len(page.roll)} pupils")
    return results


async def _measure(results, base, page):
    async with sending.client() as http:
        await _read(http, base + "/robots.txt", page)
        floor = percentile((await _read(http, base + "/robots.txt", page))[0], 0.5)
        await _read(http, base + page.url, page)
        times, status, body, _head, etag = await _read(http, base + page.url, page)
        again, unchanged, rest, head, _etag = await _read(http, base + page.url, page, etag)
        _seconds, _status, html = await _html(http, base + page.url, page)
    results.add("the sheet opened, median", percentile(times, 0.5), floor=floor)
    results.add("the sheet opened, p95", percentile(times, 0.95), floor=floor)
    results.add("its HTML", html / KILO, "kB", at_most=30)
    results.add("the same, packed", body / KILO, "kB")
    results.add("unchanged, opened again, median", percentile(again, 0.5), floor=floor)
    results.add("unchanged, head and body", (head + rest) / KILO, "kB", at_most=0.5)
    results.add("answers that were no sheet", int(status != 200), "", at_most=0)
    results.add("not answered by 304", int(unchanged != 304), "", at_most=0)


async def _read(http, url, page, known=None):
    """Times of `TIMES` readings, and what the last one was."""
    found = [await sending.get(http, url, page.cookies, known) for _time in range(TIMES)]
    return [each[0] for each in found], *found[-1][1:]


async def _html(http, url, page):
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in page.cookies.items())}
    async with http.get(url, headers=headers) as answer:
        body = await answer.read()
        packed = answer.headers.get("Content-Encoding") == "gzip"
        return None, answer.status, len(gzip.decompress(body) if packed else body)
