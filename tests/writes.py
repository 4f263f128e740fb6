"""Every write of the product: who sends what to which address, and the events that it leaves.

`WRITES` says it for the addresses of the table of permissions that decide something, and
`DECIDES_NOTHING` why the others do not; a new address stands in one of them before the suite is
green (`test_every_decision_is_recorded.py`).
"""

import csv
import datetime
import json
import uuid
from dataclasses import dataclass

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.issuing.candidates import candidates, fingerprint, is_chosen, schools_to_staff
from accounts.issuing.new_account import NewAccount, ref
from accounts.issuing.services import ask_for_accounts, make_accounts
from accounts.models import ClassAssignment, Post
from accounts.scoping import scope_for
from attendance.calendar.public_holidays import holiday_proposals
from attendance.leave.services import record_leave
from attendance.models import MonthBatch, PeriodLock
from core.months import Month
from core.province import province
from inspections.calendar.services import make_address
from inspections.models import ChecklistItem, InspectionPlan, Member, Recommendation, Visit
from inspections.scorecards.services import confirm_scorecard
from inspections.services.visits import finish_recommendation
from inspections.year_plan.selectors import Asked, mark_of, proposal_for
from mobilisation.models import Household, SurveyEntry, SurveyPerson, SurveyRound
from mobilisation.survey_entry.selectors import seen_of, seen_of_household
from reports.models import MonthAssessment, MonthConfirmation
from reports.services.facts import rebuild
from schools.models import (
    Area,
    ClusterMembership,
    ConversionScheme,
    Enrolment,
    ImportBatch,
    Pupil,
    PupilErasure,
    PupilExport,
    SchoolYear,
    SemiBoarding,
)
from schools.personal_data.services.anonymising import place_hold
from schools.reorganisations.services import look_at, reorganise, tell
from schools.reorganisations.services import seen_of as seen_of_preview
from schools.reorganisations.views import SALT
from schools.school_import.services.lists import change_set_of
from schools.year_turn.selectors.standing import read_standing
from schools.year_turn.services.plan import build, propose
from schools.year_turn.services.turning import turn_year
from tests.accounts.staff_builders import make_person, staff_list, staff_row
from tests.accounts.staff_builders import upload_of as staff_upload
from tests.accounts.test_second_factor import code_now, first_step, phone_of
from tests.attendance.month_workbooks import excel, grid, receive
from tests.html_query import read
from tests.inspections.conftest import make_flag
from tests.mobilisation.assigned_workbooks import file_of, row_of
from tests.mobilisation.survey_workbooks import survey_file, survey_row
from tests.mobilisation.survey_workbooks import upload_of as survey_upload
from tests.photos import JPEG
from tests.reports.register_builders import take
from tests.schools.decrees import decree, line
from tests.schools.pupil_workbooks import USUAL, pupil_row, upload_of, workbook
from tests.schools.school_workbooks import receive_schools
from tests.world import PASSWORD, PUPILS_6A, enrol, make_area, make_class, make_school

ONE_DAY = datetime.timedelta(days=1)
NEW_PASSWORD = "ruong-bac-thang-xanh"
# Half past nine: the registers of the morning are late.
LATE = "2026-10-12 02:30:00"
REVISION = "a revision of a register"

# Addresses that take a POST and decide nothing.
DECIDES_NOTHING = {
    "set_language": "a cookie of the reader's own browser",
    "accounts:sign_out": "ends one's own session; that it began has its event",
    "accounts:single_sign_on": "leads to the provider; that somebody came in is told by the return",
    "accounts:draft_discard": "drops one's own text, which was never saved",
    "staff:import_check": "reads the list once more that was uploaded; saving it is a decision",
    "mobilisation:import_check": "reads the survey once more; saving it is a decision",
    "accounts:forgotten": "asks for a letter; that one was sent is told by the job",
    "schools:import_check": "reads the list once more that was uploaded; saving it is a decision",
    "schools:decrees": "shows what a decree does; applying it is a decision",
    "schools:school_files": "reads a list; saving it is a decision",
    "reports:paper_template": "tries a file; keeping it is a decision",
    "reports:paper_template_discard": "drops one's own file, which was never kept",
}
# Tables in which a request may write although nobody decides anything.
BOOKKEEPING = {
    "core_event",  # a refused page
    "core_operation",
    "django_session",
    "accounts_signedin",
    "accounts_guess",
    "schools_namesshown",
}


@dataclass(frozen=True)
class Write:
    """One write that succeeds: who sends it, what is sent, and the events it leaves."""

    person: str
    kinds: list
    fields: object
    status: int


class Scene:
    """The world with its objects, and the address that is written to."""

    def __init__(self, world, name, client):
        self.world, self.today, self.client = world, world.today, client
        self.objects = world.objects
        self.url, self.tomorrow = self.objects.url(name), world.today + ONE_DAY
        self._name = name

    def __getitem__(self, name):
        return self.objects.values[name]

    def aim(self, **values):
        """Write to another object than the one of the table."""
        self.objects.values.update(values)
        self.url = self.objects.url(self._name)

    def left(self):
        """The pupil who left 6A, on whom nothing else hangs."""
        return Enrolment.objects.get(pk=self["ended_enrolment"]).pupil

    def twin(self):
        """A second record of the pupil, on the roll of the same class."""
        one = Pupil.objects.get(pk=self["pupil"])
        two = Pupil.objects.create(
            full_name=one.full_name,
            sex=one.sex,
            birth_date=one.birth_date,
            ethnic_group=one.ethnic_group,
        )
        enrol(two, self.world.class_a, self.world.since)
        return two


WRITES = {}


def write(name, person, /, *kinds, status=302, **fields):
    """Say how an address is written to; without fields, a decorator of what makes them."""

    def declare(made):
        assert name not in WRITES
        WRITES[name] = Write(person, sorted(kinds), made, status)
        return made

    return declare(lambda scene: fields) if fields else declare


def press(name, person, *kinds, **more):
    """A button without fields."""
    write(name, person, *kinds, **more)(lambda scene: {})


# --- Accounts and keys -----------------------------------------------------------------------

press("job_restart", "system_admin", "job.restarted")
press("job_dismiss", "system_admin", "job.dismissed")
press("accounts:browsers", "nobody", "account.sessions_ended")
press("accounts:browser_end", "nobody", "account.sessions_ended")
press("accounts:token_revoke", "nobody", "key.revoked")
press("accounts:any_token_revoke", "system_admin", "key.revoked")
press("accounts:emergency_end", "system_admin", "emergency.ended")
press("accounts:view_begin", "head_a", "viewing.begun")
press("accounts:reminders", "teacher_a", "account.reminders_set")
write("accounts:digest_choice", "teacher_a", "account.digest_chosen", frequency="monthly")
write("accounts:factor_remove", "nobody", "account.factor_removed", password=PASSWORD)
write(
    "accounts:password",
    "teacher_a",
    "account.password_changed",
    old_password=PASSWORD,
    new_password1=NEW_PASSWORD,
    new_password2=NEW_PASSWORD,
)
write(
    "accounts:tokens",
    "teacher_a",
    "key.made",
    status=200,
    name="Phần mềm trường",
    days="30",
    scopes=["figures"],
    password=PASSWORD,
)


