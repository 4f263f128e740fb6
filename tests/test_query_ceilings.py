"""Queries are counted: every list and dashboard at two sizes under one literal ceiling.

The second size has three times the communes, schools, classes and pupils of the first, and a
month of registers; a page that asks once per row would show.
"""

import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Post, StaffImport
from attendance.models import Closure, PlannedLeave, Register, RegisterRevision, YearFrame
from core.events import record
from core.jobs.records import note_failure
from core.months import Month
from inspections.calendar.services import make_address
from inspections.events import COMMITTEE_FOUNDED
from inspections.models import InspectionPlan, Visit
from mobilisation.campaigns.services import note_campaign
from mobilisation.models import ChildCase, Match, Proposal, SurveyEntry, SurveyImport
from reports.models import IssuedPaper, Publication, ReportRun
from reports.services.facts import rebuild
from reports.services.flags import raise_flags
from schools.enums import AreaLevel
from schools.events import SITE_ADDED
from schools.models import (
    Area,
    ConversionScheme,
    ImportBatch,
    Placement,
    School,
    SchoolYear,
    SemiBoarding,
    Transfer,
    YearTurn,
)
from schools.year_turn.selectors.standing import read_standing
from schools.year_turn.services.plan import propose
from schools.year_turn.services.turning import turn_year
from schools.year_turn.services.undoing import undo_turn
from tests.accounts.staff_builders import make_person, teach
from tests.frozen import freeze_time
from tests.mobilisation.case_builders import close, follow, visit
from tests.mobilisation.survey_workbooks import make_child, make_round
from tests.reports.papers.rows import make_issued
from tests.reports.publications import make_publication
from tests.reports.register_builders import pupil_ids, take
from tests.world import make_area, make_class, make_school, make_user

pytestmark = pytest.mark.django_db

