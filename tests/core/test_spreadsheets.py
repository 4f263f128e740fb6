"""Written spreadsheets: text stays text, the paper is A4, and a fault leaves nothing behind."""

import ast
import io
import tempfile
import tracemalloc
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from core.documents.spreadsheets import (
    FRAMED,
    FRAMED_HEAD,
    FRAMED_TEXT,
    LONGEST_TEXT,
    DoesNotFit,
    Spreadsheet,
)
from lai_chau_edu.settings import BASE_DIR
from tests.frozen import freeze_time

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"
HOSTILE = ["=1+1", "+84", "-5", "@SUM(A1)", "https://example.vn", "0012", "1e5", "{=A1}", "\t=1"]


def written(write, **options):
    """{name of a part: its XML} of the workbook that `write(book)` makes."""
    file = io.BytesIO()
    with Spreadsheet(file, **options) as book:
        write(book)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def cells_of(part):
    """[(place, type, content)] of a sheet; types "inlineStr" and "s" are text."""
    return [
        (cell.get("r"), cell.get("t"), "".join(cell.itertext()))
        for cell in ElementTree.fromstring(part).iter(f"{MAIN}c")
    ]


def one(part, tag):
    """Attributes of the only element of that name."""
    (found,) = ElementTree.fromstring(part).iter(f"{MAIN}{tag}")
    return found.attrib


def test_text_is_never_a_formula_a_link_or_a_number():
    parts = written(lambda book: book.sheet("Tên").row(0, HOSTILE, FRAMED_TEXT))
    cells = cells_of(parts[SHEET])
    assert [content for _place, _type, content in cells] == HOSTILE
    assert {kind for _place, kind, _content in cells} == {"inlineStr"}
    assert "hyperlink" not in parts[SHEET]
    assert 'formatCode="@"' in parts[STYLES]


def test_text_is_text_in_a_small_book_too():
    parts = written(lambda book: book.sheet("Tên").row(0, HOSTILE), row_by_row=False)
    assert {kind for _place, kind, _content in cells_of(parts[SHEET])} == {"s"}
    texts = ElementTree.fromstring(parts["xl/sharedStrings.xml"])
    assert ["".join(each.itertext()) for each in texts] == HOSTILE


def test_a_text_longer_than_a_cell_says_that_it_goes_on():
    def write(book):
        sheet = book.sheet("Dài")
        sheet.text(0, 0, "ế" * LONGEST_TEXT)
        sheet.text(1, 0, "ế" * (LONGEST_TEXT + 1))

    whole, cut = cells_of(written(write)[SHEET])
    assert whole[2] == "ế" * LONGEST_TEXT
    assert cut[2] == "ế" * (LONGEST_TEXT - 1) + "…"


def test_paper_head_rows_widths_and_properties():
    def write(book):
        sheet = book.sheet("Báo cáo")
        sheet.print_on_a4(head=(1, 2))
        sheet.freeze(3, 1)
        sheet.widths(0, 1, 26)
        sheet.height(1, 60)
        sheet.row(1, ["STT", "Họ và tên"], FRAMED_HEAD)

    with freeze_time("2026-10-12 02:30:00"):
        parts = written(write, title="Báo cáo tháng 10")
    sheet = parts[SHEET]
    paper = one(sheet, "pageSetup")
    assert (paper["paperSize"], paper["orientation"], paper["fitToHeight"]) == (
        "9",
        "landscape",
        "0",
    )
    assert "'Báo cáo'!$2:$3</definedName>" in parts["xl/workbook.xml"]
    assert one(sheet, "pane")["topLeftCell"] == "B4"
    columns = one(sheet, "col")
    assert (columns["min"], columns["max"], columns["width"][:2]) == ("1", "2", "26")
    assert one(sheet, "row")["ht"] == "60"
    assert 'name val="Times New Roman"' in parts[STYLES]
    assert 'wrapText="1"' in parts[STYLES]
    assert "<dc:title>Báo cáo tháng 10</dc:title>" in parts["docProps/core.xml"]
    # No time of making: the same rows give the same bytes.
    assert "2000-01-01T00:00:00Z" in parts["docProps/core.xml"]
    assert "<dc:creator></dc:creator>" in parts["docProps/core.xml"]


