"""Emergency access of an administrator to a school."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from schools.form_refusals import show_refusal

from .. import emergency, guessing
from ..forms import EmergencyForm


@requires(P.MANAGE_USERS)
@guessing.asks_password("password")
@never_cache
def emergency_access(request):
    """Act in the place of a school's head for some hours, aloud; those of the last days."""
    form = EmergencyForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("school", "reason", "hours")}
        try:
            emergency.open_access(by=request.user, **values)
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.warning(
                request,
                _("Opened. Everything you do there is written down, and those concerned know."),
            )
            return redirect("accounts:emergency")
    context = {"form": form, "accesses": emergency.lately(), "days": emergency.SHOWN_DAYS}
    return render_form(request, "accounts/emergency.html", context)


@requires(P.MANAGE_USERS)
def emergency_end(request, access_id):
    """Close an emergency access before its time."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not emergency.end_access(access_id=access_id, by=request.user):
        raise Http404
    messages.success(request, _("The emergency access is closed."))
    return redirect("accounts:emergency")
