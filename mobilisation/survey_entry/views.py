"""Pages on which the survey is entered and corrected: a village, a household, a person."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.access import reach
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from schools.access_trail import names_shown
from schools.crumbs import Crumb
from schools.enums import NamesKind
from schools.form_refusals import show_refusal
from schools.models import Area

from ..crumbs import commune_crumbs
from ..enums import Presence, Residence
from ..models import Household, SurveyEntry, SurveyRound
from ..models.surveys import village_key
from ..surveys.selectors.rounds import commune_in, village_names
from ..surveys.services.rounds import open_round
from . import selectors, services
from .forms import (
    CorrectPersonForm,
    HouseholdForm,
    NewHouseholdForm,
    PersonForm,
    RemoveForm,
    texts_of,
    told_of,
)

PER_PAGE = 100
# So many a device keeps; more than the largest village of the province has.
MOST_HOMES = 500


@requires(P.MANAGE_SURVEY)
@require_POST
def round_open(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Open the round of this year; who lived here in the last one is taken over."""
    commune = reach(request.scope, P.MANAGE_SURVEY, lambda places: commune_in(places, area_id))
    opened = open_round(commune=commune, year=request.scope.date.year, by=request.user)
    messages.success(request, _("The survey of %(year)s is open.") % {"year": opened.year})
    return redirect("mobilisation:commune", commune.pk)


