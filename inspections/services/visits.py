"""Recording what a visit found and what it asked for."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import Kind, record
from core.services.saving import save_checked
from core.types import User
from reports.services.flags import VISIT, flags_that_may, mark_visited

from .. import events
from ..models import InspectionPlan, Recommendation, Visit


@transaction.atomic
def record_visit(
    *,
    visit: Visit,
    visited_on: datetime.date,
    result: str,
    by: User,
    recommendations: Iterable[tuple[str, str, datetime.date]] = (),
) -> Visit:
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
        _recommend(visit, visited_on, text, owner, due_on)
    flag_ids = list(visit.flags.values_list("pk", flat=True))
    mark_visited(flag_ids=flags_that_may(VISIT, flag_ids))
    record(
        events.VISIT_RECORDED,
        by=by,
        about=visit,
        name=visit.commune.title,
        part_of=visit.plan,
        area=visit.plan.area_id,
        changes={
            "state": (Visit.State.PLANNED.value, visit.state),
            "visited_on": (None, visit.visited_on),
            "result": (None, visit.result),
            "recommendations": (None, [text.strip() for text, _owner, _due in recommendations]),
        },
    )
    return visit


@transaction.atomic
def finish_recommendation(
    *, recommendation: Recommendation, done_on: datetime.date, evidence: str, by: User
) -> Recommendation:
    """Note that a recommendation was carried out: on which day, and what shows it; returns it.

    Noted twice, the first note stays. Who may do so is decided by the page: the member of the
    visit, or who drafts plans there. Raises ValidationError: no evidence, a day before the
    visit or in the future.
    """
    found = _locked(recommendation)
    if found.state == Recommendation.State.DONE:
        return found
    evidence = evidence.strip()
    if not evidence:
        raise ValidationError({"evidence": _("Write what shows that it was carried out.")})
    if found.visit.visited_on is None:
        raise ValidationError(_("The visit is not recorded yet."), code="visit_open")
    if not found.visit.visited_on <= done_on <= timezone.localdate():
        raise ValidationError(
            {
                "done_on": _("The day lies between that of the visit, %(day)s, and today.")
                % {"day": found.visit.visited_on.strftime("%d/%m/%Y")}
            }
        )
    found.state = Recommendation.State.DONE
    found.done_on, found.evidence = done_on, evidence
    found.done_by, found.done_at = by, timezone.now()
    _save_state(found)
    _tell(
        events.RECOMMENDATION_DONE,
        found,
        by,
        changes={
            "state": (Recommendation.State.OPEN.value, found.state),
            "done_on": (None, done_on),
            "evidence": (None, evidence),
        },
    )
    return found


@transaction.atomic
def reopen_recommendation(
    *, recommendation: Recommendation, reason: str, by: User
) -> Recommendation:
    """Take back that a recommendation was carried out, for a reason; returns it.

    What was noted stays in the event. Raises ValidationError: it is open, or no reason.
    """
    found = _locked(recommendation)
    if found.state != Recommendation.State.DONE:
        raise ValidationError(_("This recommendation is open already."), code="open")
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Write why it is open again.")})
    changes = {
        "state": (found.state, Recommendation.State.OPEN.value),
        "done_on": (found.done_on, None),
        "evidence": (found.evidence, ""),
    }
    found.state = Recommendation.State.OPEN
    found.done_on = found.done_by = found.done_at = None
    found.evidence = ""
    _save_state(found)
    _tell(events.RECOMMENDATION_REOPENED, found, by, changes=changes, reason=reason)
    return found


def _locked(recommendation: Recommendation) -> Recommendation:
    return (
        Recommendation.objects.select_for_update(of=("self",))
        .select_related("visit__plan")
        .get(pk=recommendation.pk)
    )


def _save_state(recommendation: Recommendation) -> None:
    recommendation.full_clean()
    recommendation.save(update_fields=["state", "done_on", "evidence", "done_by", "done_at"])


def _tell(kind: Kind, recommendation: Recommendation, by: User, **more: Any) -> None:
    record(
        kind,
        by=by,
        about=recommendation,
        name=recommendation.text,
        part_of=recommendation.visit.plan,
        area=recommendation.visit.plan.area_id,
        **more,
    )


def _check_day(day: datetime.date, plan: InspectionPlan) -> None:
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


def _recommend(
    visit: Visit, visited_on: datetime.date, text: str, owner: str, due_on: datetime.date
) -> None:
    if due_on < visited_on:
        raise ValidationError(
            _("Recommendation “%(text)s” is due before the visit. Choose a later day.")
            % {"text": text[:60]},
            code="due_before_visit",
        )
    recommendation = Recommendation(
        visit=visit, text=text.strip(), owner=owner.strip(), due_on=due_on
    )
    save_checked(recommendation)
