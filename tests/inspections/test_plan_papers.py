"""The plan and the decision of its team on paper, looked through and issued."""

import datetime
import hashlib
import io

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from docx import Document

from accounts.scoping import scope_for
from core.models import Event
from core.workflow import IllegalTransition
from inspections.papers.drafts import issued_papers, paper_of
from inspections.papers.plan_papers import plan_paper, team_decision
from inspections.papers.services import issue_plan_paper
from inspections.selectors.plans import visits_of
from inspections.services.plans import cancel_visit
from reports.models import IssuedPaper
from reports.papers.issuing import Particulars
from reports.papers.register import papers_in
from tests.html_query import read


def test_the_plan_says_why_what_who_and_when(approved, flagged):
    paper = plan_paper(approved, list(visits_of(approved)))
    assert (paper.kind, paper.symbol) == ("KẾ HOẠCH", "KH-SGDĐT")
    visit = approved.visits.get()
    (row,) = paper.appendix.rows
    assert row[1] == visit.commune.title
    assert row[2] == f"{visit.planned_on:%d/%m/%Y}"
    assert row[3].startswith(visit.member.full_name)
    assert row[5]
    assert paper.appendix.total[1] == "Tổng: 1 nơi"


def test_the_decision_names_each_member_with_the_duty(approved, flagged):
    visit = approved.visits.get()
    paper = team_decision(approved, list(visits_of(approved)))
    assert (paper.kind, paper.symbol) == ("QUYẾT ĐỊNH", "QĐ-SGDĐT")
    (duty,) = paper.sections[0][1]
    assert duty.startswith(f"1. {visit.member.full_name}")
    assert f"{visit.planned_on:%d/%m/%Y}" in duty
    type(visit.member).objects.update(sector="Khuyến học")
    (duty,) = team_decision(approved, list(visits_of(approved))).sections[0][1]
    assert f"{visit.member.described}, ngành phụ trách: Khuyến học; phụ trách" in duty


def test_what_was_called_off_stands_in_neither(approved, flagged):
    cancel_visit(visit=approved.visits.get(), reason="Mưa lũ", by=flagged.province_officer)
    visits = list(visits_of(approved))
    assert plan_paper(approved, visits).appendix.rows == []
    assert team_decision(approved, visits).sections[0][1] == ["Chưa có người được phân công."]


@pytest.mark.parametrize("kind", ["plan", "decision"])
def test_both_come_as_pdf_and_word(approved, flagged, client, kind):
    client.force_login(flagged.province_officer)
    address = reverse("inspections:plan_paper", args=[approved.pk, kind])
    assert client.get(address).content.startswith(b"%PDF")
    word = Document(io.BytesIO(client.get(address + "?as=docx").content))
    said = "\n".join(each.text for each in word.paragraphs)
    assert {"plan": "KẾ HOẠCH", "decision": "QUYẾT ĐỊNH"}[kind] in said
    assert client.get(address + "?as=exe").status_code == 404
    other = reverse("inspections:plan_paper", args=[approved.pk, "other"])
    assert client.get(other).status_code == 404


TODAY = datetime.date(2026, 10, 12)


def issue(plan, by, kind="plan", extension="pdf", **more):
    symbols = {"plan": "KH-SGDĐT", "decision": "QĐ-SGDĐT"}
    told = {"symbol": symbols[kind], "on": TODAY, "position": "Giám đốc", "signer": "Lò Văn Sơn"}
    (paper,) = issue_plan_paper(
        plan=plan, kind=kind, extension=extension, said=Particulars(**(told | more)), by=by
    )
    return paper


def test_a_plan_is_issued_under_a_number_of_the_office_and_kept(approved, flagged):
    officer = flagged.province_officer
    paper = issue(approved, officer, extension="docx")
    assert (paper.full_number, paper.kind, paper.report) == (
        "01/KH-SGDĐT",
        "plan",
        "inspection_plan",
    )
    assert (paper.office_area, paper.area) == (flagged.province, flagged.province)
    content = bytes(paper.file.content)
    assert hashlib.sha256(content).hexdigest() == paper.file_hash
    said = "\n".join(
        cell.text for row in Document(io.BytesIO(content)).tables[0].rows for cell in row.cells
    )
    assert "Số: 01/KH-SGDĐT" in said
    assert "ngày 12 tháng 10 năm 2026" in said
    assert issued_papers(approved) == {"inspection_plan": paper}
    assert [each.kind for each in Event.objects.order_by("pk")][-2:] == [
        "paper.issued",
        "plan.paper_issued",
    ]
    event = Event.objects.order_by("pk").last()
    assert (event.object_id, event.area_id) == (str(approved.pk), flagged.province.pk)
    assert event.changes["paper"][1] == "Kế hoạch 01/KH-SGDĐT"


