"""A member's communes and their month: figures against the target, flags, visits, what is open."""

import datetime

import pytest
from django.urls import reverse

from accounts.scoping import scope_for
from core.models import Rule
from core.months import Month
from inspections.models import Assignment
from inspections.selectors.my_communes import my_communes
from reports.models import Target
from reports.services.facts import rebuild
from tests.html_query import read
from tests.inspections.conftest import add_communes, make_flag
from tests.inspections.test_recommendations import answered, recommend
from tests.reports.register_builders import pupil_ids, take

pytestmark = pytest.mark.django_db
D = datetime.date
OCTOBER = Month(2026, 10)


def assign(world, commune):
    Assignment.objects.create(
        committee=world.committee, member=world.member, commune=commune, valid_from=world.since
    )


@pytest.fixture
def month(world):
    """Two pupils of B never come, nobody of A is absent; lower secondary of both has a target."""
    for school_class, absent in ((world.class_a, 0), (world.class_b, 2)):
        pupils = pupil_ids(school_class)[:absent]
        for number in range(1, 12):
            take(school_class, D(2026, 10, number), dict.fromkeys(pupils, "K"))
    Target.objects.update_or_create(
        area=world.province,
        indicator="attendance",
        level="THCS",
        defaults={"percent": 95, "valid_from": world.since},
    )
    rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)
    # Three pupils are enough to judge, so that the world stays small.
    Rule.objects.filter(key="reports.min_pupils").update(value=1)
    assign(world, world.commune_b)
    return world


def test_the_worst_commune_comes_first_with_its_figures(month):
    found = my_communes(scope_for(month.member_user), OCTOBER)
    assert [each.area for each in found] == [month.commune_b, month.commune_a]
    ((level, row),) = found[0].levels
    assert (level, row.rate.numerator, row.rate.denominator, row.target) == ("THCS", 11, 33, 0.95)
    assert found[1].levels[0][1].rate.value == 1.0


def test_flags_visits_and_what_is_open_are_told_of_each(month):
    make_flag(month.commune_a, month=D(2026, 9, 1))
    make_flag(month.commune_a, "watch", level="TH", month=D(2026, 9, 1))
    make_flag(month.commune_b, month=D(2026, 9, 1))
    make_flag(month.commune_b, month=D(2026, 10, 1))
    make_flag(month.commune_b, "watch", month=D(2026, 10, 1), state="withdrawn")
    make_flag(month.commune_b, "watch", month=D(2026, 6, 1))
    recommend(month, month.commune_b, due_on=D(2026, 10, 1))
    answered(month, month.commune_b)
    recommend(month, month.commune_b, state="done", done_on=month.today)
    by_commune = {each.area: each for each in my_communes(scope_for(month.member_user), OCTOBER)}
    a, b = by_commune[month.commune_a], by_commune[month.commune_b]
    assert (a.flags, str(a.flag_month), a.visited_on, a.open, a.overdue) == (
        2,
        "2026-09",
        None,
        0,
        0,
    )
    assert (b.flags, str(b.flag_month), b.visited_on, b.open, b.overdue) == (
        1,
        "2026-10",
        D(2026, 9, 15),
        2,
        1,
    )


def test_without_figures_the_commune_with_more_flags_comes_first(world):
    assign(world, world.commune_b)
    make_flag(world.commune_b, month=D(2026, 9, 1))
    found = my_communes(scope_for(world.member_user), OCTOBER)
    assert [each.area for each in found] == [world.commune_b, world.commune_a]


def test_others_have_no_communes_here(world):
    for who in (world.province_officer, world.commune_officer, world.nobody):
        assert my_communes(scope_for(who), OCTOBER) == []


def test_the_page_shows_them(month, sign_in):
    make_flag(month.commune_b, month=D(2026, 9, 1))
    tree = read(sign_in(month.member_user).get(reverse("inspections:mine")))
    section = tree.one("section[aria-labelledby=communes-title]")
    assert section.texts("tbody th") == ["Xã B Một", "Xã A Một"]
    first = section.texts("tbody tr")[0]
    for words in ("33,3%", "95%", "1 cảnh báo, 09/2026", "Chưa"):
        assert words in first, words


@pytest.mark.parametrize("count", [1, 8])
def test_queries_do_not_grow_with_communes(month, django_assert_max_num_queries, count):
    for commune in add_communes(month, count):
        assign(month, commune)
        recommend(month, commune)
        make_flag(commune, month=D(2026, 9, 1))
    scope = scope_for(month.member_user)
    with django_assert_max_num_queries(16):
        assert len(my_communes(scope, OCTOBER)) == count + 2
