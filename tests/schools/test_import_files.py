"""Dangerous and odd files: refused before they are kept, or read as people mean them.

What each is told is proved beside `core.workbooks`; here, that it never comes in.
"""

import io
import re
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage

from schools.models import ImportBatch, Pupil
from schools.pupil_import import services as imports
from schools.pupil_import.workbook.columns import BY_KEY
from tests.schools.pupil_workbooks import (
    USUAL,
    check,
    excel,
    pupil_row,
    receive,
    save,
    upload_of,
    workbook,
)

pytestmark = pytest.mark.django_db

SHEET = "xl/worksheets/sheet1.xml"
ENTITY = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
PHONE_CELL = re.compile(rb'<c r="H2"[^>]*>.*?</c>')


def honest():
    return workbook(pupil_row(phone="0912345678"))


def changed(content, *, part="", change=None, add=None):
    """A workbook with one part changed by a function of its bytes, or with parts added."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for each in old.infolist():
            data = old.read(each)
            new.writestr(each.filename, change(data) if each.filename == part else data)
        for name, data in (add or {}).items():
            new.writestr(name, data)
    return result.getvalue()


def table(*rows):
    """Headings and rows as lists of cells."""
    return [[BY_KEY[key].header for key in USUAL], *([row.get(k) for k in USUAL] for row in rows)]


BAD = {
    "empty": lambda: b"",
    "old xls": lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600,
    "web page": lambda: b"<html><table><tr><td>1</td></tr></table></html>",
    "text file": lambda: "Họ tên;Ngày sinh\n".encode(),
    "cut short": lambda: honest()[:-200],
    "more than ten megabytes": lambda: b"PK\x03\x04" + b"x" * 10 * 1024 * 1024,
    "bomb": lambda: changed(honest(), add={"xl/a.xml": b"<a/>" * (20 * 1024 * 256)}),
    "too many parts": lambda: changed(
        honest(), add={f"xl/x{n}.xml": b"<a/>" for n in range(2_001)}
    ),
    "files inside": lambda: changed(honest(), add={"xl/a.zip": b"PK"}),
    "macros": lambda: changed(honest(), add={"xl/vbaProject.bin": b"x"}),
    "entities": lambda: changed(honest(), part=SHEET, change=lambda data: ENTITY + data),
    "a value in a far corner": lambda: excel({"A": [["x"], *[[]] * 200_000, [*[""] * 900, "x"]]}),
    "dates from 1904": lambda: changed(
        honest(),
        part="xl/workbook.xml",
        change=lambda data: data.replace(b"<workbookPr ", b'<workbookPr date1904="1" '),
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused_before_it_is_kept(world, kind):
    kept = stored()
    with pytest.raises(ValidationError) as refusal:
        receive(world, BAD[kind]())
    assert list(refusal.value.message_dict) == ["file"]
    assert ImportBatch.objects.count() == 0
    assert stored() == kept


def stored():
    """Names of all stored workbooks."""
    if not default_storage.exists("imports"):
        return []
    return sorted(default_storage.listdir("imports")[1])


@pytest.mark.parametrize("name", ["danh-sach.xls", "danh-sach.xlsm", "danh-sach.csv", "danh-sach"])
def test_a_file_of_another_name_is_refused(world, name):
    with pytest.raises(ValidationError) as refusal:
        imports.receive_workbook(
            school=world.school_a,
            year=world.year,
            starts_on=world.today,
            create_classes=False,
            upload=upload_of(honest(), name),
            by=world.head_a,
        )
    assert list(refusal.value.message_dict) == ["file"]
    assert ImportBatch.objects.count() == 0


def test_a_formula_without_a_stored_result_is_told_with_its_cell(world):
    formula = changed(
        honest(),
        part=SHEET,
        change=lambda data: PHONE_CELL.sub(b'<c r="H2"><f>A1</f></c>', data),
    )
    batch = check(world, formula)
    assert batch.state == "refused"
    (refusal,) = batch.preview["refused"]
    assert (refusal["letter"], refusal["row"]) == ("H", 2)
    assert refusal["code"] == "formula_without_value"


def test_the_result_of_a_formula_is_read(world):
    formula = changed(
        honest(),
        part=SHEET,
        change=lambda data: PHONE_CELL.sub(b'<c r="H2"><f>A1</f><v>987654321</v></c>', data),
    )
    save(check(world, formula))
    assert Pupil.objects.get(full_name="Vừ A Sùng").guardian_phone == "0987654321"


def test_a_failed_formula_is_refused_with_what_excel_shows(world):
    formula = changed(
        honest(),
        part=SHEET,
        change=lambda data: PHONE_CELL.sub(b'<c r="H2" t="e"><f>A1</f><v>#REF!</v></c>', data),
    )
    (refusal,) = check(world, formula).preview["refused"]
    assert (refusal["letter"], refusal["value"]) == ("H", "#REF!")
    assert refusal["code"] == "formula_failed"


def test_a_hidden_sheet_is_left_aside(world):
    hidden = changed(
        excel({"Ẩn": table(pupil_row(full_name="Lý A Sò")), "Hiện": table(pupil_row())}),
        part="xl/workbook.xml",
        change=lambda data: data.replace(b'sheetId="1" ', b'sheetId="1" state="hidden" '),
    )
    batch = check(world, hidden)
    assert (batch.state, batch.created_count) == ("ready", 1)
    assert batch.preview["other_sheets"] == ["Ẩn"]


def test_the_largest_list_is_taken(world):
    rows = [pupil_row(birth_date="x") for _number in range(20_000)]
    batch = check(world, workbook(*rows))
    assert (batch.state, batch.refused_count) == ("refused", 20_000)
    assert len(batch.preview["refused"]) == 50
