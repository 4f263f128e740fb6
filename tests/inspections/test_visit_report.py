"""The report of a month's or quarter's visits: what it counts, what it says, and its files."""

import datetime

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone, translation

from core.months import Month
from inspections.models import (
    ChecklistAnswer,
    ChecklistItem,
    HeadCount,
    InspectionPlan,
    Recommendation,
    Visit,
)
from inspections.visit_report.content import months_of, visit_report
from inspections.visit_report.selectors import Counted, Tally, visits_of_period
from schools.models import Area, ClusterMembership, Succession
from tests.html_query import read
from tests.inspections.conftest import OCTOBER, add_communes
from tests.world import make_area

pytestmark = pytest.mark.django_db
D = datetime.date
DECEMBER = D(2026, 12, 1)


@pytest.fixture(autouse=True)
def _in_vietnamese():
    with translation.override("vi"):
        yield


def plan_of(world, month, state="approved"):
    approved = {"approved_by": world.province_officer, "approved_at": world.member_user.date_joined}
    return InspectionPlan.objects.create(
        **(approved if state == "approved" else {}),
        area=world.province,
        month=month.first,
        based_on=month.plus(-1).first,
        capacity=9,
        state=state,
        drafted_by=world.province_officer,
    )


def visit_of(world, commune, plan, *, on=None, state="done", result="Sổ ghi đủ."):
    done = {"visited_on": on, "result": result, "recorded_by": world.member_user}
    return Visit.objects.create(
        plan=plan,
        commune=commune,
        rank=plan.visits.count() + 1,
        reason="Tỷ lệ thấp",
        member=world.member,
        state=state,
        **({**done, "recorded_at": world.province_officer.date_joined} if state == "done" else {}),
    )


def recommend(world, visit, state="open", due_on=DECEMBER):
    more = {}
    if state == "answered":
        more = {
            "remedy": "Đã làm",
            "remedied_on": D(2026, 10, 11),
            "answered_by": world.head_a,
            "answered_at": world.head_a.date_joined,
        }
    return Recommendation.objects.create(
        visit=visit, text="Điểm danh đủ", owner="Hiệu trưởng", due_on=due_on, state=state, **more
    )


def count(world, visit, counted, registered):
    return HeadCount.objects.create(
        visit=visit,
        school=world.school_a,
        school_class=world.class_a,
        date=D(2026, 10, 5 + HeadCount.objects.count()),
        session="am",
        counted=counted,
        roll=30,
        registered=registered,
        counted_by=world.member_user,
        counted_at=world.member_user.date_joined,
    )


@pytest.fixture
def october(world):
    """Two visits made, one waiting, one called off, and one of September with work left over."""
    plan = plan_of(world, OCTOBER)
    third, fourth = add_communes(world, 2)
    world.made = visit_of(world, world.commune_a, plan, on=D(2026, 10, 12))
    world.second = visit_of(world, world.commune_b, plan, on=D(2026, 10, 5), result="Đủ sổ.\nTốt.")
    world.waiting = visit_of(world, third, plan, state="planned")
    world.off = visit_of(world, fourth, plan, state="cancelled")
    old = visit_of(world, world.commune_a, plan_of(world, OCTOBER.plus(-1)), on=D(2026, 9, 20))
    for state, due_on in [
        ("open", D(2026, 10, 11)),
        ("open", D(2026, 10, 12)),
        ("answered", D(2026, 10, 1)),
        ("done", D(2026, 10, 1)),
    ]:
        recommend(world, world.made, state, due_on)
    recommend(world, old, "open", D(2026, 10, 1))
    recommend(world, old, "done", D(2026, 10, 1))
    count(world, world.made, 25, 30)
    count(world, world.made, 28, 28)
    count(world, world.made, 20, None)
    item = ChecklistItem.objects.first()
    for visit, answer in [(world.made, "no"), (world.second, "partly")]:
        ChecklistAnswer.objects.create(
            visit=visit,
            item=item,
            answer=answer,
            answered_by=world.member_user,
            answered_at=world.member_user.date_joined,
        )
    world.question = item.text
    return world


