"""Sign-in, sign-out and the change of one's own password."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.middleware import tell_when_repeated
from schools.jobs import enqueue
from schools.permissions import Permission as P
from schools.permissions import public, requires, signed_in

from . import drafts, emergency, services
from . import tokens as keys
from .forms import EmergencyForm, ReminderForm, SignInForm, TokenForm
from .interrupted import ask_to_sign_in, draft_context
from .tasks import tell_emergency

KEYS_SHOWN = 50


class SignInView(LoginView):
    """The sign-in, which carries a draft to the page of its form."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def dispatch(self, request, *args, **kwargs):
        self.draft = drafts.unseal(request.POST.get(drafts.SEALED, ""))
        # Another person is signed in than the one who typed: only the sign-in can go on.
        self.redirect_authenticated_user = self.draft is None or self._is_theirs()
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self):
        if self.draft is None:
            return super().get_success_url()
        # The words of one person are nothing to another, nor the page they were for.
        return drafts.keep(self.request, self.draft) if self._is_theirs() else reverse("home")

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | draft_context(self.draft)

    def _is_theirs(self):
        return self.draft.user_id == self.request.user.pk


sign_in = public("nobody is signed in yet")(SignInView.as_view())
sign_out = signed_in("everybody may leave")(LogoutView.as_view())


def stale_form(request, reason=""):
    """CSRF_FAILURE_VIEW: a form of ours whose token is old, since somebody signed in elsewhere."""
    draft = None
    if drafts.is_our_form(request):
        draft = drafts.unseal(request.POST.get(drafts.SEALED, "")) or drafts.draft_of(request)
    if draft:
        return ask_to_sign_in(request, draft)
    return render(request, "403_csrf.html", status=403)


@signed_in("one's own text")
def draft_discard(request):
    """Drop what waits for a page, and open the page as it is."""
    origin = drafts.read_origin(request) if request.method == "POST" else None
    if origin is None:
        return HttpResponseNotAllowed(["POST"])
    drafts.forget(request, page=origin.page)
    return redirect(origin.page)


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
    form = TokenForm(request.POST or None, request=request)
    secret = ""
    if request.method == "POST" and form.is_valid():
        token, secret = keys.make_token(
            user=request.user,
            **{name: form.cleaned_data[name] for name in ("name", "days", "scopes")},
        )
        form = TokenForm(request=request)
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
    if not keys.revoke_token(token_id=token_id, by=request.user, user=request.user):
        raise Http404
    messages.success(request, _("The key opens nothing any more."))
    return redirect("accounts:tokens")


@requires(P.MANAGE_USERS)
def all_tokens(request):
    """Everybody's access keys, for the administrator; no secret is kept that could be shown."""
    page = Paginator(keys.all_tokens(), KEYS_SHOWN).get_page(request.GET.get("page"))
    return render(request, "accounts/all_tokens.html", {"page": page})


@requires(P.MANAGE_USERS)
def any_token_revoke(request, token_id):
    """Revoke anybody's key."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not keys.revoke_token(token_id=token_id, by=request.user):
        raise Http404
    messages.success(request, _("The key opens nothing any more."))
    return redirect("accounts:all_tokens")


@requires(P.MANAGE_USERS)
@never_cache
def emergency_access(request):
    """Act in the place of a school's head for some hours, aloud; those of the last days."""
    form = EmergencyForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("school", "reason", "hours")}
        try:
            access = emergency.open_access(by=request.user, **values)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            enqueue(tell_emergency, slow=True, access_id=access.pk)
            messages.warning(
                request,
                _("Opened. Everything you do there is written down, and those concerned know."),
            )
            return redirect("accounts:emergency")
    context = {"form": form, "accesses": emergency.lately(), "days": emergency.SHOWN_DAYS}
    return render(request, "accounts/emergency.html", context, status=422 if form.errors else 200)


@requires(P.MANAGE_USERS)
def emergency_end(request, access_id):
    """Close an emergency access before its time."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not emergency.end_access(access_id=access_id, by=request.user):
        raise Http404
    messages.success(request, _("The emergency access is closed."))
    return redirect("accounts:emergency")
