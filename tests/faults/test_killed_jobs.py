"""A worker dies again and again over what a person waits for: counted, given up, and told."""

from contextlib import closing, contextmanager

import psycopg2

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


def test_jobs_whose_worker_dies_three_times_are_given_up_and_told(database, redis, run, tmp_path):
    url, _ground = database
    env = processes.environment(url, tmp_path, redis.url)
    worker = start_worker(run, tmp_path, env)
    ask(env, "upload")
    for name in TASKS:
        with held_half_way(url) as (waiting, forget):
            ask(env, "want", name)
            for _time in range(3):
                half_way = wait_until(waiting, f"{name} is half way")
                worker.kill_children()
                forget(half_way)
            wait_until(lambda name=name: is_given_up(worker, name), f"{name} is given up")
            assert waiting() is None
    given_up = {name: ask(env, "told", name) for name in TASKS}
    for name, told in given_up.items():
        assert (told["tries"], told["rests"], told["state"]) == (3, True, "failed"), name
        assert WORDS[name] in told["page"], name

    # No round of the timetable brings one of them back.
    before = [received(worker, name) for name in TASKS]
    ask(env, "tend")
    wait_until(lambda: len(rounds_done(worker)) == len(ROUNDS), "the rounds are made")
    assert [received(worker, name) for name in TASKS] == before == [4] * len(TASKS)

    # A person may ask once more, now that nothing kills it: of a save too it is the check that
    # begins anew, since nothing was saved.
    for name in ("check", "save"):
        ask(env, "press", "check", name)
        wait_until(lambda name=name: ask(env, "told", name)["state"] == "ready", "it is checked")
    ask(env, "press", "save", "save")
    wait_until(lambda: ask(env, "told", "save")["state"] == "done", "it is saved")
    for name in ("check", "save"):
        wait_until(
            lambda name=name: ask(env, "told", name)["outcome"] == "succeeded", "it is settled"
        )
    ask(env, "want", "report")
    wait_until(lambda: ask(env, "told", "report")["state"] == "done", "it is made")


def is_given_up(worker, name):
    """Whether the worker said so."""
    lines = worker.log.read_text().splitlines()
    return any(TASKS[name] in line and ": it is given up" in line for line in lines)


def received(worker, name):
    """How often the worker was handed the job."""
    lines = worker.log.read_text().splitlines()
    return sum(f"Task {TASKS[name]}[" in line and "] received" in line for line in lines)


def rounds_done(worker):
    """Rounds of the timetable that the worker has ended."""
    lines = worker.log.read_text().splitlines()
    return {each for each in ROUNDS if any(each in line and "succeeded" in line for line in lines)}
