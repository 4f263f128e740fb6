"""The staff list in Excel: what is read, what is refused, and that nothing is half written."""

import datetime
import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import ClassAssignment, Post, RoleGrant, StaffImport, StaffMember
from accounts.staff.models import AssignmentKind, PostKind
from accounts.staff.services import imports
from core.models import Event
from core.workbooks import read_sheets
from schools.models import SchoolClass
from tests.accounts.staff_builders import (
    HEADINGS,
    make_person,
    staff_list,
    staff_row,
    teach,
    upload_of,
)
from tests.html_query import read

pytestmark = pytest.mark.django_db
State = StaffImport.State


def receive(world, content, *, school="own", by=None):
    run = imports.receive_list(
        school=world.school_a if school == "own" else school,
        starts_on=world.today,
        upload=upload_of(content),
        by=by or world.head_a,
    )
    imports.check_list(str(run.pk))
    run.refresh_from_db()
    return run


def save(run, **more):
    assert imports.ask_to_save(run, by=run.made_by, **more)
    imports.save_list(str(run.pk))
    run.refresh_from_db()
    return run


def refusals(run):
    """[(row, column heading, code)] of a refused list."""
    assert run.state == State.REFUSED, run.preview
    return [(each["row"], each["header"], each["code"]) for each in run.preview["refused"]]


def nothing_written():
    return not (
        StaffMember.objects.exists() or Post.objects.exists() or ClassAssignment.objects.exists()
    )


FULL = staff_row(
    "Tẩn Lở Mẩy",
    code="1200000901",
    sex="Nữ",
    phone="0912 000 901",
    email="may@example.vn",
    post="Giáo viên",
    homeroom="6A",
)


def test_a_list_of_a_school_becomes_people_posts_and_classes(world):
    run = receive(world, staff_list(staff_row("Lù Văn Sơn", post="Hiệu trưởng"), FULL))
    assert (run.state, run.created_count, run.refused_count) == (State.READY, 2, 0)
    assert nothing_written()
    run = save(run)
    assert (run.state, run.preview, run.file.name) == (State.DONE, {}, "")
    person = StaffMember.objects.get(staff_code="1200000901")
    assert (person.full_name, person.sex, person.phone) == ("Tẩn Lở Mẩy", "F", "0912000901")
    assert (person.birth_date, person.email) == (datetime.date(1985, 3, 2), "may@example.vn")
    assert person.name_key
    assert person.search_key == "tan lo may"
    post = person.posts.get()
    assert (post.school, post.kind, post.valid_from) == (world.school_a, "teacher", world.today)
    given = person.assignments.get()
    assert (given.school_class, given.kind) == (world.class_a, AssignmentKind.HOMEROOM)
    assert Post.objects.get(kind=PostKind.HEAD).person.full_name == "Lù Văn Sơn"
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["staff.import_received", "staff.import_asked", "staff.import_saved"]


def test_the_same_list_again_changes_nothing(world):
    content = staff_list(staff_row("Lù Văn Sơn", post="Hiệu trưởng"), FULL)
    save(receive(world, content))
    run = receive(world, content)
    assert (run.created_count, run.changed_count, run.unchanged_count) == (0, 0, 2)


def test_a_changed_row_says_what_changes_and_an_empty_cell_changes_nothing(world):
    save(receive(world, staff_list(FULL)))
    row = staff_row("Tẩn Lở Mẩy", code="1200000901", phone="0912000999", post="Phó hiệu trưởng")
    run = receive(world, staff_list(row))
    (changed,) = run.preview["changed"]
    assert changed["changes"] == [
        ["phone", "0912000901", "0912000999"],
        ["post", "Giáo viên", "Phó hiệu trưởng"],
    ]
    save(run)
    person = StaffMember.objects.get()
    assert (person.phone, person.email, person.sex) == ("0912000999", "may@example.vn", "F")
    # Both posts of one day: the one that never held is gone.
    assert [post.kind for post in person.posts.all()] == ["deputy"]
    assert person.assignments.get().school_class == world.class_a


def test_a_class_goes_from_one_teacher_to_the_other_and_two_may_swap(world):
    first = make_person("Vàng Thị Hoa", world.school_a, since=world.since)
    second = make_person("Sùng A Páo", world.school_a, since=world.since)
    teach(first, world.class_a, start=world.since)
    teach(second, world.class_a12, start=world.since)
    rows = [
        staff_row("Vàng Thị Hoa", homeroom="1+2 Háng Lìa"),
        staff_row("Sùng A Páo", homeroom="Lớp 6a"),
    ]
    save(receive(world, staff_list(*rows)))
    present = ClassAssignment.objects.on(world.today)
    assert {each.person.full_name: each.school_class for each in present} == {
        "Vàng Thị Hoa": world.class_a12,
        "Sùng A Páo": world.class_a,
    }
    assert ClassAssignment.objects.filter(valid_to=world.today).count() == 2


