"""Points of a visit: what counts beside the flags, and that every point can be looked up."""

import datetime
from dataclasses import replace

import pytest
from django.utils.translation import override

from core.models import Rule
from core.months import Month
from inspections.models import HeadCount, Visit
from inspections.priority import FIRST, Circumstances, Known, PointRules, parts_of, told, total_of
from inspections.ranking import GRAVITY, rank
from inspections.selectors.priority import known_of
from inspections.services.plans import draft_plan, redraft_plan
from reports.models.facts import ClassCoverage, ClassMonth, SchoolMonth
from schools.models import Succession
from tests.world import make_area

from .conftest import OCTOBER, make_flag
from .test_ranking import flag

D = datetime.date
SEPTEMBER = Month(2026, 9)
WEIGHTS = PointRules(**{name: first for name, (_meaning, first) in FIRST.items()})
FULL = Circumstances(
    month="2026-09",
    pupils={"THCS": 400, "TH": 900},
    last_on=D(2026, 3, 12),
    months=7,
    doubtful=3,
    counted=480,
    registered=500,
)


def parts(known=FULL, weights=WEIGHTS, **more):
    values = {"gravity": 1, "steps": 6, "level": "THCS", "below": ["THCS"]}
    return parts_of(known, weights, **{**values, **more})


def points(*args, **more):
    return {each["code"]: each["points"] for each in parts(*args, **more)}


def test_each_part_comes_from_its_numbers():
    assert points() == {
        "gravity": 400,
        "lower_secondary": 25,
        "pupils": 30,  # forty, and no more than thirty count
        "months": 14,
        "doubtful": 6,
        "missing": 8,
    }
    assert points(replace(FULL, pupils={"THCS": 129}))["pupils"] == 12


def test_what_is_not_there_has_no_part():
    nothing = replace(FULL, pupils={}, months=0, doubtful=0, registered=480)
    assert points(nothing, level="TH") == {"gravity": 400}
    assert points(nothing, gravity=None) == {}


def test_a_commune_never_visited_counts_as_the_longest_time():
    never, long = replace(FULL, last_on=None, months=None), replace(FULL, months=40)
    assert points(never)["months"] == points(long)["months"] == 24


def test_no_more_than_the_most_of_each_counts():
    much = replace(FULL, months=99, doubtful=99, counted=1, registered=100, pupils={"THCS": 9999})
    found = points(much)
    assert (found["pupils"], found["months"], found["doubtful"], found["missing"]) == (
        30,
        24,
        10,
        10,
    )


def test_by_the_first_weights_a_step_of_gravity_weighs_more_than_all_else():
    """The order of letter 785: what is certain and lasting comes first."""
    much = replace(FULL, last_on=None, months=None, doubtful=99, counted=0, pupils={"THCS": 9999})
    bare = replace(FULL, months=0, pupils={}, doubtful=0, counted=500)
    for step in range(1, len(GRAVITY)):
        graver = total_of(parts(bare, gravity=step - 1, level="TH"))
        assert graver > total_of(parts(much, gravity=step))


def test_the_numbers_are_told_so_that_they_can_be_looked_up():
    with override("vi"):
        found = told(parts(below=["THCS", "TH"]))
    assert [(row.label, row.figures, row.points) for row in found.rows] == [
        ("Mức độ nghiêm trọng của cảnh báo", "bậc 2 trong 6 bậc, bậc 1 nặng nhất", 400),
        ("Ưu tiên cấp THCS", "", 25),
        (
            "Học sinh ở cấp học dưới chỉ tiêu",
            "1300 học sinh, tháng 09/2026 (TH 900, THCS 400)",
            30,
        ),
        ("Thời gian từ lần kiểm tra trước", "7 tháng, từ 12/03/2026", 14),
        ("Lớp cả tháng không em nào nghỉ", "3 lớp, tháng 09/2026", 6),
        (
            "Đếm tại lớp so với sổ điểm danh",
            "đếm được 480, sổ ghi có mặt 500 (96,0%)",
            8,
        ),
    ]
    assert found.total == sum(row.points for row in found.rows) == 483


def test_a_visit_without_points_tells_nothing():
    assert told(None) is None
    assert told([]) is None


def order(known, *flags):
    return [each.commune_id for each in rank(flags, Known(known, WEIGHTS))]


@pytest.mark.parametrize(
    "more",
    [
        {"months": 9},
        {"last_on": None, "months": None},
        {"pupils": {"TH": 900}},
        {"doubtful": 1},
        {"counted": 90, "registered": 100},
    ],
)
def test_between_equal_flags_each_circumstance_decides(more):
    here = Circumstances(last_on=D(2026, 8, 1), months=1)
    flags = [flag("1", "watch", "TH", numerator=800), flag("2", "watch", "TH")]
    assert order({"1": here, "2": here}, *flags) == ["1", "2"]
    assert order({"1": here, "2": replace(here, **more)}, *flags) == ["2", "1"]


def test_only_levels_below_their_target_lend_their_pupils():
    flags = [
        flag("1", "falling", "TH", numerator=990),
        flag("1", "watch", "THCS"),
        flag("1", "cannot_be_judged", "MN"),
    ]
    (found,) = rank(
        flags, Known({"1": Circumstances(pupils={"TH": 300, "THCS": 200, "MN": 100})}, WEIGHTS)
    )
    pupils = next(each for each in found.parts if each["code"] == "pupils")
    assert (pupils["pupils"], pupils["levels"]) == (200, {"THCS": 200})


