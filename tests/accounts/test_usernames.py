"""User names made from Vietnamese names, and words of first passwords."""

import random
import re

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts import first_passwords, usernames
from accounts.models import User
from accounts.usernames import free_name

FAMILIES = [
    *("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Lò", "Vàng", "Giàng", "Sùng", "Mùa", "Thào", "Lý"),
    *("Tẩn", "Phàn", "Chẻo", "Lù", "Quàng", "Tòng", "Cà", "Đèo"),
]
MIDDLE = ["Thị", "Văn", "A", "Thanh", "Thị Thu", "Văn Đức", "Lở", "Tả", "Xuân", "Thị Ngọc", ""]
GIVEN = [
    *("Hoa", "Hương", "Lan", "Mai", "Đào", "Páo", "Sùng", "Dơ", "Chua", "Mẩy", "Pà", "Inh"),
    *("Thuỷ", "Ánh", "Yến", "Uyên", "Ưng", "Ích", "Ọc", "Ý", "Dung", "Dũng", "Đức", "Hà", "Hải"),
    *("Hiền", "Huệ", "Khánh", "Lâm", "Linh", "Loan", "Minh", "Nga", "Nhung", "Oanh", "Phượng"),
    *("Quý", "Sơn", "Tâm", "Thảo", "Trang", "Tú"),
]


def invented_names(count):
    draw = random.Random(7)
    return [
        f"{draw.choice(FAMILIES)} {draw.choice(MIDDLE)} {draw.choice(GIVEN)}"
        for _each in range(count)
    ]


@pytest.mark.parametrize(
    ("full_name", "expected"),
    [
        ("Nguyễn Thị Hoa", "hoant"),
        ("  NGUYỄN   THỊ  HOA ", "hoant"),
        ("Đỗ Đức Đạt", "datdd"),
        ("Giàng A Páo", "paoga"),
        ("H'Mai Niê", "nieh"),
        ("Lò Văn Ý", "ylv"),
        # Two letters are too few: the whole name.
        ("Ly A", "lya"),
        ("Páo", "pao"),
        ("Trần Nguyễn Hoàng Thị Thanh Thuỷ Ngọc", "ngoctnhtt"),
        # No Latin letter at all.
        ("山田", "taikhoan"),
        ("", "taikhoan"),
    ],
)
def test_user_name_is_the_given_name_and_initials(full_name, expected):
    assert free_name(full_name, set()) == expected


def test_taken_name_gets_a_number_without_zero_and_one():
    taken = set()
    for _each in range(20):
        taken.add(free_name("Nguyễn Thị Hoa", taken))
    assert {"hoant", "hoant2", "hoant9", "hoant22", "hoant23"} <= taken
    assert not any(re.search("[01]", name) for name in taken)


def test_what_is_avoided_is_no_user_name_of_anybody():
    avoided = usernames._avoided()
    assert {"cut", "admin", "sex"} <= avoided
    # "cut" and "gay" would be the first forms of these.
    assert free_name("Uông Tuấn C", set()) == "utc"
    assert free_name("Ánh Yên G", set()) == "ayg"
    # All of the name is a bad word: no form of it is taken.
    assert free_name("Admin", set()) == "taikhoana"


def test_five_thousand_names_give_five_thousand_user_names():
    taken = set()
    for full_name in invented_names(5000):
        taken.add(free_name(full_name, taken))
    assert len(taken) == 5000
    assert all(re.fullmatch("[a-z]{3,24}[2-9]{0,5}", name) for name in taken)
    assert not taken & usernames._avoided()


def test_first_password_is_four_words_and_a_code_eight_digits():
    assert len(first_passwords.words()) >= 256
    assert len(first_passwords.first_password().split()) == 4
    assert re.fullmatch(r"\d{4} \d{4}", first_passwords.code())
    made = {first_passwords.first_password() for _each in range(200)}
    assert len(made) == 200


def test_words_stay_as_they_are_on_a_vietnamese_keyboard():
    for word in first_passwords.words():
        assert re.fullmatch("[a-z]{3,7}", word), word
        # Telex: a doubled letter, or a tone letter behind the vowel, would change the word.
        assert all(word.count(letter) < 2 for letter in "aeod"), word
        assert not re.search("[aeiouy].*[sfrxjwz]", word), word
        assert word not in usernames._avoided()


def test_marks_capitals_and_spaces_of_a_temporary_password_do_not_count():
    typed = ["suoi xanh mua ngo", "Suối Xanh Mùa Ngô", " suoi-xanh-mua-ngo ", "SUOIXANHMUANGO"]
    assert {first_passwords.canonical(each) for each in typed} == {"suoixanhmuango"}


def test_own_password_is_compared_as_it_was_typed():
    user = User(username="a", password=make_password("suoixanhmuango"))
    assert not user.check_password("Suoi xanh mua ngo")
    user.temporary_until = timezone.now()
    assert user.check_password("Suoi xanh mua ngo")
    assert user.temporary_until is not None
