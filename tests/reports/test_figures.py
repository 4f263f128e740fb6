"""Summing the facts on reading."""

import datetime

import pytest

from core.months import Month
from core.scope import NOWHERE, Places
from reports.models.facts import MEASURES
from reports.selectors.figures import (
    Figures,
    figures,
    months_of_year_to,
    year_to_date,
)
from reports.services.facts import mark_stale, rebuild
from schools.areas.selectors.tree import AreaTree
from schools.models import Area, Placement, School, SchoolYear, Succession
from tests.reports.histories import MONTHS, write_history
from tests.reports.register_builders import OCTOBER, day, end_spell, pupil_ids, take
from tests.world import make_area, make_class, make_school

AUGUST, SEPTEMBER, _OCTOBER = MONTHS
SUMMED = (*MEASURES, "scheduled", "taken", "not_held", "sent_late", "classes")


def count(*months):
    for month in months:
        rebuild(school_ids=School.objects.values_list("pk", flat=True), month=month)


def sums(found):
    """Dict month -> the summed numbers of all keys of that month."""
    months = sorted({month for _key, month in found})
    return {
        month: {
            name: sum(getattr(v, name) for (_k, m), v in found.items() if m == month)
            for name in SUMMED
        }
        for month in months
    }


@pytest.fixture
def counted(world, today):
    """Three months of random life, counted; school B lies elsewhere since September."""
    write_history(world, 1)
    Placement.objects.filter(school=world.school_b).delete()
    Placement.objects.create(
        school=world.school_b,
        commune=world.commune_b,
        valid_from=world.since,
        valid_to=day(1, 9),
    )
    Placement.objects.create(school=world.school_b, commune=world.commune_a2, valid_from=day(1, 9))
    count(*MONTHS)
    return world


def test_total_is_the_sum_of_every_division(counted):
    total = sums(figures(months=MONTHS))

    for by in ("commune", "school", "level", "class", ("school", "level")):
        assert sums(figures(months=MONTHS, by=by)) == total
    for by in ("sex", "grade", "ethnic_group", ("sex", "ethnic_group")):
        divided = sums(figures(months=MONTHS, by=by))
        for month, numbers in divided.items():
            assert {name: numbers[name] for name in MEASURES} == {
                name: total[month][name] for name in MEASURES
            }


def test_commune_is_the_one_of_that_time(counted):
    found = figures(months=MONTHS, by="commune", level="THCS")

    assert set(found) == {
        (counted.commune_a.pk, AUGUST),
        (counted.commune_a.pk, SEPTEMBER),
        (counted.commune_a.pk, OCTOBER),
        (counted.commune_b.pk, AUGUST),
        (counted.commune_a2.pk, SEPTEMBER),
        (counted.commune_a2.pk, OCTOBER),
    }


def test_series_restated_to_a_map_puts_the_past_there(counted):
    found = figures(months=MONTHS, by="commune", level="THCS", map_date=day(1))
    plain = figures(months=MONTHS, by="school", level="THCS")

    assert {key for key, _month in found} == {counted.commune_a.pk, counted.commune_a2.pk}
    assert found[counted.commune_a2.pk, AUGUST] == plain[counted.school_b.pk, AUGUST]


@pytest.mark.parametrize(
    "map_date", [day(1, 1, 2020), day(1, 8), day(31, 8), day(1, 9), day(12), day(1, 1, 2030)]
)
def test_sums_are_the_same_on_every_map(counted, map_date):
    assert sums(figures(months=MONTHS, by="commune", map_date=map_date)) == sums(
        figures(months=MONTHS)
    )


