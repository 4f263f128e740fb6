"""Passwords and codes cannot be guessed, and guessing locks nobody else out."""

import datetime
import threading
import time
import uuid
from statistics import median

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts import drafts, guessing
from accounts.models import FailedAttempts, User
from core.contention import Busy
from core.models import Event
from tests.frozen import freeze_time
from tests.world import PASSWORD, build_world

pytestmark = pytest.mark.django_db
SIGN_IN = reverse("accounts:sign_in")
CHANGE = reverse("accounts:password")
NOON = datetime.datetime(2026, 10, 12, 5, tzinfo=datetime.UTC)


def attempt(username, password, address="10.0.0.1", client=None):
    client = client or Client()
    return client.post(SIGN_IN, {"username": username, "password": password}, REMOTE_ADDR=address)


def guess(username, count, *, addresses=1, client=None):
    """Statuses of wrong passwords, one address after the other."""
    return [
        attempt(username, f"wrong {number}", f"10.0.1.{number % addresses}", client).status_code
        for number in range(count)
    ]


def device_of(user):
    """A browser on which this person has signed in and out."""
    client = Client()
    assert attempt(user.username, PASSWORD, client=client).status_code == 302
    client.post(reverse("accounts:sign_out"))
    return client


def events(kind):
    return Event.objects.filter(kind=kind)


def test_of_eighty_guesses_from_twenty_addresses_five_are_looked_at(world):
    statuses = guess("teacher_a", 80, addresses=20)
    assert statuses == [200] * guessing.FREE + [429] * 75
    assert attempt("teacher_a", PASSWORD, "10.9.9.9").status_code == 429


def test_delay_grows_to_an_hour_and_no_further(world):
    waits = []
    with freeze_time(NOON) as clock:
        for _round in range(14):
            attempt("teacher_a", "wrong")
            row = FailedAttempts.objects.get(key__startswith="name:")
            if row.locked_until is not None:
                waits.append((row.locked_until - timezone.now()).total_seconds() / 60)
                clock.move_to(row.locked_until)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_a_day_has_fewer_than_forty_guesses(world):
    looked_at = 0
    with freeze_time(NOON) as clock:
        while timezone.now() < NOON + datetime.timedelta(days=1):
            looked_at += attempt("teacher_a", "wrong").status_code == 200
            clock.shift(datetime.timedelta(minutes=10))
    assert looked_at < 40


def test_right_password_ends_the_row_of_failures(world):
    guess("teacher_a", guessing.FREE - 1)
    assert attempt("teacher_a", PASSWORD).status_code == 302
    assert guess("teacher_a", guessing.FREE) == [200] * guessing.FREE


def test_a_day_without_failures_forgets_them(world):
    with freeze_time(NOON) as clock:
        guess("teacher_a", guessing.FREE - 1)
        clock.shift(guessing.FORGOTTEN_AFTER)
        assert guess("teacher_a", guessing.FREE) == [200] * guessing.FREE


def test_strangers_do_not_lock_out_a_known_device(world):
    own = device_of(world.teacher_a)
    guess("teacher_a", 30, addresses=5)
    assert attempt("teacher_a", PASSWORD, client=own).status_code == 302


def test_a_known_device_has_its_own_count(world):
    own = device_of(world.teacher_a)
    assert guess("teacher_a", 7, client=own) == [200] * guessing.FREE + [429] * 2
    # The account is open to its owner elsewhere all the same.
    assert attempt("teacher_a", PASSWORD, "10.0.0.9").status_code == 302


def test_a_device_is_known_to_those_only_who_signed_in_on_it(world):
    shared = device_of(world.teacher_a)
    guess("head_a", guessing.FREE)
    assert attempt("head_a", PASSWORD, client=shared).status_code == 429
    forged = Client()
    forged.cookies[guessing.COOKIE] = shared.cookies[guessing.COOKIE].value[:-2] + "xx"
    guess("teacher_a", guessing.FREE)
    assert attempt("teacher_a", PASSWORD, client=forged).status_code == 429


def test_many_people_share_one_device(world):
    shared = device_of(world.teacher_a)
    for user in (world.head_a, world.nobody):
        attempt(user.username, PASSWORD, client=shared)
        shared.post(reverse("accounts:sign_out"))
    for name in ("teacher_a", "head_a", "nobody"):
        guess(name, guessing.FREE)
        assert attempt(name, PASSWORD, client=shared).status_code == 302
        shared.post(reverse("accounts:sign_out"))


