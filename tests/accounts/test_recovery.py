"""A forgotten password: a code told by phone, or a link by e-mail."""

import re

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from accounts.models import FailedAttempts, SignedIn, User
from accounts.recovery.services import choose_password, find_account, give_code, mail_link
from accounts.scoping import scope_for
from accounts.services import change_password
from accounts.tokens import find_token, make_token
from core.models import Event
from tests.accounts.test_second_factor import code_now, phone_of
from tests.frozen import freeze_time
from tests.html_query import read
from tests.permission_table import TOKEN as TOKENS
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
SIGN_IN, FORGOTTEN = reverse("accounts:sign_in"), reverse("accounts:forgotten")
OWN = "ruong-bac-thang-xanh"
NO_LONGER = "không còn dùng được"


@pytest.fixture
def letters(settings):
    settings.EMAIL_CONFIGURED = True
    settings.SITE_URL = "https://diemdanh.example.vn"
    return mail.outbox


def attempt(password, username="teacher_a", client=None):
    return (client or Client()).post(SIGN_IN, {"username": username, "password": password})


def code_for(world, by="head_a", person="teacher_a"):
    text, _until = give_code(scope=scope_for(getattr(world, by)), person=getattr(world, person))
    return text


# --- A code told by phone ------------------------------------------------------------------------


def test_code_opens_once_and_leads_to_a_password_of_ones_own(world):
    code, client = code_for(world), Client()
    assert attempt(PASSWORD).status_code == 200
    answer = attempt(code.replace(" ", "  "), client=client)
    assert answer.status_code == 302
    assert client.get(reverse("home")).url == reverse("accounts:password")
    page = client.get(reverse("accounts:password"))
    # The code need not be typed again, and opens nothing a second time.
    assert not read(page).select('input[name="old_password"]')
    assert NO_LONGER in attempt(code).content.decode()
    answer = client.post(reverse("accounts:password"), {"new_password1": OWN, "new_password2": OWN})
    assert answer.status_code == 302
    assert client.get(reverse("attendance:today")).status_code == 200
    assert attempt(OWN).status_code == 302
    user = User.objects.get(pk=world.teacher_a.pk)
    assert (user.temporary_until, user.opens_once, user.must_change_password) == (
        None,
        False,
        False,
    )


def test_code_is_over_after_its_minutes(world):
    code = code_for(world)
    with freeze_time("2026-10-12 00:39:00"):
        assert attempt(code, client=Client()).status_code == 302
    code = code_for(world)
    with freeze_time("2026-10-12 00:41:00"):
        answer = attempt(code)
    assert NO_LONGER in answer.content.decode()


def test_only_the_newest_code_opens(world):
    first, second = code_for(world), code_for(world)
    assert attempt(first).status_code == 200
    assert attempt(second).status_code == 302


def test_code_ends_sessions_keys_and_a_lock(world, sign_in):
    client = sign_in(world.teacher_a)
    assert client.get(reverse("attendance:today")).status_code == 200
    _token, secret = make_token(user=world.teacher_a, name="máy", days=30)
    for _each in range(6):
        attempt("wrong")
    assert attempt(PASSWORD).status_code == 429
    code = code_for(world)
    assert client.get(reverse("home")).status_code == 302
    assert not SignedIn.objects.filter(user=world.teacher_a).exists()
    assert find_token(secret) is None
    assert attempt(code).status_code == 302
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"account.password_reset", "account.code_given", "key.revoked"} <= kinds


def test_code_is_guessed_no_more_often_than_a_password(world):
    code = code_for(world)
    for number in range(5):
        assert attempt(f"0000 000{number}").status_code == 200
    assert attempt(code).status_code == 429
    assert FailedAttempts.objects.get(key__startswith="name:").count == 5


def test_code_does_not_pass_the_second_step(world):
    phone_of(world.teacher_a)
    code, client = code_for(world), Client()
    assert attempt(code, client=client).url == reverse("accounts:second_step")
    # Nothing is used up before the second step is taken.
    assert client.get(reverse("home")).status_code == 302
    answer = client.post(reverse("accounts:second_step"), {"code": code_now()})
    assert answer.status_code == 302
    assert client.get(reverse("home")).url == reverse("accounts:password")