CEILINGS = {
    # name: (person, address, ceiling)
    "home of a teacher": ("teacher_a", "home", 25),
    "home of a head": ("head_a", "home", 67),
    "home of a commune": ("commune_officer", "home", 58),
    "help of a teacher": ("teacher_a", "help", 20),
    "help of a head": ("head_a", "help", 20),
    "practice class": ("teacher_a", "practice", 20),
    "today of a teacher": ("teacher_a", "today", 21),
    "today of a head": ("head_a", "today", 17),
    "sheet": ("teacher_a", "sheet", 31),
    # The calendar of the day and its rules are remembered (ADR 106).
    "sheet, on a day that the process knows": ("teacher_a", "sheet", 23),
    "history": ("teacher_a", "history", 12),
    "closures": ("head_a", "closures", 21),
    "closures of a province": ("province_officer", "closures", 19),
    "public holidays of a school": ("head_a", "holidays", 16),
    "public holidays of a province": ("province_officer", "holidays", 16),
    "closure": ("province_officer", "closure", 28),
    "frames": ("province_officer", "frames", 13),
    "weekly patterns": ("province_officer", "patterns", 14),
    "weekly patterns of a head": ("head_a", "patterns", 17),
    "what is missing, of a province": ("province_officer", "readiness", 47),
    "what is missing, of everybody": ("system_admin", "readiness", 47),
    "what is missing, of a head": ("head_a", "readiness", 36),
    "what schools lack": ("province_officer", "readiness_schools", 30),
    "month workbook": ("teacher_a", "workbook", 10),
    "month workbook, the file": ("teacher_a", "workbook_file", 20),
    "month grid": ("teacher_a", "month", 25),
    "month on paper": ("head_a", "month_paper", 22),
    "symbols of papers": ("province_officer", "paper_symbols", 12),
    "word templates": ("province_officer", "paper_templates", 14),
    "word templates of a paper": ("province_officer", "paper_template", 14),
    "month to sign": ("head_a", "register_pdf", 22),
    "month to sign in Excel": ("head_a", "register_excel", 22),
    "pupils at risk": ("head_a", "risks", 24),
    "registers and roll of a head": ("head_a", "roll_differences", 15),
    "registers and roll of a province": ("province_officer", "roll_differences", 14),
    "reopenings": ("head_a", "reopenings", 10),
    "open a place again": ("commune_officer", "reopening_open", 9),
    "province": ("province_officer", "province", 35),
    "province, each month by its own units": ("province_officer", "province_then", 35),
    "province, on another map": ("province_officer", "province_map", 36),
    "cluster": ("district_officer", "cluster", 37),
    "commune": ("commune_officer", "commune", 49),
    "mobilisation of a province": ("province_officer", "mobilisation", 25),
    "mobilisation of a commune": ("commune_officer", "mobilisation_commune", 29),
    "standards of a province": ("province_officer", "standards", 24),
    "standards of a commune": ("commune_officer", "standards_commune", 24),
    "yearly forms of a province": ("province_officer", "yearly_forms", 48),
    "yearly forms of a commune": ("commune_officer", "yearly_forms_commune", 48),
    "who lacks in a standard": ("commune_officer", "standards_missing", 28),
    "assigned numbers of a province": ("province_officer", "assigned", 16),
    "assigned numbers, the file": ("province_officer", "assigned_file", 14),
    "assigned numbers of a commune": ("district_officer", "assigned_commune", 18),
    "especially difficult communes": ("province_officer", "designations", 10),
    "API: standards": ("province_officer", "api_standards", 20),
    "API: cases": ("commune_officer", "api_cases", 16),
    "API: mobilisation": ("province_officer", "api_mobilisation", 23),
    "school": ("head_a", "school", 55),
    "class": ("teacher_a", "class", 48),
    "a commune among similar ones": ("commune_officer", "similar_area", 30),
    "a school among similar ones": ("head_a", "similar_school", 26),
    "a figure of a province explained": ("province_officer", "explain_province", 22),
    "a figure of a commune explained": ("commune_officer", "explain_commune", 43),
    "a figure of a commune, by register": ("district_officer", "explain_commune", 39),
    "a figure of a school explained": ("head_a", "explain_school", 32),
    "a figure of a class explained": ("teacher_a", "explain_class", 31),
    "what is behind a figure, the file": ("commune_officer", "explain_file", 40),
    "pupil": ("teacher_a", "pupil", 26),
    "record of a pupil": ("head_a", "record", 23),
    "who saw a pupil": ("head_a", "pupil_seen", 14),
    "who saw names of a school": ("head_a", "school_seen", 10),
    "names shown, counted": ("system_admin", "trail_counts", 10),
    "class list": ("teacher_a", "class_list", 14),
    "classes to merge": ("head_a", "class_merge", 14),
    "pupils to split off": ("head_a", "class_split", 14),
    "semi-boarding schools of a province": ("province_officer", "boarding_area", 24),
    "semi-boarding schools of a commune": ("commune_officer", "boarding_commune", 24),
    "a school by the rules of semi-boarding": ("head_a", "boarding_school", 26),
    "scheme of a semi-boarding school": ("head_a", "scheme", 16),
    "semi-boarders of a class": ("head_a", "class_semi_boarders", 16),
    "a time as a semi-boarder": ("head_a", "semi_boarding", 18),
    "rice and money of a school": ("head_a", "support", 34),
    "search of a school": ("head_a", "search", 20),
    "search of a commune": ("commune_officer", "search", 20),
    "search of the province": ("province_officer", "search", 20),
    "pupils on the way, of a school": ("head_a", "transfers", 19),
    "ledger of a province": ("province_officer", "ledger_province", 21),
    "ledger of a commune": ("commune_officer", "ledger_commune", 22),
    "ledger of a school": ("head_a", "ledger_school", 16),
    "ledger of a class": ("teacher_a", "ledger_class", 16),
    "API: ledger": ("province_officer", "api_ledger", 20),
    "pupils on the way, of a commune": ("commune_officer", "transfers", 21),
    "pupil to be received": ("head_a", "transfer_receive", 14),
    "pupil to be sent": ("head_a", "transfer_send", 16),
    "staff of a school": ("head_a", "staff", 18),
    "staff of a school, for its cluster": ("district_officer", "staff", 18),
    "staff of the province": ("province_officer", "staff_overview", 18),
    "staff of the installation": ("system_admin", "staff_overview", 18),
    "a staff member": ("head_a", "staff_person", 18),
    "classes and teachers": ("head_a", "staff_classes", 16),
    "teachers of a class": ("head_a", "staff_class", 18),
    "substitute": ("head_a", "staff_substitute", 16),
    "accounts from a staff list": ("head_a", "issue_school", 16),
    "accounts from all staff lists": ("province_officer", "issue_staff", 18),
    "accounts from all staff lists, of everybody": ("system_admin", "issue_staff", 18),
    "staff lists uploaded": ("head_a", "staff_import", 10),
    "pupil lists of many schools": ("province_officer", "pupils_import_all", 14),
    "a pupil list of many schools": ("province_officer", "pupils_batch", 14),
    "a school of such a list": ("province_officer", "pupils_batch_school", 14),
    "planned leave of a head": ("head_a", "leaves", 11),
    "planned leave of a commune": ("commune_officer", "leaves", 14),
    "planned leave of a class": ("teacher_a", "class_leaves", 11),
    "missing of a teacher": ("teacher_a", "missing", 20),
    "missing of a school": ("head_a", "missing_school", 27),
    "missing of a commune": ("commune_officer", "missing_commune", 25),
    "missing of a cluster": ("district_officer", "missing_cluster", 26),
    "missing of a province": ("province_officer", "missing_province", 26),
    "children of a province": ("province_officer", "children", 12),
    "children of a commune": ("commune_officer", "children_commune", 14),
    "children of a village": ("commune_officer", "children_village", 15),
    "households of a village": ("commune_officer", "households", 14),
    "a household": ("commune_officer", "household", 14),
    "somebody of a household": ("commune_officer", "survey_person", 16),
    "missing of a mobilisation rate": ("commune_officer", "children_missing", 17),
    "to bring to school": ("commune_officer", "rolls", 22),
    "to bring to school, the file": ("commune_officer", "to_bring_file", 20),
    "matches to decide": ("commune_officer", "rolls_decide", 23),
    "found on a roll": ("commune_officer", "rolls_found", 22),
    "on a roll only": ("commune_officer", "rolls_roll", 21),
    "children followed": ("commune_officer", "cases", 24),
    "children followed by a member": ("member_user", "cases_open", 24),
    "children followed who came back": ("commune_officer", "cases_returned", 34),
    "children followed by a teacher": ("teacher_a", "cases_open", 20),
    "a child followed": ("commune_officer", "case", 24),
    "children followed, counted": ("province_officer", "case_counts", 18),
    "what came of following": ("province_officer", "case_effect", 30),
    "what came of following, a school": ("head_a", "case_effect_school", 30),
    "campaigns": ("commune_officer", "campaigns", 18),
    "round of visits": ("commune_officer", "visiting_round", 20),
    "surveys uploaded": ("commune_officer", "survey_import", 10),
    "what followed the visits of a year": ("province_officer", "effect", 22),
    "what followed the visits of a plan": ("province_officer", "plan_effect", 22),
    "what followed a visit": ("province_officer", "visit_effect", 24),
    "API: a visit taken along": ("member_user", "visit_taken", 20),
    "scoring criteria": ("province_officer", "criteria", 10),
    "questions of the checklist": ("province_officer", "questions", 10),
    "inspections here, of a commune": ("commune_officer", "visits_here", 12),
    "an inspection here, of a commune": ("commune_officer", "visit_here", 23),
    "a member's own work": ("member_user", "mine", 31),
    "a member's calendar": ("nobody", "calendar_feed", 12),
    "flags": ("province_officer", "flags", 14),
    "targets": ("province_officer", "targets", 11),
    "a target tried": ("province_officer", "target_rehearsal", 24),
    "the month of a school": ("head_a", "month_school", 30),
    "the month of a commune": ("commune_officer", "month_commune", 24),
    "the month of a province": ("province_officer", "month_province", 24),
    "assessment of a commune, drafted": ("commune_officer", "month_assessment", 70),
    "a month to publish": ("province_officer", "month_publish", 24),
    "what was published": ("province_officer", "publication", 55),
    "API: what was published": ("province_officer", "api_published", 14),
    "a code looked up": ("nobody", "verify_code", 25),
    "reports": ("commune_officer", "runs", 12),
    "issued papers": ("province_officer", "papers", 16),
    "issued papers of a commune": ("commune_officer", "papers", 16),
    "issued papers in Excel": ("province_officer", "papers_excel", 14),
    "pupil list of a school": ("head_a", "pupils_export", 12),
    "pupil list of a commune": ("commune_officer", "pupils_export_all", 12),
    "schools kept": ("province_officer", "records", 13),
    "schools kept by an administrator": ("system_admin", "records", 13),
    "school kept": ("province_officer", "record_of_school", 16),
    "school years": ("province_officer", "years", 10),
    "supervision clusters": ("province_officer", "clusters", 11),
    "communes put into a cluster": ("province_officer", "cluster_communes", 11),
    "dated rules": ("province_officer", "rules", 9),
    "a dated rule": ("province_officer", "rule", 12),
    "units by decree": ("system_admin", "decrees", 8),
    "a school merged with others": ("province_officer", "school_merge", 12),
    "page of a school": ("head_a", "school_page", 19),
    "who did what, of a school": ("head_a", "events", 8),
    "who did what, of a province": ("province_officer", "events", 9),
    "who did what": ("system_admin", "events", 9),
    "operations": ("system_admin", "operations", 42),
    "keys of everybody": ("system_admin", "all_tokens", 9),
    "accounts of a head": ("head_a", "people", 20),
    "accounts of a province": ("province_officer", "people", 20),
    "accounts of everybody": ("system_admin", "people", 20),
    "an account": ("head_a", "person", 20),
    "a role to give": ("province_officer", "role_give", 20),
    "new accounts": ("province_officer", "issue", 20),
    "second step of one's own": ("nobody", "second_factor", 9),
    "where one is signed in": ("nobody", "browsers", 8),
}


