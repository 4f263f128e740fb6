"""A target tried on past months: what it flags, what chance alone would, and the page."""

import datetime
import math
import random

import pytest
from django.urls import reverse

from core import rules
from core.months import Month
from reports import flagging
from reports.models import Target
from reports.rates import Measures, attendance_rate
from reports.selectors.figures import Figures
from reports.services.facts import rebuild
from reports.target_rehearsal.rehearsal import (
    Monthly,
    chance_of_certainly_low,
    most_by_chance,
    rehearse,
)
from tests.html_query import read
from tests.reports.register_builders import OCTOBER, pupil_ids, take

LIMITS = flagging.Thresholds(min_pupils=30, min_days=10, falling_points=2, persistent_months=3)


def figures(pupils, sessions=20, **more):
    """Figures of (absences, pupils) pairs; every pupil was expected in all sessions."""
    each = [(absent, sessions) for absent, count in pupils for _pupil in range(count)]
    sums = Measures.of_pupils(each)
    return Figures(
        expected=sums.expected,
        unexcused=sums.absent,
        pupils=sums.pupils,
        sum_aa=sums.sum_aa,
        sum_an=sums.sum_an,
        sum_nn=sums.sum_nn,
        **{"days": sessions, "scheduled": sessions, "taken": sessions} | more,
    )


def commune(pk, values, target=None):
    return Monthly(pk, values, target, None)


class TestMonths:
    def test_each_commune_is_judged_as_the_flags_would(self):
        low = figures([(5, 40), (0, 60)])
        fair = figures([(2, 40), (0, 60)])
        good = figures([(0, 100)])
        unsent = figures([], days=0, scheduled=20, taken=0)

        (month,) = rehearse(
            {
                OCTOBER: [
                    commune(1, low, target=0.8),
                    commune(2, fair),
                    commune(3, good),
                    commune(4, unsent),
                ]
            },
            0.965,
            LIMITS,
        )

        assert (month.certain, month.watch, month.good) == ([1], [2], [3])
        assert (month.judged, month.unjudged, month.now) == (3, 1, 0)

    def test_few_pupils_are_watched_and_never_by_chance(self):
        (month,) = rehearse({OCTOBER: [commune(1, figures([(10, 20)]))]}, 0.95, LIMITS)

        assert (month.certain, month.watch) == ([], [1])
        assert month.by_chance == 0

    def test_a_month_without_school_is_left_out(self):
        assert rehearse({OCTOBER: [commune(1, Figures())]}, 0.95, LIMITS) == []

    def test_oldest_first(self):
        rows = [commune(1, figures([(0, 50)]))]
        found = rehearse({OCTOBER: rows, OCTOBER.plus(-1): rows}, 0.95, LIMITS)

        assert [each.month for each in found] == [OCTOBER.plus(-1), OCTOBER]


