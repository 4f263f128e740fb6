"""Who reads digests: asked here, answered by the app of the users.

It registers a function with `sources`, which receives a day and ids of users (None for
everybody) and yields a `Reader` for each whose account is open and who holds a role that day.
"""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from ..hooks import Hook
from ..models import Frequency
from ..scope import Scope


@dataclass(frozen=True)
class Reader:
    """A person with a role, and what they chose of their digest.

    `refused`: codes of the parts that are switched off. `by_email`: whether the digest goes out
    by e-mail too; never where no address is known.
    """

    user_id: int
    scope: Scope
    frequency: Frequency
    by_email: bool = True
    refused: frozenset[str] = frozenset()


class ReaderSource(Protocol):
    """What `sources` are; a fixed number of queries whatever the number of people."""

    def __call__(
        self, *, on: datetime.date, user_ids: Collection[int] | None
    ) -> Iterable[Reader]: ...


sources: Hook[ReaderSource] = Hook("who reads digests")


def readers(*, on: datetime.date, user_ids: Collection[int] | None = None) -> list[Reader]:
    """Every `Reader` of a day, or those among some people."""
    return [reader for source in sources for reader in source(on=on, user_ids=user_ids)]
