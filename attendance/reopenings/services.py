"""Asking for registers to be opened again after their time, answering, and ending it early."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import rules
from core.services.saving import save_checked
from core.types import User
from schools.models import Area, School, SchoolClass

from .. import events
from ..apps import REOPENED_HOURS
from ..models import Reopening
from ..models.reopenings import CLOSE, GRANT, REFUSE, REOPENINGS
from ..registers.refusals import PeriodLocked
from ..registers.selectors.windows import Locks, lock_over_area

ONE_DAY = datetime.timedelta(days=1)
MOST_DAYS = 62


@transaction.atomic
def ask_reopening(
    *,
    school_class: SchoolClass,
    first_day: datetime.date,
    last_day: datetime.date,
    reason: str,
    by: User,
    by_office: bool,
    whole_school: bool = False,
) -> Reopening:
    """Ask for the registers of some days to be opened again; returns the `Reopening`.

    Args:
        by_office: the asker answers for the school; it is decided above them.
    Raises ValidationError: no reason, days in the wrong order, too many or still to
    come; or their month is locked.
    """
    _check_days(first_day, last_day)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the registers have to be corrected.")})
    _check_not_locked(school_class.school if whole_school else school_class, first_day, last_day)
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
    REOPENINGS.tell(
        events.REOPENING_ASKED,
        reopening,
        by=by,
        changes=_days(reopening),
        reason=reopening.reason,
    )
    return reopening


@transaction.atomic
def open_registers(
    *,
    place: Area | School,
    first_day: datetime.date,
    last_day: datetime.date,
    reason: str,
    by: User,
) -> Reopening:
    """Open the registers of a whole place again without being asked; returns the `Reopening`.

    Args:
        place: an `Area` or a `School` inside the places of an office above the school, which
            takes no registers itself.
    Raises ValidationError as `ask_reopening` does.
    """
    _check_days(first_day, last_day)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the registers have to be corrected.")})
    _check_not_locked(place, first_day, last_day)
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
    REOPENINGS.tell(
        events.REOPENED, reopening, by=by, changes=_days(reopening), reason=reopening.reason
    )
    return reopening


def decide_reopening(*, reopening: Reopening, granted: bool, answer: str, by: User) -> Reopening:
    """Answer a request; granted opens the registers for some hours (dated rule).

    Raises IllegalTransition: answered before, or by the asker; ValidationError: refused without
    a word; PermissionDenied: it is decided elsewhere.
    """
    with REOPENINGS.change(GRANT if granted else REFUSE, reopening, by=by) as step:
        decided, now = step.row, timezone.now()
        if not granted and not answer.strip():
            raise ValidationError({"answer": _("Say why it is refused.")}, code="answer_missing")
        if granted:
            place = decided.place
            _check_not_locked(place, decided.valid_from, decided.last_day)
        decided.decided_by, decided.decided_at, decided.answer = by, now, answer.strip()
        if granted:
            decided.open_until = _open_until(now)
        step.changes, step.reason = _days(decided), decided.answer
    return decided


def close_reopening(*, reopening: Reopening, by: User) -> Reopening:
    """End a reopening before its hours are over; registers sent meanwhile stay.

    Raises IllegalTransition: it is not open, or no longer; PermissionDenied as above.
    """
    with REOPENINGS.change(CLOSE, reopening, by=by) as step:
        closed, now = step.row, timezone.now()
        closed.closed_by, closed.closed_at = by, now
        step.changes = _days(closed) | {"open_until": (closed.open_until, now)}
    return closed


def _days(reopening: Reopening) -> dict[str, tuple[Any, Any]]:
    """What its events say: the days, and until when they are open."""
    names = ("valid_from", "valid_to", "open_until")
    return {name: (None, getattr(reopening, name)) for name in names}


def _open_until(now: datetime.datetime) -> datetime.datetime:
    hours = int(rules.value(REOPENED_HOURS, on=timezone.localdate(now)))
    return now + datetime.timedelta(hours=hours)


def _check_not_locked(
    place: Area | School | SchoolClass, first_day: datetime.date, last_day: datetime.date
) -> None:
    """Refuse what a lock makes vain; where it covers a part of `place`, that part stays shut."""
    end = last_day + ONE_DAY
    if isinstance(place, Area):
        lock = lock_over_area(place, first_day, end)
    elif isinstance(place, School):
        lock = Locks(place.pk, "", first_day, end).over_any(first_day, end)
    else:
        lock = Locks(place.school_id, place.level, first_day, end).over_any(first_day, end)
    if lock is not None:
        raise ValidationError(PeriodLocked(lock).message, code=PeriodLocked.code)


def _check_days(first_day: datetime.date, last_day: datetime.date) -> None:
    if last_day < first_day:
        raise ValidationError({"last_day": _("The last day must not lie before the first one.")})
    if last_day > timezone.localdate():
        raise ValidationError({"last_day": _("This day has not come yet.")})
    if (last_day - first_day).days >= MOST_DAYS:
        raise ValidationError(
            {"last_day": _("At most %(days)s days can be asked for at once.") % {"days": MOST_DAYS}}
        )
