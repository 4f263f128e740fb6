"""Month workbooks as schools make them: what each of them would write, or what it is told."""

import datetime
import io
import re
import time
import unicodedata
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage

from attendance.models import Closure, MonthBatch, Register
from attendance.month_workbook.headings import WEEKDAYS
from schools.models import Enrolment, Pupil
from tests.attendance.month_workbooks import (
    download,
    excel,
    grid,
    pupil_ids,
    receive,
    registers,
    rows_of,
    save,
    send,
)
from tests.world import PUPILS_6A, enrol, make_class

pytestmark = pytest.mark.django_db

CHUA, HUONG, DO, *_OTHERS, PA = PUPILS_6A
K_ON_5 = {(5, "am"): {CHUA: "K"}}
SHEET = "xl/worksheets/sheet1.xml"


def one(**more):
    """One plain sheet; on the fifth Chua is away, everybody else has an x."""
    return excel(("Sheet1", grid(**{"marks": {(CHUA, 4): "K"}} | more)))


def told_days(days, **more):
    """The plain sheet under other headings of the twelve days."""
    return one(days=days, **more)


def two_sessions(headings, marks):
    """Heading rows, and the class with two sessions: the fifth is taken, marks by name."""
    names = ["Cháng Thị Dở", "Giàng Thị Mai", "Hảng A Của", "Quàng Văn Inh"]
    rows = [
        [number, name, *marks.get(name, ["", "", "x", "x"])] for number, name in enumerate(names, 1)
    ]
    return [*headings, *rows]


def date(day):
    return datetime.date(2026, 10, day)


def rows_with(change):
    """The plain rows, changed in place."""
    rows = grid(marks={(CHUA, 4): "K"})
    change(rows)
    return excel(("Sheet1", rows))


def shuffled(rows):
    for row in rows:
        row[:] = [*row[2:], row[1], row[0]]


