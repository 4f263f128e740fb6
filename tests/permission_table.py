"""The table of addresses: what fills their arguments, who may read, who may write.

`readers` open the page of an object of world A with 200 or a redirect; `writers` may also
POST there. Everybody else meets 403 or 404. People of world B (`teacher_b`, `head_b`) are in
no row of an object of A: that is the point of them.
"""

import datetime
import hashlib
import re
import uuid
from dataclasses import dataclass, field

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import (
    AccountBatch,
    ClassAssignment,
    EmergencyAccess,
    Post,
    RoleGrant,
    SignedIn,
    StaffImport,
    StaffMember,
    User,
)
from accounts.staff.models import AssignmentKind, PostKind
from accounts.tokens import make_token
from attendance.leave.services import record_leave
from attendance.models import (
    CalendarRule,
    Closure,
    MonthBatch,
    Register,
    RegisterRevision,
    YearFrame,
)
from attendance.reopenings.services import ask_reopening, open_registers
from core.jobs.records import note_failure, open_failure
from core.models import PendingUpload, Rule
from core.months import Month
from inspections.calendar.services import make_address
from inspections.models import (
    ActionProgress,
    Committee,
    InspectionPlan,
    Member,
    Recommendation,
    RecommendationProof,
    Visit,
    VisitPhoto,
)
from mobilisation.models import Campaign, ChildCase, Household, Match, Proposal, SurveyImport
from reports.models import MonthAssessment, PaperSymbol, PaperTemplate, ReportRun
from reports.papers.word_templates.services import purpose_of
from schools.models import (
    ClusterMembership,
    ConversionScheme,
    Enrolment,
    ImportBatch,
    Pupil,
    PupilErasure,
    PupilExport,
    SchoolList,
    SemiBoarding,
    Transfer,
)
from schools.pupil_merging.services.merging import merge_pupils
from tests.inspections.action_plans.builders import make_action, make_action_plan
from tests.mobilisation.survey_workbooks import make_child, make_round
from tests.photos import JPEG
from tests.reports.papers.rows import make_issued
from tests.reports.papers.word_files import word_file
from tests.reports.publications import make_publication
from tests.schools.decrees import make_decree_row

PEOPLE = [
    "teacher_a",
    "head_a",
    "commune_officer",
    "district_officer",
    "province_officer",
    "member_user",
    "system_admin",
    "nobody",
    "teacher_b",
    "head_b",
]
EVERYBODY = set(PEOPLE)
TEACHERS = {"teacher_a", "teacher_b"}
HEADS = {"head_a", "head_b"}
OFFICES = {"commune_officer", "district_officer", "province_officer"}
HIGHER = {"district_officer", "province_officer"}
PROVINCE = {"province_officer"}
MEMBER = {"member_user"}
COMMUNE = {"commune_officer"}
ADMIN = {"system_admin"}
KEEPERS = {*PROVINCE, *ADMIN}  # of schools and school years
GIVERS = HEADS | OFFICES | ADMIN
A_SCHOOL_GIVERS = {"head_a", *OFFICES, *ADMIN}
A_CLASS = {"teacher_a", "head_a", "commune_officer"}
FOLLOWERS = TEACHERS | HEADS | COMMUNE | MEMBER
A_SCHOOL = {"head_a", *OFFICES, *MEMBER}
STAFF_SEERS = {"head_a", *OFFICES, *ADMIN}
STAFF_KEEPERS = {"head_a", *PROVINCE, *ADMIN}

HOUR = datetime.timedelta(hours=1)
ONE_DAY = datetime.timedelta(days=1)
READ_OK, WRITE_OK = {200, 302}, {200, 302, 400, 405, 409, 422}
REFUSED = {403, 404}
TOKEN = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]*"'
    rb"|X-CSRFToken&quot;: &quot;[^&]*"
    rb'|"X-CSRFToken": "[^"]*"'
    rb'|name="form_origin" value="[^"]*"'
    # The code of the request, for whoever asks for help.
    rb"|: [0-9a-z]{8}</p>"
)


@dataclass(frozen=True)
class Route:
    """One address. `everywhere`: people whose places hold world B too; `puts`: who may PUT;
    `query`: what is asked, filled from the objects."""

    readers: set
    writers: set = field(default_factory=set)
    kwargs: dict = field(default_factory=dict)
    everywhere: frozenset = frozenset({"province_officer"})
    post_only: bool = False
    puts: frozenset = frozenset()
    query: str = ""

    @property
    def people(self):
        """Who may something at an object of world A, in the order of `PEOPLE`."""
        those = {*self.readers, *self.writers, *self.puts}
        return [person for person in PEOPLE if person in those]

    def expected(self, person, *, writing=False):
        """Statuses this person may meet at an object of world A."""
        if self.post_only and not writing:
            return {405, *REFUSED}
        if person in self.writers:
            return WRITE_OK if writing else READ_OK
        if person in self.readers:
            return WRITE_OK | REFUSED if writing else READ_OK
        return REFUSED | {405} if writing else REFUSED

    def strip(self, answer):
        """The body without what differs between two answers: tokens and its own address."""
        path = answer.request["PATH_INFO"].encode()
        return TOKEN.sub(b"", answer.content).replace(path, b"")


def of(readers, writers=frozenset(), post_only=False, **kwargs):
    return Route(set(readers) | set(writers), set(writers), kwargs, post_only=post_only)


def kept(writers, post_only=False, **kwargs):
    """A page about a school or a school year for those who keep them, wherever it lies."""
    return Route(KEEPERS, set(writers), kwargs, everywhere=frozenset(KEEPERS), post_only=post_only)


def shared(readers, writers=frozenset(), **kwargs):
    """A page without objects of its own."""
    return Route(set(readers) | set(writers), set(writers), kwargs)


def staff(readers, writers=frozenset(), post_only=False, **kwargs):
    """Staff of a school: those who keep the staff of all schools see world B too."""
    everywhere = frozenset({*PROVINCE, *ADMIN})
    return Route(set(readers) | set(writers), set(writers), kwargs, everywhere, post_only)


CLASS_BY_CODE = {"school_code": "school_code", "year": "year_code", "name": "class_name"}
SHEET_BY_CODE = {**CLASS_BY_CODE, "date": "date", "session": "session"}
SHEET = {"class_id": "school_class", "date": "date", "session": "session"}
MONTH = {"class_id": "school_class", "month": "month"}
VISIT_PHOTO = {"visit_id": "visit", "photo_id": "visit_photo"}
PLAN_VISIT = {"plan_id": "plan", "visit_id": "draft_visit"}
FAILED_JOB = {"failed_id": "failed_job"}
MEMBER_OF = {"committee_id": "committee", "member_id": "member"}
MEETING = {"committee_id": "committee", "meeting_id": "meeting"}

