"""Writing of .xlsx: the one place that knows XlsxWriter.

Text is text, whatever it begins with: a name that looks like a formula, an address or a number
stays what a person typed. Row by row a book of any length takes little memory; then the cells
of a sheet must be written in the order of its rows.
"""

import io
import os
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self, TypeAlias

import xlsxwriter

from ..types import StrOrPromise
from ..workbooks.names import sheet_name
from .archives import NO_MOMENT

Target: TypeAlias = str | os.PathLike[str] | io.BufferedIOBase


class Style:
    """How a cell looks, in the properties of XlsxWriter's formats. Made once, used for many."""

    def __init__(self, **properties: str | float | bool) -> None:
        self.properties = properties

    def but(self, **properties: str | float | bool) -> "Style":
        """This style with some properties of its own."""
        return Style(**{**self.properties, **properties})


# Decree 30/2020/ND-CP has official documents in Times New Roman.
PLAIN = Style(font_name="Times New Roman", font_size=12)
TITLE = PLAIN.but(bold=True, font_size=14)
NOTE = PLAIN.but(italic=True)
FRAMED = PLAIN.but(border=1, valign="vcenter")
# As text a cell keeps the leading zeros of identifiers and telephone numbers.
FRAMED_TEXT = FRAMED.but(num_format="@")
FRAMED_HEAD = FRAMED.but(bold=True, text_wrap=True, align="center", bg_color="#E8EAF3")
# A list that is worked on, in the font of the person's Excel.
LIST_TEXT = Style(num_format="@")
LIST_HEAD = Style(bold=True, text_wrap=True, valign="top", bottom=1)
WRAPPED = Style(text_wrap=True, valign="top")
TO_MEND = Style(bg_color="#FFD9D0")

LONGEST_TEXT = 32_767  # characters Excel takes in a cell
A4 = 9  # number of the paper in the file format


class DoesNotFit(ValueError):
    """A cell lies outside the 1,048,576 rows and 16,384 columns of a sheet."""


