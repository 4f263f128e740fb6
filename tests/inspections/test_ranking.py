"""The order in which communes are visited."""

import datetime
from types import SimpleNamespace

import pytest
from django.utils.translation import override

from inspections.evidence import evidence_of
from inspections.ranking import gravity, rank, weight


def flag(code, rule, level="THCS", *, numerator=900, denominator=1000, target=95, **more):
    values = {
        "pk": f"{code}{level}{rule}",
        "commune_id": code,
        "commune": SimpleNamespace(code=code, name_key=code),
        "indicator": "attendance",
        "rule": rule,
        "level": level,
        "month": datetime.date(2026, 9, 1),
        "numerator": numerator,
        "denominator": denominator,
        "low": 0.8,
        "high": 0.9,
        "target": target,
        "registers_taken": 90,
        "registers_due": 100,
        "reason": f"{code} {level} {rule}.",
    }
    return SimpleNamespace(**{**values, **more})


def order(*flags):
    return [candidate.commune_id for candidate in rank(flags)]


def test_gravity_goes_from_certain_and_lasting_to_unknown():
    sets = [
        {"persistent", "certainly_low", "falling"},
        {"certainly_low", "falling"},
        {"persistent", "watch"},
        {"falling", "watch"},
        {"watch"},
        {"cannot_be_judged"},
    ]
    assert [gravity(rules) for rules in sets] == [0, 1, 2, 3, 4, 5]


def test_gravity_decides_before_level_and_weight():
    flags = [
        flag("5", "cannot_be_judged"),
        flag("4", "watch", numerator=10),
        flag("3", "falling"),
        flag("2", "certainly_low", "TH"),
        flag("1", "certainly_low", "MN"),
        flag("1", "persistent", "MN"),
    ]
    assert order(*flags) == ["1", "2", "3", "4", "5"]


def test_lower_secondary_comes_first_among_equally_grave():
    heavy = flag("1", "certainly_low", "TH", numerator=100)
    light = flag("2", "certainly_low", "THCS", numerator=949)
    assert order(heavy, light) == ["2", "1"]


def test_weight_is_the_gap_times_the_size():
    small_and_far = flag("1", "certainly_low", numerator=5, denominator=10)
    large_and_near = flag("2", "certainly_low", numerator=9_300, denominator=10_000)
    assert weight(small_and_far) == pytest.approx(4.5)
    assert weight(large_and_near) == pytest.approx(200)
    assert order(small_and_far, large_and_near) == ["2", "1"]


@pytest.mark.parametrize(
    "unjudged", [flag("1", "cannot_be_judged"), flag("1", "falling", target=None)]
)
def test_weight_is_the_missing_registers_without_a_judgement_or_target(unjudged):
    assert weight(unjudged) == 10


def test_the_code_decides_between_equals():
    assert order(flag("2", "watch"), flag("1", "watch")) == ["1", "2"]


def test_a_commune_is_met_once_at_its_gravest_level_with_all_reasons():
    flags = [
        flag("1", "watch", "THCS"),
        flag("1", "certainly_low", "TH"),
        flag("1", "persistent", "TH"),
    ]
    (candidate,) = rank(flags)
    assert candidate.level == "TH"
    assert candidate.reason == "1 TH persistent.\n1 TH certainly_low.\n1 THCS watch."
    assert candidate.flag_ids == ["1THpersistent", "1THcertainly_low", "1THCSwatch"]


def test_no_flags_give_no_candidates():
    assert rank([]) == []


def test_evidence_is_one_line_per_level_with_all_its_rules():
    lines = evidence_of(
        [flag("1", "certainly_low"), flag("1", "persistent"), flag("1", "watch", "TH")]
    )
    assert [(line.level, [each.rule for each in line.flags]) for line in lines] == [
        ("THCS", ["persistent", "certainly_low"]),
        ("TH", ["watch"]),
    ]
    assert (lines[0].rate, lines[0].target, lines[0].coverage) == (0.9, 0.95, 0.9)


def test_evidence_without_registers_has_no_rate():
    (line,) = evidence_of(
        [
            flag(
                "1",
                "cannot_be_judged",
                numerator=0,
                denominator=0,
                target=None,
                registers_taken=0,
                registers_due=0,
            )
        ]
    )
    assert (line.rate, line.target, line.coverage) == (None, None, None)


# --- More than one indicator ----------------------------------------------------------------

LATENESS = "lateness"  # invented: no indicator of ours is called so


def test_rules_of_two_indicators_are_not_put_together():
    """Lasting by one and certainly low by the other is not certainly low for months."""
    mixed = [flag("1", "persistent"), flag("1", "certainly_low", indicator=LATENESS)]
    certain = [flag("2", "certainly_low", numerator=100)]
    lasting = [flag("3", "persistent"), flag("3", "certainly_low", numerator=940)]
    assert order(*mixed, *certain, *lasting) == ["3", "2", "1"]


def test_weights_of_two_indicators_are_not_compared():
    """A hundred pupils short of one thing outweigh no pupil-session short of another."""
    attendance = flag("1", "certainly_low", numerator=949)
    lateness = flag("2", "certainly_low", numerator=1, indicator=LATENESS)
    assert order(lateness, attendance) == ["1", "2"]


def test_where_less_is_better_the_weight_is_what_is_too_much():
    too_many = flag("1", "certainly_low", numerator=80, target=5, indicator="dropout")
    assert weight(too_many) == pytest.approx(30)


def test_a_commune_is_met_once_with_the_reasons_of_every_indicator():
    flags = [
        flag("1", "watch", indicator=LATENESS, reason="đi muộn"),
        flag("1", "watch", reason="chuyên cần"),
        flag("1", "certainly_low", "TH", indicator=LATENESS, reason="TH đi muộn"),
    ]
    (candidate,) = rank(flags)
    assert candidate.reason.splitlines() == ["TH đi muộn", "chuyên cần", "đi muộn"]
    assert candidate.level == "TH"


def test_evidence_has_the_figures_of_each_indicator_apart():
    lines = evidence_of(
        [
            flag("1", "certainly_low", indicator=LATENESS, numerator=200),
            flag("1", "watch", "TH"),
            flag("1", "watch"),
            flag("1", "persistent", indicator=LATENESS, numerator=200),
            flag("1", "certainly_low", indicator="dropout", numerator=70, target=5),
        ]
    )
    assert [(line.indicator, line.level, line.rate) for line in lines] == [
        ("attendance", "THCS", 0.9),
        ("attendance", "TH", 0.9),
        ("dropout", "THCS", 0.07),
        (LATENESS, "THCS", 0.2),
    ]
    assert [each.rule for each in lines[-1].flags] == ["persistent", "certainly_low"]
    with override("vi"):
        assert [str(line.rate_words) for line in lines[1:]] == [
            "Chuyên cần",
            "Tỷ lệ bỏ học",
            LATENESS,
        ]
        assert lines[0].parts_words == "Có mặt / phải học"
        assert lines[2].parts_words == "học sinh"
        assert lines[3].parts_words == ""