press(
    "accounts:code_give",
    "head_a",
    "account.code_given",
    "account.password_reset",
    "account.unlocked",
    status=200,
)
press("accounts:slips_again", "head_a", "accounts.slips_asked")
write("accounts:role_end", "head_a", "role.ended", last_day="2026-10-12")


@write("accounts:role_give", "head_a", "role.given")
def _(scene):
    return {"places": [scene.world.class_a.pk], "valid_from": scene.today}


@write("accounts:issue", "head_a", "accounts.asked")
def _(scene):
    return {
        "role": "teacher",
        "school": scene.world.school_a.pk,
        "valid_from": scene.today,
        "names": "Hà Thị Liên; 6A",
        "line": "1",
        "step": "make",
    }


@write("accounts:issue_school", "head_a", "accounts.asked")
def _(scene):
    person = make_person("Lù A Tú", scene.world.school_a, since=scene.world.since)
    return {"person": person.pk}


@write("accounts:issue_staff", "province_officer", "accounts.asked")
def _(scene):
    make_person("Lù A Tú", scene.world.school_a, since=scene.world.since)
    scope = scope_for(scene.world.province_officer)
    people = candidates(scope, schools=schools_to_staff(scope))
    chosen = [each for each in people if is_chosen(each, ["teacher"])]
    return {"groups": "teacher", "shown": fingerprint(chosen)}


@write("accounts:batch_cancel", "head_a", "accounts.cancelled")
def _(scene):
    batch = ask_for_accounts(
        scope=scope_for(scene.world.head_a),
        people=[NewAccount("Hà Thị Liên", "teacher", (ref(scene.world.class_a),))],
        valid_from=scene.today,
    )
    scene.aim(account_batch=batch.pk)
    return {}


@write("accounts:slips", "head_a", "accounts.slips_fetched", status=200)
def _(scene):
    batch = ask_for_accounts(
        scope=scope_for(scene.world.head_a),
        people=[NewAccount("Hà Thị Liên", "teacher", (ref(scene.world.class_a),))],
        valid_from=scene.today,
    )
    make_accounts(batch_id=batch.pk)
    scene.aim(account_batch=batch.pk)
    return {}


@write("accounts:sign_in", "teacher_a", "account.signed_in")
def _(scene):
    scene.client = Client()
    return {"username": "teacher_a", "password": PASSWORD}


@write("accounts:second_step", "teacher_a", "account.signed_in")
def _(scene):
    phone_of(scene.world.teacher_a)
    scene.client, _answer = first_step(scene.world.teacher_a)
    return {"code": code_now()}


@write(
    "accounts:phone_add",
    "teacher_a",
    "account.factor_added",
    "account.recovery_codes_made",
    status=200,
)
def _(scene):
    scene.client.get(scene.url)
    secret = scene.client.session["phone_secret"]
    return {"code": code_now(secret), "name": "Máy của tôi", "password": PASSWORD}


@write(
    "accounts:passkey_add",
    "teacher_a",
    "account.factor_added",
    "account.recovery_codes_made",
    status=200,
)
def _(scene):
    scene.client.get(scene.url, headers={"host": "localhost"})
    return {"credential": "{}", "name": "Máy bàn", "password": PASSWORD}


@write("accounts:recovery_codes", "teacher_a", "account.recovery_codes_made", status=200)
def _(scene):
    TOTPDevice.objects.create(user=scene.world.teacher_a, name="Máy")
    return {"password": PASSWORD}


@write("accounts:view_end", "head_a", "viewing.ended")
def _(scene):
    scene.client.post(reverse("accounts:view_begin", args=[scene.world.class_a.pk]))
    return {}


@write("accounts:emergency", "system_admin", "emergency.opened")
def _(scene):
    school = scene.world.school_b.pk
    return {"school": school, "reason": "Trường mất mạng", "hours": "1", "password": PASSWORD}


# --- Staff -----------------------------------------------------------------------------------

press("mobilisation:import_save", "commune_officer", "survey.import_asked")
press("mobilisation:import_cancel", "commune_officer", "survey.import_cancelled")
press("mobilisation:person_restore", "commune_officer", "survey.person_restored")
write(
    *("mobilisation:household_add", "commune_officer", "survey.household_entered"),
    village="Háng Lìa",
    form_number="99",
    residence="perm",
)
write("mobilisation:person_remove", "commune_officer", "survey.person_removed", removal="twice")


@write("mobilisation:round_open", "commune_officer", "survey.round_opened")
def open_this_year(scene):
    SurveyRound.objects.filter(commune=scene["area"]).update(year=2025)
    return {}


@write("mobilisation:household_change", "commune_officer", "survey.household_corrected")
def correct_the_household(scene):
    found = Household.objects.get(pk=scene["household"])
    return {"form_number": "77", "residence": "perm", "seen": seen_of_household(found)}


A_PERSON = {"full_name": "Lò Văn Mới", "year": "2015", "sex": "M", "ethnic_group": "08"}
A_PERSON |= {"presence": "lives"}
write("mobilisation:person_add", "commune_officer", "survey.person_entered", **A_PERSON)


@write("mobilisation:person", "commune_officer", "survey.person_corrected")
def correct_the_person(scene):
    entry = SurveyEntry.objects.get(person=scene["survey_person"])
    told = {"full_name": entry.person.full_name, "household": entry.household_id, "grade": "6"}
    return A_PERSON | told | {"seen": seen_of(entry)}


press("mobilisation:search", "commune_officer", "survey.searched")
write("mobilisation:confirm_certain", "commune_officer", "survey.matched_together", seen="1")
write("mobilisation:answer", "commune_officer", "survey.matched", answer="one")
press("mobilisation:undo", "commune_officer", "survey.match_undone")
press("mobilisation:case_reopen", "member_user", "case.reopened")
write(
    "mobilisation:case",
    "member_user",
    "case.visited",
    way="visit",
    made_on="2026-10-12",
    who="Anh Thắng",
    found="Em ở nhà",
)
write(
    "mobilisation:case_close",
    "teacher_a",
    "case.closed",
    outcome="returned",
    closed_on="2026-10-12",
)


@write("mobilisation:case_of_person", "commune_officer", "case.opened")
def follow_a_child(scene):
    return {"kind": "out", "owner": scene.world.commune_officer.pk, "due_on": "2026-10-19"}


@write("mobilisation:case_of_pupil", "teacher_a", "case.opened")
def follow_a_pupil(scene):
    return {"kind": "drift", "owner": scene.world.teacher_a.pk, "due_on": "2026-10-19"}


@write("mobilisation:case_change", "teacher_a", "case.changed")
def change_the_case(scene):
    return {"owner": scene.world.teacher_a.pk, "due_on": "2026-10-30", "causes": ["tet"]}


@write("mobilisation:campaigns", "commune_officer", "campaign.noted")
@write("mobilisation:campaign", "member_user", "campaign.changed")
def a_campaign(scene):
    told = {"held_on": "2026-10-10", "who": "Hội Phụ nữ xã", "households": 40, "children_back": 2}
    return told | {"commune": scene["area"]}


