"""What the reader of a figure can do about it now.

Floors above know actions this one does not (putting a commune into a plan); they add a
function to `sources`. It receives (scope, areas, month, level) and yields `Action`s.
"""

from dataclasses import dataclass

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
