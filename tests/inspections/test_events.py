"""What is decided about plans, visits and committees can be read from its events alone."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from core.models import Event
from inspections.services.committees import (
    appoint_member,
    assign_commune,
    end_assignment,
    end_term,
    found_committee,
)
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
from inspections.services.visits import (
    Asked,
    finish_recommendation,
    record_visit,
    reopen_recommendation,
)

from .conftest import OCTOBER, add_communes

D = datetime.date


def story():
    """[(kind, who, what about)] from the first event on."""
    return [(each.kind, each.actor_name, each.object_name) for each in Event.objects.order_by("pk")]


def last():
    return Event.objects.order_by("pk").last()


def test_an_auditor_follows_one_plan_from_flag_to_remedy_by_its_events(flagged):
    officer, member = flagged.province_officer, flagged.member_user
    drafter = flagged.other_officer
    plan = draft_plan(area=flagged.province, month=OCTOBER, capacity=1, by=drafter)
    visit = plan.visits.get()
    change_visit(visit=visit, member=flagged.member, planned_on=D(2026, 10, 12), by=officer)
    approve_plan(plan=plan, by=officer)
    record_visit(
        visit=visit,
        visited_on=D(2026, 10, 12),
        result="Đếm được 30/35 em.",
        recommendations=[Asked("Nộp sổ đúng ngày", "Hiệu trưởng", D(2026, 10, 30))],
        by=member,
    )
    recommendation = visit.recommendations.get()
    finish_recommendation(
        recommendation=recommendation, done_on=D(2026, 10, 12), evidence="Sổ đủ", by=member
    )
    reopen_recommendation(recommendation=recommendation, reason="Lại thiếu", by=officer)
    finish_recommendation(
        recommendation=recommendation, done_on=D(2026, 10, 12), evidence="Đủ lại", by=officer
    )
    commune, title = flagged.commune_a.title, f"10/2026 · {flagged.province.title}"
    assert story() == [
        ("plan.drafted", str(drafter), title),
        ("visit.changed", str(officer), commune),
        ("plan.approved", str(officer), title),
        ("visit.recorded", str(member), commune),
        ("recommendation.done", str(member), "Nộp sổ đúng ngày"),
        ("recommendation.reopened", str(officer), "Nộp sổ đúng ngày"),
        ("recommendation.done", str(officer), "Nộp sổ đúng ngày"),
    ]
    drafted, changed, approved, recorded, done, reopened, _again = Event.objects.order_by("pk")
    assert drafted.changes == {"capacity": [None, 1], "communes": [None, [commune]]}
    assert changed.changes["planned_on"] == [None, "2026-10-12"]
    assert approved.changes["state"] == ["draft", "approved"]
    assert recorded.changes["recommendations"] == [None, ["Nộp sổ đúng ngày"]]
    assert done.changes["evidence"] == [None, "Sổ đủ"]
    assert (reopened.reason, reopened.changes["evidence"]) == ("Lại thiếu", ["Sổ đủ", ""])
    assert set(Event.objects.values_list("area_id", flat=True)) == {flagged.province.pk}


def test_every_change_of_a_draft_is_told(draft, flagged):
    officer = flagged.province_officer
    first = draft.visits.order_by("rank").first()
    move_visit(visit=first, up=False, by=officer)
    assert (last().kind, last().changes) == ("visit.moved", {"rank": [1, 2]})
    (commune,) = add_communes(flagged, 1)
    added = add_visit(plan=draft, commune=commune, reason="Đường mới thông", by=officer)
    assert (last().kind, last().reason) == ("visit.added", "Đường mới thông")
    remove_visit(visit=added, by=officer)
    assert (last().kind, last().object_name) == ("visit.removed", commune.title)
    redraft_plan(plan=draft, capacity=1, by=officer)
    assert last().kind == "plan.redrafted"
    assert last().changes["capacity"] == [5, 1]


def test_the_end_of_a_list_moves_nothing_and_tells_nothing(draft, flagged):
    before = Event.objects.count()
    move_visit(visit=draft.visits.order_by("rank").first(), up=True, by=flagged.province_officer)
    assert Event.objects.count() == before


def test_a_refused_approval_leaves_no_event(draft, flagged):
    before = Event.objects.count()
    with pytest.raises(ValidationError, match="Xã A Một"):
        approve_plan(plan=draft, by=flagged.province_officer)
    assert Event.objects.count() == before


def test_a_visit_called_off_is_told(approved, flagged):
    cancel_visit(visit=approved.visits.get(), reason="Mưa lũ", by=flagged.province_officer)
    assert (last().kind, last().changes) == ("visit.cancelled", {"state": ["planned", "cancelled"]})


def test_a_committee_is_told_from_founding_to_the_last_term(flagged):
    officer, start = flagged.province_officer, D(2026, 9, 1)
    committee = found_committee(
        area=flagged.province, name="Ban Chỉ đạo", kind="universal", valid_from=start, by=officer
    )
    member = appoint_member(
        committee=committee, full_name="Lò Văn Ún", role="member", valid_from=start, by=officer
    )
    assignment = assign_commune(
        member=member, commune=flagged.commune_b, valid_from=start, by=officer
    )
    end_assignment(assignment=assignment, on=D(2026, 10, 1), by=officer)
    assert last().changes == {
        "commune": [flagged.commune_b.title, None],
        "valid_to": [None, "2026-10-01"],
    }
    end_term(member=member, on=D(2026, 10, 2), by=officer)
    assert [kind for kind, _who, _about in story()] == [
        "committee.founded",
        "member.appointed",
        "assignment.made",
        "assignment.ended",
        "member.ended",
    ]
