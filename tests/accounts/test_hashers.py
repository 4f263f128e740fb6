"""Passwords are hashed by Argon2id, old ones are taken along, and a crowd is told to wait."""

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, make_password
from django.test import Client
from django.urls import reverse

from accounts import hashers
from lai_chau_edu import settings as product

pytestmark = pytest.mark.django_db
SIGN_IN = reverse("accounts:sign_in")
SECRET = "mot-mat-khau-du-dai"


@pytest.fixture(autouse=True)
def hashed_as_in_the_product(settings):
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS


def test_new_password_is_hashed_by_argon2id():
    made = make_password(SECRET)
    assert made.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password(SECRET, made)
    assert not check_password("another", made)


def test_old_password_opens_and_is_hashed_anew_at_sign_in(world):
    old = PBKDF2PasswordHasher().encode(SECRET, "salt", iterations=1000)
    type(world.teacher_a).objects.filter(pk=world.teacher_a.pk).update(password=old)
    answer = Client().post(SIGN_IN, {"username": "teacher_a", "password": SECRET})
    assert answer.status_code == 302
    world.teacher_a.refresh_from_db()
    assert world.teacher_a.password.startswith("argon2$")
    assert world.teacher_a.check_password(SECRET)


def test_crowd_at_the_sign_in_is_told_to_try_again(world):
    with hashers.hashing(), hashers.hashing():
        answer = Client().post(SIGN_IN, {"username": "no_such_name", "password": "x" * 12})
    assert (answer.status_code, answer["Retry-After"]) == (429, "3")
    assert "Hãy đợi vài giây rồi thử lại" in answer.content.decode()
    # The place is free again, and no wrong password was counted.
    assert Client().post(SIGN_IN, {"username": "no_such_name", "password": "x"}).status_code == 200