def test_a_new_person_who_takes_a_class_says_whose_it_was(world):
    teach(
        make_person("Vàng Thị Hoa", world.school_a, since=world.since),
        world.class_a,
        start=world.since,
    )
    (new,) = receive(world, staff_list(FULL)).preview["new"]
    assert (new["class_name"], new["replaces"]) == ("6A", "Vàng Thị Hoa")


def test_a_role_given_before_ends_when_the_list_gives_the_class(world):
    person = make_person("Nguyễn Thị Hoa", world.school_a, since=world.since)
    person.user = world.teacher_a
    person.save()
    save(receive(world, staff_list(staff_row("Nguyễn Thị Hoa", homeroom="6A"))))
    assert RoleGrant.objects.get(user=world.teacher_a).valid_to == world.today
    assert person.assignments.get().valid_from == world.today


def test_a_list_of_all_schools_names_the_school_of_each_row(world):
    rows = [
        staff_row("Lù Văn Sơn", post="Hiệu trưởng", school="12a1"),
        staff_row("Đỗ Thị Lan", post="HT", school="12B1", homeroom="6B"),
    ]
    run = receive(world, staff_list(*rows), school=None, by=world.province_officer)
    assert run.state == State.READY, run.preview
    save(run)
    heads = Post.objects.filter(kind=PostKind.HEAD)
    assert {post.school.code: post.person.full_name for post in heads} == {
        "12A1": "Lù Văn Sơn",
        "12B1": "Đỗ Thị Lan",
    }


def test_a_person_of_two_schools_is_one_once_somebody_has_said_so(world):
    make_person("Giàng A Của", world.school_b, since=world.since)
    run = receive(world, staff_list(staff_row("giàng a của")))
    assert (run.state, run.preview["recognised_count"]) == (State.READY, 1)
    assert not imports.ask_to_save(run, by=world.head_a)
    save(run, confirmed=True)
    person = StaffMember.objects.get()
    assert {post.school for post in person.posts.all()} == {world.school_a, world.school_b}


def test_two_schools_in_one_file_and_one_code_are_one_person_without_asking(world):
    rows = [
        staff_row("Giàng A Của", code="1200000901", school="12A1"),
        staff_row("Giàng A Của", code="1200000901", school="12B1"),
    ]
    run = receive(world, staff_list(*rows), school=None, by=world.province_officer)
    assert (run.state, run.preview["recognised_count"]) == (State.READY, 0)
    save(run)
    assert StaffMember.objects.get().posts.count() == 2


def test_namesakes_with_two_codes_are_two_people(world):
    rows = [staff_row("Giàng A Của", code=code) for code in ("1200000901", "1200000902")]
    save(receive(world, staff_list(*rows)))
    assert StaffMember.objects.count() == 2


# --- Wrong files -----------------------------------------------------------------------------


WRONG_ROWS = {
    "unknown class": ([staff_row("Lò Văn Ánh", homeroom="9Z")], [(2, 8, "class_missing")]),
    "two heads": (
        [staff_row("Lò Văn Ánh", post="Hiệu trưởng"), staff_row("Lý A Tá", post="Hiệu trưởng")],
        [(2, 7, "two_heads"), (3, 7, "two_heads")],
    ),
    "listed twice": (
        [staff_row("Lò Văn Ánh"), staff_row("LÒ VĂN ÁNH")],
        [(2, 1, "listed_twice"), (3, 1, "listed_twice")],
    ),
    "one code of two people": (
        [
            staff_row("Lò Văn Ánh", code="1200000901"),
            staff_row("Lý A Tá", code="1200000901", born="01/01/1990"),
        ],
        [(3, 0, "code_twice")],
    ),
    "one class of two people": (
        [staff_row("Lò Văn Ánh", homeroom="6A"), staff_row("Lý A Tá", homeroom="6 A")],
        [(2, 8, "class_taken_twice"), (3, 8, "class_taken_twice")],
    ),
    "another school": ([staff_row("Lò Văn Ánh", school="12B1")], [(2, 6, "school_other")]),
    "post": ([staff_row("Lò Văn Ánh", post="Trưởng bản")], [(2, 7, "post")]),
    "sex": ([staff_row("Lò Văn Ánh", sex="X")], [(2, 3, "sex")]),
    "phone": ([staff_row("Lò Văn Ánh", phone="0912")], [(2, 4, "phone")]),
    "email": ([staff_row("Lò Văn Ánh", email="anh@")], [(2, 5, "email")]),
    "code": ([staff_row("Lò Văn Ánh", code="12-!")], [(2, 0, "staff_code")]),
    "a child": ([staff_row("Lò Văn Ánh", born="01/01/2020")], [(2, 2, "staff_age")]),
    "no day": ([staff_row("Lò Văn Ánh", born="31/02/1980")], [(2, 2, "no_such_day")]),
    "nobody knows who": ([staff_row("Lò Văn Ánh", born="")], [(2, 2, "who_is_it")]),
    "no name": ([staff_row("", code="1200000901")], [(2, 1, "blank")]),
}


