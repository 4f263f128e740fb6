"""What others have to say about a month in its paper: asked of the features that know.

A function receives an area and a month and returns paragraphs in the language in force, without
any child's name; none when it has nothing to say.
"""

from collections.abc import Callable, Sequence

from core.hooks import Hook
from core.months import Month
from schools.models import Area

narratives: Hook[Callable[[Area, Month], Sequence[str]]] = Hook("narratives")


def said_about(area: Area, month: Month) -> list[str]:
    """The paragraphs of everybody who was asked, in the order of registration."""
    return [text for say in narratives for text in say(area, month)]
