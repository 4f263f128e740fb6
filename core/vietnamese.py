"""Vietnamese text, names, dates and numbers: how they are cleaned, compared and written.

Neither database helps here: SQLite and PostgreSQL sort Đ after Z, do not find "dak" in "Đắk",
and hold two spellings of one letter for different. So text is stored in one form
(`normalise`), with a column to search by (`fold`) and one to sort by (`sort_key`).
"""

import datetime
import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from core.text import MOST_CHARACTERS, TextRefused, check_text, is_visible

NO_VALUE = "—"

_BREVE, _CIRCUMFLEX, _HORN = "\u0306", "\u0302", "\u031b"
_SHAPES = (_CIRCUMFLEX, _BREVE, _HORN)
# Ngang (no mark), huyền, hỏi, ngã, sắc, nặng: the order of dictionaries, and ICU's for "vi".
_TONES = ("\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
_JOINER = "\u034f"

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_LOOK_ALIKES = str.maketrans("ÐðƉɖ", "ĐđĐđ")
# Only in a word that has Latin letters as well: such a word was typed with a wrong keyboard.
_CYRILLIC = str.maketrans("АВЕКМНОРСТУХІаеорсухі", "ABEKMHOPCTYXIaeopcyxi")
_STROKES = str.maketrans("đƀ", "db")
# Text of these characters only is in its stored form already: nearly every cell of a file.
_ORDINARY = re.compile(
    "[ -~"
    "àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵđ"
    "ÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬÈẺẼÉẸÊỀỂỄẾỆÌỈĨÍỊÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢÙỦŨÚỤƯỪỬỮỨỰỲỶỸÝỴĐ]*"
)
_APOSTROPHES = str.maketrans(dict.fromkeys("'’‘ʼ‛`´ʹ′"))


def normalise(text: object) -> str:
    """Text as it is stored: one code for one letter, nothing invisible, single spaces.

    Unicode's own composition leaves é + ̂ as it is; here the mark that shapes a letter (â ă ơ)
    is put before its tone whatever the order of typing, so that it becomes ế. Zero-width,
    right-to-left and control characters go, every kind of space becomes one plain space,
    full-width characters become ASCII, and Ð (U+00D0) and Ɖ (U+0189), which look like Đ,
    become Đ. `None` gives "". Idempotent, and linear in the length of what is taken.

    Raises:
        TextRefused: too long, or too many combining marks in a row (`core.text`).
    """
    if text is None:
        return ""
    text = _as_text(text)
    check_text(text)
    if not _ORDINARY.fullmatch(text):
        text = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH).translate(_LOOK_ALIKES)
        text = "".join(letter for letter in text if letter.isspace() or is_visible(letter))
        words = map(_latin_word, unicodedata.normalize("NFD", text).split())
        text = unicodedata.normalize("NFC", _in_order(" ".join(words)))
    return " ".join(text.split())


def _as_text(value: object) -> str:
    try:
        return str(value)
    except ValueError as error:  # a number of thousands of digits
        raise TextRefused("too_long", limit=MOST_CHARACTERS) from error


def _latin_word(word: str) -> str:
    has_latin = any(unicodedata.name(letter, "").startswith("LATIN") for letter in word)
    return word.translate(_CYRILLIC) if has_latin else word


def _in_order(decomposed: str) -> str:
    """Put the marks of each letter in the order shape, tone, others, each of them once."""
    ordered, marks = [], []
    for letter in decomposed:
        if letter == _JOINER:
            continue
        if unicodedata.combining(letter):
            if letter not in marks:
                marks.append(letter)
            continue
        ordered += [*sorted(marks, key=_rank), letter]
        marks = []
    return "".join([*ordered, *sorted(marks, key=_rank)])


def _rank(mark: str) -> int:
    return 0 if mark in _SHAPES else 1 if mark in _TONES else 2


def ordinary_case(name: str) -> str:
    """A person's name with a capital for each word, when it has capitals only, or none at all.

    "GIÀNG A TẾNH" and "giàng a tếnh" become "Giàng A Tếnh"; what has both is as it was meant, and
    three capitals may be letters that stand for words.
    """
    is_odd = name.islower() or (name.isupper() and len(name) > 3)
    return name.title() if is_odd else name