write(
    *("mobilisation:literacy", "commune_officer", "literacy.entered"),
    people_15_25="40",
    level_1_15_25="39",
    level_2_15_25="30",
)


@write("mobilisation:assigned_commune", "district_officer", "numbers.assigned")
@write("mobilisation:assigned_school", "province_officer", "numbers.assigned")
def assign_a_number(scene):
    return {"mobilised_5": "40", "decision": "QĐ 9/QĐ-UBND", "decided_on": "2026-08-20"}


@write("mobilisation:assigned", "province_officer", "numbers.assigned")
def assign_by_a_file(scene):
    row = row_of(scene.world.commune_a.code, mobilised_5=40)
    return {"file": file_of(row), "decision": "QĐ 9/QĐ-UBND", "decided_on": "2026-08-20"}


@write("mobilisation:designations", "province_officer", "unit.designated")
def _(scene):
    chosen = [scene.world.commune_a.pk]
    return {"decree": "QĐ 9/QĐ-UBND", "valid_from": "2026-10-12", "communes": chosen}


@write("mobilisation:import_upload", "commune_officer", "survey.import_received")
def _(scene):
    return {"year": "2026", "file": survey_upload(survey_file(survey_row()))}


press("staff:head_role", "province_officer", "role.given")
press("staff:import_save", "head_a", "staff.import_asked")
press("staff:import_cancel", "head_a", "staff.import_cancelled")
write("staff:post_end", "head_a", "staff.post_ended", on="2026-10-12")
write("staff:grant_end", "head_a", "role.ended", on="2026-10-12")
write("staff:assignment_end", "teacher_a", "staff.assignment_ended", on="2026-10-12")
write("staff:post_add", "head_a", "staff.post_given", kind="clerk", start="2026-10-12")
write(
    "staff:person_add",
    "head_a",
    "staff.added",
    "staff.post_given",
    full_name="Lò Thị Mới",
    birth_date="1990-03-01",
    kind="teacher",
    start="2026-10-12",
)
write(
    "staff:person_edit",
    "head_a",
    "staff.corrected",
    full_name="Nguyễn Thị Hoa",
    birth_date="1980-01-02",
    phone="0912 345 678",
)


@write("staff:classes", "head_a", "staff.assigned", "role.ended")
def _(scene):
    key = f"{scene['school_class']}"
    return {f"class-{key}": scene["staff_member"], f"shown-{key}": "", "start": scene.today}


@write("staff:school_class", "head_a", "staff.assigned", "role.ended")
def _(scene):
    return {"person": scene["staff_member"], "kind": "subject", "start": scene.today}


@write("staff:substitute", "teacher_a", "staff.substitute_given")
def _(scene):
    ClassAssignment.objects.all().delete()
    return {"person": Post.objects.get(pk=scene["head_post"]).person_id, "until": scene.tomorrow}


@write("staff:import_upload", "head_a", "staff.import_received")
def _(scene):
    return {"file": staff_upload(staff_list(staff_row("Lò Thị Mới"))), "starts_on": scene.today}


@write("staff:import_upload_all", "province_officer", "staff.import_received")
def _(scene):
    row = staff_row("Lò Thị Mới", school=scene.world.school_a.code)
    return {"file": staff_upload(staff_list(row)), "starts_on": scene.today}


# --- Schools and pupils ----------------------------------------------------------------------

press("schools:merge_undo", "head_a", "pupil.parted")
press("schools:pupil_data", "head_a", "pupil.exported", status=200)
press("schools:import_save", "head_a", "import.asked")
press("schools:pupils_export_cancel", "head_a", "pupils.list_cancelled")
press("reports:run_cancel", "commune_officer", "report.cancelled")
write("schools:hold", "head_a", "pupil.hold_placed", reason="Gia đình khiếu nại")
write("schools:erasure_decide", "system_admin", "pupil.anonymised", answer="confirm")
write("schools:undo_leaving", "head_a", "enrolment.leaving_undone", REVISION, reason="Nhầm em khác")
write("schools:site_add", "head_a", "school.site_added", name="Sín Chải", start="2026-10-12")


write("schools:site_rename", "head_a", "school.site_changed", name="Háng Lìa 2")
PAPER = {"decision": "9/QĐ-UBND", "decided_on": "2026-10-01", "on": "2026-10-19"}


def seen(scene, **fields):
    """What is sent once the preview of a decision was looked at."""
    page = read(scene.client.post(scene.url, fields | PAPER))
    return fields | PAPER | {"seen": page.one("input[name=seen]").get("value")}


@write("schools:site_close", "head_a", "school.site_closed")
def _(scene):
    scene.world.class_a12.site = scene.world.school_a.sites.get(is_main=True)
    scene.world.class_a12.save()
    return {"on": "2026-10-19"}


@write("schools:class_edit", "head_a", "school.class_changed")
def _(scene):
    site = scene.world.school_a.sites.get(is_main=True).pk
    return {"name": "6A1", "grades": ["6"], "site": site, "sessions": "am"}


@write("schools:class_end", "head_a", "school.class_ended")
def _(scene):
    scene.aim(
        school_class=make_class(scene.world.school_a, scene.world.year, "6E", "THCS", "6", []).pk
    )
    return {"on": "2026-10-19"}


@write("schools:class_merge", "head_a", "school.classes_merged", "school.class_ended")
def _(scene):
    other = make_class(scene.world.school_a, scene.world.year, "6E", "THCS", "6", ["Lò A Chính"])
    return seen_of_class(scene, classes=[other.pk])


@write(
    "schools:class_split",
    "head_a",
    *["school.class_split"] * 2,
    "role.given",
    "staff.assigned",
)
def _(scene):
    pupil = Enrolment.objects.filter(school_class=scene.world.class_a).first().pupil_id
    return seen_of_class(scene, name="6E", pupils=[pupil])


def seen_of_class(scene, **fields):
    fields |= {"on": "2026-10-19"}
    page = read(scene.client.post(scene.url, fields))
    return fields | {"seen": page.one("input[name=seen]").get("value")}


def next_year(scene):
    """The world's year is over, and the one after it open."""
    scene.world.year.valid_to = scene.today
    scene.world.year.save()
    return SchoolYear.objects.create(
        code="2027-2028", valid_from=scene.tomorrow, valid_to=datetime.date(2027, 10, 1)
    )


@write("schools:year_turn", "head_a", "school.year_turned")
def _(scene):
    next_year(scene)
    school = scene.world.school_a
    standing = read_standing(school, on=scene.today)
    plan = build(standing, propose(standing))
    page = read(scene.client.get(scene.url))
    fields = page.select("main form input[type=text]") + page.select("main form input[name=seen]")
    assert plan.seen == page.one("main form input[name=seen]").get("value")
    return {field.get("name"): field.get("value") or "" for field in fields}


@write("schools:year_turn_undo", "head_a", "school.year_turn_undone")
def _(scene):
    next_year(scene)
    turn_as_proposed(scene.world.school_a, on=scene.today, by=scene.world.head_a)
    return {}


