"""The wrong file at every step of the start: the page says what is wrong, nothing is written."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import ClassAssignment, Post, StaffMember
from schools.models import Enrolment, Placement, Pupil, School, SchoolClass, Site
from tests.accounts.staff_builders import staff_list, staff_row
from tests.fingerprints import fingerprints
from tests.html_query import read
from tests.schools.pupil_workbooks import USUAL, pupil_row, workbook
from tests.schools.school_workbooks import school_workbook

pytestmark = pytest.mark.django_db
WRITTEN = (
    School,
    Placement,
    Site,
    SchoolClass,
    Pupil,
    Enrolment,
    StaffMember,
    Post,
    ClassAssignment,
)
KEYS = ("school_code", *USUAL)


def pupils(*rows, keys=KEYS):
    sound = {"school_code": "12A1", "birth_date": "05/09/2015"}
    return workbook(*(pupil_row(**(sound | row)) for row in rows), keys=keys)


def staff(*rows, **more):
    sound = staff_row("Người Đúng Cả", born="01/01/1981", school="12B1")
    return staff_list(*rows, sound, **more)


# No sheet has the headings of this list.
NO_LIST = "dòng tên cột"
SCHOOLS = school_workbook([["12X1", "TH Nậm Mẫu", "TH", "03001"]])
STAFF = staff()
# The step, the file, and what the page says of it.
WRONG = {
    "schools: columns": (
        "schools:school_files",
        school_workbook([["12X1", "TH Nậm Mẫu"]], headers=["Mã trường", "Tên trường"]),
        ["Cấp học", "Mã xã"],
    ),
    "schools: the list of staff": ("schools:school_files", STAFF, [NO_LIST]),
    "schools: unknown commune": (
        "schools:school_files",
        school_workbook(
            [["12X1", "TH Nậm Mẫu", "TH", "99999"], ["12X2", "TH Đúng", "TH", "03001"]]
        ),
        ["99999", "D2"],
    ),
    "schools: a school twice": (
        "schools:school_files",
        school_workbook([["12X1", "TH Một", "TH", "03001"], ["12X1", "TH Hai", "TH", "03001"]]),
        ["A2", "A3"],
    ),
    "pupils: columns": (
        "schools:import_upload_all",
        pupils({}, keys=("school_code", "full_name", "birth_date", "sex")),
        ["Lớp học", "Dân tộc"],
    ),
    "pupils: the list of schools": ("schools:import_upload_all", SCHOOLS, [NO_LIST]),
    "pupils: unknown school": (
        "schools:import_upload_all",
        pupils({}, {"school_code": "99999999", "full_name": "Lò A Lạc"}),
        ["99999999"],
    ),
    "pupils: a class that does not exist": (
        "schools:import_upload_all",
        pupils({}, {"class_name": "9Z", "full_name": "Lò A Lạc"}),
        ["9Z"],
    ),
    "pupils: a child twice": (
        "schools:import_upload_all",
        pupils({"full_name": "Lò A Lạc"}, {"full_name": "Lò A Lạc"}),
        ["Lò A Lạc"],
    ),
    "staff: columns": (
        "staff:import_upload_all",
        staff_list(
            ["Lò Văn Ánh", "12A1", "Giáo viên"], headings=["Họ và tên", "Mã trường", "Chức vụ"]
        ),
        ["Ngày sinh"],
    ),
    "staff: the list of schools": ("staff:import_upload_all", SCHOOLS, [NO_LIST]),
    "staff: unknown school": (
        "staff:import_upload_all",
        staff(staff_row("Lò Văn Ánh", school="99999999")),
        ["99999999", "G2"],
    ),
    "staff: two heads": (
        "staff:import_upload_all",
        staff(
            staff_row("Lò Văn Ánh", school="12A1", post="Hiệu trưởng"),
            staff_row("Lý A Tá", school="12A1", post="Hiệu trưởng"),
        ),
        ["H2", "H3"],
    ),
    "staff: one class of two teachers": (
        "staff:import_upload_all",
        staff(
            staff_row("Lò Văn Ánh", school="12A1", homeroom="6A"),
            staff_row("Lý A Tá", school="12A1", homeroom="6A"),
        ),
        ["6A", "I3"],
    ),
    "staff: a teacher twice": (
        "staff:import_upload_all",
        staff(
            staff_row("Lò Văn Ánh", school="12A1"),
            staff_row("LÒ VĂN ÁNH", school="12A1"),
        ),
        ["B2", "B3"],
    ),
    "staff: a class that does not exist": (
        "staff:import_upload_all",
        staff(staff_row("Lò Văn Ánh", school="12A1", homeroom="9Z")),
        ["9Z", "I2"],
    ),
}
COMMANDS = {
    "schools:school_files": ["import_schools"],
    "schools:import_upload_all": ["import_pupils", "--by"],
    "staff:import_upload_all": ["import_staff"],
}
SAVE = {
    "schools:school_files": None,
    "schools:import_upload_all": "schools:import_save",
    "staff:import_upload_all": "staff:import_save",
}


def written():
    found = fingerprints()
    return {model._meta.db_table: found[model._meta.db_table] for model in WRITTEN}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_its_reason(
    world, sign_in, django_capture_on_commit_callbacks, case
):
    step, content, words = WRONG[case]
    client, before = sign_in(world.province_officer), written()
    sent = {
        "file": SimpleUploadedFile("tep.xlsx", content),
        "year": world.year.pk,
        "starts_on": f"{world.since}",
    }
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse(step), sent)
    url = answer.url if answer.status_code == 302 else reverse(step)
    page = read(client.get(url) if answer.status_code == 302 else answer)
    # A step that is refused says so, shows no button that saves, and leads to a mended file.
    text = " ".join(page.text.split())
    assert [word for word in words if word not in text] == [], text
    assert page.select(".notice--error, .field--error, .error-summary"), text
    assert not [each for each in page.texts("main button") if each.startswith("Lưu")]
    if answer.status_code == 302 and SAVE[step]:
        run = url.rstrip("/").rpartition("/")[2]
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse(SAVE[step], args=[run]))
    elif answer.status_code == 302:
        client.post(url, {"seen": "x" * 16})
    assert written() == before


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_by_the_command(world, tmp_path, case):
    step, content, words = WRONG[case]
    path, said, before = tmp_path / "tep.xlsx", io.StringIO(), written()
    path.write_bytes(content)
    name, *options = COMMANDS[step]
    options = [*options, world.province_officer.username] if options else []
    with pytest.raises(CommandError) as refused:
        call_command(name, str(path), *options, stdout=said, stderr=said)
    text = f"{said.getvalue()} {refused.value}"
    # What a page calls "Ô H2" is "dòng 2" of a command.
    told = {word: re.sub(r"^[A-Z](\d)$", r"dòng \1", word) for word in words}
    assert [word for word, line in told.items() if word not in text and line not in text] == []
    assert written() == before
