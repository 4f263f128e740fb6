"""Tasks: one source each, reported on, verified by another person, late, shown one level up."""

import datetime
import uuid
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.scoping import scope_for
from core.attachments import MOST_BYTES
from core.models import Event, Rule
from core.workflow import IllegalTransition
from inspections.action_plans import selectors, services
from inspections.action_plans.services import Asked
from inspections.action_plans.suggestions import report_on_tasks, report_on_tasks_of_school
from inspections.models import ActionItem, ActionProgress, Recommendation, Visit
from reports.models import MonthAssessment
from tests.decisions import Decision
from tests.html_query import read
from tests.inspections.visits import planned_visit
from tests.photos import JPEG

from .builders import make_action, make_action_plan

D = datetime.date


@pytest.fixture(autouse=True)
def _files_of_their_own(tmp_path, settings):
    settings.FILES_DIR = settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def plan(world):
    """A plan in force of commune A."""
    return make_action_plan(world.commune_a, by=world.commune_officer)


@pytest.fixture
def recommended(world):
    """A recommendation to commune A."""
    visit = planned_visit(world)
    Visit.objects.filter(pk=visit.pk).update(
        state="done",
        visited_on=world.today,
        result="Đủ",
        recorded_by=world.member_user,
        recorded_at=timezone.now(),
    )
    return Recommendation.objects.create(
        visit=visit, text="Họp các bản", owner="UBND xã", due_on=D(2026, 10, 30)
    )


@pytest.fixture
def assessed(world):
    """An assessment of commune A's September that was sent."""
    return MonthAssessment.objects.create(
        area=world.commune_a,
        month=D(2026, 9, 1),
        state="sent",
        text="Chưa đạt",
        measures="- Họp các bản",
        sent_by=world.commune_officer,
        sent_at=timezone.now(),
    )


def asked(world, **more):
    return Asked(
        **{
            "what": "Họp các bản",
            "area": world.commune_a,
            "due_on": D(2026, 11, 20),
            **more,
        }
    )


def report(task, by, **more):
    values = {"reported_on": D(2026, 10, 12), "words": "Năm bản đã họp", "by": by}
    return services.report_progress(item=task, **{**values, **more})[0]


def scope_of(user):
    return scope_for(user)


# --- One source ------------------------------------------------------------------------------


def test_each_of_the_three_sources_gives_tasks(world, plan, recommended, assessed):
    made = [
        services.add_action(source=source, asked=asked(world), by=world.commune_officer)
        for source in (plan, recommended, assessed)
    ]
    assert [(each.source_kind, each.source_id) for each in made] == [
        ("plan", plan.pk),
        ("recommendation", recommended.pk),
        ("assessment", assessed.pk),
    ]
    assert {each.owner_id for each in made} == {world.commune_a.pk}
    wholes = [
        f"inspections.actionplan:{plan.pk}",
        f"inspections.inspectionplan:{recommended.visit.plan_id}",
        f"reports.monthassessment:{assessed.pk}",
    ]
    assert list(Event.objects.order_by("pk").values_list("part_of", flat=True)) == wholes


