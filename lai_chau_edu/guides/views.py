"""The help of each role, one tap from every page, and its printed page."""

from typing import cast

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils.translation import gettext as _

from accounts.giving.selectors import whom_to_ask
from core.documents.downloads import download
from core.documents.pdf import PDF
from core.permissions import DeclaredView, signed_in
from core.scope import Scope
from core.types import ScopedRequest

from .content import GUIDES, Guide, Step, guides_for
from .paper import guide_pdf


@signed_in("what one's own role does; it shows no data")
def own_guide(request: ScopedRequest) -> HttpResponse:
    """The guide of the reader's first role."""
    return _show(request, guides_for(request.scope)[0])


@signed_in("a text without data; a head prints the one for the teachers")
def guide(request: ScopedRequest, code: str) -> HttpResponse:
    """The guide of any role."""
    return _show(request, _found(code))


@signed_in("a text without data; a head prints the one for the teachers")
def guide_file(request: ScopedRequest, code: str) -> HttpResponse | FileResponse:
    """The guide of any role as a PDF of one page."""
    found = _found(code)
    name = _("Guide") + f" - {found.title}.pdf"
    return download(guide_pdf(found), name=name.replace(":", ""), content_type=PDF)


def _found(code: str) -> Guide:
    if code not in GUIDES:
        raise Http404
    return GUIDES[code]


def _show(request: ScopedRequest, shown: Guide) -> HttpResponse:
    own = guides_for(request.scope)
    return render(
        request,
        "help/guide.html",
        {
            "guide": shown,
            # Pages that are closed to the reader are named, not linked.
            "steps": [(step, _address(request.scope, step)) for step in shown.steps],
            "people": whom_to_ask(request.scope) if shown == own[0] else [],
            "others": [each for each in GUIDES.values() if each != shown],
        },
    )


def _address(scope: Scope, step: Step) -> str:
    if not step.page:
        return ""
    url = reverse(step.page)
    access = cast("DeclaredView", resolve(url).func).access
    if access[0] != "permission":
        return url
    return url if any(scope.may(permission) for permission in access[1]) else ""
