"""A locked month: nobody sends, corrects, reopens or changes by the roll what lies in it."""

import datetime
import json
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from attendance.models import PeriodLock, Register, RegisterRevision
from attendance.month_sheet.selectors import class_month
from attendance.registers.refusals import PeriodLocked
from attendance.registers.selectors.windows import Locks
from attendance.registers.services.period_locks import lock_period, unlock_period
from attendance.reopenings.services import ask_reopening, decide_reopening, open_registers
from attendance.rolls.services.settling import settle
from core.models import Event
from core.months import Month
from schools.models import Pupil
from schools.pupils.past_registers import PastChoice
from tests.frozen import freeze_time
from tests.sending import send_register
from tests.world import enrol

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def month_over(world):
    """The third day of the next month: its head may still send and correct the one before."""
    with freeze_time(f"{(Month.of(world.today).end + 2 * DAY).isoformat()}T03:00:00+00:00"):
        yield Month.of(world.today)


def send(world, school_class=None, *, base=0, date=None, **more):
    return send_register(
        school_class=school_class or world.class_a,
        date=date or world.today,
        session="am",
        operation_id=uuid.uuid4(),
        base_revision=base,
        marks={},
        correction_reason="Ghi nhầm" if base else "",
        by=world.head_a,
        answers_for_school=True,
        **more,
    )


def lock(world, month, area=None, **more):
    return lock_period(area=area or world.commune_a, month=month, by=world.province_officer, **more)


def test_nobody_sends_or_corrects_until_it_is_unlocked(world, month_over):
    send(world)
    locked = lock(world, month_over)
    for values in ({"base": 1}, {"date": world.today + DAY}):
        with pytest.raises(PeriodLocked) as refused:
            send(world, **values)
        assert "10/2026" in str(refused.value)
        assert "A Một" in str(refused.value)
    assert RegisterRevision.objects.count() == 1
    unlock_period(lock=locked, by=world.province_officer, reason="Trường gửi nhầm")
    assert send(world, base=1).revision.number == 2


def test_a_receipt_is_given_again_in_a_locked_month(world, month_over):
    sent = send(world)
    lock(world, month_over)
    again = send_register(
        school_class=world.class_a,
        date=world.today,
        session="am",
        operation_id=sent.revision.operation_id,
        base_revision=0,
        marks={},
        by=world.head_a,
    )
    assert (again.code, again.is_new) == (sent.code, False)


@pytest.mark.parametrize("area", ["commune_a", "cluster", "province"])
def test_it_holds_for_every_school_below_its_area(world, month_over, area):
    lock(world, month_over, getattr(world, area))
    with pytest.raises(PeriodLocked):
        send(world)


def test_it_holds_for_no_other_area_level_or_month(world, month_over):
    lock(world, month_over, world.commune_b)
    lock(world, month_over, level="TH" if world.class_a.level == "THCS" else "THCS")
    lock(world, month_over.plus(-1))
    assert send(world).is_new
    lock(world, month_over, level=world.class_a.level)
    with pytest.raises(PeriodLocked):
        send(world, base=1)


def test_what_was_opened_again_is_shut_by_the_lock(world, month_over):
    with freeze_time("2026-11-20T03:00:00+00:00"):
        open_registers(
            place=world.school_a,
            first_day=world.today,
            last_day=world.today,
            reason="Mất mạng",
            by=world.province_officer,
        )
        locked = lock(world, month_over)
        with pytest.raises(PeriodLocked):
            send(world)
        unlock_period(lock=locked, by=world.province_officer, reason="Gửi nốt")
        assert send(world).is_new


def test_nothing_is_opened_again_in_it(world, month_over):
    asked = ask(world)
    lock(world, month_over)
    with pytest.raises(ValidationError, match="10/2026"):
        decide_reopening(reopening=asked, granted=True, answer="", by=world.province_officer)
    with pytest.raises(ValidationError, match="10/2026"):
        ask(world)
    for place in (world.school_a, world.commune_a):
        with pytest.raises(ValidationError, match="10/2026"):
            open_place(world, place)
    # The lock of a part: the rest can be opened, and the part stays shut.
    open_place(world, world.cluster)
    with pytest.raises(PeriodLocked):
        send(world)
    decide_reopening(reopening=asked, granted=False, answer="Đã khoá", by=world.province_officer)


def ask(world):
    return ask_reopening(
        school_class=world.class_a,
        first_day=world.today,
        last_day=world.today,
        reason="Ghi nhầm",
        by=world.head_a,
        by_office=True,
    )


def open_place(world, place):
    return open_registers(
        place=place,
        first_day=world.today,
        last_day=world.today,
        reason="Mất mạng",
        by=world.province_officer,
    )


def come_late(world):
    """A pupil on the roll since the first day whom no register has."""
    pupil = Pupil.objects.create(
        full_name="Lò Văn Mới", sex="M", birth_date=datetime.date(2015, 1, 10), ethnic_group="03"
    )
    enrol(pupil, world.class_a, world.year.valid_from)


