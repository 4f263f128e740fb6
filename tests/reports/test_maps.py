"""Series as they were then or on the map of another day: the sums are equal on every one.

Provinces at random, reorganised by decrees from files (`tests.test_reorganised`), with registers
before and after each of the last two decrees; nothing that was filed is rewritten by looking.
"""

import datetime

import pytest
from django.urls import reverse

from accounts.scoping import scope_for
from attendance.models import CalendarRule
from core import rules
from core.months import Month
from reports.models import ClassCoverage, ClassMonth, SchoolMonth, StaleMonth
from reports.papers.register import papers_in
from reports.selectors.dashboards import area_dashboard
from reports.selectors.figures import Figures, figures
from reports.selectors.tables import area_table
from reports.services.facts import rebuild
from schools.areas.selectors.tree import NOWHERE
from schools.ledger.selectors import area_ledger
from schools.models import Area, Enrolment, Placement, School, SchoolYear
from schools.reorganisations.services import reorganise, take_back
from tests.html_query import read
from tests.reports.papers.rows import make_issued
from tests.reports.register_builders import take
from tests.schools.decrees import decree, line
from tests.test_reorganised import BEGUN, DECREES, reorganised
from tests.world import make_class, make_school

pytestmark = pytest.mark.django_db
# Before and after the decree of January 2024, before and after that of July 2025, and now.
MONTHS = [Month(2023, 12), Month(2024, 1), Month(2025, 5), Month(2025, 9), Month(2026, 10)]
YEARS = {"2023-2024": 2023, "2024-2025": 2024, "2025-2026": 2025, "2026-2027": 2026}
SHOWN = Month(2026, 10)


@pytest.fixture
def w(seed, db, today):
    w = reorganised(seed)
    CalendarRule.objects.create(
        area=w.province, morning="1111111", afternoon="1111111", valid_from=BEGUN
    )
    w.years = [
        SchoolYear.objects.create(
            code=code,
            valid_from=datetime.date(start, 8, 1),
            valid_to=datetime.date(start + 1, 8, 1),
        )
        for code, start in YEARS.items()
    ]
    # One that opened in a unit that is not on older maps, and one that closed before a decree.
    w.schools.append(make_school("TM", "Trường Mới", "THCS", w.communes[0], DECREES[-1]))
    closing = w.rng.choice([each for each in w.schools[:-1] if each != w.closed_school])
    closed_on = datetime.date(2024, 9, 1)
    School.objects.filter(pk=closing.pk).update(valid_to=closed_on)
    Placement.objects.filter(school=closing, valid_from__gt=closed_on).delete()
    Placement.objects.filter(school=closing).on(closed_on).update(valid_to=closed_on)
    for school in w.schools:
        for year in w.years:
            opened = Placement.objects.filter(school=school).on(year.valid_from).exists()
            if opened:
                _class_with_registers(w, school, year)
    for month in MONTHS:
        rebuild(school_ids=[each.pk for each in w.schools], month=month)
    w.map_days = sorted(
        {day - datetime.timedelta(days=back) for day in DECREES for back in (0, 1)}
        | {datetime.date(2019, 6, 1), datetime.date(2026, 10, 12)}
    )
    return w


def _class_with_registers(w, school, year):
    names = [f"Lò Văn {letter}" for letter in "ABCD"[: w.few(2, 4)]]
    school_class = make_class(school, year, "6A", "THCS", "6", names)
    if w.rng.random() < 0.5:
        spell = school_class.spells.first()
        ended = year.valid_from + datetime.timedelta(days=w.few(60, 110))
        Enrolment.objects.filter(pk=spell.pk).update(
            valid_to=ended, exit_reason="dropout", dropout_cause="poverty"
        )
    pupils = list(school_class.spells.filter(valid_to=None).values_list("pupil_id", flat=True))
    for month in MONTHS:
        for number in (3, 5):
            date = month.first.replace(day=number)
            if year.valid_from <= date < year.valid_to:
                away = {pk: w.rng.choice("PKM") for pk in pupils if w.rng.random() < 0.4}
                take(school_class, date, away)


def numbers(values):
    """What adds up of some figures; when they were made does not matter."""
    return {
        name: getattr(values, name)
        for name in Figures.__slots__
        if name not in ("rebuilt_at", "counted_to", "days")
    }


def total(found):
    return numbers(sum(found, Figures()))


