"""What the guided start of an installation asks for next, so that a finished step leads there.

The steps are known at the top of the project (`lai_chau_edu.readiness`); the pages on which they
are done lie below it and ask here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .hooks import Hook
from .scope import Scope
from .types import StrOrPromise


@dataclass(frozen=True)
class NextStep:
    """The page of the next step, and what is done there, as a verb."""

    label: StrOrPromise
    url: str


sources: Hook[Callable[[Scope], NextStep | None]] = Hook("what the guided start asks for next")


def next_step(scope: Scope) -> NextStep | None:
    """The next thing that a reader can do for the first start.

    None once it is over, and for whoever has no part in it.
    """
    for source in sources:
        if (found := source(scope)) is not None:
            return found
    return None