def addresses(world):
    month = "?month=2026-10"
    province = reverse("reports:area", args=[world.province.pk]) + month
    sheet = [world.class_a.pk, world.today, "am"]
    return {
        "home": reverse("home"),
        "help": reverse("help"),
        "practice": reverse("attendance:practice"),
        "today": reverse("attendance:today"),
        "sheet": reverse("attendance:sheet", args=sheet),
        "history": reverse("attendance:history", args=sheet),
        "missing": reverse("reports:missing"),
        "missing_school": reverse("reports:missing_school", args=[world.school_a.pk]),
        "missing_commune": reverse("reports:missing_area", args=[world.commune_a.pk]),
        "missing_cluster": reverse("reports:missing_area", args=[world.cluster.pk]),
        "missing_province": reverse("reports:missing_area", args=[world.province.pk]),
        "workbook": reverse("attendance:workbook", args=[world.class_a.pk, "2026-10"]),
        "workbook_file": reverse("attendance:workbook_file", args=[world.class_a.pk, "2026-10"]),
        "month": reverse("attendance:month", args=[world.class_a.pk, Month.of(world.today)]),
        "month_paper": reverse("attendance:month", args=[world.class_a.pk, Month.of(world.today)])
        + "?paper=filled",
        "register_pdf": reverse(
            "attendance:register_pdf", args=[world.class_a.pk, Month.of(world.today)]
        ),
        "register_excel": reverse(
            "attendance:register_excel", args=[world.class_a.pk, Month.of(world.today)]
        ),
        "risks": reverse("reports:risks"),
        "search": reverse("schools:search") + "?q=ng+a",
        "transfers": reverse("schools:transfers"),
        "boarding_area": reverse("schools:boarding_area", args=[world.province.pk]),
        "boarding_commune": reverse("schools:boarding_area", args=[world.commune_a.pk]),
        "boarding_school": reverse("schools:boarding_school", args=[world.school_a.pk]),
        "scheme": reverse("schools:scheme", args=[ConversionScheme.objects.get().pk]),
        "class_semi_boarders": reverse("schools:class_semi_boarders", args=[world.class_a.pk]),
        "semi_boarding": reverse(
            "schools:semi_boarding_change", args=[SemiBoarding.objects.order_by("pk")[0].pk]
        ),
        "support": reverse("attendance:support", args=[world.school_a.pk]),
        "ledger_province": reverse("schools:ledger_area", args=[world.province.pk]) + "?by=ethnic",
        "ledger_commune": reverse("schools:ledger_area", args=[world.commune_a.pk]) + "?by=level",
        "ledger_school": reverse("schools:ledger_school", args=[world.school_a.pk]) + "?by=grade",
        "ledger_class": reverse("schools:ledger_class", args=[world.class_a.pk]) + "?by=sex",
        "api_ledger": reverse("api:ledger") + "?area=12&from=2026-09-01&to=2026-10-12&by=sex",
        "transfer_receive": reverse(
            "schools:transfer_receive", args=[Transfer.objects.order_by("pk")[0].pk]
        ),
        "transfer_send": reverse("schools:transfer_send", args=[world.class_a.spells.all()[0].pk]),
        "closures": reverse("attendance:closures"),
        "holidays": reverse("attendance:holidays"),
        "closure": reverse(
            "attendance:closure", args=[Closure.objects.get(area=world.province).pk]
        ),
        "frames": reverse("attendance:frames"),
        "patterns": reverse("attendance:patterns"),
        "readiness": reverse("readiness"),
        "readiness_schools": reverse("readiness_schools"),
        "leaves": reverse("attendance:leaves"),
        "class_leaves": reverse("attendance:class_leaves", args=[world.class_a.pk]),
        "roll_differences": reverse("attendance:roll_differences"),
        "reopenings": reverse("attendance:reopenings"),
        "reopening_open": reverse("attendance:reopening_open"),
        "province": province,
        "province_then": province + "&map=then",
        "province_map": province + "&map=2025-08-01",
        "cluster": reverse("reports:area", args=[world.cluster.pk]) + month,
        "commune": reverse("reports:area", args=[world.commune_a.pk]) + month,
        "school": reverse("reports:school", args=[world.school_a.pk]) + month,
        "class": reverse("reports:school_class", args=[world.class_a.pk]) + month,
        "similar_area": reverse("reports:similar_area", args=[world.commune_a.pk]) + month,
        "similar_school": reverse("reports:similar_school", args=[world.school_a.pk]) + month,
        "explain_province": reverse("reports:explain_area", args=[world.province.pk]) + month,
        "explain_commune": reverse("reports:explain_area", args=[world.commune_a.pk]) + month,
        "explain_school": reverse("reports:explain_school", args=[world.school_a.pk]) + month,
        "explain_class": reverse("reports:explain_class", args=[world.class_a.pk]) + month,
        "explain_file": reverse("reports:explain_area_excel", args=[world.commune_a.pk])
        + f"{month}&what=all",
        "record": reverse("schools:pupil", args=[pupil_ids(world.class_a)[0]]),
        "pupil_seen": reverse("schools:pupil_seen", args=[pupil_ids(world.class_a)[0]]),
        "school_seen": reverse("schools:school_seen", args=[world.school_a.pk]),
        "trail_counts": reverse("schools:trail_counts"),
        "class_merge": reverse("schools:class_merge", args=[world.class_a.pk]),
        "class_split": reverse("schools:class_split", args=[world.class_a.pk]),
        "class_list": reverse("schools:school_class", args=[world.class_a.pk]),
        "pupil": reverse("reports:pupil", args=[pupil_ids(world.class_a)[0]]),
        "staff": reverse("staff:school", args=[world.school_a.pk]),
        "staff_overview": reverse("staff:staff"),
        "staff_person": reverse("staff:person", args=[Post.objects.earliest("pk").person_id]),
        "staff_classes": reverse("staff:classes", args=[world.school_a.pk]),
        "staff_class": reverse("staff:school_class", args=[world.class_a.pk]),
        "staff_substitute": reverse("staff:substitute", args=[world.class_a.pk]),
        "issue_school": reverse("accounts:issue_school", args=[world.school_a.pk]),
        "issue_staff": reverse("accounts:issue_staff"),
        "staff_import": reverse("staff:import_upload", args=[world.school_a.pk]),
        "pupils_import_all": reverse("schools:import_upload_all"),
        "pupils_export": reverse("schools:pupils_export_school", args=[world.school_a.pk]),
        "pupils_export_all": reverse("schools:pupils_export_all"),
        "pupils_batch": reverse("schools:import_batch", args=[_list_of_many(world)]),
        "pupils_batch_school": reverse(
            "schools:import_batch_school", args=[_list_of_many(world), world.school_a.pk]
        ),
        "children": reverse("mobilisation:communes"),
        "children_missing": reverse("mobilisation:missing", args=[world.commune_a.pk])
        + f"{month}&rate=mobilised_6_10",
        "mobilisation": reverse("reports:mobilisation", args=[world.province.pk]) + month,
        "mobilisation_commune": reverse("reports:mobilisation", args=[world.commune_a.pk]) + month,
        "api_mobilisation": reverse("api:mobilisation") + month + "&area=12&by=commune",
        "standards": reverse("mobilisation:standards", args=[world.province.pk]),
        "yearly_forms": reverse("reports:yearly_forms", args=[world.province.pk]) + month,
        "yearly_forms_commune": reverse("reports:yearly_forms", args=[world.commune_a.pk]) + month,
        "standards_commune": reverse("mobilisation:standards", args=[world.commune_a.pk]),
        "standards_missing": reverse("mobilisation:standards_missing", args=[world.commune_a.pk])
        + "?condition=THCS1-tot-nghiep",
        "designations": reverse("mobilisation:designations"),
        "assigned": reverse("mobilisation:assigned"),
        "assigned_file": reverse("mobilisation:assigned_file"),
        "assigned_commune": reverse("mobilisation:assigned_commune", args=[world.commune_a.pk]),
        "api_standards": reverse("api:standards") + "?year=2026&area=12",
        "children_commune": reverse("mobilisation:commune", args=[world.commune_a.pk]),
        "children_village": reverse("mobilisation:village", args=[world.commune_a.pk])
        + "?village=hang+lia",
        "households": reverse("mobilisation:households", args=[world.commune_a.pk])
        + "?village=hang+lia",
        "household": reverse(
            "mobilisation:household",
            args=[
                SurveyEntry.objects.filter(survey_round__commune=world.commune_a)[0].household_id
            ],
        ),
        "survey_person": reverse(
            "mobilisation:person",
            args=[SurveyEntry.objects.filter(survey_round__commune=world.commune_a)[0].person_id],
        ),
        "to_bring_file": reverse("mobilisation:to_bring_file", args=[world.commune_a.pk]),
        "rolls": reverse("mobilisation:rolls", args=[world.commune_a.pk]),
        **{
            f"rolls_{name}": reverse("mobilisation:rolls", args=[world.commune_a.pk])
            + f"?list={name}"
            for name in ("decide", "found", "roll")
        },
        "cases": reverse("mobilisation:cases"),
        "api_cases": reverse("api:cases"),
        "cases_open": reverse("mobilisation:cases") + "?list=open",
        "cases_returned": reverse("mobilisation:cases") + "?list=returned",
        "case": reverse("mobilisation:case", args=[ChildCase.objects.earliest("pk").pk]),
        "case_counts": reverse("mobilisation:case_counts"),
        "case_effect": reverse("mobilisation:case_effect_of_area", args=[world.province.pk]),
        "case_effect_school": reverse(
            "mobilisation:case_effect_of_school", args=[world.school_a.pk]
        ),
        "campaigns": reverse("mobilisation:campaigns"),
        "visiting_round": reverse("mobilisation:visiting_round"),
        "survey_import": reverse("mobilisation:import_upload", args=[world.commune_a.pk]),
        "month_school": reverse("reports:month_school", args=[world.school_a.pk]) + month,
        "month_commune": reverse("reports:month_area", args=[world.commune_a.pk]) + month,
        "month_province": reverse("reports:month_area", args=[world.province.pk]) + month,
        "month_assessment": reverse("reports:month_assessment", args=[world.commune_a.pk]) + month,
        "month_publish": reverse("reports:month_publish", args=[world.province.pk]) + month,
        **_published(world),
        **_visited(world),
        "criteria": reverse("inspections:criteria"),
        "questions": reverse("inspections:questions"),
        "flags": reverse("reports:flags") + month,
        "targets": reverse("reports:targets"),
        "target_rehearsal": reverse("reports:target_rehearsal")
        + f"?area={world.province.pk}&level=THCS&percent=95",
        "runs": reverse("reports:runs"),
        **_issued(world),
        "operations": reverse("operations"),
        "events": reverse("schools:events"),
        "records": reverse("schools:records"),
        "record_of_school": reverse("schools:record", args=[world.school_a.pk]),
        "years": reverse("schools:years"),
        "clusters": reverse("schools:clusters"),
        "cluster_communes": reverse("schools:cluster_communes", args=[world.cluster.pk]),
        "rules": reverse("schools:rules"),
        "rule": reverse("schools:rule", args=["attendance.cold_limit"]),
        "decrees": reverse("schools:decrees"),
        "school_merge": reverse("schools:school_merge", args=[world.school_a.pk]),
        "school_page": reverse("schools:school", args=[world.school_a.pk]),
        "all_tokens": reverse("accounts:all_tokens"),
        "people": reverse("accounts:people"),
        "person": reverse("accounts:person", args=[world.teacher_a.pk]),
        "role_give": reverse("accounts:role_give") + "?username=nobody&role=school_head",
        "issue": reverse("accounts:issue"),
        "second_factor": reverse("accounts:second_factor"),
        "browsers": reverse("accounts:browsers"),
    }


