"""Flags and plans for the tests of the inspections."""

import datetime

import pytest

from core.months import Month
from inspections.services.plans import approve_plan, change_visit, draft_plan
from reports.models import Flag
from schools.models import Area
from tests.world import make_area, make_user

OCTOBER = Month(2026, 10)


def make_flag(commune, rule="certainly_low", level="THCS", month=datetime.date(2026, 9, 1), **more):
    values = {
        "numerator": 900,
        "denominator": 1000,
        "indicator": "attendance",
        "low": 0.88,
        "high": 0.92,
        "target": 95,
        "registers_taken": 95,
        "registers_due": 100,
        "written_reason": f"{commune.title}, {level}: {rule}.",
    }
    return Flag.objects.create(
        commune=commune, rule=rule, level=level, month=month, **{**values, **more}
    )


def add_communes(world, count):
    """More communes of the province, for tests at two sizes."""
    return [
        make_area(3, "xa", f"04{number:03}", f"Thêm {number}", world.province)
        for number in range(Area.objects.count(), Area.objects.count() + count)
    ]


@pytest.fixture
def flagged(world):
    """The world with flags of September: A certainly low, B only to watch."""
    # Drafts the plans of the province and approves none.
    world.other_officer = make_user(
        "drafter", "Trần Văn Hải", "district_officer", area=world.province, since=world.since
    )
    world.flag_a = make_flag(world.commune_a)
    world.flag_b = make_flag(world.commune_b, "watch")
    return world


@pytest.fixture
def draft(flagged):
    """A draft of October with both communes, by another officer than the one who approves."""
    return draft_plan(area=flagged.province, month=OCTOBER, capacity=5, by=flagged.other_officer)


@pytest.fixture
def approved(flagged):
    """An approved plan of October with one visit to commune A on the 12th, by the member."""
    plan = draft_plan(area=flagged.province, month=OCTOBER, capacity=1, by=flagged.other_officer)
    change_visit(
        visit=plan.visits.get(),
        member=flagged.member,
        planned_on=datetime.date(2026, 10, 12),
        by=flagged.province_officer,
    )
    return approve_plan(plan=plan, by=flagged.province_officer)
