"""Published figures for other systems: rows without the small counts, as JSON and as CSV."""

import csv
import io
import json
from typing import Any

from ..models import Publication
from .suppression import Row, open_rows

# What a row has, in the order of the columns; counts in the unit of the indicator, shares 0–1.
COLUMNS = (
    *("area", "name", "level", "indicator", "numerator", "denominator"),
    *("value", "low", "high", "taken", "due", "target", "suppressed"),
)
# OWASP, "CSV Injection"; of the signs of double width Excel takes some for the plain ones.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
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


def _number(name: str, value: Any) -> Any:
    shares = ("value", "low", "high", "target")
    return float(value) if name in shares and value is not None else value


def safe(value: Any) -> Any:
    """A text that a table reads as a formula stands behind a mark; a number stays a number."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
