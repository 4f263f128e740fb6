"""Random histories of the small province: what a term of real use might leave behind."""

import datetime
import random

from attendance.enums import AbsenceReason
from attendance.models import Absence, Closure, Register
from core.months import Month
from schools.models import Enrolment, Placement
from tests.reports.register_builders import not_held, pupil_ids, take
from tests.world import enrol, make_class

REASONS = [[str(reason)] for reason in AbsenceReason]
ONE_DAY = datetime.timedelta(days=1)
MONTHS = Month(2026, 10).since(Month(2026, 8))


def write_history(world, seed):
    """Two and a half months of registers, corrections, moves, leavings and closures."""
    rng = random.Random(seed)
    opened = make_class(world.school_a, world.year, "6X", "THCS", "6", [])
    classes = [world.class_a, world.class_a12, world.class_b, opened]
    _write_moves(rng, world, classes)
    _write_closures(rng, world)
    for school_class in classes:
        date = world.since
        while date <= world.today:
            for session in school_class.session_list:
                _write_session(rng, school_class, date, session.value)
            date += ONE_DAY
    _write_corrections(rng)


def _some_day(rng, world, start=1):
    last = (world.today - world.since).days
    return world.since + datetime.timedelta(days=rng.randint(start, last))


def _write_moves(rng, world, classes):
    reasons = ("out", "dropout", "other", "completed", "class")
    for spell in list(Enrolment.objects.order_by("pk")):
        if rng.random() > 0.5:
            continue
        # Months' edges are where a wrong comparison shows.
        left = rng.choice([_some_day(rng, world), world.today.replace(day=1)])
        spell.valid_to, spell.exit_reason = left, rng.choice(reasons)
        spell.save()
        if rng.random() < 0.7:
            back = left + datetime.timedelta(days=rng.randint(0, 20))
            enrol(
                spell.pupil,
                rng.choice(classes),
                back,
                entry_reason=rng.choice(("in", "new", "return", "class")),
            )
    if rng.random() < 0.5:
        moved_on = _some_day(rng, world)
        Placement.objects.filter(school=world.school_b).update(valid_to=moved_on)
        Placement.objects.create(
            school=world.school_b, commune=world.commune_a2, valid_from=moved_on
        )


def _write_closures(rng, world):
    for _number in range(4):
        start = _some_day(rng, world)
        Closure.objects.create(
            **rng.choice(
                [{"area": world.commune_a}, {"school": world.school_b}, {"area": world.province}]
            ),
            is_held=rng.random() < 0.3,
            session=rng.choice(["", "am", "pm"]),
            level=rng.choice(["", "TH"]),
            reason="flood",
            valid_from=start,
            valid_to=start + datetime.timedelta(days=rng.randint(1, 3)),
        )


def _write_session(rng, school_class, date, session):
    draw = rng.random()
    if draw < 0.2:
        return
    if draw < 0.25:
        not_held(school_class, date, session=session)
        return
    roll = Enrolment.objects.on(date).filter(school_class=school_class)
    marks = {
        pupil_id: " ".join([rng.choice("PKM"), *rng.choice([[], [], *REASONS])])
        for pupil_id in roll.values_list("pupil_id", flat=True)
        if rng.random() < 0.15
    }
    take(school_class, date, marks, session=session, sent_days_later=int(rng.random() < 0.1))


def _write_corrections(rng):
    """Marks changed afterwards, and marks of pupils no longer on the roll left in the book."""
    absences = list(Absence.objects.order_by("pk"))
    for absence in rng.sample(absences, min(10, len(absences))):
        absence.mark = rng.choice("PKM")
        absence.save()
    taken = list(Register.objects.filter(state="taken", roll__gt=2).order_by("pk"))
    for register in rng.sample(taken, min(5, len(taken))):
        absent = pupil_ids(register.school_class)[0]
        Absence.objects.get_or_create(
            register=register,
            pupil_id=absent,
            defaults={"school_id": register.school_id, "mark": "K"},
        )
