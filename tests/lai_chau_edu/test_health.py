"""What alarms are told, and how soon: each answer with its part broken."""

import socket
import threading
from types import SimpleNamespace

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from freezegun import freeze_time

from lai_chau_edu import health
from lai_chau_edu.doctor import database
from schools.services import jobs


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
        jobs.note_success("schools.tend_jobs", seconds=0.1, answer={})
        clock.tick(300)
        assert status("workers") == 200
        clock.tick(1)
        assert status("workers") == 503