@pytest.mark.parametrize("name", WRONG_ROWS)
def test_a_wrong_row_is_named_with_its_cell_and_nothing_is_written(world, name):
    rows, expected = WRONG_ROWS[name]
    run = receive(world, staff_list(*rows, staff_row("Người Đúng Cả", born="01/01/1981")))
    assert refusals(run) == [(row, HEADINGS[column], code) for row, column, code in expected]
    for refusal in imports.worded(run.preview)["refused"]:
        assert refusal["problem"]
        assert refusal["remedy"]
    assert not imports.ask_to_save(run, by=world.head_a)
    assert nothing_written()


@pytest.mark.parametrize(("code", "refused"), [("99X", "school_unknown"), ("", "school_missing")])
def test_a_school_nobody_knows_is_refused(world, code, refused):
    run = receive(
        world,
        staff_list(staff_row("Lò Văn Ánh", school=code)),
        school=None,
        by=world.province_officer,
    )
    assert refusals(run) == [(2, "Mã trường", refused)]


def test_a_school_outside_the_places_of_the_sender_is_refused(world):
    run = receive(
        world, staff_list(staff_row("Lò Văn Ánh", school="12B1")), school=None, by=world.head_a
    )
    assert refusals(run) == [(2, "Mã trường", "school_outside")]


def test_a_head_on_record_stays_until_the_post_ends(world):
    old = make_person("Lù Văn Sơn", world.school_a, since=world.since, kind=PostKind.HEAD)
    new = staff_row("Lò Văn Ánh", post="Hiệu trưởng")
    assert refusals(receive(world, staff_list(new))) == [(2, "Chức vụ", "head_on_record")]
    # The same file may give the old head another post.
    save(receive(world, staff_list(staff_row("Lù Văn Sơn", post="Giáo viên"), new)))
    assert [post.kind for post in old.posts.on(world.today)] == ["teacher"]


def test_a_code_on_record_for_somebody_else_is_refused(world):
    make_person("Lù Văn Sơn", world.school_b, since=world.since, staff_code="1200000901")
    row = staff_row("Lò Văn Ánh", code="1200000901", born="01/01/1990")
    assert refusals(receive(world, staff_list(row))) == [(2, "Mã cán bộ", "code_of_another")]


