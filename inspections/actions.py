"""What the flags of a place ask of somebody who drafts plans (see `reports.todo`)."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.todo import Action
from schools.permissions import Permission as P

from .selectors.plans import communes_waiting


def plan_the_flags(scope, *, areas, month, level):
    """Yield the step from flags not yet in a plan to the plans; one query for who drafts."""
    if not scope.may(P.DRAFT_PLANS):
        return
    own = scope.places(P.DRAFT_PLANS).areas & frozenset(areas)
    count = communes_waiting(own, month=month, level=level)
    if not count:
        return
    yield Action(
        title=_("Plan inspections."),
        text=ngettext(
            "%(count)s commune has flags not yet in a plan.",
            "%(count)s communes have flags not yet in a plan.",
            count,
        )
        % {"count": count},
        url=reverse("inspections:plans"),
        action=_("Draft a plan"),
    )