@write("schools:arrivals", "head_a", "school.arrivals_placed")
def _(scene):
    year = next_year(scene)
    world = scene.world
    primary = make_school("12A5", "TH A Năm", "TH", world.commune_a, world.since)
    leavers = make_class(primary, world.year, "5A", "TH", "5", ["Lý A Một"])
    turn = turn_as_proposed(primary, on=scene.today, by=world.head_a)
    six = make_class(world.school_a, year, "6A", "THCS", "6", [])
    key = f"{leavers.pk}_6"
    return {
        "group": key,
        f"{key}-arrivals": [turn.arrivals.get().pk],
        f"{key}-to": six.pk,
    }


def turn_as_proposed(school, *, on, by):
    proposal = propose(read_standing(school, on=on))
    return turn_year(school=school, choices=proposal, on=on, by=by)


@write("schools:school_open", "province_officer", "school.opened")
def _(scene):
    commune = scene.world.commune_a.pk
    return PAPER | {
        "code": "12C9",
        "name": "TH Mới",
        "levels": ["TH"],
        "kind": "regular",
        "commune": commune,
    }


@write("schools:school_change", "province_officer", "school.changed")
def _(scene):
    changed = {"code": "12A1", "name": "TH&THCS A", "levels": ["TH", "THCS"], "kind": "regular"}
    return changed | {"on": "2026-10-12"}


@write("schools:school_move", "province_officer", "school.moved")
def _(scene):
    return seen(scene, commune=scene.world.commune_b.pk)


@write(
    "schools:school_merge",
    "province_officer",
    "school.merged",
    "school.merged",
    "role.ended",
    "role.given",
)
def _(scene):
    return seen(scene, name="TH&THCS A và B", codes="12B1")


@write("schools:school_split", "province_officer", "school.split", "school.split", "school.opened")
def _(scene):
    return seen(
        scene,
        code="12C9",
        name="TH Háng Lìa",
        kind="regular",
        commune=scene.world.commune_a.pk,
        sites=[scene.world.site_a.pk],
    )


@write("schools:school_close", "province_officer", "school.closed")
def _(scene):
    empty = make_school("12A9", "TH Cũ", "TH", scene.world.commune_a, scene.world.since)
    scene.aim(school=empty.pk)
    return seen(scene)


_SYMBOL = {"valid_from": "2026-10-13", "source": "Quyết định 16/QĐ-SGDĐT ngày 10/10/2026"}
write("reports:paper_symbol", "province_officer", "paper_symbol.set", symbol="TRG", **_SYMBOL)
press("reports:paper_symbol_remove", "province_officer", "paper_symbol.removed")


@write("reports:paper_symbol_add", "province_officer", "paper_symbol.set")
def _(scene):
    code = scene.world.school_a.code
    return {"office": "school:", "code": code, "symbol": "THCSAM", **_SYMBOL}


write(
    "schools:cluster_add",
    "province_officer",
    "cluster.made",
    name="Than Uyên",
    valid_from="2026-10-13",
    decree="Quyết định 15/QĐ-SGDĐT ngày 10/10/2026",
)


