"""A member's own inspections, one visit, and its recommendations."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.documents.downloads import download_kept
from core.form_pages import render_form
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from reports import wording
from reports.papers.register import may_issue
from reports.selectors.plausibility import signs_in_commune
from schools.access_trail import names_shown
from schools.enums import NamesKind
from schools.form_refusals import show_refusal

from ..action_plans.selectors import as_tasks, tasks_of
from ..calendar.selectors import feed_of
from ..evidence import evidence_of
from ..forms import (
    AnswerForm,
    DoneForm,
    RecommendationFormSet,
    RecordForm,
    ReopenForm,
    SeverityForm,
)
from ..models import Recommendation, Visit
from ..models.visits import (
    ADD_SCAN,
    ANSWER,
    FINISH,
    RECOMMENDATIONS,
    RECORD,
    REOPEN,
    SUPPLEMENT,
    VISITS,
    WRITE_DOWN,
)
from ..papers.rows import PaperRow
from ..papers.visit_papers import NUMBERED, office_of_visit, papers_issued
from ..papers.visit_papers import PAPERS as VISIT_PAPERS
from ..selectors import findings
from ..selectors import visits as selectors
from ..selectors.households import checks_of, count_checked
from ..selectors.members import terms_of
from ..selectors.my_communes import my_communes
from ..services.visits import (
    answer_recommendation,
    finish_recommendation,
    record_visit,
    reopen_recommendation,
)
from .crumbs import visit_crumbs

DONE_PER_PAGE = 20
TASKS_SHOWN = 10


@requires(P.RECORD_VISIT)
def mine(request):
    """Visits the reader is in charge of: the next ones first, then those made."""
    visits = selectors.visits_of_member(request.user, request.scope.date)
    coming = visits.filter(state=Visit.State.PLANNED)
    done = visits.filter(state=Visit.State.DONE).order_by("-visited_on", "-pk")
    month = Month.of(request.scope.date)
    asked = list(selectors.recommendations_of_member(request.user, request.scope.date))
    answered = [each for each in asked if each.state == Recommendation.State.ANSWERED]
    still_open = [each for each in asked if each not in answered]
    form = SeverityForm(request.GET)
    severity = form.wanted()
    for each in answered:
        each.may_finish = RECOMMENDATIONS.may(FINISH, each, request.scope)
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
            "answered": answered,
            "month": month,
            "communes": [
                (each, [(level.label, row, *wording.badge(row)) for level, row in each.levels])
                for each in my_communes(request.scope, month)
            ],
            "open_count": len(still_open),
            "recommendations": [
                each for each in still_open if severity is None or each.severity == severity
            ],
            "filter_form": form,
            "is_filtered": severity is not None,
            "tasks": as_tasks(list(tasks_of(request.scope)[:TASKS_SHOWN]), request.scope),
            "terms": terms_of(request.user, request.scope.date),
            "feed": feed_of(request.user),
        },
    )


@requires(P.RECORD_VISIT, P.VIEW_PLANS)
def visit(request, visit_id):
    """One visit: why, with what figures; the member in charge records it here."""
    found = selectors.visit_for(request.user, request.scope, visit_id)
    if found is None:
        raise Http404
    may_record = VISITS.may(RECORD, found, request.scope)
    form = rows = None
    if may_record:
        form = RecordForm(request.POST or None, initial={"visited_on": request.scope.date})
        rows = RecommendationFormSet(
            request.POST or None,
            prefix="rec",
            form_kwargs={"schools": selectors.schools_of(found)},
        )
    if request.method == "POST":
        if not may_record:
            raise PermissionDenied
        # Both, so that one answer names everything to mend.
        if all([form.is_valid(), rows.is_valid()]):
            try:
                record_visit(
                    visit=found,
                    recommendations=rows.asked(),
                    by=request.user,
                    **form.cleaned_data,
                )
            except ValidationError as error:
                show_refusal(form, error)
            else:
                messages.success(request, _("The visit is recorded."))
                return redirect("inspections:visit", found.pk)
    may_write = VISITS.may(WRITE_DOWN, found, request.scope)
    may_supplement = VISITS.may(SUPPLEMENT, found, request.scope)
    return render_form(
        request,
        "inspections/visit.html",
        {
            "crumbs": visit_crumbs(request, found),
            "visit": found,
            "evidence": evidence_of(found.flags.all()),
            "form": form,
            "rows": rows,
            **_findings(found),
            "may_write": may_write,
            "scans": found.scans.all() if found.state == Visit.State.DONE else [],
            "may_scan": VISITS.may(ADD_SCAN, found, request.scope),
            "may_supplement": may_supplement,
            "keeps": may_write or may_supplement,
            "team": found.team.all(),
            "supplements": found.supplements.select_related("made_by"),
            "errors": _row_errors(rows) if rows is not None else [],
            "recommendations": _recommendations(request.scope, found),
            "signs": _signs(found),
            "paper": VISIT_PAPERS[found.state],
            "papers": _papers(request.scope, found),
            "may_see_figures": found.commune_id
            in request.scope.places_to_read(P.VIEW_FIGURES).areas,
        },
    )


@requires(P.ANSWER_RECOMMENDATIONS)
def recommendations(request):
    """What inspections asked of the reader's school or commune, and what became of it."""
    form = SeverityForm(request.GET)
    severity = form.wanted()
    found = selectors.recommendations_to(request.scope, severity=severity)
    page = Paginator(found, DONE_PER_PAGE).get_page(request.GET.get("page"))
    for each in page.object_list:
        each.may_answer = RECOMMENDATIONS.may(ANSWER, each, request.scope)
        each.may_make_task = _may_make_task(request.scope, each)
    return render(
        request,
        "inspections/recommendations.html",
        {
            "page": page,
            "filter_form": form,
            "is_filtered": severity is not None,
        },
    )


