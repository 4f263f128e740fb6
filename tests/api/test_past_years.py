"""Registers of a closed year that a school loaded afterwards, by a program."""

import datetime
import uuid

import pytest
from django.utils import timezone

from attendance.calendar.selectors.due_sessions import due_bits, due_sessions, is_due
from attendance.models import CalendarRule, Register
from core.months import Month
from reports.models import ClassMonth
from reports.selectors.plausibility import signs_of_class
from reports.services.facts import rebuild
from schools.models import LoadedYear, Placement, School, SchoolYear, Site
from tests.world import make_class

pytestmark = pytest.mark.django_db
FIRST = datetime.date(2025, 8, 1)
DAY = datetime.date(2025, 10, 13)


@pytest.fixture
def past(world):
    """Class 5A of school A in the year before, closed and loaded."""
    for model in (School, Placement, Site, CalendarRule):
        model.objects.update(valid_from=FIRST)
    world.past = SchoolYear.objects.create(
        code="2025-2026", valid_from=FIRST, valid_to=datetime.date(2026, 6, 1)
    )
    world.class_then = make_class(
        world.school_a, world.past, "5A", "TH", "5", ["Giàng A Sò", "Lý Thị Say"]
    )
    world.past.closed_at = timezone.now()
    world.past.save()
    LoadedYear.objects.create(school=world.school_a, year=world.past, loaded_by=world.head_a)
    return world


def put(caller, world, person="head_a", *, day=DAY, session="am", **more):
    pupil = world.class_then.spells.first().pupil_id
    sent = {
        "op_id": str(uuid.uuid4()),
        "base_revision": 0,
        "marks": [{"pupil": pupil, "kind": "P"}],
    } | more
    return caller(person).put(f"registers/{world.class_then.pk}/{day}/{session}/", sent)


def test_the_head_loads_registers_and_they_count(past, caller):
    answer = put(caller, past, device_time=f"{DAY}T07:05:00+07:00")
    assert answer.status_code == 201, answer.json()
    assert answer.json()["counts"]
    assert caller("head_a").get(f"registers/{past.class_then.pk}/{DAY}/am/").json()["counts"]
    month = Month.of(DAY)
    past.class_then.refresh_from_db()
    # Due is what was loaded: the other days are not missing.
    assert due_sessions([past.class_then], month.first, month.end) == {
        past.class_then.pk: {(DAY, "am")}
    }
    assert due_bits([past.class_then], month)[past.class_then.pk].bit_count() == 1
    assert is_due(past.class_then, DAY, "am")
    rebuild(school_ids=[past.school_a.pk], month=month)
    fact = ClassMonth.objects.filter(school_class=past.class_then, month=month.first)
    assert sum(each.excused for each in fact) == 1


def test_a_loaded_register_is_corrected_with_a_reason(past, caller):
    put(caller, past)
    again = {"base_revision": 1, "marks": []}
    assert put(caller, past, **again).json()["code"] == "correction_reason_missing"
    assert put(caller, past, **again, correction_reason="Nhập nhầm").status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": datetime.date(2026, 6, 2)},
        {"session": "pm"},
        {"person": "teacher_a"},
        {"person": "province_officer"},
        {"person": "head_b"},
    ],
)
def test_what_is_not_loaded(past, caller, wrong):
    assert put(caller, past, **wrong).status_code in {403, 404, 422}
    assert not Register.objects.exists()


def test_a_closed_year_that_a_school_kept_here_takes_none(past, caller):
    LoadedYear.objects.all().delete()
    assert put(caller, past).json()["code"] == "window_closed"


def test_a_year_is_loaded_on_no_page(past, sign_in):
    client = sign_in(past.head_a)
    url = f"/attendance/{past.class_then.pk}/{DAY}/am/"
    client.post(url, {"operation": str(uuid.uuid4()), "base_revision": "0"})
    assert not Register.objects.exists()


def test_loaded_registers_leave_no_signs(past, caller):
    days = [DAY + datetime.timedelta(days=number) for number in range(14)]
    for day in days:
        assert put(caller, past, day=day).status_code == 201
    assert signs_of_class(past.class_then, Month.of(DAY)) == []
    LoadedYear.objects.all().delete()
    assert signs_of_class(past.class_then, Month.of(DAY))
