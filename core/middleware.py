"""A form that carries an operation id is done once, whatever its view is."""

import hashlib
import json
import uuid

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from .services.operations import OperationReused, once

FIELD = "operation"
TOKEN = "csrfmiddlewaretoken"
REDIRECTS = {302, 303}
# Of one form; more would be no address of ours.
LONGEST = 500


def tell_when_repeated(response, *, leads_to, text):
    """Note on an answer that is no redirect that something was done; returns the answer.

    Who sends the same again is led to `leads_to` and reads `text`.
    """
    response.operation = (leads_to, [[messages.WARNING, str(text)]])
    return response


class OperationMiddleware:
    """Sends every POST with an operation id through `services.operations.once`.

    Done is what ends in a redirect, or in an answer marked by `tell_when_repeated`; all else
    is a refusal, which leaves no trace and may be mended and sent under the same id.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
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
        return outcome.answer if outcome.is_new else _answer_again(request, outcome.operation)


def _uuid(text):
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise BadRequest("no operation id") from error


def _digest(request):
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


def _hash_of(file):
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _act(request, view, args, kwargs):
    """The view's answer, where it led and what it said there."""
    response = view(request, *args, **kwargs)
    if hasattr(response, "operation"):
        return response, *response.operation
    if response.status_code not in REDIRECTS:
        return response, "", []
    said = [
        [each.level, str(each.message)] for each in messages.get_messages(request)._queued_messages
    ]
    return response, response.url[:LONGEST], said


def _answer_again(request, operation):
    for level, text in operation.said:
        messages.add_message(request, level, text)
    messages.info(
        request,
        _("Saved before, at %(time)s. Sending it again changed nothing.") % _when(operation),
    )
    return redirect(operation.leads_to)


def _refuse(request, operation):
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


def _when(operation):
    return {"time": timezone.localtime(operation.made_at).strftime("%H:%M %d/%m/%Y")}