ROUTES = {
    "home": shared(EVERYBODY),
    "help": shared(EVERYBODY),
    # A text without data, the same for everybody.
    "guide": Route(EVERYBODY, set(), {"code": "guide"}, everywhere=frozenset(EVERYBODY)),
    "guide_file": Route(EVERYBODY, set(), {"code": "guide"}, everywhere=frozenset(EVERYBODY)),
    "set_language": shared(EVERYBODY, EVERYBODY),
    "manifest": shared(EVERYBODY),
    "service_worker": shared(EVERYBODY),
    "robots": shared(EVERYBODY),
    "security_txt": shared(EVERYBODY),
    "well_known_change_password": shared(EVERYBODY),
    "health_live": shared(EVERYBODY),
    "health_ready": shared(EVERYBODY),
    "health_broker": shared(EVERYBODY),
    "health_workers": shared(EVERYBODY),
    "health_backup": shared(EVERYBODY),
    "operations": shared(ADMIN),
    "schools:events": shared(HEADS | OFFICES | ADMIN),
    "job_restart": Route(ADMIN, ADMIN, FAILED_JOB, everywhere=frozenset(ADMIN), post_only=True),
    "job_dismiss": Route(ADMIN, ADMIN, FAILED_JOB, everywhere=frozenset(ADMIN), post_only=True),
    "verify": shared(EVERYBODY),
    # Whoever has the code of a paper may look it up.
    "verify_code": Route(
        EVERYBODY, set(), {"code": "publication_code"}, everywhere=frozenset(EVERYBODY)
    ),
    "accounts:sign_in": shared(EVERYBODY),
    "accounts:sign_out": Route(EVERYBODY, EVERYBODY, post_only=True),
    "accounts:single_sign_on": shared(EVERYBODY, EVERYBODY),
    "accounts:single_sign_on_back": shared(EVERYBODY),
    "accounts:draft_discard": Route(EVERYBODY, EVERYBODY, post_only=True),
    "accounts:password": shared(EVERYBODY, EVERYBODY),
    "accounts:second_step": shared(EVERYBODY, EVERYBODY),
    "accounts:second_factor": shared(EVERYBODY),
    "accounts:phone_add": shared(EVERYBODY, EVERYBODY),
    "accounts:passkey_add": shared(EVERYBODY, EVERYBODY),
    "accounts:recovery_codes": shared(EVERYBODY, EVERYBODY),
    # A factor and a browser are one's own; those of the table belong to the person called nobody.
    "accounts:factor_remove": Route(
        set(),
        {"nobody"},
        {"kind": "factor_kind", "factor_id": "phone"},
        everywhere=frozenset({"nobody"}),
    ),
    "accounts:browsers": shared(EVERYBODY, EVERYBODY),
    "accounts:browser_end": Route(
        set(),
        {"nobody"},
        {"browser_id": "browser"},
        everywhere=frozenset({"nobody"}),
        post_only=True,
    ),
    "accounts:digests": shared(EVERYBODY),
    "accounts:digest_choice": shared(EVERYBODY, EVERYBODY),
    "accounts:reminders": shared(EVERYBODY, EVERYBODY),
    "accounts:tokens": shared(EVERYBODY, EVERYBODY),
    # Keys are one's own; those of the table belong to the person called nobody.
    "accounts:token_revoke": Route(
        set(), {"nobody"}, {"token_id": "token"}, everywhere=frozenset({"nobody"}), post_only=True
    ),
    "accounts:all_tokens": shared(ADMIN),
    "accounts:any_token_revoke": Route(
        set(), ADMIN, {"token_id": "token"}, everywhere=frozenset(ADMIN), post_only=True
    ),
    "accounts:view_begin": of([], {"head_a", *COMMUNE}, post_only=True, class_id="school_class"),
    "accounts:view_end": Route(EVERYBODY, EVERYBODY, post_only=True),
    "accounts:emergency": shared(ADMIN, ADMIN),
    "accounts:emergency_end": Route(
        set(), ADMIN, {"access_id": "emergency"}, everywhere=frozenset(ADMIN), post_only=True
    ),
    "accounts:forgotten": shared(EVERYBODY, EVERYBODY),
    # Links of e-mails; the one of the table opens nothing.
    "accounts:reset": of(EVERYBODY, uid="reset_uid", token="reset_token"),
    "accounts:reset_choose": shared(EVERYBODY),
    "accounts:people": shared(GIVERS),
    "accounts:issue": shared([], GIVERS),
    "accounts:issue_staff": shared([], GIVERS),
    "accounts:issue_school": Route(
        A_SCHOOL_GIVERS,
        A_SCHOOL_GIVERS,
        {"school_id": "school"},
        everywhere=frozenset({*PROVINCE, *ADMIN}),
    ),
    # A batch is its maker's own.
    "accounts:batch": of({"head_a"}, batch_id="account_batch"),
    "accounts:slips": of([], {"head_a"}, post_only=True, batch_id="account_batch"),
    "accounts:batch_cancel": of([], {"head_a"}, post_only=True, batch_id="account_batch"),
    "accounts:slips_again": Route(
        set(),
        A_SCHOOL_GIVERS,
        {"school_id": "school"},
        everywhere=frozenset({*PROVINCE, *ADMIN}),
        post_only=True,
    ),
    "accounts:person": Route(
        A_SCHOOL_GIVERS, set(), {"user_id": "teacher"}, everywhere=frozenset({*PROVINCE, *ADMIN})
    ),
    "accounts:code_give": Route(
        A_SCHOOL_GIVERS,
        A_SCHOOL_GIVERS,
        {"user_id": "teacher"},
        everywhere=frozenset({*PROVINCE, *ADMIN}),
    ),
    "accounts:role_give": Route(GIVERS, GIVERS, query="?username=nobody"),
    "accounts:role_end": Route(
        A_SCHOOL_GIVERS,
        A_SCHOOL_GIVERS,
        {"grant_id": "grant"},
        everywhere=frozenset({*PROVINCE, *ADMIN}),
    ),
    # The API
    "api:problems": shared(EVERYBODY),
    "api:me": shared(EVERYBODY),
    "api:session": shared(EVERYBODY),
    "api:device_keys": Route(FOLLOWERS, query="?device=" + 32 * "0"),
    "api:offline": shared(TEACHERS | HEADS),
    "api:areas": shared(EVERYBODY),
    "api:schools": shared(HEADS | OFFICES | MEMBER),
    "api:classes": shared(TEACHERS | HEADS | COMMUNE),
    "api:roll": of(A_CLASS, class_id="school_class"),
    "api:roll_by_code": Route(A_CLASS, set(), CLASS_BY_CODE),
    "api:enrolments": shared(TEACHERS | HEADS | COMMUNE),
    "api:register_by_code": Route(
        A_CLASS, set(), SHEET_BY_CODE, puts=frozenset({"teacher_a", "head_a"})
    ),
    "api:registers": Route(TEACHERS | HEADS | COMMUNE, TEACHERS | HEADS),
    "api:register": Route(A_CLASS, set(), SHEET, puts=frozenset({"teacher_a", "head_a"})),
    "api:figures": Route(OFFICES | MEMBER, query="?month=2026-10&area={area_code}"),
    "api:mobilisation": Route(OFFICES | MEMBER, query="?month=2026-10&area={area_code}"),
    "api:ledger": Route(
        OFFICES | MEMBER, query="?area={area_code}&from=2026-10-01&to=2026-10-10&by=grade"
    ),
    "api:published": Route(OFFICES | MEMBER, query="?month=2025-08&area={area_code}"),
    "api:standards": Route(OFFICES | MEMBER, query="?year=2026&area={area_code}"),
    "api:cases": shared(FOLLOWERS),
    "api:survey_persons": of([], COMMUNE, post_only=True, area_id="area"),
    "api:survey_persons_by_code": of([], COMMUNE, post_only=True, area_code="area_code"),
    "api:case_visits": of([], A_CLASS | MEMBER, post_only=True, case_id="case"),
    "api:flags": Route(OFFICES | MEMBER, query="?month=2026-10"),
    "api:missing": shared(TEACHERS | HEADS | OFFICES | MEMBER),
    "api:inspections": shared(HEADS | OFFICES | MEMBER),
    "api:visit_findings": of([], MEMBER, visit_id="visit"),
    "api:recommendations": shared(HEADS | OFFICES | MEMBER),
    "api:recommendation_answer": of(
        [], COMMUNE, post_only=True, recommendation_id="recommendation"
    ),
    "api:actions": shared(HEADS | OFFICES | MEMBER),
    "api:action_progress": of([], OFFICES | MEMBER, post_only=True, item_id="action"),
    "api:schema": shared(EVERYBODY),
    # Schools and pupils
    "schools:schools": shared(HEADS | OFFICES | MEMBER),
    "schools:search": shared(TEACHERS | HEADS | OFFICES | MEMBER),
    "schools:school": of(A_SCHOOL, school_id="school"),
    "schools:site_add": of([], {"head_a"}, school_id="school"),
    "schools:class_add": of([], {"head_a"}, school_id="school"),
    "schools:site_rename": of([], {"head_a"}, site_id="site"),
    "schools:site_close": of([], {"head_a"}, site_id="site"),
    "schools:class_edit": of([], {"head_a"}, class_id="school_class"),
    "schools:class_end": of([], {"head_a"}, class_id="school_class"),
    "schools:class_merge": of([], {"head_a"}, class_id="school_class"),
    "schools:class_split": of([], {"head_a"}, class_id="school_class"),
    "schools:records": shared(KEEPERS),
    "schools:school_open": shared([], KEEPERS),
    "schools:record": kept([], school_id="school"),
    "schools:school_change": kept(KEEPERS, school_id="school"),
    "schools:school_move": kept(KEEPERS, school_id="school"),
    "schools:school_merge": kept(KEEPERS, school_id="school"),
    "schools:school_split": kept(KEEPERS, school_id="school"),
    "schools:school_close": kept(KEEPERS, school_id="school"),
    "schools:school_files": shared([], KEEPERS),
    "schools:school_template": shared(KEEPERS),
    # A file is seen by whoever uploaded it.
    "schools:school_list_file": Route(
        PROVINCE, PROVINCE, {"list_id": "school_list"}, everywhere=frozenset()
    ),
    "schools:decrees": shared([], ADMIN),
    "schools:decree_template": shared(ADMIN),
    "schools:decree_apply": Route(ADMIN, ADMIN, post_only=True),
    "schools:decree_undo": Route(
        ADMIN, ADMIN, {"decree_id": "decree"}, everywhere=frozenset(ADMIN)
    ),
    "schools:clusters": shared(KEEPERS),
    "schools:cluster_add": shared([], KEEPERS),
    "schools:clusters_take_over": Route(KEEPERS, KEEPERS, post_only=True),
    "schools:communes_out": shared([], KEEPERS),
    "schools:cluster_rename": kept(KEEPERS, cluster_id="cluster"),
    "schools:cluster_communes": kept(KEEPERS, cluster_id="cluster"),
    "schools:cluster_end": kept(KEEPERS, cluster_id="cluster"),
    "schools:cluster_take_back": kept(KEEPERS, membership_id="membership_to_come"),
    "schools:rules": shared(KEEPERS),
    "schools:rule": kept(KEEPERS, key="rule_key"),
    "schools:rule_remove": kept(KEEPERS, row_id="rule_to_come"),
    "schools:rule_level_end": kept(KEEPERS, row_id="rule_of_level"),
    "schools:rule_level_keep": kept(KEEPERS, row_id="rule_ending"),
    "schools:years": shared(KEEPERS),
    "schools:year_open": shared([], KEEPERS),
    "schools:year_close": kept(KEEPERS, post_only=True, code="year_code"),
    "schools:year_reopen": kept(KEEPERS, post_only=True, code="year_code"),
    "schools:year_remove": kept(KEEPERS, post_only=True, code="year_code"),
    "schools:year_turns": shared(HEADS | OFFICES | MEMBER),
    "schools:year_turn": of([], {"head_a"}, school_id="school"),
    "schools:year_turn_undo": of([], {"head_a"}, school_id="school"),
    "schools:arrivals": of([], {"head_a"}, school_id="school"),
    "schools:ledger_area": of(OFFICES | MEMBER, area_id="area"),
    "schools:ledger_school": of(A_SCHOOL, school_id="school"),
    "schools:ledger_class": of(A_SCHOOL | {"teacher_a"}, class_id="school_class"),
    "schools:transfer_send": of([], {"head_a"}, enrolment_id="enrolment"),
    "schools:transfers": shared(TEACHERS | HEADS | COMMUNE),
    "schools:transfer_receive": of([], {"head_a"}, transfer_id="transfer"),
    "schools:transfer_back": of([], {"head_a"}, transfer_id="transfer"),
    "schools:transfer_on": of([], {"head_a"}, transfer_id="transfer"),
    "schools:transfer_dropout": of([], {"head_a"}, transfer_id="transfer"),
    "schools:boarding_area": of({*OFFICES, *MEMBER}, area_id="area"),
    "schools:boarding_school": of(A_SCHOOL, school_id="school"),
    "schools:scheme_review": of([], OFFICES, post_only=True, school_id="school"),
    "schools:scheme": of(A_SCHOOL, scheme_id="scheme"),
    "schools:scheme_draft": of([], {"head_a"}, scheme_id="scheme"),
    "schools:scheme_appraise": of([], OFFICES, scheme_id="scheme"),
    "schools:scheme_approve": of([], PROVINCE, scheme_id="scheme"),
    "schools:scheme_return": of([], OFFICES, scheme_id="scheme"),
    "schools:scheme_withdraw": of([], OFFICES, scheme_id="scheme"),
    "schools:class_semi_boarders": of([], {"head_a"}, class_id="school_class"),
    "schools:semi_boarding_begin": of([], {"head_a"}, pupil_id="pupil"),
    "schools:semi_boarding_change": of([], {"head_a"}, time_id="semi_boarding"),
    "schools:semi_boarding_remove": of([], {"head_a"}, time_id="semi_boarding"),
    "schools:school_class": of(A_CLASS, class_id="school_class"),
    "schools:pupil_add": of([], {"head_a"}, class_id="school_class"),
    "schools:pupil": of(A_CLASS, pupil_id="pupil"),
    "schools:pupil_edit": of([], {"head_a"}, pupil_id="pupil"),
    "schools:readmit": of([], {"head_a"}, pupil_id="pupil"),
    "schools:pupil_merge": of([], {"head_a"}, pupil_id="pupil"),
    "schools:pupil_apart": Route({"head_a"}, {"head_a"}, {"pupil_id": "pupil"}, post_only=True),
    "schools:pupil_remove": of([], {"head_a"}, pupil_id="pupil"),
    "schools:merge_undo": of([], {"head_a"}, merge_id="merge"),
    "schools:move": of([], {"head_a"}, enrolment_id="enrolment"),
    "schools:leave": of([], {"head_a"}, enrolment_id="enrolment"),
    "schools:undo_leaving": of([], {"head_a"}, enrolment_id="ended_enrolment"),
    "schools:pupil_seen": of({"head_a"}, pupil_id="pupil"),
    "schools:pupil_data": of([], {"head_a"}, post_only=True, pupil_id="pupil"),
    "schools:erasure_ask": of([], {"head_a"}, pupil_id="pupil"),
    "schools:hold": of([], {"head_a"}, pupil_id="pupil"),
    "schools:hold_lift": of([], {"head_a"}, post_only=True, pupil_id="pupil"),
    "schools:school_seen": of({"head_a"}, school_id="school"),
    "schools:trail_counts": shared(ADMIN),
    # The administrator of the installation decides for every school.
    "schools:erasure_decide": Route(
        ADMIN, ADMIN, {"erasure_id": "erasure"}, everywhere=frozenset(ADMIN), post_only=True
    ),
    "schools:import_upload": of([], {"head_a"}, school_id="school"),
    "schools:import_template": of({"head_a"}, school_id="school"),
    "schools:import_example": of({"head_a"}, school_id="school"),
    "schools:import_upload_all": shared([], OFFICES),
    "schools:import_template_all": shared(OFFICES),
    "schools:import_example_all": shared(OFFICES),
    # A workbook of many schools is its sender's own.
    "schools:import_batch_school": of(PROVINCE, batch_id="many_batch", school_id="school"),
    "schools:import_batch": of({"head_a"}, batch_id="batch"),
    "schools:import_save": of([], {"head_a"}, post_only=True, batch_id="batch"),
    "schools:import_cancel": of([], {"head_a"}, post_only=True, batch_id="batch"),
    "schools:import_check": of([], {"head_a"}, post_only=True, batch_id="batch"),
    # Nothing was refused in this batch, so there is no marked copy of it.
    "schools:import_marked": of([], batch_id="batch"),
    "schools:pupils_export_school": of([], {"head_a", *COMMUNE}, school_id="school"),
    "schools:pupils_export_all": shared([], COMMUNE),
    # A list is its asker's own; this one waits, so there is no file of it.
    "schools:pupils_export": of({"head_a"}, run_id="pupil_export"),
    "schools:pupils_export_cancel": of([], {"head_a"}, post_only=True, run_id="pupil_export"),
    "schools:pupils_export_file": of([], run_id="pupil_export"),
    # Children of the commune
    "mobilisation:communes": shared(OFFICES | MEMBER),
    "mobilisation:commune": of({*OFFICES, *MEMBER}, area_id="area"),
    "mobilisation:village": Route(COMMUNE, set(), {"area_id": "area"}, query="?village=hang+lia"),
    "mobilisation:round_open": of([], COMMUNE, post_only=True, area_id="area"),
    "mobilisation:households": Route(
        COMMUNE, set(), {"area_id": "area"}, query="?village=hang+lia"
    ),
    "mobilisation:household_add": of([], COMMUNE, area_id="area"),
    "mobilisation:household": of(COMMUNE, household_id="household"),
    "mobilisation:household_change": of([], COMMUNE, household_id="household"),
    "mobilisation:person_add": of([], COMMUNE, household_id="household"),
    "mobilisation:person": of([], COMMUNE, person_id="survey_person"),
    "mobilisation:person_remove": of([], COMMUNE, person_id="survey_person"),
    "mobilisation:person_restore": of([], COMMUNE, post_only=True, person_id="survey_removed"),
    "mobilisation:missing": of(COMMUNE, area_id="area"),
    "mobilisation:to_bring_file": of(COMMUNE, area_id="area"),
    "mobilisation:standards": of({*OFFICES, *MEMBER}, area_id="area"),
    "mobilisation:standards_missing": Route(
        COMMUNE, set(), {"area_id": "area"}, query="?condition=THCS1-tot-nghiep"
    ),
    "mobilisation:literacy": of([], COMMUNE, area_id="area"),
    "mobilisation:literacy_file": of(COMMUNE, area_id="area"),
    "mobilisation:assigned": shared([], {"district_officer", *PROVINCE}),
    "mobilisation:assigned_file": shared({"district_officer", *PROVINCE}),
    "mobilisation:assigned_commune": of([], {"district_officer", *PROVINCE}, area_id="area"),
    "mobilisation:assigned_school": of([], {"district_officer", *PROVINCE}, school_id="school"),
    "mobilisation:designations": shared([], PROVINCE),
    "mobilisation:rolls": of(COMMUNE, area_id="area"),
    "mobilisation:search": of([], COMMUNE, post_only=True, area_id="area"),
    "mobilisation:confirm_certain": of([], COMMUNE, post_only=True, area_id="area"),
    "mobilisation:answer": of([], COMMUNE, post_only=True, proposal_id="proposal"),
    "mobilisation:undo": of([], COMMUNE, post_only=True, match_id="match"),
    "mobilisation:import_upload": of([], COMMUNE, area_id="area"),
    "mobilisation:import_template": of(COMMUNE, area_id="area"),
    "mobilisation:import_run": of(COMMUNE, run_id="survey_import"),
    "mobilisation:import_save": of([], COMMUNE, post_only=True, run_id="survey_import"),
    "mobilisation:import_check": of([], COMMUNE, post_only=True, run_id="survey_import"),
    "mobilisation:import_cancel": of([], COMMUNE, post_only=True, run_id="survey_checking"),
    # Nothing was refused in it, so there is no marked copy.
    "mobilisation:import_marked": of([], run_id="survey_import"),
    # Children followed: by name in the class, the school or the commune, nowhere above
    "mobilisation:cases": shared(FOLLOWERS),
    "mobilisation:visiting_round": shared(FOLLOWERS),
    "mobilisation:case_counts": shared(OFFICES | MEMBER),
    "mobilisation:case_effect": shared(HEADS | OFFICES | MEMBER),
    "mobilisation:case_effect_of_area": of(OFFICES | MEMBER, area_id="area"),
    "mobilisation:case_effect_of_school": of(A_SCHOOL, school_id="school"),
    "mobilisation:campaigns": shared(OFFICES | MEMBER, COMMUNE | MEMBER),
    "mobilisation:campaign": of([], COMMUNE | MEMBER, campaign_id="campaign"),
    "mobilisation:case_of_person": of([], COMMUNE | MEMBER, person_id="survey_person"),
    "mobilisation:case_of_pupil": of([], A_CLASS | MEMBER, pupil_id="at_risk"),
    "mobilisation:case": of([], A_CLASS | MEMBER, case_id="case"),
    "mobilisation:case_change": of([], A_CLASS | MEMBER, case_id="case"),
    "mobilisation:case_close": of([], A_CLASS | MEMBER, case_id="case"),
    "mobilisation:case_reopen": of([], A_CLASS | MEMBER, post_only=True, case_id="closed_case"),
    # Attendance
    "attendance:offline": shared(EVERYBODY),
    "attendance:practice": shared(TEACHERS | HEADS),
    "attendance:today": shared(TEACHERS | HEADS),
    "attendance:sheet": Route(A_CLASS, {"teacher_a", "head_a"}, SHEET),
    "attendance:month": Route(
        A_CLASS, {"teacher_a", "head_a"}, {"class_id": "school_class", "month": "month"}
    ),
    "attendance:register_pdf": of(A_CLASS, class_id="school_class", month="month"),
    "attendance:register_excel": of(A_CLASS, class_id="school_class", month="month"),
    "attendance:history": Route(A_CLASS, set(), SHEET),
    "attendance:roll_differences": shared(HEADS | OFFICES | MEMBER),
    "attendance:roll_settle": Route(set(), {"head_a"}, SHEET),
    "attendance:reopenings": shared(TEACHERS | HEADS | OFFICES),
    "attendance:reopening_ask": Route({"teacher_a", "head_a"}, {"teacher_a", "head_a"}, SHEET),
    "attendance:reopening_open": shared([], OFFICES),
    "attendance:reopening_decide": Route(
        set(),
        {"head_a", *OFFICES},
        {"reopening_id": "reopening"},
        post_only=True,
    ),
    # Opened by an office: the head inside it did not, and does not close it.
    "attendance:reopening_close": Route(set(), OFFICES, {"reopening_id": "opened"}),
    "attendance:workbook": of([], {"teacher_a", "head_a"}, **MONTH),
    "attendance:support": of({"head_a", *COMMUNE}, school_id="school"),
    "attendance:support_file": of(
        [], {"head_a"}, post_only=True, school_id="school", month="month"
    ),
    "attendance:workbook_file": of({"teacher_a", "head_a"}, **MONTH),
    # An uploaded workbook is its sender's own; nothing was refused in it, so no marked copy.
    "attendance:workbook_cancel": of([], {"teacher_a"}, post_only=True, batch_id="month_batch"),
    "attendance:workbook_batch": of({"teacher_a"}, batch_id="month_batch"),
    "attendance:workbook_save": of([], {"teacher_a"}, post_only=True, batch_id="month_batch"),
    "attendance:workbook_marked": of([], batch_id="month_batch"),
    "attendance:leaves": shared(TEACHERS | HEADS | COMMUNE),
    "attendance:class_leaves": of(A_CLASS, class_id="school_class"),
    "attendance:leave_record": of([], {"teacher_a", "head_a"}, class_id="school_class"),
    "attendance:leave_withdraw": of([], {"teacher_a", "head_a"}, leave_id="leave"),
    "attendance:leave_letter": of({"teacher_a", "head_a"}, leave_id="leave"),
    "attendance:leave_letter_add": of([], {"teacher_a", "head_a"}, leave_id="leave"),
    "attendance:closures": shared([], HEADS | OFFICES),
    "attendance:holidays": shared([], HEADS | OFFICES),
    # The closures of the table are the schools' own.
    "attendance:closure": of({"head_a", *OFFICES}, closure_id="closure"),
    "attendance:frames": shared([], HEADS | OFFICES),
    "attendance:frame_remove": of([], {"head_a", *OFFICES}, frame_id="frame"),
    "attendance:patterns": shared([], HEADS | OFFICES),
    "attendance:pattern_remove": of([], {"head_a", *OFFICES}, pattern_id="pattern"),
    "attendance:closure_remove": of([], {"head_a", *OFFICES}, closure_id="closure"),
    # What is missing; and the first account, which leads to the sign-in once there is one.
    "readiness": shared(HEADS | OFFICES | ADMIN),
    "readiness_schools": shared(HEADS | OFFICES | ADMIN),
    "first_administrator": shared(EVERYBODY),
    "first_administrator_link": of(EVERYBODY, token="reset_token"),
    # Staff
    "staff:staff": shared(HEADS | OFFICES | ADMIN),
    "staff:school": staff(STAFF_SEERS, school_id="school"),
    "staff:person_add": staff([], STAFF_KEEPERS, school_id="school"),
    "staff:person": staff(STAFF_SEERS, person_id="staff_member"),
    "staff:person_edit": staff([], STAFF_KEEPERS, person_id="staff_member"),
    "staff:post_add": staff([], STAFF_KEEPERS, school_id="school", person_id="staff_member"),
    "staff:post_end": staff([], STAFF_KEEPERS, post_id="post"),
    # An office above the school gives the role of its head.
    "staff:head_role": staff([], {*PROVINCE, *ADMIN}, post_only=True, post_id="head_post"),
    "staff:classes": staff(STAFF_SEERS, STAFF_KEEPERS, school_id="school"),
    "staff:school_class": staff(STAFF_SEERS, STAFF_KEEPERS, class_id="school_class"),
    # The teacher of the class gives it away for a day, and takes it back.
    "staff:substitute": staff([], {"teacher_a", *STAFF_KEEPERS}, class_id="school_class"),
    "staff:assignment_end": staff([], {"teacher_a", *STAFF_KEEPERS}, assignment_id="substitution"),
    "staff:grant_end": staff([], STAFF_KEEPERS, grant_id="class_grant"),
    "staff:import_upload_all": shared([], HEADS | PROVINCE | ADMIN),
    "staff:import_template_all": shared(HEADS | PROVINCE | ADMIN),
    "staff:import_upload": staff([], STAFF_KEEPERS, school_id="school"),
    "staff:import_template": staff(STAFF_KEEPERS, school_id="school"),
    "staff:import_run": staff(STAFF_KEEPERS, run_id="staff_import"),
    "staff:import_save": staff([], STAFF_KEEPERS, post_only=True, run_id="staff_import"),
    "staff:import_check": staff([], STAFF_KEEPERS, post_only=True, run_id="staff_import"),
    "staff:import_cancel": staff([], STAFF_KEEPERS, post_only=True, run_id="staff_checking"),
    # Nothing was refused in this list, so there is no marked copy of it.
    "staff:import_marked": staff([], run_id="staff_import"),
    # Figures
    "reports:start": shared(TEACHERS | HEADS | OFFICES | MEMBER),
    "reports:area": of(OFFICES | MEMBER, area_id="area"),
    "reports:mobilisation": of(OFFICES | MEMBER, area_id="area"),
    "reports:yearly_forms": of(OFFICES | MEMBER, area_id="area"),
    "reports:school": of(A_SCHOOL, school_id="school"),
    "reports:school_class": of(A_SCHOOL | {"teacher_a"}, class_id="school_class"),
    "reports:similar_area": of(OFFICES | MEMBER, area_id="area"),
    "reports:similar_school": of(A_SCHOOL, school_id="school"),
    "reports:explain_area": of(OFFICES | MEMBER, area_id="area"),
    "reports:explain_area_excel": of(COMMUNE, area_id="area"),
    "reports:explain_school": of(A_SCHOOL, school_id="school"),
    "reports:explain_school_excel": of({"head_a", *COMMUNE}, school_id="school"),
    "reports:explain_class": of(A_SCHOOL | {"teacher_a"}, class_id="school_class"),
    "reports:explain_class_excel": of(A_CLASS, class_id="school_class"),
    "reports:pupil": of(A_CLASS, pupil_id="pupil"),
    "reports:missing": shared(TEACHERS | HEADS | OFFICES | MEMBER),
    "reports:missing_area": of(OFFICES | MEMBER, area_id="area"),
    "reports:remind_area": of([], OFFICES, post_only=True, area_id="area"),
    "reports:missing_school": Route({"head_a", *COMMUNE}, kwargs={"school_id": "school"}),
    "reports:remind_school": of([], {"head_a", *COMMUNE}, post_only=True, school_id="school"),
    "reports:risks": shared(TEACHERS | HEADS | COMMUNE),
    "reports:flags": shared(OFFICES | MEMBER),
    "reports:targets": shared([], PROVINCE),
    "reports:target_rehearsal": shared(PROVINCE),
    "reports:indicators": shared(EVERYBODY),
    # The month's path: the school confirms, the offices above assess, accept and publish.
    "reports:month": shared(HEADS | OFFICES),
    "reports:month_area": of(OFFICES, area_id="area"),
    "reports:month_remind": of([], OFFICES, area_id="area", post_only=True),
    "reports:month_publish": of([], PROVINCE, area_id="area"),
    # The province accepts what was sent; nothing was.
    "reports:month_assessment": of(PROVINCE, {*COMMUNE, "district_officer"}, area_id="area"),
    "reports:month_assessment_return": of([], HIGHER, area_id="area"),
    "reports:month_school": of(OFFICES, {"head_a"}, school_id="school"),
    "reports:month_withdraw": of([], {"head_a"}, school_id="school"),
    "reports:publication": of(OFFICES | MEMBER, publication_id="publication"),
    "reports:publication_acknowledge": of(
        [], {"commune_officer"}, post_only=True, publication_id="publication"
    ),
    "reports:publication_adx": of(OFFICES, publication_id="publication"),
    "reports:publication_csv": of(OFFICES, publication_id="publication"),
    "reports:publication_reopen": of([], PROVINCE, publication_id="publication"),
    "reports:runs": shared([], HEADS | OFFICES),
    "reports:run": of(COMMUNE, run_id="run"),
    "reports:run_cancel": of([], COMMUNE, post_only=True, run_id="run"),
    # The report of the table is not made yet, so there is no file.
    "reports:run_file": of([], run_id="run"),
    # Who had it made, of the own office; who stands above issues nothing in its name.
    "reports:paper_issue": of([], COMMUNE, run_id="paper_run"),
    "reports:papers": shared(HEADS | OFFICES),
    "reports:papers_excel": shared(HEADS | OFFICES),
    "reports:paper_templates": shared(PROVINCE),
    "reports:paper_symbols": shared(PROVINCE),
    "reports:paper_symbol_add": shared([], PROVINCE),
    "reports:paper_symbol": Route(PROVINCE, PROVINCE, {"key": "symbol_key"}),
    "reports:paper_symbol_remove": Route(PROVINCE, PROVINCE, {"row_id": "symbol_to_come"}),
    "reports:paper_template": Route(PROVINCE, PROVINCE, {"paper": "paper_code"}),
    # A file that waits is its uploader's own.
    "reports:paper_template_trial": Route(
        PROVINCE, PROVINCE, {"paper": "paper_code", "upload_id": "template_upload"}
    ),
    "reports:paper_template_trial_file": Route(
        PROVINCE, set(), {"paper": "paper_code", "upload_id": "template_upload"}
    ),
    "reports:paper_template_discard": Route(
        set(), PROVINCE, {"paper": "paper_code", "upload_id": "template_upload"}, post_only=True
    ),
    "reports:paper_template_file": Route(PROVINCE, set(), {"paper": "paper_code"}),
    "reports:paper_template_example": Route(PROVINCE, set(), {"template_id": "paper_template"}),
    "reports:paper_template_end": Route(PROVINCE, PROVINCE, {"template_id": "paper_template"}),
    "reports:paper": of(OFFICES, paper_id="paper"),
    "reports:paper_file": of(OFFICES, paper_id="paper"),
    # Inspections
    "inspections:plans": shared([], HIGHER),
    "inspections:waiting": shared(HIGHER),
    "inspections:year_plan": shared([], HIGHER),
    "inspections:plan": of(HIGHER, plan_id="plan"),
    "inspections:plan_redraft": of([], HIGHER, post_only=True, plan_id="plan"),
    "inspections:plan_approve": of([], PROVINCE, post_only=True, plan_id="plan"),
    "inspections:plan_schedule": of([], HIGHER, plan_id="plan"),
    "inspections:plan_visit_add": of([], HIGHER, post_only=True, plan_id="plan"),
    "inspections:plan_visit": of([], HIGHER, post_only=True, **PLAN_VISIT),
    "inspections:plan_visit_remove": of([], HIGHER, post_only=True, **PLAN_VISIT),
    "inspections:plan_visit_move": of([], HIGHER, post_only=True, **PLAN_VISIT),
    "inspections:plan_visit_cancel": of([], PROVINCE, **PLAN_VISIT),
    "inspections:mine": shared(MEMBER),
    "inspections:effect": shared(HIGHER),
    "inspections:plan_paper": of(HIGHER, plan_id="plan", kind="paper_kind"),
    "inspections:plan_paper_issue": of([], PROVINCE, plan_id="made_plan", kind="paper_kind"),
    "inspections:plan_effect": of(HIGHER, plan_id="plan"),
    "inspections:visit_effect": of(HIGHER | MEMBER, visit_id="made_visit"),
    "inspections:calendar_make": Route(MEMBER, MEMBER, post_only=True),
    "inspections:calendar_revoke": Route(MEMBER, MEMBER, post_only=True),
    # Whoever has the secret address of a calendar reads it.
    "inspections:calendar_feed": Route(
        EVERYBODY, set(), {"token": "calendar_token"}, everywhere=frozenset(EVERYBODY)
    ),
    "inspections:visit": of(HIGHER, MEMBER, visit_id="visit"),
    "inspections:checklist": of([], MEMBER, visit_id="visit"),
    "inspections:counts": of([], MEMBER, visit_id="visit", school_id="school"),
    "inspections:households": of([], MEMBER, visit_id="visit"),
    "inspections:photos": of(HIGHER, MEMBER, visit_id="visit"),
    "inspections:photo": of(HIGHER | MEMBER, **VISIT_PHOTO),
    "inspections:photo_remove": of([], MEMBER, post_only=True, **VISIT_PHOTO),
    "inspections:minutes": of(HIGHER | MEMBER, visit_id="visit"),
    "inspections:visit_paper_issue": of([], PROVINCE, visit_id="off_visit", kind="visit_paper"),
    "inspections:visit_paper_of": of(HIGHER | MEMBER, visit_id="off_visit", kind="visit_paper"),
    "inspections:visits_here": shared(HEADS | COMMUNE),
    "inspections:visit_here": of(COMMUNE, visit_id="made_visit"),
    "inspections:visit_report": of(COMMUNE, visit_id="made_visit"),
    "inspections:visit_report_issue": of([], COMMUNE, visit_id="made_visit"),
    "inspections:visit_here_paper": of(COMMUNE, visit_id="made_visit", paper_id="result_paper"),
    "inspections:visit_paper": of(HIGHER | MEMBER, visit_id="visit"),
    "inspections:visit_scan_add": of([], MEMBER, visit_id="made_visit"),
    "inspections:visit_scan": of(
        HIGHER | MEMBER | COMMUNE, visit_id="made_visit", scan_id="visit_scan"
    ),
    "inspections:supplement": of([], MEMBER, visit_id="made_visit"),
    "inspections:recommendations": shared(HEADS | COMMUNE),
    "inspections:recommendation_list": shared(HIGHER),
    "inspections:recommendation_list_excel": shared(HIGHER),
    "inspections:recommendation_answer": of([], COMMUNE, recommendation_id="recommendation"),
    "inspections:recommendation_proof": of(COMMUNE | HIGHER | MEMBER, proof_id="proof"),
    "inspections:recommendation_done": of(
        [], {*HIGHER, *MEMBER}, recommendation_id="recommendation"
    ),
    "inspections:recommendation_reopen": of(
        [], {*HIGHER, *MEMBER}, recommendation_id="recommendation"
    ),
    # A commune has its own committee; that of the cluster it neither sees nor changes.
    "inspections:committees": shared(OFFICES),
    "inspections:committee_found": shared([], OFFICES),
    "inspections:committee": of(HIGHER, committee_id="committee"),
    "inspections:regulation_set": of([], HIGHER, committee_id="committee"),
    "inspections:regulation_file": of(HIGHER, committee_id="committee"),
    "inspections:meeting_add": of([], HIGHER, committee_id="committee"),
    "inspections:meeting": of(HIGHER, **MEETING),
    "inspections:meeting_edit": of([], HIGHER, **MEETING),
    "inspections:meeting_paper": of(HIGHER, **MEETING),
    "inspections:committee_paper": of(HIGHER, committee_id="committee", kind="committee_paper"),
    "inspections:committee_paper_issue": of(
        [], PROVINCE, committee_id="committee", kind="committee_paper"
    ),
    "inspections:member_appoint": of([], HIGHER, committee_id="committee"),
    "inspections:member_change": of([], HIGHER, **MEMBER_OF),
    "inspections:assign": of([], HIGHER, **MEMBER_OF),
    "inspections:member_end": of([], HIGHER, **MEMBER_OF),
    "inspections:assignment_end": of(
        [], HIGHER, committee_id="committee", assignment_id="assignment"
    ),
    "inspections:actions": shared(HEADS | OFFICES | MEMBER),
    "inspections:action_plans": shared(OFFICES | MEMBER),
    "inspections:action_plan_new": shared([], OFFICES),
    "inspections:action_plan": of(OFFICES | MEMBER, plan_id="action_plan"),
    "inspections:action_plan_file": of(OFFICES | MEMBER, plan_id="action_plan"),
    "inspections:action_plan_edit": of([], OFFICES, plan_id="draft_action_plan"),
    "inspections:action_plan_issue": of([], OFFICES, plan_id="draft_action_plan"),
    "inspections:action_plan_end": of([], OFFICES, plan_id="past_action_plan"),
    "inspections:action_plan_withdraw": of([], OFFICES, plan_id="action_plan"),
    "inspections:action_plan_accept": of([], OFFICES, post_only=True, plan_id="action_plan"),
    "inspections:action_new": of([], OFFICES, plan_id="action_plan"),
    "inspections:action_from_recommendation": of([], OFFICES, recommendation_id="recommendation"),
    "inspections:action_from_assessment": of([], OFFICES, assessment_id="assessment"),
    "inspections:action": of([], OFFICES | MEMBER, item_id="action"),
    "inspections:action_edit": of([], OFFICES, item_id="action"),
    "inspections:action_verify": of([], OFFICES, item_id="done_action"),
    "inspections:action_reopen": of([], OFFICES, item_id="done_action"),
    "inspections:action_cancel": of([], OFFICES, item_id="action"),
    "inspections:action_evidence": of(OFFICES | MEMBER, progress_id="action_progress"),
    "inspections:scorecards": of(HIGHER, committee_id="committee"),
    "inspections:questions": shared(PROVINCE),
    "inspections:question_add": Route(PROVINCE, PROVINCE),
    "inspections:question_change": Route(PROVINCE, PROVINCE, {"code": "question"}),
    "inspections:question_end": Route(PROVINCE, PROVINCE, {"code": "question"}),
    "inspections:criteria": shared(PROVINCE),
    "inspections:criterion_add": Route(PROVINCE, PROVINCE),
    "inspections:criterion_change": Route(PROVINCE, PROVINCE, {"code": "criterion"}),
    "inspections:criterion_end": Route(PROVINCE, PROVINCE, {"code": "criterion"}),
    "inspections:scorecards_file": of(HIGHER, committee_id="committee", extension="extension"),
    "inspections:scorecard": of(HIGHER | MEMBER, **MEMBER_OF),
    "inspections:score_adjust": of([], PROVINCE, criterion="criterion", **MEMBER_OF),
    "inspections:scorecard_confirm": of([], PROVINCE, **MEMBER_OF),
    "inspections:scorecard_take_back": of([], PROVINCE, **MEMBER_OF),
}
# Objects that are no rows: they exist for everybody.
NO_ROWS = {
    *(
        "date",
        "month",
        "session",
        "factor_kind",
        "reset_uid",
        "reset_token",
        "criterion",
        "question",
        "rule_key",
        "rule_to_come",
        "rule_of_level",
        "rule_ending",
        "cluster",
        "membership_to_come",
        "symbol_key",
        "symbol_to_come",
    ),
    "extension",
    "paper_kind",
}


