"""The columns of the workbook and how a sheet's header is recognised.

Source of the columns: the pupil list that the ministry's school database (CSDL ngành)
exports. A header is matched whatever its case, accents, spaces and punctuation; a note in
brackets is no part of it. Columns that the product has no use for are known but not kept:
personal data that nobody needs is not collected.
"""

import re
from dataclasses import dataclass

from ..vietnamese import fold

HEADER_WITHIN_ROWS = 30
HEADER_HEIGHT = 3


@dataclass(frozen=True)
class Column:
    """One column: `header` as the ministry writes it, other spellings, what we do with it."""

    key: str
    header: str
    others: tuple = ()
    required: bool = False
    kept: bool = True
    width: int = 14


COLUMNS = (
    Column("number", "STT", ("TT", "Số TT", "Số thứ tự"), kept=False, width=6),
    Column(
        "ministry_id",
        "Mã định danh Bộ GD&ĐT",
        ("Mã định danh", "Mã định danh Bộ", "Mã định danh BGD", "Mã định danh học sinh"),
        width=16,
    ),
    Column(
        "full_name",
        "Họ tên",
        ("Họ và tên", "Họ tên học sinh", "Họ và tên học sinh", "Tên học sinh"),
        required=True,
        width=26,
    ),
    Column("birth_date", "Ngày sinh", ("Ngày tháng năm sinh",), required=True, width=12),
    Column("sex", "Giới tính", ("Giới", "Nam nữ"), required=True, width=10),
    Column("ethnic_group", "Dân tộc", required=True, width=12),
    Column("status", "Trạng thái", ("Trạng thái học sinh", "Tình trạng"), width=18),
    Column(
        "phone",
        "SĐT liên hệ",
        ("Số điện thoại liên hệ", "Số điện thoại", "SĐT", "Điện thoại", "Điện thoại liên hệ"),
    ),
    Column("birth_place", "Nơi sinh chi tiết", ("Nơi sinh",), kept=False),
    Column(
        "village",
        "Tổ/thôn hộ khẩu thường trú",
        ("Tổ thôn xóm hộ khẩu thường trú", "Thôn bản", "Tổ thôn"),
        width=24,
    ),
    Column("native_province", "Tỉnh thành quê quán", kept=False),
    Column("native_commune", "Phường Xã quê quán", kept=False),
    Column("residence", "Chỗ ở hiện nay", ("Chỗ ở hiện tại", "Địa chỉ hiện nay"), width=24),
    Column("old_card", "Số CMND", ("CMND",), kept=False),
    Column("card_date", "Ngày cấp", kept=False),
    Column("card_place", "Nơi cấp", kept=False),
    Column("father", "Tên cha", ("Họ tên cha", "Họ và tên cha"), width=22),
    Column("father_job", "Nghề nghiệp cha", kept=False),
    Column("father_year", "Năm sinh cha", kept=False),
    Column("mother", "Tên mẹ", ("Họ tên mẹ", "Họ và tên mẹ"), width=22),
    Column("mother_job", "Nghề nghiệp mẹ", kept=False),
    Column("mother_year", "Năm sinh mẹ", kept=False),
    Column("class_name", "Lớp học", ("Lớp", "Tên lớp"), required=True, width=12),
    Column("grade", "Khối học", ("Khối", "Khối lớp"), width=10),
    Column(
        "citizen_id",
        "Số định danh cá nhân",
        ("Số ĐDCN", "Mã định danh cá nhân", "Số định danh", "Số CCCD", "CCCD"),
        width=16,
    ),
)

# Headers of the columns that the marked-up copy adds: known, so that the mended copy can be
# uploaded as it is.
TO_MEND, CHANGES = "Cần sửa", "Thay đổi"

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


def header_key(text):
    """Letters and digits of a header, folded, without notes in brackets."""
    text = re.sub(r"\([^)]*\)", " ", str(text))
    return re.sub(r"[^a-z0-9]", "", fold(text))


_KEYS = {
    header_key(spelling): column.key
    for column in COLUMNS
    for spelling in (column.header, *column.others)
}
_OURS = {header_key(TO_MEND), header_key(CHANGES)}


def letter(index):
    """Letter of a column by its index from 0: 0 -> A, 26 -> AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True)
class Header:
    """The header found on a sheet.

    Attributes:
        row: index of its first row, from 0.
        height: how many rows it takes.
        places: dict column key -> index of the sheet's column, from 0.
        texts: dict column key -> the header as written in the file.
        twice: list of (text, letter, letter) for columns named twice.
        unused: headers that are not kept, as written, in the order of the sheet.
        labels: the header of every column of the sheet as written, "" for none.
    """

    row: int
    height: int
    places: dict
    texts: dict
    twice: list
    unused: list
    labels: list

    @property
    def missing(self):
        """Headers of the required columns that the sheet lacks."""
        return [BY_KEY[key].header for key in REQUIRED if key not in self.places]

    def is_repeated_by(self, row):
        """Whether a row below repeats the header, as a printed list does on every page."""
        same = sum(
            index < len(row) and _KEYS.get(header_key(row[index])) == key
            for key, index in self.places.items()
        )
        return same >= max(3, len(self.places) - 2)


def find_header(rows):
    """The header among the first rows of a sheet, or None when it has none.

    A header may take up to three rows (merged cells): the texts of one column are tried one
    by one and joined. The rows that name most columns win, the fewest rows of them.
    """
    best = None
    for start in range(min(len(rows), HEADER_WITHIN_ROWS)):
        for height in range(1, HEADER_HEIGHT + 1):
            header = _read_header(rows, start, height)
            if best is None or len(header.places) > len(best.places):
                best = header
    if best is None or sum(key in best.places for key in REQUIRED) < 2:
        return None
    return best


def _read_header(rows, start, height):
    block = rows[start : start + height]
    places, texts, twice, unused, labels = {}, {}, [], [], []
    for index in range(max((len(row) for row in block), default=0)):
        parts = [" ".join(str(row[index]).split()) for row in block if index < len(row)]
        parts = [part for part in parts if part]
        labels.append(" ".join(parts))
        if not parts:
            continue
        spellings = [*parts, " ".join(parts)]
        text = labels[-1]
        key = next((_KEYS[k] for k in map(header_key, spellings) if k in _KEYS), None)
        if header_key(text) in _OURS:
            continue
        if key is None or not BY_KEY[key].kept:
            if key != "number":
                unused.append(text)
        elif key in places:
            twice.append((text, letter(places[key]), letter(index)))
        else:
            places[key], texts[key] = index, text
    return Header(start, height, places, texts, twice, unused, labels)
