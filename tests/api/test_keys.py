"""Access keys: shown once, kept as a digest, ended by time, by hand, or with the person."""

import datetime
import io
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.management.commands import changepassword
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from accounts.models import ApiToken
from accounts.services import change_password
from accounts.tokens import digest_of, make_token, remove_old
from core.api import Endpoint
from core.models import Event, Rule
from core.permissions import KeyScope
from tests.frozen import freeze_time
from tests.html_query import read
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
PAGE = "/accounts/keys/"


def sent(**changes):
    """What the form of a new key sends."""
    return {
        "name": "Phần mềm trường",
        "days": "30",
        "scopes": ["rolls", "registers"],
        "password": PASSWORD,
    } | changes


def status(secret, path="me/"):
    answer = Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"})
    return answer.status_code


def test_a_key_is_shown_once_and_kept_as_a_digest(world, sign_in):
    client = sign_in(world.teacher_a)
    page = read(client.post(PAGE, sent()))
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
    assert answer.json()["code"] in {"invalid_token", "not_authenticated"}


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


@pytest.mark.parametrize("days", [0, 91])
def test_a_key_is_valid_for_a_day_to_the_days_of_the_rule(world, sign_in, days):
    with pytest.raises(ValueError, match=str(days)):
        make_token(user=world.teacher_a, name="Một", days=days)
    answer = sign_in(world.teacher_a).post(PAGE, sent(days=str(days)))
    assert answer.status_code == 422
    assert ApiToken.objects.count() == 0


def test_a_session_with_a_first_password_is_told_to_change_it(world, sign_in):
    world.teacher_a.must_change_password = True
    world.teacher_a.save()
    answer = sign_in(world.teacher_a).get("/api/v1/me/")
    assert (answer.status_code, answer.json()["code"]) == (401, "must_change_password")


# --- Scopes ---------------------------------------------------------------------------------


def routes_of_the_api():
    """(name, method, scopes that open it) of every endpoint."""
    (api,) = [each for each in get_resolver().url_patterns if str(each.pattern) == "api/v1/"]
    for pattern in api.url_patterns:
        endpoint = getattr(pattern.callback, "cls", None)
        if endpoint is not None and issubclass(endpoint, Endpoint):
            for method, scopes in sorted(endpoint.key_scopes.items()):
                yield pytest.param(pattern.name, method, scopes, id=f"{pattern.name} {method}")


