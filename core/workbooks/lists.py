"""Lists that people keep in Excel: their rows that count, what these say, what is left aside."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from .tables import Row, Table, cell_text, header_key, require_headings

# Characters of a cell or row that is told of.
SHOWN = 100
# Column key, code, parameters.
Refusal: TypeAlias = tuple[str, str, dict[str, str]]


@dataclass
class ListLine:
    """A row of a list: where it stands, its cells, and what they say.

    Attributes:
        values: by column key; absent where the cell is refused.
        refusals: why it cannot be taken, by column; "" for the whole row.
    """

    sheet: str
    number: int
    row: Row
    values: dict[str, Any] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, key: str, code: str, **params: object) -> None:
        """Note why the row cannot be taken."""
        self.refusals.append((key, code, {name: str(value) for name, value in params.items()}))

    def text(self, key: str) -> str:
        """A cell as text, shortened; "" for a column the file does not have."""
        return cell_text(self.row.value(key))[:SHOWN]


Line = TypeVar("Line", bound=ListLine)


@dataclass
class ListSource(Generic[Line]):
    """What was read of a list: lines, tables by sheet, and what was left aside.

    `left_out`: (sheet, row number, text) of rows that mean nobody; `unused_columns`: headings that
    are not read, or the letter of a column without one.
    """

    lines: list[Line] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)
    other_sheets: list[str] = field(default_factory=list)
    unused_columns: list[str] = field(default_factory=list)
    left_out: list[tuple[str, int, str]] = field(default_factory=list)

    def take(
        self,
        sheet: str,
        table: Table,
        *,
        is_row: Callable[[Row], bool],
        refused: Callable[..., Exception],
        unmentioned: Collection[str] = (),
    ) -> list[Row]:
        """The rows of a sheet that count; its table and what is left aside are noted.

        Args:
            is_row: whether a row means somebody; others are totals, signatures, headings again.
            refused: makes the refusal of a code and parameters.
            unmentioned: `header_key`s of columns that need not be told of.

        Raises:
            WorkbookRefused: values under no heading, in the rows that count.
            What `refused` makes of "column_twice": a column stands twice, filled both times.
        """
        rows: list[Row] = []
        for row in table.rows:
            if is_row(row):
                rows.append(row)
            else:
                first = next(filter(None, map(cell_text, row.cells)), "")
                self.left_out.append((sheet, row.number, first[:SHOWN]))
        for places in table.duplicated.values():
            # A second column that is empty takes nothing away.
            filled = [p for p in places[1:] if any(cell_text(row.raw(p.index)) for row in rows)]
            if filled:
                raise refused(
                    "column_twice",
                    sheet=sheet,
                    header=filled[0].text,
                    first=places[0].letter,
                    second=filled[0].letter,
                )
        apart = require_headings(sheet, table, rows)
        for text in (*(place.text for place in table.unknown), *(place.letter for place in apart)):
            if header_key(text) not in unmentioned and text not in self.unused_columns:
                self.unused_columns.append(text)
        self.tables[sheet] = table
        return rows
