"""Workbooks as schools send them: each is read truly, or refused at its place with its reason.

One corpus for both readers. A case tells the pupils that are read, or the places and codes of
what is refused; `said` is what the preview must tell beside.
"""

import datetime
from dataclasses import dataclass, field

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage

from attendance.month_workbook.services.staged_registers import entries_of
from schools.models import ImportBatch
from schools.pupil_import import services as imports
from tests.attendance import month_workbooks as month
from tests.schools import pupil_workbooks as pupils
from tests.workbook_parts import (
    DURATION,
    PERCENT,
    TIME,
    Cell,
    Sheet,
    formula,
    styled,
    xlsx,
)
from tests.world import PUPILS_6A

pytestmark = pytest.mark.django_db

HEAD = ["STT", "Họ và tên", "Ngày sinh", "Giới tính", "Dân tộc", "Trạng thái", "Lớp", "Khối"]
HEAD += ["Mã định danh"]
SUNG = [1, "Vừ A Sùng", "05/09/2015", "Nam", "Mông", "Đang học", "6A", "6", ""]
MAI = [2, "Tòng Thị Mai", "13/02/2015", "Nữ", "Thái", "Đang học", "6A", "6", ""]
INH = [3, "Lò Văn Inh", "01/03/2015", "Nam", "Thái", "Đang học", "6A", "6", ""]
THREE = [SUNG, MAI, INH]
NAMES = ["Vừ A Sùng", "Tòng Thị Mai", "Lò Văn Inh"]
KEYS = {
    key: index
    for index, key in enumerate(
        ["number", "name", "born", "sex", "group", "status", "class", "grade", "code"]
    )
}


def of(row=SUNG, **changes):
    """A row with some cells changed."""
    row = list(row)
    for key, value in changes.items():
        row[KEYS[key]] = value
    return row


def listed(*rows, head=HEAD, **options):
    return xlsx(Sheet([head, *rows], **options))


@dataclass(frozen=True)
class Case:
    """`names` read when accepted; `refused` as "cell code" of the rows, or one code of the file."""

    build: object
    names: list = field(default_factory=list)
    refused: list = field(default_factory=list)
    said: dict = field(default_factory=dict)


def taken(build, names=NAMES, **said):
    return Case(build, names=names, said=said)


def refused(build, *places):
    return Case(build, refused=list(places))


def below(*texts, names=NAMES, start=5):
    """A list with rows of text below it, all of which are told."""
    return taken(
        lambda: listed(*THREE, *texts),
        names,
        left_out=[start + index for index, row in enumerate(texts) if any(row)],
    )


def person(row, *places):
    """A list whose last row is a person, refused as any other."""
    return refused(lambda: listed(*THREE, row), *places)


def converted(key, value, code):
    letter = chr(ord("A") + KEYS[key])
    return refused(lambda: listed(SUNG, of(MAI, **{key: value})), f"{letter}3 {code}")


def with_part(name, content):
    return taken(lambda: xlsx(Sheet([HEAD, *THREE]), parts={name: content}))


DOCTYPE = '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "a" "http://192.0.2.1/svg.dtd"><svg/>'
UTF16 = '<?xml version="1.0" encoding="utf-16"?><DataMashup>AAAA</DataMashup>'.encode("utf-16")
SPLIT = [[row[0], *row[1].rsplit(" ", 1), *row[2:]] for row in THREE]
BLANK = [""] * 9