@pytest.mark.parametrize(
    "which",
    [
        (),
        ("plan", "recommendation"),
        ("plan", "assessment"),
        ("recommendation", "assessment"),
        ("plan", "recommendation", "assessment"),
    ],
)
def test_the_database_refuses_a_task_without_or_with_two_sources(
    world, plan, recommended, assessed, which
):
    sources = {"plan": plan, "recommendation": recommended, "assessment": assessed}
    with pytest.raises(IntegrityError, match="task_has_exactly_one_source"), transaction.atomic():
        ActionItem.objects.create(
            what="Họp",
            area=world.commune_a,
            due_on=D(2026, 11, 20),
            made_by=world.commune_officer,
            made_at=timezone.now(),
            **{name: sources[name] for name in which},
        )
    # The same row with one source is taken.
    make_action(plan, by=world.commune_officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        ActionItem.objects.update(assessment=assessed)


@pytest.mark.parametrize(
    "values",
    [
        {"target_value": Decimal("95"), "indicator": ""},
        {"state": "done"},
        {"state": "verified"},
        {"state": "cancelled"},
        {"cancelled_because": "Trùng"},
    ],
)
def test_the_database_refuses_what_contradicts_itself(world, plan, values):
    make_action(plan, by=world.commune_officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        ActionItem.objects.update(**values)


def test_the_database_refuses_that_one_person_does_and_verifies(world, plan):
    task = make_action(plan, by=world.head_a, state="done")
    with (
        pytest.raises(IntegrityError, match="task_is_verified_by_another_person"),
        transaction.atomic(),
    ):
        ActionItem.objects.filter(pk=task.pk).update(
            state="verified", verified_by=world.head_a, verified_at=timezone.now()
        )


# --- Giving and changing ---------------------------------------------------------------------


def test_a_task_given_leaves_its_event_or_nothing(world, plan, monkeypatch):
    decision = Decision(
        act=lambda: services.add_action(
            source=plan,
            asked=asked(world, indicator="attendance", target_value=Decimal("95.5")),
            by=world.commune_officer,
        ),
        kind="action.added",
        by=world.commune_officer,
        name="Họp các bản",
        places=(ActionItem,),
        part_of=plan,
        area=world.commune_a,
        changes={
            "what": [None, "Họp các bản"],
            "area": [None, "Xã A Một"],
            "due_on": [None, "2026-11-20"],
            "indicator": [None, "attendance"],
            "target_value": [None, "95.5"],
        },
    )
    decision.check_event()
    decision.check_it_is_undone_without_its_event(monkeypatch)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"area": "commune_b"}, "area"),
        ({"area": "cluster"}, "area"),
        ({"school": "school_b"}, "school"),
        ({"due_on": D(2025, 12, 31)}, "due_on"),
        ({"due_on": D(2027, 1, 1)}, "due_on"),
        ({"indicator": "happiness"}, "indicator"),
        ({"target_value": Decimal("95")}, "indicator"),
        ({"indicator": "attendance", "target_value": Decimal("101")}, "target_value"),
        ({"what": " "}, "what"),
    ],
)
def test_a_task_that_cannot_be_is_told_at_its_field(world, plan, wrong, field):
    wrong = {
        name: getattr(world, value) if name in ("area", "school") else value
        for name, value in wrong.items()
    }
    with pytest.raises(ValidationError) as refused:
        services.add_action(source=plan, asked=asked(world, **wrong), by=world.commune_officer)
    assert field in refused.value.message_dict
    assert (ActionItem.objects.count(), Event.objects.count()) == (0, 0)


def test_a_member_of_no_committee_of_the_area_answers_for_nothing(world, plan):
    services.add_action(
        source=plan, asked=asked(world, member=world.member), by=world.commune_officer
    )
    world.committee.valid_to = world.today
    world.committee.save()
    with pytest.raises(ValidationError) as refused:
        services.add_action(
            source=plan, asked=asked(world, member=world.member), by=world.commune_officer
        )
    assert list(refused.value.message_dict) == ["member"]


def test_an_assessment_that_is_written_gives_no_tasks(world, assessed):
    MonthAssessment.objects.update(state="draft", sent_by=None, sent_at=None)
    assessed.refresh_from_db()
    with pytest.raises(ValidationError, match="đang viết"):
        services.add_action(source=assessed, asked=asked(world), by=world.commune_officer)


def test_only_who_draws_up_plans_there_gives_tasks(world, plan, recommended, assessed):
    for source in (plan, recommended, assessed):
        for person in (world.member_user, world.head_a, world.nobody):
            with pytest.raises(PermissionDenied):
                services.add_action(source=source, asked=asked(world), by=person)
    assert (ActionItem.objects.count(), Event.objects.count()) == (0, 0)


def test_a_task_changes_for_a_reason_and_what_it_asked_is_in_the_event(world, plan):
    task = make_action(plan, by=world.commune_officer)
    with pytest.raises(ValidationError, match="Hãy ghi lý do sửa nhiệm vụ"):
        services.change_action(item=task, asked=asked(world), reason=" ", by=world.commune_officer)
    services.change_action(
        item=task,
        asked=asked(world, what=task.what, due_on=D(2026, 11, 30)),
        reason="Mưa lũ",
        by=world.commune_officer,
    )
    event = Event.objects.get()
    assert (event.reason, event.changes) == ("Mưa lũ", {"due_on": ["2026-11-20", "2026-11-30"]})


# --- Reporting and verifying -----------------------------------------------------------------


