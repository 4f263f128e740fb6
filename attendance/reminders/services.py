"""Reminding people of missing registers: once, the nearest person, never after it is over."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import rules
from core.events import record
from core.formatting import format_clock
from core.notifications.writing import notify
from core.permission_holders import Holder
from core.services.saving import hold_people
from core.types import User

from .. import events
from ..enums import RegisterState, ReminderOutcome
from ..models import Register, Reminder
from ..registers.selectors.missing import missing_of
from ..registers.selectors.windows import window_end
from .notification_kinds import REGISTERS_MISSING
from .selectors import (
    ToTell,
    key_of,
    late_by_mail,
    occurrence,
    open_reminders,
    remind_pause,
    to_call,
)

BATCH = 500


@dataclass(frozen=True)
class Reminded:
    """What a press of the button did: whose registers, people reminded, e-mails on their way.

    `to_call` are the `Holder`s among these people whom no e-mail reaches.
    """

    classes: int
    schools: int
    people: int
    mails: int
    to_call: Sequence[Holder] = ()


@transaction.atomic
def remind(*, to_tell: Sequence[ToTell], by: User) -> Reminded:
    """Remind people now of missing registers; e-mail only those not yet e-mailed today.

    Args:
        to_tell: list of `reminders.selectors.ToTell`, of registers the asker answers for.
    Returns `Reminded`. The same person is not asked for the same register again within the
    dated rule's pause, nor is anybody by himself.
    Raises ValidationError: nobody to tell ("nobody"), or all were told just now ("too_soon").
    """
    now = timezone.now()
    today = timezone.localdate(now)
    to_tell = [each for each in to_tell if each.holder.user_id != by.pk]
    if not to_tell:
        raise ValidationError(_("There is nobody to remind."), code="nobody")
    # Whoever else reminds them at this moment is counted in the pause.
    hold_people({each.holder.user_id for each in to_tell})
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
        to_call=to_call(told),
    )
    record(
        events.REMINDED,
        by=by,
        school=schools.pop() if len(schools) == 1 else None,
        changes={
            name: (None, getattr(reminded, name))
            for name in ("people", "mails", "classes", "schools")
        },
    )
    return reminded


def write_late_mails() -> int:
    """Write the e-mails that are due at this hour; returns how many are new.

    Nothing without a mail server. Safe to run twice at one moment: the database takes one
    notification of a person and day, and one reminder of a person, day and register.
    """
    if not settings.EMAIL_CONFIGURED:
        return 0
    now = timezone.now()
    to_tell = late_by_mail(now)
    if not to_tell:
        return 0
    with transaction.atomic():
        return _write(to_tell, today=timezone.localdate(now), now=now)


def _write(
    to_tell: Sequence[ToTell],
    *,
    today: datetime.date,
    now: datetime.datetime,
    asked_by: User | None = None,
) -> int:
    """Write the reminders, and notify those with an address who were not e-mailed today."""
    notified = notify(
        REGISTERS_MISSING,
        to={each.holder.user_id for each in to_tell if each.holder.email},
        key=occurrence(today),
        expires_at=_end_of(today),
    )
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
                notification_id=notified.get(each.holder.user_id),
            )
            for each in to_tell
            if asked_by or each.holder.user_id in notified
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    return len(notified)


def _end_of(day: datetime.date) -> datetime.datetime:
    """Midnight after a day: what is missing then is no longer of that day."""
    tomorrow = day + datetime.timedelta(days=1)
    return timezone.make_aware(datetime.datetime.combine(tomorrow, datetime.time.min))


@transaction.atomic
def settle_reminders() -> int:
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
