"""Asking for registers to be opened again after their time, answering, and ending it early."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import rules
from core.events import record
from core.services.saving import save_checked
from schools.models import Area

from .. import events
from ..apps import REOPENED_HOURS
from ..models import Reopening

ONE_DAY = datetime.timedelta(days=1)
MOST_DAYS = 62


@transaction.atomic
def ask_reopening(*, school_class, first_day, last_day, reason, by, by_office, whole_school=False):
    """Ask for the registers of some days to be opened again; returns the `Reopening`.

    Args:
        by_office: the asker answers for the school; it is decided above them.
    Raises ValidationError: no reason, days in the wrong order, too many or still to come.
    """
    _check_days(first_day, last_day)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the registers have to be corrected.")})
    reopening = Reopening(
        school=school_class.school,
        school_class=None if whole_school else school_class,
        valid_from=first_day,
        valid_to=last_day + ONE_DAY,
        reason=reason.strip(),
        asked_by=by,
        asked_at=timezone.now(),
        by_office=by_office,
    )
    save_checked(reopening)
    _tell(events.REOPENING_ASKED, reopening, by, reason=reopening.reason)
    return reopening


@transaction.atomic
def open_registers(*, place, first_day, last_day, reason, by):
    """Open the registers of a whole place again without being asked; returns the `Reopening`.

    Args:
        place: an `Area` or a `School` inside the places of an office above the school, which
            takes no registers itself.
    Raises ValidationError as `ask_reopening` does.
    """
    _check_days(first_day, last_day)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the registers have to be corrected.")})
    now = timezone.now()
    reopening = Reopening(
        **{"area" if isinstance(place, Area) else "school": place},
        valid_from=first_day,
        valid_to=last_day + ONE_DAY,
        reason=reason.strip(),
        asked_by=by,
        asked_at=now,
        by_office=True,
        decided_by=by,
        decided_at=now,
        open_until=_open_until(now),
    )
    save_checked(reopening)
    _tell(events.REOPENED, reopening, by, reason=reopening.reason)
    return reopening


@transaction.atomic
def decide_reopening(*, reopening, granted, answer, by):
    """Answer a request; granted opens the registers for some hours (dated rule).

    Raises ValidationError: answered before, by the asker himself, or refused without a word.
    """
    reopening = Reopening.objects.select_for_update().get(pk=reopening.pk)
    if reopening.decided_at is not None:
        raise ValidationError(_("This request was answered already."), code="decided")
    if reopening.asked_by_id == by.pk:
        raise ValidationError(_("Somebody else has to answer your request."), code="own")
    if not granted and not answer.strip():
        raise ValidationError({"answer": _("Say why it is refused.")}, code="answer_missing")
    now = timezone.now()
    reopening.decided_by, reopening.decided_at, reopening.answer = by, now, answer.strip()
    if granted:
        reopening.open_until = _open_until(now)
    save_checked(reopening)
    kind = events.REOPENED if granted else events.REOPENING_REFUSED
    _tell(kind, reopening, by, reason=reopening.answer)
    return reopening


@transaction.atomic
def close_reopening(*, reopening, by):
    """End a reopening before its hours are over; registers sent meanwhile stay.

    Raises ValidationError: it is not open, or no longer.
    """
    reopening = Reopening.objects.select_for_update().get(pk=reopening.pk)
    now = timezone.now()
    if not reopening.is_open_at(now):
        raise ValidationError(_("It is not open any more."), code="not_open")
    reopening.closed_by, reopening.closed_at = by, now
    save_checked(reopening)
    _tell(events.REOPENING_CLOSED, reopening, by, until=(reopening.open_until, now))
    return reopening


def _tell(kind, reopening, by, *, reason="", until=None):
    """One event; `until`: when it ended by itself before and ends now, unless it begins."""
    place = reopening.school_class or reopening.school or reopening.area
    days = {"valid_from": (None, reopening.valid_from), "valid_to": (None, reopening.valid_to)}
    record(
        kind,
        by=by,
        about=reopening,
        name=str(place),
        area=reopening.area_id,
        school=reopening.school_id,
        changes=days | {"open_until": until or (None, reopening.open_until)},
        reason=reason,
    )


def _open_until(now):
    hours = int(rules.value(REOPENED_HOURS, on=timezone.localdate(now)))
    return now + datetime.timedelta(hours=hours)


def _check_days(first_day, last_day):
    if last_day < first_day:
        raise ValidationError({"last_day": _("The last day must not lie before the first one.")})
    if last_day > timezone.localdate():
        raise ValidationError({"last_day": _("This day has not come yet.")})
    if (last_day - first_day).days >= MOST_DAYS:
        raise ValidationError(
            {"last_day": _("At most %(days)s days can be asked for at once.") % {"days": MOST_DAYS}}
        )
