"""What is one's own: the password, reminders, the browsers in which one is signed in."""

from django.contrib import messages
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.form_pages import render_form
from core.permissions import signed_in

from .. import guessing, services, sessions
from ..forms import NewPasswordForm, ReminderForm


@signed_in("one's own password")
@guessing.asks_password("old_password")
def password(request):
    """Change one's own password; also where a first password leads."""
    form = NewPasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        services.change_password(
            user=request.user, password=form.cleaned_data["new_password1"], by=request.user
        )
        sessions.go_on_after_new_password(request)
        messages.success(request, _("The password is changed. Other devices were signed out."))
        return redirect("home")
    return render_form(request, "accounts/password.html", {"form": form})


@signed_in("one's own letters")
def reminders(request):
    """Whether one wants letters about missing registers; where such a letter leads."""
    # Nothing ticked is an answer too.
    form = ReminderForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        services.set_reminders(
            user=request.user, wanted=form.cleaned_data["wants_reminders"], by=request.user
        )
        messages.success(request, _("Saved."))
        return redirect("accounts:reminders")
    return render_form(request, "accounts/reminders.html", {"form": form})


@signed_in("one's own sign-in")
@never_cache
def signed_in_browsers(request):
    """The browsers in which one is signed in; a POST signs out all others."""
    if request.method == "POST":
        count = sessions.end_by_owner(request)
        messages.success(request, _("Signed out elsewhere: %(count)s.") % {"count": count})
        return redirect("accounts:browsers")
    context = {
        "browsers": sessions.of(request.user),
        "own_key": request.session.session_key,
    }
    return render(request, "accounts/browsers.html", context)


@signed_in("one's own sign-in")
def browser_end(request, browser_id):
    """Sign out one other browser of one's own."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not sessions.end_by_owner(request, only=browser_id):
        raise Http404
    messages.success(request, _("Signed out there."))
    return redirect("accounts:browsers")
