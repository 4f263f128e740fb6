"""JSON of others: read only when its nesting, numbers and texts are of a sensible size."""

import json
import math
from typing import NoReturn

from django.utils.translation import gettext_lazy as _

from .text import TextRefused, check_sent
from .types import JSON

MOST_DEPTH = 10
# Lists and objects: a call with 200 registers of 200 marks has 40,601.
MOST_BRACKETS = 50_000
MOST_DIGITS = 30
MOST_CHARACTERS = 10_000


class JSONRefused(ValueError):
    """A body that is no JSON, or none that is taken; the text says why."""

    NO_JSON = _("The body is not JSON.")
    TOO_MANY = _("Too many values were sent at once.")
    TOO_DEEP = _("The JSON is nested more than %(limit)s levels deep.")
    NUMBER = _("The JSON holds a number that is too long or not finite.")


def read(data: bytes) -> JSON:
    """The value of JSON in UTF-8.

    Args:
        data: bytes.

    Raises:
        JSONRefused: no JSON, more than MOST_DEPTH levels or MOST_BRACKETS, a number of more than
            MOST_DIGITS characters, NaN or infinite, a text that `core.text` refuses.
    """
    if data.count(b"[") + data.count(b"{") > MOST_BRACKETS:
        raise JSONRefused(JSONRefused.TOO_MANY)
    try:
        value = json.loads(
            data.decode(), parse_int=_whole, parse_float=_real, parse_constant=_refuse_constant
        )
    except JSONRefused:
        raise
    except RecursionError as error:
        raise JSONRefused(JSONRefused.TOO_DEEP % {"limit": MOST_DEPTH}) from error
    except ValueError as error:
        raise JSONRefused(JSONRefused.NO_JSON) from error
    _check(value)
    return value


def _check(value: JSON) -> None:
    level = [value]
    for _depth in range(MOST_DEPTH + 1):
        inner = []
        for each in level:
            if isinstance(each, str):
                _check_text(each)
            elif isinstance(each, list):
                inner += each
            elif isinstance(each, dict):
                inner += each
                inner += each.values()
        if not inner:
            return
        level = inner
    raise JSONRefused(JSONRefused.TOO_DEEP % {"limit": MOST_DEPTH})


def _check_text(text: str) -> None:
    try:
        check_sent(text, most=MOST_CHARACTERS)
    except TextRefused as error:
        raise JSONRefused(" ".join(error.messages)) from error


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise JSONRefused(JSONRefused.NUMBER)
    return int(digits)


def _real(digits: str) -> float:
    if len(digits) > MOST_DIGITS or not math.isfinite(number := float(digits)):
        raise JSONRefused(JSONRefused.NUMBER)
    return number


def _refuse_constant(_name: str) -> NoReturn:
    raise JSONRefused(JSONRefused.NUMBER)
