"""The morning: 6,000 registers in 15 minutes, the busiest minute at 33 a second, and readers.

Open loop: a register leaves at its time whether or not the one before was answered, as
teachers do. One worker process counts facts meanwhile; all shares this machine.
"""

import asyncio
import math
import time

from django.db import connection

from . import sending, server
from .results import Results, about, percentile

REGISTERS = 6_000
SECONDS = 15 * 60
BUSIEST = 33.0  # a second, in the busiest minute
READERS = 600
MOST_LOST = 0


def measure(options):
    """Registers lost, and the time of a register and of a page, at the morning's pace.

    `--shorter 0.2` keeps the pace and shortens the morning.
    """
    date, url = server.due_date(), server.province_url()
    rng = sending.random_of(20)
    length = SECONDS * options.shorter
    wanted = int(REGISTERS * options.shorter)
    results = Results(
        "peak", about(connection, registers=f"{wanted:,}", minutes=f"{length / 60:g}")
    )
    with server.pages_to_send(wanted, date) as (pages, officer):
        moments = arrivals(len(pages), length, rng)
        with server.serving(with_worker=True) as base:
            asyncio.run(_warm(base, url, officer))
            sent, pages_read = asyncio.run(
                _morning(base, pages, moments, url, officer, length, options.shorter, rng)
            )
        registers, revisions = server.stored(date)
    times = [seconds for seconds, _status in sent]
    refused = sum(status != 302 for _seconds, status in sent)
    results.about["registers"] = f"{len(pages):,}"
    results.add("acknowledged", len(sent) - refused, "")
    results.add("refused or unanswered", refused, "", at_most=0, target="0")
    results.add(
        "acknowledged but not stored once",
        (len(sent) - refused) - min(registers, revisions),
        "",
        at_most=MOST_LOST,
        target="0",
    )
    results.add("most in one minute, a second", _busiest(moments), "/s")
    results.add("register, median", percentile(times, 0.5))
    results.add("register, p95", percentile(times, 0.95), at_most=0.5, target="≤ 500 ms")
    results.add("register, p99", percentile(times, 0.99), at_most=1.5, target="≤ 1.5 s")
    read = [seconds for seconds, _status in pages_read]
    results.add("province page, median", percentile(read, 0.5))
    results.add("province page, p95", percentile(read, 0.95))
    results.add(
        "pages not answered", sum(status != 200 for _s, status in pages_read), "", at_most=0
    )
    return results


def arrivals(count, length, rng):
    """`count` moments in [0, length) seconds: a hill whose busiest minute has BUSIEST a second.

    A narrow peak over an even ground, because a morning of one hill alone would have either a
    lower peak or fewer registers.
    """
    minute = min(60.0, length / 5)
    in_peak = min(count, int(BUSIEST * minute))
    middle = length * 0.45
    moments = [middle + rng.uniform(0, minute) for _each in range(in_peak)]
    while len(moments) < count:
        moment = rng.gauss(middle, length / 4)
        if 0 <= moment < length and not middle <= moment < middle + minute:
            moments.append(moment)
    return sorted(moments)


def _busiest(moments):
    counts = {}
    for moment in moments:
        counts[math.floor(moment / 10)] = counts.get(math.floor(moment / 10), 0) + 1
    return max(counts.values()) / 10


async def _warm(base, url, officer):
    async with sending.client() as http:
        for _each in range(8):
            await sending.read(http, base, url, officer)


async def _morning(base, pages, moments, url, officer, length, shorter, rng):
    start = time.perf_counter()
    sent, read = [], []
    every = length / (READERS * shorter)

    async def teacher(http, page, moment):
        body = sending.body_of(page, rng)
        await asyncio.sleep(max(0.0, moment - (time.perf_counter() - start)))
        sent.append(await sending.send(http, base, page, body))

    async def reader(http, moment):
        await asyncio.sleep(max(0.0, moment - (time.perf_counter() - start)))
        read.append(await sending.read(http, base, url, officer))

    async with sending.client() as http:
        await asyncio.gather(
            *(teacher(http, page, moment) for page, moment in zip(pages, moments, strict=True)),
            *(reader(http, number * every) for number in range(int(length / every))),
        )
    return sent, read
