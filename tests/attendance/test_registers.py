"""Sending a register: accepted whole, once, or refused with nothing written."""

import datetime
import threading
import uuid

import pytest
from django.db import connection, transaction

from attendance.calendar.selectors.due_sessions import is_due
from attendance.calendar.state import read_state
from attendance.models import Absence, Closure, Register, RegisterRevision
from attendance.registers.refusals import (
    OperationReused,
    PupilNotOnRoll,
    ReasonMissing,
    SessionNotDue,
    StaleRevision,
    UnknownRevision,
    WindowClosed,
    WrongMarks,
)
from attendance.registers.selectors.windows import window_of
from attendance.registers.services import sending
from attendance.signals import register_saved
from schools.models import Enrolment, Pupil
from tests.sending import send_register
from tests.world import build_world

pytestmark = pytest.mark.django_db


def send(world, marks=None, *, base=0, operation=None, date=None, **more):
    return send_register(
        school_class=world.class_a,
        date=date or world.today,
        session="am",
        operation_id=operation or uuid.uuid4(),
        base_revision=base,
        marks=marks or {},
        by=more.pop("by", world.teacher_a),
        **more,
    )


def pupil_ids(school_class):
    return list(
        Enrolment.objects.filter(school_class=school_class)
        .order_by("pk")
        .values_list("pupil_id", flat=True)
    )


def written():
    return (
        list(Register.objects.order_by("pk").values()),
        list(Absence.objects.order_by("pk").values()),
        list(RegisterRevision.objects.order_by("pk").values()),
    )


def test_send_keeps_counts_absences_and_revision(world):
    first, second, third, *_rest = pupil_ids(world.class_a)
    receipt = send(world, {first: ("P", "sick"), second: ("K", ""), third: ("M", "")})
    register = Register.objects.get()
    assert receipt.is_new
    assert (register.roll, register.excused, register.unexcused, register.late) == (6, 1, 1, 1)
    assert (register.present, register.revision, register.school) == (4, 1, world.school_a)
    assert set(Absence.objects.values_list("pupil_id", "mark", "reason")) == {
        (first, "P", "sick"),
        (second, "K", ""),
        (third, "M", ""),
    }
    revision = RegisterRevision.objects.get()
    assert revision.marks == {
        str(first): ["P", "sick"],
        str(second): ["K", ""],
        str(third): ["M", ""],
    }
    assert sorted(revision.roll) == sorted(pupil_ids(world.class_a))
    assert revision.sent_by == world.teacher_a


def test_send_all_present_is_a_register_without_absences(world):
    send(world)
    assert Register.objects.get().present == 6
    assert Absence.objects.count() == 0


def test_same_operation_again_returns_the_first_receipt(world):
    first, *_rest = pupil_ids(world.class_a)
    operation = uuid.uuid4()
    receipt = send(world, {first: ("K", "")}, operation=operation)
    before = written()
    again = send(world, {first: ("K", "")}, operation=operation)
    assert not again.is_new
    assert (again.revision, again.code) == (receipt.revision, receipt.code)
    assert written() == before


def test_same_operation_with_other_content_is_refused(world):
    first, *_rest = pupil_ids(world.class_a)
    operation = uuid.uuid4()
    send(world, {first: ("K", "")}, operation=operation)
    before = written()
    with pytest.raises(OperationReused):
        send(world, {first: ("P", "")}, operation=operation)
    assert written() == before


def test_stale_revision_is_refused_with_the_version_kept(world):
    first, second, *_rest = pupil_ids(world.class_a)
    send(world, {first: ("K", "")}, by=world.head_a)
    before = written()
    with pytest.raises(StaleRevision) as refused:
        send(world, {first: ("P", ""), second: ("P", "")})
    assert refused.value.pupil_ids == [first]
    assert refused.value.merged == {first: ("K", ""), second: ("P", "")}
    assert refused.value.revision.marks == {str(first): ["K", ""]}
    assert refused.value.revision.sent_by == world.head_a
    assert written() == before


