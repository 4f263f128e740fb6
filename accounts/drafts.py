"""A draft: what was typed in a form that could not be taken, because the session had ended.

Each form names whom its page was made for and where that page is (its origin, signed). With
that a form sent without a session is carried, sealed, through the sign-in page; when the same
person has signed in, it lies in the session until the form's page is asked for, is filled in
there (core.html_forms) and waits to be looked at and sent again. Nothing is saved meanwhile.
"""

from dataclasses import asdict, dataclass
from typing import TypedDict
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

ORIGIN = "form_origin"
SEALED = "draft"
# What static/js/drafts.js calls its copy, and the cookie that tells it that the form was taken.
COPY = "draft_id"
TAKEN = "draft_sent"
TAKEN_LIFE = 600
COPY_LENGTH = 40
SESSION_KEY = "drafts"
ANCHOR = "draft"
# Text that is carried, in bytes as a form is posted, and for how long, in seconds.
MOST_BYTES = 64 * 1024
LIFE = 24 * 3600
# Tabs whose forms may wait in one session; the oldest goes first.
MOST_WAITING = 4
# Never carried: tokens of the page, and what opens doors. Every password field of ours and of
# the admin has "password" in its name (tests/accounts/test_drafts.py).
LEFT_OUT = {"csrfmiddlewaretoken", ORIGIN, SEALED, COPY}
SECRET = "password"

_signer = signing.Signer(salt="accounts.form_origin")
SEAL = "accounts.draft"


@dataclass(frozen=True)
class Origin:
    """Whom a form was made for, and the address of its page."""

    user_id: int
    page: str


@dataclass(frozen=True)
class Draft:
    """What was typed. `pairs`: (name, value) in their order; `more`: what is not carried,
    "" or "files" or "length" (then `pairs` is empty)."""

    user_id: int
    page: str
    action: str
    pairs: list[tuple[str, str]]
    more: str = ""


class SealedDraft(TypedDict):
    """A `Draft` as it lies in the session or in a sealed text."""

    user_id: int
    page: str
    action: str
    pairs: list[list[str]]
    more: str


def sign_origin(request: HttpRequest) -> str:
    """The origin for the forms of the page being made, signed; empty before sign-in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    found = read_origin(request) if request.method == "POST" else None
    # A form shown again stays the form of the page where it is opened with GET.
    if found is None or found.user_id != user.pk:
        found = Origin(user.pk, request.get_full_path())
    return _signer.sign(f"{user.pk}:{found.page}")


def read_origin(request: HttpRequest) -> Origin | None:
    """The origin that a POST names, or None."""
    try:
        user_id, _colon, page = _signer.unsign(request.POST.get(ORIGIN, "")).partition(":")
    except signing.BadSignature:
        return None
    if not url_has_allowed_host_and_scheme(page, allowed_hosts=None):
        return None
    return Origin(int(user_id), page)


def draft_of(request: HttpRequest) -> Draft | None:
    """What a POST says, as a draft of the person whom its form was made for; None without one."""
    origin = read_origin(request)
    if origin is None:
        return None
    pairs = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in LEFT_OUT and SECRET not in name
        for value in values
    ]
    more = "files" if any(request.FILES.values()) else ""
    if sum(len(name.encode()) + len(value.encode()) for name, value in pairs) > MOST_BYTES:
        pairs, more = [], "length"
    return Draft(origin.user_id, origin.page, request.get_full_path(), pairs, more)


def seal(draft: Draft) -> str:
    """A draft as text for a hidden field, signed."""
    return signing.dumps(asdict(draft), salt=SEAL, compress=True)


def unseal(text: str) -> Draft | None:
    """The draft of a sealed text; None when it is old or not ours."""
    try:
        return _made(signing.loads(text, salt=SEAL, max_age=LIFE)) if text else None
    except signing.BadSignature:
        return None


def keep(request: HttpRequest, draft: Draft) -> str:
    """Let the draft wait in the session of the person who typed it; return where it is shown."""
    now = timezone.now().timestamp()
    waiting = request.session.get(SESSION_KEY, {})
    waiting.pop(draft.page, None)
    newest = list(waiting.items())[-(MOST_WAITING - 1) :]
    request.session[SESSION_KEY] = {**dict(newest), draft.page: {**asdict(draft), "at": now}}
    return f"{draft.page}#{ANCHOR}"


def waiting_for(request: HttpRequest) -> Draft | None:
    """The draft that waits for the page asked for, or None."""
    kept = request.session.get(SESSION_KEY, {}).get(request.get_full_path())
    if kept is None or kept["at"] < timezone.now().timestamp() - LIFE:
        return None
    draft = _made(kept)
    return draft if draft.user_id == request.user.pk else None


def forget(request: HttpRequest, *, action: str = "", page: str = "") -> None:
    """Drop what waits for an address: its form was sent, or is not wanted any more."""
    waiting = request.session.get(SESSION_KEY)
    if not waiting:
        return
    left = {key: each for key, each in waiting.items() if key != page and each["action"] != action}
    if left != waiting:
        request.session[SESSION_KEY] = left


def tell_taken(request: HttpRequest, response: HttpResponse) -> None:
    """Tell the script of the next page that its copy of the draft is saved."""
    copy = request.POST.get(COPY, "")
    if copy.isascii() and copy.replace("-", "").isalnum() and len(copy) <= COPY_LENGTH:
        response.set_cookie(
            TAKEN, copy, max_age=TAKEN_LIFE, samesite="Strict", secure=request.is_secure()
        )


def rows_waiting(request: HttpRequest, prefix: str) -> int:
    """How many rows of a form set the waiting draft has beyond those that exist."""
    draft = waiting_for(request)
    counts = dict(draft.pairs) if draft else {}
    total, initial = (counts.get(f"{prefix}-{name}_FORMS", "0") for name in ("TOTAL", "INITIAL"))
    return max(0, int(total) - int(initial)) if total.isdecimal() and initial.isdecimal() else 0


def may_be_long(request: HttpRequest) -> bool:
    """Whether a body without a session may be as long as a draft: a browser that has been here.

    Asked by `core.bounded_requests` before anything is read of the body.
    """
    return bool({settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME} & request.COOKIES.keys())


def is_our_form(request: HttpRequest) -> bool:
    """Whether a POST that failed the check of its token came from a page of ours."""
    origin = request.headers.get("Origin", "")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    try:
        same = not origin or urlsplit(origin).netloc == request.get_host()
    except (DisallowedHost, ValueError):
        return False
    return same and site == "same-origin"


def _made(kept: SealedDraft) -> Draft:
    pairs = [(name, value) for name, value in kept["pairs"]]
    return Draft(kept["user_id"], kept["page"], kept["action"], pairs, kept["more"])
