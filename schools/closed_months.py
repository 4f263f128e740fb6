"""Months that are settled: what a decision changes from a day on leaves them as they are.

A package above that settles months registers with `settled` a function without arguments that
returns the latest `Settled`, or None.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from core.hooks import Hook

from .models import SchoolYear


@dataclass(frozen=True)
class Settled:
    """Days before `until` are settled; `why` says so in a sentence."""

    until: datetime.date
    why: str


settled: Hook[Callable[[], Settled | None]] = Hook("up to which day months are settled")


def settled_before(today: datetime.date) -> Settled | None:
    """What is settled last: a month that is closed, or the school year that is over.

    One query, and one of each package that settles months.
    """
    found = [each for ask in settled for each in [ask()] if each is not None]
    over = SchoolYear.objects.filter(valid_to__lte=today).order_by("-valid_to").first()
    if over is not None:
        words = _("School year %(year)s is over and stays judged as it was.")
        found.append(Settled(over.valid_to, words % {"year": over.code}))
    return max(found, key=lambda each: each.until, default=None)


def check_first_day(day: datetime.date, field: str) -> None:
    """Raise ValidationError at `field`, with the reason, when a day lies in what is settled."""
    last = settled_before(timezone.localdate())
    if last is not None and day < last.until:
        raise ValidationError(
            {
                field: _("%(why)s Choose %(day)s or a later day.")
                % {"why": last.why, "day": f"{last.until:%d/%m/%Y}"}
            },
            code="settled",
        )
