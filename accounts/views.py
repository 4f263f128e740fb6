"""Sign-in in one or two steps, sign-out and the change of one's own password."""

from django.contrib import messages
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

from . import door, drafts, emergency, guessing, passkeys, second_factor, services, sessions
from . import tokens as keys
from .forms import (
    CodeForm,
    EmergencyForm,
    NewPasswordForm,
    OwnPasswordForm,
    PasskeyForm,
    PhoneForm,
    ReminderForm,
    SignInForm,
    TokenForm,
)
from .interrupted import ask_to_sign_in, draft_context
from .tasks import tell_emergency

KEYS_SHOWN = 50

# The secret of a phone that is being set up, in the session.
SECRET = "phone_secret"


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

    def post(self, request, *args, **kwargs):
        try:
            return super().post(request, *args, **kwargs)
        except guessing.Locked as locked:
            return self._say_locked(locked)

    def form_valid(self, form):
        user, leads_to = form.get_user(), LoginView.get_success_url(self)
        if second_factor.has_factor(user):
            door.wait_for_second_step(self.request, user, leads_to=leads_to, draft=self.draft)
            return redirect("accounts:second_step")
        return door.let_in(self.request, user, leads_to=leads_to, draft=self.draft)

    def get_success_url(self):
        # Of a person who is signed in already.
        if self.draft is None:
            return super().get_success_url()
        return drafts.keep(self.request, self.draft)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | draft_context(self.draft)

    def _say_locked(self, locked):
        # The form is shown again and not checked: what was typed elsewhere still goes along.
        form = SignInForm(
            self.request, initial={"username": self.request.POST.get("username", "")[:150]}
        )
        context = self.get_context_data(form=form) | guessing.locked_context(locked)
        answer = self.render_to_response(context, status=429)
        answer["Retry-After"] = str(locked.seconds)
        return answer

    def _is_theirs(self):
        return self.draft.user_id == self.request.user.pk


sign_in = public("nobody is signed in yet")(SignInView.as_view())
sign_in.keeps_what_it_refuses = True
sign_out = signed_in("everybody may leave")(LogoutView.as_view())


@public("the password was right, nobody is signed in yet")
@never_cache
def second_step(request):
    """The second step of the sign-in: a code, a passkey or a recovery code."""
    waiting = door.waiting(request)
    if waiting is None:
        return redirect("accounts:sign_in")
    if waiting.is_over:
        door.forget(request)
        if waiting.draft is not None:
            return ask_to_sign_in(request, waiting.draft)
        return redirect("accounts:sign_in")
    form, locked = CodeForm(), None
    if request.method == "POST":
        try:
            device, form = _second_step_taken(request, waiting.user)
        except guessing.Locked as caught:
            device, locked = None, caught
        if device is not None:
            return door.let_in(
                request,
                waiting.user,
                device=device,
                leads_to=waiting.leads_to,
                draft=waiting.draft,
            )
    context = {
        "form": form,
        "passkey_options": passkeys.ask_to_authenticate(request, waiting.user),
        **(guessing.locked_context(locked) if locked else {}),
    }
    answer = render(request, "accounts/second_step.html", context, status=429 if locked else 200)
    if locked:
        answer["Retry-After"] = str(locked.seconds)
    return answer


second_step.keeps_what_it_refuses = True


def _second_step_taken(request, user):
    """(the device, or None; the form to show when there is none)."""
    credential = request.POST.get("credential", "")
    form = CodeForm() if credential else CodeForm(request.POST)
    if not credential and not form.is_valid():
        return None, form
    attempt = guessing.of_code(user)
    if credential:
        device = passkeys.authenticate(request, user, credential)
    else:
        device = second_factor.check_code(user, form.cleaned_data["code"])
    if device is not None:
        attempt.was_right()
        return device, form
    attempt.was_wrong()
    if credential:
        messages.error(request, _("The passkey was not accepted. Try again or use a code."))
    else:
        form.add_error("code", _("This code is wrong or was used already. Wait for the next one."))
    return None, form


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
@guessing.asks_password("password")
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
@guessing.asks_password("password")
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


