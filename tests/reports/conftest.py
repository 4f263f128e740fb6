"""Fixtures of the figures."""

import pytest
from django.utils import timezone
from kombu import pools

from lai_chau_edu.celery import app
from tests.frozen import freeze_time
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
    names = ("broker_url", "broker_transport", "task_default_queue")
    usual = {name: app.conf[name] for name in names}

    def use(url, queue="celery"):
        settings.JOBS_MODE = "celery"
        values = (url, "lai_chau_edu.broker:Transport", queue)
        _set_up_celery(dict(zip(names, values, strict=True)))

    yield use
    _set_up_celery(usual)


def _set_up_celery(values):
    app.conf.update(values)
    # What was opened with the values before is forgotten.
    pools.reset()
    app._pool = None
    app.__dict__.pop("amqp", None)
