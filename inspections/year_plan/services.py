"""A month of a proposal becomes a plan, which is then changed and approved as any other."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.months import Month
from core.types import User

from .. import events
from ..models import InspectionPlan
from ..models.plans import PLANS
from ..services.plans import Selected, communes_of, new_plan, redraft_plan, write_selected
from .selectors import AreaProposal, Asked, mark_of, proposal_for
from .wording import reason_for


@transaction.atomic
def draft_month(*, asked: Asked, month: Month, seen: str | None, by: User) -> InspectionPlan:
    """Draft the plan of one month of a proposal; returns it.

    The proposal is made anew, beside whatever was written meanwhile.

    Args:
        asked: what the proposal was asked for.
        month: one of its months.
        seen: `mark_of` the month as it was shown; None takes whatever is proposed now. What is
            written is what was shown: communes, days, members and reasons.

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
    if seen is not None and seen != mark_of(found, month):
        raise ValidationError(
            _("The proposal for %(month)s has changed meanwhile. Look at it again.")
            % {"month": month.label},
            code="meanwhile",
        )
    plan.proposed = asked.as_kept()
    _write(plan, found)
    PLANS.tell(
        events.PLAN_DRAFTED,
        plan,
        by=by,
        changes={"capacity": (None, plan.capacity), "communes": (None, communes_of(plan))},
    )
    return plan


def redraft_month(*, plan: InspectionPlan, capacity: int, days: int, by: User) -> InspectionPlan:
    """Choose the communes of a month of a proposal anew, as they were chosen; returns the plan.

    The months asked for then count with it, as far as they have not passed. What a person set or
    added stays, as `redraft_plan` says, which also says what is raised; and ValidationError: the
    month has passed.

    Args:
        capacity, days: visits, and days of all members, at most.
    """

    def fill(locked: InspectionPlan) -> None:
        asked = Asked.of_kept(locked, visits=capacity, days=days)
        locked.proposed = asked.as_kept()
        _write(locked, proposal_for(asked, anew=locked))

    return redraft_plan(plan=plan, capacity=capacity, by=by, fill=fill)


def _write(plan: InspectionPlan, found: AreaProposal) -> None:
    month = Month.of(plan.month)
    plan.based_on = (found.based_on or month).first
    proposed = found.of(month)
    visits = [] if proposed is None else sorted(proposed.visits, key=lambda each: each.need.place)
    # A plan is an official text, whoever drafts it.
    with override("vi"):
        chosen = [
            Selected(
                found.candidates[each.need.commune],
                reason_for(each, found),
                each.member,
                each.day,
            )
            for each in visits
        ]
    write_selected(plan, chosen)
