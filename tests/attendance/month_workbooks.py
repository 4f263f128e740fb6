"""Month workbooks for tests: written by hand as people write them, or downloaded and edited."""

import datetime
import io
import uuid

import xlsxwriter
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from attendance.month_sheet.selectors import class_month
from attendance.month_workbook import services as month_workbooks
from attendance.month_workbook.template import write_month
from core.months import Month
from schools.enums import Session
from tests.sending import send_register
from tests.world import PUPILS_6A

# The twelve days of October up to the fixed day of the tests, a Monday.
DAYS = tuple(range(1, 13))


def excel(*sheets, merged=()):
    """Bytes of an .xlsx; a sheet is (name, rows of values); `merged` A1 ranges of the first."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False}
    )
    as_date = book.add_format({"num_format": "dd/mm/yyyy"})
    for index, (name, rows) in enumerate(sheets):
        sheet = book.add_worksheet(name)
        for place in merged if index == 0 else ():
            sheet.merge_range(place, "")
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, datetime.date):
                    sheet.write_datetime(line, column, value, as_date)
                elif value not in (None, ""):
                    sheet.write(line, column, value)
    book.close()
    return file.getvalue()


def grid(*, days=DAYS, names=PUPILS_6A, marks=None, titles=(), headings=("STT", "Họ và tên")):
    """Rows of a plain list: titles, one row of headings, a row for each name.

    `marks`: dict (name, index of the day) -> what is written; a column with a mark is filled
    with x for the others. The key (None, index) writes into the first pupil's cell only.
    """
    marks = dict(marks or {})
    filled = {index for name, index in marks if name is not None}
    rows = [*([title] for title in titles), [*headings, *days]]
    for number, name in enumerate(names):
        cells = []
        for index in range(len(days)):
            default = "x" if index in filled else ""
            if number == 0 and (None, index) in marks:
                default = marks[None, index]
            cells.append(marks.get((name, index), default))
        rows.append([number + 1, name, *cells][-len(cells) - len(headings) :])
    return rows


def book_of(world, school_class=None, month=None, **more):
    return class_month(
        school_class or world.class_a, month or Month.of(world.today), today=world.today, **more
    )


def download(world, school_class=None):
    """Rows of the workbook as it is downloaded."""
    return rows_of(write_month(book_of(world, school_class)))


def rows_of(content):
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return sheet.to_python(skip_empty_area=False)


def receive(world, content, *, school_class=None, month=None, by=None, name="so.xlsx", head=False):
    """Upload a workbook and have it read; the batch.

    Raises ValidationError on `file` when no sheet of it can be taken, as the form does for a file
    that is none.
    """
    batch = month_workbooks.receive_workbook(
        school_class=school_class or world.class_a,
        month=month or Month.of(world.today),
        upload=SimpleUploadedFile(name, content),
        by=by or world.teacher_a,
        answers_for_school=head,
    )
    month_workbooks.read_batch(batch.pk)
    batch.refresh_from_db()
    if batch.problem:
        told = " ".join(filter(None, batch.problem))
        raise ValidationError({"file": told}) from ValidationError(told, code=batch.problem_code)
    return batch


def save(batch, *, reason="", head=False):
    batch_saved = month_workbooks.save_batch(
        batch=batch, by=batch.made_by, correction_reason=reason, answers_for_school=head
    )
    batch.refresh_from_db()
    return batch_saved


def send(world, day, marks=None, *, base=0, by=None, school_class=None, **more):
    """Send the morning of a day of the month by hand."""
    return send_register(
        school_class=school_class or world.class_a,
        date=world.today.replace(day=day),
        session=Session.MORNING,
        operation_id=uuid.uuid4(),
        base_revision=base,
        marks=marks or {},
        by=by or world.teacher_a,
        correction_reason="Ghi nhầm" if base else "",
        state="not_held" if more.get("not_held_reason") else "taken",
        **more,
    )


def pupil_ids(world, school_class=None):
    """Dict name -> id of the pupils of a class that month."""
    return {line.pupil.full_name: line.pupil.pk for line in book_of(world, school_class).lines}


def registers(world, school_class=None):
    """Dict (day, session) -> (state, reason, {name: mark}) of what is on record."""
    book = book_of(world, school_class)
    names = {line.pupil.pk: line.pupil.full_name for line in book.lines}
    return {
        (column.date.day, str(column.session)): (
            column.state,
            column.register.not_held_reason,
            {names[pk]: mark for pk, (mark, _why) in book.marks_of(column.key).items()},
        )
        for column in book.columns
        if column.register
    }