def _published(world):
    """The figures of now, published as those of the running month, which is never locked."""
    made = Publication.objects.filter(area=world.province).first() or make_publication(
        world.province, month=world.today.replace(day=1), counted=True
    )
    return {
        "publication": reverse("reports:publication", args=[made.pk]),
        "verify_code": reverse("verify_code", args=[made.code]),
        "api_published": reverse("api:published") + "?month=2026-10&area=12",
    }


def _issued(world):
    """The register of papers, with as many as there are communes."""
    for commune in Area.objects.filter(level=AreaLevel.COMMUNE):
        if not IssuedPaper.objects.filter(office_area=commune).exists():
            make_issued(commune, world.commune_officer)
    return {
        "papers": reverse("reports:papers"),
        "paper_symbols": reverse("reports:paper_symbols"),
        "paper_templates": reverse("reports:paper_templates"),
        "paper_template": reverse("reports:paper_template", args=["report"]),
        "papers_excel": reverse("reports:papers_excel"),
    }


def _visited(world):
    """A visit of September that was made, and the calendar of who made it."""
    plan, _made = InspectionPlan.objects.get_or_create(
        area=world.province,
        month=datetime.date(2026, 9, 1),
        defaults={
            "based_on": datetime.date(2026, 9, 1),
            "capacity": 1,
            "drafted_by": world.province_officer,
            "state": "approved",
            "approved_by": world.province_officer,
            "approved_at": timezone.now(),
        },
    )
    visit, _made = Visit.objects.get_or_create(
        plan=plan,
        commune=world.commune_a,
        defaults={
            "rank": 1,
            "reason": "Thấp",
            "member": world.member,
            "planned_on": datetime.date(2026, 9, 15),
            "state": "done",
            "visited_on": datetime.date(2026, 9, 15),
            "result": "Đủ",
            "recorded_by": world.member_user,
            "recorded_at": timezone.now(),
        },
    )
    return {
        "effect": reverse("inspections:effect"),
        "plan_effect": reverse("inspections:plan_effect", args=[plan.pk]),
        "visit_effect": reverse("inspections:visit_effect", args=[visit.pk]),
        "mine": reverse("inspections:mine"),
        "visits_here": reverse("inspections:visits_here"),
        "visit_here": reverse("inspections:visit_here", args=[visit.pk]),
        "visit_taken": reverse("api:visit_findings", args=[_planned(plan, world)]),
        "calendar_feed": reverse(
            "inspections:calendar_feed", args=[make_address(user=world.member_user)]
        ),
    }