def test_sums_are_the_same_over_a_reorganisation(world, today):
    """Two communes become one, one school closes before, one opens after."""
    old = [world.commune_a, world.commune_a2, world.commune_b]
    closed = make_school("12Z1", "TH Đã Đóng", "TH", world.commune_b, world.since)
    make_class(closed, world.year, "1Z", "TH", "1", ["Lò Văn Xa"])
    count(AUGUST)
    Placement.objects.filter(school=closed).update(valid_to=day(20, 8))
    Area.objects.filter(pk__in=[area.pk for area in old]).update(valid_to=day(1, 9))
    merged = make_area(3, "xa", "03009", "Mới", world.province, valid_from=day(1, 9))
    for area in old:
        Succession.objects.create(old=area, new=merged, effective_on=day(1, 9), decree="NQ")
    Placement.objects.filter(valid_to=None).update(valid_to=day(1, 9))
    for school in (world.school_a, world.school_b):
        Placement.objects.create(school=school, commune=merged, valid_from=day(1, 9))
    opened = make_school("12Z2", "TH Mới Mở", "TH", merged, day(15, 9))
    make_class(opened, world.year, "1M", "TH", "1", ["Lò Văn Gần"])
    count(SEPTEMBER)

    months = [AUGUST, SEPTEMBER]
    total = sums(figures(months=months))
    for map_date in (None, day(1, 8), day(25, 8), day(1, 9), day(30, 9)):
        assert sums(figures(months=months, by="commune", map_date=map_date)) == total
    now = figures(months=months, by="commune", map_date=day(30, 9))
    assert set(now) == {(merged.pk, AUGUST), (merged.pk, SEPTEMBER)}
    then = figures(months=months, by="commune", map_date=day(25, 8))
    # The school that opened in a commune not yet there is kept apart, not lost.
    assert then[None, SEPTEMBER].classes == 1


def test_figures_of_a_group_carry_sessions_and_freshness(world, today):
    take(world.class_a, day(5), {pupil_ids(world.class_a)[0]: "P"})
    take(world.class_a, day(6))
    take(world.class_a12, day(5))
    count(OCTOBER)

    found = figures(months=[OCTOBER], school_ids=[world.school_a.pk])[None, OCTOBER]

    # 11 mornings of 6A and 11 whole days of the multi-grade class are past.
    assert (found.scheduled, found.taken, found.due) == (11 + 22, 3, 33)
    assert (found.expected, found.absent, found.present) == (16, 1, 15)
    assert (found.classes, found.days, found.stale) == (2, 2, 0)
    assert found.counted_to == today
    assert found.first_month == found.last_month == OCTOBER


def test_counted_to_is_the_last_day_of_a_month_that_is_over(world, today):
    count(SEPTEMBER)

    found = figures(months=[SEPTEMBER])[None, SEPTEMBER]

    assert found.counted_to == datetime.date(2026, 9, 30)


def test_division_by_sex_repeats_the_sessions_of_the_group(world, today):
    take(world.class_b, day(5))
    count(OCTOBER)

    found = figures(months=[OCTOBER], by=("commune", "sex"))

    female = found[(world.commune_b.pk, "F"), OCTOBER]
    male = found[(world.commune_b.pk, "M"), OCTOBER]
    assert (female.expected, male.expected) == (2, 1)
    assert (female.taken, male.taken) == (1, 1)


def test_class_without_pupils_is_no_class_of_the_month(world, today):
    make_class(world.school_b, world.year, "7B", "THCS", "7", [])
    count(OCTOBER)

    found = figures(months=[OCTOBER], by="school")[world.school_b.pk, OCTOBER]

    assert (found.classes, found.scheduled) == (1, 11)


def test_waiting_class_months_are_counted_everywhere(world, today):
    count(OCTOBER)
    mark_stale([world.class_a.pk, world.class_a12.pk], [OCTOBER])

    assert figures(months=[OCTOBER])[None, OCTOBER].stale == 2
    assert figures(months=[OCTOBER], level="TH")[None, OCTOBER].stale == 1
    by_commune = figures(months=[OCTOBER], by="commune")
    assert by_commune[world.commune_a.pk, OCTOBER].stale == 2
    assert by_commune[world.commune_b.pk, OCTOBER].stale == 0
    restated = figures(months=[OCTOBER], by=("commune", "level"), map_date=day(1))
    assert restated[(world.commune_a.pk, "THCS"), OCTOBER].stale == 1
    assert figures(months=[OCTOBER], by="sex")["F", OCTOBER].stale == 2


def test_month_that_only_waits_shows_that_it_waits(world, today):
    mark_stale([world.class_a.pk], [OCTOBER])

    assert figures(months=[OCTOBER], by="school")[world.school_a.pk, OCTOBER].stale == 1


