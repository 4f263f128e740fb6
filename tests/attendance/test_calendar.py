"""Which sessions are due: against a naive oracle, on random rules and closures."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance.models import CalendarRule, Closure
from attendance.selectors.calendar import due_sessions, is_due, why_closed
from schools.enums import Session
from schools.models import Placement
from tests.world import MONDAY, build_world, make_area, make_class

pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(days=1)
START = MONDAY
PLACES = ["nowhere", "province", "cluster", "commune_a", "school_a", "site_a", "commune_b"]
# How far each place lies from the site, for the oracle.
DISTANCE = {name: 9 - index for index, name in enumerate(PLACES)} | {"commune_b": None}


def place_of(world, name):
    if name == "nowhere":
        return {}
    field = name.split("_")[0]
    field = {"site": "site", "school": "school"}.get(field, "area")
    return {field: getattr(world, name)}


rules = st.tuples(
    st.sampled_from(PLACES),
    st.sampled_from(["", "TH", "THCS"]),
    st.text("01", min_size=7, max_size=7),
    st.text("01", min_size=7, max_size=7),
)
closures = st.tuples(
    st.sampled_from(PLACES),
    st.sampled_from(["", "TH", "THCS"]),
    st.sampled_from(["", "am", "pm"]),
    st.booleans(),
    st.integers(0, 6),
    st.integers(1, 4),
)


def decisive(rows, level, holds):
    """The row that decides: nearest place, then the level's own, then the newest."""
    fitting = [
        (DISTANCE[row[0]], row[1] == "", -number, row)
        for number, row in enumerate(rows)
        if DISTANCE[row[0]] is not None and row[1] in ("", level) and holds(row)
    ]
    return min(fitting)[-1] if fitting else None


def naive(rule_rows, closure_rows, level, date, session):
    """Due or not for a class at site A, told in the plainest way."""
    offset = (date - START).days
    exception = decisive(
        closure_rows,
        level,
        lambda row: row[4] <= offset < row[4] + row[5] and row[2] in ("", session),
    )
    if exception is not None:
        return exception[3]
    rule = decisive(rule_rows, level, lambda row: True)
    return rule is not None and rule[2 if session == "am" else 3][date.weekday()] == "1"


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rule_rows=st.lists(rules, max_size=5),
    closure_rows=st.lists(closures, max_size=6),
)
def test_due_sessions_equal_the_naive_answer(world, rule_rows, closure_rows):
    CalendarRule.objects.all().delete()
    Closure.objects.all().delete()
    for place, level, morning, afternoon in rule_rows:
        CalendarRule.objects.create(
            **place_of(world, place),
            level=level,
            morning=morning,
            afternoon=afternoon,
            valid_from=world.since,
        )
    for place, level, session, is_held, first, length in closure_rows:
        Closure.objects.create(
            **place_of(world, place),
            level=level,
            session=session,
            is_held=is_held,
            reason="cold",
            valid_from=START + first * ONE_DAY,
            valid_to=START + (first + length) * ONE_DAY,
        )
    week = [START + n * ONE_DAY for n in range(7)]
    found = due_sessions([world.class_a12], week[0], week[-1] + ONE_DAY)[world.class_a12.pk]
    expected = {
        (date, session)
        for date in week
        for session in Session
        if naive(rule_rows, closure_rows, "TH", date, session.value)
    }
    assert found == expected


def test_nothing_is_due_outside_the_school_year(world):
    year = world.year
    around = due_sessions(
        [world.class_a], year.valid_from - 3 * ONE_DAY, year.valid_from + 2 * ONE_DAY
    )
    assert {date for date, _session in around[world.class_a.pk]} == {
        year.valid_from,
        year.valid_from + ONE_DAY,
    }


def test_closure_of_an_old_unit_ends_with_it(world):
    """A school moves from a district to another commune in the middle of the range."""
    moved = START + 3 * ONE_DAY
    district = make_area(2, "huyen", "108", "Cũ", world.province)
    old = make_area(3, "xa", "03999", "Cũ", district, valid_to=moved)
    Placement.objects.filter(school=world.school_a).update(valid_from=moved)
    Placement.objects.create(
        school=world.school_a, commune=old, valid_from=world.since, valid_to=moved
    )
    Closure.objects.create(
        area=district, reason="flood", valid_from=START, valid_to=START + 7 * ONE_DAY
    )
    found = due_sessions([world.class_a], START, START + 7 * ONE_DAY)[world.class_a.pk]
    assert {date for date, _session in found} == {START + n * ONE_DAY for n in range(3, 7)}


def test_why_closed_names_the_nearest_closure_and_no_make_up_day(world):
    far = Closure.objects.create(
        area=world.province, reason="holiday", valid_from=START, valid_to=START + ONE_DAY
    )
    assert why_closed(world.class_a, START, "am") == far
    near = Closure.objects.create(
        school=world.school_a, reason="flood", valid_from=START, valid_to=START + ONE_DAY
    )
    assert why_closed(world.class_a, START, "am") == near
    near.is_held = True
    near.save()
    assert why_closed(world.class_a, START, "am") is None
    assert is_due(world.class_a, START, "am")


def test_queries_do_not_grow_with_classes(today, django_assert_num_queries):
    world = build_world(today)
    with django_assert_num_queries(7):
        due_sessions([world.class_a], START, START + 30 * ONE_DAY)
    classes = [
        world.class_a,
        world.class_a12,
        world.class_b,
        *(make_class(world.school_b, world.year, f"7{n}", "THCS", "7", []) for n in range(20)),
    ]
    with django_assert_num_queries(7):
        due_sessions(classes, START, START + 30 * ONE_DAY)
