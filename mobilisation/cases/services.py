"""What is done about a child: a case opened, a home visited, what came of it."""

import datetime
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.notifications.writing import notify
from core.services.saving import save_checked
from core.types import User

from .. import events
from ..models.cases import (
    CASES,
    CHANGE,
    CLOSE,
    REOPEN,
    VISIT,
    CaseCause,
    ChildCase,
    FamilyVisit,
)
from ..notifications import CASE_GIVEN
from .selectors.children import Child


@transaction.atomic
def open_case(
    *,
    child: Child,
    kind: str,
    owner: User,
    due_on: datetime.date,
    causes: Collection[str] = (),
    by: User,
) -> ChildCase:
    """Begin to follow a child; returns the case.

    `child` lies in the places of `by`, and `owner` is one of `who_may_answer`. Raises
    ValidationError: it is followed already, the deadline is over.
    """
    today = timezone.localdate()
    if open_case_of(child) is not None:
        raise ValidationError(
            _("This child is followed already. Open its case and write there."), code="followed"
        )
    if due_on < today:
        raise ValidationError({"due_on": _("The deadline lies in the past. Choose a later day.")})
    case = ChildCase(
        person=child.person,
        pupil=child.pupil,
        commune=child.commune,
        village=child.village,
        kind=kind,
        owner=owner,
        due_on=due_on,
        opened_on=today,
        opened_by=by,
    )
    save_checked(case, by=by)
    _write_causes(case, causes)
    CASES.tell(
        events.CASE_OPENED,
        case,
        by=by,
        changes={
            "kind": (None, str(kind)),
            "owner": (None, str(owner)),
            "due_on": (None, due_on),
            "causes": (None, sorted(causes)),
        },
    )
    _tell_owner(case, by=by)
    return case


def open_case_of(child: Child) -> ChildCase | None:
    """The open case of a child, under whatever it is known by; or None."""
    known = Q()
    if child.person is not None:
        known |= Q(person=child.person)
    if child.pupil is not None:
        known |= Q(pupil=child.pupil)
    return ChildCase.objects.open().filter(known).first()


def change_case(
    *,
    case: ChildCase,
    owner: User,
    due_on: datetime.date,
    village: str,
    causes: Collection[str],
    by: User,
) -> ChildCase:
    """Give a case another owner, deadline, village or reasons. Raises ValidationError."""
    with CASES.change(CHANGE, case, by=by) as step:
        found = step.row
        if due_on != found.due_on and due_on < timezone.localdate():
            raise ValidationError(
                {"due_on": _("The deadline lies in the past. Choose a later day.")}
            )
        before = sorted(each.cause for each in found.causes.all())
        after = {
            "owner": (str(found.owner), str(owner)),
            "due_on": (found.due_on, due_on),
            "village": (found.village, village),
            "causes": (before, sorted(causes)),
        }
        step.changes = {name: pair for name, pair in after.items() if pair[0] != pair[1]}
        found.owner, found.due_on, found.village = owner, due_on, village
        _write_causes(found, causes)
    _tell_owner(step.row, by=by)
    return step.row


def add_visit(
    *,
    case: ChildCase,
    made_on: datetime.date,
    way: str,
    who: str,
    found: str,
    promise: str = "",
    next_on: datetime.date | None = None,
    by: User,
) -> FamilyVisit:
    """Note that somebody went to the family, or called it. Raises ValidationError.

    What was found is in no event: it tells who the child is.
    """
    with CASES.change(VISIT, case, by=by) as step:
        if made_on > timezone.localdate():
            raise ValidationError({"made_on": _("This day lies in the future.")})
        visit = FamilyVisit(
            case=step.row,
            made_on=made_on,
            way=way,
            who=who.strip(),
            found=found.strip(),
            promise=promise.strip(),
            next_on=next_on,
            recorded_by=by,
            recorded_at=timezone.now(),
        )
        save_checked(visit, by=by)
        step.changes = {"made_on": (None, made_on), "next_on": (None, next_on)}
    return visit


def close_case(
    *,
    case: ChildCase,
    outcome: str,
    closed_on: datetime.date,
    closing_note: str = "",
    by: User,
) -> ChildCase:
    """Say what came of it, since which day. Raises ValidationError."""
    with CASES.change(CLOSE, case, by=by) as step:
        found = step.row
        if not found.opened_on <= closed_on <= timezone.localdate():
            raise ValidationError(
                {
                    "closed_on": _("Choose a day from %(first)s to today.")
                    % {"first": found.opened_on.strftime("%d/%m/%Y")}
                }
            )
        found.outcome, found.closed_on = outcome, closed_on
        found.closing_note = closing_note.strip()
        found.closed_by, found.closed_at = by, timezone.now()
        step.changes = {"outcome": (None, str(outcome)), "closed_on": (None, closed_on)}
    return step.row


def reopen_case(*, case: ChildCase, by: User) -> ChildCase:
    """Follow the child again. Raises ValidationError: another case of it is open."""
    with CASES.change(REOPEN, case, by=by) as step:
        found = step.row
        step.changes = {"outcome": (found.outcome, None), "closed_on": (found.closed_on, None)}
        found.outcome, found.closed_on = "", None
        found.closed_by, found.closed_at = None, None
    return step.row


def _tell_owner(case: ChildCase, *, by: User) -> None:
    """Notify who was given a case by another person, once for each case."""
    if case.owner_id == by.pk:
        return
    end = datetime.datetime.combine(case.due_on, datetime.time.max)
    notify(
        CASE_GIVEN,
        to=[case.owner_id],
        key=f"{case.pk}",
        expires_at=timezone.make_aware(end),
        about=case,
        params={
            "person": str(by),
            "place": case.commune.title,
            "day": case.due_on.strftime("%d/%m/%Y"),
        },
    )


def _write_causes(case: ChildCase, causes: Collection[str]) -> None:
    CaseCause.objects.filter(case=case).exclude(cause__in=causes).delete()
    known = set(CaseCause.objects.filter(case=case).values_list("cause", flat=True))
    for cause in sorted(set(causes) - known):
        save_checked(CaseCause(case=case, cause=cause))
