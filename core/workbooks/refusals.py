"""The limits a workbook must keep, and what people are told when it does not."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """How much a workbook may hold.

    Attributes:
        bytes: size of the file; unpacked: of all its parts together, in bytes.
        entries: parts of the archive.
        ratio: unpacked to packed size of one part over 1 MB. Honest sheets of 200,000 rows
            reach 11, repeated XML over 1,000.
        rows: rows with a value, on all sheets together.
        cells: cells of the grids from A1 to the last value, on all sheets together.
        text: bytes of text once every cell has its own copy of a shared string.
        cell: characters of one cell; Excel itself allows 32,767.
    """

    bytes: int = 10 * MEGABYTE
    unpacked: int = 200 * MEGABYTE
    entries: int = 2_000
    ratio: int = 200
    rows: int = 50_000
    cells: int = 2_000_000
    text: int = 200 * MEGABYTE
    cell: int = 4_000


class WorkbookRefused(Exception):
    """The file cannot be taken; `code` names the reason, the text says what to do."""

    MESSAGES = {
        "empty": _("The file is empty. Choose another one."),
        "too_large": _("The file is larger than %(limit)s MB. Divide it and upload the parts."),
        "old_xls": _("The file is an old .xls. In Excel choose “Save as”, .xlsx."),
        "password": _("The file has a password. Save it without a password."),
        "web_page": _(
            "This is a web page with the name of a workbook. Open it in Excel, choose “Save as”, "
            ".xlsx."
        ),
        "text_file": _(
            "This is a text file (CSV) with the name of a workbook. Open it in Excel, choose "
            "“Save as”, .xlsx."
        ),
        "not_xlsx": _("Only .xlsx files are taken. In Excel choose “Save as”, .xlsx."),
        "not_excel": _("This is not an Excel workbook. In Excel choose “Save as”, .xlsx."),
        "macros": _("The file contains macros. Save it as .xlsx without macros."),
        "files_inside": _("The file contains other files. Copy the cells into a new file."),
        "too_big": _(
            "The file unpacks to far more than a pupil list. Copy the list into a new file."
        ),
        "far_cell": _(
            "A value stands far away from the list. Delete what is right of it and below."
        ),
        "too_many_rows": _(
            "The file has more than %(limit)s rows. Divide it and upload the parts."
        ),
        "epoch_1904": _("The file counts dates from 1904. Turn that off in its options and save."),
        "same_sheet_name": _(
            "Two sheets of the file are called “%(sheet)s”. Give one of them another name in Excel."
        ),
        "heading_failed": _(
            "Cell %(cell)s of sheet “%(sheet)s” is the heading of a column with values, but its "
            "formula has failed. Type the heading there."
        ),
        "column_without_heading": _(
            "Column %(column)s of sheet “%(sheet)s” has values (first in %(cell)s: “%(value)s”) "
            "but no heading. Write a heading above it, join it with the column it belongs to, or "
            "empty it."
        ),
        "long_cell": _(
            "Cell %(cell)s of sheet “%(sheet)s” has more than %(limit)s characters. Shorten it "
            "and upload the file again."
        ),
        "too_many_marks": _(
            "Cell %(cell)s of sheet “%(sheet)s” has more than %(limit)s accents on one letter. "
            "Type it again and upload the file again."
        ),
        "damaged": _("The file is damaged or was not made by Excel. Save it again as .xlsx."),
    }

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return str(self.MESSAGES[self.code]) % self.params
