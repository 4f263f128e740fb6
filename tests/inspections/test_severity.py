"""How grave what led to a recommendation is: set with the record, shown, looked for."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.models import Event
from core.months import Month
from inspections.models import Recommendation
from inspections.papers.visit_papers import minutes, results
from inspections.services.visits import Asked, record_visit
from inspections.visit_report.content import visit_report
from tests.html_query import read

D = datetime.date
TODAY, DUE = D(2026, 10, 12), D(2026, 10, 30)
LIST = reverse("inspections:recommendations")


@pytest.fixture
def visit(approved, flagged):
    return record_visit(
        visit=approved.visits.get(),
        visited_on=TODAY,
        result="Sổ ghi nhiều hơn số đếm được.",
        recommendations=[
            Asked("Gửi sổ trong buổi", "Hiệu trưởng", DUE, severity="serious"),
            Asked("Họp phụ huynh", "Xã", DUE, severity="light"),
            Asked("Phân công lại", "Xã", DUE),
        ],
        by=flagged.member_user,
    )


def test_the_record_keeps_it_and_the_event_says_it(visit):
    severities = Recommendation.objects.order_by("pk").values_list("severity", flat=True)
    assert list(severities) == ["serious", "light", ""]
    event = Event.objects.get(kind="visit.recorded")
    assert event.changes["recommendations"][1] == [
        "Gửi sổ trong buổi (Nghiêm trọng)",
        "Họp phụ huynh (Nhẹ)",
        "Phân công lại",
    ]


def test_another_word_is_refused(approved, flagged):
    with pytest.raises(ValidationError, match="không phải là lựa chọn hợp lệ"):
        record_visit(
            visit=approved.visits.get(),
            visited_on=TODAY,
            result="Sổ đủ.",
            recommendations=[Asked("Họp", "Xã", DUE, severity="awful")],
            by=flagged.member_user,
        )


def test_papers_say_it_where_it_is_rated(visit, flagged):
    for paper in (minutes(visit), results(visit)):
        said = "\n".join(each for _heading, of in paper.sections for each in of)
        assert "Gửi sổ trong buổi (Hiệu trưởng, hạn 30/10/2026; mức độ: nghiêm trọng)." in said
        assert "Phân công lại (Xã, hạn 30/10/2026)." in said
    report = visit_report(flagged.province, Month(2026, 10))
    said = "\n".join(each for _heading, of in report.sections for each in of)
    assert "Trong đó 1 kiến nghị về việc nghiêm trọng." in said


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", {"Gửi sổ trong buổi", "Họp phụ huynh", "Phân công lại"}),
        ("serious", {"Gửi sổ trong buổi"}),
        ("none", {"Phân công lại"}),
        ("notable", set()),
        ("awful", {"Gửi sổ trong buổi", "Họp phụ huynh", "Phân công lại"}),
    ],
)
def test_the_list_is_narrowed_to_one(visit, flagged, sign_in, asked, found):
    page = read(sign_in(flagged.commune_officer).get(LIST, {"severity": asked})).text
    texts = ("Gửi sổ trong buổi", "Họp phụ huynh", "Phân công lại")
    assert {each for each in texts if each in page} == found
    assert ("mức độ: nghiêm trọng" in page) == ("Gửi sổ trong buổi" in found)


@pytest.mark.parametrize(
    ("asked", "found"),
    [("", 3), ("serious", 1), ("none", 1), ("notable", 0), ("awful", 3)],
)
def test_a_member_narrows_what_is_open_and_still_reads_how_many_there_are(
    visit, flagged, sign_in, asked, found
):
    page = read(sign_in(flagged.member_user).get(reverse("inspections:mine"), {"severity": asked}))
    assert len(page.select("section[aria-labelledby=open-title] li")) == found
    assert "3 kiến nghị chưa thực hiện" in " ".join(page.text.split())
    assert page.one("form.filters").get("action") == "#open-title"
    empty = "Không có kiến nghị ở mức độ này" in page.text
    assert empty == (not found)


def test_it_is_asked_for_with_the_record_and_shown_after(approved, flagged, sign_in):
    client = sign_in(flagged.member_user)
    visit = approved.visits.get()
    address = reverse("inspections:visit", args=[visit.pk])
    assert read(client.get(address)).select("[name=rec-0-severity]")
    told = {
        "visited_on": "12/10/2026",
        "result": "Sổ thiếu.",
        "rec-TOTAL_FORMS": "1",
        "rec-INITIAL_FORMS": "0",
        "rec-0-severity": "notable",
        "rec-0-text": "Nộp sổ",
        "rec-0-owner": "Hiệu trưởng",
        "rec-0-due_on": "30/10/2026",
    }
    client.post(address, told)
    assert Recommendation.objects.get().severity == "notable"
    for page in (address, reverse("inspections:minutes", args=[visit.pk])):
        assert "mức độ: đáng kể" in " ".join(read(client.get(page)).text.split())
    assert "mức độ: đáng kể" in " ".join(read(client.get(reverse("inspections:mine"))).text.split())
