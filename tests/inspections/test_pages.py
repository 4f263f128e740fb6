"""Pages of plans, visits and committees: who sees what, and what their forms do."""

import datetime

import pytest
from django.urls import reverse

from attendance.models import Closure
from core.months import Month
from inspections.models import Assignment, Committee, InspectionPlan, Member, Recommendation, Visit
from inspections.services.plans import (
    add_visit,
    approve_plan,
    cancel_visit,
    change_visit,
    draft_plan,
)
from inspections.services.visits import (
    Asked,
    answer_recommendation,
    finish_recommendation,
    record_visit,
)
from reports.models import Flag
from tests.frozen import freeze_time
from tests.html_query import read
from tests.world import make_class, make_school, make_user

from .conftest import OCTOBER, add_communes, make_flag

D = datetime.date
ONE_DAY = datetime.timedelta(days=1)
WAITING = "xã có cảnh báo tháng 09/2026 (mọi cấp học) chưa có trong kế hoạch."


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


def page(client, name, *args):
    answer = client.get(url(name, *args))
    assert answer.status_code == 200
    return read(answer)


def first_visit(plan):
    return plan.visits.order_by("rank").first()


def errors_of(answer):
    assert answer.status_code == 422
    return read(answer).texts(".error-summary li")


@pytest.fixture
def province(flagged, sign_in):
    return sign_in(flagged.province_officer)


@pytest.fixture
def cluster(flagged, sign_in):
    return sign_in(flagged.district_officer)


@pytest.fixture
def member(flagged, sign_in):
    return sign_in(flagged.member_user)


@pytest.fixture
def recorded(approved, flagged):
    """The approved plan, its visit recorded with one recommendation."""
    record_visit(
        visit=approved.visits.get(),
        visited_on=D(2026, 10, 12),
        result="Đếm được 30/35 em.",
        recommendations=[Asked("Nộp sổ đúng ngày", "Hiệu trưởng", D(2026, 10, 30))],
        by=flagged.member_user,
    )
    return approved


# --- Plans -----------------------------------------------------------------------------


def test_plans_show_those_of_the_readers_places(draft, flagged, province, cluster):
    own = draft_plan(
        area=flagged.cluster, month=Month(2026, 11), capacity=1, by=flagged.district_officer
    )
    assert [a.get("href") for a in page(province, "plans").select("tbody th a")] == [
        url("plan", own.pk),
        url("plan", draft.pk),
    ]
    assert [a.get("href") for a in page(cluster, "plans").select("tbody th a")] == [
        url("plan", own.pk)
    ]


def test_plans_count_visits_and_those_made(recorded, province):
    (row,) = page(province, "plans").select("tbody tr")
    assert row.texts("td") == [
        "Tỉnh Lai Châu",
        "Đã duyệt",
        "1",
        "1",
        "12/10/2026, Lê Thị Mai",
    ]


def test_plans_say_how_many_communes_wait(flagged, province, cluster):
    (notice,) = page(province, "plans").texts(".notice p")
    assert notice.startswith(f"2 {WAITING}")
    (notice,) = page(cluster, "plans").texts(".notice p")
    assert notice.startswith(f"1 {WAITING}")


def test_plans_without_any_say_so(flagged, province):
    assert page(province, "plans").texts(".empty__title") == ["Chưa có kế hoạch"]


def test_a_plan_is_drafted_from_the_form(flagged, province):
    answer = province.post(
        url("plans"), {"area": flagged.province.pk, "month": "2026-10", "capacity": 1}
    )
    plan = InspectionPlan.objects.get()
    assert answer.url == url("plan", plan.pk)
    assert (plan.month, plan.capacity, plan.visits.count()) == (D(2026, 10, 1), 1, 1)


def test_the_form_offers_only_granted_areas_and_months_to_come(flagged, cluster):
    form = page(cluster, "plans").one("form.form")
    assert form.texts("select[name=area] option") == ["Cụm Cụm A"]
    assert form.texts("select[name=month] option") == ["10/2026", "11/2026", "12/2026"]
    data = {"area": flagged.province.pk, "month": "2026-10", "capacity": 1}
    assert len(errors_of(cluster.post(url("plans"), data))) == 1
    assert InspectionPlan.objects.count() == 0


def test_a_second_plan_is_refused_in_words(draft, flagged, province):
    data = {"area": flagged.province.pk, "month": "2026-10", "capacity": 4}
    assert errors_of(province.post(url("plans"), data)) == [
        "Tỉnh Lai Châu đã có kế hoạch tháng 10/2026. Hãy mở kế hoạch đó để sửa."
    ]


