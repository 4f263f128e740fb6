"""Every table of transitions, walked: what is legal passes and leaves its event, the rest nothing.

The tables come from `core.workflow`; a model whose state is in none of them says here why. A new
table fails until this module knows how to make its rows, who may act, and what each act fills in.
"""

import ast
import datetime
from contextlib import suppress

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.scoping import scope_for
from attendance.models import Reopening
from core.events import REFUSED
from core.models import Event
from core.workflow import IllegalTransition, Workflow, workflows
from inspections.models import (
    ActionItem,
    ActionPlan,
    InspectionPlan,
    Member,
    Recommendation,
    Scorecard,
    Visit,
)
from lai_chau_edu.settings import BASE_DIR
from mobilisation.models import ChildCase
from reports.models import Flag, IssuedPaper, MonthAssessment, MonthConfirmation
from schools.models import ConversionScheme, Enrolment, Pupil, SchoolYear, Transfer
from tests.inspections.action_plans.builders import make_action, make_action_plan
from tests.inspections.conftest import make_flag
from tests.reports.papers.rows import make_issued
from tests.reports.publications import make_publication
from tests.world import make_user

D = datetime.date
AN_HOUR = datetime.timedelta(hours=1)

# Models with a state of which nobody decides step by step.
NOT_A_WORKFLOW = {
    "schools.ImportBatch": "how far a run in the background is",
    "schools.PupilExport": "how far a run in the background is",
    "attendance.MonthBatch": "how far a run in the background is",
    "accounts.AccountBatch": "how far a run in the background is",
    "accounts.StaffImport": "how far a run in the background is",
    "mobilisation.SurveyImport": "how far a run in the background is",
    "reports.ReportRun": "how far a run in the background is",
    "core.Delivery": "how far a message is on its way",
    "attendance.Register": "what a sending says: taken, or not held",
    "attendance.RegisterRevision": "never changed: what one sending said",
}
# Where the states of those are written.
WRITES_ANOTHER_STATE = {
    "core/services/workbook_imports.py",
    "attendance/month_workbook/services/batches.py",
    "core/notifications/sending.py",
    "core/services/background_runs.py",
    "schools/personal_data/services/anonymising.py",
}


# --- How to make a row in a state, who acts, and what an act fills in ------------------------


def make_one_flag(world, state):
    return make_flag(world.commune_a, state=state)


def make_plan(world, state):
    decided = {"approved_by": world.province_officer, "approved_at": timezone.now()}
    return InspectionPlan.objects.create(
        area=world.province,
        month=D(2026, 10, 1),
        based_on=D(2026, 9, 1),
        capacity=3,
        drafted_by=world.province_officer,
        state=state,
        **(decided if state == "approved" else {}),
    )


def make_paper(world, state):
    """A paper that stands, or one that another replaced: the state is worked out."""
    paper = make_issued(world.commune_a, world.commune_officer)
    if state == "replaced":
        more = {"replaces": paper, "reason": "Sửa số liệu"}
        make_issued(world.commune_a, world.commune_officer, number=2, **more)
    return IssuedPaper.objects.get(pk=paper.pk)


def make_visit(world, state):
    made = {
        "visited_on": D(2026, 10, 12),
        "result": "Đếm được 30/35 em.",
        "recorded_by": world.member_user,
        "recorded_at": timezone.now(),
    }
    visit = Visit.objects.create(
        plan=make_plan(world, "approved"),
        commune=world.commune_a,
        rank=1,
        reason="Chắc chắn thấp",
        member=world.member,
        planned_on=D(2026, 10, 12),
        state=state,
        **(made if state == "done" else {}),
        moved_from=D(2026, 10, 9),
        moved_by=world.province_officer,
        moved_at=timezone.now(),
    )
    if state == "done":
        told = {"text": "Nộp sổ đúng ngày", "owner": "Hiệu trưởng", "due_on": D(2026, 10, 30)}
        Recommendation.objects.create(visit=visit, **told)
    return visit


def make_recommendation(world, state):
    more = {
        "open": {},
        "answered": {
            "remedied_on": D(2026, 10, 12),
            "remedy": "Đã nộp đủ sổ",
            "answered_by": world.commune_officer,
            "answered_at": timezone.now(),
        },
        "done": {"done_on": D(2026, 10, 12), "evidence": "Sổ đủ", "done_by": world.member_user},
    }
    return Recommendation.objects.create(
        visit=make_visit(world, "done"),
        text="Nộp sổ đúng ngày",
        owner="Hiệu trưởng",
        due_on=D(2026, 10, 30),
        state=state,
        **more[state],
    )


