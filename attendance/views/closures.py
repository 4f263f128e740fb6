"""Closures and make-up days of the reader's places."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from schools.permissions import Permission as P
from schools.permissions import requires

from ..forms import ClosureForm
from ..selectors.closures import closure_in, closures_in, places_to_close
from ..services.calendar import RegistersSent, add_closure, remove_closure

PAGE_SIZE = 20


@requires(P.MANAGE_CALENDAR)
def closures(request):
    """The list, and a form that adds one."""
    scope = request.scope
    offered = places_to_close(scope, P.MANAGE_CALENDAR)
    form = ClosureForm(request.POST or None, places=offered)
    if request.method == "POST" and form.is_valid():
        try:
            add_closure(**form.values(), by=request.user)
        except RegistersSent as sent:
            form.ask_to_confirm()
            form.add_error("confirm", sent.message)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved. The figures are being recounted."))
            return redirect("attendance:closures")
    page = Paginator(closures_in(scope.places(P.MANAGE_CALENDAR)), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "attendance/closures.html",
        {"form": form, "page": page, "today": timezone.localdate()},
        status=422 if form.errors else 200,
    )


@requires(P.MANAGE_CALENDAR)
def remove(request, closure_id):
    """Ask, then take a closure back."""
    found = closure_in(request.scope.places(P.MANAGE_CALENDAR), closure_id)
    if found is None:
        raise Http404
    if request.method == "POST":
        remove_closure(closure=found, by=request.user)
        messages.success(request, _("Taken back. The figures are being recounted."))
        return redirect("attendance:closures")
    return render(request, "attendance/closure_remove.html", {"closure": found})
