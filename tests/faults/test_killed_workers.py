"""Workers are killed while they count; no sweep helps here, only the queue."""

import random
import time
from contextlib import closing, contextmanager

import psycopg2

from tests.faults import processes
from tests.faults.checking import expect_counted, when_counted
from tests.faults.conftest import CYCLES
from tests.faults.scenario import ask
from tests.waiting import wait_until


@contextmanager
def held_up(url):
    """Inside, every rebuild waits in the middle of its work; a register does not.

    Yields a function: how many jobs wait.
    """
    with closing(psycopg2.connect(url)) as holder, closing(psycopg2.connect(url)) as watcher:
        # In a transaction PostgreSQL shows the activity of the moment when it was first asked.
        watcher.autocommit = True
        with holder.cursor() as holds, watcher.cursor() as watches:
            holds.execute("SELECT id FROM schools_school FOR NO KEY UPDATE")
            yield lambda: waiting(watches)


def waiting(cursor):
    """How many jobs wait behind the lock."""
    cursor.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    return cursor.fetchone()[0]


def start_worker(run, tmp_path, env, **size):
    """A worker that is ready; another may have written to its file before."""
    worker = processes.worker(tmp_path, env, **size)
    ready = ready_lines(worker)
    run(worker)
    wait_until(lambda: ready_lines(worker) > ready, "the worker is ready")
    return worker


def ready_lines(worker):
    """How often a worker of this file has said that it is ready."""
    return worker.log.read_bytes().count(b"ready.") if worker.log.exists() else 0


def test_job_in_hand_comes_back_when_its_process_dies(database, redis, run, tmp_path):
    url, _scenario = database
    env = processes.environment(url, tmp_path, redis.url)
    worker = start_worker(run, tmp_path, env)

    for number in range(CYCLES):
        with held_up(url) as jobs_in_hand:
            ask(env, "round", number, 2)
            wait_until(jobs_in_hand, "a job is in hand")
            worker.kill_a_child()
        expect_counted(when_counted(env))

    for number in range(CYCLES):
        with held_up(url) as jobs_in_hand:
            ask(env, "round", number + 1, 2)
            wait_until(lambda: jobs_in_hand() == 2, "two jobs are in hand")
            worker.kill()
        redis.let_deliveries_expire()
        worker.start()
        expect_counted(when_counted(env))


def test_workers_killed_at_any_moment_leave_nothing_half_counted(database, redis, run, tmp_path):
    url, _scenario = database
    env = processes.environment(url, tmp_path, redis.url)
    worker = start_worker(run, tmp_path, env)

    for number in range(2 * CYCLES):
        done = worker.log.read_bytes().count(b"succeeded")
        ask(env, "round", number)
        wait_until(
            lambda done=done: worker.log.read_bytes().count(b"succeeded") > done, "a job is done"
        )
        time.sleep(random.random() / 10)
        if number % 2:
            worker.kill()
            # What was counted is whole; what was not still waits.
            assert ask(env, "report")["differences"] == []
            worker.start()
        else:
            worker.kill_a_child()
    # A worker looks for jobs of the dead when it starts, and then only every 100 seconds.
    worker.kill()
    redis.let_deliveries_expire()
    worker.start()
    report = when_counted(env)
    assert report["torn"] == []
    expect_counted(report)
