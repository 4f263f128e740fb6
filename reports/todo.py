"""What the reader of a figure can do about it now.

The gravest flags of the area come first, each with its sentence. Floors above know actions
this one does not (putting a commune into a plan); they add a function to `sources`. It
receives (scope, areas, month, level) and yields `Action`s.
"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

sources = []


@dataclass(frozen=True)
class Action:
    """One thing to do: what is the matter, and the step that answers it."""

    title: str
    text: str
    url: str
    action: str


def actions_for(scope, *, areas, month, level):
    """Actions of all floors above for areas, a month and a level ("" = all)."""
    return [
        action
        for source in sources
        for action in source(scope, areas=areas, month=month, level=level)
    ]


SHOWN = 4


def flagged(flags, *, area_id):
    """Actions for the gravest flags, one per commune; the sentence says what is the matter.

    Args:
        flags: flags in the order of gravity (`selectors.flags.flags_in`).
        area_id: the area whose page is shown; its own flags lead nowhere else.
    """
    seen = {}
    for flag in flags:
        if flag.commune_id == area_id:
            seen[flag.pk] = Action(title="", text=flag.reason, url="", action="")
        elif flag.commune_id not in seen:
            query = f"?month={flag.month:%Y-%m}&level={flag.level}"
            seen[flag.commune_id] = Action(
                title="",
                text=flag.reason,
                url=reverse("reports:area", args=[flag.commune_id]) + query,
                action=_("See %(commune)s") % {"commune": flag.commune.title},
            )
        if len(seen) == SHOWN:
            break
    return list(seen.values())
