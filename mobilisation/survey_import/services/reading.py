"""The rows of an uploaded survey that describe people, and what their cells say."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from core.workbooks import (
    Limits,
    Place,
    Row,
    cell_text,
    find_table,
    header_key,
    is_office_text,
    is_total,
    open_workbook,
)
from core.workbooks.lists import ListLine, ListSource

from ..workbook import cells
from ..workbook.columns import COLUMNS, DISABILITIES, KEYS, UNMENTIONED
from ..workbook.refusals import SurveyRefused

# The largest ward of the province has 36,000 people.
ROW_LIMIT = 40_000
ROWS_BESIDE = 2_000  # headings, totals and lists of codes on other sheets
# 51 columns of the ministry's workbook, some notes beside.
CELLS_LIMIT = (ROW_LIMIT + ROWS_BESIDE) * 60
# So many headings in one row are no accident.
_HEADINGS = 3
_NAMED = {"last_name", "given_name"}
_SPELLINGS = {header_key(each) for column in COLUMNS for each in (column.header, *column.aliases)}


@dataclass
class SurveyLine(ListLine):
    """A row of the survey.

    Its `values` have, beside the columns, `full_name`, `birth_date` and `has_disability`, made of
    several.
    """

    @property
    def name(self) -> str:
        """The name, as far as there is one."""
        found = self.values.get("full_name")
        return str(found or f"{self.text('last_name')} {self.text('given_name')}".strip())


@dataclass
class SurveySource(ListSource[SurveyLine]):
    """What was read of a survey; `too_old`: people older than are kept."""

    too_old: int = 0


def read_source(
    path: str, *, year: int, oldest: int, progress: Callable[[int], object] | None = None
) -> SurveySource:
    """Read the workbook at `path`.

    Args:
        year: of the survey, in which ages count; oldest: age above which nobody is kept.
        progress: called now and then, with 0.

    Raises:
        WorkbookRefused: not a sound workbook, or more than ROW_LIMIT rows on a sheet.
        SurveyRefused: no heading, a needed column missing, a column twice, nobody in it.
    """
    source = SurveySource()
    limits = Limits(rows=ROW_LIMIT + ROWS_BESIDE, cells=CELLS_LIMIT)
    readers = _readers(year)
    for sheet in open_workbook(path, limits=limits).sheets:
        table = None if sheet.hidden else find_table(sheet, COLUMNS, max_rows=ROW_LIMIT)
        if table is None or not (set(table.places) & _NAMED):
            source.other_sheets.append(sheet.name)
            continue
        if table.missing:
            columns = ", ".join(column.header for column in table.missing)
            raise SurveyRefused("columns_missing", sheet=sheet.name, columns=columns)
        people = source.take(
            sheet.name, table, is_row=_is_person, refused=SurveyRefused, unmentioned=UNMENTIONED
        )
        for number, row in enumerate(people):
            line = _read(sheet.name, row, readers, year)
            born = line.values.get("year")
            if born is not None and year - born > oldest and not line.refusals:
                source.too_old += 1
                continue
            source.lines.append(line)
            if progress and not number % 500:
                progress(0)
    if not source.tables:
        raise SurveyRefused("no_header")
    if not source.lines:
        raise SurveyRefused("no_persons")
    return source


def read_typed(
    typed: Mapping[str, str], chosen: Mapping[str, Any], *, year: int, oldest: int
) -> SurveyLine:
    """What somebody typed in a form, read as a row of a file with these columns is.

    Args:
        typed: texts by column key.
        chosen: values by column key, which the form offered to choose from.
    """
    places: dict[Hashable, Place] = {key: Place(at, "") for at, key in enumerate([*typed, *chosen])}
    line = SurveyLine("", 0, Row(0, list(typed.values()), places))
    for key, read in _readers(year).items():
        if key in chosen:
            line.values[key] = chosen[key]
            continue
        try:
            cells.require_typed(key, typed.get(key, ""))
            line.values[key] = read(line.row.value(key))
        except SurveyRefused as refusal:
            line.refuse(key, refusal.code, **refusal.params)
    _join(line)
    born = line.values.get("year")
    if born is not None and year - born > oldest:
        line.refuse("year", "too_old_to_keep", oldest=oldest)
    return line


def _is_person(row: Row) -> bool:
    """A row is left out for what it is: headings again, a total, a signature; else it counts."""
    known = sum(1 for key in KEYS if row.text(key))
    if known > 2 and not any(
        header_key(row.text(key)) in _SPELLINGS for key in ("last_name", "year", "form_number")
    ):
        return True
    texts = [cell_text(cell) for cell in row.cells]
    if sum(header_key(text) in _SPELLINGS for text in texts if text) >= _HEADINGS or not known:
        return False
    return not any(is_total(text) or is_office_text(text) for text in texts if text)


def _readers(year: int) -> dict[str, Callable[[Any], Any]]:
    return {
        "village": cells.text_of(100, required=True),
        "last_name": cells.part_of_name,
        "given_name": cells.part_of_name,
        "day": cells.number_of(31),
        "month": cells.number_of(12),
        "year": cells.year_of(year, "birth_year"),
        "female": cells.sex_of,
        "ethnic_group": cells.ethnic_group_of,
        "citizen_id": cells.citizen_id_of,
        "head_last_name": cells.part_of_name,
        "head_given_name": cells.part_of_name,
        "address": cells.text_of(200),
        "phone": cells.phone_of,
        "form_number": cells.text_of(20, required=True),
        "residence": cells.residence_of,
        "presence": cells.presence_of,
        "grade": cells.grade_of,
        "class_name": cells.text_of(30),
        "school_name": cells.text_of(150),
        "school_code": cells.text_of(20),
        "finished_level": cells.level_of,
        "finished_year": cells.year_of(year),
        "completed_grade": cells.grade_of,
        "completed_year": cells.year_of(year),
        "dropped_grade": cells.grade_of,
        "dropped_year": cells.year_of(year),
        "literacy_class": cells.number_of(5),
        "literacy_done": cells.number_of(5),
        "illiterate_again": cells.number_of(2),
        **{key: cells.cross_of for key, _header in DISABILITIES},
        "can_learn": cells.can_learn_of,
    }


def _read(sheet: str, row: Row, readers: dict[str, Callable[[Any], Any]], year: int) -> SurveyLine:
    line = SurveyLine(sheet, row.number, row)
    for key, read in readers.items():
        place = row.places.get(key)
        try:
            if place is not None:
                cells.require_typed(key, row.raw(place.index))
            line.values[key] = read(row.value(key))
        except SurveyRefused as refusal:
            line.refuse(key, refusal.code, **refusal.params)
    _join(line)
    return line


def _join(line: SurveyLine) -> None:
    """Values that several columns tell, and what one column says against another."""
    values = line.values
    refused = {key for key, _code, _params in line.refusals}
    name = cells.name_of(values.get("last_name", ""), values.get("given_name", ""))
    if len(name) < 2 and not refused & _NAMED:
        line.refuse("given_name", "blank")
    values["full_name"] = name
    values["head_name"] = cells.name_of(
        values.get("head_last_name", ""), values.get("head_given_name", "")
    )
    if values.get("year") is None and "year" not in refused:
        line.refuse("year", "blank")
    elif not refused & {"day", "month", "year"}:
        try:
            values["birth_date"] = cells.birthday_of(values["day"], values["month"], values["year"])
        except SurveyRefused as refusal:
            line.refuse("day", refusal.code, **refusal.params)
    values["has_disability"] = any(values.get(key) for key, _header in DISABILITIES)
    kinds = {key for key, _header in DISABILITIES}
    is_unable = values.get("can_learn") is False
    if is_unable and not values["has_disability"] and not refused & kinds:
        line.refuse("can_learn", "unable_without_disability")
    if values.get("grade") is not None and values.get("dropped_grade") is not None:
        line.refuse("dropped_grade", "both_studies_and_dropped")
