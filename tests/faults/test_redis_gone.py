"""Redis is stopped, silenced and emptied while registers are being sent."""

import signal
import time

import redis as client

from tests.faults import processes
from tests.faults.checking import expect_counted, expect_whole, when_counted
from tests.faults.conftest import CYCLES
from tests.faults.ground import ask
from tests.faults.senders import Senders

SILENT_FOR, SLOWEST = 6.0, 5.0  # seconds; a page waits two for Redis, on an idle machine


def stop(redis):
    redis.kill()
    time.sleep(1)
    redis.start()


def silence(redis):
    redis.signal(signal.SIGSTOP)
    time.sleep(SILENT_FOR)
    redis.signal(signal.SIGCONT)


def empty(redis):
    with client.Redis.from_url(redis.url) as connection:
        connection.flushall()


def test_teachers_notice_nothing_while_redis_is_gone(database, redis, run, tmp_path):
    url, ground = database
    env = processes.environment(url, tmp_path, redis.url)
    port = processes.free_port()
    run(processes.gunicorn(tmp_path, env, port))
    worker = run(processes.worker(tmp_path, env))
    processes.wait_until(lambda: processes.listens(port), "the web answers")
    processes.wait_until(lambda: b"ready." in worker.log.read_bytes(), "the worker is ready")

    # One class each: its next register comes while its last is still being counted.
    senders = Senders(port, ground, classes_each=1)
    for _cycle in range(CYCLES):
        for fault in (stop, silence, empty):
            with senders:
                senders.wait_for(5)
                fault(redis)
                senders.wait_for(20)
            # Redis is back: what the timetable does every five minutes is enough.
            ask(env, "sweep")
            expect_counted(when_counted(env))

    told = senders.told
    assert worker.is_alive
    assert told.failures == []
    assert told.slowest < SLOWEST
    expect_whole(ask(env, "report"), told)
    print(f"{len(told.acknowledged)} registers, the slowest took {told.slowest:.1f} s")  # noqa: T201
