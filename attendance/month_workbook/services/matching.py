"""Which pupil a row means: by code, else by name among the pupils of the class that month."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from core.vietnamese import fold, sort_key
from core.workbooks import cell_text, is_office_text, is_total
from core.workbooks.scanning import column_letter
from core.workbooks.values import Cell
from schools.pupil_import.workbook.cells import require_as_typed
from schools.pupil_import.workbook.refusals import Refused as CellRefused

from ...month_sheet.selectors import ClassMonth, Line
from ..cell_values import is_dash, read_mark
from ..pupil_codes import own_code, read_code
from ..refusals import Refused
from .reading import Source, SourceRow

RowsByPupil: TypeAlias = defaultdict[int, list[SourceRow]]
RowsByNamesakes: TypeAlias = defaultdict[frozenset[int], list[SourceRow]]

SHOWN_OF_VALUE = 60


@dataclass(frozen=True)
class Refusal:
    """Something to mend: `row` as Excel shows it, `column` from 0, either None for a whole line
    or the whole file; `value` what is written there."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    row: int | None = None
    column: int | None = None
    value: str = ""

    @property
    def cell(self) -> str:
        """As Excel calls it: "F12", "F" for a column, "12" for a row, "" for the file."""
        letter = "" if self.column is None else column_letter(self.column)
        return f"{letter}{self.row or ''}"


@dataclass
class Matched:
    """`rows`: pupil id -> `SourceRow`; `met`: ids that rows name, refused ones included;
    `left_out`: (row number, text) of rows that mean nobody or say nothing."""

    rows: dict[int, SourceRow] = field(default_factory=dict)
    met: set[int] = field(default_factory=set)
    left_out: list[tuple[int, str]] = field(default_factory=list)
    has_unreadable_names: bool = False
    refusals: list[Refusal] = field(default_factory=list)


def match_rows(source: Source, month: ClassMonth) -> Matched:
    """`Matched` of a `Source` and a `ClassMonth`; a doubt is refused, never decided."""
    matched = Matched()
    rows_of: RowsByPupil = defaultdict(list)
    same_name: RowsByNamesakes = defaultdict(list)
    finder = _Finder(month.lines)
    for row in source.rows:
        if unsound := _unsound_name(row, source):
            matched.refusals.append(unsound)
            matched.has_unreadable_names = True
            continue
        if not row.code and not any(letter.isalpha() for letter in row.name):
            if _has_mark(row, source):
                matched.refusals.append(_of_row("no_name", row, source))
            else:
                matched.left_out.append(_left_out(row))
            continue
        try:
            lines = finder.find(row)
        except Refused as refusal:
            matched.refusals.append(_of_row(refusal.code, row, source, **refusal.params))
            matched.met |= {line.pupil.pk for line in finder.by_code(row.code)}
            continue
        if not lines and _is_below(row, source, finder):
            matched.left_out.append(_left_out(row))
        elif not lines and _says_something(row, source):
            matched.refusals.append(_of_row("unknown_pupil", row, source, month=month.month.label))
        elif not lines:
            matched.left_out.append(_left_out(row))
        elif len(lines) == 1:
            rows_of[lines[0].pupil.pk].append(row)
        else:
            same_name[frozenset(line.pupil.pk for line in lines)].append(row)
        matched.met |= {line.pupil.pk for line in lines}
    _refuse_doubles(matched, rows_of, same_name, source)
    matched.rows = {pupil: rows[0] for pupil, rows in rows_of.items() if len(rows) == 1}
    return matched


