"""From one province to N: how rebuild, a scoped dashboard and a class-month grow.

On a database of `seed_demo --scale N`: one province of it is measured, then all; the exponent
is log(time) / log(size). Other provinces in the same tables are what a scoped reading pays for.
"""

import math

from django.db import connection
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse

from accounts.models import User
from attendance.models import Register
from lai_chau_edu.demo import staff
from reports.services.facts import mark_stale, rebuild, rebuild_stale
from schools.areas.selectors.tree import AreaTree
from schools.models import School, SchoolClass

from . import datasets
from .results import Results, about, seconds


def measure(options):
    """Seconds for each number of provinces; compare two databases with --json."""
    month = datasets.busiest_month()
    provinces = len(AreaTree.on(month.last).provinces)
    results = Results(
        "growth",
        about(
            connection, month=month, provinces=provinces, registers=f"{Register.objects.count():,}"
        ),
    )
    every = sorted(School.objects.values_list("pk", flat=True))
    first = datasets.schools_of_first_province()
    one = seconds(lambda: rebuild(school_ids=first, month=month), rounds=options.rounds)
    results.add("rebuild of one province", one)
    if provinces > 1:
        for count in _steps(provinces):
            part = every[: len(first) * count]
            took = seconds(lambda part=part: rebuild(school_ids=part, month=month), rounds=2)
            results.add(f"rebuild of {count} provinces", took, floor=one)
            results.add(
                f"exponent of {count}", math.log(took / one) / math.log(count), "", at_most=1.10
            )
    results.add("class-month", _class_month(month, options.rounds))
    client = Client()
    client.force_login(User.objects.get(username=staff.SIGN_INS["district_officer"]))
    tree = AreaTree.on(month.last)
    commune = next(area for area in tree.communes() if area.code == staff.DEMO_COMMUNE)
    district = tree.district_of(commune.pk)
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        url = reverse("reports:area", args=[district.pk])
        results.add(
            "page of a district", seconds(lambda: client.get(url), rounds=options.rounds * 4)
        )
    return results


def _steps(provinces):
    steps, count = [], 4
    while count < provinces:
        steps.append(count)
        count *= 4
    return [*steps, provinces]


def _class_month(month, rounds):
    school = School.objects.get(code=staff.DEMO_SCHOOL)
    some = SchoolClass.objects.running_on(month.first).filter(school=school).first()

    def run():
        rebuild_stale(school_ids=[school.pk], month=month)

    return seconds(run, rounds=rounds * 6, before=lambda: mark_stale([some.pk], [month]))
