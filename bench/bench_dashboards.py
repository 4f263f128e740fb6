"""Figures of the dashboards: through the ORM, and the same SQL by cursor; whole pages besides."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from accounts.models import User
from lai_chau_edu.demo import staff
from reports.selectors.figures import figures, year_to_date
from schools.areas.selectors.tree import AreaTree
from schools.models import School

from . import datasets
from .results import Results, about, each_time, percentile, seconds


def measure(options):
    """Seconds of the sums a page reads, and of the pages themselves."""
    month = datasets.busiest_month()
    tree = AreaTree.on(month.last)
    province = next(area for area in tree.provinces if "." not in area.code)
    district = tree.children(province.pk)[0]
    commune = next(area for area in tree.communes() if area.code == staff.DEMO_COMMUNE)
    school = School.objects.get(code=staff.DEMO_SCHOOL)
    of_district = list(
        School.objects.filter(placements__commune__in=tree.below(district.pk)).values_list(
            "pk", flat=True
        )
    )
    results = Results("dashboards", about(connection, month=month, size=datasets.size_of(month)))
    for name, read in {
        "province, by commune": lambda: figures(months=[month], by="commune"),
        "district, month": lambda: figures(months=[month], school_ids=of_district),
        "district, year to date": lambda: year_to_date(month=month, school_ids=of_district),
        "school, by class": lambda: figures(months=[month], by="class", school_ids=[school.pk]),
    }.items():
        floor = _by_cursor(read, options.rounds * 3)
        ours = seconds(read, rounds=options.rounds * 3)
        results.add(
            name,
            ours,
            floor=floor,
            at_most=max(1.3, (floor + 0.001) / floor),
            target="≤ 1.3 or + 1 ms",
        )
    client = Client()
    client.force_login(User.objects.get(username=staff.SIGN_INS["province_officer"]))
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        for name, url in {
            "page of the province": reverse("reports:area", args=[province.pk]),
            "page of a district": reverse("reports:area", args=[district.pk]),
            "page of a commune": reverse("reports:area", args=[commune.pk]),
            "page of a school": reverse("reports:school", args=[school.pk]),
        }.items():
            times = each_time(lambda url=url: client.get(url), rounds=options.rounds * 3)
            results.add(f"{name}, p95", percentile(times, 0.95), at_most=0.8, target="≤ 800 ms")
    return results


def _by_cursor(read, rounds):
    with CaptureQueriesContext(connection) as captured:
        read()
    statements = [query["sql"] for query in captured.captured_queries]

    def run():
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                cursor.fetchall()

    return seconds(run, rounds=rounds)