def unmarked(text: object) -> str:
    """Lower case without marks, đ as d; punctuation stays: "24–36 Tháng" -> "24–36 thang"."""
    text = unicodedata.normalize("NFD", normalise(text).lower())
    plain = "".join(letter for letter in text if not unicodedata.combining(letter))
    return plain.translate(_STROKES)


def fold(text: object) -> str:
    """Search key: without marks and case, đ as d, apostrophes gone, other signs one space.

    "nguyen thuy" is in fold("NGUYỄN  Thuý"), "kho mu" is fold("Khơ-mú"), "hmai" fold("H'Mai").
    """
    plain = unmarked(text).translate(_APOSTROPHES)
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def sort_key(full_name: str) -> str:
    """Key that sorts full names by tên, then họ, then đệm, part by part.

    All letters of a part count before its tones, and its tones before the next part, so
    that Hoa Võ stands before Hòa Bùi. The first word is the họ, the last one the tên, a
    single word is a tên. Letters: a ă â b c d đ e ê … y; tones: ngang huyền hỏi ngã sắc
    nặng. hoà and hòa are equal, as are names that differ only in case and punctuation.

    The key holds nothing but digits, because every collation (C, ICU of any language,
    glibc, SQLite's BINARY) sorts these alike: no capitals, signs, spaces or letter pairs are
    left to treat specially. At most two digits for each letter of the name and seven more.

        part = words joined by "1", then "0", then one tone from 0 to 5 for each word
        word = two digits from "20" upwards for each letter
    """
    words = [word for word in map(_encoded, _words(full_name).split()) if word[0]]
    if not words:
        return ""
    parts = [words[-1:], words[:1] if len(words) > 1 else [], words[1:-1]]
    return "".join(
        "1".join(letters for letters, _tone in part) + "0" + "".join(tone for _l, tone in part)
        for part in parts
    )


def title_key(title: str) -> str:
    """Key that sorts titles (areas, schools, sites, classes) word by word from the left.

    As in a dictionary each word counts by its letters, in the alphabet of `sort_key`, then by
    its tone, then the next word; a number counts by its value. So 6Đ before 6E, 9A before 10A,
    Dào San before Đoàn Kết, Sin Súi Hồ before Sìn Hồ. Case and signs do not count. Nothing but
    digits, as in `sort_key`: at most two for each letter, three for each digit, two for each word.

        word = tokens, then "0" and its tone from 0 to 5
        token = two digits from "20" upwards for a letter; "1", the number of digits, and
            the digits for a number (the first nine without leading zeros)
    """
    words = []
    for word in _words(title).split():
        tokens, heard = [], "0"
        for number, letters in _RUNS.findall(word):
            if number:
                digits = number.lstrip("0")[:9] or "0"
                tokens.append(f"1{len(digits)}{digits}")
            else:
                encoded, tone = _encoded(letters)
                tokens.append(encoded)
                heard = max(heard, tone)
        words.append("".join(tokens) + "0" + heard)
    return "".join(words)


_RUNS = re.compile(r"([0-9]+)|([^0-9]+)")


def _words(text: str) -> str:
    """Lower-case words without apostrophes and signs; letters keep their marks."""
    text = normalise(text).lower().translate(_APOSTROPHES)
    kept = (c if c.isalnum() or unicodedata.combining(c) else " " for c in text)
    return " ".join("".join(kept).split())


def _number_letters() -> dict[str, str]:
    """Dict letter -> two digits; a letter and "*" stands for it with a mark foreign to us."""
    variants = {"a": "ăâ", "d": "đ", "e": "ê", "o": "ôơ", "u": "ư"}
    letters = [*"0123456789"]
    for base in "abcdefghijklmnopqrstuvwxyz":
        letters += [base, *variants.get(base, ""), base + "*"]
    return {letter: str(number) for number, letter in enumerate([*letters, "*"], start=20)}


_NUMBERS = _number_letters()
_LONGEST_KEPT = 30  # characters


def _encoded(word: str) -> tuple[str, str]:
    # Words that no name has would only fill the memory.
    return _encode(word) if len(word) <= _LONGEST_KEPT else _encode.__wrapped__(word)


