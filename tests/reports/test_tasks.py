"""The jobs of the figures: named, thin, safe to run twice."""

import datetime
from pathlib import Path

from django.core.files.base import ContentFile
from django.utils import timezone

from core.models import FailedJob
from core.months import Month
from lai_chau_edu.celery import BEAT_SCHEDULE, app
from reports import tasks
from reports.models import ClassCoverage, ClassMonth, Flag, ReportRun, StaleMonth
from reports.services.facts import SCHOOLS_AT_ONCE, mark_stale, rebuild, stale_chunks
from schools.models import School
from tests.frozen import freeze_time
from tests.reports.register_builders import OCTOBER, day, take
from tests.world import make_class, make_school

SEPTEMBER = Month(2026, 9)


def test_jobs_are_named_and_the_timetable_names_only_known_ones():
    app.loader.import_default_modules()
    # A task not named by us would take the name of its module.
    names = {name for name in app.tasks if name.startswith("reports.")}

    assert {
        "reports.rebuild_school_month",
        "reports.rebuild_chunk",
        "reports.sweep_stale_months",
        "reports.open_new_day",
        "reports.raise_flags",
        "reports.remove_expired_runs",
    } <= names
    assert {entry["task"] for entry in BEAT_SCHEDULE.values()} <= set(app.tasks)


def test_rebuild_jobs_do_only_what_is_stale_and_can_run_twice(world, today):
    take(world.class_a, day(5))
    take(world.class_b, day(5))
    mark_stale([world.class_a.pk], [OCTOBER])

    for _turn in range(2):
        tasks.rebuild_school_month.apply(
            kwargs={"school_id": world.school_a.pk, "month": "2026-10"}
        ).get()
        tasks.rebuild_chunk.apply(
            kwargs={"school_ids": [world.school_a.pk, world.school_b.pk], "month": "2026-10"}
        ).get()

    assert list(ClassCoverage.objects.values_list("school_class_id", "taken")) == [
        (world.class_a.pk, 1)
    ]


def test_sweep_finds_what_was_never_sent(world, today, django_capture_on_commit_callbacks):
    mark_stale([world.class_a.pk, world.class_b.pk], [SEPTEMBER, OCTOBER])

    with django_capture_on_commit_callbacks(execute=True):
        outcome = tasks.sweep_stale_months.apply().get()

    assert outcome == {"chunks": 2, "schools": 4}
    assert StaleMonth.objects.count() == 0
    assert ClassCoverage.objects.count() == 4
    assert tasks.sweep_stale_months.apply().get() == {"chunks": 0, "schools": 0}


def test_sweep_goes_on_after_a_faulty_chunk(
    world, today, caplog, django_capture_on_commit_callbacks
):
    """A class with impossible sessions breaks the count of its month; others are counted."""
    mark_stale([world.class_a.pk, world.class_b.pk], [SEPTEMBER, OCTOBER])
    type(world.class_b).objects.filter(pk=world.class_b.pk).update(sessions="xx")
    type(world.year).objects.filter(pk=world.year.pk).update(valid_from=day(1))
    StaleMonth.objects.filter(school=world.school_b, month=SEPTEMBER.first).delete()

    with django_capture_on_commit_callbacks(execute=True):
        tasks.sweep_stale_months.apply().get()

    # Only the month that cannot be counted waits, not that of the school in the same chunk.
    assert list(StaleMonth.objects.values_list("school_id", "month")) == [
        (world.school_b.pk, OCTOBER.first)
    ]
    told = [record for record in caplog.records if record.name == "core.jobs.dispatch"]
    assert [record.args[0] for record in told] == ["reports.rebuild_school_month"]


def test_sweep_leaves_a_school_that_failed_too_often_to_the_operator(
    world, today, caplog, django_capture_on_commit_callbacks
):
    mark_stale([world.class_b.pk], [OCTOBER])
    type(world.class_b).objects.filter(pk=world.class_b.pk).update(sessions="xx")

    for _turn in range(5):
        with django_capture_on_commit_callbacks(execute=True):
            tasks.sweep_stale_months.apply().get()

    failed = FailedJob.objects.get()
    assert failed.kwargs == {"school_id": world.school_b.pk, "month": "2026-10"}
    assert (failed.tries, failed.next_try_at) == (3, None)
    assert StaleMonth.objects.count() == 1


