"""Access keys: shown once, kept as a digest, ended by time, by hand, or with the person."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from accounts.models import ApiToken
from accounts.tokens import digest_of, make_token
from tests.reading import read

pytestmark = pytest.mark.django_db
PAGE = "/accounts/keys/"


def status(secret, path="me/"):
    answer = Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"})
    return answer.status_code


def test_a_key_is_shown_once_and_kept_as_a_digest(world, sign_in):
    client = sign_in(world.teacher_a)
    page = read(client.post(PAGE, {"name": "Phần mềm trường", "days": "30"}))
    secret = page.one("#secret").text
    token = ApiToken.objects.get()
    assert (token.user, token.name, token.digest) == (
        world.teacher_a,
        "Phần mềm trường",
        digest_of(secret),
    )
    assert secret not in str(ApiToken.objects.values())
    assert secret not in client.get(PAGE).content.decode()
    assert status(secret) == 200


def test_who_calls_is_told(world, caller):
    told = caller("teacher_a").get("me/").json()
    assert told["username"] == world.teacher_a.username
    assert [grant["role"] for grant in told["grants"]] == ["teacher"]
    assert "register.take" in told["permissions"]


def test_a_key_ends_by_itself_by_hand_and_with_the_person(world, sign_in):
    token, secret = make_token(user=world.teacher_a, name="Một", days=30)
    with freeze_time(timezone.now() + datetime.timedelta(days=29)):
        assert status(secret) == 200
    with freeze_time(timezone.now() + datetime.timedelta(days=31)):
        assert status(secret) == 401
    assert sign_in(world.teacher_b).post(f"{PAGE}{token.pk}/revoke/").status_code == 404
    assert status(secret) == 200
    assert sign_in(world.teacher_a).post(f"{PAGE}{token.pk}/revoke/").status_code == 302
    assert status(secret) == 401
    for change in ({"is_active": False}, {"must_change_password": True}):
        _token, secret = make_token(user=world.head_a, name="Hai", days=30)
        assert status(secret) == 200
        for name, value in change.items():
            setattr(world.head_a, name, value)
        world.head_a.save()
        assert status(secret) == 401
        world.head_a.is_active, world.head_a.must_change_password = True, False
        world.head_a.save()


@pytest.mark.parametrize("secret", ["", "lce_", "x" * 500, "é"])
def test_wrong_keys_are_unauthorised(db, secret):
    answer = Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert set(answer.json()) == {"code", "message"}


def test_last_use_is_noted_at_most_once_an_hour(world, django_assert_num_queries):
    token, secret = make_token(user=world.teacher_a, name="Một", days=30)
    now = timezone.now()
    assert status(secret) == 200
    with freeze_time(now + datetime.timedelta(minutes=30)):
        assert status(secret) == 200
    token.refresh_from_db()
    assert token.last_used_at == now
    with freeze_time(now + datetime.timedelta(minutes=61)):
        assert status(secret) == 200
    token.refresh_from_db()
    assert token.last_used_at > now


@pytest.mark.parametrize("days", [0, 367])
def test_a_key_is_valid_for_a_day_to_a_year(world, sign_in, days):
    with pytest.raises(ValueError, match=str(days)):
        make_token(user=world.teacher_a, name="Một", days=days)
    answer = sign_in(world.teacher_a).post(PAGE, {"name": "Một", "days": str(days)})
    assert answer.status_code == 422
    assert ApiToken.objects.count() == 0


def test_a_session_with_a_first_password_is_told_to_change_it(world, sign_in):
    world.teacher_a.must_change_password = True
    world.teacher_a.save()
    answer = sign_in(world.teacher_a).get("/api/v1/me/")
    assert (answer.status_code, answer.json()["code"]) == (401, "must_change_password")
