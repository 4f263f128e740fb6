"""Which registers are missing: due, pupils there, nothing sent; and from when they are late."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance.calendar.selectors.due_sessions import due_sessions, is_due
from attendance.models import CalendarRule, Closure, Register
from attendance.registers.selectors.days import classes_on
from attendance.registers.selectors.missing import (
    count_late,
    find_missing,
    missing_before,
    open_days,
    this_day,
)
from core.models import Rule
from core.scope import Places
from schools.enums import Session
from schools.models import Enrolment, SchoolClass
from tests.frozen import freeze_time
from tests.reports.register_builders import not_held, take

pytestmark = pytest.mark.django_db

ONE_DAY = datetime.timedelta(days=1)


def places_of(world):
    return Places(world.today, schools=frozenset([world.school_a.pk]))


def labels(world, days=None):
    found = find_missing(places_of(world), days or this_day(world.today))
    return {each.label for each in found.missing}


def at(hour, minute=0):
    return datetime.datetime(2026, 10, 12, hour, minute, tzinfo=timezone.get_default_timezone())


def change_rule(key, value, level=""):
    Rule.objects.filter(key=key, level=level).delete()
    Rule.objects.create(
        key=key, level=level, value=Decimal(value), valid_from=datetime.date(2000, 1, 1)
    )


def test_what_is_due_and_not_there_is_missing(world):
    assert labels(world) == {"6A sáng", "1+2 Háng Lìa sáng", "1+2 Háng Lìa chiều"}


def test_a_register_ends_it_taken_or_not_held(world):
    take(world.class_a, world.today)
    not_held(world.class_a12, world.today, session="am")
    assert labels(world) == {"1+2 Háng Lìa chiều"}


def test_a_closed_day_ends_it_and_a_closure_taken_back_begins_it_again(world):
    closure = Closure.objects.create(
        school=world.school_a, reason="cold", valid_from=world.today, valid_to=world.today + ONE_DAY
    )
    assert labels(world) == set()
    closure.delete()
    assert len(labels(world)) == 3


def test_a_class_without_pupils_owes_nothing(world):
    Enrolment.objects.filter(school_class=world.class_a).update(
        valid_to=world.today, exit_reason="out"
    )
    assert "6A sáng" not in labels(world)


def test_the_hour_of_each_session_and_level_is_a_dated_rule(world):
    change_rule("attendance.late_hour_am", "9.5", level="THCS")
    late_at = {
        each.label: timezone.localtime(each.late_at).strftime("%H:%M")
        for each in find_missing(places_of(world), this_day(world.today)).missing
    }
    assert late_at == {
        "6A sáng": "09:30",
        "1+2 Háng Lìa sáng": "09:00",
        "1+2 Háng Lìa chiều": "15:00",
    }


@pytest.mark.parametrize(("now", "count"), [((8, 59), 0), ((9, 0), 2), ((15, 0), 3)])
def test_late_from_the_hour_on_to_the_minute(world, now, count):
    assert count_late(places_of(world), at(*now)) == count


def test_early_in_the_morning_nobody_is_counted_and_one_query_is_asked(
    world, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert count_late(places_of(world), at(7)) == 0


@pytest.mark.parametrize(
    ("day", "first"),
    [
        # Registers of September may be sent until 5 October (dated rule: 5 days).
        ("2026-10-05", "2026-09-01"),
        ("2026-10-06", "2026-10-01"),
        ("2026-10-31", "2026-10-01"),
        ("2026-11-01", "2026-10-01"),
    ],
)
def test_days_are_open_until_the_window_of_their_month_closes(world, day, first):
    today = datetime.date.fromisoformat(day)
    days = open_days(today)
    assert (min(days), max(days)) == (datetime.date.fromisoformat(first), today)
    assert len(days) == (max(days) - min(days)).days + 1


def test_earlier_days_are_missing_until_their_month_is_closed(world):
    for day in (datetime.date(2026, 10, 1) + n * ONE_DAY for n in range(12)):
        if day.day != 5:
            take(world.class_a, day)
    missing = find_missing(
        Places(world.today, classes=frozenset([world.class_a.pk])), open_days(world.today)
    ).missing
    assert [each.date.day for each in missing] == [5]


def test_only_classes_inside_the_places(world):
    everywhere = Places(world.today, areas=frozenset([world.commune_b.pk]))
    found = find_missing(everywhere, this_day(world.today))
    assert [each.school_class for each in found.missing] == [world.class_b]
    assert find_missing(Places(), this_day(world.today)).missing == []


def test_due_counts_what_is_sent_as_well(world):
    take(world.class_a, world.today)
    found = find_missing(places_of(world), this_day(world.today))
    assert (found.due[world.school_a.pk, world.today], len(found.missing)) == (3, 2)


@pytest.mark.parametrize("days", ["today", "month"])
def test_queries_do_not_grow_with_classes_or_days(world, django_assert_num_queries, days):
    days = this_day(world.today) if days == "today" else open_days(world.today)
    # classes, registers, rules, frames, closures, placements, the map (and its changes), spells.
    with django_assert_num_queries(9 if len(days) == 1 else 11):
        find_missing(Places(world.today, areas=frozenset([world.commune_a.pk])), days)


# --- Property: the list is what a walk over every day and session finds -----------

FIRST = datetime.date(2026, 10, 1)
WEEK = st.text("01", min_size=7, max_size=7)
DAY = st.integers(0, 11).map(lambda n: FIRST + n * ONE_DAY)
PLACE = st.sampled_from(["area", "school", "site", ""])


def _place(world, kind):
    return {
        "area": {"area": world.commune_a},
        "school": {"school": world.school_a},
        "site": {"site": world.site_a},
        "": {},
    }[kind]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    patterns=st.lists(st.tuples(PLACE, WEEK, WEEK), max_size=3),
    closures=st.lists(
        st.tuples(PLACE, DAY, st.integers(1, 4), st.sampled_from(["", "am", "pm"]), st.booleans()),
        max_size=4,
    ),
    sent=st.sets(st.tuples(st.booleans(), DAY, st.sampled_from(["am", "pm"])), max_size=25),
    left=st.dictionaries(st.booleans(), DAY, max_size=2),
)
def test_list_is_what_a_walk_over_calendar_rolls_and_registers_finds(
    world, patterns, closures, sent, left
):
    for model in (Register, Closure):
        model.objects.all().delete()
    CalendarRule.objects.exclude(area=world.province).delete()
    Enrolment.objects.update(valid_to=None, exit_reason="")
    for kind, morning, afternoon in patterns:
        CalendarRule.objects.create(
            morning=morning, afternoon=afternoon, valid_from=FIRST, **_place(world, kind)
        )
    for kind, day, length, session, is_held in closures:
        Closure.objects.create(
            reason="other",
            session=session,
            is_held=is_held,
            valid_from=day,
            valid_to=day + length * ONE_DAY,
            **_place(world, kind),
        )
    classes = {True: world.class_a, False: world.class_a12}
    for which, day, session in sent:
        take(classes[which], day, session=session)
    for which, day in left.items():
        Enrolment.objects.filter(school_class=classes[which]).update(
            valid_to=day, exit_reason="out"
        )

    found = find_missing(places_of(world), open_days(world.today)).missing

    walked = set()
    for school_class in SchoolClass.objects.filter(school=world.school_a):
        for day in (FIRST + n * ONE_DAY for n in range(12)):
            for session in Session:
                is_sent = Register.objects.filter(
                    school_class=school_class, date=day, session=session
                ).exists()
                has_pupils = Enrolment.objects.on(day).filter(school_class=school_class).exists()
                if has_pupils and not is_sent and is_due(school_class, day, session):
                    walked.add((school_class.pk, day, session))
    assert {each.key for each in found} == walked
    assert len(found) == len(walked)


def test_the_day_of_the_clock_is_the_day_in_lai_chau(world):
    with freeze_time("2026-10-11 23:30:00"):  # half past six of the 12th in Lai Châu
        assert count_late(places_of(world), timezone.now()) == 0
    with freeze_time("2026-10-12 16:30:00"):  # half past eleven at night of the 12th
        assert count_late(places_of(world), timezone.now()) == 3


def test_earlier_days_are_those_before_today_that_may_still_be_sent(world):
    classes, days = classes_on(places_of(world), world.today), open_days(world.today)
    due = due_sessions(classes, min(days), world.today + ONE_DAY)
    found = missing_before(classes, days, world.today, due)
    assert found[0].date == min(days)
    assert {each.date for each in found} == {
        each.date for each in find_missing(places_of(world), days).missing
    } - {world.today}
    assert [each.date for each in found] == sorted(each.date for each in found)
