"""The arithmetic of rates: known values, properties, and how often an interval is right."""

import random
from decimal import Decimal
from fractions import Fraction
from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.rates import (
    Judgement,
    Measures,
    Method,
    Rate,
    attendance_rate,
    difference_in_points,
    effective_size,
    fall_is_more_than_chance,
    judge,
    proportion,
    reaches,
    wilson,
)

# (absences, expected sessions) of one pupil
PUPIL = st.integers(0, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
PUPILS = st.lists(PUPIL, max_size=40)


def rate_of(*pupils):
    return attendance_rate(Measures.of_pupils(pupils))


# --- known values


def test_wilson_gives_the_published_interval():
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263 and 1 of 29.
    assert [round(end, 4) for end in wilson(81 / 263, 263)] == [0.2553, 0.3662]
    assert [round(end, 4) for end in wilson(1 / 29, 29)] == [0.0061, 0.1718]
    assert [round(end, 4) for end in wilson(0.0, 20)] == [0.0, 0.1611]


def test_attendance_rate_by_hand():
    # Σa = 6, Σn = 40, p = 0,15; Σ(a − pn)² = 1,5² + 0,5² + 2,5² + 1,5² = 11
    # var = 4/3 · 11 / 1600; n* = 0,1275 / var = 1275·3·1600 / (10000·4·11)
    pupils = [(0, 10), (1, 10), (4, 10), (1, 10)]
    measures = Measures.of_pupils(pupils)
    assert measures == Measures(40, 6, 4, 18, 60, 400)
    spread = sum((Fraction(a) - Fraction(6, 40) * n) ** 2 for a, n in pupils)
    assert effective_size(measures) == Fraction(1275, 10_000) / (Fraction(4, 3) * spread / 1600)
    rate = attendance_rate(measures)
    assert (rate.numerator, rate.denominator, rate.value) == (34, 40, 0.85)
    assert (rate.pupils, rate.method) == (4, Method.CLUSTERS)
    assert (rate.low, rate.high) == wilson(0.85, float(effective_size(measures)))


def test_clustered_absences_widen_the_interval():
    spread_out = rate_of(*[(1, 20)] * 19, (2, 20))
    one_sick_child = rate_of(*[(0, 20)] * 19, (20, 20), (1, 20))
    assert one_sick_child.low < spread_out.low
    assert one_sick_child.high > spread_out.high


@pytest.mark.parametrize(
    ("pupils", "numerator", "denominator"),
    [
        ([(0, 20)] * 30, 600, 600),
        ([(20, 20)] * 30, 0, 600),
        ([(2, 20)] * 30, 540, 600),
        ([(3, 20)], 17, 20),
    ],
)
def test_interval_rests_on_pupils_where_the_effective_size_is_undefined(
    pupils, numerator, denominator
):
    rate = rate_of(*pupils)
    assert (rate.numerator, rate.denominator) == (numerator, denominator)
    assert rate.method == Method.PUPILS
    assert (rate.low, rate.high) == wilson(numerator / denominator, len(pupils))


def test_all_present_gives_a_sensible_interval():
    rate = rate_of(*[(0, 20)] * 30)
    assert (rate.value, rate.high) == (1.0, 1.0)
    assert 0.88 < rate.low < 0.89
    assert rate_of(*[(0, 20)] * 300).low > 0.98


def test_effective_size_is_never_more_than_the_sessions():
    # Alike but for one session: the formula alone would claim 8,100 independent draws.
    measures = Measures.of_pupils([(2, 20)] * 29 + [(3, 20)])
    assert effective_size(measures) > measures.expected
    rate = attendance_rate(measures)
    assert (rate.low, rate.high) == wilson(rate.value, measures.expected)


def test_no_session_gives_no_value():
    assert attendance_rate(Measures()) == Rate(0, 0, pupils=0)
    assert rate_of((0, 0)).value is None
    assert proportion(0, 0) == Rate(0, 0)
    assert proportion(3, 0).value is None


def test_proportion_has_an_interval_only_for_pupils():
    kept = proportion(97, 100)
    assert (kept.value, kept.pupils, kept.method) == (0.97, 100, Method.PUPILS)
    assert (kept.low, kept.high) == wilson(0.97, 100)
    sent = proportion(97, 100, counts_pupils=False)
    assert sent == Rate(97, 100, 0.97)


def test_proportion_over_one_keeps_its_value_without_an_interval():
    assert proportion(103, 100) == Rate(103, 100, 1.03, pupils=100)


# --- properties


@settings(max_examples=500, derandomize=True)
@given(PUPILS)
def test_rate_and_interval_stay_between_zero_and_one(pupils):
    rate = rate_of(*pupils)
    if rate.denominator == 0:
        assert (rate.value, rate.low, rate.high) == (None, None, None)
    else:
        assert 0 <= rate.low <= rate.value <= rate.high <= 1
        assert rate.value == rate.numerator / rate.denominator
        assert rate.low < rate.high


@settings(max_examples=300, derandomize=True)
@given(PUPILS, st.randoms(use_true_random=False))
def test_the_order_of_pupils_does_not_matter(pupils, shuffled):
    mixed = list(pupils)
    shuffled.shuffle(mixed)
    assert rate_of(*mixed) == rate_of(*pupils)


@settings(max_examples=300, derandomize=True)
@given(PUPILS, st.lists(st.integers(0, 40), max_size=4))
def test_any_division_into_areas_sums_to_the_whole(pupils, cuts):
    cuts = sorted(min(cut, len(pupils)) for cut in cuts)
    ends = zip([0, *cuts], [*cuts, len(pupils)], strict=True)
    areas = [Measures.of_pupils(pupils[start:end]) for start, end in ends]
    whole = Measures.of_pupils(pupils)
    assert sum(areas, Measures()) == whole
    assert sum(reversed(areas), Measures()) == whole
    merged = attendance_rate(sum(areas, Measures()))
    parts = [attendance_rate(area) for area in areas]
    assert merged.numerator == sum(part.numerator for part in parts)
    assert merged.denominator == sum(part.denominator for part in parts)
    values = [part.value for part in parts if part.value is not None]
    assert not values or min(values) <= merged.value <= max(values)


@settings(max_examples=300, derandomize=True)
@given(PUPILS)
def test_effective_size_agrees_with_the_formula_over_single_pupils(pupils):
    measures = Measures.of_pupils(pupils)
    met = [(a, n) for a, n in pupils if n]
    size = effective_size(measures)
    if len(met) < 2 or not 0 < measures.absent < measures.expected:
        assert size is None
        return
    p = Fraction(measures.absent, measures.expected)
    squares = sum((a - p * n) ** 2 for a, n in met)
    variance = Fraction(len(met), len(met) - 1) * squares / measures.expected**2
    assert size == (p * (1 - p) / variance if variance else None)


@settings(max_examples=200, derandomize=True)
@given(PUPILS, PUPIL)
def test_a_pupil_without_sessions_changes_nothing(pupils, pupil):
    assert rate_of(*pupils, (0, 0), pupil) == rate_of(*pupils, pupil)


@settings(max_examples=300, derandomize=True)
@given(st.integers(0, 1000), st.integers(1, 1000), st.integers(0, 10_000))
def test_reaches_compares_without_rounding(numerator, denominator, hundredths):
    rate = proportion(numerator, denominator)
    exact = numerator * 10_000 >= hundredths * denominator
    assert reaches(rate, hundredths / 10_000) == exact
    assert reaches(rate, Decimal(hundredths) / 10_000) == exact


# --- how often the interval holds the truth


def simulated_coverage(*, pupils, sessions, mean, concentration, draws, seed):
    """Share of simulated months whose interval holds the true rate.

    Each pupil has a chance of absence of his own (beta distributed): absences come in clusters.
    """
    dice = random.Random(seed)
    alpha, beta = mean * concentration, (1 - mean) * concentration
    held = 0
    for _month in range(draws):
        month = []
        for _pupil in range(pupils):
            chance = dice.betavariate(alpha, beta)
            expected = sessions - (dice.random() < 0.2) * dice.randrange(sessions // 2)
            month.append((sum(dice.random() < chance for _s in range(expected)), expected))
        rate = rate_of(*month)
        held += rate.low <= 1 - mean <= rate.high
    return held / draws


@pytest.mark.parametrize(
    ("pupils", "mean", "concentration"),
    [(35, 0.05, 8), (120, 0.04, 8), (120, 0.10, 4), (300, 0.02, 8)],
)
def test_interval_holds_the_truth_in_about_95_of_100_months(pupils, mean, concentration):
    # 400 draws: a true 95 % shows as 92,8-97,2 % in 95 of 100 seeds; skewed absences of few
    # pupils cost the interval some of it, which is why places under 30 pupils are not ranked.
    coverage = simulated_coverage(
        pupils=pupils, sessions=22, mean=mean, concentration=concentration, draws=400, seed=785
    )
    assert 0.92 <= coverage <= 0.98


def test_interval_on_sessions_would_hold_the_truth_far_less_often():
    dice = random.Random(785)
    held = 0
    for _month in range(200):
        month = []
        for _pupil in range(120):
            chance = dice.betavariate(0.4, 3.6)
            month.append((sum(dice.random() < chance for _s in range(22)), 22))
        rate = rate_of(*month)
        low, high = wilson(rate.value, rate.denominator)
        held += low <= 0.9 <= high
    assert held / 200 < 0.75


# --- judgements

FULL = proportion(100, 100, counts_pupils=False)
USUAL = {"min_pupils": 30, "min_days": 10, "days": 20}


def judged(rate, target=0.95, coverage=FULL, coverage_target=0.9, **rule):
    return judge(rate, target, coverage, coverage_target, **(USUAL | rule))


def test_judge_tells_certainly_low_from_watch_and_good():
    assert judged(rate_of(*[(4, 20), (2, 20)] * 100)) == Judgement.CERTAINLY_LOW
    assert judged(rate_of(*[(0, 20)] * 28, (20, 20), (16, 20))) == Judgement.WATCH
    assert judged(rate_of(*[(0, 20), (1, 20)] * 100)) == Judgement.GOOD


@pytest.mark.parametrize("percent", range(80, 100))
def test_judge_calls_a_rate_exactly_on_target_good(percent):
    on_target = attendance_rate(
        Measures.of_pupils([(0, 100)] * percent + [(100, 100)] * (100 - percent))
    )
    assert judged(on_target, target=percent / 100) == Judgement.GOOD
    assert judged(on_target, target=Decimal(percent) / 100) == Judgement.GOOD


def test_judge_is_silent_without_enough_registers_whatever_the_rate():
    low = rate_of(*[(4, 20), (2, 20)] * 100)
    some = proportion(89, 100, counts_pupils=False)
    assert judged(low, coverage=some) == Judgement.CANNOT_BE_JUDGED
    assert judged(low, target=None, coverage=some) == Judgement.CANNOT_BE_JUDGED
    enough = proportion(9, 10, counts_pupils=False)
    assert judged(low, coverage=enough) == Judgement.CERTAINLY_LOW
    assert judged(low, coverage=some, coverage_target=None) == Judgement.CERTAINLY_LOW


def test_judge_is_silent_about_few_pupils_and_few_days():
    low = [(4, 20), (2, 20)]
    assert judged(rate_of(*low * 14)) == Judgement.TOO_SMALL
    assert judged(rate_of(*low * 15)) == Judgement.CERTAINLY_LOW
    assert judged(rate_of(*low * 15), days=9) == Judgement.TOO_SMALL
    assert judged(rate_of(*low * 15), days=10) == Judgement.CERTAINLY_LOW


def test_judge_has_nothing_to_say_without_value_or_target():
    assert judged(attendance_rate(Measures()), coverage=proportion(0, 0)) == Judgement.NO_VALUE
    assert judged(rate_of((1, 20), (2, 20)), target=None) == Judgement.NO_TARGET


def test_judge_names_who_sent_nothing_whatever_the_targets():
    nothing, none_of_some = attendance_rate(Measures()), proportion(0, 352, counts_pupils=False)
    for targets in ({}, {"target": None}, {"coverage_target": None}):
        found = judged(nothing, coverage=none_of_some, **targets)
        assert found == Judgement.NOTHING_SENT


def test_difference_in_points():
    rate, other = proportion(90, 100), proportion(95, 100)
    assert isclose(difference_in_points(rate, other), -0.05)
    assert difference_in_points(rate, None) is None
    assert difference_in_points(rate, proportion(0, 0)) is None


def test_fall_is_more_than_chance_only_for_a_clear_fall():
    high, low = proportion(970, 1000), proportion(940, 1000)
    assert fall_is_more_than_chance(low, high)
    assert not fall_is_more_than_chance(high, low)
    assert not fall_is_more_than_chance(proportion(94, 100), proportion(97, 100))
    assert not fall_is_more_than_chance(low, proportion(0, 0))