@pytest.mark.parametrize("scope", list(KeyScope))
@pytest.mark.parametrize(("name", "method", "scopes"), list(routes_of_the_api()))
def test_each_route_with_each_scope(name, method, scopes, scope, world):
    """A key opens what its scope covers and is refused elsewhere, before anything is looked at."""
    _token, secret = make_token(user=world.head_a, name="Một", days=1, scopes=[scope])
    kwargs = {
        "roll": {"class_id": world.class_a.pk},
        "roll_by_code": {"school_code": "x", "year": "x", "name": "x"},
        "register_by_code": {
            "school_code": "x",
            "year": "x",
            "name": "x",
            "date": world.today,
            "session": "am",
        },
        "survey_persons_by_code": {"area_code": "x"},
        "register": {"class_id": world.class_a.pk, "date": world.today, "session": "am"},
        "action_progress": {"item_id": 1},
        "recommendation_answer": {"recommendation_id": 1},
        "case_visits": {"case_id": 1},
        "visit_findings": {"visit_id": 1},
        "survey_persons": {"area_id": 1},
    }.get(name, {})
    answer = Client().generic(
        method,
        reverse(f"api:{name}", kwargs=kwargs),
        "{}",
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    # Some answers are lists, and the list of problems names this code as well.
    told = answer.json() if answer.status_code == 403 else {}
    code = told.get("code", "")
    if scope in scopes:
        assert answer.status_code != 401
        assert code != "key_scope"
    else:
        assert (answer.status_code, code) == (403, "key_scope")


def test_an_endpoint_that_names_no_scope_does_not_start():
    class Careless(Endpoint):
        why = "nobody thought of keys"

        def get(self, request):
            raise NotImplementedError

    with pytest.raises(ImproperlyConfigured, match="Careless"):
        Careless.as_view()


def test_a_key_may_never_more_than_its_person(world):
    _token, secret = make_token(user=world.nobody, name="Một", days=1)
    assert status(secret, "classes/") == 403
    assert status(secret, f"classes/{world.class_a.pk}/roll/") == 403


@pytest.mark.parametrize("scopes", [[], ["figures", "everything"]])
def test_a_key_has_scopes_of_the_list(world, sign_in, scopes):
    with pytest.raises(ValueError, match="scopes"):
        make_token(user=world.teacher_a, name="Một", days=1, scopes=scopes)
    answer = sign_in(world.teacher_a).post(PAGE, sent(scopes=scopes))
    assert answer.status_code == 422
    assert ApiToken.objects.count() == 0


def test_a_key_is_made_with_the_password_only(world, sign_in):
    client = sign_in(world.teacher_a)
    for wrong in ("", "sai-mat-khau-roi"):
        assert client.post(PAGE, sent(password=wrong)).status_code == 422
    assert ApiToken.objects.count() == 0
    assert client.post(PAGE, sent()).status_code == 200
    assert ApiToken.objects.get().scope_set == {"rolls", "registers"}


# --- They end with the password ---------------------------------------------------------------

NEW = "ruong-bac-thang-xanh"


def own_change(person, world, sign_in):
    fields = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert sign_in(person).post("/accounts/password/", fields).status_code == 302


def service(person, world, sign_in):
    change_password(user=person, password=NEW, by=world.system_admin)


def in_the_admin(person, world, sign_in):
    world.system_admin.is_staff = True
    world.system_admin.save()
    fields = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    address = reverse("admin:auth_user_password_change", args=[person.pk])
    assert sign_in(world.system_admin).post(address, fields).status_code == 302


def taken_in_the_admin(person, world, sign_in):
    world.system_admin.is_staff = True
    world.system_admin.save()
    address = reverse("admin:auth_user_password_change", args=[person.pk])
    answer = sign_in(world.system_admin).post(
        address, {"usable_password": "false", "unset-password": "1"}
    )
    assert answer.status_code == 302


def command(person, world, sign_in, monkeypatch=None):
    class Typed(changepassword.Command):
        def _get_pass(self, prompt="Password: "):
            return NEW

    call_command(Typed(), person.username, stdout=io.StringIO())


def shell(person, world, sign_in):
    person.set_password(NEW)
    person.save()


def closed(person, world, sign_in):
    person.is_active = False
    person.save()


WAYS = [own_change, service, in_the_admin, taken_in_the_admin, command, shell, closed]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_new_password_ends_keys_and_sessions(way, world, sign_in):
    person = world.teacher_a
    token, secret = make_token(user=person, name="Một", days=30)
    _other, others = make_token(user=world.head_a, name="Hai", days=30)
    elsewhere = sign_in(person)
    way(person, world, sign_in)
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert (status(secret), status(others)) == (401, 200)
    assert elsewhere.get("/").status_code == 302
    person.refresh_from_db()
    assert person.must_change_password == (way not in (own_change, closed))
    event = Event.objects.get(kind="key.revoked")
    expected = "account_closed" if way is closed else "password_changed"
    assert (event.object_id, event.reason) == (str(token.pk), expected)
    # Open again: what was revoked stays so.
    type(person).objects.filter(pk=person.pk).update(is_active=True, must_change_password=False)
    assert status(secret) == 401


def test_a_password_hashed_anew_at_the_sign_in_ends_nothing(world, settings):
    _token, secret = make_token(user=world.teacher_a, name="Một", days=30)
    hasher = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    settings.PASSWORD_HASHERS = [hasher, *settings.PASSWORD_HASHERS]
    before = world.teacher_a.password
    assert world.teacher_a.check_password(PASSWORD)
    world.teacher_a.refresh_from_db()
    assert world.teacher_a.password != before
    assert status(secret) == 200
    assert not world.teacher_a.must_change_password


# --- Seen and ended by the administrator ------------------------------------------------------


def test_the_administrator_sees_all_keys_and_revokes_one(world, sign_in):
    token, secret = make_token(user=world.teacher_a, name="Phần mềm A", days=30, scopes=["figures"])
    client = sign_in(world.system_admin)
    page = client.get(reverse("accounts:all_tokens")).content.decode()
    for words in ("Phần mềm A", "Nguyễn Thị Hoa", "Xem số liệu", token.start):
        assert words in page
    assert token.digest not in page
    address = reverse("accounts:any_token_revoke", args=[token.pk])
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 302
    assert status(secret) == 401
    event = Event.objects.get(kind="key.revoked")
    assert (event.actor, event.object_id) == (world.system_admin, str(token.pk))
    assert client.post(address).status_code == 404


def test_making_and_refusing_leave_events(world):
    _token, secret = make_token(user=world.teacher_a, name="Một", days=30, scopes=["figures"])
    made = Event.objects.get(kind="key.made")
    assert (made.actor, made.changes["scopes"]) == (world.teacher_a, ["", "figures"])
    assert secret not in str(Event.objects.values())
    for _time in range(3):
        assert status(secret, f"classes/{world.class_a.pk}/roll/") == 403
    assert Event.objects.get(kind="key.refused").reason == "key_scope"
    with freeze_time(timezone.now() + datetime.timedelta(days=31)):
        assert status(secret) == 401
    assert list(
        Event.objects.filter(kind="key.refused").order_by("pk").values_list("reason", flat=True)
    ) == ["key_scope", "expired"]


def test_keys_that_ended_go_after_the_days_of_the_rule(world):
    now = timezone.now()
    kept, _secret = make_token(user=world.teacher_a, name="Một", days=30)
    gone, _secret = make_token(user=world.teacher_a, name="Hai", days=30)
    ApiToken.objects.filter(pk=gone.pk).update(revoked_at=now - datetime.timedelta(days=181))
    assert remove_old() == 1
    assert ApiToken.objects.get() == kept
    Rule.objects.filter(key="accounts.key_kept_days").update(value=10)
    with freeze_time(now + datetime.timedelta(days=41)):
        assert remove_old() == 1


def test_keys_of_before_end_with_the_days_of_a_new_one(world):
    longer, _secret = make_token(user=world.teacher_a, name="Một", days=30)
    shorter, _secret = make_token(user=world.teacher_a, name="Hai", days=30)
    now = timezone.now()
    ApiToken.objects.filter(pk=longer.pk).update(expires_at=now + datetime.timedelta(days=300))
    import_module("accounts.migrations.0006_key_scopes").shorten(
        apps, SimpleNamespace(connection=connection)
    )
    longer.refresh_from_db()
    assert longer.expires_at == now + datetime.timedelta(days=90)
    assert ApiToken.objects.get(pk=shorter.pk).expires_at == shorter.expires_at
