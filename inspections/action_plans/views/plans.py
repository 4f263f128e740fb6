"""Plans of action: those of a year, one with its tasks, and what is decided about one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.access import reach
from core.dates import FIRST_DAY, LAST_DAY
from core.documents.downloads import download_kept
from core.permissions import Permission as P
from core.permissions import requires
from schools.asking import ask, form_page
from schools.form_refusals import show_refusal

from ...models import ActionPlan
from ...models.action_plans import ACTION_PLANS, AMEND, EDIT_PLAN, END, ISSUE, WITHDRAW
from .. import selectors, services
from ..forms import PlanForm, ReasonForm, initial_of_plan
from ..proposals import proposals_for
from .shared import PER_PAGE, crumbs_of_plan, managed_plan

PROPOSED_AT_ONCE = 10
# More years than these are read by their address.
YEARS_BEFORE = 2


@requires(P.VIEW_ACTIONS)
def action_plans(request):
    """Plans of a year inside the reader's places; the areas without one stand first."""
    scope, year = request.scope, _year(request)
    plans = selectors.plans_in(
        scope.places_to_read(P.VIEW_ACTIONS), year=year, on=scope.date, area_id=_asked_area(request)
    )
    may_draft = scope.may(P.MANAGE_ACTIONS)
    here = reverse("inspections:action_plans")
    return render(
        request,
        "inspections/action_plans.html",
        {
            "year": year,
            "years": [
                {"label": each, "url": f"{here}?year={each}", "current": each == year}
                for each in range(scope.date.year + 1, scope.date.year - YEARS_BEFORE, -1)
            ],
            "missing": selectors.areas_without_plan(
                scope.places(P.VIEW_ACTIONS), scope.tree, year=year
            ),
            "page": Paginator(plans, PER_PAGE).get_page(request.GET.get("page")),
            "may_draft": may_draft,
            "drafting": scope.places(P.MANAGE_ACTIONS).areas,
            "assessments": selectors.assessments_without_tasks(
                scope.places(P.MANAGE_ACTIONS), on=scope.date
            )[:PER_PAGE]
            if may_draft
            else [],
        },
    )


