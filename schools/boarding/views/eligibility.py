"""Which schools meet the rules for semi-boarding schools: of an area, and of one school."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from core.access import reach
from core.formatting import number
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest, StrOrPromise

from ...areas.selectors.tree import AreaTree, area_in
from ...crumbs import school_crumbs
from ...directory.selectors.schools import commune_of, school_in
from ...models import Area, School
from ..judging import Condition, Judgement, Verdict
from ..rule_sets import in_force
from ..selectors import eligibility as selectors
from ..selectors.eligibility import Group, Standing
from ..selectors.schemes import schemes_of, standing_schemes

PER_PAGE = 50
STATES = {
    Verdict.MET: "good",
    Verdict.NOT_MET: "low",
    Verdict.NOBODY: "unknown",
    Verdict.NO_RULES: "unknown",
}
WORDS: dict[Verdict, StrOrPromise] = {
    Verdict.MET: gettext_lazy("Met"),
    Verdict.NOT_MET: gettext_lazy("Not met"),
    Verdict.NOBODY: gettext_lazy("No pupils on the roll"),
    Verdict.NO_RULES: gettext_lazy("No rules of that day"),
}
GROUPS: dict[Group, StrOrPromise] = {
    Group.READY: gettext_lazy("Meet, not converted"),
    Group.LOSING: gettext_lazy("Converted, no longer meet"),
    Group.COMING: gettext_lazy("Will meet next year"),
    Group.CONVERTED: gettext_lazy("Converted"),
    Group.OTHER: gettext_lazy("Do not meet"),
}


@requires(P.VIEW_FIGURES)
@require_safe
def area(request: ScopedRequest, area_id: int) -> HttpResponse:
    """The schools of an area by the rules: those that meet them and are not converted first."""
    found: Area = reach(
        request.scope,
        P.VIEW_FIGURES,
        lambda places: area_in(places, area_id),
        reading=True,
    )
    today = request.scope.date
    day, _year = selectors.day_counted(today=today)
    standings = selectors.standings_in(found, today=today)
    counts = selectors.count_groups(standings)
    asked = request.GET.get("group", "")
    group = next((each for each in Group if each == asked), None)
    shown = [each for each in standings if group is None or each.group == group]
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    schemes = standing_schemes([each.school.pk for each in page])
    tree = AreaTree.on(day)
    may_open = request.scope.places_to_read(P.VIEW_SCHOOL)
    return render(
        request,
        "schools/boarding_area.html",
        {
            "crumbs": [
                {"label": found.title, "url": reverse("reports:area", args=[found.pk])},
                {"label": _("Semi-boarding schools"), "url": ""},
            ],
            "area": found,
            "day": day,
            "rules": in_force(day),
            "finding": _finding(found, counts),
            "kinds": _segments(counts, len(standings), group),
            "page": page,
            "rows": [
                {
                    "standing": each,
                    "commune": tree.get(each.commune_id),
                    "url": _url(each) if may_open.areas else "",
                    "badge": badge(each.judgement),
                    "short": short_of(each.judgement),
                    "next": badge(each.next_year),
                    "group": GROUPS[each.group],
                    "scheme": schemes.get(each.school.pk),
                    "whole": each.whole,
                }
                for each in page
            ],
        },
    )


@requires(P.VIEW_SCHOOL)
@require_safe
def school(request: ScopedRequest, school_id: int) -> HttpResponse:
    """How a school stands to the rules today, stood before, will stand; and its schemes."""
    found: School = reach(
        request.scope, P.VIEW_SCHOOL, lambda places: school_in(places, school_id), reading=True
    )
    today = request.scope.date
    day, year = selectors.day_counted(today=today)
    commune = commune_of(found, on=day)
    standing = selectors.standing_of(found, commune.pk if commune else None, today=today)
    schemes = schemes_of(found)
    context: dict[str, Any] = {
        "crumbs": school_crumbs(request, found, _("Semi-boarding school")),
        "school": found,
        "day": day,
        "year": year,
        "standing": standing,
        "rules": in_force(day),
        "next_rules": in_force(selectors.same_day(day, 1)),
        "schemes": schemes,
        "may_support": request.scope.may(P.VIEW_PUPILS),
    }
    if standing is not None:
        places = request.scope.places(P.APPRAISE_SCHEMES)
        goes_on = any(each.state not in ("approved", "withdrawn") for each in schemes)
        meets = Verdict.MET in (standing.judgement.verdict, standing.next_year.verdict)
        context |= {
            "badge": badge(standing.judgement),
            "short": short_of(standing.judgement),
            "conditions": [shown(each) for each in standing.judgement.conditions],
            "has_ways": len(standing.judgement.ways) > 1,
            "next_badge": badge(standing.next_year),
            "next_conditions": [shown(each) for each in standing.next_year.conditions],
            "trend": [
                {"row": each, "badge": badge(each.judgement), "whole": each.whole}
                for each in selectors.trend_of(found, today=today)
            ],
            "may_review": meets
            and not standing.is_converted
            and not goes_on
            and school_in(places, found.pk) is not None,
        }
    return render(request, "schools/boarding_school.html", context)


def badge(judgement: Judgement) -> dict[str, StrOrPromise]:
    """State and word of a verdict, for `components/_badge.html`."""
    return {"state": STATES[judgement.verdict], "word": WORDS[judgement.verdict]}


def shown(condition: Condition) -> dict[str, Any]:
    """A condition as a row of a table."""
    return {
        "condition": condition,
        "least": float(condition.least) / 100,
        "badge": {
            "state": "good" if condition.is_met else "low",
            "word": _("Met") if condition.is_met else _("Not met"),
        },
    }


def short_of(judgement: Judgement) -> str:
    """How many pupils a school that fails is short of, in words; empty for another one."""
    if judgement.verdict != Verdict.NOT_MET or not judgement.lacking:
        return ""
    return ngettext("%(count)s pupil short", "%(count)s pupils short", judgement.lacking) % {
        "count": number(judgement.lacking)
    }


def _finding(area: Area, counts: Any) -> str:
    return _(
        "%(area)s: %(ready)s schools meet the rules and are not converted; %(losing)s are "
        "converted and no longer meet them."
    ) % {
        "area": area.title,
        "ready": number(counts[Group.READY]),
        "losing": number(counts[Group.LOSING]),
    }


def _segments(counts: Any, total: int, group: Group | None) -> list[dict[str, Any]]:
    choices = [{"label": f"{_('All')} ({number(total)})", "url": "?", "current": group is None}]
    return choices + [
        {
            "label": f"{words} ({number(counts[each])})",
            "url": f"?group={each}",
            "current": each == group,
        }
        for each, words in GROUPS.items()
        if counts[each]
    ]


def _url(standing: Standing) -> str:
    return reverse("schools:boarding_school", args=[standing.school.pk])
