"""What a form sends twice is done once, and its sender reads what the first one became."""

import re
import threading
import uuid

import pytest
from django.core.exceptions import BadRequest
from django.db import connection
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiToken
from core.middleware import OperationMiddleware
from core.models import Operation
from core.services.operations import OperationReused, once, remove_old
from schools.models import Site
from tests.frozen import freeze_time
from tests.html_query import read
from tests.permission_table import ROUTES, own_objects
from tests.world import PASSWORD, build_world

FIELD = re.compile(r'name="operation" value="([0-9a-f-]{36})"')

# Pages whose form makes a row of its own: they carry an operation id. Person who may.
CREATES = {
    "accounts:tokens": "nobody",
    "accounts:emergency": "system_admin",
    "staff:person_add": "head_a",
    "staff:post_add": "head_a",
    "staff:classes": "head_a",
    "staff:school_class": "head_a",
    "staff:substitute": "teacher_a",
    "staff:import_upload": "head_a",
    "staff:import_upload_all": "province_officer",
    "mobilisation:import_upload": "commune_officer",
    "mobilisation:household_add": "commune_officer",
    "mobilisation:person_add": "commune_officer",
    "mobilisation:case_of_person": "commune_officer",
    "mobilisation:case_of_pupil": "teacher_a",
    "mobilisation:case": "member_user",
    "mobilisation:campaigns": "commune_officer",
    "mobilisation:literacy": "commune_officer",
    "mobilisation:designations": "province_officer",
    "mobilisation:assigned": "province_officer",
    "mobilisation:assigned_commune": "district_officer",
    "mobilisation:assigned_school": "province_officer",
    "accounts:issue": "head_a",
    "accounts:issue_school": "head_a",
    "accounts:issue_staff": "province_officer",
    "accounts:code_give": "head_a",
    "accounts:role_give": "head_a",
    "schools:site_add": "head_a",
    "schools:class_add": "head_a",
    "schools:class_split": "head_a",
    "schools:school_open": "province_officer",
    "schools:school_change": "province_officer",
    "schools:school_move": "province_officer",
    "schools:school_merge": "province_officer",
    "schools:school_split": "province_officer",
    "schools:school_close": "province_officer",
    "schools:school_files": "province_officer",
    "schools:rule": "province_officer",
    "schools:cluster_add": "province_officer",
    "schools:cluster_communes": "province_officer",
    "schools:communes_out": "province_officer",
    "schools:year_open": "province_officer",
    "schools:pupil_add": "head_a",
    "schools:readmit": "head_a",
    "schools:move": "head_a",
    "schools:transfer_send": "head_a",
    "schools:transfer_receive": "head_a",
    "schools:hold": "head_a",
    "schools:semi_boarding_begin": "head_a",
    "schools:class_semi_boarders": "head_a",
    "schools:import_upload": "head_a",
    "schools:import_upload_all": "province_officer",
    "schools:pupils_export_school": "head_a",
    "schools:pupils_export_all": "commune_officer",
    "attendance:reopening_ask": "teacher_a",
    "attendance:reopening_open": "commune_officer",
    "attendance:workbook": "teacher_a",
    "attendance:leave_record": "teacher_a",
    "attendance:closures": "head_a",
    "attendance:holidays": "head_a",
    "attendance:frames": "head_a",
    "attendance:patterns": "head_a",
    "reports:targets": "province_officer",
    "reports:runs": "commune_officer",
    "reports:paper_issue": "commune_officer",
    "reports:paper_template": "province_officer",
    "reports:paper_symbol": "province_officer",
    "reports:paper_symbol_add": "province_officer",
    "inspections:plan_paper_issue": "province_officer",
    "inspections:visit_paper_issue": "province_officer",
    "inspections:committee_paper_issue": "province_officer",
    "inspections:visit_report_issue": "commune_officer",
    "reports:paper_template_trial": "province_officer",
    "inspections:plans": "district_officer",
    "inspections:year_plan": "province_officer",
    "inspections:committee_found": "province_officer",
    "inspections:member_appoint": "province_officer",
    "inspections:meeting_add": "province_officer",
    "inspections:regulation_set": "province_officer",
    "inspections:assign": "province_officer",
    "inspections:question_add": "province_officer",
    "inspections:criterion_add": "province_officer",
    "inspections:visit": "member_user",
    "inspections:action_plan_new": "commune_officer",
    "inspections:action_new": "commune_officer",
    "inspections:action_from_recommendation": "commune_officer",
    "inspections:action_from_assessment": "commune_officer",
    "inspections:action": "commune_officer",
}
# Addresses that only take a POST, and the page whose form leads there.
CREATES_FROM = {
    "reports:publication_acknowledge": ("reports:publication", "commune_officer"),
    "inspections:calendar_make": ("inspections:mine", "member_user"),
    "inspections:plan_visit_add": ("inspections:plan", "district_officer"),
    "inspections:plan_redraft": ("inspections:plan", "district_officer"),
}
# Forms of other pages that carry one as well: a repeated sending is answered, not refused.
CARRIES = {
    "reports:paper_symbol_remove": "province_officer",
    "schools:cluster_end": "province_officer",
    "schools:cluster_rename": "province_officer",
    "schools:cluster_take_back": "province_officer",
    "schools:rule_level_end": "province_officer",
    "schools:rule_level_keep": "province_officer",
    "schools:rule_remove": "province_officer",
    "inspections:plan_schedule": "district_officer",
    "schools:semi_boarding_change": "head_a",
    "schools:semi_boarding_remove": "head_a",
    "schools:decree_undo": "system_admin",
    "schools:scheme_draft": "head_a",
    "schools:scheme_appraise": "commune_officer",
    "schools:scheme_approve": "province_officer",
    "schools:scheme_return": "commune_officer",
    "schools:scheme_withdraw": "commune_officer",
    "staff:person_edit": "head_a",
    "staff:post_end": "head_a",
    "staff:assignment_end": "teacher_a",
    "staff:grant_end": "head_a",
    "schools:class_edit": "head_a",
    "schools:class_end": "head_a",
    "schools:class_merge": "head_a",
    "schools:site_rename": "head_a",
    "schools:site_close": "head_a",
    "accounts:role_end": "head_a",
    "schools:pupil_edit": "head_a",
    "schools:leave": "head_a",
    "schools:transfer_back": "head_a",
    "schools:transfer_on": "head_a",
    "schools:transfer_dropout": "head_a",
    "schools:undo_leaving": "head_a",
    "schools:merge_undo": "head_a",
    "attendance:leave_withdraw": "teacher_a",
    "inspections:member_change": "province_officer",
    "inspections:member_end": "province_officer",
    "inspections:meeting_edit": "province_officer",
    "inspections:assignment_end": "province_officer",
    "mobilisation:household_change": "commune_officer",
    "mobilisation:person": "commune_officer",
    "mobilisation:person_remove": "commune_officer",
    "mobilisation:case_change": "teacher_a",
    "mobilisation:case_close": "teacher_a",
    "mobilisation:campaign": "member_user",
    "inspections:checklist": "member_user",
    "inspections:counts": "member_user",
    "inspections:supplement": "member_user",
    "inspections:visit_scan_add": "member_user",
    "inspections:recommendation_answer": "commune_officer",
    "inspections:recommendation_done": "member_user",
    "inspections:recommendation_reopen": "member_user",
    "reports:month_school": "head_a",
    "reports:month_assessment": "commune_officer",
    "reports:month_publish": "province_officer",
    "reports:publication_reopen": "province_officer",
    "inspections:score_adjust": "province_officer",
    "inspections:criterion_change": "province_officer",
    "inspections:criterion_end": "province_officer",
    "inspections:question_change": "province_officer",
    "inspections:question_end": "province_officer",
    "inspections:scorecard_confirm": "province_officer",
    "inspections:scorecard_take_back": "province_officer",
    "inspections:action_plan_edit": "commune_officer",
    "inspections:action_plan_issue": "commune_officer",
    "inspections:action_plan_end": "commune_officer",
    "inspections:action_plan_withdraw": "commune_officer",
    "inspections:action_edit": "commune_officer",
    "inspections:action_verify": "commune_officer",
    "inspections:action_reopen": "commune_officer",
    "inspections:action_cancel": "commune_officer",
}
# Everything else that takes a POST, and why nothing is there twice when it comes twice.
SETS = "sets one state of one row; the second time there is nothing left to do"
MAKES_NOTHING = {
    "schools:clusters_take_over": "carries one; only where there is no cluster yet",
    "schools:scheme_review": "carries one; a school has one scheme that goes on",
    "attendance:support_file": "a file of what is there; that it was given out is told each time",
    "schools:year_turn": "carries one; a school goes over to a year once",
    "schools:year_turn_undo": "carries one; nothing is left to take back the second time",
    "schools:arrivals": "carries one; a pupil who has a class waits no longer",
    "schools:pupil_merge": "carries one; there is one record left the second time",
    "schools:pupil_remove": "carries one; nothing is left the second time",
    "schools:pupil_apart": "a pair is kept once",
    "schools:erasure_ask": "carries one; a pupil has one request that waits",
    "schools:pupil_data": "a file of what is there; that it was given out is told each time",
    "schools:hold_lift": SETS,
    "reports:paper_template_discard": SETS,
    "reports:paper_template_end": SETS,
    "schools:school_list_file": "a list is saved once",
    "schools:decrees": "shows what a decree does",
    "schools:decree_apply": "carries one; a decree is applied once",
    "schools:year_close": SETS,
    "schools:year_reopen": SETS,
    "schools:year_remove": SETS,
    "schools:erasure_decide": SETS,
    "staff:head_role": "a role that is held is not given again",
    "staff:import_save": "READY to SAVING once (core.services.workbook_imports)",
    "staff:import_check": SETS,
    "staff:import_cancel": SETS,
    "mobilisation:import_save": "READY to SAVING once (core.services.workbook_imports)",
    "mobilisation:import_check": SETS,
    "mobilisation:import_cancel": SETS,
    "mobilisation:round_open": "a commune has one round a year",
    "mobilisation:person_restore": SETS,
    "mobilisation:search": "the proposals take the place of the former ones",
    "mobilisation:confirm_certain": "a person and a pupil are matched once",
    "mobilisation:answer": "the proposal is gone the second time",
    "mobilisation:undo": "the match is gone the second time",
    "mobilisation:case_reopen": SETS,
    "set_language": "a cookie",
    "accounts:sign_in": "signs in",
    "accounts:sign_out": "signs out",
    "accounts:single_sign_on": "leads to the provider",
    "accounts:draft_discard": SETS,
    "attendance:roll_settle": SETS,
    "accounts:password": "needs the old password, which is another one by then",
    "accounts:second_step": "signs in",
    "accounts:phone_add": "a secret is kept once; the session forgets it",
    "accounts:passkey_add": "a passkey is kept once",
    "accounts:recovery_codes": "takes the place of the former ones, and shows those that hold",
    "accounts:factor_remove": SETS,
    "accounts:browsers": SETS,
    "accounts:browser_end": SETS,
    "accounts:digest_choice": SETS,
    "accounts:reminders": SETS,
    "accounts:token_revoke": SETS,
    "accounts:any_token_revoke": SETS,
    "accounts:emergency_end": SETS,
    "accounts:view_begin": "the session looks at one class",
    "accounts:view_end": SETS,
    "accounts:forgotten": "a letter is no row; so many a person gets (accounts.guessing)",
    "accounts:batch_cancel": SETS,
    "accounts:slips": "a file is given out once",
    "accounts:slips_again": "carries one; the second slips take the place of the first",
    "inspections:calendar_revoke": SETS,
    "job_restart": SETS,
    "job_dismiss": SETS,
    "api:survey_persons": "each person carries its op_id",
    "api:survey_persons_by_code": "each person carries its op_id",
    "api:case_visits": "each visit carries its op_id",
    "api:visit_findings": "each line carries its op_id",
    "api:registers": "each register carries its op_id",
    "schools:import_save": "READY to SAVING once (core.services.workbook_imports)",
    "schools:import_check": SETS,
    "schools:import_cancel": SETS,
    "schools:pupils_export_cancel": SETS,
    "attendance:workbook_cancel": SETS,
    "reports:run_cancel": SETS,
    "attendance:leave_letter_add": "a leave takes one letter",
    "attendance:sheet": "carries the operation_id of the register",
    "attendance:month": "each register gets its operation from form_id",
    "attendance:workbook_save": "the operations wait in the batch",
    "attendance:reopening_decide": SETS,
    "attendance:reopening_close": SETS,
    "attendance:frame_remove": SETS,
    "attendance:pattern_remove": SETS,
    "attendance:closure_remove": SETS,
    "reports:remind_area": "one reminder for a register, person and day; a dated pause",
    "reports:remind_school": "one reminder for a register, person and day; a dated pause",
    "reports:month_remind": "carries one; a person is notified once a day",
    "reports:month_withdraw": SETS,
    "reports:month_assessment_return": SETS,
    "inspections:plan_approve": SETS,
    "inspections:plan_visit": SETS,
    "inspections:plan_visit_remove": SETS,
    "inspections:plan_visit_move": "an order of rows that are there",
    "inspections:plan_visit_cancel": SETS,
    "inspections:households": "carries one; a household has one row in a visit",
    "inspections:photos": "each photo carries its op_id",
    "inspections:photo_remove": SETS,
    "inspections:action_plan_accept": "carries one; a flag is answered by one task",
    "api:action_progress": "each report carries its op_id",
    "api:recommendation_answer": "each answer carries its op_id",
}


