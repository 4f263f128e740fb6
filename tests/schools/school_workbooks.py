"""Workbooks of schools for tests."""

import io

from schools.school_import.services.lists import receive_list
from schools.school_import.workbook import COLUMNS
from tests.schools.pupil_workbooks import excel

HEADERS = ["Mã trường", "Tên trường", "Cấp học", "Mã xã", "Loại trường", "Điểm trường lẻ"]
assert {*HEADERS} < {column.header for column in COLUMNS}


def school_workbook(rows, headers=HEADERS):
    """Bytes of a workbook of schools; `rows` are lists of cells in the order of `headers`."""
    return excel({"Trường": [headers, *rows]})


def receive_schools(world, rows, headers=HEADERS):
    """The `SchoolList` of rows that the province uploaded."""
    return receive_list(
        file=io.BytesIO(school_workbook(rows, headers)),
        name="truong.xlsx",
        starts_on=world.since,
        by=world.province_officer,
    )
