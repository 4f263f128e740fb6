"""What alarms are told, and how soon: each answer with its part broken."""

import socket
import sqlite3
import threading
from types import SimpleNamespace

import psycopg2
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from django.test import Client
from django.urls import reverse

from core.jobs import records
from operations import health
from operations.diagnostics import database
from tests.frozen import freeze_time


def status(name):
    return Client().get(reverse(f"health_{name}")).status_code


@pytest.fixture
def silent_port():
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as server:
        yield server.getsockname()[1]


def test_process_that_lives_says_so():
    assert status("live") == 200


def test_database_that_answers_or_not(transactional_db, monkeypatch):
    assert status("ready") == 200

    def gone():
        raise DatabaseError("no database")

    monkeypatch.setattr(database, "connection", SimpleNamespace(cursor=gone))
    assert status("ready") == 503


def test_silent_question_is_given_up_and_not_asked_by_ever_more_threads(monkeypatch):
    monkeypatch.setattr(health, "LIMIT", 0.05)
    spoken, asked = threading.Event(), []

    def question():
        asked.append(1)
        return spoken.wait(20)

    probe = health.Probe(question)
    assert [probe.is_well(), probe.is_well(), probe.is_well()] == [False] * 3
    assert asked == [1]
    spoken.set()
    probe._thread.join(20)
    assert probe.is_well()


def test_broker_that_is_not_used_is_not_missed(settings):
    settings.REDIS_URL = ""
    assert status("broker") == 200


def test_broker_that_refuses(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert status("broker") == 503


def test_broker_that_is_silent(settings, silent_port):
    settings.REDIS_URL = f"redis://127.0.0.1:{silent_port}/0"
    assert status("broker") == 503


def test_background_work_that_stands_still(transactional_db):
    with freeze_time("2026-10-12 00:00:00") as clock:
        assert status("workers") == 503
        records.note_success("schools.tend_jobs", seconds=0.1, answer={})
        clock.shift(300)
        assert status("workers") == 200
        clock.shift(1)
        assert status("workers") == 503


def test_alarm_of_this_computer_is_answered_under_any_name_and_scheme(settings):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["chuyencan.example.vn"], True
    address = reverse("health_live")
    for host in ("127.0.0.1:8000", "localhost", "evil.example.vn", "bad_host!"):
        assert Client().get(address, HTTP_HOST=host).status_code == 200
    stranger = Client(REMOTE_ADDR="203.0.113.5")
    assert stranger.get(address, HTTP_HOST="127.0.0.1").status_code == 400
    assert Client().get("/accounts/sign-in/", HTTP_HOST="127.0.0.1").status_code == 400
    assert Client().get("/health/none/", HTTP_HOST="chuyencan.example.vn").status_code != 200


def test_backup_that_is_missing_old_or_of_another_database(transactional_db, monkeypatch):
    found = []
    monkeypatch.setattr(health.backup_probe, "_question", lambda: found[-1])
    for answer, code in ((False, 503), (True, 200)):
        found.append(answer)
        assert status("backup") == code


@pytest.mark.parametrize("path", ["/", "/accounts/sign-in/", "/api/v1/", "/admin/login/"])
@pytest.mark.parametrize(
    ("kind", "cause", "code"),
    [
        (OperationalError, psycopg2.OperationalError("could not connect"), 503),
        (InterfaceError, psycopg2.InterfaceError("connection already closed"), 503),
        (ProgrammingError, psycopg2.ProgrammingError("no such column"), 500),
        (OperationalError, sqlite3.OperationalError("no such table: x"), 500),
        (ZeroDivisionError, None, 500),
    ],
)
def test_database_that_is_away_is_503_on_every_page_and_a_fault_is_500(
    monkeypatch, settings, path, kind, cause, code
):
    def fail(self):
        raise kind from cause

    settings.MIDDLEWARE = ["tests.operations.test_health.Failing", *settings.MIDDLEWARE]
    monkeypatch.setattr(Failing, "fail", fail, raising=False)
    answer = Client(raise_request_exception=False).get(path)
    assert answer.status_code == code
    if code == 503:
        assert answer["Retry-After"] == "30"
        is_api = path.startswith("/api/")
        text = answer.json()["message"] if is_api else answer.content.decode()
        assert "tạm ngừng" in text


class Failing:
    """A middleware, below all others, in whose place the database fails."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.fail()
