"""The list of plans, one plan, and the changes made to it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.access import reach
from core.form_pages import render_form
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from core.workflow import IllegalTransition
from reports.papers.offices import office_of
from reports.papers.register import may_issue
from schools.asking import ask
from schools.form_refusals import show_refusal

from ..actions import waiting_in, waiting_sentence
from ..evidence import evidence_of
from ..forms import (
    AddVisitForm,
    ApproveAloneForm,
    CallOffForm,
    DraftForm,
    RedraftForm,
    ScheduleForm,
    VisitForm,
)
from ..models import InspectionPlan, Visit
from ..models.plans import APPROVE, APPROVE_ALONE, EDIT, ISSUE, PLANS, other_approvers
from ..models.visits import CALL_OFF, RESCHEDULE, VISITS
from ..papers.drafts import PAPERS, issued_papers
from ..papers.rows import PaperRow
from ..priority import told
from ..ranking import rank
from ..selectors import plans as selectors
from ..selectors.members import members_for
from ..selectors.priority import known_of
from ..selectors.schedule import conflicts_of, frame_of
from ..services import plans as services
from ..year_plan.services import redraft_month
from .crumbs import plan_crumbs, waiting_crumbs

PAGE_SIZE = 20
USUAL_CAPACITY = 6


@requires(P.VIEW_PLANS)
def plans(request):
    """Plans inside the reader's places; who drafts plans starts one here."""
    scope = request.scope
    form = None
    if scope.may(P.DRAFT_PLANS):
        areas = [scope.tree.get(pk) for pk in scope.areas_granted(P.DRAFT_PLANS)]
        form = DraftForm(request.POST or None, areas=areas, initial={"capacity": USUAL_CAPACITY})
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            try:
                drafted = services.draft_plan(**form.cleaned_data, by=request.user)
            except ValidationError as error:
                show_refusal(form, error)
            else:
                messages.success(
                    request, _("The plan is drafted. Check it and set the days of the visits.")
                )
                return redirect("inspections:plan", drafted.pk)
    found = selectors.plans_in(scope.places_to_read(P.VIEW_PLANS))
    return render_form(
        request,
        "inspections/plans.html",
        {
            "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
            "form": form,
            "waiting": waiting_sentence(waiting_in(scope)) if form else "",
        },
    )


@requires(P.DRAFT_PLANS)
def waiting(request):
    """Communes whose flags wait for a plan, the most pressing first; one row each."""
    asked = request.GET.get("area")
    area = None if asked is None else _own_area(request.scope, asked)
    flags = waiting_in(request.scope, area.pk if area else None)
    return render(
        request,
        "inspections/waiting.html",
        {
            "crumbs": waiting_crumbs(),
            "area": area,
            "finding": waiting_sentence(flags),
            "rows": [
                {
                    "commune": each.flags[0].commune,
                    "month": each.flags[0].month,
                    "candidate": each,
                    "points": told(each.parts),
                }
                for each in rank(flags, _known(flags))
            ],
        },
    )


@requires(P.VIEW_PLANS)
def plan(request, plan_id):
    """One plan: its visits with reasons and figures, and what the reader may change."""
    return _plan_page(request, _plan(request, P.VIEW_PLANS, plan_id, reading=True))


