"""Every state a visit may be in has its paper, as PDF and as Word, linked from its page."""

import datetime
import io

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from docx import Document

from accounts.scoping import scope_for
from core.models import Event
from core.workflow import IllegalTransition
from inspections.models import InspectionPlan, Visit
from inspections.papers.services import issue_plan_paper, issue_visit_paper
from inspections.papers.visit_papers import LINE, PAPERS, ROOM, called_off, minutes, results
from inspections.selectors.findings import checklist_of
from inspections.services.findings import Answered, answer_checklist, supplement_visit
from inspections.services.plans import cancel_visit
from inspections.services.visits import Asked, record_visit
from reports.papers.issuing import Particulars
from reports.papers.register import papers_in
from tests.html_query import read

D = datetime.date
TODAY = D(2026, 10, 12)
STATES = [str(each) for each in Visit.State]


@pytest.fixture
def visit(approved):
    return approved.visits.get()


def record(world, visit):
    (first, *_more) = checklist_of(visit)
    answer_checklist(
        visit=visit,
        answers=[Answered(first.item.pk, "partly", "Họp một lần")],
        by=world.member_user,
    )
    return record_visit(
        visit=visit,
        visited_on=TODAY,
        result="Đếm được 30/35 em.",
        recommendations=[Asked("Nộp sổ đúng ngày", "Hiệu trưởng", D(2026, 10, 30))],
        by=world.member_user,
    )


def call_off(world, visit, **more):
    return cancel_visit(visit=visit, reason="Mưa lũ, đường sạt.", by=world.province_officer, **more)


# How a visit comes into each state; a new state has no way here, and the tests say so.
INTO = {"planned": lambda world, visit: visit, "done": record, "cancelled": call_off}
KINDS = {"planned": "BIÊN BẢN", "done": "BIÊN BẢN", "cancelled": "THÔNG BÁO"}


def text_of(paper):
    return "\n".join(each for _heading, said in paper.sections for each in said)


def as_paper(client, visit, extension):
    return client.get(reverse("inspections:visit_paper", args=[visit.pk]), {"as": extension})