def test_a_plan_shows_reasons_and_figures_in_order(draft, flagged, province):
    tree = page(province, "plan", draft.pk)
    assert [title.split(" xem ")[0] for title in tree.texts("li.card h2")] == [
        "1. Xã A Một",
        "2. Xã B Một",
    ]
    (row, _other) = tree.select("li.card tbody tr")
    assert row.texts("td") == [
        "90,0%",
        "900 / 1.000",
        "88,0–92,0%",
        "95,0%",
        "95 / 100 (95%)",
    ]
    assert tree.texts("li.card tbody .badge") == ["Chắc chắn thấp", "Cần theo dõi"]


def test_what_a_plan_offers_depends_on_the_right(flagged, province, cluster):
    plan = draft_plan(area=flagged.cluster, month=OCTOBER, capacity=2, by=flagged.district_officer)
    approve, add = url("plan_approve", plan.pk), url("plan_visit_add", plan.pk)

    def offered(client):
        return {form.get("action") for form in page(client, "plan", plan.pk).select("form")}

    assert {approve, add} <= offered(province)
    assert approve not in offered(cluster)
    assert add in offered(cluster)


def test_the_drafter_reads_who_approves_and_the_only_officer_gives_a_reason(
    flagged, province, sign_in
):
    plan = draft_plan(area=flagged.province, month=OCTOBER, capacity=1, by=flagged.province_officer)
    change_visit(
        visit=plan.visits.get(),
        member=flagged.member,
        planned_on=D(2026, 10, 12),
        by=flagged.province_officer,
    )
    approve = url("plan_approve", plan.pk)
    section = "section[aria-labelledby=approve-title]"
    assert page(province, "plan", plan.pk).select(f"{section} form")
    make_user("p2", "Vàng Thị Sua", "province_officer", since=flagged.since, area=flagged.province)
    tree = page(province, "plan", plan.pk)
    assert not tree.select(f"{section} form")
    assert "Những người duyệt được: Vàng Thị Sua." in tree.texts(f"{section} p")[0]
    assert errors_of(province.post(approve, {"alone_because": "Gấp"}))
    type(flagged.province_officer).objects.filter(username="p2").update(is_active=False)
    (error,) = errors_of(province.post(approve))
    assert error.startswith("Lý do tự duyệt kế hoạch của mình: ")
    assert province.post(approve, {"alone_because": "Phòng có một người"}).status_code == 302
    assert "Phòng có một người" in page(province, "plan", plan.pk).texts(".page-head p")[1]


def test_an_approved_plan_offers_no_adding_and_no_moving(approved, province):
    actions = {form.get("action") for form in page(province, "plan", approved.pk).select("form")}
    visit = first_visit(approved)
    assert url("plan_visit", approved.pk, visit.pk) in actions
    links = {each.get("href") for each in page(province, "plan", approved.pk).select("main a")}
    assert url("plan_visit_cancel", approved.pk, visit.pk) in links
    for name in ("plan_visit_move", "plan_visit_remove"):
        assert url(name, approved.pk, visit.pk) not in actions
    for name in ("plan_visit_add", "plan_redraft", "plan_approve"):
        assert url(name, approved.pk) not in actions


def test_a_visit_is_changed_from_its_form(draft, flagged, province):
    visit = first_visit(draft)
    data = {
        f"visit-{visit.pk}-member": flagged.member.pk,
        f"visit-{visit.pk}-planned_on": "2026-10-20",
    }
    answer = province.post(url("plan_visit", draft.pk, visit.pk), data)
    assert answer.url == url("plan", draft.pk)
    visit.refresh_from_db()
    assert (visit.member, visit.planned_on) == (flagged.member, D(2026, 10, 20))


def test_a_visit_on_a_day_without_school_is_told_and_not_forbidden(draft, flagged, province):
    def told():
        facts = page(province, "plan", draft.pk).texts(".facts")
        return [text for text in facts if "Hôm đó xã không học" in text]

    change_visit(
        visit=first_visit(draft),
        member=flagged.member,
        planned_on=D(2026, 10, 20),
        by=flagged.province_officer,
    )
    assert told() == []
    Closure.objects.create(
        area=flagged.commune_a,
        reason="holiday",
        valid_from=D(2026, 10, 20),
        valid_to=D(2026, 10, 21),
    )
    (facts,) = told()
    assert "Thứ 3 20/10/2026" in facts


