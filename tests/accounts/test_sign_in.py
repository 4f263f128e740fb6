"""Signing in: open pages, locks, the first password."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.services import change_password, create_user, end_grant, grant_role
from core.addresses import client_address
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
SIGN_IN = reverse("accounts:sign_in")


def attempt(username, password, address="10.0.0.1"):
    return Client().post(SIGN_IN, {"username": username, "password": password}, REMOTE_ADDR=address)


def test_sign_in_leads_to_the_first_page(world):
    answer = attempt("teacher_a", PASSWORD)
    assert (answer.status_code, answer.url) == (302, reverse("home"))


def test_unknown_name_and_wrong_password_look_alike(world):
    unknown, wrong = attempt("no_such_name", "x"), attempt("teacher_a", "x")
    assert (unknown.status_code, wrong.status_code) == (200, 200)
    said = "Tên đăng nhập hoặc mật khẩu"
    assert said in unknown.content.decode()
    assert said in wrong.content.decode()


@pytest.mark.parametrize(
    ("trusted", "forwarded", "expected"),
    [
        (False, "1.2.3.4", "10.0.0.9"),
        (True, "", "10.0.0.9"),
        (True, "1.2.3.4", "1.2.3.4"),
        (True, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
    ],
)
def test_client_address(rf, settings, trusted, forwarded, expected):
    settings.TRUSTED_PROXY = trusted
    request = rf.get("/", REMOTE_ADDR="10.0.0.9", headers={"x-forwarded-for": forwarded})
    assert client_address(request) == expected


def test_first_password_must_be_changed_before_anything_else(world):
    user = create_user(
        username="moi", full_name="Người mới", password=PASSWORD, by=world.system_admin
    )
    client = Client()
    client.post(SIGN_IN, {"username": "moi", "password": PASSWORD})
    assert client.get(reverse("home")).url == reverse("accounts:password")
    answer = client.post(
        reverse("accounts:password"),
        {
            "old_password": PASSWORD,
            "new_password1": "ruong-bac-thang-xanh",
            "new_password2": "ruong-bac-thang-xanh",
        },
    )
    assert answer.url == reverse("home")
    user.refresh_from_db()
    assert not user.must_change_password
    # The first page of the first sign-in is the help, once.
    assert client.get(reverse("home")).url == reverse("help")
    assert client.get(reverse("home")).status_code == 200


def test_password_set_by_another_must_be_changed(world):
    change_password(user=world.teacher_a, password="x" * 14, by=world.system_admin)
    world.teacher_a.refresh_from_db()
    assert world.teacher_a.must_change_password


def test_closed_account_is_dead_at_the_next_request(world, sign_in):
    client = sign_in(world.head_a)
    assert client.get(reverse("home")).status_code == 200
    world.head_a.is_active = False
    world.head_a.save()
    assert client.get(reverse("home")).status_code == 302


def test_ended_role_is_gone_at_the_next_request(world, sign_in):
    client = sign_in(world.head_a)
    url = reverse("schools:school", args=[world.school_a.pk])
    assert client.get(url).status_code == 200
    end_grant(grant=world.head_a.grants.get(), on=world.today, by=world.system_admin)
    assert client.get(url).status_code == 403


def test_role_for_the_wrong_kind_of_place_is_refused(world):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        grant_role(
            user=world.nobody,
            role="teacher",
            school=world.school_a,
            by=world.system_admin,
            valid_from=world.today,
        )
