"""What a check says: well, to be watched, or broken; in one sentence, with the way to mend it."""

import logging
from dataclasses import dataclass
from functools import wraps

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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


def well(text):
    """Nothing to do."""
    return Finding(Status.WELL, text)


def watch(text, mend):
    """It works, but somebody should look."""
    return Finding(Status.WATCH, text, mend)


def broken(text, mend):
    """It does not work."""
    return Finding(Status.BROKEN, text, mend)


def check(title, after=None):
    """Decorator of a function without arguments that returns a finding, or None when the
    question does not arise here. Its name becomes the name of the finding; a fault in it is
    a finding too.

    Args:
        after: another check, without which this one can find nothing; see `examine`.
    """

    def decorate(look):
        name = f"{look.__module__.rpartition('.')[2]}.{look.__name__}"

        @wraps(look)
        def examined():
            try:
                found = look()
            except Exception as error:
                logger.warning("check %s could not be made", name, exc_info=True)
                found = broken(
                    _("It could not be looked at: %(error)s.") % {"error": type(error).__name__},
                    _("Mend what is broken above; the log of this process tells the details."),
                )
            return found and Finding(found.status, found.text, found.mend, name, str(title))

        examined.after = after
        return examined

    return decorate


def examine(checks):
    """The findings of some checks, in their order.

    A check that stands on a broken one is left out: its cause is told once, with its cure.
    """
    found = {}
    for look in checks:
        _look(look, found)
    return [finding for finding in found.values() if finding is not None]


def _look(look, found):
    """Fill `found` with the finding of a check, after those it stands on; returns whether what
    stands on it can be looked at."""
    if look.after is not None and not _look(look.after, found):
        found.setdefault(look, None)
        return False
    if look not in found:
        found[look] = look()
    return found[look] is None or found[look].status != Status.BROKEN
