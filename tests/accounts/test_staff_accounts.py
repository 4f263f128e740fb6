"""Accounts from the staff list: for whom, by whom, once for a person, and what they open."""

import datetime
import stat
import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.giving.reach import may_reset
from accounts.giving.selectors import accounts, person_in, school_counts
from accounts.issuing import services
from accounts.issuing.candidates import candidates, schools_to_staff
from accounts.issuing.for_staff import ask_for_staff_accounts
from accounts.issuing.services import batch_died, cancel_batch, make_accounts, take_slips
from accounts.models import (
    SLIPS_FOLDER,
    AccountBatch,
    AccountBatchLine,
    Post,
    RoleGrant,
    StaffMember,
    User,
)
from accounts.scoping import scope_for
from accounts.services import end_grant
from accounts.staff.models import AssignmentKind, PostKind
from accounts.staff.services.posts import end_post
from core.models import Event
from core.permissions import Permission as P
from tests.accounts.staff_builders import make_person, teach
from tests.accounts.test_issuing import SIGN_IN, files, no_files_of_other_tests, passwords, text_of
from tests.html_query import read
from tests.world import build_world, make_user

__all__ = ["no_files_of_other_tests", "passwords"]
pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(days=1)


@pytest.fixture
def staff(world):
    """A school of every post: a head, a deputy, two with classes, one without, a clerk."""
    return build_staff(world)


def build_staff(world):
    def person(name, kind=PostKind.TEACHER, **more):
        return make_person(name, world.school_a, since=world.since, kind=kind, **more)

    world.head = person("Giàng A Páo", PostKind.HEAD)
    world.deputy = person("Vàng Thị Súa", PostKind.DEPUTY_HEAD)
    world.lien = person("Hà Thị Liên", phone="0912345678", email="lien@example.vn")
    world.tu = person("Lù A Tú")
    world.without = person("Mùa A Dơ")
    world.clerk = person("Cà Văn Ín", PostKind.CLERK)
    teach(world.lien, world.class_a12, start=world.since)
    teach(world.tu, world.class_a, start=world.since, kind=AssignmentKind.SUBJECT)
    return world


def found_by(world, by):
    scope = scope_for(getattr(world, by))
    return {
        each.person.full_name: each for each in candidates(scope, schools=schools_to_staff(scope))
    }


def ask(world, *people, by="head_a"):
    return ask_for_staff_accounts(
        scope=scope_for(getattr(world, by)), people=[each.pk for each in people]
    )


