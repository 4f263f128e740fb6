"""The official units: their three states, their successions, and the schools that follow."""

import datetime
import random
from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command

from core.validity import valid_during
from schools.areas.selectors.tree import (
    AreaTree,
    UnitCount,
    area_version,
    chain_of_school,
    chain_on,
    communes_of_schools,
    count_units,
    parts_of,
    schools_in,
    successors,
)
from schools.areas.services.placements import move_placements_to_successors
from schools.areas.services.units import load_units
from schools.enums import AreaKind, AreaLevel
from schools.models import (
    Area,
    AreaDesignation,
    ClusterMembership,
    Placement,
    School,
    Succession,
)
from schools.signals import placements_changed

IN_2015 = datetime.date(2015, 9, 5)
IN_2020 = datetime.date(2020, 9, 5)
IN_2025 = datetime.date(2025, 9, 5)
REFORM_2020 = datetime.date(2020, 3, 1)
REFORM_2025 = datetime.date(2025, 7, 1)


@pytest.fixture
def units(db):
    return load_units(clusters=True)


@pytest.fixture
def placement_news():
    """The `placements_changed` signals sent during the test."""
    received = []

    def receive(sender, school_ids, start, **kwargs):
        received.append((list(school_ids), start))

    placements_changed.connect(receive)
    yield received
    placements_changed.disconnect(receive)


def school_in(commune, *, since, code="12001"):
    school = School.objects.create(code=code, name="TH A", levels="TH", valid_from=since)
    Placement.objects.create(school=school, commune=commune, valid_from=since)
    return school


def commune(code, on):
    return area_version(code, on=on, level=AreaLevel.COMMUNE)


def kinds(on):
    return Counter(area.kind for area in AreaTree.on(on).communes())


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (datetime.date(2014, 1, 1), UnitCount(districts=8, clusters=0, communes=108)),
        (IN_2015, UnitCount(districts=8, clusters=0, communes=108)),
        (datetime.date(2020, 2, 29), UnitCount(districts=8, clusters=0, communes=108)),
        (REFORM_2020, UnitCount(districts=8, clusters=0, communes=106)),
        (datetime.date(2025, 6, 30), UnitCount(districts=8, clusters=0, communes=106)),
        (REFORM_2025, UnitCount(districts=0, clusters=8, communes=38)),
    ],
)
def test_units_are_counted_on_each_day(units, on, expected):
    assert count_units(on=on) == expected


def test_kinds_of_communes_are_those_of_each_state(units):
    assert kinds(IN_2015) == {AreaKind.COMMUNE: 96, AreaKind.WARD: 5, AreaKind.TOWNSHIP: 7}
    assert kinds(IN_2020) == {AreaKind.COMMUNE: 94, AreaKind.WARD: 5, AreaKind.TOWNSHIP: 7}
    assert kinds(IN_2025) == {AreaKind.COMMUNE: 36, AreaKind.WARD: 2}


def test_districts_of_2020_hold_their_communes(units):
    tree = AreaTree.on(IN_2020)
    held = {district.code: len(tree.children(district.pk)) for district in tree.districts}
    assert held == {
        "105": 7,
        "106": 13,
        "107": 14,
        "108": 22,
        "109": 17,
        "110": 12,
        "111": 10,
        "112": 11,
    }


def test_communes_of_2025_lie_in_the_province_itself(units):
    parents = set(
        Area.objects.on(IN_2025)
        .filter(level=AreaLevel.COMMUNE)
        .values_list("parent__code", "parent__level")
    )
    assert parents == {("12", AreaLevel.PROVINCE)}


def test_no_two_versions_of_a_code_are_valid_on_one_day(units):
    rivals = [
        area.code
        for area in Area.objects.all()
        if Area.objects.filter(level=area.level, code=area.code)
        .filter(valid_during(area.valid_from, area.valid_to or datetime.date.max))
        .count()
        != 1
    ]
    assert rivals == []


def test_every_unit_of_2015_reaches_exactly_one_unit_of_2025(units):
    old = {area.pk for area in AreaTree.on(IN_2015).communes()}
    new = {area.pk for area in AreaTree.on(IN_2025).communes()}
    reached = successors(old, on=IN_2025)
    assert set(reached) == old
    assert set(reached.values()) == new


