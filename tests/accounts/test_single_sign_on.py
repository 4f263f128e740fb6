"""Signing in at an identity provider: who gets in, who does not, and what is left of it."""

import time

import pytest
from django.test import Client
from django.urls import reverse

from accounts import drafts, guessing
from accounts.models import User
from accounts.single_sign_on import provider as provider_module
from core.models import Event
from tests.world import PASSWORD

from .identity_provider import ANOTHER_KEY, CLIENT, SECRET, IdentityProvider
from .test_second_factor import code_now, phone_of

pytestmark = pytest.mark.django_db
START, BACK = "/accounts/provider/", "/accounts/provider/back/"
SIGN_IN = "/accounts/sign-in/"


@pytest.fixture
def provider(settings):
    found = IdentityProvider()
    settings.OIDC_ISSUER, settings.OIDC_NAME = found.issuer, "Cổng của tỉnh"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    provider_module._kept.clear()
    yield found
    provider_module._kept.clear()
    found.close()


@pytest.fixture
def teacher(world):
    User.objects.filter(pk=world.teacher_a.pk).update(email="Teacher.A@example.vn")
    return User.objects.get(pk=world.teacher_a.pk)


def way_there(client, **fields):
    """The address of the provider that the page leads to."""
    answer = client.post(START, fields)
    assert answer.status_code == 200, answer.url
    address = answer["Refresh"].removeprefix("0; url=")
    assert address.replace("&", "&amp;") in answer.content.decode()
    return address


def come_back(client, provider, **fields):
    return client.get(BACK, provider.sign_in(way_there(client, **fields)))


def who(client):
    return client.session.get("_auth_user_id")


def said(client, answer):
    """The sentence on the page that somebody lands on."""
    return " ".join(map(str, client.get(answer.url).context["messages"]))


def test_without_a_provider_the_page_offers_none_and_the_addresses_lead_to_the_sign_in(client):
    assert START not in client.get(SIGN_IN).content.decode()
    for answer in (client.post(START), client.get(BACK, {"code": "x", "state": "y"})):
        assert answer.url == SIGN_IN


def test_whose_address_is_confirmed_gets_in_with_an_event(client, provider, teacher):
    assert START in client.get(SIGN_IN).content.decode()
    answer = come_back(client, provider, next="/accounts/browsers/")
    assert answer.url == "/accounts/browsers/"
    assert who(client) == str(teacher.pk)
    event = Event.objects.get(kind="account.signed_in")
    assert (event.actor, event.changes["provider"]) == (
        teacher, ["", provider.issuer.split("/")[2]],
    )  # fmt: skip


def test_nobody_is_led_elsewhere_afterwards(client, provider, teacher):
    assert come_back(client, provider, next="https://evil.example/").url == reverse("home")


def test_what_was_typed_before_goes_along(client, provider, teacher):
    page = "/accounts/reminders/"
    draft = drafts.Draft(teacher.pk, page, page, [("wants_reminders", "on")])
    answer = come_back(client, provider, draft=drafts.seal(draft))
    assert answer.url == f"{page}#draft"
    assert drafts.SESSION_KEY in client.session


def test_another_address_an_unconfirmed_one_and_two_accounts_let_nobody_in(
    client, provider, teacher, world
):
    people = User.objects.count()
    for claims in (
        {"email": "somebody.else@example.vn"},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": 1},
        {"email": None},
        {"email": ""},
    ):
        provider.person = claims
        answer = come_back(client, provider)
        assert answer.url == SIGN_IN, claims
        assert who(client) is None, claims
    provider.person = {}
    assert "người quản trị" in said(client, answer)
    User.objects.filter(pk=world.head_a.pk).update(email=teacher.email)
    come_back(client, provider)
    assert who(client) is None
    # No account is made, whatever the provider says.
    assert User.objects.count() == people
    assert not Event.objects.filter(kind="account.signed_in").exists()


def test_a_closed_account_stays_closed(client, provider, teacher):
    User.objects.filter(pk=teacher.pk).update(is_active=False)
    come_back(client, provider)
    assert who(client) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": None},
        {"iss": "https://another.example"},
        {"azp": "another-client"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"sub": "18"},
    ],
    ids=str,
)
def test_a_token_of_or_for_somebody_else_is_not_believed(client, provider, teacher, claims):
    provider.token = claims
    assert come_back(client, provider).url == SIGN_IN
    assert who(client) is None
    provider.token = {"aud": [CLIENT, "another"], "azp": CLIENT}
    come_back(client, provider)
    assert who(client) == str(teacher.pk)


