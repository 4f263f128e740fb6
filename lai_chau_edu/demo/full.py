"""Provinces at full size: some 336 schools, 5,200 classes and 150,000 pupils each.

The last whole school year and the one that runs, with their registers: about 1.7 million
class-sessions a year. Everything is drawn from one seed, province by province, so that the
same day gives the same rows. `Size` makes smaller ones for tests.
"""

import datetime
import random
from dataclasses import dataclass

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import translation

from core.months import Month
from reports.services.facts import rebuild
from schools.areas.selectors.tree import AreaTree, successors
from schools.models import (
    Enrolment,
    Placement,
    Pupil,
    School,
    SchoolClass,
    SchoolStatus,
    Site,
)

from . import bulk_registers, enrolments, registers, staff
from .provinces import copy_units, original, province_of

SEED = 785
BATCH = 2000
OPENED = datetime.date(2012, 8, 1)
LEVELS = ("MN", "TH", "THCS", "THPT")
NAMES = {"MN": "Mầm non", "TH": "Tiểu học", "THCS": "THCS", "THPT": "THPT"}
GRADES = {"MN": (-3, -2, -1), "TH": (1, 2, 3, 4, 5), "THCS": (6, 7, 8, 9), "THPT": (10, 11, 12)}
SESSIONS = {"MN": "am,pm", "TH": "am,pm", "THCS": "am,pm", "THPT": "am"}


@dataclass(frozen=True)
class Size:
    """How large a province is.

    Args:
        communes: how many communes of before July 2025 have schools; None for all 106.
        parallel: classes of each grade, by level; a primary school has one more per grade
            at its satellite site.
        pupils: pupils of a class, by level.
    """

    communes: int | None = None
    parallel: tuple = (("MN", 5), ("TH", 4), ("THCS", 3), ("THPT", 4))
    pupils: tuple = (("MN", 27), ("TH", 26), ("THCS", 34), ("THPT", 41))


FULL = Size()


def write_provinces(count, *, today, now, size=FULL, since=None, say=lambda text: None):
    """Write `count` provinces and their month facts; returns counts by what was written.

    Each province is one transaction. `since` leaves out the registers and facts of earlier
    days: many provinces for a measurement of one month. `say` is told what is being done.
    """
    call_command("load_units", clusters=True, verbosity=0)
    with translation.override("vi"):
        years = []
        counts = dict.fromkeys(["trường", "lớp", "học sinh", "sổ điểm danh", "lượt vắng"], 0)
        for number in range(count):
            say(f"tỉnh {number + 1}/{count}")
            with transaction.atomic():
                years = years or enrolments.write_years(today)[-2:]
                written = _write_province(number, years, today, now, size, since)
            for name, value in written.items():
                counts[name] += value
        with connection.cursor() as cursor:
            # The planner must know of so many new rows before it counts them.
            cursor.execute("ANALYZE")
        for month in months_written(years, today):
            if since is not None and month < Month.of(since):
                continue
            say(f"tổng hợp tháng {month}")
            rebuild(school_ids=School.objects.values_list("pk", flat=True), month=month)
    return counts


def months_written(years, today):
    """The months that have registers, oldest first."""
    return [
        month
        for year in years
        for month in Month.of(min(year.valid_to - datetime.timedelta(days=1), today)).since(
            Month.of(year.valid_from)
        )
    ]


def _write_province(number, years, today, now, size, since):
    rng = random.Random(f"{SEED}/{number}")
    if number:
        copy_units(number)
    tree = AreaTree.on(today)
    province = next(area for area in tree.provinces if province_of(area) == number)
    schools = _write_schools(rng, number, size)
    plans = _write_classes(rng, schools, years, size)
    pupils = _write_pupils(rng, plans, size)
    classes = _write_spells(rng, plans, today)
    registers.write_calendar(
        province,
        sorted(
            (area for area in tree.communes() if province_of(area) == number),
            key=lambda area: area.code,
        ),
        years,
    )
    if number == 0:
        school = next(school for school, *_rest in schools if school.code == staff.DEMO_SCHOOL)
        own = next(
            demo.school_class
            for demo in classes
            if demo.school_class.school == school and demo.school_class.year == years[-1]
        )
        users = staff.write_users(school, own, tree, years[0].valid_from)
        staff.write_targets(province)
        staff.write_committee(tree, users, years[-1].valid_from)
    sender = staff.find_teacher()
    taken, absent = bulk_registers.write_registers(
        rng, classes, sender=sender, today=today, now=now, since=since
    )
    return {
        "trường": len(schools),
        "lớp": len(classes),
        "học sinh": pupils,
        "sổ điểm danh": taken,
        "lượt vắng": absent,
    }


