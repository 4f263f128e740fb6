"""User names that people remember, made from Vietnamese names by one rule.

The given name, then the initials of family and middle names, in small letters without marks:
"Nguyễn Thị Hoa" is `hoant`. The next forms are for names that are too short or that say
something nobody wants to be called: initials first (`nthoa`), the whole name (`nguyenthihoa`).
A form that is taken gets a number: `hoant2`, `hoant3`. Numbers have no 0 and no 1, which are
read as o and l.
"""

import itertools
import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path

from core.vietnamese import fold

SHORTEST, LONGEST = 3, 24
MOST_INITIALS = 5
_DIGITS = "23456789"
_AVOIDED = Path(__file__).resolve().parent / "data" / "avoided_user_names.txt"
# Avoided words of so many letters are looked for inside a name, shorter ones only as the whole.
_SHORTEST_INSIDE = 4
# A name without any Latin letter.
_FALLBACK = "taikhoan"


def free_name(full_name: str, taken: Collection[str]) -> str:
    """The user name for a full name that is not in `taken`.

    Raises TextRefused for what cannot be a name (`core.text`).
    """
    first = stem(full_name)
    if first not in taken:
        return first
    return next(name for number in _numbers() if (name := f"{first}{number}") not in taken)


def stem(full_name: str) -> str:
    """The form with which every user name for this full name begins."""
    words = [word for word in map(_letters, fold(full_name).split()) if word]
    if not words:
        return _FALLBACK
    given, initials = words[-1], "".join(word[0] for word in words[:-1])[:MOST_INITIALS]
    wanted = [given[: LONGEST - MOST_INITIALS] + initials, initials + given, "".join(words)]
    cut = [form[:LONGEST] for form in wanted]
    fitting = (form for form in cut if len(form) >= SHORTEST and not _is_avoided(form, given))
    return next(fitting, f"{_FALLBACK}{cut[-1][0]}")


def _letters(word: str) -> str:
    return re.sub(r"[^a-z]", "", word)


def _is_avoided(form: str, given: str) -> bool:
    words = _avoided()
    return form in words or any(
        len(word) >= _SHORTEST_INSIDE and word in form and word not in given for word in words
    )


@lru_cache(maxsize=1)
def _avoided() -> frozenset[str]:
    lines = _AVOIDED.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _numbers() -> Iterator[str]:
    """2, 3, … 9, 22, 23, …: digits that are read as nothing else."""
    for length in itertools.count(1):
        yield from map("".join, itertools.product(_DIGITS, repeat=length))
