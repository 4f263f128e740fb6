"""Pupil workbooks to tables, against the reader library reading the same files.

A workbook is one school's, so 150,000 pupils are 30 files of 5,000; some are measured and the
rest is the same again.
"""

import io
import resource
import time

import xlsxwriter
from django.core.files.base import ContentFile
from django.db import connection, transaction
from python_calamine import CalamineWorkbook

from accounts.models import User
from lai_chau_edu.demo import people, staff
from schools.models import ImportBatch, Placement, School, SchoolYear, Site
from schools.pupil_import import services as imports
from schools.pupil_import.workbook.columns import BY_KEY

from . import sending
from .results import Results, about

ROWS = 5_000
COLUMNS = ("ministry_id", "full_name", "birth_date", "sex", "ethnic_group", "class_name", "grade")
CODE = "bench"


def measure(options):
    """Seconds of check and save of a workbook of 5,000 new pupils, rolled back each time."""
    results = Results("import", about(connection, rows=f"{ROWS:,}"))
    book = _workbook()
    year = SchoolYear.objects.order_by("valid_from").last()
    read, check, save = [], [], []
    for _round in range(max(options.rounds // 2, 1)):
        start = time.perf_counter()
        rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
        read.append(time.perf_counter() - start)
        if len(rows) != ROWS + 1:
            raise RuntimeError("the workbook is not what was written")
        one, two = _import(book, year)
        check.append(one)
        save.append(two)
    results.add("read by the library", min(read))
    results.add("checked (the preview)", min(check))
    results.add("saved (checked again, then written)", min(save))
    results.add("workbook to tables", min(check) + min(save), floor=min(read), at_most=4)
    results.add(
        "highest memory of this process",
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "MB",
        at_most=400,
    )
    return results


def _import(book, year):
    batch = None
    try:
        with transaction.atomic():
            school = School.objects.create(
                code=CODE, name="Trường đo", levels="TH", valid_from=year.valid_from
            )
            some = Placement.objects.on(year.valid_from).first()
            Placement.objects.create(
                school=school, commune_id=some.commune_id, valid_from=year.valid_from
            )
            Site.objects.create(
                school=school, name="Điểm chính", is_main=True, valid_from=year.valid_from
            )
            batch = imports.receive_workbook(
                school=school,
                year=year,
                starts_on=year.valid_from,
                create_classes=True,
                upload=ContentFile(book, name="bench.xlsx"),
                by=User.objects.get(username=staff.SIGN_INS["province_officer"]),
            )
            start = time.perf_counter()
            imports.check_batch(batch.pk)
            middle = time.perf_counter()
            batch.refresh_from_db()
            if batch.state != ImportBatch.State.READY:
                raise RuntimeError(f"the workbook was refused: {batch.preview}")
            imports.ask_to_save(batch)
            imports.save_batch(batch.pk)
            end = time.perf_counter()
            batch.refresh_from_db()
            if batch.state != ImportBatch.State.DONE:
                raise RuntimeError("the workbook was not saved")
            raise _Undo
    except _Undo:
        if batch.file:
            batch.file.storage.delete(batch.file.name)
    return middle - start, end - middle


class _Undo(Exception):
    pass


def _workbook():
    rng = sending.random_of(11)
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("Học sinh")
    sheet.write_row(0, 0, [BY_KEY[key].header for key in COLUMNS])
    for line in range(1, ROWS + 1):
        sex = rng.choice("FM")
        group = people.draw_group(rng, "110")
        sheet.write_row(
            line,
            0,
            [
                f"{9_900_000_000 + line}",
                people.draw_name(rng, group, sex),
                f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/2018",
                "Nữ" if sex == "F" else "Nam",
                "Thái" if group == "03" else "Mông",
                f"3A{line % 150}",
                "3",
            ],
        )
    book.close()
    return file.getvalue()