def _write_schools(rng, number, size):
    """Preschool, primary and lower secondary in each old commune, an upper secondary and a
    second one in each district. Returns [(school, new commune, district code, sites)]."""
    before = AreaTree.on(enrolments.REORGANISED_ON - datetime.timedelta(days=1))
    olds = [area for area in before.communes() if province_of(area) == number]
    new_of = successors([area.pk for area in olds], on=enrolments.REORGANISED_ON)
    new_areas = {area.pk: area for area in AreaTree.on(enrolments.REORGANISED_ON).communes()}
    olds.sort(key=lambda area: (original(area.code) != staff.DEMO_COMMUNE, area.code))
    schools, homes, upper = [], [], {}
    for old in olds[: size.communes]:
        district = original(before.district_of(old.pk).code)
        levels = ["MN", "TH", "THCS"]
        if upper.setdefault(district, 0) < 2:
            upper[district] += 1
            levels.append("THPT")
        for level in levels:
            school = School(
                code=f"12{old.code}{level}",
                name=f"{NAMES[level]} {old.name}",
                levels=level,
                valid_from=OPENED,
            )
            schools.append(school)
            homes.append((old, new_areas[new_of[old.pk]], district))
    School.objects.bulk_create(schools)
    Placement.objects.bulk_create(
        placement
        for school, (old, new, _district) in zip(schools, homes, strict=True)
        for placement in enrolments.placements_of(school, old, new, OPENED)
    )
    SchoolStatus.objects.bulk_create(
        SchoolStatus(
            school=school,
            kind="PTDTBT" if school.levels == "THCS" and rng.random() < 0.6 else "regular",
            valid_from=OPENED,
        )
        for school in schools
    )
    sites = {
        school.pk: [
            Site(school=school, name="Điểm trung tâm", is_main=True, valid_from=OPENED),
            Site(school=school, name=rng.choice(enrolments.SITE_NAMES), valid_from=OPENED),
        ]
        for school in schools
    }
    Site.objects.bulk_create(site for pair in sites.values() for site in pair)
    return [
        (school, new, district, sites[school.pk])
        for school, (_old, new, district) in zip(schools, homes, strict=True)
    ]


@dataclass
class ClassPlan:
    """A class and whose children fill it: of the class below a year before, or new ones."""

    school_class: SchoolClass
    commune_code: str
    district: str
    grade: int
    before: object
    pupils: list


def _write_classes(rng, schools, years, size):
    """Classes of both years; a class moves up a grade from the first to the second."""
    parallel, plans, below = dict(size.parallel), [], {}
    for school, commune, district, sites in schools:
        level = school.levels
        for position, year in enumerate(years):
            for grade in GRADES[level]:
                rooms = [(f"A{each + 1}", sites[0]) for each in range(parallel[level])]
                if level == "TH":
                    rooms[-1] = (f"A{parallel[level]} {sites[1].name}", sites[1])
                for room, (suffix, site) in enumerate(rooms):
                    plan = ClassPlan(
                        SchoolClass(
                            school=school,
                            site=site,
                            year=year,
                            name=f"{grade if grade > 0 else f'{6 + grade} tuổi '}{suffix}",
                            level=level,
                            grades=str(grade),
                            sessions=SESSIONS[level],
                        ),
                        original(commune.code),
                        district,
                        grade,
                        below.get((school.pk, position - 1, grade - 1, room)),
                        [],
                    )
                    below[school.pk, position, grade, room] = plan
                    plans.append(plan)
    SchoolClass.objects.bulk_create([plan.school_class for plan in plans], batch_size=BATCH)
    return plans


def _write_pupils(rng, plans, size):
    sizes, made = dict(size.pupils), []
    for plan in plans:
        if plan.before is not None:
            plan.pupils = plan.before.pupils
            continue
        school_class = plan.school_class
        usual = sizes[school_class.level]
        for index in range(rng.randint(usual - usual // 5, usual + usual // 5)):
            pupil = enrolments.new_pupil(
                rng, plan.district, (plan.grade,), index, school_class.year.valid_from.year
            )
            plan.pupils.append(pupil)
            made.append(pupil)
    Pupil.objects.bulk_create(made, batch_size=BATCH)
    return len(made)


def _write_spells(rng, plans, today):
    found = []
    for plan in plans:
        demo = enrolments.DemoClass(plan.school_class, plan.commune_code)
        for order, pupil in enumerate(plan.pupils):
            demo.spells += enrolments.spells_of(
                rng, plan.school_class, pupil, order, plan.commune_code, today
            )
        found.append(demo)
    Enrolment.objects.bulk_create(
        (spell for demo in found for spell in demo.spells), batch_size=BATCH
    )
    return found