@pytest.mark.parametrize("name", ["province_officer", "member_user"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_paper(visit, flagged, sign_in, state, name):
    visit = INTO[state](flagged, visit)
    assert visit.state == state
    client = sign_in(getattr(flagged, name))
    page = read(client.get(reverse("inspections:visit", args=[visit.pk])))
    address = reverse("inspections:visit_paper", args=[visit.pk])
    links = {each.get("href") for each in page.select(".page-head a")}
    assert {address, f"{address}?as=docx"} <= links
    assert f"{PAPERS[Visit.State(state)].name}:" in page.text
    assert as_paper(client, visit, "pdf").content.startswith(b"%PDF")
    word = Document(io.BytesIO(as_paper(client, visit, "docx").content))
    assert KINDS[state] in [each.text for each in word.paragraphs]
    assert as_paper(client, visit, "exe").status_code == 404


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", ["district_officer", "commune_officer", "head_a", "nobody"])
def test_who_sees_no_plan_of_the_province_gets_no_paper(visit, flagged, sign_in, state, name):
    visit = INTO[state](flagged, visit)
    assert as_paper(sign_in(getattr(flagged, name)), visit, "pdf").status_code in {403, 404}


def test_the_notice_says_which_visit_why_by_whom_and_the_new_day(visit, flagged):
    paper = called_off(call_off(flagged, visit, put_off_to=D(2026, 11, 3)))
    assert (paper.kind, paper.symbol) == ("THÔNG BÁO", "TB-SGDĐT")
    assert paper.subject == "Về việc dời lượt kiểm tra ngày 12/10/2026 tại xã A Một"
    said = text_of(paper)
    for asked in (
        "kế hoạch kiểm tra tháng 10/2026",
        f"người phụ trách: {flagged.member.described}",
        "Lý do: Mưa lũ, đường sạt.",
        "Ngày mới: 03/11/2026",
        f"Người quyết định: {flagged.province_officer.full_name}, ngày 12/10/2026.",
    ):
        assert asked in said, asked
    assert paper.recipients[0] == "Ủy ban nhân dân xã A Một;"


def test_the_notice_names_the_plan_by_its_number_and_a_day_that_is_open(visit, flagged):
    said = {"symbol": "KH-SGDĐT", "on": TODAY, "position": "Giám đốc", "signer": "Lò Văn Sơn"}
    issue_plan_paper(
        plan=visit.plan,
        kind="plan",
        extension="pdf",
        said=Particulars(**said),
        by=flagged.province_officer,
    )
    paper = called_off(call_off(flagged, visit))
    assert paper.subject.startswith("Về việc không thực hiện lượt kiểm tra")
    assert "Kế hoạch số 01/KH-SGDĐT ngày 12/10/2026" in text_of(paper)
    assert "Ngày kiểm tra lại: chưa định" in text_of(paper)


def test_a_visit_called_off_before_reasons_were_asked_for_has_a_notice_too(visit):
    Visit.objects.filter(pk=visit.pk).update(state="cancelled")
    visit.refresh_from_db()
    said = text_of(called_off(visit))
    assert "Lý do: không ghi lại." in said
    assert "Người quyết định" not in said


def test_a_visit_is_called_off_with_a_reason_and_put_off_to_a_later_month(visit, flagged):
    for told, field in (
        ({"reason": "  "}, "reason"),
        ({"reason": "Mưa lũ", "put_off_to": D(2026, 10, 31)}, "put_off_to"),
        ({"reason": "Mưa lũ", "put_off_to": D(2026, 9, 30)}, "put_off_to"),
    ):
        with pytest.raises(ValidationError) as refused:
            cancel_visit(visit=visit, by=flagged.province_officer, **told)
        assert list(refused.value.message_dict) == [field]
    call_off(flagged, visit, put_off_to=D(2026, 11, 1))
    event = Event.objects.order_by("pk").last()
    assert (event.kind, event.reason) == ("visit.cancelled", "Mưa lũ, đường sạt.")
    assert event.changes["put_off_to"][1] == "2026-11-01"


def issue(world, visit, by=None, kind="off", **more):
    told = {"symbol": "TB-SGDĐT", "on": TODAY, "position": "Giám đốc", "signer": "Lò Văn Sơn"}
    (paper,) = issue_visit_paper(
        visit=visit,
        kind=kind,
        extension="pdf",
        said=Particulars(**(told | more)),
        by=by or world.province_officer,
    )
    return paper


def test_the_notice_is_issued_and_read_by_the_commune_it_is_to(visit, flagged, sign_in):
    visit = call_off(flagged, visit)
    client = sign_in(flagged.province_officer)
    address = reverse("inspections:visit_paper_issue", args=[visit.pk, "off"])
    assert read(client.get(address)).one("[name=symbol]").get("value") == "TB-SGDĐT"
    paper = issue(flagged, visit)
    assert (paper.full_number, paper.area) == ("01/TB-SGDĐT", flagged.commune_a)
    event = Event.objects.order_by("pk").last()
    assert (event.kind, event.changes["paper"][1]) == ("visit.notice_issued", str(paper))
    page = read(client.get(reverse("inspections:visit", args=[visit.pk])))
    assert "Đã ban hành: số 01/TB-SGDĐT ngày 12/10/2026" in " ".join(page.text.split())
    for name in ("commune_officer", "district_officer", "province_officer"):
        assert list(papers_in(scope_for(getattr(flagged, name)))) == [paper]
    for name in ("head_a", "head_b", "nobody"):
        assert not papers_in(scope_for(getattr(flagged, name))).exists()
    # The same notice again is a replacement; that of another visit there is not.
    with pytest.raises(ValidationError, match="Đã có Thông báo"):
        issue(flagged, visit)
    plan = InspectionPlan.objects.get()
    plan.pk, plan.area = None, flagged.cluster
    plan.save()
    other = Visit.objects.create(
        plan=plan, commune=flagged.commune_a, rank=1, reason="Thấp", state="cancelled"
    )
    assert issue(flagged, other).full_number == "02/TB-SGDĐT"


@pytest.mark.parametrize("state", ["planned", "done"])
def test_only_of_a_visit_called_off_there_is_a_notice(visit, flagged, sign_in, state):
    visit = INTO[state](flagged, visit)
    with pytest.raises(IllegalTransition, match="Lượt kiểm tra này vẫn thực hiện"):
        issue(flagged, visit)
    address = reverse("inspections:visit_paper_issue", args=[visit.pk, "off"])
    page = reverse("inspections:visit", args=[visit.pk])
    assert sign_in(flagged.province_officer).get(address)["Location"] == page


@pytest.mark.parametrize("name", ["district_officer", "commune_officer", "member_user", "nobody"])
def test_who_approves_no_plans_issues_no_notice(visit, flagged, sign_in, name):
    visit, person = call_off(flagged, visit), getattr(flagged, name)
    with pytest.raises(PermissionDenied):
        issue(flagged, visit, by=person)
    address = reverse("inspections:visit_paper_issue", args=[visit.pk, "off"])
    assert sign_in(person).post(address, {}).status_code in {403, 404}


def test_a_notice_is_not_dated_before_the_visit_was_called_off(visit, flagged):
    visit = call_off(flagged, visit)
    with pytest.raises(ValidationError) as refused:
        issue(flagged, visit, on=D(2026, 10, 11))
    assert refused.value.message_dict == {"on": ["Văn bản này ghi ngày 12/10/2026 hoặc sau đó."]}


def test_the_minutes_of_a_visit_say_what_was_found_and_have_two_signatures(visit, flagged, sign_in):
    visit = record(flagged, visit)
    supplement_visit(visit=visit, text="Trường đã nộp sổ.", by=flagged.member_user)
    paper = minutes(visit)
    said = text_of(paper)
    for asked in (
        "Ngày 12/10/2026, tại xã A Một.",
        flagged.member.described,
        "Họp một lần",
        "Đếm được 30/35 em.",
        "Nộp sổ đúng ngày (Hiệu trưởng, hạn 30/10/2026).",
        "Trường đã nộp sổ.",
    ):
        assert asked in said, asked
    assert (paper.day, paper.month_year) == ("12", "tháng 10 năm 2026")
    word = Document(io.BytesIO(as_paper(sign_in(flagged.member_user), visit, "docx").content))
    left, right = [cell.text for cell in word.tables[-1].rows[0].cells]
    assert "ĐƠN VỊ ĐƯỢC KIỂM TRA" in left
    assert "ĐOÀN KIỂM TRA" in right
    assert "Nơi nhận" not in left


def test_minutes_to_take_along_leave_lines_for_what_is_not_known(visit):
    paper = minutes(visit)
    assert (paper.day, paper.appendix) == ("", None)
    assert paper.sections[3][1] == [LINE] * ROOM
    # Also of a draft: who drafts looks what the team will be asked.
    InspectionPlan.objects.update(state="draft", approved_by=None, approved_at=None)
    visit.refresh_from_db()
    assert minutes(visit).kind == "BIÊN BẢN"


def test_the_notice_of_results_says_what_was_found_and_who_does_what_until_when(visit, flagged):
    visit = record(flagged, visit)
    supplement_visit(visit=visit, text="Trường đã nộp sổ.", by=flagged.member_user)
    paper = results(visit)
    assert (paper.kind, paper.symbol) == ("THÔNG BÁO", "TB-SGDĐT")
    assert paper.subject.endswith("ngày 12/10/2026 tại xã A Một")
    said = text_of(paper)
    for asked in (
        "kế hoạch kiểm tra tháng 10/2026",
        flagged.member.described,
        "Đếm được 30/35 em.",
        "Bổ sung ngày 12/10/2026: Trường đã nộp sổ.",
        "(Họp một lần)",
        "1. Nộp sổ đúng ngày (Hiệu trưởng, hạn 30/10/2026).",
    ):
        assert asked in said, asked
    assert paper.recipients[0] == "Ủy ban nhân dân xã A Một;"


def test_results_without_a_recommendation_say_so(visit, flagged):
    record_visit(visit=visit, visited_on=TODAY, result="Tốt.", by=flagged.member_user)
    said = text_of(results(Visit.objects.get()))
    assert "Không có kiến nghị." in said
    assert "Không có điểm nào khác" in said


def test_the_notice_of_results_is_issued_like_the_others(visit, flagged, sign_in):
    with pytest.raises(IllegalTransition, match="Lượt kiểm tra này chưa ghi kết quả nên chưa"):
        issue(flagged, visit, kind="result")
    visit = record(flagged, visit)
    paper = issue(flagged, visit, kind="result")
    assert (paper.full_number, paper.report) == ("01/TB-SGDĐT", f"visit_result:{visit.pk}")
    event = Event.objects.order_by("pk").last()
    assert (event.kind, event.changes["paper"][1]) == ("visit.result_issued", str(paper))
    client = sign_in(flagged.province_officer)
    page = read(client.get(reverse("inspections:visit", args=[visit.pk])))
    assert "Đã ban hành: số 01/TB-SGDĐT ngày 12/10/2026" in " ".join(page.text.split())
    draft = reverse("inspections:visit_paper_of", args=[visit.pk, "result"])
    assert client.get(draft).content.startswith(b"%PDF")
    assert client.get(draft, {"as": "docx"}).status_code == 200
    for kind in ("off", "none"):
        elsewhere = reverse("inspections:visit_paper_of", args=[visit.pk, kind])
        assert client.get(elsewhere).status_code == 404
    assert list(papers_in(scope_for(flagged.commune_officer))) == [paper]