def own_objects(world):
    """Objects of world A; the fixture `furnished` has them ready."""
    values = _objects(
        world,
        school=world.school_a,
        school_class=world.class_a,
        commune=world.commune_a,
        area=world.cluster,
        sender=world.teacher_a,
        runner=world.commune_officer,
        member_user=world.member_user,
    )
    return _Filled(values)


def absent_objects(objects):
    """The same with ids that do not exist."""
    values = dict(objects.values)
    for key, value in values.items():
        if key not in NO_ROWS:
            values[key] = uuid.uuid4() if isinstance(value, uuid.UUID) else 987_654_321
    return _Filled(values)


def foreign_objects(world):
    """The same kinds of objects in world B."""
    return _Filled(
        _objects(
            world,
            school=world.school_b,
            school_class=world.class_b,
            commune=world.commune_b,
            area=world.commune_b,
            sender=world.teacher_b,
            runner=world.province_officer,
            member_user=None,
        )
    )


def _rules(today):
    """Rows of rules: one to come, one of a level, one of a level that is to end."""
    begun, to_come = today - 30 * ONE_DAY, today + 30 * ONE_DAY
    rows = {
        "rule_to_come": ("risk.chronic_days", to_come, None),
        "rule_of_level": ("risk.chronic_percent", begun, None),
        "rule_ending": ("risk.streak_sessions", begun, to_come),
    }
    return {
        name: Rule.objects.get_or_create(
            key=key, level="TH", valid_from=first, defaults={"value": 12, "valid_to": end}
        )[0].pk
        for name, (key, first, end) in rows.items()
    }