def test_a_task_is_reported_done_and_verified_by_somebody_else(world, plan):
    task = make_action(plan, by=world.commune_officer)
    report(task, world.member_user, percent=40)
    report(task, world.commune_officer, is_done=True)
    task.refresh_from_db()
    assert (task.state, task.percent, task.done_by) == ("done", 100, world.commune_officer)
    with pytest.raises(IllegalTransition, match="khác người đã báo"):
        services.verify_action(item=task, by=world.commune_officer)
    services.verify_action(item=task, by=world.district_officer)
    task.refresh_from_db()
    assert (task.state, task.verified_by) == ("verified", world.district_officer)
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["action.reported", "action.done", "action.verified"]


def test_opened_again_it_is_reported_on_once_more(world, plan):
    task = make_action(plan, by=world.head_a, state="done")
    with pytest.raises(IllegalTransition, match="không báo cáo thêm"):
        report(task, world.commune_officer)
    with pytest.raises(ValidationError, match="Ghi lý do mở lại"):
        services.reopen_action(item=task, reason="", by=world.commune_officer)
    services.reopen_action(item=task, reason="Hai bản chưa họp", by=world.commune_officer)
    report(task, world.commune_officer)
    task.refresh_from_db()
    assert (task.state, task.done_on, task.done_by) == ("open", None, None)


def test_who_answers_for_a_task_reports_on_it_and_nobody_else(world, plan):
    task = make_action(plan, by=world.commune_officer, school=world.school_a)
    for person in (world.head_a, world.member_user, world.commune_officer, world.district_officer):
        report(task, person)
    for person in (world.head_b, world.teacher_a, world.nobody, world.system_admin):
        with pytest.raises(PermissionDenied):
            report(task, person)
    assert ActionProgress.objects.count() == 4


def test_a_member_reports_on_the_own_task_of_the_province_while_the_term_holds(world):
    plan = make_action_plan(world.province, by=world.province_officer)
    task = make_action(plan, by=world.province_officer, member=world.member)
    assert list(selectors.tasks_of(scope_of(world.member_user))) == [task]
    report(task, world.member_user)
    world.member.valid_to = world.today
    world.member.save()
    with pytest.raises(PermissionDenied):
        report(task, world.member_user)
    assert selectors.item_for(scope_of(world.member_user), task.pk) is None


def test_nothing_is_reported_on_a_draft(world):
    plan = make_action_plan(world.commune_a, by=world.commune_officer, state="draft")
    task = make_action(plan, by=world.commune_officer, due_on=D(2026, 9, 1))
    with pytest.raises(IllegalTransition, match="chưa có hiệu lực"):
        report(task, world.commune_officer)
    scope = scope_of(world.commune_officer)
    assert list(selectors.tasks_of(scope)) == []
    assert [each.late for each in selectors.as_tasks([task], scope)] == [0]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"words": "  "}, "words"),
        ({"reported_on": D(2026, 10, 13)}, "reported_on"),
        ({"reported_on": D(2025, 12, 31)}, "reported_on"),
        ({"percent": 101}, "percent"),
    ],
)
def test_a_report_that_cannot_be_leaves_nothing(world, plan, wrong, field):
    task = make_action(plan, by=world.commune_officer)
    with pytest.raises(ValidationError) as refused:
        report(task, world.commune_officer, **wrong)
    assert field in refused.value.message_dict
    assert (ActionProgress.objects.count(), Event.objects.count()) == (0, 0)


def test_the_same_operation_is_the_same_report(world, plan):
    task, number = make_action(plan, by=world.commune_officer), uuid.uuid4()
    first = report(task, world.commune_officer, operation_id=number)
    assert report(task, world.commune_officer, operation_id=number) == first
    with pytest.raises(ValidationError, match="Mã này đã dùng"):
        report(task, world.member_user, operation_id=number)
    assert (ActionProgress.objects.count(), Event.objects.count()) == (1, 1)


def test_a_cancelled_task_says_why(world, plan):
    task = make_action(plan, by=world.commune_officer)
    with pytest.raises(ValidationError, match="Hãy ghi lý do huỷ nhiệm vụ"):
        services.cancel_action(item=task, reason=" ", by=world.commune_officer)
    services.cancel_action(item=task, reason="Trùng việc", by=world.commune_officer)
    task.refresh_from_db()
    assert (task.state, task.cancelled_because) == ("cancelled", "Trùng việc")
    with pytest.raises(IllegalTransition, match="Nhiệm vụ đã xác minh hoặc đã huỷ"):
        services.cancel_action(item=task, reason="Nữa", by=world.commune_officer)