def test_a_plan_that_nobody_approved_is_not_issued(draft, flagged, sign_in):
    with pytest.raises(IllegalTransition, match="Kế hoạch chưa được duyệt"):
        issue(draft, flagged.province_officer)
    client = sign_in(flagged.province_officer)
    address = reverse("inspections:plan_paper_issue", args=[draft.pk, "plan"])
    for answer in (client.get(address), client.post(address, {})):
        assert answer["Location"] == reverse("inspections:plan", args=[draft.pk])
    page = read(client.get(reverse("inspections:plan", args=[draft.pk])))
    assert "Kế hoạch chưa được duyệt." in page.text
    assert not [each for each in page.select("main a") if each.get("href") == address]
    assert not IssuedPaper.objects.exists()


def test_a_plan_may_be_dated_before_its_month_but_not_before_its_approval(approved, flagged):
    # A plan of November is issued in October, when it was approved.
    type(approved).objects.filter(pk=approved.pk).update(month=datetime.date(2026, 11, 1))
    approved.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        issue(approved, flagged.province_officer, on=datetime.date(2026, 10, 11))
    assert refused.value.message_dict == {"on": ["Văn bản này ghi ngày 12/10/2026 hoặc sau đó."]}
    assert issue(approved, flagged.province_officer).month == datetime.date(2026, 11, 1)


def test_the_decision_names_the_plan_by_its_number(approved, flagged):
    paper = paper_of(approved, "decision")
    assert paper.authority == "GIÁM ĐỐC Sở Giáo dục và Đào tạo tỉnh Lai Châu"
    assert paper.grounds[0].startswith("Căn cứ kế hoạch kiểm tra tháng 10/2026")
    issue(approved, flagged.province_officer, number=7)
    (ground,) = paper_of(approved, "decision").grounds
    assert ground.startswith("Căn cứ Kế hoạch số 07/KH-SGDĐT ngày 12/10/2026 của Sở Giáo dục")
    content = bytes(issue(approved, flagged.province_officer, "decision", "docx").file.content)
    said = [each.text for each in Document(io.BytesIO(content)).paragraphs]
    assert said.index("GIÁM ĐỐC SỞ GIÁO DỤC VÀ ĐÀO TẠO TỈNH LAI CHÂU") < said.index(ground)
    assert said.index(ground) < said.index("QUYẾT ĐỊNH:")
    assert said.index("QUYẾT ĐỊNH:") < said.index("Điều 2. Nhiệm vụ")


def test_a_plan_issued_again_replaces_the_one_before(approved, flagged):
    old = issue(approved, flagged.province_officer)
    with pytest.raises(ValidationError) as refused:
        issue(approved, flagged.province_officer)
    assert list(refused.value.message_dict) == ["reason"]
    new = issue(approved, flagged.province_officer, reason="Đổi ngày kiểm tra")
    assert (new.replaces, IssuedPaper.objects.get(pk=old.pk).state) == (old, "replaced")
    assert issued_papers(approved) == {"inspection_plan": new}


@pytest.mark.parametrize("name", ["district_officer", "commune_officer", "member_user", "nobody"])
def test_who_approves_no_plans_issues_none(approved, flagged, sign_in, name):
    person = getattr(flagged, name)
    with pytest.raises(PermissionDenied):
        issue(approved, person)
    address = reverse("inspections:plan_paper_issue", args=[approved.pk, "plan"])
    assert sign_in(person).post(address, {}).status_code in {403, 404}
    assert not IssuedPaper.objects.exists()


def test_who_sees_the_plan_reads_what_was_issued_of_it(approved, flagged):
    paper = issue(approved, flagged.province_officer)
    assert list(papers_in(scope_for(flagged.province_officer))) == [paper]
    # Of the plan of the province neither cluster nor commune is a reader.
    for person in (flagged.district_officer, flagged.commune_officer, flagged.head_a):
        assert not papers_in(scope_for(person)).exists()
    type(approved).objects.filter(pk=approved.pk).update(area=flagged.cluster)
    approved.refresh_from_db()
    of_cluster = issue(approved, flagged.province_officer, "decision")
    assert list(papers_in(scope_for(flagged.district_officer))) == [of_cluster]


def test_the_page_asks_and_the_plan_then_leads_to_the_paper(approved, flagged, sign_in):
    client = sign_in(flagged.province_officer)
    address = reverse("inspections:plan_paper_issue", args=[approved.pk, "decision"])
    assert read(client.get(address)).one("[name=symbol]").get("value") == "QĐ-SGDĐT"
    told = {"symbol": "QĐ-SGDĐT", "on": "12/10/2026", "position": "Giám đốc"}
    told |= {"signer": "Lò Văn Sơn", "recipients": "Như Điều 3;", "extension": "pdf"}
    answer = client.post(address, told)
    paper = IssuedPaper.objects.get()
    assert answer["Location"] == reverse("reports:paper", args=[paper.pk])
    assert bytes(paper.file.content).startswith(b"%PDF")
    page = read(client.get(reverse("inspections:plan", args=[approved.pk])))
    assert "Đã ban hành: số 01/QĐ-SGDĐT ngày 12/10/2026" in page.text
    assert "Thay thế văn bản" in page.text
    other = reverse("inspections:plan_paper_issue", args=[approved.pk, "other"])
    assert client.get(other).status_code == 404
