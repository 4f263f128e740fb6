"""The verifier: clean after any history, and loud about every wrong number."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from core.months import Month
from reports.models import ClassCoverage, ClassMonth, SchoolMonth
from reports.models.facts import MEASURES
from reports.services.facts import mark_stale, rebuild
from reports.services.verify import differences, verify
from schools.models import Enrolment, School, SchoolClass
from tests.frozen import freeze_time
from tests.reports.histories import MONTHS, write_history
from tests.reports.register_builders import OCTOBER, day, pupil_ids, take
from tests.world import make_school

SESSION_COLUMNS = ("scheduled", "taken", "not_held", "sent_late", "days")


def rebuild_all(months=MONTHS):
    for month in months:
        rebuild(school_ids=School.objects.values_list("pk", flat=True), month=month)


@pytest.fixture
def counted(world, today):
    """October of the small province, with something in many columns, counted."""
    first, second, third, *_rest = pupil_ids(world.class_a)
    take(world.class_a, day(5), {first: "P", second: "K", third: "M"})
    take(world.class_b, day(6))
    rebuild_all([OCTOBER])
    return world


@pytest.mark.parametrize("seed", range(6))
def test_clean_after_a_random_history(world, today, seed):
    write_history(world, seed)
    rebuild_all()

    for month in MONTHS:
        assert differences(month) == []
    assert ClassMonth.objects.filter(expected__gt=0).exists()


@pytest.mark.parametrize("seed", range(2))
def test_clean_when_only_what_is_stale_was_rebuilt(world, today, seed):
    """A first count, more life, marks for what changed, and the sweep's rebuild."""
    from reports.tasks import rebuild_chunk

    rebuild_all()
    write_history(world, seed)
    mark_stale(SchoolClass.objects.values_list("pk", flat=True), MONTHS)
    for month in MONTHS:
        rebuild_chunk.apply(
            kwargs={"school_ids": [world.school_a.pk, world.school_b.pk], "month": str(month)}
        ).get()

    for month in MONTHS:
        assert verify(month=month).waiting == 0
        assert differences(month) == []


def test_clean_on_the_day_after_too(counted):
    """Counted yesterday: the row says until when, and is held against that day."""
    with freeze_time("2026-10-13 00:10:00"):
        assert differences(OCTOBER) == []


@pytest.mark.parametrize("column", MEASURES)
@pytest.mark.parametrize("model", [ClassMonth, SchoolMonth])
def test_wrong_measure_is_found(counted, model, column):
    row = model.objects.order_by("pk").first()
    model.objects.filter(pk=row.pk).update(**{column: F(column) + 1})

    found = differences(OCTOBER)

    assert [difference.column for difference in found] == [column]
    assert found[0].stored == found[0].recounted + 1


@pytest.mark.parametrize("column", SESSION_COLUMNS)
def test_wrong_session_count_is_found(counted, column):
    ClassCoverage.objects.filter(school_class=counted.class_b).update(**{column: F(column) + 1})

    found = differences(OCTOBER)

    assert [(difference.table, difference.column) for difference in found] == [
        ("class coverage", column)
    ]


def test_wrong_day_of_counting_is_found(counted):
    ClassCoverage.objects.filter(school_class=counted.class_b).update(counted_to=day(11))

    # The day itself was free of registers, so its scheduled session is missing as well.
    assert [d.column for d in differences(OCTOBER)] == ["scheduled", "counted_to"]


def test_wrong_time_of_writing_is_found(counted):
    row = ClassCoverage.objects.get(school_class=counted.class_b)
    row.rebuilt_at -= datetime.timedelta(days=3)
    row.save()

    assert [d.column for d in differences(OCTOBER)] == ["counted_to"]


@pytest.mark.parametrize("model", [ClassMonth, SchoolMonth, ClassCoverage])
@pytest.mark.parametrize("column", ["commune", "level", "school"])
def test_wrong_owner_is_found(counted, model, column):
    if (model, column) == (SchoolMonth, "school"):
        change = {"school": make_school("X", "TH X", "TH", counted.commune_a2, day(1))}
    else:
        change = {
            "commune": {"commune": counted.commune_a2},
            "level": {"level": "THPT"},
            "school": {"school": counted.school_a},
        }[column]
    row = model.objects.filter(school=counted.school_b).order_by("pk").first()
    model.objects.filter(pk=row.pk).update(**change)

    assert differences(OCTOBER) != []


