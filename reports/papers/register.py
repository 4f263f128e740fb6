"""The register of issued papers (sổ văn bản đi): which stand, which numbers are given."""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from core.months import Month
from core.permissions import Permission as P
from core.scope import Scope
from core.vietnamese import fold
from schools.models import Area, School

from .. import report_types
from ..models import IssuedFile, IssuedPaper, Publication
from ..models.issued_papers import is_of_office
from ..month_review.open_data import as_adx, as_csv
from . import paper_types
from .drafts import Draft, Office


def may_issue(scope: Scope, office: Office) -> bool:
    """Whether somebody issues papers of this office: their own, not one below it."""
    return is_of_office(
        scope,
        P.ISSUE_PAPERS,
        area_id=office.area.pk if office.area is not None else None,
        school_id=office.school.pk if office.school is not None else None,
    )


def papers_in(scope: Scope) -> QuerySet[IssuedPaper]:
    """The papers somebody may read: those of the own office, and those of places and reports
    for which they may have such a report made."""
    issuing = scope.places(P.ISSUE_PAPERS)
    allowed = Q(office_area__in=scope.areas_granted(P.ISSUE_PAPERS) if issuing.areas else [])
    allowed |= Q(office_school__in=issuing.schools)
    for code, permission in _readers():
        if scope.may(permission):
            places = scope.places_to_read(permission)
            inside = Q(area__in=places.areas) | Q(school__in=School.objects.within(places))
            allowed |= (Q(report=code) | Q(report__startswith=f"{code}:")) & inside
    return IssuedPaper.objects.filter(allowed).select_related(
        "office_area", "office_school", "replaced_by", "replaces", "issued_by"
    )


def file_of(paper: IssuedPaper) -> bytes:
    """The file as it was issued; raises RuntimeError when it is another now."""
    content = bytes(IssuedFile.objects.get(paper=paper).content)
    if hashlib.sha256(content).hexdigest() != paper.file_hash:
        raise RuntimeError(f"the file of issued paper {paper.pk} is not as it was issued")
    return content


def find_papers(
    rows: QuerySet[IssuedPaper], *, office: str = "", year: int = 0, kind: str = "", text: str = ""
) -> QuerySet[IssuedPaper]:
    """Some of the papers; `office` is "area:7" or "school:7", `text` is looked for in number,
    subject, office, signer and recipients, without accents."""
    if office:
        rows = rows.filter(**_of_office(office))
    if year:
        rows = rows.filter(year=year)
    if kind:
        rows = rows.filter(kind=kind)
    for word in fold(text).split():
        rows = rows.filter(search_text__contains=word)
    return rows


def offices_in(rows: QuerySet[IssuedPaper]) -> list[tuple[str, str]]:
    """[("area:7", name)] of the offices that issued some papers, by name; one query."""
    found = rows.order_by().values_list("office_area", "office_school").distinct()
    names = found.annotate(name=Max("office_name"))
    return sorted(
        (
            (f"area:{area}" if area is not None else f"school:{school}", name)
            for area, school, name in names
        ),
        key=lambda pair: pair[1],
    )


def years_in(rows: QuerySet[IssuedPaper]) -> list[int]:
    """The years in which some papers were issued, newest first; one query."""
    return list(rows.order_by("-year").values_list("year", flat=True).distinct())


def gaps_of(rows: QuerySet[IssuedPaper]) -> list[tuple[str, str]]:
    """[(kind, "3, 5–7")]: numbers below the highest that no paper of one office and year has."""
    given: dict[str, set[int]] = {}
    for kind, number in rows.order_by().values_list("kind", "number"):
        given.setdefault(kind, set()).add(number)
    found = []
    for kind in IssuedPaper.Kind:
        numbers = given.get(kind.value, set())
        free = _free(numbers)
        if free:
            found.append((str(kind.label), free))
    return found


def standing_paper(draft: Draft) -> IssuedPaper | None:
    """The paper of the same office on the same subject that no other has replaced; one query."""
    rows = IssuedPaper.objects.filter(**_subject_of(draft), replaced_by=None)
    return rows.order_by("-pk").first()


def would_replace(draft: Draft, paper: IssuedPaper | None) -> bool:
    """Whether a paper that stands is the one that issuing a draft replaces."""
    return paper is not None and all(
        getattr(paper, name) == value for name, value in _subject_of(draft).items()
    )