class TestChance:
    @pytest.mark.parametrize("seed", range(12))
    def test_equals_what_is_drawn(self, seed):
        """Pupils that are each away in all sessions or none: then n* is their number."""
        draw = random.Random(seed)
        pupils, target = draw.randint(40, 160), draw.choice([0.85, 0.9, 0.95])
        sample = figures([(20, pupils // 10), (0, pupils - pupils // 10)])
        expected = chance_of_certainly_low(sample, target)

        size = round(chance_size(sample))
        runs = 4_000
        low = 0
        for _run in range(runs):
            away = sum(draw.random() > target for _each in range(size))
            low += upper_end(1 - away / size, size) < target
        deviation = math.sqrt(max(expected * (1 - expected), 1e-4) / runs)
        assert abs(low / runs - expected) < 4.5 * deviation

    def test_about_one_in_forty(self):
        """The interval holds the true rate in 95 %: it lies under it in about 2.5 %."""
        large = figures([(4, 500), (0, 1500)])
        assert chance_of_certainly_low(large, 0.95) == pytest.approx(0.025, abs=0.012)

    def test_nothing_is_under_a_target_of_none_or_all(self):
        sample = figures([(4, 50)])
        assert chance_of_certainly_low(sample, 1.0) == 0
        assert chance_of_certainly_low(Figures(), 0.9) == 0

    def test_whole_classes_of_a_province_are_no_trouble(self):
        huge = figures([(1, 60_000), (0, 60_000)])
        assert 0 < chance_of_certainly_low(huge, 0.95) < 0.05

    @pytest.mark.parametrize(
        ("chances", "most"),
        [
            ([], 0),
            ([0.04], 0),
            ([0.06], 1),
            ([0.5] * 4, 4),
            ([0.5] * 5, 4),
            ([1.0, 1.0], 2),
            ([0.025] * 38, 3),
        ],
    )
    def test_most_by_chance(self, chances, most):
        assert most_by_chance(chances) == most


def chance_size(values):
    """n* by its definition: p(1−p) over the variance between pupils."""
    value = values.present / values.expected
    count = values.pupils
    away = values.expected - values.present
    spread = values.sum_aa - 2 * (1 - value) * values.sum_an + (1 - value) ** 2 * values.sum_nn
    assert away > 0
    return value * (1 - value) / (count / (count - 1) * spread / values.expected**2)


def upper_end(share, size):
    """Wilson's upper end, from its definition as the root of a quadratic."""
    z = 1.959963984540054
    a, b, c = 1 + z * z / size, -(2 * share + z * z / size), share * share
    return (-b + math.sqrt(b * b - 4 * a * c)) / (2 * a)


@pytest.mark.django_db
class TestPage:
    @pytest.fixture
    def books(self, world):
        """October, as its registers say: one of six away in 6A every morning; limits are low."""
        away = pupil_ids(world.class_a)[0]
        for number in range(1, 13):
            take(world.class_a, datetime.date(2026, 10, number), {away: "K"})
            take(world.class_b, datetime.date(2026, 10, number))
        rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)
        return world

    def page(self, client, **asked):
        return read(client.get(reverse("reports:target_rehearsal"), asked))

    @pytest.fixture
    def november(self, books, monkeypatch):
        monkeypatch.setattr(Month, "current", classmethod(lambda cls: OCTOBER.plus(1)))
        return books

    def test_the_form_alone_first(self, books, sign_in):
        page = self.page(sign_in(books.province_officer))

        assert page.one("h1").text == "Thử một chỉ tiêu"
        assert not page.select("table")

    def test_months_communes_and_visits(self, november, sign_in):
        before = Target.objects.count()
        page = self.page(
            sign_in(november.province_officer),
            area=november.province.pk,
            level="THCS",
            percent="95",
            visits="0",
        )

        rate = attendance_rate(Measures.of_pupils([(12, 12)] + [(0, 12)] * 5))
        assert rate.value < 0.95
        assert "trong 1 tháng xét được" in page.one("h1").text
        (row,) = page.texts("table.table tbody tr")
        assert row.startswith("10/2026")
        assert page.texts(".heat tbody th") == ["A Một"]
        assert Target.objects.count() == before

    def test_leads_to_the_form_of_the_target(self, november, sign_in):
        client = sign_in(november.province_officer)
        page = self.page(client, area=november.province.pk, level="THCS", percent="96,5", visits="")
        (link,) = [each for each in page.select("a.button") if "percent" in each.get("href")]

        form = read(client.get(link.get("href")))

        assert form.one("#id_percent").get("value") == "96,5"
        assert "selected" in str(form.one('#id_level option[value="THCS"]').attributes)

    @pytest.mark.parametrize("percent", ["0", "101", "x", "9" * 400])
    def test_a_wrong_target_is_refused(self, books, sign_in, percent):
        page = self.page(
            sign_in(books.province_officer),
            area=books.province.pk,
            level="THCS",
            percent=percent,
        )
        assert page.select(".error-summary")
        assert not page.select("table")

    def test_a_commune_is_no_area_to_try(self, books, sign_in):
        page = self.page(
            sign_in(books.province_officer), area=books.commune_a.pk, level="THCS", percent="95"
        )
        assert page.select(".error-summary")


@pytest.mark.django_db
def test_limits_are_the_rules_in_force(world):
    table = rules.table(on=OCTOBER.last)
    assert flagging.Thresholds.of(table, "THCS").min_pupils == int(table["reports.min_pupils", ""])
