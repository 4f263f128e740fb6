"""The papers of a plan, a visit or a committee as its page lists them."""

from dataclasses import dataclass

from core.types import StrOrPromise
from reports.models import IssuedPaper


@dataclass(frozen=True)
class PaperRow:
    """One paper: what was issued of it, where it is read, and where the reader issues it.

    `issue_url` is "" for who does not issue it. `may_open`: whether the reader may open the page of
    the issued paper, as whoever issues it.
    """

    name: StrOrPromise
    url: str
    issue_url: str
    issued: IssuedPaper | None
    may_open: bool