@require_POST
@requires(P.DRAFT_PLANS)
def plan_redraft(request, plan_id):
    """Choose the communes of a draft anew."""
    found = _plan(request, P.DRAFT_PLANS, plan_id)
    form = RedraftForm(request.POST, plan=found)
    redraft = redraft_month if found.proposed else services.redraft_plan
    if form.is_valid():
        try:
            redraft(plan=found, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The communes are chosen anew."))
            return redirect("inspections:plan", found.pk)
    return _plan_page(request, found, form=form)


@require_POST
@requires(P.APPROVE_PLANS)
def plan_approve(request, plan_id):
    """Approve a draft; who drafted it says why nobody else does."""
    found = _plan(request, P.APPROVE_PLANS, plan_id)
    told = {}
    if PLANS.may(APPROVE_ALONE, found, request.scope):
        form = ApproveAloneForm(request.POST)
        if not form.is_valid():
            return _plan_page(request, found, form=form)
        told = form.cleaned_data
    try:
        services.approve_plan(plan=found, by=request.user, **told)
    except ValidationError as error:
        return _plan_page(request, found, errors=error)
    messages.success(request, _("The plan is approved."))
    return redirect("inspections:plan", found.pk)


@requires(P.DRAFT_PLANS)
def plan_schedule(request, plan_id):
    """Members and days of all visits of a plan that are still to be made, in one table."""
    found = _plan(request, P.DRAFT_PLANS, plan_id)
    visits = list(selectors.visits_of(found).filter(state=Visit.State.PLANNED))
    for each in visits:
        each.plan = found
        if not VISITS.may(RESCHEDULE, each, request.scope):
            raise PermissionDenied
    rows, errors = _schedule_rows(request, found, visits), []
    # Each, so that one answer names everything to mend.
    is_sound = [row.is_valid() for row in rows if row.is_bound]
    if request.method == "POST" and all(is_sound):
        try:
            changed = services.schedule_visits(
                plan=found, rows=[row.row() for row in rows if row.is_bound], by=request.user
            )
        except services.Conflicting as error:
            for row in rows:
                row.show(error.conflicts.get(row.visit.pk, []))
        except ValidationError as error:
            errors = error.messages
        else:
            said = ngettext("%(count)s visit changed.", "%(count)s visits changed.", len(changed))
            messages.success(request, said % {"count": len(changed)})
            return redirect("inspections:plan", found.pk)
    return render_form(
        request,
        "inspections/schedule.html",
        {
            "crumbs": [*plan_crumbs(found), {"label": _("Days and members"), "url": ""}],
            "plan": found,
            "rows": rows,
            "errors": [{"message": each} for each in errors] + _schedule_errors(rows),
        },
        # What is saved leads on.
        refused=request.method == "POST",
    )


@require_POST
@requires(P.DRAFT_PLANS)
def plan_visit_add(request, plan_id):
    """Add a commune to a draft."""
    found = _plan(request, P.DRAFT_PLANS, plan_id)
    communes = selectors.communes_to_add(found, month=Month.of(found.month))
    form = AddVisitForm(request.POST, communes=communes)
    if form.is_valid():
        try:
            services.add_visit(plan=found, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The commune is in the plan."))
            return redirect("inspections:plan", found.pk)
    return _plan_page(request, found, form=form)


@require_POST
@requires(P.DRAFT_PLANS)
def plan_visit(request, plan_id, visit_id):
    """Change who is in charge of a visit and its day."""
    found = _visit(request, plan_id, visit_id)
    month = Month.of(found.plan.month)
    form = VisitForm(
        request.POST, visit=found, members=members_for(found.plan, month=month), month=month
    )
    if form.is_valid():
        try:
            services.change_visit(visit=found, by=request.user, **form.cleaned_data)
        except services.NoLessons as error:
            form.ask_about_lessons()
            show_refusal(form, error)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The visit is changed."))
            return redirect("inspections:plan", plan_id)
    return _plan_page(request, found.plan, form=form, visit_id=visit_id)


@require_POST
@requires(P.DRAFT_PLANS)
def plan_visit_remove(request, plan_id, visit_id):
    """Take a commune out of a draft."""
    found = _visit(request, plan_id, visit_id)
    return _after(request, found, services.remove_visit, _("The commune is out of the plan."))


@require_POST
@requires(P.DRAFT_PLANS)
def plan_visit_move(request, plan_id, visit_id):
    """Move a visit one place up or down."""
    found = _visit(request, plan_id, visit_id)
    up = request.POST.get("to") == "up"
    return _after(request, found, services.move_visit, _("The order is changed."), up=up)


@requires(P.APPROVE_PLANS)
def plan_visit_cancel(request, plan_id, visit_id):
    """Call off a visit of an approved plan, with the reason; leads on to its notice."""
    found = _visit(request, plan_id, visit_id)
    try:
        VISITS.check(CALL_OFF, found, request.scope)
    except IllegalTransition as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("inspections:plan", plan_id)
    return ask(
        request,
        CallOffForm(request.POST or None),
        services.cancel_visit,
        {"visit": found},
        done=_("The visit is called off. The notice to the commune is ready."),
        back=reverse("inspections:plan", args=[plan_id]),
        leads_to=lambda made: reverse("inspections:visit", args=[made.pk]),
        crumbs=plan_crumbs(found.plan),
        title=_("Call the visit to %(commune)s off") % {"commune": found.commune.title},
        action=_("Call the visit off"),
    )


def _schedule_rows(request, plan, visits):
    """A form for each visit; bound for those that were sent, with what is at odds now."""
    month = Month.of(plan.month)
    members = members_for(plan, month=month)
    teams = {each.pk: list(each.team.all()) for each in visits}
    conflicts = conflicts_of(
        visits, teams, frame_of(plan, {each.commune_id for each in visits}), is_final=False
    )
    rows = []
    for each in visits:
        is_sent = f"visit-{each.pk}-seen" in request.POST
        form = ScheduleForm(
            request.POST if is_sent else None, visit=each, members=members, month=month
        )
        form.notes = conflicts[each.pk]
        rows.append(form)
    return rows


def _schedule_errors(rows):
    """What to mend, each naming its commune and leading to its field."""
    return [
        {
            "message": f"{row.visit.commune.title}: {error}",
            "target": row[name].id_for_label or row[name].auto_id,
        }
        for row in rows
        for name, found in (row.errors.items() if row.is_bound else ())
        for error in found
    ]


def _known(flags):
    """What is known of the communes of some flags, for visits of this month."""
    month = Month.of(flags[0].month) if flags else Month.current()
    communes = {flag.commune_id for flag in flags}
    return known_of(communes, facts=month, month=Month.current())


def _own_area(scope, area_id):
    """An area of today in which the reader drafts plans; raises Http404 elsewhere."""
    own = scope.places(P.DRAFT_PLANS).areas
    if not area_id.isdecimal() or int(area_id) not in own:
        raise Http404
    return scope.tree.get(int(area_id))


def _plan(request, permission, plan_id, *, reading=False):
    return reach(
        request.scope,
        permission,
        lambda places: selectors.plan_in(places, plan_id),
        reading=reading,
    )


def _visit(request, plan_id, visit_id):
    """The visit the reader may change: of a draft as drafter, of an approved plan as approver."""
    found = reach(
        request.scope,
        P.DRAFT_PLANS,
        lambda places: selectors.visit_in(places, plan_id, visit_id),
    )
    is_approved = found.plan.state == InspectionPlan.State.APPROVED
    if is_approved and found.plan.area_id not in request.scope.places(P.APPROVE_PLANS).areas:
        raise PermissionDenied
    return found


def _after(request, visit, service, done, **more):
    try:
        service(visit=visit, by=request.user, **more)
    except ValidationError as error:
        return _plan_page(request, visit.plan, errors=error)
    messages.success(request, done)
    return redirect("inspections:plan", visit.plan_id)


def _approving(scope, plan, form):
    """Whether the reader approves a draft, and who else does when they may not."""
    told = {"may_approve": PLANS.may(APPROVE, plan, scope)}
    if plan.state != InspectionPlan.State.DRAFT or told["may_approve"]:
        return told
    if PLANS.may(APPROVE_ALONE, plan, scope):
        is_own = isinstance(form, ApproveAloneForm)
        return told | {"alone": form if is_own else ApproveAloneForm()}
    return told | {
        "is_own_draft": scope.user.pk == plan.drafted_by_id,
        "approvers": [each.name for each in other_approvers(plan, scope)],
    }


def _papers(scope, plan):
    """The papers of a plan, each with the one that was issued, and whether the reader issues it."""
    issued = issued_papers(plan)
    office = office_of(plan.area, Month.of(plan.month))
    may = PLANS.may(ISSUE, plan, scope) and may_issue(scope, office)
    return [
        PaperRow(
            each.name,
            reverse("inspections:plan_paper", args=[plan.pk, kind]),
            reverse("inspections:plan_paper_issue", args=[plan.pk, kind]) if may else "",
            issued.get(each.code),
            may_open=True,
        )
        for kind, each in PAPERS.items()
    ]


def _plan_page(request, plan, *, form=None, visit_id=None, errors=None):
    month = Month.of(plan.month)
    scope = request.scope
    may_edit = PLANS.may(EDIT, plan, scope)
    rows = []
    visits = list(selectors.visits_of(plan))
    changeable = {visit.pk for visit in visits if VISITS.may(RESCHEDULE, visit, scope)}
    members = members_for(plan, month=month) if changeable else []
    idle = selectors.visits_without_lessons(visits, month=month)
    for visit in visits:
        visit_form = None
        if visit.pk in changeable:
            visit_form = (
                form
                if visit.pk == visit_id
                else VisitForm(visit=visit, members=members, month=month)
            )
        rows.append(
            {
                "visit": visit,
                "form": visit_form,
                "evidence": evidence_of(visit.flags.all()),
                "points": told(visit.points),
                "is_idle": visit.pk in idle,
                "may_call_off": VISITS.may(CALL_OFF, visit, scope),
            }
        )
    adding = redrafting = None
    if may_edit:
        adding = (
            form
            if isinstance(form, AddVisitForm)
            else AddVisitForm(communes=selectors.communes_to_add(plan, month=month))
        )
        redrafting = form if isinstance(form, RedraftForm) else RedraftForm(plan=plan)
    unready = sum(not (row["visit"].member_id and row["visit"].planned_on) for row in rows)
    return render_form(
        request,
        "inspections/plan.html",
        {
            "crumbs": plan_crumbs(plan),
            "plan": plan,
            "rows": rows,
            "is_draft": plan.state == InspectionPlan.State.DRAFT,
            "may_edit": may_edit,
            **_approving(scope, plan, form),
            "adding": adding,
            "redrafting": redrafting,
            "form": form,
            "errors": [{"message": message} for message in errors.messages] if errors else [],
            "unready": unready,
            "may_schedule": bool(changeable),
            "papers": _papers(scope, plan),
        },
        # What is done leads on; a POST that shows the plan again was refused.
        refused=request.method == "POST",
    )
