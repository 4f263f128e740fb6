"""Registers of the demo: every session due until today, with gaps where schools are slow."""

import datetime
import uuid

from django.utils import timezone

from attendance.calendar.selectors.due_sessions import due_sessions
from attendance.enums import RegisterState
from attendance.models import (
    Absence,
    CalendarRule,
    Closure,
    Register,
    RegisterRevision,
    YearFrame,
)
from schools.models import Placement
from schools.school_years.official_frames import official_frame

from . import absence_patterns

COLD = {2025: datetime.date(2025, 1, 9), 2026: datetime.date(2026, 1, 22)}
LATE_COMMUNES = ("03442", "03451")
INVENTED = "Số liệu mẫu"
COLD_COMMUNES = ("03478", "03529", "03571", "03562", "03442")
COLDEST = 8  # °C
REASONS = {"P": ("sick", "family", "weather"), "K": ("harvest", "work", "unknown", "")}
TEACHER_NOON = datetime.time(7, 5)


def write_calendar(province, communes, years):
    """Frames and weekly pattern of the province, its holidays, cold days in the high communes."""
    _write_frames(province, communes, years)
    start = years[0].valid_from
    CalendarRule.objects.create(
        area=province, morning="1111110", afternoon="1111100", valid_from=start
    )
    for level in ("MN", "TH"):
        CalendarRule.objects.create(
            area=province, level=level, morning="1111100", afternoon="1111100", valid_from=start
        )
    closures = [
        Closure(area=province, reason="holiday", note=note, valid_from=first, valid_to=back)
        for first, back, note in absence_patterns.holidays(start, years[-1].valid_to)
    ]
    for day in COLD.values():
        closures += [
            Closure(
                area=commune,
                level=level,
                reason="cold",
                temperature=COLDEST,
                valid_from=day,
                valid_to=day + datetime.timedelta(days=2),
            )
            for commune in communes
            if commune.code in COLD_COMMUNES and commune.is_valid_on(day)
            for level in ("MN", "TH")
        ]
    Closure.objects.bulk_create([*closures, *_held_anyway(communes)])


def _write_frames(province, communes, years):
    """The ministry's frame where it is known, else an invented one; two communes that rain cut
    off begin the last year a week late."""
    week = datetime.timedelta(days=7)
    frames = []
    for year in years:
        official = official_frame(year.code)
        frames.append(
            YearFrame(
                year=year,
                area=province,
                valid_from=year.valid_from,
                valid_to=year.valid_to - datetime.timedelta(days=1),
                second_term_from=official.second_term_from
                if official
                else datetime.date(year.valid_to.year, 1, 18),
                source=official.source if official else INVENTED,
            )
        )
    last = frames[-1]
    frames += [
        YearFrame(
            year=last.year,
            area=commune,
            valid_from=last.valid_from + week,
            valid_to=last.valid_to,
            second_term_from=last.second_term_from,
            source=f"{INVENTED}: đường sạt lở, học muộn một tuần",
        )
        for commune in communes
        if commune.code in LATE_COMMUNES and commune.is_valid_on(last.valid_from)
    ]
    YearFrame.objects.bulk_create(frames)


def _held_anyway(communes):
    """On the last cold days a primary school of each cold commune has its mornings."""
    day = max(COLD.values())
    for commune in communes:
        if commune.code not in COLD_COMMUNES or not commune.is_valid_on(day):
            continue
        placed = Placement.objects.on(day).filter(commune=commune, school__levels="TH")
        placement = placed.select_related("school").order_by("school__name", "pk").first()
        if placement is not None:
            yield Closure(
                school=placement.school,
                level="TH",
                session="am",
                is_held=True,
                reason="cold",
                temperature=COLDEST,
                note="Phòng học kín, có bếp sưởi",
                valid_from=day,
                valid_to=day + datetime.timedelta(days=2),
            )


