"""Passwords that another person hands over: on a slip, or told by phone.

Both are temporary: after a moment they open nothing, and their owner must choose a password of
their own. They are read off paper and typed on phones, so spaces, capitals and marks do not count
(`canonical`): "Suoi xanh-Mua ngo" is "suoixanhmuango".

Strength: four words of a list of 267 are 32 bits, eight digits 26. At most some forty guesses a
day are looked at (`accounts.guessing`), and a code lives for minutes.
"""

import secrets
from functools import lru_cache
from pathlib import Path

from core.text import TextRefused
from core.vietnamese import fold

# Dated rules: days of a first password, minutes of a code (accounts.apps).
FIRST_DAYS, CODE_MINUTES = "accounts.first_password_days", "accounts.code_minutes"
WORDS, DIGITS = 4, 8
_LIST = Path(__file__).resolve().parent / "data" / "first_password_words.txt"


def first_password() -> str:
    """A password for a slip: words with spaces between."""
    return " ".join(secrets.choice(words()) for _each in range(WORDS))


def code() -> str:
    """A code to be told by phone: digits in two groups."""
    text = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    return f"{text[: DIGITS // 2]} {text[DIGITS // 2 :]}"


def canonical(typed: str) -> str:
    """What of a temporary password counts: letters without marks and case, and digits.

    What is too long to be normalised stays as it is, and is then no temporary password.
    """
    try:
        return fold(typed).replace(" ", "")
    except TextRefused:
        return typed


@lru_cache(maxsize=1)
def words() -> tuple[str, ...]:
    """The words of first passwords."""
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())