def test_no_change_of_the_roll_reaches_its_registers(world, month_over):
    send(world)
    lock(world, month_over)
    come_late(world)
    values = {
        "class_ids": [world.class_a.pk],
        "start": world.today,
        "end": world.today,
        "by": world.head_a,
        "choice": PastChoice.PRESENT,
    }
    with pytest.raises(ValidationError, match="10/2026") as refused:
        settle(**values)
    assert refused.value.code == "period_locked"
    assert RegisterRevision.objects.count() == 1
    unlock_period(lock=PeriodLock.objects.get(), by=world.province_officer, reason="Nhập sót")
    settle(**values)
    assert Register.objects.get().revision == 2


def test_the_page_of_a_register_says_so_and_offers_nothing(world, month_over, sign_in):
    send(world)
    lock(world, month_over)
    url = reverse("attendance:sheet", args=[world.class_a.pk, world.today, "am"])
    client = sign_in(world.head_a)
    page = client.get(url).content.decode()
    assert "đã khoá" in page
    assert "reopen/" not in page
    answer = client.post(
        url,
        {"operation_id": uuid.uuid4(), "base_revision": 1, "correction_reason": "Ghi nhầm"},
    )
    assert answer.status_code == 422
    assert "đã khoá" in answer.content.decode()
    assert Register.objects.get().revision == 1


def test_settling_a_register_by_hand_is_refused_in_words(world, month_over, sign_in):
    send(world)
    come_late(world)
    lock(world, month_over)
    url = reverse("attendance:roll_settle", args=[world.class_a.pk, world.today, "am"])
    page = sign_in(world.head_a).post(url, {"choice": "present"}, follow=True).content.decode()
    assert "đã khoá" in page
    assert Register.objects.get().revision == 1


def test_the_api_and_so_the_device_is_told_its_code(world, month_over, sign_in):
    lock(world, month_over)
    answer = sign_in(world.head_a).put(
        reverse("api:register", args=[world.class_a.pk, world.today, "am"]),
        json.dumps({"op_id": str(uuid.uuid4()), "base_revision": 0, "marks": []}),
        "application/json",
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "period_locked")
    assert "đã khoá" in answer.json()["message"]


def test_the_month_grid_shuts_its_columns(world, month_over):
    def is_open():
        found = class_month(
            world.class_a, month_over, today=month_over.end, answers_for_school=True
        )
        return {column.is_open for column in found.columns}

    assert True in is_open()
    lock(world, month_over)
    assert is_open() == {False}


def test_a_month_that_is_not_over_is_not_even_asked_about(world, django_assert_num_queries):
    with django_assert_num_queries(0):
        locks = Locks(world.school_a.pk, "THCS", world.today, world.today + DAY)
        assert locks.over(world.today) is None


def test_an_earlier_month_costs_one_query(world, month_over, django_assert_num_queries):
    lock(world, month_over, world.commune_b)
    with django_assert_num_queries(1):
        locks = Locks(world.school_a.pk, "THCS", world.today, world.today + DAY)
        assert locks.over(world.today) is None


def test_a_lock_is_checked_and_told_of(world, month_over):
    with pytest.raises(ValidationError, match="chưa hết"):
        lock(world, month_over.plus(1))
    with pytest.raises(ValidationError, match="chưa có"):
        lock(world, Month(2020, 1))
    locked = lock(world, month_over)
    with pytest.raises(ValidationError, match="khoá rồi"):
        lock(world, month_over)
    with pytest.raises(ValidationError) as refused:
        unlock_period(lock=locked, by=world.province_officer, reason=" ")
    assert "unlock_reason" in refused.value.message_dict
    unlock_period(lock=locked, by=world.province_officer, reason="Gửi nốt")
    with pytest.raises(ValidationError, match="mở rồi"):
        unlock_period(lock=locked, by=world.province_officer, reason="Lần nữa")
    assert lock(world, month_over).pk != locked.pk
    kinds = list(Event.objects.filter(object_type="attendance.periodlock").values_list("kind"))
    assert sorted(kinds) == sorted(
        [
            ("registers.period_locked",),
            ("registers.period_unlocked",),
            ("registers.period_locked",),
        ]
    )


def test_the_database_too_holds_one_lock_of_a_month(world, month_over):
    locked = lock(world, month_over)
    locked.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        locked.save(force_insert=True)


def test_the_command_locks_and_unlocks(world, month_over, capsys):
    values = {"area": world.commune_a.code, "month": str(month_over)}
    call_command("lock_month", **values)
    with pytest.raises(PeriodLocked):
        send(world)
    call_command("lock_month", **values, unlock="Gửi nốt")
    assert send(world).is_new
    assert PeriodLock.objects.get().unlock_reason == "Gửi nốt"
    with pytest.raises(CommandError):
        call_command("lock_month", **values, unlock="Lần nữa")
    for wrong in ({"area": "99999"}, {"month": "2026-13"}, {"month": "tháng 10"}):
        with pytest.raises(CommandError):
            call_command("lock_month", **values | wrong)
