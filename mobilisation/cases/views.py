"""Pages of following: lists of cases, one case, what is done about it."""

import datetime
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import rules
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from schools.access_trail import names_shown
from schools.crumbs import Crumb
from schools.enums import NamesKind
from schools.form_refusals import show_refusal

from ..apps import CASE_DAYS
from ..models.cases import (
    CASES,
    CHANGE,
    CLOSE,
    REOPEN,
    VISIT,
    ChildCase,
    cause_names,
    places_followed,
)
from . import services
from .forms import ChangeForm, CloseForm, OpenForm, VisitForm
from .selectors import cases as selectors
from .selectors import counts as figures
from .selectors.children import Child, account, child_of_person, child_of_pupil, who_may_answer

PER_PAGE = 50
# A round of visits on paper; more than a team sees in a week.
ROUND = 200


@requires(P.FOLLOW_CHILDREN)
@never_cache
@require_safe
def cases(request: ScopedRequest) -> HttpResponse:
    """Children being followed in the reader's places, by village; one of `LISTS` at a time."""
    today, user = request.scope.date, request.user
    chosen = request.GET.get("list", "")
    if chosen and chosen not in selectors.LISTS:
        raise Http404
    found = selectors.followed_by(request.scope)
    counts = selectors.counts_of(found, user=user, today=today)
    chosen = chosen or ("mine" if counts["mine"] else "open")
    listed = found.filter(selectors.which(chosen, user=user, today=today))
    villages = selectors.villages_of(listed)
    village = request.GET.get("village", "")
    if village in dict(villages):
        listed = listed.filter(village_key=village)
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    places = places_followed(request.scope)
    rows = selectors.rows_of(page.object_list, places=places, today=today)
    names_shown(request, NamesKind.RISKS, count=selectors.names_in(rows))
    url = reverse("mobilisation:cases")
    labels = {
        "mine": _("Mine"),
        "open": _("Being followed"),
        "late": _("Past the deadline"),
        "returned": _("Came back"),
        "closed": _("Closed otherwise"),
    }
    context = {
        "chosen": chosen,
        "rows": rows,
        "page": page,
        "today": today,
        "tabs": [
            {
                "label": label,
                "url": f"{url}?list={key}",
                "current": key == chosen,
                "count": counts[key],
            }
            for key, label in labels.items()
        ],
        "villages": villages,
        "village": village if village in dict(villages) else "",
        "may_compare": not request.scope.places(P.VIEW_FIGURES).only_classes,
    }
    return render(request, "mobilisation/cases/list.html", context)


@requires(P.VIEW_FIGURES)
@require_safe
def counts(request: ScopedRequest) -> HttpResponse:
    """How many children are followed, late and back, by commune; without names."""
    places, tree = request.scope.places(P.VIEW_FIGURES), request.scope.tree
    here = [area for area in tree.communes() if area.pk in places.areas]
    if not here:
        raise Http404
    today, history = request.scope.date, request.scope.history
    since = figures.year_began(today)
    ids = [area.pk for area in here]
    found = figures.counts_by_commune(ids, history, today=today, since=since)
    groups: dict[str, list[Any]] = {}
    # The others are named above the table.
    for area in (each for each in here if each.pk in found):
        above = tree.ancestors(area.pk)[-2:-1]
        groups.setdefault(above[0].title if above else "", []).append((area, found[area.pk]))
    context = {
        "groups": [
            (name, rows, sum((each for _area, each in rows), figures.Counts()))
            for name, rows in groups.items()
        ],
        "total": sum(found.values(), figures.Counts()),
        "without": [area.title for area in here if area.pk not in found],
        "causes": figures.causes_of(ids, history),
        "since": since,
        "may_follow": request.scope.may(P.FOLLOW_CHILDREN),
        "crumbs": [
            {"label": _("Children of the communes"), "url": reverse("mobilisation:communes")},
            {"label": _("Children followed, by commune"), "url": ""},
        ],
    }
    return render(request, "mobilisation/cases/counts.html", context)


@requires(P.FOLLOW_CHILDREN)
@never_cache
@require_safe
def visiting_round(request: ScopedRequest) -> HttpResponse:
    """Open cases to take along on a round of visits, of one village or of all: on paper, and kept
    by the device, which opens them without a signal (static/js/visiting_round.js; ADR 90)."""
    today = request.scope.date
    listed = selectors.followed_by(request.scope).filter(state=ChildCase.State.OPEN)
    chosen = "mine" if request.GET.get("list") == "mine" else "open"
    if chosen == "mine":
        listed = listed.filter(owner=request.user)
    if village := request.GET.get("village", "")[:120]:
        listed = listed.filter(village_key=village)
    places = places_followed(request.scope)
    rows = selectors.rows_of(listed[:ROUND], places=places, today=today)
    names_shown(request, NamesKind.DEVICE_LIST, count=selectors.names_in(rows))
    context = {
        "rows": rows,
        "total": listed.count(),
        "today": today,
        "chosen": chosen,
        "village_key": village,
        "crumbs": _crumbs(_("Round of visits")),
        "village": rows[0].case.village if rows and village else "",
    }
    return render(request, "mobilisation/cases/round.html", context)


@requires(P.FOLLOW_CHILDREN)
@never_cache
def open_of_person(request: ScopedRequest, person_id: int) -> HttpResponse:
    """Begin to follow a child of the survey."""
    child = child_of_person(places_followed(request.scope), person_id)
    return _open(request, child)


@requires(P.FOLLOW_CHILDREN)
@never_cache
def open_of_pupil(request: ScopedRequest, pupil_id: int) -> HttpResponse:
    """Begin to follow a pupil."""
    places = places_followed(request.scope)
    child = child_of_pupil(places, pupil_id, on=request.scope.date)
    return _open(request, child)


