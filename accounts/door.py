"""The way in: one step or two, and what happens when somebody is in.

Between the two steps nobody is signed in: the session holds for whom the password was right,
where to go on, and what was typed in a form that had lost its session (`accounts.drafts`).
"""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp import login as otp_login
from django_otp.models import Device

from core.events import record
from core.permissions import DeclaredView

from . import drafts, events, guessing, second_factor, sessions
from .models import User

KEY = "second_step"
# In the session of a person's first sign-in, until the first page was shown (`take_first`).
FIRST = "first_sign_in"
# In the session of somebody whom the identity provider let in.
AT_PROVIDER = "at_provider"
# Seconds between the two steps.
LIFE = 600
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class Waiting:
    """Somebody whose password was right."""

    user: User
    leads_to: str
    draft: drafts.Draft | None
    is_over: bool
    at_provider: bool


def wait_for_second_step(
    request: HttpRequest,
    user: User,
    *,
    leads_to: str,
    draft: drafts.Draft | None,
    at_provider: bool = False,
) -> None:
    """Note that the password of this person was right, here or at the identity provider."""
    request.session[KEY] = {
        "user": user.pk,
        # A password changed meanwhile opens nothing.
        "hash": user.get_session_auth_hash(),
        "at": timezone.now().timestamp(),
        "leads_to": leads_to,
        "draft": drafts.seal(draft) if draft else "",
        "at_provider": at_provider,
    }


def waiting(request: HttpRequest) -> Waiting | None:
    """Who is between the two steps here, or None."""
    kept = request.session.get(KEY)
    if kept is None:
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    if user is None or user.get_session_auth_hash() != kept["hash"]:
        forget(request)
        return None
    is_over = timezone.now().timestamp() - kept["at"] > LIFE
    draft, at_provider = drafts.unseal(kept["draft"]), bool(kept.get("at_provider"))
    return Waiting(user, kept["leads_to"], draft, is_over, at_provider)


def forget(request: HttpRequest) -> None:
    """Nobody is between the two steps here any more."""
    request.session.pop(KEY, None)


def let_in(
    request: HttpRequest,
    user: User,
    *,
    leads_to: str,
    draft: drafts.Draft | None,
    device: Device | None = None,
    at_provider: bool = False,
) -> HttpResponse:
    """Sign somebody in; the answer leads where they were going. With an event.

    `device`: what the second step was taken with; `at_provider`: the identity provider let them
    in, and no password was asked here. Their own words wait on their page; those of one person are
    nothing to another, nor the page they were for.
    """
    forget(request)
    before = user.last_login
    with transaction.atomic():
        if not at_provider and not _take_code(user):
            messages.error(request, _("This code was used before. Ask for another."))
            return redirect("accounts:sign_in")
        login(request, user, backend=BACKEND)
        if device is not None:
            verify(request, device)
        changes = {"second_step": ("", "" if device is None else type(device)._meta.model_name)}
        if at_provider:
            request.session[AT_PROVIDER] = True
            changes["provider"] = ("", urlsplit(settings.OIDC_ISSUER).netloc)
        record(events.SIGNED_IN, by=user, about=user, changes=changes)
    if before is None:
        request.session[FIRST] = True
    if device is None and (moment := second_factor.reset_since(user, before)):
        messages.warning(request, second_factor.reset_words(moment))
    if draft is not None:
        leads_to = drafts.keep(request, draft) if draft.user_id == user.pk else reverse("home")
    answer = redirect(leads_to)
    guessing.know_device(request, answer, user)
    return answer


def take_first(request: HttpRequest) -> bool:
    """Whether this is the first page of a person's first sign-in; once."""
    return bool(request.session.pop(FIRST, False))


def _take_code(user: User) -> bool:
    """Use up a password that opens once; False when it was used, or replaced, meanwhile."""
    if not user.opens_once:
        return True
    now = timezone.now()
    codes = User.objects.filter(pk=user.pk, password=user.password, temporary_until__gt=now)
    user.temporary_until = now
    return bool(codes.update(temporary_until=now))


def verify(request: HttpRequest, device: Device) -> None:
    """From now on this session has shown a second factor."""
    otp_login(request, device)
    sessions.verified(request)


def staff_sign_in(
    request: HttpRequest, extra_context: dict[str, Any] | None = None
) -> HttpResponse:
    """The door of Django's admin is ours; who is in already has no right there."""
    if request.user.is_authenticated:
        return render(request, "403.html", status=403)
    return redirect(f"{reverse('accounts:sign_in')}?{request.GET.urlencode()}")


cast("DeclaredView", staff_sign_in).login_required = False
