"""Schools, classes, pupils and their spells over the school years of the demo."""

import datetime
import itertools
from dataclasses import dataclass, field

from core.lunar_new_year import tet_break
from schools.areas.selectors.tree import AreaTree, successors
from schools.models import (
    Enrolment,
    Placement,
    Pupil,
    School,
    SchoolClass,
    SchoolStatus,
    SchoolYear,
    Site,
)

from . import absence_patterns, people

FIRST_YEAR = 2024
REORGANISED_ON = datetime.date(2025, 7, 1)
SITE_NAMES = ("Háng Lìa", "Nậm Pục", "Tả Tủ", "Phìn Hồ", "Lùng Cù", "Sín Chải")
# A school of every class: where a visitor sees what a head has to manage.
LARGE_SCHOOL = "1203478THCS"
# In communes of these places in the list one school has both levels.
TWO_LEVELS = 6
MULTI_GRADE = "ghép"
# Levels of a school -> list of (class name by grade, grades by school year since FIRST_YEAR). The
# pupils of a class are last year's where its grades are the next ones, else new.
COHORTS = {
    "MN": [("Mẫu giáo", [(-2,), (-1,), (-2,)])],
    "TH": [("A1", [(1,), (2,), (3,)]), (MULTI_GRADE, [(1, 2), (2, 3), (3, 4)])],
    "THCS": [("A1", [(6,), (7,), (8,)]), ("B", [(7,), (8,), (9,)])],
    "THPT": [("A1", [(10,), (11,), (12,)])],
    "TH,THCS": [
        ("A", [(6,), (7,), (8,)]),
        ("B", [(8,), (9,), (6,)]),
        ("A", [(1,), (2,), (3,)]),
        ("B", [(4,), (5,), (1,)]),
        (MULTI_GRADE, [(1, 2), (2, 3), (3, 4)]),
        (MULTI_GRADE, [(3, 4), (4, 5), (1, 2)]),
    ],
}
LARGE = [
    (suffix, grades)
    for suffix in ("A1", "A2", "A3", "A4")
    for grades in ([(6,), (7,), (8,)], [(7,), (8,), (9,)], [(8,), (9,), (6,)], [(9,), (6,), (7,)])
]
SIZES = {"MN": (15, 22), "TH": (12, 22), "THCS": (20, 32), "THPT": (28, 36)}
LAST_GRADES = [("MN", -1), ("TH", 5), ("THCS", 9), ("THPT", 12)]
BIRTH_BEFORE = {-2: 4, -1: 5}


@dataclass
class DemoClass:
    """A class of one year with what the register writer needs to know."""

    school_class: SchoolClass
    commune_code: str
    spells: list = field(default_factory=list)


def write_years(today):
    """School years from 2024-2025 to the one of today; 5 September to 31 May."""
    last = today.year if today.month >= 8 else today.year - 1
    years = [
        SchoolYear(
            code=f"{year}-{year + 1}",
            valid_from=datetime.date(year, 9, 5),
            valid_to=datetime.date(year + 1, 6, 1),
        )
        for year in range(FIRST_YEAR, last + 1)
    ]
    return SchoolYear.objects.bulk_create(years)


