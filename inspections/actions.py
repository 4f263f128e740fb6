"""What the flags of a place ask of somebody who drafts plans (see `reports.todo`)."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.todo import Action
from reports.words import month_and_level
from schools.permissions import Permission as P

from .selectors.plans import communes_waiting


def plan_the_flags(scope, *, areas, month, level):
    """Yield the step from flags not yet in a plan to the plans; one query for who drafts."""
    if not scope.may(P.DRAFT_PLANS):
        return
    own = scope.places(P.DRAFT_PLANS).areas & frozenset(areas)
    count = communes_waiting(own, month=month, level=level).count()
    if not count:
        return
    yield Action(
        title=_("Plan inspections."),
        text=waiting_sentence(count, month, level),
        url=reverse("inspections:plans") + f"?month={month}&level={level}",
        action=_("Draft a plan"),
    )


def waiting_sentence(count, month, level):
    """How many communes wait for a plan, of which month and level."""
    return ngettext(
        "%(start)s: %(count)s commune has flags not yet in a plan.",
        "%(start)s: %(count)s communes have flags not yet in a plan.",
        count,
    ) % {"start": month_and_level(month, level), "count": count}
