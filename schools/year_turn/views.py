"""The turn of the year: its plan and undoing, who comes from other schools, and who has turned."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.access import reach
from core.form_pages import render_form
from core.formatting import number
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ..access_trail import lists_shown, names_shown
from ..crumbs import school_crumbs
from ..directory.selectors.schools import school_in
from ..enums import NamesKind
from ..form_refusals import show_refusal
from ..models import School, YearTurn
from .forms import ArrivalsForm, OverviewForm, TurnForm
from .selectors import overview as selectors
from .selectors.standing import Standing, read_standing, standing_turn, years_to_turn
from .services.plan import build, propose
from .services.receiving import place_arrivals
from .services.turning import turn_year
from .services.undoing import obstacles, undo_turn

PAGE_SIZE = 30


@requires(P.MANAGE_PUPILS)
def year_turn(request: ScopedRequest, school_id: int) -> HttpResponse:
    """The plan of a school's turn, to be changed, seen and done; or the turn that stands."""
    school = _school_or_refuse(request, school_id)
    today = request.scope.date
    standing = read_standing(school, on=today)
    if standing.turn is not None:
        return _done_page(request, standing.turn)
    form = TurnForm(request.POST or None, standing=standing, proposal=propose(standing))
    plan = None
    if not form.is_bound or form.is_valid():
        plan = build(standing, form.choices)
        is_seen = request.POST.get("seen") == plan.seen
        if request.method == "POST" and is_seen and not plan.refusals:
            try:
                turn_year(
                    school=school,
                    choices=form.choices,
                    on=today,
                    by=request.user,
                    seen=plan.seen,
                )
            except ValidationError as error:
                show_refusal(form, error)
            else:
                messages.success(request, _("The school has gone over to the new year."))
                return redirect("schools:year_turn", school.pk)
    _note_names(request, standing)
    return render_form(
        request,
        "schools/year_turn.html",
        {
            "crumbs": school_crumbs(request, school, _("New school year")),
            "school": school,
            "standing": standing,
            "form": form,
            "plan": plan,
            "is_edited": form.is_bound,
            "coming": selectors.coming(school),
            "back": reverse("schools:school", args=[school.pk]),
        },
    )


def _done_page(request: ScopedRequest, turn: YearTurn) -> HttpResponse:
    if request.method == "POST":
        messages.info(request, _("This school has gone over to the new year already."))
        return redirect("schools:year_turn", turn.school_id)
    return render(
        request,
        "schools/year_turn_done.html",
        {
            "crumbs": school_crumbs(request, turn.school, _("New school year")),
            "turn": turn,
            "obstacles": obstacles(turn),
            "coming": selectors.coming(turn.school),
        },
    )


@requires(P.MANAGE_PUPILS)
def year_turn_undo(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Take the turn of a school's year back."""
    school = _school_or_refuse(request, school_id)
    turn = standing_turn(school, years_to_turn(on=request.scope.date).old)
    if turn is None:
        messages.info(request, _("There is nothing to take back."))
        return redirect("schools:year_turn", school.pk)
    if request.method == "POST":
        try:
            undo_turn(turn=turn, by=request.user)
        except ValidationError as error:
            for sentence in error.messages:
                messages.error(request, sentence)
        else:
            messages.success(request, _("Taken back: classes and rolls are as they were."))
        return redirect("schools:year_turn", school.pk)
    return render(
        request,
        "schools/year_turn_undo.html",
        {
            "crumbs": school_crumbs(request, school, _("Take the new year back")),
            "turn": turn,
            "obstacles": obstacles(turn),
            "back": reverse("schools:year_turn", args=[school.pk]),
        },
    )


@requires(P.MANAGE_PUPILS)
def arrivals(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Who comes from other schools, and into which class."""
    school = _school_or_refuse(request, school_id)
    groups = selectors.arrival_groups(school)
    years = {each.turn.to_year_id for group in groups for each in group.arrivals}
    classes = selectors.receiving_classes(school, years)
    sent = request.POST.get("group", "")
    found = []
    for group in groups:
        form = ArrivalsForm(
            request.POST if request.method == "POST" and sent == group.key else None,
            group=group,
            classes=classes,
        )
        if form.is_bound and form.is_valid():
            try:
                begun = place_arrivals(
                    school_class=form.cleaned_data["to"],
                    arrival_ids=form.cleaned_data["arrivals"],
                    by=request.user,
                )
            except ValidationError as error:
                show_refusal(form, error)
            else:
                messages.success(request, _placed(len(begun), form.cleaned_data["to"].name))
                return redirect("schools:arrivals", school.pk)
        found.append(form)
    if request.method == "POST" and not any(form.is_bound for form in found):
        messages.info(request, _("These pupils wait no longer."))
        return redirect("schools:arrivals", school.pk)
    names_shown(
        request,
        NamesKind.ARRIVALS,
        school=school.pk,
        count=sum(len(group.arrivals) for group in groups),
    )
    return render_form(
        request,
        "schools/arrivals.html",
        {
            "crumbs": school_crumbs(request, school, _("Pupils who come")),
            "school": school,
            "forms": found,
        },
        refused=any(form.errors for form in found),
    )


@requires(P.VIEW_SCHOOL)
def year_turns(request: ScopedRequest) -> HttpResponse:
    """Which schools have gone over to the new year, and which not."""
    years = years_to_turn(on=request.scope.date)
    form = OverviewForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    if years.old is None:
        return render(request, "schools/year_turns.html", {"years": years})
    found = selectors.overview(
        request.scope.places(P.VIEW_SCHOOL),
        years.old,
        on=request.scope.date,
        state=wanted.get("state", ""),
        search=wanted.get("search", ""),
    )
    page = Paginator(found.school_ids, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "schools/year_turns.html",
        {
            "years": years,
            "found": found,
            "filter_form": form,
            "is_filtered": any(wanted.values()),
            "page": page,
            "rows": selectors.turn_rows(list(page.object_list), years.old),
        },
    )


def _school_or_refuse(request: ScopedRequest, school_id: int) -> School:
    """The school, wholly inside the reader's places; who only sees it is refused."""
    return reach(request.scope, P.MANAGE_PUPILS, lambda places: school_in(places, school_id))


def _note_names(request: ScopedRequest, standing: Standing) -> None:
    lists_shown(
        request,
        NamesKind.YEAR_TURN,
        [
            (line.school_class.school_id, line.school_class.pk)
            for line in standing.lines
            for _spell in line.spells
        ],
    )


def _placed(count: int, name: str) -> str:
    return ngettext(
        "%(count)s pupil is in class %(name)s.", "%(count)s pupils are in class %(name)s.", count
    ) % {"count": number(count), "name": name}
