"""Around every view: what its exceptions are answered with, and that an operation is done once."""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from typing import TypeVar

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from . import problems
from .bounded_requests import refuse_text
from .contention import Busy, is_overtaken
from .models import Operation
from .services.operations import Done, OperationReused, once
from .text import TextRefused
from .types import GetResponse, StrOrPromise, View

logger = logging.getLogger(__name__)

FIELD = "operation"
TOKEN = "csrfmiddlewaretoken"
REDIRECTS = {302, 303}
RETRY_AFTER = 3  # seconds
# Of one form; more would be no address of ours.
LONGEST = 500
# On an answer that is no redirect: where who sends it again is led, and what they read.
OUTCOME = "operation"
Answer = TypeVar("Answer", bound=HttpResponseBase)


def tell_when_repeated(response: Answer, *, leads_to: str, text: StrOrPromise) -> Answer:
    """Note on an answer that is no redirect that something was done; returns the answer.

    Who sends the same again is led to `leads_to` and reads `text`.
    """
    setattr(response, OUTCOME, (leads_to, [(messages.WARNING, str(text))]))
    return response


def answer_to(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The answer to an exception that no view caught; None where it is a fault.

    A text that no form refused is 400. What only happens when many do the same at once is "try
    again", never a fault: a page is 409 where somebody was faster, 429 where too much goes on. A
    program is told 503 in both cases: phones and clients send again by themselves after that, with
    the same operation id.
    """
    if isinstance(error, TextRefused):
        return refuse_text(request, error)
    if isinstance(error, Busy):
        status = 429
    elif is_overtaken(error):
        logger.warning("%s %s was overtaken", request.method, request.path, exc_info=error)
        status = 409
    else:
        return None
    answer: HttpResponse
    if request.path.startswith(problems.API):
        message = _("Others are sending at this moment. Send again in a few seconds.")
        answer = problems.answer(request, 503, "busy", message)
    else:
        answer = render(request, f"{status}.html", status=status)
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


class ExceptionMiddleware:
    """Answers exceptions of views by `answer_to`."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return answer_to(request, exception)


class OperationMiddleware:
    """Sends every POST with an operation id through `services.operations.once`.

    Done is what ends in a redirect, or in an answer marked by `tell_when_repeated`; all else
    is a refusal, which leaves no trace and may be mended and sent under the same id.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> HttpResponseBase | None:
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return None
        # What such a view counts must stay when it refuses (accounts.guessing).
        if getattr(view, "keeps_what_it_refuses", False):
            return None
        sent = request.POST.get(FIELD)
        if not sent or not request.user.is_authenticated:
            return None
        try:
            outcome = once(
                operation_id=_uuid(sent),
                by=request.user,
                path=request.get_full_path()[:LONGEST],
                digest=_digest(request),
                act=lambda: _act(request, view, args, kwargs),
            )
        except OperationReused as reused:
            return _refuse(request, reused.operation)
        except Exception as error:
            # Django asks no middleware about what is raised here.
            answer = answer_to(request, error)
            if answer is None:
                raise
            return answer
        if outcome.is_new or outcome.operation is None:
            return outcome.answer
        return _answer_again(request, outcome.operation)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise BadRequest("no operation id") from error


def _digest(request: HttpRequest) -> str:
    fields = [
        [name, values]
        for name, values in sorted(request.POST.lists())
        if name not in (FIELD, TOKEN)
    ]
    files = [
        [name, [[each.name, _hash_of(each)] for each in request.FILES.getlist(name)]]
        for name in sorted(request.FILES)
    ]
    return hashlib.sha256(json.dumps([fields, files]).encode()).hexdigest()


def _hash_of(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _act(
    request: HttpRequest, view: View, args: tuple[object, ...], kwargs: dict[str, object]
) -> Done[HttpResponseBase]:
    """The view's answer, where it led and what it said there."""
    response = view(request, *args, **kwargs)
    if hasattr(response, OUTCOME):
        leads_to, said = getattr(response, OUTCOME)
        return response, leads_to, said
    if response.status_code not in REDIRECTS:
        return response, "", []
    # Of a request without messages Django gives a plain list.
    queued = getattr(messages.get_messages(request), "_queued_messages", [])
    said = [(each.level, str(each.message)) for each in queued]
    return response, response["Location"][:LONGEST], said


def _answer_again(request: HttpRequest, operation: Operation) -> HttpResponse:
    for level, text in operation.said:
        messages.add_message(request, level, text)
    messages.info(
        request,
        _("Saved before, at %(time)s. Sending it again changed nothing.") % _when(operation),
    )
    return redirect(operation.leads_to)


def _refuse(request: HttpRequest, operation: Operation | None) -> HttpResponse:
    """What was sent differs from what was saved under this id: say both, lose neither."""
    values = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in (FIELD, TOKEN)
        for value in values
    ]
    context = {
        "before": operation,
        "time": _when(operation)["time"] if operation else "",
        "said": [text for _level, text in operation.said] if operation else [],
        "address": request.get_full_path(),
        "values": values,
        "has_files": bool(request.FILES),
    }
    return render(request, "operation_reused.html", context, status=409)


def _when(operation: Operation) -> dict[str, str]:
    return {"time": timezone.localtime(operation.made_at).strftime("%H:%M %d/%m/%Y")}
