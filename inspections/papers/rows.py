"""The papers of a plan, a visit or a committee as its page lists them."""

from dataclasses import dataclass

from core.types import StrOrPromise
from reports.models import IssuedPaper


@dataclass(frozen=True)
class PaperRow:
    """One paper: what was issued of it, where it is read, and where the reader issues it.

    `url` is "" for a paper that another office writes, `issue_url` for who does not issue it.
    `may_open`: whether the reader may open the page of the issued paper, as whoever issues it.
    `is_anew`: whether what was issued stays and issuing makes another one, as of a paper that each
    month has its own.
    """

    name: StrOrPromise
    url: str
    issue_url: str
    issued: IssuedPaper | None
    may_open: bool
    is_anew: bool = False
