"""Changing points with a reason, confirming a scorecard, taking the confirmation back."""

import json
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.services.saving import save_checked
from core.types import User
from schools.models import SchoolYear

from ..models import Member, ScoreAdjustment, Scorecard
from ..models.scorecards import ADJUST, CONFIRM, SCORECARDS, UNCONFIRM
from .criteria import criteria_of
from .selectors import scorecard_of


@transaction.atomic
def adjust_score(
    *, member: Member, year: SchoolYear, criterion: str, points: Decimal, reason: str, by: User
) -> ScoreAdjustment:
    """Give points instead of those worked out; returns the adjustment.

    Raises IllegalTransition: one's own card, a confirmed one; ValidationError: a criterion the
    year does not have, more points than it gives at most, no reason.
    """
    with SCORECARDS.change(ADJUST, _card_of(member, year), by=by) as step:
        scored = next((each for each in criteria_of(year) if each.code == criterion), None)
        if scored is None:
            raise ValidationError(_("This criterion is not scored in that school year."))
        if points > scored.points:
            raise ValidationError(
                {
                    "points": _("“%(name)s” gives %(most)s points at most.")
                    % {"name": scored.name, "most": scored.points}
                }
            )
        reason = reason.strip()
        if not reason:
            raise ValidationError({"reason": _("Say why the points are changed.")})
        made = save_checked(
            ScoreAdjustment(
                scorecard=step.row,
                criterion=criterion,
                points=points,
                reason=reason,
                made_by=by,
                made_at=timezone.now(),
            )
        )
        step.changes = {"criterion": (None, scored.name), "points": (None, str(points))}
        step.reason = reason
    return made


@transaction.atomic
def confirm_scorecard(*, member: Member, year: SchoolYear, by: User) -> Scorecard:
    """Keep the card as it is now, under the name of who confirms it; returns it.

    Raises IllegalTransition: one's own card, one confirmed already, a year not over yet.
    """
    with SCORECARDS.change(CONFIRM, _card_of(member, year), by=by) as step:
        row = scorecard_of(member, year=year, today=timezone.localdate())
        step.row.content = json.dumps(
            {"scores": [score.as_json() for score in row.card.scores]},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        step.row.confirmed_by, step.row.confirmed_at = by, timezone.now()
        step.changes = {"points": (None, f"{row.card.total}/{row.card.out_of}")}
    return step.row


def take_back_confirmation(*, member: Member, year: SchoolYear, reason: str, by: User) -> Scorecard:
    """Open a confirmed card again, for a reason; its points are worked out anew.

    Raises IllegalTransition: one's own card, one not confirmed; ValidationError: no reason.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Say why the confirmation is taken back.")})
    kept = Scorecard.objects.filter(member=member, year=year).first()
    if kept is None:
        raise ValidationError(_("The scorecard is not confirmed."))
    with SCORECARDS.change(UNCONFIRM, kept, by=by) as step:
        step.row.content, step.row.confirmed_by, step.row.confirmed_at = "", None, None
        step.reason = reason
    return step.row


def _card_of(member: Member, year: SchoolYear) -> Scorecard:
    return Scorecard.objects.get_or_create(member=member, year=year)[0]