def write_registers(rng, classes, teacher_of, today, now, *, skip_today):
    """Registers, absences and first revisions up to today.

    Args:
        classes: list of `DemoClass`.
        teacher_of: function school_class -> User who sends.
        skip_today: set of ids of classes that have sent nothing today yet.
    Returns the numbers of registers and absences written.
    """
    first = min(demo.school_class.year.valid_from for demo in classes)
    due = due_sessions(
        [demo.school_class for demo in classes], first, today + datetime.timedelta(days=1)
    )
    registers, details = [], []
    for demo in classes:
        slow = _slowness(demo)
        for date, session in sorted(due[demo.school_class.pk]):
            if date == today and (demo.school_class.pk in skip_today or rng.random() < 0.4):
                continue
            if rng.random() < slow(date, today):
                continue
            roll = [spell for spell in demo.spells if spell.is_valid_on(date)]
            if not roll:
                continue
            marks = _marks(rng, demo, roll, date)
            registers.append(_register(rng, demo, date, session, roll, marks, now))
            details.append((roll, marks))
    Register.objects.bulk_create(registers, batch_size=2000)
    Absence.objects.bulk_create(
        (
            Absence(
                school_id=register.school_id,
                register=register,
                pupil_id=pupil_id,
                mark=mark,
                reason=reason,
            )
            for register, (_roll, marks) in zip(registers, details, strict=True)
            for pupil_id, (mark, reason) in marks.items()
        ),
        batch_size=5000,
    )
    RegisterRevision.objects.bulk_create(
        (
            _revision(rng, register, roll, marks, teacher_of)
            for register, (roll, marks) in zip(registers, details, strict=True)
        ),
        batch_size=2000,
    )
    return len(registers), sum(len(marks) for _roll, marks in details)


def _slowness(demo):
    """Chance that a session stays without a register: a few schools are slow, one year long."""
    school_id = demo.school_class.school_id
    careless = school_id % 17 == 5

    def chance(date, today):
        recent = (today - date).days < 45
        if careless and recent:
            return 0.35
        return 0.01

    return chance


def _marks(rng, demo, roll, date):
    """Marks of one session; an absence of yesterday often goes on."""
    level = demo.school_class.level
    chance = absence_patterns.chance_away(date, level, demo.commune_code)
    marks = {}
    for spell in roll:
        pupil = spell.pupil
        away = getattr(pupil, "demo_streak", 0)
        p = min(0.55 + chance, 0.8) if away and away < 5 else chance * pupil.demo_away
        if rng.random() < min(p, 0.9):
            pupil.demo_streak = away + 1
            mark = "K" if rng.random() < (0.5 if level == "THCS" else 0.3) else "P"
            marks[pupil.pk] = (mark, rng.choice(REASONS[mark]))
        else:
            pupil.demo_streak = 0
            if rng.random() < 0.006:
                marks[pupil.pk] = ("M", "")
    return marks


def _register(rng, demo, date, session, roll, marks, now):
    letters = [mark for mark, _reason in marks.values()]
    sent = timezone.make_aware(
        datetime.datetime.combine(date, TEACHER_NOON)
        + datetime.timedelta(seconds=rng.randint(0, 3000))
    )
    if rng.random() < 0.05:
        sent += datetime.timedelta(hours=rng.choice([9, 26, 50]))
    sent = min(sent, now)
    return Register(
        school_id=demo.school_class.school_id,
        school_class=demo.school_class,
        date=date,
        session=session,
        state=RegisterState.TAKEN,
        roll=len(roll),
        excused=letters.count("P"),
        unexcused=letters.count("K"),
        late=letters.count("M"),
        first_sent_at=sent,
        sent_at=sent,
    )


def _revision(rng, register, roll, marks, teacher_of):
    operation = uuid.UUID(int=rng.getrandbits(128), version=4)
    return RegisterRevision(
        school_id=register.school_id,
        register=register,
        number=1,
        operation_id=operation,
        state=register.state,
        marks={str(pupil): list(mark) for pupil, mark in marks.items()},
        roll=[spell.pupil_id for spell in roll],
        sent_by=teacher_of(register.school_class),
        sent_at=register.sent_at,
    )
