"""What the database itself refuses in the tables of the figures."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from reports.models import ClassCoverage, ClassMonth, Flag, SchoolMonth, StaleMonth, Target
from tests.reports.register_builders import OCTOBER


def refused(create, *, by):
    """Whether the second creation fails in the database, by the named constraint or columns."""
    create()
    with pytest.raises(IntegrityError) as fault, transaction.atomic():
        create()
    return any(part in str(fault.value) for part in by)


def owner(world):
    return {"school": world.school_b, "commune": world.commune_b, "month": OCTOBER.first}


def test_cell_of_a_class_month_is_there_once(world):
    assert refused(
        lambda: ClassMonth.objects.create(
            **owner(world),
            school_class=world.class_b,
            level="THCS",
            grade=6,
            sex="F",
            ethnic_group="08",
        ),
        by=("class_month_cell_is_unique", "reports_classmonth.school_class_id"),
    )


def test_cell_of_a_school_month_is_there_once(world):
    assert refused(
        lambda: SchoolMonth.objects.create(
            **owner(world), level="THCS", sex="F", ethnic_group="08"
        ),
        by=("school_month_cell_is_unique", "reports_schoolmonth.school_id"),
    )


def test_coverage_of_a_class_month_is_there_once(world):
    assert refused(
        lambda: ClassCoverage.objects.create(
            **owner(world),
            school_class=world.class_b,
            level="THCS",
            counted_to=OCTOBER.last,
            rebuilt_at=timezone.now(),
        ),
        by=("one_coverage_per_class_month", "reports_classcoverage.school_class_id"),
    )


def test_class_month_is_marked_once(world):
    assert refused(
        lambda: StaleMonth.objects.create(
            school=world.school_b,
            school_class=world.class_b,
            month=OCTOBER.first,
            marked_at=timezone.now(),
        ),
        by=("one_stale_mark_per_class_month", "reports_stalemonth.school_class_id"),
    )


def test_flag_of_a_rule_is_there_once(world):
    assert refused(
        lambda: Flag.objects.create(
            commune=world.commune_b,
            level="THCS",
            month=OCTOBER.first,
            indicator="attendance",
            rule="watch",
            written_reason="…",
        ),
        by=("one_flag_per_rule_and_month", "reports_flag.commune_id"),
    )


def target(world, **changes):
    values = {
        "indicator": "dropout",
        "level": "THCS",
        "area": world.commune_b,
        "percent": 2,
        "valid_from": OCTOBER.first,
    }
    return Target.objects.create(**values | changes)


def test_targets_of_one_thing_do_not_overlap(world):
    assert refused(lambda: target(world), by=("target_does_not_overlap",))
    target(world, level="TH")
    target(world, area=world.commune_a)
    assert Target.objects.filter(indicator="dropout").count() == 3


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"percent": 101}, "target_is_a_percentage"),
        ({"percent": -1}, "target_is_a_percentage"),
        ({"valid_to": OCTOBER.first}, "target_ends_after_it_begins"),
        ({"valid_to": OCTOBER.first - datetime.timedelta(days=1)}, "target_ends_after_it_begins"),
    ],
)
def test_impossible_target_is_refused_by_the_database(world, changes, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        target(world, **changes)
