"""A class's month: read as the paper book has it, sent whole or not at all."""

import datetime
import uuid

import pytest

from attendance.models import Closure, Register
from attendance.month_sheet.selectors import class_month
from attendance.month_sheet.services import MonthRefused, send_month
from attendance.registers.refusals import PupilNotOnRoll, SessionNotDue
from attendance.registers.submission import RegisterSubmission
from core.months import Month
from schools.enums import Session
from schools.models import Enrolment
from tests.sending import send_register

pytestmark = pytest.mark.django_db

ONE_DAY = datetime.timedelta(days=1)


def of(world, **more):
    return class_month(world.class_a, Month.of(world.today), today=world.today, **more)


def ids(world):
    return [line.pupil.pk for line in of(world).lines]


def _submission(world, date, session, base_revision, marks=None, **more):
    return RegisterSubmission(
        school_class=world.class_a,
        date=date,
        session=session,
        operation_id=uuid.uuid4(),
        base_revision=base_revision,
        marks=marks or {},
        **{"by": world.teacher_a} | more,
    )


def test_columns_say_what_is_due_open_and_taken(world):
    first, *_rest = ids(world)
    send_register(
        school_class=world.class_a,
        date=world.today - ONE_DAY,
        session="am",
        operation_id=uuid.uuid4(),
        base_revision=0,
        marks={first: ("K", "")},
        by=world.teacher_a,
    )
    month = of(world)
    columns = {column.date: column for column in month.columns}
    assert len(columns) == 31
    assert columns[world.today - ONE_DAY].state == "taken"
    assert columns[world.today].state == "not_taken"
    assert columns[world.today].is_open
    assert not columns[world.today + ONE_DAY].is_open
    assert columns[world.today + ONE_DAY].is_due
    assert month.marks_of((world.today - ONE_DAY, Session.MORNING)) == {first: ("K", "")}


def test_a_sent_register_is_open_longer_to_the_head(world):
    date = world.today - 10 * ONE_DAY
    sent = _submission(world, date, Session.MORNING, 0, by=world.head_a, answers_for_school=True)
    send_month([sent])
    is_open = {
        answers: next(c for c in of(world, answers_for_school=answers).columns if c.date == date)
        for answers in (True, False)
    }
    assert is_open[True].is_open
    assert not is_open[False].is_open


def test_the_roll_of_each_day(world):
    leaver = Enrolment.objects.filter(school_class=world.class_a).order_by("pk").first()
    Enrolment.objects.filter(pk=leaver.pk).update(valid_to=world.today, exit_reason="out")
    month = of(world)
    assert leaver.pupil_id in month.roll_on(world.today - ONE_DAY)
    assert leaver.pupil_id not in month.roll_on(world.today)


def test_all_are_accepted_or_none(world):
    first, second, *_rest = ids(world)
    Closure.objects.create(
        school=world.school_a,
        reason="cold",
        valid_from=world.today - ONE_DAY,
        valid_to=world.today,
    )
    stranger = Enrolment.objects.filter(school_class=world.class_b).first().pupil_id
    good = _submission(world, world.today - 2 * ONE_DAY, Session.MORNING, 0, {first: ("K", "")})
    closed = _submission(world, world.today - ONE_DAY, Session.MORNING, 0, {second: ("P", "sick")})
    strange = _submission(world, world.today, Session.MORNING, 0, {stranger: ("P", "")})
    with pytest.raises(MonthRefused) as refused:
        send_month([strange, good, closed])
    assert [(each, type(why)) for each, why in refused.value.refusals] == [
        (closed, SessionNotDue),
        (strange, PupilNotOnRoll),
    ]
    assert not Register.objects.exists()

    receipts = send_month([good])
    assert [receipt.register.unexcused for receipt in receipts] == [1]


def test_queries_do_not_grow_with_days_and_pupils(world, django_assert_max_num_queries):
    for back in range(9):
        send_month([_submission(world, world.today - back * ONE_DAY, Session.MORNING, 0)])
    with django_assert_max_num_queries(14):
        of(world)
