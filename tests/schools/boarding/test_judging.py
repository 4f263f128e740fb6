"""Whether a school meets the rules: every threshold is "at least", and nobody meets none."""

import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.levels import EducationLevel
from schools.boarding.judging import Counts, Of, Verdict, judge
from schools.boarding.rule_sets import RuleSet, RuleSetError, all_sets, in_force, read, read_folders

D = datetime.date
TH, THCS = EducationLevel.PRIMARY, EducationLevel.LOWER_SECONDARY
NOW = D(2026, 10, 12)


def verdict(levels, counts, day=NOW):
    return judge(levels, counts, in_force(day)).verdict


@pytest.mark.parametrize(
    ("minority", "pupils", "expected"),
    [
        (499, 1000, "not_met"),
        (500, 1000, "met"),
        (501, 1000, "met"),
        (1, 2, "met"),
        (1, 3, "not_met"),
    ],
)
def test_half_of_the_pupils_are_of_ethnic_minorities(minority, pupils, expected):
    assert verdict([TH], {TH: Counts(pupils, minority, pupils)}) == expected


@pytest.mark.parametrize(
    ("level", "semi_boarders", "pupils", "expected"),
    [
        (TH, 1999, 10000, "not_met"),
        (TH, 2000, 10000, "met"),
        (TH, 1, 5, "met"),
        (TH, 1, 6, "not_met"),
        (THCS, 4499, 10000, "not_met"),
        (THCS, 4500, 10000, "met"),
        (THCS, 9, 20, "met"),
        (THCS, 8, 20, "not_met"),
    ],
)
def test_a_school_of_one_level_needs_the_share_of_its_level(level, semi_boarders, pupils, expected):
    assert verdict([level], {level: Counts(pupils, pupils, semi_boarders)}) == expected


@pytest.mark.parametrize(
    ("primary", "lower", "expected"),
    [
        # 32,5% of 400 are 130.
        (Counts(200, 200, 0), Counts(200, 200, 130), "met"),
        (Counts(200, 200, 0), Counts(200, 200, 129), "not_met"),
        # 20% and 45%, together 32% of the whole.
        (Counts(208, 208, 42), Counts(192, 192, 87), "met"),
        (Counts(208, 208, 42), Counts(192, 192, 86), "not_met"),
        (Counts(208, 208, 41), Counts(192, 192, 87), "not_met"),
    ],
)
def test_a_school_of_both_levels_meets_as_a_whole_or_by_each_level(primary, lower, expected):
    assert verdict([TH, THCS], {TH: primary, THCS: lower}) == expected


def test_by_how_many_it_fails_is_the_shorter_way():
    found = judge([TH, THCS], {TH: Counts(200, 150, 38), THCS: Counts(200, 40, 88)}, in_force(NOW))
    assert found.verdict == Verdict.NOT_MET
    assert found.minority.lacking == 10
    assert [(each.of, each.lacking) for each in found.conditions] == [
        (Of.MINORITY, 10),
        (Of.BOTH, 4),
        (Of.PRIMARY, 2),
        (Of.LOWER_SECONDARY, 2),
    ]
    assert found.lacking == 10
    enough = judge([TH], {TH: Counts(100, 90, 15)}, in_force(NOW))
    assert (enough.lacking, enough.minority.spare, enough.conditions[1].needed) == (5, 40, 20)


def test_a_level_without_pupils_is_no_way_and_nobody_meets_nothing():
    mixed = judge([TH, THCS], {TH: Counts(100, 100, 25), THCS: Counts()}, in_force(NOW))
    assert mixed.verdict == Verdict.NOT_MET
    # Eight more make 33 of 100; that the lower level has nobody is no shorter way.
    assert mixed.lacking == 8
    assert verdict([TH], {}) == Verdict.NOBODY
    assert verdict([TH], {TH: Counts(10, 10, 10)}, D(2009, 1, 1)) == Verdict.NO_RULES