@requires(P.MANAGE_ACTIONS)
def action_plan_new(request):
    """Draw up a plan of an area."""
    scope = request.scope
    areas = selectors.areas_to_plan_for(scope)
    form = PlanForm(
        request.POST or None,
        request.FILES or None,
        areas=areas,
        initial={
            "area": request.GET.get("area") or areas[0].pk,
            "kind": ActionPlan.Kind.YEARLY,
            "valid_from": scope.date.replace(month=1, day=1),
            "last_day": scope.date.replace(month=12, day=31),
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.draft_action_plan(
                area=form.cleaned_data["area"],
                text=form.text(),
                document=form.cleaned_data["document"],
                by=request.user,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The draft is saved. Now give its tasks."))
            return redirect("inspections:action_plan", made.pk)
    title = _("Draw up a plan of action")
    return form_page(
        request,
        form,
        title=title,
        action=_("Save the draft"),
        crumbs=crumbs_of_plan(),
        back=reverse("inspections:action_plans"),
    )


@requires(P.VIEW_ACTIONS)
def action_plan(request, plan_id):
    """A plan with its tasks; who draws it up sees what is proposed for its weak places."""
    found = _plan(request, plan_id)
    return _plan_page(request, found)


@requires(P.MANAGE_ACTIONS)
@require_POST
def action_plan_accept(request, plan_id):
    """Take proposed measures into the plan, one or several."""
    found = managed_plan(request, plan_id)
    try:
        made = services.accept_proposals(
            plan=found,
            # The button beside one takes that one, whatever is ticked.
            keys=request.POST.getlist("only") or request.POST.getlist("measure"),
            by=request.user,
        )
    except ValidationError as error:
        return _plan_page(request, found, refusal=error, status=422)
    messages.success(request, _("%(count)s measures are in the plan now.") % {"count": len(made)})
    return redirect(f"{reverse('inspections:action_plan', args=[found.pk])}#tasks")


@requires(P.MANAGE_ACTIONS)
def action_plan_edit(request, plan_id):
    """Change a draft, or amend a plan in force."""
    found = managed_plan(request, plan_id)
    is_draft = found.state == ActionPlan.State.DRAFT
    if not ACTION_PLANS.may(EDIT_PLAN if is_draft else AMEND, found, request.scope):
        raise PermissionDenied
    form = PlanForm(
        request.POST or None,
        request.FILES or None,
        asks_reason=not is_draft,
        initial=initial_of_plan(found),
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_action_plan(
                plan=found,
                text=form.text(),
                reason=form.cleaned_data.get("reason", ""),
                document=form.cleaned_data["document"],
                by=request.user,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The plan is changed."))
            return redirect("inspections:action_plan", found.pk)
    return form_page(
        request,
        form,
        title=_("Change the draft") if is_draft else _("Amend the plan"),
        action=_("Save"),
        crumbs=crumbs_of_plan(found),
        back=reverse("inspections:action_plan", args=[found.pk]),
    )


@requires(P.MANAGE_ACTIONS)
def action_plan_issue(request, plan_id):
    """The plan comes into force."""
    return _decide_plan(
        request,
        plan_id,
        services.issue_action_plan,
        title=_("Put the plan into force"),
        action=_("Put into force"),
        about=_("From then on those who answer for its tasks see them and report on them."),
        done=_("The plan is in force."),
    )


@requires(P.MANAGE_ACTIONS)
def action_plan_end(request, plan_id):
    """A plan whose last day has passed is closed."""
    return _decide_plan(
        request,
        plan_id,
        services.end_action_plan,
        title=_("End the plan"),
        action=_("End the plan"),
        about=_("No task is added to it any more; open ones are still reported on."),
        done=_("The plan is ended."),
    )


@requires(P.MANAGE_ACTIONS)
def action_plan_withdraw(request, plan_id):
    """A plan is given up."""
    return _decide_plan(
        request,
        plan_id,
        services.withdraw_action_plan,
        form=ReasonForm(request.POST or None),
        title=_("Withdraw the plan"),
        action=_("Withdraw the plan"),
        warning=_("Its tasks are cancelled, but those that are verified."),
        done=_("The plan is withdrawn."),
    )


@requires(P.VIEW_ACTIONS)
@never_cache
def action_plan_file(request, plan_id):
    """The paper of a plan as a download."""
    found = _plan(request, plan_id)
    name = _("%(title)s, %(area)s") % {"title": found.title[:80], "area": found.area.title}
    return download_kept(found.document, name=name)


def _plan(request, plan_id):
    return reach(
        request.scope,
        P.VIEW_ACTIONS,
        lambda places: selectors.plan_in(places, plan_id),
        reading=True,
    )


def _plan_page(request, plan, *, refusal=None, status=200):
    scope = request.scope
    page = Paginator(selectors.items_of(plan), PER_PAGE).get_page(request.GET.get("page"))
    is_draft = plan.state == ActionPlan.State.DRAFT
    may_change = ACTION_PLANS.may(EDIT_PLAN if is_draft else AMEND, plan, scope)
    proposals = proposals_for(plan, on=scope.date) if may_change else []
    return render(
        request,
        "inspections/action_plan.html",
        {
            "crumbs": crumbs_of_plan(plan, is_last=True),
            "plan": plan,
            "is_draft": is_draft,
            "page": page,
            "tasks": selectors.as_tasks(page.object_list, scope),
            "may_change": may_change,
            "may_issue": ACTION_PLANS.may(ISSUE, plan, scope),
            "lacks_number": is_draft and not (plan.number and plan.issued_on and plan.issued_by),
            "may_end": ACTION_PLANS.may(END, plan, scope),
            "may_withdraw": ACTION_PLANS.may(WITHDRAW, plan, scope),
            "proposals": proposals[:PROPOSED_AT_ONCE],
            "more_proposals": len(proposals[PROPOSED_AT_ONCE:]),
            "errors": [{"message": each} for each in refusal.messages] if refusal else [],
        },
        status=status,
    )


def _decide_plan(request, plan_id, service, *, done, form=None, **page):
    found = managed_plan(request, plan_id)
    back = reverse("inspections:action_plan", args=[found.pk])
    page.setdefault("about", found.title)
    return ask(
        request,
        form,
        service,
        {"plan": found},
        done=done,
        back=back,
        crumbs=crumbs_of_plan(found),
        **page,
    )


def _year(request):
    """The calendar year of the address; the present one without."""
    asked = request.GET.get("year", "")
    if not asked:
        return request.scope.date.year
    if not (asked.isascii() and asked.isdigit() and len(asked) == 4):
        raise Http404
    year = int(asked)
    if not FIRST_DAY.year <= year < LAST_DAY.year:
        raise Http404
    return year


def _asked_area(request):
    asked = request.GET.get("area", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