def test_every_address_that_takes_a_post_creates_or_says_why_not():
    takes = {name for name, route in ROUTES.items() if route.writers}
    listed = [*CREATES, *CREATES_FROM, *CARRIES, *MAKES_NOTHING]
    assert sorted(takes | {"accounts:tokens", "accounts:sign_in"}) == sorted(listed)


@pytest.mark.parametrize("name", [*CREATES, *CARRIES])
def test_its_form_carries_an_operation(name, world, sign_in):
    person = (CREATES | CARRIES)[name]
    answer = sign_in(getattr(world, person)).get(own_objects(world).url(name))
    assert answer.status_code == 200
    assert FIELD.search(answer.content.decode())


@pytest.mark.parametrize("name", CREATES_FROM)
def test_a_form_on_another_page_carries_one_of_its_own(name, world, sign_in):
    page, person = CREATES_FROM[name]
    objects = own_objects(world)
    text = sign_in(getattr(world, person)).get(objects.url(page)).content.decode()
    form = text[text.index(f'action="{objects.url(name)}"') :]
    found = FIELD.search(form[: form.index("</form>")])
    assert found
    assert text.count(found.group(1)) == 1


@pytest.mark.parametrize("page", ["accounts_user_add", "schools_school_add", "core_rule_add"])
def test_the_administrators_forms_carry_one(page, world, sign_in):
    world.system_admin.is_superuser = world.system_admin.is_staff = True
    world.system_admin.save()
    answer = sign_in(world.system_admin).get(reverse(f"admin:{page}"))
    assert FIELD.search(answer.content.decode())