# --- Evidence -----------------------------------------------------------------------------------


def photo(content=JPEG, name="anh.jpg"):
    return SimpleUploadedFile(name, content, "image/jpeg")


def test_evidence_is_kept_under_a_name_of_ours_and_given_to_who_sees_the_task(world, plan, sign_in):
    task = make_action(plan, by=world.commune_officer)
    made = report(task, world.commune_officer, evidence=photo(name="../../etc/a.php"))
    folder, _slash, name = made.evidence.name.partition("/")
    assert (folder, name.rpartition(".")[2], len(name)) == ("action_evidence", "jpg", 36)
    address = reverse("inspections:action_evidence", args=[made.pk])
    for person, status in [
        ("member_user", 200),
        ("district_officer", 200),
        ("head_a", 404),
        ("head_b", 404),
        ("nobody", 403),
    ]:
        answer = sign_in(getattr(world, person)).get(address)
        assert answer.status_code == status, person
        if status == 200:
            assert answer.content == Path(made.evidence.path).read_bytes()
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload=alert(1)>", b"GIF89a", JPEG + bytes(MOST_BYTES)]
)
def test_another_file_is_no_evidence(world, plan, content):
    task = make_action(plan, by=world.commune_officer)
    with pytest.raises(ValidationError) as refused:
        report(task, world.commune_officer, evidence=photo(content))
    assert list(refused.value.message_dict) == ["evidence"]
    assert (ActionProgress.objects.count(), Event.objects.count()) == (0, 0)


def test_twenty_files_within_an_hour_are_enough(world, plan):
    task = make_action(plan, by=world.commune_officer)
    for _each in range(services.UPLOADS_PER_HOUR):
        report(task, world.commune_officer, evidence=photo())
    with pytest.raises(ValidationError, match="20"):
        report(task, world.commune_officer, evidence=photo())
    report(task, world.commune_officer)


# --- Late, and shown one level up ------------------------------------------------------------


def test_days_late_are_worked_out(world, plan):
    scope = scope_of(world.commune_officer)
    due = {D(2026, 10, 11): 1, D(2026, 10, 12): 0, D(2026, 10, 1): 11}
    for day, late in due.items():
        task = make_action(plan, by=world.commune_officer, due_on=day)
        assert selectors.as_tasks([task], scope)[0].late == late
    finished = make_action(plan, by=world.head_a, state="done", due_on=D(2026, 9, 1))
    assert selectors.as_tasks([finished], scope)[0].late == 0
    assert [each.due_on for each in selectors.items_seen(scope, late=True)] == [
        D(2026, 10, 1),
        D(2026, 10, 11),
    ]


def test_a_task_overdue_too_long_is_shown_one_level_up(world, plan):
    """Ten days by the first rule: due on the 2nd it is not yet shown on the 12th."""
    waits = make_action(plan, by=world.commune_officer, due_on=D(2026, 10, 2))
    shown = make_action(plan, by=world.commune_officer, due_on=D(2026, 10, 1))
    of_b = make_action(
        make_action_plan(world.commune_b, by=world.province_officer),
        by=world.province_officer,
        due_on=D(2026, 9, 1),
    )
    scopes = {
        name: scope_of(getattr(world, name))
        for name in ("commune_officer", "district_officer", "province_officer")
    }
    assert {name: list(selectors.escalated_to(scope)) for name, scope in scopes.items()} == {
        "commune_officer": [],
        "district_officer": [shown],
        # B lies in no cluster; what is the cluster's to see is not shown to the province.
        "province_officer": [of_b],
    }
    above = [
        task.above and task.above.title
        for task in selectors.as_tasks([waits, shown, of_b], scopes["commune_officer"])
    ]
    assert above == [None, "Cụm Cụm A", "Tỉnh Lai Châu"]


def test_after_how_many_days_is_a_dated_rule(world, plan):
    make_action(plan, by=world.commune_officer, due_on=D(2026, 10, 2))
    scope = scope_of(world.district_officer)
    assert not selectors.escalated_to(scope)
    Rule.objects.filter(key="actions.escalation_days").update(value=9)
    assert len(selectors.escalated_to(scope)) == 1


