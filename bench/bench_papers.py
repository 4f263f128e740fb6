"""Every commune's notice of a month, figures and file, as the job makes them: in Word and in PDF.

Communes come again until there are as many as in 2015, when the letter was written (108).
"""

import time

from django.db import connection
from django.utils import translation

from core.documents.official_papers import official_pdf
from core.documents.word import official_docx
from reports.papers.content import communes_of, notice
from schools.enums import AreaLevel
from schools.models import Area

from . import datasets
from .results import Results, about

COMMUNES = 108
AT_MOST = 60


def measure(options):
    """Seconds of all notices in one format, one after the other, on one core."""
    month = datasets.busiest_month()
    province = Area.objects.on(month.last).get(level=AreaLevel.PROVINCE)
    found = communes_of(province, month)
    communes = (found * (COMMUNES // len(found) + 1))[:COMMUNES]
    results = Results("papers", about(connection, month=month, communes=COMMUNES))
    with translation.override("vi"):
        for name, write in (("Word", official_docx), ("PDF", official_pdf)):
            start = time.perf_counter()
            size = sum(len(write(notice(commune, month))) for commune in communes)
            results.add(f"notices in {name}", time.perf_counter() - start, at_most=AT_MOST)
            results.add(f"size in {name}", size / 1e6, "MB")
    return results