def test_other_weights_from_a_day_on_give_another_order(flagged):
    rule = Rule.objects.get(key="visit_points.gravity")
    rule.valid_to = D(2026, 11, 1)
    rule.save()
    Rule.objects.create(key="visit_points.gravity", value=0, valid_from=D(2026, 11, 1))
    for month, weight in ((OCTOBER, 100), (Month(2026, 11), 0)):
        assert known_of([flagged.commune_a.pk], facts=SEPTEMBER, month=month).weights == replace(
            WEIGHTS, gravity=weight
        )


# --- What is known -----------------------------------------------------------------------


def cell(w, school_class, **more):
    values = {
        "school": school_class.school,
        "commune": w.commune_a,
        "month": SEPTEMBER.first,
        "level": school_class.level,
        "sex": "M",
        "ethnic_group": "01",
    }
    ClassMonth.objects.create(
        school_class=school_class, grade=school_class.grade_list[0], **{**values, **more}
    )


def known_in(commune):
    return known_of([commune.pk], facts=SEPTEMBER, month=OCTOBER).of(commune.pk)


@pytest.mark.parametrize(
    ("days", "pupils", "away", "found"),
    [(20, 12, 0, 1), (19, 12, 0, 0), (20, 9, 0, 0), (20, 12, 1, 0)],
)
def test_a_class_nobody_of_which_was_away_all_month_is_doubtful(world, days, pupils, away, found):
    ClassMonth.objects.all().delete()
    ClassCoverage.objects.all().delete()
    ClassCoverage.objects.create(
        school=world.school_a,
        commune=world.commune_a,
        school_class=world.class_a,
        month=SEPTEMBER.first,
        level=world.class_a.level,
        days=days,
        counted_to=SEPTEMBER.end,
        rebuilt_at="2026-10-01T00:00:00Z",
    )
    cell(world, world.class_a, pupils=pupils - 2)
    cell(world, world.class_a, pupils=2, sex="F", unexcused=away)
    assert known_in(world.commune_a).doubtful == found
    assert known_in(world.commune_b).doubtful == 0


def test_pupils_are_those_of_the_month_by_level(world):
    SchoolMonth.objects.all().delete()
    for sex, month, number in (("M", 9, 30), ("F", 9, 25), ("F", 8, 99)):
        SchoolMonth.objects.create(
            school=world.school_a,
            commune=world.commune_a,
            month=D(2026, month, 1),
            level="THCS",
            sex=sex,
            ethnic_group="01",
            pupils=number,
        )
    assert known_in(world.commune_a).pupils == {"THCS": 55}


def visit_made(plan, commune, day):
    visit, _made = Visit.objects.update_or_create(
        plan=plan,
        commune=commune,
        defaults={
            "rank": 1,
            "state": "done",
            "visited_on": day,
            "planned_on": day,
            "result": "Đã đi",
            "recorded_by": plan.drafted_by,
            "recorded_at": "2026-10-01T00:00:00Z",
        },
    )
    return visit


def test_the_last_visit_made_counts_also_of_the_unit_before(draft, flagged):
    assert known_in(flagged.commune_a).months is None
    visit_made(draft, flagged.commune_a, D(2026, 3, 12))
    found = known_in(flagged.commune_a)
    assert (found.last_on, found.months) == (D(2026, 3, 12), 7)
    old = make_area(3, "xa", "09999", "Xã cũ", flagged.province)
    type(old).objects.filter(pk=old.pk).update(valid_to=D(2026, 6, 1))
    Succession.objects.create(old=old, new=flagged.commune_a, effective_on=D(2026, 6, 1))
    visit_made(draft, old, D(2026, 5, 20))
    assert known_in(flagged.commune_a).last_on == D(2026, 5, 20)


def test_head_counts_of_the_year_are_put_together(draft, flagged):
    visit = visit_made(draft, flagged.commune_a, D(2026, 9, 15))
    HeadCount.objects.create(
        visit=visit,
        school=flagged.school_a,
        school_class=flagged.class_a,
        date=D(2026, 9, 15),
        session="AM",
        roll=30,
        counted=20,
        registered=25,
        counted_by=flagged.member_user,
        counted_at="2026-09-15T03:00:00Z",
    )
    found = known_in(flagged.commune_a)
    assert (found.counted, found.registered) == (20, 25)


# --- In a plan ---------------------------------------------------------------------------


def test_a_draft_keeps_the_points_of_its_visits_and_a_redraft_reckons_anew(flagged):
    make_flag(flagged.commune_a2, "watch", "TH")
    plan = draft_plan(area=flagged.province, month=OCTOBER, capacity=5, by=flagged.other_officer)
    first, *others = plan.visits.order_by("rank")
    assert [(each["code"], each["points"]) for each in first.points] == [
        ("gravity", 400),
        ("lower_secondary", 25),
        ("months", 24),
    ]
    totals = [total_of(each.points) for each in (first, *others)]
    assert totals == sorted(totals, reverse=True)
    Rule.objects.filter(key="visit_points.months").update(value=0)
    redraft_plan(plan=plan, capacity=5, by=flagged.province_officer)
    first.refresh_from_db()
    assert total_of(first.points) == 425