# What is read as it is meant: workbook -> what is on record once it is saved.
READ = {
    "a plain list": lambda: one(),
    "days with a zero": lambda: told_days([f"{n:02}" for n in range(1, 13)]),
    "days of month": lambda: told_days([f"{n}/10" for n in range(1, 13)]),
    "days with zeros of month": lambda: told_days([f"{n:02}/10" for n in range(1, 13)]),
    "whole dates": lambda: told_days([f"{n:02}/10/2026" for n in range(1, 13)]),
    "dates of Excel": lambda: told_days([date(n) for n in range(1, 13)]),
    "dates as serial numbers": lambda: told_days([46295 + n for n in range(1, 13)]),
    "weekday and day": lambda: told_days(
        [f"{WEEKDAYS[date(n).weekday()]} {n}/10" for n in range(1, 13)]
    ),
    "days in words": lambda: told_days([f"Ngày {n} tháng 10" for n in range(1, 13)]),
    "day and session": lambda: told_days([f"{n}S" for n in range(1, 13)]),
    "session in words": lambda: told_days([f"Sáng {n}/10" for n in range(1, 13)]),
    "titles and blank rows above": lambda: one(
        titles=["PHÒNG GD&ĐT", "", "SỔ ĐIỂM DANH LỚP 6A - THÁNG 10 NĂM 2026", ""]
    ),
    "signed on another day": lambda: one(
        titles=["Trường 19 tháng 8", "Lai Châu, ngày 3 tháng 11 năm 2026"]
    ),
    "weekdays below the days": lambda: rows_with(
        lambda rows: rows.insert(1, ["", "", *["T5", "T6", "T7", "CN", "T2", "T3", "T4"] * 2][:14])
    ),
    "numbers of the columns below": lambda: rows_with(
        lambda rows: rows.insert(1, list(range(1, 15)))
    ),
    "columns in another order": lambda: rows_with(shuffled),
    "a blank column between": lambda: rows_with(lambda rows: [row.insert(4, "") for row in rows]),
    "sums and notes beside": lambda: rows_with(
        lambda rows: [
            row.extend(more)
            for row, more in zip(
                rows, [["Tổng P", "Tổng K", "Ghi chú"], *[[0, 1, "hay ốm"]] * 6], strict=True
            )
        ]
    ),
    "sums and signatures below": lambda: rows_with(
        lambda rows: rows.extend(
            [["", "Tổng số vắng", *[0] * 12], [], ["", "Giáo viên chủ nhiệm"], ["", "Nguyễn Hoa"]]
        )
    ),
    "headings printed again": lambda: rows_with(lambda rows: rows.insert(4, list(rows[0]))),
    "pupils in another order": lambda: one(names=PUPILS_6A[::-1]),
    "names without accents": lambda: rows_with(lambda rows: rows[2].__setitem__(1, "lo thi huong")),
    "names in decomposed Unicode": lambda: one(
        names=[unicodedata.normalize("NFD", name) for name in PUPILS_6A],
        marks={(unicodedata.normalize("NFD", CHUA), 4): "K"},
    ),
    "names in capitals and many spaces": lambda: one(
        names=[name.upper().replace(" ", "   ") for name in PUPILS_6A],
        marks={(CHUA.upper().replace(" ", "   "), 4): "K"},
    ),
    "names in two columns": lambda: excel(
        (
            "Sheet1",
            [
                ["Họ và tên đệm", "Tên", *range(1, 13)],
                *(
                    [name.rsplit(" ", 1)[0], name.rsplit(" ", 1)[1], *row[2:]]
                    for name, row in zip(PUPILS_6A, grid(marks={(CHUA, 4): "K"})[1:], strict=True)
                ),
            ],
        )
    ),
    "small letters": lambda: one(marks={(CHUA, 4): "k"}),
    "full-width letters": lambda: one(marks={(CHUA, 4): "Ｋ", (HUONG, 4): "ｘ"}),
    "words": lambda: one(marks={(CHUA, 4): "Không phép", (HUONG, 4): "có", (DO, 4): "có mặt"}),
    "words in decomposed Unicode": lambda: one(
        marks={(CHUA, 4): unicodedata.normalize("NFD", "không phép")}
    ),
    "ticks and plus signs": lambda: one(marks={(CHUA, 4): "K", (HUONG, 4): "+", (DO, 4): "✓"}),
    "only v as tick": lambda: one(
        marks={(name, 4): "v" for name in PUPILS_6A if name != CHUA} | {(CHUA, 4): "K"}
    ),
    "spaces around and a full stop": lambda: one(marks={(CHUA, 4): " K. "}),
    "columns struck through": lambda: one(
        marks={(CHUA, 4): "K"} | {(name, 6): "-" for name in PUPILS_6A}
    ),
    "days that the month does not have, empty": lambda: told_days([*range(1, 13), 31, 32]),
    "another sheet beside": lambda: excel(
        ("Bìa", [["Sổ điểm danh"]]), ("T10", grid(marks={(CHUA, 4): "K"}))
    ),
    "a sheet for each month": lambda: excel(
        ("T9", grid(marks={(DO, 1): "P"})), ("T10", grid(marks={(CHUA, 4): "K"}))
    ),
    "a sheet for each class": lambda: excel(
        ("1+2 Háng Lìa", grid(marks={(DO, 1): "P"})), ("6A", grid(marks={(CHUA, 4): "K"}))
    ),
    "a hidden sheet": lambda: changed(
        excel(("Cũ", grid(marks={(DO, 1): "P"})), ("Sheet2", grid(marks={(CHUA, 4): "K"}))),
        "xl/workbook.xml",
        lambda data: data.replace(b'sheetId="1" ', b'sheetId="1" state="hidden" '),
    ),
    "the result of a formula": lambda: changed(
        one(), SHEET, lambda data: in_cell(data, "G2", "<f>B1</f><v>K</v>", kind="str")
    ),
}


