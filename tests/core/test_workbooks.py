"""A corpus of good and bad workbooks, most of them built part by part, and what becomes of them."""

import contextlib
import datetime
import io
import struct
import time
import tracemalloc
import zipfile
import zlib

import pytest
import xlsxwriter
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from core.vietnamese import parse_date
from core.workbooks import (
    Column,
    Limits,
    WorkbookRefused,
    cell_text,
    check_upload,
    find_table,
    open_workbook,
    read_sheets,
)

MEGABYTE = 1024 * 1024
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORKSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
SHEET, STRINGS, BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def parts(sheet_data="", *, before="", after="", strings=(), book="", name="Sheet1"):
    """The parts of the smallest workbook that Excel would open, by name."""
    items = "".join(f"<si>{text}</si>" for text in strings)
    return {
        "[Content_Types].xml": (
            f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
            f'ContentType="application/xml"/><Default Extension="rels" ContentType='
            f'"application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/{SHEET}" ContentType="{WORKSHEET}"/></Types>'
        ),
        "_rels/.rels": (
            f'{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{LINKS}/officeDocument" Target="{BOOK}"/></Relationships>'
        ),
        BOOK: (
            f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">{book}<sheets>'
            f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{LINKS}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
            f'Type="{LINKS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
        ),
        STRINGS: f'{XML}<sst xmlns="{MAIN}">{items}</sst>',
        SHEET: (
            f'{XML}<worksheet xmlns="{MAIN}">{before}<sheetData>{sheet_data}</sheetData>{after}'
            "</worksheet>"
        ),
    }


def packed(contents, compression=zipfile.ZIP_DEFLATED):
    """Bytes of an archive of named texts or bytes; a list of pairs may repeat a name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


def workbook(sheet_data="", **options):
    return packed(parts(sheet_data, **options))


def with_parts(more, sheet_data='<row r="1"><c r="A1"><v>1</v></c></row>', **options):
    return packed(parts(sheet_data, **options) | more)


def cell(reference, text):
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def written(*tables, options=None):
    """Bytes of a workbook of tables of values, written with XlsxWriter."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, **(options or {})})
    date = book.add_format({"num_format": "dd/mm/yyyy"})
    for table in tables:
        sheet = book.add_worksheet()
        for line, values in enumerate(table):
            for column, value in enumerate(values):
                if isinstance(value, datetime.date):
                    sheet.write_datetime(line, column, value, date)
                else:
                    sheet.write(line, column, value)
    book.close()
    return file.getvalue()


HONEST = written([["Họ tên", "Ngày sinh"], ["Vừ A Sùng", datetime.date(2015, 9, 5)]])


def patched(content, signature, offset, change):
    """Archive headers rewritten: `change` maps 4 bytes at `offset` behind each signature."""
    content = bytearray(content)
    start = content.find(signature)
    while start >= 0:
        place = slice(start + offset, start + offset + 4)
        content[place] = change(bytes(content[place]))
        start = content.find(signature, start + 4)
    return bytes(content)


def flagged(content, bit):
    def change(four):
        return struct.pack("<I", struct.unpack("<I", four)[0] | bit)

    return patched(patched(content, b"PK\x03\x04", 6, change), b"PK\x01\x02", 8, change)


