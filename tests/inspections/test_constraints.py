"""Every named constraint of the inspections, broken once past all checks in Python."""

import datetime

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from inspections.models import (
    Assignment,
    ChecklistAnswer,
    ChecklistItem,
    Committee,
    HeadCount,
    InspectionPlan,
    Member,
    Recommendation,
    Scorecard,
    ScoringCriterion,
    Visit,
)

D = datetime.date
UPSIDE_DOWN = {"valid_from": D(2026, 10, 1), "valid_to": D(2026, 9, 1)}


def plan(w, **more):
    values = {
        "area": w.province,
        "month": D(2026, 10, 1),
        "based_on": D(2026, 9, 1),
        "capacity": 1,
        "drafted_by": w.province_officer,
    }
    return InspectionPlan(**{**values, **more})


def visit(w, **more):
    kept = InspectionPlan.objects.first() or plan(w)
    kept.save()
    return Visit(**{"plan": kept, "commune": w.commune_b, "rank": 1, "reason": "x", **more})


def made_visit(w):
    return Visit.objects.first() or saved(visit(w))


def saved(row):
    row.save()
    return row


def recommendation(w, **more):
    values = {"text": "x", "owner": "x", "due_on": D(2026, 10, 30)}
    return Recommendation(visit=made_visit(w), **values, **more)


def question(**more):
    values = {"code": "x", "section": "x", "text": "x", "place": 1, "valid_from": D(2026, 1, 1)}
    return ChecklistItem(**{**values, **more})


def answer(w):
    item = ChecklistItem.objects.first()
    values = {"answered_by": w.member_user, "answered_at": timezone.now()}
    return ChecklistAnswer(visit=made_visit(w), item=item, answer="yes", **values)


def count(w):
    return HeadCount(
        visit=made_visit(w),
        school=w.school_a,
        school_class=w.class_a,
        date=D(2026, 10, 12),
        session="am",
        counted=5,
        roll=6,
        counted_by=w.member_user,
        counted_at=timezone.now(),
    )


def criterion(**more):
    values = {
        "code": "x",
        "short_name": "x",
        "name": "x",
        "measure": "visits",
        "points": 1,
        "place": 9,
        "valid_from": D(2026, 1, 1),
    }
    return ScoringCriterion(**{**values, **more})


def card(w, **more):
    return Scorecard(member=w.member, year=w.year, **more)


def twice(make, w):
    make(w).save()
    return make(w)


BREAKS = {
    "committee_ends_after_it_begins": lambda w: Committee(area=w.province, name="x", **UPSIDE_DOWN),
    "member_ends_after_it_begins": lambda w: Member(
        committee=w.committee, full_name="x", **UPSIDE_DOWN
    ),
    "assignment_ends_after_it_begins": lambda w: Assignment(
        committee=w.committee, member=w.member, commune=w.commune_b, **UPSIDE_DOWN
    ),
    "commune_has_one_member_per_committee": lambda w: Assignment(
        committee=w.committee, member=w.member, commune=w.commune_a, valid_from=D(2026, 10, 1)
    ),
    "one_plan_per_area_and_month": lambda w: twice(plan, w),
    "plan_approval_has_who_and_when": lambda w: plan(w, state="approved"),
    "one_visit_per_plan_commune": lambda w: twice(visit, w),
    "answered_recommendation_says_what_when_and_who": lambda w: recommendation(w, state="answered"),
    "checklist_item_ends_after_it_begins": lambda w: question(**UPSIDE_DOWN),
    "checklist_code_begins_once_a_day": lambda w: twice(lambda w: question(), w),
    "one_answer_per_visit_question": lambda w: twice(answer, w),
    "one_count_per_visit_class_session": lambda w: twice(count, w),
    "one_scorecard_a_year": lambda w: twice(card, w),
    "confirmed_scorecard_has_figures_and_who": lambda w: card(w, state="confirmed"),
    "scoring_criterion_holds_once": lambda w: twice(lambda w: criterion(), w),
    "scoring_criterion_ends_after_it_begins": lambda w: criterion(**UPSIDE_DOWN),
    "done_visit_has_day_result_and_recorder": lambda w: visit(w, state="done"),
}
# PostgreSQL refuses the range itself before the exclusion constraint is asked.
SAID_OTHERWISE = dict.fromkeys(
    ("assignment_ends_after_it_begins", "scoring_criterion_ends_after_it_begins"),
    "range lower bound",
)
SQLITE_UNIQUE = {
    "one_plan_per_area_and_month": "inspections_inspectionplan.area_id, "
    "inspections_inspectionplan.month",
    "one_visit_per_plan_commune": "inspections_visit.plan_id, inspections_visit.commune_id",
    "checklist_code_begins_once_a_day": "inspections_checklistitem.code, "
    "inspections_checklistitem.valid_from",
    "one_answer_per_visit_question": "inspections_checklistanswer.visit_id, "
    "inspections_checklistanswer.item_id",
    "one_scorecard_a_year": "inspections_scorecard.member_id, inspections_scorecard.year_id",
    "one_count_per_visit_class_session": "inspections_headcount.visit_id, "
    "inspections_headcount.school_class_id, inspections_headcount.date, "
    "inspections_headcount.session",
}


def test_every_constraint_of_the_app_is_broken_here():
    names = {
        constraint.name
        for model in apps.get_app_config("inspections").get_models()
        for constraint in model._meta.constraints
    }
    assert names == set(BREAKS)


@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses(world, name):
    row = BREAKS[name](world)
    with pytest.raises((IntegrityError, DataError)) as refused, transaction.atomic():
        row.save()
    said = str(refused.value)
    assert any(
        words in said
        for words in (name, SQLITE_UNIQUE.get(name, name), SAID_OTHERWISE.get(name, name))
    )
