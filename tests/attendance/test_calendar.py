"""Which sessions are due: against a naive oracle, on random rules and closures."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance import session_bitmask
from attendance.calendar.selectors.due_sessions import due_bits, due_sessions, is_due, why_closed
from attendance.models import CalendarRule, Closure, YearFrame
from core.months import Month
from schools.enums import Session
from schools.models import Placement, SchoolYear
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
# Of an earlier year or of this one; which of the seven days lie inside.
frames = st.tuples(
    st.sampled_from(PLACES),
    st.sampled_from(["", "TH", "THCS"]),
    st.booleans(),
    st.integers(0, 6),
    st.integers(1, 7),
)


def decisive(rows, level, holds):
    """The row that decides: nearest place, then the level's own, then the newest."""
    fitting = [
        (DISTANCE[row[0]], row[1] == "", -number, row)
        for number, row in enumerate(rows)
        if DISTANCE[row[0]] is not None and row[1] in ("", level) and holds(row)
    ]
    return min(fitting)[-1] if fitting else None


def naive(frame_rows, rule_rows, closure_rows, level, date, session):
    """Due or not for a class at site A, told in the plainest way."""
    offset = (date - START).days
    frame = decisive(frame_rows, level, lambda row: row[2])
    if frame is not None and not frame[3] <= offset < frame[3] + frame[4]:
        return False
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
    frame_rows=st.lists(frames, max_size=3, unique_by=lambda row: row[:3]),
    rule_rows=st.lists(rules, max_size=5),
    closure_rows=st.lists(closures, max_size=6),
)
def test_due_sessions_equal_the_naive_answer(world, frame_rows, rule_rows, closure_rows):
    YearFrame.objects.all().delete()
    CalendarRule.objects.all().delete()
    Closure.objects.all().delete()
    before, _created = SchoolYear.objects.get_or_create(
        code="2025-2026", valid_from=world.since.replace(year=2025), valid_to=world.since
    )
    for place, level, of_this_year, first, length in frame_rows:
        YearFrame.objects.create(
            **place_of(world, place),
            year=world.year if of_this_year else before,
            level=level,
            valid_from=START + first * ONE_DAY,
            valid_to=START + (first + length) * ONE_DAY,
        )
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
        if naive(frame_rows, rule_rows, closure_rows, "TH", date, session.value)
    }
    assert found == expected
    # The quick calendar and the one for a single session say the same.
    bits = due_bits([world.class_a12], Month.of(START))[world.class_a12.pk]
    assert bits & session_bitmask.days(week[0], week[-1] + ONE_DAY) == session_bitmask.bits(
        expected
    )
    assert is_due(world.class_a12, START, Session.MORNING) == ((START, Session.MORNING) in expected)


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


def frame(world, first, end, **more):
    return YearFrame.objects.create(year=world.year, valid_from=first, valid_to=end, **more)


def test_nothing_is_due_outside_the_frame_not_even_a_make_up_day(world):
    """The province frames the week, a commune shifts it by a day for primary classes."""
    end = START + 7 * ONE_DAY
    frame(world, START, end, area=world.province)
    shifted = frame(world, START + ONE_DAY, end + ONE_DAY, area=world.commune_a, level="TH")
    Closure.objects.create(
        site=world.site_a,
        is_held=True,
        reason="event",
        valid_from=START - 5 * ONE_DAY,
        valid_to=START + 5 * ONE_DAY,
    )
    found = due_sessions(
        [world.class_a, world.class_a12], START - 20 * ONE_DAY, START + 20 * ONE_DAY
    )
    days = {pk: sorted({date for date, _session in found[pk]}) for pk in found}
    assert days == {
        world.class_a.pk: [START + n * ONE_DAY for n in range(7)],
        world.class_a12.pk: [START + n * ONE_DAY for n in range(1, 8)],
    }
    assert not is_due(world.class_a12, START, "am")
    assert why_closed(world.class_a12, START, "am") == shifted
    assert why_closed(world.class_a12, START + ONE_DAY, "am") is None


def test_frame_never_reaches_beyond_its_year(world):
    """One written by hand past the year's end opens nothing there."""
    last = world.year.valid_to
    frame(world, last - 2 * ONE_DAY, last + 5 * ONE_DAY, area=world.province)
    around = due_sessions([world.class_a], last - 5 * ONE_DAY, last + 10 * ONE_DAY)
    assert {date for date, _session in around[world.class_a.pk]} == {
        last - 2 * ONE_DAY,
        last - ONE_DAY,
    }


def test_queries_do_not_grow_with_classes(today, django_assert_num_queries):
    world = build_world(today)
    with django_assert_num_queries(8):
        due_sessions([world.class_a], START, START + 30 * ONE_DAY)
    classes = [
        world.class_a,
        world.class_a12,
        world.class_b,
        *(make_class(world.school_b, world.year, f"7{n}", "THCS", "7", []) for n in range(20)),
    ]
    with django_assert_num_queries(8):
        due_sessions(classes, START, START + 30 * ONE_DAY)
