"""A place among those most like it: who is chosen, what is said, and what is left unsaid."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance.models import Register
from core import rules
from core.models import Rule
from reports import thresholds
from reports.models import Target
from reports.rates import Judgement
from reports.services.facts import rebuild
from reports.similar_places.selectors import (
    DIFFICULT,
    MAIN_GROUP,
    MINORITY,
    ROLL,
    SEMI_BOARDERS,
    SITES,
    similar_communes,
    similar_schools,
)
from reports.similar_places.similarity import distances, size, spreads
from schools.models import AreaDesignation, Enrolment, Placement, SemiBoarding
from tests.html_query import read
from tests.reports.register_builders import OCTOBER, pupil_ids, take
from tests.world import make_area, make_class, make_school

ONE = {"a": 1.0, "b": 1.0}


class TestDistances:
    def test_each_feature_counts_by_its_own_spread(self):
        """A hundred pupils and a tenth of a share: the scale of a feature does not weigh."""
        places = {
            1: {"a": 0.0, "b": 0.0},
            2: {"a": 100.0, "b": 0.0},
            3: {"a": 0.0, "b": 0.1},
            4: {"a": 100.0, "b": 0.1},
        }
        found = distances(1, places, ONE)
        assert found == pytest.approx({2: 2**0.5, 3: 2**0.5, 4: 2.0})

    def test_weights_decide_and_nothing_else(self):
        places = {1: {"a": 0.0, "b": 0.0}, 2: {"a": 1.0, "b": 0.0}, 3: {"a": 0.0, "b": 1.0}}
        assert list(distances(1, places, {"a": 1.0, "b": 0.1})) == [3, 2]
        assert list(distances(1, places, {"a": 0.1, "b": 1.0})) == [2, 3]
        assert next(iter(distances(1, places, {"a": 0.0, "b": 1.0}).values())) == 0
        assert distances(1, places, {"a": 0.0, "b": 0.0}) == {}

    def test_what_is_the_same_everywhere_tells_nothing(self):
        places = {1: {"a": 0.5, "b": 0.0}, 2: {"a": 0.5, "b": 1.0}, 3: {"a": 0.5, "b": 3.0}}
        assert spreads(places).keys() == {"b"}
        assert list(distances(1, places, ONE)) == [2, 3]

    def test_twice_as_many_pupils_is_as_far_from_fifty_as_from_five_hundred(self):
        assert size(100) - size(50) == pytest.approx(size(1000) - size(500))
        assert size(0) == 0


pytestmark = pytest.mark.django_db


@pytest.fixture
def many(world):
    """Fourteen more communes with a school each; of the pupils of school n, one misses n mornings.

    From 35 to 48 pupils, half of the communes especially difficult; the last has four pupils.
    """
    Rule.objects.filter(key=thresholds.MIN_DAYS).update(value=1)
    world.more = []
    for number in range(15):
        commune = make_area(3, "xa", f"0500{number:02}", f"Giống {number:02}", world.province)
        school = make_school(
            f"12S{number}", f"THCS Giống {number:02}", "THCS", commune, world.since
        )
        pupils = 4 if number == 14 else 35 + number
        made = make_class(school, world.year, "6A", "THCS", "6", [f"Lò Văn {n}" for n in range(12)])
        for part in range(12, pupils, 12):
            make_class(
                school,
                world.year,
                f"6A{part}",
                "THCS",
                "6",
                [f"Lò Văn {n}" for n in range(part, min(part + 12, pupils))],
            )
        if pupils < 12:
            for spell in made.spells.all()[pupils:]:
                spell.delete()
        away = pupil_ids(made)[0]
        for day in range(1, 13):
            for each in school.classes.all():
                absent = {away: "K"} if each == made and day <= number else {}
                take(each, datetime.date(2026, 10, day), absent)
        if number % 2:
            AreaDesignation.objects.create(area=commune, kind="dbkk", valid_from=world.since)
        world.more.append((commune, school))
    schools = [school for _commune, school in world.more]
    # Of one ethnic group, so that pupils and the status of the commune alone tell them apart.
    Enrolment.objects.filter(school__in=schools).update(ethnic_group="03")
    rebuild(school_ids=[school.pk for school in schools], month=OCTOBER)
    return world


def stay_away(school, *, days):
    """Half of the pupils of each class miss the first mornings of the month."""
    for each in school.classes.all():
        each.registers.all().delete()
        half = pupil_ids(each)[::2]
        for day in range(1, 13):
            absent = dict.fromkeys(half, "K") if day <= days else {}
            take(each, datetime.date(2026, 10, day), absent)
    rebuild(school_ids=[school.pk], month=OCTOBER)


def compare(commune, level="THCS"):
    return similar_communes(
        area=commune, month=OCTOBER, level=level, rules=rules.table(on=OCTOBER.first)
    )


def compare_school(school, level="THCS"):
    return similar_schools(
        school=school, month=OCTOBER, level=level, rules=rules.table(on=OCTOBER.first)
    )


def test_ten_are_chosen_by_their_features_and_ranked_by_their_rates(many):
    commune, _school = many.more[5]
    found = compare(commune)
    assert len(found.peers) == found.wanted == 10
    assert {"Xã Giống 05", "Xã Giống 14"}.isdisjoint(row.name for row in found.peers)
    # Odd ones alone are especially difficult: the six others come before any even one.
    others = {f"Xã Giống {n:02}" for n in range(1, 14, 2)} - {"Xã Giống 05"}
    assert {row.name for row in found.peers[:6]} == others
    assert found.rank == 1 + sum(row.rate.known > found.own.rate.known for row in found.peers)
    rates = sorted(row.rate.known for row in found.peers)
    assert found.median == pytest.approx((rates[4] + rates[5]) / 2)
    by_code = {each.code: each for each in found.features}
    assert (by_code[ROLL].own, by_code[DIFFICULT].own) == (40, 1)
    assert by_code[ROLL].low >= 35
    assert not by_code[SITES].tells
    assert by_code[DIFFICULT].tells


def test_attendance_has_no_part_in_who_is_similar(many):
    commune, _school = many.more[5]
    before = [row.key for row in compare(commune).peers]
    _other, worse = many.more[7]
    stay_away(worse, days=6)
    found = compare(commune)
    assert [row.key for row in found.peers] == before
    assert min(row.rate.known for row in found.peers) < 0.8


def test_a_weight_is_a_dated_rule(many):
    commune, _school = many.more[5]
    Rule.objects.filter(key="similar.difficult").update(value=0)
    found = compare(commune)
    # Now their number of pupils decides, and even ones lie between.
    assert {row.name for row in found.peers[:2]} == {"Xã Giống 04", "Xã Giống 06"}
    assert not next(each for each in found.features if each.code == DIFFICULT).tells


def test_a_place_too_small_is_neither_compared_nor_chosen(many):
    found = compare(many.more[14][0])
    assert (found.peers, found.rank, found.median) == ([], None, None)
    assert compare(many.more[0][0]).too_small == 1
    school = compare_school(many.more[14][1])
    assert (school.peers, school.rank) == ([], None)


def test_who_sent_too_few_registers_is_passed_over_and_counted(many):
    _commune, silent = many.more[7]
    nearest = compare_school(many.more[5][1])
    assert silent.pk in {row.key for row in nearest.peers}
    for each in silent.classes.all():
        each.registers.all().delete()
    rebuild(school_ids=[silent.pk], month=OCTOBER)
    found = compare_school(many.more[5][1])
    assert silent.pk not in {row.key for row in found.peers}
    assert found.passed_over == 1
    assert len(found.peers) == 10


def test_a_place_that_cannot_be_judged_sees_its_peers_without_a_rank(many):
    _commune, silent = many.more[5]
    for each in silent.classes.all():
        each.registers.all().delete()
    rebuild(school_ids=[silent.pk], month=OCTOBER)
    found = compare_school(silent)
    assert found.own.judgement == Judgement.NOTHING_SENT
    assert (found.rank, found.beyond, len(found.peers)) == (None, 0, 10)


def test_the_first_days_of_a_month_are_not_too_few_pupils(many, sign_in):
    """Nobody has days enough yet: large places are not called small."""
    schools = [school for _commune, school in many.more]
    Register.objects.filter(school_class__school__in=schools).delete()
    rebuild(school_ids=[school.pk for school in schools], month=OCTOBER)
    commune, _school = many.more[5]
    found = compare(commune)
    assert (found.peers, found.is_too_small, found.passed_over) == ([], False, 13)
    client = sign_in(many.province_officer)
    said = page_of(client, "similar_area", commune.pk).one("main").text
    assert "Chưa so sánh được: tháng này trong tỉnh chưa có nơi nào khác" in said
    assert "13 nơi giống hơn được bỏ qua" in said
    assert "Quá ít học sinh" not in said
    small = page_of(client, "similar_area", many.more[14][0].pk).one("main").text
    assert "Quá ít học sinh nên không so sánh" in small


def test_a_school_that_lies_nowhere_stands_alone(many):
    _commune, school = many.more[5]
    Placement.objects.filter(school=school).delete()
    assert compare_school(school).peers == []


def test_schools_are_those_of_the_same_levels(many):
    """School A teaches two levels: with all levels together none of these is like it."""
    Rule.objects.filter(key=thresholds.MIN_PUPILS).update(value=1)
    for day in range(1, 13):
        take(many.class_a, datetime.date(2026, 10, day))
    rebuild(school_ids=[many.school_a.pk], month=OCTOBER)
    assert compare_school(many.school_a, "").peers == []
    assert len(compare_school(many.school_a, "THCS").peers) == 10


def test_semi_boarders_and_groups_are_shares_of_the_level(many):
    _commune, school = many.more[5]
    for pk in pupil_ids(school.classes.order_by("pk").first())[:10]:
        SemiBoarding.objects.create(pupil_id=pk, valid_from=many.since)
    by_code = {each.code: each for each in compare_school(school).features}
    assert by_code[SEMI_BOARDERS].own == 10 / 40
    assert by_code[MINORITY].own == 1
    assert by_code[MAIN_GROUP].own == 1
    assert {each.few for each in by_code.values()} == {0}


def test_fewer_pupils_than_any_group_is_told_by_are_not_counted_out(many, sign_in):
    _commune, school = many.more[5]
    for pk in pupil_ids(school.classes.order_by("pk").first())[:3]:
        SemiBoarding.objects.create(pupil_id=pk, valid_from=many.since)
    assert {each.code for each in compare_school(school).features if each.few} == {SEMI_BOARDERS}
    page = page_of(sign_in(many.province_officer), "similar_school", school.pk)
    assert "Học sinh bán trú chưa đến 5 em" in page.one(".shares").text


def test_far_from_the_others_is_told_only_beyond_chance(many):
    commune, school = many.more[5]
    assert compare(commune).beyond == 0
    stay_away(school, days=6)
    found = compare(commune)
    assert (found.beyond, found.rank) == (-1, 11)


def page_of(client, name, pk):
    answer = client.get(reverse(f"reports:{name}", args=[pk]) + "?month=2026-10&level=THCS")
    assert answer.status_code == 200
    return read(answer)


def test_the_page_says_rank_median_and_why(many, sign_in):
    commune, _school = many.more[5]
    client = sign_in(many.province_officer)
    page = page_of(client, "similar_area", commune.pk)
    assert "trong 11 nơi" in page.one("h1").text
    assert len(page.select(".rank tbody tr")) == 11
    assert page.one(".rank .is-own th").text == "Xã Giống 05"
    assert len(page.select(".rank th a")) == 10
    assert "40 Ở các nơi giống nhất: từ 36 đến 48" in page.one(".shares").text
    assert "Điểm trường lẻ mỗi trường" in page.one("main").text
    links = [each.get("href") for each in page.select(".rank th a")]
    assert all(client.get(link).status_code == 200 for link in links[:2])
    board = page_of(client, "area", commune.pk)
    wanted = reverse("reports:similar_area", args=[commune.pk]) + "?month=2026-10&level=THCS"
    assert wanted in [each.get("href") for each in board.select("main .meta a")]


def test_who_is_elsewhere_has_no_name(many, sign_in):
    Rule.objects.filter(key=thresholds.MIN_PUPILS).update(value=1)
    for day in range(1, 13):
        take(many.class_a, datetime.date(2026, 10, day))
    rebuild(school_ids=[many.school_a.pk], month=OCTOBER)
    for person, name, pk in (
        ("commune_officer", "similar_area", many.commune_a.pk),
        ("head_a", "similar_school", many.school_a.pk),
    ):
        page = page_of(sign_in(getattr(many, person)), name, pk)
        assert len(page.select(".rank tbody tr")) == 11
        assert page.select(".rank th a") == []
        assert "Giống 0" not in page.one("main").text
        assert "không hiện tên" in page.one("main").text


def test_fewer_than_wanted_and_none_are_said(many, world, sign_in):
    Rule.objects.filter(key=thresholds.SIMILAR_PLACES).update(value=50)
    client = sign_in(world.province_officer)
    page = page_of(client, "similar_area", many.more[5][0].pk)
    assert "Trong tỉnh chỉ tìm được 13 trong 50 nơi giống" in page.one("main").text
    alone = page_of(client, "similar_area", many.more[14][0].pk)
    assert "chưa có nơi giống để so sánh" in alone.one("h1").text
    assert alone.select(".rank") == []


def test_what_no_similar_place_shares_is_said(many, sign_in):
    """The smallest of all: every other one has more pupils, whatever is chosen."""
    client = sign_in(many.province_officer)
    smallest = page_of(client, "similar_area", many.more[0][0].pk)
    assert "Nơi giống nhất cũng vẫn khác hẳn về: Số học sinh." in smallest.one("main").text
    among = page_of(client, "similar_area", many.more[6][0].pk)
    assert "vẫn khác hẳn" not in among.one("main").text


def test_larger_areas_have_no_page(world, sign_in):
    client = sign_in(world.province_officer)
    for area in (world.province, world.cluster):
        assert client.get(reverse("reports:similar_area", args=[area.pk])).status_code == 404


def test_targets_are_each_place_s_own(many):
    commune, _school = many.more[6]
    Target.objects.create(
        indicator="attendance", level="THCS", area=commune, percent=50, valid_from=many.since
    )
    found = compare(many.more[8][0])
    own = next(row for row in found.peers if row.key == commune.pk)
    assert own.target == 0.5
    assert {row.target for row in found.peers if row is not own} == {0.95}


@pytest.mark.parametrize("kind", ["area", "school"])
def test_more_peers_ask_no_more_queries(many, sign_in, kind):
    """Places large enough to be compared, which those of the other ceilings are not."""
    commune, school = many.more[5]
    client = sign_in(many.province_officer)
    counted = []
    for places in (5, 13):
        Rule.objects.filter(key=thresholds.SIMILAR_PLACES).update(value=places)
        with CaptureQueriesContext(connection) as queries:
            page = page_of(client, f"similar_{kind}", {"area": commune, "school": school}[kind].pk)
        assert len(page.select(".rank tbody tr")) == places + 1
        counted.append(len(queries))
    assert counted[0] >= counted[1]
    assert max(counted) <= 30