def test_a_wrong_day_keeps_what_was_typed_and_opens_the_form(draft, flagged, province):
    visit = first_visit(draft)
    name = f"visit-{visit.pk}"
    data = {f"{name}-member": "", f"{name}-planned_on": "2026-11-20"}
    answer = province.post(url("plan_visit", draft.pk, visit.pk), data)
    assert errors_of(answer) == ["Ngày kiểm tra: Ngày kiểm tra phải trong tháng 10/2026."]
    tree = read(answer)
    assert tree.one(f"[name={name}-planned_on]").get("value") == "2026-11-20"
    assert len(tree.select("main details[open]")) == 1


def close(place, *days, **more):
    for day in days:
        Closure.objects.create(
            area=place, reason="holiday", valid_from=day, valid_to=day + ONE_DAY, **more
        )


def test_a_day_without_lessons_is_asked_about_and_taken_when_confirmed(draft, flagged, province):
    close(flagged.province, D(2026, 10, 18))
    visit = first_visit(draft)
    name, path = f"visit-{visit.pk}", url("plan_visit", draft.pk, visit.pk)
    data = {f"{name}-member": flagged.member.pk, f"{name}-planned_on": "2026-10-18"}
    answer = province.post(path, data)
    assert errors_of(answer) == [
        "Ngày kiểm tra: Chủ nhật 18/10/2026: các trường ở Xã A Một không có buổi học. Nếu vẫn"
        " đi, hãy đánh dấu ô bên dưới; nếu không, hãy chọn ngày khác."
    ]
    tick = read(answer).one(f"[name={name}-may_lack_lessons]")
    assert (tick.get("type"), tick.get("checked")) == ("checkbox", None)
    visit.refresh_from_db()
    assert visit.planned_on is None
    assert province.post(path, data | {f"{name}-may_lack_lessons": "on"}).status_code == 302
    visit.refresh_from_db()
    assert visit.planned_on == D(2026, 10, 18)
    # Who goes may change without being asked about the same day again.
    assert province.post(path, data | {f"{name}-member": ""}).status_code == 302


def test_a_day_with_some_lessons_is_not_asked_about(draft, flagged, province):
    """One half of the day, one level, or another commune: somebody is at school."""
    close(flagged.commune_a, D(2026, 10, 19), session="am")
    close(flagged.commune_a, D(2026, 10, 20), level="THCS")
    close(flagged.commune_b, D(2026, 10, 21))
    visit = first_visit(draft)
    name, path = f"visit-{visit.pk}", url("plan_visit", draft.pk, visit.pk)
    tree = page(province, "plan", draft.pk)
    assert tree.one(f"[name={name}-may_lack_lessons]").get("type") == "hidden"
    for day in ("2026-10-19", "2026-10-20", "2026-10-21"):
        assert province.post(path, {f"{name}-planned_on": day}).status_code == 302


def test_a_commune_without_classes_is_not_asked_about(draft, flagged, province):
    close(flagged.province, D(2026, 10, 18))
    visit = add_visit(
        plan=draft, commune=flagged.commune_a2, reason="Đơn thư", by=flagged.province_officer
    )
    data = {f"visit-{visit.pk}-planned_on": "2026-10-18"}
    path = url("plan_visit", draft.pk, visit.pk)
    assert province.post(path, data).status_code == 302


def test_communes_are_added_moved_and_taken_out(draft, flagged, province):
    data = {"add-commune": flagged.commune_a2.pk, "add-reason": "Dân phản ánh"}
    province.post(url("plan_visit_add", draft.pk), data)
    added = draft.visits.get(commune=flagged.commune_a2)
    assert (added.rank, added.reason) == (3, "Dân phản ánh")
    province.post(url("plan_visit_move", draft.pk, added.pk), {"to": "up"})
    added.refresh_from_db()
    assert added.rank == 2
    province.post(url("plan_visit_remove", draft.pk, added.pk))
    assert draft.visits.count() == 2


def test_adding_without_a_reason_says_what_is_missing(draft, flagged, province):
    data = {"add-commune": flagged.commune_a2.pk, "add-reason": ""}
    assert len(errors_of(province.post(url("plan_visit_add", draft.pk), data))) == 1
    assert draft.visits.count() == 2


def test_a_draft_is_chosen_anew(draft, province):
    assert province.post(url("plan_redraft", draft.pk), {"capacity": 1}).status_code == 302
    assert draft.visits.count() == 1
    assert len(errors_of(province.post(url("plan_redraft", draft.pk), {"capacity": 0}))) == 1


def test_approving_names_what_is_missing_then_approves(draft, flagged, province):
    assert errors_of(province.post(url("plan_approve", draft.pk))) == [
        "Xã A Một: Hãy chọn ngày kiểm tra.",
        "Xã B Một: Hãy chọn người phụ trách.",
        "Xã B Một: Hãy chọn ngày kiểm tra.",
    ]
    for visit in draft.visits.all():
        change_visit(
            visit=visit,
            member=flagged.member,
            planned_on=D(2026, 10, 20),
            by=flagged.province_officer,
        )
    assert province.post(url("plan_approve", draft.pk)).url == url("plan", draft.pk)
    assert InspectionPlan.objects.get().approved_by == flagged.province_officer


