"""The second step of the sign-in: who needs it, how it is taken, lost and given back."""

import datetime
import json
import re
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import door, guessing, passkeys, second_factor
from accounts.models import RoleGrant, User
from core.models import Event, Rule
from tests.accounts.test_drafts import STILL_HERE, forms_of, page_of, post, same, typed_forms
from tests.frozen import freeze_time
from tests.world import PASSWORD, build_world

pytestmark = pytest.mark.django_db
HOME = reverse("accounts:reminders")
SIGN_IN, STEP = reverse("accounts:sign_in"), reverse("accounts:second_step")
PAGE, PHONE = reverse("accounts:second_factor"), reverse("accounts:phone_add")
SECRET = "3132333435363738393031323334353637383930"
CODES = re.compile(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>")
DEMANDED = ("district_officer", "province_officer", "system_admin")


def demand(day):
    """The second factor is demanded from a day on."""
    Rule.objects.filter(key=second_factor.DEMAND).update(valid_to=day)
    Rule.objects.create(key=second_factor.DEMAND, level="", value=1, valid_from=day)


def code_now(secret=SECRET, ahead=0):
    """What the app of a phone with this secret shows now, or `ahead` half minutes later."""
    totp = TOTP(bytes.fromhex(secret))
    totp.time = timezone.now().timestamp() + 30 * ahead
    return f"{totp.token():06d}"


def phone_of(user):
    return TOTPDevice.objects.create(user=user, name="Máy của tôi", key=SECRET)


def first_step(user, client=None, **more):
    client = Client() if client is None else client
    data = {"username": user.username, "password": PASSWORD, **more}
    return client, client.post(SIGN_IN, data)


def is_in(client):
    return "_auth_user_id" in client.session


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def set_up_phone(client):
    """Set up a phone on its page; returns (secret, recovery codes)."""
    page = client.get(PHONE)
    secret = client.session["phone_secret"]
    assert page.context["secret"].replace(" ", "")
    answer = client.post(
        PHONE, {"code": code_now(secret), "name": "Máy của tôi", "password": PASSWORD}
    )
    assert answer.status_code == 200, answer
    return secret, CODES.findall(answer.content.decode())


# --- Who needs it ---------------------------------------------------------------


def test_nobody_needs_it_until_a_province_says_so(world):
    for name in DEMANDED:
        client, answer = first_step(getattr(world, name))
        assert answer.url == reverse("home")
        assert client.get(HOME).status_code == 200


def test_from_the_day_on_officers_set_one_up_before_anything_else(world):
    tomorrow = world.today + datetime.timedelta(days=1)
    demand(tomorrow)
    clients = {name: first_step(getattr(world, name))[0] for name in (*DEMANDED, "commune_officer")}
    homes = {name: client.get(HOME).status_code for name, client in clients.items()}
    assert set(homes.values()) == {200}
    with freeze_time(timezone.now() + datetime.timedelta(days=1)):
        # From that day on twelve hours are the most; the sign-in of yesterday is over.
        for name, client in clients.items():
            if name in DEMANDED:
                assert client.get(HOME).url.startswith(SIGN_IN), name
                first_step(getattr(world, name), client)
            answer = client.get(HOME)
            assert getattr(answer, "url", "") == (PAGE if name in DEMANDED else ""), name
        client = clients["province_officer"]
        assert client.get(PAGE).status_code == 200
        assert "chỉ mật khẩu là chưa đủ" in client.get(PAGE).content.decode()
        set_up_phone(client)
        assert client.get(HOME).status_code == 200


def test_a_superuser_needs_it_too(world):
    world.nobody.is_superuser = True
    world.nobody.save()
    demand(world.today)
    client, _answer = first_step(world.nobody)
    assert client.get(HOME).url == PAGE


def test_the_first_password_comes_first(world):
    world.province_officer.must_change_password = True
    world.province_officer.save()
    demand(world.today)
    client, _answer = first_step(world.province_officer)
    assert client.get(HOME).url == reverse("accounts:password")


def test_the_api_of_a_browser_says_what_is_missing(world, sign_in):
    demand(world.today)
    answer = sign_in(world.province_officer).get("/api/v1/me/")
    assert answer.status_code in (401, 403)
    assert "xác nhận thứ hai" in answer.content.decode()


def test_a_role_that_has_ended_demands_nothing(world):
    demand(world.today)
    RoleGrant.objects.filter(user=world.province_officer).update(valid_to=world.today)
    client, _answer = first_step(world.province_officer)
    assert getattr(client.get(HOME), "url", "") != PAGE


# --- Two steps --------------------------------------------------------------------


def test_everybody_may_set_up_a_phone_and_signs_in_with_it(world):
    client, _answer = first_step(world.teacher_a)
    secret, codes = set_up_phone(client)
    assert len(set(codes)) == second_factor.HOW_MANY_CODES
    again, answer = first_step(world.teacher_a)
    assert answer.url == STEP
    assert not is_in(again)
    assert again.get(HOME).url.startswith(SIGN_IN)
    answer = again.post(STEP, {"code": code_now(secret, ahead=1)})
    assert answer.url == reverse("home")
    assert again.get(HOME).status_code == 200
    assert kinds() == [
        "account.signed_in",
        "account.factor_added",
        "account.recovery_codes_made",
        "account.signed_in",
    ]


def test_page_of_the_phone_gives_the_picture_and_the_letters(world, sign_in):
    client = sign_in(world.teacher_a)
    page = client.get(PHONE)
    text, secret = page.content.decode(), client.session["phone_secret"]
    assert "<svg" in text
    assert " style=" not in text
    device = TOTPDevice(user=world.teacher_a, key=secret)
    asked = parse_qs(urlsplit(device.config_url).query)
    assert asked["secret"] == [page.context["secret"].replace(" ", "")]
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_wrong_first_code_or_password_sets_nothing_up(world, sign_in):
    client = sign_in(world.teacher_a)
    client.get(PHONE)
    right = code_now(client.session["phone_secret"])
    for code, password in (("000000", PASSWORD), ("abc", PASSWORD), (right, "wrong")):
        answer = client.post(PHONE, {"code": code, "name": "x", "password": password})
        assert answer.status_code == 422
    assert not TOTPDevice.objects.exists()


def test_a_code_is_taken_once(world):
    phone_of(world.teacher_a)
    code = code_now()
    one, _answer = first_step(world.teacher_a)
    other, _answer = first_step(world.teacher_a)
    assert one.post(STEP, {"code": f" {code[:3]} {code[3:]} "}).status_code == 302
    assert other.post(STEP, {"code": code}).status_code == 200
    assert not is_in(other)


def test_a_session_gets_a_new_key_at_each_sign_in(world):
    phone_of(world.teacher_a)
    client, _answer = first_step(world.teacher_a)
    before = client.session.session_key
    client.post(STEP, {"code": code_now()})
    assert client.session.session_key != before


def test_codes_cannot_be_guessed(world):
    phone_of(world.teacher_a)
    client, _answer = first_step(world.teacher_a)
    statuses = [client.post(STEP, {"code": f"{n:06d}"}).status_code for n in range(7)]
    assert statuses == [200] * guessing.FREE + [429] * 2
    again, _answer = first_step(world.teacher_a)
    answer = again.post(STEP, {"code": code_now()})
    assert (answer.status_code, is_in(again)) == (429, False)
    assert answer["Retry-After"]


def test_the_step_is_nobodys_without_a_password(world):
    phone_of(world.teacher_a)
    assert Client().get(STEP).url == SIGN_IN
    assert Client().post(STEP, {"code": code_now()}).url == SIGN_IN


def test_between_the_steps_ten_minutes(world):
    phone_of(world.teacher_a)
    client, _answer = first_step(world.teacher_a)
    with freeze_time(timezone.now() + datetime.timedelta(seconds=door.LIFE + 1)):
        assert client.post(STEP, {"code": code_now()}).url == SIGN_IN
        assert not is_in(client)


@pytest.mark.parametrize("change", ["password", "closed"])
def test_what_changes_between_the_steps_counts(world, change):
    phone_of(world.teacher_a)
    client, _answer = first_step(world.teacher_a)
    user = User.objects.get(pk=world.teacher_a.pk)
    if change == "password":
        user.set_password("ruong-bac-thang-xanh")
    else:
        user.is_active = False
    user.save()
    assert client.post(STEP, {"code": code_now()}).url == SIGN_IN
    assert not is_in(client)


def test_next_goes_along(world):
    phone_of(world.teacher_a)
    client, _answer = first_step(world.teacher_a, next=reverse("attendance:today"))
    assert client.post(STEP, {"code": code_now()}).url == reverse("attendance:today")
    client, _answer = first_step(world.teacher_a, next="https://elsewhere.example/")
    assert client.post(STEP, {"code": code_now(ahead=1)}).url == reverse("home")


def test_a_draft_goes_through_both_steps(world, sign_in):
    url = reverse("schools:pupil_add", args=[world.class_a.pk])
    client = sign_in(world.head_a)
    phone_of(world.head_a)
    (form,) = [each for each in typed_forms(client, url) if each.action == url]
    Session.objects.all().delete()
    refused = post(client, form)
    assert refused.status_code == 403
    (way_in,) = [e for e in forms_of(refused.content.decode(), "/") if e.action == SIGN_IN]
    answer = client.post(
        SIGN_IN, way_in.data() | {"username": world.head_a.username, "password": PASSWORD}
    )
    assert answer.url == STEP
    assert client.post(STEP, {"code": "000000"}).status_code == 200
    assert client.post(STEP, {"code": code_now()}).url == f"{url}#draft"
    page = page_of(client, url)
    assert STILL_HERE in page
    assert same(forms_of(page, url), form).typed() == form.typed()


def test_a_draft_outlives_the_wait_between_the_steps(world, sign_in):
    url = reverse("schools:pupil_add", args=[world.class_a.pk])
    client = sign_in(world.head_a)
    phone_of(world.head_a)
    (form,) = [each for each in typed_forms(client, url) if each.action == url]
    Session.objects.all().delete()
    (way_in,) = [
        e for e in forms_of(post(client, form).content.decode(), "/") if e.action == SIGN_IN
    ]
    signs = way_in.data() | {"username": world.head_a.username, "password": PASSWORD}
    client.post(SIGN_IN, signs)
    with freeze_time(timezone.now() + datetime.timedelta(seconds=door.LIFE + 1)):
        late = client.post(STEP, {"code": code_now()})
        assert late.status_code == 403
        (way_in,) = [e for e in forms_of(late.content.decode(), "/") if e.action == SIGN_IN]
        client.post(
            SIGN_IN, way_in.data() | {"username": world.head_a.username, "password": PASSWORD}
        )
        assert client.post(STEP, {"code": code_now()}).url == f"{url}#draft"


def test_the_admin_has_no_door_of_its_own(world, sign_in):
    world.system_admin.is_staff = True
    world.system_admin.save()
    phone_of(world.system_admin)
    url = reverse("admin:accounts_user_changelist")
    client = Client()
    away = client.get(url, follow=True)
    assert away.redirect_chain[-1][0].startswith(SIGN_IN)
    answer = client.post(
        reverse("admin:login"), {"username": "sysadmin", "password": PASSWORD, "next": url}
    )
    assert not is_in(client)
    client, answer = first_step(world.system_admin, client, next=url)
    assert answer.url == STEP
    assert client.post(STEP, {"code": code_now()}).url == url
    assert client.get(url).status_code == 200


def test_who_has_no_right_in_the_admin_is_told_so(world, sign_in):
    answer = sign_in(world.teacher_a).get(reverse("admin:index"), follow=True)
    assert answer.status_code == 403


def test_secrets_are_on_no_page_of_the_admin(world):
    from django.contrib import admin

    names = {model._meta.app_label for model in admin.site._registry}
    assert not {"otp_totp", "otp_static", "otp_webauthn", "django_otp_webauthn", "axes"} & names


# --- Recovery codes, and losing the phone -----------------------------------------


def test_recovery_code_lets_in_once(world):
    client, _answer = first_step(world.province_officer)
    _secret, codes = set_up_phone(client)
    lost, _answer = first_step(world.province_officer)
    assert lost.post(STEP, {"code": codes[0].upper().replace("-", " ")}).status_code == 302
    assert is_in(lost)
    assert second_factor.codes_left(world.province_officer) == second_factor.HOW_MANY_CODES - 1
    again, _answer = first_step(world.province_officer)
    assert again.post(STEP, {"code": codes[0]}).status_code == 200
    assert not is_in(again)
    assert "account.recovery_code_used" in kinds()


def test_recovery_codes_are_not_kept_in_clear(world, sign_in):
    _secret, codes = set_up_phone(first_step(world.teacher_a)[0])
    kept = set(StaticToken.objects.values_list("token", flat=True))
    plain = {code.replace("-", "") for code in codes}
    assert len(kept) == len(plain)
    assert not kept & (plain | set(codes))


def test_new_codes_end_the_former(world):
    client, _answer = first_step(world.teacher_a)
    _secret, former = set_up_phone(client)
    url = reverse("accounts:recovery_codes")
    assert client.post(url, {"password": "wrong"}).status_code == 422
    assert not CODES.findall(client.get(url).content.decode())
    new = CODES.findall(client.post(url, {"password": PASSWORD}).content.decode())
    assert len(new) == second_factor.HOW_MANY_CODES
    assert not set(new) & set(former)
    assert second_factor.check_code(world.teacher_a, former[0]) is None
    assert second_factor.check_code(world.teacher_a, new[0]) is not None


def test_last_factor_goes_only_where_none_is_demanded(world):
    demand(world.today)
    client, _answer = first_step(world.province_officer)
    set_up_phone(client)
    device = TOTPDevice.objects.get()
    url = reverse("accounts:factor_remove", args=["phone", device.pk])
    assert client.post(url, {"password": PASSWORD}).url == PAGE
    assert TOTPDevice.objects.exists()
    teacher, _answer = first_step(world.teacher_a)
    set_up_phone(teacher)
    device = TOTPDevice.objects.get(user=world.teacher_a)
    url = reverse("accounts:factor_remove", args=["phone", device.pk])
    assert client.post(url, {"password": PASSWORD}).status_code == 404
    assert teacher.post(url, {"password": "wrong"}).status_code == 422
    assert teacher.post(url, {"password": PASSWORD}).url == PAGE
    assert not TOTPDevice.objects.filter(user=world.teacher_a).exists()
    assert second_factor.codes_left(world.teacher_a) == 0


def test_administrator_resets_and_the_person_is_told(
    world, sign_in, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_CONFIGURED = True
    world.system_admin.is_staff = True
    world.system_admin.save()
    world.province_officer.email = "province@example.vn"
    world.province_officer.save()
    client, _answer = first_step(world.province_officer)
    set_up_phone(client)
    with (
        freeze_time(timezone.now() + datetime.timedelta(minutes=5)),
        django_capture_on_commit_callbacks(execute=True),
    ):
        people = [world.province_officer.pk, world.system_admin.pk]
        sign_in(world.system_admin).post(
            reverse("admin:accounts_user_changelist"),
            {"action": "remove_second_factor", "_selected_action": people},
        )
    event = Event.objects.get(kind="account.factors_reset")
    assert (event.actor, event.object_id) == (
        world.system_admin,
        str(world.province_officer.pk),
    )
    assert [letter.to for letter in mail.outbox] == [["province@example.vn"]]
    assert client.get(HOME).status_code == 302
    with freeze_time(timezone.now() + datetime.timedelta(minutes=6)):
        again, answer = first_step(world.province_officer)
        assert answer.url == reverse("home")
        assert "người quản trị đã gỡ bước xác nhận" in again.get(HOME).content.decode()
        once, answer = first_step(world.province_officer)
        assert "đã gỡ bước xác nhận" not in once.get(HOME).content.decode()


def test_command_line_resets_when_nobody_else_can(world):
    phone_of(world.system_admin)
    call_command("reset_second_factor", "sysadmin", reason="mất điện thoại")
    assert not TOTPDevice.objects.exists()
    event = Event.objects.get(kind="account.factors_reset")
    assert (event.actor, event.reason) == (None, "mất điện thoại")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["phone", "recovery"])
def test_one_code_at_one_moment_lets_one_in(way):
    world = build_world()
    phone_of(world.teacher_a)
    codes = second_factor.make_recovery_codes(user=world.teacher_a)
    code = code_now() if way == "phone" else codes[0]
    start, taken, faults = threading.Barrier(6), [], []

    def one():
        try:
            start.wait(timeout=30)
            taken.append(second_factor.check_code(world.teacher_a, code))
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert sum(each is not None for each in taken) == 1


# --- Passkeys: the way there and back is in tests/browser/test_second_factor.py ------


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"id": 1}',
        '{"rawId": [], "response": 3, "type": "public-key"}',
        json.dumps({"id": "a", "rawId": "a", "type": "public-key", "response": {"signature": 1}}),
    ],
)
def test_hostile_answers_of_a_browser_are_refused(world, sent, monkeypatch):
    monkeypatch.setattr(passkeys, "are_possible", lambda request: True)
    client, _answer = first_step(world.teacher_a)
    url = reverse("accounts:passkey_add")
    client.get(url)
    answer = client.post(url, {"credential": sent, "name": "x", "password": PASSWORD})
    assert answer.status_code == 422
    phone_of(world.teacher_a)
    again, _answer = first_step(world.teacher_a)
    assert again.post(STEP, {"credential": sent}).status_code == 200
    assert not is_in(again)


@pytest.mark.parametrize(
    ("host", "secure", "possible"),
    [
        ("localhost:8000", False, True),
        ("127.0.0.1:8000", False, False),
        ("diemdanh.example.vn", True, True),
        ("diemdanh.example.vn", False, False),
        ("[::1]:8000", True, False),
    ],
)
def test_passkeys_need_a_name_and_https(rf, settings, host, secure, possible):
    settings.ALLOWED_HOSTS = ["*"]
    assert passkeys.are_possible(rf.get("/", secure=secure, headers={"host": host})) is possible
