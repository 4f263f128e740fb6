"""Which classes of a page the reader may give to a substitute."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.context import Context

from ..staff.rights import hands_on

register = template.Library()


@register.simple_tag(takes_context=True)
def classes_to_hand_on(context: Context, classes: Iterable[Any]) -> list[Any]:
    """Those of some classes that the reader may give to a substitute; no query."""
    scope = context["request"].scope
    return [each for each in classes if hands_on(scope, each.pk, each.school_id)]
