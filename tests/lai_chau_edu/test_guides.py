"""The help of each role: on a page, on paper, from one source; shown once at the first sign-in."""

import subprocess

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import ROLES
from lai_chau_edu.guides.content import GUIDES
from tests.html_query import read
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db

OF_PERSON = {
    "teacher_a": "teacher",
    "head_a": "head",
    "commune_officer": "officer",
    "district_officer": "officer",
    "province_officer": "department",
    "member_user": "member",
    "system_admin": "administrator",
}


def words(text):
    return " ".join(text.split())


def text_of(pdf, tmp_path):
    """(text, number of pages) of a PDF, as poppler reads it."""
    path = tmp_path / "guide.pdf"
    path.write_bytes(pdf)
    text = subprocess.run(
        ["pdftotext", "-raw", path, "-"], check=True, capture_output=True, text=True
    ).stdout
    return words(text), text.count("\f")


def test_every_role_has_one_guide():
    of_role = [role for guide in GUIDES.values() for role in guide.roles]
    # In the place of a head an administrator acts for hours; the own guide stays.
    assert sorted(of_role) == sorted(set(ROLES) - {"emergency"})
    assert all(3 <= len(guide.steps) <= 5 for guide in GUIDES.values())


@pytest.mark.parametrize(("person", "code"), OF_PERSON.items())
def test_own_guide_leads_to_pages_that_open(world, sign_in, person, code):
    client = sign_in(getattr(world, person))
    page = read(client.get(reverse("help")))
    guide = GUIDES[code]
    assert page.one("h1").text == str(guide.title)
    linked = {each.get("href"): each.text for each in page.select(".guide__steps a")}
    assert linked == {reverse(step.page): str(step.label) for step in guide.steps if step.page}
    for url in linked:
        assert client.get(url, follow=True).status_code == 200, url
    # What the paper calls "in the menu" is there.
    menu = {words(each.text) for each in page.select(".menu__panel a")}
    for step in guide.steps:
        if step.page:
            named = str(step.under or step.label)
            assert any(entry.startswith(named) for entry in menu), named


@pytest.mark.parametrize("code", GUIDES)
def test_page_and_paper_say_the_same(world, sign_in, tmp_path, settings, code):
    settings.SITE_URL, settings.HELP_LINE = "https://diemdanh.example.vn", "0213 123 4567"
    client = sign_in(world.head_a)
    page = words(read(client.get(reverse("guide", args=[code]))).one("main").text)
    answer = client.get(reverse("guide_file", args=[code]))
    assert answer["Content-Type"] == "application/pdf"
    paper, pages = text_of(answer.content, tmp_path)
    assert pages == 1
    guide = GUIDES[code]
    for part in (guide.title, guide.offline, guide.ask, *(step.text for step in guide.steps)):
        assert words(str(part)) in page
        assert words(str(part)) in paper
    assert "0213 123 4567" in page
    assert "0213 123 4567" in paper
    assert "https://diemdanh.example.vn" in paper
    assert "Trong menu:" in paper


def test_an_unknown_guide_is_absent(world, sign_in):
    client = sign_in(world.head_a)
    for name in ("guide", "guide_file"):
        assert client.get(reverse(name, args=["nobody"])).status_code == 404


def test_pages_of_another_role_are_named_and_not_linked(world, sign_in):
    page = read(sign_in(world.teacher_a).get(reverse("guide", args=["administrator"])))
    assert page.select(".guide__steps a") == []
    assert "Vận hành" in page.one(".guide__steps").text


def test_teacher_reads_whom_to_ring(world, sign_in):
    User.objects.filter(pk=world.head_a.pk).update(phone="0912345678")
    asked = read(sign_in(world.teacher_a).get(reverse("help"))).one(".guide").text
    assert "Lù Văn Sơn" in asked
    assert "0912345678" in asked
    assert "Đỗ Thị Lan" not in asked  # the head of another school
    asked = read(sign_in(world.head_a).get(reverse("help"))).one(".guide").text
    assert "Giàng A Tủa" in asked
    User.objects.filter(pk=world.head_a.pk).update(is_active=False)
    asked = read(sign_in(world.teacher_a).get(reverse("help"))).one(".guide").text
    assert "Lù Văn Sơn" not in asked


def test_help_is_one_tap_from_every_page(world, sign_in):
    client = sign_in(world.province_officer)
    for name in ("home", "reports:flags", "accounts:password", "help"):
        page = read(client.get(reverse(name), follow=True))
        assert page.one(".brand__help").get("href") == reverse("help")


def test_help_is_shown_once_at_the_first_sign_in(world):
    client = Client()

    def enter():
        return client.post(
            reverse("accounts:sign_in"),
            {"username": world.teacher_a.username, "password": PASSWORD},
            follow=True,
        )

    first = enter()
    assert first.redirect_chain[-1][0] == reverse("help")
    again = client.get(reverse("home"))
    assert again["Location"] == reverse("attendance:today")
    client.post(reverse("accounts:sign_out"))
    assert enter().redirect_chain[-1][0] == reverse("attendance:today")


def test_help_waits_until_the_first_password_is_changed(world):
    User.objects.filter(pk=world.teacher_a.pk).update(must_change_password=True)
    client = Client()
    client.post(
        reverse("accounts:sign_in"),
        {"username": world.teacher_a.username, "password": PASSWORD},
    )
    assert client.get(reverse("home"))["Location"] == reverse("accounts:password")
    new = "ruong-bac-thang-xanh"
    answer = client.post(
        reverse("accounts:password"),
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
        follow=True,
    )
    assert answer.redirect_chain[-1][0] == reverse("help")
