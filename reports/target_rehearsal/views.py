"""The page on which a target is tried before it is set."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import localize_input

from core import rules
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from schools.enums import AreaLevel
from schools.models import Area

from ..flagging import Thresholds
from ..selectors.dashboards import area_dashboard
from .forms import RehearsalForm
from .presenter import page_of
from .rehearsal import rehearse
from .selectors import monthly


@requires(P.MANAGE_TARGETS)
def rehearsal(request: ScopedRequest) -> HttpResponse:
    """Try a target on the twelve months before the running one."""
    areas = _areas(request)
    form = RehearsalForm(request.GET or None, areas=areas)
    context: dict[str, object] = {"form": form, "targets_url": reverse("reports:targets")}
    if form.is_valid():
        asked = form.cleaned_data
        month = Month.current().plus(-1)
        table = rules.table(on=month.last)
        board = area_dashboard(area=asked["area"], month=month, level=asked["level"], rules=table)
        target = float(asked["percent"]) / 100
        outcomes = rehearse(monthly(board), target, Thresholds.of(table, asked["level"]))
        wanted = {
            "indicator": "attendance",
            "area": asked["area"].pk,
            "level": asked["level"],
            "percent": localize_input(asked["percent"]),
        }
        context |= {
            "page": page_of(
                outcomes,
                target=target,
                visits=asked["visits"],
                names={row.key: row.name for row in board.children},
                query="?" + urlencode({"level": asked["level"]}),
            ),
            "area": asked["area"],
            "set_url": f"{reverse('reports:targets')}?{urlencode(wanted)}#set",
        }
    return render(request, "reports/target_rehearsal.html", context)


def _areas(request: ScopedRequest) -> list[Area]:
    """The areas with communes of their own whose targets the reader sets, widest first."""
    tree = request.scope.tree
    inside = {
        pk
        for granted in request.scope.areas_granted(P.MANAGE_TARGETS)
        for pk in tree.below(granted)
    }
    found = [area for pk in inside if (area := tree.get(pk)) and area.level < AreaLevel.COMMUNE]
    return sorted(found, key=lambda area: (area.level, area.name_key))
