"""What the reader of a figure can do about it now.

The gravest flags of the area come first, each with its sentence. Packages above know actions
this one does not (putting a commune into a plan); they register a function with `sources`. It
receives (scope, area_id) and yields `Action`s: what waits now, whatever month and level a
page shows. They also know what has been answered: a function in `answers` receives (scope,
communes, month) and returns a dict commune id -> the `Action` that leads to the answer.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from django.urls import reverse
from django.utils.translation import gettext as _

from core.hooks import Hook
from core.months import Month
from core.scope import Scope
from mobilisation.rates.variants import VARIANTS

from .models import Flag


@dataclass(frozen=True)
class Action:
    """One thing to do: what is the matter, and the step that answers it."""

    title: str
    text: str
    url: str
    action: str


class Source(Protocol):
    def __call__(self, scope: Scope, *, area_id: int | None) -> Iterable[Action]: ...


class Answer(Protocol):
    def __call__(
        self, scope: Scope, *, communes: Collection[int], month: Month
    ) -> Mapping[int, Action]: ...


sources: Hook[Source] = Hook("what can be done")
answers: Hook[Answer] = Hook("what was done")


def actions_for(scope: Scope, *, area_id: int | None = None) -> list[Action]:
    """Actions of all packages above for an area, or for all places of the reader."""
    return [action for source in sources for action in source(scope, area_id=area_id)]


SHOWN = 4


def flagged(scope: Scope, flags: Iterable[Flag], *, area_id: int, month: Month) -> list[Action]:
    """Actions for the gravest flags not answered yet, one per commune; each says what is wrong.

    On a commune's own page an answered flag stays, and leads to its answer.

    Args:
        flags: flags of the month in the order of gravity (`selectors.flags.flags_in`).
        area_id: the area whose page is shown; its own flags lead nowhere else.
    """
    communes = {flag.commune_id for flag in flags}
    answered: dict[int, Action] = {}
    for answer in answers:
        answered |= answer(scope, communes=communes, month=month)
    seen = {}
    for flag in flags:
        known = answered.get(flag.commune_id)
        if flag.commune_id == area_id:
            seen[flag.pk] = _own(flag, known)
        elif flag.commune_id not in seen and known is None:
            seen[flag.commune_id] = Action(
                title="",
                text=flag.reason,
                url=_address(flag),
                action=_("See %(commune)s") % {"commune": flag.commune.title},
            )
        if len(seen) == SHOWN:
            break
    return list(seen.values())


def _address(flag: Flag) -> str:
    """The page of the commune that shows what the flag judged."""
    month = f"?month={flag.month:%Y-%m}"
    if flag.indicator in VARIANTS:
        url = reverse("reports:mobilisation", args=[flag.commune_id])
        return f"{url}{month}&rate={flag.indicator}"
    return f"{reverse('reports:area', args=[flag.commune_id])}{month}&level={flag.level}"


def _own(flag: Flag, known: Action | None) -> Action:
    if known is None:
        return Action(title="", text=flag.reason, url="", action="")
    return replace(known, text=f"{flag.reason} {known.text}")
