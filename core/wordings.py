"""What is stored as a code with parameters, and put into words when somebody reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .types import StrOrPromise


@dataclass(frozen=True)
class Wording:
    """What is wrong, and what to do; both may name parameters as %(name)s."""

    what: StrOrPromise
    remedy: StrOrPromise = ""


class Words(NamedTuple):
    """A wording in the language of the page, parameters filled in; `remedy` may be ""."""

    what: str
    remedy: str


def in_words(wordings: Mapping[str, Wording], code: str, params: Mapping[str, object]) -> Words:
    """The words of a code in the current language. Raises KeyError for a code without any."""
    wording = wordings[code]
    return Words(str(wording.what) % params, str(wording.remedy) % params)