PUPIL_CASES = {
    # --- columns without a heading
    "name over two columns, second heading empty": refused(
        lambda: listed(*SPLIT, head=[*HEAD[:2], "", *HEAD[2:]]), "column_without_heading"
    ),
    "name over two columns, heading merged": taken(
        lambda: listed(*SPLIT, head=[*HEAD[:2], "", *HEAD[2:]], merged=("B1:C1",))
    ),
    "name in two columns of their own": taken(
        lambda: listed(*SPLIT, head=["STT", "Họ và tên đệm", "Tên", *HEAD[2:]])
    ),
    "name merged above its two parts": taken(
        lambda: xlsx(
            Sheet(
                [
                    [*HEAD[:2], "", *HEAD[2:]],
                    ["", "Họ đệm", "Tên"],
                    *SPLIT,
                ],
                merged=("B1:C1", "A1:A2", "D1:D2"),
            )
        )
    ),
    "name headed twice": refused(
        lambda: listed(*SPLIT, head=[*HEAD[:2], "Họ và tên", *HEAD[2:]]), "column_twice"
    ),
    "heading merged over an empty column": taken(
        lambda: listed(
            *([*row[:2], "", *row[2:]] for row in THREE),
            head=[*HEAD[:2], "", *HEAD[2:]],
            merged=("B1:C1", "B2:C2"),
        )
    ),
    "values beside the table": refused(
        lambda: listed(SUNG, [*MAI, "0912345678"]), "column_without_heading"
    ),
    "values under an empty heading inside": refused(
        lambda: listed(*([*r[:5], "x", *r[5:]] for r in THREE), head=[*HEAD[:5], "", *HEAD[5:]]),
        "column_without_heading",
    ),
    "a note far to the right": taken(
        lambda: listed(SUNG, [*MAI, "", "", "hỏi lại mẹ"], INH), unused=["L"]
    ),
    "numbers without a heading": taken(lambda: listed(*THREE, head=["", *HEAD[1:]]), unused=["A"]),
    "heading by a failed formula": refused(
        lambda: listed(*THREE, head=[*HEAD[:5], formula("#REF!", "e"), *HEAD[6:]]),
        "heading_failed",
    ),
    "heading by a formula without result": refused(
        lambda: listed(*THREE, head=[*HEAD[:5], formula(), *HEAD[6:]]), "heading_failed"
    ),
    # --- formulas
    "status formula with an empty value": converted("status", formula(), "formula_without_value"),
    "status formula without value": converted(
        "status", formula(value_tag=False), "formula_without_value"
    ),
    "shared formula without value": converted(
        "status", Cell('<f t="shared" si="0"/><v/>'), "formula_without_value"
    ),
    "array formula without value": converted(
        "status", Cell('<f t="array" ref="F3">A1</f>'), "formula_without_value"
    ),
    "text formula never calculated": converted(
        "status", formula(kind="str", value_tag=False), "formula_without_value"
    ),
    "rest of an array formula without value": refused(
        lambda: listed(
            of(SUNG, status=Cell('<f t="array" ref="F2:F3">A1:A2</f><v>Đang học</v>', 't="str"')),
            of(MAI, status=Cell()),
        ),
        "F3 formula_without_value",
    ),
    "text formula that is truly empty": taken(
        lambda: listed(of(SUNG, status=formula(kind="str")), MAI, INH)
    ),
    "formula with its result": taken(
        lambda: listed(of(SUNG, status=formula("Đang học", "str")), MAI, INH)
    ),
    "name formula without value": converted("name", formula(), "formula_without_value"),
    "failed formula": converted("group", formula("#N/A", "e"), "formula_failed"),
    "failed formula copied as text": converted("class", "#REF!", "formula_failed"),
    "formula without value in an unused column": taken(
        lambda: listed(*([*row, formula()] for row in THREE), head=[*HEAD, "Ghi chú"])
    ),
    "number by a formula without value": taken(
        lambda: listed(*(of(row, number=formula()) for row in THREE))
    ),
    "formula without value on another sheet": taken(
        lambda: xlsx(Sheet([HEAD, *THREE]), Sheet([["x", formula()]], name="Tính"))
    ),
    # --- parts that nobody reads
    "data of Power Query": with_part("customXml/item1.xml", UTF16),
    "picture with a document type": with_part("xl/media/image1.svg", DOCTYPE),
    "settings of a printer": with_part(
        "xl/printerSettings/printerSettings1.bin", b"\xff\xfeH\0P\0"
    ),
    "packed picture": with_part("xl/media/image1.emz", b"\x1f\x8b\x08" + bytes(30)),
    "theme that is not well-formed": with_part("xl/theme/theme1.xml", "<a><b></a>"),
    "links to other files": with_part("xl/externalLinks/externalLink1.xml", "<externalLink/>"),
    "threaded comments": with_part("xl/threadedComments/threadedComment1.xml", UTF16),
    "sheet in UTF-16": refused(
        lambda: xlsx(
            Sheet([]), parts={"xl/worksheets/sheet1.xml": "<worksheet/>".encode("utf-16")}
        ),
        "damaged",
    ),
    "strings with a document type": refused(
        lambda: xlsx(Sheet([HEAD]), parts={"xl/sharedStrings.xml": DOCTYPE}), "damaged"
    ),
    "macros": refused(lambda: xlsx(Sheet([HEAD]), parts={"xl/vbaProject.bin": b"x"}), "macros"),
    # --- what Excel converts
    "class became a date": converted("class", datetime.date(2026, 1, 6), "became_date"),
    "class became a date, shown as text": converted("class", "6-Jan", "became_date"),
    "class became a date, as its serial": converted("class", 46028, "became_date"),
    "class became a time": converted("class", styled(0.25, TIME), "became_date"),
    "class became a duration": converted("class", styled(1.5, DURATION), "became_date"),
    "class became a percentage": converted("class", styled(6.1, PERCENT), "became_percent"),
    "class became a boolean": converted("class", True, "became_boolean"),
    "class became a decimal number": converted("class", 6.1, "class_number"),
    "grade became a date": converted("grade", datetime.date(2026, 6, 1), "became_date"),
    "status became a date": converted("status", datetime.date(2026, 6, 1), "became_date"),
    "status became a boolean": converted("status", False, "became_boolean"),
    "name became a date": converted("name", datetime.date(2026, 6, 1), "became_date"),
    "identifier rounded": converted("code", 1230000000, "digits_lost"),
    "identifier rounded, as text": converted("code", "1.23E+09", "digits_lost"),
    "identifier became a date": converted("code", datetime.date(2026, 6, 1), "became_date"),
    "birth date became a time": converted("born", styled(0.5, TIME), "not_a_date"),
    "birth date with two digits of a year": converted("born", "5/9/15", "two_digit_year"),
    "birth date as a year": converted("born", 2015, "incomplete"),
    "birth dates however they are written": taken(
        lambda: listed(
            of(SUNG, born="5-9-2015"),
            of(MAI, born="ngày 13 tháng 2 năm 2015"),
            of(INH, born=datetime.date(2015, 3, 1)),
        )
    ),
    "dates from 1904": refused(
        lambda: xlsx(Sheet([HEAD, *THREE]), properties='<workbookPr date1904="1"/>'), "epoch_1904"
    ),
    "numbers stored as text": taken(lambda: listed(*(of(row, grade="6 ") for row in THREE))),
    # --- old fonts
    "TCVN3": converted("name", "Lß ThÞ Mai", "old_font"),
    "TCVN3 without a stray sign": converted("name", "Mïa A Tïng", "old_font"),
    "TCVN3 with a soft hyphen": converted("name", "Tr\xad¬ng V¨n H\xadng", "old_font"),
    "VNI": converted("name", "Loø Thò Mai", "old_font"),
    "VNI with one mark only": converted("name", "Lyù Thu", "old_font"),
    "old font in a row that has Unicode too": converted("name", "NguyÔn Thị An", "old_font"),
    "UTF-8 misread": converted("name", "Nguyá»…n VÄƒn An", "old_font"),
    "UTF-8 misread with a hard space": converted("name", "HÃ\xa0 Thu", "old_font"),
    "Windows-1258 misread": converted("name", "Nguyêòn Hoa", "old_font"),
    "class in an old font": converted("class", "MÇm 1", "old_font"),
    "decomposed letters": taken(
        lambda: listed(of(SUNG, name="Vu\u031b\u0300 A Su\u0300ng"), MAI, INH)
    ),
    # --- people who are called like totals
    "Tòng, Tống and Cộng without a birth date": refused(
        lambda: listed(
            of(born=""),
            of(MAI, name="Tống Văn Hải", born=""),
            of(INH, name="Cộng Văn Hải", born=""),
        ),
        "C2 blank",
        "C3 blank",
        "C4 blank",
    ),
    "Tổng by one name": person(of(name="Tổng", born="", number=""), "C5 blank"),
    "Sĩ Số": person(of(name="Sĩ Số", born=""), "C5 blank"),
    "Lập with a class only": person(
        ["", "Lập", "", "", "", "", "6A", "", ""], "C5 blank", "D5 blank", "E5 blank"
    ),
    "a name and nothing else": person(
        ["", "Giàng A Chư", *[""] * 7], "C5 blank", "D5 blank", "E5 blank", "G5 blank"
    ),
    "a number and a name after an empty row": refused(
        lambda: listed(*THREE, BLANK, [4, "Giàng A Chư", *[""] * 7]),
        *("C6 blank", "D6 blank", "E6 blank", "G6 blank"),
    ),
    # --- text below
    "total": below(["Tổng cộng: 3 học sinh, nữ 1"]),
    "total with figures": below(["Cộng", "", "3", "1", "3", "", "", "", ""]),
    "signatures": below(
        BLANK,
        ["Sĩ số: 3"],
        ["", "Trong đó: dân tộc thiểu số: 3"],
        ["", "", "", "", "", "", "Pa Tần, ngày 05 tháng 9 năm 2026"],
        ["", "Người lập biểu", "", "", "", "", "Hiệu trưởng"],
        ["", "(Ký, ghi rõ họ tên)", "", "", "", "", "(Ký tên, đóng dấu)"],
        BLANK,
        ["", "Lù Văn Sơn", "", "", "", "", "Đỗ Thị Lan"],
    ),
    "signatures without an empty row": below(
        ["", "Người lập biểu", "", "", "", "", "Hiệu trưởng"],
        ["", "Lù Văn Sơn", "", "", "", "", "Đỗ Thị Lan"],
    ),
    "date in the column of birth dates": below(["", "", "Lai Châu, ngày 5 tháng 9 năm 2026"]),
    "headings on each printed page": taken(lambda: listed(SUNG, MAI, HEAD, INH), left_out=[4]),
    "class copied down": below(["", "", "", "", "", "", "6A"], ["", "", "", "", "", "", "6A"]),
    "second table in another order": refused(
        lambda: listed(SUNG, ["Họ và tên", "STT", *HEAD[2:]], MAI), "other_table"
    ),
    # --- names of sheets
    "sheet name of 50 characters": refused(
        lambda: listed(of(born="2015"), name="Danh sách học sinh trường PTDTBT THCS Pa Tần 2026"),
        "C2 incomplete",
    ),
    "sheet name with signs": refused(
        lambda: listed(of(born="2015"), name="'Lớp 6/1: [6A] *?'"), "C2 incomplete"
    ),
    "two sheets of one name up to case": refused(
        lambda: xlsx(Sheet([HEAD, of(born="2015")], name="6a"), Sheet([HEAD, MAI], name="6A")),
        "C2 incomplete",
    ),
    "two long names of sheets that begin alike": refused(
        lambda: xlsx(
            Sheet([HEAD, of(born="2015")], name="Danh sách học sinh khối sáu lớp 6A"),
            Sheet([HEAD, of(MAI, born="2015")], name="Danh sách học sinh khối sáu lớp 6B"),
        ),
        *("C2 incomplete", "C2 incomplete"),
    ),
    "two sheets of one name": refused(
        lambda: xlsx(Sheet([HEAD, SUNG], name="6A"), Sheet([HEAD, MAI], name="6A")),
        "same_sheet_name",
    ),
    "very hidden sheet": taken(
        lambda: xlsx(
            Sheet([HEAD, *THREE]), Sheet([HEAD, of(name="Ẩn")], name="x", state="veryHidden")
        ),
        other_sheets=["x"],
    ),
    "empty sheet first": taken(lambda: xlsx(Sheet([], name="Trống"), Sheet([HEAD, *THREE]))),
    # --- hidden
    "rows hidden by a filter": taken(
        lambda: listed(*THREE, hidden=(3,)), hidden=[[3, "Tòng Thị Mai"]]
    ),
    "column hidden": taken(
        lambda: listed(*THREE, columns='<cols><col min="6" max="6" hidden="1"/></cols>'),
        hidden_columns=["Trạng thái"],
    ),
    # --- ages
    "child of one year in a first grade": taken(
        lambda: listed(of(born="15/12/2024", **{"class": "1+2 Háng Lìa", "grade": "1"})),
        ["Vừ A Sùng"],
        young=[[2, "Vừ A Sùng", 1]],
    ),
    "child of one year in the sixth grade": converted("born", "15/12/2024", "age"),
    "grandfather": converted("born", "15/12/1964", "age"),
    # --- shapes
    "class merged over its pupils": taken(
        lambda: listed(SUNG, of(MAI, **{"class": ""}), of(INH, **{"class": ""}), merged=("G2:G4",))
    ),
    "status merged over two pupils": refused(
        lambda: listed(of(status="Nghỉ ốm"), of(MAI, status=""), INH, merged=("F2:F3",)),
        "F2 status",
        "F3 status",
    ),
    "false dimension": taken(lambda: listed(*THREE, before='<dimension ref="A1:XFD1048576"/>')),
    "rich text and pronunciation": taken(
        lambda: xlsx(
            Sheet([HEAD, of(name=Cell("<v>0</v>", 't="s"')), MAI, INH]),
            strings=[
                "<r><t xml:space='preserve'>Vừ A </t></r><r><t>Sùng</t></r>"
                "<rPh sb='0' eb='1'><t>x</t></rPh>"
            ],
        )
    ),
    "shared strings missing": refused(
        lambda: listed(of(name=Cell("<v>0</v>", 't="s"'))), "damaged"
    ),
}


