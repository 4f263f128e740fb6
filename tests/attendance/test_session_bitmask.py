"""Sessions of a month as bits, and the quick calendar that speaks in them."""

import calendar
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance import session_bitmask
from attendance.calendar.selectors.due_sessions import due_bits, due_sessions
from attendance.models import CalendarRule, Closure, YearFrame
from core.months import Month
from schools.areas.selectors.tree import AreaTree
from schools.enums import Session
from schools.models import SchoolClass

from ..world import build_world

DAYS = st.dates(datetime.date(2024, 1, 1), datetime.date(2027, 12, 31))


@given(DAYS, st.sampled_from(Session))
def test_each_session_has_a_bit_of_its_own_below_the_sign(day, session):
    last = calendar.monthrange(day.year, day.month)[1]
    every = [
        session_bitmask.bit(day.replace(day=each), half)
        for each in range(1, last + 1)
        for half in Session
    ]
    assert len(set(every)) == 2 * last
    assert sum(every) < 2**63
    assert session_bitmask.bit(day, session) in every


@given(DAYS, st.integers(0, 31), st.sampled_from([["am"], ["pm"], ["am", "pm"]]))
def test_days_and_sessions_cut_the_same_as_lists(day, length, halves):
    end = min(day + datetime.timedelta(length), Month.of(day).end)
    wanted = [
        (day + datetime.timedelta(each), Session(half))
        for each in range((end - day).days)
        for half in halves
    ]
    cut = session_bitmask.days(day, end) & session_bitmask.every_day(
        [Session(half) for half in halves]
    )
    assert cut == session_bitmask.bits(wanted)


@given(st.sets(st.tuples(st.integers(1, 30), st.sampled_from(Session))))
def test_days_are_read_back_from_bits(sessions):
    month = datetime.date(2026, 9, 1)
    bits = session_bitmask.bits([(month.replace(day=day), half) for day, half in sessions])
    wanted = sorted({month.replace(day=day) for day, _half in sessions})
    assert session_bitmask.days_in(month, bits) == wanted


@pytest.mark.django_db
@pytest.mark.parametrize("month", ["2026-09", "2026-10", "2025-06", "2025-07"])
def test_quick_calendar_agrees_with_the_plain_one(month):
    month = Month.parse(month)
    world = build_world()
    province = AreaTree.on(world.today).provinces[0]
    place = {"valid_from": month.first, "valid_to": month.first + datetime.timedelta(days=12)}
    CalendarRule.objects.create(
        school=world.school_a, level="TH", afternoon="1010100", valid_from=month.first
    )
    Closure.objects.create(area=province, reason="holiday", **place)
    Closure.objects.create(
        school=world.school_b,
        is_held=True,
        session="am",
        reason="event",
        valid_from=month.first + datetime.timedelta(days=3),
        valid_to=month.first + datetime.timedelta(days=9),
    )
    Closure.objects.create(
        site=world.class_a.site,
        reason="flood",
        session="pm",
        valid_from=month.first + datetime.timedelta(days=14),
        valid_to=month.first + datetime.timedelta(days=16),
    )
    YearFrame.objects.create(
        year=world.year,
        area=province,
        valid_from=datetime.date(2026, 9, 7),
        valid_to=datetime.date(2027, 5, 31),
    )
    YearFrame.objects.create(
        year=world.year,
        site=world.site_a,
        level="TH",
        valid_from=datetime.date(2026, 9, 14),
        valid_to=datetime.date(2027, 5, 31),
    )
    classes = list(SchoolClass.objects.select_related("year"))
    plain = due_sessions(classes, month.first, month.end)
    assert due_bits(classes, month) == {
        school_class.pk: session_bitmask.bits(plain[school_class.pk]) for school_class in classes
    }
    for each in classes:
        assert due_bits([each], month) == {each.pk: session_bitmask.bits(plain[each.pk])}
    if month >= Month.parse("2026-09"):
        assert any(plain.values())
