"""Which passwords are taken: long ones that nobody would try first.

A password is taken apart: what guessers put together (words of schools and passwords, places of
this product's own units, years and dates, rows of keys, the owner's own names and numbers) is
struck out with and without tone marks, and what is left must still be something. So a phrase of
ordinary words passes and "Matkhau@2026" does not, whatever decorates it.
Source: OWASP ASVS 5.0, 6.2.1 to 6.2.11.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Set
from functools import lru_cache
from pathlib import Path
from typing import overload

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.province import province
from core.text import TextRefused, check_text
from core.types import User
from core.vietnamese import fold

SHORTEST, LONGEST = 12, 128
# Letters and digits that must be left, and different ones among all.
LEFT, DIFFERENT = 6, 5

HERE = Path(__file__).resolve().parent
# What people here put into passwords; a line of words each, without marks.
WORDS = HERE / "data" / "password_words.txt"

# Signs and digits that stand for letters in passwords.
_SIGNS = str.maketrans("@$013457!|", "asoieastii")
_KEY_ROWS = [
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "1q2w3e4r5t6y7u8i9o0p",
]
_RUNS = ["01234567890123456789", "abcdefghijklmnopqrstuvwxyz", *_KEY_ROWS]
# Shorter pieces of a run are words too: "we", "er".
_SHORTEST_RUN = 3


@overload
def one_form(password: str) -> str: ...


@overload
def one_form(password: None) -> None: ...


def one_form(password: str | None) -> str | None:
    """A password as it is hashed: NFC, so that both ways of typing Vietnamese give one password.

    Nothing else is changed. What is too long to be normalised (`core.text`) stays as it is.
    """
    if password is None:
        return None
    try:
        check_text(password)
    except TextRefused:
        return password
    return unicodedata.normalize("NFC", password)


class NotGuessable:
    """Django's validator: length, and what is left without what guessers try first."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError with what to do instead."""
        password = one_form(password)
        if len(password) < SHORTEST:
            raise ValidationError(
                _(
                    "The password has %(length)s characters and needs at least %(least)s. "
                    "Add a word or two."
                )
                % {"length": len(password), "least": SHORTEST},
                code="password_too_short",
            )
        if len(password) > LONGEST:
            raise ValidationError(
                _("The password has more than %(most)s characters. Shorten it.")
                % {"most": LONGEST},
                code="password_too_long",
            )
        plain = _plain(password)
        if len(set(plain)) < DIFFERENT or len(_one_period(plain)) < SHORTEST // 2:
            raise ValidationError(
                _("The password repeats the same few characters. Join different words instead."),
                code="password_repeats",
            )
        own = _own_words(user)
        if own and len(_without(plain, own, runs=False)) < LEFT:
            raise ValidationError(
                _(
                    "The password is made of your own name, user name or number. "
                    "Take words that have nothing to do with you."
                ),
                code="password_own_words",
            )
        if _is_known(password) or min(_left(form, own) for form in _forms(password)) < LEFT:
            raise ValidationError(
                _(
                    "Such a password is among the first that are tried: a known word, a place, "
                    "a year or a row of keys with little else. "
                    "Join three or four words that only you would join."
                ),
                code="password_too_common",
            )

    def password_changed(self, password: str, user: User | None = None) -> None:
        """Called by Django when a new password is saved: whoever had the old one is signed out."""
        from . import sessions

        if user is not None and user.pk is not None:
            sessions.end(user)

    def get_help_text(self) -> str:
        """What the admin shows under the field."""
        return _(
            "At least %(least)s characters; three or four words that only you would join are best."
        ) % {"least": SHORTEST}


def _plain(text: str) -> str:
    """Small letters and digits without marks, signs and spaces."""
    return "".join(letter for letter in fold(text) if letter.isalnum())


def _forms(password: str) -> set[str]:
    """As typed, and with the signs read that stand for letters: "m@tkh4u"."""
    # A number behind a word is a number: "m@tkh4u123456".
    words = re.sub(r"\d{4,}", " ", password)
    return {_plain(password), _plain(words.translate(_SIGNS))}


def _left(plain: str, own: Set[str]) -> int:
    return len(_one_period(_without(plain, own | _known_words(), runs=True)))


def _without(plain: str, words: Iterable[str], *, runs: bool) -> str:
    """`plain` without the words, the longest first, and without years, dates and runs.

    What stood before and after a word never joins into a new one.
    """
    for word in sorted(words, key=len, reverse=True):
        plain = plain.replace(word, " ")
    if runs:
        plain = re.sub(r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])(19|20)?\d\d", " ", plain)
        plain = re.sub(r"(19|20)\d\d", " ", plain)
        plain = " ".join(_without_runs(part) for part in plain.split(" "))
    return plain.replace(" ", "")


def _without_runs(text: str) -> str:
    """Without pieces of alphabets, numbers and rows of keys, forward and back, and "aaa"."""
    kept, at = [], 0
    while at < len(text):
        length = _run_at(text[at:])
        if length >= _SHORTEST_RUN:
            at += length
        else:
            kept.append(text[at])
            at += 1
    return "".join(kept)


def _run_at(text: str) -> int:
    longest = len(text) - len(text.lstrip(text[0]))
    for row in _RUNS:
        for way in (row, row[::-1]):
            length = longest + 1
            while length <= len(text) and text[:length] in way:
                longest, length = length, length + 1
    return longest


def _one_period(text: str) -> str:
    """The shortest text of which this is a repetition, the last time perhaps cut off."""
    for length in range(1, len(text) // 2 + 1):
        if (text[:length] * (len(text) // length + 1))[: len(text)] == text:
            return text[:length]
    return text


@lru_cache(maxsize=1)
def _known_words() -> frozenset[str]:
    with province().areas_file.open(encoding="utf-8", newline="") as file:
        places = {_plain(row["name"]) for row in csv.DictReader(file)}
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    words = {word for line in lines if not line.startswith("#") for word in line.split()}
    # Of three letters and fewer half of all words have some.
    return frozenset(word for word in words | places if len(word) > 3)


@lru_cache(maxsize=1)
def _list_of_django() -> set[str]:
    return CommonPasswordValidator().passwords


def _is_known(password: str) -> bool:
    return password.lower().strip() in _list_of_django()


def _own_words(user: User | None) -> frozenset[str]:
    """Parts of the owner's names, number and address, as they are compared."""
    if user is None:
        return frozenset()
    words = set()
    for field in ("username", "full_name", "phone", "email"):
        text = str(getattr(user, field, "") or "")
        try:
            parts = re.split(r"[\W_]+", fold(text.split("@")[0]))
        except TextRefused:
            continue
        words |= {_plain(text.split("@")[0]), *parts, "".join(part[:1] for part in parts)}
        if len(parts) > 1:
            words |= {parts[-1] + "".join(part[:1] for part in parts[:-1])}
    return frozenset(word for word in words if len(word) > 2)
