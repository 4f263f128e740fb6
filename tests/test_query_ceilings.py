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
from freezegun import freeze_time

from attendance.models import Closure, PlannedLeave, Register, RegisterRevision, YearFrame
from core.events import record
from core.jobs.records import note_failure
from core.months import Month
from inspections.events import COMMITTEE_FOUNDED
from reports.models import ReportRun
from reports.services.facts import rebuild
from reports.services.flags import raise_flags
from schools.events import SITE_ADDED
from schools.models import Placement, School
from tests.reports.register_builders import pupil_ids, take
from tests.world import make_area, make_class, make_school

pytestmark = pytest.mark.django_db

CEILINGS = {
    # name: (person, address, ceiling)
    "home of a teacher": ("teacher_a", "home", 25),
    "home of a head": ("head_a", "home", 45),
    "home of a commune": ("commune_officer", "home", 48),
    "today of a teacher": ("teacher_a", "today", 21),
    "today of a head": ("head_a", "today", 17),
    "sheet": ("teacher_a", "sheet", 31),
    "history": ("teacher_a", "history", 12),
    "closures": ("head_a", "closures", 21),
    "closures of a province": ("province_officer", "closures", 19),
    "closure": ("province_officer", "closure", 28),
    "frames": ("province_officer", "frames", 13),
    "month workbook": ("teacher_a", "workbook", 10),
    "month workbook, the file": ("teacher_a", "workbook_file", 20),
    "month grid": ("teacher_a", "month", 22),
    "month on paper": ("head_a", "month_paper", 22),
    "pupils at risk": ("head_a", "risks", 22),
    "registers and roll of a head": ("head_a", "roll_differences", 15),
    "registers and roll of a province": ("province_officer", "roll_differences", 14),
    "reopenings": ("head_a", "reopenings", 10),
    "open a place again": ("commune_officer", "reopening_open", 9),
    "province": ("province_officer", "province", 27),
    "province, each month by its own units": ("province_officer", "province_then", 27),
    "cluster": ("district_officer", "cluster", 27),
    "commune": ("commune_officer", "commune", 39),
    "school": ("head_a", "school", 31),
    "class": ("teacher_a", "class", 43),
    "pupil": ("teacher_a", "pupil", 23),
    "record of a pupil": ("head_a", "record", 19),
    "who saw a pupil": ("head_a", "pupil_seen", 14),
    "who saw names of a school": ("head_a", "school_seen", 10),
    "names shown, counted": ("system_admin", "trail_counts", 8),
    "class list": ("teacher_a", "class_list", 10),
    "planned leave of a head": ("head_a", "leaves", 11),
    "planned leave of a commune": ("commune_officer", "leaves", 14),
    "planned leave of a class": ("teacher_a", "class_leaves", 11),
    "missing of a teacher": ("teacher_a", "missing", 20),
    "missing of a school": ("head_a", "missing_school", 26),
    "missing of a commune": ("commune_officer", "missing_commune", 25),
    "missing of a cluster": ("district_officer", "missing_cluster", 23),
    "missing of a province": ("province_officer", "missing_province", 23),
    "flags": ("province_officer", "flags", 11),
    "targets": ("province_officer", "targets", 11),
    "reports": ("commune_officer", "runs", 11),
    "who did what, of a school": ("head_a", "events", 8),
    "who did what, of a province": ("province_officer", "events", 9),
    "who did what": ("system_admin", "events", 7),
    "operations": ("system_admin", "operations", 37),
    "keys of everybody": ("system_admin", "all_tokens", 9),
    "second step of one's own": ("nobody", "second_factor", 9),
    "where one is signed in": ("nobody", "browsers", 8),
}


def addresses(world):
    month = "?month=2026-10"
    province = reverse("reports:area", args=[world.province.pk]) + month
    sheet = [world.class_a.pk, world.today, "am"]
    return {
        "home": reverse("home"),
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
        "risks": reverse("reports:risks"),
        "closures": reverse("attendance:closures"),
        "closure": reverse(
            "attendance:closure", args=[Closure.objects.get(area=world.province).pk]
        ),
        "frames": reverse("attendance:frames"),
        "leaves": reverse("attendance:leaves"),
        "class_leaves": reverse("attendance:class_leaves", args=[world.class_a.pk]),
        "roll_differences": reverse("attendance:roll_differences"),
        "reopenings": reverse("attendance:reopenings"),
        "reopening_open": reverse("attendance:reopening_open"),
        "province": province,
        "province_then": province + "&map=then",
        "cluster": reverse("reports:area", args=[world.cluster.pk]) + month,
        "commune": reverse("reports:area", args=[world.commune_a.pk]) + month,
        "school": reverse("reports:school", args=[world.school_a.pk]) + month,
        "class": reverse("reports:school_class", args=[world.class_a.pk]) + month,
        "record": reverse("schools:pupil", args=[pupil_ids(world.class_a)[0]]),
        "pupil_seen": reverse("schools:pupil_seen", args=[pupil_ids(world.class_a)[0]]),
        "school_seen": reverse("schools:school_seen", args=[world.school_a.pk]),
        "trail_counts": reverse("schools:trail_counts"),
        "class_list": reverse("schools:school_class", args=[world.class_a.pk]),
        "pupil": reverse("reports:pupil", args=[pupil_ids(world.class_a)[0]]),
        "flags": reverse("reports:flags") + month,
        "targets": reverse("reports:targets"),
        "runs": reverse("reports:runs"),
        "operations": reverse("operations"),
        "events": reverse("schools:events"),
        "all_tokens": reverse("accounts:all_tokens"),
        "second_factor": reverse("accounts:second_factor"),
        "browsers": reverse("accounts:browsers"),
    }


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
        area=world.commune_a, month=world.today.replace(day=1), made_by=world.commune_officer
    )


def sign_in_on_more(world):
    """A person of whom there is nothing else has three more phones and browsers; and decides."""
    for number in range(3):
        record(COMMITTEE_FOUNDED, by=world.nobody, about=world.committee, area=world.province.pk)
        record(SITE_ADDED, by=world.head_a, about=world.school_a, school=world.school_a.pk)
        TOTPDevice.objects.create(user=world.nobody, name=f"Máy {number}")
        Client().force_login(world.nobody, "django.contrib.auth.backends.ModelBackend")


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
ONCE_MORE = {"home of a commune": 1}  # the tree of areas, for the calendar of two schools

# The menu counts what is late and the pages name it, once the hour has passed.
LATE_CEILINGS = {
    "home of a head": ("head_a", "home", 54),
    "today of a head": ("head_a", "today", 26),
    "today of a teacher": ("teacher_a", "today", 30),
    "sheet": ("teacher_a", "sheet", 31),
    "missing of a school": ("head_a", "missing_school", 35),
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
        clients = {person: sign_in(getattr(world, person)) for person, _at, _n in ceilings.values()}
        urls = addresses(world)
        small = {name: count(clients[who], urls[at]) for name, (who, at, _n) in ceilings.items()}

        write_books(world, grow(world))
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