def test_what_is_counted(october):
    found = visits_of_period(october.province, [OCTOBER])

    assert [each.visit for each in found.made] == [october.second, october.made]
    assert found.waiting == [october.waiting]
    assert found.cancelled == [october.off]
    assert found.recommendations == Tally(given=4, done=1, answered=1, overdue=1)
    assert found.counted == Counted(classes=2, counted=53, registered=58)
    assert found.faults == [(october.question, 2)]
    assert found.older == Tally(given=1, done=0, answered=0, overdue=1)


def test_drafts_other_months_and_other_areas_are_left_out(october):
    draft = plan_of(october, OCTOBER.plus(1), state="draft")
    visit_of(october, october.commune_a2, draft, on=D(2026, 10, 20))

    november = visits_of_period(october.province, [OCTOBER.plus(1)])
    of_b = visits_of_period(october.commune_b, [OCTOBER])

    assert not november.made
    assert [each.visit for each in of_b.made] == [october.second]
    assert of_b.older == Tally()
    assert len(visits_of_period(october.province, [OCTOBER]).made) == 2


def test_a_quarter_holds_its_three_months():
    for number in range(1, 13):
        months = months_of(Month(2026, number), quarter=True)
        assert [each.number for each in months] == [
            3 * ((number - 1) // 3) + step for step in (1, 2, 3)
        ]
    assert months_of(Month(2026, 8), quarter=False) == [Month(2026, 8)]


def test_the_report_says_why_a_visit_was_called_off_and_the_new_day(october):
    type(october.off).objects.filter(pk=october.off.pk).update(
        called_off_because="Mưa lũ.",
        called_off_by=october.province_officer,
        called_off_at=timezone.now(),
        put_off_to=D(2026, 11, 3),
    )
    paper = visit_report(october.province, OCTOBER)
    said = " ".join(text for _head, texts in paper.sections for text in texts)
    name = october.off.commune.title.replace("Xã", "xã")
    assert f"Bỏ: {name} (Mưa lũ, dời sang 03/11/2026)." in said


def test_a_commune_that_was_divided_is_counted_where_all_its_parts_are(world):
    """Not in the report of each part, whose sum would have its visits twice."""
    recommend(
        world,
        visit_of(world, world.commune_a, plan_of(world, OCTOBER.plus(-1)), on=D(2026, 9, 20)),
    )
    Area.objects.filter(pk=world.commune_a.pk).update(valid_to=D(2026, 10, 1))
    parts = [
        make_area(3, "xa", code, f"Phần {code}", world.province, valid_from=D(2026, 10, 1))
        for code in ("03011", "03012")
    ]
    for part in parts:
        Succession.objects.create(old=world.commune_a, new=part, effective_on=D(2026, 10, 1))
    join(world.cluster, parts[0])

    def counted(area):
        quarter = visits_of_period(area, [OCTOBER.plus(-1), OCTOBER])
        return len(quarter.made), visits_of_period(area, [OCTOBER]).older.given

    assert [counted(each) for each in (*parts, world.cluster)] == [(0, 0)] * 3
    assert counted(world.province) == (1, 1)
    join(world.cluster, parts[1])
    assert counted(world.cluster) == (1, 1)
    # In two steps into one: nothing is missing there.
    Area.objects.filter(pk__in=[each.pk for each in parts]).update(valid_to=D(2026, 10, 15))
    whole = make_area(3, "xa", "03013", "Lại một", world.province, valid_from=D(2026, 10, 15))
    for part in parts:
        Succession.objects.create(old=part, new=whole, effective_on=D(2026, 10, 15))
    assert counted(whole) == (1, 1)


def join(cluster, commune):
    ClusterMembership.objects.create(
        cluster=cluster, commune=commune, valid_from=commune.valid_from
    )


def test_what_was_planned_and_made_later_is_named_with_its_day(october):
    """It is neither left out nor said not to be made; what it found stands in the later report."""
    type(october.second).objects.filter(pk=october.second.pk).update(visited_on=D(2026, 11, 2))
    found = visits_of_period(october.province, [OCTOBER])
    assert [each.visit for each in found.made] == [october.made]
    assert (found.later, found.waiting) == ([october.second], [october.waiting])
    said = " ".join(
        text for _head, texts in visit_report(october.province, OCTOBER).sections for text in texts
    )
    assert "Thực hiện sau đó: xã B Một (02/11/2026)." in said
    november = visits_of_period(october.province, [OCTOBER.plus(1)])
    assert ([each.visit for each in november.made], november.later) == ([october.second], [])
    quarter = visits_of_period(october.province, months_of(OCTOBER, quarter=True))
    assert (len(quarter.made), quarter.later) == (2, [])


def test_what_the_report_says(october):
    paper = visit_report(october.province, OCTOBER)
    said = " ".join(text for _head, texts in paper.sections for text in texts)

    assert paper.subject == "Kết quả kiểm tra, tỉnh Lai Châu, tháng 10/2026"
    assert "Đã kiểm tra 2 lượt" in said
    assert f"Chưa thực hiện: {october.waiting.commune.title.replace('Xã', 'xã')}." in said
    assert "Xã B Một (05/10/2026): Đủ sổ. Tốt." in said
    assert "Đếm ở 2 lớp: 53 em có mặt, trong khi sổ điểm danh của buổi ấy ghi 58 em." in said
    assert "4 kiến nghị: 1 đã thực hiện, 1 đã trả lời và chờ xác nhận, 1 quá hạn" in said
    assert "còn 1 kiến nghị chưa thực hiện xong" in said
    assert [row[1] for row in paper.appendix.rows] == ["Xã B Một", "Xã A Một"]
    assert paper.appendix.total[4:] == ["4", "1", "1", "2", "53", "58"]
    assert {len(row) for row in [*paper.appendix.rows, paper.appendix.total]} == {
        len(paper.appendix.columns)
    }


def test_a_quarter_is_named_and_holds_both_months(october):
    paper = visit_report(october.province, Month(2026, 9), quarter=True)

    assert paper.subject == "Kết quả kiểm tra, tỉnh Lai Châu, quý III năm 2026"
    assert len(paper.appendix.rows) == 1


def test_nothing_was_inspected(world):
    paper = visit_report(world.province, OCTOBER)

    assert paper.appendix is None
    assert "Không có kế hoạch được duyệt nào" in paper.sections[0][1][0]


def test_a_long_result_is_shortened(october):
    Visit.objects.filter(pk=october.made.pk).update(result="dài " * 400)
    said = visit_report(october.province, OCTOBER).sections[1][1]
    assert max(map(len, said)) < 700


def test_queries_do_not_grow(october, django_assert_max_num_queries):
    visit_report(october.province, OCTOBER)
    plan = plan_of(october, OCTOBER.plus(2))
    with django_assert_max_num_queries(11):
        visit_report(october.province, OCTOBER)
    for each in add_communes(october, 12):
        recommend(october, visit_of(october, each, plan, on=D(2026, 10, 15)))
    with django_assert_max_num_queries(11):
        assert len(visit_report(october.province, OCTOBER).appendix.rows) == 14


@pytest.mark.parametrize("extension", ["docx", "pdf"])
def test_the_file_is_made_on_the_server(october, tmp_path, extension):
    path = tmp_path / f"bao-cao.{extension}"
    call_command(
        "export_report",
        "visits",
        area=october.province.code,
        month="2026-10",
        format=extension,
        out=str(path),
    )
    assert path.read_bytes()[:4] == (b"PK\x03\x04" if extension == "docx" else b"%PDF")


def test_who_sees_the_plans_may_ask_for_it(october, sign_in):
    offered = read(sign_in(october.province_officer).get(reverse("reports:runs")))
    assert "Báo cáo kiểm tra của tháng (Word)" in offered.texts("#id_kind option")
    offered = read(sign_in(october.commune_officer).get(reverse("reports:runs")))
    assert "Báo cáo kiểm tra của tháng (Word)" not in offered.texts("#id_kind option")
