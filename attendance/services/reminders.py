"""Telling people of missing registers: once, the nearest person, and never after it is over."""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import rules
from core.events import record
from core.formatting import format_clock

from .. import events
from ..enums import RegisterState, ReminderOutcome
from ..models import Register, Reminder, ReminderMail
from ..selectors.correction_windows import window_end
from ..selectors.missing import missing_of
from ..selectors.reminders import key_of, late_by_mail, open_reminders, remind_pause

BATCH = 500


@dataclass(frozen=True)
class Reminded:
    """What a press of the button did: whose registers, people told, letters on their way."""

    classes: int
    schools: int
    people: int
    mails: int


@transaction.atomic
def remind(*, to_tell, by):
    """Tell people now that registers are missing; a letter goes to whom none went today.

    Args:
        to_tell: list of `selectors.reminders.ToTell`, of registers the asker answers for.
    Returns `Reminded`. The same person is not asked for the same register again within the
    dated rule's pause, nor is anybody by himself.
    Raises ValidationError: nobody to tell ("nobody"), or all were told just now ("too_soon").
    """
    now = timezone.now()
    today = timezone.localdate(now)
    to_tell = [each for each in to_tell if each.holder.user_id != by.pk]
    if not to_tell:
        raise ValidationError(_("There is nobody to remind."), code="nobody")
    pause = remind_pause(today)
    known = {
        (each.to_id, *key_of(each)): each
        for each in Reminder.objects.filter(
            day=today, school_class__in={each.missing.school_class.pk for each in to_tell}
        )
    }
    new, again, spared = [], [], {}
    for each in to_tell:
        key = (each.holder.user_id, *each.missing.key)
        row = known.get(key)
        if row is None:
            new.append(each)
        elif row.asked_at is None or row.asked_at + pause <= now:
            again.append(row)
        else:
            spared[key] = row.asked_at
    if not (new or again):
        last = timezone.localtime(min(spared.values()))
        raise ValidationError(
            _("They were reminded at %(time)s. You can do it again from %(next)s.")
            % {"time": format_clock(last), "next": format_clock(last + pause)},
            code="too_soon",
        )
    mails = _write(new, today=today, now=now, asked_by=by)
    Reminder.objects.filter(pk__in=[row.pk for row in again]).update(asked_by=by, asked_at=now)
    told = [each for each in to_tell if (each.holder.user_id, *each.missing.key) not in spared]
    schools = {each.missing.school_class.school_id for each in told}
    reminded = Reminded(
        classes=len({each.missing.school_class.pk for each in told}),
        schools=len(schools),
        people=len({each.holder.user_id for each in told}),
        mails=mails,
    )
    record(
        events.REMINDED,
        by=by,
        school=schools.pop() if len(schools) == 1 else None,
        changes={
            name: (None, getattr(reminded, name)) for name in ("people", "classes", "schools")
        },
    )
    return reminded


def write_late_mails():
    """Write the letters that are due at this hour; returns how many are new.

    Nothing without a mail server. Safe to run twice at one moment: the database takes one
    letter of a person and day, and one reminder of a person, day and register.
    """
    if not settings.EMAIL_CONFIGURED:
        return 0
    now = timezone.now()
    to_tell = late_by_mail(now)
    if not to_tell:
        return 0
    with transaction.atomic():
        return _write(to_tell, today=timezone.localdate(now), now=now)


def _write(to_tell, *, today, now, asked_by=None):
    """Write the reminders, and a letter for each person with an address who had none today."""
    letters, made = {}, 0
    reached = {each.holder.user_id for each in to_tell if each.holder.email}
    if reached and settings.EMAIL_CONFIGURED:
        of_today = ReminderMail.objects.filter(day=today, to__in=reached)
        had_one = set(of_today.values_list("to_id", flat=True))
        ReminderMail.objects.bulk_create(
            [
                ReminderMail(to_id=user_id, day=today, made_at=now, try_at=now)
                for user_id in sorted(reached - had_one)
            ],
            batch_size=BATCH,
            ignore_conflicts=True,
        )
        # Those another run has just made are its own: their reminders are being written there.
        letters = dict(
            of_today.filter(made_at=now, to__in=reached - had_one).values_list("to_id", "pk")
        )
        made = len(letters)
    Reminder.objects.bulk_create(
        [
            Reminder(
                school_id=each.missing.school_class.school_id,
                school_class=each.missing.school_class,
                date=each.missing.date,
                session=each.missing.session,
                to_id=each.holder.user_id,
                day=today,
                made_at=now,
                asked_by=asked_by,
                asked_at=now if asked_by else None,
                mail_id=letters.get(each.holder.user_id),
            )
            for each in to_tell
            if asked_by or each.holder.user_id in letters
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    return made


@transaction.atomic
def settle_reminders():
    """Note how reminders ended whose register came or need not come; returns how many.

    For the record only: what is shown and sent is worked out anew each time.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    waiting = open_reminders()
    if not waiting:
        return 0
    classes = {each.school_class_id: each.school_class for each in waiting}
    tables = rules.tables({each.date for each in waiting})
    missing = {each.key for each in missing_of(list(classes.values()), tables).missing}
    registers = {
        (register.school_class_id, register.date, register.session): register
        for register in Register.objects.filter(school_class__in=classes, date__in=tables)
    }
    ended = []
    for each in waiting:
        register = registers.get(key_of(each))
        end = window_end(each.date, is_correction=False, table=tables[each.date])
        if register is not None:
            taken = register.state == RegisterState.TAKEN
            each.outcome = ReminderOutcome.SENT if taken else ReminderOutcome.NOT_HELD
            each.settled_at = register.first_sent_at
        elif key_of(each) not in missing:
            each.outcome, each.settled_at = ReminderOutcome.NOT_DUE, now
        elif today >= end:
            each.outcome, each.settled_at = ReminderOutcome.TOO_LATE, now
        else:
            continue
        ended.append(each)
    Reminder.objects.bulk_update(ended, ["outcome", "settled_at"], batch_size=BATCH)
    return len(ended)
