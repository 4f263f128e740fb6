"""The operation id of a form, for `components/_operation.html`."""

import uuid

from django import template
from django.template.context import Context

register = template.Library()


@register.simple_tag(takes_context=True)
def operation_id(context: Context) -> str | uuid.UUID:
    """The id a refused form came with, so that it is mended under the same one; else a new one.

    `form` of the context tells whether this form was the one sent.
    """
    request = context.get("request")
    sent = request.POST.get("operation", "") if request is not None else ""
    if sent and getattr(context.get("form"), "is_bound", False):
        return sent
    return uuid.uuid4()
