"""What reaches the log, and what must not."""

import io
import json
import logging
import logging.config

import pytest
from django.conf import settings
from django.test import RequestFactory

from lai_chau_edu.logs import configuration


@pytest.fixture
def log():
    """(logger, function that reads its lines), with the formatter of the product."""
    out = io.StringIO()
    formatter = configuration("INFO")["formatters"]["json"]
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter["()"](**{k: v for k, v in formatter.items() if k != "()"}))
    logger = logging.Logger("tests.log")
    logger.addHandler(handler)
    return logger, lambda: [json.loads(line) for line in out.getvalue().splitlines()]


def test_extra_fields_reach_the_line(log):
    logger, lines = log
    logger.info("visit recorded", extra={"visit": 7, "by": 3})
    (line,) = lines()
    assert (line["event"], line["visit"], line["by"], line["level"]) == (
        "visit recorded", 7, 3, "info",
    )  # fmt: skip


def test_what_people_searched_and_arguments_of_jobs_do_not(log):
    logger, lines = log
    request = RequestFactory().get("/schools/pupils/", {"q": "Giàng A Chua"})
    logger.error("broken", extra={"request": request, "data": {"args": "Giàng A Chua"}})
    (line,) = lines()
    assert (line["method"], line["path"]) == ("GET", "/schools/pupils/")
    assert "Chua" not in json.dumps(line, ensure_ascii=False)


def test_celery_takes_our_log_instead_of_its_own(monkeypatch):
    from celery.signals import setup_logging

    taken = []
    monkeypatch.setattr(logging.config, "dictConfig", taken.append)
    setup_logging.send(sender=None)
    assert taken == [settings.LOGGING]