WRONG_FILES = {
    "no headings": (staff_list(["x"], headings=["a", "b"]), "no_header"),
    "no birth dates": (
        staff_list(["Lò Văn Ánh", "Nam"], headings=["Họ và tên", "Giới tính"]),
        "columns_missing",
    ),
    "nobody": (staff_list(), "no_people"),
    "a column twice": (
        staff_list(
            ["Lò Văn Ánh", "02/03/1985", "0912345678", "0912345679"],
            headings=["Họ và tên", "Ngày sinh", "SĐT", "Số điện thoại"],
        ),
        "column_twice",
    ),
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_wrong_file_is_refused_whole(world, name):
    content, code = WRONG_FILES[name]
    run = receive(world, content)
    assert (run.state, run.problem_code) == (State.REFUSED, code)
    assert run.problem.what
    assert nothing_written()


def test_a_list_of_all_schools_needs_their_codes(world):
    content = staff_list(["Lò Văn Ánh", "02/03/1985"], headings=["Họ và tên", "Ngày sinh"])
    run = receive(world, content, school=None, by=world.province_officer)
    assert run.problem_code == "columns_missing"
    assert "Mã trường" in run.problem.what


def test_totals_and_signatures_below_the_list_are_left_aside(world):
    run = receive(
        world,
        staff_list(
            staff_row("Lò Văn Ánh"),
            ["", "Tổng cộng: 1"],
            ["", "", "", "", "", "HIỆU TRƯỞNG"],
        ),
    )
    assert (run.state, run.created_count) == (State.READY, 1)
    assert [row for _sheet, row, _text in run.preview["left_out"]] == [3, 4]


# --- The save --------------------------------------------------------------------------------


def test_what_changed_since_the_preview_is_shown_again_and_not_saved(world):
    run = receive(world, staff_list(FULL))
    make_person("Tẩn Lở Mẩy", world.school_a, since=world.since)
    run = save(run)
    assert (run.state, run.preview["changed_since"]) == (State.READY, True)
    assert StaffMember.objects.get().staff_code is None


def test_a_class_closed_since_the_preview_saves_nothing_of_the_list(world):
    run = receive(world, staff_list(staff_row("Lò Văn Ánh"), FULL))
    SchoolClass.objects.filter(pk=world.class_a.pk).update(name="6Z")
    assert save(run).state == State.REFUSED
    assert nothing_written()


def test_the_marked_copy_can_be_mended_and_uploaded(world, tmp_path):
    run = receive(world, staff_list(staff_row("Lò Văn Ánh", homeroom="9Z")))
    with run.file.storage.open(run.marked_name) as file:
        (tmp_path / "copy.xlsx").write_bytes(file.read())
    (sheet,) = read_sheets(tmp_path / "copy.xlsx")
    assert sheet.rows[0][-2:] == ["Cần sửa", "Thay đổi"]
    assert "Trường không có lớp" in sheet.rows[1][-2]
    again = receive(world, (tmp_path / "copy.xlsx").read_bytes())
    assert refusals(again) == [(2, "Lớp chủ nhiệm", "class_missing")]


def test_old_lists_are_forgotten(world, freezer_days):
    run = receive(world, staff_list(FULL))
    freezer_days(2)
    assert imports.remove_expired() == 1
    run.refresh_from_db()
    assert (run.state, run.preview, run.file.name) == (State.EXPIRED, {}, "")


@pytest.fixture
def freezer_days():
    """Function: the clock goes on by some days, until the test ends."""
    from contextlib import ExitStack

    from tests.frozen import freeze_time

    with ExitStack() as stack:
        yield lambda days: stack.enter_context(
            freeze_time(datetime.datetime(2026, 10, 12, 0, 10) + datetime.timedelta(days=days))  # noqa: DTZ001
        )


# --- Pages and command -----------------------------------------------------------------------


def test_the_pages_from_upload_to_the_list(world, sign_in):
    head = sign_in(world.head_a)
    upload = reverse("staff:import_upload", args=[world.school_a.pk])
    answer = head.post(upload, {"file": upload_of(staff_list(FULL)), "starts_on": world.today})
    run = StaffImport.objects.get()
    assert answer.url == reverse("staff:import_run", args=[run.pk])
    page = head.get(answer.url)
    if run.state == State.CHECKING:
        imports.check_list(str(run.pk))
        page = head.get(answer.url)
    assert "Tẩn Lở Mẩy" in page.content.decode()
    head.post(reverse("staff:import_save", args=[run.pk]))
    run.refresh_from_db()
    if run.state == State.SAVING:
        imports.save_list(str(run.pk))
    listed = head.get(reverse("staff:school", args=[world.school_a.pk]))
    assert "Tẩn Lở Mẩy" in listed.content.decode()


def test_the_template_is_read_as_it_is_offered(world, sign_in):
    head = sign_in(world.head_a)
    url = reverse("staff:import_template", args=[world.school_a.pk])
    run = receive(world, head.get(url + "?example=1").content)
    assert (run.state, run.created_count) == (State.READY, 3), run.preview
    assert receive(world, head.get(url).content).problem_code == "no_people"


def test_a_wrong_row_is_shown_with_its_cell_and_what_to_do(world, sign_in):
    run = receive(world, staff_list(staff_row("Lò Văn Ánh", homeroom="9Z")))
    page = read(sign_in(world.head_a).get(reverse("staff:import_run", args=[run.pk])))
    text = " ".join(page.text.split())
    assert "Ô I2" in text
    assert "9Z" in text
    assert "Trường không có lớp tên này" in text


def test_the_command_writes_all_or_nothing(world, tmp_path):
    path = tmp_path / "ds.xlsx"
    path.write_bytes(staff_list(staff_row("Lò Văn Ánh", school="12A1", homeroom="9Z")))
    said = io.StringIO()
    with pytest.raises(CommandError, match="Chưa ghi gì"):
        call_command("import_staff", str(path), stdout=said, stderr=said)
    assert "dòng 2" in said.getvalue()
    path.write_bytes(staff_list(staff_row("Lò Văn Ánh", school="12A1", homeroom="6A")))
    call_command("import_staff", str(path), "--dry-run", stdout=said)
    assert nothing_written()
    call_command("import_staff", str(path), stdout=said)
    assert ClassAssignment.objects.get().person.full_name == "Lò Văn Ánh"
    assert Event.objects.get().kind == "staff.import_saved"


def test_the_command_asks_about_people_of_another_school(world, tmp_path):
    make_person("Lò Văn Ánh", world.school_b, since=world.since)
    path = tmp_path / "ds.xlsx"
    path.write_bytes(staff_list(staff_row("Lò Văn Ánh")))
    arguments = ["import_staff", str(path), "--school", "12A1"]
    with pytest.raises(CommandError, match="--same-people"):
        call_command(*arguments, stdout=io.StringIO())
    call_command(*arguments, "--same-people", stdout=io.StringIO())
    assert StaffMember.objects.get().posts.count() == 2
