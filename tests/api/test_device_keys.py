"""The key of what a phone keeps: given to its person, withheld from who may have it no longer."""

import pytest
from django.core import signing
from django.test import Client

from accounts.device_keys import close_devices, read_ticket
from core.models import Event
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
DEVICE, OTHER = "a" * 32, "b" * 32


def ask(client, ticket="", device=DEVICE):
    return client.get(
        "/api/v1/vault/", {"device": device}, headers={"X-Vault-Ticket": ticket} if ticket else {}
    )


def given(client, device=DEVICE):
    answer = ask(client, device=device)
    assert answer.status_code == 200
    return answer.json()


def test_the_secret_is_of_a_person_on_a_device_and_the_same_again(world, sign_in):
    mine = given(sign_in(world.teacher_a))
    assert (mine["username"], mine["days"]) == ("teacher_a", 7)
    assert mine["secrets"] == given(sign_in(world.teacher_a))["secrets"]
    assert mine["secrets"] != given(sign_in(world.teacher_a), OTHER)["secrets"]
    assert mine["secrets"] != given(sign_in(world.teacher_b))["secrets"]


def test_a_replaced_key_of_the_product_still_opens(world, sign_in, settings):
    (before,) = given(sign_in(world.teacher_a))["secrets"]
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-only-for-tests-0123456789abcdef"
    now = given(sign_in(world.teacher_a))["secrets"]
    assert now[0] != before
    assert now[1] == before


def test_without_ticket_and_session_nothing_is_said(client, db):
    assert ask(client).status_code == 401
    assert ask(client, signing.dumps([1, DEVICE, 0], salt="other")).status_code == 401
    assert read_ticket(signing.dumps("x", salt="accounts.vault")) is None
    assert ask(client, device="../etc").status_code == 400


def test_an_expired_session_is_no_closed_account(world, sign_in):
    ticket = given(sign_in(world.teacher_a))["ticket"]
    answer = ask(Client(), ticket)
    assert (answer.status_code, answer.content) == (204, b"")
    # Nor is another person on the same phone, who gets nothing of it.
    assert ask(sign_in(world.head_a), ticket).status_code == 204
    world.teacher_a.set_password("ruong-bac-thang-xanh")
    world.teacher_a.save()
    assert ask(Client(), ticket).status_code == 204


@pytest.mark.parametrize("somebody", [False, True])
def test_a_closed_account_is_told_with_or_without_a_session(world, sign_in, somebody):
    ticket = given(sign_in(world.teacher_a))["ticket"]
    world.teacher_a.is_active = False
    world.teacher_a.save()
    client = sign_in(world.head_a) if somebody else Client()
    answer = ask(client, ticket)
    assert (answer.status_code, answer.json()["code"]) == (410, "account_closed")


def test_a_lost_device_is_told_until_its_owner_signs_in(world, sign_in):
    client = sign_in(world.teacher_a)
    ticket = given(client)["ticket"]
    close_devices(user=world.teacher_a, by=world.system_admin)
    assert client.get("/").status_code == 302  # the session ended with it
    answer = ask(client, ticket)
    assert (answer.status_code, answer.json()["code"]) == (410, "device_closed")
    event = Event.objects.get(kind="account.devices_closed")
    assert (event.actor, event.changes) == (world.system_admin, {"devices_closed": [0, 1]})
    back = Client()
    back.post("/accounts/sign-in/", {"username": "teacher_a", "password": PASSWORD})
    renewed = ask(back, ticket)
    assert renewed.status_code == 200
    assert ask(Client(), renewed.json()["ticket"]).status_code == 204


def test_without_the_role_there_is_no_key(world, sign_in):
    client = sign_in(world.teacher_a)
    ticket = given(client)["ticket"]
    world.teacher_a.grants.update(valid_to=world.today)
    answer = ask(client, ticket)
    assert (answer.status_code, answer.json()["code"]) == (403, "no_role")


def test_the_administrator_closes_the_devices_of_a_person(world, sign_in):
    world.system_admin.is_staff = True
    world.system_admin.save()
    answer = sign_in(world.system_admin).post(
        "/admin/accounts/user/",
        {"action": "close_devices", "_selected_action": [world.teacher_a.pk]},
    )
    assert answer.status_code == 302
    world.teacher_a.refresh_from_db()
    assert world.teacher_a.devices_closed == 1
