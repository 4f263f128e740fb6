"""The books measured on: which database, how large, which month."""

import sys

from django.db import connection
from django.db.models import Count, Max, Sum

from attendance.models import Register
from core.months import Month
from reports.models import ClassCoverage
from schools.models import School

FEWEST_REGISTERS = 10_000


def require_books():
    """End with a sentence when DATABASE_URL has nothing to measure on."""
    if Register.objects.order_by()[:FEWEST_REGISTERS].count() < FEWEST_REGISTERS:
        sys.exit(
            "DATABASE_URL names no full-size province: migrate an empty database, then"
            " manage.py seed_demo --scale full"
        )


def busiest_month():
    """The last whole month with facts."""
    last = Month.of(ClassCoverage.objects.aggregate(at=Max("month"))["at"])
    return last.plus(-1)


def schools_of_first_province():
    """Ids of the schools of the official units: one province, whatever the scale."""
    return sorted(School.objects.exclude(code__contains=".").values_list("pk", flat=True))


def size_of(month, school_ids=None):
    """Classes, class-sessions and pupil-sessions of a month, in words for a heading."""
    rows = Register.objects.filter(date__gte=month.first, date__lt=month.end)
    if school_ids is not None:
        rows = rows.filter(school_id__in=school_ids)
    found = rows.aggregate(
        classes=Count("school_class", distinct=True), n=Count("pk"), p=Sum("roll")
    )
    return "{classes:,} classes, {n:,} class-sessions, {p:,} pupil-sessions".format(**found)


def vacuum(*tables):
    """Let PostgreSQL forget the dead rows of earlier rounds."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"VACUUM ANALYZE {table}")
