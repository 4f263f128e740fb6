"""Published figures for other systems: rows without the small counts, as JSON, CSV and ADX.

What the columns and the elements mean: docs/month-review.md, "Open data".
"""

import csv
import datetime
import io
import json
from typing import Any
from xml.etree import ElementTree

from core.months import Month

from ..models import Publication
from .suppression import Row, open_rows

# What a row has, in the order of the columns; counts in the unit of the indicator, shares 0–1.
COLUMNS = (
    *("area", "name", "level", "indicator", "numerator", "denominator"),
    *("value", "low", "high", "taken", "due", "target", "suppressed"),
)
# OWASP, "CSV Injection"; of the signs of double width Excel takes some for the plain ones.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Aggregate Data Exchange of IHE (QRPH, 2015), which DHIS2 and others import.
ADX = "urn:ihe:qrph:adx:2015"
DATA_SET = "lai_chau_edu_month"
ALL_LEVELS = "ALL"
# So that Excel reads the file as UTF-8.
BOM = "\ufeff"


def published_rows(publication: Publication) -> list[Row]:
    """The rows of a publication as `COLUMNS`; what is left out is None, `suppressed` says why."""
    rows = open_rows(json.loads(publication.content))
    return [{name: _number(name, row[name]) for name in COLUMNS} for row in rows]


def as_csv(publication: Publication) -> str:
    """The same as CSV with a byte order mark, its code and month in each row."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["code", "month", *COLUMNS])
    for row in published_rows(publication):
        values = ["" if row[name] is None else safe(row[name]) for name in COLUMNS]
        writer.writerow([publication.code, f"{publication.month:%Y-%m}", *values])
    return BOM + out.getvalue()


def as_adx(publication: Publication) -> str:
    """The numerators and denominators as ADX: a group for each area, a value for each level.

    What is left out has no value there, as ADX knows no reason for one. Rates are worked out by
    whoever reads it: means of rates would be no rates.
    """
    month = Month.of(publication.month)
    exported = publication.published_at.astimezone(datetime.UTC)
    root = ElementTree.Element("adx", xmlns=ADX, exported=f"{exported:%Y-%m-%dT%H:%M:%SZ}")
    of_areas: dict[str, list[Row]] = {}
    for row in published_rows(publication):
        of_areas.setdefault(row["area"], []).append(row)
    for area, rows in of_areas.items():
        group = ElementTree.SubElement(
            root,
            "group",
            dataSet=DATA_SET,
            orgUnit=area,
            period=f"{month.first}/P1M",
            comment=publication.code,
        )
        for row in rows:
            for part in ("numerator", "denominator"):
                if row[part] is not None:
                    ElementTree.SubElement(
                        group,
                        "dataValue",
                        dataElement=f"{row['indicator']}_{part}",
                        level=row["level"] or ALL_LEVELS,
                        value=str(row[part]),
                    )
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _number(name: str, value: Any) -> Any:
    shares = ("value", "low", "high", "target")
    return float(value) if name in shares and value is not None else value


def safe(value: Any) -> Any:
    """A text that a table reads as a formula stands behind a mark; a number stays a number."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