def _planned(plan, world):
    """A visit of the same plan that is still to be made."""
    visit, _made = Visit.objects.get_or_create(
        plan=plan,
        commune=world.commune_a2,
        defaults={
            "rank": 2,
            "reason": "Thấp",
            "member": world.member,
            "planned_on": world.today,
        },
    )
    return visit.pk


def _list_of_many(world):
    """A pupil list of every school there is, checked."""
    counts = dict.fromkeys(("new", "changed", "unchanged", "refused"), 1)
    counts |= dict.fromkeys(("new_classes", "others_on_roll"), 1)
    schools = [
        {"id": each.pk, "code": each.code, "name": each.name, "rows": {"new": []}, **counts}
        for each in School.objects.order_by("pk")
    ]
    batch, _made = ImportBatch.objects.get_or_create(
        school=None,
        made_by=world.province_officer,
        year=world.year,
        starts_on=world.today,
        file_name="nhieu-truong.xlsx",
    )
    batch.state, batch.preview = "ready", {"sheets": [["Học sinh", 1]], "schools": schools}
    batch.save()
    return batch.pk


def write_calendar(world, schools):
    """A cold day of the province; in each of the schools it is held anyway, and framed."""
    for school in schools:
        Closure.objects.create(
            school=school,
            is_held=True,
            reason="cold",
            valid_from=world.today,
            valid_to=world.today + datetime.timedelta(days=1),
        )
        YearFrame.objects.create(
            year=world.year,
            school=school,
            valid_from=world.year.valid_from,
            valid_to=world.year.valid_to,
        )


