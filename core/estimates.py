"""What several estimates of an effect need: a verdict on an interval, Student's t, a fitted line.

Pure arithmetic, no Django. The effect of visits (`inspections.effect`) and that of cases of
children (`mobilisation.case_effect`) stand on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from statistics import NormalDist

Matrix = list[list[float]]
# Columns that say the same must not make a line impossible.
_GRAIN = 1e-9


class Verdict(StrEnum):
    """What may be said of one comparison."""

    IMPROVED = "improved"
    UNCLEAR = "unclear"
    WORSE = "worse"
    NOT_ENOUGH = "not_enough"


# The look of a verdict's badge, from the style sheet.
BADGES = {
    Verdict.IMPROVED: "good",
    Verdict.UNCLEAR: "unknown",
    Verdict.WORSE: "falling",
    Verdict.NOT_ENOUGH: "waiting",
}


def verdict_of(low: float, high: float) -> Verdict:
    """The verdict of the interval of an effect: only what the whole interval says."""
    if low > 0:
        return Verdict.IMPROVED
    return Verdict.WORSE if high < 0 else Verdict.UNCLEAR


def student_quantile(probability: float, freedom: int) -> float:
    """Quantile of Student's t, by the expansion around the normal one.

    Abramowitz and Stegun, *Handbook of Mathematical Functions*, 26.7.5; from 8 degrees of freedom
    on it is right to three decimals.
    """
    z = NormalDist().inv_cdf(probability)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))


def normal_matrix(rows: Sequence[Sequence[float]]) -> Matrix:
    """X'X of the rows of X, with a grain on the diagonal so that it has an inverse."""
    size = range(len(rows[0]))
    return [
        [sum(r[a] * r[b] for r in rows) + (_GRAIN if a == b else 0) for b in size] for a in size
    ]


def inverse_of(matrix: Matrix) -> Matrix:
    """Inverse of a small positive definite matrix, by Gauss-Jordan elimination."""
    size = len(matrix)
    work = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(work[r][i]))
        work[i], work[pivot] = work[pivot], work[i]
        work[i] = [x / work[i][i] for x in work[i]]
        for r in range(size):
            if r != i:
                factor = work[r][i]
                work[r] = [x - factor * y for x, y in zip(work[r], work[i], strict=True)]
    return [row[size:] for row in work]


def fitted(
    rows: Sequence[Sequence[float]], values: Sequence[float], inverse: Matrix
) -> list[float]:
    """The coefficients of the least-squares line of `values` on `rows`.

    Args:
        inverse: of `normal_matrix(rows)`, which the caller may need for leverages too.
    """
    size = range(len(rows[0]))
    sums = [sum(row[a] * y for row, y in zip(rows, values, strict=True)) for a in size]
    return [sum(x * y for x, y in zip(row, sums, strict=True)) for row in inverse]