def test_a_school_behind_one_address_is_not_locked_out(world):
    assert guessing.ADDRESS_LIMIT >= 100
    guess("somebody", 1)
    FailedAttempts.objects.filter(key="address:10.0.1.0").update(count=99)
    assert attempt("head_a", PASSWORD, "10.0.1.0").status_code == 302


def test_the_address_has_a_limit_that_known_devices_do_not_meet(world, monkeypatch):
    monkeypatch.setattr(guessing, "ADDRESS_LIMIT", 12)
    own = device_of(world.head_a)
    with freeze_time(NOON) as clock:
        for number in range(6):
            guess(f"name-{number}", 2)
        assert attempt("teacher_a", PASSWORD, "10.0.1.0").status_code == 429
        assert attempt("teacher_a", PASSWORD, "10.0.2.0").status_code == 302
        assert attempt("head_a", PASSWORD, "10.0.1.0", own).status_code == 302
        clock.shift(guessing.ADDRESS_WINDOW)
        assert attempt("teacher_a", PASSWORD, "10.0.1.0").status_code == 302


def test_a_refused_guess_waits_for_no_row_and_writes_none(
    world, rf, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(guessing, "ADDRESS_LIMIT", 2)
    for name in ("nobody 1", "nobody 2"):
        attempt(name, "wrong")
    before = list(FailedAttempts.objects.order_by("key").values())
    request = rf.post(SIGN_IN, REMOTE_ADDR="10.0.0.1")
    # The account and the counts are read; no row is locked.
    with django_assert_num_queries(2) as asked, pytest.raises(guessing.Locked):
        guessing.of_sign_in(request, "nobody 3")
    assert not any("FOR UPDATE" in each["sql"] for each in asked.captured_queries)
    assert list(FailedAttempts.objects.order_by("key").values()) == before


def test_right_passwords_do_not_use_up_the_address(world, monkeypatch):
    monkeypatch.setattr(guessing, "ADDRESS_LIMIT", 3)
    for _number in range(6):
        assert attempt("teacher_a", PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("no address", "no address", True),
    ],
)
def test_a_subscriber_of_ipv6_is_one_address(one, other, same):
    keys = [
        guessing._address_key(RequestFactory().get("/", REMOTE_ADDR=each)) for each in (one, other)
    ]
    assert (keys[0] == keys[1]) is same


def test_names_that_nobody_has_are_locked_alike(world):
    known, unknown = guess("teacher_a", 7), guess("no_such_name", 7)
    assert known == unknown
    said = [attempt(name, "x", "10.0.3.1").content.decode() for name in ("teacher_a", "no_such_na")]
    assert "thử lại từ" in said[0]


def test_case_of_a_name_gives_no_further_guesses(world):
    for name in ("teacher_a", "Teacher_A", "TEACHER_A", "teacher_A", "tEACHER_a"):
        attempt(name, "wrong")
    assert attempt("teacher_a", PASSWORD).status_code == 429


def test_work_is_nearly_equal_for_names_that_nobody_has(world, settings):
    settings.PASSWORD_HASHERS = ["accounts.hashers.BoundedArgon2"]
    world.teacher_a.set_password(PASSWORD)
    world.teacher_a.save()
    times = {"teacher_a": [], "no_such_name": []}
    for _number in range(9):
        for name, found in times.items():
            FailedAttempts.objects.all().delete()
            began = time.process_time()
            attempt(name, "wrong")
            found.append(time.process_time() - began)
    one, other = map(median, times.values())
    assert max(one, other) < 2 * min(one, other)


def test_lock_says_when_and_what_to_do_and_keeps_the_form(world):
    with freeze_time(NOON):
        guess("teacher_a", guessing.FREE)
        answer = attempt("teacher_a", PASSWORD)
    text = answer.content.decode()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "61")
    assert "thử lại từ 12 giờ 02" in text
    assert "Người quản trị hệ thống có thể mở khoá ngay" in text
    assert 'value="teacher_a"' in text
    assert PASSWORD not in text


def test_changing_the_password_counts_the_old_one(world, sign_in):
    client = sign_in(world.teacher_a)
    new = "ruong-bac-thang-xanh"
    data = {"new_password1": new, "new_password2": new}
    for number in range(guessing.FREE):
        answer = client.post(CHANGE, {"old_password": f"wrong {number}", **data})
        assert answer.status_code == 422
    assert client.post(CHANGE, {"old_password": PASSWORD, **data}).status_code == 429
    world.teacher_a.refresh_from_db()
    assert world.teacher_a.check_password(PASSWORD)
    assert events("account.locked").count() == 1


