"""Invented names that sound right for each ethnic group. Nobody real is meant."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Naming:
    """Family names and, for girls and boys, middle and given names of one group."""

    family: tuple
    girl_middle: tuple
    girl_given: tuple
    boy_middle: tuple
    boy_given: tuple


NAMINGS = {
    "01": Naming(
        ("Nguyễn", "Trần", "Lê", "Phạm", "Đỗ", "Hoàng", "Bùi"),
        ("Thị", "Ngọc", "Thu", "Khánh"),
        ("An", "Chi", "Hà", "Linh", "Ngân", "Thảo", "Trang", "Vy"),
        ("Văn", "Đức", "Minh", "Quang"),
        ("Anh", "Bảo", "Dũng", "Hiếu", "Khôi", "Nam", "Phong", "Tuấn"),
    ),
    "03": Naming(
        ("Lò", "Quàng", "Lường", "Tòng", "Cà", "Vì", "Điêu", "Hoàng"),
        ("Thị",),
        ("Dung", "Hồng", "Hương", "Inh", "Lả", "Panh", "Thoan", "Thương", "Xuân"),
        ("Văn",),
        ("Chung", "Hặc", "Khánh", "Lả", "Muôn", "Ngoan", "Phong", "Thoan", "Ươn"),
    ),
    "08": Naming(
        ("Giàng", "Vàng", "Sùng", "Thào", "Hảng", "Ma", "Cháng", "Mùa", "Lý"),
        ("Thị",),
        ("Chứ", "Dế", "Dở", "Mai", "Mỷ", "Pà", "Sua", "Vá", "Xua"),
        ("A",),
        ("Chính", "Chua", "Của", "Dình", "Dơ", "Lử", "Páo", "Sáu", "Tủa"),
    ),
    "09": Naming(
        ("Tẩn", "Phàn", "Chẻo", "Lý", "Tần", "Vàng"),
        ("Tả", "Lở", "San"),
        ("Mẩy",),
        ("A", "Lao", "Phủ"),
        ("Cáo", "Lụ", "Nải", "Pao", "San", "Sử", "Tá"),
    ),
    "25": Naming(
        ("Vàng", "Lù", "Lục", "Nông", "Hoàng", "Vương"),
        ("Thị",),
        ("Hà", "Liên", "Nguyệt", "Pẩu", "Sen", "Thim"),
        ("Văn",),
        ("Chìn", "Lâm", "Pản", "Phà", "Sơn", "Thành"),
    ),
    "35": Naming(
        ("Lỳ", "Chu", "Vù", "Pờ", "Khoàng", "Sừng"),
        ("Gó", "Mì", "Xó"),
        ("De", "Mé", "Nu", "Pứ", "Xó"),
        ("Go", "Xá", "Hừ"),
        ("Cà", "Hừ", "Pó", "Sơ", "Xè"),
    ),
    "41": Naming(
        ("Giàng", "Ly", "Phùng", "Vàng", "Pờ"),
        ("Mò", "Lò", "Nhù"),
        ("Bơ", "De", "Mé", "Nu"),
        ("Lò", "Gạ", "Phí"),
        ("Chè", "Hừ", "Pa", "Xá"),
    ),
    "42": Naming(
        ("Lò", "Tao", "Vàng", "Khoàng"),
        ("Thị",),
        ("Ban", "Kẻo", "Pấng", "Un"),
        ("Văn",),
        ("Ban", "Chom", "Tiên", "Ủn"),
    ),
    "45": Naming(
        ("Lò", "Chìn", "Pàn", "Tào"),
        ("Me", "Thị"),
        ("Châu", "Lả", "Mươn", "Tươi"),
        ("A", "Văn"),
        ("Căm", "Hùng", "Phủng", "Sơn"),
    ),
}

# Invented shares by the former district, only to give each valley a face of its own.
MIXES = {
    "105": {"01": 5, "03": 1, "08": 2, "25": 3},
    "106": {"08": 4, "09": 2, "42": 2, "03": 1, "01": 1},
    "107": {"35": 4, "41": 3, "03": 2, "08": 1},
    "108": {"08": 5, "03": 3, "09": 3},
    "109": {"09": 5, "08": 3, "03": 2},
    "110": {"03": 8, "08": 2, "09": 1},
    "111": {"03": 6, "08": 3, "01": 1},
    "112": {"03": 4, "08": 3, "45": 2},
}


def draw_name(rng, ethnic_group, sex):
    """A full name: family, middle, given; `rng` is a random.Random."""
    naming = NAMINGS[ethnic_group]
    if sex == "F":
        middle, given = naming.girl_middle, naming.girl_given
    else:
        middle, given = naming.boy_middle, naming.boy_given
    return f"{rng.choice(naming.family)} {rng.choice(middle)} {rng.choice(given)}"


def draw_group(rng, district_code):
    """An ethnic group by the mix of a district."""
    mix = MIXES[district_code]
    return rng.choices(list(mix), weights=list(mix.values()))[0]
