"""A worker dies again and again over what a person waits for: counted, given up, and told."""

from contextlib import closing, contextmanager

import psycopg2
import pytest

from tests.faults import processes
from tests.faults.test_killed_workers import start_worker
from tests.faults.wanted_jobs import TASKS, ask
from tests.waiting import wait_until

CRASHED = "Việc bị dừng vì sự cố của hệ thống. Chưa lưu gì cả."
WORDS = {"check": CRASHED, "save": CRASHED, "report": "Chưa lập được báo cáo"}
ROUNDS = ("schools.tend_jobs", "schools.revive_imports", "reports.restart_stuck_runs")
# Each job reads one of these when it is half way.
TABLES = "schools_pupil, reports_schoolmonth"


@contextmanager
def held_half_way(url):
    """Inside, each of the jobs stops in the middle; gives the ids of those that wait there."""
    with closing(psycopg2.connect(url)) as holder, closing(psycopg2.connect(url)) as onlooker:
        onlooker.autocommit = True
        with holder.cursor() as cursor, onlooker.cursor() as eyes:
            cursor.execute(f"LOCK TABLE {TABLES} IN ACCESS EXCLUSIVE MODE")

            def waiting():
                eyes.execute(
                    "SELECT array_agg(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
                return eyes.fetchone()[0]

            def forget(pids):
                # A connection that waits would notice the end of its client only afterwards.
                eyes.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS pid", [pids]
                )

            yield waiting, forget


@pytest.mark.parametrize("name", sorted(TASKS))
def test_job_whose_worker_dies_three_times_is_given_up_and_told(
    name, database, redis, run, tmp_path
):
    url, _ground = database
    env = processes.environment(url, tmp_path, redis.url)
    worker = start_worker(run, tmp_path, env)
    with held_half_way(url) as (waiting, forget):
        ask(env, "want", name)
        for _time in range(3):
            half_way = wait_until(waiting, "the job is half way")
            worker.kill_children()
            forget(half_way)
        wait_until(lambda: b": it is given up" in worker.log.read_bytes(), "the job is given up")
        assert waiting() is None
    told = ask(env, "told", name)
    assert (told["tries"], told["rests"], told["state"]) == (3, True, "failed")
    assert WORDS[name] in told["page"]

    # No round of the timetable brings it back.
    before = received(worker, name)
    ask(env, "tend")
    wait_until(lambda: len(rounds_done(worker)) == 3, "the rounds are made")
    assert received(worker, name) == before
    assert ask(env, "told", name) == told

    # The person asks once more, now that nothing kills it.
    if name == "check":
        ask(env, "again", name)
        wait_until(lambda: ask(env, "told", name)["state"] == "ready", "it is checked")
        assert ask(env, "told", name)["outcome"] == "succeeded"
    if name == "report":
        ask(env, "want", name)
        wait_until(lambda: ask(env, "told", name)["state"] == "done", "it is made")


def received(worker, name):
    """How often the worker was handed the job."""
    return worker.log.read_text().count(f"Task {TASKS[name]}[")


def rounds_done(worker):
    """Rounds of the timetable that the worker has ended."""
    lines = worker.log.read_text().splitlines()
    return {each for each in ROUNDS if any(each in line and "succeeded" in line for line in lines)}
