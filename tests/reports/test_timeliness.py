"""The median delay of registers: of the place asked for, never of medians."""

import datetime
import random
from statistics import median_low

import pytest
from django.utils import timezone

from attendance.models import Register
from core.models import Rule
from reports import wording
from reports.selectors.timeliness import Delay, delays
from schools.enums import Session
from tests.reports.register_builders import OCTOBER, day, not_held, take

pytestmark = pytest.mark.django_db


def sent(school_class, date, hour, minute=0, *, days=0, session="am"):
    register = take(school_class, date, session=session)
    moment = datetime.datetime.combine(date + datetime.timedelta(days), datetime.time(hour, minute))
    register.first_sent_at = timezone.make_aware(moment)
    register.save()
    return register


def of_school(world, **more):
    return delays(month=OCTOBER, school_ids=[world.school_a.pk], by="class", **more)


def test_half_came_within_the_hours_of_the_middle_one(world):
    for number, (hour, minute) in enumerate([(7, 10), (7, 30), (9, 0)], start=1):
        sent(world.class_a, day(number), hour, minute)
    found = of_school(world)[world.class_a.pk]
    assert (found.n, found.on_day, found.days, found.hours) == (3, 3, 0, 0.5)
    assert wording.lag(found) == "30 phút"


def test_half_came_within_days_when_the_middle_one_came_later(world):
    for number, days in enumerate([0, 2, 5], start=1):
        sent(world.class_a, day(number), 8, days=days)
    found = of_school(world)[world.class_a.pk]
    assert (found.n, found.on_day, found.days, found.hours) == (3, 1, 2, None)
    assert wording.lag(found) == "2 ngày"


def test_of_an_even_number_the_lower_middle_is_a_register_that_was(world):
    for number, days in enumerate([0, 1], start=1):
        sent(world.class_a, day(number), 9, days=days)
    assert of_school(world)[world.class_a.pk].days == 0


def test_afternoons_are_counted_from_their_own_beginning(world):
    sent(world.class_a12, day(1), 15, 30, session="pm")
    assert of_school(world)[world.class_a12.pk].hours == 2.0
    Rule.objects.filter(key="attendance.start_hour_pm").update(value=14)
    assert of_school(world)[world.class_a12.pk].hours == 1.5


def test_sent_before_the_session_begins_is_sent_at_once(world):
    sent(world.class_a, day(1), 6, 40)
    assert of_school(world)[world.class_a.pk].hours == 0
    assert wording.lag(of_school(world)[None]) == "0 phút"


def test_only_registers_taken_in_the_month_count(world):
    not_held(world.class_a, day(1))
    sent(world.class_a, datetime.date(2026, 9, 30), 8)
    sent(world.class_b, day(2), 8)
    assert of_school(world) == {None: Delay()}
    assert wording.lag(Delay()) == ""


def test_level_restricts(world):
    sent(world.class_a, day(1), 8)
    sent(world.class_a12, day(1), 9)
    assert of_school(world, level="TH")[None].hours == 2.0


def test_median_of_the_school_is_not_that_of_its_classes(world):
    """Against a recount of every register one by one."""
    rng = random.Random(785)
    for school_class, session in ((world.class_a, "am"), (world.class_a12, "pm")):
        for number in range(1, 12):
            sent(
                school_class,
                day(number),
                rng.randrange(7, 22),
                rng.randrange(60),
                days=rng.choice([0, 0, 0, 1, 3]),
                session=session,
            )
    counted = []
    for register in Register.objects.all():
        first = timezone.localtime(register.first_sent_at)
        start = 7 if register.session == Session.MORNING else 13.5
        counted.append(
            ((first.date() - register.date).days, max(0, first.hour + first.minute / 60 - start))
        )
    wanted = median_low(sorted(counted))
    found = of_school(world)[None]
    assert (found.n, found.days) == (22, wanted[0])
    assert wanted[0] or found.hours == pytest.approx(wanted[1])


def test_two_queries_whatever_the_number_of_registers(world, django_assert_num_queries):
    for number in range(1, 12):
        sent(world.class_a, day(number), 8)
    with django_assert_num_queries(2):
        of_school(world)
