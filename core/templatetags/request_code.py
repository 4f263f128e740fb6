"""The id of the request, for the pages of faults; a builtin of every template.

Pages without a request, and those for whom nothing else works, have it too.
"""

from django import template

from .. import log_context

register = template.Library()


@register.simple_tag
def request_code() -> str:
    """Id under which the log tells of this request."""
    return log_context.request_id()
