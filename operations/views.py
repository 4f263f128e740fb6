"""The operator's page: how the installation is, in numbers and without any name."""

from celery import current_app
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import emergency
from core.jobs import records as jobs
from core.jobs.dispatch import enqueue
from core.permissions import Permission as P
from core.permissions import requires
from core.selectors.jobs import open_failures
from core.version import VERSION
from reports.selectors.health import waiting_work

from .diagnostics import OF_THE_DAY, Status, examine
from .diagnostics.work import timetable_entries

SHOWN = 50


@requires(P.VIEW_OPERATIONS)
@never_cache
def operations(request):
    """Checks of the day, failed jobs and the timetable."""
    # What is wrong stands first; a phone shows the first of them.
    findings = sorted(examine(OF_THE_DAY), key=lambda each: each.status == Status.WELL)
    failures = open_failures()
    return render(
        request,
        "operations/page.html",
        {
            "findings": findings,
            "wrong": sum(finding.status != Status.WELL for finding in findings),
            "failures": failures[:SHOWN],
            "more_failures": max(0, len(failures) - SHOWN),
            "entries": timetable_entries(),
            "work": waiting_work(),
            "version": VERSION,
            "emergencies": emergency.lately(),
            "has_broker": bool(settings.REDIS_URL),
            "may_give_roles": request.scope.may(P.GIVE_ROLES),
        },
    )


@requires(P.VIEW_OPERATIONS)
@require_POST
def restart(request, failed_id):
    """Start a failed job again, with all its tries."""
    failed = jobs.restart(failed_id=failed_id, by=request.user)
    if failed is None:
        raise Http404
    task = current_app.tasks.get(failed.task)
    if task is None:
        messages.error(request, _("This version has no such job any more. Set it aside."))
    else:
        enqueue(task, slow=True, **failed.kwargs)
        messages.success(request, _("Started again. Look here once more in a minute."))
    return redirect("operations")


@requires(P.VIEW_OPERATIONS)
@require_POST
def dismiss(request, failed_id):
    """Set a failed job aside."""
    if not jobs.dismiss(failed_id=failed_id, by=request.user):
        raise Http404
    messages.success(request, _("Set aside."))
    return redirect("operations")