def test_offered_values_notes_and_merged_headings():
    def write(book):
        sheet = book.sheet("Lớp")
        sheet.merged_down((0, 2), 0, "STT", FRAMED_HEAD)
        sheet.blank(1, 1, FRAMED)
        sheet.number(0, 1, 7, FRAMED)
        sheet.offer((1, 9), (2, 3), ["x", "P"], title="Ký hiệu", message="x có mặt")
        sheet.note(3, 3, "Cần sửa")

    parts = written(write, row_by_row=False)
    assert one(parts[SHEET], "mergeCell")["ref"] == "A1:A3"
    cells = {place: content for place, _type, content in cells_of(parts[SHEET])}
    assert (cells["B1"], cells["B2"]) == ("7", "")
    offered = one(parts[SHEET], "dataValidation")
    assert (offered["sqref"], offered["errorStyle"]) == ("C2:D10", "warning")
    assert (offered["errorTitle"], offered["error"]) == ("Ký hiệu", "x có mặt")
    assert "<formula1>&quot;x,P&quot;</formula1>" in parts[SHEET] or (
        '<formula1>"x,P"</formula1>' in parts[SHEET]
    )
    assert "Cần sửa" in parts["xl/comments1.xml"]


def test_sheets_get_names_that_excel_takes():
    def write(book):
        names = [book.sheet(name).name for name in ("Lớp 1/2", "lớp 1 2", "x" * 40)]
        assert names == ["Lớp 1 2", "lớp 1 2 2", "x" * 31]

    assert "xl/worksheets/sheet3.xml" in written(write)


def test_a_row_that_comes_too_late_is_refused_not_lost():
    with pytest.raises(ValueError, match="row 0 of 'A' comes after row 1"):
        written(lambda book: late(book.sheet("A")))
    written(lambda book: late(book.sheet("A")), row_by_row=False)


def test_a_merged_cell_is_refused_row_by_row():
    with pytest.raises(ValueError, match="row by row"):
        written(lambda book: book.sheet("A").merged_down((0, 1), 0, "STT", FRAMED_HEAD))


def late(sheet):
    sheet.text(1, 0, "hai")
    sheet.text(0, 0, "một")


def test_a_cell_outside_the_sheet_is_refused():
    with pytest.raises(DoesNotFit):
        written(lambda book: book.sheet("A").text(0, 16_384, "xa"))


def test_a_fault_writes_no_book_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "rows"))
    (tmp_path / "rows").mkdir()
    path = tmp_path / "book.xlsx"

    def fail():
        with Spreadsheet(path) as book:
            book.sheet("A").text(0, 0, "Giàng A Chua")
            assert list((tmp_path / "rows").iterdir())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not path.exists()
    assert list((tmp_path / "rows").iterdir()) == []


def test_a_long_book_takes_little_memory(tmp_path):
    tracemalloc.start()
    try:
        with Spreadsheet(tmp_path / "book.xlsx") as book:
            sheet = book.sheet("A")
            for row in range(5000):
                sheet.row(
                    row, [f"Giàng A Chua {row} {column}" for column in range(10)], FRAMED_TEXT
                )
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Fifty thousand texts; some twelve times as much when they are all held.
    assert peak < 3_000_000


def test_nobody_else_writes_spreadsheets():
    """One place holds to text being text."""
    own = [path.parent for path in BASE_DIR.glob("*/apps.py")]
    writers = [
        path.relative_to(BASE_DIR)
        for folder in own
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and any(name.name == "xlsxwriter" for name in node.names)
    ]
    assert writers == [Path("core/documents/spreadsheets.py")]