class _Filled:
    def __init__(self, values):
        self.values = values

    def url(self, name):
        from django.urls import reverse

        route = ROUTES[name]
        kwargs = {key: self.values[value] for key, value in route.kwargs.items()}
        return reverse(name, kwargs=kwargs) + route.query.format(**self.values)


def _objects(world, *, school, school_class, commune, area, sender, runner, member_user):
    spell, other = Enrolment.objects.filter(school_class=school_class).order_by("pk")[:2]
    if other.valid_to is None:
        other.valid_to, other.exit_reason = world.today, "out"
        other.save()
    month = world.today.replace(day=1)
    committee = Committee.objects.create(area=area, name="Ban mẫu", valid_from=world.since)
    member = Member.objects.create(
        committee=committee, user=member_user, full_name="Thành viên", valid_from=world.since
    )
    assignment = committee.assignments.create(
        member=member, commune=commune, valid_from=world.since
    )
    draft = _plan(area, month, world.district_officer)
    done = _plan(area, (month + datetime.timedelta(days=40)).replace(day=1), world.district_officer)
    InspectionPlan.objects.filter(pk=done.pk).update(
        state="approved", approved_by=world.province_officer, approved_at=timezone.now()
    )
    over = _plan(area, (month - datetime.timedelta(days=1)).replace(day=1), world.district_officer)
    InspectionPlan.objects.filter(pk=over.pk).update(
        state="approved", approved_by=world.province_officer, approved_at=timezone.now()
    )
    draft_visit = _visit(draft, commune, member)
    visit = _visit(done, commune, member)
    made_visit = _visit(over, commune, member)
    Visit.objects.filter(pk=made_visit.pk).update(
        state="done",
        visited_on=world.today,
        result="Đủ",
        recorded_by=world.province_officer,
        recorded_at=timezone.now(),
    )
    photo = VisitPhoto.objects.create(
        visit=visit,
        op_id=uuid.uuid4(),
        digest="0" * 64,
        file=SimpleUploadedFile("anh.jpg", JPEG),
        size=len(JPEG),
        made_by=sender,
        made_at=timezone.now(),
    )
    recommendation, _of_the_report = (
        Recommendation.objects.create(
            visit=each, text="Vận động", owner="UBND xã", due_on=world.today
        )
        for each in (visit, made_visit)
    )
    proof = RecommendationProof.objects.create(
        recommendation=recommendation,
        file=SimpleUploadedFile("anh.jpg", JPEG),
        made_by=sender,
        made_at=timezone.now(),
    )
    closure = Closure.objects.create(
        school=school,
        reason="event",
        valid_from=world.today + datetime.timedelta(days=40),
        valid_to=world.today + datetime.timedelta(days=41),
    )
    frame = YearFrame.objects.create(
        year=world.year, school=school, valid_from=world.since, valid_to=world.year.valid_to
    )
    pattern = CalendarRule.objects.create(
        school=school,
        valid_from=world.today + datetime.timedelta(days=40),
        valid_to=world.today + datetime.timedelta(days=41),
    )
    reopening = ask_reopening(
        school_class=school_class,
        first_day=world.today,
        last_day=world.today,
        reason="Ghi nhầm",
        by=sender,
        by_office=False,
    )
    opened = open_registers(
        place=school,
        first_day=world.today,
        last_day=world.today,
        reason="Nhập lại",
        by=runner,
    )
    leave = record_leave(
        school_class=school_class,
        pupil=spell.pupil,
        first_day=world.today,
        last_day=world.today,
        reason="sick",
        announced_by="mẹ",
        letter=SimpleUploadedFile("don.jpg", JPEG),
        by=sender,
    )
    batch = ImportBatch.objects.create(
        school=school,
        year=world.year,
        file_name="a.xlsx",
        file_hash="0" * 64,
        starts_on=world.today,
        state="ready",
        made_by=world.head_a,
    )
    many_batch = ImportBatch.objects.create(
        year=world.year,
        file_name="nhieu-truong.xlsx",
        file_hash="0" * 64,
        starts_on=world.today,
        state="ready",
        preview={
            "sheets": [["Học sinh", 1]],
            "schools": [
                {
                    "id": school.pk,
                    "code": school.code,
                    "name": school.name,
                    "new": 1,
                    **dict.fromkeys(("changed", "unchanged", "refused"), 0),
                    **dict.fromkeys(("new_classes", "others_on_roll"), 0),
                    "rows": {"new": [["Học sinh", 2, spell.pupil.full_name, "6A"]]},
                }
            ],
        },
        made_by=world.province_officer if member_user else world.nobody,
    )
    month_batch = MonthBatch.objects.create(
        school_class=school_class,
        month=month,
        file_name="so.xlsx",
        state="ready",
        made_by=sender,
    )
    publication = make_publication(commune)
    run = ReportRun.objects.create(kind="monthly", area=commune, month=month, made_by=runner)
    paper_run = ReportRun.objects.create(
        kind="report_docx",
        area=commune,
        month=month,
        made_by=runner,
        state="done",
        finished_at=timezone.now(),
    )
    return {
        "visit_photo": photo.pk,
        **_staff(world, school, school_class, sender),
        **_plans_of_action(world, commune),
        "school": school.pk,
        "school_class": school_class.pk,
        "school_code": school_class.school.code,
        "class_name": school_class.name,
        "site": school.sites.order_by("is_main", "pk").first().pk,
        "year_code": world.year.code,
        "decree": make_decree_row(f"{commune.pk}/NQ").pk,
        "school_list": SchoolList.objects.create(
            file_name="truong.xlsx",
            starts_on=world.since,
            made_by=world.province_officer if member_user else world.nobody,
        ).pk,
        "pupil": spell.pupil_id,
        "enrolment": spell.pk,
        "merge": _merge(world.head_a, spell.pupil).pk,
        "ended_enrolment": other.pk,
        "transfer": _transfer(other, school, sender).pk,
        "semi_boarding": SemiBoarding.objects.get_or_create(
            pupil=spell.pupil, defaults={"valid_from": month}
        )[0].pk,
        "scheme": ConversionScheme.objects.get_or_create(
            school=school, defaults={"reviewed_on": month, "reviewed_by": sender}
        )[0].pk,
        "erasure": PupilErasure.objects.get_or_create(
            pupil=other.pupil,
            decided_at=None,
            defaults={
                "school": school,
                "reason": "Nhập nhầm",
                "asked_by": world.head_a,
                "asked_at": timezone.now(),
            },
        )[0].pk,
        "batch": batch.pk,
        "pupil_export": PupilExport.objects.create(
            school=school, year=world.year, made_by=batch.made_by
        ).pk,
        "many_batch": many_batch.pk,
        "guide": "teacher",
        "reset_uid": "MQ",
        "reset_token": "abc-def",
        "teacher": sender.pk,
        "grant": RoleGrant.objects.get(user=sender).pk,
        "account_batch": AccountBatch.objects.create(
            made_by=world.head_a if school == world.school_a else world.head_b,
            valid_from=world.today,
            state="done",
        ).pk,
        "area": commune.pk,
        "area_code": commune.code,
        "token": make_token(user=world.nobody, name="Máy khác", days=1)[0].pk,
        "emergency": _emergency(world, school),
        "factor_kind": "phone",
        "criterion": "attendance",
        "question": "decision",
        "rule_key": "attendance.leave_days",
        **_rules(world.today),
        "cluster": world.cluster.pk,
        "symbol_key": "office:school",
        "symbol_to_come": PaperSymbol.objects.get_or_create(
            key="area:03001",
            valid_from=world.today + 30 * ONE_DAY,
            defaults={"symbol": "UBNDA"},
        )[0].pk,
        "membership_to_come": ClusterMembership.objects.get_or_create(
            cluster=world.cluster, commune=world.commune_b, valid_from=world.today + 30 * ONE_DAY
        )[0].pk,
        "phone": TOTPDevice.objects.create(user=world.nobody, name="Máy").pk,
        "browser": _browser(world.nobody).pk,
        "date": _register(world, school_class, sender).date,
        "month_batch": month_batch.pk,
        "session": "am",
        "month": Month.of(world.today),
        "closure": closure.pk,
        "frame": frame.pk,
        "pattern": pattern.pk,
        "reopening": reopening.pk,
        "opened": opened.pk,
        "leave": leave.pk,
        "run": run.pk,
        "paper_run": paper_run.pk,
        "paper": make_issued(commune, sender).pk,
        "paper_code": "report",
        "visit_paper": "off",
        "committee_paper": "duties",
        "visit_scan": made_visit.scans.create(
            file=SimpleUploadedFile("bien-ban.jpg", JPEG),
            made_by=sender,
            made_at=timezone.now(),
        ).pk,
        "result_paper": make_issued(
            commune,
            sender,
            number=2,
            kind="notice",
            report=f"visit_result:{made_visit.pk}",
            month=over.month,
        ).pk,
        "paper_template": _paper_template(sender).pk,
        "template_upload": _template_upload(world.province_officer).pk,
        "publication": publication.pk,
        "publication_code": publication.code,
        "plan": draft.pk,
        "made_plan": over.pk,
        "draft_visit": draft_visit.pk,
        "visit": visit.pk,
        "made_visit": made_visit.pk,
        "off_visit": _off_visit(area, month, commune, member, world),
        "extension": "xlsx",
        "paper_kind": "decision",
        "calendar_token": make_address(user=world.member_user),
        "recommendation": recommendation.pk,
        "proof": proof.pk,
        "committee": committee.pk,
        "member": member.pk,
        "meeting": _meeting(committee, member, world).pk,
        "assignment": assignment.pk,
        "failed_job": _failed_job(school).pk,
        # After the records were merged, by which proposals go.
        **_survey(world, commune, spell.pupil, other.pupil),
    }