def make_reopening(world, state):
    now = timezone.now()
    decided = {"decided_by": world.head_a, "decided_at": now}
    opened = decided | {"open_until": now + AN_HOUR}
    more = {
        "waiting": {},
        "refused": decided,
        "granted": opened,
        "closed": opened | {"closed_by": world.head_a, "closed_at": now},
    }
    return Reopening.objects.create(
        school=world.school_a,
        school_class=world.class_a,
        valid_from=D(2026, 10, 5),
        valid_to=D(2026, 10, 6),
        reason="Ghi nhầm tên",
        asked_by=world.teacher_a,
        asked_at=now,
        **more[state],
    )


def make_case(world, state):
    closed = {
        "outcome": "returned",
        "closed_on": D(2026, 10, 12),
        "closed_by": world.teacher_a,
        "closed_at": timezone.now(),
    }
    return ChildCase.objects.create(
        pupil=Pupil.objects.get(full_name="Giàng A Chua"),
        commune=world.commune_a,
        kind="drift",
        owner=world.teacher_a,
        due_on=D(2026, 10, 19),
        opened_on=D(2026, 10, 12),
        opened_by=world.teacher_a,
        state=state,
        **(closed if state == "closed" else {}),
    )


def make_transfer(world, state):
    spell = Enrolment.objects.filter(school_class=world.class_b).order_by("pk")[0]
    return Transfer.objects.create(
        pupil=spell.pupil,
        from_class=world.class_b,
        to_school=world.school_a,
        grade=6,
        leaves_on=D(2026, 10, 12),
        sent_by=world.head_b,
        sent_on=D(2026, 10, 12),
        state=state,
        reason="Không có em nào đến" if state == "returned" else "",
    )


def make_scheme(world, state):
    day = D(2026, 10, 12)
    drafted = {"content": "Có bếp", "drafted_by": world.head_a, "drafted_on": day}
    appraised = {
        "appraisal": "Đủ",
        "appraised_by": world.district_officer,
        "appraised_on": day,
    }
    decided = {
        "decision": "12/QĐ-UBND",
        "decided_on": day,
        "effective_on": day,
        "approved_by": world.province_officer,
    }
    more = {
        "reviewed": {},
        "drafted": drafted,
        "appraised": drafted | appraised,
        "returned": drafted | {"reason": "Thiếu bếp"},
        "approved": drafted | appraised | decided,
        "withdrawn": {"reason": "Chưa đủ phòng ở"},
    }
    return ConversionScheme.objects.create(
        school=world.school_a,
        reviewed_on=day,
        reviewed_by=world.commune_officer,
        state=state,
        **more[state],
    )


def make_confirmation(world, state):
    given = {"confirmed_by": world.head_a, "confirmed_at": timezone.now()}
    return MonthConfirmation.objects.create(
        school=world.school_a,
        month=D(2026, 9, 1),
        state=state,
        **(given if state == "confirmed" else {}),
    )


def make_assessment(world, state):
    now = timezone.now()
    sent = {"text": "Đạt", "sent_by": world.commune_officer, "sent_at": now}
    more = {
        "draft": {},
        "sent": sent,
        "accepted": sent | {"accepted_by": world.district_officer, "accepted_at": now},
    }
    return MonthAssessment.objects.create(
        area=world.commune_a, month=D(2026, 9, 1), state=state, **more[state]
    )


def make_scorecard(world, state):
    """A card of a year that ended yesterday."""
    SchoolYear.objects.filter(pk=world.year.pk).update(valid_to=world.today)
    confirmed = {
        "content": '{"scores":[]}',
        "confirmed_by": world.province_officer,
        "confirmed_at": timezone.now(),
    }
    return Scorecard.objects.create(
        member=world.member,
        year=world.year,
        state=state,
        **(confirmed if state == "confirmed" else {}),
    )


def make_plan_of_action(world, state):
    """A plan of commune A whose last day was yesterday."""
    return make_action_plan(
        world.commune_a, state=state, by=world.district_officer, valid_to=world.today
    )