def test_every_succession_begins_when_the_old_version_ends(units):
    joined = Succession.objects.select_related("old", "new")
    assert [row for row in joined if row.old.valid_to != row.effective_on] == []
    assert [row for row in joined if not row.new.is_valid_on(row.effective_on)] == []
    assert Counter(row.decree for row in joined) == {
        "Nghị quyết 866/NQ-UBTVQH14": 3,
        "Nghị quyết 1670/NQ-UBTVQH15": 106,
    }


def test_new_muong_than_contains_no_part_of_the_old_one(units):
    old = commune("03619", IN_2020)
    new = commune("03618", IN_2025)
    assert (old.name, new.name) == ("Mường Than", "Mường Than")
    parts = set(new.successions_in.values_list("old__name", flat=True))
    assert parts == {"Phúc Than", "Mường Mít"}
    than_uyen = Area.objects.get(pk=successors([old.pk], on=IN_2025)[old.pk])
    assert (than_uyen.code, than_uyen.name) == ("03595", "Than Uyên")


def test_what_was_divided_and_put_together_again_has_one_successor(units):
    one, two, three, four = list(AreaTree.on(IN_2025).communes())[:4]
    for old, new, day in ((one, two, 1), (one, three, 1), (two, four, 2)):
        Succession.objects.create(old=old, new=new, effective_on=datetime.date(2030, 1, day))

    def parts(day):
        return parts_of([one.pk], on=datetime.date(2030, 1, day))[one.pk]

    assert (parts(1), parts(2)) == ({two.pk, three.pk}, {three.pk, four.pk})
    assert successors([one.pk], on=datetime.date(2030, 1, 2)) == {}
    Succession.objects.create(old=three, new=four, effective_on=datetime.date(2030, 1, 3))
    assert successors([one.pk], on=datetime.date(2030, 1, 3)) == {one.pk: four.pk}


def test_seventeen_codes_were_taken_over_by_units_of_another_name(units):
    old_names = {area.code: area.name for area in AreaTree.on(IN_2020).communes()}
    new = AreaTree.on(IN_2025).communes()
    assert {area.code for area in new} <= set(old_names)
    assert sum(old_names[area.code] != area.name for area in new) == 17


def test_a_unit_that_only_gained_land_keeps_its_version(units):
    assert commune("03550", IN_2015).pk == commune("03550", IN_2020).pk
    gained = commune("03550", IN_2020).successions_in.get()
    assert (gained.old.name, gained.effective_on) == ("Ma Li Chải", REFORM_2020)


def test_a_unit_whose_parent_changed_begins_a_new_version(units):
    old, new = commune("03451", IN_2020), commune("03451", IN_2025)
    assert (old.title, new.title) == ("Xã Mù Cả", "Xã Mù Cả")
    assert old.pk != new.pk
    assert successors([old.pk], on=IN_2025) == {old.pk: new.pk}


def test_sung_phai_of_2020_took_the_code_of_nam_loong_in_the_city(units):
    assert commune("03403", IN_2015).title == "Xã Nậm Loỏng"
    assert commune("03403", IN_2020).title == "Xã Sùng Phài"
    assert commune("03403", IN_2020).parent.title == "Thành phố Lai Châu"
    assert commune("03397", IN_2020) is None


def test_especially_difficult_communes_are_32_of_38_for_the_period(units):
    kind = AreaDesignation.Kind.ESPECIALLY_DIFFICULT
    named = AreaDesignation.objects.filter(kind=kind)
    difficult = set(named.on(datetime.date(2026, 10, 1)).values_list("area_id", flat=True))
    others = [area for area in AreaTree.on(IN_2025).communes() if area.pk not in difficult]
    assert len(difficult) == 32
    assert sorted(area.title for area in others) == [
        "Phường Tân Phong",
        "Phường Đoàn Kết",
        "Xã Bình Lư",
        "Xã Mường Than",
        "Xã Than Uyên",
        "Xã Tân Uyên",
    ]
    assert named.on(datetime.date(2025, 12, 31)).count() == 0
    assert named.on(datetime.date(2031, 1, 1)).count() == 0


