"""The cards of a committee, one member's card, and what a person decides about it."""

from collections import defaultdict
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.access import reach
from core.documents.downloads import DOCX, XLSX, download
from core.permissions import Permission as P
from core.permissions import requires
from reports.papers.files import paper_file
from schools.asking import ask
from schools.directory.year_choices import year_choices

from ..models.scorecards import ADJUST, CONFIRM, MOST_POINTS, SCORECARDS, UNCONFIRM, Scorecard
from ..selectors import committees as committee_selectors
from ..selectors.visits import visits_seen_by
from ..views.crumbs import committee_crumbs
from . import exports, selectors
from .criteria import (
    add_criterion,
    change_criterion,
    criteria_to_show,
    criterion_on,
    end_criterion,
    totals_from,
)
from .forms import AdjustForm, CriterionForm, EndCriterionForm, NewCriterionForm, TakeBackForm
from .services import adjust_score, confirm_scorecard, take_back_confirmation

# More years than these are read by their address.
YEARS_OFFERED = 4


@requires(P.VIEW_COMMITTEES)
def scorecards(request, committee_id):
    """The cards of a committee in a school year: members, organisations, communes."""
    committee = _committee(request, committee_id)
    year, years = _year(request, committee)
    return render(
        request,
        "inspections/scorecards.html",
        {
            "crumbs": committee_crumbs(committee, _("Scorecards")),
            "committee": committee,
            "may_change_criteria": P.MANAGE_CRITERIA in request.scope.permissions,
            "year": year,
            "years": year_choices(request, years, year),
            "scores": year
            and selectors.committee_scores(committee, year=year, today=request.scope.date),
        },
    )


@requires(P.VIEW_COMMITTEES)
def scorecards_file(request, committee_id, extension):
    """The cards of a committee in a school year as a file, made for whoever may see them now."""
    if extension not in FILES:
        raise Http404
    committee = _committee(request, committee_id)
    year, _years = _year(request, committee)
    if year is None:
        raise Http404
    scores = selectors.committee_scores(committee, year=year, today=request.scope.date)
    # A paper of a Vietnamese office, whatever language its reader has chosen for the pages.
    with translation.override(settings.LANGUAGE_CODE):
        content = FILES[extension](committee, year, scores)
    return download(
        content,
        name=f"phieu-thi-dua-{year.code}-{committee.pk}.{extension}",
        content_type=CONTENT_TYPES[extension],
    )


@requires(P.VIEW_COMMITTEES, P.RECORD_VISIT)
def scorecard(request, committee_id, member_id):
    """One card, each point with what it was made of."""
    member = _member(request, committee_id, member_id)
    year, years = _year(request, member)
    if year is None:
        raise Http404
    row = selectors.scorecard_of(member, year=year, today=request.scope.date)
    kept = row.kept or Scorecard(member=member, year=year)
    manages = _manages(request, member)
    return render(
        request,
        "inspections/scorecard.html",
        {
            "crumbs": _crumbs(request, member, year),
            "member": member,
            "year": year,
            "years": year_choices(request, years, year),
            "row": row,
            "scores": _shown(request, row.card),
            "ended": selectors.given_for_ended(row),
            "may_adjust": manages and SCORECARDS.may(ADJUST, kept, request.scope),
            "may_confirm": manages and SCORECARDS.may(CONFIRM, kept, request.scope),
            "may_take_back": manages and SCORECARDS.may(UNCONFIRM, kept, request.scope),
            "is_over": year.last_day < request.scope.date,
        },
    )


@requires(P.MANAGE_CRITERIA)
def score_adjust(request, committee_id, member_id, criterion):
    """Give points for a criterion, with a reason."""
    member, year = _managed(request, committee_id, member_id)
    row = selectors.scorecard_of(member, year=year, today=request.scope.date)
    score = next((each for each in row.card.scores if each.code == criterion), None)
    if score is None:
        raise Http404
    form = AdjustForm(request.POST or None, most=score.most, initial={"points": score.points})
    return _ask(
        request,
        member,
        year,
        form,
        adjust_score,
        {"criterion": criterion},
        done=_("The points are changed."),
        title=_("Points for “%(criterion)s”") % {"criterion": score.name},
        action=_("Change the points"),
    )


