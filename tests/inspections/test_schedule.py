"""Days and members of all visits of a plan in one table, with what is at odds said in place."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.models import RoleGrant
from attendance.models import Closure
from core.models import Event
from core.months import Month
from inspections.models import Assignment, Member, Visit
from inspections.services.plans import (
    Conflicting,
    Scheduled,
    approve_plan,
    change_visit,
    draft_plan,
    mark_of,
    schedule_visits,
)
from tests.html_query import read
from tests.world import make_user

from .conftest import OCTOBER

D = datetime.date
MONDAY, TUESDAY = D(2026, 10, 19), D(2026, 10, 20)


@pytest.fixture
def other(flagged):
    """A second member, who answers for commune B and has an account."""
    user = make_user("member_2", "Lò Văn Sơn", since=flagged.since)
    member = Member.objects.create(
        committee=flagged.committee, full_name="Lò Văn Sơn", user=user, valid_from=flagged.since
    )
    Assignment.objects.create(
        committee=flagged.committee,
        member=member,
        commune=flagged.commune_b,
        valid_from=flagged.since,
    )
    return member


@pytest.fixture
def visits(draft, other):
    return list(draft.visits.order_by("rank").prefetch_related("team"))


def row(visit, member=None, planned_on=None, team=(), **more):
    values = {"seen": mark_of(visit, visit.team.all()), "may_stay": False}
    return Scheduled(visit.pk, member, planned_on, list(team), **values | more)


def stored(plan):
    return list(plan.visits.order_by("rank").values_list("member__full_name", "planned_on"))


def conflicts(act):
    """{field: texts} of the first visit that is refused."""
    with pytest.raises(Conflicting) as refused:
        act()
    (first, *_more) = refused.value.conflicts.values()
    return [(each.field, each.text, each.may_stay) for each in first]


def test_all_are_saved_together_with_one_event(draft, visits, other, flagged):
    first, second = visits
    changed = schedule_visits(
        plan=draft,
        rows=[
            row(first, flagged.member, MONDAY, [other]),
            row(second, other, TUESDAY),
        ],
        by=flagged.province_officer,
    )
    assert len(changed) == 2
    assert stored(draft) == [
        (flagged.member.full_name, MONDAY),
        ("Lò Văn Sơn", TUESDAY),
    ]
    assert list(draft.visits.get(pk=first.pk).team.all()) == [other]
    event = Event.objects.order_by("pk").last()
    assert (event.kind, event.object_id) == ("plan.scheduled", str(draft.pk))
    assert event.changes["visits"][1] == [
        f"Xã A Một: 19/10/2026, {flagged.member.full_name}, Lò Văn Sơn",
        "Xã B Một: 20/10/2026, Lò Văn Sơn",
    ]


def test_one_bad_row_saves_nothing(draft, visits, other, flagged):
    first, second = visits
    before = Event.objects.count()
    rows = [row(first, flagged.member, MONDAY), row(second, other, D(2026, 11, 2))]
    assert conflicts(
        lambda: schedule_visits(plan=draft, rows=rows, by=flagged.province_officer)
    ) == [("planned_on", "Ngày kiểm tra phải trong tháng 10/2026.", False)]
    assert {day for _member, day in stored(draft)} == {None}
    assert Event.objects.count() == before


def test_a_member_on_two_visits_a_day_is_told_in_both_and_may_stay(draft, visits, other, flagged):
    first, second = visits
    rows = [
        row(first, flagged.member, MONDAY),
        row(second, other, MONDAY, [flagged.member]),
    ]
    with pytest.raises(Conflicting) as refused:
        schedule_visits(plan=draft, rows=rows, by=flagged.province_officer)
    name = flagged.member.full_name
    assert {
        pk: [(each.field, each.text) for each in found]
        for pk, found in refused.value.conflicts.items()
    } == {
        first.pk: [("member", f"{name} cùng ngày này còn đi Xã B Một.")],
        second.pk: [("team", f"{name} cùng ngày này còn đi Xã A Một.")],
    }
    rows = [
        row(first, flagged.member, MONDAY, may_stay=True),
        row(second, other, MONDAY, [flagged.member], may_stay=True),
    ]
    assert len(schedule_visits(plan=draft, rows=rows, by=flagged.province_officer)) == 2


def test_a_visit_of_another_plan_the_same_day_is_told(draft, visits, other, flagged):
    first, _second = visits
    cluster = draft_plan(
        area=flagged.cluster, month=OCTOBER, capacity=1, by=flagged.district_officer
    )
    Visit.objects.create(
        plan=cluster,
        commune=flagged.commune_a2,
        rank=1,
        reason="x",
        member=flagged.member,
        planned_on=MONDAY,
    )
    found = conflicts(
        lambda: schedule_visits(
            plan=draft, rows=[row(first, flagged.member, MONDAY)], by=flagged.province_officer
        )
    )
    assert [(field, stays) for field, _text, stays in found] == [("member", True)]
    assert "Xã A Hai" in found[0][1]


def test_nobody_inspects_the_own_unit_and_no_tick_helps(draft, visits, other, flagged):
    _first, second = visits
    RoleGrant.objects.create(
        user=other.user, role="school_head", school=flagged.school_b, valid_from=flagged.since
    )
    found = conflicts(
        lambda: schedule_visits(
            plan=draft,
            rows=[row(second, other, MONDAY, may_stay=True)],
            by=flagged.province_officer,
        )
    )
    assert found == [
        (
            "member",
            "Lò Văn Sơn phụ trách Xã B Một hoặc một trường ở đó: hãy chọn người khác.",
            False,
        )
    ]
    with pytest.raises(ValidationError) as refused:
        change_visit(visit=second, member=other, planned_on=MONDAY, by=flagged.province_officer)
    assert list(refused.value.error_dict) == ["member"]
    assert stored(draft)[1][1] is None


def test_a_draft_puts_nobody_in_charge_of_the_own_unit(flagged, other):
    RoleGrant.objects.create(
        user=other.user, role="commune_officer", area=flagged.commune_b, valid_from=flagged.since
    )
    plan = draft_plan(
        area=flagged.province, month=Month(2026, 12), capacity=5, by=flagged.other_officer
    )
    assert plan.visits.get(commune=flagged.commune_b).member is None
    assert plan.visits.get(commune=flagged.commune_a).member == flagged.member


def test_a_day_without_lessons_is_told_and_may_stay(draft, visits, flagged):
    first, _second = visits
    Closure.objects.create(
        area=flagged.province,
        reason="cold",
        valid_from=MONDAY,
        valid_to=TUESDAY,
    )
    asked = row(first, flagged.member, MONDAY)
    found = conflicts(
        lambda: schedule_visits(plan=draft, rows=[asked], by=flagged.province_officer)
    )
    assert [(field, stays) for field, _text, stays in found] == [("planned_on", True)]
    asked = row(first, flagged.member, MONDAY, may_stay=True)
    assert schedule_visits(plan=draft, rows=[asked], by=flagged.province_officer) == [first]


def test_rows_as_shown_leave_what_somebody_else_changed(draft, visits, other, flagged):
    first, second = visits
    asked = [row(first, flagged.member, MONDAY), row(second, second.member, None)]
    change_visit(visit=second, member=other, planned_on=TUESDAY, by=flagged.province_officer)
    assert schedule_visits(plan=draft, rows=asked, by=flagged.province_officer) == [first]
    assert stored(draft)[1] == ("Lò Văn Sơn", TUESDAY)


def test_two_who_change_the_same_visit_do_not_overwrite_each_other(draft, visits, other, flagged):
    _first, second = visits
    asked = row(second, other, MONDAY)
    change_visit(visit=second, member=other, planned_on=TUESDAY, by=flagged.province_officer)
    with pytest.raises(ValidationError) as refused:
        schedule_visits(plan=draft, rows=[asked], by=flagged.province_officer)
    assert refused.value.code == "meanwhile"
    assert "20/10/2026, Lò Văn Sơn" in refused.value.messages[0]
    assert stored(draft)[1] == ("Lò Văn Sơn", TUESDAY)


def test_an_approved_plan_is_scheduled_by_who_approves_and_keeps_a_day(approved, flagged):
    visit = approved.visits.get()
    with pytest.raises(PermissionDenied):
        schedule_visits(
            plan=approved,
            rows=[row(visit, flagged.member, MONDAY)],
            by=flagged.district_officer,
        )
    found = conflicts(
        lambda: schedule_visits(
            plan=approved, rows=[row(visit, flagged.member, None)], by=flagged.province_officer
        )
    )
    assert found == [("planned_on", "Hãy chọn ngày kiểm tra.", False)]
    schedule_visits(
        plan=approved,
        rows=[row(visit, flagged.member, MONDAY, because="Trường thi")],
        by=flagged.province_officer,
    )
    assert approved.visits.get().planned_on == MONDAY


# --- The page ----------------------------------------------------------------------------


def url(plan):
    return reverse("inspections:plan_schedule", args=[plan.pk])


def sent(tree, **changed):
    """What a browser posts from the table, with some fields changed."""
    data = {
        each.get("name"): each.get("value") or ""
        for each in tree.select("form.stack input")
        if each.get("type") not in {"checkbox", "radio"}
    }
    for each in tree.select("form.stack select"):
        name = each.get("name")
        chosen = tree.select(f"select[name={name}] option[selected]")
        data[name] = chosen[0].get("value") if chosen else ""
    return data | changed


def test_the_table_is_filled_in_sent_twice_and_written_once(draft, visits, other, flagged, sign_in):
    client = sign_in(flagged.province_officer)
    first, second = visits
    data = sent(
        read(client.get(url(draft))),
        **{
            f"visit-{first.pk}-planned_on": "2026-10-19",
            f"visit-{second.pk}-planned_on": "2026-10-20",
            f"visit-{second.pk}-member": str(other.pk),
        },
    )
    before = Event.objects.count()
    for _time in range(2):
        assert client.post(url(draft), data).status_code == 302
    assert stored(draft) == [(flagged.member.full_name, MONDAY), ("Lò Văn Sơn", TUESDAY)]
    assert Event.objects.count() == before + 1


def test_what_is_at_odds_is_shown_at_its_row_and_kept_by_a_tick(
    draft, visits, other, flagged, sign_in
):
    client = sign_in(flagged.province_officer)
    first, second = visits
    both = {
        f"visit-{first.pk}-planned_on": "2026-10-19",
        f"visit-{second.pk}-planned_on": "2026-10-19",
        f"visit-{second.pk}-member": str(flagged.member.pk),
    }
    data = sent(read(client.get(url(draft))), **both)
    answer = client.post(url(draft), data)
    assert answer.status_code == 422
    tree = read(answer)
    name = flagged.member.full_name
    assert tree.texts(".schedule .field__error p") == [
        f"{name} cùng ngày này còn đi Xã B Một.",
        f"{name} cùng ngày này còn đi Xã A Một.",
    ]
    assert len(tree.select(".schedule label.choice")) == 2
    kept = sent(tree, **both, **{f"visit-{pk.pk}-may_stay": "on" for pk in visits})
    assert client.post(url(draft), kept).status_code == 302
    assert [day for _member, day in stored(draft)] == [MONDAY, MONDAY]
    # Afterwards it is still said, without stopping anything.
    assert len(read(client.get(url(draft))).texts(".schedule__note")) == 2


def test_the_cluster_does_not_reach_an_approved_plan(approved, flagged, sign_in):
    assert sign_in(flagged.district_officer).get(url(approved)).status_code == 404
    plan = draft_plan(
        area=flagged.cluster, month=Month(2026, 11), capacity=1, by=flagged.district_officer
    )
    client = sign_in(flagged.district_officer)
    assert client.get(url(plan)).status_code == 200
    visit = plan.visits.first() or Visit.objects.create(
        plan=plan, commune=flagged.commune_a2, rank=1, reason="x"
    )
    change_visit(
        visit=visit,
        member=flagged.member,
        planned_on=D(2026, 11, 12),
        by=flagged.district_officer,
    )
    approve_plan(plan=plan, by=flagged.province_officer)
    assert client.get(url(plan)).status_code == 403