def make_task(world, state):
    """A task of commune A, done by the head of its school and verified by the cluster."""
    plan = make_action_plan(world.commune_a, by=world.district_officer)
    return make_action(plan, state=state, by=world.head_a, verified_by=world.district_officer)


MAKE = {
    ConversionScheme: make_scheme,
    ActionPlan: make_plan_of_action,
    ActionItem: make_task,
    ChildCase: make_case,
    Transfer: make_transfer,
    MonthAssessment: make_assessment,
    MonthConfirmation: make_confirmation,
    Flag: make_one_flag,
    InspectionPlan: make_plan,
    Visit: make_visit,
    Recommendation: make_recommendation,
    Reopening: make_reopening,
    Scorecard: make_scorecard,
    IssuedPaper: make_paper,
}


def second_officer(world):
    """Another who approves in the province than the one who drafts."""
    return make_user(
        "province_2",
        "Vàng Thị Sua",
        "province_officer",
        since=world.since,
        area=world.province,
    )


# Who may, and who holds the permission nowhere or elsewhere; None is the timetable.
MAY = {
    Flag: None,
    ConversionScheme: "commune_officer",
    (ConversionScheme, "draft"): "head_a",
    (ConversionScheme, "approve"): "province_officer",
    Transfer: "head_a",
    (Transfer, "redirect"): "head_b",
    (Transfer, "arrive"): None,
    (Transfer, "withdraw"): None,
    InspectionPlan: "province_officer",
    (InspectionPlan, "approve"): second_officer,
    Visit: "province_officer",
    (Visit, "record"): "member_user",
    (Visit, "write_down"): "member_user",
    (Visit, "add_photo"): "member_user",
    (Visit, "add_late_photo"): "member_user",
    (Visit, "remove_photo"): "member_user",
    (Visit, "supplement"): "member_user",
    (Visit, "issue_remedies"): "commune_officer",
    (Visit, "add_scan"): "member_user",
    Recommendation: "member_user",
    (Recommendation, "answer"): "commune_officer",
    (Recommendation, "raise"): None,
    Reopening: "head_a",
    ChildCase: "teacher_a",
    MonthConfirmation: "head_a",
    MonthAssessment: "commune_officer",
    (MonthAssessment, "accept"): "district_officer",
    (MonthAssessment, "give_back"): "district_officer",
    Scorecard: "province_officer",
    ActionPlan: "commune_officer",
    ActionItem: "commune_officer",
    IssuedPaper: "commune_officer",
}
MAY_NOT = {
    ConversionScheme: ["nobody", "teacher_a", "head_b", "member_user", "system_admin"],
    ActionPlan: ["nobody", "head_a", "member_user", "system_admin"],
    ActionItem: ["nobody", "head_b", "teacher_a", "system_admin"],
    Transfer: ["nobody", "teacher_a", "commune_officer"],
    InspectionPlan: ["nobody", "head_a", "district_officer"],
    Visit: ["nobody", "member_user", "district_officer"],
    Recommendation: ["nobody", "head_a", "district_officer"],
    Reopening: ["nobody", "teacher_a", "head_b", "member_user"],
    ChildCase: ["nobody", "teacher_b", "district_officer", "province_officer"],
    MonthConfirmation: ["nobody", "teacher_a", "head_b", "commune_officer", "system_admin"],
    MonthAssessment: ["nobody", "head_a", "member_user", "system_admin"],
    Scorecard: ["nobody", "commune_officer", "district_officer", "member_user"],
    # Who stands above an office issues nothing in its name.
    IssuedPaper: ["nobody", "head_a", "district_officer", "province_officer", "member_user"],
}


