"""Work after the commit: started once, recorded, tried again, given up; and a silent broker."""

import ast
import datetime
import json
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings as project
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from kombu.exceptions import OperationalError
from redis import ResponseError

from core.jobs import dispatch, job_task, records
from core.models import FailedJob, JobAttempt, JobRecord
from core.tasks import remove_old_job_rows, tend_jobs
from lai_chau_edu.celery import BEAT_SCHEDULE, app
from tests.frozen import freeze_time

ONCE_A_DAY = {"once_a": "day"}
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def runs():
    return []


@pytest.fixture
def task(runs):
    """A task that notes its arguments and fails for `broken=True`."""

    @app.task(name="tests.note", shared=False)
    def note(*, broken=False, **kwargs):
        runs.append(kwargs)
        if broken:
            raise ValueError("Giàng A Chua has no birthday")
        return {"rows": 3}

    yield note
    app.tasks.pop("tests.note")


@pytest.fixture
def broker(settings, monkeypatch, task):
    """A broker that answers or not; `sent` are the arguments that reached it."""
    settings.JOBS_MODE = "celery"
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(dispatch, "broker", dispatch.CircuitBreaker(clock=lambda: clock.now))
    state = SimpleNamespace(fault=None, asked=0, sent=[], clock=clock)

    def apply_async(*, kwargs, headers):
        state.asked += 1
        if state.fault:
            raise state.fault
        state.sent.append(kwargs)

    monkeypatch.setattr(task, "apply_async", apply_async)
    return state


# --- After the commit ---------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_equal_jobs_of_one_transaction_are_started_once(task, runs):
    with transaction.atomic():
        for number in (1, 2, 1, 1):
            dispatch.enqueue(task, number=number)
        assert runs == []
    assert runs == [{"number": 1}, {"number": 2}]
    with transaction.atomic():
        dispatch.enqueue(task, number=1)
    assert len(runs) == 3


@pytest.mark.django_db(transaction=True)
def test_job_of_a_savepoint_taken_back_does_not_hide_an_equal_one(task, runs):
    with transaction.atomic():
        with transaction.atomic():
            dispatch.enqueue(task, number=1)
            transaction.set_rollback(True)
        dispatch.enqueue(task, number=1)
    assert runs == [{"number": 1}]


@pytest.mark.django_db(transaction=True)
def test_job_that_cannot_be_sent_fails_nothing_but_itself(broker, task, runs, caplog):
    broker.fault = ValueError("no such option")
    dispatch.enqueue(task, number=1)
    assert "start of tests.note" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_transaction_taken_back_starts_nothing(task, runs):
    with transaction.atomic():
        dispatch.enqueue(task, number=1)
        transaction.set_rollback(True)
    assert runs == []


def test_nobody_starts_a_task_past_the_commit():
    """Only core/jobs/dispatch.py may speak to the broker."""
    guilty = [
        f"{path}:{node.lineno}"
        for room in [
            "schools",
            "accounts",
            "attendance",
            "mobilisation",
            "reports",
            "inspections",
            "lai_chau_edu",
        ]
        for path in (Path(project.BASE_DIR) / room).rglob("*.py")
        if path != Path(project.BASE_DIR) / "core" / "jobs" / "dispatch.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"delay", "apply_async", "send_task"}
    ]
    assert guilty == []


# --- A broker that does not answer --------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "fault", [OperationalError("no answer"), ConnectionResetError(), ResponseError("OOM: full")]
)
def test_silent_broker_is_asked_once_in_a_while(broker, task, settings, fault):
    broker.fault = fault
    for number in range(5):
        dispatch.enqueue(task, number=number)
    assert broker.asked == 1

    broker.clock.now += settings.BROKER_PAUSE
    for number in range(5):
        dispatch.enqueue(task, number=number)
    assert broker.asked == 2

    broker.fault = None
    broker.clock.now += settings.BROKER_PAUSE
    dispatch.enqueue(task, number=7)
    dispatch.enqueue(task, number=8)
    assert broker.sent == [{"number": 7}, {"number": 8}]


