"""Flags: which rules a month meets, what they say, and what happens when raised again."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from core.models import Rule
from core.months import Month
from core.scope import Places
from reports import flagging
from reports.findings import SENTENCES, Finding, worded
from reports.flagging import Thresholds
from reports.models import ClassCoverage, Flag, SchoolMonth, Target
from reports.rates import Judgement
from reports.selectors.figures import Figures
from reports.selectors.flags import flags_in
from reports.services.flags import mark_planned, mark_visited, raise_flags, reopen
from tests.html_query import read
from tests.reports.register_builders import OCTOBER, day

AUGUST, SEPTEMBER = Month(2026, 8), Month(2026, 9)
USUAL = Thresholds(min_pupils=30, min_days=10, falling_points=2.0, persistent_months=3)


def month_of(rate, *, pupils=200, due=50, taken=None, days=20, clustering=1.0):
    """Figures of a month in which every pupil was expected 20 times."""
    expected = pupils * 20
    absent = round(expected * (1 - rate))
    mean = absent / pupils
    return Figures(
        expected=expected,
        unexcused=absent,
        pupils=pupils,
        sum_aa=round(pupils * (mean**2 + clustering * max(mean, 0.2))),
        sum_an=absent * 20,
        sum_nn=pupils * 400,
        scheduled=due,
        taken=due if taken is None else taken,
        days=days,
        first_month=OCTOBER,
        last_month=OCTOBER,
    )


def judge(values, target=0.95, coverage_target=0.9, thresholds=USUAL):
    return flagging.judge(
        values, target=target, coverage_target=coverage_target, thresholds=thresholds
    )


def met(*months, thresholds=USUAL):
    """Rules met by the last of the given months (figures or None), which end in October."""
    history = {
        month: judge(values, thresholds=thresholds)
        for month, values in zip(OCTOBER.last_months(len(months)), months, strict=True)
        if values is not None
    }
    return set(flagging.rules_met(history, OCTOBER, thresholds))


def test_good_month_meets_no_rule():
    assert met(month_of(0.96)) == set()


def test_whole_interval_under_the_target_is_certainly_low():
    assert met(month_of(0.90)) == {"certainly_low"}


def test_only_the_rate_under_the_target_is_watched():
    assert met(month_of(0.945, pupils=60, clustering=6)) == {"watch"}


def test_few_pupils_are_watched_but_never_certain():
    assert judge(month_of(0.70, pupils=29)).judgement == Judgement.WATCH
    assert judge(month_of(0.70, pupils=30)).judgement == Judgement.CERTAINLY_LOW


def test_few_days_say_nothing_yet():
    assert met(month_of(0.70, days=9)) == set()
    assert met(month_of(0.70, days=10)) == {"certainly_low"}


def test_low_coverage_cannot_be_judged_whatever_the_rate():
    assert met(month_of(0.70, taken=44)) == {"cannot_be_judged"}
    assert met(month_of(1.0, taken=44)) == {"cannot_be_judged"}
    assert met(month_of(0.70, taken=45)) == {"certainly_low"}


def test_no_register_at_all_cannot_be_judged():
    assert met(Figures(scheduled=50, first_month=OCTOBER, last_month=OCTOBER)) == {
        "cannot_be_judged"
    }


def test_without_school_or_without_target_nothing_is_said():
    nothing_due = Figures(scheduled=3, not_held=3, first_month=OCTOBER, last_month=OCTOBER)
    assert met(nothing_due) == set()
    assert judge(month_of(0.5), target=None).is_judged is False


def test_fall_needs_points_and_more_than_chance():
    assert met(month_of(0.99), month_of(0.965)) == {"falling"}
    # Many points, but the intervals of few, uneven pupils overlap too much.
    assert met(
        month_of(0.99, pupils=30, clustering=9), month_of(0.96, pupils=30, clustering=9)
    ) == (set())
    # More than chance, but not enough points.
    assert met(month_of(0.985, pupils=2000), month_of(0.970, pupils=2000)) == set()


def test_fall_of_exactly_the_points_counts():
    one = judge(month_of(0.99, pupils=2000))
    other = judge(month_of(0.97, pupils=2000))

    assert flagging.falls(other, one, USUAL) is True
    assert flagging.falls(one, other, USUAL) is False


def test_fall_is_not_judged_from_a_month_without_enough_registers_or_pupils():
    assert met(month_of(0.99, taken=10), month_of(0.96)) == set()
    assert met(None, month_of(0.96)) == set()
    many = Thresholds(min_pupils=201, min_days=10, falling_points=2.0, persistent_months=3)
    assert met(month_of(0.99), month_of(0.965), thresholds=many) == set()


def test_three_low_months_running_are_persistent():
    low = month_of(0.90)
    assert "persistent" in met(low, low, low)
    assert "persistent" not in met(low, low)
    assert "persistent" not in met(low, month_of(0.96), low)
    assert "persistent" not in met(low, low, low, month_of(0.96))


def test_months_that_cannot_be_judged_are_passed_over():
    low, unjudged = month_of(0.90), month_of(0.99, taken=10)
    assert "persistent" in met(low, unjudged, low, None, low)
    assert "persistent" not in met(low, low, unjudged)


def test_thresholds_decide():
    low = month_of(0.90)
    two = Thresholds(min_pupils=30, min_days=10, falling_points=2.0, persistent_months=2)
    assert "persistent" in met(low, low, thresholds=two)


def test_rate_that_rounds_to_the_target_is_shown_below_it():
    values = Figures(
        expected=100_000,
        unexcused=5_004,
        pupils=5000,
        sum_aa=20_000,
        sum_an=100_080,
        sum_nn=2_000_000,
        scheduled=50,
        taken=50,
        days=20,
        first_month=OCTOBER,
        last_month=OCTOBER,
    )
    with override("vi"):
        found = flagging.rules_met({OCTOBER: judge(values)}, OCTOBER, USUAL)[Flag.Rule.WATCH]
        text = worded(found.as_json(), commune="Xã A", level="TH", month=OCTOBER)

    assert text.startswith("Xã A, Tiểu học tháng 10/2026: tỷ lệ chuyên cần 94,99% ")


# --- From facts to rows -----------------------------------------------------


def write_facts(world, month, values, *, school=None, commune=None, level="THCS"):
    """Facts of one school as if they had been counted."""
    school, commune = school or world.school_b, commune or world.commune_b
    owner = {"school": school, "commune": commune, "month": month.first, "level": level}
    SchoolMonth.objects.filter(school=school, month=month.first, level=level).delete()
    SchoolMonth.objects.create(
        **owner,
        sex="F",
        ethnic_group="08",
        roll_start=values.pupils,
        roll_end=values.pupils,
        **{
            name: getattr(values, name)
            for name in ("expected", "unexcused", "pupils", "sum_aa", "sum_an", "sum_nn")
        },
    )
    school_class = school.classes.filter(level=level).first()
    ClassCoverage.objects.filter(school_class=school_class, month=month.first).delete()
    ClassCoverage.objects.create(
        **owner,
        school_class=school_class,
        scheduled=values.scheduled,
        taken=values.taken,
        days=values.days,
        counted_to=month.end,
        rebuilt_at=timezone.now(),
    )


@pytest.fixture
def low_month(world, today):
    write_facts(world, SEPTEMBER, month_of(0.90, due=40, taken=39))
    return world


def flags():
    return {
        (flag.commune.code, flag.level, flag.rule): flag.state
        for flag in Flag.objects.select_related("commune")
    }


def test_raise_flags_writes_one_row_with_its_sentence(low_month):
    counts = raise_flags(month=SEPTEMBER)

    assert flags() == {("03003", "THCS", "certainly_low"): "open"}
    assert (counts["raised"], counts["certainly_low"], counts["watch"]) == (1, 1, 0)
    flag = Flag.objects.get()
    assert (flag.numerator, flag.denominator) == (3600, 4000)
    assert (flag.registers_taken, flag.registers_due, flag.target) == (39, 40, 95)
    assert 0.88 < flag.low < 0.9 < flag.high < 0.92
    assert flag.reason == (
        "Xã B Một, THCS tháng 9/2026: tỷ lệ chuyên cần 90,0% (khoảng 89,0–90,9%), thấp hơn "
        "chỉ tiêu 95%; đã gửi 98% sổ."
    )


def test_sentence_is_in_the_language_of_the_reader(low_month):
    with override("en"):
        raise_flags(month=SEPTEMBER)

    flag = Flag.objects.get()
    assert "thấp hơn chỉ tiêu" in flag.reason
    with override("en"):
        assert "lower than the target of 95%" in flag.reason


def test_every_sentence_can_be_said():
    numbers = {
        "rate": 0.9,
        "low": 0.85,
        "high": 0.94,
        "target": 0.95,
        "pupils": 20,
        "coverage": 1.0,
        "before": 0.94,
        "month": "2026-08",
        "count": 2,
        "months": [["2026-08", 0.94, 0.95], ["2026-09", 0.9, None]],
        "taken": 3,
        "due": 40,
        "least": 0.9,
        "indicator": "mobilised_6",
    }
    said = {
        worded(Finding(code, numbers).as_json(), commune="Xã A", level="TH", month=SEPTEMBER)
        for code in SENTENCES
    }
    assert len(said) == len(SENTENCES)
    assert all(text.startswith("Xã A, Tiểu học tháng 9/2026: ") for text in said)


def test_a_flag_from_before_findings_keeps_its_sentence(low_month):
    raise_flags(month=SEPTEMBER)
    Flag.objects.update(finding=None, written_reason="Xã B Một: thấp.")
    assert Flag.objects.get().reason == "Xã B Một: thấp."
    # Raised anew it has its finding.
    raise_flags(month=SEPTEMBER)
    assert "thấp hơn chỉ tiêu" in Flag.objects.get().reason


def test_unjudged_commune_says_how_many_registers_are_missing(world, today):
    write_facts(world, SEPTEMBER, month_of(0.90, due=40, taken=30))

    raise_flags(month=SEPTEMBER)

    assert Flag.objects.get().reason == (
        "Xã B Một, THCS tháng 9/2026: mới gửi 75,0% sổ (30/40), chưa đủ 90% nên "
        "chưa thể kết luận về chuyên cần."
    )


def test_falling_and_persistent_say_which_months(world, today):
    Rule.objects.filter(key="reports.persistent_months").update(value=2)
    write_facts(world, AUGUST, month_of(0.94))
    write_facts(world, SEPTEMBER, month_of(0.90))

    raise_flags(month=SEPTEMBER)

    reasons = {flag.rule: flag.reason for flag in Flag.objects.all()}
    assert set(reasons) == {"certainly_low", "falling", "persistent"}
    assert reasons["falling"] == (
        "Xã B Một, THCS tháng 9/2026: tỷ lệ chuyên cần 90,0%, giảm 4,0 điểm phần trăm so với tháng "
        "8/2026 (94,0%); đã gửi 100% sổ."
    )
    assert reasons["persistent"] == (
        "Xã B Một, THCS tháng 9/2026: tỷ lệ chuyên cần dưới chỉ tiêu 2 tháng liền "
        "(gần đây: 8/2026: 94,0%; 9/2026: 90,0%); đã gửi 100% sổ."
    )


def test_level_and_nearest_area_have_their_own_target(low_month):
    Target.objects.create(
        indicator="attendance",
        level="THCS",
        area=low_month.commune_b,
        percent=85,
        valid_from=low_month.since,
    )

    raise_flags(month=SEPTEMBER)

    assert flags() == {}


def test_last_month_of_the_schools_is_put_on_this_map(low_month):
    """School B lay in another commune in August; its fall is still a fall."""
    write_facts(low_month, AUGUST, month_of(0.99), commune=low_month.commune_a2)

    raise_flags(month=SEPTEMBER)

    assert flags() == {
        ("03003", "THCS", "certainly_low"): "open",
        ("03003", "THCS", "falling"): "open",
    }


def test_dashboard_names_as_many_certainly_low_communes_as_it_and_the_flags_list(
    low_month, sign_in
):
    write_facts(
        low_month,
        SEPTEMBER,
        month_of(0.85),
        school=low_month.school_a,
        commune=low_month.commune_a,
    )
    raise_flags(month=SEPTEMBER)
    client, query = sign_in(low_month.province_officer), "?month=2026-09&level=THCS"
    page = read(client.get(reverse("reports:area", args=[low_month.province.pk]) + query))
    assert "2 xã chắc chắn thấp." in page.one("h1").text
    assert page.texts(".rank__state").count("Chắc chắn thấp") == 2
    listed = read(client.get(reverse("reports:flags") + query))
    assert listed.one("h1").text.endswith("2 xã chắc chắn thấp.")
    assert listed.texts(".cards .badge") == ["Chắc chắn thấp, THCS"] * 2


def test_raising_again_changes_nothing(low_month):
    raise_flags(month=SEPTEMBER)
    before = Flag.objects.get()

    counts = raise_flags(month=SEPTEMBER)

    assert (counts["raised"], counts["updated"], counts["withdrawn"]) == (0, 0, 0)
    after = Flag.objects.get()
    assert (after.pk, after.updated_at) == (before.pk, before.updated_at)


def test_raising_again_updates_figures_and_sentence(low_month):
    raise_flags(month=SEPTEMBER)
    write_facts(low_month, SEPTEMBER, month_of(0.80))

    counts = raise_flags(month=SEPTEMBER)

    assert counts["updated"] == 1
    flag = Flag.objects.get()
    assert flag.numerator == 3200
    assert "tỷ lệ chuyên cần 80,0%" in flag.reason


def test_flag_no_longer_met_is_withdrawn_and_met_again_is_opened(low_month):
    raise_flags(month=SEPTEMBER)
    write_facts(low_month, SEPTEMBER, month_of(0.97))

    counts = raise_flags(month=SEPTEMBER)

    assert counts["withdrawn"] == 1
    assert flags() == {("03003", "THCS", "certainly_low"): "withdrawn"}
    assert "90,0%" in Flag.objects.get().reason
    assert raise_flags(month=SEPTEMBER)["withdrawn"] == 0
    write_facts(low_month, SEPTEMBER, month_of(0.80))
    raise_flags(month=SEPTEMBER)
    assert flags() == {("03003", "THCS", "certainly_low"): "open"}


MOVED = {
    mark_planned: {"open": "planned"},
    reopen: {"planned": "open"},
    mark_visited: {"open": "visited", "planned": "visited"},
}


@pytest.mark.parametrize("service", MOVED, ids=lambda service: service.__name__)
def test_flags_in_a_state_for_it_are_moved_and_the_others_stay(low_month, service):
    raise_flags(month=SEPTEMBER)
    flag = Flag.objects.get()
    ids = {}
    for state, level in zip(Flag.State.values, ["TH", "THCS", "THPT", "MN"], strict=True):
        flag.pk, flag.level, flag.state = None, level, state
        Flag.objects.filter(level=level).delete()
        flag.save()
        ids[flag.pk] = state

    moved = service(flag_ids=ids)

    assert moved == [pk for pk, state in ids.items() if state in MOVED[service]]
    now = dict(Flag.objects.values_list("pk", "state"))
    assert now == {pk: MOVED[service].get(state, state) for pk, state in ids.items()}


def test_flags_are_locked_once_in_the_order_of_their_keys(low_month):
    raise_flags(month=SEPTEMBER)
    pk = Flag.objects.get().pk
    with CaptureQueriesContext(connection) as queries:
        mark_planned(flag_ids=Flag.objects.values_list("pk", flat=True))
    asked = [query["sql"] for query in queries if "reports_flag" in query["sql"]]
    locked, changed = asked
    assert 'ORDER BY "reports_flag"."id" ASC' in locked
    assert ("FOR UPDATE" in locked) is (connection.vendor == "postgresql")
    assert changed.startswith("UPDATE")
    assert Flag.objects.get(pk=pk).state == "planned"


@pytest.mark.parametrize("state", [Flag.State.PLANNED, Flag.State.VISITED])
def test_flag_in_a_plan_keeps_its_state(low_month, state):
    raise_flags(month=SEPTEMBER)
    Flag.objects.update(state=state)

    write_facts(low_month, SEPTEMBER, month_of(0.80))
    raise_flags(month=SEPTEMBER)
    assert flags() == {("03003", "THCS", "certainly_low"): state}
    assert "80,0%" in Flag.objects.get().reason

    write_facts(low_month, SEPTEMBER, month_of(0.97))
    raise_flags(month=SEPTEMBER)
    assert flags() == {("03003", "THCS", "certainly_low"): state}


@pytest.fixture
def second_indicator(low_month):
    """A flag of an invented indicator beside that of attendance, of the same rule."""
    raise_flags(month=SEPTEMBER)
    flag = Flag.objects.get()
    flag.pk, flag.indicator, flag.finding = None, "lateness", None
    flag.written_reason = "Xã B Một: nhiều em đi muộn."
    flag.save()
    return flag


def test_judging_attendance_leaves_flags_of_another_indicator_alone(second_indicator, low_month):
    write_facts(low_month, SEPTEMBER, month_of(0.97))

    assert raise_flags(month=SEPTEMBER)["withdrawn"] == 1

    states = dict(Flag.objects.values_list("indicator", "state"))
    assert states == {"attendance": "withdrawn", "lateness": "open"}


def test_readers_tell_indicators_apart(second_indicator, low_month, sign_in):
    places = Places(areas=frozenset([low_month.commune_b.pk]))
    found = flags_in(places, month=SEPTEMBER)
    assert [flag.indicator for flag in found] == ["attendance", "lateness"]
    assert flags_in(places, month=SEPTEMBER, indicator="lateness") == [second_indicator]

    client = sign_in(low_month.province_officer)
    page = read(client.get(reverse("reports:flags") + "?month=2026-09"))
    assert "2 cảnh báo ở 1 xã, 1 xã chắc chắn thấp" in page.one("h1").text
    assert page.texts(".cards .list li")[1].startswith("THCS: Xã B Một: nhiều em")
    # A row of the API names no indicator; it was promised to speak of attendance.
    rows = client.get(reverse("api:flags") + "?month=2026-09").json()["results"]
    assert [row["id"] for row in rows] == [found[0].pk]


def test_flags_of_other_months_are_left_alone(low_month):
    raise_flags(month=SEPTEMBER)

    raise_flags(month=OCTOBER)

    assert flags() == {("03003", "THCS", "certainly_low"): "open"}


def test_level_and_commune_are_judged_apart(low_month):
    write_facts(
        low_month,
        SEPTEMBER,
        month_of(0.96),
        school=low_month.school_a,
        commune=low_month.commune_a,
        level="TH",
    )

    raise_flags(month=SEPTEMBER)

    # 96 % is good for lower secondary (95) but not for primary (97).
    assert set(flags()) == {
        ("03003", "THCS", "certainly_low"),
        ("03001", "TH", "certainly_low"),
    }


@pytest.mark.parametrize("communes", [1, 2])
def test_raise_flags_reads_with_a_fixed_number_of_queries(
    low_month, communes, django_assert_max_num_queries
):
    if communes == 2:
        write_facts(
            low_month,
            SEPTEMBER,
            month_of(0.96),
            school=low_month.school_a,
            commune=low_month.commune_a,
            level="TH",
        )
    raise_flags(month=SEPTEMBER)

    with django_assert_max_num_queries(15):
        raise_flags(month=SEPTEMBER)


def test_command_raises_the_flags_of_a_month(low_month, capsys):
    call_command("raise_flags", month="2026-09")

    assert Flag.objects.get().month == day(1, 9)
    assert capsys.readouterr().out.startswith("2026-09: ")
