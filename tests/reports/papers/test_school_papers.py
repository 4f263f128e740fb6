"""The month's report of a school, and the summary of a school year: sums of the figures."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from accounts.scoping import scope_for
from core.documents.official_papers import official_pdf
from core.documents.word import official_docx
from core.months import Month
from reports import report_types
from reports.models import ReportRun
from reports.papers.content import school_report
from reports.papers.year_summary import year_of_area, year_of_school
from reports.selectors.monthly import monthly_school_tables, monthly_tables
from reports.selectors.runs import types_for
from reports.services import runs as services
from reports.services.facts import rebuild
from schools.models import Pupil
from tests.reports.histories import MONTHS, write_history
from tests.reports.papers.test_papers import pdf_pages, word_text
from tests.reports.register_builders import OCTOBER, pupil_ids, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted(world):
    away = pupil_ids(world.class_a)[0]
    for number in range(1, 13):
        take(world.class_a, datetime.date(2026, 10, number), {away: "K"})
    rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)
    with translation.override("vi"):
        yield world


def test_the_classes_of_a_school_add_up_to_its_row_of_the_commune(world):
    write_history(world, 2)
    for month in MONTHS:
        rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=month)
    whole = ("roll", "girls", "minority", "expected", "excused", "unexcused", "taken", "due")
    for month in MONTHS:
        own = monthly_school_tables(school=world.school_a, month=month)
        of_commune = monthly_tables(area=world.commune_a, month=month)
        for key in whole:
            rows = [row[key] for row in own.schools]
            assert own.total[key] == sum(rows) == of_commune.total[key], (month, key)
        assert own.total["attendance"] == of_commune.total["attendance"]


def test_a_school_reports_to_its_commune_by_class(counted, tmp_path):
    paper = school_report(counted.school_a, OCTOBER)
    pages = pdf_pages(official_pdf(paper), tmp_path)
    names = list(Pupil.objects.values_list("full_name", flat=True))
    for text in (" ".join(pages), word_text(official_docx(paper))):
        for asked in (
            "ỦY BAN NHÂN DÂN XÃ A MỘT",
            f"{counted.school_a.name.upper()}",
            "/BC-TRƯỜNG",
            "Kính gửi: Ủy ban nhân dân xã A Một.",
            "HIỆU TRƯỞNG",
            "Lớp 6A: đạt 83,3%",
            "Trường chưa xác nhận tháng này.",
        ):
            assert asked in text, asked
        assert not [name for name in names if name in text]
    assert [row[1] for row in paper.appendix.rows] == ["1+2 Háng Lìa", "6A"]
    assert all(len(row) == len(paper.appendix.columns) for row in paper.appendix.rows)


@pytest.mark.parametrize("extension", ["pdf", "docx"])
def test_a_year_is_the_sum_of_its_months(world, tmp_path, extension):
    write_history(world, 3)
    for month in MONTHS:
        rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=month)
    last = MONTHS[-1]
    with translation.override("vi"):
        papers = [
            year_of_area(world.province, last),
            year_of_area(world.commune_a, last),
            year_of_school(world.school_a, last),
        ]
        for paper in papers:
            rows, total = paper.appendix.rows, paper.appendix.total

            def whole(cell):
                return int(cell.replace(".", ""))

            # Flows and sessions add up; classes (1) and the roll (6) are those of the end.
            for place in (2, 3, 4, 5, 7, 8, 9, 10, 11):
                assert whole(total[place]) == sum(whole(row[place]) for row in rows), place
            assert (total[1], total[6]) == (rows[-1][1], rows[-1][6])
            content = official_pdf(paper) if extension == "pdf" else official_docx(paper)
            text = (
                " ".join(pdf_pages(content, tmp_path)) if extension == "pdf" else word_text(content)
            )
            assert "I. Kết quả cả năm" in text
    # Commune A has one school: both say the same.
    assert papers[1].appendix.rows == papers[2].appendix.rows


def test_a_year_of_which_nothing_is_counted_says_so(world, tmp_path):
    with translation.override("vi"):
        paper = year_of_area(world.commune_a2, Month(2026, 9))
        (_head, said), (_level, levels), (_third, course) = paper.sections
        assert said == ["Năm học này chưa đếm được gì."]
        assert levels == ["Năm học này chưa đếm được sổ nào."]
        assert course == ["Chưa đủ hai tháng có sổ để so sánh."]
        assert official_pdf(paper).startswith(b"%PDF")


def test_a_head_is_offered_the_papers_of_the_own_school_alone(counted, sign_in, world):
    assert {each.code for each in types_for(scope_for(counted.head_a))} == {
        *("school_report_docx", "school_report_pdf", "school_year_docx", "school_year_pdf")
    }
    client = sign_in(counted.head_a)
    form = client.get(reverse("reports:runs")).context["form"]
    assert "area" not in form.fields
    assert form.fields["school"].choices == [(str(world.school_a.pk), world.school_a.name)]
    order = {"kind": "school_report_pdf", "school": counted.school_b.pk, "month": "2026-10"}
    assert "school" in client.post(reverse("reports:runs"), order).context["form"].errors
    assert not ReportRun.objects.exists()


def test_a_head_has_the_report_made_and_fetches_it(
    counted, sign_in, django_capture_on_commit_callbacks
):
    client = sign_in(counted.head_a)
    order = {"kind": "school_report_pdf", "school": counted.school_a.pk, "month": "2026-10"}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("reports:runs"), order)
    run = ReportRun.objects.get()
    assert (run.school, run.area, run.state) == (counted.school_a, None, "done")
    file = client.get(reverse("reports:run_file", args=[run.pk]))
    name = f'filename="bao-cao-truong-{counted.school_a.code}-2026-10.pdf"'
    assert name in file.headers["Content-Disposition"]
    assert b"".join(file.streaming_content).startswith(b"%PDF")
    # The run of a school that is the reader's no more is not there.
    ReportRun.objects.filter(pk=run.pk).update(school=counted.school_b)
    assert client.get(reverse("reports:run", args=[run.pk])).status_code == 404


def test_an_officer_asks_for_the_report_of_a_school_beside_an_area(counted, sign_in):
    client = sign_in(counted.commune_officer)
    order = {
        "kind": "school_year_docx",
        "school": counted.school_a.pk,
        "area": counted.commune_a.pk,
        "month": "2026-10",
    }
    client.post(reverse("reports:runs"), order)
    run = ReportRun.objects.get()
    assert (run.school, run.area) == (counted.school_a, None)
    page = client.post(reverse("reports:runs"), order | {"school": ""})
    assert page.context["form"].errors == {"school": ["Báo cáo này cần chọn trường."]}


def test_the_command_takes_a_school(counted, tmp_path):
    path = tmp_path / "a.pdf"
    order = {"month": "2026-10", "out": str(path), "format": "pdf"}
    call_command("export_report", "school_report", school=counted.school_a.code, **order)
    assert path.read_bytes().startswith(b"%PDF")
    for places, told in (
        ({}, "Cần một trong hai"),
        ({"school": "?"}, "Không có trường nào mang mã"),
    ):
        with pytest.raises(CommandError, match=told):
            call_command("export_report", "school_report", **places, **order)
    with pytest.raises(CommandError, match="cần chọn trường"):
        call_command("export_report", "school_report", area="03001", **order)
    with pytest.raises(ValidationError):
        services.request_report(
            kind="school_year_pdf", month=OCTOBER, filters={}, by=counted.head_a
        )
    assert report_types.find("school_report_pdf").of_school
