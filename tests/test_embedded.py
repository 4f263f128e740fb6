"""The timetable without a broker, under a clock that the test moves."""

import datetime
import json
from zoneinfo import ZoneInfo

import pytest
from celery import Celery
from celery.schedules import crontab

from lai_chau_edu.celery import BEAT_SCHEDULE
from lai_chau_edu.celery import app as product
from lai_chau_edu.embedded import LONGEST_WAIT, EmbeddedScheduler

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHTLY = {"nightly": {"task": "note", "schedule": crontab(hour=1, minute=0)}}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = datetime.datetime(2026, 10, 12, 20, 0, tzinfo=HERE)

    def __call__(self):
        return self.now

    def forward(self, **time):
        self.now += datetime.timedelta(**time)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def runs():
    """What the task has noted, in order."""
    return []


@pytest.fixture
def schedule(tmp_path, clock, runs):
    """Function: a scheduler over a timetable, as after a start of the process."""
    app = Celery("tests", set_as_current=False)
    # Not the product's zone: a schedule that asks the wrong application is an hour or two late.
    app.conf.timezone = "Asia/Tokyo"

    @app.task(name="note", shared=False)
    def note(text="run"):
        runs.append(text)

    @app.task(name="fail", shared=False)
    def fail():
        raise ValueError("no such month")

    def start(timetable):
        memory = tmp_path / "files" / "timetable.json"
        return EmbeddedScheduler(app=app, timetable=timetable, memory=memory, clock=clock)

    return start


@pytest.mark.parametrize("every", [300.0, datetime.timedelta(minutes=5)])
def test_interval_runs_when_it_has_passed_and_not_before(schedule, clock, runs, every):
    scheduler = schedule({"sweep": {"task": "note", "schedule": every}})
    clock.forward(seconds=299)
    assert scheduler.run_due() == 1.0
    assert runs == []
    clock.forward(seconds=1)
    assert scheduler.run_due() == LONGEST_WAIT
    assert runs == ["run"]
    scheduler.run_due()
    assert runs == ["run"]


def test_crontab_runs_at_the_hour_of_the_applications_zone(schedule, clock, runs):
    scheduler = schedule(NIGHTLY)
    clock.now = datetime.datetime(2026, 10, 12, 15, 59, 30, tzinfo=datetime.UTC)
    assert scheduler.run_due() == 30.0
    assert runs == []
    clock.forward(seconds=30)
    scheduler.run_due()
    assert runs == ["run"]


def test_arguments_of_an_entry_reach_the_task(schedule, clock, runs):
    entry = {"task": "note", "schedule": 60.0}
    scheduler = schedule(
        {"a": {**entry, "args": ["first"]}, "b": {**entry, "kwargs": {"text": "second"}}}
    )
    clock.forward(minutes=1)
    scheduler.run_due()
    assert runs == ["first", "second"]


def test_computer_switched_off_for_three_nights_catches_up_once(schedule, clock, runs):
    scheduler = schedule(NIGHTLY)
    clock.forward(hours=6)
    scheduler.run_due()
    assert runs == ["run"]
    clock.forward(days=3)
    restarted = schedule(NIGHTLY)
    restarted.run_due()
    restarted.run_due()
    assert runs == ["run", "run"]


def test_entry_seen_for_the_first_time_waits_for_its_turn(schedule, runs):
    schedule(NIGHTLY).run_due()
    assert runs == []


def test_failing_task_is_logged_and_holds_up_nothing(schedule, clock, runs, caplog):
    scheduler = schedule(
        {
            "broken": {"task": "fail", "schedule": 60.0},
            "unknown": {"task": "gone", "schedule": 60.0},
            "good": {"task": "note", "schedule": 60.0},
        }
    )
    clock.forward(minutes=1)
    scheduler.run_due()
    assert runs == ["run"]
    failed, unknown = [each for each in caplog.records if each.name == "lai_chau_edu.embedded"]
    assert "task fail failed" in failed.getMessage()
    assert "no such month" in failed.getMessage()
    assert unknown.getMessage() == "task gone could not be run"


def test_run_is_noted_before_the_task_so_that_a_crash_is_not_repeated(schedule, clock, tmp_path):
    scheduler = schedule({"broken": {"task": "fail", "schedule": 60.0}})
    clock.forward(minutes=1)
    scheduler.run_due()
    noted = json.loads((tmp_path / "files" / "timetable.json").read_text())
    assert noted == {"broken": clock.now.isoformat()}


def test_clock_that_ran_ahead_does_not_silence_the_timetable(schedule, clock, runs):
    sweep = {"sweep": {"task": "note", "schedule": 300.0}}
    scheduler = schedule(sweep)
    clock.forward(days=365)
    scheduler.run_due()
    clock.forward(days=-365)
    restarted = schedule(sweep)
    clock.forward(minutes=5)
    restarted.run_due()
    assert runs == ["run", "run"]


@pytest.mark.parametrize("content", ["", "[]", '{"nightly": 3}', '{"nightly": "yesterday"}'])
def test_unreadable_memory_starts_anew(schedule, tmp_path, clock, runs, content, caplog):
    memory = tmp_path / "files" / "timetable.json"
    memory.parent.mkdir()
    memory.write_text(content)
    with caplog.at_level("WARNING", logger="lai_chau_edu.embedded"):
        scheduler = schedule(NIGHTLY)
    assert [record.getMessage() for record in caplog.records] == [
        f"{memory} is not readable; the timetable starts anew"
    ]
    clock.forward(hours=6)
    scheduler.run_due()
    assert runs == ["run"]


def test_stop_ends_the_thread_without_a_further_task(schedule, clock, runs):
    scheduler = schedule(NIGHTLY)
    scheduler.start()
    scheduler.stop()
    assert not scheduler._thread.is_alive()
    clock.forward(days=1)
    scheduler.run_due()
    assert runs == []


def test_beat_and_the_embedded_server_share_one_timetable_of_known_tasks():
    product.loader.import_default_modules()
    assert product.conf.beat_schedule == BEAT_SCHEDULE
    unknown = {entry["task"] for entry in BEAT_SCHEDULE.values()} - set(product.tasks)
    assert unknown == set()
