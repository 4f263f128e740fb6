"""A real Celery worker on a real Redis does what the page asked for."""

import os
import subprocess
import sys
import threading
import time
import uuid

import pytest
import redis
from django.db import connection

from core.models import JobRecord
from core.months import Month
from core.tasks import tend_jobs
from lai_chau_edu.celery import BEAT_SCHEDULE, app
from reports.models import ClassCoverage, StaleMonth
from tests.sending import send_register

DEADLINE = 60  # seconds for a worker to start and count, on a busy machine
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/11")


def database_url():
    """The address of the test database, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    password = f":{settings['PASSWORD']}" if settings["PASSWORD"] else ""
    return (
        f"postgres://{settings['USER']}{password}@{settings['HOST']}:{settings['PORT'] or 5432}"
        f"/{settings['NAME']}"
    )


@pytest.fixture
def worker(world_of_today, use_broker, tmp_path):
    """A worker process on the test database, listening to a queue of its own."""
    queue = f"test-{uuid.uuid4().hex}"
    use_broker(REDIS_URL, queue)
    log = tmp_path / "worker.log"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lai_chau_edu.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": REDIS_URL,
        # What it says of its jobs is read below.
        "LOG_LEVEL": "INFO",
    }
    command = [sys.executable, "-m", "celery", "-A", "lai_chau_edu", "worker", "--pool=solo"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "-Q", queue, "--without-gossip", "--without-mingle", "--loglevel=INFO"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield log
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            client = redis.Redis.from_url(REDIS_URL)
            for key in client.scan_iter(f"*{queue}*"):
                client.delete(key)
            client.close()


@pytest.mark.worker
def test_worker_rebuilds_the_month_of_a_sent_register(worker, world_of_today):
    world = world_of_today
    send_register(
        school_class=world.class_b,
        date=world.today,
        session="am",
        operation_id=uuid.uuid4(),
        base_revision=0,
        marks={},
        by=world.teacher_b,
    )
    assert StaleMonth.objects.filter(school_class=world.class_b).count() == 1

    # The mark goes last, in the transaction that writes the facts.
    until, pause = time.monotonic() + DEADLINE, threading.Event()
    while StaleMonth.objects.exists() and time.monotonic() < until:
        pause.wait(0.2)

    assert not StaleMonth.objects.exists(), worker.read_text()
    row = ClassCoverage.objects.get(school_class=world.class_b, month=Month.of(world.today).first)
    assert row.taken == 1


@pytest.mark.worker
def test_daily_job_sent_by_two_timetables_runs_once(worker, world_of_today):
    entry = BEAT_SCHEDULE["open-new-day"]
    for _beat in range(2):
        # As beat does.
        app.tasks[entry["task"]].apply_async(**entry["options"])
    tend_jobs.apply_async()

    until, pause = time.monotonic() + DEADLINE, threading.Event()
    while time.monotonic() < until:
        if JobRecord.objects.filter(name=tend_jobs.name).exclude(finished_at=None).exists():
            break
        pause.wait(0.2)

    told = worker.read_text()
    assert told.count(f"Task {entry['task']}[") >= 2, told
    assert told.count("succeeded in") == 2, told
    assert JobRecord.objects.get(name=entry["task"]).answer["class_months"] > 0