def _off_visit(area, month, commune, member, world):
    """A visit of half a year ago that was called off, for its notice."""
    plan = _plan(
        area, (month - datetime.timedelta(days=180)).replace(day=1), world.province_officer
    )
    visit = _visit(plan, commune, member)
    InspectionPlan.objects.filter(pk=plan.pk).update(
        state="approved", approved_by=world.province_officer, approved_at=timezone.now()
    )
    Visit.objects.filter(pk=visit.pk).update(
        state="cancelled",
        called_off_because="Mưa lũ",
        called_off_by=world.province_officer,
        called_off_at=timezone.now(),
    )
    return visit.pk


def _meeting(committee, member, world):
    """A meeting of a committee that has a regulation with its file."""
    committee.regulations.create(
        paper="02/QC-BCĐ",
        meets_every=3,
        file=SimpleUploadedFile("quy-che.jpg", JPEG),
        valid_from=world.since,
    )
    return committee.meetings.create(
        held_on=world.today,
        place="Phòng họp",
        chair=member,
        content="Rà soát trẻ bỏ học.",
        decided="Mỗi thành viên xuống xã phụ trách.",
        written_by=world.province_officer,
        written_at=timezone.now(),
    )


def _transfer(spell, school, sender):
    """One that the school sends and receives: both hands are its own."""
    return Transfer.objects.get_or_create(
        pupil=spell.pupil,
        state="expected",
        defaults={
            "from_class": spell.school_class,
            "to_school": school,
            "grade": spell.grade,
            "leaves_on": spell.valid_to,
            "sent_by": sender,
            "sent_on": spell.valid_to,
        },
    )[0]


