"""Schools that lie in no unit of a map are in the table, and compared with nothing."""

import random
from dataclasses import replace

import pytest

from core.months import Month
from reports import wording
from reports.absence_analysis import presenter as why
from reports.dashboard_presenter import page_of
from reports.rates import Judgement, Measures
from reports.selectors.dashboards import NOWHERE, Dashboard, Row
from reports.selectors.figures import Figures
from reports.target_rehearsal.selectors import monthly
from schools.areas.selectors.tree import AreaTree
from schools.school_years.periods import Period
from tests.reports.test_dispersion import place

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)


def row(key, name, rate, judgement=Judgement.CERTAINLY_LOW):
    sums = Measures.of_pupils(place(random.Random(key), 60, rate))
    found = Figures(
        **{name: getattr(sums, name) for name in ("expected", "pupils")},
        **{name: getattr(sums, name) for name in ("sum_aa", "sum_an", "sum_nn")},
        unexcused=sums.absent,
        scheduled=40,
        taken=40,
        first_month=OCTOBER,
        last_month=OCTOBER,
    )
    history = [(OCTOBER, found, judgement)]
    return Row(key, name, found, found, found, 0.95, judgement, history)


@pytest.fixture
def board(world, today):
    rows = [row(pk, f"Xã {pk}", 0.9 + pk / 1000) for pk in range(1, 13)]
    nowhere = row(NOWHERE, "Ngoài bản đồ", 0.5)
    whole = sum((each.figures for each in [*rows, nowhere]), Figures())
    return Dashboard(
        month=OCTOBER,
        level="",
        levels=[],
        total_row=replace(nowhere, key=99, name="Tỉnh", figures=whole, before=whole),
        children=[*rows, nowhere],
        trend=[],
        area=world.province,
        tree=AreaTree.on(today),
    )


def test_it_is_a_row_of_the_table_alone(board):
    page = page_of(board, period=Period(OCTOBER, []), month_url=str)
    shown = page.children[-1]
    assert shown.key == NOWHERE
    ranked = [each.name for each in (*page.ranking.first, *page.ranking.rest)]
    assert len(ranked) == 12
    assert shown.name not in ranked
    assert page.funnel.chart
    assert shown.name not in page.funnel.chart
    assert page.funnel.chart.count("<circle") == 12
    assert shown.name not in [each.name for each in page.funnel.below]


def test_no_sentence_counts_it_among_the_communes(board):
    assert "12 " in wording.finding(board)
    assert "13 " not in wording.finding(board)
    silent = replace(board.children[-1], judgement=Judgement.NOTHING_SENT)
    told = wording.finding(replace(board, children=[*board.children[:-1], silent]))
    assert "()" not in told
    assert told == wording.finding(replace(board, children=board.places))


def test_a_rehearsal_tries_a_target_on_communes(board):
    assert {each.commune_id for each in monthly(board)[OCTOBER]} == set(range(1, 13))


def test_the_change_is_taken_apart_by_communes_and_others(board):
    worse = replace(board.children[-1], before=board.children[0].figures)
    children = [*board.places, worse]
    before = sum((row.before for row in children), Figures())
    board = replace(board, children=children, total_row=replace(board.total_row, before=before))
    sentences = why._change(board, OCTOBER.plus(-1))
    assert "Nhiều nhất: nơi khác" in sentences[-1]
