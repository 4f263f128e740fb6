"""Workbooks that people upload: checked as archives, read as rows, found as tables."""

from .reading import CELL_ERRORS, Sheet, Workbook, check_upload, open_workbook, read_sheets
from .refusals import Limits, WorkbookRefused
from .tables import Column, Place, Row, Table, cell_text, find_table, header_key

__all__ = [
    "CELL_ERRORS",
    "Column",
    "Limits",
    "Place",
    "Row",
    "Sheet",
    "Table",
    "Workbook",
    "WorkbookRefused",
    "cell_text",
    "check_upload",
    "find_table",
    "header_key",
    "open_workbook",
    "read_sheets",
]