def test_code_used_meanwhile_does_not_pass_the_second_step(world):
    phone_of(world.teacher_a)
    code, client = code_for(world), Client()
    attempt(code, client=client)
    User.objects.filter(pk=world.teacher_a.pk).update(temporary_until=timezone.now())
    answer = client.post(reverse("accounts:second_step"), {"code": code_now()})
    assert answer.url == SIGN_IN
    assert "_auth_user_id" not in client.session


def test_code_is_nowhere_kept(world):
    code = code_for(world)
    digits = code.replace(" ", "")
    user = User.objects.get(pk=world.teacher_a.pk)
    assert digits not in str(vars(user))
    told = [f"{event.changes}{event.reason}{event.object_name}" for event in Event.objects.all()]
    assert not any(digits in text or code in text for text in told)


def test_page_shows_the_code_once(world, sign_in):
    client = sign_in(world.head_a)
    url = reverse("accounts:code_give", args=[world.teacher_a.pk])
    assert "one-time-code" not in client.get(url).content.decode()
    operation = read(client.get(url)).select('input[name="operation"]')[0].get("value")
    page = client.post(url, {"operation": operation})
    code = re.search(r'id="one-time-code">(\d{4} \d{4})<', page.content.decode()).group(1)
    assert page["Cache-Control"].startswith("max-age=0")
    # Sent again it gives no second code, and shows none.
    again = client.post(url, {"operation": operation}, follow=True)
    assert code not in again.content.decode()
    assert attempt(code).status_code == 302


@pytest.mark.parametrize(
    ("by", "person", "status"),
    [
        ("head_a", "teacher_b", 404),
        ("head_a", "commune_officer", 404),
        ("head_a", "head_a", 404),
        ("commune_officer", "head_a", 200),
        ("teacher_a", "head_a", 403),
        ("system_admin", "province_officer", 200),
    ],
)
def test_who_sees_the_page_of_a_code(by, person, status, world, sign_in):
    url = reverse("accounts:code_give", args=[getattr(world, person).pk])
    client = sign_in(getattr(world, by))
    before = getattr(world, person).password
    assert (client.get(url).status_code, client.post(url).status_code) == (status, status)
    changed = User.objects.get(pk=getattr(world, person).pk).password != before
    assert changed == (status == 200)


def test_service_refuses_whom_the_asker_may_not_open(world):
    with pytest.raises(PermissionDenied):
        code_for(world, by="head_a", person="head_b")
    with pytest.raises(PermissionDenied):
        code_for(world, by="teacher_a", person="nobody")


# --- A link by e-mail ----------------------------------------------------------------------------


def link_in(letter):
    return re.search(r"https://diemdanh\.example\.vn(/\S+)", letter.body).group(1)


def is_over(link):
    return Client().get(link).url == FORGOTTEN


def with_email(user, email="hoa@example.vn"):
    User.objects.filter(pk=user.pk).update(email=email)
    return User.objects.get(pk=user.pk)


def test_link_sets_a_password_once(world, letters):
    user = with_email(world.teacher_a)
    assert mail_link(user_id=user.pk)
    link, client = link_in(letters[0]), Client()
    assert letters[0].to == ["hoa@example.vn"]
    assert "teacher_a" in letters[0].body
    answer = client.get(link)
    # The token leaves the address.
    assert answer.url == reverse("accounts:reset_choose")
    weak = client.post(answer.url, {"new_password1": "matkhau2026", "new_password2": "matkhau2026"})
    assert weak.status_code == 422
    done = client.post(answer.url, {"new_password1": OWN, "new_password2": OWN})
    assert done.url == SIGN_IN
    # Nobody is signed in by the link alone.
    assert "_auth_user_id" not in client.session
    assert attempt(OWN).status_code == 302
    assert is_over(link)
    assert client.get(answer.url).url == FORGOTTEN


def test_link_is_over_after_its_minutes_and_after_a_sign_in(world, letters):
    user = with_email(world.teacher_a)
    mail_link(user_id=user.pk)
    link = link_in(letters[0])
    with freeze_time("2026-10-12 01:09:00"):
        assert not is_over(link)
    with freeze_time("2026-10-12 01:11:00"):
        assert is_over(link)
    attempt(PASSWORD)
    assert is_over(link)