@requires(P.FOLLOW_CHILDREN)
@never_cache
def case(request: ScopedRequest, case_id: int) -> HttpResponse:
    """One child: why, who answers, what was found at its home; a visit is noted here."""
    found = _case(request, case_id)
    places, today = places_followed(request.scope), request.scope.date
    (row,) = selectors.rows_of([found], places=places, today=today)
    form = VisitForm(
        request.POST or None,
        initial={"made_on": request.scope.date, "who": str(request.user), "way": "visit"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.add_visit(case=found, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The visit is noted."))
            return redirect("mobilisation:case", found.pk)
    context = {
        "row": row,
        "case": found,
        "causes": cause_names([each.cause for each in found.causes.all()]),
        "visits": found.visits.select_related("recorded_by"),
        "form": form if CASES.may(VISIT, found, request.scope) else None,
        "may_change": CASES.may(CHANGE, found, request.scope),
        "may_close": CASES.may(CLOSE, found, request.scope),
        "may_reopen": CASES.may(REOPEN, found, request.scope),
        "may_see_pupil": row.spell is not None
        and request.scope.may(P.VIEW_PUPILS)
        and request.scope.places(P.VIEW_PUPILS).names(row.spell.school_class),
        "today": request.scope.date,
        "crumbs": _crumbs(found.child_name),
    }
    return render_form(request, "mobilisation/cases/case.html", context)


@requires(P.FOLLOW_CHILDREN)
@never_cache
def change(request: ScopedRequest, case_id: int) -> HttpResponse:
    """Another owner, deadline, village or reasons."""
    found = _case(request, case_id)
    form = ChangeForm(
        request.POST or None,
        owners=who_may_answer(found, by=request.user, on=request.scope.date),
        initial={
            "owner": found.owner_id,
            "due_on": found.due_on,
            "village": found.village,
            "causes": [each.cause for each in found.causes.all()],
        },
    )
    return _decide(
        request,
        found,
        form,
        lambda **told: services.change_case(
            case=found, by=request.user, **told | {"owner": account(told["owner"])}
        ),
        done=_("The case is changed."),
        title=_("Change the case"),
        action=_("Save"),
    )


@requires(P.FOLLOW_CHILDREN)
@never_cache
def close(request: ScopedRequest, case_id: int) -> HttpResponse:
    """Say what came of it."""
    found = _case(request, case_id)
    return _decide(
        request,
        found,
        CloseForm(request.POST or None, initial={"closed_on": request.scope.date}),
        lambda **told: services.close_case(case=found, by=request.user, **told),
        done=_("What came of it is noted; the case is closed."),
        title=_("What came of it"),
        action=_("Close the case"),
    )


@requires(P.FOLLOW_CHILDREN)
@require_POST
def reopen(request: ScopedRequest, case_id: int) -> HttpResponse:
    """Follow the child again."""
    found = _case(request, case_id)
    try:
        services.reopen_case(case=found, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The child is followed again."))
    return redirect("mobilisation:case", found.pk)


def _open(request: ScopedRequest, child: Child | None) -> HttpResponse:
    if child is None:
        raise Http404
    known = services.open_case_of(child)
    if known is not None and request.method != "POST":
        return redirect("mobilisation:case", known.pk)
    pupil = child.pupil.pk if child.pupil else None
    names_shown(request, NamesKind.RISKS, pupil=pupil)
    today = request.scope.date
    days = int(rules.value(CASE_DAYS, on=today))
    form = OpenForm(
        request.POST or None,
        owners=who_may_answer(child, by=request.user, on=today),
        initial={
            "kind": _kind(request, child),
            "owner": request.user.pk,
            "due_on": today + datetime.timedelta(days=days),
        },
    )
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            made = services.open_case(
                child=child, by=request.user, **told | {"owner": account(told["owner"])}
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The child is followed from today on."))
            return redirect("mobilisation:case", made.pk)
    context = {
        "form": form,
        "about": child.name,
        "title": _("Follow a child"),
        "action": _("Follow this child"),
        "back": reverse("mobilisation:cases"),
        "crumbs": _crumbs(_("Follow a child")),
    }
    return render_form(request, "mobilisation/cases/form.html", context)


def _kind(request: ScopedRequest, child: Child) -> str:
    """Why a child would be followed: as the list says it comes from, else as the rolls do."""
    told = request.GET.get("kind", "")
    if told in ChildCase.Kind.values:
        return told
    is_there = child.is_on_a_roll(request.scope.date)
    return ChildCase.Kind.DRIFTING if is_there else ChildCase.Kind.NOT_ENROLLED


def _decide(
    request: ScopedRequest,
    found: ChildCase,
    form: Form,
    service: Callable[..., Any],
    *,
    done: str,
    title: str,
    action: str,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            service(**form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, done)
            return redirect("mobilisation:case", found.pk)
    back = reverse("mobilisation:case", args=[found.pk])
    context = {
        "form": form,
        "about": found.child_name,
        "title": title,
        "action": action,
        "back": back,
        "crumbs": [
            *_crumbs(),
            {"label": found.child_name, "url": back},
            {"label": title, "url": ""},
        ],
    }
    return render_form(request, "mobilisation/cases/form.html", context)


def _case(request: ScopedRequest, case_id: int) -> ChildCase:
    found = selectors.case_for(request.scope, case_id)
    if found is None:
        raise Http404
    names_shown(request, NamesKind.RISKS, pupil=found.pupil_id)
    return found


def _crumbs(here: str = "") -> list[Crumb]:
    first: Crumb = {"label": _("Children followed"), "url": reverse("mobilisation:cases")}
    return [first, {"label": here, "url": ""}] if here else [first]