# --- The second factor ---------------------------------------------------------


@signed_in("one's own sign-in")
@never_cache
def second_factor_page(request):
    """What one takes the second step with, and what is left of the recovery codes."""
    context = {
        "factors": second_factor.factors_of(request.user),
        "codes_left": second_factor.codes_left(request.user),
        "is_due": sessions.is_due(request),
        "passkeys_possible": passkeys.are_possible(request),
    }
    return render(request, "accounts/second_factor.html", context)


@signed_in("one's own sign-in")
@guessing.asks_password("password")
@never_cache
def phone_add(request):
    """Set up a phone: its app reads the secret and proves it with a first code."""
    if request.method == "POST":
        form = PhoneForm(request.POST, request=request)
        secret = request.session.get(SECRET)
        if secret is None:
            messages.info(request, _("Scan the new picture: the former one is no longer valid."))
            return redirect("accounts:phone_add")
        if form.is_valid():
            device = second_factor.add_phone(
                user=request.user,
                secret=secret,
                code="".join(form.cleaned_data["code"].split()),
                name=form.cleaned_data["name"],
            )
            if device is not None:
                del request.session[SECRET]
                return _added(request, device)
            form.add_error("code", _("This code is wrong. Is the clock of the phone right?"))
    else:
        form = PhoneForm(request=request)
        secret = request.session.setdefault(SECRET, second_factor.new_secret())
    context = {
        "form": form,
        "picture": second_factor.qr_code(request.user, secret),
        "secret": second_factor.secret_words(secret),
    }
    return render(request, "accounts/phone_add.html", context)


@signed_in("one's own sign-in")
@guessing.asks_password("password")
@never_cache
def passkey_add(request):
    """Set up a passkey: the lock of this device, or a security key."""
    form = PasskeyForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        device = passkeys.register(
            request, form.cleaned_data["credential"], name=form.cleaned_data["name"]
        )
        if device is not None:
            return _added(request, device)
        form.add_error(None, _("The device made no passkey. Try again, or set up a phone."))
    possible = passkeys.are_possible(request)
    context = {
        "form": form,
        "options": passkeys.ask_to_register(request) if possible else "",
    }
    return render(request, "accounts/passkey_add.html", context)


def _added(request, device):
    """Go on as somebody with a second factor; the first one brings recovery codes."""
    door.verify(request, device)
    if not second_factor.codes_left(request.user):
        return _show_codes(request)
    messages.success(request, _("Saved."))
    return redirect("accounts:second_factor")


def _show_codes(request):
    codes = second_factor.make_recovery_codes(user=request.user)
    return render(request, "accounts/recovery_codes.html", {"codes": codes})


@signed_in("one's own sign-in")
@guessing.asks_password("password")
@never_cache
def recovery_codes(request):
    """New recovery codes in the place of the former; shown once."""
    if not second_factor.has_factor(request.user):
        return redirect("accounts:second_factor")
    form = OwnPasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        return _show_codes(request)
    return render(request, "accounts/recovery_codes_new.html", {"form": form})


@signed_in("one's own sign-in")
@guessing.asks_password("password")
@never_cache
def factor_remove(request, kind, factor_id):
    """Take one of one's own factors away; not the last one of whom it is demanded."""
    found = second_factor.factors_of(request.user)
    factor = next((each for each in found if (each.kind, each.pk) == (kind, factor_id)), None)
    if factor is None:
        raise Http404
    if len(found) == 1 and sessions.is_demanded(request):
        messages.error(
            request, _("The second step is demanded of you. Set up another phone or passkey first.")
        )
        return redirect("accounts:second_factor")
    form = OwnPasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        second_factor.remove(user=request.user, kind=kind, factor_id=factor_id)
        messages.success(request, _("Removed."))
        return redirect("accounts:second_factor")
    return render(request, "accounts/factor_remove.html", {"form": form, "factor": factor})


# --- Where one is signed in ------------------------------------------------------


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