def _staff(world, school, school_class, sender):
    """The teacher with an account and a class by a role, a head by post, and a substitute."""
    teacher, post = _hired(world, school, PostKind.TEACHER, sender)
    head, head_post = _hired(world, school, PostKind.HEAD, _account(f"head_{school.pk}"))
    # Who may stand in next.
    _hired(world, school, PostKind.OTHER, _account(f"colleague_{school.pk}"))
    substitution, _made = ClassAssignment.objects.get_or_create(
        person=head,
        school_class=school_class,
        kind=AssignmentKind.SUBSTITUTE,
        defaults={
            "valid_from": world.today,
            "valid_to": world.today + datetime.timedelta(days=3),
        },
    )
    _waits_for_account(world, school_class)
    lists = [
        StaffImport.objects.create(
            school=school,
            file_name="ds.xlsx",
            file_hash="0" * 64,
            starts_on=world.today,
            state=state,
            made_by=world.head_a,
        )
        for state in ("ready", "checking")
    ]
    return {
        "staff_member": teacher.pk,
        "post": post.pk,
        "head_post": head_post.pk,
        "substitution": substitution.pk,
        "class_grant": RoleGrant.objects.get(school_class=school_class, role="teacher").pk,
        "staff_import": lists[0].pk,
        "staff_checking": lists[1].pk,
    }


