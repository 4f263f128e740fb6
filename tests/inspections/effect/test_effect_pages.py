"""What followed a visit, from the month facts to the pages."""

import datetime

import pytest
from django.urls import reverse

from accounts.scoping import scope_for
from core.estimates import Verdict
from core.models import Rule
from inspections.effect import selectors
from inspections.effect.courses import Measure, WhyNot
from inspections.models import Recommendation
from reports.models import ClassCoverage, SchoolMonth
from tests.frozen import freeze_time
from tests.html_query import read

from .conftest import AFTER, BEFORE, make_visit

D = datetime.date
TODAY = D(2027, 4, 10)


def told(world, visit=None, today=TODAY):
    effect, _limits = selectors.effect_of(visit or world.visit, today=today)
    return effect


def test_what_others_lost_and_the_visited_commune_did_not_is_told(followed):
    found = told(followed).main
    assert (found.level, found.measure) == ("THCS", Measure.ATTENDANCE)
    assert (list(found.before), list(found.after)) == (BEFORE, AFTER)
    assert found.verdict == Verdict.IMPROVED
    assert found.comparison.similar == 23
    assert found.comparison.before == pytest.approx(0.90, abs=0.003)
    assert found.comparison.effect == pytest.approx(0.02, abs=0.004)


def test_every_level_and_both_measures_stand_beside_it(followed):
    others = told(followed).others
    assert {(each.level, each.measure) for each in others} == {
        ("", Measure.ATTENDANCE),
        ("", Measure.KEPT),
        ("THCS", Measure.KEPT),
    }
    # Nobody dropped out anywhere.
    assert {each.verdict for each in others if each.measure == Measure.KEPT} == {Verdict.UNCLEAR}


def test_too_early_is_said_until_two_months_are_over(followed):
    assert told(followed, today=D(2027, 1, 20)).main.why_not == WhyNot.TOO_EARLY
    assert told(followed, today=D(2027, 2, 20)).main.why_not == WhyNot.TOO_EARLY
    found = told(followed, today=D(2027, 3, 1)).main
    assert (found.why_not, list(found.after)) == (None, AFTER[:2])


def test_months_with_few_registers_do_not_count(followed):
    _commune, school_class = followed.places[0]
    rows = ClassCoverage.objects.filter(
        school_class=school_class, month__in=[month.first for month in AFTER[:2]]
    )
    rows.update(taken=27)  # of 40
    assert told(followed).main.why_not == WhyNot.FEW_MONTHS
    rows.update(taken=28)
    assert told(followed).main.why_not is None


def test_communes_visited_in_the_same_months_are_not_compared_with(followed):
    for commune, _school_class in followed.places[1:9]:
        make_visit(followed, commune, on=D(2027, 2, 3))
    assert told(followed).main.comparison.similar == 15
    make_visit(followed, followed.places[9][0], on=D(2026, 9, 1))
    assert told(followed).main.why_not == WhyNot.FEW_ALIKE


def test_a_visit_planned_only_is_no_visit(followed):
    make_visit(followed, followed.places[1][0], on=D(2027, 2, 3), state="planned")
    assert told(followed).main.comparison.similar == 23


def test_a_commune_lower_than_all_others_is_not_judged(followed):
    SchoolMonth.objects.filter(commune=followed.places[0][0]).update(unexcused=3000)
    assert told(followed).main.why_not == WhyNot.FAR_OFF


def test_the_windows_are_dated_rules(followed):
    Rule.objects.filter(key="effect.before").update(value=2)
    assert list(told(followed).main.before) == BEFORE[1:]


def test_a_visit_not_made_has_nothing_to_follow(followed):
    planned = make_visit(followed, followed.places[1][0], on=D(2027, 2, 3), state="planned")
    courses = selectors._courses([followed.visit], TODAY)
    with pytest.raises(ValueError, match="not made"):
        courses.found(planned, "THCS")