def fill(transition, row, by):
    """What a service writes beside the state."""
    now = timezone.now()
    decided = {"decided_by": by, "decided_at": now}
    values = {
        "approve": {"approved_by": by, "approved_at": now},
        "approve_alone": {"approved_by": by, "approved_at": now},
        "reschedule": {"planned_on": D(2026, 10, 20)},
        "record": {
            "visited_on": D(2026, 10, 12),
            "result": "Đủ",
            "recorded_by": by,
            "recorded_at": now,
        },
        "answer": {
            "remedied_on": D(2026, 10, 12),
            "remedy": "Đã nộp đủ sổ",
            "answered_by": by,
            "answered_at": now,
        },
        "finish": {"done_on": D(2026, 10, 12), "evidence": "Sổ đủ", "done_by": by},
        "return": {"reason": "Không có em nào đến"},
        "grant": decided | {"open_until": now + AN_HOUR},
        "refuse": decided | {"answer": "Sổ đúng"},
        "close": {"closed_by": by, "closed_at": now},
        "withdraw": {"confirmed_by": None, "confirmed_at": None}
        if isinstance(row, MonthConfirmation)
        else {},
        "send": {"text": "Đạt", "sent_by": by, "sent_at": now},
        "accept": {"accepted_by": by, "accepted_at": now},
        "give_back": dict.fromkeys(("sent_by", "sent_at", "accepted_by", "accepted_at")),
        "confirm": {"content": '{"scores":[]}', "confirmed_by": by, "confirmed_at": now},
        "unconfirm": {"content": "", "confirmed_by": None, "confirmed_at": None},
    }
    if isinstance(row, ConversionScheme):
        at = D(2026, 10, 12)
        values = {
            "draft": {"content": "Có bếp", "drafted_by": by, "drafted_on": at},
            "appraise": {"appraisal": "Đủ", "appraised_by": by, "appraised_on": at},
            "approve": {
                "decision": "12/QĐ-UBND",
                "decided_on": at,
                "effective_on": at,
                "approved_by": by,
            },
            "send_back": {"reason": "Thiếu bếp"},
            "withdraw": {"reason": "Chưa đủ phòng ở"},
        }
    if isinstance(row, ActionItem):
        values["finish"] = {"done_on": D(2026, 10, 12), "done_by": by}
        values["verify"] = {"verified_by": by, "verified_at": now}
        values["cancel"] = {"cancelled_because": "Trùng việc"}
        values["reopen"] = dict.fromkeys(("done_on", "done_by", "verified_by", "verified_at"))
    if isinstance(row, ChildCase):
        at = D(2026, 10, 12)
        values["finish"] = {"outcome": "returned", "closed_on": at} | values["close"]
        nothing = dict.fromkeys(("closed_on", "closed_by", "closed_at"))
        values["reopen"] = {"outcome": "", **nothing}
    if isinstance(row, IssuedPaper):
        more = {"replaces": row, "reason": "Sửa số liệu"}
        row.replaced_by = make_issued(row.area, row.issued_by, number=row.number + 1, **more)
    for name, value in values.get(transition.name, {}).items():
        setattr(row, name, value)


# --- The case in which the guard of an act refuses, though the state is right ---------------


def as_it_is(world):
    """Nothing need be spoilt: who made the row may not do this to it."""


def of_a_draft(world):
    InspectionPlan.objects.update(state="draft", approved_by=None, approved_at=None)


def of_the_cluster(world):
    """Whose officer drafts its plans and approves none."""
    InspectionPlan.objects.update(area=world.cluster)


def with_a_member_who_left(world):
    Visit.objects.update(member=None)


def whose_day_is_as_approved(world):
    Visit.objects.update(moved_from=None, moved_by=None, moved_at=None)


def without_recommendations(world):
    Recommendation.objects.all().delete()


def answered_by_the_member(world):
    Recommendation.objects.update(answered_by=world.member_user)


def decided_by_a_person(world):
    """As it is: a day is over by itself."""


def asked_by_the_head(world):
    Reopening.objects.update(asked_by=world.head_a)


def whose_hours_are_over(world):
    Reopening.objects.update(open_until=timezone.now())


def between_the_others(world):
    Transfer.objects.update(to_school=world.school_b, from_class=world.class_a)


def whose_month_is_closed(world):
    make_publication(world.province, month=D(2026, 9, 1))


def of_the_officers_own(world):
    Member.objects.update(user=world.province_officer)


def of_a_year_that_runs(world):
    SchoolYear.objects.update(valid_to=world.today + datetime.timedelta(days=1))


def drafted_by_who_appraises(world):
    ConversionScheme.objects.update(drafted_by=world.commune_officer)


def appraised_by_who_approves(world):
    ConversionScheme.objects.update(appraised_by=world.province_officer)


def without_a_number(world):
    ActionPlan.objects.update(number="")


def whose_last_day_is_today(world):
    ActionPlan.objects.update(valid_to=world.today + datetime.timedelta(days=1))


def of_a_plan_that_ended(world):
    ActionPlan.objects.update(state="ended")


def of_a_plan_not_in_force(world):
    ActionPlan.objects.update(state="draft")