def test_while_one_tries_the_others_go_on():
    clock = SimpleNamespace(now=0.0)
    breaker = dispatch.CircuitBreaker(clock=lambda: clock.now)
    assert [breaker.may_try(30), breaker.may_try(30)] == [True, True]
    breaker.failed(30)
    assert not breaker.may_try(30)
    clock.now = 30.0
    assert [breaker.may_try(30), breaker.may_try(30)] == [True, False]
    breaker.worked()
    assert breaker.may_try(30)


# --- Records ------------------------------------------------------------------


@pytest.mark.django_db
def test_run_is_recorded_with_its_answer(task):
    task.apply(kwargs={"number": 1})
    record = JobRecord.objects.get(name="tests.note")
    assert record.answer == {"rows": 3}
    assert record.started_at <= record.finished_at
    assert record.duration_ms >= 0
    assert record.failed_at is None


@pytest.mark.django_db
def test_frequent_job_is_noted_once_in_a_while_and_read_cheaply(task, monkeypatch):
    monkeypatch.setattr(task, "frequent", True)
    monkeypatch.setattr(task, "_noted_at", -job_task.NOTED_EVERY)
    task.apply()
    first = JobRecord.objects.get(name="tests.note").finished_at
    with CaptureQueriesContext(connection) as queries:
        task.apply()
    # Whether it had failed before, and the run while it lasts; inside a test's transaction
    # savepoints around each.
    assert [q["sql"][:6] for q in queries if "SAVEPOINT" not in q["sql"]] == [
        "SELECT",
        "UPDATE",
        "INSERT",
        "DELETE",
    ]
    assert JobRecord.objects.get(name="tests.note").finished_at == first


@pytest.mark.django_db
def test_fault_is_kept_without_the_words_that_may_hold_names(task):
    task.apply(kwargs={"broken": True, "number": 1})
    failed = FailedJob.objects.get()
    assert failed.error.startswith("ValueError (tests/core/test_jobs.py:")
    assert "Chua" not in failed.error
    assert (failed.task, failed.kwargs) == ("tests.note", {"broken": True, "number": 1})
    assert (failed.tries, failed.next_try_at > failed.failed_at) == (1, True)
    assert JobRecord.objects.get(name="tests.note").failed_at


@pytest.mark.django_db
def test_notes_that_cannot_be_written_do_not_stop_the_job(task, runs, monkeypatch, caplog):
    def gone(*args, **kwargs):
        raise OperationalError("disk full")

    for name in ("open_failure", "note_start", "note_success", "note_failure", "claim_day"):
        monkeypatch.setattr(records, name, gone)
        gone.__name__ = name
    assert task.apply(headers=ONCE_A_DAY).get() == {"rows": 3}
    assert task.apply(kwargs={"broken": True}).failed()
    assert len(runs) == 2


# --- A job that fails ---------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_poison_job_is_tried_three_times_and_others_go_on(task, runs):
    with freeze_time("2026-10-12 00:00:00") as clock:
        task.apply(kwargs={"broken": True})
        for _minute in range(60):
            clock.shift(MINUTE)
            task.apply(kwargs={"number": 2})
            tend_jobs.apply()
        assert len(runs) == 3 + 60
        failed = FailedJob.objects.get()
        assert (failed.tries, failed.next_try_at, failed.settled_at) == (3, None, None)
        # A sweep that asks for it again asks in vain, until a day has passed.
        task.apply(kwargs={"broken": True})
        assert len(runs) == 63
        clock.shift(records.REST)
        task.apply(kwargs={"broken": True})
        assert len(runs) == 64