def make(world, *people, by="head_a"):
    batch = ask(world, *people, by=by)
    make_accounts(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.state == "done"
    return batch


def account_of(person):
    person.refresh_from_db()
    return person.user


# --- Who is chosen -------------------------------------------------------------------------------


def test_heads_and_teachers_of_classes_are_chosen_by_themselves(staff):
    found = found_by(staff, "province_officer")
    assert {name: str(each.group) for name, each in found.items()} == {
        "Giàng A Páo": "head",
        "Vàng Thị Súa": "deputy",
        "Hà Thị Liên": "class",
        "Lù A Tú": "class",
        "Mùa A Dơ": "teacher",
        "Cà Văn Ín": "clerk",
    }
    usual = {name for name, each in found.items() if each.is_usual}
    assert usual == {"Giàng A Páo", "Hà Thị Liên", "Lù A Tú"}


def test_deputy_who_has_a_class_is_chosen_as_its_teacher(staff):
    teach(staff.deputy, staff.class_a, start=staff.since)
    assert found_by(staff, "head_a")["Vàng Thị Súa"].is_usual


def test_who_has_an_account_or_left_is_not_listed(staff):
    staff.lien.user = staff.nobody
    staff.lien.save()
    end_post(post=Post.objects.get(person=staff.tu), on=staff.today, by=None)
    assert {"Hà Thị Liên", "Lù A Tú"}.isdisjoint(found_by(staff, "head_a"))


def test_head_of_a_school_sees_nobody_of_another(staff):
    assert found_by(staff, "head_b") == {}
    assert found_by(staff, "teacher_a") == {}


def test_account_of_the_name_in_no_staff_list_must_be_looked_at(staff):
    hoa = make_person("Nguyễn Thị  HOA", staff.school_a, since=staff.since)
    teach(hoa, staff.class_a, start=staff.since)
    # Of another school, the same name says nothing.
    other = make_person("Nguyễn Thị Hoa", staff.school_b, since=staff.since)
    found = candidates(
        scope_for(staff.province_officer), schools=schools_to_staff(scope_for(staff.system_admin))
    )
    named = {each.person.pk: each for each in found}
    assert named[hoa.pk].namesakes == ["teacher_a"]
    assert not named[hoa.pk].is_usual
    assert named[other.pk].namesakes == []


def test_makers_of_the_same_name_are_shown_their_own_account(staff):
    name = staff.province_officer.full_name
    make_person(name, staff.school_a, since=staff.since)
    found = found_by(staff, "province_officer")[name]
    assert found.namesakes == [staff.province_officer.username]


# --- Who may -------------------------------------------------------------------------------------


def test_office_above_makes_the_account_of_a_head_with_the_role(staff):
    assert found_by(staff, "head_a")["Giàng A Páo"].obstacle == "head"
    with pytest.raises(PermissionDenied):
        ask(staff, staff.lien, staff.head)
    assert not AccountBatch.objects.exists()
    for by in ("commune_officer", "district_officer", "province_officer", "system_admin"):
        assert found_by(staff, by)["Giàng A Páo"].head_of == [staff.school_a]
    make(staff, staff.head, by="commune_officer")
    grant = RoleGrant.objects.get(user=account_of(staff.head))
    assert (grant.role, grant.school, grant.granted_by, grant.valid_from) == (
        "school_head",
        staff.school_a,
        staff.commune_officer,
        staff.today,
    )
    assert scope_for(staff.head.user).may(P.MANAGE_STAFF)


def test_who_also_teaches_elsewhere_is_made_by_the_office_above_both(staff):
    make_person("", staff.school_b, since=staff.since, person=staff.lien)
    assert found_by(staff, "head_a")["Hà Thị Liên"].obstacle == ""
    # Also a class that is theirs only from tomorrow.
    teach(staff.lien, staff.class_b, start=staff.today + ONE_DAY)
    assert found_by(staff, "head_a")["Hà Thị Liên"].obstacle == "elsewhere"
    with pytest.raises(PermissionDenied):
        ask(staff, staff.lien)
    assert found_by(staff, "province_officer")["Hà Thị Liên"].obstacle == ""


def test_head_post_elsewhere_keeps_a_head_from_making_the_account(staff):
    make_person("", staff.school_b, since=staff.since, person=staff.tu, kind=PostKind.HEAD)
    assert found_by(staff, "head_a")["Lù A Tú"].obstacle == "head"


def test_people_of_other_places_are_not_made(staff):
    other = make_person("Sùng Thị Ly", staff.school_b, since=staff.since)
    with pytest.raises(ValidationError):
        ask(staff, other)
    batch = ask(staff, other, staff.lien)
    assert [line.full_name for line in batch.lines.all()] == ["Hà Thị Liên"]
    with pytest.raises(ValidationError):
        ask(staff, staff.lien, by="teacher_a")


# --- What is made --------------------------------------------------------------------------------


def test_account_is_the_persons_and_its_classes_open_without_a_role(staff, passwords):
    make(staff, staff.lien, staff.clerk)
    user = account_of(staff.lien)
    assert (user.full_name, user.phone, user.email) == (
        "Hà Thị Liên",
        "0912345678",
        "lien@example.vn",
    )
    assert not RoleGrant.objects.filter(user__in=[user, account_of(staff.clerk)]).exists()
    assert scope_for(user).places(P.TAKE_REGISTER).classes == {staff.class_a12.pk}
    assert not scope_for(staff.clerk.user).permissions
    answer = Client().post(SIGN_IN, {"username": user.username, "password": passwords[0]})
    assert answer.status_code == 302
    kinds = list(Event.objects.filter(actor=staff.head_a).values_list("kind", flat=True))
    assert kinds.count("account.made") == kinds.count("staff.account_linked") == 2
    # What was needed for the making goes with it.
    assert set(AccountBatchLine.objects.values_list("phone", "email")) == {("", "")}


def test_person_of_two_schools_gets_one_account(staff):
    make_person("", staff.school_b, since=staff.since, person=staff.lien)
    teach(staff.lien, staff.class_b, start=staff.since)
    found = candidates(
        scope_for(staff.province_officer),
        schools=schools_to_staff(scope_for(staff.province_officer)),
    )
    assert [each.person.pk for each in found].count(staff.lien.pk) == 1
    make(staff, staff.lien, by="province_officer")
    assert User.objects.filter(full_name="Hà Thị Liên").count() == 1
    classes = scope_for(account_of(staff.lien)).places(P.TAKE_REGISTER).classes
    assert classes == {staff.class_a12.pk, staff.class_b.pk}


def test_two_batches_with_one_person_make_one_account(staff, passwords):
    one, other = ask(staff, staff.lien, staff.tu), ask(staff, staff.lien, by="commune_officer")
    make_accounts(batch_id=one.pk)
    made = account_of(staff.lien)
    make_accounts(batch_id=other.pk)
    other.refresh_from_db()
    assert other.state == "done"
    assert User.objects.filter(full_name="Hà Thị Liên").count() == 1
    # The second one has no slip of theirs, and the first password stays what it was.
    assert other.lines.get().user is None
    made.refresh_from_db()
    assert made.check_password(passwords[0])


@pytest.mark.django_db(transaction=True)
def test_two_makers_at_one_moment_make_one_account_of_a_person(today):
    world = build_staff(build_world(today))
    people = [world.lien, world.tu, world.without]
    batches = [
        ask(world, *people, by="head_a"),
        ask(world, *people, by="commune_officer"),
        ask(world, *people, by="province_officer"),
    ]

    def run(batch):
        make_accounts(batch_id=batch.pk)
        connection.close()

    threads = [threading.Thread(target=run, args=[batch]) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(AccountBatch.objects.values_list("state", flat=True)) == {"done"}
    names = [each.full_name for each in people]
    assert sorted(User.objects.filter(full_name__in=names).values_list("full_name", flat=True)) == (
        sorted(names)
    )
    assert AccountBatchLine.objects.filter(user__isnull=False).count() == 3


def test_run_that_died_gives_new_passwords_and_no_second_account(staff, passwords, monkeypatch):
    monkeypatch.setattr(services, "CHUNK", 1)
    batch = ask(staff, staff.lien, staff.tu)
    write, calls = services._write, []

    def dies_at_the_second(*args):
        calls.append(1)
        if len(calls) == 2:
            raise SystemExit
        return write(*args)

    monkeypatch.setattr(services, "_write", dies_at_the_second)
    with pytest.raises(SystemExit):
        make_accounts(batch_id=batch.pk)
    assert account_of(staff.lien).check_password(passwords[0])
    batch_died(batch_id=batch.pk, given_up=False)
    make_accounts(batch_id=batch.pk)
    assert User.objects.filter(full_name__in=["Hà Thị Liên", "Lù A Tú"]).count() == 2
    assert account_of(staff.lien).check_password(passwords[2])
    assert account_of(staff.tu).check_password(passwords[3])


def test_what_changed_since_it_was_asked_counts(staff):
    batch = ask(staff, staff.lien, staff.tu, staff.without)
    teach_elsewhere(staff, staff.tu)
    end_post(post=Post.objects.get(person=staff.without), on=staff.today, by=None)
    make_accounts(batch_id=batch.pk)
    assert account_of(staff.lien) is not None
    assert account_of(staff.tu) is None
    assert account_of(staff.without) is None


def teach_elsewhere(world, person):
    make_person("", world.school_b, since=world.since, person=person)
    teach(person, world.class_b, start=world.since)


def test_head_who_is_head_no_longer_gets_no_role(staff):
    batch = ask(staff, staff.head, by="province_officer")
    post = Post.objects.get(person=staff.head)
    end_post(post=post, on=staff.today, by=None)
    make_person("", staff.school_a, since=staff.today, person=staff.head)
    make_accounts(batch_id=batch.pk)
    assert not RoleGrant.objects.filter(user=account_of(staff.head)).exists()


def test_maker_who_lost_the_school_makes_nothing(staff):
    batch = ask(staff, staff.lien)
    grant = RoleGrant.objects.get(user=staff.head_a)
    end_grant(grant=grant, on=staff.today, by=staff.system_admin)
    make_accounts(batch_id=batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.problem_code) == ("failed", "not_to_give")
    assert account_of(staff.lien) is None


def test_each_school_has_pages_of_its_own_commune_by_commune(staff, tmp_path):
    other = make_person("Sùng Thị Ly", staff.school_b, since=staff.since)
    # The order is of communes, not of school names.
    type(staff.school_a).objects.filter(pk=staff.school_a.pk).update(name="Z", name_key="z")
    batch = make(staff, other, staff.lien, staff.head, by="province_officer")
    first, second = text_of(take_slips(batch=batch, by=staff.province_officer), tmp_path).split(
        "\f"
    )[:2]
    assert "Hà Thị Liên" in first
    assert "Giàng A Páo" in first
    assert "Xã A Một" in first
    assert "Sùng Thị Ly" in second
    assert "Sùng Thị Ly" not in first


# --- Afterwards ----------------------------------------------------------------------------------


def test_head_answers_for_accounts_of_the_staff_without_a_role(staff):
    make(staff, staff.lien, staff.clerk, staff.deputy)
    scope = scope_for(staff.head_a)
    for person in (staff.lien, staff.clerk):
        assert person_in(scope, account_of(person).pk) is not None
        assert may_reset(scope, person.user)
        assert not may_reset(scope_for(staff.head_b), person.user)
        assert person_in(scope_for(staff.head_b), person.user.pk) is None
    listed = {line.user.full_name for line in accounts(scope, school=staff.school_a)}
    assert {"Hà Thị Liên", "Cà Văn Ín", "Vàng Thị Súa", "Nguyễn Thị Hoa"} <= listed
    (count,) = school_counts(scope)
    assert count.never == 4
    # A right elsewhere, today or to come, is not the head's to open.
    teach_elsewhere(staff, staff.clerk)
    assert not may_reset(scope, staff.clerk.user)
    make_person("", staff.school_b, since=staff.since, person=staff.deputy)
    assert not may_reset(scope, account_of(staff.deputy))
    assert may_reset(scope_for(staff.province_officer), staff.deputy.user)


def test_class_to_come_elsewhere_keeps_the_head_from_opening_an_account(staff):
    make(staff, staff.lien)
    make_person("", staff.school_b, since=staff.since, person=staff.lien)
    assert may_reset(scope_for(staff.head_a), account_of(staff.lien))
    teach(staff.lien, staff.class_b, start=staff.today + ONE_DAY)
    assert not may_reset(scope_for(staff.head_a), staff.lien.user)


# --- Pages ---------------------------------------------------------------------------------------


def test_twenty_teachers_have_slips_in_three_clicks_from_the_staff_page(
    world, sign_in, django_capture_on_commit_callbacks
):
    for number in range(20):
        person = make_person(f"Lò Văn {number:02}", world.school_a, since=world.since)
        teach(person, world.class_a, start=world.since, kind=AssignmentKind.SUBJECT)
    client, clicks = sign_in(world.head_a), 0
    page = read(client.get(reverse("staff:school", args=[world.school_a.pk])))
    wanted = "Tạo tài khoản cho 20 người chưa có"
    (link,) = [each for each in page.select("a") if wanted in " ".join(each.text.split())]
    clicks += 1
    form = read(client.get(link.get("href")))
    ticked = [box.get("value") for box in form.select("input[name=person]")]
    assert len(ticked) == 20
    assert all("checked" in box.attributes for box in form.select("input[name=person]"))
    operation = form.select("input[name=operation]")[0].get("value")
    clicks += 1
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(link.get("href"), {"person": ticked, "operation": operation})
    assert answer.status_code == 302
    ready = read(client.get(answer.url))
    (download,) = [
        each for each in ready.select("form") if (each.get("action") or "").endswith("/slips/")
    ]
    clicks += 1
    pdf = client.post(download.get("action"))
    assert pdf.content.startswith(b"%PDF")
    assert clicks <= 6
    assert StaffMember.objects.filter(user=None).count() == 0


def test_namesake_and_others_are_not_ticked_and_heads_are_left_to_the_office(staff, sign_in):
    make_person("Nguyễn Thị Hoa", staff.school_a, since=staff.since)
    url = reverse("accounts:issue_school", args=[staff.school_a.pk])
    page = read(sign_in(staff.head_a).get(url))
    boxes = {
        box.get("value"): "checked" in box.attributes for box in page.select("input[name=person]")
    }
    assert {pk for pk, ticked in boxes.items() if ticked} == {str(staff.lien.pk), str(staff.tu.pk)}
    assert str(staff.head.pk) not in boxes
    assert "teacher_a" in page.text
    assert "hiệu trưởng do cấp trên tạo" in " ".join(page.text.split())
    answer = sign_in(staff.head_a).post(url, {"person": [staff.head.pk]})
    assert answer.status_code == 422
    answer = sign_in(staff.head_a).post(url, {})
    assert answer.status_code == 422
    assert not AccountBatch.objects.exists()


def test_province_makes_all_at_once_and_sees_first_how_many(staff, sign_in):
    other = make_person("Sùng Thị Ly", staff.school_b, since=staff.since)
    teach(other, staff.class_b, start=staff.since)
    client, url = sign_in(staff.province_officer), reverse("accounts:issue_staff")
    shown = read(client.get(url))
    assert "Tạo 4 tài khoản" in " ".join(shown.text.split())
    only = read(client.get(url, {"area": staff.commune_b.pk, "groups": ["class", "clerk"]}))
    assert "Tạo 1 tài khoản" in " ".join(only.text.split())
    assert client.get(url, {"area": 987_654}).status_code == 404
    data = {
        name: [each.get("value") for each in shown.select(f"form[method=post] input[name={name}]")]
        for name in ("groups", "shown")
    }
    assert client.post(url, data | {"shown": "other"}).status_code == 422
    assert not AccountBatch.objects.exists()
    assert client.post(url, data).status_code == 302
    assert AccountBatch.objects.get().lines.count() == 4


def test_cluster_officer_makes_accounts_of_the_cluster_only(staff, sign_in):
    other = make_person("Sùng Thị Ly", staff.school_b, since=staff.since)
    teach(other, staff.class_b, start=staff.since)
    client, url = sign_in(staff.district_officer), reverse("accounts:issue_staff")
    assert "Tạo 3 tài khoản" in " ".join(read(client.get(url)).text.split())
    assert client.get(url, {"area": staff.commune_b.pk}).status_code == 404
    school = reverse("accounts:issue_school", args=[staff.school_b.pk])
    assert client.get(school).status_code == 404


def test_head_is_led_to_the_own_school(staff, sign_in):
    answer = sign_in(staff.head_a).get(reverse("accounts:issue_staff"))
    assert answer.url == reverse("accounts:issue_school", args=[staff.school_a.pk])


def test_batch_page_says_who_got_an_account_another_way(staff, sign_in):
    one, other = ask(staff, staff.lien), ask(staff, staff.lien, by="commune_officer")
    make_accounts(batch_id=one.pk)
    make_accounts(batch_id=other.pk)
    page = sign_in(staff.commune_officer).get(reverse("accounts:batch", args=[other.pk]))
    assert "không có phiếu ở đây" in page.content.decode()


def test_staff_page_leads_to_an_account_and_to_a_code(staff, sign_in):
    client = sign_in(staff.head_a)
    page = reverse("staff:person", args=[staff.lien.pk])
    new = reverse("accounts:issue_school", args=[staff.school_a.pk])
    assert new in client.get(page).content.decode()
    make(staff, staff.lien)
    code = reverse("accounts:code_give", args=[account_of(staff.lien).pk])
    shown = client.get(page).content.decode()
    assert new not in shown
    assert code in shown
    assert "Chưa đăng nhập lần nào" in shown
    assert client.get(code).status_code == 200
    # A head's account is not theirs to make; the office above may.
    head = reverse("staff:person", args=[staff.head.pk])
    assert new not in client.get(head).content.decode()
    assert new in sign_in(staff.commune_officer).get(head).content.decode()


# --- Command -------------------------------------------------------------------------------------


def run_command(*args, **options):
    call_command("issue_accounts", *args, **options)


def test_command_writes_slips_for_their_asker_alone(staff, tmp_path, passwords, capsys):
    path = tmp_path / "phieu.pdf"
    run_command("--school", "12a1", "--by", "province", "--slips", str(path))
    assert path.read_bytes().startswith(b"%PDF")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {account_of(each) is not None for each in (staff.lien, staff.tu, staff.head)} == {True}
    assert account_of(staff.clerk) is None
    assert AccountBatch.objects.get().made_by == staff.province_officer
    assert files() == []
    said = "".join(capsys.readouterr())
    assert "3 tài khoản" in said
    assert not any(each in said for each in passwords)


def test_command_shows_and_makes_nothing(staff, capsys):
    run_command("--province", "--by", "province", "--dry-run")
    said = capsys.readouterr().out
    assert "Hà Thị Liên" in said
    assert "Cà Văn Ín" not in said
    assert not AccountBatch.objects.exists()


def test_command_takes_areas_and_groups(staff, tmp_path, capsys):
    other = make_person("Sùng Thị Ly", staff.school_b, since=staff.since)
    teach(other, staff.class_b, start=staff.since)
    run_command("--area", "03003", "--by", "province", "--dry-run")
    said = capsys.readouterr().out
    assert "Sùng Thị Ly" in said
    assert "Hà Thị Liên" not in said
    run_command("--area", "03001", "--group", "clerk", "--by", "province", "--dry-run")
    assert "Cà Văn Ín" in capsys.readouterr().out


WRONG = {
    ("--school", "12A1", "--by", "khongco"): "khongco",
    ("--school", "12B1", "--by", "head_a"): "12B1",
    ("--area", "03003", "--by", "head_a"): "03003",
    ("--province", "--by", "nobody"): "không có quyền",
}


@pytest.mark.parametrize("arguments", WRONG, ids=lambda each: each[1])
def test_command_says_what_is_wrong(staff, tmp_path, arguments):
    path = tmp_path / "phieu.pdf"
    with pytest.raises(CommandError, match=WRONG[arguments]):
        run_command(*arguments, "--slips", str(path))
    assert not path.exists()
    assert not AccountBatch.objects.exists()


def test_command_writes_over_no_file_and_into_no_uploads(staff, tmp_path):
    path = tmp_path / "phieu.pdf"
    path.write_bytes(b"kept")
    with pytest.raises(CommandError, match="đã có"):
        run_command("--school", "12A1", "--by", "head_a", "--slips", str(path))
    assert path.read_bytes() == b"kept"
    with pytest.raises(CommandError, match="tải lên"):
        run_command(
            "--school", "12A1", "--by", "head_a", "--slips", default_storage.path("phieu.pdf")
        )
    with pytest.raises(CommandError, match="--slips"):
        run_command("--school", "12A1", "--by", "head_a")
    assert not AccountBatch.objects.exists()


def test_command_that_is_stopped_leaves_no_empty_file(staff, tmp_path, monkeypatch):
    path = tmp_path / "phieu.pdf"
    write = services._write

    def then_cancelled(*args):
        made = write(*args)
        cancel_batch(batch=AccountBatch.objects.get(), by=staff.head_a)
        return made

    monkeypatch.setattr(services, "_write", then_cancelled)
    with pytest.raises(CommandError):
        run_command("--school", "12A1", "--by", "head_a", "--slips", str(path))
    assert not path.exists()


def test_slips_folder_is_left_empty(staff):
    make(staff, staff.lien)
    assert len(files()) == 1
    assert default_storage.exists(f"{SLIPS_FOLDER}/{files()[0]}")


def test_own_account_is_never_made_by_oneself(staff):
    staff.lien.user = make_user(
        "lien", "Hà Thị Liên", "school_head", since=staff.since, school=staff.school_a
    )
    staff.lien.save()
    with pytest.raises(ValidationError):
        ask_for_staff_accounts(scope=scope_for(staff.lien.user), people=[staff.lien.pk])
