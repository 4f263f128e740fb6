"""The answer that shows a form."""

from collections.abc import Mapping
from typing import Any

from django.forms import BaseForm
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def render_form(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, refused: bool = False
) -> HttpResponse:
    """As Django's `render`; 422 when a form of the context was posted and is refused.

    A refused form that answered 200 would look saved to a script, a proxy and a log.

    Args:
        refused: what was posted is refused although no form of the context says so.
    """
    refused |= request.method == "POST" and any(
        isinstance(each, BaseForm | BaseFormSet) and each.is_bound and not each.is_valid()
        for each in context.values()
    )
    return render(request, template, dict(context), status=422 if refused else 200)