def write_books(world, classes):
    """Twelve days of registers up to today in each class, two pupils away and on leave now."""
    for school_class in classes:
        away = pupil_ids(school_class)[:2]
        for back in range(12):
            date = world.today - datetime.timedelta(days=back)
            take(school_class, date, dict.fromkeys(away, "K"))
        PlannedLeave.objects.bulk_create(
            PlannedLeave(
                school_id=school_class.school_id,
                pupil_id=pupil_id,
                valid_from=world.today,
                valid_to=world.today + datetime.timedelta(days=3),
                reason="sick",
                announced_by="mẹ",
                recorded_by=world.teacher_a,
                recorded_at=timezone.now(),
            )
            for pupil_id in away
        )
    rebuild(
        school_ids=list(School.objects.values_list("pk", flat=True)), month=Month.of(world.today)
    )
    raise_flags(month=Month.of(world.today))
    for school_class in classes:
        note_failure("reports.rebuild_school_month", {"school_id": school_class.pk}, ValueError())
    ReportRun.objects.create(
        kind="monthly",
        area=world.commune_a,
        month=world.today.replace(day=1),
        made_by=world.commune_officer,
    )


def sign_in_on_more(world):
    """A person of whom there is nothing else has three more phones and browsers; and decides."""
    for number in range(3):
        record(COMMITTEE_FOUNDED, by=world.nobody, about=world.committee, area=world.province.pk)
        record(SITE_ADDED, by=world.head_a, about=world.school_a, school=world.school_a.pk)
        TOTPDevice.objects.create(user=world.nobody, name=f"Máy {number}")
        Client().force_login(world.nobody, "django.contrib.auth.backends.ModelBackend")


