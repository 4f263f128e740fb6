"""The way from a thing to the decisions about it; a builtin of every template."""

from django import template
from django.db.models import Model
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core.events import reference
from core.permissions import Permission as P

register = template.Library()


@register.simple_tag(takes_context=True)
def events_link(context: Context) -> str:
    """The address of the events, for who may read them; else "". No query."""
    scope = getattr(context["request"], "scope", None)
    return reverse("schools:events") if scope is not None and scope.may(P.VIEW_EVENTS) else ""


@register.simple_tag(takes_context=True)
def history_link(context: Context, row: Model) -> str:
    """A link to the events of a row, for who may read events; else nothing. No query."""
    events = events_link(context)
    if not events:
        return ""
    url = events + "?" + urlencode({"part_of": reference(row)})
    return format_html('<a class="no-print" href="{}">{}</a>', url, _("Who did what"))
