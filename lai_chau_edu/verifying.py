"""Whoever holds a published paper looks its code up, without an account."""

import re

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts import guessing
from core.permissions import public
from reports.month_review.public_view import public_view
from reports.month_review.selectors import publication_of_code
from reports.papers.register import file_of_hash, paper_of_code
from reports.papers.report_types import OF_FIGURES

# Signs between the letters that people type or leave out.
_BETWEEN = re.compile(r"[\s\-–.]+")
_CODE = re.compile(r"[A-Z2-7]{12}")
LONGEST = 40
LONGEST_HASH = 64
_HASH = re.compile(r"[0-9a-f]{64}")


@public("whoever holds a published paper may ask whether it is genuine")
@never_cache
def verify(request):
    """Ask for a code."""
    typed = request.GET.get("code", "")[:LONGEST].strip()
    if not typed:
        return render(request, "reports/verify.html")
    code = _as_printed(typed)
    if code is None:
        return _unknown(request, typed)
    return redirect("verify_code", code)


@public("whoever holds a published paper may ask whether it is genuine")
@never_cache
def verify_code(request, code):
    """What was published under a code, without counts that tell of few children; or issued."""
    asked = _as_printed(code[:LONGEST])
    if asked is None:
        return _unknown(request, code[:LONGEST])
    try:
        attempt = guessing.of_verification(request, asked)
    except guessing.Locked as locked:
        return guessing.locked_page(request, locked)
    publication = publication_of_code(asked)
    paper = paper_of_code(asked) if publication is None else None
    if publication is None and paper is None:
        return _unknown(request, asked)
    attempt.was_right()
    checked = _checked(request, publication, paper)
    if paper is not None:
        told = {"paper": paper, "checked": checked, "of_figures": paper.report in OF_FIGURES}
        return render(request, "reports/verify_paper.html", told)
    view = public_view(publication)
    return render(request, "reports/verify.html", {"view": view, "checked": checked})


def _checked(request, publication, paper):
    """Whether a file is one kept under the code, by the SHA-256 that was typed; None: not asked.

    A browser works the SHA-256 of a file out by itself (`static/js/file_hash.js`): no file is sent.
    """
    typed = request.GET.get("sha256", "")[: 2 * LONGEST_HASH].strip().lower()
    if not typed:
        return None
    if not _HASH.fullmatch(typed):
        return {"typed": typed, "is_hash": False}
    found = file_of_hash(typed, publication=publication, paper=paper)
    return {"typed": typed, "is_hash": True, "file": found}


def _as_printed(typed):
    """A code as papers have it, "XXXX-XXXX-XXXX"; None for what is none."""
    letters = _BETWEEN.sub("", typed).upper()
    if not _CODE.fullmatch(letters):
        return None
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _unknown(request, typed):
    return render(request, "reports/verify.html", {"unknown": typed}, status=404)
