"""The columns of the staff list, and what their headings are called elsewhere.

Source: the list of staff that the ministry's school database (CSDL ngành) exports. Columns that
the product has no use for are not read.
"""

from dataclasses import dataclass

from core.documents.marked_copies import OWN_COLUMNS
from core.workbooks import Column, header_key


@dataclass(frozen=True)
class StaffColumn(Column):
    """A column of the staff list, and its width in the empty workbook."""

    width: int = 14


COLUMNS = (
    StaffColumn(
        "staff_code",
        "Mã cán bộ",
        (
            "Mã CB",
            "Mã giáo viên",
            "Mã GV",
            "Mã CBGVNV",
            "Mã nhân sự",
            "Mã nhân viên",
            "Mã định danh",
            "Mã định danh Bộ GD&ĐT",
            "Mã định danh giáo viên",
        ),
        width=16,
    ),
    StaffColumn(
        "full_name",
        "Họ và tên",
        ("Họ tên", "Họ và tên giáo viên", "Họ tên giáo viên", "Họ tên cán bộ", "Tên giáo viên"),
        required=True,
        width=26,
    ),
    StaffColumn("birth_date", "Ngày sinh", ("Ngày tháng năm sinh",), required=True, width=12),
    StaffColumn("sex", "Giới tính", ("Giới", "Nam nữ"), width=10),
    StaffColumn(
        "phone", "Số điện thoại", ("SĐT", "Điện thoại", "Điện thoại di động", "ĐTDĐ"), width=14
    ),
    StaffColumn("email", "Thư điện tử", ("Email", "E-mail", "Hộp thư", "Địa chỉ email"), width=24),
    StaffColumn(
        "school_code", "Mã trường", ("Mã đơn vị", "Mã trường học", "Mã cơ sở giáo dục"), width=14
    ),
    StaffColumn(
        "post",
        "Chức vụ",
        ("Vị trí việc làm", "Nhóm chức vụ", "Chức danh", "Loại cán bộ"),
        width=16,
    ),
    StaffColumn(
        "homeroom",
        "Lớp chủ nhiệm",
        ("Chủ nhiệm", "Chủ nhiệm lớp", "Lớp CN", "GVCN lớp"),
        width=14,
    ),
)
UNMENTIONED = OWN_COLUMNS | set(map(header_key, ("STT", "TT", "Số TT")))

BY_KEY = {column.key: column for column in COLUMNS}
KEYS = tuple(BY_KEY)


def header_of(key: str) -> str:
    """How a column is called before a reader; "" for the whole row."""
    return BY_KEY[key].header if key in BY_KEY else ""