@pytest.fixture
def signed_in(followed, client):
    with freeze_time("2027-04-10 08:00+07:00"):
        client.force_login(followed.province_officer)
        yield client


def page(client, name, *args, query=""):
    return read(client.get(reverse(f"inspections:{name}", args=args) + query))


def test_the_page_of_a_visit_says_it_in_words(signed_in, followed):
    html = page(signed_in, "visit_effect", followed.visit.pk)
    assert html.one("h1").text == "Xã Đá 0, THCS: chuyên cần cao hơn mức dự tính nếu không kiểm tra"
    said = html.one("main").text
    assert "Theo 23 xã giống nhất mà không ai kiểm tra" in said
    assert "không chứng minh nguyên nhân là cuộc kiểm tra" in said


def test_the_page_of_a_plan_and_of_the_year_count(signed_in, followed):
    for html in (
        page(signed_in, "plan_effect", followed.visit.plan_id),
        page(signed_in, "effect", query="?year=2026-2027"),
    ):
        said = html.one("main").text
        assert "Trong 1 cuộc kiểm tra có 1 cuộc đủ để đánh giá: 1 cuộc sau đó cao hơn" in said
        # One commune is no mean.
        assert "Chỉ tính bình quân khi có từ 5 xã trở lên" in said


def test_kinds_are_counted_with_what_followed_them(followed):
    Recommendation.objects.create(
        visit=followed.visit, text="Khác", owner="Trường", due_on=D(2027, 1, 1), state="open"
    )
    found = selectors.year_effect(
        followed.province_officer,
        scope_for(followed.province_officer, on=TODAY),
        year=followed.year,
        today=TODAY,
    )
    assert [(row.kind, row.recommendations, row.counted.improved) for row in found.kinds] == [
        ("bringing", 1, 1),
        ("", 1, 1),
    ]
    assert found.counted.mean is None


def test_a_year_of_more_visits_than_a_page_says_how_many_are_left_out(
    signed_in, followed, monkeypatch
):
    later = make_visit(followed, followed.places[5][0], on=D(2026, 12, 9))
    assert (
        "không được xét" not in page(signed_in, "effect", query="?year=2026-2027").one("main").text
    )
    monkeypatch.setattr(selectors, "MOST_VISITS", 1)
    found = selectors.year_effect(
        followed.province_officer,
        scope_for(followed.province_officer, on=TODAY),
        year=followed.year,
        today=TODAY,
    )
    assert ([each.visit for each in found.visits], found.left_out) == ([later], 1)
    said = page(signed_in, "effect", query="?year=2026-2027").one("main").text
    assert "1 cuộc kiểm tra trước đó trong năm không được xét ở đây" in said


def test_a_mean_needs_several_communes_not_several_visits(followed):
    Rule.objects.filter(key="effect.least_visits").update(value=2)
    effects, limits = selectors.effects_of([followed.visit], today=TODAY)
    assert selectors.count(effects * 3, limits).mean is None
    other = make_visit(followed, followed.places[5][0], on=D(2026, 12, 9))
    effects, limits = selectors.effects_of([followed.visit, other], today=TODAY)
    assert selectors.count(effects, limits).mean.visits == 2


def test_the_page_of_a_visit_not_made_and_of_another_year_are_not_there(signed_in, followed):
    planned = make_visit(followed, followed.places[1][0], on=D(2027, 2, 3), state="planned")
    for address in (
        reverse("inspections:visit_effect", args=[planned.pk]),
        reverse("inspections:effect") + "?year=1999-2000",
    ):
        assert signed_in.get(address).status_code == 404


def test_queries_do_not_grow_with_the_visits(followed, django_assert_max_num_queries):
    visits = [
        followed.visit,
        *(make_visit(followed, commune) for commune, _class in followed.places[1:5]),
    ]
    for some in (visits[:1], visits):
        with django_assert_max_num_queries(10):
            selectors.effects_of(some, today=TODAY)