def _waits_for_account(world, school_class):
    """Somebody of the staff list without an account, who teaches the class."""
    person, _made = StaffMember.objects.get_or_create(full_name=f"Mới Về {school_class.school_id}")
    Post.objects.get_or_create(
        person=person,
        school=school_class.school,
        kind=PostKind.TEACHER,
        defaults={"valid_from": world.since},
    )
    ClassAssignment.objects.get_or_create(
        person=person,
        school_class=school_class,
        kind=AssignmentKind.SUBJECT,
        defaults={"valid_from": world.today, "valid_to": world.today + datetime.timedelta(days=90)},
    )


def _survey(world, commune, pupil, other):
    """A round with one child who may be a pupil, one found on a roll, and two uploads."""
    survey_round = make_round(commune)
    child = make_child(survey_round, pupil.full_name, pupil.birth_date)
    found = make_child(survey_round, other.full_name, other.birth_date, form="002")
    # A household's head may be a child's brother: the name is a pupil's here.
    Household.objects.filter(pk=found.household_id).update(head_name=other.full_name)
    lists = [
        SurveyImport.objects.create(
            commune=commune,
            year=survey_round.year,
            file_name="phieu.xlsx",
            file_hash="0" * 64,
            state=state,
            made_by=world.commune_officer,
        )
        for state in ("ready", "checking")
    ]
    return {
        "proposal": Proposal.objects.create(
            survey_round=survey_round, person=child.person, pupil=pupil, score=100, is_certain=True
        ).pk,
        "match": Match.objects.create(
            person=found.person,
            pupil=other,
            score=100,
            confirmed_by=world.commune_officer,
            confirmed_at=timezone.now(),
        ).pk,
        "survey_import": lists[0].pk,
        "survey_checking": lists[1].pk,
        "survey_person": make_child(survey_round, pupil.full_name, form="003").person_id,
        "survey_removed": make_child(
            survey_round,
            f"{pupil.full_name} Hai",
            form="004",
            removed_at=timezone.now(),
            removal="twice",
        ).person_id,
        "household": found.household_id,
        **_followed(world, commune, pupil, other),
    }


