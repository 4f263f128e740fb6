"""Which months a page offers, what it compares with, and the links of the picker."""

import datetime

import pytest
from django.test import RequestFactory

from core.lunar_new_year import months_of_tet, tet_break
from core.months import Month
from schools.models import SchoolYear
from schools.period_picker import picker
from schools.school_years.periods import Versus, asked_period, period_of_year
from tests.frozen import freeze_time

pytestmark = pytest.mark.django_db
NOVEMBER = "2026-11-20 03:00:00"


@pytest.fixture(autouse=True)
def years(db):
    """Three years of nine months, as schools have them: nothing from June to August."""
    SchoolYear.objects.all().delete()
    return [
        SchoolYear.objects.create(
            code=f"{first}-{first + 1}",
            valid_from=datetime.date(first, 9, 5),
            valid_to=datetime.date(first + 1, 6, 1),
        )
        for first in (2024, 2025, 2026)
    ]


@freeze_time(NOVEMBER)
def test_months_offered_are_those_of_school_up_to_now():
    period = asked_period({})
    assert period.month == Month(2026, 11)
    assert [year.code for year in period.years] == ["2026-2027", "2025-2026", "2024-2025"]
    assert [month.number for month in period.years[0].months] == [9, 10, 11]
    assert [month.number for month in period.years[1].months] == [9, 10, 11, 12, 1, 2, 3, 4, 5]


@freeze_time(NOVEMBER)
def test_steps_pass_over_the_summer():
    september, may = asked_period({"month": "2026-09"}), asked_period({"month": "2026-05"})
    assert (september.before, may.after) == (Month(2026, 5), Month(2026, 9))
    assert asked_period({}).after is None
    assert asked_period({"month": "2024-09"}).before is None


@pytest.mark.parametrize(
    ("now", "asked", "shown"),
    [
        (NOVEMBER, "", Month(2026, 11)),
        (NOVEMBER, "2026-13", Month(2026, 11)),
        (NOVEMBER, "2999-01", Month(2026, 11)),
        (NOVEMBER, "2026-07", Month(2026, 7)),
        # In the summer a page opens at the last month that had school.
        ("2026-07-20 03:00:00", "", Month(2026, 5)),
    ],
)
def test_month_of_an_address(now, asked, shown):
    with freeze_time(now):
        assert asked_period({"month": asked}).month == shown


@freeze_time(NOVEMBER)
def test_a_month_is_compared_with_the_school_month_before_or_the_same_one_last_year():
    assert asked_period({"month": "2026-09"}).compared() == Month(2026, 5)
    assert asked_period({"month": "2026-09", "versus": "year"}).compared() == Month(2025, 9)
    assert asked_period({"month": "2026-10", "versus": "x"}).versus == Versus.MONTH
    assert asked_period({"month": "2024-09"}).compared() == Month(2024, 8)


@freeze_time(NOVEMBER)
def test_without_any_year_there_is_the_present_month_alone():
    SchoolYear.objects.all().delete()
    period = asked_period({})
    assert (period.month, period.years, period.year) == (Month(2026, 11), [], None)


def test_a_class_may_look_ahead_in_its_own_year(years):
    period = period_of_year(years[2], Month(2026, 11))
    assert (period.held[0], period.held[-1]) == (Month(2026, 9), Month(2027, 5))


@freeze_time(NOVEMBER)
def test_picker_keeps_the_rest_of_the_address():
    request = RequestFactory().get("/x/", {"level": "TH", "page": "3", "month": "2026-09"})
    shown = picker(request, asked_period(request.GET), compares=True)
    assert (shown.before.url, shown.after.url) == (
        "/x/?level=TH&month=2026-05",
        "/x/?level=TH&month=2026-10",
    )
    assert [(year.code, year.is_open) for year in shown.years] == [
        ("2026-2027", True),
        ("2025-2026", False),
        ("2024-2025", False),
    ]
    assert [each.label for year in shown.years for each in year.months if each.current] == ["T9"]
    assert [(each.label, each.current) for each in shown.versus] == [
        ("05/2026", True),
        ("09/2025", False),
    ]
    assert shown.versus[1].url == "/x/?level=TH&month=2026-09&versus=year"
    assert picker(request, asked_period(request.GET)).versus == []


def test_tet_is_that_of_the_vietnamese_calendar():
    assert tet_break(2030) == (datetime.date(2030, 1, 29), datetime.date(2030, 2, 10))
    assert tet_break(1900) is None
    assert {Month(2025, 1), Month(2025, 2), Month(2026, 2)} <= months_of_tet()
    assert Month(2026, 3) not in months_of_tet()
