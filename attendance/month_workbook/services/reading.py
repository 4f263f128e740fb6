"""The sheet of an uploaded workbook that holds the class's month: its days and its rows."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from core.months import Month
from core.vietnamese import fold
from core.workbooks import (
    Limits,
    Place,
    Row,
    Sheet,
    Table,
    WorkbookRefused,
    cell_text,
    find_table,
    header_key,
    open_workbook,
    require_headings,
)
from core.workbooks.values import Cell
from schools.enums import Session
from schools.models import SchoolClass

from ..headings import (
    COLUMNS,
    Heading,
    MonthNamed,
    class_named,
    is_sub_heading,
    months_named,
    read_heading,
    read_session,
)
from ..refusals import Refused

MEGABYTE = 1024 * 1024
ROW_LIMIT = 300
COLUMN_LIMIT = 250
# No name, heading or letter is longer; somebody waits while it is read.
LONGEST_TEXT = 100
# Weekdays and sessions, each in a row of its own.
SUB_HEADINGS = 2
# A year of sheets, each with two sessions a day, pictures left out.
LIMITS = Limits(
    bytes=5 * MEGABYTE,
    unpacked=50 * MEGABYTE,
    entries=500,
    rows=10_000,
    cells=200_000,
    text=20 * MEGABYTE,
)
_HEADINGS = {
    column.key: frozenset(map(header_key, (column.header, *column.aliases))) for column in COLUMNS
}


@dataclass(frozen=True)
class SourceRow:
    """A row that names a pupil: number as Excel shows it, all cells, code and name as text."""

    number: int
    cells: list[Cell]
    code: str
    name: str

    def value(self, index: int) -> Cell:
        """The cell of a column by its index from 0, "" beyond the row's end."""
        return self.cells[index] if index < len(self.cells) else ""


@dataclass
class Source:
    """The sheet that was chosen.

    `days` are the columns of days: [(`Place`, `Heading`)] from left to right; `other_columns`
    the `Place`s with headings that nobody knows; `other_sheets` the names of those left aside;
    `apart` the `Place`s of columns without a heading that are left aside; `repeated` the (row
    number, text) of headings that are printed again.
    """

    sheet: Sheet
    table: Table
    days: list[tuple[Place, Heading]]
    rows: list[SourceRow]
    other_columns: list[Place]
    other_sheets: list[str] = field(default_factory=list)
    apart: list[Place] = field(default_factory=list)
    repeated: list[tuple[int, str]] = field(default_factory=list)

    def name_places(self) -> list[Place]:
        """`Place`s of the columns that hold the name or parts of it."""
        return name_places(self.table)

    def require_headings(self, rows: Iterable[SourceRow]) -> None:
        """Refuse values of these `SourceRow`s that stand under no heading; note what is apart.

        Raises:
            WorkbookRefused
        """
        numbers = {row.number for row in rows}
        read = [row for row in self.table.rows if row.number in numbers]
        days = [place.index for place, _heading in self.days]
        self.apart = require_headings(self.sheet.name, self.table, read, known=days, may_count=True)

    @property
    def heading_row(self) -> int:
        """Number of the lowest row of the headings."""
        return self.table.header_row + self.table.header_height - 1

    @property
    def name_column(self) -> int:
        """Index of the column by which a row is called: names, else codes."""
        places = self.table.places
        return next(
            places[key] for key in ("name", "family", "given", "code") if key in places
        ).index


def read_source(
    data: bytes,
    *,
    file_name: str,
    school_class: SchoolClass,
    month: Month,
    class_names: Collection[str],
) -> Source:
    """Read the bytes of a workbook.

    Args:
        class_names: names of the classes of the school in that year, to know when a title names
            another one.

    Raises:
        WorkbookRefused: not a sound workbook, or larger than LIMITS.
        Refused: no sheet with names and days, several, or of another month or class.
    """
    book = open_workbook(data, name=file_name, limits=LIMITS)
    if book.epoch1904:
        raise WorkbookRefused("epoch_1904")
    # Nobody expects marks to come from a sheet that cannot be seen.
    seen = [sheet for sheet in book.sheets if not sheet.hidden]
    narrow = [sheet for sheet in seen if max(map(len, sheet.rows), default=0) <= COLUMN_LIMIT]
    tables = [
        _source(sheet, table)
        for sheet in map(_shortened, narrow)
        if (table := find_table(sheet, COLUMNS, recognise=read_heading, fill_across=True))
        is not None
    ]
    whole = [each for each in tables if each.days and _has_names(each)]
    if not whole:
        raise WorkbookRefused("far_cell") if len(narrow) < len(seen) else _incomplete(tables)
    chosen = _choose(whole, school_class, month, class_names)
    if len(chosen.rows) > ROW_LIMIT:
        raise Refused("too_many_rows", limit=ROW_LIMIT)
    chosen.other_sheets = [each.name for each in book.sheets if each.name != chosen.sheet.name]
    return chosen


def _shortened(sheet: Sheet) -> Sheet:
    """The sheet without what is too long to be read; it is refused as what is left of it."""
    rows = [
        [value[:LONGEST_TEXT] if type(value) is str else value for value in row]
        for row in sheet.rows
    ]
    return replace(sheet, rows=rows)