@write("schools:clusters_take_over", "province_officer", "cluster.loaded")
def _(scene):
    # What is settled keeps its clusters: nothing is, on a server that was just installed.
    PeriodLock.objects.update(unlocked_at=timezone.now(), unlock_reason="thử")
    ClusterMembership.objects.all().delete()
    Area.objects.filter(kind="cum").update(kind="huyen")
    with (province().folder / "clusters.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names = row["commune_code"], row["commune_name"]
            make_area(3, "xa", *names, scene.world.province)
    return {}


@write("schools:cluster_communes", "province_officer", "cluster.joined")
def _(scene):
    commune = make_area(3, "xa", "03009", "C Một", scene.world.province)
    return {"valid_from": "2026-10-13", "communes": [commune.pk]}


@write("schools:communes_out", "province_officer", "cluster.joined")
def _(scene):
    return {"valid_from": "2026-10-13", "communes": [scene.world.commune_a.pk]}


write("schools:cluster_rename", "province_officer", "cluster.renamed", name="Than Uyên")
write("schools:cluster_end", "province_officer", "cluster.ended", on="2026-10-13")
press("schools:cluster_take_back", "province_officer", "cluster.taken_back")
write(
    "schools:rule",
    "province_officer",
    "rule.set",
    value="40",
    valid_from="2026-10-13",
    source="Quyết định 12/QĐ-SGDĐT ngày 10/10/2026",
)
press("schools:rule_remove", "province_officer", "rule.removed")
write(
    "schools:rule_level_end",
    "province_officer",
    "rule.level_ended",
    on="2026-10-13",
    source="Quyết định 12/QĐ-SGDĐT ngày 10/10/2026",
)
press("schools:rule_level_keep", "province_officer", "rule.level_kept")
write(
    "schools:year_open",
    "province_officer",
    "year.opened",
    "calendar.frame_set",
    first_day="2027-09-06",
    last_day="2028-05-31",
    second_term_from="2028-01-17",
)


@write("schools:decree_apply", "system_admin", "units.decree_applied")
def _(scene):
    decided = decree([line("03002", "03003")])
    seen = tell(look_at(decided, by=scene.world.system_admin))
    told = signing.dumps({**decided.as_json(), "carry": []}, salt=SALT)
    return {"told": told, "seen": seen_of_preview(seen)}


@write("schools:decree_undo", "system_admin", "units.decree_taken_back")
def _(scene):
    scene.aim(decree=reorganise(decree=decree([line("03002", "03003")]), by=None).pk)
    return {}


def past_year(scene, **more):
    year = SchoolYear.objects.create(
        code="2024-2025",
        valid_from=datetime.date(2024, 9, 5),
        valid_to=datetime.date(2025, 6, 1),
        **more,
    )
    scene.aim(year_code=year.code)
    return {}


write("schools:year_close", "province_officer", "year.closed")(past_year)
write("schools:year_remove", "province_officer", "year.removed")(past_year)
write("schools:year_reopen", "province_officer", "year.reopened")(
    lambda scene: past_year(scene, closed_at=timezone.now())
)


@write("schools:school_list_file", "province_officer", "school.imported", "school.opened")
def _(scene):
    uploaded = receive_schools(
        scene.world, [["12C9", "TH Mới", "Tiểu học", scene.world.commune_a.code]]
    )
    scene.aim(school_list=uploaded.pk)
    changes = change_set_of(uploaded, areas=None)
    return {"seen": changes.digest}


@write("schools:import_cancel", "head_a", "import.cancelled")
def _(scene):
    ImportBatch.objects.filter(pk=scene["batch"]).update(state="checking")
    return {}


@write("schools:class_add", "head_a", "school.class_opened")
def _(scene):
    site = scene.world.school_a.sites.get(is_main=True).pk
    year = scene.world.year.pk
    return {"year": year, "name": "6D", "grades": ["6"], "site": site, "sessions": "am"}


def typed(**more):
    return {
        "full_name": "Lò Thị Mới",
        "birth_date": "2015-03-01",
        "sex": "F",
        "ethnic_group": "03",
        **more,
    }


@write("schools:pupil_add", "head_a", "enrolment.begun")
def _(scene):
    return typed(grade="6", start=scene.tomorrow, reason="in")


@write("schools:pupil_edit", "head_a", "pupil.corrected")
def _(scene):
    return typed(reason="Theo giấy khai sinh")


@write("schools:readmit", "head_a", "enrolment.begun")
def _(scene):
    scene.aim(pupil=scene.left().pk)
    to = scene.world.class_a.pk
    return {"to": to, "grade": "6", "start": scene.tomorrow, "reason": "in"}


@write("schools:pupil_merge", "head_a", "pupil.merged", REVISION)
def _(scene):
    scene.url += f"?with={scene.twin().pk}"
    return {"keep": scene["pupil"]}


@write("schools:pupil_apart", "head_a", "pupil.told_apart")
def _(scene):
    return {"other": scene.twin().pk}


@write("schools:pupil_remove", "head_a", "pupil.removed")
def _(scene):
    scene.aim(pupil=scene.twin().pk)
    return {}


@write("schools:move", "head_a", "enrolment.moved")
def _(scene):
    world = scene.world
    other = make_class(world.school_a, world.year, "6C", "THCS", "6", [])
    return {"to": other.pk, "on": scene.tomorrow}


@write("schools:leave", "head_a", "enrolment.ended")
def _(scene):
    return {"reason": "out", "on": scene.tomorrow}


@write("schools:transfer_send", "head_a", "enrolment.ended", "transfer.sent")
def _(scene):
    return {"to": scene.world.school_b.pk, "on": scene.tomorrow}


@write("schools:transfer_receive", "head_a", "enrolment.begun", "transfer.received")
def _(scene):
    return {"to": scene.world.class_a.pk, "start": scene.tomorrow}


write("schools:transfer_back", "head_a", "transfer.returned", reason="Không có em nào đến")


@write("schools:transfer_on", "head_a", "transfer.redirected")
def _(scene):
    return {"to": scene.world.school_b.pk}


write("schools:transfer_dropout", "head_a", "enrolment.ended", "transfer.dropped", cause="poverty")


def no_semi_boarder(scene):
    SemiBoarding.objects.all().delete()


@write("schools:semi_boarding_begin", "head_a", "semi_boarding.begun")
def _(scene):
    no_semi_boarder(scene)
    return {"basis": "distance", "start": scene.today}


@write("schools:semi_boarding_change", "head_a", "semi_boarding.changed")
def _(scene):
    return {"basis": "terrain", "start": scene.today}


write("schools:semi_boarding_remove", "head_a", "semi_boarding.removed", reason="Nhầm em khác")


@write("schools:class_semi_boarders", "head_a", "semi_boarding.begun", "semi_boarding.of_class")
def _(scene):
    no_semi_boarder(scene)
    return {"basis": "distance", "on": scene.today, "pupils": [scene["pupil"]]}


@write("schools:scheme_review", "commune_officer", "scheme.reviewed")
def _(scene):
    ConversionScheme.objects.all().delete()
    for spell in scene.world.class_a.spells.exclude(pupil=scene["pupil"]):
        SemiBoarding.objects.create(pupil_id=spell.pupil_id, valid_from=scene.world.since)
    return {}


def a_scheme(scene, state):
    """The scheme as it is once the school has drafted it, and an office appraised it."""
    world = scene.world
    ConversionScheme.objects.filter(pk=scene["scheme"]).update(
        state=state,
        content="Có bếp",
        drafted_by=world.head_a,
        appraised_by=world.commune_officer if state == "appraised" else None,
    )


write(
    "schools:scheme_draft",
    "head_a",
    "scheme.drafted",
    content="Có bếp",
    wanted_from="2027-01-01",
)


@write("schools:scheme_appraise", "commune_officer", "scheme.appraised")
def _(scene):
    a_scheme(scene, "drafted")
    return {"appraisal": "Đủ điều kiện"}


@write("schools:scheme_approve", "province_officer", "school.changed", "scheme.approved")
def _(scene):
    a_scheme(scene, "appraised")
    return {"decision": "12/QĐ-UBND", "decided_on": scene.today, "effective_on": scene.tomorrow}


@write("schools:scheme_return", "commune_officer", "scheme.returned")
def _(scene):
    a_scheme(scene, "drafted")
    return {"reason": "Thiếu bếp"}


write("schools:scheme_withdraw", "commune_officer", "scheme.withdrawn", reason="Chưa đủ phòng ở")


@write("attendance:support_file", "head_a", "semi_boarding.list", status=200)
def _(scene):
    return {}


@write("schools:erasure_ask", "head_a", "pupil.erasure_asked")
def _(scene):
    PupilErasure.objects.all().delete()
    scene.aim(pupil=scene.left().pk)
    return {"reason": "Nhập nhầm"}


@write("schools:hold_lift", "head_a", "pupil.hold_lifted")
def _(scene):
    world = scene.world
    pupil = Pupil.objects.get(pk=scene["pupil"])
    place_hold(pupil=pupil, school=world.school_a, reason="Khiếu nại", by=world.head_a)
    return {}


@write("schools:import_upload", "head_a", "import.received")
def _(scene):
    file = upload_of(workbook(pupil_row()))
    return {"file": file, "year": scene.world.year.pk, "starts_on": scene.today}


@write("schools:pupils_export_school", "head_a", "pupils.list_asked")
def _(scene):
    PupilExport.objects.all().delete()
    return {"year": scene.world.year.pk}


@write("schools:pupils_export_all", "commune_officer", "pupils.list_asked")
def _(scene):
    return {"year": scene.world.year.pk}


@write("schools:import_upload_all", "province_officer", "import.received")
def _(scene):
    row = pupil_row(school_code=scene.world.school_a.code)
    file = upload_of(workbook(row, keys=("school_code", *USUAL)))
    return {"file": file, "year": scene.world.year.pk, "starts_on": scene.today}


# --- Attendance ------------------------------------------------------------------------------

press("attendance:reopening_close", "commune_officer", "registers.reopening_closed")
press("attendance:frame_remove", "head_a", "calendar.frame_removed")
press("attendance:pattern_remove", "head_a", "calendar.pattern_removed")
press("attendance:closure_remove", "head_a", "calendar.closure_removed")
write("attendance:reopening_decide", "head_a", "registers.reopened", grant="1")
write("attendance:roll_settle", "head_a", "registers.settled", REVISION, choice="present")
write("attendance:leave_withdraw", "teacher_a", "leave.withdrawn", because="Em đi học")


@write("api:survey_persons", "commune_officer", "survey.person_entered", status=201)
def a_person_from_a_device(scene):
    told = {"village": "Háng Lìa", "form_number": "001", "told": A_PERSON}
    return json.dumps(told | {"op_id": str(uuid.uuid4())})


@write("api:survey_persons_by_code", "commune_officer", "survey.person_entered", status=201)
def a_person_of_a_commune_by_its_code(scene):
    told = {"village": "Háng Lìa", "form_number": "001", "told": A_PERSON}
    return json.dumps(told | {"op_id": str(uuid.uuid4())})


@write("api:case_visits", "member_user", "case.visited", status=201)
def note_a_visit(scene):
    told = {"made_on": "2026-10-12", "who": "Trưởng bản", "found": "Em ở nhà"}
    return json.dumps({"op_id": str(uuid.uuid4()), **told})


@write("api:registers", "teacher_a", REVISION, status=200)
def _(scene):
    register = {
        "op_id": str(uuid.uuid4()),
        "base_revision": 0,
        "class_id": scene.world.class_a.pk,
        "date": scene.today - ONE_DAY,
        "session": "am",
        "marks": [],
    }
    return json.dumps({"registers": [register]}, default=str)


@write("api:register", "teacher_a", REVISION, status=201)
def _(scene):
    scene.aim(date=scene.today - ONE_DAY)
    return json.dumps({"op_id": str(uuid.uuid4()), "base_revision": 0, "marks": []})


@write("api:register_by_code", "teacher_a", REVISION, status=201)
def _(scene):
    scene.aim(date=scene.today - ONE_DAY)
    return json.dumps({"op_id": str(uuid.uuid4()), "base_revision": 0, "marks": []})


@write("attendance:sheet", "teacher_a", REVISION)
def _(scene):
    scene.aim(date=scene.today - ONE_DAY)
    return {"operation_id": uuid.uuid4(), "base_revision": "0", "state": "taken"}


@write("attendance:month", "teacher_a", REVISION)
def _(scene):
    code = f"{scene.today - ONE_DAY:%d}am"
    return {"form_id": uuid.uuid4(), "step": "send", "send": code, f"base-{code}": "0"}


@write("attendance:reopening_ask", "teacher_a", "registers.reopening_asked")
def _(scene):
    return {"first_day": scene.today, "last_day": scene.today, "reason": "Ghi nhầm"}


@write("attendance:reopening_open", "commune_officer", "registers.reopened")
def _(scene):
    place = f"school:{scene.world.school_a.pk}"
    return {
        "place": place,
        "first_day": scene.today,
        "last_day": scene.today,
        "reason": "Nhập lại",
    }


def filled():
    """A month workbook with a mark on the fifth."""
    return excel(("T10", grid(marks={(PUPILS_6A[0], 4): "K"})))


@write("attendance:workbook", "teacher_a", "month.received")
def _(scene):
    return {"file": SimpleUploadedFile("So thang 10.xlsx", filled())}


@write("attendance:workbook_cancel", "teacher_a", "month.cancelled")
def _(scene):
    MonthBatch.objects.filter(pk=scene["month_batch"]).update(state="reading")
    return {}


@write("attendance:workbook_save", "teacher_a", "month.saved", REVISION)
def _(scene):
    scene.aim(month_batch=receive(scene.world, filled()).pk)
    return {}


@write("attendance:leave_record", "teacher_a", "leave.recorded")
def _(scene):
    return {
        "pupil": scene["pupil"],
        "first_day": scene.tomorrow,
        "last_day": scene.tomorrow,
        "reason": "sick",
        "announced_by": "mẹ",
    }


@write("attendance:leave_letter_add", "teacher_a", "leave.letter_kept")
def _(scene):
    leave = record_leave(
        school_class=scene.world.class_a,
        pupil=Pupil.objects.get(pk=scene["pupil"]),
        first_day=scene.tomorrow,
        last_day=scene.tomorrow,
        reason="sick",
        announced_by="mẹ",
        by=scene.world.teacher_a,
    )
    scene.aim(leave=leave.pk)
    return {"letter": SimpleUploadedFile("don.jpg", JPEG)}


def days_of(scene):
    day = scene.today + 60 * ONE_DAY
    return {"place": f"school:{scene.world.school_a.pk}", "first_day": day, "last_day": day}


@write("attendance:closures", "head_a", "calendar.closed")
def _(scene):
    return days_of(scene) | {"what": "closed", "reason": "flood"}


@write("attendance:holidays", "head_a", "calendar.closed")
def _(scene):
    tet = next(
        each
        for each in holiday_proposals(scene.world.year.valid_from, scene.world.year.valid_to)
        if each.name == "Tết Nguyên Đán"
    )
    data = {"place": f"school:{scene.world.school_a.pk}", f"{tet.key}-chosen": "on"}
    page = scene.client.get(scene.url).context["rows"]
    for row in page:
        data[f"{row.proposal.key}-first_day"] = row.proposal.first
        data[f"{row.proposal.key}-last_day"] = row.proposal.last
    return data


@write("attendance:frames", "head_a", "calendar.frame_set")
def _(scene):
    first, last = scene.world.since + 9 * ONE_DAY, scene.world.year.last_day
    data = days_of(scene) | {"first_day": first, "last_day": last, "level": "TH"}
    form = scene.client.post(scene.url, data).context["form"]
    return data | {"seen": form.fingerprint}


@write("attendance:patterns", "head_a", "calendar.pattern_set")
def _(scene):
    data = days_of(scene) | {"morning": ["0", "1"], "level": "TH"}
    form = scene.client.post(scene.url, data).context["form"]
    return data | {"seen": form.fingerprint}


# --- Figures ---------------------------------------------------------------------------------

press("reports:remind_area", "commune_officer", "registers.reminded")
press("reports:remind_school", "head_a", "registers.reminded")


@write("reports:targets", "province_officer", "target.set")
def _(scene):
    return {
        "area": scene.world.province.pk,
        "level": "THCS",
        "indicator": "attendance",
        "percent": "95",
        "valid_from": scene.today,
    }


@write("reports:runs", "commune_officer", "report.asked")
def _(scene):
    return {"kind": "monthly", "area": scene.world.commune_a.pk, "month": "2026-09"}


write(
    "reports:paper_issue",
    "commune_officer",
    "paper.issued",
    symbol="BC-UBND",
    on="2026-10-10",
    position="Chủ tịch",
    signer="Lò Văn Sơn",
    recipients="Như trên;",
)


write(
    "inspections:plan_paper_issue",
    "province_officer",
    "paper.issued",
    "plan.paper_issued",
    extension="pdf",
    symbol="QĐ-SGDĐT",
    on="2026-10-12",
    position="Giám đốc",
    signer="Lò Văn Sơn",
    recipients="Như Điều 3;",
)


write(
    "inspections:committee_paper_issue",
    "province_officer",
    "paper.issued",
    "committee.paper_issued",
    extension="pdf",
    symbol="QĐ-SGDĐT",
    on="2026-10-12",
    position="Giám đốc",
    signer="Lò Văn Sơn",
    recipients="Như Điều 3;",
)


write(
    "inspections:visit_report_issue",
    "commune_officer",
    "paper.issued",
    "visit.remedies_issued",
    extension="pdf",
    symbol="BC-UBND",
    on="2026-10-12",
    position="Chủ tịch",
    signer="Lò Văn Sơn",
    recipients="Như trên;",
)


write(
    "inspections:visit_paper_issue",
    "province_officer",
    "paper.issued",
    "visit.notice_issued",
    extension="pdf",
    symbol="TB-SGDĐT",
    on="2026-10-12",
    position="Giám đốc",
    signer="Lò Văn Sơn",
    recipients="Thành viên đoàn kiểm tra;",
)


press("reports:paper_template_trial", "province_officer", "paper_template.added")
write("reports:paper_template_end", "province_officer", "paper_template.ended", on="2026-12-01")

LAST_MONTH = datetime.date(2026, 9, 1)


@write("reports:month_school", "head_a", "month.confirmed")
def _(scene):
    return {"note": "Mất điện hai ngày"}


@write("reports:month_withdraw", "head_a", "month.confirmation_withdrawn")
def _(scene):
    MonthConfirmation.objects.create(
        school=scene.world.school_a,
        month=LAST_MONTH,
        state="confirmed",
        confirmed_by=scene.world.head_a,
        confirmed_at=timezone.now(),
    )
    return {"reason": "Còn sót một sổ"}


@write("reports:month_assessment", "commune_officer", "assessment.written", "assessment.sent")
def _(scene):
    return {"text": "Đạt chỉ tiêu", "measures": "", "seen": "0", "send": "1"}


@write("reports:month_assessment_return", "district_officer", "assessment.given_back")
def _(scene):
    MonthAssessment.objects.create(
        area=scene.world.commune_a,
        month=LAST_MONTH,
        state="sent",
        text="Đạt",
        sent_by=scene.world.commune_officer,
        sent_at=timezone.now(),
    )
    return {"reason": "Nêu rõ giải pháp"}


@write("reports:month_remind", "commune_officer", "month.reminded")
def _(scene):
    take(scene.world.class_a, LAST_MONTH + datetime.timedelta(days=7))
    rebuild(school_ids=[scene.world.school_a.pk], month=Month.of(LAST_MONTH))
    return {}


@write("reports:month_publish", "province_officer", "month.published", "registers.period_locked")
def _(scene):
    take(scene.world.class_a, LAST_MONTH + datetime.timedelta(days=7))
    rebuild(school_ids=[scene.world.school_a.pk], month=Month.of(LAST_MONTH))
    return {"in_spite": "on"}


@write(
    "reports:publication_reopen", "province_officer", "month.reopened", "registers.period_unlocked"
)
def _(scene):
    return {"reason": "Gửi nhầm"}


press("reports:publication_acknowledge", "commune_officer", "month.results_acknowledged")

# --- Inspections -----------------------------------------------------------------------------

press("inspections:plan_approve", "province_officer", "plan.approved")
press("inspections:plan_visit_remove", "district_officer", "visit.removed")
write("inspections:plan_redraft", "district_officer", "plan.redrafted", capacity="2")
write(
    "inspections:member_appoint",
    "province_officer",
    "member.appointed",
    full_name="Lý A Páo",
    role="member",
    valid_from="2026-10-12",
)
write("inspections:member_change", "province_officer", "member.changed", sector="Phụ nữ")
write("inspections:member_end", "province_officer", "member.ended", on="2026-10-13")
write(
    "inspections:regulation_set",
    "province_officer",
    "committee.regulation",
    paper="05/QC-BCĐ",
    meets_every="2",
    reports_every="1",
    valid_from="2026-10-12",
)
MINUTES = {
    "place": "Sở Giáo dục và Đào tạo",
    "content": "Tình hình chuyên cần tháng 9.",
    "decided": "Xuống xã trước ngày 20.",
}


@write("inspections:meeting_add", "province_officer", "meeting.written")
def _(scene):
    return MINUTES | {"held_on": "2026-10-09", "chair": scene["member"]}


@write("inspections:meeting_edit", "province_officer", "meeting.corrected")
def _(scene):
    return MINUTES | {"held_on": "2026-10-12", "chair": scene["member"], "seen": "1"}


write("inspections:assignment_end", "province_officer", "assignment.ended", on="2026-10-13")


@write("inspections:plans", "district_officer", "plan.drafted")
def _(scene):
    return {"area": scene.world.cluster.pk, "month": "2026-12", "capacity": "3"}


@write("inspections:year_plan", "province_officer", "plan.drafted")
def _(scene):
    asked = Asked(scene.world.province, Month(2026, 12), months=2, visits=3, days=6)
    return {
        "area": asked.area.pk,
        "first": "2026-12",
        "months": "2",
        "visits": "3",
        "days": "6",
        "month": "2026-12",
        "seen": mark_of(proposal_for(asked), asked.first),
    }


@write("inspections:plan_visit_add", "district_officer", "visit.added")
def _(scene):
    return {"add-commune": scene.world.commune_a2.pk, "add-reason": "Nhiều em nghỉ dài"}


@write("inspections:plan_visit", "district_officer", "visit.changed")
def _(scene):
    return {f"visit-{scene['draft_visit']}-planned_on": "2026-10-20"}


@write("inspections:plan_schedule", "district_officer", "plan.scheduled")
def _(scene):
    key = f"visit-{scene['draft_visit']}"
    seen = read(scene.client.get(scene.url)).select(f"[name={key}-seen]")[0].get("value")
    return {f"{key}-planned_on": "2026-10-20", f"{key}-seen": seen}


@write("inspections:photos", "member_user", "visit.photo_added")
def _(scene):
    now_to_be_made(scene)
    return {
        "op_id": "0c7de0a2-5c0f-4a2c-9df1-0d7a5c3e1b11",
        "photo": SimpleUploadedFile("anh.jpg", JPEG),
    }


press("inspections:photo_remove", "member_user", "visit.photo_removed")


@write("inspections:plan_visit_move", "district_officer", "visit.moved")
def _(scene):
    Visit.objects.create(
        plan_id=scene["plan"], commune=scene.world.commune_a2, rank=2, reason="Thấp"
    )
    return {"to": "down"}


@write("inspections:plan_visit_cancel", "province_officer", "visit.cancelled")
def _(scene):
    visit = Visit.objects.get(pk=scene["visit"])
    scene.aim(plan=visit.plan_id, draft_visit=visit.pk)
    return {"reason": "Mưa lũ, đường sạt"}


def now_to_be_made(scene):
    """The visit of the plan of this month, approved."""
    InspectionPlan.objects.filter(pk=scene["plan"]).update(
        state="approved", approved_by=scene.world.province_officer, approved_at=timezone.now()
    )
    scene.aim(visit=scene["draft_visit"])


@write("inspections:visit", "member_user", "visit.recorded")
def _(scene):
    # A visit is recorded in its plan's month or later.
    now_to_be_made(scene)
    return {
        "visited_on": scene.today,
        "result": "Đủ học sinh",
        "rec-TOTAL_FORMS": "0",
        "rec-INITIAL_FORMS": "0",
    }


@write("inspections:checklist", "member_user", "visit.findings")
def _(scene):
    now_to_be_made(scene)
    return {f"answer_{ChecklistItem.objects.first().pk}": "yes"}


@write("api:visit_findings", "member_user", "visit.findings", status=201)
def _(scene):
    now_to_be_made(scene)
    line = {"part": "checklist", "about": ChecklistItem.objects.first().pk, "value": "yes"}
    return json.dumps({"op_id": str(uuid.uuid4()), **line})


@write("inspections:households", "member_user", "visit.findings")
def _(scene):
    now_to_be_made(scene)
    commune = Visit.objects.get(pk=scene["visit"]).commune
    survey, _made = SurveyRound.objects.get_or_create(commune=commune, year=2030)
    household = Household.objects.create(commune=commune, village="Nậm Cáy", form_number="1")
    person = SurveyPerson.objects.create(
        full_name="Lò Thị Mơ", sex="F", birth_year=2018, ethnic_group="03"
    )
    SurveyEntry.objects.create(survey_round=survey, person=person, household=household)
    return {f"result_{household.pk}": "same"}


@write("inspections:counts", "member_user", "visit.findings")
def _(scene):
    now_to_be_made(scene)
    return {f"counted_{scene.world.class_a.pk}": "4"}


@write("inspections:visit_scan_add", "member_user", "visit.minutes_scanned")
def _(scene):
    return {"file": SimpleUploadedFile("bien-ban.jpg", JPEG)}


@write("inspections:supplement", "member_user", "visit.supplemented")
def _(scene):
    return {"text": "Lớp 6B nghỉ rét"}


@write("inspections:recommendation_answer", "commune_officer", "recommendation.answered")
def _(scene):
    record_visit(scene)
    return {"remedied_on": scene.today, "remedy": "Đã họp bản"}


@write("inspections:recommendation_done", "member_user", "recommendation.done")
def _(scene):
    record_visit(scene)
    return {"done_on": scene.today, "evidence": "Đã vận động đủ"}


@write("inspections:recommendation_reopen", "member_user", "recommendation.reopened")
def _(scene):
    record_visit(scene)
    finish_recommendation(
        recommendation=Recommendation.objects.get(pk=scene["recommendation"]),
        done_on=scene.today,
        evidence="Đã vận động",
        by=scene.world.member_user,
    )
    return {"reason": "Các em lại nghỉ"}


def record_visit(scene):
    Visit.objects.filter(pk=scene["visit"]).update(visited_on=scene.today, result="Thiếu hai em")


@write("inspections:committee_found", "province_officer", "committee.founded")
def _(scene):
    return {
        "area": scene.world.cluster.pk,
        "kind": "universal",
        "name": "Ban Chỉ đạo cụm",
        "valid_from": scene.today,
    }


@write("inspections:assign", "province_officer", "assignment.made")
def _(scene):
    return {"commune": scene.world.commune_a2.pk, "valid_from": scene.today}


write(
    "inspections:score_adjust",
    "province_officer",
    "score.adjusted",
    points="12,5",
    reason="Vùng bị lũ quét tháng 9",
)


def plan_text(scene, **more):
    return {
        "kind": "yearly",
        "title": "Kế hoạch năm 2026",
        "valid_from": "2026-01-01",
        "last_day": "2026-12-31",
        **more,
    }


def task_text(scene, **more):
    return {
        "what": "Họp các bản",
        "area": scene.world.commune_a.pk,
        "due_on": "2026-11-20",
        **more,
    }


press("inspections:action_plan_issue", "commune_officer", "action_plan.issued")
press("inspections:action_plan_end", "commune_officer", "action_plan.ended")
press("inspections:action_verify", "commune_officer", "action.verified")
write("inspections:action_reopen", "commune_officer", "action.reopened", reason="Chưa xong")
write("inspections:action_cancel", "commune_officer", "action.cancelled", reason="Trùng việc")
write(
    "inspections:action_plan_withdraw",
    "commune_officer",
    *("action_plan.withdrawn", "action.cancelled", "action.cancelled"),
    reason="Lập kế hoạch khác",
)


@write("inspections:action_plan_new", "commune_officer", "action_plan.drafted")
def _(scene):
    return plan_text(scene, area=scene.world.commune_a.pk)


@write("inspections:action_plan_edit", "commune_officer", "action_plan.changed")
def _(scene):
    return plan_text(scene, number="15/KH-UBND")


@write("inspections:action_plan_accept", "commune_officer", "action.added")
def _(scene):
    make_flag(scene.world.commune_a)
    return {"measure": f"{scene.world.commune_a.pk}-THCS-attendance"}


@write("inspections:action_new", "commune_officer", "action.added")
def _(scene):
    return task_text(scene)


@write("inspections:action_from_recommendation", "commune_officer", "action.added")
def _(scene):
    return task_text(scene)


@write("inspections:action_from_assessment", "commune_officer", "action.added")
def _(scene):
    return task_text(scene)


@write("inspections:action_edit", "commune_officer", "action.changed")
def _(scene):
    return task_text(scene, reason="Mưa lũ", due_on="2026-11-30")


@write("inspections:action", "member_user", "action.reported")
def _(scene):
    return {"words": "Đã họp năm bản", "percent": "50", "reported_on": scene.today}


@write("api:action_progress", "commune_officer", "action.done", status=201)
def _(scene):
    return json.dumps(
        {
            "op_id": str(uuid.uuid4()),
            "date": str(scene.today),
            "words": "Đã họp đủ các bản",
            "done": True,
        }
    )


@write("api:recommendation_answer", "commune_officer", "recommendation.answered", status=201)
def _(scene):
    record_visit(scene)
    return json.dumps(
        {"op_id": str(uuid.uuid4()), "date": str(scene.today), "text": "Đã họp đủ các bản"}
    )


write(
    "inspections:question_add",
    "province_officer",
    "checklist.added",
    text="Có bếp ăn bán trú đúng tiêu chuẩn",
    section="Ban chỉ đạo xã",
    valid_from="2026-10-13",
)
write(
    "inspections:question_change",
    "province_officer",
    "checklist.changed",
    text="Quyết định kiện toàn ban chỉ đạo còn hiệu lực",
    section="Ban chỉ đạo xã",
    valid_from="2026-10-13",
)
write("inspections:question_end", "province_officer", "checklist.ended", on="2026-10-13")
write(
    "inspections:criterion_add",
    "province_officer",
    "criterion.added",
    name="Sinh hoạt định kỳ ở xã phụ trách",
    short_name="Sinh hoạt",
    measure="visits",
    points="10",
    valid_from="2026-10-01",
    source="Quyết định 12/QĐ-BCĐ ngày 01/10/2026",
)
write(
    "inspections:criterion_end",
    "province_officer",
    "criterion.ended",
    on="2026-10-01",
    source="Quyết định 12/QĐ-BCĐ ngày 01/10/2026",
)
write(
    "inspections:criterion_change",
    "province_officer",
    "criterion.changed",
    name="Chuyên cần của xã phụ trách",
    short_name="Chuyên cần",
    points="40",
    valid_from="2026-10-01",
    source="Quyết định 12/QĐ-BCĐ ngày 01/10/2026",
)


def the_year_is_over(scene):
    """The school year ended yesterday."""
    SchoolYear.objects.filter(pk=scene.world.year.pk).update(valid_to=scene.world.today)


@write("inspections:scorecard_confirm", "province_officer", "scorecard.confirmed")
def _(scene):
    the_year_is_over(scene)
    return {}


@write("inspections:scorecard_take_back", "province_officer", "scorecard.reopened")
def _(scene):
    the_year_is_over(scene)
    confirm_scorecard(
        member=Member.objects.get(pk=scene["member"]),
        year=SchoolYear.objects.get(),
        by=scene.world.province_officer,
    )
    return {"reason": "Sổ tháng 9 đã sửa"}


press("inspections:calendar_make", "member_user", "calendar.made", status=200)


@write("inspections:calendar_revoke", "member_user", "calendar.revoked")
def _(scene):
    make_address(user=scene.world.member_user)
    return {}
