"""What reaches the log, and what must not."""

import io
import json
import logging
import logging.config
from types import SimpleNamespace

import pytest
from celery import current_app
from django.conf import settings
from django.test import Client, RequestFactory

from core import log_context
from core.jobs import dispatch
from lai_chau_edu.logs import configuration
from tests.api.conftest import caller

__all__ = ["caller"]  # a fixture


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


# --- Which request, whose, which job ----------------------------------------------------


@pytest.fixture
def lines(monkeypatch):
    """Function: the lines that the whole product has logged, as it writes them."""
    out = io.StringIO()
    found = configuration("INFO")
    formatter = found["formatters"]["json"]
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter["()"](**{k: v for k, v in formatter.items() if k != "()"}))
    root = logging.getLogger()
    monkeypatch.setattr(root, "level", logging.INFO)
    names = ("django.request", "django.security", "schools", "lai_chau_edu", "celery", "tests")
    for name in names:
        monkeypatch.setattr(logging.getLogger(name), "level", logging.INFO)
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.removeHandler(handler)


def test_refusals_carry_request_and_user_and_no_traceback(world, sign_in, lines):
    client = sign_in(world.teacher_a)
    answers = {path: client.get(path) for path in ("/operations/", "/schools/999999/", "/nowhere/")}
    assert {answer.status_code for answer in answers.values()} == {403, 404}
    told = {line["path"]: line for line in lines() if "path" in line}
    for path, answer in answers.items():
        line = told[path]
        assert line["request_id"] == answer.headers["X-Request-ID"]
        assert line["user_id"] == world.teacher_a.pk
        assert "exception" not in line
        assert line["request_id"] in answer.content.decode()
    assert len({line["request_id"] for line in told.values()}) == 3


def test_fault_has_its_traceback_and_its_code_on_the_page(world, lines, monkeypatch):
    def breaks(request):
        raise RuntimeError("of the test")

    monkeypatch.setattr("lai_chau_edu.start_pages.start_page", breaks)
    client = Client(raise_request_exception=False)
    client.force_login(world.head_a, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/")
    assert answer.status_code == 500
    (line,) = [line for line in lines() if line.get("status_code") == 500]
    assert "RuntimeError: of the test" in line["exception"]
    assert line["user_id"] == world.head_a.pk
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["request_id"] in answer.content.decode()


def test_call_with_a_key_is_named_by_its_user(world, caller, lines):
    caller("teacher_a").get("me/")
    answer = caller("teacher_a").get("classes/999999/roll/")
    (line,) = [line for line in lines() if line.get("status_code") == 404]
    assert line["user_id"] == world.teacher_a.pk
    assert line["request_id"] == answer.headers["X-Request-ID"]


def test_next_request_of_a_thread_begins_anew(world, sign_in, lines):
    sign_in(world.teacher_a).get("/operations/")
    Client().get("/nowhere/")
    last = lines()[-1]
    assert "user_id" not in last
    logging.getLogger("tests").info("between requests")
    assert not {"request_id", "user_id"} & lines()[-1].keys()


@pytest.fixture
def task():
    """A job that says one thing; gone from the application afterwards."""

    # Not shared: every other application of the process would learn it, again for each test.
    @current_app.task(name="tests.says_something", shared=False)
    def says_something():
        logging.getLogger("tests").info("from a job")

    yield current_app.tasks[says_something.name]
    current_app.tasks.unregister(says_something.name)


def test_lines_of_a_job_carry_its_id_and_that_of_the_request(db, task, lines):
    def said():
        return next(line for line in reversed(lines()) if line["event"] == "from a job")

    # By a worker: what came with the message.
    task.apply(task_id="job-1", headers={"request_id": "abc", "user_id": 7})
    line = said()
    assert (line["job"], line["job_id"]) == ("tests.says_something", "job-1")
    assert (line["request_id"], line["user_id"]) == ("abc", 7)
    # In this process: those of the request that goes on.
    with log_context.of_request() as request_id:
        task.apply(task_id="job-2")
        line = said()
        assert (line["job_id"], line["request_id"]) == ("job-2", request_id)
        logging.getLogger("tests").info("after the job")
        assert (lines()[-1]["request_id"], "job_id" in lines()[-1]) == (request_id, False)
    # By the timetable: nobody asked for it.
    task.apply(task_id="job-3")
    assert "request_id" not in said()


def test_id_of_the_request_goes_along_to_the_worker(db, task, settings, monkeypatch):
    sent = []
    monkeypatch.setattr(task, "apply_async", lambda **options: sent.append(options["headers"]))
    monkeypatch.setattr(
        dispatch, "pool", SimpleNamespace(submit=lambda *order: sent.append(order[2]))
    )
    with log_context.of_request() as request_id:
        for settings.JOBS_MODE in ("celery", "embedded"):
            dispatch._start(task, True, {})
    assert [headers["request_id"] for headers in sent] == [request_id] * 2