def done_by_the_officer(world):
    ActionItem.objects.update(done_by=world.commune_officer)


SPOIL = {
    (ConversionScheme, "appraise"): (drafted_by_who_appraises, "commune_officer"),
    (ConversionScheme, "approve"): (appraised_by_who_approves, "province_officer"),
    (ActionPlan, "issue"): (without_a_number, "commune_officer"),
    (ActionPlan, "end"): (whose_last_day_is_today, "commune_officer"),
    (ActionItem, "add"): (of_a_plan_that_ended, "commune_officer"),
    (ActionItem, "change"): (of_a_plan_that_ended, "commune_officer"),
    (ActionItem, "report"): (of_a_plan_not_in_force, "commune_officer"),
    (ActionItem, "finish"): (of_a_plan_not_in_force, "commune_officer"),
    (ActionItem, "verify"): (done_by_the_officer, "commune_officer"),
    (Transfer, "receive"): (between_the_others, "head_a"),
    (Transfer, "return"): (between_the_others, "head_a"),
    (Transfer, "redirect"): (between_the_others, "head_b"),
    (MonthConfirmation, "confirm"): (whose_month_is_closed, "head_a"),
    (MonthConfirmation, "withdraw"): (whose_month_is_closed, "head_a"),
    (MonthAssessment, "write"): (whose_month_is_closed, "commune_officer"),
    (MonthAssessment, "send"): (whose_month_is_closed, "commune_officer"),
    (MonthAssessment, "accept"): (whose_month_is_closed, "district_officer"),
    (MonthAssessment, "give_back"): (whose_month_is_closed, "district_officer"),
    (InspectionPlan, "approve"): (as_it_is, "province_officer"),
    (InspectionPlan, "approve_alone"): (second_officer, "province_officer"),
    (Visit, "reschedule"): (of_the_cluster, "district_officer"),
    (Visit, "call_off"): (of_a_draft, "province_officer"),
    (Visit, "issue_moved"): (whose_day_is_as_approved, "province_officer"),
    (Visit, "issue_remedies"): (without_recommendations, "commune_officer"),
    (Visit, "record"): (of_a_draft, "member_user"),
    (Visit, "write_down"): (of_a_draft, "member_user"),
    (Visit, "add_photo"): (of_a_draft, "member_user"),
    (Visit, "add_late_photo"): (with_a_member_who_left, "member_user"),
    (Visit, "remove_photo"): (of_a_draft, "member_user"),
    (Visit, "add_scan"): (with_a_member_who_left, "member_user"),
    (Visit, "supplement"): (with_a_member_who_left, "member_user"),
    (Recommendation, "finish"): (answered_by_the_member, "member_user"),
    (Recommendation, "raise"): (decided_by_a_person, "province_officer"),
    (Reopening, "grant"): (asked_by_the_head, "head_a"),
    (Reopening, "refuse"): (asked_by_the_head, "head_a"),
    (Reopening, "close"): (whose_hours_are_over, "head_a"),
    (Scorecard, "adjust"): (of_the_officers_own, "province_officer"),
    (Scorecard, "confirm"): (of_a_year_that_runs, "province_officer"),
    (Scorecard, "unconfirm"): (of_the_officers_own, "province_officer"),
}


# --- The walk -------------------------------------------------------------------------------


def tables():
    return [workflows()[model] for model in sorted(workflows(), key=lambda model: model.__name__)]


def acts():
    return [
        pytest.param(table, each, id=f"{table.model.__name__}-{each.name}")
        for table in tables()
        for each in table.transitions
    ]


def pairs():
    return [
        pytest.param(table, each, str(state), id=f"{table.model.__name__}-{each.name}-{state}")
        for table in tables()
        for each in table.transitions
        for state in table.model.State
    ]


def strangers():
    return [
        pytest.param(table, each, name, id=f"{table.model.__name__}-{each.name}-{name}")
        for table in tables()
        for each in table.transitions
        if each.permission is not None
        for name in MAY_NOT[table.model]
    ]


def first_source(transition):
    return sorted(str(state) for state in transition.sources)[0]


def who_may(world, table, transition):
    name = MAY.get((table.model, transition.name), MAY[table.model])
    if callable(name):
        return name(world)
    return None if name is None else getattr(world, name)


def stored(row):
    return type(row).objects.filter(pk=row.pk).values().get()


def now_of(row):
    return type(row).objects.get(pk=row.pk)


