"""Redis is stopped, silenced and emptied while registers are being sent."""

import signal
import time

import pytest
import redis as client
from kombu import Queue

from lai_chau_edu.celery import app
from tests.faults import processes
from tests.faults.checking import expect_counted, expect_whole, when_counted
from tests.faults.conftest import CYCLES
from tests.faults.scenario import ask
from tests.faults.senders import Senders
from tests.waiting import wait_until

TRANSPORT = "lai_chau_edu.broker:Transport"
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


@pytest.mark.parametrize("end", ["ack", "reject", "requeue"])
def test_worker_takes_jobs_again_after_a_silence(redis, settings, end):
    """It may hold two; Redis hears of the end of neither."""
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | {"socket_timeout": 0.3}
    held = []
    with app.connection(redis.url, transport=TRANSPORT, transport_options=options) as connection:
        queue = Queue("jobs", channel=connection)
        queue.declare()
        consumer = connection.Consumer([queue], on_message=held.append, prefetch_count=2)
        producer = connection.Producer()

        def send_and_take(number):
            producer.publish(number, routing_key="jobs")
            connection.drain_events(timeout=5)
            assert held[-1].payload == number

        with consumer:
            send_and_take(1)
            send_and_take(2)
            redis.signal(signal.SIGSTOP)
            for message in held:
                with pytest.raises(client.TimeoutError):
                    getattr(message, end)()
            redis.signal(signal.SIGCONT)
            send_and_take(3)


def test_worker_closes_a_lost_connection_without_dying_of_it(redis, settings):
    """Two channels wait for jobs, one job is held; then Redis is gone. Celery closes twice."""
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    connection = app.connection(redis.url, transport=TRANSPORT, transport_options=options)
    held = []
    for channel, name in [(connection.default_channel, "jobs"), (connection.channel(), "more")]:
        queue = Queue(name, channel=channel)
        queue.declare()
        channel.Consumer([queue], on_message=held.append, prefetch_count=2).consume()
    connection.Producer().publish(1, routing_key="jobs")
    connection.drain_events(timeout=5)
    assert held
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=0.1)
    redis.kill()
    connection.collect()
    connection.close()


def test_teachers_notice_nothing_while_redis_is_gone(database, redis, run, tmp_path):
    url, ground = database
    env = processes.environment(url, tmp_path, redis.url)
    port = processes.free_port()
    run(processes.gunicorn(tmp_path, env, port))
    worker = run(processes.worker(tmp_path, env))
    wait_until(lambda: processes.listens(port), "the web answers")
    wait_until(lambda: b"ready." in worker.log.read_bytes(), "the worker is ready")

    # One class each: its next register comes while its last is still being counted.
    senders = Senders(port, ground, classes_each=1)
    for _cycle in range(CYCLES):
        for fault in (stop, silence, empty):
            with senders:
                senders.wait_for(5)
                fault(redis)
                senders.wait_for(20)
            assert worker.is_alive
            # Redis is back: what the timetable does every five minutes is enough.
            expect_counted(when_counted(env, sweep_every=15))

    told = senders.told
    assert told.failures == []
    assert told.slowest < SLOWEST
    expect_whole(ask(env, "report"), told)
    print(f"{len(told.acknowledged)} registers, the slowest took {told.slowest:.1f} s")  # noqa: T201
