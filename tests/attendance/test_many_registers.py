"""Many registers in one transaction of their school: each answered as if it had come alone."""

import datetime
import uuid

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from attendance.models import Absence, Register, RegisterRevision, Uncounted
from attendance.registers.refusals import (
    OperationReused,
    PupilNotOnRoll,
    RegisterRefused,
    SessionNotDue,
    StaleRevision,
    WrongMarks,
)
from attendance.registers.services import sending
from attendance.registers.services.sending import send_register, send_registers
from attendance.registers.submission import RegisterSubmission
from attendance.signals import register_saved
from reports.models import StaleMonth
from tests.attendance.test_registers import pupil_ids, send

pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(days=1)


def one(world, school_class=None, *, date=None, marks=None, base=0, **more):
    return RegisterSubmission(
        school_class=school_class or world.class_a,
        date=date or world.today,
        session=more.pop("session", "am"),
        operation_id=more.pop("operation_id", None) or uuid.uuid4(),
        base_revision=base,
        marks=marks or {},
        by=more.pop("by", world.head_a),
        **more,
    )


def school_days(world, count):
    day, found = world.today, []
    while len(found) < count:
        if day.weekday() < 5:
            found.append(day)
        day -= ONE_DAY
    return found[::-1]


def kinds(answers):
    return [type(each) if isinstance(each, RegisterRefused) else each.is_new for each in answers]


def books():
    """All that is stored, but for keys and moments."""
    return (
        list(
            Register.objects.order_by("school_class", "date", "session").values_list(
                "school_class", "date", "session", "state", "roll", "excused", "unexcused", "late",
                "revision",
            )
        ),
        sorted(Absence.objects.values_list("register__date", "pupil", "mark", "reason")),
        sorted(
            (str(each.operation_id), each.number, each.marks, sorted(each.roll), each.off_roll)
            for each in RegisterRevision.objects.all()
        ),
        sorted(StaleMonth.objects.values_list("school_class", "month")),
    )  # fmt: skip


@pytest.fixture
def mixed(world):
    """Function: submissions of every kind, new ones each time with the same ids."""
    first, second, *_rest = pupil_ids(world.class_a)
    stranger = pupil_ids(world.class_b)[0]
    days = school_days(world, 6)
    send(world, {first: ("K", "")}, date=days[0])
    known = send(world, {second: ("P", "sick")}, date=days[1])
    Uncounted.objects.create(register=known.register, pupil_id=first, school_id=world.school_a.pk)
    ids = [uuid.UUID(int=number) for number in range(1, 20)]

    def make():
        give = iter(ids)
        id_of = give.__next__
        why = {"correction_reason": "sai"}
        repeated = known.revision.operation_id
        return [
            one(world, date=days[2], marks={first: ("K", "sick")}, operation_id=id_of()),
            one(world, world.class_a12, operation_id=id_of()),
            one(world, world.class_b, operation_id=id_of()),
            one(world, date=days[3], marks={stranger: ("K", "")}, operation_id=id_of()),
            one(world, date=days[3] + 30 * ONE_DAY, operation_id=id_of()),
            # A correction, one without a word, one of two minds, and one merged.
            one(
                world, date=days[0], base=1, marks={second: ("M", "")}, operation_id=id_of(), **why
            ),
            one(world, date=days[1], base=1, marks={first: ("K", "")}, operation_id=repeated),
            one(world, date=days[1], base=0, marks={second: ("K", "")}, operation_id=id_of()),
            one(world, date=days[1], base=0, marks={first: ("K", "")}, operation_id=id_of()),
            one(world, date=days[4], marks={first: ("X", "")}, operation_id=id_of()),
            one(
                world, date=days[4], state="not_held", not_held_reason="cold", operation_id=id_of()
            ),
            # Twice the same session, the second made from the first.
            one(world, date=days[5], operation_id=id_of()),
            one(world, date=days[5], base=1, marks={first: ("K", "")}, operation_id=id_of()),
            one(world, date=days[2], base=1, operation_id=ids[0], marks={second: ("K", "")}),
        ]

    return make


def test_together_they_are_what_they_are_one_by_one(mixed):
    from django.db import transaction

    def by_one(each):
        try:
            return send_register(each)
        except RegisterRefused as refusal:
            return refusal

    with transaction.atomic():
        alone = kinds([by_one(each) for each in mixed()])
        stored = books()
        transaction.set_rollback(True)
    together = kinds(send_registers(mixed()))
    assert together == alone
    assert books() == stored
    assert {OperationReused, PupilNotOnRoll, SessionNotDue, StaleRevision, WrongMarks} <= {
        each for each in together if isinstance(each, type)
    }
    assert together.count(True) >= 6


def test_sent_again_all_get_their_first_receipts(mixed):
    submissions = [each for each in mixed() if each.base_revision == 0][:2]
    first = send_registers(submissions)
    before = books()
    again = send_registers(submissions)
    assert [each.code for each in again] == [each.code for each in first]
    assert not any(each.is_new for each in again)
    assert books() == before


def test_statements_do_not_grow_with_the_registers(world):
    days = school_days(world, 7)
    pupils = pupil_ids(world.class_a)
    asked = []
    for some in (days[:2], days[2:]):
        submissions = [one(world, date=day, marks={pupils[0]: ("K", "")}) for day in some]
        with CaptureQueriesContext(connection) as queries:
            assert kinds(send_registers(submissions)) == [True] * len(some)
        asked.append([q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE"))])
    # Registers, absences, revisions, and the mark of the month.
    assert len(asked[0]) == len(asked[1]) == 4


def test_the_news_goes_up_once_for_each_month(world):
    heard = []

    def listen(sender, school_class_ids, date, **kwargs):
        heard.append((sorted(school_class_ids), date))

    register_saved.connect(listen)
    try:
        days = school_days(world, 3)
        send_registers([*(one(world, date=day) for day in days), one(world, world.class_a12)])
    finally:
        register_saved.disconnect(listen)
    assert heard == [(sorted([world.class_a.pk, world.class_a12.pk]), days[0])]


def test_where_somebody_was_faster_each_goes_by_itself(world, monkeypatch):
    days = school_days(world, 3)
    taken, real = [], sending.store

    def store(accepted):
        if len(accepted) > 1 and not taken:
            taken.append(len(accepted))
            raise IntegrityError("UNIQUE constraint failed: attendance_register.school_class_id")
        return real(accepted)

    monkeypatch.setattr(sending, "store", store)
    monkeypatch.setattr(sending, "is_overtaken", lambda error: True)
    assert kinds(send_registers([one(world, date=day) for day in days])) == [True] * 3
    assert taken == [3]
    assert Register.objects.count() == 3


def test_a_fault_writes_nothing_of_its_school(world, monkeypatch):
    def fail(**kwargs):
        raise ZeroDivisionError

    register_saved.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError):
            send_registers([one(world, date=day) for day in school_days(world, 2)])
    finally:
        register_saved.disconnect(fail)
    assert Register.objects.count() == RegisterRevision.objects.count() == 0