@pytest.mark.parametrize(
    ("day", "code", "expected"),
    [
        (D(2015, 10, 1), "tt-24-2010", "not_met"),
        (D(2016, 1, 26), "tt-24-2010", "not_met"),
        (D(2016, 1, 27), "tt-30-2015", "met"),
        (D(2023, 3, 17), "tt-30-2015", "met"),
        (D(2023, 3, 18), "tt-03-2023", "met"),
    ],
)
def test_a_day_is_judged_by_the_rules_of_then(day, code, expected):
    assert in_force(day).code == code
    assert verdict([TH], {TH: Counts(100, 60, 30)}, day) == expected


def test_every_set_says_where_it_is_from():
    assert [each.code for each in all_sets()] == ["tt-24-2010", "tt-30-2015", "tt-03-2023"]
    assert all(len(each.source) > 20 for each in all_sets())
    assert in_force(NOW).both == Fraction(65, 2)


GOOD = {
    "code": "a",
    "name": "A",
    "source": "B",
    "valid_from": D(2030, 1, 1),
    "minority": 50,
    "semi_boarders": {"primary": 20, "lower_secondary": 45},
}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"minority": 0}, "minority"),
        ({"minority": 101}, "minority"),
        ({"minority": "50"}, "minority"),
        ({"minorities": 50}, "minorities"),
        ({"source": " "}, "source"),
        ({"valid_from": "2030-01-01"}, "valid_from"),
        ({"valid_to": D(2030, 1, 1)}, "valid_to"),
        ({"semi_boarders": {"primary": 20}}, "semi_boarders"),
        ({"semi_boarders": {"primary": 20, "lower_secondary": 45, "upper": 1}}, "semi_boarders"),
        ({"semi_boarders": {"primary": True, "lower_secondary": 45}}, "semi_boarders.primary"),
    ],
)
def test_a_file_that_says_something_else_is_refused(changes, word):
    assert read("x.toml", GOOD).both is None
    with pytest.raises(RuleSetError, match=f"“{word}”"):
        read("x.toml", GOOD | changes)


def test_two_sets_never_hold_at_once(tmp_path):
    text = 'code = "{}"\nname = "A"\nsource = "B"\nvalid_from = {}\nminority = 50\n'
    text += "semi_boarders = {{ primary = 20, lower_secondary = 45 }}\n"
    (tmp_path / "a.toml").write_text(text.format("a", "2030-01-01"), encoding="utf-8")
    (tmp_path / "b.toml").write_text(text.format("b", "2031-01-01"), encoding="utf-8")
    with pytest.raises(RuleSetError, match="01/01/2031"):
        read_folders((tmp_path,))


def slow(levels, counts, rules: RuleSet):
    """The circular read aloud, in whole numbers."""
    total = sum(counts[each].pupils for each in levels)
    if total == 0:
        return "nobody"
    if sum(counts[each].minority for each in levels) / Fraction(total) * 100 < rules.minority:
        return "not_met"
    least = {TH: rules.primary, THCS: rules.lower_secondary}

    def share(level):
        own = counts[level]
        return Fraction(own.semi_boarders, own.pupils) * 100 if own.pupils else Fraction(-1)

    each = all(share(level) >= least[level] for level in levels)
    boarders = sum(counts[level].semi_boarders for level in levels)
    together = (
        len(levels) == 2
        and rules.both is not None
        and Fraction(boarders, total) * 100 >= rules.both
    )
    return "met" if each or together else "not_met"


@st.composite
def school_counts(draw):
    pupils = draw(st.integers(0, 60))
    return Counts(pupils, draw(st.integers(0, pupils)), draw(st.integers(0, pupils)))


@given(
    st.sampled_from([[TH], [THCS], [TH, THCS]]),
    school_counts(),
    school_counts(),
    st.sampled_from(all_sets()),
)
def test_the_verdict_is_that_of_the_circular_read_aloud(levels, primary, lower, rules):
    counts = {TH: primary, THCS: lower}
    found = judge(levels, counts, rules)
    assert found.verdict == slow(levels, counts, rules)
    # Whoever is said to be lacking is exactly enough, where the same pupils can be both.
    if found.verdict == Verdict.MET:
        assert found.lacking == 0
