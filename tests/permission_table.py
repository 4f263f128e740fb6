"""The table of addresses: what fills their arguments, who may read, who may write.

`readers` open the page of an object of world A with 200 or a redirect; `writers` may also
POST there. Everybody else meets 403 or 404. People of world B (`teacher_b`, `head_b`) are in
no row of an object of A: that is the point of them.
"""

import datetime
import re
import uuid
from dataclasses import dataclass, field

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import EmergencyAccess, SignedIn
from accounts.tokens import make_token
from attendance.models import Closure, MonthBatch, Register, RegisterRevision, YearFrame
from attendance.services.leaves import record_leave
from attendance.services.reopenings import ask_reopening, open_registers
from core.jobs.records import note_failure, open_failure
from core.months import Month
from inspections.models import Committee, InspectionPlan, Member, Recommendation, Visit
from reports.models import ReportRun
from schools.models import Enrolment, ImportBatch, Pupil, PupilErasure
from schools.services.merging import merge_pupils

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
A_CLASS = {"teacher_a", "head_a", "commune_officer"}
A_SCHOOL = {"head_a", *OFFICES, *MEMBER}

HOUR = datetime.timedelta(hours=1)
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


def shared(readers, writers=frozenset(), **kwargs):
    """A page without objects of its own."""
    return Route(set(readers) | set(writers), set(writers), kwargs)


SHEET = {"class_id": "school_class", "date": "date", "session": "session"}
MONTH = {"class_id": "school_class", "month": "month"}
PLAN_VISIT = {"plan_id": "plan", "visit_id": "draft_visit"}
FAILED_JOB = {"failed_id": "failed_job"}
MEMBER_OF = {"committee_id": "committee", "member_id": "member"}

ROUTES = {
    "home": shared(EVERYBODY),
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
    "accounts:sign_in": shared(EVERYBODY),
    "accounts:sign_out": Route(EVERYBODY, EVERYBODY, post_only=True),
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
    "accounts:emergency": shared(ADMIN, ADMIN),
    "accounts:emergency_end": Route(
        set(), ADMIN, {"access_id": "emergency"}, everywhere=frozenset(ADMIN), post_only=True
    ),
    # The API
    "api:me": shared(EVERYBODY),
    "api:session": shared(EVERYBODY),
    "api:vault": Route(TEACHERS | HEADS, query="?device=" + 32 * "0"),
    "api:pocket": shared(TEACHERS | HEADS),
    "api:areas": shared(EVERYBODY),
    "api:schools": shared(HEADS | OFFICES | MEMBER),
    "api:classes": shared(TEACHERS | HEADS | COMMUNE),
    "api:roll": of(A_CLASS, class_id="school_class"),
    "api:registers": Route(TEACHERS | HEADS, TEACHERS | HEADS, post_only=True),
    "api:register": Route(A_CLASS, set(), SHEET, puts=frozenset({"teacher_a", "head_a"})),
    "api:figures": Route(OFFICES | MEMBER, query="?month=2026-10&area={area_code}"),
    "api:flags": Route(OFFICES | MEMBER, query="?month=2026-10"),
    "api:missing": shared(TEACHERS | HEADS | OFFICES | MEMBER),
    "api:inspections": shared(HIGHER | MEMBER),
    "api:schema": shared(EVERYBODY),
    # Schools and pupils
    "schools:schools": shared(HEADS | OFFICES | MEMBER),
    "schools:school": of(A_SCHOOL, school_id="school"),
    "schools:site_add": of([], {"head_a"}, school_id="school"),
    "schools:class_add": of([], {"head_a"}, school_id="school"),
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
    "schools:import_batch": of({"head_a"}, batch_id="batch"),
    "schools:import_save": of([], {"head_a"}, post_only=True, batch_id="batch"),
    "schools:import_check": of([], {"head_a"}, post_only=True, batch_id="batch"),
    # Nothing was refused in this batch, so there is no marked copy of it.
    "schools:import_marked": of([], batch_id="batch"),
    # Attendance
    "attendance:pocket": shared(EVERYBODY),
    "attendance:today": shared(TEACHERS | HEADS),
    "attendance:sheet": Route(A_CLASS, {"teacher_a", "head_a"}, SHEET),
    "attendance:month": Route(
        A_CLASS, {"teacher_a", "head_a"}, {"class_id": "school_class", "month": "month"}
    ),
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
    "attendance:workbook_file": of({"teacher_a", "head_a"}, **MONTH),
    # An uploaded workbook is its sender's own; nothing was refused in it, so no marked copy.
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
    # The closures of the table are the schools' own.
    "attendance:closure": of({"head_a", *OFFICES}, closure_id="closure"),
    "attendance:frames": shared([], HEADS | OFFICES),
    "attendance:frame_remove": of([], {"head_a", *OFFICES}, frame_id="frame"),
    "attendance:closure_remove": of([], {"head_a", *OFFICES}, closure_id="closure"),
    # Figures
    "reports:start": shared(TEACHERS | HEADS | OFFICES | MEMBER),
    "reports:area": of(OFFICES | MEMBER, area_id="area"),
    "reports:school": of(A_SCHOOL, school_id="school"),
    "reports:school_class": of(A_SCHOOL | {"teacher_a"}, class_id="school_class"),
    "reports:pupil": of(A_CLASS, pupil_id="pupil"),
    "reports:missing": shared(TEACHERS | HEADS | OFFICES | MEMBER),
    "reports:missing_area": of(OFFICES | MEMBER, area_id="area"),
    "reports:remind_area": of([], COMMUNE, post_only=True, area_id="area"),
    "reports:missing_school": Route({"head_a", *COMMUNE}, kwargs={"school_id": "school"}),
    "reports:remind_school": of([], {"head_a", *COMMUNE}, post_only=True, school_id="school"),
    "reports:risks": shared(TEACHERS | HEADS | COMMUNE),
    "reports:flags": shared(OFFICES | MEMBER),
    "reports:targets": shared([], PROVINCE),
    "reports:indicators": shared(EVERYBODY),
    "reports:runs": shared([], OFFICES),
    "reports:run": of(COMMUNE, run_id="run"),
    # The report of the table is not made yet, so there is no file.
    "reports:run_file": of([], run_id="run"),
    # Inspections
    "inspections:plans": shared([], HIGHER),
    "inspections:waiting": shared(HIGHER),
    "inspections:plan": of(HIGHER, plan_id="plan"),
    "inspections:plan_redraft": of([], HIGHER, post_only=True, plan_id="plan"),
    "inspections:plan_approve": of([], PROVINCE, post_only=True, plan_id="plan"),
    "inspections:plan_visit_add": of([], HIGHER, post_only=True, plan_id="plan"),
    "inspections:plan_visit": of([], HIGHER, post_only=True, **PLAN_VISIT),
    "inspections:plan_visit_remove": of([], HIGHER, post_only=True, **PLAN_VISIT),
    "inspections:plan_visit_move": of([], HIGHER, post_only=True, **PLAN_VISIT),
    "inspections:plan_visit_cancel": of([], PROVINCE, post_only=True, **PLAN_VISIT),
    "inspections:mine": shared(MEMBER),
    "inspections:visit": of(HIGHER, MEMBER, visit_id="visit"),
    "inspections:recommendation_done": of(
        [], {*HIGHER, *MEMBER}, recommendation_id="recommendation"
    ),
    "inspections:recommendation_reopen": of(
        [], {*HIGHER, *MEMBER}, recommendation_id="recommendation"
    ),
    "inspections:committees": shared(HIGHER),
    "inspections:committee_found": shared([], PROVINCE),
    "inspections:committee": of(HIGHER, committee_id="committee"),
    "inspections:member_appoint": of([], PROVINCE, committee_id="committee"),
    "inspections:assign": of([], PROVINCE, **MEMBER_OF),
    "inspections:member_end": of([], PROVINCE, **MEMBER_OF),
    "inspections:assignment_end": of(
        [], PROVINCE, committee_id="committee", assignment_id="assignment"
    ),
}


