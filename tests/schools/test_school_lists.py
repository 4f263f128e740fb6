"""The schools of a province from Excel: what is read, refused, shown and saved."""

import io
import re

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from core.workbooks import WorkbookRefused
from schools.models import Placement, School, SchoolList, SchoolStatus, Site
from schools.school_import.refusals import Refused
from schools.school_import.services.change_set import compare
from schools.school_import.services.lists import change_set_of, save_list
from schools.school_import.workbook import read_schools, write_template
from tests.html_query import read
from tests.schools.school_workbooks import HEADERS, receive_schools, school_workbook

pytestmark = pytest.mark.django_db

NEW = ["12C1", "TH Háng Đề", "Tiểu học", "03002", "PTDT bán trú", "Nà Khằm; Sin Câu"]
KNOWN = ["12A1", "TH&THCS A Một", "TH, THCS", "03001"]


def changes_of(world, *rows, headers=HEADERS, areas=None):
    read_rows = read_schools(school_workbook(list(rows), headers))
    return compare(read_rows, on=world.since, areas=areas)


def wrong_cells(changes):
    return [(each["place"], each["value"]) for row in changes.refused for each in row.wrong]


# --- What is read ----------------------------------------------------------------------


def test_new_changed_and_unchanged_schools_are_told_apart(world):
    SchoolStatus.objects.create(school=world.school_a, kind="regular", valid_from=world.since)
    changes = changes_of(
        world,
        NEW[:4],
        KNOWN,
        ["12B1", "THCS B Đổi tên", "THCS", "03003", "PTDTBT", "Bản Xa"],
    )
    assert [outcome.kind for outcome in changes.outcomes] == ["new", "unchanged", "changed"]
    assert [(each.header, each.old, each.new) for each in changes.changed[0].changes] == [
        ("Tên trường", "THCS B Một", "THCS B Đổi tên"),
        ("Loại trường", "", "Trường PTDT bán trú"),
        ("Điểm trường lẻ", "", "Bản Xa"),
    ]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("Tiểu học, THCS", "TH,THCS"),
        ("TH&THCS", "TH,THCS"),
        ("Mầm non và Tiểu học", "MN,TH"),
        ("thpt", "THPT"),
    ],
)
def test_levels_are_read_as_offices_write_them(world, text, levels):
    (outcome,) = changes_of(world, ["12C1", "Trường", text, "03002"]).outcomes
    assert outcome.row.values["levels"] == levels


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Trường PTDT bán trú", "PTDTBT"),
        ("PTDTNT", "PTDTNT"),
        ("Trường phổ thông", "regular"),
        ("Trung tâm GDTX", "GDTX"),
        ("", ""),
    ],
)
def test_types_are_read_as_offices_write_them(world, text, kind):
    (outcome,) = changes_of(world, ["12C1", "Trường", "TH", "03002", text]).outcomes
    assert outcome.row.values["kind"] == kind


def test_a_code_of_a_commune_that_lost_its_zero_is_known(world):
    (outcome,) = changes_of(world, ["12C1", "Trường", "TH", 3002]).outcomes
    assert outcome.commune == world.commune_a2


def test_titles_totals_and_signatures_are_no_schools(world):
    content = school_workbook([NEW[:4], ["Tổng cộng: 1"], ["Người lập biểu"]], headers=HEADERS[:4])
    assert [row.number for row in read_schools(content)] == [2]


# --- What is refused -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        (["12C1", "Trường", "TH", "99999"], ("D2", "99999")),
        (["12C1", "Trường", "TH", "xã A"], ("D2", "xã A")),
        (["12C1", "Trường", "Đại học", "03002"], ("C2", "Đại học")),
        (["12C1", "", "TH", "03002"], ("B2", "")),
        (["12 C1", "Trường", "TH", "03002"], ("A2", "12 C1")),
        (["12C1", "Trường", "TH", "03002", "Tư thục"], ("E2", "Tư thục")),
        (["12C1", "Trường", "TH", "03002", "", "Bản Xa; ban xa"], ("F2", "Bản Xa; ban xa")),
        (["12A1", "TH&THCS A Một", "TH, THCS", "03002"], ("D2", "03002")),
        (["12A1", "TH A Một", "TH", "03001"], ("C2", "TH")),
    ],
)
def test_a_wrong_cell_is_named_with_what_is_wrong_and_how_to_mend_it(world, row, cell):
    changes = changes_of(world, row)
    assert wrong_cells(changes) == [cell]
    (wrong,) = changes.refused[0].wrong
    assert wrong["problem"]
    assert wrong["remedy"]
    assert not re.search(r"%\(", wrong["problem"] + wrong["remedy"])


def test_a_code_twice_is_refused_in_both_rows(world):
    changes = changes_of(world, NEW[:4], ["12c1", "Trường khác", "TH", "03002"])
    assert wrong_cells(changes) == [("A2", "12C1"), ("A3", "12c1")]


def test_a_closed_school_and_one_of_another_place_are_refused(world):
    School.objects.filter(pk=world.school_a.pk).update(valid_to=world.today)
    changes = changes_of(world, KNOWN, ["12B1", "X", "THCS", "03003"], areas={world.commune_a.pk})
    assert wrong_cells(changes) == [("A2", "12A1"), ("A3", "12B1")]
    # Nothing is said of a school that the person does not see.
    assert "THCS B Một" not in str([row.wrong for row in changes.refused])