def test_marks_for_different_pupils_are_merged(world):
    first, second, third, *_rest = pupil_ids(world.class_a)
    send(world, {first: ("K", ""), third: ("P", "")}, by=world.head_a)
    operation, mine = uuid.uuid4(), {second: ("P", "sick"), third: ("P", "family")}
    receipt = send(world, mine, operation=operation)
    assert receipt.is_merged
    register = Register.objects.get()
    assert (register.revision, register.excused, register.unexcused) == (2, 2, 1)
    assert set(Absence.objects.values_list("pupil_id", "mark", "reason")) == {
        (first, "K", ""),
        (second, "P", "sick"),
        (third, "P", "family"),
    }
    before = written()
    again = send(world, mine, operation=operation)
    assert (again.is_new, again.code) == (False, receipt.code)
    with pytest.raises(OperationReused):
        send(world, {first: ("K", "")}, operation=operation)
    assert written() == before


def test_a_mark_taken_back_on_one_side_is_taken_back(world):
    first, second, *_rest = pupil_ids(world.class_a)
    send(world, {first: ("K", "")})
    send(world, {first: ("K", ""), second: ("P", "")}, base=1, by=world.head_a)
    send(world, {}, base=1)
    assert set(Absence.objects.values_list("pupil_id", "mark")) == {(second, "P")}


def test_merging_leaves_out_who_left_the_roll_meanwhile(world):
    first, second, *_rest = pupil_ids(world.class_a)
    send(world, {first: ("K", "")}, by=world.head_a)
    Enrolment.objects.filter(pupil=first).update(valid_to=world.today, exit_reason="out")
    send(world, {second: ("P", "")})
    assert set(Absence.objects.values_list("pupil_id", flat=True)) == {second}
    assert Register.objects.get().roll == 5


def test_a_sheet_made_from_its_own_unseen_merge_writes_nothing_over(world):
    first, second, third, *_rest = pupil_ids(world.class_a)
    send(world, {second: ("P", "")}, by=world.head_a)
    mine = uuid.uuid4()
    send(world, {first: ("K", "")}, operation=mine)
    again = uuid.uuid4()
    following = {"base": 2, "operation": again, "base_operation": mine}
    receipt = send(world, {third: ("M", "")}, **following)
    assert receipt.revision.marks == {str(second): ["P", ""], str(third): ["M", ""]}
    assert not send(world, {third: ("M", "")}, **following).is_new
    with pytest.raises(StaleRevision) as stale:
        send(world, {second: ("K", ""), third: ("M", "")}, base=3, base_operation=again)
    assert stale.value.pupil_ids == [second]
    # An operation that did not become the base revision says nothing.
    send(world, {}, base=3, base_operation=mine)
    assert Absence.objects.count() == 0


def test_held_and_not_held_are_never_merged(world):
    send(world, by=world.head_a)
    before = written()
    with pytest.raises(StaleRevision) as refused:
        send(world, state="not_held", not_held_reason="flood")
    assert refused.value.pupil_ids == []
    assert written() == before


@pytest.mark.parametrize("exists", [False, True])
def test_a_revision_that_never_was_is_refused(world, exists):
    if exists:
        send(world)
    before = written()
    with pytest.raises(UnknownRevision):
        send(world, base=7)
    assert written() == before


def test_the_mark_decided_against_is_kept(world):
    first, *_rest = pupil_ids(world.class_a)
    send(world, {first: ("K", "")}, by=world.head_a)
    send(world, {first: ("K", "")}, base=1, set_aside={first: ("P", "sick")})
    assert RegisterRevision.objects.get(number=2).set_aside == {str(first): ["P", "sick"]}
    with pytest.raises(WrongMarks):
        send(world, {}, base=2, set_aside={first: ("X", "")})


def test_a_first_sheet_that_comes_a_day_late_needs_no_reason(world):
    first, second, *_rest = pupil_ids(world.class_a)
    yesterday = world.today - datetime.timedelta(days=1)
    send(world, {first: ("K", "")}, date=yesterday, by=world.head_a)
    assert send(world, {second: ("P", "")}, date=yesterday).is_merged
    with pytest.raises(ReasonMissing):
        send(world, {}, date=yesterday, base=2)


