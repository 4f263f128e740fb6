"""Sign-in in one or two steps, sign-out, and what becomes of a form whose session has ended."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.permissions import public, signed_in

from .. import door, drafts, guessing, passkeys, second_factor
from ..forms import CodeForm, SignInForm
from ..interrupted import ask_to_sign_in, draft_context


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
        provider = {"provider": settings.OIDC_NAME} if settings.OIDC_ISSUER else {}
        return super().get_context_data(**kwargs) | draft_context(self.draft) | provider

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


class SignOutView(LogoutView):
    """The sign-out; whom the identity provider let in is told that it has not forgotten them."""

    def post(self, request, *args, **kwargs):
        came_from_provider = request.session.get(door.AT_PROVIDER)
        answer = super().post(request, *args, **kwargs)
        if came_from_provider:
            messages.info(
                request,
                _(
                    "You are signed out here, and not at {name}. On a computer that others use,"
                    " sign out there too."
                ).format(name=settings.OIDC_NAME),
            )
        # The sheets that the browser has kept show names (ADR 106).
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer


sign_out = signed_in("everybody may leave")(SignOutView.as_view())


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
                at_provider=waiting.at_provider,
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
