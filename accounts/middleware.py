"""Sign-in by default, a scope on every request, and nothing typed is lost for want of a session."""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject

from core import log_context
from core.conditional import is_kept, keep_nowhere
from core.html_forms import Filled, fill
from core.scope import Scope
from core.types import GetResponse, ScopedRequest, View

from . import drafts, guessing, sessions
from .guessing import AskedRequest
from .interrupted import ask_to_sign_in
from .scoping import scope_for
from .viewing import guard
from .viewing import session as viewing
from .viewing.scoping import narrowed

# The form reached nobody who could show it again.
NOT_TAKEN = {403, 404, 413, 429}


class LatestSessionMiddleware(SessionMiddleware):
    """Django's own, but that a session which is no more takes no cookie away.

    A page's call that was on its way while somebody signed in or changed the password comes with
    the session of before. Its answer would throw away the cookie that is new, and the person be
    signed out. Who signs out, or whose session ends here, loses the cookie as ever.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = getattr(request, "session", None)
        is_gone = session is not None and not session.modified and session.is_empty()
        answer = super().process_response(request, response)
        if is_gone:
            answer.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        return answer


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's own rule, plus: sessions end, first passwords and second factors come first."""

    open_until_changed = {"accounts:password", "accounts:sign_out", "set_language"}
    open_until_set_up = open_until_changed | {
        "accounts:second_factor",
        "accounts:phone_add",
        "accounts:passkey_add",
        "accounts:draft_discard",
    }

    def process_view(
        self, request: HttpRequest, view_func: View, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        asked = cast("AskedRequest", request)
        if request.user.is_authenticated:
            sessions.look(asked)
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
            and _view_name(request) not in self.open_until_changed
        ):
            return redirect("accounts:password")
        if (
            not public
            and _view_name(request) not in self.open_until_set_up
            and sessions.is_due(request)
        ):
            return redirect("accounts:second_factor")
        # Before anything counts, draws or saves what was posted.
        return guard.refuse(request, view_func) or guessing.count_before(asked, view_func)


def _view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


class PostedRequest(HttpRequest):
    """A request with a form: whether it is taken from the person who sends it."""

    is_taken: bool


class DraftMiddleware:
    """A form is taken from the person whom it was made for; a waiting draft is filled in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        waits = SimpleLazyObject(lambda: drafts.waiting_for(request) is not None)
        cast("ScopedRequest", request).has_draft = request.method == "GET" and cast("bool", waits)
        response = self.get_response(request)
        if not request.session.accessed or not request.user.is_authenticated:
            return response
        if request.method == "POST" and getattr(request, "is_taken", False):
            if response.status_code not in NOT_TAKEN and response.status_code < 500:
                drafts.forget(request, action=request.get_full_path())
            # Ours lead elsewhere when they have saved, and show the form again when they have not.
            if 300 <= response.status_code < 400 and isinstance(response, HttpResponse):
                drafts.tell_taken(request, response)
        elif (
            request.method == "GET"
            and response.status_code == 200
            and isinstance(response, HttpResponse)
        ):
            self._fill(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view_func: View, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """The token of a page may be that of the person who signed in last, its form another's."""
        is_form = request.method == "POST" and not getattr(view_func, "csrf_exempt", False)
        if not is_form or not getattr(view_func, "login_required", True):
            return None
        origin = drafts.read_origin(request)
        leaves = _view_name(request) == "accounts:sign_out"
        if origin is None or origin.user_id == request.user.pk or leaves:
            cast("PostedRequest", request).is_taken = True
            return None
        draft = drafts.draft_of(request)
        return ask_to_sign_in(request, draft) if draft else None

    def _fill(self, request: HttpRequest, response: HttpResponse) -> None:
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return
        draft = drafts.waiting_for(request)
        if draft is None:
            return

        def notice(filled: Filled) -> str:
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
    """Hang the user's scope on the request; built when a view first asks for it.

    While a class is looked at as its teacher sees it, the scope is that of `accounts.viewing`.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        scope = SimpleLazyObject(lambda: _scope_of(request))
        cast("ScopedRequest", request).scope = cast("Scope", scope)
        response = self.get_response(request)
        # A class that is only looked at stays on no device of the reader.
        if is_kept(response) and viewing.class_looked_at(request) is not None:
            keep_nowhere(response)
        return response


def _scope_of(request: HttpRequest) -> Scope:
    own = scope_for(request.user)
    class_id = viewing.class_looked_at(request)
    return own if class_id is None else narrowed(own, class_id)
