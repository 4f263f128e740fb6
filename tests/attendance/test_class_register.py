"""The register of a class and month on paper: what stands on it, and that it fits its sheets."""

import datetime
import io
import shutil
import subprocess

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from attendance.models import CalendarRule
from attendance.month_sheet.register_paper import register_excel, register_paper, register_pdf
from attendance.month_sheet.selectors import class_month
from core.months import Month
from schools.models import Enrolment, Pupil
from tests.attendance.test_registers import pupil_ids, send
from tests.world import enrol, make_class

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here")
ONE_DAY = datetime.timedelta(days=1)


def of(world, school_class=None):
    return class_month(school_class or world.class_a, OCTOBER, today=world.today)


def pages_of(content, tmp_path):
    """The words of each page of a PDF."""
    path = tmp_path / "register.pdf"
    path.write_bytes(content)
    done = subprocess.run(
        ["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True
    )
    return done.stdout.rstrip("\f").split("\f")


@pytest.fixture
def marked(world):
    """6A on two days: one excused and one late on the first, one unexcused on the second."""
    first, second, third, *_rest = pupil_ids(world.class_a)
    send(world, marks={first: ("P", "sick"), third: ("M", "")}, date=world.today - ONE_DAY)
    send(world, marks={second: ("K", "")}, by=world.head_a, answers_for_school=True)
    return world


def test_sums_by_pupil_and_by_day(marked):
    paper = register_paper(of(marked), today=marked.today)
    by_pupil = {row.name: tuple(row.sums) for row in paper.rows}
    assert by_pupil["Giàng A Chua"] == (1, 0, 1, 0)
    assert by_pupil["Lò Thị Hương"] == (0, 1, 1, 0)
    assert by_pupil["Ma A Dơ"] == (0, 0, 0, 1)
    assert by_pupil["Vàng Thị Pà"] == (0, 0, 0, 0)
    assert paper.sums_of_all == [1, 1, 2, 1]
    sums = {column.day: list(column.sums) for column in paper.columns}
    assert sums[marked.today.day - 1] == ["1", "0", "1", "5", "6", "1"]
    assert sums[marked.today.day] == ["0", "1", "0", "5", "6", "2"]
    # Not taken is not "nobody away".
    assert sums[1] == [""] * 6
    assert paper.senders == "1: Nguyễn Thị Hoa; 2: Lù Văn Sơn"


def test_who_left_stays_on_the_paper(marked):
    leaver = pupil_ids(marked.class_a)[0]
    Enrolment.objects.filter(pupil_id=leaver).update(valid_to=marked.today, exit_reason="out")
    row = register_paper(of(marked), today=marked.today).rows[0]
    assert row.has_left
    assert row.note == "rời lớp 12/10"
    assert row.cells[-1] == ("", "gone")


@needs_poppler
@pytest.mark.parametrize("sessions", ["am", "am,pm"])
def test_forty_five_pupils_fit_the_width_and_heads_repeat(marked, sessions, tmp_path):
    names = [f"Nguyễn Thị Hoàng Phương {number:02d}" for number in range(45)]
    large = make_class(marked.school_a, marked.year, "7A", "THCS", "7", [], sessions=sessions)
    born = datetime.date(2014, 3, 2)
    for name in names:
        pupil = Pupil.objects.create(full_name=name, sex="F", birth_date=born, ethnic_group="08")
        enrol(pupil, large, marked.year.valid_from)
    CalendarRule.objects.update(morning="1111110", afternoon="1111110")
    pages = pages_of(register_pdf(of(marked, large), today=marked.today), tmp_path)
    assert len(pages) == 2
    for page in pages:
        assert "Họ và tên" in page
        assert "T7" in page
        assert "Lớp 7A · năm học 2026-2027" in page
    both = " ".join(pages)
    for name in names:
        assert name in both
    assert "Hiệu trưởng" in pages[1]
    assert "Giáo viên chủ nhiệm" in pages[1]
    assert "SỔ ĐIỂM DANH THÁNG 10 NĂM 2026" in pages[0]


def test_the_workbook_says_the_same(marked):
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(register_excel(of(marked), today=marked.today))
    )
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    (first,) = [row for row in rows if row[1] == "Giàng A Chua"]
    assert first[-4:] == [1, 0, 1, 0]
    assert first[1 + marked.today.day - 1] == "P"
    (excused,) = [row for row in rows if row[0] == "Có phép"]
    assert excused[1 + marked.today.day - 1] == 1


def test_a_name_is_never_read_as_markup(marked):
    pupil = Enrolment.objects.filter(school_class=marked.class_a)[0].pupil
    type(pupil).objects.filter(pk=pupil.pk).update(full_name='#panic("x") $1/0$ \\ *a* [b')
    assert register_pdf(of(marked), today=marked.today).startswith(b"%PDF")


def test_both_files_are_linked_from_the_month_and_handed_out(marked, sign_in):
    client = sign_in(marked.commune_officer)
    month = client.get(reverse("attendance:month", args=[marked.class_a.pk, OCTOBER]))
    for name, kind in [("register_pdf", "application/pdf"), ("register_excel", "spreadsheetml")]:
        address = reverse(f"attendance:{name}", args=[marked.class_a.pk, OCTOBER])
        assert address in month.content.decode()
        answer = client.get(address)
        assert answer.status_code == 200
        assert kind in answer["Content-Type"]
        assert "no-store" in answer["Cache-Control"]
    other = reverse("attendance:register_pdf", args=[marked.class_a.pk, Month(2024, 10)])
    assert client.get(other).status_code == 404