# --- One sender ------------------------------------------------------------------------------


@pytest.fixture
def head(world, sign_in):
    return sign_in(world.head_a)


@pytest.fixture
def address(world):
    return reverse("schools:site_add", args=[world.school_a.pk])


def site(operation, name="Sín Chải", **more):
    return {"operation": operation, "name": name, "start": "12/10/2026", **more}


def on_page(client, address):
    return FIELD.search(client.get(address).content.decode()).group(1)


def texts(client, answer):
    return read(client.get(answer["Location"])).texts(".notices li")


def test_the_same_again_is_answered_as_the_first(head, address):
    sent = site(on_page(head, address))
    first = head.post(address, sent)
    assert texts(head, first) == ["Đã xong: Đã thêm điểm trường Sín Chải."]
    again = head.post(address, sent)
    assert (again.status_code, again["Location"]) == (302, first["Location"])
    assert texts(head, again) == [
        "Đã xong: Đã thêm điểm trường Sín Chải.",
        "Đã ghi trước đó, lúc 07:10 12/10/2026. Gửi lại không ghi thêm gì.",
    ]
    assert Site.objects.filter(name="Sín Chải").count() == 1


def test_a_refused_form_is_mended_under_its_own_operation(head, address):
    operation = on_page(head, address)
    refused = head.post(address, site(operation, name=""))
    assert f'name="operation" value="{operation}"' in refused.content.decode()
    assert not Operation.objects.exists()
    assert head.post(address, site(operation)).status_code == 302
    assert head.post(address, site(operation)).status_code == 302
    assert Site.objects.filter(name="Sín Chải").count() == 1


