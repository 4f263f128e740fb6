"""What a check says: well, to be watched, or broken; in one sentence, with the way to mend it."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Protocol, cast

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.types import StrOrPromise

logger = logging.getLogger(__name__)


class Status(models.TextChoices):
    """How it stands; the values name badges of the pages."""

    WELL = "good", gettext_lazy("well")
    WATCH = "watch", gettext_lazy("to be watched")
    BROKEN = "failed", gettext_lazy("broken")


@dataclass(frozen=True)
class Finding:
    """The outcome of one check; `name` and `title` are filled in by `check`."""

    status: Status
    text: str
    mend: str = ""
    name: str = ""
    title: str = ""


class Check(Protocol):
    """A check: called without arguments, it gives its finding, if the question arises."""

    after: "Check | None"

    def __call__(self) -> Finding | None: ...


def well(text: str) -> Finding:
    """Nothing to do."""
    return Finding(Status.WELL, text)


def watch(text: str, mend: str) -> Finding:
    """It works, but somebody should look."""
    return Finding(Status.WATCH, text, mend)


def broken(text: str, mend: str) -> Finding:
    """It does not work."""
    return Finding(Status.BROKEN, text, mend)


def check(
    title: StrOrPromise, after: Check | None = None
) -> Callable[[Callable[[], Finding | None]], Check]:
    """Decorator of a function without arguments that returns a finding, or None when the
    question does not arise here. Its name becomes the name of the finding; a fault in it is
    a finding too.

    Args:
        after: another check, without which this one can find nothing; see `examine`.
    """

    def decorate(look: Callable[[], Finding | None]) -> Check:
        name = f"{look.__module__.rpartition('.')[2]}.{look.__name__}"

        @wraps(look)
        def examined() -> Finding | None:
            try:
                found = look()
            except Exception as error:
                logger.warning("check %s could not be made", name, exc_info=True)
                found = broken(
                    _("It could not be looked at: %(error)s.") % {"error": type(error).__name__},
                    _("Mend what is broken above; the log of this process tells the details."),
                )
            return found and Finding(found.status, found.text, found.mend, name, str(title))

        made = cast("Check", examined)
        made.after = after
        return made

    return decorate


def examine(checks: Iterable[Check]) -> list[Finding]:
    """The findings of some checks, in their order.

    A check that stands on a broken one is left out: its cause is told once, with its cure.
    """
    found: dict[Check, Finding | None] = {}
    for look in checks:
        _look(look, found)
    return [finding for finding in found.values() if finding is not None]


def _look(look: Check, found: dict[Check, Finding | None]) -> bool:
    """Fill `found` with the finding of a check, after those it stands on; returns whether what
    stands on it can be looked at."""
    if look.after is not None and not _look(look.after, found):
        found.setdefault(look, None)
        return False
    if look not in found:
        found[look] = look()
    finding = found[look]
    return finding is None or finding.status != Status.BROKEN
