"""The figures of a month as canonical JSON: the same facts always give the same bytes."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from core import rules
from core.levels import EducationLevel
from core.months import Month
from schools.areas.selectors.tree import AreaTree, schools_in
from schools.models import Area

from .. import rates, thresholds
from ..indicators import INDICATORS, JUDGED
from ..selectors.dashboards import map_date_for
from ..selectors.figures import Figures, figures, year_to_date
from ..selectors.targets import TargetTable

FORMAT = 1
# Letters of a code: 60 bits of the fingerprint in base 32.
CODE_LETTERS = 12


def frozen_content(*, area: Area, month: Month, number: int) -> tuple[dict[str, Any], int]:
    """The figures of an area's month for `canonical`, and how many class-months are stale.

    A row for each commune and for the area itself × each level and all together ("") × each
    indicator: numerator, denominator, value and interval (shares with six decimals), pupils,
    coverage, target, and for attendance the judgement. No time of making and no person is in it,
    so that the same facts give the same bytes.

    A fixed number of queries whatever the number of schools.
    """
    tree = AreaTree.on(map_date_for(area, month))
    commune_of = schools_in(tree.below(area.pk), on=tree.date)
    by, ids = ("school", "level"), list(commune_of)
    of_month = {
        key: values for (key, _at), values in figures(months=[month], by=by, school_ids=ids).items()
    }
    of_year = year_to_date(month=month, by=by, school_ids=ids)
    targets = TargetTable.on(month.last)
    bounds = {
        key: rules.value(key, on=month.last) for key in (thresholds.MIN_PUPILS, thresholds.MIN_DAYS)
    }
    communes = tree.communes(area.pk)
    places = [(commune, {commune.pk}) for commune in communes]
    if area.pk not in {commune.pk for commune in communes}:
        places.append((area, {commune.pk for commune in communes}))
    rows = []
    for place, inside in places:
        schools = {pk for pk, commune_id in commune_of.items() if commune_id in inside}
        chain = [above.pk for above in tree.ancestors(place.pk)][::-1]
        for level in ("", *EducationLevel.values):
            now, year = _summed(of_month, schools, level), _summed(of_year, schools, level)
            if not now and not year:
                continue
            head = {"area": place.code, "name": place.title, "level": level}
            rows += [
                head
                | _row(
                    code, year if indicator.cumulated else now, now, level, chain, targets, bounds
                )
                for code, indicator in INDICATORS.items()
            ]
    content: dict[str, Any] = {
        "format": FORMAT,
        "area": area.code,
        "name": area.title,
        "month": f"{month.first:%Y-%m}",
        "number": number,
        "map": tree.date.isoformat(),
        "rules": {key: str(value) for key, value in bounds.items()},
        "versions": {code: indicator.version for code, indicator in INDICATORS.items()},
        "rows": sorted(rows, key=lambda row: (row["area"], row["level"], row["indicator"])),
    }
    stale = sum(values.stale for values in of_month.values())
    return content, stale


def with_detail(content: Mapping[str, Any], detail: str) -> str:
    """Canonical JSON of frozen content that names the fingerprint of its detail (`details`)."""
    return canonical({**content, "detail": fingerprint(detail)})


def canonical(content: Mapping[str, Any]) -> str:
    """JSON with sorted keys, without blanks and in UTF-8: over it a fingerprint is made."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def fingerprint(content: str) -> str:
    """SHA-256 of the UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(content.encode()).hexdigest()


def code_of(content: str) -> str:
    """The verification code, "XXXX-XXXX-XXXX": the first 60 bits of the SHA-256 in base 32."""
    letters = base64.b32encode(hashlib.sha256(content.encode()).digest())[:CODE_LETTERS].decode()
    return "-".join(letters[at : at + 4] for at in range(0, CODE_LETTERS, 4))


def _summed(
    cells: Mapping[tuple[int, str], Figures], schools: Iterable[int], level: str
) -> Figures:
    inside = set(schools)
    return sum(
        (
            values
            for (school_id, of_level), values in cells.items()
            if school_id in inside and level in ("", of_level)
        ),
        Figures(),
    )


def _row(
    code: str,
    counted: Figures,
    month: Figures,
    level: str,
    chain: list[int],
    targets: TargetTable,
    bounds: Mapping[str, Any],
) -> dict[str, Any]:
    rate = INDICATORS[code].compute(counted)
    coverage = INDICATORS["coverage"].compute(month)
    target = targets.share(code, level, chain)
    row = {
        "indicator": code,
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "value": _share(rate.value),
        "low": _share(rate.low),
        "high": _share(rate.high),
        "pupils": rate.pupils,
        "taken": coverage.numerator,
        "due": coverage.denominator,
        "target": _share(target),
    }
    if code == JUDGED:
        row["judgement"] = rates.judge(
            rate,
            target,
            coverage,
            targets.share("coverage", level, chain),
            min_pupils=int(bounds[thresholds.MIN_PUPILS]),
            min_days=int(bounds[thresholds.MIN_DAYS]),
            days=month.days,
        ).value
    return row


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.6f}"
