"""What is being done about pupils who stay away, for whoever lists them by name.

Cases of children belong to a package above; it registers what it knows here, and lists of pupils
show it beside the name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from core.hooks import Hook
from core.scope import Scope


@dataclass(frozen=True)
class Following:
    """What is being done about a pupil, in short, with the page that tells more.

    `state`: who asks after the pupil, or what came of it; `last`: when and how somebody asked
    last, and when next; `url`: the page; "" where there is nothing to say. `open_url`: where the
    reader begins to follow the pupil; "" where somebody does, or the reader may not.
    """

    state: str = ""
    last: str = ""
    url: str = ""
    open_url: str = ""


Source = Callable[[Scope, Collection[int]], Mapping[int, Following]]
# A source answers for some pupils (their ids), in a fixed number of queries, what the reader of
# the scope may know.
sources: Hook[Source] = Hook("what is being done about pupils")


def following(scope: Scope, pupil_ids: Collection[int]) -> dict[int, Following]:
    """{pupil id: `Following`} of those about whom something is, was or may be done."""
    found: dict[int, Following] = {}
    for source in sources:
        found |= source(scope, pupil_ids)
    return found


def already_followed(scope: Scope, pupil_ids: Collection[int]) -> dict[int, Following]:
    """As `following`, without what the reader could begin: for grids, where each line is dear."""
    known = following(scope, pupil_ids).items()
    return {pk: replace(each, open_url="") for pk, each in known if each.state}
