"""One class-month after a late correction: in SQL, and through the task."""

import itertools
import statistics
import time

from django.db import connection

from reports.models import ClassCoverage
from reports.services.facts import mark_stale, rebuild, rebuild_stale
from schools.models import School, SchoolClass

from . import datasets
from .results import Results, about, seconds

CLASSES = 40


def measure(options):
    """Seconds of one class against those of the whole province in the same run."""
    month = datasets.busiest_month()
    results = Results("class-month", about(connection, month=month, size=datasets.size_of(month)))
    school_ids = sorted(School.objects.values_list("pk", flat=True))
    province = seconds(lambda: rebuild(school_ids=school_ids, month=month), rounds=3)
    some = itertools.cycle(
        SchoolClass.objects.filter(
            pk__in=ClassCoverage.objects.filter(month=month.first).values("school_class_id")
        ).order_by("name", "pk")[:CLASSES]
    )
    in_sql, whole = [], []
    for _round in range(CLASSES):
        school_class = next(some)
        mark_stale([school_class.pk], [month])
        statements = _Clock()
        start = time.perf_counter()
        with connection.execute_wrapper(statements):
            rebuild_stale(school_ids=[school_class.school_id], month=month)
        whole.append(time.perf_counter() - start)
        in_sql.append(statements.seconds)
    results.add("the whole province", province)
    results.add(
        "one class, statements only",
        statistics.median(in_sql),
        floor=province,
        at_most=1 / 300,
        target="≤ 1/300",
    )
    results.add(
        "one class, the whole task",
        statistics.median(whole),
        floor=province,
        at_most=1 / 100,
        target="≤ 1/100",
    )
    return results


class _Clock:
    """Adds up the time of the statements it wraps."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self, execute, sql, params, many, context):
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - start
