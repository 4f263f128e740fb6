"""Sign-in by default, and a scope on every request."""

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject

from .scoping import scope_for


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's own rule, plus: a first password must be changed before anything else."""

    open_until_changed = {"accounts:password", "accounts:sign_out", "set_language"}

    def process_view(self, request, view_func, view_args, view_kwargs):
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is not None or not request.user.is_authenticated:
            return answer
        public = not getattr(view_func, "login_required", True)
        if (
            request.user.must_change_password
            and not public
            and request.resolver_match.view_name not in self.open_until_changed
        ):
            return redirect("accounts:password")
        return None


class ScopeMiddleware:
    """Hang the user's scope on the request; built when a view first asks for it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.scope = SimpleLazyObject(lambda: scope_for(request.user))
        return self.get_response(request)
