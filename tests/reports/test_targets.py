"""Which target holds, and setting one."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from reports.models import Target
from reports.selectors.targets import TargetTable
from reports.services.targets import set_target
from schools.areas.selectors.tree import AreaTree
from schools.models import Area
from tests.reports.register_builders import day


def held(**key):
    """(percent, from, to) of the rows of a key, in time order."""
    rows = Target.objects.filter(**key).order_by("valid_from")
    return [(int(row.percent), row.valid_from, row.valid_to) for row in rows]


def target_for(indicator, level, area_id, on):
    """In percent; an area that is not valid on the day has no way up and no target."""
    chain = [area.pk for area in AreaTree.on(on).ancestors(area_id)][::-1]
    return TargetTable.on(on).percent(indicator, level, chain)


def test_nearest_area_wins_then_the_level(world, today):
    for area, level, percent in [
        (world.cluster, "", 93),
        (world.commune_a, "THCS", 91),
    ]:
        set_target(
            indicator="attendance",
            area=area,
            level=level,
            percent=percent,
            valid_from=world.since,
            by=world.province_officer,
        )

    def target(level, area):
        return target_for("attendance", level, area.pk, today)

    assert target("THCS", world.commune_a) == 91
    # The cluster's general target is nearer than the province's own one for primary.
    assert target("TH", world.commune_a) == 93
    assert target("THCS", world.commune_b) == 95
    assert target("TH", world.commune_b) == 97
    assert target("", world.commune_b) == 95
    assert target_for("dropout", "TH", world.commune_b.pk, today) is None
    assert target_for("attendance", "TH", world.commune_b.pk, day(1, 1, 2020)) is None


def test_share_is_the_percent_between_nought_and_one(world, today):
    table = TargetTable.on(today)

    assert table.share("attendance", "TH", [world.commune_b.pk, world.province.pk]) == 0.97
    assert table.share("attendance", "TH", [world.commune_b.pk]) is None


def test_tables_of_many_days_take_one_query(world, today, django_assert_num_queries):
    set_target(
        indicator="attendance",
        area=world.province,
        percent=90,
        valid_from=day(1),
        by=world.province_officer,
    )

    with django_assert_num_queries(1):
        tables = TargetTable.on_each([day(30, 9), day(1)])

    chain = [world.province.pk]
    assert tables[day(30, 9)].percent("attendance", "", chain) == 95
    assert tables[day(1)].percent("attendance", "", chain) == 90


def test_new_target_ends_the_one_before(world, today):
    set_target(
        indicator="coverage",
        area=world.province,
        percent=92,
        valid_from=day(1),
        source="QĐ 12",
        by=world.province_officer,
    )

    assert held(indicator="coverage") == [(90, world.since, day(1)), (92, day(1), None)]


def test_target_of_the_same_day_is_corrected(world, today):
    set_target(
        indicator="coverage",
        area=world.province,
        percent=92,
        valid_from=world.since,
        by=world.province_officer,
    )

    assert held(indicator="coverage") == [(92, world.since, None)]


def test_target_before_a_later_one_ends_there(world, today):
    for percent, valid_from in ((92, day(1, 12)), (91, day(1, 11))):
        set_target(
            indicator="coverage",
            area=world.province,
            percent=percent,
            valid_from=valid_from,
            by=world.province_officer,
        )

    assert held(indicator="coverage") == [
        (90, world.since, day(1, 11)),
        (91, day(1, 11), day(1, 12)),
        (92, day(1, 12), None),
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"indicator": "happiness"}, "indicator"),
        ({"percent": 101}, "percent"),
        ({"level": "XX"}, "level"),
        ({"valid_from": datetime.date(2001, 1, 1)}, "valid_from"),
    ],
)
def test_wrong_target_is_refused_and_nothing_changes(world, today, changes, field):
    before = held(indicator="coverage")
    values = {
        "indicator": "coverage",
        "area": world.province,
        "percent": 92,
        "valid_from": day(1),
        "by": world.province_officer,
    }

    with pytest.raises(ValidationError) as refused:
        set_target(**values | changes)

    assert set(refused.value.message_dict) == {field}
    assert held(indicator="coverage") == before


def test_target_of_an_area_that_has_ended_is_refused(world, today):
    Area.objects.filter(pk=world.commune_a2.pk).update(valid_to=day(1))
    world.commune_a2.refresh_from_db()

    with pytest.raises(ValidationError):
        set_target(
            indicator="coverage",
            area=world.commune_a2,
            percent=92,
            valid_from=day(1),
            by=world.province_officer,
        )
