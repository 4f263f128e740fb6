"""Registers saved over HTTP, against pgbench running the same writes."""

import asyncio
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

from accounts.models import User
from lai_chau_edu.demo import staff
from schools.models import SchoolClass

from . import datasets, sending, server
from .results import Results, about, percentile

REGISTERS = 2400
CLIENTS = 8
FLOOR_SECONDS = 8
LONG_AGO = "2001-01-01"
SCRIPT = r"""
\set class random({low}, {high})
\set day random(0, 700000)
BEGIN;
INSERT INTO attendance_register (school_id, school_class_id, date, session, state,
  not_held_reason, roll, excused, unexcused, late, revision, first_sent_at, sent_at)
  VALUES ({school}, :class, '{date}'::date - :day, 'am', 'taken', '', 29, 1, 0, 0, 1, now(), now());
INSERT INTO attendance_absence (school_id, register_id, pupil_id, mark, reason)
  VALUES ({school}, currval('attendance_register_id_seq'), {pupil}, 'P', 'sick');
INSERT INTO attendance_registerrevision (school_id, register_id, number, operation_id, state,
  not_held_reason, marks, roll, correction_reason, sent_by_id, sent_at)
  VALUES ({school}, currval('attendance_register_id_seq'), 1, gen_random_uuid(), 'taken', '',
  '{{"1": ["P", "sick"]}}', '\x010203', '', {user}, now());
INSERT INTO reports_stalemonth (school_id, school_class_id, month, token, marked_at)
  VALUES ({school}, :class, '2000-01-01', gen_random_uuid(), now())
  ON CONFLICT (school_class_id, month) DO UPDATE SET token = excluded.token, marked_at = now();
COMMIT;
"""


def measure(options):
    """Registers a second with 8 clients on 2 processes, and the time of one."""
    date = server.due_date()
    results = Results("register", about(connection, registers=f"{REGISTERS:,}", clients=CLIENTS))
    floor = _floor() if connection.vendor == "postgresql" else None
    if floor is None:
        results.notes.append("no floor: pgbench needs PostgreSQL and its contrib programs")
    with server.pages_to_send(REGISTERS, date) as (pages, _officer):
        with server.serving() as base:
            asyncio.run(_send_all(base, pages[:100]))  # warm
            start = time.perf_counter()
            answers = asyncio.run(_send_all(base, pages[100:]))
            took = time.perf_counter() - start
        registers, revisions = server.stored(date)
    wrong = [status for _seconds, status in answers if status != 302]
    times = [seconds for seconds, _status in answers]
    p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
    results.add(
        "saved a second", len(answers) / took, "/s", floor=floor, at_least=0.25 if floor else None
    )
    results.add("one register, median", p50)
    results.add("one register, p95", p95, floor=p50, at_most=2, target="≤ 2 × median")
    results.add("answers that were no receipt", len(wrong), "", at_most=0, target="0")
    results.add("sent but not stored once", len(pages) - min(registers, revisions), "", at_most=0)
    return results


async def _send_all(base, pages):
    rng = sending.random_of(7)
    waiting = [(page, sending.body_of(page, rng)) for page in pages]
    answers = []

    async def work(http):
        while waiting:
            page, body = waiting.pop()
            answers.append(await sending.send(http, base, page, body))

    async with sending.client() as http:
        await asyncio.gather(*(work(http) for _client in range(CLIENTS)))
    return answers


def _floor():
    """Transactions a second of pgbench with 2 clients, or None without pgbench."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    pgbench = shutil.which("pgbench") or (found and str(found[-1]))
    if not pgbench:
        return None
    some = SchoolClass.objects.order_by("pk").values_list("pk", "school_id")
    (low, school), high = some[0], some.last()[0]
    script = SCRIPT.format(
        low=low,
        high=high,
        school=school,
        date=LONG_AGO,
        pupil=server.any_pupil(),
        user=User.objects.get(username=staff.SIGN_INS["teacher"]).pk,
    )
    database = settings.DATABASES["default"]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            [
                *(pgbench, "--no-vacuum", "--client", "2", "--jobs", "2"),
                *("--time", str(FLOOR_SECONDS), "--file", file.name, "--max-tries", "5"),
                *(
                    "--host",
                    database["HOST"] or "localhost",
                    "--port",
                    str(database["PORT"] or 5432),
                ),
                *("--username", database["USER"], database["NAME"]),
            ],
            env={"PGPASSWORD": database["PASSWORD"] or ""},
            capture_output=True,
            text=True,
        )
    server.forget_before(LONG_AGO)
    datasets.vacuum("attendance_register", "attendance_absence", "attendance_registerrevision")
    match = re.search(r"tps = ([\d.]+)", done.stdout)
    if match is None:
        raise RuntimeError(done.stderr)
    return float(match[1])
