"""Papers that are issued from a page of their own, not from the reports: each declares itself.

    register(PaperType(code="inspection_plan", permission=Permission.VIEW_PLANS))

in the `AppConfig.ready` of its app, which may stand above this one. Its page makes the `Draft`
and hands it to `issue_page`.
"""

from dataclasses import dataclass

from core.hooks import AlreadyRegistered
from core.permissions import Permission

from .. import report_types


@dataclass(frozen=True)
class PaperType:
    """One such paper.

    Attributes:
        code: stored with every paper issued, so never changed; no report has the same.
        permission: who reads those issued, of the places of that permission.
    """

    code: str
    permission: Permission


_types: dict[str, PaperType] = {}


def register(paper_type: PaperType) -> None:
    """Add a type. Raises AlreadyRegistered for a code that is taken, by a report too."""
    reports = {each.paper for each in report_types.all_types()}
    if paper_type.code in _types or paper_type.code in reports:
        raise AlreadyRegistered(f"paper {paper_type.code!r} is registered already")
    _types[paper_type.code] = paper_type


def all_types() -> list[PaperType]:
    """Every type, in the order of registration."""
    return list(_types.values())
