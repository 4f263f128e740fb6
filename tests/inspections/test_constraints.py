"""Every named constraint of the inspections, broken once past all checks in Python."""

import datetime
import uuid

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from inspections.models import (
    ActionItem,
    ActionPlan,
    ActionProgress,
    Assignment,
    ChecklistAnswer,
    ChecklistItem,
    Committee,
    HeadCount,
    HouseholdCheck,
    InspectionPlan,
    Meeting,
    Member,
    Recommendation,
    Regulation,
    Scorecard,
    ScoringCriterion,
    Supplement,
    Visit,
    VisitPhoto,
)
from mobilisation.models import Household

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


def regulation(w, beside=None, **more):
    values = {"committee": w.committee, "paper": "05/QC-BCĐ", "valid_from": D(2026, 9, 1)}
    return Regulation(**{**values, **more})


def meeting(w, beside=None):
    return Meeting(
        committee=w.committee,
        held_on=D(2026, 10, 5),
        place="x",
        chair=w.member,
        content="x",
        decided="x",
        written_by=w.province_officer,
        written_at=timezone.now(),
    )


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


def household(w, **more):
    values = {"commune": w.commune_b, "village": "x", "form_number": "1", "head_name": "x"}
    met = Household.objects.first() or saved(Household(**values))
    values = {
        "household": met,
        "village": met.village,
        "form_number": met.form_number,
        "survey_year": 2026,
        "people": 4,
        "children": 2,
        "at_school": 2,
        "result": "same",
        "checked_by": w.member_user,
        "checked_at": timezone.now(),
    }
    return HouseholdCheck(visit=made_visit(w), **{**values, **more})


def photo(w, **more):
    values = {"op_id": uuid.uuid4(), "digest": "0" * 64, "size": 1, "made_by": w.member_user}
    return VisitPhoto(visit=made_visit(w), made_at=timezone.now(), **{**values, **more})


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


def plan_of_action(w, **more):
    values = {
        "area": w.commune_a,
        "title": "x",
        "valid_from": D(2026, 1, 1),
        "valid_to": D(2027, 1, 1),
        "drafted_by": w.commune_officer,
        "drafted_at": timezone.now(),
    }
    return ActionPlan(**{**values, **more})


def task(w, **more):
    values = {
        "plan": ActionPlan.objects.first() or saved(plan_of_action(w)),
        "what": "x",
        "area": w.commune_a,
        "due_on": D(2026, 10, 30),
        "made_by": w.commune_officer,
        "made_at": timezone.now(),
    }
    return ActionItem(**{**values, **more})


def verified(w, **more):
    done = {"state": "verified", "done_on": D(2026, 10, 12), "done_by": w.head_a}
    return task(w, **done, **more)


BREAKS = {
    "action_plan_ends_after_it_begins": lambda w: plan_of_action(w, **UPSIDE_DOWN),
    "action_plan_has_an_end": lambda w: plan_of_action(w, valid_to=None),
    "action_plan_in_force_has_number_day_and_body": lambda w: plan_of_action(w, state="in_force"),
    "document_of_action_plan_was_kept_by_somebody": lambda w: plan_of_action(
        w, document="plan_documents/x.pdf"
    ),
    "task_has_exactly_one_source": lambda w: task(w, plan=None),
    "task_with_a_value_names_its_indicator": lambda w: task(w, target_value=95),
    "task_done_says_when_and_by_whom": lambda w: task(w, state="done"),
    "task_verified_says_when_and_by_whom": lambda w: verified(w),
    "task_is_verified_by_another_person": lambda w: verified(
        w, verified_by=w.head_a, verified_at=timezone.now()
    ),
    "task_cancelled_says_why": lambda w: task(w, state="cancelled"),
    "progress_is_100_at_most": lambda w: ActionProgress(
        item=saved(task(w)),
        reported_on=D(2026, 10, 12),
        percent=101,
        words="x",
        made_by=w.head_a,
        made_at=timezone.now(),
    ),
    "regulation_ends_after_it_begins": lambda w: regulation(w, **UPSIDE_DOWN),
    "one_regulation_of_a_committee_a_day": lambda w: regulation(w, beside=saved(regulation(w))),
    "one_meeting_of_a_committee_a_day": lambda w: meeting(w, beside=saved(meeting(w))),
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
    "household_is_checked_once_a_visit": lambda w: twice(household, w),
    "household_that_differs_says_what": lambda w: household(w, result="differs"),
    "visit_photo_has_its_file_or_was_taken_out": lambda w: photo(w),
    "one_scorecard_a_year": lambda w: twice(card, w),
    "confirmed_scorecard_has_figures_and_who": lambda w: card(w, state="confirmed"),
    "scoring_criterion_holds_once": lambda w: twice(lambda w: criterion(), w),
    "scoring_criterion_ends_after_it_begins": lambda w: criterion(**UPSIDE_DOWN),
    "supplement_on_a_count_names_its_school": lambda w: Supplement(
        visit=saved(visit(w)),
        part="counts",
        text="x",
        made_by=w.head_a,
        made_at=timezone.now(),
    ),
    "done_visit_has_day_result_and_recorder": lambda w: visit(w, state="done"),
    "called_off_visit_says_why_who_and_when": lambda w: visit(
        w, state="cancelled", called_off_because="Mưa lũ"
    ),
    "moved_visit_says_from_when_by_whom": lambda w: visit(w, moved_because="Trường thi"),
}
# PostgreSQL refuses the range itself before the exclusion constraint is asked.
SAID_OTHERWISE = dict.fromkeys(
    (
        "assignment_ends_after_it_begins",
        "regulation_ends_after_it_begins",
        "scoring_criterion_ends_after_it_begins",
    ),
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
    "household_is_checked_once_a_visit": "inspections_householdcheck.visit_id, "
    "inspections_householdcheck.household_id",
    "one_meeting_of_a_committee_a_day": "inspections_meeting.committee_id, "
    "inspections_meeting.held_on",
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
