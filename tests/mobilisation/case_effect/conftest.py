"""Twelve schools of one level with registers of fifty days, in which children come and stay away.

Cases are opened on 12 October 2026 of some who were away much just then.
"""

import datetime
import random

import pytest
from django.utils import timezone

from attendance.models import Absence, Register
from mobilisation.models import ChildCase
from schools.models import Enrolment, Pupil, SchoolClass
from tests.frozen import freeze_time
from tests.world import make_school

D = datetime.date
OPENED = D(2026, 10, 12)
TODAY = D(2026, 12, 5)
ONE_DAY = datetime.timedelta(days=1)
SCHOOLS, PUPILS = 12, 14


def school_days():
    """Weekdays from 7 September to 13 November."""
    days = [D(2026, 9, 7) + ONE_DAY * n for n in range(68)]
    return [day for day in days if day.weekday() < 5]


def make_schools(world, *, schools=SCHOOLS, seed=4):
    """The classes 6A of invented schools with their registers."""
    chance = random.Random(seed)
    return [_make_class(world, number, chance) for number in range(schools)]


def _make_class(world, number, chance):
    school = make_school(
        f"E{number:03}", f"THCS Ea {number}", "THCS", world.commune_a, D(2025, 7, 1)
    )
    made = SchoolClass.objects.create(
        school=school,
        site=school.sites.get(is_main=True),
        year=world.year,
        name="6A",
        level="THCS",
        grades="6",
        sessions="am",
    )
    pupils = Pupil.objects.bulk_create(
        Pupil(full_name=f"Em {number} {n}", sex="F", birth_date=D(2015, 1, 1 + n % 28),
              ethnic_group="08")
        for n in range(PUPILS)
    )  # fmt: skip
    spells = [Enrolment(pupil=each, school_class=made, grade=6, valid_from=world.year.valid_from)
              for each in pupils]  # fmt: skip
    for each in spells:
        each.copy_from_owners()
    Enrolment.objects.bulk_create(spells)
    sent = timezone.now()
    registers = Register.objects.bulk_create(
        Register(school=school, school_class=made, date=day, session="am", state="taken",
                 roll=PUPILS, first_sent_at=sent, sent_at=sent)
        for day in school_days()
    )  # fmt: skip
    absences = []
    for pupil in pupils:
        begins, away = chance.choice((0.02, 0.1, 0.2)), False
        for register in registers:
            away = (away and chance.random() < 0.5) or chance.random() < begins
            if away:
                absences.append(
                    Absence(school=school, register=register, pupil=pupil,
                            mark=chance.choice("PK"))
                )  # fmt: skip
    Absence.objects.bulk_create(absences)
    return made


def away_before(school_class):
    """{pupil id: absences in the twenty days before the cases are opened}."""
    days = [day for day in school_days() if day < OPENED][-20:]
    found = dict.fromkeys(school_class.spells.values_list("pupil_id", flat=True), 0)
    for pupil_id in Absence.objects.filter(
        register__school_class=school_class, register__date__in=days
    ).values_list("pupil_id", flat=True):
        found[pupil_id] += 1
    return found


def make_case(world, pupil_id, *, opened_on=OPENED, **more):
    values = {
        "pupil_id": pupil_id,
        "commune": world.commune_a,
        "kind": "drift",
        "owner": world.commune_officer,
        "due_on": opened_on,
        "opened_on": opened_on,
        "opened_by": world.commune_officer,
    }
    return ChildCase.objects.create(**values | more)


@pytest.fixture
def schools(world):
    """The classes; from here on it is 5 December."""
    with freeze_time(f"{TODAY} 03:00:00"):
        yield make_schools(world)


@pytest.fixture
def cases(world, schools):
    """In each school, of the two who had been away nearest to four times."""
    return [
        make_case(world, pk)
        for away in map(away_before, schools)
        for pk in sorted(away, key=lambda pk: (abs(away[pk] - 4), pk))[:2]
    ]
