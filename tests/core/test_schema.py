"""While tables and program differ: no page, no job, no query spent on finding out."""

import threading

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import schema
from core.models import FailedJob, JobRecord
from lai_chau_edu.celery import app
from lai_chau_edu.embedded import LONGEST_WAIT, EmbeddedScheduler
from operations import health
from operations.diagnostics import Status, database

NEWER = ("schools", "0999_of_a_newer_version")
OURS = ("attendance", "0004_reopenings")


@pytest.fixture(autouse=True)
def _jobs_are_known():
    """Also when no test before has loaded them."""
    app.loader.import_default_modules()


@pytest.fixture
def watch(settings, monkeypatch):
    """A watch that looks at every question, and has never looked."""
    settings.SCHEMA_LOOK_EVERY = 0
    fresh = schema.Watch()
    monkeypatch.setattr(schema, "watch", fresh)
    return fresh


@pytest.fixture
def recorder(transactional_db):
    """The list of applied migrations, as it was again afterwards."""
    recorder = MigrationRecorder(connection)
    before = set(recorder.applied_migrations())
    yield recorder
    now = set(recorder.applied_migrations())
    for key in before - now:
        recorder.record_applied(*key)
    for key in now - before:
        recorder.record_unapplied(*key)


@pytest.fixture(params=["older", "newer"])
def differing(request, watch, recorder):
    """Tables older than the program, or newer."""
    if request.param == "older":
        recorder.record_unapplied(*OURS)
    else:
        recorder.record_applied(*NEWER)


def test_tables_of_this_program_do_not_differ(transactional_db, watch):
    assert schema.difference(connection) == schema.Difference()
    assert not watch.difference()


def test_older_and_newer_tables_are_named(recorder):
    recorder.record_unapplied(*OURS)
    recorder.record_applied(*NEWER)
    assert schema.difference(connection) == schema.Difference(
        missing=("attendance.0004_reopenings",), unknown=("schools.0999_of_a_newer_version",)
    )


def test_migration_that_stands_for_applied_ones_is_not_missing(monkeypatch, db):
    applied = set(MigrationRecorder(connection).applied_migrations())
    squashed = ("attendance", "0001_squashed_0012")
    replaced = frozenset(key for key in applied if key[0] == "attendance")
    own = (applied - replaced) | {squashed}
    monkeypatch.setattr(schema, "own_migrations", lambda: (own, {squashed: replaced}))
    assert not schema.difference(connection)
    # The replaced ones may still lie beside it.
    monkeypatch.setattr(
        schema, "own_migrations", lambda: (applied | {squashed}, {squashed: replaced})
    )
    assert not schema.difference(connection)
    monkeypatch.setattr(
        schema,
        "own_migrations",
        lambda: (own, {squashed: replaced | {("attendance", "0013_more")}}),
    )
    assert schema.difference(connection).missing == ("attendance.0001_squashed_0012",)


def test_page_is_a_maintenance_page(differing):
    answer = Client().get("/accounts/sign-in/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "Đang lên bản mới" in answer.content.decode()
    assert answer["Content-Language"] == "vi"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert "no-store" in answer["Cache-Control"]


def test_register_sent_meanwhile_waits_on_its_device(differing):
    """What the outbox reads as `later`: 503, and no receipt."""
    answer = Client().put("/api/v1/registers/1/2026-10-12/am/", {}, "application/json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer.json()["code"] == "maintenance"


def test_alarms_tell_it(differing, monkeypatch):
    monkeypatch.setattr(health.database_probe, "is_well", lambda: True)
    assert Client().get("/health/live/").status_code == 200
    answer = Client().get("/health/ready/")
    assert (answer.status_code, answer.json()["status"]) == (503, "tables and program differ")


def test_doctor_tells_it(differing):
    assert database.migrations().status == Status.BROKEN


def test_pages_come_back_by_themselves(watch, recorder):
    recorder.record_unapplied(*OURS)
    assert Client().get("/accounts/sign-in/").status_code == 503
    recorder.record_applied(*OURS)
    assert Client().get("/accounts/sign-in/").status_code == 200


def test_question_costs_a_request_no_query(transactional_db, watch, settings):
    counts = []
    for every in (None, 0):
        settings.SCHEMA_LOOK_EVERY = every
        with CaptureQueriesContext(connection) as queries:
            assert Client().get("/accounts/sign-in/").status_code == 200
        counts.append([each["sql"] for each in queries])
    assert watch._looked_at is not None
    assert counts[0] == counts[1]


def test_tables_changed_under_a_running_program(recorder, settings, monkeypatch):
    """The first fault tells it, long before the next look is due."""
    settings.SCHEMA_LOOK_EVERY = 3600
    monkeypatch.setattr(schema, "watch", schema.Watch())
    assert Client().get("/accounts/sign-in/").status_code == 200
    recorder.record_applied(*NEWER)
    assert Client().get("/accounts/sign-in/").status_code == 200

    def broken(*args, **kwargs):
        raise DatabaseError("no such column")

    monkeypatch.setattr("django.contrib.auth.views.LoginView.get_context_data", broken)
    client = Client(raise_request_exception=False)
    assert client.get("/accounts/sign-in/").status_code == 503
    assert client.get("/").status_code == 503


def test_fault_of_agreeing_tables_stays_a_fault(watch, transactional_db, monkeypatch):
    def broken(*args, **kwargs):
        raise DatabaseError("no such column")

    monkeypatch.setattr("django.contrib.auth.views.LoginView.get_context_data", broken)
    assert Client(raise_request_exception=False).get("/accounts/sign-in/").status_code == 500


def test_database_that_is_gone_does_not_differ(watch, transactional_db, monkeypatch):
    def gone(connection):
        raise DatabaseError("no connection")

    monkeypatch.setattr(schema, "difference", gone)
    assert not watch.difference()


def test_one_look_at_a_time_and_the_others_go_on(settings, monkeypatch):
    settings.SCHEMA_LOOK_EVERY = 0
    asked, answer = threading.Event(), threading.Event()

    def slow(connection):
        asked.set()
        assert answer.wait(20)
        return schema.Difference(unknown=("a.b",))

    watch = schema.Watch()
    watch._looked_at = 0.0
    monkeypatch.setattr(schema, "difference", slow)
    first = threading.Thread(target=watch.difference)
    first.start()
    assert asked.wait(20)
    assert not watch.difference()
    answer.set()
    first.join(20)
    assert watch.difference()


def test_job_does_not_begin_and_no_try_is_counted(differing):
    outcome = app.tasks["schools.tend_jobs"].apply()
    assert outcome.state == "IGNORED"
    assert not JobRecord.objects.exists()
    assert not FailedJob.objects.exists()


def test_job_that_breaks_on_new_tables_has_not_used_up_a_try(differing):
    task = app.tasks["schools.tend_jobs"]
    task.on_failure(DatabaseError("no such column"), "id", (), {}, None)
    assert not FailedJob.objects.exists()


def test_timetable_waits_and_forgets_no_day(differing, tmp_path):
    timetable = {"tend": {"task": "schools.tend_jobs", "schedule": 0.0}}
    scheduler = EmbeddedScheduler(app=app, timetable=timetable, memory=tmp_path / "runs.json")
    before = dict(scheduler._last_runs)
    assert scheduler.run_due() == LONGEST_WAIT
    assert scheduler._last_runs == before
