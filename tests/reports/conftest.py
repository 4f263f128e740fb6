"""Fixtures of the figures."""

import pytest
from django.utils import timezone
from freezegun import freeze_time
from kombu import pools

from lai_chau_edu.celery import app
from tests.world import build_world


@pytest.fixture
def transactional_world(transactional_db):
    """The small province, really committed, in the middle of November 2026."""
    with freeze_time("2026-11-16 00:10:00"):
        yield build_world()


@pytest.fixture
def world_of_today(transactional_db):
    """The small province, really committed, on the day another process also sees."""
    return build_world(timezone.localdate())


@pytest.fixture
def use_broker(settings):
    """Function: send jobs to the broker at an address, into a queue of the test's own."""
    usual = {name: app.conf[name] for name in ("broker_url", "task_default_queue")}

    def use(url, queue="celery"):
        settings.JOBS_MODE = "celery"
        _set_up_celery({"broker_url": url, "task_default_queue": queue})

    yield use
    _set_up_celery(usual)


def _set_up_celery(values):
    app.conf.update(values)
    # What was opened with the values before is forgotten.
    pools.reset()
    app._pool = None
    app.__dict__.pop("amqp", None)