@pytest.mark.parametrize("model", [ClassMonth, SchoolMonth, ClassCoverage])
def test_missing_row_is_found(counted, model):
    row = model.objects.filter(school=counted.school_b).order_by("pk").first()
    model.objects.filter(pk=row.pk).delete()

    found = differences(OCTOBER)

    assert [(d.column, d.stored, d.recounted) for d in found] == [("row", None, "there")]


@pytest.mark.parametrize("model", [ClassMonth, SchoolMonth])
def test_surplus_row_is_found(counted, model):
    row = model.objects.filter(school=counted.school_b).order_by("pk").first()
    row.pk, row.ethnic_group = None, "55"
    row.save(force_insert=True)

    found = differences(OCTOBER)

    assert [(d.column, d.stored, d.recounted) for d in found] == [("row", "there", None)]


def test_rows_of_a_class_outside_its_year_are_surplus(counted):
    counted.year.valid_to = day(1)
    counted.year.save()

    found = differences(OCTOBER)

    assert {(d.table, d.recounted) for d in found} == {
        ("class month", None),
        ("class coverage", None),
        ("school month", None),
    }


def test_class_month_that_waits_is_no_difference(counted):
    absent = pupil_ids(counted.class_b)[0]
    take(counted.class_b, day(7), {absent: "K"})
    assert {d.table for d in differences(OCTOBER)} == {
        "class month",
        "class coverage",
        "school month",
    }

    mark_stale([counted.class_b.pk], [OCTOBER])

    found = verify(month=OCTOBER)
    assert (found.differences, found.waiting, found.class_months) == ([], 1, 3)


def test_drift_between_register_and_roll_is_information(counted):
    """A pupil taken off the roll backwards: the teacher saw six, the spells say five."""
    gone = pupil_ids(counted.class_a)[0]
    Enrolment.objects.filter(pupil_id=gone).update(valid_to=day(2), exit_reason="out")
    rebuild_all([OCTOBER])

    found = verify(month=OCTOBER)

    assert found.differences == []
    assert [(d.date, d.session, d.frozen, d.spells) for d in found.drift] == [(day(5), "am", 6, 5)]


def test_only_the_asked_schools_and_samples_are_checked(counted):
    ClassCoverage.objects.update(taken=9)

    assert len(differences(OCTOBER, [counted.school_b.pk])) == 1
    assert verify(month=OCTOBER, sample=1).class_months in (1, 2)
    assert verify(month=OCTOBER, sample=9).class_months == 3


def test_command_is_silent_about_right_figures(counted, capsys):
    rebuild_all()

    call_command("verify_months")

    assert (
        capsys.readouterr()
        .out.strip()
        .endswith("9 lớp-tháng: 0 chỗ sai, 0 đang chờ đếm lại, 0 sổ lệch sĩ số")
    )


def test_command_lists_every_difference_and_fails(counted, capsys):
    ClassMonth.objects.filter(school=counted.school_b).update(late=F("late") + 1)

    with pytest.raises(CommandError) as refused:
        call_command("verify_months", month="2026-10", area="03003")

    assert refused.value.returncode == 1
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if "12B1 6B" in line and "late" in line]) == 3


def test_commands_rebuild_and_verify_one_area(counted, capsys):
    take(counted.class_a, day(8))
    take(counted.class_b, day(8))

    call_command("rebuild_months", month="2026-10", area="03003")

    assert ClassCoverage.objects.get(school_class=counted.class_b).taken == 2
    assert ClassCoverage.objects.get(school_class=counted.class_a).taken == 1
    call_command("verify_months", month="2026-10", area="03003")
    with pytest.raises(CommandError):
        call_command("verify_months", month="2026-10")
    call_command("rebuild_months")
    call_command("verify_months")


@pytest.mark.parametrize("arguments", [{"month": "10/2026"}, {"month": "2026-10", "area": "999"}])
def test_commands_refuse_what_they_do_not_know(counted, arguments):
    for command in ("rebuild_months", "verify_months"):
        with pytest.raises(CommandError):
            call_command(command, **arguments)


def test_month_before_any_school_year_is_empty(counted):
    assert verify(month=Month(2020, 1)).class_months == 0
