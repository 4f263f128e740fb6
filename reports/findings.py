"""What a flag found: a code with its numbers, and the sentence that says it in a reader's language.

Stored with the flag as JSON, so that the sentence follows the reader and today's wording while
the numbers stay those of the night on which the flag was raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

from django.utils.translation import gettext as _

from core.formatting import format_interval, format_target, number, percent, points
from core.levels import EducationLevel
from core.months import Month
from core.types import JSON
from mobilisation.rates.variants import VARIANTS


@dataclass(frozen=True)
class Finding:
    """One rule met.

    Attributes:
        code: of `SENTENCES`.
        numbers: what the sentence names: shares 0..1 or None, counts, months as "2026-10".
    """

    code: str
    numbers: Mapping[str, JSON]

    def as_json(self) -> dict[str, JSON]:
        """As it is stored; `worded` reads it."""
        return {"code": self.code, "numbers": dict(self.numbers)}


def worded(stored: Mapping[str, Any], *, commune: str, level: str, month: Month) -> str:
    """The whole sentence of a stored finding, in the language in force.

    Raises KeyError for a code that no version of the product has written.
    """
    return _("%(commune)s, %(level)s in %(month)s: %(text)s") % {
        "commune": commune,
        "level": EducationLevel(level).label,
        "month": _month(month),
        "text": told(stored),
    }


def told(stored: Mapping[str, Any]) -> str:
    """What was found alone, for a page that names commune and month elsewhere.

    Raises KeyError as `worded` does.
    """
    return SENTENCES[stored["code"]](stored["numbers"])


def _certainly_low(found: Mapping[str, Any]) -> str:
    return _(
        "attendance %(rate)s (between %(interval)s), lower than the target of %(target)s; "
        "%(coverage)s of registers sent."
    ) % _words(found)


def _few_pupils(found: Mapping[str, Any]) -> str:
    return _(
        "attendance %(rate)s (between %(interval)s), under the target of %(target)s, but "
        "with only %(pupils)s pupils that is not certain; %(coverage)s of registers sent."
    ) % _words(found)


def _watch(found: Mapping[str, Any]) -> str:
    return _(
        "attendance %(rate)s (between %(interval)s), under the target of %(target)s but "
        "not certainly; %(coverage)s of registers sent."
    ) % _words(found)


def _falling(found: Mapping[str, Any]) -> str:
    return _(
        "attendance %(rate)s, %(points)s points less than in %(month)s (%(before)s); "
        "%(coverage)s of registers sent."
    ) % (
        _words(found)
        | {
            "points": points(found["before"] - found["rate"]).lstrip("+"),
            "month": _month(Month.parse(found["month"])),
            "before": percent(found["before"]),
        }
    )


def _persistent(found: Mapping[str, Any]) -> str:
    lately = (
        f"{_month(Month.parse(month))}: {_under(rate, target)}"
        for month, rate, target in found["months"]
    )
    return _(
        "attendance under the target in %(count)s months running (lately %(months)s); "
        "%(coverage)s of registers sent."
    ) % (_words(found) | {"count": found["count"], "months": "; ".join(lately)})


def _no_register(found: Mapping[str, Any]) -> str:
    return _("no register sent (0 of %(due)s).") % {"due": number(found["due"])}


def _few_registers(found: Mapping[str, Any]) -> str:
    return _(
        "only %(coverage)s of registers sent (%(taken)s of %(due)s), less than %(least)s, so "
        "attendance cannot be judged."
    ) % {
        "coverage": _under(found["coverage"], found["least"]),
        "taken": number(found["taken"]),
        "due": number(found["due"]),
        "least": format_target(found["least"]),
    }


def _mobilised_certainly_low(found: Mapping[str, Any]) -> str:
    return _(
        "%(name)s %(rate)s (between %(interval)s), lower than the target of %(target)s%(matched)s."
    ) % _mobilised(found)


def _mobilised_few_pupils(found: Mapping[str, Any]) -> str:
    return _(
        "%(name)s %(rate)s (between %(interval)s), under the target of %(target)s, but with only "
        "%(pupils)s children that is not certain%(matched)s."
    ) % _mobilised(found)


def _mobilised_watch(found: Mapping[str, Any]) -> str:
    return _(
        "%(name)s %(rate)s (between %(interval)s), under the target of %(target)s but not "
        "certainly%(matched)s."
    ) % _mobilised(found)


def _mobilised_falling(found: Mapping[str, Any]) -> str:
    return _("%(name)s %(rate)s, %(points)s points less than in %(month)s (%(before)s).") % (
        _mobilised(found)
        | {
            "points": points(found["before"] - found["rate"]).lstrip("+"),
            "month": _month(Month.parse(found["month"])),
            "before": percent(found["before"]),
        }
    )


def _mobilised_persistent(found: Mapping[str, Any]) -> str:
    lately = (
        f"{_month(Month.parse(month))}: {_under(rate, target)}"
        for month, rate, target in found["months"]
    )
    return _("%(name)s under the target in %(count)s months running (lately %(months)s).") % (
        _mobilised(found) | {"count": found["count"], "months": "; ".join(lately)}
    )


def _mobilised_unmatched(found: Mapping[str, Any]) -> str:
    return _(
        "%(name)s: only %(taken)s of %(due)s children told to go to school are matched with the "
        "rolls, so the rate cannot be judged."
    ) % {
        "name": _name_of(found),
        "taken": number(found.get("taken", 0)),
        "due": number(found["due"]),
    }


def _mobilised(found: Mapping[str, Any]) -> dict[str, str]:
    # Of a rate whose survey told of no child to be found on a roll there is nothing to match.
    matched = (
        ""
        if found["coverage"] is None
        else _("; %(coverage)s of the survey matched") % {"coverage": percent(found["coverage"], 0)}
    )
    return {**_words(found), "name": _name_of(found), "matched": matched}


def _name_of(found: Mapping[str, Any]) -> str:
    known = VARIANTS.get(found["indicator"])
    return str(known.name) if known is not None else str(found["indicator"])


SENTENCES = {
    "mobilised_certainly_low": _mobilised_certainly_low,
    "mobilised_few_pupils": _mobilised_few_pupils,
    "mobilised_watch": _mobilised_watch,
    "mobilised_falling": _mobilised_falling,
    "mobilised_persistent": _mobilised_persistent,
    "mobilised_unmatched": _mobilised_unmatched,
    "certainly_low": _certainly_low,
    "few_pupils": _few_pupils,
    "watch": _watch,
    "falling": _falling,
    "persistent": _persistent,
    "no_register": _no_register,
    "few_registers": _few_registers,
}


def _words(found: Mapping[str, Any]) -> dict[str, str]:
    return {
        "rate": _under(found["rate"], found["target"]),
        "interval": format_interval(found["low"], found["high"]),
        "target": format_target(found["target"]),
        "pupils": number(found["pupils"]),
        "coverage": percent(found["coverage"], 0),
    }


def _under(value: float, limit: float | None) -> str:
    """A share in percent, with as many digits as show that it is under the limit."""
    if limit is None or value >= limit:
        return percent(value)
    for digits in (1, 2):
        if round(value * 100, digits) < round(limit * 100, 2):
            return percent(value, digits)
    return percent(floor(value * 10_000) / 10_000, 2)


def _month(month: Month) -> str:
    return f"{month.number}/{month.year}"