def act(table, transition, row, by):
    with table.change(transition, row, by=by) as step:
        fill(transition, step.row, by)
    return step.row


def assert_refused(table, transition, row, by, error):
    """Refused before the body runs; row and events are as they were."""
    before, began = stored(row), []
    with pytest.raises(error) as refused, table.change(transition, row, by=by):
        began.append(True)
    assert (began, stored(row), Event.objects.count()) == ([], before, 0)
    assert by is None or not table.may(transition, now_of(row), scope_for(by))
    return refused.value


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "transition", "state"), pairs())
def test_exactly_what_the_table_allows_passes(world, table, transition, state):
    row, by = MAKE[table.model](world, state), who_may(world, table, transition)
    assert table.state_of(row) == state
    if state not in transition.sources:
        refused = assert_refused(table, transition, row, by, IllegalTransition)
        (sentence,) = refused.messages
        assert sentence.endswith(".")
        assert refused.code == "state"
        return
    assert by is None or table.may(transition, now_of(row), scope_for(by))
    changed = act(table, transition, row, by)
    assert table.state_of(changed) == table.state_of(now_of(row)) == transition.to
    expected = [] if transition.event is None else [(transition.event.code, by, str(row.pk))]
    left = [(each.kind, each.actor, each.object_id) for each in Event.objects.all()]
    assert left == expected


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "transition", "name"), strangers())
def test_the_permission_is_asked_where_the_row_lies(world, table, transition, name):
    row = MAKE[table.model](world, first_source(transition))
    assert_refused(table, transition, row, getattr(world, name), PermissionDenied)


@pytest.mark.parametrize(("table", "transition"), acts())
def test_what_asks_no_permission_decides_nothing_or_has_a_guard(table, transition):
    """It follows from another decision, or its guard knows the one person who may."""
    assert transition.permission or transition.guard or transition.event is None


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "transition"), acts())
def test_a_guard_refuses_though_the_state_is_right(world, table, transition):
    known = SPOIL.get((table.model, transition.name))
    assert (known is None) == (transition.guard is None)
    if known is None:
        return
    spoil, by = known
    row = MAKE[table.model](world, first_source(transition))
    spoil(world)
    refused = assert_refused(table, transition, row, getattr(world, by), IllegalTransition)
    assert refused.messages[0].endswith(".")


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "transition"), acts())
def test_what_the_body_raises_takes_everything_back(world, table, transition):
    row = MAKE[table.model](world, first_source(transition))
    before, by = stored(row), who_may(world, table, transition)
    with suppress(ZeroDivisionError), table.change(transition, row, by=by) as step:
        fill(transition, step.row, by)
        table.tell(REFUSED, step.row, by=by)
        raise ZeroDivisionError
    assert (stored(row), Event.objects.count()) == (before, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("transition", workflows()[Flag].transitions, ids=lambda each: each.name)
def test_at_once_those_allowed_are_changed_and_the_others_stay(world, transition):
    table = workflows()[Flag]
    for state, level in zip(Flag.State.values, ["MN", "TH", "THCS", "THPT"], strict=True):
        make_flag(world.commune_a, level=level, state=state)
    before = dict(Flag.objects.values_list("pk", "state"))
    rows = table.locked(pk__in=before)
    changed = table.change_those_allowed(transition, rows, by=None)
    legal = [pk for pk, state in sorted(before.items()) if state in transition.sources]
    assert [row.pk for row in changed] == legal
    after = {pk: transition.to if pk in legal else state for pk, state in before.items()}
    assert dict(Flag.objects.values_list("pk", "state")) == after
    assert {row.pk: row.state for row in rows} == after


@pytest.mark.django_db
def test_at_once_each_row_leaves_its_event_and_is_asked_its_permission(world):
    table = workflows()[Recommendation]
    (reopen,) = [each for each in table.transitions if each.name == "reopen"]
    done = make_recommendation(world, "done")
    is_open = Recommendation.objects.create(
        visit=done.visit, text="Họp phụ huynh", owner="Xã", due_on=D(2026, 11, 1)
    )
    values = {"done_on": None, "done_by": None, "evidence": ""}
    with pytest.raises(PermissionDenied):
        table.change_those_allowed(
            reopen, table.locked(visit=done.visit), by=world.nobody, **values
        )
    assert (now_of(done).state, Event.objects.count()) == ("done", 0)
    rows = table.locked(visit=done.visit)
    table.change_those_allowed(reopen, rows, by=world.member_user, **values)
    assert [now_of(each).state for each in (done, is_open)] == ["open", "open"]
    event = Event.objects.get()
    assert (event.object_id, event.changes) == (str(done.pk), {"state": ["done", "open"]})


# --- The tables themselves --------------------------------------------------------------------


def own_models():
    own = {path.parent.name for path in BASE_DIR.glob("*/apps.py")}
    return [model for model in apps.get_models() if model._meta.app_label in own]


def test_every_state_has_its_table_or_says_why_not():
    with_state = {
        model._meta.label
        for model in own_models()
        if any(each.name == "state" for each in model._meta.concrete_fields)
        and not model._meta.label.rpartition(".")[2].startswith("Historical")
    }
    declared = {table.model._meta.label for table in tables() if table.is_stored}
    assert declared | set(NOT_A_WORKFLOW) == with_state
    assert not declared & set(NOT_A_WORKFLOW)
    assert set(workflows()) == set(MAKE)


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.model.__name__)
def test_a_table_speaks_of_its_own_states_and_reaches_each(table):
    states = {str(state) for state in table.model.State}
    named = {str(state) for each in table.transitions for state in (*each.sources, each.to)}
    assert named == states
    worked_out = "issued" if table.model is IssuedPaper else "waiting"
    first = str(table.model._meta.get_field("state").default) if table.is_stored else worked_out
    assert {str(each.to) for each in table.transitions} | {first} == states