def test_a_visit_is_called_off(approved, province):
    address = url("plan_visit_cancel", approved.pk, first_visit(approved).pk)
    (error,) = errors_of(province.post(address, {"reason": " "}))
    assert error.startswith("Lý do không thực hiện: ")
    assert Visit.objects.get().state == "planned"
    answer = province.post(address, {"reason": "Mưa lũ", "put_off_to": "02/11/2026"})
    visit = Visit.objects.get()
    assert answer["Location"] == url("visit", visit.pk)
    assert (visit.state, visit.called_off_because) == ("cancelled", "Mưa lũ")
    facts = page(province, "visit", visit.pk).texts("main .facts dd")
    assert facts[0] == "Mưa lũ"
    assert facts[2] == "02/11/2026"
    # Once is enough: the page leads back to the plan.
    assert province.get(address)["Location"] == url("plan", approved.pk)
    assert page(province, "plans").texts("tbody td.num") == ["0", "0"]


def test_a_plan_elsewhere_does_not_exist_and_the_own_cannot_be_approved(
    draft, approved_of_cluster, cluster
):
    foreign, own = first_visit(draft), first_visit(approved_of_cluster)
    for name, args in [
        ("plan", (draft.pk,)),
        ("plan", (999,)),
        ("visit", (foreign.pk,)),
    ]:
        assert cluster.get(url(name, *args)).status_code == 404
    for name, args in [
        ("plan_redraft", (draft.pk,)),
        ("plan_visit_add", (draft.pk,)),
        ("plan_visit", (draft.pk, foreign.pk)),
        ("plan_visit_move", (draft.pk, foreign.pk)),
        ("plan_visit_remove", (draft.pk, foreign.pk)),
        ("plan_visit", (approved_of_cluster.pk, foreign.pk)),
    ]:
        assert cluster.post(url(name, *args)).status_code == 404
    for name, args in [
        ("plan_approve", (approved_of_cluster.pk,)),
        ("plan_visit", (approved_of_cluster.pk, own.pk)),
        ("plan_visit_cancel", (approved_of_cluster.pk, own.pk)),
    ]:
        assert cluster.post(url(name, *args)).status_code == 403


@pytest.fixture
def approved_of_cluster(flagged):
    plan = draft_plan(
        area=flagged.cluster, month=Month(2026, 11), capacity=1, by=flagged.district_officer
    )
    change_visit(
        visit=plan.visits.get(),
        member=flagged.member,
        planned_on=D(2026, 11, 12),
        by=flagged.district_officer,
    )
    return approve_plan(plan=plan, by=flagged.province_officer)


@pytest.mark.parametrize("who", ["teacher_a", "head_a", "commune_officer", "member_user", "nobody"])
def test_plans_and_committees_are_closed_to_others(draft, flagged, sign_in, who):
    client = sign_in(getattr(flagged, who))
    pages = [("plans", ()), ("plan", (draft.pk,)), ("committee", (flagged.committee.pk,))]
    if who != "commune_officer":  # who keeps the commune's own (test_commune_committees)
        pages.append(("committees", ()))
    for name, args in pages:
        assert client.get(url(name, *args)).status_code in {403, 404}


def test_changes_are_posted(draft, province):
    visit = first_visit(draft)
    for name in ("plan_approve", "plan_redraft", "plan_visit_add"):
        assert province.get(url(name, draft.pk)).status_code == 405
    for name in ("plan_visit", "plan_visit_move", "plan_visit_remove"):
        assert province.get(url(name, draft.pk, visit.pk)).status_code == 405


# --- Visits ----------------------------------------------------------------------------


def rows(*filled):
    """POST data of the three recommendation rows."""
    data = {"rec-TOTAL_FORMS": "3", "rec-INITIAL_FORMS": "0"}
    for number in range(3):
        values = filled[number] if number < len(filled) else ("", "", "")
        for name, value in zip(("text", "owner", "due_on"), values, strict=True):
            data[f"rec-{number}-{name}"] = value
    return data


