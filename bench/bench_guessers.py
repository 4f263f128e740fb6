"""A page for somebody signed in, while 24 programs guess passwords as fast as they are answered.

Needs the demo only. On PostgreSQL by gunicorn with 4 processes of 4 threads, on SQLite by the
embedded server with its 4 threads; guessers, reader and server share this machine.
"""

import asyncio
import time
import uuid

from django.db import connection
from django.urls import reverse

from accounts.models import User
from lai_chau_edu.demo import staff

from . import sending, server
from .results import Results, about, percentile

GUESSERS = 24
SECONDS = 12.0
PAUSE = 0.05


def measure(options):
    """The time of a page, and what guessers are told."""
    results = Results("guessers", about(connection, guessers=GUESSERS, seconds=f"{SECONDS:g}"))
    officer = server.cookies_of(User.objects.get(username=staff.SIGN_INS["province_officer"]))
    workers = 4 if connection.vendor == "postgresql" else 1
    with server.serving(workers=workers, threads=4) as base:
        calm, _guesses = asyncio.run(_read_on(base, officer, guessers=0, seconds=SECONDS / 4))
        read, guesses = asyncio.run(_read_on(base, officer, guessers=GUESSERS, seconds=SECONDS))
    calm_times, times = [seconds for seconds, _s in calm], [seconds for seconds, _s in read]
    results.add("page alone, p95", percentile(calm_times, 0.95))
    results.add("page beside guessers, median", percentile(times, 0.5))
    results.add("page beside guessers, p95", percentile(times, 0.95), at_most=1.0, target="≤ 1 s")
    results.add("pages not answered", sum(s != 200 for _t, s in read), "", at_most=0, target="0")
    results.add("guesses answered, a second", len(guesses) / SECONDS, "/s")
    for status in sorted({status for _seconds, status in guesses}):
        results.add(f"guesses answered {status}", sum(s == status for _t, s in guesses), "")
    faults = sum(status in (0, 500) for _seconds, status in guesses)
    results.add("guesses met by a fault", faults, "", at_most=0, target="0")
    return results


async def _read_on(base, officer, *, guessers, seconds):
    """([(seconds, status)] of pages, the same of guesses) until the time is over."""
    read, guesses = [], []
    until = time.perf_counter() + seconds

    async def guess(http):
        while time.perf_counter() < until:
            guesses.append(
                await sending.post(
                    http,
                    base + reverse("accounts:sign_in"),
                    {"username": f"guess-{uuid.uuid4()}", "password": "not-the-password"},
                )
            )

    async with sending.client() as http:
        running = [asyncio.ensure_future(guess(http)) for _each in range(guessers)]
        while time.perf_counter() < until:
            read.append(await sending.read(http, base, reverse("accounts:password"), officer))
            await asyncio.sleep(PAUSE)
        await asyncio.gather(*running)
    return read, guesses
