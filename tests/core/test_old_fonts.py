"""Old fonts are recognised, and no name of any people is taken for one."""

import pytest

from core.old_fonts import _TCVN3, old_font_of

# Invented: Kinh, Mông, Thái, Dao, Hà Nhì, La Hủ, Si La, Mảng, Lự, Giáy.
VIETNAMESE = """Nguyễn Văn Hùng|Vừ A Sùng|Sùng A Páo|Giàng Seo Vảng|Mùa A Dê|Thào A Pó|Lò Thị Hặc
Tòng Văn Ún|Quàng Văn Ơn|Lường Thị Ín|Khoàng Thị Mé|Cà Thị Xôm|Phàn Lở Mẩy|Tẩn Sìn Quáng|Chẻo Lở Mẩy
Lý Mùa Dín|Phùng Cố|Pờ Xá Xơ|Pờ Gò Ché|Chu Gì Xè|Lỳ Hừ|Khù Tô|Vàng Thị Pà|Ly Mỷ|Lìm Văn Đồng
Hù Cố|Tao Văn Ỉnh|Vì Văn Ín|Hoàng Xuân Quỳnh|Trương Thuý Kiều|Trương Thúy Kiều|Đỗ Hoà|Đỗ Hòa
Điêu Thị Phượng|Đèo Văn Uông|Mào Văn Thước|Lò Văn Khuyên|Bùi Quí Quý|Ngô Nguyệt|Hoàng Khuê Huệ
Đặng Ngọc Duyên|Nghiêm Thị Huyền|Phạm Quang Tuấn|Lê Hữu Khoát|Trịnh Thoại|Dương Loan|Võ Ý Nhi"""
OTHERS = """H' Ñí Niê|H'Đê̆|Y Krŏng Ayŭn|Ksor H'Bŏ|Siu Hĭm|Rơ Châm H'Ƀlik|Ksor Čik|Y Ñun
Müller|François Noël|Zoë Kravitz|Søren Kierkegård|Loïc Martin|Anaïs Dubois|Michaël Roux|Peña
João Conceição|Groß Anna|Björn Åkerström|Łukasz Żak|Dvořák|Šárka|İpek Gül|Ágnes Őry|Raúl Núñez
Chloé|Françoise|Åsa|Ægir|Þór Jónsson"""


def names(text):
    return [name for line in text.splitlines() for name in line.split("|")]


@pytest.mark.parametrize("name", [*names(VIETNAMESE), *names(OTHERS)])
def test_a_name_in_unicode_is_no_old_font(name):
    assert old_font_of(name) is None
    assert old_font_of(name.upper()) is None


def in_tcvn3(name):
    back = {letter: code for code, letter in _TCVN3.items()}
    return "".join(back.get(letter, letter) for letter in name)


def misread(name, encoding):
    return name.encode("utf-8").decode(encoding, "replace")


# Names whose every word is a Vietnamese one in the old font too can be told by nobody.
DOUBTFUL_IN_TCVN3 = {"Lỳ Hừ", "Võ Ý Nhi"}


@pytest.mark.parametrize("name", sorted({*names(VIETNAMESE)} - DOUBTFUL_IN_TCVN3))
def test_a_name_in_tcvn3_is_recognised_and_read(name):
    written = in_tcvn3(name)
    assert written != name
    assert old_font_of(written) is not None


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("name", names(VIETNAMESE))
def test_a_name_in_utf8_that_was_misread_is_recognised(name, encoding):
    assert old_font_of(misread(name, encoding)) is not None


@pytest.mark.parametrize(
    ("written", "font", "reading"),
    [
        ("Vöø A Suøng", "VNI Windows", "Vừ A Sùng"),
        ("Nguyeãn Vaên Huøng", "VNI Windows", "Nguyễn Văn Hùng"),
        ("Leâ Sôn", "VNI Windows", "Lê Sơn"),
        ("Ñoã Duõng", "VNI Windows", "Đỗ Dũng"),
        ("VÖØ A SUØNG", "VNI Windows", "VỪ A SÙNG"),
        ("Taån Taû Maåy", "VNI Windows", "Tẩn Tả Mẩy"),
        ("Võ A Sïng", "TCVN3 (ABC)", "Vừ A Sùng"),
        ("Tr\xad¬ng V¨n H\xadng", "TCVN3 (ABC)", "Trương Văn Hưng"),
        ("§ç Dòng", "TCVN3 (ABC)", "Đỗ Dũng"),
        ("NguyêÞn Vãn Hùng", "Windows-1258", "Nguyễn Văn Hùng"),
        ("HÃ\xa0 Ná»™i", "UTF-8", "Hà Nội"),
    ],
)
def test_an_old_font_is_named_with_what_it_says(written, font, reading):
    found = old_font_of(written)
    assert (found.name, found.reading) == (font, reading)
