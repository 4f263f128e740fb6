"""The first page of each role, and the menu that goes with it."""

import pytest
from django.urls import reverse

from tests.attendance.test_registers import send
from tests.frozen import freeze_time
from tests.html_query import read

pytestmark = pytest.mark.django_db
HOME = reverse("home")


@pytest.mark.parametrize(
    ("person", "leads_to"),
    [
        ("teacher_a", "attendance:today"),
        ("member_user", "inspections:mine"),
        ("system_admin", "operations"),
    ],
)
def test_home_leads_on(world, sign_in, person, leads_to):
    answer = sign_in(getattr(world, person)).get(HOME)
    assert (answer.status_code, answer.url) == (302, reverse(leads_to))


@pytest.mark.parametrize(
    ("person", "area"), [("district_officer", "cluster"), ("province_officer", "province")]
)
def test_home_of_an_office_is_the_month_of_its_area(world, sign_in, person, area):
    answer = sign_in(getattr(world, person)).get(HOME)
    assert answer.url == reverse("reports:area", args=[getattr(world, area).pk])


def test_home_of_a_head_says_what_is_missing_today(world, sign_in):
    client = sign_in(world.head_a)
    assert read(client.get(HOME)).one("h1").text == "Hôm nay đã gửi 0/3 sổ"
    send(world)
    page = read(client.get(HOME))
    assert page.one("h1").text == "Hôm nay đã gửi 1/3 sổ"
    assert "Còn 2 sổ chưa gửi." in page.one(".todo").text
    assert page.one(".todo__act").get("href") == reverse("attendance:today")


def test_home_of_a_commune_lists_its_schools(world, sign_in):
    page = read(sign_in(world.commune_officer).get(HOME))
    assert page.one("h1").text == "Hôm nay đã gửi 0/3 sổ"
    assert page.texts(".list a") == ["TH&THCS A Một"]


def test_home_without_a_role_says_whom_to_ask(world, sign_in):
    page = read(sign_in(world.nobody).get(HOME))
    assert page.one("h1").text == "Tài khoản của thầy cô chưa được giao nơi làm việc"
    assert page.select("nav.strip a") == []


@pytest.mark.parametrize(
    ("person", "entries"),
    [
        (
            "teacher_a",
            [
                "Hôm nay",
                "Sổ còn thiếu",
                "Học sinh xin nghỉ",
                "Mở lại sổ",
                "Số liệu",
                "Học sinh cần quan tâm",
            ],
        ),
        (
            "head_a",
            ["Điểm danh", "Số liệu", "Kiến nghị", "Trường học", "Tài khoản"],
        ),
        (
            "member_user",
            ["Sổ còn thiếu", "Số liệu", "Việc kiểm tra của tôi", "Trường"],
        ),
    ],
)
def test_menu_offers_what_the_role_may_open(world, sign_in, person, entries):
    page = read(sign_in(getattr(world, person)).get(HOME, follow=True))
    assert page.texts("nav.strip a") == entries


def test_a_long_menu_stands_in_groups_and_says_where_one_is(world, sign_in):
    page = read(sign_in(world.head_a).get(reverse("attendance:leaves")))
    here = [(link.text, link.get("aria-current")) for link in page.select("nav.strip a")]
    assert here == [
        ("Điểm danh", "true"),
        ("Số liệu", None),
        ("Kiến nghị", None),
        ("Trường học", None),
        ("Tài khoản", None),
        ("Hôm nay", None),
        ("Sổ còn thiếu", None),
        ("Học sinh xin nghỉ", "page"),
        ("Mở lại sổ", None),
        ("Lịch nghỉ, học bù", None),
    ]
    # A phone has the same pages in folds, the one with this page open.
    folds = page.select(".menu__nav details")
    assert [fold.one("summary").text for fold in folds] == ["Điểm danh", "Số liệu", "Trường học"]
    assert ["open" in fold.attributes for fold in folds] == [True, False, False]
    assert page.texts(".breadcrumbs li") == ["Trang đầu", "Học sinh xin nghỉ"]


@pytest.mark.parametrize(
    ("person", "start"),
    [
        ("teacher_a", "attendance:today"),
        ("head_a", "home"),
        ("member_user", "inspections:mine"),
        ("system_admin", "operations"),
    ],
)
def test_every_page_but_the_first_leads_back_to_it(world, sign_in, person, start):
    client = sign_in(getattr(world, person))
    page = read(client.get(reverse(start)))
    assert [link.get("href") for link in page.select(".breadcrumbs a")] == []
    page = read(client.get(reverse("accounts:password")))
    assert [link.get("href") for link in page.select(".breadcrumbs a")] == [HOME]


def test_head_and_commune_are_told_by_name_what_is_late(world, sign_in):
    with freeze_time("2026-10-12 02:30:00"):  # half past nine in Lai Châu
        page = read(sign_in(world.head_a).get(HOME))
        assert "Quá giờ chưa gửi: 1+2 Háng Lìa sáng, 6A sáng." in page.one(".todo").text
        school = reverse("reports:missing_school", args=[world.school_a.pk])
        assert school in [link.get("href") for link in page.select(".todo__act")]
        page = read(sign_in(world.commune_officer).get(HOME))
        assert "Quá giờ chưa gửi: TH&THCS A Một." in page.one(".todo").text
        send(world)
        page = read(sign_in(world.head_a).get(HOME))
        assert "Quá giờ chưa gửi: 1+2 Háng Lìa sáng." in page.one(".todo").text


def test_menu_counts_what_is_late_for_those_who_send(world, sign_in):
    def counts(person):
        answer = sign_in(getattr(world, person)).get(reverse("accounts:password"))
        return read(answer).texts("nav.strip .tabs__count")

    assert counts("head_a") == []
    with freeze_time("2026-10-12 02:30:00"):
        assert (counts("head_a"), counts("teacher_a")) == (["2"], ["1"])
        assert counts("commune_officer") == []
        send(world)
        assert (counts("head_a"), counts("teacher_a")) == (["1"], [])
    with freeze_time("2026-10-12 08:00:00"):
        assert counts("head_a") == ["2"]