@pytest.mark.django_db(transaction=True)
def test_next_try_that_succeeds_settles_the_failure(task, monkeypatch, runs):
    with freeze_time("2026-10-12 00:00:00") as clock:
        records.note_failure("tests.note", {"number": 1}, ValueError())
        clock.shift(datetime.timedelta(seconds=59))
        assert tend_jobs.apply().get() == {"died": 0, "tried_again": 0}
        clock.shift(datetime.timedelta(seconds=1))
        assert tend_jobs.apply().get() == {"died": 0, "tried_again": 1}
    failed = FailedJob.objects.get()
    assert (failed.outcome, failed.next_try_at) == ("succeeded", None)
    assert runs == [{"number": 1}]


@pytest.mark.django_db
def test_due_job_is_handed_out_once_and_again_only_when_it_was_lost():
    with freeze_time("2026-10-12 00:00:00") as clock:
        records.note_failure("tests.note", {}, ValueError())
        clock.shift(MINUTE)
        assert records.take_due(known_names=["tests.note"]) == [("tests.note", {})]
        assert records.take_due(known_names=["tests.note"]) == []
        clock.shift(records.SILENT_FOR)
        assert records.take_due(known_names=["another"]) == []
        assert records.take_due(known_names=["tests.note"]) == [("tests.note", {})]


@pytest.mark.django_db
def test_job_over_which_workers_die_is_given_up(task, runs, monkeypatch):
    def deliver(again):
        # As a broker delivers again what a dead worker never acknowledged.
        task.push_request(delivery_info={"redelivered": again}, kwargs={})
        try:
            task.before_start("id", (), {"number": 1})
        except job_task.Ignore:
            return "given up"
        finally:
            task.pop_request()
        return "runs"

    told = [deliver(again) for again in (False, True, True, True)]
    assert told == ["runs", "runs", "runs", "given up"]
    failed = FailedJob.objects.get()
    assert (failed.error, failed.tries, failed.next_try_at) == ("ProcessDied", 3, None)
    assert not JobAttempt.objects.exists()


@pytest.mark.django_db
def test_message_handed_out_again_after_its_end_is_no_death(task):
    task.apply(kwargs={"number": 1}, task_id="one")
    task.push_request(delivery_info={"redelivered": True}, kwargs={})
    task.before_start("one", (), {"number": 1})
    task.pop_request()
    assert not FailedJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_run_is_committed_before_its_work_begins_and_gone_at_its_end(task, monkeypatch):
    seen = []

    def look(**kwargs):
        assert not connection.in_atomic_block
        seen.append(JobAttempt.objects.values_list("task", "kwargs").get())

    monkeypatch.setattr(task, "run", look)
    task.apply(kwargs={"number": 1})
    assert seen == [("tests.note", {"number": 1})]
    assert not JobAttempt.objects.exists()


def test_every_job_of_the_product_is_counted():
    app.loader.import_default_modules()
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert len(ours) > 15
    assert [
        name for name, task in ours.items() if not isinstance(task, job_task.SurvivingTask)
    ] == []


@pytest.mark.django_db(transaction=True)
def test_job_that_dies_without_a_word_is_found_three_times_then_rests(task, runs, monkeypatch):
    told = []
    monkeypatch.setattr(task, "lost", lambda **kwargs: told.append(kwargs), raising=False)

    def die(**kwargs):
        runs.append(kwargs)
        # As in a process that is killed here: nothing after this is ever reached.
        raise SystemExit

    monkeypatch.setattr(task, "run", die)
    with freeze_time("2026-10-12 00:00:00") as clock:
        with suppress(SystemExit):
            task.apply(kwargs={"number": 1})
        for _minute in range(120):
            clock.shift(MINUTE)
            with suppress(SystemExit):
                tend_jobs.apply()
    assert runs == [{"number": 1}] * 3
    failed = FailedJob.objects.get(task="tests.note")
    assert (failed.tries, failed.next_try_at, failed.error) == (3, None, FailedJob.DIED)
    assert "(3 " in failed.reason
    assert told == [{"number": 1, "given_up": end} for end in (False, False, True)]