@requires(P.MANAGE_CRITERIA)
def scorecard_confirm(request, committee_id, member_id):
    """Confirm a card: its figures are kept."""
    member, year = _managed(request, committee_id, member_id)
    return _ask(
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


@requires(P.MANAGE_CRITERIA)
def scorecard_take_back(request, committee_id, member_id):
    """Take a confirmation back; the points are worked out anew."""
    member, year = _managed(request, committee_id, member_id)
    return _ask(
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


@requires(P.MANAGE_CRITERIA)
def criteria(request):
    """The criteria in force, and those decided for a day to come, with their sources."""
    today = request.scope.date
    rows = criteria_to_show(today)
    newest = {each.code: each.pk for each in rows}
    totals = totals_from(rows, today)
    return render(
        request,
        "inspections/criteria.html",
        {
            "crumbs": [*committee_crumbs(None, _("Scoring criteria"))],
            "rows": [
                {"criterion": each, "is_newest": newest[each.code] == each.pk} for each in rows
            ],
            "totals": totals,
            "is_uneven": any(each.points != MOST_POINTS for each in totals),
            "most": MOST_POINTS,
            "today": today,
        },
    )


@requires(P.MANAGE_CRITERIA)
def criterion_add(request):
    """One more criterion from a day on."""
    today = request.scope.date
    counted = defaultdict(list)
    for each in criteria_to_show(today):
        if not each.valid_to:
            counted[each.measure].append(each.short_name)
    return _ask_criterion(
        request,
        NewCriterionForm(request.POST or None, counted=counted),
        add_criterion,
        {},
        done=_("The criterion counts from that day on."),
        title=_("A new criterion"),
        about=_totals_said(today),
        action=_("Add the criterion"),
    )


@requires(P.MANAGE_CRITERIA)
def criterion_change(request, code):
    """A new version of a criterion from a day on."""
    found = _criterion(request, code)
    initial = {name: getattr(found, name) for name in ("name", "short_name", "points")}
    return _ask_criterion(
        request,
        CriterionForm(request.POST or None, initial=initial),
        change_criterion,
        {"criterion": found},
        done=_("The criterion is changed from that day on."),
        title=_("Change the criterion “%(criterion)s”") % {"criterion": found.name},
        about=f"{found.get_measure_display()}. {_totals_said(request.scope.date)}",
        action=_("Save"),
    )


@requires(P.MANAGE_CRITERIA)
def criterion_end(request, code):
    """A criterion no longer counted from a day on."""
    found = _criterion(request, code)
    return _ask_criterion(
        request,
        EndCriterionForm(request.POST or None),
        end_criterion,
        {"criterion": found},
        done=_("The criterion no longer counts from that day on."),
        title=_("Count the criterion “%(criterion)s” no longer") % {"criterion": found.name},
        about=_("It gives %(points)s points at most. %(totals)s")
        % {"points": found.points, "totals": _totals_said(request.scope.date)},
        action=_("Count it no longer"),
    )


def _criterion(request, code):
    found = criterion_on(code, request.scope.date)
    if found is None:
        raise Http404
    return found


def _totals_said(today):
    """The points together, today and from each day on which they change, of the most there are."""
    first, *later = totals_from(criteria_to_show(today), today)
    said = [
        _("All criteria together give %(total)s points of %(most)s now")
        % {"total": first.points, "most": MOST_POINTS},
        *(
            _("%(total)s from %(day)s")
            % {"total": each.points, "day": each.day.strftime("%d/%m/%Y")}
            for each in later
        ),
    ]
    return f"{', '.join(said)}."


def _ask_criterion(request, form, service, given, *, done, **page):
    """Ask, go back to the list and say what all points are then."""
    back = reverse("inspections:criteria")
    return ask(
        request,
        form,
        service,
        given,
        done=lambda: f"{done} {_totals_said(request.scope.date)}",
        back=back,
        crumbs=[*committee_crumbs(None, ""), {"label": _("Scoring criteria"), "url": back}],
        **page,
    )


def _committee(request, committee_id):
    return reach(
        request.scope,
        P.VIEW_COMMITTEES,
        lambda places: committee_selectors.committee_in(
            places, committee_id, on=request.scope.date
        ),
        reading=True,
    )


def _docx(committee, year, scores):
    return paper_file(exports.report(committee, year, scores), "docx")


FILES = {"xlsx": exports.workbook, "docx": _docx}
CONTENT_TYPES = {"xlsx": XLSX, "docx": DOCX}


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
        P.MANAGE_CRITERIA,
        lambda places: committee_selectors.member_in(places, committee_id, member_id),
    )
    year, _years = _year(request, member)
    if year is None:
        raise Http404
    return member, year


def _manages(request, member):
    return member.committee.area_id in request.scope.places(P.MANAGE_CRITERIA).areas


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


def _ask(request, member, year, form, service, given=None, **page):
    """Ask about a card, and go back to it."""
    back = reverse("inspections:scorecard", args=[member.committee_id, member.pk])
    return ask(
        request,
        form,
        service,
        {"member": member, "year": year, **(given or {})},
        back=f"{back}?year={year.code}",
        crumbs=_crumbs(request, member, year)[:-1],
        **page,
    )
