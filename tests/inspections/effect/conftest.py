"""A province with facts of a year: twenty communes, of which one is visited in December."""

import datetime
import random

import pytest
from django.utils import timezone

from core.months import Month
from inspections.models import InspectionPlan, Recommendation, Visit
from reports.models import ClassCoverage, SchoolMonth
from schools.models import SchoolClass
from tests.world import make_area, make_school

D = datetime.date
VISITED_ON = D(2026, 12, 8)
BEFORE = [Month(2026, 9), Month(2026, 10), Month(2026, 11)]
AFTER = [Month(2027, 1), Month(2027, 2), Month(2027, 3)]
PUPILS, SESSIONS = 200, 8000


def write_month(school_class, commune, month, rate, *, taken=40, dropped=0, level="THCS"):
    """The facts of one class in a month: 200 pupils, 8,000 sessions, a share `rate` attended."""
    absent = round(SESSIONS * (1 - rate))
    SchoolMonth.objects.create(
        school=school_class.school,
        commune=commune,
        month=month.first,
        level=level,
        sex="M",
        ethnic_group="01",
        roll_start=PUPILS,
        roll_end=PUPILS,
        left_dropout=dropped,
        expected=SESSIONS,
        unexcused=absent,
        pupils=PUPILS,
    )
    ClassCoverage.objects.create(
        school=school_class.school,
        commune=commune,
        school_class=school_class,
        month=month.first,
        level=level,
        scheduled=40,
        taken=taken,
        days=20,
        counted_to=month.last,
        rebuilt_at=timezone.now(),
    )


def make_visit(world, commune, *, on=VISITED_ON, level="THCS", state="done"):
    """A visit of an approved plan that the world's member made."""
    plan, _made = InspectionPlan.objects.get_or_create(
        area=world.province,
        month=on.replace(day=1),
        defaults={
            "based_on": D(2026, 11, 1),
            "capacity": 9,
            "state": "approved",
            "drafted_by": world.province_officer,
            "approved_by": world.province_officer,
            "approved_at": timezone.now(),
        },
    )
    made = state == "done"
    return Visit.objects.create(
        plan=plan,
        commune=commune,
        rank=plan.visits.count() + 1,
        level=level,
        reason="Tỷ lệ thấp",
        member=world.member,
        planned_on=on,
        state=state,
        visited_on=on if made else None,
        result="Đủ sổ" if made else "",
        recorded_by=world.member_user if made else None,
        recorded_at=timezone.now() if made else None,
    )


@pytest.fixture
def followed(world):
    """`world.places`: (commune, class) with facts of September to March; the first is visited.

    All rates fall by two points after December; that of the visited commune does not.
    """
    chance = random.Random(8)
    world.places = []
    for number in range(24):
        commune = make_area(3, "xa", f"05{number:03}", f"Đá {number}", world.province)
        school = make_school(f"S{number}", f"THCS {number}", "THCS", commune, D(2025, 7, 1))
        school_class = SchoolClass.objects.create(
            school=school,
            site=school.sites.get(is_main=True),
            year=world.year,
            name="6A",
            level="THCS",
            grades="6",
            sessions="am",
        )
        level = 0.90 if number == 0 else 0.89 + 0.002 * number
        for month in (*BEFORE, Month(2026, 12), *AFTER):
            fall = 0.02 if month in AFTER and number else 0.0
            write_month(school_class, commune, month, level - fall + chance.gauss(0, 0.002))
        world.places.append((commune, school_class))
    world.visit = make_visit(world, world.places[0][0])
    Recommendation.objects.create(
        visit=world.visit,
        kind=Recommendation.Kind.BRINGING,
        text="Vận động học sinh nghỉ",
        owner="Chủ tịch xã",
        due_on=D(2027, 1, 15),
    )
    return world
