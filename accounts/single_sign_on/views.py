"""Signing in at the identity provider: the page that leads there, and the return."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.permissions import public

from .. import door, drafts, guessing, second_factor
from .provider import is_configured
from .services import NotAnswered, Unknown, way_there, who_is_back


@public("nobody is signed in yet")
@never_cache
def single_sign_on(request):
    """A page that leads to the provider: our policy lets no form be sent anywhere else."""
    if request.user.is_authenticated or not is_configured():
        return redirect("accounts:sign_in")
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    draft = request.POST.get(drafts.SEALED, "")
    try:
        address = way_there(
            request, leads_to=_leads_to(request), draft=draft if drafts.unseal(draft) else ""
        )
    except NotAnswered:
        return _refuse(request, _not_answered())
    answer = render(
        request, "accounts/single_sign_on.html", {"address": address, "name": settings.OIDC_NAME}
    )
    answer["Refresh"] = f"0; url={address}"
    return answer


single_sign_on.keeps_what_it_refuses = True


@public("who comes back is not signed in yet")
@never_cache
def single_sign_on_back(request):
    """Sign in who was let in there, by our own second step where they have one."""
    if request.user.is_authenticated or not is_configured():
        return redirect("accounts:sign_in")
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    try:
        user, kept = who_is_back(request)
    except NotAnswered:
        return _refuse(request, _not_answered())
    except Unknown:
        return _refuse(
            request,
            _(
                "No account in use here has the confirmed e-mail address of that sign-in. Ask the"
                " system administrator to enter it, or sign in with your user name."
            ),
        )
    except guessing.Locked as locked:
        return guessing.locked_page(request, locked)
    leads_to, draft = kept["leads_to"] or reverse("home"), drafts.unseal(kept["draft"])
    if second_factor.has_factor(user):
        door.wait_for_second_step(request, user, leads_to=leads_to, draft=draft, at_provider=True)
        return redirect("accounts:second_step")
    return door.let_in(request, user, leads_to=leads_to, draft=draft, at_provider=True)


def _leads_to(request):
    page = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return page if is_ours else ""


def _not_answered():
    return _(
        "{name} gave no valid answer. Try again, or sign in with your user name and password."
    ).format(name=settings.OIDC_NAME)


def _refuse(request, sentence):
    messages.error(request, sentence)
    return redirect("accounts:sign_in")
