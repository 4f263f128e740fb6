"""What a commune reports of the recommendations of a visit: made of the answers, and issued."""

import datetime
import io

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document

from accounts.scoping import scope_for
from core.models import Event
from core.workflow import IllegalTransition
from inspections.models import Recommendation
from inspections.papers.remedy_papers import remedies
from inspections.papers.services import issue_visit_paper
from inspections.services.visits import (
    Asked,
    answer_recommendation,
    finish_recommendation,
    record_visit,
)
from reports.papers.issuing import Particulars
from reports.papers.register import papers_in
from tests.frozen import freeze_time
from tests.html_query import read
from tests.photos import JPEG

D = datetime.date
TODAY = D(2026, 10, 12)


@pytest.fixture
def visit(approved, flagged):
    """Three recommendations: one confirmed, one answered with proof, one open."""
    visit = record_visit(
        visit=approved.visits.get(),
        visited_on=TODAY,
        result="Sổ thiếu.",
        recommendations=[
            Asked("Nộp sổ đúng ngày", "Hiệu trưởng", D(2026, 10, 20), flagged.school_a),
            Asked("Họp phụ huynh", "Xã", D(2026, 10, 25), severity="serious"),
            Asked("Phân công lại", "Chủ tịch", D(2026, 10, 30)),
        ],
        by=flagged.member_user,
    )
    first, second, _third = Recommendation.objects.order_by("due_on")
    for each, proof in ((first, None), (second, SimpleUploadedFile("a.jpg", JPEG))):
        answer_recommendation(
            recommendation=each,
            remedied_on=TODAY,
            remedy=f"Đã làm: {each.text.lower()}.",
            proof=proof,
            by=flagged.commune_officer,
        )
    finish_recommendation(
        recommendation=first, done_on=TODAY, evidence="Xem sổ", by=flagged.member_user
    )
    return visit


def issue(world, visit, by=None):
    said = {"symbol": "BC-UBND", "on": TODAY, "position": "Chủ tịch", "signer": "Lò Văn Tính"}
    (paper,) = issue_visit_paper(
        visit=visit,
        kind="remedies",
        extension="docx",
        said=Particulars(**said),
        by=by or world.commune_officer,
    )
    return paper


def test_it_says_what_was_done_what_shows_it_and_what_is_left(visit):
    paper = remedies(visit)
    assert (paper.kind, paper.symbol, paper.issuer) == (
        "BÁO CÁO",
        "BC-UBND",
        "Ủy ban nhân dân xã A Một",
    )
    said = [each for _heading, of in paper.sections for each in of]
    assert said == [
        "Đoàn kiểm tra để lại 3 kiến nghị: 1 đã làm xong và được xác nhận, 1 đã làm, chờ xác nhận, "
        "1 chưa làm xong, trong đó 0 quá hạn. Từng kiến nghị ở phụ lục.",
        "1. TH&THCS A Một: Nộp sổ đúng ngày: Đã làm: nộp sổ đúng ngày, ngày 12/10/2026; đã được "
        "xác nhận.",
        "2. Họp phụ huynh: Đã làm: họp phụ huynh, ngày 12/10/2026; minh chứng: 1 tệp; chờ "
        "xác nhận.",
        "1. Phân công lại (Chủ tịch, hạn 30/10/2026).",
    ]
    assert [row[-1] for row in paper.appendix.rows] == [
        "đã được xác nhận",
        "chờ xác nhận",
        "chưa xong",
    ]
    assert paper.appendix.rows[1][2] == "Nghiêm trọng"
    with freeze_time("2026-11-02 03:00:00"):
        assert "hạn 30/10/2026, quá hạn" in str(remedies(visit).sections)


def test_without_recommendations_there_is_nothing_to_report(visit, flagged, sign_in):
    visit.recommendations.all().delete()
    with pytest.raises(IllegalTransition, match="không để lại kiến nghị"):
        issue(flagged, visit)
    client = sign_in(flagged.commune_officer)
    for name in ("visit_report", "visit_report_issue"):
        assert client.get(reverse(f"inspections:{name}", args=[visit.pk])).status_code == 404
    paper = remedies(visit)
    assert paper.sections[0][1] == ["Đoàn kiểm tra không để lại kiến nghị."]
    assert paper.appendix is None


def test_the_commune_opens_and_issues_it_from_its_page(visit, flagged, sign_in):
    client = sign_in(flagged.commune_officer)
    here = reverse("inspections:visit_here", args=[visit.pk])
    file = reverse("inspections:visit_report", args=[visit.pk])
    issuing = reverse("inspections:visit_report_issue", args=[visit.pk])
    links = {each.get("href") for each in read(client.get(here)).select("a")}
    assert {file, f"{file}?as=docx", issuing} <= links
    assert client.get(file).content.startswith(b"%PDF")
    word = Document(io.BytesIO(client.get(file, {"as": "docx"}).content))
    assert "BÁO CÁO" in [each.text for each in word.paragraphs]
    assert client.get(file, {"as": "exe"}).status_code == 404
    assert read(client.get(issuing)).one("[name=symbol]").get("value") == "BC-UBND"
    paper = issue(flagged, visit)
    assert (paper.full_number, paper.office_area) == ("01/BC-UBND", flagged.commune_a)
    assert Event.objects.order_by("pk").last().kind == "visit.remedies_issued"
    for name in ("province_officer", "commune_officer"):
        assert paper in papers_in(scope_for(getattr(flagged, name)))
    page = read(
        sign_in(flagged.province_officer).get(reverse("inspections:visit", args=[visit.pk]))
    )
    assert "01/BC-UBND" in page.text


@pytest.mark.parametrize("name", ["head_a", "province_officer", "member_user", "head_b"])
def test_only_the_commune_reports(visit, flagged, sign_in, name):
    person = getattr(flagged, name)
    with pytest.raises(PermissionDenied):
        issue(flagged, visit, by=person)
    # Not even to look through, before it is issued.
    before = reverse("inspections:visit_paper_of", args=[visit.pk, "remedies"])
    assert sign_in(person).get(before).status_code in {403, 404}
    inspects = sign_in(flagged.province_officer).get(reverse("inspections:visit", args=[visit.pk]))
    assert before not in inspects.content.decode()
    for page in ("visit_report", "visit_report_issue"):
        address = reverse(f"inspections:{page}", args=[visit.pk])
        assert sign_in(person).get(address).status_code in {403, 404}
    elsewhere = reverse("inspections:visit_paper_issue", args=[visit.pk, "remedies"])
    assert sign_in(person).get(elsewhere).status_code in {403, 404}


def test_of_a_visit_to_come_there_is_no_report(approved, flagged, sign_in):
    visit = approved.visits.get()
    with pytest.raises(IllegalTransition, match="chưa"):
        issue(flagged, visit)
    address = reverse("inspections:visit_report", args=[visit.pk])
    assert sign_in(flagged.commune_officer).get(address).status_code == 404