def own_objects(world, *, absent=False):
    """Objects of world A; with `absent`, ids that do not exist."""
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
    if absent:
        for key, value in values.items():
            if key not in {"date", "month", "session", "factor_kind"}:
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
    draft_visit = _visit(draft, commune, member)
    visit = _visit(done, commune, member)
    recommendation = Recommendation.objects.create(
        visit=visit, text="Vận động", owner="UBND xã", due_on=world.today
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
        letter=SimpleUploadedFile("don.jpg", b"\xff\xd8\xff\xe0"),
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
    month_batch = MonthBatch.objects.create(
        school_class=school_class,
        month=month,
        file_name="so.xlsx",
        state="ready",
        made_by=sender,
    )
    run = ReportRun.objects.create(area=commune, month=month, made_by=runner)
    return {
        "school": school.pk,
        "school_class": school_class.pk,
        "pupil": spell.pupil_id,
        "enrolment": spell.pk,
        "merge": _merge(world.head_a, spell.pupil).pk,
        "ended_enrolment": other.pk,
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
        "area": commune.pk,
        "area_code": commune.code,
        "token": make_token(user=world.nobody, name="Máy khác", days=1)[0].pk,
        "emergency": _emergency(world, school),
        "factor_kind": "phone",
        "phone": TOTPDevice.objects.create(user=world.nobody, name="Máy").pk,
        "browser": _browser(world.nobody).pk,
        "date": _register(world, school_class, sender).date,
        "month_batch": month_batch.pk,
        "session": "am",
        "month": Month.of(world.today),
        "closure": closure.pk,
        "frame": frame.pk,
        "reopening": reopening.pk,
        "opened": opened.pk,
        "leave": leave.pk,
        "run": run.pk,
        "plan": draft.pk,
        "draft_visit": draft_visit.pk,
        "visit": visit.pk,
        "recommendation": recommendation.pk,
        "committee": committee.pk,
        "member": member.pk,
        "assignment": assignment.pk,
        "failed_job": _failed_job(school).pk,
    }


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
