"""People of the small world with posts and classes, and staff lists in Excel."""

import datetime
import io

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.staff.models import AssignmentKind, PostKind, StaffMember
from accounts.staff.services.assignments import assign
from accounts.staff.services.posts import give_post

HEADINGS = [
    "Mã cán bộ",
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Số điện thoại",
    "Thư điện tử",
    "Mã trường",
    "Chức vụ",
    "Lớp chủ nhiệm",
]


def make_person(full_name, school, *, since, kind=PostKind.TEACHER, **more):
    """A person with a post in a school since a day; one given again by `person` gets the post."""
    person = more.pop("person", None)
    if person is None:
        more.setdefault("birth_date", datetime.date(1985, 3, 2))
        person = StaffMember(full_name=full_name, **more)
        person.full_clean()
        person.save()
    give_post(person=person, school=school, kind=kind, start=since, by=None)
    return person


def teach(person, school_class, *, start, kind=AssignmentKind.HOMEROOM):
    return assign(person=person, school_class=school_class, kind=kind, start=start, by=None)


def staff_row(name, **cells):
    """A row of the list in the order of `HEADINGS`."""
    keys = ("code", "name", "born", "sex", "phone", "email", "school", "post", "homeroom")
    values = {"name": name, "born": "02/03/1985"} | cells
    return [values.get(key, "") for key in keys]


def staff_list(*rows, headings=HEADINGS):
    """A workbook as bytes."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("Nhân sự")
    for line, row in enumerate([headings, *rows]):
        for column, value in enumerate(row):
            sheet.write(line, column, value)
    book.close()
    return file.getvalue()


def upload_of(content, name="Nhan su.xlsx"):
    return SimpleUploadedFile(name, content)