@requires(P.ANSWER_RECOMMENDATIONS)
def recommendation_answer(request, recommendation_id):
    """Say what was done about a recommendation, as those inspected."""
    found = selectors.recommendation_to(request.scope, recommendation_id)
    if found is None:
        raise Http404
    list_page = reverse("inspections:recommendations")
    form = AnswerForm(
        request.POST or None,
        request.FILES or None,
        initial={"remedied_on": found.remedied_on or request.scope.date, "remedy": found.remedy},
    )
    return _decide(
        request,
        found,
        form,
        answer_recommendation,
        done=_("The answer is sent to who inspected."),
        back=list_page,
        crumbs=[{"label": _("Recommendations"), "url": list_page}],
        title=_("What was done"),
        action=_("Send the answer"),
    )


@requires(P.ANSWER_RECOMMENDATIONS, P.RECORD_VISIT, P.VIEW_PLANS)
@never_cache
def recommendation_proof(request, proof_id):
    """A file sent with an answer; the right to it is asked each time, and opening it leaves a row
    in the trail of names."""
    found = selectors.proof_for(request.user, request.scope, proof_id)
    if found is None:
        raise Http404
    name = _("Answer to a recommendation, %(day)s, %(number)s") % {
        "day": timezone.localdate(found.made_at).strftime("%d-%m-%Y"),
        "number": found.pk,
    }
    answer = download_kept(found.file, name=name)
    names_shown(request, NamesKind.FILE)
    return answer


@requires(P.RECORD_VISIT, P.DRAFT_PLANS)
def recommendation_done(request, recommendation_id):
    """Note that a recommendation was carried out, with the day and what shows it."""
    found = _recommendation(request, recommendation_id)
    return _decide(
        request,
        found,
        DoneForm(
            request.POST or None,
            initial={
                "done_on": found.remedied_on or request.scope.date,
                "evidence": found.remedy,
            },
        ),
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


def _decide(request, recommendation, form, service, *, done, back="", crumbs=None, **page):
    visit_page = reverse("inspections:visit", args=[recommendation.visit_id])
    back = back or visit_page
    if request.method == "POST" and form.is_valid():
        try:
            service(recommendation=recommendation, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, done)
            return redirect(back)
    about = f"{recommendation.text} ({recommendation.owner})"
    if crumbs is None:
        crumbs = [
            *visit_crumbs(request, recommendation.visit)[:-1],
            {"label": recommendation.visit.commune.title, "url": visit_page},
        ]
    crumbs = [*crumbs, {"label": page["title"], "url": ""}]
    context = {"form": form, "crumbs": crumbs, "back": back, "about": about, **page}
    return render_form(request, "schools/asked.html", context)


def _papers(scope, visit):
    """The papers a visit has as it is, each with the one issued, and whether the reader issues it.

    The minutes of a visit that is to be made stand at the head of its page.
    """
    fitting = {kind: each for kind, each in NUMBERED.items() if each.fits(visit)}
    if not fitting:
        return []
    issued = papers_issued(visit)
    issues = may_issue(scope, office_of_visit(visit))
    rows = []
    for kind, each in fitting.items():
        # What the commune writes is read once it is issued.
        if each.by_inspected and kind not in issued:
            continue
        may = issues and not each.by_inspected and VISITS.may(each.step, visit, scope)
        about = [visit.pk, kind]
        rows.append(
            PaperRow(
                each.name,
                "" if each.by_inspected else reverse("inspections:visit_paper_of", args=about),
                reverse("inspections:visit_paper_issue", args=about) if may else "",
                issued.get(kind),
                may_open=may,
            )
        )
    return rows


def _findings(visit):
    """What was written down so far; nothing for a visit called off."""
    if visit.state == Visit.State.CANCELLED:
        return {}
    questions = findings.checklist_of(visit)
    checks = list(checks_of(visit))
    return {
        "questions": questions,
        "answered": sum(each.answer is not None for each in questions),
        "countings": findings.countings_of(visit),
        "photos": list(findings.photos_of(visit)),
        "checks": checks,
        "checked": count_checked(checks),
    }


def _signs(visit):
    """Registers to ask about in the commune, of the month the plan is based on."""
    month = Month.of(visit.plan.based_on)
    found = signs_in_commune(visit.commune, month, level=visit.level)
    return wording.class_signs(found, month=month)


def _recommendations(scope, visit):
    """Recommendations of a visit, each with what the reader may do about it."""
    found = list(selectors.recommendations_of(visit))
    for each in found:
        each.may_finish = RECOMMENDATIONS.may(FINISH, each, scope)
        each.may_reopen = RECOMMENDATIONS.may(REOPEN, each, scope)
        each.may_make_task = _may_make_task(scope, each)
    return found


def _may_make_task(scope, recommendation):
    """Whether the reader gives tasks in the commune, and there is still something to do."""
    commune_id = recommendation.visit.commune_id
    is_done = recommendation.state == Recommendation.State.DONE
    return not is_done and commune_id in scope.places(P.MANAGE_ACTIONS).areas


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
