"""The 54 ethnic groups by their official codes (decision 121-TCTK/PPCĐ, 2 March 1979).

Facts keep the two-digit code only; names and other spellings live in data/ethnic_groups.csv.
"""

import csv
from functools import cache
from pathlib import Path

from core.vietnamese import fold

DATA = Path(__file__).parent / "data" / "ethnic_groups.csv"
UNKNOWN = "00"


@cache
def names() -> dict[str, str]:
    """Dict code -> official name, in the order of the codes."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


@cache
def _codes_by_spelling() -> dict[str, str]:
    codes = {}
    with DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for spelling in [row["name"], *row["aliases"].split("|")]:
                if spelling:
                    codes[fold(spelling)] = row["code"]
    return codes


def code_of(text: object) -> str | None:
    """Code for a name, another spelling or the code itself; None when unknown."""
    text = str(text).strip()
    if text.isdigit() and text.zfill(2) in names():
        return text.zfill(2)
    return _codes_by_spelling().get(fold(text))


def choices() -> list[tuple[str, str]]:
    """Choices of a form or model field."""
    return list(names().items())


# Kinh (01) and who is not known: everybody else counts as dân tộc thiểu số.
NOT_MINORITY = frozenset({"01", UNKNOWN})


def is_minority(code: str) -> bool:
    """Whether the group counts as dân tộc thiểu số: every group but Kinh (01)."""
    return code not in NOT_MINORITY
