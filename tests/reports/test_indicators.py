"""The registry of indicators, its arithmetic and its page in docs."""

from pathlib import Path

import pytest
from django.utils.translation import override

from core.months import Month
from reports.indicators import INDICATORS, NAMED
from reports.selectors.figures import Figures

DOCS = Path(__file__).resolve().parents[2] / "docs" / "indicators.md"


def value(code, **numbers):
    return INDICATORS[code].compute(Figures(**numbers)).value


def test_registry_is_the_table_of_the_docs():
    with override("en"):
        registry = {
            indicator.code: [
                str(part)
                for part in (
                    indicator.name,
                    indicator.numerator,
                    indicator.denominator,
                    indicator.variant or "—",
                    "school year so far" if getattr(indicator, "cumulated", False) else "month",
                    indicator.source,
                )
            ]
            for indicator in NAMED.values()
        }
    lines = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| `")]
    documented = {
        cells[0].strip("`"): cells[1:]
        for cells in ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    }

    assert documented == registry


def test_every_indicator_is_told_in_vietnamese():
    for indicator in NAMED.values():
        for part in (
            indicator.name,
            indicator.definition,
            indicator.numerator,
            indicator.denominator,
            indicator.unit,
            indicator.source,
        ):
            with override("en"):
                english = str(part)
            with override("vi"):
                assert str(part) != english


def test_codes_are_the_agreed_ones():
    assert list(INDICATORS) == [
        "attendance",
        "retention_a",
        "retention_b",
        "dropout",
        "coverage",
        "timeliness",
    ]
    assert all(code == indicator.code for code, indicator in INDICATORS.items())


@pytest.mark.parametrize("code", INDICATORS)
def test_nothing_below_the_line_gives_no_value(code):
    assert value(code) is None


def test_attendance_counts_both_absences_and_not_the_late():
    numbers = {"expected": 200, "excused": 6, "unexcused": 4, "late": 9, "pupils": 10}

    assert value("attendance", **numbers) == 0.95


def test_attendance_has_an_interval_by_pupils():
    """Ten absences of one pupil say less than two absences each of five."""
    common = {"expected": 200, "unexcused": 10, "pupils": 10, "sum_nn": 10 * 20 * 20}
    one_child = Figures(**common, sum_aa=100, sum_an=10 * 20)
    spread = Figures(**common, sum_aa=5 * 4, sum_an=10 * 20)

    wide = INDICATORS["attendance"].compute(one_child)
    narrow = INDICATORS["attendance"].compute(spread)

    assert wide.value == narrow.value == 0.95
    assert wide.high - wide.low > narrow.high - narrow.low


def test_retention_variants_and_dropout_differ_as_documented():
    """100 at the start; 4 moved in, 6 out, 3 dropped out of whom 1 came back, 2 came late."""
    year = {
        "came_start": 100,
        "came_in": 4,
        "came_new": 2,
        "came_return": 1,
        "left_out": 6,
        "left_dropout": 3,
        "roll_end": 98,
        "first_month": Month(2026, 9),
        "last_month": Month(2026, 12),
    }

    assert value("retention_a", **year) == 98 / (100 + 4 - 6)
    assert value("retention_b", **year) == 97 / 100
    assert value("dropout", **year) == 3 / 100


def test_retention_a_counts_those_who_finished_the_year():
    assert value("retention_a", came_start=50, left_completed=49, left_dropout=1) == 49 / 50


def test_retention_a_of_a_class_follows_changes_of_class():
    assert value("retention_a", came_start=30, left_class=2, roll_end=28) == 1
    assert value("retention_a", came_start=30, came_class=2, roll_end=32) == 1


def test_rate_over_a_hundred_is_shown_as_it_is():
    rate = INDICATORS["retention_a"].compute(Figures(came_start=10, came_new=1, roll_end=11))

    assert (rate.value, rate.low, rate.high) == (1.1, None, None)


def test_coverage_leaves_out_sessions_not_held():
    assert value("coverage", scheduled=50, not_held=10, taken=30) == 30 / 40
    assert value("coverage", scheduled=10, not_held=10) is None


def test_timeliness_is_of_the_registers_taken():
    assert value("timeliness", scheduled=50, taken=40, sent_late=10) == 30 / 40
