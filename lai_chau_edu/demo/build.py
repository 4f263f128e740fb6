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
from reports.services.facts import rebuild
from reports.services.flags import raise_flags
from schools.areas.selectors.tree import AreaTree
from schools.models import School

from . import (
    actions,
    boarding,
    cases,
    closing,
    enrolments,
    leaves,
    meetings,
    registers,
    staff,
    surveys,
    visits,
)
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

    # In August the year of today has not begun, and somebody signs in already.
    since = min(years[-1].valid_from, today)
    users = staff.write_users(school, own[0], tree, since)
    commune = next(area for area in tree.communes() if area.code == staff.DEMO_COMMUNE)
    staff.write_colleagues(
        random.Random(SEED),
        own[1:],
        School.objects.within(Places(today, areas=frozenset([commune.pk]))).exclude(pk=school.pk),
        since,
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
    semi_boarders = boarding.write_semi_boarders(random.Random(SEED), running)
    leaves.write_leaves(own, users["teacher"], today, now)
    surveyed = surveys.write_survey(
        random.Random(SEED), tree, today, years[-1], by=users["commune_officer"]
    )
    followed = cases.write_cases(commune, own[0], users, today)
    cases.write_numbers(tree, users, years[-1].valid_from.year)
    committee = staff.write_committee(tree, users, max(area.valid_from for area in tree.communes()))
    meetings.write_meetings(committee, users, today)

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
    taught = [each for each in months if _has_registers(each)]
    past = [month for month in taught if month < Month.of(today)]
    if len(past) > 1:
        # The last one may still be corrected.
        closing.close_month(tree.provinces[0], commune, school, users, past[-2])
    visited = visits.write_visits(tree.provinces[0], tree, users, today, past)
    tasks = actions.write_plans(tree.provinces[0], commune, users, today)
    return {
        "trường": len(schools),
        "lớp": len(classes),
        "học sinh": sum(len(demo.spells) for demo in running),
        "sổ điểm danh": register_count,
        "lượt vắng": absence_count,
        "học sinh bán trú": semi_boarders,
        "trẻ trong phiếu điều tra": surveyed,
        "em được theo dõi": followed,
        "lượt kiểm tra đã đi": visited,
        "nhiệm vụ": tasks,
    }


def _has_registers(month):
    return Register.objects.filter(date__gte=month.first, date__lte=month.last).exists()


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