class Spreadsheet:
    """A workbook on its way to a file.

        with Spreadsheet(path, title=_("Monthly report")) as book:
            sheet = book.sheet(_("Communes"))
            sheet.text(0, 0, "Giàng A Chua", FRAMED)

    Args:
        target: a path, or a binary file that is open for writing.
        title: what the book says of itself in its properties.
        row_by_row: little memory; cells of a sheet come in the order of its rows and none is
            merged over rows. False for a small book that is written in any order.
    """

    def __init__(
        self, target: Target, *, title: StrOrPromise = "", row_by_row: bool = True
    ) -> None:
        self._book = xlsxwriter.Workbook(
            target,
            {
                "constant_memory": row_by_row,
                "in_memory": not row_by_row,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        # No person's name and no time: the same rows give the same bytes.
        self._book.set_properties({"title": str(title), "created": NO_MOMENT})
        self._formats: dict[Style, Any] = {}
        self._row_by_row = row_by_row

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._book.close()
        else:
            self._abandon()

    def sheet(self, name: object) -> "Sheet":
        """A new sheet, named as near to the wish as Excel takes it."""
        name = sheet_name(name, taken=self._book.sheetnames)
        return Sheet(self, self._book.add_worksheet(name), row_by_row=self._row_by_row)

    def format_of(self, style: Style | None) -> Any:
        """XlsxWriter's format of a style; None for none."""
        if style is None:
            return None
        if style not in self._formats:
            self._formats[style] = self._book.add_format(style.properties)
        return self._formats[style]

    def _abandon(self) -> None:
        """Write no book after a fault, and let go of the temporary files of its rows."""
        for worksheet in self._book.worksheets():
            if worksheet.row_data_filename:
                worksheet.row_data_fh.close()
                os.unlink(worksheet.row_data_filename)


class Sheet:
    """One sheet; rows and columns are counted from 0."""

    def __init__(self, book: Spreadsheet, worksheet: Any, *, row_by_row: bool) -> None:
        self._book, self._worksheet, self._row_by_row = book, worksheet, row_by_row
        self._last_row = 0

    @property
    def name(self) -> str:
        """Its name, as formulas and people know it."""
        return str(self._worksheet.name)

    # --- Cells ------------------------------------------------------------------

    def text(self, row: int, column: int, text: object, style: Style | None = None) -> None:
        """Write a text, never a formula. What is longer than a cell ends with "…"."""
        words = str(text)
        if len(words) > LONGEST_TEXT:
            words = words[: LONGEST_TEXT - 1] + "…"
        self._write(self._worksheet.write_string, row, column, words, style)

    def number(self, row: int, column: int, number: float, style: Style | None = None) -> None:
        """Write a number."""
        self._write(self._worksheet.write_number, row, column, number, style)

    def blank(self, row: int, column: int, style: Style) -> None:
        """Style a cell without content."""
        self._write(self._worksheet.write_blank, row, column, None, style)

    def row(
        self, row: int, texts: Iterable[object], style: Style | None = None, *, first: int = 0
    ) -> None:
        """Write texts into neighbouring cells."""
        for column, text in enumerate(texts, first):
            self.text(row, column, text, style)

    def merged_down(self, rows: tuple[int, int], column: int, text: object, style: Style) -> None:
        """One text over some rows of a column; not row by row."""
        top, bottom = rows
        if self._row_by_row:
            raise ValueError(f"{self.name!r} is written row by row: no cell reaches over two")
        self._worksheet.merge_range(top, column, bottom, column, "", self._book.format_of(style))
        self.text(top, column, text, style)

    def merged_across(self, row: int, columns: tuple[int, int], text: object, style: Style) -> None:
        """One text over some columns (first, last) of a row; over a single one, in it."""
        first, last = columns
        if first < last:
            self._worksheet.merge_range(row, first, row, last, "", self._book.format_of(style))
        self.text(row, first, text, style)

    def note(self, row: int, column: int, text: str, *, width: int = 260, height: int = 90) -> None:
        """A note at a cell, for who points at it; its size in pixels."""
        size = {"width": width, "height": height, "font_size": 10}
        self._worksheet.write_comment(row, column, text, size)

    # --- The sheet ----------------------------------------------------------------

    def widths(self, first: int, last: int, width: float, style: Style | None = None) -> None:
        """The width of some columns in characters, and the style of their empty cells."""
        self._worksheet.set_column(first, last, width, self._book.format_of(style))

    def height(self, row: int, height: float) -> None:
        """The height of a row in points; before anything is written below it."""
        self._worksheet.set_row(row, height)

    def freeze(self, rows: int, columns: int = 0) -> None:
        """Let the first rows and columns stay in sight."""
        self._worksheet.freeze_panes(rows, columns)

    def print_on_a4(
        self, *, head: tuple[int, int], wide: int = 1, names: tuple[int, int] | None = None
    ) -> None:
        """A4 across, with the rows of the head (first, last) on each page, which is numbered.

        Args:
            wide: how many pages one row may take, side by side.
            names: the columns (first, last) that say on each of these whose row it is.
        """
        self._worksheet.set_landscape()
        self._worksheet.set_paper(A4)
        self._worksheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.5)
        self._worksheet.set_header("&C&P", {"margin": 0.3})
        self._worksheet.fit_to_pages(wide, 0)
        self._worksheet.repeat_rows(*head)
        if names is not None:
            self._worksheet.repeat_columns(*names)

    def offer(
        self,
        rows: tuple[int, int],
        columns: tuple[int, int],
        source: str | Sequence[str],
        *,
        title: StrOrPromise = "",
        message: StrOrPromise = "",
    ) -> None:
        """Offer values in some cells; another value is warned of, not refused.

        Args:
            source: the values, or the place of their list ("=LISTS!$A$2:$A$5").
            title, message: of the warning; those of Excel when empty.
        """
        options = {
            "validate": "list",
            "source": source if isinstance(source, str) else list(source),
            "error_type": "warning",
        }
        if message:
            options |= {"error_title": str(title), "error_message": str(message)}
        self._worksheet.data_validation(rows[0], columns[0], rows[1], columns[1], options)

    def _write(self, write: Any, row: int, column: int, value: object, style: Style | None) -> None:
        if self._row_by_row and row < self._last_row:
            raise ValueError(f"row {row} of {self.name!r} comes after row {self._last_row}")
        self._last_row = row
        if write(row, column, value, self._book.format_of(style)) == -1:
            raise DoesNotFit(f"{self.name!r}: row {row}, column {column}")