def test_border_communes_are_eleven(units):
    kind = AreaDesignation.Kind.BORDER
    assert AreaDesignation.objects.on(IN_2025).filter(kind=kind).count() == 11


def test_every_commune_of_2025_lies_in_one_cluster_of_the_district_it_mostly_was(units):
    tree = AreaTree.on(IN_2025)
    former = AreaTree.on(IN_2020)
    assert len(tree.communes()) == ClusterMembership.objects.on(IN_2025).count()
    for area in tree.communes():
        districts = Counter(
            former.parent(row.old_id).code for row in area.successions_in.all()
        ).most_common()
        candidates = {f"C{code}" for code, held in districts if held == districts[0][1]}
        assert tree.district_of(area.pk).code in candidates, area


def test_clusters_are_left_out_unless_asked_for(db):
    load_units()
    assert count_units(on=IN_2025) == UnitCount(districts=0, clusters=0, communes=38)


def test_loading_again_changes_nothing(units):
    before = [list(model.objects.order_by("pk").values()) for model in (Area, Succession)]
    again = load_units(clusters=True)
    for tally, rows in [
        (again.areas, 156),
        (again.successions, 109),
        (again.designations, 43),
        (again.clusters, 8 + 38),
    ]:
        assert (tally.created, tally.changed, tally.unchanged) == (0, 0, rows)
    assert [list(model.objects.order_by("pk").values()) for model in (Area, Succession)] == before


def test_loading_in_steps_ends_as_loading_at_once(db):
    def content():
        return list(
            Area.objects.order_by("level", "code", "valid_from").values_list(
                "level", "code", "name", "kind", "parent__code", "valid_from", "valid_to", "decree"
            )
        )

    load_units(until=IN_2015)
    assert count_units(on=IN_2025) == UnitCount(districts=8, clusters=0, communes=108)
    load_units(until=IN_2020)
    assert count_units(on=IN_2025) == UnitCount(districts=8, clusters=0, communes=106)
    load_units()
    in_steps = content()
    Succession.objects.all().delete()
    for level in (AreaLevel.COMMUNE, AreaLevel.DISTRICT, AreaLevel.PROVINCE):
        Area.objects.filter(level=level).delete()
    load_units()
    assert content() == in_steps


def test_an_earlier_state_loaded_later_takes_no_end_back(units):
    load_units(until=IN_2015)
    assert count_units(on=IN_2025) == UnitCount(districts=0, clusters=8, communes=38)


def test_schools_follow_their_commune_through_both_reforms(db, placement_news):
    load_units(until=IN_2015)
    since = datetime.date(2014, 8, 1)
    school = school_in(commune("03397", IN_2015), since=since)
    stays = school_in(commune("03550", IN_2015), since=since, code="12002")
    loaded = load_units()
    lies_in = {
        on: {row.school_id: row.commune for row in Placement.objects.on(on)}
        for on in (IN_2015, IN_2020, IN_2025)
    }
    assert [lies_in[on][school.pk].title for on in (IN_2015, IN_2020, IN_2025)] == [
        "Xã Sùng Phài",
        "Xã Sùng Phài",
        "Phường Đoàn Kết",
    ]
    assert [lies_in[on][school.pk].code for on in (IN_2015, IN_2020)] == ["03397", "03403"]
    assert [lies_in[on][stays.pk].code for on in (IN_2015, IN_2020, IN_2025)] == [
        "03550",
        "03550",
        "03562",
    ]
    assert Placement.objects.filter(school=stays).count() == 2
    assert placement_news == [
        ([school.pk], REFORM_2020),
        ([school.pk, stays.pk], REFORM_2025),
    ]
    assert sorted(set(loaded.moved_school_ids)) == [school.pk, stays.pk]
    assert load_units().moved_school_ids == []


def test_a_closed_school_stays_where_it_was(units, placement_news):
    school = school_in(commune("03619", IN_2020), since=datetime.date(2016, 8, 1))
    Placement.objects.filter(school=school).update(valid_to=datetime.date(2024, 8, 1))
    outcome = move_placements_to_successors(on=REFORM_2025)
    assert (outcome.moved_school_ids, outcome.unplaced_school_ids) == ([], [])
    assert Placement.objects.filter(school=school).count() == 1
    assert placement_news == []


