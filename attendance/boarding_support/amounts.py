"""What a semi-boarder is given for a month: dated rows of a TOML file, each with its source."""

import datetime
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

FILE = Path(__file__).resolve().parent.parent / "data" / "boarding_support.toml"
NUMBERS = ("rice_kg", "meals", "lodging", "most_months")
NEEDED = {"name", "source", "valid_from", *NUMBERS}
WORDS = NEEDED | {"valid_to", "extra_months_grade_1"}


class SupportFileError(ValueError):
    """The file of amounts cannot be used; the sentence says where and what to mend."""


@dataclass(frozen=True)
class Support:
    """What holds for months that begin in [valid_from, valid_to).

    Attributes:
        rice_kg: kilograms of rice a month.
        meals: đồng a month, to every semi-boarder who is supported.
        lodging: đồng a month, to who finds the own lodging.
        most_months: months of one school year that are supported at most.
        extra_months_grade_1: more of them for pupils of ethnic minorities in grade 1.
    """

    name: str
    source: str
    valid_from: datetime.date
    valid_to: datetime.date | None
    rice_kg: int
    meals: int
    lodging: int
    most_months: int
    extra_months_grade_1: int = 0


def support_on(day: datetime.date) -> Support | None:
    """What holds on a day, or None when no decree is on record. Raises SupportFileError."""
    return next(
        (
            each
            for each in all_rows()
            if each.valid_from <= day and (each.valid_to is None or day < each.valid_to)
        ),
        None,
    )


@lru_cache
def all_rows() -> tuple[Support, ...]:
    """Every row of the file, the oldest first. Raises SupportFileError."""
    with FILE.open("rb") as file:
        return read(tomllib.load(file).get("support", []))


def read(rows: Iterable[Mapping[str, Any]]) -> tuple[Support, ...]:
    """Rows of a file, checked: known words, whole numbers, no day twice; SupportFileError."""
    found = sorted(
        (_row(number, row) for number, row in enumerate(rows, 1)), key=lambda each: each.valid_from
    )
    for one, other in pairwise(found):
        if one.valid_to is None or other.valid_from < one.valid_to:
            raise SupportFileError(
                _(
                    "“%(one)s” and “%(other)s” both hold on %(day)s; "
                    "give the earlier one a valid_to."
                )
                % {
                    "one": one.name,
                    "other": other.name,
                    "day": f"{other.valid_from:%d/%m/%Y}",
                }
            )
    return tuple(found)


def _row(number: int, row: Mapping[str, Any]) -> Support:
    wrong = [
        *(sorted(NEEDED - set(row)) or sorted(set(row) - WORDS)),
        *(
            name
            for name in (*NUMBERS, "extra_months_grade_1")
            if name in row and (type(row[name]) is not int or row[name] < 0)
        ),
        *(
            name
            for name in ("valid_from", "valid_to")
            if name in row and type(row[name]) is not datetime.date
        ),
    ]
    if wrong:
        raise SupportFileError(
            _("Row %(number)s, “%(word)s”: missing, unknown, or no whole number or day.")
            % {"number": number, "word": wrong[0]}
        )
    return Support(**{"valid_to": None} | dict(row))