def test_mine_shows_visits_of_approved_plans_only(draft, flagged, member):
    assert page(member, "mine").texts(".empty__title") == [
        "Không có lượt kiểm tra nào đang chờ thầy cô"
    ]
    for visit in draft.visits.all():
        change_visit(
            visit=visit,
            member=flagged.member,
            planned_on=D(2026, 10, 10 + visit.rank),
            by=flagged.province_officer,
        )
    approve_plan(plan=draft, by=flagged.province_officer)
    tree = page(member, "mine")
    assert tree.texts("article h3") == ["Xã A Một", "Xã B Một"]
    assert tree.texts("article .badge") == ["Quá hạn"]
    assert tree.select("article .card__foot a")[0].get("href") == (
        reverse("reports:area", args=[flagged.commune_a.pk]) + "?month=2026-09&level=THCS"
    )


def test_mine_shows_what_was_made_and_what_is_open(recorded, member):
    tree = page(member, "mine")
    assert tree.texts("[aria-labelledby=done-title] li a") == ["Xã A Một"]
    (line,) = tree.texts("[aria-labelledby=open-title] li")
    assert line == "Xã A Một Nộp sổ đúng ngày Hiệu trưởng, hạn 30/10/2026 Chưa xử lý"


def test_mine_shows_first_what_waits_to_be_confirmed(recorded, flagged, member):
    """Where the digest leads that counts the answers to confirm."""
    recommendation = Recommendation.objects.get()
    assert not page(member, "mine").select("[aria-labelledby=answered-title]")
    answer_recommendation(
        recommendation=recommendation,
        remedied_on=D(2026, 10, 12),
        remedy="Đã gửi đủ sổ.",
        by=flagged.commune_officer,
    )
    tree = page(member, "mine")
    assert next(iter(tree.texts("main h2"))) == "Trả lời kiến nghị chờ xác nhận"
    assert not tree.select("[aria-labelledby=open-title]")
    (line,) = tree.texts("[aria-labelledby=answered-title] li")
    assert "Nộp sổ đúng ngày" in line
    assert "Đã gửi đủ sổ." in line
    assert [a.get("href") for a in tree.select("[aria-labelledby=answered-title] a.button")] == [
        url("recommendation_done", recommendation.pk),
        url("recommendation_reopen", recommendation.pk),
    ]
    finish_recommendation(
        recommendation=recommendation,
        done_on=D(2026, 10, 12),
        evidence="Sổ đủ.",
        by=flagged.member_user,
    )
    assert not page(member, "mine").select("[aria-labelledby=answered-title]")


def test_who_answered_is_told_that_somebody_else_confirms(recorded, flagged, member):
    recommendation = Recommendation.objects.get()
    answer_recommendation(
        recommendation=recommendation,
        remedied_on=D(2026, 10, 12),
        remedy="Đã gửi đủ sổ.",
        by=flagged.commune_officer,
    )
    Recommendation.objects.update(answered_by=flagged.member_user)
    tree = page(member, "mine")
    assert len(tree.select("[aria-labelledby=answered-title] li")) == 1
    assert not tree.select("[aria-labelledby=answered-title] a.button")


def test_mine_is_closed_to_who_records_nothing(flagged, province):
    assert province.get(url("mine")).status_code == 403


def test_the_member_records_with_recommendations(approved, flagged, member):
    visit = first_visit(approved)
    data = {"visited_on": "2026-10-12", "result": "Đếm được 30/35 em."}
    filled = rows(
        ("Nộp sổ", "Hiệu trưởng", "2026-10-30"), ("", "", ""), ("Vận động", "Xã", "2026-11-05")
    )
    answer = member.post(url("visit", visit.pk), data | filled)
    assert answer.url == url("visit", visit.pk)
    assert list(Recommendation.objects.values_list("text", flat=True)) == ["Nộp sổ", "Vận động"]
    tree = page(member, "visit", visit.pk)
    assert tree.select("textarea") == []
    assert len(tree.select("[aria-labelledby=rec-title] a.button")) == 2


def test_a_half_filled_recommendation_is_named_and_nothing_lost(approved, member):
    visit = first_visit(approved)
    data = {"visited_on": "2026-10-13", "result": "Đếm được 30/35 em."}
    answer = member.post(url("visit", visit.pk), data | rows(("Nộp sổ", "", "2026-10-30")))
    (error,) = errors_of(answer)
    assert error.startswith("Kiến nghị 1, ai chịu trách nhiệm: ")
    tree = read(answer)
    assert tree.one("#id_result").text == "Đếm được 30/35 em."
    assert tree.one("#id_rec-0-text").text == "Nộp sổ"
    assert Visit.objects.get().state == "planned"


def test_a_day_to_come_is_refused_at_its_field(approved, member):
    data = {"visited_on": "2026-10-13", "result": "x"} | rows()
    answer = member.post(url("visit", first_visit(approved).pk), data)
    assert errors_of(answer) == [
        "Ngày đã kiểm tra: Ngày kiểm tra chưa đến. Hãy ghi kết quả sau khi đi."
    ]