@lru_cache(maxsize=8192)
def _encode(word: str) -> tuple[str, str]:
    """(digits for the letters, digit of the tone) of a word in lower case."""
    letters: list[str] = []
    tone = 0
    for letter in word:
        decomposed = unicodedata.normalize("NFD", letter)
        tones = [mark for mark in decomposed if mark in _TONES]
        tone = tone or (_TONES.index(tones[0]) + 1 if tones else 0)
        shape = "".join(mark for mark in decomposed if mark not in _TONES)
        if unicodedata.combining(letter):
            # No single code point holds this mark and its letter, as in ơ̆ of the Ê Đê.
            letters[-1:] = [_foreign(last) for last in letters[-1:]]
        else:
            letters.append(unicodedata.normalize("NFC", shape))
    return "".join(_NUMBERS.get(letter) or _NUMBERS[_foreign(letter)] for letter in letters), (
        str(tone)
    )


def _foreign(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0].translate(_STROKES)
    return base + "*" if base + "*" in _NUMBERS else "*"


class NotADate(ValueError):
    """A value that is no date; `code` names the reason, the text says what to do."""

    MESSAGES = {
        "blank": _("The date is empty. Write day/month/year, for example 05/09/2015."),
        "two_digit_year": _("Write the year with four digits, for example 05/09/2015."),
        "incomplete": _("Write the whole date: day/month/year, for example 05/09/2015."),
        "no_such_day": _(
            "The calendar has no such day. Write the day before the month: 05/09/2015 is "
            "5 September."
        ),
        "not_a_date": _("This is not a date. Write day/month/year, for example 05/09/2015."),
    }

    def __init__(self, code: str) -> None:
        super().__init__(self.MESSAGES[code])
        self.code = code

    def __str__(self) -> str:
        return str(self.MESSAGES[self.code])


EARLIEST, LATEST = datetime.date(1900, 3, 1), datetime.date(2099, 12, 31)
# Characters: the longest spelling, an hour included, has 60 with its marks apart.
_LONGEST_DATE = 200
_EPOCH, _EPOCH_1904 = datetime.date(1899, 12, 30), datetime.date(1904, 1, 1)

_TIME = r"(?:[t ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[sc]a?h?)?)?"
_DAY_FIRST = re.compile(rf"(\d{{1,2}})[/.\- ]+(\d{{1,2}})[/.\- ]+(\d{{4}}){_TIME}")
_YEAR_FIRST = re.compile(rf"(\d{{4}})[/.\- ]+(\d{{1,2}})[/.\- ]+(\d{{1,2}}){_TIME}")
_IN_WORDS = re.compile(r"(?:ngay )?(\d{1,2}) thang (\d{1,2}),?(?: nam)? (\d{4})")
_TWO_DIGIT_YEAR = re.compile(
    r"\d{1,2}[/.\- ]+\d{1,2}[/.\- ]+\d{2}|\d{6}|(?:ngay )?\d{1,2} thang \d{1,2},?(?: nam)? \d{2}"
)
_INCOMPLETE = re.compile(r"\d{4}|\d{1,2}[/.\- ]+\d{1,4}|(?:thang )?\d{1,2}(?: nam)? \d{4}")


def parse_date(value: object, *, epoch1904: bool = False) -> datetime.date:
    """The day meant by a cell or an entry; the day always stands before the month.

    Args:
        value: date, datetime, a serial of Excel (number, or the same as text), or text:
            5/9/2015, 05-09-2015, 05.09.2015, 05092015, ngày 5 tháng 9 năm 2015, 2015-09-05,
            with or without a time, which is dropped.
        epoch1904: whether serials count from 1904, as old workbooks of the Mac do.

    Raises:
        NotADate: no date, or one that could be meant in two ways. Two-digit years are never
            guessed, nor is a bare year taken for a serial. Days from March 1900 to 2099.
    """
    if isinstance(value, bool | datetime.time | datetime.timedelta):
        raise NotADate("not_a_date")
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, datetime.date):
        return _in_range(value)
    if isinstance(value, int | float):
        return _of_number(value, epoch1904)
    text = _short_text(value)
    if not text:
        raise NotADate("blank")
    if found := _DAY_FIRST.fullmatch(text) or _IN_WORDS.fullmatch(text):
        day, month, year = map(int, found.groups())
        return _day(year, month, day)
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(*map(int, found.groups()))
    if re.fullmatch(r"\d{5}|\d{8}", text) and text.isascii():
        return _of_digits(text, epoch1904)
    if _TWO_DIGIT_YEAR.fullmatch(text):
        raise NotADate("two_digit_year")
    raise NotADate("incomplete" if _INCOMPLETE.fullmatch(text) else "not_a_date")