def write_schools(rng):
    """A primary and a lower secondary school in each commune of 2025, some others besides.

    They lie in communes of before July 2025 and move to the successors on that day.
    """
    before = AreaTree.on(REORGANISED_ON - datetime.timedelta(days=1))
    new_of = successors([area.pk for area in before.communes()], on=REORGANISED_ON)
    new_areas = {area.pk: area for area in AreaTree.on(REORGANISED_ON).communes()}
    members = {}
    for old in sorted(before.communes(), key=lambda area: area.code):
        members.setdefault(new_of[old.pk], []).append(old)
    opened = datetime.date(2012, 8, 1)
    schools, homes = [], []
    seen_districts = set()
    for index, (new_id, olds) in enumerate(
        sorted(members.items(), key=lambda item: new_areas[item[0]].code)
    ):
        plans = [("THCS", olds[0]), ("TH", olds[-1])]
        if index % TWO_LEVELS == 4:
            plans = [("TH,THCS", olds[0])]
        district = before.district_of(olds[0].pk)
        if district.pk not in seen_districts:
            seen_districts.add(district.pk)
            plans.append(("THPT", olds[0]))
        if index % 5 == 2:
            plans.append(("MN", olds[-1]))
        for level, old in plans:
            kind = "PTDTBT THCS" if level == "THCS" and index % 3 else level
            name = {"MN": "Mầm non", "TH": "Tiểu học", "TH,THCS": "TH&THCS"}.get(level, kind)
            schools.append(
                School(
                    code=f"12{old.code}{level.replace(',', '')}",
                    name=f"{name} {old.name}",
                    levels=level,
                    valid_from=opened,
                )
            )
            homes.append((old, new_areas[new_id], kind))
    School.objects.bulk_create(schools)
    Placement.objects.bulk_create(
        placement
        for school, (old, new, _kind) in zip(schools, homes, strict=True)
        for placement in placements_of(school, old, new, opened)
    )
    SchoolStatus.objects.bulk_create(
        SchoolStatus(
            school=school,
            kind="PTDTBT" if kind.startswith("PTDTBT") else "regular",
            valid_from=opened,
        )
        for school, (_old, _new, kind) in zip(schools, homes, strict=True)
    )
    sites = Site.objects.bulk_create(
        site
        for school in schools
        for site in [
            Site(school=school, name="Điểm trung tâm", is_main=True, valid_from=opened),
            *(
                Site(school=school, name=name, valid_from=opened)
                for name in rng.sample(SITE_NAMES, _satellite_sites(school))
            ),
        ]
    )
    sites_of = {}
    for site in sites:
        sites_of.setdefault(site.school_id, []).append(site)
    return [
        (school, new, before.district_of(old.pk).code, sites_of[school.pk])
        for school, (old, new, _kind) in zip(schools, homes, strict=True)
    ]


def _satellite_sites(school):
    """Each multi-grade class has its hamlet."""
    return sum(suffix == MULTI_GRADE for suffix, _grades in COHORTS[school.levels])


def placements_of(school, old, new, opened):
    """Where a school lies: in a commune of before July 2025, then in its successor."""
    if old.pk == new.pk:
        return [Placement(school=school, commune=old, valid_from=opened)]
    return [
        Placement(
            school=school,
            commune=old,
            valid_from=max(opened, old.valid_from),
            valid_to=REORGANISED_ON,
        ),
        Placement(school=school, commune=new, valid_from=REORGANISED_ON),
    ]


def write_classes(rng, schools, years, today):
    """Classes of every year, their pupils, and spells with people coming and leaving."""
    classes, plans = [], []
    for school, commune, district_code, sites in schools:
        satellites = itertools.cycle(sites[1:] or sites)
        cohorts = LARGE if school.code == LARGE_SCHOOL else COHORTS[school.levels]
        for cohort, (suffix, grades_by_year) in enumerate(cohorts):
            site = next(satellites) if suffix == MULTI_GRADE else sites[0]
            before = None
            for position, year in enumerate(years):
                grades = grades_by_year[position % len(grades_by_year)]
                classes.append(
                    SchoolClass(
                        school=school,
                        site=site,
                        year=year,
                        name=_class_name(grades, suffix, site),
                        level=_level_of(grades),
                        grades=",".join(map(str, grades)),
                        sessions="am",
                    )
                )
                goes_on = before == tuple(grade - 1 for grade in grades)
                plans.append((commune.code, district_code, cohort, goes_on, grades))
                before = grades
    SchoolClass.objects.bulk_create(classes)

    pupils, groups = [], {}
    for school_class, (_code, district_code, cohort, goes_on, grades) in zip(
        classes, plans, strict=True
    ):
        key = (school_class.school_id, cohort)
        if not goes_on:
            size = rng.randint(*SIZES[school_class.level])
            if "," in school_class.grades:
                size = min(size, 15)
            first = school_class.year.valid_from.year
            groups[key] = [new_pupil(rng, district_code, grades, i, first) for i in range(size)]
            pupils += groups[key]
        school_class.demo_pupils = list(groups[key])
    Pupil.objects.bulk_create(pupils, batch_size=2000)

    spells, found = [], []
    for school_class, (code, *_rest) in zip(classes, plans, strict=True):
        demo = DemoClass(school_class, code)
        for order, pupil in enumerate(school_class.demo_pupils):
            demo.spells += spells_of(rng, school_class, pupil, order, code, today)
        spells += demo.spells
        found.append(demo)
    Enrolment.objects.bulk_create(spells, batch_size=2000)
    return found