def test_the_officer_reads_a_visit_but_does_not_record_it(approved, province):
    visit = first_visit(approved)
    assert page(province, "visit", visit.pk).select("textarea") == []
    data = {"visited_on": "2026-10-12", "result": "x"} | rows()
    assert province.post(url("visit", visit.pk), data).status_code == 403
    assert Visit.objects.get().state == "planned"


def other_member(w):
    """A second member with an account, who answers for commune B."""
    user = make_user("member_b", "Lò Văn Khác", since=w.since)
    member = Member.objects.create(
        committee=w.committee, user=user, full_name="Lò Văn Khác", valid_from=w.since
    )
    Assignment.objects.create(
        committee=w.committee, member=member, commune=w.commune_b, valid_from=w.since
    )
    return user


def test_a_visit_of_another_member_does_not_exist(recorded, flagged, sign_in):
    client = sign_in(other_member(flagged))
    assert client.get(url("visit", first_visit(recorded).pk)).status_code == 404
    recommendation = Recommendation.objects.get()
    assert client.post(url("recommendation_done", recommendation.pk)).status_code == 404
    assert Recommendation.objects.get().state == "open"


def test_a_visit_of_a_draft_does_not_exist_for_its_member(draft, member):
    assert member.get(url("visit", first_visit(draft).pk)).status_code == 404


@pytest.mark.parametrize("who", ["member_user", "province_officer"])
def test_a_recommendation_is_noted_by_member_or_drafter(recorded, flagged, sign_in, who):
    client = sign_in(getattr(flagged, who))
    recommendation = Recommendation.objects.get()
    data = {"done_on": recommendation.visit.visited_on.strftime("%d/%m/%Y"), "evidence": "Đủ sổ"}
    answer = client.post(url("recommendation_done", recommendation.pk), data)
    assert answer.url == url("visit", recommendation.visit_id)
    page = client.get(answer.url).content.decode()
    assert "Đủ sổ" in page
    assert Recommendation.objects.get().state == "done"
    answer = client.post(url("recommendation_reopen", recommendation.pk), {"reason": "Lại thiếu"})
    assert answer.url == url("visit", recommendation.visit_id)
    assert Recommendation.objects.get().state == "open"


def test_a_recommendation_without_proof_asks_for_it(recorded, member):
    recommendation = Recommendation.objects.get()
    answer = member.post(
        url("recommendation_done", recommendation.pk), {"done_on": "", "evidence": ""}
    )
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"done_on", "evidence"}
    assert Recommendation.objects.get().state == "open"


def test_a_recommendation_is_not_noted_by_a_link(recorded, member):
    recommendation = Recommendation.objects.get()
    member.get(url("recommendation_done", recommendation.pk))
    assert Recommendation.objects.get().state == "open"


# --- Committees ------------------------------------------------------------------------


def test_committees_show_members_communes_and_who_is_missing(flagged, province):
    tree = page(province, "committees")
    (row,) = tree.select("tbody tr")
    assert row.texts("td") == ["Thành viên", "từ 01/08/2026", "Xã A Một"]
    assert tree.one(".notice h2").text == "2 xã chưa có ai phụ trách"
    assert tree.one(".notice p").text == "Xã A Hai, Xã B Một"


def test_a_cluster_officer_sees_only_the_own_committees(flagged, cluster):
    own = Committee.objects.create(area=flagged.cluster, name="BCĐ cụm", valid_from=flagged.since)
    tree = page(cluster, "committees")
    assert tree.texts("section.card h2") == ["BCĐ cụm"]
    assert tree.one(".notice p").text == "Xã A Hai"
    assert cluster.get(url("committee", flagged.committee.pk)).status_code == 404
    assert cluster.get(url("committee", own.pk)).status_code == 200
    assert cluster.get(url("member_appoint", own.pk)).status_code == 200
    for name, args in [
        ("member_appoint", (flagged.committee.pk,)),
        ("assign", (flagged.committee.pk, flagged.member.pk)),
        ("member_end", (flagged.committee.pk, flagged.member.pk)),
        ("assignment_end", (flagged.committee.pk, flagged.assignment.pk)),
    ]:
        assert cluster.post(url(name, *args)).status_code == 404