def _short_text(value: object) -> str:
    try:
        text = "" if value is None else _as_text(value)
        check_text(text, most=_LONGEST_DATE)
    except TextRefused as error:
        raise NotADate("not_a_date") from error
    return unmarked(text).strip("' ")


def _of_digits(text: str, epoch1904: bool) -> datetime.date:
    """05092015, 20150905, or a serial that was turned into text.

    Eight digits have one reading, as no month is 19 or 20; five are refused where they may
    also be 5/09/15 without its zero, or begin with one, as no serial does.
    """
    if len(text) == 8:
        if text[:2] in ("19", "20") and int(text[2:4]) > 12:
            return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
        if not text[4:].startswith(("19", "20")):
            return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
        return _day(int(text[4:]), int(text[2:4]), int(text[:2]))
    if text[0] == "0" or 1 <= int(text[1:3]) <= 12:
        raise NotADate("two_digit_year")
    return _of_number(int(text), epoch1904)


def _of_number(value: float, epoch1904: bool) -> datetime.date:
    if value != value or abs(value) > 10**9:
        raise NotADate("not_a_date")
    number = int(value)
    if 1900 <= number <= 2100:
        raise NotADate("incomplete")
    if 1_000_000 <= number <= 31_129_999 and number == value:
        # A day typed without signs into a number cell, which drops the leading zero.
        return _of_digits(f"{number:08d}", epoch1904)
    if not 61 <= number <= 80_000:
        raise NotADate("not_a_date")
    return _in_range((_EPOCH_1904 if epoch1904 else _EPOCH) + datetime.timedelta(days=number))


def _day(year: int, month: int, day: int) -> datetime.date:
    try:
        return _in_range(datetime.date(year, month, day))
    except NotADate:
        raise
    except ValueError as error:
        raise NotADate("no_such_day") from error


def _in_range(date: datetime.date) -> datetime.date:
    if not EARLIEST <= date <= LATEST:
        raise NotADate("not_a_date")
    return date


class NotASex(ValueError):
    """A value that is neither Nam nor Nữ."""

    MESSAGE = _("Write Nam or Nữ.")

    def __init__(self) -> None:
        super().__init__(self.MESSAGE)

    def __str__(self) -> str:
        return str(self.MESSAGE)


_SEXES = dict.fromkeys(("nam", "trai", "con trai", "male", "m", "boy", "1"), "M") | dict.fromkeys(
    ("nu", "gai", "con gai", "female", "f", "girl", "0", "2"), "F"
)


def parse_sex(value: object) -> str:
    """ "M" for Nam, "F" for Nữ.

    Taken whatever the case and accents: Nam, trai, male, m, boy, 1; Nữ, gái, female, f, girl,
    0 (the ministry's code) and 2 (ISO 5218). Raises NotASex for anything else; true and
    false are refused, since they do not say what was asked.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        text = "" if isinstance(value, bool) else fold(value)
    except TextRefused as error:
        raise NotASex from error
    if text not in _SEXES:
        raise NotASex
    return _SEXES[text]


def format_number(value: float | Decimal | None, digits: int = 0) -> str:
    """1234.5 with one digit -> "1.234,5"; `None` -> "—"; never "-0"."""
    if value is None:
        return NO_VALUE
    text = f"{value:z,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,"))


def format_date(date: datetime.date | None) -> str:
    """A date -> "05/09/2015"; `None` -> "—"."""
    return NO_VALUE if date is None else f"{date:%d/%m/}{date.year:04d}"
