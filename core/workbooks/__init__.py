"""Workbooks that people upload: checked as archives, read as rows, found as tables."""

from .footers import is_office_text, is_total
from .names import sheet_name
from .reading import Sheet, Workbook, check_upload, open_workbook, read_sheets
from .refusals import Limits, WorkbookRefused
from .small_tables import columns_twice, refuse_all, small_table
from .tables import (
    Column,
    Place,
    Row,
    Table,
    as_read,
    cell_text,
    find_table,
    header_key,
    require_headings,
)
from .values import Unreadable, conversion_of

__all__ = [
    "Column",
    "Limits",
    "Place",
    "Row",
    "Sheet",
    "Table",
    "Unreadable",
    "Workbook",
    "WorkbookRefused",
    "as_read",
    "cell_text",
    "check_upload",
    "columns_twice",
    "conversion_of",
    "find_table",
    "header_key",
    "is_office_text",
    "is_total",
    "open_workbook",
    "read_sheets",
    "refuse_all",
    "require_headings",
    "sheet_name",
    "small_table",
]
