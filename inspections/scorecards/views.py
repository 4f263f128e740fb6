"""The cards of a committee, one member's card, and what a person decides about it."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import reach
from core.permissions import Permission as P
from core.permissions import requires
from schools.form_refusals import show_refusal

from ..models.scorecards import ADJUST, CONFIRM, SCORECARDS, UNCONFIRM, Scorecard
from ..selectors import committees as committee_selectors
from ..selectors.visits import visits_seen_by
from ..views.crumbs import committee_crumbs
from . import selectors
from .forms import AdjustForm, TakeBackForm
from .services import adjust_score, confirm_scorecard, take_back_confirmation

# More years than these are read by their address.
YEARS_OFFERED = 4


@requires(P.VIEW_COMMITTEES)
def scorecards(request, committee_id):
    """The cards of a committee in a school year: members, sectors, communes."""
    committee = reach(
        request.scope,
        P.VIEW_COMMITTEES,
        lambda places: committee_selectors.committee_in(
            places, committee_id, on=request.scope.date
        ),
        reading=True,
    )
    year, years = _year(request, committee)
    here = reverse("inspections:scorecards", args=[committee.pk])
    return render(
        request,
        "inspections/scorecards.html",
        {
            "crumbs": committee_crumbs(committee, _("Scorecards")),
            "committee": committee,
            "year": year,
            "years": _choices(here, year, years),
            "scores": year
            and selectors.committee_scores(committee, year=year, today=request.scope.date),
        },
    )


@requires(P.VIEW_COMMITTEES, P.RECORD_VISIT)
def scorecard(request, committee_id, member_id):
    """One card, each point with what it was made of."""
    member = _member(request, committee_id, member_id)
    year, years = _year(request, member)
    if year is None:
        raise Http404
    row = selectors.scorecard_of(member, year=year, today=request.scope.date)
    here = reverse("inspections:scorecard", args=[committee_id, member_id])
    kept = row.kept or Scorecard(member=member, year=year)
    manages = _manages(request, member)
    return render(
        request,
        "inspections/scorecard.html",
        {
            "crumbs": _crumbs(request, member, year),
            "member": member,
            "year": year,
            "years": _choices(here, year, years),
            "row": row,
            "scores": _shown(request, row.card),
            "may_adjust": manages and SCORECARDS.may(ADJUST, kept, request.scope),
            "may_confirm": manages and SCORECARDS.may(CONFIRM, kept, request.scope),
            "may_take_back": manages and SCORECARDS.may(UNCONFIRM, kept, request.scope),
            "is_over": year.last_day < request.scope.date,
        },
    )


@requires(P.MANAGE_COMMITTEES)
def score_adjust(request, committee_id, member_id, criterion):
    """Give points for a criterion, with a reason."""
    member, year = _managed(request, committee_id, member_id)
    row = selectors.scorecard_of(member, year=year, today=request.scope.date)
    score = next((each for each in row.card.scores if each.code == criterion), None)
    if score is None:
        raise Http404
    form = AdjustForm(request.POST or None, most=score.most, initial={"points": score.points})
    return _form_page(
        request,
        member,
        year,
        form,
        adjust_score,
        given={"criterion": criterion},
        done=_("The points are changed."),
        title=_("Points for “%(criterion)s”") % {"criterion": score.name},
        action=_("Change the points"),
    )


@requires(P.MANAGE_COMMITTEES)
def scorecard_confirm(request, committee_id, member_id):
    """Confirm a card: its figures are kept."""
    member, year = _managed(request, committee_id, member_id)
    return _form_page(
        request,
        member,
        year,
        None,
        confirm_scorecard,
        done=_("The scorecard is confirmed."),
        title=_("Confirm the scorecard of %(member)s") % {"member": member.full_name},
        action=_("Confirm the scorecard"),
        about=_("Its points stay as they are now, whatever is corrected afterwards."),
    )


@requires(P.MANAGE_COMMITTEES)
def scorecard_take_back(request, committee_id, member_id):
    """Take a confirmation back; the points are worked out anew."""
    member, year = _managed(request, committee_id, member_id)
    return _form_page(
        request,
        member,
        year,
        TakeBackForm(request.POST or None),
        take_back_confirmation,
        done=_("The confirmation is taken back."),
        title=_("Take back the confirmation: %(member)s") % {"member": member.full_name},
        action=_("Take it back"),
        warning=_("The points are worked out again from the figures of now."),
    )


def _year(request, held):
    """(the year asked for, the latest without one, years offered) of a committee or a term."""
    all_years = selectors.years_to_score(request.scope.date, held=held)
    years = list(all_years[:YEARS_OFFERED])
    asked = request.GET.get("year", "")
    if not asked:
        return (years[0] if years else None), years
    year = all_years.filter(code=asked).first()
    if year is None:
        raise Http404
    return year, years


def _choices(here, year, years):
    return [
        {"label": each.code, "url": f"{here}?year={each.code}", "current": each == year}
        for each in years
    ]


def _member(request, committee_id, member_id):
    """A member whose card the reader may open: inside their places, or themselves."""
    return reach(
        request.scope,
        P.VIEW_COMMITTEES,
        lambda places: selectors.member_to_score(
            places, committee_id, member_id, user=request.user
        ),
        reading=True,
    )


def _managed(request, committee_id, member_id):
    member = reach(
        request.scope,
        P.MANAGE_COMMITTEES,
        lambda places: committee_selectors.member_in(places, committee_id, member_id),
    )
    year, _years = _year(request, member)
    if year is None:
        raise Http404
    return member, year


def _manages(request, member):
    return member.committee.area_id in request.scope.places(P.MANAGE_COMMITTEES).areas


def _crumbs(request, member, year):
    if member.committee.area_id in request.scope.places_to_read(P.VIEW_COMMITTEES).areas:
        all_cards = reverse("inspections:scorecards", args=[member.committee_id])
        return [
            *committee_crumbs(member.committee),
            {"label": _("Scorecards"), "url": f"{all_cards}?year={year.code}"},
            {"label": member.full_name, "url": ""},
        ]
    return [
        {"label": _("My inspections"), "url": reverse("inspections:mine")},
        {"label": _("My scorecard"), "url": ""},
    ]


def _shown(request, card):
    """Each score with its items, those that were not reached first, and where they lead."""
    visit_ids = [item.visit_id for score in card.scores for item in score.items if item.visit_id]
    seen = set(
        visits_seen_by(request.user, request.scope)
        .filter(pk__in=visit_ids)
        .values_list("pk", flat=True)
    )
    areas = request.scope.places_to_read(P.VIEW_FIGURES).areas

    def address(item):
        if item.visit_id:
            is_seen = item.visit_id in seen
            return reverse("inspections:visit", args=[item.visit_id]) if is_seen else ""
        if item.commune_id not in areas:
            return ""
        page = "reports:mobilisation" if item.rate else "reports:area"
        asked = {"month": item.month, "level": item.level, "rate": item.rate}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{reverse(page, args=[item.commune_id])}?{query}"

    return [
        {
            "score": score,
            "missed": [(item, address(item)) for item in score.items if not item.reached],
            "met": [(item, address(item)) for item in score.items if item.reached],
        }
        for score in card.scores
    ]


def _form_page(request, member, year, form, service, *, done, given=None, **page):
    """Show the form, or a question without one; when answered call the service and go back."""
    back = reverse("inspections:scorecard", args=[member.committee_id, member.pk])
    back = f"{back}?year={year.code}"
    refusal = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            service(
                member=member,
                year=year,
                **(given or {}),
                **(form.cleaned_data if form is not None else {}),
                by=request.user,
            )
        except ValidationError as error:
            if form is None:
                refusal = " ".join(error.messages)
            else:
                show_refusal(form, error)
        else:
            messages.success(request, done)
            return redirect(back)
    page.setdefault("warning", refusal)
    return render(
        request,
        "inspections/form.html",
        {
            "crumbs": [*_crumbs(request, member, year)[:-1], {"label": page["title"], "url": ""}],
            "form": form,
            "back": back,
            **page,
        },
    )
