"""Sign-in, sign-out and the change of one's own password."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.middleware import tell_when_repeated
from schools.permissions import public, signed_in

from . import services
from . import tokens as keys
from .forms import ReminderForm, SignInForm, TokenForm

sign_in = public("nobody is signed in yet")(
    LoginView.as_view(
        template_name="accounts/sign_in.html",
        authentication_form=SignInForm,
        redirect_authenticated_user=True,
    )
)
sign_out = signed_in("everybody may leave")(LogoutView.as_view())


@signed_in("one's own password")
def password(request):
    """Change one's own password; also where a first password leads."""
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.change_password(
            user=request.user, password=form.cleaned_data["new_password1"], by=request.user
        )
        update_session_auth_hash(request, request.user)
        messages.success(request, _("The password is changed."))
        return redirect("home")
    return render(request, "accounts/password.html", {"form": form})


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
    return render(request, "accounts/reminders.html", {"form": form})


@signed_in("one's own access keys")
@never_cache
def tokens(request):
    """One's own access keys for other systems; a new one is shown once."""
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        token, secret = keys.make_token(user=request.user, **form.cleaned_data)
        form = TokenForm()
    context = {"form": form, "tokens": keys.tokens_of(request.user), "secret": secret}
    status = 422 if form.errors else 200
    answer = render(request, "accounts/tokens.html", context, status=status)
    if secret:
        tell_when_repeated(
            answer,
            leads_to=reverse("accounts:tokens"),
            text=_(
                "The key “%(name)s” is made already, and its secret was shown that one time. "
                "If you did not copy it, revoke this key and make another."
            )
            % {"name": token.name},
        )
    return answer


@signed_in("one's own access keys")
def token_revoke(request, token_id):
    """Revoke one of one's own keys."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not keys.revoke_token(user=request.user, token_id=token_id):
        raise Http404
    messages.success(request, _("The key opens nothing any more."))
    return redirect("accounts:tokens")