def lying(content):
    """An archive that claims 100 bytes for every part, with the checksum of these 100."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sums = [zlib.crc32(archive.read(part)[:100]) for part in archive.infolist()]
    for signature, crc, size in ((b"PK\x03\x04", 14, 22), (b"PK\x01\x02", 16, 24)):
        wanted = iter(sums)
        content = patched(
            content, signature, crc, lambda _old, w=wanted: struct.pack("<I", next(w))
        )
        content = patched(content, signature, size, lambda _old: struct.pack("<I", 100))
    return content


def used_twice(content):
    """An archive whose directory names the same bytes under a second name."""
    end = content.rfind(b"PK\x05\x06")
    size, start = struct.unpack("<II", content[end + 12 : end + 20])
    directory = content[start : start + size]
    length = 46 + sum(struct.unpack("<HHH", directory[28:34]))
    copy = bytearray(directory[:length])
    copy[46] ^= 1
    return (
        content[:start]
        + directory
        + bytes(copy)
        + content[end : end + 12]
        + struct.pack("<II", size + length, start)
        + content[end + 20 :]
    )


def without_name(content, name):
    """An archive whose directory has an entry without a name (it became its comment)."""
    place = content.rfind(name.encode())
    content = bytearray(content)
    content[place - 18 : place - 16] = bytes(2)
    content[place - 14 : place - 12] = len(name).to_bytes(2, "little")
    return bytes(content)


def spaces(megabytes):
    return b"<a>" + b" " * (megabytes * MEGABYTE) + b"</a>"


def far(rows):
    return workbook(f'<row r="1">{cell("A1", "x")}</row>' + rows)


def repeated_string():
    """One long shared string in very many cells: small on disk, huge once read."""
    rows = "".join(
        f'<row r="{row}">' + '<c t="s"><v>0</v></c>' * 100 + "</row>" for row in range(1, 101)
    )
    return workbook(rows, strings=[f"<t>{'ă' * 30_000}</t>"])


BOOK_SHEET = '<sheet name="Sheet1" sheetId="2" r:id="rId1"/>'
ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
ENTITIES = (
    '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
)


def sheet_xml(text):
    return packed(parts(ONE) | {SHEET: text})


BAD = {
    # --- not a workbook of this kind
    "empty file": (lambda: b"", "empty"),
    "over 10 MB": (lambda: b"PK\x03\x04" + bytes(10 * MEGABYTE), "too_large"),
    "old .xls": (lambda: OLE, "old_xls"),
    "encrypted .xlsx": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    "web page": (lambda: b"\n <HTML><body><table><tr><td>1", "web_page"),
    "web page with byte order mark": (lambda: b"\xef\xbb\xbf<!DOCTYPE html><p>", "web_page"),
    "spreadsheet XML of 2003": (lambda: b'<?xml version="1.0"?><Workbook>', "web_page"),
    "CSV": (lambda: "Họ tên;Ngày sinh\nVừ A Sùng;5/9/2015\n".encode(), "text_file"),
    "CSV in UTF-16": (lambda: "Họ tên\tNgày sinh\n".encode("utf-16"), "text_file"),
    "CSV in Windows-1258": (lambda: "Hồ\tĐà\n".encode("cp1258", "replace"), "text_file"),
    "PDF": (lambda: b"%PDF-1.7\n1 0 obj", "not_xlsx"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not_xlsx"),
    "another archive": (lambda: packed({"a.txt": "a"}), "not_excel"),
    "Word document": (lambda: packed({"word/document.xml": "<a/>"}), "not_excel"),
    "OpenDocument": (lambda: packed({"content.xml": "<a/>", "mimetype": "x"}), "not_excel"),
    "binary workbook": (lambda: packed({"xl/workbook.bin": b"\x83"}), "not_excel"),
    # --- more than values
    "macros": (lambda: with_parts({"xl/vbaProject.bin": b"x"}), "macros"),
    "macro sheet": (lambda: with_parts({"xl/macrosheets/sheet1.xml": "<a/>"}), "macros"),
    "archive inside": (lambda: with_parts({"xl/media/a.zip": b"PK"}), "files_inside"),
    "archive inside named as a picture": (
        lambda: with_parts({"xl/media/a.png": packed({"a": "a"})}),
        "files_inside",
    ),
    "object inside": (lambda: with_parts({"xl/embeddings/o.bin": b"x"}), "files_inside"),
    "part with a password": (lambda: flagged(HONEST, 1), "password"),
    # --- bombs
    "unpacks to too much": (lambda: with_parts({"xl/a.xml": spaces(201)}), "too_big"),
    "too repetitive": (lambda: with_parts({"xl/a.xml": spaces(20)}), "too_big"),
    "too many parts": (
        lambda: with_parts({f"xl/a{n}.xml": "<a/>" for n in range(2_001)}),
        "too_big",
    ),
    "lies about sizes, and is a bomb": (
        lambda: lying(packed({"xl/a.xml": spaces(20)} | parts(ONE))),
        "too_big",
    ),
    "lies about sizes": (lambda: lying(HONEST), "damaged"),
    "one part used twice": (lambda: used_twice(HONEST), "damaged"),
    "a part without a name": (lambda: without_name(HONEST, BOOK), "damaged"),
    "one name twice": (lambda: with_parts({SHEET.upper(): "<a/>"}), "damaged"),
    "one long string in every cell": (repeated_string, "too_big"),
    # --- cells that make the grid
    "value in the last corner": (
        lambda: far(f'<row r="1048576">{cell("XFD1048576", "x")}</row>'),
        "far_cell",
    ),
    "far value in other quotes": (
        lambda: far("<row><c foo='>' r='XFD1048576'><v>1</v></c></row>"),
        "far_cell",
    ),
    "far value with a prefix": (
        lambda: sheet_xml(
            f'{XML}<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1'
            '</x:v></x:c></x:row><x:row><x:c r="&#88;FD1048576"><x:v>1</x:v></x:c></x:row>'
            "</x:sheetData></x:worksheet>"
        ),
        "far_cell",
    ),
    "far value on a part of another name": (
        lambda: packed(
            {
                name.replace(SHEET, "xl/a.dat"): text.replace("worksheets/sheet1.xml", "a.dat")
                for name, text in parts('<row><c r="XFD1048576"><v>1</v></c></row>').items()
            }
        ),
        "far_cell",
    ),
    "sheet hidden in a drawing": (
        lambda: with_parts({"xl/drawings/a.vml": "<br><sheetData><row>"}),
        "damaged",
    ),
    "cell of no column": (lambda: workbook('<row><c r="A"><v>1</v></c></row>'), "damaged"),
    "row of no number": (lambda: workbook('<row r="-1"><c><v>1</v></c></row>'), "damaged"),
    # --- XML
    "entities": (lambda: sheet_xml(XML + ENTITIES + "<worksheet>&c;</worksheet>"), "damaged"),
    "outer document type": (
        lambda: with_parts({STRINGS: XML + '<!DOCTYPE s SYSTEM "http://192.0.2.1/a.dtd"><s/>'}),
        "damaged",
    ),
    "UTF-16 part": (lambda: sheet_xml(parts(ONE)[SHEET].encode("utf-16")), "damaged"),
    "part in another encoding": (
        lambda: sheet_xml(
            f"<?xml version='1.0' encoding='cp1258'?><worksheet xmlns='{MAIN}'><sheetData>"
            f"<row>{cell('A1', 'Đ')}</row></sheetData></worksheet>".encode("cp1258")
        ),
        "damaged",
    ),
    "unfinished XML": (lambda: sheet_xml(parts(ONE)[SHEET][:-30]), "damaged"),
    "no workbook in the workbook": (lambda: with_parts({BOOK: b"\x00\x01"}), "damaged"),
    "sheet without its part": (
        lambda: packed({k: v for k, v in parts(ONE).items() if k != SHEET}),
        "damaged",
    ),
    # --- transport
    "cut short": (lambda: HONEST[:-200], "damaged"),
    "only the first bytes": (lambda: HONEST[:3], "damaged"),
    "bytes overwritten": (lambda: HONEST[:60] + b"\xff" * 200 + HONEST[260:], "damaged"),
    "unknown compression": (lambda: packed(parts(ONE), zipfile.ZIP_BZIP2), "damaged"),
    "two sheets of one name": (
        lambda: with_parts({BOOK: parts()[BOOK].replace("</sheets>", f"{BOOK_SHEET}</sheets>")}),
        "same_sheet_name",
    ),
    "merged cells that lie over each other": (
        lambda: workbook(
            ONE, after="<mergeCells>" + '<mergeCell ref="A1:B2"/>' * 9 + "</mergeCells>"
        ),
        "damaged",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_open_workbook_refuses_what_is_bad_and_says_why(kind):
    build, code = BAD[kind]
    content = build()
    with pytest.raises(WorkbookRefused) as refusal:
        open_workbook(content, name="danh-sach.xlsx")
    assert refusal.value.code == code


@pytest.mark.parametrize("code", WorkbookRefused.MESSAGES)
def test_every_refusal_is_worded_in_vietnamese(code):
    refusal = WorkbookRefused(code, limit=10, cell="B3", sheet="6A", column="B", value="Sùng")
    with translation.override("en"):
        english = str(refusal)
    assert str(refusal) != english
    assert str(refusal).endswith(".")
    assert "%(" not in str(refusal) + english


@pytest.mark.parametrize(
    "kind", ["unpacks to too much", "too repetitive", "lies about sizes, and is a bomb"]
)
def test_bomb_is_refused_quickly_and_in_little_memory(kind):
    content = BAD[kind][0]()
    started = time.process_time()
    with pytest.raises(WorkbookRefused):
        open_workbook(content)
    assert time.process_time() - started < 1
    tracemalloc.start()
    with pytest.raises(WorkbookRefused):
        open_workbook(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * MEGABYTE


@pytest.mark.parametrize(
    ("name", "code"), [("a.xlsm", "macros"), ("a.xls", "not_xlsx"), ("a.csv", "not_xlsx")]
)
def test_name_must_end_in_xlsx(name, code):
    with pytest.raises(WorkbookRefused) as refusal:
        check_upload(io.BytesIO(HONEST), name, max_bytes=10 * MEGABYTE)
    assert refusal.value.code == code


def test_check_upload_leaves_the_file_at_its_beginning():
    file = io.BytesIO(HONEST)
    file.seek(7)
    check_upload(file, "DANH SÁCH.XLSX", max_bytes=10 * MEGABYTE)
    assert file.tell() == 0


def test_check_upload_refuses_dates_from_1904():
    content = written([[datetime.date(2015, 9, 5)]], options={"date_1904": True})
    with pytest.raises(WorkbookRefused) as refusal:
        check_upload(io.BytesIO(content), "a.xlsx", max_bytes=10 * MEGABYTE)
    assert refusal.value.code == "epoch_1904"


def rows_of(content):
    return open_workbook(content).sheets[0].rows


GOOD = {
    "written by XlsxWriter": (
        lambda: HONEST,
        [["Họ tên", "Ngày sinh"], ["Vừ A Sùng", datetime.date(2015, 9, 5)]],
    ),
    "uncompressed": (lambda: packed(parts(ONE), zipfile.ZIP_STORED), [[1.0]]),
    "blank": (lambda: workbook(), []),
    "encoding that nobody knows": (
        lambda: packed(parts(ONE) | {SHEET: parts(ONE)[SHEET].replace("UTF-8", "UTF-9")}),
        [[1.0]],
    ),
    "numbers and booleans": (
        lambda: workbook(
            '<row r="1"><c r="A1"><v>1.23E+10</v></c><c r="B1" t="b"><v>1</v></c></row>'
        ),
        [[12300000000.0, True]],
    ),
    "cells without references": (
        lambda: workbook("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"),
        [[1.0, 2.0], [3.0, ""]],
    ),
    "formula with its result": (
        lambda: workbook('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>'),
        [[2.0]],
    ),
    "formula with an empty result": (
        lambda: workbook(
            '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><f>A2</f><v></v></c></row>'
        ),
        [[1.0, ""]],
    ),
    "formulas without their results": (
        lambda: workbook(
            '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1</f></c><c r="C1"><f>A1</f><v/></c>'
            '<c r="D1" t="str"><f>A1</f></c><c r="E1"><f t="shared" si="0"/><v> </v></c></row>'
            '<row r="2"><c r="A2"><f t="array" ref="A2:A3">B1:B2</f><v>5</v></c></row>'
            '<row r="3"><c r="A3"/><c r="B3"/></row><row r="5"><c r="C5" t="n"><f>A1</f></c></row>'
        ),
        [
            [1.0, "=?", "=?", "=?", "=?"],
            [5.0, "", "", "", ""],
            ["=?"],
            [],
            ["", "", "=?"],
        ],
    ),
    "numbers shown as percentages": (
        lambda: with_parts(
            {
                "xl/styles.xml": (
                    f'{XML}<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" '
                    'formatCode="0.0%"/><numFmt numFmtId="171" formatCode="0&quot;%&quot;"/>'
                    '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="9"/><xf numFmtId="170"/>'
                    '<xf numFmtId="171"/></cellXfs></styleSheet>'
                )
            },
            '<row r="1"><c r="A1" s="1"><v>0.06</v></c><c r="B1" s="2"><v>6.1</v></c>'
            '<c r="C1" s="3"><v>6</v></c></row>',
        ),
        [["6%", "610%", 6.0]],
    ),
    "failed formulas": (
        lambda: workbook(
            '<row r="1"><c r="A1"><v>1</v></c><c r="C1" t="e"><f>A9</f><v>#REF!</v></c></row>'
            '<row r="3"><c r="A3" t="e"><v>#N/A</v></c></row>'
        ),
        [[1.0, "", "#REF!"], ["", "", ""], ["#N/A", "", ""]],
    ),
    "rich text, without its pronunciation": (
        lambda: workbook(
            '<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
            strings=[
                "<r><t xml:space='preserve'>Vừ A </t></r><r><t>Sùng</t></r>"
                "<rPh sb='0' eb='1'><t>x</t></rPh>"
            ],
        ),
        [["Vừ A Sùng"]],
    ),
    "escaped characters": (
        lambda: workbook(f'<row r="1">{cell("A1", "Bản_x000D_Nậm_x005F_x")}</row>'),
        [["Bản\rNậm_x"]],
    ),
    "table that starts further in": (
        lambda: workbook(f'<row r="3">{cell("C3", "x")}</row>'),
        [["", "", ""], ["", "", ""], ["", "", "x"]],
    ),
    "false dimension": (
        lambda: workbook(ONE + '<row r="2"><c r="A2"><v>2</v></c></row>', before=DIMENSION),
        [[1.0], [2.0]],
    ),
    "formatted blanks to the end": (
        lambda: workbook(ONE + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'),
        [[1.0]],
    ),
    "comments drawn in careless XML": (
        lambda: with_parts({"xl/drawings/vmlDrawing1.vml": "<xml><br></xml>"}),
        [[1.0]],
    ),
    "picture": (lambda: with_parts({"xl/media/image1.png": b"\x89PNG\r\n\x1a\n\0\0"}), [[1.0]]),
    "printer settings": (lambda: with_parts({"xl/printerSettings/p.bin": bytes(99)}), [[1.0]]),
    "links to other files": (
        lambda: with_parts({"xl/externalLinks/externalLink1.xml": "<a/>"}),
        [[1.0]],
    ),
    "parts that nobody opens": (
        lambda: with_parts(
            {
                "customXml/item1.xml": '<?xml version="1.0" encoding="utf-16"?><a/>'.encode(
                    "utf-16"
                ),
                "xl/media/image1.svg": '<?xml version="1.0"?><!DOCTYPE svg><svg/>',
                "xl/media/image2.emz": b"\x1f\x8b\x08" + bytes(20),
                "xl/comments1.xml": "<comments><unfinished>",
                "docProps/app.xml": "\ufeffkhông phải XML".encode("utf-16"),
            }
        ),
        [[1.0]],
    ),
    "folder entries": (lambda: with_parts({"xl/media/": b""}), [[1.0]]),
}
DIMENSION = '<dimension ref="A1"/>'


@pytest.mark.parametrize("kind", GOOD)
def test_open_workbook_reads_what_is_good(kind):
    build, rows = GOOD[kind]
    assert rows_of(build()) == rows


def test_open_workbook_takes_paths_and_files(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(HONEST)
    with path.open("rb") as file:
        from_file = open_workbook(file)
    assert from_file == open_workbook(path) == open_workbook(HONEST)
    assert read_sheets(path) == from_file.sheets


def test_sheets_keep_their_names_order_and_whether_they_are_hidden():
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    book.add_worksheet("Khối 6").write(0, 0, 6)
    hidden = book.add_worksheet("DAN_TOC")
    hidden.write(0, 0, "Mông")
    hidden.hide()
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "='Khối 6'!$A$1"})
    book.add_chartsheet("Biểu đồ").set_chart(chart)
    book.close()
    sheets = open_workbook(file).sheets
    assert [(sheet.name, sheet.hidden, sheet.rows) for sheet in sheets] == [
        ("Khối 6", False, [[6.0]]),
        ("DAN_TOC", True, [["Mông"]]),
    ]


def test_million_formatted_blank_rows_are_not_read():
    blanks = "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(2, 1_048_577, 3))
    started = time.process_time()
    assert rows_of(workbook(ONE + blanks)) == [[1.0]]
    assert time.process_time() - started < 10


def test_serials_of_a_1904_workbook_are_read_with_its_epoch():
    content = workbook('<row r="1"><c r="A1"><v>45000</v></c></row>', book=BOOK_1904)
    book = open_workbook(content)
    assert book.epoch1904 is True
    serial = book.sheets[0].rows[0][0]
    assert parse_date(serial, epoch1904=book.epoch1904) == datetime.date(2027, 3, 16)
    assert parse_date(serial) == datetime.date(2023, 3, 15)
    dated = written([[datetime.date(2015, 9, 5)]], options={"date_1904": True})
    assert rows_of(dated) == [[datetime.date(2015, 9, 5)]]


BOOK_1904 = '<workbookPr date1904="1"/>'


def test_rows_over_the_limit_are_refused_before_they_are_read():
    content = written([[number] for number in range(11)])
    assert len(open_workbook(content, limits=Limits(rows=11)).sheets[0].rows) == 11
    with pytest.raises(WorkbookRefused) as refusal:
        open_workbook(content, limits=Limits(rows=10))
    assert refusal.value.code == "too_many_rows"


def test_largest_honest_file_is_read_in_time():
    table = [[f"Vừ A {n}", "05/09/2015", "Nam", "Mông", "6A"] * 4 for n in range(20_000)]
    content = written(table)
    started = time.process_time()
    assert len(rows_of(content)) == 20_000
    assert time.process_time() - started < 15


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    data=st.data(),
    base=st.sampled_from([HONEST, workbook(ONE, strings=["<t>a</t>"])]),
)
def test_no_damage_does_more_than_refuse(data, base):
    content = bytearray(base)
    for _change in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(WorkbookRefused):
        assert len(open_workbook(bytes(content)).sheets) == 1


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data(), part=st.sampled_from([SHEET, STRINGS, BOOK, "xl/_rels/workbook.xml.rels"]))
def test_no_damage_inside_a_part_does_more_than_refuse(data, part):
    contents = parts(ONE, strings=["<t>a</t>"])
    text = bytearray(contents[part].encode())
    for _change in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text) - 1))
        piece = data.draw(st.sampled_from([b"", b"<", b">", b"9", b"\xff", b"<c r='B2'><v>", b"&"]))
        text[start : start + data.draw(st.integers(0, 20))] = piece
    contents[part] = bytes(text)
    with contextlib.suppress(WorkbookRefused):
        assert len(open_workbook(packed(contents)).sheets) <= 1


# --- tables

COLUMNS = (
    Column("name", "Họ tên", ("Họ và tên", "Họ tên học sinh"), required=True),
    Column("born", "Ngày sinh", ("Ngày, tháng, năm sinh",), required=True),
    Column("ministry_id", "Mã định danh Bộ GD&ĐT"),
    Column("mother", "Họ tên mẹ"),
    Column("father", "Họ tên cha"),
)


def test_find_table_below_titles_with_true_places():
    table = find_table(
        [
            ["PHÒNG GIÁO DỤC", "", ""],
            ["DANH SÁCH HỌC SINH", "", ""],
            ["", "", ""],
            ["STT", "Họ và tên", "Ngày sinh"],
            [1.0, "Vừ  A\u00a0Sùng", "5/9/2015"],
            ["", " ", ""],
            [2.0, "Lò Thị Mai", ""],
        ],
        COLUMNS,
    )
    assert (table.header_row, table.header_height) == (4, 1)
    assert {key: place.letter for key, place in table.places.items()} == {"name": "B", "born": "C"}
    assert [(place.letter, place.text) for place in table.unknown] == [("A", "STT")]
    assert [(row.number, row.as_dict()) for row in table.rows] == [
        (5, {"name": "Vừ A Sùng", "born": "5/9/2015"}),
        (7, {"name": "Lò Thị Mai", "born": None}),
    ]
    assert table.rows[1].place("born") == "C7"
    assert table.rows[1].place("mother") == "7"


@pytest.mark.parametrize(
    "heading",
    [
        "Họ tên",
        "HỌ TÊN",
        "ho ten",
        "Họ\ntên",
        " Họ  và tên: ",
        "Họ tên (*)",
        "Họ, tên",
        "Ho\u0323 te\u0302n",
        "Họ tên học sinh [viết hoa]",
    ],
)
def test_find_table_knows_a_heading_however_it_is_written(heading):
    table = find_table([[heading, "Ngày sinh"]], COLUMNS)
    assert sorted(table.places) == ["born", "name"]


def test_find_table_joins_merged_headings_of_several_rows():
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    sheet = book.add_worksheet()
    sheet.merge_range("A1:F1", "DANH SÁCH")
    sheet.merge_range("A2:A3", "TT")
    sheet.merge_range("B2:B3", "Họ tên")
    sheet.merge_range("C2:C3", "Ngày sinh")
    sheet.merge_range("D2:E2", "Họ tên")
    sheet.write("D3", "cha")
    sheet.write("E3", "mẹ")
    sheet.write_row("A4", [1, "Vừ A Sùng", "5/9/2015", "Vừ A Páo", "Giàng Thị Dợ"])
    book.close()
    table = find_table(open_workbook(content).sheets[0], COLUMNS)
    assert (table.header_row, table.header_height) == (2, 2)
    assert {key: place.letter for key, place in table.places.items()} == {
        "name": "B",
        "born": "C",
        "father": "D",
        "mother": "E",
    }
    assert table.rows[0].as_dict() == {
        "name": "Vừ A Sùng",
        "born": "5/9/2015",
        "father": "Vừ A Páo",
        "mother": "Giàng Thị Dợ",
    }


def test_find_table_reports_missing_and_duplicated_columns():
    table = find_table([["Họ tên", "Mã định danh Bộ GD-ĐT", "Họ và tên", "Ghi chú"]], COLUMNS)
    assert [column.key for column in table.missing] == ["born"]
    assert {
        key: [place.letter for place in places] for key, places in table.duplicated.items()
    } == {"name": ["A", "C"]}
    assert [place.text for place in table.unknown] == ["Ghi chú"]


def test_find_table_finds_none_where_there_is_none():
    assert find_table([["Họ tên"], ["Vừ A Sùng"]], COLUMNS) is None
    assert find_table([], COLUMNS) is None
    assert find_table([["Họ tên"]], COLUMNS[:1]).header_row == 1


def test_find_table_asks_about_headings_that_no_spelling_names():
    asked = []

    def recognise(texts):
        asked.append(texts)
        return ("day", texts[-1]) if texts[-1].isdecimal() else None

    table = find_table([["Họ tên", 1.0, 2.0, "Ghi chú"]], COLUMNS, recognise=recognise)
    assert {key: place.letter for key, place in table.places.items()} == {
        "name": "A",
        ("day", "1"): "B",
        ("day", "2"): "C",
    }
    assert [place.text for place in table.unknown] == ["Ghi chú"]
    assert ["Họ tên"] not in asked


def test_find_table_refuses_too_many_rows():
    rows = [["Họ tên", "Ngày sinh"], *[["a", "b"]] * 3, ["", ""]]
    assert len(find_table(rows, COLUMNS, max_rows=3).rows) == 3
    with pytest.raises(WorkbookRefused) as refusal:
        find_table(rows, COLUMNS, max_rows=2)
    assert refusal.value.code == "too_many_rows"


def test_numbers_become_text_without_loss_and_tell_that_zeros_may_be_lost():
    table = find_table(
        [["Họ tên", "Mã định danh Bộ GD&ĐT"], ["a", 1.23e10], ["b", "0123456789"]], COLUMNS
    )
    number, text = table.rows
    assert (number.text("ministry_id"), number.was_number("ministry_id")) == ("12300000000", True)
    assert (text.text("ministry_id"), text.was_number("ministry_id")) == ("0123456789", False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-3.0, "-3"),
        (12345678901234.0, "12345678901234"),
        (1.5, "1.5"),
        (True, "True"),
        (datetime.datetime(2015, 9, 5, 7, 0, tzinfo=datetime.UTC), "05/09/2015"),
        (datetime.date(2015, 9, 5), "05/09/2015"),
        ("  a\u00a0b ", "a b"),
        (None, ""),
        ("", ""),
    ],
)
def test_cell_text(value, text):
    assert cell_text(value) == text
