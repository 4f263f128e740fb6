"""The way in: one step or two, and what happens when somebody is in.

Between the two steps nobody is signed in: the session holds for whom the password was right,
where to go on, and what was typed in a form that had lost its session (`accounts.drafts`).
"""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django_otp import login as otp_login
from django_otp.models import Device

from core.events import record
from core.permissions import DeclaredView

from . import drafts, events, guessing, second_factor, sessions
from .models import User

KEY = "second_step"
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


def wait_for_second_step(
    request: HttpRequest, user: User, *, leads_to: str, draft: drafts.Draft | None
) -> None:
    """Note that the password of this person was right."""
    request.session[KEY] = {
        "user": user.pk,
        # A password changed meanwhile opens nothing.
        "hash": user.get_session_auth_hash(),
        "at": timezone.now().timestamp(),
        "leads_to": leads_to,
        "draft": drafts.seal(draft) if draft else "",
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
    return Waiting(user, kept["leads_to"], drafts.unseal(kept["draft"]), is_over)


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
) -> HttpResponse:
    """Sign somebody in; the answer leads where they were going. With an event.

    `device`: what the second step was taken with. Their own words wait on their page; those of
    one person are nothing to another, nor the page they were for.
    """
    forget(request)
    before = user.last_login
    with transaction.atomic():
        login(request, user, backend=BACKEND)
        if device is not None:
            verify(request, device)
        step = "" if device is None else type(device)._meta.model_name
        record(events.SIGNED_IN, by=user, about=user, changes={"second_step": ("", step)})
    if device is None and (moment := second_factor.reset_since(user, before)):
        messages.warning(request, second_factor.reset_words(moment))
    if draft is not None:
        leads_to = drafts.keep(request, draft) if draft.user_id == user.pk else reverse("home")
    answer = redirect(leads_to)
    guessing.know_device(request, answer, user)
    return answer


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