def test_link_used_at_one_moment_in_two_browsers_sets_one_password(world, letters):
    user = with_email(world.teacher_a)
    mail_link(user_id=user.pk)
    _empty, _accounts, _reset, uid, token, _end = link_in(letters[0]).split("/")
    assert choose_password(uid=uid, token=token, password=OWN) is not None
    assert choose_password(uid=uid, token=token, password="khac-hoan-toan-roi") is None
    assert attempt(OWN).status_code == 302


def test_link_of_another_or_a_made_up_one_opens_nothing(world, letters):
    mail_link(user_id=with_email(world.teacher_a).pk)
    _empty, _accounts, _reset, uid, token, _end = link_in(letters[0]).split("/")
    other = urlsafe_base64_encode(str(world.teacher_b.pk).encode())
    for one, two in [
        (other, token),
        (uid, "set-password"),
        (uid, "a-b"),
        ("9" * 40, token),
        ("é", token),
    ]:
        assert is_over(reverse("accounts:reset", args=[one, two]))
    assert is_over(reverse("accounts:reset_choose"))


@pytest.mark.parametrize("name", ["teacher_a", "hoa@example.vn", "nobody", "no_such_name"])
def test_answer_is_the_same_whoever_is_asked_for(
    name, world, letters, django_capture_on_commit_callbacks
):
    with_email(world.teacher_a)
    with django_capture_on_commit_callbacks(execute=True):
        answer = Client().post(FORGOTTEN, {"name": name})
    page = TOKENS.sub(b"", answer.content)
    with django_capture_on_commit_callbacks(execute=True):
        other = Client().post(FORGOTTEN, {"name": "somebody_else"})
    assert page == TOKENS.sub(b"", other.content)
    assert len(letters) == (name in {"teacher_a", "hoa@example.vn"})


def test_as_many_queries_whoever_is_asked_for(world, letters, django_assert_num_queries):
    with_email(world.teacher_a)
    for name in ("teacher_a", "hoa@example.vn", "no_such_name"):
        with django_assert_num_queries(2):
            find_account(name)


def test_address_of_two_people_gets_no_letter(world):
    with_email(world.teacher_a, "chung@example.vn")
    with_email(world.teacher_b, "chung@example.vn")
    assert find_account("chung@example.vn") == 0
    assert find_account("teacher_a") == world.teacher_a.pk


def test_letters_are_bounded_for_names_that_exist_and_that_do_not(world, letters):
    for name in ("teacher_a", "no_such_name"):
        statuses = [Client().post(FORGOTTEN, {"name": name}).status_code for _each in range(6)]
        assert statuses == [200] * 5 + [429]


def test_closed_account_and_one_without_address_get_no_letter(world, letters):
    assert not mail_link(user_id=world.teacher_a.pk)
    User.objects.filter(pk=with_email(world.teacher_b).pk).update(is_active=False)
    assert not mail_link(user_id=world.teacher_b.pk)
    assert not mail_link(user_id=0)
    assert letters == []


def test_without_letters_the_page_tells_whom_to_ring(world, settings):
    settings.HELP_LINE = "0213 123 4567"
    page = Client().get(FORGOTTEN).content.decode()
    assert "hiệu trưởng" in page
    assert "0213 123 4567" in page
    assert 'name="name"' not in page
    door = Client().get(SIGN_IN).content.decode()
    assert FORGOTTEN in door
    assert "Sở Giáo dục và Đào tạo tỉnh Lai Châu" in door
    assert "0213 123 4567" in door


# --- First passwords -----------------------------------------------------------------------------


def test_own_new_password_ends_the_temporary_one(world):
    code_for(world)
    user = User.objects.get(pk=world.teacher_a.pk)
    change_password(user=user, password=OWN, by=user)
    user.refresh_from_db()
    assert (user.temporary_until, user.opens_once, user.must_change_password) == (
        None,
        False,
        False,
    )


def test_password_set_by_an_administrator_in_place_of_a_code_lasts(world):
    code_for(world)
    user = User.objects.get(pk=world.teacher_a.pk)
    change_password(user=user, password=OWN, by=world.system_admin)
    user.refresh_from_db()
    assert (user.temporary_until, user.must_change_password) == (None, True)
    with freeze_time("2026-10-20"):
        assert attempt(OWN).status_code == 302