def test_correction_today_makes_the_next_revision(world):
    first, *_rest = pupil_ids(world.class_a)
    send(world, {first: ("K", "")})
    receipt = send(world, {first: ("M", "")}, base=1)
    assert (receipt.register.revision, receipt.register.unexcused, receipt.register.late) == (
        2,
        0,
        1,
    )
    assert list(Absence.objects.values_list("mark", flat=True)) == ["M"]
    assert list(RegisterRevision.objects.values_list("number", flat=True)) == [1, 2]


def test_correction_of_an_earlier_day_needs_a_reason(world):
    yesterday = world.today - datetime.timedelta(days=1)
    send(world, date=yesterday)
    before = written()
    with pytest.raises(ReasonMissing):
        send(world, base=1, date=yesterday)
    assert written() == before
    receipt = send(world, base=1, date=yesterday, correction_reason="Ghi nhầm")
    assert receipt.revision.correction_reason == "Ghi nhầm"


def test_future_day_is_refused(world):
    with pytest.raises(SessionNotDue):
        send(world, date=world.today + datetime.timedelta(days=1))


def test_day_of_a_closed_month_is_refused(world):
    with pytest.raises(WindowClosed):
        send(world, date=datetime.date(2026, 9, 30))


def test_day_of_last_month_is_open_until_the_rule_says(world, today):
    from tests.frozen import freeze_time

    with freeze_time("2026-10-05 12:00:00"):
        send(world, date=datetime.date(2026, 9, 30))
    assert Register.objects.count() == 1


def test_closed_day_is_refused(world):
    Closure.objects.create(
        school=world.school_a,
        reason="flood",
        valid_from=world.today,
        valid_to=world.today + datetime.timedelta(days=1),
    )
    with pytest.raises(SessionNotDue):
        send(world)
    assert written() == ([], [], [])


def test_session_the_class_does_not_study_is_refused(world):
    with pytest.raises(SessionNotDue):
        send_register(
            school_class=world.class_a,
            date=world.today,
            session="pm",
            operation_id=uuid.uuid4(),
            base_revision=0,
            marks={},
            by=world.teacher_a,
        )


def test_pupil_of_another_class_is_refused(world):
    stranger = pupil_ids(world.class_b)[0]
    with pytest.raises(PupilNotOnRoll) as refused:
        send(world, {stranger: ("K", "")})
    assert refused.value.pupil_ids == [stranger]
    assert written() == ([], [], [])


def test_pupil_who_left_is_refused(world):
    gone = pupil_ids(world.class_a)[0]
    Enrolment.objects.filter(pupil=gone).update(valid_to=world.today, exit_reason="out")
    with pytest.raises(PupilNotOnRoll):
        send(world, {gone: ("K", "")})
    send(world)
    assert Register.objects.get().roll == 5


@pytest.mark.parametrize(
    ("marks", "more"),
    [
        ({0: ("X", "")}, {}),
        ({0: ("K", "laziness")}, {}),
        ({}, {"state": "lost"}),
        ({}, {"state": "not_held"}),
        ({}, {"not_held_reason": "cold"}),
        ({0: ("K", "")}, {"state": "not_held", "not_held_reason": "cold"}),
    ],
)
def test_wrong_values_are_refused(world, marks, more):
    ids = pupil_ids(world.class_a)
    with pytest.raises(WrongMarks):
        send(world, {ids[index]: mark for index, mark in marks.items()}, **more)
    assert written() == ([], [], [])


def test_not_held_has_a_reason_and_no_counts_and_can_be_corrected(world):
    receipt = send(world, state="not_held", not_held_reason="cold")
    assert (receipt.register.state, receipt.register.roll) == ("not_held", 0)
    receipt = send(world, base=1)
    assert (receipt.register.state, receipt.register.roll) == ("taken", 6)
    assert receipt.register.not_held_reason == ""


