"""Accounts made in bulk: what is asked, what is made, and where the first passwords are."""

import datetime
import logging
import os
import shutil
import subprocess
import threading

import pytest
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.hashers import hashing
from accounts.issuing import services
from accounts.issuing.new_account import NewAccount, PlaceRef, ref
from accounts.issuing.parsing import MOST_LINES, Reader
from accounts.issuing.sealing import SealBroken, seal, unseal
from accounts.issuing.services import (
    ask_for_accounts,
    ask_for_slips_again,
    batch_died,
    cancel_batch,
    make_accounts,
    remove_slips,
    take_slips,
)
from accounts.models import SLIPS_FOLDER, AccountBatch, RoleGrant, User
from accounts.scoping import scope_for
from accounts.services import end_grant
from core.models import Event
from core.services.background_runs import revive
from lai_chau_edu import settings as product
from operations.backup.stored_files import list_files
from schools.models import SchoolClass
from tests.frozen import freeze_time
from tests.html_query import read
from tests.world import build_world, make_class

pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(days=1)
SIGN_IN = reverse("accounts:sign_in")


@pytest.fixture
def passwords(monkeypatch):
    """The first passwords that are handed out, in their order."""
    made = []

    def noted():
        made.append(f"suoi xanh mua {'abcdefgh'[len(made) % 8]}{len(made)}")
        return made[-1]

    monkeypatch.setattr(services, "first_password", noted)
    return made


def teachers(world, *names):
    return [
        NewAccount(name, "teacher", (ref(world.class_a),), slip_place="TH&THCS A Một")
        for name in names
    ]


def ask(world, people, by="head_a", **more):
    more.setdefault("valid_from", world.today)
    return ask_for_accounts(scope=scope_for(getattr(world, by)), people=people, **more)


def files():
    try:
        return default_storage.listdir(SLIPS_FOLDER)[1]
    except FileNotFoundError:
        return []


@pytest.fixture(autouse=True)
def no_files_of_other_tests():
    yield
    shutil.rmtree(default_storage.path(SLIPS_FOLDER), ignore_errors=True)


# --- Making --------------------------------------------------------------------------------------


def test_accounts_have_a_role_and_a_first_password_that_ends(world, passwords):
    batch = ask(world, teachers(world, "Hà Thị Liên", "Hà Thị Liên", "Lù A Tú"))
    make_accounts(batch_id=batch.pk)
    made = {line.user.username: line.user for line in batch.lines.select_related("user")}
    assert sorted(made) == ["lienht", "lienht2", "tula"]
    user = made["lienht"]
    assert user.must_change_password
    assert user.temporary_until == timezone.now() + 30 * ONE_DAY
    grant = RoleGrant.objects.get(user=user)
    assert (grant.role, grant.school_class, grant.granted_by) == (
        "teacher",
        world.class_a,
        world.head_a,
    )
    client = Client()
    typed = passwords[0].title().replace(" ", "  ")
    answer = client.post(SIGN_IN, {"username": "lienht", "password": typed})
    assert answer.status_code == 302
    assert client.get(reverse("home")).url == reverse("accounts:password")
    kinds = list(Event.objects.filter(actor=world.head_a).values_list("kind", flat=True))
    assert kinds.count("account.made") == kinds.count("role.given") == 3
    assert {"accounts.asked", "accounts.slips_made"} <= set(kinds)


def test_first_password_opens_nothing_after_its_days(world, passwords):
    make_accounts(batch_id=ask(world, teachers(world, "Hà Thị Liên")).pk)
    with freeze_time(timezone.now() + 31 * ONE_DAY):
        answer = Client().post(SIGN_IN, {"username": "lienht", "password": passwords[0]})
    assert "không còn dùng được" in answer.content.decode()


def test_what_is_not_the_giver_s_to_give_is_refused_whole(world):
    mixed = [
        *teachers(world, "Hà Thị Liên"),
        NewAccount("Lù A Tú", "teacher", (ref(world.class_b),)),
    ]
    for people in (
        mixed,
        [NewAccount("Lù A Tú", "school_head", (ref(world.school_a),))],
        [NewAccount("Lù A Tú", "system_admin")],
        [NewAccount("Lù A Tú", "teacher", (PlaceRef("school", world.school_a.pk),))],
        [NewAccount("Lù A Tú", "teacher", ())],
        [NewAccount("Lù A Tú", "teacher", (PlaceRef("school_class", 987_654),))],
    ):
        with pytest.raises(PermissionDenied):
            ask(world, people)
    assert not AccountBatch.objects.exists()
    with pytest.raises(ValidationError):
        ask(world, [])
    with pytest.raises(ValidationError):
        ask(world, teachers(world, "Hà Thị Liên"), valid_from=world.today - ONE_DAY)


