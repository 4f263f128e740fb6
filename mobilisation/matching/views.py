"""Pages of the matching: the lists of a commune, what is decided of each proposal."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.access import reach
from core.documents.downloads import download
from core.formatting import number
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from schools.access_trail import names_shown
from schools.enums import NamesKind
from schools.models import Area

from ..cases.selectors.cases import cases_beside
from ..crumbs import commune_crumbs
from ..models import SurveyRound
from ..surveys.selectors.children import names_in
from ..surveys.selectors.rounds import commune_in, rounds_of
from .selectors import lists as selectors
from .services import list_file
from .services import matching as services

PER_PAGE = 50
CERTAIN_SHOWN = 500
LISTS = ("survey", "decide", "found", "roll")


@requires(P.MANAGE_SURVEY)
@never_cache
@require_safe
def rolls(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Children of the latest round against the rolls: four lists, one at a time."""
    commune, survey_round = _round(request, area_id)
    chosen = request.GET.get("list", LISTS[0])
    if chosen not in LISTS:
        raise Http404
    today = request.scope.date
    lists: dict[str, QuerySet[Any]] = {
        "survey": selectors.to_bring(survey_round, today),
        "decide": selectors.proposals_of(survey_round),
        "found": selectors.found_of(survey_round, today),
        "roll": selectors.on_roll_only(survey_round, today),
    }
    page = Paginator(lists[chosen], PER_PAGE).get_page(request.GET.get("page"))
    rows: list[Any] = list(page)
    certain = list(selectors.certain_of(survey_round)[:CERTAIN_SHOWN]) if chosen == "decide" else []
    pupils = [each.pupil_id for each in [*rows, *certain]] if chosen == "decide" else []
    if chosen == "found":
        pupils = [each.person.match.pupil_id for each in rows]
    places = request.scope.places(P.VIEW_PUPILS)
    spells = selectors.spells_seen(pupils, places, today) if pupils else {}
    if chosen == "decide":
        # Of a pair the pupil too, where the reader may see it.
        shown = len(rows) + sum(each.pupil_id in spells for each in rows) + len(certain)
    else:
        shown = len(rows) if chosen == "roll" else names_in(rows)
    names_shown(request, NamesKind.SURVEY, count=shown)
    missing = [each.person_id for each in rows] if chosen == "survey" else []
    followed = cases_beside(persons=missing).of_person if missing else {}
    url = reverse("mobilisation:rolls", args=[commune.pk])
    context = {
        "commune": commune,
        "round": survey_round,
        "chosen": chosen,
        "today": today,
        "page": page,
        "rows": [
            (row, spells.get(pupil), survey_round.year, followed.get(getattr(row, "person_id", 0)))
            for row, pupil in zip(rows, pupils or [None] * len(rows), strict=False)
        ],
        "certain": [(each, spells.get(each.pupil_id)) for each in certain],
        "certain_count": selectors.certain_of(survey_round).count(),
        "tabs": [
            {
                "label": label,
                "url": f"{url}?list={key}",
                "current": key == chosen,
                "count": lists[key].count(),
            }
            for key, label in zip(
                LISTS,
                (
                    _("To bring to school"),
                    _("To decide"),
                    _("On a roll and found"),
                    _("On a roll, not in the survey"),
                ),
                strict=True,
            )
        ],
        "crumbs": commune_crumbs(commune, _("Survey and rolls")),
    }
    return render(request, "mobilisation/rolls.html", context)


@requires(P.MANAGE_SURVEY)
@never_cache
@require_safe
def to_bring_file(request: ScopedRequest, area_id: int) -> HttpResponseBase:
    """The children to be brought to school, by name, as a file; the trail and an event say so."""
    commune, survey_round = _round(request, area_id)
    entries = list(selectors.to_bring(survey_round, request.scope.date))
    followed = cases_beside(persons=[each.person_id for each in entries]).of_person
    names_shown(request, NamesKind.FILE, count=names_in(entries))
    list_file.note_fetched(survey_round=survey_round, children=len(entries), by=request.user)
    content = list_file.write_to_bring(entries, followed)
    return download(content, name=f"phai-huy-dong-{commune.code}-{survey_round.year}.xlsx")


@requires(P.MANAGE_SURVEY)
@require_POST
def search(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Search the rolls for the children of the latest round."""
    commune, survey_round = _round(request, area_id)
    found = services.search_rolls(survey_round=survey_round, on=request.scope.date, by=request.user)
    messages.success(
        request,
        ngettext(
            "%(count)s possible match found. Look it over.",
            "%(count)s possible matches found. Look them over.",
            found,
        )
        % {"count": number(found)},
    )
    return _to_lists(commune.pk, "decide")


@requires(P.MANAGE_SURVEY)
@require_POST
def confirm_certain(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Confirm all certain matches together."""
    commune, survey_round = _round(request, area_id)
    seen = request.POST.get("seen", "")
    try:
        count = services.confirm_certain(
            survey_round=survey_round,
            seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 7 else -1,
            by=request.user,
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("%(count)s matches confirmed.") % {"count": number(count)})
    return _to_lists(commune.pk, "decide")


@requires(P.MANAGE_SURVEY)
@require_POST
def answer(request: ScopedRequest, proposal_id: int) -> HttpResponse:
    """One child, or two: decide of a proposal."""
    proposal = reach(
        request.scope,
        P.MANAGE_SURVEY,
        lambda places: selectors.proposal_in(places, proposal_id),
    )
    commune_id = proposal.survey_round.commune_id
    if request.POST.get("answer") == "two":
        services.tell_apart(proposal=proposal, by=request.user)
        messages.success(request, _("Noted: they are two children."))
        return _to_lists(commune_id, "decide")
    try:
        services.confirm(proposal=proposal, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Confirmed: it is one child."))
    return _to_lists(commune_id, "decide")


@requires(P.MANAGE_SURVEY)
@require_POST
def undo(request: ScopedRequest, match_id: int) -> HttpResponse:
    """Take a match back."""
    match, area = reach(
        request.scope, P.MANAGE_SURVEY, lambda places: selectors.match_in(places, match_id)
    )
    services.undo(match=match, area=area, by=request.user)
    messages.success(request, _("The match is taken back."))
    return _to_lists(area, "found")


def _round(request: ScopedRequest, area_id: int) -> tuple[Area, SurveyRound]:
    """The commune and its latest round; 404 when it has none."""
    commune = reach(request.scope, P.MANAGE_SURVEY, lambda places: commune_in(places, area_id))
    rounds = rounds_of(commune)
    if not rounds:
        raise Http404
    return commune, rounds[0]


def _to_lists(area_id: int, chosen: str) -> HttpResponse:
    return redirect(f"{reverse('mobilisation:rolls', args=[area_id])}?list={chosen}")