def test_another_content_under_a_used_operation_says_what_was_saved(head, address):
    operation = on_page(head, address)
    head.post(address, site(operation))
    answer = head.post(address, site(operation, name="Tả Phìn"))
    assert answer.status_code == 409
    page = read(answer)
    assert "Đã thêm điểm trường Sín Chải." in page.text
    assert not Site.objects.filter(name="Tả Phìn").exists()
    # What was typed is not lost: one press saves it as a new one.
    fields = {each.get("name"): each.get("value") for each in page.select("main form input")}
    assert fields["operation"] != operation
    assert head.post(address, fields).status_code == 302
    assert Site.objects.filter(name="Tả Phìn").count() == 1


def test_another_person_learns_nothing_of_an_operation(head, address, world, sign_in):
    operation = on_page(head, address)
    head.post(address, site(operation))
    other = reverse("schools:site_add", args=[world.school_b.pk])
    answer = sign_in(world.head_b).post(other, site(operation))
    assert answer.status_code == 409
    assert "Đã thêm điểm trường" not in answer.content.decode()


def test_the_secret_of_a_key_is_not_shown_again_and_that_is_said(world, sign_in):
    client, address = sign_in(world.nobody), reverse("accounts:tokens")
    sent = {"operation": on_page(client, address), "name": "Phần mềm trường"} | {
        "days": "30",
        "scopes": ["figures"],
        "password": PASSWORD,
    }
    assert read(client.post(address, sent)).select("#secret")
    again = client.post(address, sent)
    assert again["Location"] == address
    page = read(client.get(address))
    assert not page.select("#secret")
    assert "chỉ hiện một lần ấy" in page.select(".notice")[0].text
    assert ApiToken.objects.filter(user=world.nobody).count() == 1


