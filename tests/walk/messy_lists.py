"""The three lists of an invented province as offices really send them: untidy, and right.

What is untidy the product mends by itself: a title above the headings, other words in them, real
dates beside typed ones, numbers as numbers, decomposed letters, spaces, empty lines, a total and a
signature below. What nobody can guess is in no row (`test_wrong_files` has that).
"""

import datetime
import os
import unicodedata
from dataclasses import dataclass

from django.core.files.base import ContentFile

from core.workbooks import read_sheets
from lai_chau_edu.demo import workbooks
from tests.schools.pupil_workbooks import excel

# The size of issue 12; a landing walks the small one.
FULL = "TEST_WALK" in os.environ
SIZE = (
    {"schools": 40, "staff": 900, "pupils": 12_000}
    if FULL
    else {"schools": 4, "staff": 40, "pupils": 300}
)
TITLES = {
    "schools": ["", "SỞ GIÁO DỤC VÀ ĐÀO TẠO", "DANH SÁCH TRƯỜNG"],
    "staff": ["", "SỞ GIÁO DỤC VÀ ĐÀO TẠO", "DANH SÁCH CÁN BỘ, GIÁO VIÊN"],
    "pupils": ["", "SỞ GIÁO DỤC VÀ ĐÀO TẠO", "DANH SÁCH HỌC SINH"],
}
OTHER_WORDS = {
    "Họ và tên": "Họ tên giáo viên",
    "Họ tên": "Họ và tên học sinh",
    "Ngày sinh": "NGÀY THÁNG NĂM SINH",
    "Lớp học": "Lớp",
    "Mã xã": "Mã ĐVHC",
    "Số điện thoại": "SĐT",
}


@dataclass(frozen=True)
class Lists:
    """The three files as bytes."""

    schools: bytes
    staff: bytes
    pupils: bytes


def messy_lists(*, communes, year):
    """The `Lists` of a province of SIZE; `communes`: their codes, `year`: of its first day."""
    made = workbooks.build(communes=communes, year=year, **SIZE)
    return Lists(
        **{name: _untidy(name, getattr(made, name)) for name in ("schools", "staff", "pupils")}
    )


def _untidy(name, content):
    (sheet,) = read_sheets(ContentFile(content))
    headings, *rows = [list(row) for row in sheet.rows]
    # Two people of one name and birthday are asked about: here nobody has a double.
    _part_doubles(headings, rows)
    for number, row in enumerate(rows):
        _spoil(headings, row, number)
    rows[len(rows) // 2 : len(rows) // 2] = [[None] * len(headings)]
    shown = [OTHER_WORDS.get(heading, heading) for heading in headings]
    title = [[text] for text in TITLES[name]]
    below = [[], ["", f"Tổng cộng: {len(rows) - 1}"], ["", "Người lập biểu"]]
    return excel({"Danh sách": [*title, [], shown, *rows, *below], "Ghi chú": [["Ghi chú"]]})


def _part_doubles(headings, rows):
    if "Ngày sinh" not in headings:
        return
    name = next(n for n, text in enumerate(headings) if text in ("Họ tên", "Họ và tên"))
    born, seen = headings.index("Ngày sinh"), set()
    for row in rows:
        day = 1
        while (row[name], row[born]) in seen:
            row[born] = f"{day:02}{row[born][2:]}"
            day += 1
        seen.add((row[name], row[born]))


def _spoil(headings, row, number):
    for column, heading in enumerate(headings):
        text = row[column]
        if not text:
            continue
        way = number % 5
        if heading == "Ngày sinh" and way == 1:
            day, month, year = map(int, text.split("/"))
            row[column] = datetime.date(year, month, day)
        elif heading == "Ngày sinh" and way == 2:
            row[column] = text.replace("/", "-")
        elif heading in ("Mã trường", "Mã định danh Bộ GD&ĐT", "Mã xã") and way == 3:
            row[column] = int(text)
        elif heading in ("Họ tên", "Họ và tên", "Tên trường") and way == 1:
            row[column] = f"  {text.replace(' ', '  ')} "
        elif heading in ("Họ tên", "Họ và tên", "Dân tộc") and way == 4:
            row[column] = unicodedata.normalize("NFD", text)
        elif heading in ("Giới tính", "Chức vụ") and way == 2:
            row[column] = text.upper()
        elif heading == "Lớp chủ nhiệm" and way == 0:
            row[column] = f"Lớp {text}"