def _level_of(grades):
    return next(level for level, last in LAST_GRADES if grades[-1] <= last)


def _class_name(grades, suffix, site):
    if grades[0] < 0:
        return "Mẫu giáo lớn" if grades[0] == -1 else "Mẫu giáo nhỡ"
    if suffix == MULTI_GRADE:
        return f"{grades[0]}+{grades[1]} {site.name}"
    return f"{grades[0]}{suffix}"


def new_pupil(rng, district_code, grades, index, first_year):
    """An unsaved pupil of the right age for one of `grades`, who is away more or less often."""
    sex = rng.choice("FM")
    group = people.draw_group(rng, district_code)
    grade = grades[index % len(grades)]
    age = BIRTH_BEFORE.get(grade, grade + 5)
    pupil = Pupil(
        full_name=people.draw_name(rng, group, sex),
        sex=sex,
        ethnic_group=group,
        birth_date=datetime.date(first_year - age, 1, 1) + datetime.timedelta(rng.randrange(365)),
        home_address="",
    )
    pupil.set_keys()
    pupil.demo_away = min(rng.gammavariate(1.1, 0.9), 6.0)
    pupil.demo_gone = False
    return pupil


def spells_of(rng, school_class, pupil, order, commune_code, today):
    """The spells of one pupil in one class: usually one, for the whole year."""
    if pupil.demo_gone:
        return []
    year = school_class.year
    start, over = year.valid_from, min(year.valid_to, today)
    end, reason, cause = None, "", ""
    if year.valid_to <= today:
        end, reason = year.valid_to, "completed"
    hard = (
        absence_patterns.HARD_PLACES.get(commune_code, 1.0) if school_class.level == "THCS" else 1.0
    )
    draw = rng.random()
    days = max((over - start).days - 1, 1)
    if days > 20 and draw < 0.006 * hard:
        end = start + datetime.timedelta(days=rng.randint(10, days))
        period = tet_break(end.year)
        if period and period[0] <= end < period[1]:
            end = period[1]
        reason, cause = (
            "dropout",
            rng.choice(["work", "marriage", "harvest", "poverty", "learning"]),
        )
        pupil.demo_gone = True
    elif days > 20 and draw < 0.006 * hard + 0.008:
        end = start + datetime.timedelta(days=rng.randint(10, days))
        reason = "out"
        pupil.demo_gone = True
    entry = "start"
    if not end and draw > 0.985 and days > 30:
        start = start + datetime.timedelta(days=rng.randint(5, 25))
        entry = rng.choice(["in", "new"])
    spell = Enrolment(
        pupil=pupil,
        school_class=school_class,
        grade=school_class.grade_list[order % len(school_class.grade_list)],
        valid_from=start,
        valid_to=end,
        entry_reason=entry,
        exit_reason=reason,
        dropout_cause=cause,
    )
    spell.copy_from_owners()
    spells = [spell]
    if reason == "dropout" and rng.random() < 0.25:
        back = end + datetime.timedelta(days=rng.randint(7, 25))
        if back < over:
            again = Enrolment(
                pupil=pupil,
                school_class=school_class,
                grade=spell.grade,
                valid_from=back,
                valid_to=year.valid_to if year.valid_to <= today else None,
                entry_reason="return",
                exit_reason="completed" if year.valid_to <= today else "",
            )
            again.copy_from_owners()
            pupil.demo_gone = False
            spells.append(again)
    return spells