@pytest.mark.parametrize(
    ("headers", "rows", "code"),
    [
        (["Họ tên", "Ngày sinh"], [["A", "B"]], "no_header"),
        (["Mã trường", "Tên trường"], [["12C1", "A"]], "columns_missing"),
        ([*HEADERS[:4], "Mã trường"], [[*NEW[:4], "X"]], "column_twice"),
        (HEADERS, [], "no_rows"),
    ],
)
def test_a_file_with_wrong_columns_is_refused_as_a_whole(world, headers, rows, code):
    with pytest.raises(Refused) as refused:
        read_schools(school_workbook(rows, headers))
    assert refused.value.code == code


def test_what_is_no_workbook_is_refused(world, sign_in):
    with pytest.raises(WorkbookRefused):
        read_schools(b"ma_truong;ten", name="truong.csv")
    url = reverse("schools:school_files")
    upload = SimpleUploadedFile("truong.xlsx", b"PK\x03\x04 broken")
    answer = sign_in(world.province_officer).post(url, {"file": upload, "starts_on": world.since})
    assert answer.status_code == 422
    assert read(answer).select(".field--error")
    assert not SchoolList.objects.exists()


# --- On the pages ----------------------------------------------------------------------


def upload(client, world, rows):
    content = school_workbook(rows)
    file = SimpleUploadedFile("truong.xlsx", content)
    answer = client.post(reverse("schools:school_files"), {"file": file, "starts_on": world.since})
    assert answer.status_code == 302
    return answer.url


def test_a_list_is_uploaded_looked_over_and_saved(world, sign_in):
    client = sign_in(world.province_officer)
    url = upload(client, world, [NEW, KNOWN])
    assert not School.objects.filter(code="12C1").exists()
    page = read(client.get(url))
    seen = page.one("main input[name=seen]").get("value")
    assert "TH Háng Đề" in page.one("main").text
    client.post(url, {"seen": seen})
    school = School.objects.get(code="12C1")
    assert school.placements.get().commune == world.commune_a2
    assert school.statuses.get().kind == "PTDTBT"
    assert [site.name for site in school.sites.all()] == ["Điểm chính", "Nà Khằm", "Sin Câu"]
    assert school.valid_from == world.since
    # The same once more changes nothing.
    client.post(url, {"seen": seen})
    assert School.objects.filter(code="12C1").count() == 1
    again = change_set_of(receive_schools(world, [NEW]), areas=None)
    assert [outcome.kind for outcome in again.outcomes] == ["unchanged"]


def test_a_list_with_a_wrong_row_saves_nothing(world, sign_in):
    client = sign_in(world.province_officer)
    url = upload(client, world, [NEW, ["12C2", "Trường", "TH", "99999"]])
    page = read(client.get(url))
    assert "D3" in page.one("table").text
    assert not page.select("main input[name=seen]")
    before = School.objects.count(), Site.objects.count(), Placement.objects.count()
    client.post(url, {"seen": ""})
    assert (School.objects.count(), Site.objects.count(), Placement.objects.count()) == before


def test_what_was_not_shown_is_not_saved(world):
    school_list = receive_schools(world, [["12B1", "THCS B Đổi tên", "THCS", "03003"]])
    seen = change_set_of(school_list, areas=None).digest
    School.objects.filter(pk=world.school_b.pk).update(name="THCS B Hai")
    with pytest.raises(ValidationError):
        save_list(school_list=school_list, seen=seen, areas=None, by=world.province_officer)
    assert School.objects.get(pk=world.school_b.pk).name == "THCS B Hai"


def test_a_failure_in_the_middle_leaves_nothing(world, monkeypatch):
    school_list = receive_schools(world, [NEW, ["12C2", "Trường", "TH", "03002"]])
    seen = change_set_of(school_list, areas=None).digest
    from schools.school_import.services import lists

    real = lists.open_new_school

    def fails(**values):
        if values["code"] == "12C2":
            raise ValidationError("hỏng")
        return real(**values)

    monkeypatch.setattr(lists, "open_new_school", fails)
    with pytest.raises(ValidationError, match="3"):
        save_list(school_list=school_list, seen=seen, areas=None, by=world.province_officer)
    assert not School.objects.filter(code__startswith="12C").exists()


def test_the_template_is_read_back_and_lists_the_communes(world):
    content = write_template([world.commune_a, world.commune_b])
    with pytest.raises(Refused) as refused:
        read_schools(content)
    assert refused.value.code == "no_rows"


# --- The command -----------------------------------------------------------------------


def run(path, *options):
    out, err = io.StringIO(), io.StringIO()
    call_command("import_schools", str(path), *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_tries_and_saves(world, tmp_path):
    path = tmp_path / "truong.xlsx"
    path.write_bytes(school_workbook([NEW, KNOWN]))
    out, _err = run(path, "--dry-run")
    assert out.startswith("1 mới, 0 thay đổi, 1 giữ nguyên, 0 cần sửa")
    assert not School.objects.filter(code="12C1").exists()
    run(path)
    assert School.objects.get(code="12C1").valid_from == world.since


def test_the_command_says_where_a_file_is_wrong(world, tmp_path):
    path = tmp_path / "truong.xlsx"
    path.write_bytes(school_workbook([NEW, ["12C2", "Trường", "TH", "99999"]]))
    err = io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_schools", str(path), stdout=io.StringIO(), stderr=err)
    assert "D3" in err.getvalue()
    assert not School.objects.filter(code="12C1").exists()
    with pytest.raises(CommandError):
        run(tmp_path / "khong-co.xlsx")
