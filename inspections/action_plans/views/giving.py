"""Giving a task, of a plan, a recommendation or an assessment, and changing one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from schools.form_refusals import show_refusal

from ...models.action_plans import ACTIONS, CHANGE
from .. import selectors, services
from ..forms import ActionForm, initial_of_item
from .shared import crumbs_of_item, crumbs_of_plan, item_or_404, managed_plan


@requires(P.MANAGE_ACTIONS)
def action_new(request, plan_id):
    """Give a task of a plan."""
    found = managed_plan(request, plan_id)
    back = reverse("inspections:action_plan", args=[found.pk])
    return _give(request, found, found.area_id, back=back, crumbs=crumbs_of_plan(found))


@requires(P.MANAGE_ACTIONS)
def action_from_recommendation(request, recommendation_id):
    """Make a task of what an inspection recommended."""
    found = selectors.recommendation_to_make_tasks(
        request.scope.places(P.MANAGE_ACTIONS), recommendation_id
    )
    if found is None:
        raise Http404
    return _give(
        request,
        found,
        found.visit.commune_id,
        about=_("Recommendation: %(text)s") % {"text": found.text},
        initial={"what": found.text[:500], "school": found.school_id, "organisation": found.owner},
        due_on=found.due_on,
    )


@requires(P.MANAGE_ACTIONS)
def action_from_assessment(request, assessment_id):
    """Make a task of a measure that an assessment of a month proposes."""
    found = selectors.assessment_to_make_tasks(
        request.scope.places(P.MANAGE_ACTIONS), assessment_id
    )
    if found is None:
        raise Http404
    return _give(request, found, found.area_id, about=found.measures)


@requires(P.MANAGE_ACTIONS)
def action_edit(request, item_id):
    """Change an open task, with a reason."""
    found = item_or_404(request, item_id)
    if not ACTIONS.may(CHANGE, found, request.scope):
        raise PermissionDenied
    form = _action_form(request, found.owner_id, initial_of_item(found), asks_reason=True)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_action(
                item=found,
                asked=form.asked(),
                reason=form.cleaned_data["reason"],
                by=request.user,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The task is changed."))
            return redirect("inspections:action", found.pk)
    title = _("Change the task")
    return render_form(
        request,
        "inspections/action_form.html",
        {
            "form": form,
            "title": title,
            "action": _("Save"),
            "back": reverse("inspections:action", args=[found.pk]),
            "crumbs": crumbs_of_item(request, found, title),
        },
    )


def _give(request, source, owner_id, *, initial=None, due_on=None, about="", back="", crumbs=None):
    """The form of a new task of a plan, a recommendation or an assessment."""
    scope = request.scope
    given = {"area": owner_id, **(initial or {})}
    if due_on is not None and due_on >= scope.date:
        given["due_on"] = due_on
    form = _action_form(request, owner_id, given)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.add_action(source=source, asked=form.asked(), by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The task is given."))
            return redirect(back or reverse("inspections:action", args=[made.pk]))
    title = _("Give a task")
    return render_form(
        request,
        "inspections/action_form.html",
        {
            "form": form,
            "title": title,
            "about": about,
            "action": _("Give the task"),
            "back": back or reverse("inspections:actions"),
            "crumbs": [*(crumbs or crumbs_of_plan()), {"label": title, "url": ""}],
        },
    )


def _action_form(request, owner_id, initial, *, asks_reason=False):
    scope = request.scope
    tree = scope.tree
    return ActionForm(
        request.POST or None,
        areas=selectors.areas_to_act_in(tree, owner_id),
        schools=selectors.schools_to_act(tree.below(owner_id), on=scope.date),
        members=selectors.members_to_act(tree, owner_id, on=scope.date),
        initial=initial,
        asks_reason=asks_reason,
    )