def test_a_table_that_contradicts_itself_is_refused():
    plans = workflows()[InspectionPlan]
    with pytest.raises(ValueError, match="has a workflow already"):
        Workflow(InspectionPlan, [], holds=lambda *_: True)
    with pytest.raises(ValueError, match="two transitions have one name"):
        Workflow(InspectionPlan, [plans.transitions[0]] * 2, holds=lambda *_: True)
    with pytest.raises(ValueError, match="say where"):
        Workflow(InspectionPlan, plans.transitions)
    assert workflows()[InspectionPlan] is plans


@pytest.mark.django_db
def test_a_body_that_forgets_what_makes_the_state_is_our_mistake(world):
    table = workflows()[Reopening]
    (grant,) = [each for each in table.transitions if each.name == "grant"]
    row = make_reopening(world, "waiting")
    with pytest.raises(RuntimeError, match="grant"), table.change(grant, row, by=world.head_a):
        pass
    assert (now_of(row).state, Event.objects.count()) == ("waiting", 0)


# --- Nobody else writes a state ---------------------------------------------------------------


def writes_of_a_state(source):
    """Lines that set `.state`, by name, by `setattr`, by `update` or in `update_fields`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "state":
            if isinstance(node.ctx, ast.Store):
                yield node.lineno
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            given = [*node.args, *([named["update_fields"]] if "update_fields" in named else [])]
            texts = {getattr(each, "value", "") for one in given for each in ast.walk(one)}
            by_text = called in {"setattr", "bulk_update", "save"} and "state" in texts
            if by_text or (called == "update" and "state" in named):
                yield node.lineno


@pytest.mark.parametrize(
    ("source", "is_write"),
    [
        ("visit.state = DONE", True),
        ("a, visit.state = 1, DONE", True),
        ("setattr(visit, 'state', DONE)", True),
        ("rows.update(state=DONE)", True),
        ("rows.filter(state=DONE).update(note='')", False),
        ("visit.save(update_fields=['note', 'state'])", True),
        ("Visit.objects.bulk_update(visits, ['state'])", True),
        ("if visit.state == DONE: pass", False),
        ("counts[visit.state] = 1", False),
        ("rows.filter(state=DONE)", False),
        ("Visit(state=DONE)", False),
    ],
)
def test_a_write_of_a_state_is_seen(source, is_write):
    assert bool(list(writes_of_a_state(source))) is is_write


def test_only_the_workflow_writes_a_state():
    packages = sorted(path.parent for path in BASE_DIR.glob("*/apps.py"))
    found = {
        str(path.relative_to(BASE_DIR))
        for package in packages
        for path in package.rglob("*.py")
        if "migrations" not in path.parts
        and list(writes_of_a_state(path.read_text(encoding="utf-8")))
    }
    assert found == WRITES_ANOTHER_STATE | {"core/workflow.py"}