def outcome_of_pupils(world, content):
    """(names read, refused places, what the preview tells)."""
    try:
        batch = pupils.receive(world, content)
    except ValidationError as error:
        return [], [error.__cause__.code], {}
    imports.check_batch(batch.pk)
    batch = ImportBatch.objects.get(pk=batch.pk)
    preview = batch.preview
    if batch.problem_code:
        return [], [batch.problem_code], {}
    places = [f"{each['letter']}{each['row']} {each['code']}" for each in preview["refused"]]
    said = {
        "left_out": [row for _sheet, row, _text in preview["left_out"]],
        "hidden": [[row, name] for _sheet, row, name in preview["hidden"]],
        "hidden_columns": [heading for _sheet, heading in preview["hidden_columns"]],
        "unused": preview["unused_columns"],
        "young": [each[1:] for each in preview["youngest"]],
        "other_sheets": preview["other_sheets"],
    }
    return [] if places else [name for *_place, name, _class in preview["new"]], places, said


def is_of_cells(case):
    """Whether the refusals of a case name cells, so that there is a marked copy."""
    return any(" " in place for place in case.refused)


@pytest.mark.parametrize("kind", PUPIL_CASES)
def test_a_pupil_list_is_read_truly(world, kind):
    case = PUPIL_CASES[kind]
    names, places, said = outcome_of_pupils(world, case.build())
    assert (names, places) == (case.names, case.refused)
    assert {key: said[key] for key in case.said} == case.said


