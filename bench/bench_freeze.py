"""A province's month frozen and published, and its papers' tables read back from it."""

import resource
import time
import zlib

from django.db import connection, transaction

from reports.month_review.details import detail_of
from reports.month_review.freezing import frozen_content
from reports.month_review.published import tables_of_area
from reports.month_review.services import publish_month
from schools.areas.selectors.tree import AreaTree
from schools.enums import AreaLevel
from schools.models import Area

from . import datasets
from .results import Results, about, seconds

# A person waits for the page that publishes.
AT_MOST = 60


class _TakenBack(Exception):
    """What was published for the measurement is none."""


def measure(options):
    """Seconds of each part, of the whole act, and of every commune's tables of it."""
    month = datasets.busiest_month()
    province = Area.objects.on(month.last).get(level=AreaLevel.PROVINCE)
    communes = AreaTree.on(month.last).communes(province.pk)
    size = datasets.size_of(month)
    results = Results("freeze", about(connection, month=month, size=size, communes=len(communes)))
    detail = detail_of(province, month)
    for name, work in (
        ("figures of every place, level and indicator", lambda: _figures(province, month)),
        ("registers and cells, as JSON", lambda: detail_of(province, month)),
        ("the JSON packed", lambda: zlib.compress(detail.encode(), 9)),
    ):
        results.add(name, seconds(work, rounds=options.rounds))
    results.add("size as JSON", len(detail.encode()) / 1e6, "MB")
    results.add("size packed", len(zlib.compress(detail.encode(), 9)) / 1e6, "MB")
    try:
        with transaction.atomic():
            start = time.perf_counter()
            publish_month(area=province, month=month, by=None)
            results.add("the month published", time.perf_counter() - start, at_most=AT_MOST)
            start = time.perf_counter()
            for commune in communes:
                _tables, published = tables_of_area(commune, month)
                assert published is not None, "tables of a published month are frozen"
            results.add("tables of every commune, frozen", time.perf_counter() - start)
            raise _TakenBack
    except _TakenBack:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    results.add("highest memory of the process", peak, "MB")
    return results


def _figures(province, month):
    return frozen_content(area=province, month=month, number=1)
