"""Dated rules for semi-boarding ethnic schools (trường PTDTBT), read from TOML files.

The files of `schools/data/boarding/` are the country's; a province may put its own beside its
units (`boarding/` in the folder of `settings.PROVINCE_DATA`). A new circular is a new file. What a
file says wrongly would judge schools wrongly for years: an unknown word is refused.
"""

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from core.province import province

COUNTRY = Path(__file__).resolve().parent.parent / "data" / "boarding"
NEEDED = {"code", "name", "source", "valid_from", "minority", "semi_boarders"}
WORDS = NEEDED | {"valid_to"}
SHARES = {"primary", "lower_secondary", "both"}


class RuleSetError(ValueError):
    """A file of rules cannot be used; the sentence says which, where and what to mend."""


@dataclass(frozen=True)
class RuleSet:
    """What a school must meet between two days, [valid_from, valid_to); shares are percent.

    Attributes:
        minority: of all pupils, at least this share is of ethnic minorities.
        primary, lower_secondary: of the pupils of that level, the least share of semi-boarders.
        both: of the pupils of a school with both levels; None when each level stands for itself.
    """

    code: str
    name: str
    source: str
    valid_from: datetime.date
    valid_to: datetime.date | None
    minority: Fraction
    primary: Fraction
    lower_secondary: Fraction
    both: Fraction | None

    def holds_on(self, day: datetime.date) -> bool:
        """Whether the set is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def in_force(day: datetime.date) -> RuleSet | None:
    """The set that holds on a day, or None. Raises RuleSetError."""
    return next((each for each in all_sets() if each.holds_on(day)), None)


def all_sets() -> tuple[RuleSet, ...]:
    """Every set of the country and of this province, the oldest first. Raises RuleSetError."""
    return read_folders((COUNTRY, province().folder / "boarding"))


@lru_cache
def read_folders(folders: tuple[Path, ...]) -> tuple[RuleSet, ...]:
    """Read and check every `*.toml` of some folders; one that is not there holds none."""
    files = [path for each in folders for path in sorted(each.glob("*.toml"))]
    sets = sorted((read(path.name, _open(path)) for path in files), key=lambda one: one.valid_from)
    for one, other in pairwise(sets):
        if one.valid_to is None or other.valid_from < one.valid_to:
            raise RuleSetError(
                _("%(one)s and %(other)s both hold on %(day)s; give the earlier one a valid_to.")
                % {
                    "one": one.code,
                    "other": other.code,
                    "day": f"{other.valid_from:%d/%m/%Y}",
                }
            )
    return tuple(sets)


def _open(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError) as error:
        raise RuleSetError(
            _("%(file)s: the file cannot be read (%(why)s); it must be TOML in UTF-8.")
            % {"file": path.name, "why": error}
        ) from error


def read(name: str, content: Mapping[str, Any]) -> RuleSet:
    """A set of one file, by its name and content. Raises RuleSetError."""
    for word in sorted(NEEDED - set(content)):
        _refuse(name, word, _("it is missing"))
    for word in sorted(set(content) - WORDS):
        _refuse(name, word, _("no such word is known here"))
    for word in ("code", "name", "source"):
        if not isinstance(content[word], str) or not content[word].strip():
            _refuse(name, word, _("a text is wanted"))
    valid_from, valid_to = content["valid_from"], content.get("valid_to")
    if type(valid_from) is not datetime.date:
        _refuse(name, "valid_from", _("a day is wanted, as 2023-03-18"))
    if valid_to is not None and (type(valid_to) is not datetime.date or valid_to <= valid_from):
        _refuse(name, "valid_to", _("a day after valid_from is wanted"))
    shares = content["semi_boarders"]
    if not isinstance(shares, dict) or not {"primary", "lower_secondary"} <= set(shares) <= SHARES:
        _refuse(
            name,
            "semi_boarders",
            _("primary and lower_secondary are wanted, both if the circular names it"),
        )
    percents = {each: _percent(name, f"semi_boarders.{each}", shares[each]) for each in shares}
    return RuleSet(
        code=content["code"],
        name=content["name"],
        source=content["source"],
        valid_from=valid_from,
        valid_to=valid_to,
        minority=_percent(name, "minority", content["minority"]),
        primary=percents["primary"],
        lower_secondary=percents["lower_secondary"],
        both=percents.get("both"),
    )


def _percent(name: str, word: str, value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 100:
        _refuse(name, word, _("a percentage above 0 and up to 100 is wanted"))
    # As it is written, 32.5 and not the nearest binary number.
    return Fraction(str(value))


def _refuse(name: str, word: str, why: str) -> NoReturn:
    raise RuleSetError(
        _("%(file)s, “%(word)s”: %(why)s.") % {"file": name, "word": word, "why": why}
    )