# --- the month

DAYS = list(range(1, 13))
CHUA, HUONG, DO, MAY, TA, PA = PUPILS_6A


def month_rows(day=0, marks=None, head=("STT", "Họ và tên"), more_head=(), more=()):
    """Rows of October: on one day x for all but `marks`; `more` cells at the end of each row."""
    rows = [[*head, *DAYS, *more_head]]
    for number, name in enumerate(PUPILS_6A, 1):
        cells = [""] * 12
        cells[day] = (marks or {}).get(name, "x")
        rows.append([number, name, *cells, *more])
    return rows


def month_of(rows, **options):
    return xlsx(Sheet(rows, **options))


def marked(value, code):
    return refused(lambda: month_of(month_rows(marks={HUONG: value})), f"C3 {code}")


def split(rows, *, head=("Họ và tên", "")):
    found = [[rows[0][0], *head, *rows[0][2:]]]
    return found + [[row[0], *row[1].rsplit(" ", 1), *row[2:]] for row in rows[1:]]


def named(index, name):
    rows = month_rows()
    rows[index][1] = name
    return rows


def month_below(*texts):
    return taken(
        lambda: month_of([*month_rows(marks={CHUA: "P"}), *texts]),
        [[1, {CHUA: "P"}]],
        left_out=[8 + index for index, row in enumerate(texts) if any(row)],
    )


