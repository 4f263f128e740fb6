"""Registers already sent, when the roll of their day changes: no mark is lost or guessed."""

import datetime
import random
import uuid

import pytest

from attendance.models import Absence, PastChange, Register, Uncounted
from core.months import Month
from reports.services.facts import rebuild
from reports.services.verify import verify
from schools.models import Enrolment, Pupil, School
from schools.pupils.past_registers import ASK, ChoiceNeeded, PastChoice
from schools.pupils.services.enrolments import enrol_pupil, leave, move_class, undo_leaving
from tests.sending import send_register
from tests.world import make_class

pytestmark = pytest.mark.django_db

ONE_DAY = datetime.timedelta(days=1)


def send(world, date, marks=None, *, school_class=None, base=None, by=None):
    school_class = school_class or world.class_a
    register = Register.objects.filter(school_class=school_class, date=date, session="am").first()
    if base is None:
        base = register.revision if register else 0
    return send_register(
        school_class=school_class,
        date=date,
        session="am",
        operation_id=uuid.uuid4(),
        base_revision=base,
        marks=marks or {},
        correction_reason="Ghi nhầm",
        by=by or world.teacher_a,
        answers_for_school=True,
    )


def spell_of(world, index=0):
    return world.class_a.spells.order_by("pk")[index]


def marks_on(date, school_class):
    return {
        pupil: (mark, reason)
        for pupil, mark, reason in Absence.objects.filter(
            register__date=date, register__school_class=school_class
        ).values_list("pupil_id", "mark", "reason")
    }


def counts(date, school_class):
    register = Register.objects.get(date=date, school_class=school_class)
    return register.roll, register.excused, register.unexcused, register.late


def put_out(world, spell, on, choice=PastChoice.KEPT):
    leave(enrolment=spell, on=on, reason="other", cause="", by=world.head_a, choice=choice)


def assert_sound(month=None):
    month = month or Month(2026, 10)
    rebuild(school_ids=School.objects.values_list("pk", flat=True), month=month)
    found = verify(month=month)
    assert (found.differences, found.drift) == ([], [])


def new_pupil(name="Sùng A Lử"):
    return Pupil.objects.create(
        full_name=name, sex="M", birth_date=datetime.date(2014, 3, 3), ethnic_group="08"
    )


def test_a_mark_comes_back_when_a_wrong_leaving_is_undone(world):
    spell, other = spell_of(world), spell_of(world, 1)
    day = world.today - 2 * ONE_DAY
    send(world, day, {spell.pupil_id: ("K", "sick"), other.pupil_id: ("P", "")})

    put_out(world, spell, day)
    assert counts(day, world.class_a) == (5, 1, 0, 0)
    send(world, day, {other.pupil_id: ("M", "")})
    assert_sound()
    undo_leaving(enrolment=spell, by=world.head_a, reason="nhầm")

    assert marks_on(day, world.class_a) == {
        spell.pupil_id: ("K", "sick"),
        other.pupil_id: ("M", ""),
    }
    assert counts(day, world.class_a) == (6, 0, 1, 1)
    assert_sound()


def test_marks_wait_also_through_a_session_not_held(world):
    spell = spell_of(world)
    day = world.today - 2 * ONE_DAY
    send(world, day, {spell.pupil_id: ("K", "")})
    put_out(world, spell, day)
    send_register(
        school_class=world.class_a,
        date=day,
        session="am",
        operation_id=uuid.uuid4(),
        base_revision=2,
        marks={},
        state="not_held",
        not_held_reason="cold",
        correction_reason="nhầm",
        by=world.teacher_a,
        answers_for_school=True,
    )
    send(world, day)
    undo_leaving(enrolment=spell, by=world.head_a, reason="nhầm")
    assert marks_on(day, world.class_a) == {spell.pupil_id: ("K", "")}
    assert_sound()


def test_a_sheet_opened_while_the_pupil_was_gone_takes_no_mark_away(world):
    spell, other = spell_of(world), spell_of(world, 1)
    day = world.today - ONE_DAY
    send(world, day, {spell.pupil_id: ("K", "")})
    put_out(world, spell, day)
    seen = Register.objects.get(date=day).revision
    undo_leaving(enrolment=spell, by=world.head_a, reason="nhầm")

    send(world, day, {other.pupil_id: ("P", "")}, base=seen)

    assert marks_on(day, world.class_a) == {spell.pupil_id: ("K", ""), other.pupil_id: ("P", "")}


