"""Sign-in by default, a scope on every request, and nothing typed is lost for want of a session."""

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject

from core import log_context
from core.html_forms import fill

from . import drafts, guessing, sessions
from .interrupted import ask_to_sign_in
from .scoping import scope_for

# The form reached nobody who could show it again.
NOT_TAKEN = {403, 404, 413, 429}


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's own rule, plus: sessions end, first passwords and second factors come first."""

    open_until_changed = {"accounts:password", "accounts:sign_out", "set_language"}
    open_until_set_up = open_until_changed | {
        "accounts:second_factor",
        "accounts:phone_add",
        "accounts:passkey_add",
        "accounts:draft_discard",
    }

    def process_view(self, request, view_func, view_args, view_kwargs):
        if request.user.is_authenticated:
            sessions.look(request)
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is not None and request.method == "POST":
            draft = drafts.draft_of(request)
            return ask_to_sign_in(request, draft) if draft else answer
        if answer is not None or not request.user.is_authenticated:
            return answer
        log_context.note_user(request.user)
        public = not getattr(view_func, "login_required", True)
        if (
            request.user.must_change_password
            and not public
            and request.resolver_match.view_name not in self.open_until_changed
        ):
            return redirect("accounts:password")
        if (
            not public
            and request.resolver_match.view_name not in self.open_until_set_up
            and sessions.is_due(request)
        ):
            return redirect("accounts:second_factor")
        return guessing.count_before(request, view_func)


class DraftMiddleware:
    """A form is taken from the person whom it was made for; a waiting draft is filled in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not request.session.accessed or not request.user.is_authenticated:
            return response
        if request.method == "POST" and getattr(request, "is_taken", False):
            if response.status_code not in NOT_TAKEN and response.status_code < 500:
                drafts.forget(request, action=request.get_full_path())
            # Ours lead elsewhere when they have saved, and show the form again when they have not.
            if 300 <= response.status_code < 400:
                drafts.tell_taken(request, response)
        elif request.method == "GET" and response.status_code == 200:
            self._fill(request, response)
        return response

    def process_view(self, request, view_func, view_args, view_kwargs):
        """The token of a page may be that of the person who signed in last, its form another's."""
        is_form = request.method == "POST" and not getattr(view_func, "csrf_exempt", False)
        if not is_form or not getattr(view_func, "login_required", True):
            return None
        origin = drafts.read_origin(request)
        leaves = request.resolver_match.view_name == "accounts:sign_out"
        if origin is None or origin.user_id == request.user.pk or leaves:
            request.is_taken = True
            return None
        return ask_to_sign_in(request, drafts.draft_of(request))

    def _fill(self, request, response):
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return
        draft = drafts.waiting_for(request)
        if draft is None:
            return

        def notice(filled):
            texts = [value for _name, value in filled.left if " " in value.strip()]
            context = {"draft": draft, "button": filled.button, "texts": texts}
            return render_to_string("accounts/_draft.html", context, request)

        html = fill(
            response.content.decode(response.charset),
            page=draft.page,
            action=draft.action,
            pairs=draft.pairs,
            notice=notice,
        )
        response.content = html.encode(response.charset)
        if "Content-Length" in response.headers:
            response.headers["Content-Length"] = str(len(response.content))


class ScopeMiddleware:
    """Hang the user's scope on the request; built when a view first asks for it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.scope = SimpleLazyObject(lambda: scope_for(request.user))
        return self.get_response(request)