def hire(world, classes):
    """A homeroom teacher of each class, and a further one with an account for its subjects."""
    for school_class in classes:
        school = school_class.school
        person = make_person(f"Lò Văn {school_class.pk}", school, since=world.since)
        teach(person, school_class, start=world.since)
        other = make_person(f"Vàng Thị {school_class.pk}", school, since=world.since)
        other.user = make_user(f"vang{school_class.pk}", other.full_name, since=world.since)
        other.save()
        teach(other, school_class, start=world.since, kind="subject")
        StaffImport.objects.create(
            school=school,
            file_name="ds.xlsx",
            file_hash="0" * 64,
            starts_on=world.today,
            made_by=world.head_a,
        )


def follow_some(world, classes):
    """Of each class two pupils followed, one of them said to be back; and two children at home."""
    for school_class in classes:
        told = {"held_on": world.today, "who": "Hội Phụ nữ", "households": 9, "children_back": 1}
        note_campaign(commune=world.commune_a, by=world.commune_officer, **told)
        pupils = [spell.pupil for spell in school_class.spells.select_related("pupil")[:2]]
        for each in pupils:
            case = follow(world, each, causes=["poverty", "tet"])
            visit(world, case)
            visit(world, case, way="call")
        close(world, case)
        for number in range(2):
            name = f"Giàng A {number}"
            child = make_child(
                make_round(world.commune_a), name, form=f"c{school_class.pk}-{number}"
            )
            visit(world, follow(world, person=child))


def on_the_way(world, classes):
    """Two pupils of each class are expected at school A."""
    for school_class in classes:
        for spell in school_class.spells.select_related("pupil")[:2]:
            Transfer.objects.create(
                pupil=spell.pupil,
                from_class=school_class,
                to_school=world.school_a,
                grade=spell.grade,
                leaves_on=world.today,
                sent_by=world.head_b,
                sent_on=world.today,
            )


def board_some(world, classes):
    """Three pupils of each class are semi-boarders; school A has a scheme."""
    for school_class in classes:
        for spell in school_class.spells.order_by("pk")[:3]:
            SemiBoarding.objects.create(pupil_id=spell.pupil_id, valid_from=world.since)
    ConversionScheme.objects.get_or_create(
        school=world.school_a,
        defaults={"reviewed_on": world.today, "reviewed_by": world.commune_officer},
    )


def survey(world, classes):
    """Of each class two children found on the roll, two to decide, two to bring to school."""
    survey_round = make_round(world.commune_a)
    follow_some(world, classes)
    for school_class in classes:
        pupils = [spell.pupil for spell in school_class.spells.select_related("pupil")[:4]]
        for number in range(6):
            form, village = f"{school_class.pk}-{number}", ("Háng Lìa", f"Bản {school_class.pk}")
            child = make_child(
                survey_round, f"Lù A {number}", form=form, village=village[number % 2]
            )
            if number < min(2, len(pupils)):
                Match.objects.create(
                    person=child.person,
                    pupil=pupils[number],
                    score=90,
                    confirmed_by=world.commune_officer,
                    confirmed_at=timezone.now(),
                )
            elif number < min(4, len(pupils)):
                Proposal.objects.create(
                    survey_round=survey_round,
                    person=child.person,
                    pupil=pupils[number],
                    score=80,
                    is_certain=number == 2,
                )
        SurveyImport.objects.create(
            commune=world.commune_a,
            year=2026,
            file_name="phieu.xlsx",
            file_hash="0" * 64,
            made_by=world.commune_officer,
        )


def revisions_for(world):
    """The sheet and its history need the revision of today's register."""
    for register in Register.objects.filter(school_class=world.class_a, date=world.today):
        RegisterRevision.objects.get_or_create(
            register=register,
            number=1,
            defaults={
                "school_id": register.school_id,
                "operation_id": "8f6d2a52-0b9c-4d6e-9a55-3f0d8f1f6a11",
                "state": "taken",
                "sent_by": world.teacher_a,
                "sent_at": register.sent_at,
            },
        )


def grow(world):
    """Two more communes with two schools each, more classes and pupils in school A."""
    classes = []
    for number in range(2):
        commune = make_area(3, "xa", f"0400{number}", f"Thêm {number}", world.province)
        for letter in "XY":
            school = make_school(
                f"12{number}{letter}", f"THCS {letter}{number}", "THCS", commune, world.since
            )
            classes.append(
                make_class(school, world.year, "7A", "THCS", "7", [f"Lò Văn {n}" for n in "ABCDEF"])
            )
    for number in range(3):
        names = [f"Sùng A {n}" for n in "ABCDEFGH"]
        classes.append(make_class(world.school_a, world.year, f"6{number}", "THCS", "6", names))
    more = make_school("12AZ", "THCS Bổ sung", "THCS", world.commune_a, world.since)
    classes.append(make_class(more, world.year, "8A", "THCS", "8", ["Lý A Sử", "Lý A Tá"]))
    return classes


