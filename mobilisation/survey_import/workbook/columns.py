"""The columns of the survey, and what their headings are called elsewhere.

Source: the workbook of phiếu điều tra PCGD-XMC (sheet DATA, columns A to AY) of the ministry's
system. Religion, priority, certificates, vocational degrees, parents and remarks are not read:
no page needs them. The personal number is ours: it is the best way to find a child on a roll.
"""

from dataclasses import dataclass

from core.documents.marked_copies import OWN_COLUMNS
from core.workbooks import Column, header_key


@dataclass(frozen=True)
class SurveyColumn(Column):
    """A column of the survey, and its width in the empty workbook."""

    width: int = 10


# Every kind of disability is a column of its own, marked X.
DISABILITIES = (
    ("dis_motion", "KT vận động"),
    ("dis_hearing", "KT nghe nói"),
    ("dis_sight", "KT nhìn"),
    ("dis_nerves", "KT thần kinh"),
    ("dis_mind", "KT trí tuệ"),
    ("dis_learning", "KT học tập"),
    ("dis_autism", "KT tự kỷ"),
    ("dis_other", "KT khác"),
)
COLUMNS: tuple[SurveyColumn, ...] = (
    SurveyColumn(
        "village",
        "Thôn/xóm",
        ("Thôn", "Bản", "Thôn bản", "Thôn/bản", "Tổ/thôn/xóm(bản)", "Tổ/thôn/xóm", "Xóm"),
        required=True,
        width=18,
    ),
    SurveyColumn("last_name", "Họ đệm", ("Họ và đệm", "Họ và tên đệm"), required=True, width=18),
    SurveyColumn("given_name", "Tên", (), required=True, width=10),
    SurveyColumn("day", "Ngày", ("Ngày sinh",), width=7),
    SurveyColumn("month", "Tháng", ("Tháng sinh",), width=7),
    SurveyColumn("year", "Năm sinh", ("Năm",), required=True, width=9),
    SurveyColumn("female", "Nữ", ("Nữ (X)", "Giới tính nữ"), required=True, width=6),
    SurveyColumn("ethnic_group", "Dân tộc", (), required=True, width=12),
    SurveyColumn("citizen_id", "Số định danh cá nhân", ("Số ĐDCN", "CCCD", "Số CCCD"), width=16),
    SurveyColumn("head_last_name", "Họ đệm chủ hộ", (), width=18),
    SurveyColumn("head_given_name", "Tên chủ hộ", ("Chủ hộ", "Họ tên chủ hộ"), width=12),
    SurveyColumn("address", "Địa chỉ", (), width=20),
    SurveyColumn("phone", "Điện thoại", ("SĐT", "Số điện thoại"), width=14),
    SurveyColumn("form_number", "Số phiếu", ("Phiếu số", "Số phiếu điều tra"), required=True),
    SurveyColumn("residence", "Diện cư trú", (), width=12),
    SurveyColumn("presence", "Tình trạng cư trú", (), width=14),
    SurveyColumn("grade", "Khối học", ("Khối", "Đang học khối")),
    SurveyColumn("class_name", "Lớp học", ("Lớp", "Đang học lớp")),
    SurveyColumn("school_name", "Tên trường", ("Trường", "Trường đang học"), width=24),
    SurveyColumn("school_code", "Mã trường", (), width=14),
    SurveyColumn("finished_level", "Bậc tốt nghiệp", ("Bậc TN",)),
    SurveyColumn("finished_year", "Năm TN", ("Năm tốt nghiệp",)),
    SurveyColumn("completed_grade", "Học xong lớp", ("Học xong",)),
    SurveyColumn("completed_year", "Năm học xong", ()),
    SurveyColumn("dropped_grade", "Bỏ học lớp", ("Bỏ học",)),
    SurveyColumn("dropped_year", "Năm bỏ học", ()),
    SurveyColumn("literacy_class", "Đang học lớp XMC", ("Đang học XMC",)),
    SurveyColumn("literacy_done", "Hoàn thành lớp XMC", ("Hoàn thành XMC",)),
    SurveyColumn("illiterate_again", "Tái mù chữ mức", ("Tái mù chữ",)),
    *(SurveyColumn(key, header, (header.removeprefix("KT "),)) for key, header in DISABILITIES),
    SurveyColumn("can_learn", "Khả năng học tập", ("Có khả năng học tập",), width=14),
)
UNMENTIONED = OWN_COLUMNS | set(map(header_key, ("STT", "TT", "Số TT")))

BY_KEY = {column.key: column for column in COLUMNS}
KEYS = tuple(BY_KEY)


def header_of(key: str) -> str:
    """How a column is called before a reader; "" for the whole row."""
    return BY_KEY[key].header if key in BY_KEY else ""
