"""News from below marks class-months, and the marks bring the rebuild."""

import socket
import uuid

import pytest
from django.db import transaction

from attendance.models import Closure, Register
from attendance.signals import calendar_changed, register_saved
from core.months import Month
from reports.models import ClassCoverage, ClassMonth, StaleMonth
from reports.services.facts import mark_stale
from reports.tasks import sweep_stale_months
from schools.models import Placement, SchoolClass
from schools.signals import enrolments_changed, placements_changed
from tests.reports.register_builders import OCTOBER, day, pupil_ids
from tests.sending import send_register
from tests.world import make_class, make_school

AUGUST, SEPTEMBER = Month(2026, 8), Month(2026, 9)


def marks():
    """(class id, month) of all marks, ascending."""
    return sorted(StaleMonth.objects.values_list("school_class_id", "month"))


def test_mark_stale_stays_inside_the_year_and_the_past(world, today):
    concerned = mark_stale([world.class_a.pk], Month(2027, 9).since(Month(2026, 7)))

    assert marks() == [(world.class_a.pk, m.first) for m in (AUGUST, SEPTEMBER, OCTOBER)]
    assert concerned == {(world.school_a.pk, m) for m in (AUGUST, SEPTEMBER, OCTOBER)}


def test_year_that_ends_on_the_first_has_no_facts_in_that_month(world, today):
    world.year.valid_to = day(1)
    world.year.save()

    mark_stale([world.class_a.pk], [SEPTEMBER, OCTOBER])

    assert marks() == [(world.class_a.pk, SEPTEMBER.first)]


def test_second_mark_changes_the_token_of_the_first(world, today):
    mark_stale([world.class_a.pk], [OCTOBER])
    first = StaleMonth.objects.get()

    mark_stale([world.class_a.pk, world.class_b.pk], [OCTOBER])

    again = StaleMonth.objects.get(pk=first.pk)
    assert again.token != first.token
    assert StaleMonth.objects.count() == 2
    assert again.school_id == world.school_a.pk


@pytest.mark.parametrize("classes", [1, 3])
def test_mark_stale_takes_two_queries(world, today, classes, django_assert_num_queries):
    ids = [world.class_a.pk, world.class_a12.pk, world.class_b.pk][:classes]

    with transaction.atomic(), django_assert_num_queries(2):
        mark_stale(ids, [SEPTEMBER, OCTOBER])


def test_register_saved_marks_its_month(world, today, django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(2):
        register_saved.send(sender=Register, school_class_ids=[world.class_a.pk], date=day(30, 9))

    assert marks() == [(world.class_a.pk, SEPTEMBER.first)]


def test_calendar_changed_marks_until_the_day_before_the_end(world, today):
    calendar_changed.send(
        sender=Closure,
        school_class_ids=[world.class_a.pk, world.class_b.pk],
        start=day(28, 8),
        end=day(1),
    )

    assert marks() == [
        (school_class.pk, month.first)
        for school_class in (world.class_a, world.class_b)
        for month in (AUGUST, SEPTEMBER)
    ]


def test_calendar_changed_in_the_future_marks_nothing(world, today):
    calendar_changed.send(
        sender=Closure, school_class_ids=[world.class_a.pk], start=day(1, 11), end=day(5, 11)
    )

    assert marks() == []


def test_enrolments_changed_marks_until_today_when_open(world, today):
    enrolments_changed.send(
        sender=None, school_class_ids=[world.class_b.pk], start=day(20, 9), end=None
    )

    assert marks() == [(world.class_b.pk, m.first) for m in (SEPTEMBER, OCTOBER)]


def test_enrolments_changed_marks_the_month_of_leaving(world, today):
    """A spell that ends on 1 October leaves in October."""
    enrolments_changed.send(
        sender=None, school_class_ids=[world.class_b.pk], start=day(20, 9), end=day(1)
    )

    assert marks() == [(world.class_b.pk, m.first) for m in (SEPTEMBER, OCTOBER)]


def test_placements_changed_marks_every_class_of_the_school(world, today):
    placements_changed.send(sender=Placement, school_ids=[world.school_a.pk], start=day(1))

    assert marks() == sorted(
        (school_class.pk, OCTOBER.first) for school_class in (world.class_a, world.class_a12)
    )


def test_mark_goes_with_the_transaction_that_made_the_news(world, today):
    before = transaction.savepoint()
    register_saved.send(sender=Register, school_class_ids=[world.class_a.pk], date=today)
    assert marks() == [(world.class_a.pk, OCTOBER.first)]
    transaction.savepoint_rollback(before)

    assert marks() == []


def test_sent_register_becomes_a_figure(world, today, django_capture_on_commit_callbacks):
    absent = pupil_ids(world.class_a)[0]

    with django_capture_on_commit_callbacks(execute=True):
        send_register(
            school_class=world.class_a,
            date=today,
            session="am",
            operation_id=uuid.uuid4(),
            base_revision=0,
            marks={absent: ("K", "")},
            by=world.teacher_a,
        )

    assert marks() == []
    rows = ClassMonth.objects.filter(school_class=world.class_a)
    assert sum(row.expected for row in rows) == 6
    assert sum(row.unexcused for row in rows) == 1
    assert ClassCoverage.objects.get(school_class=world.class_a).taken == 1
    # The other class of the school was not marked and not counted.
    assert not ClassCoverage.objects.filter(school_class=world.class_a12).exists()


def test_large_news_is_one_sweep_and_small_news_a_job_each(
    world, today, django_capture_on_commit_callbacks
):
    classes = list(SchoolClass.objects.values_list("pk", flat=True))
    more = make_school("12B2", "TH B Hai", "TH", world.commune_b, world.since)
    classes.append(make_class(more, world.year, "1A", "TH", "1", ["Lò Văn Mới"]).pk)

    with django_capture_on_commit_callbacks(execute=True) as small:
        register_saved.send(sender=Register, school_class_ids=classes, date=today)
    counted = ClassCoverage.objects.count()
    with django_capture_on_commit_callbacks(execute=True) as large:
        calendar_changed.send(sender=Closure, school_class_ids=classes, start=world.since, end=None)

    # 3 schools of one month, then 3 schools of 3 months.
    assert (len(small), counted) == (3, 4)
    assert ClassCoverage.objects.count() == 12
    assert len(large) == 1 + 3
    assert marks() == []


def test_dead_broker_loses_no_work(
    world, today, settings, use_broker, caplog, django_capture_on_commit_callbacks
):
    """Saving answers although nobody listens on the broker's port; the sweep rebuilds later."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    use_broker(f"redis://127.0.0.1:{port}/0")

    with (
        caplog.at_level("WARNING", logger="core.jobs.dispatch"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        send_register(
            school_class=world.class_a,
            date=today,
            session="am",
            operation_id=uuid.uuid4(),
            base_revision=0,
            marks={},
            by=world.teacher_a,
        )

    assert [record.args[0] for record in caplog.records] == ["reports.rebuild_school_month"]
    assert Register.objects.filter(school_class=world.class_a, date=today).count() == 1
    assert marks() == [(world.class_a.pk, OCTOBER.first)]
    settings.JOBS_MODE = "inline"
    with django_capture_on_commit_callbacks(execute=True):
        outcome = sweep_stale_months.apply().get()
    assert outcome == {"chunks": 1, "schools": 1}
    assert marks() == []
    assert ClassCoverage.objects.get(school_class=world.class_a).taken == 1
