"""A member's private calendar address: made, taken back, and read by a phone without a sign-in."""

import hashlib

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.middleware import tell_when_repeated
from core.permissions import Permission as P
from core.permissions import public, requires

from . import selectors, services


@require_POST
@requires(P.RECORD_VISIT)
@never_cache
def make(request):
    """Make one's own address, or another instead of it; it is shown this one time."""
    token = services.make_address(user=request.user)
    path = reverse("inspections:calendar_feed", args=[token])
    address = _site(request) + path
    answer = render(
        request,
        "inspections/calendar.html",
        {
            "crumbs": [
                {"label": _("My inspections"), "url": reverse("inspections:mine")},
                {"label": _("Calendar address"), "url": ""},
            ],
            "address": address,
            "subscribe": "webcal:" + address.partition(":")[2],
        },
    )
    tell_when_repeated(
        answer,
        leads_to=reverse("inspections:mine"),
        text=_(
            "The calendar address is made already and was shown that one time. If you did not "
            "copy it, make another."
        ),
    )
    return answer


@require_POST
@requires(P.RECORD_VISIT)
def revoke(request):
    """Take one's own address back; without one there is nothing to do."""
    if services.revoke_address(user=request.user):
        messages.success(request, _("The calendar address opens nothing any more."))
    return redirect("inspections:mine")


def _site(request):
    """Where the installation is; as it was asked for when the setting does not say."""
    return (settings.SITE_URL or request.build_absolute_uri("/")).rstrip("/")


@require_safe
@public("a phone's calendar has no session; whoever has the secret address reads days and communes")
def feed(request, token):
    """The calendar behind an address."""
    found = selectors.feed_behind(token)
    if found is None:
        raise Http404
    if not services.count_reading(found):
        seconds = int(services.WINDOW.total_seconds())
        return HttpResponse(status=429, headers={"Retry-After": str(seconds)})
    # The library of calendar files is read when the first one is asked for.
    from .writing import CONTENT_TYPE, written

    # Of no reader whose language could be asked for.
    with translation.override(settings.LANGUAGE_CODE):
        content = written(
            selectors.entries_of(found.user, timezone.localdate()),
            name=_("Inspections: %(name)s") % {"name": found.user.full_name},
            site=_site(request),
        )
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    answer = HttpResponse(
        content,
        content_type=CONTENT_TYPE,
        headers={
            "ETag": etag,
            "Cache-Control": "private, no-cache",
            "X-Content-Type-Options": "nosniff",
        },
    )
    return get_conditional_response(request, etag=etag, response=answer)
