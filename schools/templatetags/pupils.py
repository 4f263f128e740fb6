"""Codes about pupils in words; a builtin of every template."""

from collections.abc import Mapping

from django import template

from core.formatting import NO_VALUE

from .. import ethnic_groups
from ..pupils.following import Following

register = template.Library()


@register.filter
def ethnic_group(code: str) -> str:
    """Name of an ethnic group."""
    return ethnic_groups.names().get(code, NO_VALUE)


@register.inclusion_tag("components/_following.html")
def following_of(
    following: Mapping[int, Following] | None, pupil_id: int, name: str
) -> dict[str, object]:
    """What is being done about a pupil, of what `schools.pupils.following` answered for a list."""
    return {"known": (following or {}).get(pupil_id), "name": name}