def test_a_committee_is_founded_peopled_and_given_communes(flagged, province):
    data = {
        "area": flagged.cluster.pk,
        "kind": "universal",
        "name": "BCĐ cụm A",
        "valid_from": "2026-10-12",
    }
    answer = province.post(url("committee_found"), data)
    committee = Committee.objects.get(name="BCĐ cụm A")
    assert answer.url == url("committee", committee.pk)
    data = {
        "full_name": "Tẩn Thị Sen",
        "role": "member",
        "user": "nobody",
        "valid_from": "2026-10-12",
    }
    assert province.post(url("member_appoint", committee.pk), data).status_code == 302
    member = committee.members.get()
    assert member.user == flagged.nobody
    data = {"commune": flagged.commune_a2.pk, "valid_from": "2026-10-12"}
    assert province.post(url("assign", committee.pk, member.pk), data).status_code == 302
    assert member.assignments.get().commune == flagged.commune_a2
    ended = province.post(url("member_end", committee.pk, member.pk), {"on": "2026-11-01"})
    assert ended.status_code == 302
    assert member.assignments.get().valid_to == D(2026, 11, 1)


def test_an_assignment_is_ended_from_its_form(flagged, province):
    path = url("assignment_end", flagged.committee.pk, flagged.assignment.pk)
    assert len(errors_of(province.post(path, {"on": "2026-08-01"}))) == 1
    assert province.post(path, {"on": "2026-10-12"}).status_code == 302
    assert Assignment.objects.get().valid_to == D(2026, 10, 12)


def test_an_unknown_user_name_is_said(flagged, province):
    data = {"full_name": "Sen", "role": "member", "user": "khong-co", "valid_from": "2026-10-12"}
    assert errors_of(province.post(url("member_appoint", flagged.committee.pk), data)) == [
        "Tên đăng nhập: Không có tài khoản “khong-co”. Hãy kiểm tra tên đăng nhập hoặc để trống."
    ]


def test_members_of_another_committee_are_not_reached_through_this_one(flagged, province):
    other = Committee.objects.create(area=flagged.cluster, name="Khác", valid_from=flagged.since)
    for name, pk in [
        ("assign", flagged.member.pk),
        ("member_end", flagged.member.pk),
        ("assignment_end", flagged.assignment.pk),
    ]:
        assert province.get(url(name, other.pk, pk)).status_code == 404


# --- What to do ------------------------------------------------------------------------


def todo(client, month="2026-09"):
    return read(client.get(reverse("reports:flags") + f"?month={month}")).texts(".todo__item p")


