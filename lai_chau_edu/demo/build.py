"""Write the demo in one go: ground, registers, figures, flags and a first plan."""

import datetime
import random

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone, translation

from accounts.models import User
from attendance.calendar.selectors.due_sessions import due_sessions
from attendance.models import Closure, Register
from core.months import Month
from core.scope import Places
from inspections.models import ChecklistItem
from inspections.selectors.visits import schools_of
from inspections.services.findings import Answered, Counted, answer_checklist, count_pupils
from inspections.services.plans import NoLessons, approve_plan, change_visit, draft_plan
from reports.services.facts import rebuild
from reports.services.flags import raise_flags
from schools.areas.selectors.tree import AreaTree
from schools.models import School

from . import enrolments, leaves, registers, staff, surveys
from .staff import PASSWORD, sign_ins

__all__ = ["PASSWORD", "is_present", "sign_ins", "write_demo"]

SEED = 785
ONE_DAY = datetime.timedelta(days=1)


def is_present():
    """Whether the demo has been written into this database."""
    return User.objects.filter(username=staff.SIGN_INS["teacher"]).exists()


def write_demo():
    """Write everything in one transaction; returns counts by what was written.

    The people are the same for every run on one day. Refuses nothing: the caller asks
    `is_present()` first.
    """
    call_command("load_units", clusters=True, verbosity=0)
    with transaction.atomic(), translation.override("vi"):
        return _write(random.Random(SEED), timezone.localdate(), timezone.now())


def _write(rng, today, now):
    tree = AreaTree.on(today)
    years = enrolments.write_years(today)
    schools = enrolments.write_schools(rng)
    classes = enrolments.write_classes(rng, schools, years, today)
    school = School.objects.get(code=staff.DEMO_SCHOOL)
    running = [demo for demo in classes if demo.school_class.year == years[-1]]
    own = [demo.school_class for demo in running if demo.school_class.school_id == school.pk]

    users = staff.write_users(school, own[0], tree, years[-1].valid_from)
    commune = next(area for area in tree.communes() if area.code == staff.DEMO_COMMUNE)
    staff.write_colleagues(
        random.Random(SEED),
        own[1:],
        School.objects.within(Places(today, areas=frozenset([commune.pk]))).exclude(pk=school.pk),
        years[-1].valid_from,
    )
    staff.write_targets(tree.provinces[0])
    registers.write_calendar(tree.provinces[0], _communes_ever(years), years)
    _have_something_due(school, own[0], today)
    register_count, absence_count = registers.write_registers(
        rng,
        classes,
        lambda school_class: users["teacher"],
        today,
        now,
        # Some colleagues have sent already; the visitor's own class waits for the visitor.
        skip_today={each.pk for each in own[::3]},
    )
    leaves.write_leaves(own, users["teacher"], today, now)
    surveyed = surveys.write_survey(
        random.Random(SEED), tree, today, years[-1], by=users["commune_officer"]
    )
    staff.write_committee(tree, users, years[-1].valid_from)

    school_ids = [row[0].pk for row in schools]
    months = [
        month
        for year in years
        for month in Month.of(min(year.valid_to - ONE_DAY, today)).since(Month.of(year.valid_from))
    ]
    for month in months:
        rebuild(school_ids=school_ids, month=month)
    for month in months[-4:]:
        raise_flags(month=month)
    _plan(tree.provinces[0], users, today)
    return {
        "trường": len(schools),
        "lớp": len(classes),
        "học sinh": sum(len(demo.spells) for demo in running),
        "sổ điểm danh": register_count,
        "lượt vắng": absence_count,
        "trẻ trong phiếu điều tra": surveyed,
    }


def _communes_ever(years):
    return {
        area.pk: area for year in years for area in AreaTree.on(year.valid_from).communes()
    }.values()


def _have_something_due(school, school_class, today):
    """On a day without school the demo school makes up a morning, so that a visitor can try."""
    tomorrow = today + ONE_DAY
    if not due_sessions([school_class], today, tomorrow)[school_class.pk]:
        Closure.objects.create(
            school=school,
            is_held=True,
            session="am",
            reason="event",
            note="Học bù",
            valid_from=today,
            valid_to=tomorrow,
        )


def _set_day(visit, first, *, by):
    """A day with lessons from the first one on; at the end of the month any."""
    last = Month.of(visit.plan.month).last
    day = min(first, last)
    while True:
        try:
            change_visit(
                visit=visit,
                member=visit.member,
                planned_on=day,
                by=by,
                may_lack_lessons=day == last,
            )
        except NoLessons:
            day += ONE_DAY
        else:
            return


def _plan(province, users, today):
    """An approved plan of this month, so that the member has something to do."""
    month = Month.of(today)
    officer = users["province_officer"]
    plan = draft_plan(area=province, month=month, capacity=6, by=officer)
    for offset, visit in enumerate(plan.visits.order_by("rank")):
        _set_day(visit, today + offset * ONE_DAY, by=officer)
    if plan.visits.exists() and not plan.visits.filter(member=None).exists():
        approve_plan(plan=plan, by=officer)
        _begin_visit(plan, users["committee_member"])


def _begin_visit(plan, user):
    """The member's next visit, half written down: some answers, one class counted."""
    visit = plan.visits.filter(member__user=user).order_by("planned_on", "rank").first()
    if visit is None:
        return
    items = list(ChecklistItem.objects.order_by("place")[:3])
    answer_checklist(
        visit=visit,
        answers=[
            Answered(item.pk, answer, note)
            for item, answer, note in zip(
                items,
                ["yes", "partly", "no"],
                ["", "Hai bản chưa có người phụ trách", "Quý III chưa họp"],
                strict=False,
            )
        ],
        by=user,
    )
    register = (
        Register.objects.filter(
            school__in=schools_of(visit), state="taken", date__gte=plan.month, roll__gt=8
        )
        .order_by("-date", "pk")
        .first()
    )
    if register is not None:
        count_pupils(
            visit=visit,
            school=register.school,
            date=register.date,
            session=register.session,
            counts=[Counted(register.school_class_id, register.present - 2, "Hai em về nhà")],
            by=user,
        )
