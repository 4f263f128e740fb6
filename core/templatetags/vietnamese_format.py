"""Numbers, percentages and months as they are read here; a builtin of every template."""

from django import template
from django.template.context import Context

from .. import formatting

register = template.Library()
for filter_of_values in (
    formatting.number,
    formatting.percent,
    formatting.points,
    formatting.signed,
    formatting.degrees,
    formatting.month,
    formatting.or_dash,
):
    register.filter(filter_of_values.__name__, filter_of_values)
register.filter("target", formatting.format_target)
register.filter("clock", formatting.format_clock, expects_localtime=True)


@register.filter
def without_place(sentence: str, place: str) -> str:
    """A sentence without the name of the place it begins with, under a heading that says it.

    "Xã Tả Lèng, THCS tháng 11/2026: …" under "Xã Tả Lèng" -> "THCS tháng 11/2026: …".
    """
    return sentence.removeprefix(f"{place}, ") if place else sentence


@register.simple_tag(takes_context=True)
def url_with(context: Context, **changes: object) -> str:
    """The current address with some query parameters changed (None removes one)."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = value
    if "page" not in changes:
        query.pop("page", None)
    text = query.urlencode()
    return f"{context['request'].path}?{text}" if text else context["request"].path
