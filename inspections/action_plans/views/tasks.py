"""Tasks: the lists of them, one with what is reported about it, and what is decided."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.documents.downloads import download_kept
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.workflow import IllegalTransition
from schools.asking import ask
from schools.form_refusals import show_refusal

from ...models import ActionItem
from ...models.action_plans import ACTIONS, CANCEL, CHANGE, FINISH_ACTION, REOPEN_ACTION, VERIFY
from .. import selectors, services
from ..forms import ProgressForm, ReasonForm
from .shared import PER_PAGE, crumbs_of_item, item_or_404

# Lists of the page of tasks: ?show=
OPEN, LATE, DONE, CLOSED = "open", "late", "done", "closed"


@requires(P.VIEW_ACTIONS, P.REPORT_ACTIONS)
def actions(request):
    """Tasks the reader answers for, those shown from below, and those to be verified."""
    scope = request.scope
    show = request.GET.get("show", OPEN)
    lists = {
        OPEN: lambda: selectors.tasks_of(scope),
        LATE: lambda: selectors.items_seen(scope, late=True),
        DONE: lambda: selectors.to_verify(scope),
        CLOSED: lambda: selectors.items_seen(scope, state=ActionItem.State.VERIFIED),
    }
    if show not in lists:
        raise Http404
    page = Paginator(lists[show](), PER_PAGE).get_page(request.GET.get("page"))
    labels = {OPEN: _("To be done"), LATE: _("Overdue"), CLOSED: _("Verified")}
    if scope.may(P.MANAGE_ACTIONS):
        labels |= {DONE: _("To be verified")}
    here = reverse("inspections:actions")
    return render(
        request,
        "inspections/actions.html",
        {
            "tabs": [
                {"label": labels[each], "url": f"{here}?show={each}", "current": each == show}
                for each in lists
                if each in labels
            ],
            "page": page,
            "tasks": selectors.as_tasks(page.object_list, scope),
            "escalated": selectors.as_tasks(list(selectors.escalated_to(scope)[:PER_PAGE]), scope)
            if show == OPEN
            else [],
        },
    )


@requires(P.VIEW_ACTIONS, P.REPORT_ACTIONS)
def action(request, item_id):
    """One task; who answers for it reports here how far it is."""
    found, scope = item_or_404(request, item_id), request.scope
    may_report = ACTIONS.may(FINISH_ACTION, found, scope)
    form = None
    if may_report:
        form = ProgressForm(request.POST or None, request.FILES or None, today=scope.date)
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            try:
                services.report_progress(item=found, by=request.user, **form.cleaned_data)
            except ValidationError as error:
                show_refusal(form, error)
            else:
                messages.success(request, _("The report is saved."))
                return redirect("inspections:action", found.pk)
    (task,) = selectors.as_tasks([found], scope)
    return render_form(
        request,
        "inspections/action.html",
        {
            "crumbs": crumbs_of_item(request, found, ""),
            "item": found,
            "task": task,
            "form": form,
            "reports": selectors.reports_on(found),
            "flags": selectors.flags_of(found),
            "may_change": ACTIONS.may(CHANGE, found, scope),
            "may_verify": ACTIONS.may(VERIFY, found, scope),
            "may_reopen": ACTIONS.may(REOPEN_ACTION, found, scope),
            "may_cancel": ACTIONS.may(CANCEL, found, scope),
        },
    )


@requires(P.MANAGE_ACTIONS)
def action_verify(request, item_id):
    """Confirm that a task is done."""
    return _decide(
        request,
        item_id,
        VERIFY,
        services.verify_action,
        title=_("Verify that it is done"),
        action=_("It is done"),
        done=_("The task is verified."),
    )


@requires(P.MANAGE_ACTIONS)
def action_reopen(request, item_id):
    """A task is not done after all."""
    return _decide(
        request,
        item_id,
        REOPEN_ACTION,
        services.reopen_action,
        form=ReasonForm(request.POST or None),
        title=_("Open the task again"),
        action=_("Open the task again"),
        done=_("The task is open again."),
    )


@requires(P.MANAGE_ACTIONS)
def action_cancel(request, item_id):
    """A task is no longer to be done."""
    return _decide(
        request,
        item_id,
        CANCEL,
        services.cancel_action,
        form=ReasonForm(request.POST or None),
        title=_("Cancel the task"),
        action=_("Cancel the task"),
        done=_("The task is cancelled."),
    )


@requires(P.VIEW_ACTIONS, P.REPORT_ACTIONS)
@never_cache
def action_evidence(request, progress_id):
    """Evidence of a report as a download; the right to it is asked each time."""
    found = selectors.evidence_for(request.scope, progress_id)
    if found is None:
        raise Http404
    name = _("Evidence, task %(number)s, %(day)s") % {
        "number": found.item_id,
        "day": found.reported_on.strftime("%d-%m-%Y"),
    }
    return download_kept(found.evidence, name=name)


def _decide(request, item_id, transition, service, *, done, form=None, **page):
    found = item_or_404(request, item_id)
    try:
        ACTIONS.check(transition, found, request.scope)
    except IllegalTransition as error:
        if request.method != "POST":
            page["warning"] = " ".join(error.messages)
    back = reverse("inspections:action", args=[found.pk])
    page.setdefault("about", found.what)
    crumbs = crumbs_of_item(request, found, "")
    crumbs[-1]["url"] = back
    return ask(request, form, service, {"item": found}, done=done, back=back, crumbs=crumbs, **page)
