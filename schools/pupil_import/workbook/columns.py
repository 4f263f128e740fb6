"""The columns of the ministry's workbook, and what their headings are called elsewhere.

Source: the pupil list that the ministry's school database (CSDL ngành) exports. Columns that
the product has no use for are known but not kept: personal data that nobody needs is not
collected.
"""

from dataclasses import dataclass

from core.documents.marked_copies import OWN_COLUMNS
from core.workbooks import Column, header_key


@dataclass(frozen=True)
class PupilColumn(Column):
    """A column of the pupil list: whether we keep it, its width in the empty workbook, and
    whether it is our own: then it stands in no list but one that we wrote."""

    kept: bool = True
    width: int = 14
    own: bool = False


COLUMNS = (
    PupilColumn("number", "STT", ("TT", "Số TT", "Số thứ tự"), kept=False, width=6),
    # Of a list of many schools; in that of one school it need not stand.
    PupilColumn(
        "school_code", "Mã trường", ("Mã đơn vị", "Mã trường học", "Mã cơ sở giáo dục"), width=14
    ),
    PupilColumn(
        "ministry_id",
        "Mã định danh Bộ GD&ĐT",
        ("Mã định danh", "Mã định danh Bộ", "Mã định danh BGD", "Mã định danh học sinh"),
        width=16,
    ),
    PupilColumn(
        "full_name",
        "Họ tên",
        ("Họ và tên", "Họ tên học sinh", "Họ và tên học sinh", "Tên học sinh"),
        required=True,
        width=26,
    ),
    PupilColumn("birth_date", "Ngày sinh", ("Ngày tháng năm sinh",), required=True, width=12),
    PupilColumn("sex", "Giới tính", ("Giới", "Nam nữ"), required=True, width=10),
    PupilColumn("ethnic_group", "Dân tộc", required=True, width=12),
    PupilColumn("status", "Trạng thái", ("Trạng thái học sinh", "Tình trạng"), width=18),
    PupilColumn(
        "phone",
        "SĐT liên hệ",
        ("Số điện thoại liên hệ", "Số điện thoại", "SĐT", "Điện thoại", "Điện thoại liên hệ"),
    ),
    PupilColumn("birth_place", "Nơi sinh chi tiết", ("Nơi sinh",), kept=False),
    PupilColumn(
        "village",
        "Tổ/thôn hộ khẩu thường trú",
        ("Tổ thôn xóm hộ khẩu thường trú", "Thôn bản", "Tổ thôn"),
        width=24,
    ),
    PupilColumn("native_province", "Tỉnh thành quê quán", kept=False),
    PupilColumn("native_commune", "Phường Xã quê quán", kept=False),
    PupilColumn("residence", "Chỗ ở hiện nay", ("Chỗ ở hiện tại", "Địa chỉ hiện nay"), width=24),
    PupilColumn("old_card", "Số CMND", ("CMND",), kept=False),
    PupilColumn("card_date", "Ngày cấp", kept=False),
    PupilColumn("card_place", "Nơi cấp", kept=False),
    PupilColumn("father", "Tên cha", ("Họ tên cha", "Họ và tên cha"), width=22),
    PupilColumn("father_job", "Nghề nghiệp cha", kept=False),
    PupilColumn("father_year", "Năm sinh cha", kept=False),
    PupilColumn("mother", "Tên mẹ", ("Họ tên mẹ", "Họ và tên mẹ"), width=22),
    PupilColumn("mother_job", "Nghề nghiệp mẹ", kept=False),
    PupilColumn("mother_year", "Năm sinh mẹ", kept=False),
    PupilColumn("class_name", "Lớp học", ("Lớp", "Tên lớp"), required=True, width=12),
    PupilColumn("grade", "Khối học", ("Khối", "Khối lớp"), width=10),
    PupilColumn(
        "citizen_id",
        "Số định danh cá nhân",
        ("Số ĐDCN", "Mã định danh cá nhân", "Số định danh", "Số CCCD", "CCCD"),
        width=16,
    ),
    # Of one name we do not know whether it is the father's or the mother's.
    PupilColumn("guardian", "Cha mẹ hoặc người giám hộ", width=26, own=True),
    # Tells two children of one name and birth date apart who have no number.
    PupilColumn("record", "Mã hồ sơ trên hệ thống", ("Mã hồ sơ",), width=14, own=True),
)

# Two columns that many lists have in place of one.
NAME_PARTS = (
    Column("family", "Họ đệm", ("Họ", "Họ và đệm", "Họ và tên đệm", "Họ lót", "Họ và chữ đệm")),
    Column("given", "Tên", ("Tên gọi",)),
)

BY_KEY = {column.key: column for column in COLUMNS}
REQUIRED = tuple(column.key for column in COLUMNS if column.required)
KEPT = tuple(column.key for column in COLUMNS if column.kept)
# A row with none of these is no pupil: a prefilled number, a total, a signature line.
TELLS_A_PUPIL = (
    "ministry_id",
    "citizen_id",
    "full_name",
    "birth_date",
    "sex",
    "ethnic_group",
    "class_name",
)
# What we ourselves write beside the pupils is not worth a word.
UNMENTIONED = OWN_COLUMNS | {header_key(COLUMNS[0].header)}