class _Finder:
    """The pupils of a month by code and by name."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._codes: dict[str, Line] = {}
        self._names: defaultdict[str, list[Line]] = defaultdict(list)
        self._last: int | None = None
        for line in lines:
            pupil = line.pupil
            for code in filter(None, (pupil.ministry_id, pupil.citizen_id, own_code(pupil.pk))):
                self._codes[read_code(code)] = line
            self._names[fold(pupil.full_name)].append(line)

    def by_code(self, code: str) -> list[Line]:
        """The lines a code names: one or none."""
        line = self._codes.get(read_code(code)) if code else None
        return [line] if line else []

    def last_row(self, source: Source) -> int:
        """Number of the last row with a name or code of the class, 0 when there is none."""
        if self._last is None:
            named = (r.number for r in source.rows if self.by_code(r.code) or self._by_name(r.name))
            self._last = max(named, default=0)
        return self._last

    def _by_name(self, name: str) -> list[Line]:
        return self._names.get(fold(name), []) if name else []

    def find(self, row: SourceRow) -> list[Line]:
        """All lines a row may mean; raises `Refused` when code and name contradict."""
        lines = self.by_code(row.code)
        if lines:
            if row.name and fold(row.name) != fold(lines[0].pupil.full_name):
                raise Refused("other_name", name=lines[0].pupil.full_name)
            return lines
        lines = self._by_name(row.name)
        if len(lines) > 1:
            key = sort_key(row.name)
            lines = [each for each in lines if each.pupil.name_key == key] or lines
        return lines


def _refuse_doubles(
    matched: Matched, rows_of: RowsByPupil, same_name: RowsByNamesakes, source: Source
) -> None:
    for rows in rows_of.values():
        if len(rows) > 1:
            numbers = _numbers(rows)
            matched.refusals += [_of_row("pupil_twice", row, source, rows=numbers) for row in rows]
    for pupils, rows in same_name.items():
        matched.refusals += [
            _of_row("namesakes", row, source, count=len(pupils), rows=_numbers(rows))
            for row in rows
        ]


def _numbers(rows: Iterable[SourceRow]) -> str:
    return ", ".join(str(row.number) for row in rows)


def _of_row(code: str, row: SourceRow, source: Source, **params: object) -> Refusal:
    value = (row.name or row.code)[:SHOWN_OF_VALUE]
    return Refusal(code, params, row.number, source.name_column, value)


def _left_out(row: SourceRow) -> tuple[int, str]:
    text = row.name or row.code or next(filter(None, map(cell_text, row.cells)), "")
    return row.number, text[:SHOWN_OF_VALUE]


def _unsound_name(row: SourceRow, source: Source) -> Refusal | None:
    """`Refusal` of a name or code that is no longer as it was typed, or None."""
    code = source.table.places.get("code")
    for place in [*source.name_places(), *([code] if code else [])]:
        try:
            require_as_typed("full_name", row.value(place.index))
        except CellRefused as refusal:
            value = cell_text(row.value(place.index))[:SHOWN_OF_VALUE]
            params = dict(refusal.params or {})
            return Refusal(str(refusal.code), params, row.number, place.index, value)
    return None


def _is_below(row: SourceRow, source: Source, finder: _Finder) -> bool:
    """Whether a row that names no pupil is text below the list: it has neither code nor number,
    stands after the last pupil, and no cell of it is a mark; or it is a total or a title."""
    if row.code or _has_mark(row, source):
        return False
    if is_total(row.name) or is_office_text(row.name):
        return True
    number = source.table.places.get("number")
    if number is not None and cell_text(row.value(number.index)).isdecimal():
        return False
    return row.number > finder.last_row(source)


def _has_mark(row: SourceRow, source: Source) -> bool:
    for place, _heading in source.days:
        try:
            if read_mark(row.value(place.index)) is not None:
                return True
        except Refused:
            continue
    return False


def _says_something(row: SourceRow, source: Source) -> bool:
    """Whether a day of the row is filled; numbers are the sums below a list."""
    values = [row.value(place.index) for place, _heading in source.days]
    return any(not is_dash(value) and not _is_number(value) for value in values)


def _is_number(value: Cell) -> bool:
    return isinstance(value, int | float) or cell_text(value).replace(",", "").isdecimal()
