"""Writing books by hand for tests of the figures: registers and absences without services."""

import datetime

from django.utils import timezone

from attendance.models import Absence, Register
from core.months import Month
from schools.models import Enrolment

OCTOBER = Month(2026, 10)


def day(number, month=10, year=2026):
    """A day of October 2026 unless said otherwise."""
    return datetime.date(year, month, number)


def take(school_class, date, marks=None, *, session="am", sent_days_later=0):
    """A register taken. No signal, no revision.

    `marks` maps pupil ids to P, K or M, or to one of them with a reason: "K harvest".
    """
    marks = {pupil_id: mark.partition(" ")[::2] for pupil_id, mark in (marks or {}).items()}
    letters = [letter for letter, _reason in marks.values()]
    sent = timezone.make_aware(
        datetime.datetime.combine(date, datetime.time(7, 20))
        + datetime.timedelta(days=sent_days_later)
    )
    register = Register.objects.create(
        school_id=school_class.school_id,
        school_class=school_class,
        date=date,
        session=session,
        state="taken",
        roll=max(
            Enrolment.objects.on(date).filter(school_class=school_class).count(), len(letters)
        ),
        excused=letters.count("P"),
        unexcused=letters.count("K"),
        late=letters.count("M"),
        first_sent_at=sent,
        sent_at=sent,
    )
    for pupil_id, (letter, reason) in marks.items():
        Absence.objects.create(
            school_id=school_class.school_id,
            register=register,
            pupil_id=pupil_id,
            mark=letter,
            reason=reason,
        )
    return register


def not_held(school_class, date, *, session="am", reason="cold"):
    """A register that says the session did not take place."""
    sent = timezone.make_aware(datetime.datetime.combine(date, datetime.time(7, 20)))
    return Register.objects.create(
        school_id=school_class.school_id,
        school_class=school_class,
        date=date,
        session=session,
        state="not_held",
        not_held_reason=reason,
        first_sent_at=sent,
        sent_at=sent,
    )


def pupil_ids(school_class):
    """Ids of all pupils ever in the class, in the order they were written."""
    return list(school_class.spells.order_by("pk").values_list("pupil_id", flat=True))


def end_spell(school_class, pupil_id, on, reason, cause=""):
    """The pupil is no longer on the roll from `on`."""
    Enrolment.objects.filter(school_class=school_class, pupil_id=pupil_id, valid_to=None).update(
        valid_to=on, exit_reason=reason, dropout_cause=cause
    )
