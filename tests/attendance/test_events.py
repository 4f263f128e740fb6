"""What is decided about days, registers and leave can be read from its events alone."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from attendance.calendar.services.closures import add_closure, remove_closure
from attendance.calendar.services.frames import remove_frame, set_frame
from attendance.leave.services import add_letter, record_leave, withdraw_leave
from attendance.models import Closure, PlannedLeave, Register, Reopening, YearFrame
from attendance.reopenings.services import (
    ask_reopening,
    close_reopening,
    decide_reopening,
    open_registers,
)
from attendance.rolls.services.settling import settle_register
from core.models import Event
from schools.pupils.past_registers import PastChoice
from tests.attendance.test_rolls import new_pupil, send, spell_of
from tests.decisions import Decision
from tests.photos import JPEG
from tests.world import enrol

pytestmark = pytest.mark.django_db

ONE_DAY = datetime.timedelta(days=1)
FIRST, END = datetime.date(2026, 12, 7), datetime.date(2026, 12, 9)


def closing(world, **more):
    values = {"place": world.school_a, "is_held": False, "valid_from": FIRST, "valid_to": END}
    return add_closure(**values, reason="flood", note="Lũ quét", by=world.head_a, **more)


def closed(world):
    return Decision(
        act=lambda: closing(world),
        kind="calendar.closed",
        by=world.head_a,
        name=str(world.school_a),
        school=world.school_a,
        places=(Closure,),
        changes={
            "reason": [None, "flood"],
            "valid_from": [None, "2026-12-07"],
            "valid_to": [None, "2026-12-09"],
        },
        reason="Lũ quét",
    )


def held(world):
    return Decision(
        act=lambda: add_closure(
            place=world.commune_a,
            is_held=True,
            valid_from=FIRST,
            valid_to=END,
            level="TH",
            reason="flood",
            by=world.commune_officer,
        ),
        kind="calendar.held",
        by=world.commune_officer,
        name=str(world.commune_a),
        area=world.commune_a,
        places=(Closure,),
        changes={
            "level": [None, "TH"],
            "reason": [None, "flood"],
            "valid_from": [None, "2026-12-07"],
            "valid_to": [None, "2026-12-09"],
        },
    )


def closure_removed(world):
    closure = closing(world, session="am")
    return Decision(
        act=lambda: remove_closure(closure=closure, by=world.head_a),
        about=closure,
        kind="calendar.closure_removed",
        by=world.head_a,
        name=str(world.school_a),
        school=world.school_a,
        places=(Closure,),
        changes={
            "reason": ["flood", None],
            "session": ["am", None],
            "valid_from": ["2026-12-07", None],
            "valid_to": ["2026-12-09", None],
        },
        reason="Lũ quét",
    )


def framing(world, first):
    return set_frame(
        year=world.year,
        place=world.school_a,
        level="TH",
        valid_from=first,
        valid_to=world.year.valid_to,
        source="QĐ 12",
        by=world.head_a,
    )


def frame_changed(world):
    framing(world, datetime.date(2026, 8, 24))
    return Decision(
        act=lambda: framing(world, datetime.date(2026, 8, 31)),
        kind="calendar.frame_set",
        by=world.head_a,
        name=f"{world.year.code} {world.school_a}",
        school=world.school_a,
        places=(YearFrame,),
        changes={"valid_from": ["2026-08-24", "2026-08-31"]},
        reason="QĐ 12",
    )


def frame_removed(world):
    frame = framing(world, datetime.date(2026, 8, 24))
    return Decision(
        act=lambda: remove_frame(frame=frame, by=world.head_a),
        about=frame,
        kind="calendar.frame_removed",
        by=world.head_a,
        name=f"{world.year.code} {world.school_a}",
        school=world.school_a,
        places=(YearFrame,),
        changes={"valid_from": ["2026-08-24", None], "valid_to": ["2027-08-01", None]},
        reason="QĐ 12",
    )


TODAY = {"valid_from": [None, "2026-10-12"], "valid_to": [None, "2026-10-13"]}
UNTIL = "2026-10-14T00:10:00Z"


def asking(world):
    return ask_reopening(
        school_class=world.class_a,
        first_day=world.today,
        last_day=world.today,
        reason="Ghi nhầm",
        by=world.teacher_a,
        by_office=False,
    )


def reopening_asked(world):
    return Decision(
        act=lambda: asking(world),
        kind="registers.reopening_asked",
        by=world.teacher_a,
        name=str(world.class_a),
        school=world.school_a,
        places=(Reopening,),
        changes=TODAY | {"open_until": [None, None]},
        reason="Ghi nhầm",
    )


def reopening_granted(world):
    reopening = asking(world)
    return Decision(
        act=lambda: decide_reopening(
            reopening=reopening, granted=True, answer="Sửa đi", by=world.head_a
        ),
        kind="registers.reopened",
        by=world.head_a,
        name=str(world.class_a),
        school=world.school_a,
        places=(Reopening,),
        changes=TODAY | {"open_until": [None, UNTIL]},
        reason="Sửa đi",
    )


def reopening_refused(world):
    reopening = asking(world)
    return Decision(
        act=lambda: decide_reopening(
            reopening=reopening, granted=False, answer="Đã khoá sổ", by=world.head_a
        ),
        kind="registers.reopening_refused",
        by=world.head_a,
        name=str(world.class_a),
        school=world.school_a,
        places=(Reopening,),
        changes=TODAY | {"open_until": [None, None]},
        reason="Đã khoá sổ",
    )


def opening(world):
    return open_registers(
        place=world.commune_a,
        first_day=world.today,
        last_day=world.today,
        reason="Mất mạng",
        by=world.commune_officer,
    )


def opened_unasked(world):
    return Decision(
        act=lambda: opening(world),
        kind="registers.reopened",
        by=world.commune_officer,
        name=str(world.commune_a),
        area=world.commune_a,
        places=(Reopening,),
        changes=TODAY | {"open_until": [None, UNTIL]},
        reason="Mất mạng",
    )


def reopening_closed(world):
    reopening = opening(world)
    return Decision(
        act=lambda: close_reopening(reopening=reopening, by=world.district_officer),
        kind="registers.reopening_closed",
        by=world.district_officer,
        name=str(world.commune_a),
        area=world.commune_a,
        places=(Reopening,),
        changes=TODAY | {"open_until": [UNTIL, "2026-10-12T00:10:00Z"]},
    )


def recording(world):
    return record_leave(
        school_class=world.class_a,
        pupil=spell_of(world).pupil,
        first_day=world.today,
        last_day=world.today,
        reason="sick",
        announced_by="mẹ",
        by=world.teacher_a,
    )


def of_leave(world, **more):
    pupil = spell_of(world).pupil
    return Decision(
        name=f"Hồ sơ {pupil.pk}",
        part_of=pupil,
        school=world.school_a,
        places=(PlannedLeave,),
        **more,
    )


def leave_recorded(world):
    return of_leave(
        world,
        act=lambda: recording(world),
        kind="leave.recorded",
        by=world.teacher_a,
        changes=TODAY,
    )


def letter_kept(world):
    leave = recording(world)
    letter = SimpleUploadedFile("don.jpg", JPEG)
    return of_leave(
        world,
        act=lambda: add_letter(leave=leave, letter=letter, by=world.head_a),
        kind="leave.letter_kept",
        by=world.head_a,
    )


def leave_withdrawn(world):
    leave = recording(world)
    return of_leave(
        world,
        act=lambda: withdraw_leave(leave=leave, because="Em đã khỏi", by=world.head_a),
        kind="leave.withdrawn",
        by=world.head_a,
        changes={"valid_from": ["2026-10-12", None], "valid_to": ["2026-10-13", None]},
        reason="Em đã khỏi",
    )


def roll_settled(world):
    day = world.today - ONE_DAY
    send(world, day)
    # Without the service, so that the register differs from the roll.
    enrol(new_pupil(), world.class_a, world.since)
    register = Register.objects.get()
    return Decision(
        act=lambda: settle_register(
            register=register, by=world.head_a, choice=PastChoice.UNCOUNTED
        ),
        about=register,
        kind="registers.settled",
        by=world.head_a,
        name="6A 11/10/2026",
        school=world.school_a,
        places=(Register,),
        changes={"choice": [None, str(PastChoice.UNCOUNTED.label)]},
    )


DECISIONS = [
    closed,
    held,
    closure_removed,
    frame_changed,
    frame_removed,
    reopening_asked,
    reopening_granted,
    reopening_refused,
    opened_unasked,
    reopening_closed,
    leave_recorded,
    letter_kept,
    leave_withdrawn,
    roll_settled,
]


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda each: each.__name__)
def test_the_event_says_who_what_old_and_new(world, decision):
    decision(world).check_event()


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda each: each.__name__)
def test_no_decision_stays_without_its_event(world, monkeypatch, decision):
    decision(world).check_it_is_undone_without_its_event(monkeypatch)


def test_the_story_of_a_pupil_has_the_leave_and_names_no_child(world):
    leave = recording(world)
    withdraw_leave(leave=leave, because="Em đã khỏi", by=world.head_a)
    story = Event.objects.filter(part_of=f"schools.pupil:{leave.pupil_id}").order_by("pk")
    assert [each.kind for each in story] == ["leave.recorded", "leave.withdrawn"]
    assert all(leave.pupil.full_name not in str(vars(each)) for each in story)
    assert story[0].at == timezone.now()