ONE = [[1, {}]]
MONTH_CASES = {
    "name over two columns, second heading empty": refused(
        lambda: month_of(split(month_rows())), "column_without_heading"
    ),
    "name over two columns, heading merged": taken(
        lambda: month_of(split(month_rows()), merged=("B1:C1",)), ONE
    ),
    "name in two columns of their own": taken(
        lambda: month_of(split(month_rows(), head=("Họ đệm", "Tên"))), ONE
    ),
    "marks beside the days": refused(
        lambda: month_of(month_rows(more=["P"])), "column_without_heading"
    ),
    "sums beside the days": taken(
        lambda: month_of(month_rows(more=[0, 3])), ONE, unused=["O", "P"]
    ),
    "sums without their results": taken(
        lambda: month_of(month_rows(more_head=["Tổng"], more=[formula()])), ONE, unused=["Tổng"]
    ),
    "day by a formula without result": refused(
        lambda: month_of([["STT", "Họ và tên", formula(), *DAYS[1:]], *month_rows()[1:]]),
        "heading_failed",
    ),
    "mark formula with an empty value": marked(formula(), "formula_without_value"),
    "mark formula without value": marked(formula(value_tag=False), "formula_without_value"),
    "shared mark formula": marked(Cell('<f t="shared" si="1"/>'), "formula_without_value"),
    "mark formula that is truly empty": marked(formula(kind="str"), "blank"),
    "mark formula with its result": taken(
        lambda: month_of(month_rows(marks={HUONG: formula("K", "str")})), [[1, {HUONG: "K"}]]
    ),
    "failed mark formula": marked(formula("#REF!", "e"), "formula_failed"),
    "mark became a date": marked(datetime.date(2026, 1, 6), "became_date"),
    "mark became a boolean": marked(True, "became_boolean"),
    "mark became a percentage": marked(styled(1, PERCENT), "became_percent"),
    "mark became a time": marked(styled(0.5, TIME), "became_date"),
    "name in TCVN3": refused(lambda: month_of(named(2, "Lß ThÞ H\xad¬ng")), "B3 old_font"),
    "name in VNI": refused(lambda: month_of(named(2, "Loø Thò Höông")), "B3 old_font"),
    "name by a formula without value": refused(
        lambda: month_of(named(2, formula())), "B3 formula_without_value"
    ),
    "data of Power Query": taken(
        lambda: xlsx(Sheet(month_rows()), parts={"customXml/item1.xml": UTF16}), ONE
    ),
    "picture with a document type": taken(
        lambda: xlsx(Sheet(month_rows()), parts={"xl/media/a.svg": DOCTYPE}), ONE
    ),
    "links to other files": taken(
        lambda: xlsx(Sheet(month_rows()), parts={"xl/externalLinks/externalLink1.xml": "<a/>"}),
        ONE,
    ),
    "signatures": month_below(
        ["", "Tổng số vắng", 1, *[0] * 11],
        BLANK,
        ["", "", "", "", "", "Lai Châu, ngày 31 tháng 10 năm 2026"],
        ["", "Người lập biểu", "", "", "", "", "Hiệu trưởng"],
        ["", "Lù Văn Sơn", "", "", "", "", "Đỗ Thị Lan"],
    ),
    "signature without a name's column": month_below(["", "", "", "", "", "", "Hiệu trưởng"]),
    "a stranger with marks": refused(
        lambda: month_of([*month_rows(), ["", "Tổng Văn Lập", "P"]]), "B8 unknown_pupil"
    ),
    "a stranger with a number": refused(
        lambda: month_of([*month_rows(), [7, "Tổng Văn Lập", "?"]]), "B8 unknown_pupil"
    ),
    "headings printed again": taken(
        lambda: month_of([*month_rows()[:4], month_rows()[0], *month_rows()[4:]]), ONE, left_out=[5]
    ),
    "sheet name of 50 characters": refused(
        lambda: month_of(month_rows(marks={HUONG: "Q"}), name="Sổ điểm danh / theo dõi " * 3),
        "C3 unknown_mark",
    ),
    "sheet called as our own list": refused(
        lambda: month_of(month_rows(marks={HUONG: "Q"}), name="CẦN SỬA"), "C3 unknown_mark"
    ),
    "sheet whose name Excel keeps": refused(
        lambda: month_of(month_rows(marks={HUONG: "Q"}), name="History"), "C3 unknown_mark"
    ),
    "rows hidden by hand": taken(
        lambda: month_of(month_rows(), hidden=(3,)), ONE, hidden=[[3, HUONG]]
    ),
    "column hidden": taken(
        lambda: month_of(month_rows(), columns='<cols><col min="3" max="4" hidden="1"/></cols>'),
        ONE,
        hidden_columns=["1", "2"],
    ),
    "no school merged over days and pupils": taken(
        lambda: month_of(
            [
                [*row[:2], "N rét" if n == 1 else "", *row[3:]] if n else row
                for n, row in enumerate(month_rows(day=11))
            ],
            merged=("C2:D7",),
        ),
        [[1, "N"], [2, "N"], [12, {}]],
    ),
    "dates from 1904": refused(
        lambda: xlsx(Sheet(month_rows()), properties='<workbookPr date1904="1"/>'), "epoch_1904"
    ),
    "false dimension": taken(lambda: month_of(month_rows(), before='<dimension ref="A1"/>'), ONE),
    "macros": refused(
        lambda: xlsx(Sheet(month_rows()), parts={"xl/vbaProject.bin": b"x"}), "macros"
    ),
}


