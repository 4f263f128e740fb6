"""Which passwords are taken, and that both ways of typing Vietnamese give one."""

import unicodedata

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.passwords import one_form

OWNER = User(
    username="lothihuong78", full_name="Lò Thị Hương", phone="0912345678", email="huong.lt@sgd.vn"
)
SHORT, LONG = "password_too_short", "password_too_long"
REPEATS, OWN, COMMON = "password_repeats", "password_own_words", "password_too_common"

REFUSED = [
    ("", SHORT),
    ("123456", SHORT),
    ("matkhau", SHORT),
    ("mật khẩu 12", SHORT),
    ("a" * 129, LONG),
    ("aaaaaaaaaaaaaa", REPEATS),
    ("121212121212", REPEATS),
    ("abcabcabcabc", REPEATS),
    ("anhanhanhanhanh", REPEATS),
    ("!!!!!!!!!!!!!!", REPEATS),
    ("............1", REPEATS),
    ("hoa1 hoa1 hoa1 hoa1", REPEATS),
    ("123456789012", COMMON),
    ("1234567890abc", COMMON),
    ("987654321098", COMMON),
    ("qwertyuiop123", COMMON),
    ("asdfghjkl;zxcvbnm", COMMON),
    ("1qaz2wsx3edc4rfv", COMMON),
    ("1q2w3e4r5t6y7u", COMMON),
    ("poiuytrewq2026", COMMON),
    ("matkhau123456", COMMON),
    ("Matkhau@2026", COMMON),
    ("mật khẩu 2026!", COMMON),
    ("Mật_Khẩu_Mật_Khẩu", COMMON),
    ("m@tkh4u123456", COMMON),
    ("M4tKh@u!!2025", COMMON),
    ("password1234", COMMON),
    ("Passw0rd@2026", COMMON),
    ("p@ssw0rdp@ssw0rd", COMMON),
    ("administrator1", COMMON),
    ("Admin@123456789", COMMON),
    ("quantri@2026abc", COMMON),
    ("giaovien2026", COMMON),
    ("giáo viên 2025", COMMON),
    ("hocsinh123456", COMMON),
    ("Truong THCS 2026", COMMON),
    ("thptlaichau2026", COMMON),
    ("diemdanh@2026", COMMON),
    ("laichau123456", COMMON),
    ("Lai Châu 2026!!", COMMON),
    ("laichaulaichau1", COMMON),
    ("Sìn Hồ 20102026", COMMON),
    ("MuongTe@12345", COMMON),
    ("phongtho2026abc", COMMON),
    ("Than Uyên 1990", COMMON),
    ("ban-lang-xa-2026", COMMON),
    ("20111982 25122001", COMMON),
    ("vietnam123456789", COMMON),
    ("iloveyou123456", COMMON),
    ("anhyeuem2026!!", COMMON),
    ("em yêu anh 1314", COMMON),
    ("manchester2026", COMMON),
    ("01011990010119", REPEATS),
    ("20112026201120", REPEATS),
    ("2010200020102000", REPEATS),
    ("lothihuong2026", OWN),
    ("Lò Thị Hương 78", OWN),
    ("huong0912345678", OWN),
    ("huonglt.1234", OWN),
    ("lothihuong78abc", OWN),
    ("0912345678!?ab", OWN),
    ("HUONG_huong_12", OWN),
]
TAKEN = [
    "suong-som-tren-nui",
    "ruong-bac-thang-xanh",
    "suong-mu-tren-deo-cao",
    "con suối chảy về bản",
    "mèo đen leo cột nhà",
    "ăn cơm nếp với muối vừng",
    "Trâu già gặm cỏ non 7",
    "correct horse battery staple",
    "kX9#mQ2$vLp7w",
    "gió thổi qua mái tôn",
    "lớp tôi có hai mươi em",
    "x" * 20 + "yzlmnoqrst uvi pen",
    "Ngựa thồ ngô lên dốc",
    "🐃🐃 trâu đi cày ruộng",
    "a" * 5 + "bup mang moc thang tu",
]


@pytest.mark.parametrize(("password", "code"), REFUSED)
def test_guessable_passwords_are_refused(password, code):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, OWNER)
    assert [each.code for each in refused.value.error_list] == [code]


@pytest.mark.parametrize("password", TAKEN)
def test_phrases_are_taken(password):
    validate_password(password, OWNER)
    validate_password(unicodedata.normalize("NFD", password), OWNER)


def test_own_words_are_those_of_the_owner():
    phrase = "Ngựa thồ ngô lên dốc"
    validate_password(phrase, OWNER)
    validate_password(phrase, None)
    with pytest.raises(ValidationError):
        validate_password(phrase, User(username="nguatho", full_name="Ngô Lên Dốc"))


def test_messages_are_vietnamese_and_say_what_to_do():
    for password, _code in REFUSED:
        with pytest.raises(ValidationError) as refused:
            validate_password(password, OWNER)
        (text,) = refused.value.messages
        assert any(word in text for word in ("Hãy", "hãy")), text
        assert not any(word in text.lower() for word in ("password", "unicode"))


@pytest.mark.django_db
@pytest.mark.parametrize(("kept", "typed"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_both_ways_of_typing_give_one_password(kept, typed, world):
    phrase = "con suối chảy về bản"
    world.teacher_a.set_password(unicodedata.normalize(kept, phrase))
    world.teacher_a.save()
    answer = Client().post(
        reverse("accounts:sign_in"),
        {"username": "teacher_a", "password": unicodedata.normalize(typed, phrase)},
    )
    assert answer.status_code == 302


def test_one_form_leaves_what_would_take_too_long():
    worst = "a" + "\u0301" * 100_000
    assert one_form(worst) == worst
    assert one_form(None) is None