def count(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url, follow=True).status_code == 200
    return len(queries)


# What is asked once as soon as there is a second school, and never again.
# The tree of areas, for the calendar of two schools.
# The latest visit of cases, as soon as there is a case.
ONCE_MORE = {
    "a figure of a commune explained": 1,
    "a figure of a commune, by register": 1,
    "what is behind a figure, the file": 1,
    "what was published": 1,
    "home of a commune": 1,
    "children followed who came back": 1,
    "pupils on the way, of a school": 1,
    "pupils on the way, of a commune": 1,
    "what came of following": 1,
}

# The menu counts what is late and the pages name it, once the hour has passed.
LATE_CEILINGS = {
    "home of a head": ("head_a", "home", 76),
    "today of a head": ("head_a", "today", 26),
    "today of a teacher": ("teacher_a", "today", 30),
    "sheet": ("teacher_a", "sheet", 31),
    # The calendar of the day and its rules are remembered (ADR 106).
    "sheet, on a day that the process knows": ("teacher_a", "sheet", 23),
    "missing of a school": ("head_a", "missing_school", 36),
    "missing of a commune": ("commune_officer", "missing_commune", 25),
}


@pytest.mark.parametrize(
    ("hour", "ceilings"), [("00:10", CEILINGS), ("08:30", LATE_CEILINGS)], ids=["early", "late"]
)
def test_queries_stay_under_their_ceilings_and_do_not_grow(world, sign_in, hour, ceilings):
    with freeze_time(f"2026-10-12 {hour}:00"):
        write_books(world, [world.class_a, world.class_b])
        revisions_for(world)
        Closure.objects.create(
            area=world.province,
            reason="cold",
            valid_from=world.today,
            valid_to=world.today + datetime.timedelta(days=1),
        )
        write_calendar(world, [world.school_a, world.school_b])
        sign_in_on_more(world)
        hire(world, [world.class_a, world.class_b])
        survey(world, [world.class_a, world.class_a12])
        on_the_way(world, [world.class_b])
        board_some(world, [world.class_a, world.class_b])
        clients = {person: sign_in(getattr(world, person)) for person, _at, _n in ceilings.values()}
        urls = addresses(world)
        small = {name: count(clients[who], urls[at]) for name, (who, at, _n) in ceilings.items()}

        more = grow(world)
        write_books(world, more)
        hire(world, more)
        survey(world, more)
        on_the_way(world, more)
        board_some(world, more)
        write_calendar(world, School.objects.exclude(pk__in=[world.school_a.pk, world.school_b.pk]))
        assert Placement.objects.count() == 7
        sign_in_on_more(world)
        large = {name: count(clients[who], urls[at]) for name, (who, at, _n) in ceilings.items()}

    over = {
        name: (small[name], large[name], ceiling)
        for name, (_who, _at, ceiling) in ceilings.items()
        if large[name] > ceiling or large[name] > small[name] + ONCE_MORE.get(name, 0)
    }
    assert over == {}


# Of the summer: the plan, then the turn that stands, and what came of it elsewhere.
TURN_CEILINGS = {
    "plan": ("head_a", "schools:year_turn", 26),
    "turned": ("head_a", "schools:year_turn", 28),
    "undo": ("head_a", "schools:year_turn_undo", 26),
    "arrivals": ("head_a", "schools:arrivals", 12),
    "schools": ("province_officer", "schools:year_turns", 12),
}


def test_pages_of_the_new_year_stay_under_their_ceilings_and_do_not_grow(world, sign_in):
    first = datetime.date(2027, 9, 6)
    SchoolYear.objects.create(
        code="2027-2028", valid_from=first, valid_to=datetime.date(2028, 6, 1)
    )
    with freeze_time("2027-08-10 02:00:00"):
        small = measure_turn(world, sign_in, "12T0")
        for turn in YearTurn.objects.order_by("-pk"):
            undo_turn(turn=turn, by=world.head_a)
        hire(world, grow(world))
        large = measure_turn(world, sign_in, "12T1")
    ceilings = {name: most for name, (_who, _at, most) in TURN_CEILINGS.items()}
    over = {
        name: (small[name], large[name], ceilings[name])
        for name in ceilings
        if large[name] > ceilings[name] or large[name] > small[name]
    }
    assert over == {}


def measure_turn(world, sign_in, code):
    """How many queries the pages need before and after school A, and a primary school that
    sends to it, have gone over."""
    today = datetime.date(2027, 8, 10)
    primary = make_school(code, f"TH {code}", "TH", world.commune_a, world.since)
    make_class(primary, world.year, "5A", "TH", "5", [f"Lý A {n}" for n in "ABCDE"])
    found = {}

    def look(name):
        who, at, _most = TURN_CEILINGS[name]
        args = [] if at == "schools:year_turns" else [world.school_a.pk]
        found[name] = count(sign_in(getattr(world, who)), reverse(at, args=args))

    look("plan")
    for school in (primary, world.school_a):
        choices = propose(read_standing(school, on=today))
        turn_year(school=school, choices=choices, on=today, by=world.head_a)
    for name in ("turned", "undo", "arrivals", "schools"):
        look(name)
    return found