def test_saved_register_is_told_once(world):
    heard = []

    def listen(sender, school_class_ids, date, **kwargs):
        heard.append((list(school_class_ids), date))

    register_saved.connect(listen)
    try:
        operation = uuid.uuid4()
        send(world, operation=operation)
        send(world, operation=operation)
    finally:
        register_saved.disconnect(listen)
    assert heard == [([world.class_a.pk], world.today)]


def know_the_day(world):
    """What a process that has taken one register of the school remembers of the day."""
    token = read_state()
    is_due(world.class_a, world.today, "am", state=token)
    asked = {"answers_for_school": False, "is_correction": False, "state": token}
    window_of(world.class_a, world.today, today=world.today, **asked)


def test_queries_do_not_grow_with_the_class(world, django_assert_max_num_queries):
    """Savepoint and its release are two of them, five more ask what is not known of the day yet."""
    with django_assert_max_num_queries(7 + 5):
        send(world, date=world.today - datetime.timedelta(days=3))
    know_the_day(world)
    first, *_rest = pupil_ids(world.class_a)
    with django_assert_max_num_queries(7):
        send(world, {first: ("K", "")})
    for number in range(20):
        pupil = Pupil.objects.create(
            full_name=f"Giàng A Số {number}",
            sex="M",
            birth_date=datetime.date(2014, 1, 1),
            ethnic_group="08",
        )
        spell = Enrolment(pupil=pupil, school_class=world.class_a, grade=6, valid_from=world.since)
        spell.copy_from_owners()
        spell.save()
    marks = dict.fromkeys(pupil_ids(world.class_a)[:15], ("K", ""))
    with django_assert_max_num_queries(9):
        send(world, marks, base=1)
    assert Register.objects.get(date=world.today).unexcused == 15


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_pupil", [False, True])
def test_two_at_once_are_merged_or_one_is_told(today, same_pupil):
    world = build_world(today)
    first, second, *_rest = pupil_ids(world.class_a)
    start = threading.Barrier(2)
    answers = {}

    def race(name, marks):
        start.wait()
        try:
            answers[name] = send(world, marks)
        except StaleRevision as stale:
            answers[name] = stale
        finally:
            connection.close()

    other = first if same_pupil else second
    threads = [
        threading.Thread(target=race, args=("one", {first: ("K", "")})),
        threading.Thread(target=race, args=("two", {other: ("P", "")})),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [name for name, answer in answers.items() if not isinstance(answer, StaleRevision)]
    assert len(answers) == 2
    assert len(kept) == RegisterRevision.objects.count() == Absence.objects.count()
    assert len(kept) == (1 if same_pupil else 2)


@pytest.mark.django_db(transaction=True)
def test_twins_of_one_operation_have_one_effect(today):
    world = build_world(today)
    first, *_rest = pupil_ids(world.class_a)
    operation = uuid.uuid4()
    start = threading.Barrier(4)
    receipts = []

    def race():
        start.wait()
        try:
            receipts.append(send(world, {first: ("K", "")}, operation=operation))
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [receipt.is_new for receipt in receipts].count(True) == 1
    assert len({receipt.code for receipt in receipts}) == 1
    assert len(receipts) == 4
    assert RegisterRevision.objects.count() == 1


def test_twin_that_commits_between_two_reads_is_no_stale_revision(world, monkeypatch):
    first, *_rest = pupil_ids(world.class_a)
    operation = uuid.uuid4()
    sent = send(world, {first: ("K", "")}, operation=operation)
    find, not_yet = sending._accepted_before, iter([True])
    monkeypatch.setattr(
        sending, "_accepted_before", lambda sent: None if next(not_yet, False) else find(sent)
    )

    again = send(world, {first: ("K", "")}, operation=operation)

    assert (again.is_new, again.code) == (False, sent.code)


def test_a_fault_in_a_listener_writes_nothing(world):
    def fail(sender, **kwargs):
        raise RuntimeError("no figures today")

    register_saved.connect(fail)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            send(world)
    finally:
        register_saved.disconnect(fail)
    assert written() == ([], [], [])
