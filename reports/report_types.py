"""Which reports can be made as a file: each declares itself once and brings its own renderer.

    register(ReportType(code="monthly", name=_("Monthly report"), render=..., ...))

in the `AppConfig.ready` of its app, which may stand above this one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from core.documents.downloads import XLSX
from core.hooks import AlreadyRegistered
from core.months import Month
from core.permissions import Permission
from core.types import StrOrPromise

if TYPE_CHECKING:
    from schools.models import Area, School

    from .papers.drafts import Draft

# Called with rows written and rows in all. Raises `core.services.background_runs.Stopped` when
# nobody waits for the report any more; a renderer lets it pass.
Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True)
class ReportOrder:
    """What is wanted: of which area or school and month, with which filters, in whose name."""

    area: "Area | None" = None
    month: Month | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    by_name: str = ""
    school: "School | None" = None


@dataclass(frozen=True)
class ReportType:
    """One report.

    Attributes:
        code: stored with every run, so never changed.
        permission: who may have it made, for areas inside the places of that permission.
        file_stem: the beginning of a file's name, ASCII.
        extension: of the file, without the dot.
        render: writes the file to a path; returns the number of rows. It runs in a job, with
            the texts in Vietnamese.
        needs_area, needs_month: whether an order without it is refused.
        content_type: of the file, as it is handed out.
        of_school: whether it is of a school, not of an area.
        paper: of a paper that an office can issue, its code without the format; else "".
        paper_format: "pdf" or "docx" of such a paper, which may lie in a zip with others.
        drafts: the papers of an order that can be issued, of one office and kind.
        place: where it stands among the others; those of one place as they were registered.
    """

    code: str
    name: StrOrPromise
    permission: Permission
    file_stem: str
    extension: str
    render: Callable[[ReportOrder, Path, Progress], int]
    needs_area: bool = True
    needs_month: bool = True
    content_type: str = XLSX
    place: int = 0
    of_school: bool = False
    paper: str = ""
    paper_format: str = ""
    drafts: "Callable[[ReportOrder], Sequence[Draft]] | None" = None

    def file_name(self, order: ReportOrder) -> str:
        """What the file is called when it is fetched."""
        parts = [self.file_stem]
        if order.area is not None:
            parts.append(order.area.code)
        if order.school is not None:
            parts.append(order.school.code)
        if order.month is not None:
            parts.append(str(order.month))
        return f"{'-'.join(parts)}.{self.extension}"


_types: dict[str, ReportType] = {}


def register(report_type: ReportType) -> None:
    """Add a type. Raises AlreadyRegistered for a code that is taken."""
    if report_type.code in _types:
        raise AlreadyRegistered(f"report {report_type.code!r} is registered already")
    _types[report_type.code] = report_type


def find(code: str) -> ReportType | None:
    """The type of a code; None when no report has it."""
    return _types.get(code)


def all_types() -> list[ReportType]:
    """Every type, by place and then in the order of registration."""
    return sorted(_types.values(), key=lambda each: each.place)
