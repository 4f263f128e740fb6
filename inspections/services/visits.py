"""Recording what a visit found and what it asked for."""

import logging

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reports.models import Flag
from schools.services.saving import save_checked

from ..models import InspectionPlan, Recommendation, Visit

logger = logging.getLogger(__name__)


@transaction.atomic
def record_visit(*, visit, visited_on, result, by, recommendations=()):
    """Record a visit that was made, with its recommendations; returns it.

    Only the member in charge records, while the term holds, once, in an approved plan; the day
    lies in the plan's month or after it and not in the future. The visit's flags are then
    visited. Rule: official letter 785/UBND-VX, item 2f: results are reported after the inspection.

    Args:
        recommendations: (text, who answers for it, by which day) triples.

    Raises ValidationError; nothing is written then.
    """
    visit = (
        Visit.objects.select_for_update(of=("self",))
        .select_related("plan", "member__committee", "commune")
        .get(pk=visit.pk)
    )
    if (
        visit.member is None
        or visit.member.user_id != by.pk
        or not visit.member.sits_on(timezone.localdate())
    ):
        raise ValidationError(
            _("Only the member in charge records this visit."), code="not_in_charge"
        )
    if visit.plan.state != InspectionPlan.State.APPROVED:
        raise ValidationError(_("The plan of this visit is not approved yet."), code="draft")
    if visit.state != Visit.State.PLANNED:
        raise ValidationError(_("This visit is recorded or called off already."), code="visit_over")
    _check_day(visited_on, visit.plan)
    visit.visited_on, visit.result = visited_on, result.strip()
    visit.state = Visit.State.DONE
    visit.recorded_by, visit.recorded_at = by, timezone.now()
    if not visit.result:
        raise ValidationError({"result": _("Write what the visit found.")})
    save_checked(visit)
    for text, owner, due_on in recommendations:
        _recommend(visit, text, owner, due_on)
    visit.flags.filter(state__in=(Flag.State.OPEN, Flag.State.PLANNED)).update(
        state=Flag.State.VISITED, updated_at=timezone.now()
    )
    logger.info("visit recorded", extra={"visit": visit.pk, "by": by.pk})
    return visit


@transaction.atomic
def finish_recommendation(*, recommendation, by):
    """Mark a recommendation as carried out; done twice it stays done. Returns it.

    Who may do so is decided by the page: the member of the visit, or who drafts plans there.
    """
    found = Recommendation.objects.select_for_update(of=("self",)).get(pk=recommendation.pk)
    found.state = Recommendation.State.DONE
    found.full_clean()
    found.save(update_fields=["state"])
    logger.info("recommendation carried out", extra={"recommendation": found.pk, "by": by.pk})
    return found


def _check_day(day, plan):
    if day > timezone.localdate():
        raise ValidationError(
            {"visited_on": _("The day of the visit lies in the future. Record it afterwards.")}
        )
    if day < plan.month:
        raise ValidationError(
            {
                "visited_on": _("This plan is for %(month)s; the visit cannot lie before it.")
                % {"month": plan.month.strftime("%m/%Y")}
            }
        )


def _recommend(visit, text, owner, due_on):
    if due_on < visit.visited_on:
        raise ValidationError(
            _("Recommendation “%(text)s” is due before the visit. Choose a later day.")
            % {"text": text[:60]},
            code="due_before_visit",
        )
    recommendation = Recommendation(
        visit=visit, text=text.strip(), owner=owner.strip(), due_on=due_on
    )
    save_checked(recommendation)