# --- Start pages -----------------------------------------------------------------------------


def test_start_pages_tell_of_ones_own_tasks_and_of_those_shown_from_below(world, plan):
    for day in (D(2026, 9, 20), D(2026, 11, 20)):
        make_action(plan, by=world.commune_officer, due_on=day, school=world.school_a)

    def said(name):
        return [each.text for each in report_on_tasks(scope_of(getattr(world, name)), area_id=None)]

    (own,) = said("commune_officer")
    assert own.startswith("Có 2 nhiệm vụ cần làm. 1 ")
    assert said("member_user") == said("head_a") == [own]
    assert said("district_officer") == ["1 nhiệm vụ của cấp dưới quá hạn đã lâu."]
    assert said("province_officer") == said("nobody") == said("head_b") == []
    head = scope_of(world.head_a)
    assert len(list(report_on_tasks_of_school(head, world.school_a))) == 1
    assert list(report_on_tasks_of_school(head, world.school_b)) == []


def test_a_member_finds_the_tasks_on_the_start_page(world, plan, sign_in):
    make_action(plan, by=world.commune_officer, what="Họp bản Háng Lìa")
    page = read(sign_in(world.member_user).get(reverse("inspections:mine")))
    assert page.texts("section[aria-labelledby=tasks-title] li a") == ["Họp bản Háng Lìa"]


# --- Pages -----------------------------------------------------------------------------------


def test_a_report_is_written_from_the_page_of_the_task(world, plan, sign_in):
    task = make_action(plan, by=world.commune_officer)
    address = reverse("inspections:action", args=[task.pk])
    client = sign_in(world.member_user)
    refused = client.post(address, {"words": "", "reported_on": "2026-10-12"})
    assert len(read(refused).texts(".error-summary li")) == 1
    told = {"words": "Năm bản đã họp", "percent": "50", "reported_on": "2026-10-12"}
    assert client.post(address, told | {"evidence": photo()}).status_code == 302
    page = read(client.get(address))
    (said,) = page.texts("section[aria-labelledby=reports-title] li")
    assert said.startswith("12/10/2026 · 50% Năm bản đã họp Vàng Văn Thắng")
    # A member reports and does not decide.
    assert page.select(f'a[href="{reverse("inspections:action_cancel", args=[task.pk])}"]') == []


def test_lists_of_tasks(world, plan, sign_in):
    for state, what in (("open", "Họp"), ("done", "Thăm"), ("verified", "Tặng áo")):
        make_action(
            plan,
            by=world.head_a,
            state=state,
            what=what,
            verified_by=world.district_officer,
            due_on=D(2026, 10, 1),
        )
    client, address = sign_in(world.commune_officer), reverse("inspections:actions")

    def listed(show):
        return read(client.get(f"{address}?show={show}")).texts("section[aria-label] li a")

    found = {show: listed(show) for show in ("open", "late", "done", "closed")}
    assert found == {"open": ["Họp"], "late": ["Họp"], "done": ["Thăm"], "closed": ["Tặng áo"]}
    assert client.get(f"{address}?show=all").status_code == 404


def test_a_recommendation_and_an_assessment_are_made_into_tasks(
    world, recommended, assessed, sign_in
):
    client = sign_in(world.commune_officer)
    make = reverse("inspections:action_from_recommendation", args=[recommended.pk])
    page = read(client.get(reverse("inspections:recommendations")))
    assert page.select(f'a[href="{make}"]')
    assert read(client.get(make)).one("#id_what").text == "Họp các bản"
    form = {"what": "Họp năm bản", "area": world.commune_a.pk, "due_on": "2026-10-30"}
    assert client.post(make, form).status_code == 302
    plans = reverse("inspections:action_plans")
    make = reverse("inspections:action_from_assessment", args=[assessed.pk])
    assert read(client.get(plans)).select(f'a[href="{make}"]')
    assert client.post(make, form).status_code == 302
    assert not read(client.get(plans)).select(f'a[href="{make}"]')
    kinds = [each.source_kind for each in ActionItem.objects.order_by("pk")]
    assert kinds == ["recommendation", "assessment"]
    other = sign_in(world.head_b)
    assert other.get(make).status_code == 403