@pytest.mark.django_db
def test_start_of_the_only_process_finds_what_ran_when_it_died(task):
    records.begin_attempt("one", "tests.note", {"number": 1}, seconds=600)
    assert records.take_lost() == []
    assert records.take_lost(all_of_them=True) == [("tests.note", {"number": 1})]
    assert records.take_lost(all_of_them=True) == []


@pytest.mark.django_db
def test_person_may_have_a_job_that_was_given_up_tried_once_more(task):
    for _time in range(3):
        records.note_loss("tests.note", {"number": 1})
    assert records.is_resting(records.open_failure("tests.note", {"number": 1}))
    records.allow_one_try("tests.note", {"number": 1})
    assert not records.is_resting(records.open_failure("tests.note", {"number": 1}))
    assert records.note_loss("tests.note", {"number": 1})


@pytest.mark.django_db
def test_restart_gives_all_tries_anew_and_dismissal_ends_them(world):
    for number in (1, 2):
        for _time in range(3):
            records.note_failure("tests.note", {"number": number}, ValueError())
    first, second = FailedJob.objects.order_by("pk")
    assert records.restart(failed_id=first.pk, by=world.system_admin).tries == 0
    assert not records.is_resting(FailedJob.objects.get(pk=first.pk))
    assert records.dismiss(failed_id=second.pk, by=world.system_admin)
    assert not records.dismiss(failed_id=second.pk, by=world.system_admin)
    assert records.restart(failed_id=second.pk, by=world.system_admin) is None
    second.refresh_from_db()
    assert (second.outcome, second.settled_by) == ("dismissed", world.system_admin)
    # Should it fail again, that is news.
    records.note_failure("tests.note", {"number": 2}, ValueError())
    assert FailedJob.objects.count() == 3


@pytest.mark.django_db
def test_old_rows_are_removed_on_the_timetable(task):
    with freeze_time("2026-10-12 00:00:00") as clock:
        records.note_failure("tests.note", {"number": 1}, ValueError())
        records.settle("tests.note", {"number": 1})
        records.note_failure("tests.note", {"number": 2}, ValueError())
        JobRecord.objects.create(name="tests.gone")
        clock.shift(records.KEPT_FOR + MINUTE)
        assert remove_old_job_rows.apply().get() == {"rows": 2}
    assert [failed.kwargs for failed in FailedJob.objects.all()] == [{"number": 2}]
    assert "tests.note" in JobRecord.objects.values_list("name", flat=True)


# --- Two timetables -----------------------------------------------------------


@pytest.mark.django_db
def test_daily_job_runs_once_a_day_whoever_sends_it(task, runs):
    with freeze_time("2026-10-12 17:10:00") as clock:
        for _beat in range(2):
            task.apply(headers=ONCE_A_DAY)
        assert len(runs) == 1
        # By hand, or as another try, it runs all the same.
        task.apply()
        assert len(runs) == 2
        clock.shift(datetime.timedelta(days=1))
        task.apply(headers=ONCE_A_DAY)
        clock.shift(-datetime.timedelta(hours=1))
        assert len(runs) == 3
        # A clock that had run a year ahead does not silence it.
        clock.shift(-datetime.timedelta(days=365))
        task.apply(headers=ONCE_A_DAY)
        assert len(runs) == 4


def test_every_daily_entry_of_the_timetable_is_claimed():
    daily = {
        name
        for name, entry in BEAT_SCHEDULE.items()
        if not isinstance(entry["schedule"], float) and len(entry["schedule"].hour) == 1
    }
    claimed = {
        name
        for name, entry in BEAT_SCHEDULE.items()
        if entry.get("options", {}).get("headers") == ONCE_A_DAY
    }
    assert claimed == daily
    json.dumps([entry.get("options") for entry in BEAT_SCHEDULE.values()])