def _subject_of(draft: Draft) -> dict[str, Any]:
    """What two papers have alike of which one replaces the other."""
    return {
        **_numbers_of(draft.office),
        "kind": draft.kind,
        "report": draft.report,
        "area": draft.area,
        "school": draft.school,
        "month": draft.month.first,
    }


def standing_papers(drafts: Sequence[Draft]) -> list[IssuedPaper]:
    """Those of several drafts of one report and office, by number; one query."""
    first = drafts[0]
    return list(
        IssuedPaper.objects.filter(
            Q(area__in=[each.area.pk for each in drafts if each.area is not None])
            | Q(school__in=[each.school.pk for each in drafts if each.school is not None]),
            **_numbers_of(first.office),
            kind=first.kind,
            report=first.report,
            month=first.month.first,
            replaced_by=None,
        ).order_by("year", "number")
    )


def papers_about(*, area: Area, month: Month, reports: Collection[str]) -> dict[str, IssuedPaper]:
    """Dict code of a paper -> the one about an area and a month that stands; one query."""
    rows = IssuedPaper.objects.filter(
        area=area, month=month.first, report__in=reports, replaced_by=None
    )
    return {each.report: each for each in rows.order_by("pk")}


def last_number(office: Office, kind: str, year: int) -> int:
    """The highest number given in an office's year; 0 for none. One query."""
    rows = IssuedPaper.objects.filter(**_numbers_of(office), kind=kind, year=year)
    return rows.aggregate(last=Max("number"))["last"] or 0


def taken_numbers(office: Office, kind: str, year: int) -> set[int]:
    """The numbers given in an office's year; one query."""
    rows = IssuedPaper.objects.filter(**_numbers_of(office), kind=kind, year=year)
    return set(rows.values_list("number", flat=True))


def last_paper(office: Office) -> IssuedPaper | None:
    """The paper an office issued last: who signed it mostly signs the next. One query."""
    return IssuedPaper.objects.filter(**_numbers_of(office)).order_by("-pk").first()


def paper_of_code(code: str) -> IssuedPaper | None:
    """The issued paper with a verification code, or None; one query."""
    return (
        IssuedPaper.objects.filter(code=code)
        .select_related("replaced_by", "replaces", "publication__area", "publication__lock")
        .defer("publication__content")
        .first()
    )


def file_of_hash(
    file_hash: str, *, publication: Publication | None = None, paper: IssuedPaper | None = None
) -> str:
    """Which file kept under a code has a SHA-256, in words; "" for none. At most one query.

    Of a publication: the papers that were issued with its frozen cells, and its open data as it
    is handed out; no report or table that was only made. Of a paper: its own file.
    """
    if paper is not None:
        return str(paper) if paper.file_hash == file_hash else ""
    if publication is None:
        return ""
    for write, name in (
        (as_csv, _("Open data (CSV), without small counts")),
        (as_adx, _("Open data (ADX), without small counts")),
    ):
        if hashlib.sha256(write(publication).encode()).hexdigest() == file_hash:
            return name
    found = IssuedPaper.objects.filter(publication=publication, file_hash=file_hash).first()
    if found is None:
        return ""
    return _("%(paper)s of %(day)s") % {"paper": found, "day": f"{found.issued_on:%d/%m/%Y}"}


def _readers() -> Collection[tuple[str, P]]:
    """Each paper there is, with who reads it of which places."""
    of_reports = [(each.paper, each.permission) for each in report_types.all_types() if each.paper]
    of_pages = [(each.code, each.permission) for each in paper_types.all_types()]
    return dict.fromkeys((*of_reports, *of_pages))


def _numbers_of(office: Office) -> dict[str, Any]:
    return {"office_area": office.area, "office_school": office.school}


def _of_office(key: str) -> dict[str, int]:
    what, _colon, pk = key.partition(":")
    return {f"office_{what}_id": int(pk)}


def _free(numbers: Collection[int]) -> str:
    """ "3, 5–7" of 1, 2, 4, 8."""
    spans, before = [], 0
    for number in sorted(numbers):
        if number - before == 2:
            spans.append(str(number - 1))
        elif number - before > 2:
            spans.append(f"{before + 1}–{number - 1}")
        before = number
    return ", ".join(spans)
