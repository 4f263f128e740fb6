"""The yearly sheet of the scorecards in Excel and in Word says what the page says."""

import io
from decimal import Decimal

import pytest
from django.urls import reverse
from docx import Document
from python_calamine import CalamineWorkbook

from inspections.models import ScoringCriterion
from inspections.scorecards.selectors import committee_scores
from inspections.scorecards.services import adjust_score
from tests.inspections.test_scorecards import counted  # noqa: F401 - a fixture

# A formula to Excel, a tag to a template, an element to XML.
HOSTILE = "=1+1 {{ paper.issuer }} <b>"


def fetch(client, world, extension, query="?year=2026-2027"):
    address = reverse("inspections:scorecards_file", args=[world.committee.pk, extension])
    return client.get(address + query)


@pytest.fixture
def signed_in(counted, client):  # noqa: F811
    client.force_login(counted.province_officer)
    return client


@pytest.fixture
def adjusted(counted):  # noqa: F811
    adjust_score(
        member=counted.member,
        year=counted.year,
        criterion="attendance",
        points=Decimal("12.5"),
        reason=HOSTILE,
        by=counted.province_officer,
    )
    return counted


def sheets(answer):
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_workbook_has_the_points_of_the_page(signed_in, adjusted):
    scores = committee_scores(adjusted.committee, year=adjusted.year, today=adjusted.today)
    answer = fetch(signed_in, adjusted, "xlsx")
    assert answer.status_code == 200
    assert "phieu-thi-dua-2026-2027" in answer.headers["Content-Disposition"]
    book = sheets(answer)
    head, *lines = book["Thành viên"][3:]
    (row,) = scores.members
    (line,) = lines
    values = dict(zip(head, line, strict=True))
    assert values["Thành viên"] == row.name
    assert values["Điểm"] == pytest.approx(float(row.card.total))
    assert values["Chuyên cần / 30"] == 12.5
    assert HOSTILE in values["Người sửa điểm"]
    assert values["Xếp loại"] == row.grade.label
    items = [len(score.items) for score in row.card.scores]
    assert len(book["Điểm tính từ đâu"][3:]) == sum(items) > 0


def test_the_report_in_word_has_them_too_and_runs_no_text(signed_in, adjusted):
    criterion = ScoringCriterion.objects.get(code="visits")
    criterion.short_name = "{{ paper.above }} <i>"
    criterion.save()
    answer = fetch(signed_in, adjusted, "docx")
    assert answer.status_code == 200
    document = Document(io.BytesIO(answer.content))
    text = "\n".join(each.text for each in document.paragraphs)
    assert f"Kết quả chấm điểm thi đua của {adjusted.committee.name}, năm học 2026-2027" in text
    assert f"Chuyên cần 12,5 thay cho 0,0, Lê Thị Mai: {HOSTILE}" in text
    cells = [cell.text for row in document.tables[-2].rows for cell in row.cells] + [
        cell.text for row in document.tables[-1].rows for cell in row.cells
    ]
    assert adjusted.member.full_name in cells
    assert "12,5" in cells
    assert "{{ paper.above }} <i> / 15" in cells


def test_the_files_are_for_who_may_see_the_page_now(adjusted, client):
    for who in (adjusted.head_a, adjusted.member_user):
        client.force_login(who)
        assert fetch(client, adjusted, "xlsx").status_code in {403, 404}
    client.force_login(adjusted.province_officer)
    assert fetch(client, adjusted, "pdf").status_code == 404
    assert fetch(client, adjusted, "xlsx", "?year=1999-2000").status_code == 404
