"""A month of a proposal becomes a plan, which is then changed and approved as any other."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.months import Month
from core.services.saving import save_checked
from core.types import User

from .. import events
from ..models import InspectionPlan, Visit
from ..models.plans import PLANS
from ..services.plans import communes_of, new_plan
from .selectors import AreaProposal, Asked, mark_of, proposal_for
from .wording import reason_for


@transaction.atomic
def draft_month(*, asked: Asked, month: Month, seen: str | None, by: User) -> InspectionPlan:
    """Draft the plan of one month of a proposal; returns it.

    The proposal is made anew, beside whatever was written meanwhile.

    Args:
        asked: what the proposal was asked for.
        month: one of its months.
        seen: `mark_of` the month as it was shown; None takes whatever is proposed now.

    Raises ValidationError: the area has a plan for the month, nothing is proposed for it, or
    what is proposed is no longer what was seen.
    """
    plan = new_plan(area=asked.area, month=month, capacity=asked.visits, by=by)
    found = proposal_for(asked)
    proposed = found.of(month)
    if proposed is None or not proposed.visits:
        raise ValidationError(
            _("Nothing is proposed for %(month)s.") % {"month": month.label}, code="empty"
        )
    if seen is not None and seen != mark_of(proposed):
        raise ValidationError(
            _("The proposal for %(month)s has changed meanwhile. Look at it again.")
            % {"month": month.label},
            code="meanwhile",
        )
    plan.based_on = (found.based_on or month).first
    save_checked(plan)
    _write(plan, found, month)
    PLANS.tell(
        events.PLAN_DRAFTED,
        plan,
        by=by,
        changes={"capacity": (None, plan.capacity), "communes": (None, communes_of(plan))},
    )
    return plan


def _write(plan: InspectionPlan, found: AreaProposal, month: Month) -> None:
    proposed = found.of(month)
    visits = [] if proposed is None else sorted(proposed.visits, key=lambda each: each.need.place)
    for place, each in enumerate(visits, start=1):
        candidate = found.candidates[each.need.commune]
        # A plan is an official text, whoever drafts it.
        with override("vi"):
            reason = reason_for(each, found)
        visit = save_checked(
            Visit(
                plan=plan,
                commune_id=each.need.commune,
                rank=place,
                level=candidate.level,
                reason=reason,
                points=candidate.parts,
                member_id=each.member,
                planned_on=each.day,
            )
        )
        visit.flags.set(candidate.flag_ids)
