"""An office, and a paper of it that can be issued: what it is about, how its text is made."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.documents.official_papers import OfficialPaper
from core.months import Month
from schools.models import Area, School

from ..models import Publication

# Kinds of office, as `PaperSymbol` abbreviates them.
DEPARTMENT, COMMITTEE, SCHOOL = "department", "committee", "school"


@dataclass(frozen=True)
class Office:
    """An office that writes papers.

    Attributes:
        above, name: the office above it, and its own name.
        kind: `DEPARTMENT`, `COMMITTEE` or `SCHOOL`.
        signs: how its head signs: the line of the body, if it signs for one, and the post.
        area, school: whose numbers its papers take; exactly one of both is given.
    """

    above: str
    name: str
    kind: str
    signs: Sequence[str]
    area: Area | None = None
    school: School | None = None


@dataclass(frozen=True)
class MonthPaper(OfficialPaper):
    """A paper with the figures of a month.

    `publication`: the one whose frozen cells they are; None for figures of now. What is read
    once more could be another one, published or opened again meanwhile.
    """

    publication: Publication | None = None


@dataclass(frozen=True)
class Draft:
    """One paper that can be issued, not yet made: making it counts the figures.

    Attributes:
        office: who issues it.
        kind: an `IssuedPaper.Kind`.
        report: which report it is, without the format: "report", "notices"; of a paper made
            elsewhere its code (`paper_types`). Where one place and month may have several, the
            code, a colon and what it is about: "visit_off:15".
        make: the paper, in the language in force.
        area, school: what it is about; exactly one of both is given.
        not_before: the first day it may bear; None for the first of its month.
        position, signer: who is offered to sign it; "" for who signed the office's last paper.
    """

    office: Office
    kind: str
    report: str
    month: Month
    make: Callable[[], OfficialPaper]
    area: Area | None = None
    school: School | None = None
    not_before: datetime.date | None = None
    position: str = ""
    signer: str = ""

    @property
    def place(self) -> str:
        """The name of what it is about."""
        if self.area is not None:
            return self.area.title
        return "" if self.school is None else self.school.name
