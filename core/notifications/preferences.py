"""Who wants no notifications of a sort: asked below, answered by the app of the users.

It registers a function with `sources`, which receives a `Preference` and ids of users and
returns the ids of those who refuse.
"""

from collections.abc import Collection, Set
from typing import Protocol

from ..hooks import Hook
from .kinds import Kind, Preference


class PreferenceSource(Protocol):
    """What `sources` are: which of these people refuse it; one query."""

    def __call__(self, preference: Preference, user_ids: Collection[int]) -> Set[int]: ...


sources: Hook[PreferenceSource] = Hook("who wants no notifications")


def refusing(kind: Kind, user_ids: Collection[int]) -> set[int]:
    """Ids of those who want no notification of this kind; one query for each source."""
    if kind.preference is None:
        return set()
    return {user_id for source in sources for user_id in source(kind.preference, user_ids)}
