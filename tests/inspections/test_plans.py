"""Drafting a plan from flags, changing it, approving it."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from core.models import Event
from core.months import Month
from inspections.models import Assignment, InspectionPlan, Member, Visit
from inspections.services.committees import end_term
from inspections.services.plans import (
    add_visit,
    approve_plan,
    cancel_visit,
    change_visit,
    draft_plan,
    move_visit,
    redraft_plan,
    remove_visit,
)
from reports.models import Flag
from tests.world import make_user

from .conftest import OCTOBER, make_flag

D = datetime.date


def draft_of(w, **more):
    area = more.get("area", w.province)
    by = {w.province: getattr(w, "other_officer", w.province_officer)}.get(area, w.district_officer)
    values = {"area": area, "month": OCTOBER, "capacity": 5, "by": by}
    return draft_plan(**{**values, **more})


def names(plan):
    return [visit.commune.name for visit in plan.visits.order_by("rank")]


def state_of(flag):
    return Flag.objects.get(pk=flag.pk).state


def ready(plan, w):
    """Give every visit the member and a day."""
    for visit in plan.visits.all():
        change_visit(
            visit=visit, member=w.member, planned_on=D(2026, 10, 20), by=w.province_officer
        )


# --- Drafting --------------------------------------------------------------------------


def test_a_draft_ranks_the_communes_with_their_reasons_flags_and_member(flagged):
    plan = draft_of(flagged)
    first, second = plan.visits.order_by("rank")
    assert (plan.state, plan.based_on, plan.drafted_by) == (
        "draft",
        D(2026, 9, 1),
        flagged.other_officer,
    )
    assert (first.rank, first.commune, first.level) == (1, flagged.commune_a, "THCS")
    assert first.reason == flagged.flag_a.reason
    assert list(first.flags.all()) == [flagged.flag_a]
    assert first.member == flagged.member
    assert (second.rank, second.commune, second.member) == (2, flagged.commune_b, None)
    assert state_of(flagged.flag_a) == "open"


def test_a_draft_takes_no_more_communes_than_visits_are_possible(flagged):
    assert names(draft_of(flagged, capacity=1)) == ["A Một"]


def test_a_draft_rests_on_the_newest_month_with_open_flags(flagged):
    make_flag(flagged.commune_a2, month=D(2026, 8, 1))
    make_flag(flagged.commune_a2, month=D(2026, 10, 1), state="planned")
    make_flag(flagged.commune_a2, month=D(2026, 11, 1))
    plan = draft_of(flagged)
    assert (plan.based_on, names(plan)) == (D(2026, 9, 1), ["A Một", "B Một"])


def test_a_draft_takes_flags_of_its_own_month(flagged):
    make_flag(flagged.commune_a2, month=D(2026, 10, 1))
    assert names(draft_of(flagged)) == ["A Hai"]


@pytest.mark.parametrize("state", ["planned", "visited", "withdrawn"])
def test_a_draft_passes_over_flags_that_are_not_open(flagged, state):
    Flag.objects.filter(pk=flagged.flag_a.pk).update(state=state)
    assert names(draft_of(flagged)) == ["B Một"]


def test_a_draft_of_a_cluster_stays_inside_it(flagged):
    assert names(draft_of(flagged, area=flagged.cluster)) == ["A Một"]


def test_a_draft_passes_over_communes_of_another_plan_of_the_month(flagged):
    draft_of(flagged, area=flagged.cluster)
    assert names(draft_of(flagged)) == ["B Một"]


def test_a_draft_without_flags_is_empty(world):
    plan = draft_of(world)
    assert (plan.based_on, names(plan)) == (D(2026, 10, 1), [])


@pytest.mark.parametrize("ended", ["assignment", "member"])
def test_a_draft_names_nobody_whose_time_is_over(flagged, ended):
    row = getattr(flagged, ended)
    type(row).objects.filter(pk=row.pk).update(valid_to=D(2026, 10, 1))
    assert draft_of(flagged).visits.get(commune=flagged.commune_a).member is None


def test_a_second_plan_of_the_same_area_and_month_is_refused(draft, flagged):
    with pytest.raises(ValidationError) as refused:
        draft_of(flagged)
    assert refused.value.messages == [
        "Tỉnh Lai Châu đã có kế hoạch tháng 10/2026. Hãy mở kế hoạch đó để sửa."
    ]
    assert InspectionPlan.objects.count() == 1


def test_a_month_that_has_passed_is_refused(flagged):
    with pytest.raises(ValidationError) as refused:
        draft_of(flagged, month=Month(2026, 9))
    assert list(refused.value.error_dict) == ["month"]


def test_an_area_that_does_not_exist_then_is_refused(flagged):
    type(flagged.cluster).objects.filter(pk=flagged.cluster.pk).update(valid_to=D(2026, 11, 1))
    with pytest.raises(ValidationError) as refused:
        draft_of(flagged, area=flagged.cluster, month=Month(2026, 11))
    assert list(refused.value.error_dict) == ["area"]


def test_no_visit_possible_is_refused_and_nothing_written(flagged):
    with pytest.raises(ValidationError) as refused:
        draft_of(flagged, capacity=0)
    assert list(refused.value.error_dict) == ["capacity"]
    assert InspectionPlan.objects.count() == 0


# --- Changing --------------------------------------------------------------------------


def test_a_redraft_keeps_own_communes_members_and_days(draft, flagged):
    add_visit(
        plan=draft, commune=flagged.commune_a2, reason="Dân phản ánh", by=flagged.province_officer
    )
    change_visit(
        visit=draft.visits.get(commune=flagged.commune_a),
        member=flagged.member,
        planned_on=D(2026, 10, 21),
        by=flagged.province_officer,
    )
    Flag.objects.filter(pk=flagged.flag_b.pk).update(state="withdrawn")
    redraft_plan(plan=draft, capacity=3, by=flagged.province_officer)
    assert names(draft) == ["A Một", "A Hai"]
    assert [visit.rank for visit in draft.visits.order_by("rank")] == [1, 2]
    assert draft.visits.get(commune=flagged.commune_a).planned_on == D(2026, 10, 21)
    assert InspectionPlan.objects.get().capacity == 3


# What choosing anew writes in a visit that stays; everything else is somebody's work.
CHOSEN_ANEW = {"rank", "level", "reason", "flags", "points"}


def everything_in(visit):
    """What a visit holds, to compare: every column and every list of it but `CHOSEN_ANEW`."""
    visit = Visit.objects.get(pk=visit.pk)
    held = {
        field.name: getattr(visit, field.attname)
        for field in Visit._meta.concrete_fields
        if field.name not in CHOSEN_ANEW
    }
    lists = [each for each in Visit._meta.many_to_many if each.name not in CHOSEN_ANEW]
    return held | {
        each.name: sorted(getattr(visit, each.name).values_list("pk", flat=True)) for each in lists
    }


def test_a_visit_that_stays_keeps_all_that_was_set_in_it(draft, flagged):
    along = Member.objects.create(
        committee=flagged.committee, full_name="Người đi cùng", valid_from=D(2026, 1, 1)
    )
    Assignment.objects.create(
        committee=flagged.committee,
        member=along,
        commune=flagged.commune_b,
        valid_from=D(2026, 1, 1),
    )
    visit = draft.visits.get(commune=flagged.commune_a)
    change_visit(
        visit=visit,
        member=None,
        planned_on=D(2026, 10, 21),
        team=[along],
        by=flagged.province_officer,
    )
    before = everything_in(visit)
    assert (before["team"], before["member"]) == ([along.pk], None)
    make_flag(flagged.commune_a, "persistent")
    redraft_plan(plan=draft, capacity=5, by=flagged.province_officer)
    assert everything_in(visit) == before
    assert visit.flags.count() == 2


def test_a_member_who_was_taken_out_by_hand_is_not_put_back(draft, flagged):
    visit = draft.visits.get(commune=flagged.commune_a)
    change_visit(visit=visit, member=None, planned_on=None, by=flagged.province_officer)
    redraft_plan(plan=draft, capacity=5, by=flagged.province_officer)
    assert draft.visits.get(commune=flagged.commune_a).member is None


@pytest.mark.parametrize("day", [D(2026, 9, 30), D(2026, 11, 1)])
def test_a_day_outside_the_month_is_refused(draft, flagged, day):
    visit = draft.visits.get(commune=flagged.commune_a)
    with pytest.raises(ValidationError) as refused:
        change_visit(
            visit=visit, member=flagged.member, planned_on=day, by=flagged.province_officer
        )
    assert refused.value.message_dict == {"planned_on": ["Ngày kiểm tra phải trong tháng 10/2026."]}
    assert Visit.objects.get(pk=visit.pk).planned_on is None


def test_a_member_without_a_commune_here_is_refused(draft, flagged):
    idle = Member.objects.create(
        committee=flagged.committee, full_name="Lò Văn Nghỉ", valid_from=flagged.since
    )
    with pytest.raises(ValidationError) as refused:
        change_visit(
            visit=draft.visits.get(commune=flagged.commune_b),
            member=idle,
            planned_on=None,
            by=flagged.province_officer,
        )
    assert list(refused.value.error_dict) == ["member"]


def test_a_member_out_of_office_on_the_day_is_refused(draft, flagged):
    end_term(member=flagged.member, on=D(2026, 10, 15), by=flagged.province_officer)
    with pytest.raises(ValidationError) as refused:
        change_visit(
            visit=draft.visits.get(commune=flagged.commune_a),
            member=Member.objects.get(pk=flagged.member.pk),
            planned_on=D(2026, 10, 15),
            by=flagged.province_officer,
        )
    assert list(refused.value.error_dict) == ["member"]


def test_a_commune_is_added_last_with_its_reason_and_member(draft, flagged):
    visit = add_visit(
        plan=draft, commune=flagged.commune_a2, reason=" Lũ quét ", by=flagged.province_officer
    )
    assert (visit.rank, visit.reason, visit.member, visit.flags.count()) == (3, "Lũ quét", None, 0)


@pytest.mark.parametrize(
    ("commune", "reason", "field"),
    [
        ("commune_a", "Lý do", "commune"),
        ("cluster", "Lý do", "commune"),
        ("commune_a2", " ", "reason"),
    ],
)
def test_a_commune_twice_another_area_or_no_reason_is_refused(
    draft, flagged, commune, reason, field
):
    with pytest.raises(ValidationError) as refused:
        add_visit(
            plan=draft,
            commune=getattr(flagged, commune),
            reason=reason,
            by=flagged.province_officer,
        )
    assert list(refused.value.error_dict) == [field]
    assert draft.visits.count() == 2


def test_a_commune_outside_the_plans_area_is_refused(flagged):
    plan = draft_of(flagged, area=flagged.cluster)
    with pytest.raises(ValidationError) as refused:
        add_visit(plan=plan, commune=flagged.commune_b, reason="x", by=flagged.district_officer)
    assert list(refused.value.error_dict) == ["commune"]


def test_removing_a_visit_closes_the_gap(draft, flagged):
    remove_visit(visit=draft.visits.get(commune=flagged.commune_a), by=flagged.province_officer)
    assert [(visit.rank, visit.commune) for visit in draft.visits.all()] == [(1, flagged.commune_b)]


def test_moving_a_visit_changes_places_and_stops_at_the_ends(draft, flagged):
    second = draft.visits.get(commune=flagged.commune_b)
    move_visit(visit=second, up=True, by=flagged.province_officer)
    assert names(draft) == ["B Một", "A Một"]
    move_visit(visit=second, up=True, by=flagged.province_officer)
    assert names(draft) == ["B Một", "A Một"]
    move_visit(visit=second, up=False, by=flagged.province_officer)
    assert names(draft) == ["A Một", "B Một"]


# --- Approving -------------------------------------------------------------------------


def test_approving_says_who_and_when_and_takes_the_flags(draft, flagged):
    ready(draft, flagged)
    plan = approve_plan(plan=draft, by=flagged.province_officer)
    assert (plan.state, plan.approved_by) == ("approved", flagged.province_officer)
    assert plan.approved_at.date() == D(2026, 10, 12)
    assert [state_of(flagged.flag_a), state_of(flagged.flag_b)] == ["planned", "planned"]


def test_approving_leaves_a_withdrawn_flag_withdrawn(draft, flagged):
    ready(draft, flagged)
    Flag.objects.filter(pk=flagged.flag_b.pk).update(state="withdrawn")
    approve_plan(plan=draft, by=flagged.province_officer)
    assert state_of(flagged.flag_b) == "withdrawn"


def test_approving_names_every_visit_without_member_or_day(draft, flagged):
    with pytest.raises(ValidationError) as refused:
        approve_plan(plan=draft, by=flagged.province_officer)
    assert refused.value.messages == [
        "Xã A Một: Hãy chọn ngày kiểm tra.",
        "Xã B Một: Hãy chọn người phụ trách.",
        "Xã B Một: Hãy chọn ngày kiểm tra.",
    ]
    assert InspectionPlan.objects.get().state == "draft"
    assert state_of(flagged.flag_a) == "open"


def test_an_empty_plan_is_not_approved(flagged):
    Flag.objects.all().delete()
    plan = draft_of(flagged)
    with pytest.raises(ValidationError) as refused:
        approve_plan(plan=plan, by=flagged.province_officer)
    assert refused.value.code == "empty"


def test_an_approved_plan_no_longer_changes(approved, flagged):
    visit, by = approved.visits.get(), flagged.province_officer
    attempts = [
        lambda: approve_plan(plan=approved, by=by),
        lambda: redraft_plan(plan=approved, capacity=2, by=by),
        lambda: add_visit(plan=approved, commune=flagged.commune_b, reason="x", by=by),
        lambda: remove_visit(visit=visit, by=by),
        lambda: move_visit(visit=visit, up=True, by=by),
    ]
    for attempt in attempts:
        with pytest.raises(ValidationError) as refused:
            attempt()
        assert refused.value.code == "state"
    assert approved.visits.count() == 1


def test_an_approved_visit_may_move_to_another_day_but_not_to_none(approved, flagged):
    visit, by = approved.visits.get(), flagged.province_officer
    change_visit(
        visit=visit, member=flagged.member, planned_on=D(2026, 10, 30), because="Thi", by=by
    )
    with pytest.raises(ValidationError) as refused:
        change_visit(visit=visit, member=None, planned_on=None, by=by)
    assert sorted(refused.value.error_dict) == ["member", "planned_on"]
    assert Visit.objects.get().planned_on == D(2026, 10, 30)


def test_a_visit_called_off_opens_its_flags_again(approved, flagged):
    visit = cancel_visit(visit=approved.visits.get(), reason="Mưa lũ", by=flagged.province_officer)
    assert (visit.state, state_of(flagged.flag_a)) == ("cancelled", "open")
    with pytest.raises(ValidationError) as refused:
        cancel_visit(visit=visit, reason="Mưa lũ", by=flagged.province_officer)
    assert refused.value.code == "state"


def test_a_flag_of_another_planned_visit_stays_in_the_plan(approved, flagged):
    later = draft_of(flagged, month=Month(2026, 11))
    visit = Visit.objects.create(
        plan=later,
        commune=flagged.commune_a,
        rank=9,
        reason="x",
        member=flagged.member,
        planned_on=D(2026, 11, 5),
    )
    visit.flags.add(flagged.flag_a)
    ready_b = later.visits.get(commune=flagged.commune_b)
    remove_visit(visit=ready_b, by=flagged.province_officer)
    approve_plan(plan=later, by=flagged.province_officer)
    cancel_visit(visit=approved.visits.get(), reason="Mưa lũ", by=flagged.province_officer)
    assert state_of(flagged.flag_a) == "planned"


def test_a_visit_of_a_draft_is_removed_not_called_off(draft, flagged):
    with pytest.raises(ValidationError, match="Kế hoạch còn là dự thảo"):
        cancel_visit(visit=draft.visits.first(), reason="Mưa lũ", by=flagged.province_officer)
    assert draft.visits.filter(state="planned").count() == 2


def test_the_committee_of_the_plans_own_area_is_asked_first(flagged):
    other = type(flagged.committee).objects.create(
        area=flagged.cluster, name="BCĐ cụm", valid_from=flagged.since
    )
    near = Member.objects.create(committee=other, full_name="Lò Gần", valid_from=flagged.since)
    Assignment.objects.create(
        committee=other, member=near, commune=flagged.commune_a, valid_from=flagged.since
    )
    assert draft_of(flagged).visits.get(commune=flagged.commune_a).member == flagged.member
    cluster_plan = draft_of(flagged, area=flagged.cluster, month=Month(2026, 11))
    assert cluster_plan.visits.get().member == near


# --- Who drafted does not approve ------------------------------------------------------


def another_officer(w):
    return make_user(
        "province_2", "Vàng Thị Sua", "province_officer", since=w.since, area=w.province
    )


def refusal(act):
    with pytest.raises(ValidationError) as refused:
        act()
    return refused.value.messages


def test_who_drafted_a_plan_does_not_approve_it(flagged):
    officer = flagged.province_officer
    plan = draft_of(flagged, by=officer)
    ready(plan, flagged)
    another_officer(flagged)
    assert refusal(lambda: approve_plan(plan=plan, by=officer)) == [
        "Thầy cô đã lập kế hoạch này nên người khác duyệt."
    ]
    assert refusal(lambda: approve_plan(plan=plan, by=officer, alone_because="Gấp")) == [
        "Thầy cô đã lập kế hoạch này. Những người sau duyệt được: Vàng Thị Sua."
    ]
    assert InspectionPlan.objects.get().state == "draft"
    assert state_of(flagged.flag_a) == "open"


def test_the_only_officer_approves_an_own_plan_with_a_reason_that_stays(flagged):
    officer = flagged.province_officer
    plan = draft_of(flagged, by=officer)
    ready(plan, flagged)
    with pytest.raises(ValidationError, match="Thầy cô đã lập kế hoạch này nên người khác"):
        approve_plan(plan=plan, by=officer, alone_because="  ")
    approved = approve_plan(plan=plan, by=officer, alone_because=" Phòng chỉ có một người ")
    assert (approved.state, approved.approved_alone_because) == (
        "approved",
        "Phòng chỉ có một người",
    )
    event = Event.objects.order_by("pk").last()
    assert (event.kind, event.reason) == ("plan.approved_alone", "Phòng chỉ có một người")


def test_an_office_whose_other_officer_left_has_one_officer(flagged):
    officer, other = flagged.province_officer, another_officer(flagged)
    plan = draft_of(flagged, by=officer)
    ready(plan, flagged)
    other.is_active = False
    other.save()
    approve_plan(plan=plan, by=officer, alone_because="Chỉ còn một người")
    assert InspectionPlan.objects.get().approved_by == officer


def test_a_reason_is_not_taken_for_somebody_elses_plan(draft, flagged):
    ready(draft, flagged)
    by = flagged.province_officer
    assert refusal(lambda: approve_plan(plan=draft, by=by, alone_because="Gấp")) == [
        "Kế hoạch này do người khác lập: duyệt không cần lý do."
    ]


def test_whoever_chose_the_communes_last_drafted_the_plan(draft, flagged):
    officer = flagged.province_officer
    redraft_plan(plan=draft, capacity=2, by=officer)
    ready(draft, flagged)
    assert InspectionPlan.objects.get().drafted_by == officer
    with pytest.raises(ValidationError, match="Thầy cô đã lập kế hoạch này nên người khác"):
        approve_plan(plan=draft, by=officer)
    approve_plan(plan=draft, by=another_officer(flagged))
    assert InspectionPlan.objects.get().state == "approved"
