"""Plans of action: drawn up, in force, amended, ended; who sees them; their paper."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.attachments import MOST_BYTES
from core.models import Event
from core.workflow import IllegalTransition
from inspections.action_plans import services
from inspections.action_plans.services import PlanText
from inspections.models import ActionItem, ActionPlan
from schools.models import Area, Succession
from tests.decisions import Decision
from tests.html_query import read
from tests.world import make_area

from .builders import PDF, make_action, make_action_plan

D = datetime.date
TEXT = PlanText(
    kind="programme",
    title="Kế hoạch huy động trẻ ra lớp năm 2026",
    valid_from=D(2026, 1, 1),
    last_day=D(2026, 12, 31),
    basis="Chương trình 69-CTr/TU",
    number="15/KH-UBND",
    issued_on=D(2026, 1, 20),
    issued_by="UBND xã A Một",
)
HTML = b"<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _files_of_their_own(tmp_path, settings):
    settings.FILES_DIR = settings.MEDIA_ROOT = tmp_path / "files"


def draft(world, text=TEXT, **more):
    return services.draft_action_plan(
        area=world.commune_a, text=text, by=more.pop("by", world.commune_officer), **more
    )


def changed(text=TEXT, **more):
    return PlanText(**{**text.__dict__, **more})


# --- Drawing up, amending, ending ------------------------------------------------------------


def test_a_plan_goes_its_way_and_every_step_leaves_its_event(world):
    plan = draft(world)
    services.change_action_plan(
        plan=plan, text=changed(title="Kế hoạch 2026"), by=world.commune_officer
    )
    plan = services.issue_action_plan(plan=plan, by=world.commune_officer)
    services.change_action_plan(
        plan=plan,
        text=changed(title="Kế hoạch 2026", last_day=D(2027, 1, 31)),
        reason="Quyết định 30/QĐ-UBND ngày 01/10/2026",
        by=world.commune_officer,
    )
    plan.refresh_from_db()
    assert (plan.state, plan.last_day) == ("in_force", D(2027, 1, 31))
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        *("action_plan.drafted", "action_plan.changed"),
        *("action_plan.issued", "action_plan.amended"),
    ]
    amended = Event.objects.order_by("pk").last()
    assert amended.changes == {"valid_to": ["2027-01-01", "2027-02-01"]}
    assert amended.reason == "Quyết định 30/QĐ-UBND ngày 01/10/2026"
    assert amended.area_id == world.commune_a.pk


def test_a_draft_leaves_its_event_or_nothing(world, monkeypatch):
    decision = Decision(
        act=lambda: draft(world),
        kind="action_plan.drafted",
        by=world.commune_officer,
        name="Kế hoạch huy động trẻ ra lớp năm 2026 · Xã A Một",
        places=(ActionPlan,),
        area=world.commune_a,
        changes={
            "kind": [None, "programme"],
            "title": [None, "Kế hoạch huy động trẻ ra lớp năm 2026"],
            "valid_from": [None, "2026-01-01"],
            "valid_to": [None, "2027-01-01"],
            "basis": [None, "Chương trình 69-CTr/TU"],
            "number": [None, "15/KH-UBND"],
            "issued_on": [None, "2026-01-20"],
            "issued_by": [None, "UBND xã A Một"],
        },
    )
    decision.check_event()
    decision.check_it_is_undone_without_its_event(monkeypatch)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"last_day": D(2025, 12, 31)}, "last_day"),
        ({"issued_on": D(2026, 10, 13)}, "issued_on"),
        ({"title": "  "}, "title"),
        ({"kind": "poem"}, "kind"),
        ({"valid_from": D(1850, 1, 1)}, "valid_from"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_nothing_is_written(world, wrong, field):
    with pytest.raises(ValidationError) as refused:
        draft(world, changed(**wrong))
    assert field in refused.value.message_dict
    assert (ActionPlan.objects.count(), Event.objects.count()) == (0, 0)


@pytest.mark.parametrize("person", ["head_a", "member_user", "nobody", "system_admin", "head_b"])
def test_only_offices_draw_up_plans(world, person):
    with pytest.raises(PermissionDenied):
        draft(world, by=getattr(world, person))
    assert not ActionPlan.objects.exists()


def test_nobody_draws_up_the_plan_of_another_commune_or_of_the_level_above(world):
    for area in (world.commune_b, world.commune_a2, world.cluster, world.province):
        with pytest.raises(PermissionDenied):
            services.draft_action_plan(area=area, text=TEXT, by=world.commune_officer)
    assert draft(world, by=world.district_officer).area == world.commune_a


def test_a_plan_without_number_day_or_body_does_not_come_into_force(world):
    plan = draft(world, changed(issued_by=""))
    with pytest.raises(IllegalTransition, match="nơi ban hành"):
        services.issue_action_plan(plan=plan, by=world.commune_officer)
    # The database holds it as well.
    with pytest.raises(IntegrityError), transaction.atomic():
        ActionPlan.objects.filter(pk=plan.pk).update(state="in_force")


def test_a_plan_in_force_is_amended_for_a_reason_only(world):
    plan = make_action_plan(world.commune_a, by=world.commune_officer)
    with pytest.raises(ValidationError) as refused:
        services.change_action_plan(plan=plan, text=TEXT, reason=" ", by=world.commune_officer)
    assert "reason" in refused.value.message_dict


def test_a_plan_is_not_made_shorter_than_its_open_tasks(world):
    plan = make_action_plan(world.commune_a, by=world.commune_officer, state="draft")
    make_action(plan, by=world.commune_officer)
    with pytest.raises(ValidationError, match="20/11/2026"):
        services.change_action_plan(
            plan=plan, text=changed(last_day=D(2026, 11, 19)), by=world.commune_officer
        )


def test_withdrawing_a_plan_cancels_what_is_not_verified(world):
    plan = make_action_plan(world.commune_a, by=world.commune_officer)
    for state in ("open", "done", "verified"):
        make_action(plan, by=world.commune_officer, state=state, verified_by=world.district_officer)
    services.withdraw_action_plan(plan=plan, reason="Nhập trùng", by=world.commune_officer)
    states = sorted(ActionItem.objects.values_list("state", flat=True))
    assert states == ["cancelled", "cancelled", "verified"]
    kinds = [event.kind for event in Event.objects.order_by("pk")]
    assert kinds == ["action_plan.withdrawn", "action.cancelled", "action.cancelled"]


# --- Who sees which ---------------------------------------------------------------------------


def titles(client, query=""):
    answer = client.get(reverse("inspections:action_plans") + query)
    assert answer.status_code == 200
    return read(answer).texts("tbody th")


def test_a_commune_sees_its_own_plans_and_the_levels_above_see_them_too(world, sign_in):
    for area in (world.commune_a, world.commune_b, world.cluster, world.province):
        make_action_plan(area, by=world.province_officer, title=f"Kế hoạch {area.name}")
    seen = {
        "commune_officer": ["Kế hoạch A Một"],
        "member_user": ["Kế hoạch A Một"],
        "district_officer": ["Kế hoạch Cụm A", "Kế hoạch A Một"],
        "province_officer": [
            *("Kế hoạch Lai Châu", "Kế hoạch Cụm A"),
            *("Kế hoạch A Một", "Kế hoạch B Một"),
        ],
    }
    assert {name: titles(sign_in(getattr(world, name))) for name in seen} == seen


def test_areas_without_a_plan_of_the_year_stand_first(world, sign_in):
    make_action_plan(world.commune_a, by=world.province_officer)
    make_action_plan(world.commune_b, by=world.province_officer, state="withdrawn")
    client = sign_in(world.province_officer)
    page = read(client.get(reverse("inspections:action_plans")))
    assert page.texts("h2")[0] == "4 đơn vị chưa có kế hoạch năm 2026"
    names = page.texts("section[aria-labelledby=missing-title] li")
    assert names == ["Tỉnh Lai Châu", "Cụm Cụm A", "Xã A Hai", "Xã B Một"]
    assert titles(client, "?year=2027") == []
    for wrong in ("?year=abcd", "?year=0001", "?year=²026"):
        assert client.get(reverse("inspections:action_plans") + wrong).status_code == 404


def test_who_has_the_place_of_a_commune_that_ended_reads_its_plans_and_verifies(world, sign_in):
    plan = make_action_plan(world.commune_a, by=world.province_officer)
    task = make_action(plan, by=world.head_a, state="done")
    Area.objects.filter(pk=world.commune_a.pk).update(valid_to=world.today)
    new = make_area(3, "xa", "03001", "A Mới", world.province, valid_from=world.today)
    Succession.objects.create(old=world.commune_a, new=new, effective_on=world.today, decree="1/NQ")
    world.commune_officer.grants.update(area=new)
    client = sign_in(world.commune_officer)
    assert titles(client) == ["Kế hoạch duy trì sĩ số năm 2026"]
    assert client.get(reverse("inspections:action", args=[task.pk])).status_code == 200
    services.verify_action(item=task, by=world.commune_officer)
    # What is over is read, and no longer drawn up.
    with pytest.raises(PermissionDenied):
        services.issue_action_plan(plan=plan, by=world.commune_officer)


# --- The paper --------------------------------------------------------------------------------


def upload(content=PDF, name="ke hoạch.pdf"):
    return SimpleUploadedFile(name, content, "application/pdf")


def test_the_paper_is_handed_out_as_a_download_under_a_name_of_the_plan(world, sign_in):
    plan = draft(world, document=upload(name="../../ke.html"))
    assert plan.document.name.startswith("action_plans/")
    assert plan.document.name.endswith(".pdf")
    answer = sign_in(world.province_officer).get(
        reverse("inspections:action_plan_file", args=[plan.pk])
    )
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert (answer.headers["Content-Type"], answer.content) == ("application/pdf", PDF)
    plan.document.storage.delete(plan.document.name)
    gone = sign_in(world.province_officer).get(
        reverse("inspections:action_plan_file", args=[plan.pk])
    )
    assert gone.status_code == 404


@pytest.mark.parametrize("content", [HTML, b"", PDF + bytes(MOST_BYTES)])
def test_another_file_is_refused_at_its_field(world, content):
    with pytest.raises(ValidationError) as refused:
        draft(world, document=upload(content))
    assert list(refused.value.message_dict) == ["document"]
    assert not ActionPlan.objects.exists()


# --- Pages ------------------------------------------------------------------------------------


def test_a_plan_is_drawn_up_and_put_into_force_from_the_pages(world, sign_in):
    client = sign_in(world.commune_officer)
    new = reverse("inspections:action_plan_new")
    form = {
        "area": world.commune_a.pk,
        "kind": "yearly",
        "title": "Kế hoạch năm 2026",
        "valid_from": "2026-01-01",
        "last_day": "2026-12-31",
    }
    refused = client.post(new, form | {"area": world.commune_b.pk, "title": ""})
    assert (refused.status_code, len(read(refused).texts(".error-summary li"))) == (422, 2)
    assert client.post(new, form).status_code == 302
    plan = ActionPlan.objects.get()
    page = read(client.get(reverse("inspections:action_plan", args=[plan.pk])))
    assert "Còn thiếu số, ngày" in " ".join(page.texts(".notice--info"))
    issue = reverse("inspections:action_plan_issue", args=[plan.pk])
    assert "nơi ban hành" in " ".join(read(client.post(issue)).texts("main .notice--warning"))
    edit = reverse("inspections:action_plan_edit", args=[plan.pk])
    told = {"number": "15/KH-UBND", "issued_on": "2026-01-20", "issued_by": "UBND xã"}
    assert client.post(edit, form | told).status_code == 302
    assert client.post(issue).status_code == 302
    plan.refresh_from_db()
    assert plan.state == "in_force"
    links = read(client.post(edit, form | told)).select(".error-summary a")
    assert [link.get("href") for link in links] == ["#id_reason"]
