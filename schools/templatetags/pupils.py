"""Codes about pupils in words; a builtin of every template."""

from django import template

from core.formatting import NO_VALUE

from .. import ethnic_groups

register = template.Library()


@register.filter
def ethnic_group(code: str) -> str:
    """Name of an ethnic group."""
    return ethnic_groups.names().get(code, NO_VALUE)