def waiting_rows(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return read(answer).texts("ol.list h2")


def test_flags_lead_who_drafts_to_the_communes(flagged, province, sign_in):
    assert todo(province) == [f"Lập kế hoạch kiểm tra. 2 {WAITING}"]
    assert todo(sign_in(flagged.commune_officer)) == []


@pytest.mark.parametrize("person", ["province_officer", "district_officer"])
def test_every_page_counts_the_communes_of_the_same_list(flagged, sign_in, person):
    """Whatever month and level a page shows, what waits is one number and one list."""
    make_flag(flagged.commune_a2, level="TH")
    make_flag(flagged.commune_a2, "falling", level="MN")
    make_flag(flagged.commune_b, month=D(2026, 8, 1))
    client = sign_in(getattr(flagged, person))
    rows = waiting_rows(client, url("waiting"))
    assert rows[:2] == ["1. Xã A Một", "2. Xã A Hai"]
    said = f"{len(rows)} {WAITING}"
    own = flagged.province if person == "province_officer" else flagged.cluster
    for path in (
        reverse("reports:area", args=[own.pk]),
        reverse("reports:area", args=[own.pk]) + "?month=2026-08&level=TH",
        reverse("reports:flags"),
        reverse("reports:flags") + "?month=2026-08&level=MN",
    ):
        tree = read(client.get(path))
        assert tree.texts(".todo__item p")[0] == f"Lập kế hoạch kiểm tra. {said}"
        assert waiting_rows(client, tree.select(".todo__act")[0].get("href")) == rows
    tree = page(client, "plans")
    assert tree.one(".notice p").text.startswith(said)
    assert waiting_rows(client, tree.one(".notice a").get("href")) == rows


def test_the_page_of_a_part_leads_to_the_communes_of_that_part(flagged, province, cluster):
    tree = read(province.get(reverse("reports:area", args=[flagged.cluster.pk])))
    assert tree.texts(".todo__item p")[0] == f"Lập kế hoạch kiểm tra. 1 {WAITING}"
    link = tree.select(".todo__act")[0].get("href")
    assert waiting_rows(province, link) == ["1. Xã A Một"]
    for area in (flagged.province.pk, flagged.commune_b.pk, 999, "x"):
        assert cluster.get(f"{url('waiting')}?area={area}").status_code == 404


def test_flags_in_a_plan_ask_for_nothing(draft, province):
    assert todo(province) == []
    assert waiting_rows(province, url("waiting")) == []


def test_a_commune_in_the_plan_of_the_month_waits_no_more(flagged, province):
    """Neither for a flag raised after the plan, nor when it was added by hand."""
    plan = draft_plan(
        area=flagged.province, month=Month(2026, 10), capacity=1, by=flagged.province_officer
    )
    add_visit(plan=plan, commune=flagged.commune_b, reason="Đơn thư", by=flagged.province_officer)
    make_flag(flagged.commune_a, level="TH", month=D(2026, 10, 1))
    assert todo(province) == []


def test_a_plan_of_a_month_before_answers_no_later_flag(approved, flagged, sign_in):
    make_flag(flagged.commune_a, month=D(2026, 11, 1))
    with freeze_time("2026-11-20 03:00:00"):
        client = sign_in(flagged.province_officer)
        assert waiting_rows(client, url("waiting")) == ["1. Xã A Một"]


def test_a_visit_called_off_waits_again(approved, flagged, province):
    assert waiting_rows(province, url("waiting")) == ["1. Xã B Một"]
    cancel_visit(visit=first_visit(approved), reason="Mưa lũ", by=flagged.province_officer)
    assert waiting_rows(province, url("waiting")) == ["1. Xã A Một", "2. Xã B Một"]


def area_todo(client, area):
    tree = read(client.get(reverse("reports:area", args=[area.pk]) + "?month=2026-09"))
    return tree.texts(".todo__item p"), [each.get("href") for each in tree.select(".todo__act")]


def test_the_home_of_an_office_leaves_out_communes_in_a_plan(approved, flagged, province):
    said, _links = area_todo(province, flagged.province)
    assert said == [f"Lập kế hoạch kiểm tra. 1 {WAITING}", flagged.flag_b.reason]


def test_a_communes_page_tells_that_it_is_in_a_plan(draft, flagged, province, sign_in):
    said, links = area_todo(province, flagged.commune_a)
    assert said == [f"{flagged.flag_a.reason} Đã có trong kế hoạch kiểm tra tháng 10/2026."]
    assert links == [url("plan", draft.pk)]
    officer = sign_in(flagged.commune_officer)
    assert area_todo(officer, flagged.commune_a) == ([flagged.flag_a.reason], [])
    # The cluster is told of the province's plan, which it may not open.
    cluster = sign_in(flagged.district_officer)
    assert area_todo(cluster, flagged.commune_a) == (said, [])
    assert area_todo(cluster, flagged.cluster) == ([], [])


# --- Query counts do not grow with the rows -----------------------------------------------


def planned(w, count, first_month, *, last_is_draft=False):
    """`count` plans, approved, with `count` visits of the member each; returns the last."""
    communes = add_communes(w, count)
    for number, commune in enumerate(communes):
        school = make_school(f"12N{number}", f"THCS Thêm {number}", "THCS", commune, w.since)
        make_class(school, w.year, "6A", "THCS", "6", ["Lò Văn Hặc"])
        Assignment.objects.create(
            committee=w.committee, member=w.member, commune=commune, valid_from=w.since
        )
    drafter = make_user(
        "drafter", "Trần Văn Hải", "district_officer", area=w.province, since=w.since
    )
    for number in range(count):
        Flag.objects.all().delete()
        for commune in communes:
            make_flag(commune)
            make_flag(commune, "watch", "TH")
        plan = draft_plan(
            area=w.province,
            month=first_month.plus(number),
            capacity=count,
            by=drafter,
        )
        for visit in plan.visits.all():
            change_visit(
                visit=visit,
                member=w.member,
                planned_on=plan.month,
                by=w.province_officer,
            )
        if not (last_is_draft and number == count - 1):
            approve_plan(plan=plan, by=w.province_officer)
    return plan


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize(
    ("name", "who", "ceiling"),
    [
        ("plans", "province_officer", 12),
        ("waiting", "province_officer", 17),
        ("year_plan", "province_officer", 45),
        ("plan", "province_officer", 27),
        ("draft", "province_officer", 30),
        ("schedule", "province_officer", 32),
        ("mine", "member_user", 28),
        ("committees", "province_officer", 15),
    ],
)
def test_queries_do_not_grow_with_rows(
    world, sign_in, django_assert_max_num_queries, name, who, ceiling, count
):
    plan = planned(world, count, OCTOBER, last_is_draft=name in {"draft", "schedule"})
    client = sign_in(getattr(world, who))
    paths = {"plan": "plan", "draft": "plan", "schedule": "plan_schedule"}
    path = url(paths[name], plan.pk) if name in paths else url(name)
    with django_assert_max_num_queries(ceiling):
        assert client.get(path).status_code == 200