def test_a_signature_of_another_key_is_not_believed(client, provider, teacher):
    provider.key = ANOTHER_KEY
    come_back(client, provider)
    assert who(client) is None


def test_a_state_opens_once_and_only_where_it_was_made(client, provider, teacher):
    brought = provider.sign_in(way_there(client))
    stranger = Client()
    stranger.post(START)
    assert stranger.get(BACK, brought).url == SIGN_IN
    assert "/token" not in provider.asked
    client.get(BACK, brought)
    assert who(client) == str(teacher.pk)
    client.post("/accounts/sign-out/")
    asked = len(provider.asked)
    assert client.get(BACK, brought).url == SIGN_IN
    assert len(provider.asked) == asked


def test_a_state_is_forgotten_after_an_hour(client, provider, teacher, monkeypatch):
    brought, now = provider.sign_in(way_there(client)), time.time()
    monkeypatch.setattr("accounts.single_sign_on.services.time.time", lambda: now + 3700)
    assert client.get(BACK, brought).url == SIGN_IN
    assert "/token" not in provider.asked


def test_a_provider_that_is_broken_silent_or_another_one_is_told(client, provider, teacher):
    brought = provider.sign_in(way_there(client))
    provider.is_broken = True
    answer = client.get(BACK, brought)
    assert "Cổng của tỉnh" in said(client, answer)
    provider_module._kept.clear()
    assert client.post(START).url == SIGN_IN
    provider.is_broken = False
    for claims in (
        {"issuer": "https://another.example"},
        {"token_endpoint": "ftp://x/"},
        {"jwks_uri": None},
    ):
        provider.about_itself = claims
        assert client.post(START).url == SIGN_IN, claims
    provider.close()
    assert client.post(START).url == SIGN_IN


def test_who_has_a_second_step_takes_it_here(client, provider, teacher):
    phone_of(teacher)
    answer = come_back(client, provider, next="/accounts/browsers/")
    assert answer.url == "/accounts/second-step/"
    assert who(client) is None
    answer = client.post(answer.url, {"code": code_now()})
    assert answer.url == "/accounts/browsers/"
    assert who(client) == str(teacher.pk)
    changes = Event.objects.get(kind="account.signed_in").changes
    assert changes["second_step"] == ["", "totpdevice"]
    assert "provider" in changes


def test_a_first_password_must_still_be_changed_and_a_code_is_not_used_up(
    client, provider, teacher
):
    User.objects.filter(pk=teacher.pk).update(
        must_change_password=True, opens_once=True, temporary_until="2099-01-01T00:00Z"
    )
    come_back(client, provider)
    assert who(client) == str(teacher.pk)
    assert client.get("/accounts/browsers/").url == "/accounts/password/"
    assert User.objects.get(pk=teacher.pk).temporary_until.year == 2099


def test_a_guesser_of_codes_is_stopped_by_address_and_everybody_else_goes_on(
    client, provider, teacher, monkeypatch
):
    monkeypatch.setattr(guessing, "ADDRESS_LIMIT", 3)
    come_back(client, provider)
    client.post("/accounts/sign-out/")
    provider.person = {"email_verified": False}
    for _each in range(3):
        assert come_back(client, provider).status_code == 302
    asked = len(provider.asked)
    answer = come_back(client, provider)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert provider.asked[asked:].count("/token") == 0
    elsewhere = Client(REMOTE_ADDR="10.1.1.1")
    provider.person = {}
    come_back(elsewhere, provider)
    assert who(elsewhere) == str(teacher.pk)


def test_who_signs_out_is_told_that_the_provider_remembers(client, provider, teacher):
    come_back(client, provider)
    answer = client.post("/accounts/sign-out/")
    assert who(client) is None
    assert "Cổng của tỉnh" in said(client, answer)


def test_a_password_signs_in_as_before_and_code_and_state_in_its_address_mean_nothing(
    client, provider, teacher
):
    brought = provider.sign_in(way_there(client))
    answer = client.post(
        f"{SIGN_IN}?code={brought['code']}&state={brought['state']}",
        {"username": teacher.username, "password": "wrong"},
    )
    assert answer.status_code == 200
    assert who(client) is None
    assert "/token" not in provider.asked
    client.post(SIGN_IN, {"username": teacher.username, "password": PASSWORD})
    assert who(client) == str(teacher.pk)
    assert "provider" not in Event.objects.get(kind="account.signed_in").changes


def test_the_provider_is_asked_for_nobody_who_is_signed_in(provider, teacher, sign_in):
    client = sign_in(teacher)
    assert client.post(START).status_code == 302
    assert client.get(BACK, {"code": "x", "state": "y"}).status_code == 302
    assert provider.asked == []
