"""The step of last month that waits for the reader, on the page they start from.

See `reports.suggested_actions` and `reports.school_actions`.
"""

import datetime
from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.months import Month
from core.permissions import Permission as P
from core.scope import Scope
from schools.areas.selectors.tree import schools_in
from schools.enums import AreaLevel
from schools.models import Area, School

from ..models import MonthAssessment, Publication
from ..suggested_actions import Action
from .selectors import (
    assessments_of,
    confirmations_of,
    has_acknowledged,
    standing_publications,
)
from .steps import ASSESS, CONFIRM, PUBLISH, REVIEW, deadlines, has_registers, is_closed


def step_of_school(scope: Scope, school: School) -> Iterator[Action]:
    """The month to be confirmed, for who confirms; at most five queries."""
    month = Month.current().plus(-1)
    if school.pk not in scope.places(P.CONFIRM_MONTH).schools:
        return
    if confirmations_of([school.pk], month) or is_closed(school, month):
        return
    if not has_registers([school.pk], month):
        return
    due_on = deadlines(month)[CONFIRM]
    yield Action(
        title=_("Month %(month)s") % {"month": month.label},
        text=_until(due_on),
        url=f"{reverse('reports:month_school', args=[school.pk])}?month={month}",
        action=_("Confirm %(month)s") % {"month": month.label},
    )


def step_of_area(scope: Scope, *, area_id: int | None) -> Iterator[Action]:
    """The step of an area that waits for the reader; at most five queries."""
    area = scope.tree.get(area_id) if area_id is not None else None
    step = _step_in(scope, area) if area is not None else None
    if area is None or step is None:
        return
    month = Month.current().plus(-1)
    standing = standing_publications([each.pk for each in scope.tree.ancestors(area.pk)], month)
    if standing:
        if step == ASSESS:
            yield from _results(area, list(standing.values())[-1], month)
        return
    communes = [each.pk for each in scope.tree.communes(area.pk)]
    said = {} if step == PUBLISH else assessments_of(communes, month)
    done = {pk for pk, each in said.items() if _is_done(step, each)}
    if done.issuperset(communes):
        return
    if not has_registers(schools_in(set(communes) - done, on=scope.date), month):
        return
    page = "reports:month_assessment" if step == ASSESS else "reports:month_area"
    wordings = {
        ASSESS: _("Assess %(month)s"),
        REVIEW: _("See the assessments of %(month)s"),
        PUBLISH: _("Close and publish %(month)s"),
    }
    yield Action(
        title=_("Month %(month)s") % {"month": month.label},
        text=_until(deadlines(month)[step]),
        url=f"{reverse(page, args=[area.pk])}?month={month}",
        action=wordings[step] % {"month": month.label},
    )


def _results(commune: Area, publication: Publication, month: Month) -> Iterator[Action]:
    """Results that a commune has not yet said it has read."""
    if not has_acknowledged(commune.pk, publication):
        yield Action(
            title=_("Month %(month)s") % {"month": month.label},
            text=_("The results are published. Read them and say that you have."),
            url=f"{reverse('reports:publication', args=[publication.pk])}?area={commune.code}",
            action=_("Results of %(month)s") % {"month": month.label},
        )


def _step_in(scope: Scope, area: Area) -> str | None:
    """The step of a reader on the page of an area: nobody is asked for another's on it."""
    if area.level == AreaLevel.COMMUNE:
        return ASSESS if area.pk in scope.areas_granted(P.ASSESS_MONTH) else None
    if area.pk in scope.areas_granted(P.PUBLISH_MONTH):
        return PUBLISH
    return REVIEW if area.pk in scope.areas_granted(P.REVIEW_MONTH) else None


def _is_done(step: str, assessment: MonthAssessment) -> bool:
    state = MonthAssessment.State(assessment.state)
    if step == ASSESS:
        return state != MonthAssessment.State.DRAFT
    return state == MonthAssessment.State.ACCEPTED


def _until(due_on: datetime.date) -> str:
    late = timezone.localdate() > due_on
    text = _("Overdue since %(day)s.") if late else _("Until %(day)s.")
    return text % {"day": f"{due_on:%d/%m/%Y}"}
