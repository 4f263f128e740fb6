"""What the pages of plans and those of tasks share."""

from django.http import Http404
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from core.access import reach
from core.permissions import Permission as P

from .. import selectors

PER_PAGE = 30


def managed_plan(request, plan_id):
    """A plan inside the places whose plans the reader draws up; raises Http404."""
    return reach(request.scope, P.MANAGE_ACTIONS, lambda places: selectors.plan_in(places, plan_id))


def item_or_404(request, item_id):
    """A task that the reader may see; raises Http404."""
    found = selectors.item_for(request.scope, item_id)
    if found is None:
        raise Http404
    return found


def crumbs_of_plan(plan=None, *, is_last=False):
    """From the list of plans down to a plan."""
    crumbs = [{"label": _("Plans of action"), "url": reverse("inspections:action_plans")}]
    if plan is not None:
        url = "" if is_last else reverse("inspections:action_plan", args=[plan.pk])
        crumbs.append({"label": plan.title, "url": url})
    return crumbs


def crumbs_of_item(request, item, here):
    """Through the plan for who sees it, else through the tasks."""
    plan = item.plan
    if plan is not None and plan.area_id in request.scope.places_to_read(P.VIEW_ACTIONS).areas:
        above = crumbs_of_plan(plan)
    else:
        above = [{"label": _("Tasks"), "url": reverse("inspections:actions")}]
    url = reverse("inspections:action", args=[item.pk]) if here else ""
    crumbs = [*above, {"label": Truncator(item.what).chars(50), "url": url}]
    return [*crumbs, {"label": here, "url": ""}] if here else crumbs