def test_stale_chunks_are_small_and_oldest_first(world, today):
    for number in range(SCHOOLS_AT_ONCE):
        school = make_school(f"C{number}", f"TH {number}", "TH", world.commune_b, world.since)
        mark_stale([make_class(school, world.year, "1A", "TH", "1", []).pk], [OCTOBER])
    mark_stale([world.class_b.pk], [SEPTEMBER, OCTOBER])

    chunks = stale_chunks()

    assert [(len(ids), month) for ids, month in chunks] == [
        (1, SEPTEMBER),
        (SCHOOLS_AT_ONCE, OCTOBER),
        (1, OCTOBER),
    ]


def test_new_day_moves_the_coverage_of_the_running_month(
    world, today, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = tasks.open_new_day.apply().get()
    again = tasks.open_new_day.apply().get()
    row = ClassCoverage.objects.get(school_class=world.class_b, month=OCTOBER.first)
    # Three classes of September and of October; then nothing is behind.
    assert (first, again) == ({"class_months": 6}, {"class_months": 0})
    assert (row.scheduled, row.counted_to) == (11, today)

    with (
        freeze_time("2026-10-13 00:10:00"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        assert tasks.open_new_day.apply().get() == {"class_months": 3}

    row.refresh_from_db()
    assert (row.scheduled, row.counted_to) == (12, day(13))


def test_new_day_closes_the_month_before_once(world, today, django_capture_on_commit_callbacks):
    for month in (SEPTEMBER, OCTOBER):
        rebuild(school_ids=School.objects.values_list("pk", flat=True), month=month)

    marked = []
    for now in ("2026-11-01 00:10:00", "2026-11-02 00:10:00", "2026-11-03 00:10:00"):
        with freeze_time(now), django_capture_on_commit_callbacks(execute=True):
            marked.append(tasks.open_new_day.apply().get()["class_months"])

    # October a last time and November a first time; then November alone.
    assert marked == [6, 3, 3]
    row = ClassCoverage.objects.get(school_class=world.class_b, month=OCTOBER.first)
    assert (row.scheduled, row.counted_to) == (31, day(1, 11))


def test_new_day_leaves_classes_of_other_years_alone(world, today):
    type(world.year).objects.filter(pk=world.year.pk).update(valid_to=day(1, 9))

    assert tasks.open_new_day.apply().get() == {"class_months": 0}


def test_flags_are_raised_for_this_month_and_the_last(world, today):
    rebuild(school_ids=School.objects.values_list("pk", flat=True), month=SEPTEMBER)

    outcome = tasks.raise_flags.apply().get()

    assert set(outcome) == {"2026-09", "2026-10"}
    # No register was sent in September: nobody can say how many came.
    assert set(Flag.objects.values_list("month", "rule")) == {(SEPTEMBER.first, "cannot_be_judged")}


def test_expired_report_files_are_removed_and_the_row_stays(world, today):
    runs = []
    for days in (-1, 1):
        run = ReportRun.objects.create(
            kind="monthly",
            area=world.province,
            month=OCTOBER.first,
            state=ReportRun.State.DONE,
            made_by=world.province_officer,
            expires_at=timezone.now() + datetime.timedelta(days=days),
        )
        run.file.save("report.xlsx", ContentFile(b"rows"))
        runs.append(run)
    expired, kept = runs
    path = expired.file.path

    assert tasks.remove_expired_runs.apply().get() == {"files": 1}
    assert tasks.remove_expired_runs.apply().get() == {"files": 0}

    expired.refresh_from_db()
    kept.refresh_from_db()
    assert (expired.file.name, bool(kept.file)) == ("", True)
    assert not Path(path).exists()
    kept.file.delete()


def test_month_to_come_is_swept_away_without_facts(world, today):
    StaleMonth.objects.create(
        school=world.school_b,
        school_class=world.class_b,
        month=day(1, 11),
        marked_at=timezone.now(),
    )

    tasks.rebuild_chunk.apply(kwargs={"school_ids": [world.school_b.pk], "month": "2026-11"}).get()

    assert StaleMonth.objects.count() == ClassMonth.objects.count() == 0
