"""How much text the product takes, and of what kind: asked before anything else is done to it.

Unicode's normalisation takes a time that grows with the square of a run of combining marks, so
that one cell of 500,000 marks holds a process for minutes. A run is therefore bounded as in
Stream-Safe text (UAX #15, D4): no writing system needs 30 marks on one letter, Vietnamese and
the languages of its minorities need three.
"""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Characters of one text: as many as a cell of Excel can hold.
MOST_CHARACTERS = 32_767
# Combining marks in a row.
MOST_MARKS = 30
# Not combining themselves, but normalised into marks.
_BECOME_MARKS = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")
# Categories of characters that no text of ours needs (`is_visible`).
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")


class TextRefused(ValidationError, ValueError):
    """A text that is not taken; `code` names the reason, the sentence says what to do.

    A form shows it at its field, a page that does not catch it becomes an answer 400
    (`core.bounded_requests`), and whoever reads a value of another kind holds it for a ValueError.
    """

    code: str
    params: dict[str, object]

    MESSAGES = {
        "too_long": _("The text has more than %(limit)s characters. Shorten it."),
        "too_many_marks": _(
            "The text has more than %(limit)s accents on one letter. Delete it and type it again."
        ),
        "no_text": _("The text has characters that cannot be stored. Delete it and type it again."),
    }

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(self.MESSAGES[code], code=code, params=params)


def check_text(text: str, *, most: int = MOST_CHARACTERS) -> None:
    """Refuse text that is too long or has too many marks in a row; linear in its length.

    Args:
        text: str; most: characters it may have.

    Raises:
        TextRefused: too_long or too_many_marks.
    """
    if len(text) > most:
        raise TextRefused("too_long", limit=most)
    if len(text) > MOST_MARKS and longest_run_of_marks(text) > MOST_MARKS:
        raise TextRefused("too_many_marks", limit=MOST_MARKS)


def check_sent(text: str, *, most: int = MOST_CHARACTERS) -> None:
    """As `check_text`, and refuse what no database stores: NUL and half characters.

    Raises:
        TextRefused: too_long, too_many_marks or no_text.
    """
    check_text(text, most=most)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise TextRefused("no_text") from error
    if "\x00" in text:
        raise TextRefused("no_text")


def longest_run_of_marks(text: str) -> int:
    """Marks in the longest row of them; invisible characters between marks end no row.

    They are left out when text is stored, which would join the marks around them.
    """
    if text.isascii():
        return 0
    longest = run = 0
    for letter in text:
        if unicodedata.combining(letter) or letter in _BECOME_MARKS:
            run += 1
            longest = max(longest, run)
        elif run and (letter.isspace() or is_visible(letter)):
            run = 0
    return longest


def is_visible(letter: str) -> bool:
    """Whether a character is neither control, format, half, private nor unassigned."""
    return unicodedata.category(letter) not in _INVISIBLE