def test_places_restrict_to_their_schools_and_classes(world, today):
    count(OCTOBER)
    tree = AreaTree.on(today)
    of_area = Places(today, areas=frozenset(tree.below(world.cluster.pk)))
    of_school = Places(today, schools=frozenset([world.school_b.pk]))
    of_class = Places(today, classes=frozenset([world.class_a.pk]))

    assert figures(months=[OCTOBER], places=of_area)[None, OCTOBER].roll_end == 10
    assert figures(months=[OCTOBER], places=of_school)[None, OCTOBER].roll_end == 3
    assert figures(months=[OCTOBER], places=of_class)[None, OCTOBER].roll_end == 6
    assert figures(months=[OCTOBER], places=NOWHERE) == {}
    assert figures(months=[], places=of_area) == {}


def test_figures_add_over_places_and_months():
    one = Figures(
        roll_start=5,
        roll_end=6,
        came_in=1,
        expected=10,
        classes=2,
        days=3,
        first_month=AUGUST,
        last_month=AUGUST,
    )
    other = Figures(
        roll_start=1,
        roll_end=2,
        came_in=1,
        expected=5,
        classes=1,
        days=4,
        first_month=AUGUST,
        last_month=AUGUST,
    )
    later = Figures(
        roll_start=6,
        roll_end=4,
        left_out=2,
        expected=7,
        classes=2,
        days=2,
        first_month=SEPTEMBER,
        last_month=SEPTEMBER,
    )

    together = one + other
    assert (together.roll_start, together.roll_end, together.classes) == (6, 8, 3)
    year = sum([later, one, other], Figures())
    assert (year.roll_start, year.roll_end, year.classes) == (6, 4, 2)
    assert (year.came_in, year.left_out, year.expected, year.days) == (2, 2, 22, 4)
    assert (year.first_month, year.last_month) == (AUGUST, SEPTEMBER)
    assert (one + later) + other == one + (later + other)
    assert not Figures()
    assert Figures() + one == one


def test_year_to_date_cumulates_from_the_first_month(world, today):
    gone, dropped, _stays = pupil_ids(world.class_b)
    end_spell(world.class_b, gone, day(10, 9), "out")
    end_spell(world.class_b, dropped, day(5), "dropout", "work")
    count(*MONTHS)

    year = year_to_date(month=OCTOBER, by="school")[world.school_b.pk]

    assert (year.roll_start, year.came_start, year.roll_end) == (0, 3, 1)
    assert (year.left_out, year.left_dropout) == (1, 1)
    assert year_to_date(month=SEPTEMBER, by="school")[world.school_b.pk].left_dropout == 0


def test_year_to_date_by_commune_is_on_one_map(counted):
    year = year_to_date(month=OCTOBER, by="commune", level="THCS")

    assert set(year) == {counted.commune_a.pk, counted.commune_a2.pk}
    assert year[counted.commune_a2.pk].first_month == AUGUST


def test_months_of_the_year_end_with_its_last_day(world, today):
    assert months_of_year_to(OCTOBER) == MONTHS
    SchoolYear.objects.filter(pk=world.year.pk).update(
        valid_from=day(5, 9), valid_to=day(1, 6, 2027)
    )

    assert months_of_year_to(OCTOBER) == [SEPTEMBER, OCTOBER]
    summer = months_of_year_to(Month(2027, 7))
    assert (summer[0], summer[-1]) == (SEPTEMBER, Month(2027, 5))
    assert months_of_year_to(AUGUST) == [AUGUST]


def test_unknown_division_is_refused():
    with pytest.raises(ValueError, match="village"):
        figures(months=[OCTOBER], by=("school", "village"))


@pytest.mark.parametrize("schools", [2, 8])
def test_figures_take_a_fixed_number_of_queries(world, today, schools, django_assert_num_queries):
    for number in range(schools - 2):
        school = make_school(f"Y{number}", f"TH {number}", "TH", world.commune_b, world.since)
        make_class(school, world.year, "1A", "TH", "1", ["Lò Văn Inh"])
    count(*MONTHS)

    with django_assert_num_queries(3):
        figures(months=MONTHS)
    with django_assert_num_queries(3):
        figures(months=MONTHS, by=("commune", "level"))
    with django_assert_num_queries(4):
        figures(months=MONTHS, by="commune", map_date=day(1))
    with django_assert_num_queries(4):
        year_to_date(month=OCTOBER, by="school")
    with django_assert_num_queries(5):
        year_to_date(month=OCTOBER, by="commune")