@pytest.mark.parametrize(
    ("choice", "roll", "left_out"), [(PastChoice.PRESENT, 7, 0), (PastChoice.UNCOUNTED, 6, 1)]
)
def test_a_back_dated_pupil_counts_as_was_chosen(world, choice, roll, left_out):
    day = world.today - 3 * ONE_DAY
    send(world, day)
    enrol_pupil(
        pupil=new_pupil(),
        school_class=world.class_a,
        grade=6,
        start=day - ONE_DAY,
        reason="in",
        by=world.head_a,
        choice=choice,
    )
    assert counts(day, world.class_a)[0] == roll
    assert Uncounted.objects.count() == left_out
    change = PastChange.objects.get()
    assert (change.choice, change.made_by, change.registers) == (choice, world.head_a, 1)
    assert_sound()

    # A correction for another pupil leaves the choice as it is; a mark of his own ends it.
    send(world, day, {spell_of(world).pupil_id: ("K", "")})
    assert Uncounted.objects.count() == left_out
    assert_sound()
    newcomer = world.class_a.spells.latest("pk").pupil_id
    send(world, day, {newcomer: ("P", "")})
    assert Uncounted.objects.count() == 0
    assert counts(day, world.class_a) == (7, 1, 0, 0)
    assert_sound()


def test_marks_move_along_and_back(world):
    sibling = make_class(world.school_a, world.year, "6C", "THCS", "6", ["Lò A Chu"])
    spell = spell_of(world)
    days = [world.today - n * ONE_DAY for n in (4, 3, 2)]
    for day, mark in zip(days, ["K", "P", None], strict=True):
        send(world, day, {spell.pupil_id: (mark, "")} if mark else {})
    for day in days[:2]:
        send(world, day, school_class=sibling)

    moved = move_class(
        enrolment=spell, to=sibling, on=days[0], by=world.head_a, choice=PastChoice.MOVED
    )

    assert marks_on(days[0], sibling) == {spell.pupil_id: ("K", "")}
    assert counts(days[1], sibling) == (2, 1, 0, 0)
    assert counts(days[0], world.class_a) == (5, 0, 0, 0)
    assert_sound()

    Enrolment.objects.filter(pk=moved.pk).delete()
    spell.refresh_from_db()
    spell.valid_to, spell.exit_reason = None, ""
    spell.save()
    from attendance.rolls.services.settling import settle

    settle(
        class_ids=[world.class_a.pk, sibling.pk],
        start=days[0],
        end=None,
        by=world.head_a,
        choice=PastChoice.KEPT,
    )
    assert marks_on(days[0], world.class_a) == {spell.pupil_id: ("K", "")}
    assert counts(days[0], sibling) == (1, 0, 0, 0)
    assert_sound()


def test_a_moved_pupil_whom_no_register_has_is_not_counted(world):
    sibling = make_class(world.school_a, world.year, "6C", "THCS", "6", ["Lò A Chu"])
    spell, day = spell_of(world), world.today - 2 * ONE_DAY
    send(world, day, school_class=sibling)
    move_class(enrolment=spell, to=sibling, on=day, by=world.head_a, choice=PastChoice.MOVED)
    assert Uncounted.objects.get().pupil_id == spell.pupil_id
    assert_sound()


def test_who_is_asked_sees_the_registers_and_nothing_is_written(world):
    spell, day = spell_of(world), world.today - 2 * ONE_DAY
    send(world, day, {spell.pupil_id: ("K", "")})
    with pytest.raises(ChoiceNeeded) as asked:
        put_out(world, spell, day, choice=ASK)
    assert len(asked.value.effect.gone) == 1
    assert asked.value.effect.choices == [PastChoice.KEPT]
    spell.refresh_from_db()
    assert spell.valid_to is None
    assert Register.objects.get().revision == 1


def test_a_change_from_today_on_asks_nothing(world):
    send(world, world.today - ONE_DAY)
    put_out(world, spell_of(world), world.today, choice=ASK)
    assert not PastChange.objects.exists()


@pytest.mark.parametrize("seed", range(8))
def test_after_every_leaving_is_undone_the_marks_are_what_was_sent(world, seed):
    """Oracle: for each pupil and day the last word of a sheet that had the pupil."""
    rng = random.Random(seed)
    days = [world.today - n * ONE_DAY for n in range(1, 8)]
    spells = list(world.class_a.spells.order_by("pk"))
    said, sent, gone = {}, set(), {}
    for _step in range(30):
        if rng.random() < 0.5:
            day = rng.choice(days)
            there = [s.pupil_id for s in spells if s.pk not in gone or day < gone[s.pk]]
            # While a pupil is away a first sheet cannot speak of him: he returns as present.
            marks = {p: (rng.choice("PKM"), "") for p in there if rng.random() < 0.4}
            send(world, day, marks)
            sent.add(day)
            said |= {(day, p): marks.get(p) for p in there}
        else:
            spell = rng.choice(spells)
            spell.refresh_from_db()
            if spell.pk in gone:
                undo_leaving(enrolment=spell, by=world.head_a, reason="nhầm")
                del gone[spell.pk]
            else:
                gone[spell.pk] = rng.choice(days)
                put_out(world, spell, gone[spell.pk])
        assert_sound()
    for spell in spells:
        if spell.pk in gone:
            spell.refresh_from_db()
            undo_leaving(enrolment=spell, by=world.head_a, reason="nhầm")
    for day in sent:
        expected = {p: mark for (of, p), mark in said.items() if of == day and mark}
        assert marks_on(day, world.class_a) == expected
        assert counts(day, world.class_a)[0] == len(spells)
    assert_sound()
