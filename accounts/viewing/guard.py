"""The one place that refuses what must not happen while a class is looked at.

Closed by default: a page opens for reading when its view asks for a permission, which the
narrowed scope then answers, or when it is named here. Pages of one's own account, keys and second
steps, the API and Django's admin are closed whatever they ask for.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from core import problems
from core.permissions import DeclaredView
from core.types import View

from . import session

SAFE = {"GET", "HEAD"}
# What may be posted: the way back, and leaving altogether.
WAYS_OUT = {"accounts:view_end", "accounts:sign_out"}
CLOSED_NAMESPACES = {"accounts", "api", "admin"}
# Of views that ask for no permission: what shows nothing of the reader's own.
OPEN = {
    "home",
    "help",
    "guide",
    "guide_file",
    "reports:indicators",
    "manifest",
    "service_worker",
    "robots",
    "security_txt",
}


def refuse(request: HttpRequest, view: View | DeclaredView) -> HttpResponseBase | None:
    """The refusal, or None when nothing is looked at or the request may go on; no query."""
    match = request.resolver_match
    if match is None or session.class_looked_at(request) is None or match.view_name in WAYS_OUT:
        return None
    if request.method in SAFE and _is_shown(match.view_name, match.namespaces, view):
        return None
    message = _("You look at the pages as a teacher does; nothing can be changed or sent.")
    if "api" in match.namespaces:
        return problems.answer(request, 403, "viewing", message)
    return render(request, "accounts/viewing_refused.html", {"message": message}, status=403)


def _is_shown(name: str, namespaces: list[str], view: View | DeclaredView) -> bool:
    if CLOSED_NAMESPACES & {*namespaces}:
        return False
    kind, _needs = getattr(view, "access", ("", ()))
    return kind == "permission" or name in OPEN
