"""Lists that people fill in: what they can choose from, and cells that are given back."""

import io
import zipfile
from xml.etree import ElementTree

from core.documents.lists import Choices, copy_cell, offer_choices
from core.documents.spreadsheets import Spreadsheet

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def written(write):
    """The elements of the sheets of the workbook that `write(book)` makes."""
    file = io.BytesIO()
    with Spreadsheet(file) as book:
        write(book)
    with zipfile.ZipFile(file) as archive:
        names = sorted(name for name in archive.namelist() if "worksheets/sheet" in name)
        return [ElementTree.fromstring(archive.read(name)) for name in names]


def cells(sheet):
    return {
        cell.get("r"): (cell.get("t"), "".join(cell.itertext()), cell.get("s"))
        for cell in sheet.iter(f"{MAIN}c")
    }


def test_a_column_offers_its_list_and_no_other():
    def write(book):
        choices = [
            Choices("Mã xã", ["03001", "03002", "03003"]),
            Choices("Lớp", [], 3),
            Choices("Giới tính", ["Nam", "Nữ"], 1),
        ]
        offer_choices(book, book.sheet("Học sinh"), choices, rows=(1, 9))

    sheet, lists = written(write)
    (offered,) = sheet.iter(f"{MAIN}dataValidation")
    assert offered.get("sqref") == "B2:B10"
    assert offered.findtext(f"{MAIN}formula1") == "DANH_MUC!$C$2:$C$3"
    texts = {place: text for place, (_type, text, _style) in cells(lists).items()}
    assert (texts["A4"], texts["C1"], texts["C2"], texts["C3"]) == (
        "03003",
        "Giới tính",
        "Nam",
        "Nữ",
    )
    assert "C4" not in texts


def test_a_copied_cell_is_what_it_was_and_filled_when_marked():
    def write(book):
        sheet = book.sheet("A")
        for column, (value, marked) in enumerate(
            [(12.5, True), ("=1+1", True), ("=1+1", False), ("", False)]
        ):
            copy_cell(sheet, 0, column, value, marked=marked)

    (sheet,) = written(write)
    copied = cells(sheet)
    assert copied["A1"][:2] == (None, "12.5")
    assert copied["B1"][:2] == copied["C1"][:2] == ("inlineStr", "=1+1")
    assert copied["A1"][2] == copied["B1"][2] is not None
    assert copied["C1"][2] is None
    assert "D1" not in copied