def filed():
    """Every fact and placement: nothing of it may change by looking at it."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (ClassMonth, SchoolMonth, ClassCoverage, Placement, Area)
    ]


SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_rolls_absences_and_registers_of_a_province_are_the_same_on_every_map(w):
    before = filed()
    for month in MONTHS:
        plain = total(figures(months=[month]).values())
        assert plain["expected"]
        assert plain["taken"]
        for day in [None, *w.map_days]:
            by_commune = figures(months=[month], by="commune", map_date=day)
            assert total(by_commune.values()) == plain
            for by in (None, "commune"):
                rows = area_table(area=w.province, month=month, level="", by=by, map_date=day)
                assert total(row.figures for row in rows) == plain, (month, day, by)
    assert filed() == before


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dashboard_of_a_province_adds_up_on_every_map(w):
    whole = {month: total(figures(months=[month]).values()) for month in MONTHS}
    table = rules.table(on=SHOWN.first)
    for month in (SHOWN, Month(2025, 5)):
        for choice in [{}, {"map_then": True}, *({"map_day": day} for day in w.map_days)]:
            board = area_dashboard(area=w.province, month=month, level="", rules=table, **choice)
            assert numbers(board.total) == whole[month], choice
            for past in MONTHS:
                column = [
                    then for row in board.children for m, then, _j in row.history if m == past
                ]
                if past in month.last_months(12):
                    assert total(column) == whole[past], (choice, past)
            assert sum((row.year for row in board.children), Figures()).expected == (
                board.total_row.year.expected
            )
            if day := choice.get("map_day"):
                keys = {row.key for row in board.children} - {NOWHERE}
                assert all(board.tree[key].is_valid_on(day) for key in keys)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ledger_of_a_province_is_the_same_on_every_map(w):
    days = {"first": datetime.date(2023, 8, 1), "last": datetime.date(2026, 10, 12)}
    plain = area_ledger(w.province, **days)
    assert plain.total["dropped_out"]
    for day in w.map_days:
        ledger = area_ledger(w.province, map_day=day, **days)
        assert ledger.total.numbers == plain.total.numbers, day
        if all(row.kind != "nowhere" for row in ledger.places):
            assert sum(row.line["end"] for row in ledger.places) == plain.total["end"]
        assert sum(row.line["dropped_out"] for row in ledger.places) == plain.total["dropped_out"]


def first_days():
    """The days from which a map of official units is in force."""
    return {area.valid_from for area in Area.objects.exclude(kind="cum").filter(level__lte=3)}


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_pages_show_every_map_and_papers_of_ended_units_open(w, sign_in):
    client = sign_in(w.people["province"])
    address = reverse("reports:area", args=[w.province.pk])
    page = read(client.get(f"{address}?month=2026-10&level=all"))
    links = [each.get("href") for each in page.select(".maps a")]
    assert any("map=then" in link for link in links)
    days = first_days()
    assert {link.split("map=")[1] for link in links if "map=20" in link} == set(map(str, days))
    rates, levels = set(), set()
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200
        shown = read(answer)
        rates.add(shown.select(".page-head .meta")[0].text.split("·")[0])
        levels.add(tuple(shown.texts(".segments a")))
    assert len(levels) == 1, "the same schools are counted on every map"
    assert len(rates) == 1, "the province's own numbers are the same on every map"
    for number, area in enumerate(w.ended, start=1):
        assert (
            client.get(reverse("reports:area", args=[area.pk]) + "?map=2026-10-12").status_code
            == 200
        )
        paper = make_issued(area, w.people["province"], number=number)
        assert paper in papers_in(scope_for(w.people["province"]))
        assert client.get(reverse("reports:paper", args=[paper.pk])).status_code == 200


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_the_page_of_the_ledger_shows_every_map(w, sign_in):
    client = sign_in(w.people["province"])
    address = reverse("schools:ledger_area", args=[w.province.pk])
    days = "?from=2023-08-01&to=2026-10-12"
    page = read(client.get(address + days))
    links = [each.get("href") for each in page.select(".maps a")]
    assert links[0] == address + days
    assert {link.partition("&map=")[2] for link in links[1:]} == set(map(str, first_days()))
    sums, places = set(), set()
    for link in links:
        answer = client.get(link)
        shown = read(answer)
        sums.add(shown.one(".notice p").text)
        places.add(tuple(row.name for row in answer.context["ledger"].places))
        # The period is changed on the same map.
        kept = shown.one("form.filters [name=map]").get("value") or ""
        assert kept == link.partition("map=")[2]
        below = [each.get("href") for each in shown.select("main table a")]
        assert below
        assert all(client.get(each).status_code == 200 for each in below)
    assert len(sums) == 1, "the province's own numbers are the same on every map"
    assert len(places) > 1
    told = client.get(f"{address}{days}&map=1999-01-01")
    assert told.status_code == 200
    refused = client.get(f"{address}{days}&map={'x' * 40}")
    assert refused.status_code == 422


def facts():
    """Every fact by the commune it is filed under."""
    return sorted(
        (row["commune_id"], row["school_id"], str(row["month"]), row["expected"], row["excused"])
        for row in SchoolMonth.objects.values()
    )


def test_figures_follow_a_decree_and_come_back_when_it_is_taken_back(world):
    for number in (3, 5):
        take(world.class_a, datetime.date(2026, 9, number))
        take(world.class_a, datetime.date(2026, 10, number))
    months, schools = [Month(2026, 9), SHOWN], [world.school_a.pk, world.school_b.pk]

    def count():
        for month in months:
            rebuild(school_ids=schools, month=month)
        return facts()

    before = count()
    sums = total(figures(months=months).values())
    lines = [line("03001", "03777", name="Mới"), line("03002", "03777", kind="xã")]
    reorganise(decree=decree(lines), by=None)
    new = Area.objects.get(code="03777")
    assert StaleMonth.objects.filter(school=world.school_a, month=SHOWN.first).exists()
    assert count() != before
    assert total(figures(months=months).values()) == sums
    then = figures(months=months, by="commune")
    assert then[new.pk, SHOWN].expected
    assert then[world.commune_a.pk, Month(2026, 9)].expected
    take_back(number="12/NQ-HĐND", by=None)
    assert not SchoolMonth.objects.filter(commune=new).exists()
    assert count() == before