@requires(P.MANAGE_SURVEY)
@never_cache
@require_safe
def households(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Households of a village in the latest round."""
    commune, survey_round = _commune(request, area_id)
    key = village_key(request.GET.get("village", "")[:120])
    wanted = request.GET.get("find", "")[:100]
    everybody = selectors.homes_of(survey_round, key)
    if not everybody:
        raise Http404
    homes = selectors.found_among(everybody, wanted)
    page = Paginator(homes, PER_PAGE).get_page(request.GET.get("page"))
    name = everybody[0].household.village
    kept = _to_keep(survey_round, key, everybody) if "take" in request.GET else None
    if kept is None:
        names_shown(request, NamesKind.SURVEY, count=_heads(each.household for each in page))
    else:
        named = sum(bool(each["head"]) + len(each["people"]) for each in kept["homes"])
        names_shown(request, NamesKind.DEVICE_LIST, count=named)
    context = {
        "commune": commune,
        "round": survey_round,
        "name": name,
        "key": key,
        "wanted": wanted,
        "page": page,
        "homes": homes,
        "kept": kept,
        "not_kept": len(everybody) - MOST_HOMES,
        "not_asked": sum(each.not_asked for each in homes),
        "people": sum(each.people for each in homes),
        "crumbs": commune_crumbs(commune, name),
    }
    return render(request, "mobilisation/entry/households.html", context)


def _to_keep(
    survey_round: SurveyRound, key: str, homes: list[selectors.HouseholdInRound]
) -> dict[str, Any]:
    """What a device keeps of a village, to enter and correct it without a signal (ADR 90)."""
    people = selectors.people_of_village(survey_round, key)
    return {
        "area": survey_round.commune_id,
        "key": key,
        "village": homes[0].household.village,
        "homes": [
            {
                "number": home.household.form_number,
                "head": home.household.head_name,
                "people": [
                    {
                        "person": entry.person_id,
                        "seen": selectors.seen_of(entry),
                        "asked": not entry.is_carried,
                        "told": texts_of(entry),
                    }
                    for entry in people.get(home.household.pk, ())
                ],
            }
            for home in homes[:MOST_HOMES]
        ],
    }


def _heads(homes: Iterable[Household]) -> int:
    """How many heads of households a list names."""
    return sum(bool(each.head_name) for each in homes)


def _names_another(refusal: ValidationError | None) -> int:
    """How many names a refusal tells."""
    return int(isinstance(refusal, services.NumberOfAnother))


@requires(P.MANAGE_SURVEY)
@never_cache
def household_add(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Enter a household."""
    commune, survey_round = _commune(request, area_id)
    village = request.GET.get("village", "")[:100]
    form = NewHouseholdForm(
        request.POST or None,
        year=survey_round.year,
        initial={"village": village, "residence": Residence.PERMANENT},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.add_household(
                commune=commune,
                village=form.line.values["village"],
                values=form.values,
                by=request.user,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The household is entered. Now add who lives there."))
            return redirect("mobilisation:household", made.pk)
    context = {
        "form": form,
        "title": _("Enter a household"),
        "about": f"{commune} · {survey_round.year}",
        "villages": village_names(commune).values(),
        "back": reverse("mobilisation:commune", args=[commune.pk]),
        "crumbs": commune_crumbs(commune, _("Enter a household")),
    }
    return render_form(request, "mobilisation/entry/household_form.html", context)


@requires(P.MANAGE_SURVEY)
@never_cache
@require_safe
def household(request: ScopedRequest, household_id: int) -> HttpResponse:
    """A household and its people."""
    found, survey_round = _household(request, household_id)
    people = selectors.people_of(survey_round, found)
    named = sum(each.person.is_named for each in people)
    names_shown(request, NamesKind.SURVEY, count=named + _heads([found]))
    context = {
        "household": found,
        "round": survey_round,
        "people": [each for each in people if each.removed_at is None],
        "removed": [each for each in people if each.removed_at is not None],
        "crumbs": _crumbs(found),
    }
    return render(request, "mobilisation/entry/household.html", context)


@requires(P.MANAGE_SURVEY)
@never_cache
def household_change(request: ScopedRequest, household_id: int) -> HttpResponse:
    """Correct what is on record of a household."""
    found, survey_round = _household(request, household_id)
    names_shown(request, NamesKind.SURVEY, count=_heads([found]))
    names = ("form_number", "head_name", "phone", "address", "residence")
    form = HouseholdForm(
        request.POST or None,
        year=survey_round.year,
        initial={name: getattr(found, name) for name in names}
        | {"seen": selectors.seen_of_household(found)},
    )
    if request.method == "POST" and form.is_valid():
        refusal = _refusal_of(
            form,
            lambda: services.change_household(
                household=found,
                values=form.values,
                seen=form.cleaned_data["seen"],
                by=request.user,
            ),
        )
        if refusal is None:
            messages.success(request, _("The household is saved."))
            return redirect("mobilisation:household", found.pk)
    context = {
        "form": form,
        "title": _("Correct the household"),
        "about": f"{found} · {found.commune}",
        "back": reverse("mobilisation:household", args=[found.pk]),
        "crumbs": _crumbs(found, _("Correct the household")),
    }
    return render_form(request, "mobilisation/entry/household_form.html", context)


@requires(P.MANAGE_SURVEY)
@never_cache
def person_add(request: ScopedRequest, household_id: int) -> HttpResponse:
    """Enter somebody of a household."""
    found, survey_round = _household(request, household_id)
    form = PersonForm(
        request.POST or None, year=survey_round.year, initial={"presence": Presence.LIVES}
    )
    alike: list[SurveyEntry] = []
    others = 0
    if request.method == "POST" and form.is_valid():
        try:
            services.add_person(
                household=found,
                line=form.line,
                is_another=form.cleaned_data["is_another"],
                by=request.user,
            )
        except services.PossiblyKnown as error:
            alike = error.entries
            others = len(alike)
            form.offer_another()
            form.add_error("is_another", error)
        except ValidationError as error:
            others = _names_another(error)
            show_refusal(form, error)
        else:
            messages.success(
                request, _("%(name)s is entered.") % {"name": form.line.values["full_name"]}
            )
            return redirect("mobilisation:household", found.pk)
    names_shown(request, NamesKind.SURVEY, count=_heads([found]) + others)
    context = {
        "form": form,
        "alike": alike,
        "title": _("Add a person"),
        "about": _about(found),
        "back": reverse("mobilisation:household", args=[found.pk]),
        "crumbs": _crumbs(found, _("Add a person")),
    }
    return render_form(request, "mobilisation/entry/person_form.html", context)


@requires(P.MANAGE_SURVEY)
@never_cache
def person(request: ScopedRequest, person_id: int) -> HttpResponse:
    """Correct what is on record of somebody, or say that it is so this year too."""
    entry = _entry(request, person_id)
    if entry.removed_at is not None:
        return redirect("mobilisation:household", entry.household_id)
    survey_round, home = entry.survey_round, entry.household
    homes = [each.household for each in selectors.homes_of(survey_round, home.village_key)]
    # The person, and the heads among whom to choose.
    named = 1 + _heads(homes)
    refusal: ValidationError | None = None
    form = CorrectPersonForm(
        request.POST or None,
        year=survey_round.year,
        homes=homes,
        initial=told_of(entry) | {"seen": selectors.seen_of(entry)},
    )
    if request.method == "POST" and form.is_valid():
        to = next(each for each in homes if each.pk == form.cleaned_data["household"])
        refusal = _refusal_of(
            form,
            lambda: services.change_person(
                entry=entry,
                household=to,
                line=form.line,
                seen=form.cleaned_data["seen"],
                by=request.user,
            ),
        )
        if refusal is None:
            messages.success(
                request, _("%(name)s is saved.") % {"name": form.line.values["full_name"]}
            )
            return redirect("mobilisation:household", to.pk)
    names_shown(request, NamesKind.SURVEY, count=named + _names_another(refusal))
    context = {
        "form": form,
        "entry": entry,
        "title": entry.person.full_name,
        "about": _about(home),
        "back": reverse("mobilisation:household", args=[home.pk]),
        "crumbs": _crumbs(home, entry.person.full_name),
    }
    return render_form(request, "mobilisation/entry/person_form.html", context)


@requires(P.MANAGE_SURVEY)
@never_cache
def person_remove(request: ScopedRequest, person_id: int) -> HttpResponse:
    """Mark somebody who does not belong into the round."""
    entry = _entry(request, person_id)
    names_shown(request, NamesKind.SURVEY, count=1)
    form = RemoveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.remove_person(entry=entry, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("%(name)s is removed.") % {"name": entry.person.full_name})
            return redirect("mobilisation:household", entry.household_id)
    back = reverse("mobilisation:person", args=[entry.person_id])
    context = {
        "form": form,
        "title": _("Remove from the survey"),
        "about": f"{entry.person.full_name} · {entry.household}",
        "case": selectors.followed_alone(entry),
        "back": back,
        "crumbs": _crumbs(entry.household, _("Remove from the survey")),
    }
    return render_form(request, "mobilisation/entry/remove.html", context)


@requires(P.MANAGE_SURVEY)
@require_POST
def person_restore(request: ScopedRequest, person_id: int) -> HttpResponse:
    """Put back who was removed."""
    entry = _entry(request, person_id)
    try:
        services.restore_person(entry=entry, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(
            request, _("%(name)s is in the survey again.") % {"name": entry.person.full_name}
        )
    return redirect("mobilisation:household", entry.household_id)


def _refusal_of(
    form: HouseholdForm | CorrectPersonForm, service: Callable[[], Any]
) -> ValidationError | None:
    """Why a correction was not saved, which the form then says, with what is seen now; or None."""
    try:
        service()
    except services.ChangedMeanwhile as error:
        form.data = dict(form.data.items()) | {"seen": error.seen}
        form.add_error(None, error)
        return error
    except ValidationError as error:
        show_refusal(form, error)
        return error
    return None


def _commune(request: ScopedRequest, area_id: int) -> tuple[Area, SurveyRound]:
    commune = reach(request.scope, P.MANAGE_SURVEY, lambda places: commune_in(places, area_id))
    return commune, _round_of(commune)


def _household(request: ScopedRequest, household_id: int) -> tuple[Household, SurveyRound]:
    found = reach(
        request.scope,
        P.MANAGE_SURVEY,
        lambda places: selectors.household_in(places, household_id),
    )
    return found, _round_of(found.commune)


def _round_of(commune: Area) -> SurveyRound:
    found = selectors.latest_round(commune)
    if found is None:
        raise Http404
    return found


def _entry(request: ScopedRequest, person_id: int) -> SurveyEntry:
    return reach(
        request.scope, P.MANAGE_SURVEY, lambda places: selectors.entry_in(places, person_id)
    )


def _about(home: Household) -> str:
    return " · ".join(filter(None, (home.village, home.form_number, home.head_name)))


def _crumbs(home: Household, here: str = "") -> list[Crumb]:
    village = reverse("mobilisation:households", args=[home.commune_id])
    crumbs: list[Crumb] = [
        *commune_crumbs(home.commune),
        {"label": home.village, "url": f"{village}?{urlencode({'village': home.village_key})}"},
        {"label": home.form_number, "url": reverse("mobilisation:household", args=[home.pk])},
    ]
    return [*crumbs, {"label": here, "url": ""}] if here else crumbs
