"""The first page of each role, and what is shown where there is nothing to show."""

import sys

from django.contrib import messages
from django.http import HttpResponse, HttpResponseServerError
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.views.defaults import bad_request, page_not_found, permission_denied

from accounts import door, emergency
from core import problems
from core.permissions import Permission as P
from core.permissions import signed_in
from operations.outages import RETRY_AFTER, is_away

from . import start_pages


@signed_in("everybody has a first page; it shows only what the scope allows")
def home(request):
    """Lead the reader to their own start; see `lai_chau_edu.start_pages`.

    Who signed in for the first time reads first what to do, once; the steps of a province that is
    not ready yet say so themselves.
    """
    if door.take_first(request) and not start_pages.is_guided(request.scope):
        return redirect("help")
    if request.scope.may(P.MANAGE_SCHOOL) or request.scope.may(P.MANAGE_USERS):
        for sentence in emergency.take_notices(request.user):
            messages.warning(request, sentence)
    return start_pages.start_page(request)


def not_found(request, exception):
    """Nothing at an address: a page for people, the API's shape for machines."""
    if request.path.startswith(problems.API):
        message = gettext("There is nothing at this address.")
        return problems.answer(request, 404, "not_found", message)
    return page_not_found(request, exception)


def forbidden(request, exception):
    """Refused before a view was reached: a page for people, the API's shape for machines."""
    if request.path.startswith(problems.API):
        message = gettext("You have no right to do this here.")
        return problems.answer(request, 403, "permission_denied", message)
    return permission_denied(request, exception)


def not_understood(request, exception):
    """What Django itself holds for no sound request, such as the name of another server."""
    if request.path.startswith(problems.API):
        message = gettext("This call cannot be understood. Look at its address and headers.")
        return problems.answer(request, 400, "bad_request", message)
    return bad_request(request, exception)


def broken(request):
    """A fault of ours: a page for people, the API's shape for machines.

    Django calls this for whatever was raised, in a view or on the way to it: a database that is
    away is no fault of the program and passes by itself.
    """
    if is_away(sys.exc_info()[1]):
        return away(request)
    if request.path.startswith(problems.API):
        message = gettext("Something broke on our side; try again later.")
        return problems.answer(request, 500, "error", message)
    return HttpResponseServerError(render_to_string("500.html"))


def maintenance(request):
    """A new version is being installed: asks neither database nor session."""
    if request.path.startswith(problems.API):
        message = gettext("A new version is being installed; send again in some minutes.")
        response = problems.answer(request, 503, "maintenance", message)
    else:
        response = HttpResponse(render_to_string("maintenance.html"), status=503)
    response["Retry-After"] = RETRY_AFTER
    add_never_cache_headers(response)
    return response


def away(request):
    """503 while the database cannot be used; needs neither it nor a session."""
    headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
    accepted = request.headers.get("Accept", "")
    if request.path.startswith(problems.API) or "json" in accepted:
        text = gettext("The program is away for a moment; nothing was saved. Send again shortly.")
        return problems.answer(request, 503, "away", text, headers=headers)
    return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
