"""A member's own inspections, one visit, and its recommendations."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from reports import wording
from reports.selectors.plausibility import signs_in_commune
from schools.forms import show_refusal

from ..evidence import evidence_of
from ..forms import DoneForm, RecommendationFormSet, RecordForm, ReopenForm
from ..models import InspectionPlan, Visit
from ..selectors import visits as selectors
from ..services.visits import finish_recommendation, record_visit, reopen_recommendation
from .crumbs import visit_crumbs

DONE_PER_PAGE = 20


@requires(P.RECORD_VISIT)
def mine(request):
    """Visits the reader is in charge of: the next ones first, then those made."""
    visits = selectors.visits_of_member(request.user, request.scope.date)
    coming = visits.filter(state=Visit.State.PLANNED)
    done = visits.filter(state=Visit.State.DONE).order_by("-visited_on", "-pk")
    return render(
        request,
        "inspections/mine.html",
        {
            "coming": [
                {"visit": each, "evidence": evidence_of(each.flags.all())} for each in coming
            ],
            "today": request.scope.date,
            "page": Paginator(done.prefetch_related(None), DONE_PER_PAGE).get_page(
                request.GET.get("page")
            ),
            "recommendations": selectors.open_recommendations_of(request.user, request.scope.date),
        },
    )


@requires(P.RECORD_VISIT, P.VIEW_PLANS)
def visit(request, visit_id):
    """One visit: why, with what figures; the member in charge records it here."""
    found = selectors.visit_for(request.user, request.scope, visit_id)
    if found is None:
        raise Http404
    may_record = _may_record(request, found)
    form = rows = None
    if may_record:
        form = RecordForm(request.POST or None, initial={"visited_on": request.scope.date})
        rows = RecommendationFormSet(request.POST or None, prefix="rec")
    if request.method == "POST":
        if not may_record:
            raise PermissionDenied
        # Both, so that one answer names everything to mend.
        if all([form.is_valid(), rows.is_valid()]):
            try:
                record_visit(
                    visit=found,
                    recommendations=rows.triples(),
                    by=request.user,
                    **form.cleaned_data,
                )
            except ValidationError as error:
                show_refusal(form, error)
            else:
                messages.success(request, _("The visit is recorded."))
                return redirect("inspections:visit", found.pk)
    return render(
        request,
        "inspections/visit.html",
        {
            "crumbs": visit_crumbs(request, found),
            "visit": found,
            "evidence": evidence_of(found.flags.all()),
            "form": form,
            "rows": rows,
            "errors": _row_errors(rows) if rows is not None else [],
            "recommendations": selectors.recommendations_of(found),
            "may_finish": _may_finish(request, found),
            "signs": _signs(found),
            "may_see_figures": found.commune_id
            in request.scope.places_to_read(P.VIEW_FIGURES).areas,
            "today": request.scope.date,
        },
    )


@requires(P.RECORD_VISIT, P.DRAFT_PLANS)
def recommendation_done(request, recommendation_id):
    """Note that a recommendation was carried out, with the day and what shows it."""
    found = _recommendation(request, recommendation_id)
    return _decide(
        request,
        found,
        DoneForm(request.POST or None, initial={"done_on": request.scope.date}),
        finish_recommendation,
        done=_("The recommendation is noted as carried out."),
        title=_("Recommendation carried out"),
        action=_("Save"),
    )


@requires(P.RECORD_VISIT, P.DRAFT_PLANS)
def recommendation_reopen(request, recommendation_id):
    """Take back that a recommendation was carried out."""
    found = _recommendation(request, recommendation_id)
    return _decide(
        request,
        found,
        ReopenForm(request.POST or None),
        reopen_recommendation,
        done=_("The recommendation is open again."),
        title=_("Open the recommendation again"),
        action=_("Open the recommendation again"),
    )


def _recommendation(request, recommendation_id):
    found = selectors.recommendation_for(request.user, request.scope, recommendation_id)
    if found is None:
        raise Http404
    return found


def _decide(request, recommendation, form, service, *, done, **page):
    back = reverse("inspections:visit", args=[recommendation.visit_id])
    if request.method == "POST" and form.is_valid():
        try:
            service(recommendation=recommendation, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, done)
            return redirect(back)
    about = f"{recommendation.text} ({recommendation.owner})"
    crumbs = [*visit_crumbs(request, recommendation.visit)[:-1]]
    crumbs += [
        {"label": recommendation.visit.commune.title, "url": back},
        {"label": page["title"], "url": ""},
    ]
    context = {"form": form, "crumbs": crumbs, "back": back, "about": about, **page}
    return render(request, "inspections/form.html", context)


def _signs(visit):
    """Registers to ask about in the commune, of the month the plan is based on."""
    month = Month.of(visit.plan.based_on)
    found = signs_in_commune(visit.commune, month, level=visit.level)
    return wording.class_signs(found, month=month)


def _is_in_charge(request, visit):
    return (
        visit.member is not None
        and visit.member.user_id == request.user.pk
        and visit.member.sits_on(request.scope.date)
    )


def _may_record(request, visit):
    return (
        _is_in_charge(request, visit)
        and visit.state == Visit.State.PLANNED
        and visit.plan.state == InspectionPlan.State.APPROVED
    )


def _may_finish(request, visit):
    drafts_here = visit.plan.area_id in request.scope.places(P.DRAFT_PLANS).areas
    return _is_in_charge(request, visit) or drafts_here


def _row_errors(rows):
    """Errors of the recommendation rows for the summary, each leading to its field."""
    return [
        {
            "message": _("Recommendation %(number)s, %(field)s: %(error)s")
            % {"number": number, "field": row[name].label.lower(), "error": error},
            "target": row[name].id_for_label,
        }
        for number, row in enumerate(rows, start=1)
        for name, errors in (row.errors.items() if rows.is_bound else ())
        for error in errors
    ]