def _source(sheet: Sheet, table: Table) -> Source:
    days: dict[int, tuple[Place, Heading]] = {}
    for key, place in table.places.items():
        for each in table.duplicated.get(key, [place]):
            if isinstance(key, Heading):
                days[each.index] = (each, key)
    below = _sessions_below(sheet, table)
    unknown = {place.index: place for place in table.unknown}
    named = {place.index for key, place in table.places.items() if not isinstance(key, Heading)}
    for index in sorted({*days, *below, *unknown} - named):
        session = below.get(index) or (
            read_session(unknown[index].text) if index in unknown else None
        )
        if index in days:
            place, heading = days[index]
            days[index] = (place, replace(heading, session=heading.session or session))
        elif session and index - 1 in days and days[index - 1][1].session not in (None, session):
            # "S" and "C" below one day that was written over the first of the two only.
            place = unknown.pop(index, Place(index, str(session.label)))
            days[index] = (place, replace(days[index - 1][1], session=session))
    found = [days[index] for index in sorted(days)]
    source = Source(sheet, table, found, [], list(unknown.values()))
    for row in table.rows:
        if (read := _row(row, table, found)) is not None:
            source.rows.append(read)
        elif row.number > source.heading_row + SUB_HEADINGS:
            text = next(filter(None, map(cell_text, row.cells)), "")
            source.repeated.append((row.number, text))
    return source


def _sessions_below(sheet: Sheet, table: Table) -> dict[int, Session]:
    """Dict column index -> `Session` of a row below the headings that goes on with them."""
    found: dict[int, Session] = {}
    top = table.header_row + table.header_height - 1
    for row in sheet.rows[top : top + SUB_HEADINGS]:
        texts = [cell_text(value) for value in row]
        if not all(map(is_sub_heading, texts)):
            break
        found |= {
            index: session for index, text in enumerate(texts) if (session := read_session(text))
        }
    return found


def _row(row: Row, table: Table, days: Iterable[tuple[Place, Heading]]) -> SourceRow | None:
    """`SourceRow`, or None where the headings go on or are printed again."""
    name = " ".join(
        dict.fromkeys(
            cell_text(row.cells[place.index])
            for place in name_places(table)
            if place.index < len(row.cells) and cell_text(row.cells[place.index])
        )
    )
    found = SourceRow(row.number, row.cells, row.text("code"), name)
    if header_key(name) in _HEADINGS["name"] or header_key(found.code) in _HEADINGS["code"]:
        return None
    texts = [cell_text(found.value(place.index)) for place, _heading in days]
    if not (name or found.code) and all(map(is_sub_heading, texts)):
        return None
    return found


def name_places(table: Table) -> list[Place]:
    """`Place`s of the columns that hold the name or parts of it, from left to right."""
    return [
        place
        for key in ("name", "family", "given")
        if key in table.places
        for place in table.duplicated.get(key, [table.places[key]])
    ]


def _has_names(source: Source) -> bool:
    return any(key in source.table.places for key in ("name", "given", "code"))


def _incomplete(tables: Iterable[Source]) -> Refused:
    for each in tables:
        if each.days:
            return Refused("no_names", sheet=each.sheet.name)
    for each in tables:
        if _has_names(each):
            return Refused("no_days", sheet=each.sheet.name)
    return Refused("no_table")


def _choose(
    sources: Iterable[Source],
    school_class: SchoolClass,
    month: Month,
    class_names: Collection[str],
) -> Source:
    """The one that fits; raises `Refused` when none does, or more than one equally well."""
    fitting, problems = [], []
    for source in sources:
        try:
            fitting.append((_fits(source, school_class, month, class_names), source))
        except Refused as problem:
            problems.append(problem)
    if not fitting:
        raise problems[0]
    most = max(told for told, _source in fitting)
    best = [source for told, source in fitting if told == most]
    if len(best) > 1:
        raise Refused("several_sheets", sheets=", ".join(each.sheet.name for each in best))
    return best[0]


def _fits(
    source: Source, school_class: SchoolClass, month: Month, class_names: Collection[str]
) -> int:
    """How many signs say that it is this class and month; raises `Refused` for another one."""
    name = source.sheet.name
    titles = _titles(source)
    in_titles = {found for title in titles for found in months_named(title)}
    in_days: set[MonthNamed] = {(day.month, day.year) for _place, day in source.days if day.month}
    told = 0
    for named in (in_days, in_titles or months_named(name, is_sheet_name=True)):
        if named and not any(_is_month(each, month) for each in named):
            number, year = min(named, key=str)
            raise Refused(
                "wrong_month",
                sheet=name,
                found=f"{number:02}/{year}" if year else f"{number:02}",
                month=month.label,
            )
        told += bool(named)
    classes = [found for text in (*titles, name) if (found := class_named(text, class_names))]
    if classes and fold(classes[0]) != fold(school_class.name):
        raise Refused("wrong_class", sheet=name, found=classes[0], name=school_class.name)
    return told + bool(classes)


def _is_month(found: MonthNamed, month: Month) -> bool:
    number, year = found
    return number == month.number and year in (None, month.year)


def _titles(source: Source) -> list[str]:
    """The text of each row above the days, every cell of it once."""
    return [
        " ".join(dict.fromkeys(filter(None, map(cell_text, row))))
        for row in source.sheet.rows[: source.table.header_row - 1]
    ]
