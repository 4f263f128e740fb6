"""Pupil workbooks for tests, written with XlsxWriter."""

import datetime
import io

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from schools.models import ImportBatch
from schools.pupil_import import services as imports
from schools.pupil_import.workbook.columns import BY_KEY

USUAL = (
    "number",
    "ministry_id",
    "full_name",
    "birth_date",
    "sex",
    "ethnic_group",
    "status",
    "phone",
    "village",
    "father",
    "mother",
    "class_name",
    "grade",
    "citizen_id",
)
HEADERS = [BY_KEY[key].header for key in USUAL]


def pupil_row(**cells):
    """A sound row for class 6A, with some cells changed."""
    return {
        "full_name": "Vừ A Sùng",
        "birth_date": "05/09/2015",
        "sex": "Nam",
        "ethnic_group": "Mông",
        "class_name": "6A",
    } | cells


def excel(sheets):
    """Bytes of an .xlsx; `sheets` maps a name to rows of cell values (lists)."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False}
    )
    as_date = book.add_format({"num_format": "dd/mm/yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, datetime.date):
                    sheet.write_datetime(line, column, value, as_date)
                elif value is not None:
                    sheet.write(line, column, value)
    book.close()
    return file.getvalue()


def workbook(*rows, keys=USUAL, sheet="Học sinh"):
    """Bytes of a workbook with one sheet: the ministry's headers, then rows given by key."""
    table = [[BY_KEY[key].header for key in keys]]
    table += [[row.get(key) for key in keys] for row in rows]
    return excel({sheet: table})


def upload_of(content, name="danh-sach.xlsx"):
    return SimpleUploadedFile(name, content)


def receive(world, content, *, school=None, starts_on=None, create_classes=False, by=None):
    """Upload a workbook for school A (or another) without checking it yet."""
    return imports.receive_workbook(
        school=school or world.school_a,
        year=world.year,
        starts_on=starts_on or world.today,
        create_classes=create_classes,
        upload=upload_of(content),
        by=by or world.head_a,
    )


def check(world, content, **options):
    """Upload and check a workbook; the batch as it stands then."""
    batch = receive(world, content, **options)
    imports.check_batch(batch.pk)
    return ImportBatch.objects.get(pk=batch.pk)


def save(batch):
    """Confirm and save a checked batch; the batch as it stands then."""
    assert imports.ask_to_save(batch, by=batch.made_by)
    imports.save_batch(batch.pk)
    return ImportBatch.objects.get(pk=batch.pk)