def outcome_of_month(world, content):
    """(registers by day with their marks, refused places, what the preview tells)."""
    try:
        batch = month.receive(world, content)
    except ValidationError as error:
        return [], [error.__cause__.code], {}
    names = {pk: name for name, pk in month.pupil_ids(world).items()}
    found = batch.content
    places = [f"{each['cell']} {each['code']}" for each in found.get("refused", ())]
    registers = []
    for entry in entries_of(batch):
        marks = {names[pk]: mark for pk, (mark, _why) in entry.marks.items()}
        registers.append([entry.date.day, "N" if entry.not_held_reason else marks])
    said = {
        "left_out": [row for row, _text in found["aside"]],
        "hidden": [list(each) for each in found["hidden"]],
        "hidden_columns": found["hidden_columns"],
        "unused": found["unused_columns"],
    }
    return registers, places, said


@pytest.mark.parametrize("kind", MONTH_CASES)
def test_a_month_is_read_truly(world, kind):
    case = MONTH_CASES[kind]
    registers, places, said = outcome_of_month(world, case.build())
    assert (registers, places) == (case.names, case.refused)
    assert {key: said[key] for key in case.said} == case.said


def codes(places):
    return sorted(place.split(" ")[-1] for place in places)


@pytest.mark.parametrize("kind", [kind for kind, case in PUPIL_CASES.items() if is_of_cells(case)])
def test_the_marked_copy_of_a_list_is_refused_for_the_same_reasons(world, kind):
    case = PUPIL_CASES[kind]
    batch = pupils.check(world, case.build())
    with default_storage.open(batch.marked_name) as copy:
        _names, places, _said = outcome_of_pupils(world, copy.read())
    assert codes(places) == codes(case.refused)


@pytest.mark.parametrize("kind", [kind for kind, case in MONTH_CASES.items() if is_of_cells(case)])
def test_the_marked_copy_of_a_month_is_refused_for_the_same_reasons(world, kind):
    case = MONTH_CASES[kind]
    batch = month.receive(world, case.build())
    with default_storage.open(batch.marked_name) as copy:
        _registers, places, _said = outcome_of_month(world, copy.read())
    assert codes(places) == codes(case.refused)