def test_an_operation_that_is_refused_does_not_take_the_count_back(world, sign_in):
    client = sign_in(world.teacher_a)
    data = {"new_password1": "x", "new_password2": "x"}
    statuses = [
        client.post(
            CHANGE, {"old_password": f"wrong {number}", "operation": str(uuid.uuid4()), **data}
        ).status_code
        for number in range(7)
    ]
    assert statuses == [422] * guessing.FREE + [429] * 2


def test_another_account_is_not_guessed_inside_an_operation_of_ones_own(world, sign_in):
    """Who is signed in reaches the form of another person's draft; its count must stay too."""
    client, url = sign_in(world.teacher_b), reverse("schools:pupil_add", args=[world.class_a.pk])
    sealed = drafts.seal(drafts.Draft(world.head_a.pk, url, url, [("full_name", "x")]))
    statuses = [
        client.post(
            SIGN_IN,
            {
                "username": "head_a",
                "password": f"wrong {number}",
                "draft": sealed,
                "operation": str(uuid.uuid4()),
            },
        ).status_code
        for number in range(7)
    ]
    assert statuses == [200] * guessing.FREE + [429] * 2


def test_a_view_that_did_not_declare_it_is_an_error(rf):
    with pytest.raises(ImproperlyConfigured):
        guessing.is_own_password(rf.post("/"), "x")


def test_a_busy_server_is_nobodys_failure(world, sign_in, monkeypatch):
    """Else five refusals of a busy morning lock a teacher whose password is right."""
    client = sign_in(world.teacher_a)
    change = {"old_password": PASSWORD, "new_password1": "x", "new_password2": "x"}

    def is_busy(self, raw):
        raise Busy

    with monkeypatch.context() as busy:
        busy.setattr(User, "check_password", is_busy)
        statuses = [attempt("teacher_a", PASSWORD).status_code for _number in range(8)]
        statuses += [client.post(CHANGE, change).status_code for _number in range(8)]
    assert set(statuses) == {429}
    assert set(FailedAttempts.objects.values_list("count", "locked_until")) == {(0, None)}
    assert attempt("teacher_a", PASSWORD).status_code == 302


def test_events_of_failures_are_of_accounts_only_and_bounded(world):
    guess("teacher_a", 40, addresses=4)
    guess("no_such_name", 40, addresses=4)
    assert events("account.sign_in_failed").count() == guessing.FREE - 1
    assert events("account.locked").count() == 1
    assert {each.object_id for each in Event.objects.all()} == {str(world.teacher_a.pk)}


def test_unlocking(world):
    own = device_of(world.teacher_a)
    guess("teacher_a", 6)
    guess("teacher_a", 6, client=own)
    call_command("unlock", "teacher_a")
    assert attempt("teacher_a", PASSWORD, "10.0.0.7").status_code == 302
    assert attempt("teacher_a", PASSWORD, client=own).status_code == 302
    assert events("account.unlocked").count() == 1
    with pytest.raises(CommandError):
        call_command("unlock", "nobody_at_all")


def test_administrator_unlocks_in_the_admin(world, sign_in):
    world.system_admin.is_staff = True
    world.system_admin.save()
    guess("teacher_a", 6)
    answer = sign_in(world.system_admin).post(
        reverse("admin:accounts_user_changelist"),
        {"action": "unlock", "_selected_action": [world.teacher_a.pk]},
    )
    assert answer.status_code == 302
    assert attempt("teacher_a", PASSWORD).status_code == 302
    assert events("account.unlocked").get().actor == world.system_admin


def test_old_counts_are_removed(world):
    with freeze_time(NOON) as clock:
        guess("teacher_a", 1)
        clock.shift(datetime.timedelta(hours=23))
        assert guessing.remove_old() == 0
        clock.shift(datetime.timedelta(hours=2))
        assert guessing.remove_old() == 2


@pytest.mark.django_db(transaction=True)
def test_guesses_at_one_moment_are_counted_one_by_one(monkeypatch):
    """With the lock of the row taken away more than five pass on PostgreSQL."""
    build_world()
    count, checked, faults = 16, [], []
    real = User.check_password
    monkeypatch.setattr(
        User, "check_password", lambda self, raw: checked.append(raw) or real(self, raw)
    )
    start = threading.Barrier(count)

    def one(number):
        try:
            start.wait(timeout=30)
            attempt("teacher_a", f"wrong {number}", f"10.0.4.{number}")
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(checked) == guessing.FREE
    assert FailedAttempts.objects.get(key__startswith="name:").count == guessing.FREE