def test_what_is_no_operation_id_cannot_be_read(world):
    request = RequestFactory().post("/", {"operation": "1 or 1=1"})
    request.user = world.head_a
    with pytest.raises(BadRequest):
        OperationMiddleware(None).process_view(request, lambda: None, (), {})


def test_operations_go_after_the_days_of_the_rule(world):
    now = timezone.now()
    for moment in ("2026-09-01", "2026-10-11"):
        Operation.objects.create(
            pk=uuid.uuid4(), user=world.head_a, digest="", made_at=moment + "T00:00Z"
        )
    with freeze_time(now):
        assert remove_old() == 1
    assert Operation.objects.get().made_at.month == 10


# --- Many at once ----------------------------------------------------------------------------


def at_once(count, act):
    start, outcomes = threading.Barrier(count), []

    def run():
        start.wait()
        try:
            outcomes.append(act())
        except Exception as fault:
            outcomes.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _each in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_twelve_at_once_make_one_row_and_get_one_answer(today, sign_in):
    world = build_world(today)
    address = reverse("schools:site_add", args=[world.school_a.pk])
    sent = site(str(uuid.uuid4()))
    clients = [sign_in(world.head_a) for _each in range(12)]
    answers = at_once(12, lambda: clients.pop().post(address, sent))
    assert [each.status_code for each in answers] == [302] * 12
    assert len({each["Location"] for each in answers}) == 1
    assert Site.objects.filter(name="Sín Chải").count() == 1
    assert Operation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_twin_of_a_refused_one_is_tried(today):
    world = build_world(today)
    tried = []

    def act():
        tried.append(1)
        return "answer", "/" if len(tried) == 2 else "", []

    same = {"operation_id": uuid.uuid4(), "by": world.head_a, "path": "/", "digest": "x"}
    outcomes = at_once(4, lambda: once(**same, act=act))
    assert sorted(each.is_new for each in outcomes) == [False, False, True, True]
    assert Operation.objects.count() == 1
    with pytest.raises(OperationReused):
        once(**(same | {"digest": "y"}), act=act)