def test_a_school_of_a_divided_commune_is_left_for_a_person(units, placement_news):
    old = commune("03619", IN_2020)
    Succession.objects.create(
        old=old, new=commune("03618", IN_2025), effective_on=REFORM_2025, decree="-"
    )
    school = school_in(old, since=datetime.date(2016, 8, 1))
    outcome = move_placements_to_successors(on=REFORM_2025)
    assert (outcome.moved_school_ids, outcome.unplaced_school_ids) == ([], [school.pk])
    assert Placement.objects.get(school=school).commune == old
    assert placement_news == []


def test_command_says_what_it_loaded(db):
    first, second = StringIO(), StringIO()
    call_command("load_units", "--clusters", stdout=first)
    call_command("load_units", "--clusters", stdout=second)
    assert len(first.getvalue().splitlines()) == 4 + 3
    assert [line.count("156") for line in second.getvalue().splitlines()] == [1, 0, 0, 0, 0, 0, 0]


def test_loading_takes_a_bounded_number_of_queries(db, django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        load_units(clusters=True)


@pytest.mark.django_db
@pytest.mark.parametrize("clusters", [False, True])
@pytest.mark.parametrize(
    "day", ["2019-09-05", "2024-09-05", "2025-06-30", "2025-07-01", "2026-11-24"]
)
def test_chain_of_one_commune_is_that_of_the_tree(clusters, day):
    load_units(clusters=clusters)
    day = datetime.date.fromisoformat(day)
    tree = AreaTree.on(day)
    for area in Area.objects.filter(level=3):
        assert [each.pk for each in chain_on(area.pk, day)] == [
            each.pk for each in tree.ancestors(area.pk)
        ]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_schools_in_an_area_are_those_of_the_whole_map(seed):
    """Placed anywhere in time, closed or not, founded before or after the day of the map."""
    chance = random.Random(seed)
    load_units(until=IN_2015)
    for number in range(60):
        on = chance.choice([IN_2015, IN_2020, IN_2025])
        if number == 20:
            load_units(until=IN_2020)
        if number == 40:
            load_units()
        on = min(on, [IN_2015, IN_2020, IN_2025][number // 20])
        where = chance.choice(AreaTree.on(on).communes())
        school = school_in(where, since=on, code=f"12{number:03}")
        if chance.random() < 0.4:
            end = on + datetime.timedelta(days=chance.randrange(1, 1500))
            Placement.objects.filter(school=school, valid_to=None).update(valid_to=end)
    for on in (IN_2015, IN_2020, datetime.date(2025, 6, 30), REFORM_2025, IN_2025):
        tree = AreaTree.on(on)
        everywhere = communes_of_schools(on=on)
        for area in chance.sample(sorted(tree.by_id.values(), key=lambda each: each.pk), 25):
            inside = tree.below(area.pk)
            assert schools_in(inside, on=on) == {
                school: commune for school, commune in everywhere.items() if commune in inside
            }


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2024-09-05", "2026-11-24"])
def test_chain_of_a_school_is_that_of_its_commune(day):
    """In a cluster, in none, in a commune that was merged away, and before it was placed."""
    load_units(clusters=True)
    day = datetime.date.fromisoformat(day)
    tree = AreaTree.on(day)
    placed = datetime.date(2024, 8, 1)
    lonely = tree.communes()[0]
    ClusterMembership.objects.filter(commune=lonely).delete()
    tree = AreaTree.on(day)
    for number, area in enumerate(Area.objects.filter(level=3)):
        school = School.objects.create(
            code=f"T{number}", name="Trường", levels="TH", valid_from=placed
        )
        Placement.objects.create(school=school, commune=area, valid_from=placed)
        assert [each.pk for each in chain_of_school(school.pk, day)] == [
            each.pk for each in tree.ancestors(area.pk)
        ]
        assert chain_of_school(school.pk, datetime.date(2024, 7, 31)) == []