def changed(content, part, change, add=None):
    """A workbook with one part changed by a function of its bytes, or with parts added."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for each in old.infolist():
            data = old.read(each)
            new.writestr(each.filename, change(data) if each.filename == part else data)
        for name, data in (add or {}).items():
            new.writestr(name, data)
    return result.getvalue()


def in_cell(data, cell, inside, kind):
    pattern = re.compile(rf'<c r="{cell}"[^>]*>.*?</c>'.encode())
    assert pattern.search(data)
    return pattern.sub(f'<c r="{cell}" t="{kind}">{inside}</c>'.encode(), data)


@pytest.mark.parametrize("kind", READ)
def test_a_workbook_is_read_as_it_is_meant(world, kind):
    batch = receive(world, READ[kind]())
    assert batch.content.get("refused") is None
    assert save(batch)
    assert registers(world) == {(5, "am"): ("taken", "", {CHUA: "K"})}


MERGED = [
    ["SỔ ĐIỂM DANH THÁNG 10"],
    ["STT", "Họ và tên", "Ngày trong tháng"],
    ["", "", "1/10", "", "5/10", ""],
    ["", "", "S", "C", "S", "C"],
]


@pytest.mark.parametrize(
    ("headings", "merged"),
    [
        (MERGED, ("A2:A4", "B2:B4", "C2:F2", "C3:D3", "E3:F3")),
        # The day written over the first of its two columns only.
        (MERGED, ("A2:A4", "B2:B4")),
        ([["TT", "Họ tên", "1S", "1C", "5S", "5C"]], ()),
        ([["TT", "Họ tên", "Sáng 1/10", "Chiều 1/10", "Sáng 5/10", "Chiều 5/10"]], ()),
        ([["TT", "Họ tên", date(1), "", date(5), ""], ["", "", "S", "C", "Sáng", "Chiều"]], ()),
    ],
)
def test_two_sessions_below_a_day(world, headings, merged):
    rows = two_sessions(headings, {"Hảng A Của": ["", "", "P", "M"]})
    batch = receive(
        world, excel(("Sheet1", rows), merged=merged), school_class=world.class_a12, by=world.head_a
    )
    assert save(batch)
    assert registers(world, world.class_a12) == {
        (5, "am"): ("taken", "", {"Hảng A Của": "P"}),
        (5, "pm"): ("taken", "", {"Hảng A Của": "M"}),
    }


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({(None, 4): "N rét"}, "cold"),
        ({(None, 4): "Nghỉ: mưa lũ"}, "flood"),
        ({(name, 4): "N" for name in PUPILS_6A[1:]} | {(CHUA, 4): "n giáo viên vắng"}, "teacher"),
        ({(name, 4): "N lễ" for name in PUPILS_6A}, "holiday"),
    ],
)
def test_a_column_may_say_that_there_was_no_school(world, cells, reason):
    assert save(receive(world, one(marks=cells)))
    assert registers(world) == {(5, "am"): ("not_held", reason, {})}


# What is refused in the sheet: workbook -> the places, as (cell, code).
G = "G"  # the column of the fifth
REFUSED = {
    "a letter of no book": (lambda: one(marks={(CHUA, 4): "Q"}), [("G2", "unknown_mark")]),
    "a number": (lambda: one(marks={(CHUA, 4): 1}), [("G2", "unknown_mark")]),
    "two letters in a cell": (lambda: one(marks={(CHUA, 4): "P, K"}), [("G2", "unknown_mark")]),
    "a letter and its cause": (lambda: one(marks={(CHUA, 4): "P ốm"}), [("G2", "unknown_mark")]),
    "text of a formula": (lambda: one(marks={(CHUA, 4): "'=1+1"}), [("G2", "unknown_mark")]),
    "a failed formula": (
        lambda: changed(
            one(), SHEET, lambda data: in_cell(data, "G2", "<f>A1/0</f><v>#DIV/0!</v>", kind="e")
        ),
        [("G2", "formula_failed")],
    ),
    "a formula without its result": (
        lambda: changed(one(), SHEET, lambda data: in_cell(data, "G2", "<f>B1</f>", kind="str")),
        [("G2", "formula_without_value")],
    ),
    "empty cells on a taken day": (
        lambda: one(marks={(CHUA, 4): "K", (HUONG, 4): "", (PA, 4): " "}),
        [("G3", "blank"), ("G7", "blank")],
    ),
    "a dash on a taken day": (lambda: one(marks={(CHUA, 4): "-"}), [("G2", "unknown_mark")]),
    "v beside x": (lambda: one(marks={(CHUA, 4): "v"}), [("G2", "doubtful_tick")]),
    "no school, why not told": (lambda: one(marks={(None, 4): "N"}), [("G1", "reason_needed")]),
    "no school for a reason nobody knows": (
        lambda: one(marks={(None, 4): "N ngủ quên"}),
        [("G2", "unknown_reason")],
    ),
    "no school, and marks": (lambda: one(marks={(CHUA, 4): "N rét"}), [("G1", "mixed_not_held")]),
    "no school for two reasons": (
        lambda: one(marks={(name, 4): "N rét" for name in PUPILS_6A} | {(PA, 4): "N lũ"}),
        [("G1", "two_reasons")],
    ),
    "a day that has not come": (
        lambda: told_days([*range(1, 12), 13], marks={(CHUA, 11): "K"}),
        [("N1", "future")],
    ),
    "a day the month does not have": (
        lambda: one(days=[5, 31, 32], marks={(CHUA, 2): "K"}),
        [("E1", "unknown_day")],
    ),
    "a day of another month": (
        lambda: told_days(["4/10", "5/11"], marks={(CHUA, 1): "K"}),
        [("D1", "other_month")],
    ),
    "day and month changed round": (
        lambda: told_days(["4/10", "10/4"], marks={(CHUA, 1): "K"}),
        [("D1", "other_month")],
    ),
    "another weekday": (
        lambda: told_days(["CN 4/10", "T3 5/10"], marks={(CHUA, 1): "K"}),
        [("D1", "weekday_differs")],
    ),
    "one day twice": (
        lambda: told_days([4, "5/10", "5S"], marks={(CHUA, 1): "K", (CHUA, 2): "K"}),
        [("E1", "day_twice")],
    ),
    "marks below a heading that is no day": (
        lambda: told_days([4, 5, "hôm qua"], marks={(CHUA, 2): "K"}),
        [("E1", "unknown_day")],
    ),
    "a session the class does not have": (
        lambda: told_days(["4C", "5C"], marks={(CHUA, 1): "K"}),
        [("D1", "no_school")],
    ),
    "a name that is not in the class": (
        lambda: one(names=[*PUPILS_6A, "Thào A Lử"]),
        [("B8", "unknown_pupil")],
    ),
    "a pupil left out": (lambda: one(names=PUPILS_6A[:-1]), [("", "missing_pupil")]),
    "a pupil twice": (
        lambda: one(names=[*PUPILS_6A, PA]),
        [("B7", "pupil_twice"), ("B8", "pupil_twice")],
    ),
    "marks without a name": (lambda: one(names=[*PUPILS_6A, ""]), [("B8", "no_name")]),
}


def places(batch):
    return [(each["cell"], each["code"]) for each in batch.content["refused"]]


@pytest.mark.parametrize("kind", REFUSED)
def test_a_sheet_is_refused_with_its_places(world, kind):
    build, expected = REFUSED[kind]
    batch = receive(world, build())
    assert places(batch) == expected
    assert batch.state == "refused"
    assert "entries" not in batch.content
    assert not save(batch)
    assert not Register.objects.exists()


OTHER_CLASS = ["Lớp 1+2 Háng Lìa · tháng 10/2026"]
# What is refused on the form: workbook -> code.
UNREADABLE = {
    "a web page named .xlsx": (lambda: b"<html><table><tr><td>K", "web_page"),
    "a text file": (lambda: "Họ tên;1;2\n".encode(), "text_file"),
    "old .xls": (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "old_xls"),
    "cut short": (lambda: one()[:-200], "damaged"),
    "macros": (
        lambda: changed(one(), "", None, add={"xl/vbaProject.bin": b"x"}),
        "macros",
    ),
    "a bomb": (
        lambda: changed(one(), "", None, add={"xl/a.xml": b"<a/>" * (10 * 1024 * 256)}),
        "too_big",
    ),
    "more than five megabytes": (lambda: b"PK\x03\x04" + b"x" * 5 * 1024 * 1024, "too_large"),
    "a value in a far corner": (
        lambda: excel(("S", [["x"], *[[]] * 20_000, [*[""] * 900, "x"]])),
        "far_cell",
    ),
    "a value far to the right": (lambda: excel(("S", [*grid(), [*[""] * 300, "x"]])), "far_cell"),
    "entities": (
        lambda: changed(
            one(),
            SHEET,
            lambda data: (
                b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///x">]>' + data
            ),
        ),
        "damaged",
    ),
    "an empty workbook": (lambda: excel(("Sheet1", [])), "no_table"),
    "no headings": (lambda: excel(("Sheet1", [["xin chào"]])), "no_table"),
    "a pupil list": (lambda: excel(("Sheet1", [["STT", "Họ và tên"], [1, CHUA]])), "no_days"),
    "days only": (lambda: excel(("Sheet1", [["Lớp", *range(1, 13)], ["6A"]])), "no_names"),
    "another month in the title": (lambda: one(titles=["Tháng 9/2026"]), "wrong_month"),
    "another year in the title": (lambda: one(titles=["Tháng 10 năm 2025"]), "wrong_month"),
    "the sheet of another month": (
        lambda: excel(("T9", grid(marks={(CHUA, 4): "K"}))),
        "wrong_month",
    ),
    "dates of another month": (
        lambda: told_days([datetime.date(2026, 9, n) for n in range(1, 13)]),
        "wrong_month",
    ),
    "another class in the title": (lambda: one(titles=OTHER_CLASS), "wrong_class"),
    "two sheets alike": (
        lambda: excel(("A", grid(marks={(CHUA, 4): "K"})), ("B", grid(marks={(DO, 4): "K"}))),
        "several_sheets",
    ),
    "nobody of the class": (
        lambda: one(names=["Người Lạ"], marks={}),
        "no_pupils",
    ),
    "too many rows": (lambda: one(names=[*PUPILS_6A, *["Người Lạ"] * 300]), "too_many_rows"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_cannot_be_meant_is_refused_at_once(world, kind):
    build, code = UNREADABLE[kind]
    kept = stored()
    with pytest.raises(ValidationError) as refused:
        receive(world, build())
    assert list(refused.value.message_dict) == ["file"]
    assert refused.value.__cause__.code == code
    # One that is no workbook is refused by the form, another by the job that reads it.
    assert not MonthBatch.objects.exclude(state="refused").exists()
    assert stored() == kept


def test_long_texts_in_every_cell_are_read_in_little_time(world):
    """Somebody waits for the answer; accents make a text slow to compare."""
    row = ["ế" * 800 + str(column) for column in range(250)]
    content = excel(("Sheet1", [row] * 30))
    started = time.process_time()
    with pytest.raises(ValidationError):
        receive(world, content)
    assert time.process_time() - started < 10


def stored():
    """Names of the marked-up copies."""
    return sorted(default_storage.listdir("months")[1]) if default_storage.exists("months") else []


def test_the_refusal_of_a_file_says_what_and_how(world):
    with pytest.raises(ValidationError) as refused:
        receive(world, one(titles=["Tháng 9/2026"]))
    assert refused.value.message_dict["file"] == [
        "Trang “Sheet1” là của tháng 09/2026, nhưng thầy cô đang nhập tháng 10/2026. "
        "Chọn tệp khác, hoặc mở trang của tháng kia trước."
    ]


@pytest.mark.parametrize("name", ["so.xlsm", "so.xls", "so.csv", "so"])
def test_a_file_of_another_name_is_refused(world, name):
    with pytest.raises(ValidationError) as refused:
        receive(world, one(), name=name)
    assert list(refused.value.message_dict) == ["file"]


def test_a_closed_day_and_a_day_past_its_window_are_refused(world):
    ids = pupil_ids(world)
    send(world, 1, {ids[CHUA]: ("K", "")}, by=world.head_a)
    Closure.objects.create(
        school=world.school_a, reason="cold", valid_from=date(5), valid_to=date(6)
    )
    marks = {(CHUA, 0): "P", (CHUA, 4): "K"}
    assert places(receive(world, one(marks=marks))) == [("C1", "window"), ("G1", "no_school")]
    # The head corrects longer than the teacher.
    assert places(receive(world, one(marks=marks), by=world.head_a, head=True)) == [
        ("G1", "no_school")
    ]


def test_marks_outside_the_spells_are_refused_and_their_cells_may_stay_empty(world):
    ids = pupil_ids(world)
    Enrolment.objects.filter(pupil=ids[PA]).update(valid_to=date(5), exit_reason="out")
    marks = {(PA, 3): "K", (PA, 4): "K"}
    (refused,) = receive(world, one(marks=marks)).content["refused"]
    assert (refused["cell"], refused["code"]) == ("G7", "not_on_roll")
    assert refused["params"] == {"name": PA}
    for blank in ("", "-", "N"):
        marks = {(PA, 3): "K", (PA, 4): blank, (CHUA, 4): "P"}
        if blank == "N":
            marks |= {(name, 4): "N rét" for name in PUPILS_6A[:-1]}
        batch = receive(world, one(marks=marks))
        assert batch.content.get("refused") is None
        assert len(batch.content["entries"][0]["roll"]) == 6


def test_namesakes_are_never_guessed(world):
    twin = Pupil.objects.create(
        full_name=CHUA, sex="M", birth_date=datetime.date(2015, 1, 2), ethnic_group="08"
    )
    enrol(twin, world.class_a, world.since)
    rows = grid(names=[CHUA, *PUPILS_6A], marks={(HUONG, 4): "K"})
    batch = receive(world, excel(("Sheet1", rows)))
    assert places(batch) == [("B2", "namesakes"), ("B3", "namesakes")]
    assert batch.content["refused"][0]["params"] == {"count": "2", "rows": "2, 3"}
    # By their codes they are told apart.
    rows = download(world)
    for row in rows[8:]:
        row[7] = "K" if row[1] == f"CC-{twin.pk}" else "x"
    assert save(receive(world, excel(("Sheet1", rows))))
    (absence,) = Register.objects.get().absences.all()
    assert absence.pupil == twin


def test_names_that_differ_in_tones_are_told_apart_by_them_only(world):
    other = Pupil.objects.create(
        full_name="Lò Thị Hường", sex="F", birth_date=datetime.date(2015, 1, 2), ethnic_group="08"
    )
    enrol(other, world.class_a, world.since)
    names = [*PUPILS_6A, "Lò Thị Hường"]
    assert save(receive(world, one(names=names, marks={("Lò Thị Hường", 4): "K"})))
    assert registers(world)[5, "am"][2] == {"Lò Thị Hường": "K"}
    plain = ["Lo Thi Huong" if name == HUONG else name for name in names]
    batch = receive(world, one(names=plain, marks={(CHUA, 3): "K"}))
    assert ("B3", "namesakes") in places(batch)


def test_pupils_are_known_by_their_numbers(world):
    pupil = Pupil.objects.get(full_name=CHUA)
    pupil.ministry_id, pupil.citizen_id = "0123456789", "012345678901"
    pupil.save()
    for code in ("0123456789", 123456789, "012345678901", f"cc-{pupil.pk}"):
        rows = grid(marks={(CHUA, 4): "K"})
        for row in rows:
            row.insert(1, "")
        rows[0][1], rows[1][1], rows[1][2] = "Mã định danh", code, ""
        batch = receive(world, excel(("Sheet1", rows)))
        assert batch.content.get("refused") is None
        (entry,) = batch.content["entries"]
        assert entry["marks"] == {str(pupil.pk): ["K", ""]}


def test_a_code_and_a_name_that_disagree_are_refused(world):
    rows = download(world)
    # Only the names were sorted.
    rows[8][2], rows[9][2] = rows[9][2], rows[8][2]
    for row in rows[8:]:
        row[7] = "x"
    batch = receive(world, excel(("Sheet1", rows)))
    assert places(batch) == [("C9", "other_name"), ("C10", "other_name")]


def test_codes_of_another_list_are_passed_over(world):
    rows = grid(marks={(CHUA, 4): "K"})
    for number, row in enumerate(rows):
        row.insert(1, f"HS{number:02}" if number else "Mã HS")
    assert save(receive(world, excel(("Sheet1", rows))))
    assert registers(world) == {(5, "am"): ("taken", "", {CHUA: "K"})}


def test_a_heading_without_session_is_enough_where_one_session_is_due(world):
    rows = [["Họ tên", 5], *([name, "x"] for name in pupil_ids(world, world.class_a12))]
    content = excel(("Sheet1", rows))
    batch = receive(world, content, school_class=world.class_a12, by=world.head_a)
    assert places(batch) == [("B1", "session_needed")]
    Closure.objects.create(
        school=world.school_a, session="pm", reason="event", valid_from=date(5), valid_to=date(6)
    )
    batch = receive(world, content, school_class=world.class_a12, by=world.head_a)
    assert [entry["session"] for entry in batch.content["entries"]] == ["am"]


def test_the_first_fifty_are_kept_and_all_are_in_the_marked_copy(world):
    school_class = make_class(
        world.school_a, world.year, "7A", "THCS", "7", [f"Lý A {chr(65 + n)}" for n in range(12)]
    )
    names = list(pupil_ids(world, school_class))
    rows = [["Họ tên", *range(3, 9)], *([name, *[""] * 6] for name in names)]
    rows[1][1:] = ["K", "K", "K", "K", "K", "=1+1"]
    batch = receive(
        world, excel(("Sheet1", rows)), school_class=school_class, by=world.head_a, head=True
    )
    assert batch.content["refusals"] == 6 * 11 + 1
    assert len(batch.content["refused"]) == 50
    copy = marked(batch)
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert b"<f>" not in archive.read(SHEET)
        assert archive.read("xl/worksheets/sheet2.xml").count(b"<row ") == 6 * 11 + 2
    # Mended, the copy itself can be uploaded.
    rows = rows_of(copy)
    assert rows[1][1:] == ["K", "K", "K", "K", "K", "=1+1"]
    for row in rows[1:]:
        row[1:] = [*(value or "x" for value in row[1:6]), ""]
    batch = receive(
        world, excel(("Sheet1", rows)), school_class=school_class, by=world.head_a, head=True
    )
    assert batch.state == "ready"


def marked(batch):
    """Bytes of the marked-up copy."""
    with default_storage.open(f"months/{batch.pk}-marked.xlsx") as file:
        return file.read()


def test_the_marked_copy_keeps_titles_and_merged_headings(world):
    rows = two_sessions(MERGED, {"Hảng A Của": ["", "", "?", "x"]})
    content = excel(("Sheet1", rows), merged=("A1:F1", "A2:A4", "B2:B4", "C2:F2", "C3:D3", "E3:F3"))
    batch = receive(world, content, school_class=world.class_a12, by=world.head_a)
    copy = marked(batch)
    again = receive(world, copy, school_class=world.class_a12, by=world.head_a)
    assert places(again) == places(batch)
    assert rows_of(copy)[0][:2] == ["SỔ ĐIỂM DANH THÁNG 10", ""]