def test_giver_who_lost_the_place_meanwhile_makes_nothing(world, caplog):
    batch = ask(world, teachers(world, "Hà Thị Liên"))
    grant = RoleGrant.objects.get(user=world.head_a)
    end_grant(grant=grant, on=world.today, by=world.system_admin)
    with caplog.at_level(logging.CRITICAL):
        make_accounts(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.state == "failed"
    assert "không còn" in str(batch.problem)
    assert not User.objects.filter(username="lienht").exists()


def test_run_that_died_is_made_whole_without_a_second_account(world, passwords, monkeypatch):
    monkeypatch.setattr(services, "CHUNK", 2)
    batch = ask(world, teachers(world, "Hà Thị Liên", "Lù A Tú", "Mùa A Dơ", "Cà Văn Ín"))
    write, calls = services._write, []

    def dies_at_the_second(*args):
        calls.append(1)
        if len(calls) == 2:
            raise SystemExit
        return write(*args)

    monkeypatch.setattr(services, "_write", dies_at_the_second)
    with pytest.raises(SystemExit):
        make_accounts(batch_id=batch.pk)
    lost = passwords[0]
    assert User.objects.filter(username__in=["lienht", "tula"]).count() == 2
    assert files() == []
    batch_died(batch_id=batch.pk, given_up=False)
    make_accounts(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.state == "done"
    assert User.objects.filter(full_name__in=["Hà Thị Liên", "Cà Văn Ín"]).count() == 2
    user = User.objects.get(username="lienht")
    assert not user.check_password(lost)
    assert user.check_password(passwords[4])


def test_waiting_batch_is_found_by_the_sweep(world):
    batch = ask(world, teachers(world, "Hà Thị Liên"))
    assert revive(AccountBatch) == []
    with freeze_time(timezone.now() + datetime.timedelta(minutes=16)):
        assert revive(AccountBatch) == [batch]
        AccountBatch.objects.update(state="running", heartbeat_at=timezone.now() - 2 * ONE_DAY)
        assert revive(AccountBatch) == [batch]
    batch.refresh_from_db()
    assert batch.state == "waiting"


def test_cancelled_batch_is_not_made(world, sign_in):
    batch = ask(world, teachers(world, "Hà Thị Liên"))
    client, page = sign_in(world.head_a), reverse("accounts:batch", args=[batch.pk])
    cancel = reverse("accounts:batch_cancel", args=[batch.pk])
    assert cancel in client.get(page).content.decode()
    client.post(cancel)
    assert make_accounts(batch_id=batch.pk) is None
    assert not User.objects.filter(username="lienht").exists()
    assert cancel not in client.get(page).content.decode()
    assert "Không kịp huỷ" in client.post(cancel, follow=True).content.decode()
    assert Event.objects.filter(kind="accounts.cancelled").count() == 1


def test_batch_cancelled_while_it_is_made_stops_before_the_next_people(world, monkeypatch):
    monkeypatch.setattr(services, "CHUNK", 1)
    batch = ask(world, teachers(world, "Hà Thị Liên", "Lù A Tú"))
    write = services._write

    def then_cancelled(*args):
        made = write(*args)
        assert cancel_batch(batch=batch, by=world.head_a)
        return made

    monkeypatch.setattr(services, "_write", then_cancelled)
    make_accounts(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.state == "cancelled"
    assert User.objects.filter(username="lienht").exists()
    assert not User.objects.filter(username="tula").exists()
    assert files() == []


def test_job_that_lost_its_batch_writes_no_account(world, monkeypatch):
    batch = ask(world, teachers(world, "Hà Thị Liên"))
    one_maker = services._one_maker

    def cancelled_meanwhile():
        one_maker()
        cancel_batch(batch=batch, by=world.head_a)

    monkeypatch.setattr(services, "_one_maker", cancelled_meanwhile)
    make_accounts(batch_id=batch.pk)
    assert not User.objects.filter(username="lienht").exists()


def test_batch_is_made_once(world):
    batch = ask(world, teachers(world, "Hà Thị Liên"))
    assert make_accounts(batch_id=batch.pk) is not None
    assert make_accounts(batch_id=batch.pk) is None
    assert User.objects.filter(full_name="Hà Thị Liên").count() == 1


def test_hashing_waits_while_others_sign_in(settings, monkeypatch):
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS
    made, waits = [], threading.Event()
    monkeypatch.setattr(services.time, "sleep", lambda seconds: waits.set())
    thread = threading.Thread(target=lambda: made.append(services._hash("suoi xanh")))
    with hashing(), hashing():
        thread.start()
        assert waits.wait(30)
        assert made == []
    thread.join()
    assert len(made) == 1


@pytest.mark.django_db(transaction=True)
def test_two_makers_at_once_take_different_names(today):
    world = build_world(today)
    names = ["Hà Thị Liên", "Lù A Tú", "Mùa A Dơ"] * 4
    one = ask(world, teachers(world, *names))
    other = ask(world, teachers(world, *reversed(names)))

    def make(batch):
        make_accounts(batch_id=batch.pk)
        connection.close()

    threads = [threading.Thread(target=make, args=[batch]) for batch in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(AccountBatch.objects.values_list("state", flat=True)) == {"done"}
    found = User.objects.filter(full_name__in=names)
    assert found.count() == 24
    assert found.filter(username__startswith="lienht").count() == 8


def test_name_taken_at_the_same_moment_gives_the_next(world, monkeypatch):
    chosen = services.free_name

    def overtaken(full_name, taken):
        name = chosen(full_name, taken)
        if name == "lienht":
            User.objects.create(username="lienht", password=make_password(None))
        return name

    monkeypatch.setattr(services, "free_name", overtaken)
    batch = ask(world, teachers(world, "Hà Thị Liên"))
    make_accounts(batch_id=batch.pk)
    assert batch.lines.get().user.username == "lienht2"


# --- Slips ---------------------------------------------------------------------------------------


def text_of(pdf, tmp_path):
    path = tmp_path / "slips.pdf"
    path.write_bytes(pdf)
    return subprocess.run(
        ["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True
    ).stdout


def test_slips_are_taken_once_by_their_maker(world, passwords, caplog):
    with caplog.at_level(logging.DEBUG):
        batch = ask(world, teachers(world, "Hà Thị Liên"))
        make_accounts(batch_id=batch.pk)
        batch.refresh_from_db()
        (name,) = files()
        with default_storage.open(f"{SLIPS_FOLDER}/{name}") as file:
            sealed = file.read()
        assert take_slips(batch=batch, by=world.system_admin) is None
        pdf = take_slips(batch=batch, by=world.head_a)
    assert pdf.startswith(b"%PDF")
    assert files() == []
    assert take_slips(batch=batch, by=world.head_a) is None
    # The password is in no log, event, row or readable file.
    assert b"%PDF" not in sealed
    for text in (passwords[0], passwords[0].replace(" ", "")):
        assert text not in caplog.text
        assert text.encode() not in sealed
        assert not any(text in f"{vars(event)}" for event in Event.objects.all())
        assert not any(text in f"{vars(line)}" for line in batch.lines.all())


def test_slip_says_what_is_needed(world, passwords, tmp_path, settings):
    settings.SITE_URL = "https://diemdanh.example.vn"
    people = [
        *teachers(world, "Hà Thị Liên #strong[x]", "Lù A Tú"),
        NewAccount("Tẩn Tả Mẩy", "teacher", (ref(world.class_a12),), slip_place="Trường khác"),
    ]
    batch = ask(world, people)
    make_accounts(batch_id=batch.pk)
    text = text_of(take_slips(batch=batch, by=world.head_a), tmp_path)
    first, second = text.split("\f")[:2]
    for words in (
        "Hà Thị Liên",
        "#strong[x]",
        passwords[0],
        "tula",
        "https://diemdanh.example.vn",
        "11/11/2026",
    ):
        assert words in first
    assert "Đổi mật khẩu ở lần đầu" in " ".join(first.split())
    # Each school on a page of its own.
    assert "Tẩn Tả Mẩy" in second
    assert "Tẩn Tả Mẩy" not in first


def test_slips_are_removed_after_an_hour(world):
    batch = ask(world, teachers(world, "Hà Thị Liên"))
    make_accounts(batch_id=batch.pk)
    assert remove_slips() == 0
    assert len(files()) == 1
    with freeze_time(timezone.now() + datetime.timedelta(minutes=61)):
        batch.refresh_from_db()
        assert take_slips(batch=batch, by=world.head_a) is None
        assert remove_slips() == 1
    assert files() == []


def test_file_that_no_batch_names_is_removed(world):
    batch = ask(world, teachers(world, "Hà Thị Liên"))
    make_accounts(batch_id=batch.pk)
    AccountBatch.objects.update(file="")
    (name,) = files()
    long_ago = (timezone.now() - ONE_DAY).timestamp()
    os.utime(default_storage.path(f"{SLIPS_FOLDER}/{name}"), (long_ago, long_ago))
    assert remove_slips() == 1
    assert files() == []


def test_slips_are_in_no_backup(world):
    make_accounts(batch_id=ask(world, teachers(world, "Hà Thị Liên")).pk)
    assert len(files()) == 1
    assert not [path for path in list_files() if SLIPS_FOLDER in path]


def test_seal_is_of_one_batch_and_one_key(world, settings):
    one, other = ask(world, teachers(world, "A B")), ask(world, teachers(world, "C D"))
    sealed = seal(b"secret", one.pk)
    assert unseal(sealed, one.pk) == b"secret"
    with pytest.raises(SealBroken):
        unseal(sealed, other.pk)
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "y" * 50
    with pytest.raises(SealBroken):
        unseal(sealed, one.pk)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert unseal(sealed, one.pk) == b"secret"


def test_new_slips_are_for_those_who_never_signed_in(world, passwords):
    make_accounts(batch_id=ask(world, teachers(world, "Hà Thị Liên", "Lù A Tú")).pk)
    tu, lien = User.objects.get(username="tula"), User.objects.get(username="lienht")
    User.objects.filter(pk=lien.pk).update(last_login=timezone.now())
    people = list(User.objects.filter(username__in=["lienht", "tula", "head_a", "teacher_b"]))
    again = ask_for_slips_again(scope=scope_for(world.head_a), people=people, place="A Một")
    assert [line.user.username for line in again.lines.select_related("user")] == ["tula"]
    make_accounts(batch_id=again.pk)
    tu.refresh_from_db()
    assert not tu.check_password(passwords[1])
    assert tu.check_password(passwords[2])
    # Who signs in between the wish and the making keeps the password.
    again = ask_for_slips_again(scope=scope_for(world.head_a), people=[tu], place="A Một")
    User.objects.filter(pk=tu.pk).update(last_login=timezone.now())
    make_accounts(batch_id=again.pk)
    tu.refresh_from_db()
    assert tu.check_password(passwords[2])
    with pytest.raises(ValidationError):
        ask_for_slips_again(scope=scope_for(world.head_a), people=[tu], place="A Một")


# --- What is pasted ------------------------------------------------------------------------------


def lines_of(world, text, role="teacher", by="head_a", school=None):
    reader = Reader(scope_for(getattr(world, by)), role, school or world.school_a)
    return reader.read(text)


def test_cells_are_known_by_their_look(world):
    text = (
        "STT\tHọ và tên\tĐiện thoại\tLớp\n"
        "1\tHÀ  Thị Liên\t0912 345 678\t6A, 1+2 Háng Lìa\tlien@example.vn\n"
        "\n"
        "Lù A Tú; lớp 6a\n"
        "Nguyễn Thị Hoa;6A"
    )
    one, two, three = lines_of(world, text)
    assert one.person == NewAccount(
        full_name="HÀ Thị Liên",
        role="teacher",
        places=(ref(world.class_a), ref(world.class_a12)),
        phone="0912 345 678",
        email="lien@example.vn",
        slip_place=str(world.school_a),
    )
    assert (one.username, two.username) == ("lienht", "tula")
    assert two.person.places == (ref(world.class_a),)
    assert three.namesake == "teacher_a"


WRONG = {
    "Hà Thị Liên": "Hãy ghi lớp",
    "Hà Thị Liên; 9Z": "không có lớp “9Z”",
    "0912345678; 6A": "Hãy ghi lớp",
    "H4 Thị Liên; 6A": "Hãy ghi họ tên trước",
    "Hà Thị Liên; 6A; lien@": "không phải địa chỉ thư",
    "Hà Thị Liên; 6B": "không có lớp “6B”",
    f"{'x' * 300}; 6A": "ô quá dài",
    "a" + "\u0301" * 40 + "; 6A": "quá 30 dấu",
}


def test_line_that_cannot_be_taken_says_why(world):
    for text, said in WRONG.items():
        (line,) = lines_of(world, text)
        assert line.person is None
        assert any(said in str(problem) for problem in line.problems), (text, line.problems)


def test_heads_are_for_schools_and_officers_for_areas(world):
    one, two, three = lines_of(
        world,
        "Hà Thị Liên; 12A1\nLù A Tú; th&thcs a một\nMùa A Dơ; THCS B Một",
        role="school_head",
        by="commune_officer",
    )
    assert one.person.places == two.person.places == (ref(world.school_a),)
    assert three.person is None
    (officer,) = lines_of(
        world, "Hà Thị Liên; xã A Hai", role="commune_officer", by="district_officer"
    )
    assert officer.person.places == (ref(world.commune_a2),)


def test_more_lines_than_at_once_are_refused(world):
    with pytest.raises(ValidationError):
        lines_of(world, "Hà Thị Liên; 6A\n" * (MOST_LINES + 1))


def test_class_of_this_year_is_meant_when_both_years_have_one(world):
    later = type(world.year).objects.create(
        code="2027-2028", valid_from=world.year.valid_to, valid_to=datetime.date(2028, 8, 1)
    )
    make_class(world.school_a, later, "6A", "THCS", "6", [])
    assert SchoolClass.objects.filter(school=world.school_a, name="6A").count() == 2
    (line,) = lines_of(world, "Hà Thị Liên; 6A")
    assert line.person.places == (ref(world.class_a),)


# --- Pages ---------------------------------------------------------------------------------------


def test_head_makes_accounts_in_three_clicks(
    world, sign_in, passwords, django_capture_on_commit_callbacks
):
    client, url = sign_in(world.head_a), reverse("accounts:issue")
    page = read(client.get(url))
    data = {
        "role": "teacher",
        "school": world.school_a.pk,
        "valid_from": world.today,
        "names": "Hà Thị Liên; 6A\nLù A Tú; 9Z\nNguyễn Thị Hoa; 6A",
        "operation": page.select('input[name="operation"]')[0].get("value"),
    }
    look = client.post(url, data | {"step": "look"})
    shown = look.content.decode()
    assert "lienht" in shown
    assert "không có lớp “9Z”" in shown
    # A namesake is not ticked by itself.
    ticked = [
        box.get("value")
        for box in read(look).select("input[name=line]")
        if "checked" in box.attributes
    ]
    assert ticked == ["1"]
    assert not User.objects.filter(username="lienht").exists()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url, data | {"step": "make", "line": ticked})
    assert answer.status_code == 302
    assert User.objects.filter(username="lienht").exists()
    page = client.get(answer.url)
    assert "Tải phiếu" in page.content.decode()
    assert passwords[0] not in page.content.decode()
    fetched = client.post(answer.url + "slips/")
    assert fetched["Content-Type"] == "application/pdf"
    assert fetched["Cache-Control"].startswith("max-age=0")
    assert fetched.content.startswith(b"%PDF")
    again = client.post(answer.url + "slips/", follow=True)
    assert "Hãy in phiếu mới" in again.content.decode()


def test_batch_is_its_makers_alone(world, sign_in):
    batch = ask(world, teachers(world, "Hà Thị Liên"))
    make_accounts(batch_id=batch.pk)
    for person in (world.commune_officer, world.system_admin, world.head_b):
        client = sign_in(person)
        assert client.get(reverse("accounts:batch", args=[batch.pk])).status_code == 404
        assert client.post(reverse("accounts:slips", args=[batch.pk])).status_code == 404
    assert len(files()) == 1


def test_line_that_is_not_ticked_or_not_there_is_not_made(world, sign_in):
    data = {
        "role": "teacher",
        "school": world.school_a.pk,
        "valid_from": world.today,
        "names": "Hà Thị Liên; 6A\nLù A Tú; 9Z",
        "step": "make",
    }
    client = sign_in(world.head_a)
    for ticked in ([], ["2"], ["7"], ["x"]):
        answer = client.post(reverse("accounts:issue"), data | {"line": ticked})
        assert answer.status_code == 422
    assert not AccountBatch.objects.exists()
