"""The scorecards of a school year on a sheet: in Excel, and in Word as an official report."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.documents.official_papers import Appendix, Column, OfficialPaper
from core.documents.spreadsheets import (
    FRAMED,
    FRAMED_HEAD,
    FRAMED_TEXT,
    NOTE,
    PLAIN,
    TITLE,
    Sheet,
    Spreadsheet,
)
from core.formatting import number
from core.province import province
from schools.enums import AreaLevel
from schools.models import SchoolYear

from ..models import Committee
from ..models import ScoringCriterion as Criterion
from .cards import Grade, Score
from .selectors import CommitteeScores, Row

_POINTS = FRAMED.but(num_format="0.0", align="right")
_TENTH = Decimal("0.1")
# Offices as they sign: in Vietnamese, like the paper.
_PEOPLES_COMMITTEE = "Ủy ban nhân dân"


def workbook(committee: Committee, year: SchoolYear, scores: CommitteeScores) -> bytes:
    """The sheet in Excel: members, organisations, communes, and what each point was made of."""
    file = io.BytesIO()
    title = _title(committee, year)
    with Spreadsheet(file, title=title) as book:
        tables = (
            (_("Members"), _("Member"), scores.members, scores.criteria, True),
            (_("Organisations"), _("Organisation"), scores.organisations, scores.criteria, False),
            (_("Communes"), _("Commune"), scores.communes, scores.place_criteria, False),
        )
        for name, head, rows, criteria, is_members in tables:
            if rows or is_members:
                _table(book.sheet(name), title, scores, head, rows, criteria, is_members)
        _items(book.sheet(_("What the points are made of")), title, scores.members)
    return file.getvalue()


def _table(
    sheet: Sheet,
    title: str,
    scores: CommitteeScores,
    head: str,
    rows: Sequence[Row],
    criteria: Sequence[Criterion],
    is_members: bool,
) -> None:
    sheet.widths(0, 0, 6, PLAIN)
    abouts = [_("Organisation"), _("Sector")] if is_members else [_("Remark")]
    first = 2 + len(abouts)
    sheet.widths(1, first - 1, 28, PLAIN)
    sheet.widths(first, first + len(criteria) + 4, 13, PLAIN)
    sheet.text(0, 0, title, TITLE)
    sheet.text(1, 0, _about(scores), NOTE)
    headings = [
        _("No."),
        head,
        *abouts,
        *(f"{each.short_name} / {each.points}" for each in criteria),
    ]
    headings += [_("Points"), _("Out of"), pgettext("grade", "Grade")]
    if is_members:
        headings += [_("State"), _("Changed by a person")]
    sheet.row(3, headings, FRAMED_HEAD)
    for index, row in enumerate(rows, start=1):
        line = 3 + index
        sheet.number(line, 0, index, FRAMED)
        sheet.text(line, 1, row.name, FRAMED_TEXT)
        said = [row.about] if row.member is None else [row.member.organisation, row.member.sector]
        for column, text in enumerate(said, start=2):
            sheet.text(line, column, text, FRAMED_TEXT)
        _points(sheet, line, first, row, criteria)
        column = first + len(criteria)
        sheet.number(line, column, float(row.card.total), _POINTS)
        sheet.number(line, column + 1, row.card.out_of, FRAMED)
        sheet.text(line, column + 2, row.grade.label, FRAMED_TEXT)
        if is_members:
            sheet.text(line, column + 3, _state(row), FRAMED_TEXT)
            sheet.text(line, column + 4, "; ".join(_changes(row)), FRAMED_TEXT)
    sheet.freeze(4, 2)
    sheet.print_on_a4(head=(3, 3))


def _points(sheet: Sheet, line: int, first: int, row: Row, criteria: Sequence[Criterion]) -> None:
    found = {score.code: score for score in row.card.scores}
    for column, criterion in enumerate(criteria, start=first):
        points = _points_of(found.get(criterion.code))
        if points is None:
            sheet.text(line, column, "—", FRAMED_TEXT)
        else:
            sheet.number(line, column, float(points), _POINTS)


def _items(sheet: Sheet, title: str, members: Sequence[Row]) -> None:
    """A line for each thing a criterion looked at, so that every point can be followed."""
    sheet.widths(0, 1, 26, PLAIN)
    sheet.widths(2, 2, 44, PLAIN)
    sheet.widths(3, 3, 12, PLAIN)
    sheet.widths(4, 4, 60, PLAIN)
    sheet.text(0, 0, title, TITLE)
    heads = [_("Member"), _("Criterion"), _("What was looked at"), _("Reached"), _("Figures")]
    sheet.row(2, heads, FRAMED_HEAD)
    line = 3
    for row in members:
        for score in row.card.scores:
            for item in score.items:
                said = _("yes") if item.reached else _("no")
                texts = [row.name, score.short_name, item.name, said, item.said]
                sheet.row(line, texts, FRAMED_TEXT)
                line += 1
    sheet.freeze(3)
    sheet.print_on_a4(head=(2, 2))


def report(committee: Committee, year: SchoolYear, scores: CommitteeScores) -> OfficialPaper:
    """The sheet as a report of the committee; its table lies across the page."""
    today = timezone.localdate()
    written = f"{today.month:02d}" if today.month < 3 else str(today.month)
    area = committee.area
    return OfficialPaper(
        above=f"{_PEOPLES_COMMITTEE} {area.title[:1].lower()}{area.title[1:]}",
        issuer=committee.name,
        symbol="BC-BCĐ",
        place=province().name if area.level != AreaLevel.COMMUNE else area.name,
        month_year=f"tháng {written} năm {today.year}",
        kind="BÁO CÁO",
        subject=_title(committee, year),
        sections=[
            (_("I. Results"), _results(scores)),
            *_changed(scores),
            (_("III. How the points are made"), [_about(scores), _how()]),
        ],
        recipients=["Thành viên Ban Chỉ đạo;", "Lưu: VT."],
        signs=("TM. BAN CHỈ ĐẠO", "TRƯỞNG BAN"),
        appendix=_appendix(committee, year, scores),
    )


def _results(scores: CommitteeScores) -> list[str]:
    grades = [row.grade for row in scores.members]
    counted = "; ".join(
        f"{str(grade.label).lower()}: {grades.count(grade)}" for grade in Grade if grade in grades
    )
    confirmed = sum(row.is_confirmed for row in scores.members)
    return [
        _("%(members)s members were scored: %(counted)s.")
        % {"members": len(grades), "counted": counted or "—"},
        _("%(confirmed)s of %(members)s scorecards are confirmed.")
        % {"confirmed": confirmed, "members": len(grades)},
    ]


def _changed(scores: CommitteeScores) -> list[tuple[str, list[str]]]:
    said = [f"{row.name}: {each}" for row in scores.members for each in _changes(row)]
    return [
        (
            _("II. Points changed by a person"),
            said or [_("No points were changed by a person.")],
        )
    ]


def _changes(row: Row) -> list[str]:
    """What a person changed on a card, each with the points worked out and the reason."""
    return [
        _("%(criterion)s %(given)s instead of %(computed)s, %(name)s: %(reason)s")
        % {
            "criterion": score.short_name,
            "given": number(score.adjusted.points, 1),
            "computed": number(score.computed, 1),
            "name": score.adjusted.by_name,
            "reason": score.adjusted.reason,
        }
        for score in row.card.scores
        if score.adjusted is not None
    ]


def _appendix(committee: Committee, year: SchoolYear, scores: CommitteeScores) -> Appendix:
    columns = [
        Column(_("No."), 8),
        Column(_("Member"), 38, is_text=True),
        Column(_("Organisation"), 38, is_text=True),
        *(Column(f"{each.short_name} / {each.points}", 18) for each in scores.criteria),
        Column(_("Points"), 16),
        Column(_("Out of"), 14),
        Column(pgettext("grade", "Grade"), 26, is_text=True),
        Column(_("State"), 24, is_text=True),
    ]
    rows = []
    for index, row in enumerate(scores.members, start=1):
        found = {score.code: score for score in row.card.scores}
        points = [_points_of(found.get(each.code)) for each in scores.criteria]
        rows.append(
            [
                str(index),
                row.name,
                row.about,
                *(number(each, 1) for each in points),
                number(row.card.total, 1),
                str(row.card.out_of),
                str(row.grade.label),
                _state(row),
            ]
        )
    return Appendix(
        title=_title(committee, year),
        columns=columns,
        rows=rows,
        total=["", _("Mean"), "", *_means(scores), "", "", ""],
        note=_("What could not be judged (—) is left out of the total."),
    )


def _means(scores: CommitteeScores) -> list[str]:
    cards = [row.card for row in scores.members]
    by_code = [{score.code: score for score in card.scores} for card in cards]
    columns = [[_points_of(found.get(each.code)) for found in by_code] for each in scores.criteria]
    columns.append([card.total for card in cards if card.out_of])
    return [
        number(_mean([point for point in column if point is not None]), 1) for column in columns
    ]


def _mean(points: Sequence[Decimal]) -> Decimal | None:
    if not points:
        return None
    return (sum(points, Decimal(0)) / len(points)).quantize(_TENTH, ROUND_HALF_UP)


def _points_of(score: Score | None) -> Decimal | None:
    return None if score is None else score.points


def _state(row: Row) -> str:
    return _("Confirmed") if row.is_confirmed else _("Not confirmed")


def _title(committee: Committee, year: SchoolYear) -> str:
    return _("Scorecards of the %(committee)s, school year %(year)s") % {
        "committee": committee.name,
        "year": year.code,
    }


def _about(scores: CommitteeScores) -> str:
    made = timezone.localtime().strftime("%H:%M %d/%m/%Y")
    if scores.up_to is None:
        return _("No month is over yet. Made at %(made)s.") % {"made": made}
    return _("Counted up to %(month)s. Made at %(made)s.") % {
        "month": scores.up_to.label,
        "made": made,
    }


def _how() -> str:
    return _(
        "Points are the share of what was asked that was reached, of the most points of each "
        "criterion; every item behind them is in the workbook and on the page of the scorecard."
    )