def _followed(world, commune, pupil, other):
    """An open case of one pupil, a closed one of another, and a pupil whom nobody follows."""
    today = world.today
    common = {
        "commune": commune,
        "village": "Háng Lìa",
        "kind": "drift",
        "owner": world.commune_officer,
        "due_on": today + datetime.timedelta(days=7),
        "opened_on": today,
        "opened_by": world.commune_officer,
    }
    closed = {
        "state": "closed",
        "outcome": "returned",
        "closed_on": today,
        "closed_by": world.commune_officer,
        "closed_at": timezone.now(),
    }
    spell = Enrolment.objects.get(pupil=pupil, valid_to=None)
    others = Enrolment.objects.filter(school_class=spell.school_class, valid_to=None)
    return {
        "campaign": Campaign.objects.create(
            commune=commune,
            held_on=today,
            who="Hội Phụ nữ xã",
            households=12,
            children_back=3,
            recorded_by=world.commune_officer,
            recorded_at=timezone.now(),
        ).pk,
        "case": ChildCase.objects.create(pupil=pupil, **common).pk,
        "closed_case": ChildCase.objects.create(pupil=other, **common, **closed).pk,
        "at_risk": others.exclude(pupil__in=[pupil, other]).first().pupil_id,
    }


def _plans_of_action(world, commune):
    """Plans of a commune, a task to be done and one reported as done, and a sent assessment."""
    plans = {
        name: make_action_plan(commune, state=state, by=world.province_officer, **more)
        for name, state, more in (
            ("action_plan", "in_force", {}),
            ("draft_action_plan", "draft", {}),
            ("past_action_plan", "in_force", {"valid_to": world.today}),
        )
    }
    done = make_action(plans["action_plan"], state="done", by=world.head_b)
    progress = ActionProgress.objects.create(
        item=done,
        reported_on=world.today,
        words="Đã họp",
        evidence=SimpleUploadedFile("anh.jpg", JPEG),
        made_by=world.head_b,
        made_at=timezone.now(),
    )
    assessment, _made = MonthAssessment.objects.get_or_create(
        area=commune,
        month=datetime.date(2026, 8, 1),
        defaults={
            "state": "sent",
            "text": "Đạt",
            "measures": "- Họp các bản",
            "sent_by": world.province_officer,
            "sent_at": timezone.now(),
        },
    )
    return {name: plan.pk for name, plan in plans.items()} | {
        "action": make_action(plans["action_plan"], by=world.province_officer).pk,
        "done_action": done.pk,
        "action_progress": progress.pk,
        "assessment": assessment.pk,
    }


def _account(name):
    return User.objects.get_or_create(username=name, defaults={"full_name": f"Người {name}"})[0]


def _hired(world, school, kind, user):
    """(person, post) of an account in a school."""
    person, _made = StaffMember.objects.get_or_create(
        user=user,
        defaults={"full_name": user.full_name, "birth_date": datetime.date(1980, 1, 2)},
    )
    post, _made = Post.objects.get_or_create(
        person=person, school=school, kind=kind, defaults={"valid_from": world.since}
    )
    return person, post


def _emergency(world, school):
    """Opened by another than the administrator of the table, whose places must not grow."""
    now = timezone.now()
    return EmergencyAccess.objects.create(
        user=world.nobody, school=school, reason="thử", began_at=now, ends_at=now + HOUR
    ).pk


def _failed_job(school):
    note_failure("reports.rebuild_school_month", {"school_id": school.pk}, ValueError())
    return open_failure("reports.rebuild_school_month", {"school_id": school.pk})


def _browser(user):
    now = timezone.now()
    return SignedIn.objects.create(
        user=user, session_key=uuid.uuid4().hex, device="Firefox", began_at=now, seen_at=now
    )


def _merge(by, kept):
    twin = Pupil.objects.create(
        full_name=kept.full_name,
        sex=kept.sex,
        birth_date=kept.birth_date,
        ethnic_group=kept.ethnic_group,
    )
    return merge_pupils(kept=kept, gone=twin, by=by)


def _plan(area, month, by):
    plan, _created = InspectionPlan.objects.get_or_create(
        area=area, month=month, defaults={"based_on": month, "capacity": 3, "drafted_by": by}
    )
    return plan


def _visit(plan, commune, member):
    visit, _created = Visit.objects.get_or_create(
        plan=plan,
        commune=commune,
        defaults={"rank": 1, "reason": "Thấp", "member": member, "planned_on": plan.month},
    )
    return visit


def _paper_template(by):
    """The layout of a paper is of no place: the second world has the same."""
    content = word_file("{{ paper.subject }}")
    return PaperTemplate.objects.get_or_create(
        paper="report",
        defaults={
            "file_name": "mau.docx",
            "content": content,
            "file_hash": hashlib.sha256(content).hexdigest(),
            "columns": 20,
            "valid_from": datetime.date(2026, 9, 1),
            "uploaded_by": by,
            "uploaded_at": timezone.now(),
        },
    )[0]


def _template_upload(by):
    """A layout that was tried; one of a person, so that the second world has the same."""
    now = timezone.now()
    return PendingUpload.objects.get_or_create(
        purpose=purpose_of("report"),
        uploaded_by=by,
        defaults={
            "file_name": "mau-moi.docx",
            "content": word_file("{{ paper.subject }}"),
            "params": {"valid_from": "2027-03-01", "columns": 20, "used": ["paper.subject"]},
            "uploaded_at": now,
            "expires_at": now + datetime.timedelta(days=365),
        },
    )[0]


def _register(world, school_class, sender):
    now = timezone.now()
    register, created = Register.objects.get_or_create(
        school_class=school_class,
        date=world.today,
        session="am",
        defaults={
            "school_id": school_class.school_id,
            "state": "taken",
            "roll": 3,
            "first_sent_at": now,
            "sent_at": now,
        },
    )
    if created:
        RegisterRevision.objects.create(
            school_id=school_class.school_id,
            register=register,
            number=1,
            operation_id=uuid.uuid4(),
            state="taken",
            sent_by=sender,
            sent_at=now,
        )
    return register
