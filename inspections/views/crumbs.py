"""The way down to a plan, a visit or a committee; only what the reader may open."""

from django.urls import reverse
from django.utils.translation import gettext as _

from core.permissions import Permission as P


def plan_title(plan):
    """Name of a plan as an office writes it."""
    return _("Inspections of %(month)s, %(area)s") % {
        "month": plan.month.strftime("%m/%Y"),
        "area": plan.area.title,
    }


def plan_crumbs(plan):
    """Crumbs that end at the plan."""
    return [
        {"label": _("Plans"), "url": reverse("inspections:plans")},
        {"label": plan_title(plan), "url": reverse("inspections:plan", args=[plan.pk])},
    ]


def waiting_crumbs():
    """Crumbs that end at the communes that wait for a plan."""
    return [
        {"label": _("Plans"), "url": reverse("inspections:plans")},
        {"label": _("Not yet in a plan"), "url": ""},
    ]


def visit_crumbs(request, visit):
    """Crumbs that end at the visit: through the plan for who sees it, else one's own visits."""
    here = {"label": visit.commune.title, "url": ""}
    if visit.plan.area_id in request.scope.places_to_read(P.VIEW_PLANS).areas:
        return [*plan_crumbs(visit.plan), here]
    return [{"label": _("My inspections"), "url": reverse("inspections:mine")}, here]


def committee_crumbs(committee=None, here=""):
    """Crumbs that end at the committee, or at a page `here` below it."""
    crumbs = [{"label": _("Committees"), "url": reverse("inspections:committees")}]
    if committee is not None:
        url = reverse("inspections:committee", args=[committee.pk])
        crumbs.append({"label": committee.name, "url": url})
    return [*crumbs, {"label": here, "url": ""}] if here else crumbs
