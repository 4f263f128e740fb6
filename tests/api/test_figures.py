"""Figures through the API: the numbers of the dashboards, on every map with one sum."""

import datetime

import pytest

from core import rules
from core.months import Month
from reports.indicators import INDICATORS
from reports.models.facts import MEASURES
from reports.selectors.dashboards import area_dashboard
from reports.selectors.figures import figures
from reports.services.facts import rebuild
from schools.models import Placement, School, Succession
from schools.pupils.selectors.rolls import roll_on
from tests.reports.histories import MONTHS, write_history
from tests.reports.register_builders import day
from tests.world import make_area

pytestmark = pytest.mark.django_db
SUMMED = (*MEASURES, "scheduled", "taken", "not_held", "sent_late", "classes")


@pytest.fixture
def counted(world, today):
    """Three months of random life, counted."""
    write_history(world, 3)
    for month in MONTHS:
        rebuild(school_ids=School.objects.values_list("pk", flat=True), month=month)
    return world


def rows(caller, query):
    answer = caller.get(f"figures/?{query}")
    assert answer.status_code == 200, answer.json()
    return answer.json()["rows"]


def total(found):
    return {name: sum(row["measures"][name] for row in found) for name in SUMMED}


def test_the_province_is_what_its_dashboard_shows(counted, caller):
    month = MONTHS[-1]
    (row,) = rows(caller("province_officer"), f"area=12&month={month}")
    board = area_dashboard(
        area=counted.province, month=month, level="", rules=rules.table(on=month.first)
    )
    attendance, coverage = row["indicators"]["attendance"], row["indicators"]["coverage"]
    assert attendance["numerator"] == board.rate.numerator > 0
    assert attendance["denominator"] == board.rate.denominator
    assert attendance["value"] == round(float(board.rate.value), 6)
    assert attendance["low"] == round(float(board.rate.low), 6)
    assert coverage["numerator"] == board.coverage.numerator > 0
    assert row["measures"] == {name: getattr(board.total, name) for name in row["measures"]}
    for code, indicator in INDICATORS.items():
        of = board.total_row.year if indicator.cumulated else board.total
        assert row["indicators"][code]["numerator"] == indicator.compute(of).numerator


@pytest.mark.parametrize("level", ["", "THCS"])
def test_every_division_and_every_map_has_one_sum(counted, caller, level):
    officer = caller("province_officer")
    new = make_area(3, "xa", "09999", "Xã Mới", counted.province, valid_from=day(1, 12))
    for old in (counted.commune_a, counted.commune_b):
        old.valid_to = day(1, 12)
        old.save()
        Succession.objects.create(old=old, new=new, effective_on=day(1, 12), decree="Thử")
    for placement in Placement.objects.all():
        placement.valid_to = day(1, 12)
        placement.save()
        Placement.objects.create(school_id=placement.school_id, commune=new, valid_from=day(1, 12))
    month = MONTHS[-1]
    asked = f"area=12&month={month}" + (f"&level={level}" if level else "")
    whole = total(rows(officer, asked))
    assert whole["expected"] > 0
    for by in ("district", "commune", "school", "class"):
        assert total(rows(officer, f"{asked}&by={by}")) == whole
    then = rows(officer, f"{asked}&by=commune")
    restated = rows(officer, f"{asked}&by=commune&map=2026-12-05")
    assert {row["place"]["code"] for row in then} == {"03001", "03003"}
    assert {row["place"]["code"] for row in restated} == {"09999"}
    assert total(restated) == whole
    assert total(rows(officer, f"{asked}&map=2026-12-05")) == whole
    before = total(rows(officer, f"{asked}&by=commune&map=2025-07-02"))
    assert before == whole


def test_a_school_and_its_classes(counted, caller):
    month = MONTHS[-1]
    head = caller("head_a")
    (school,) = rows(head, f"school={counted.school_a.pk}&month={month}")
    classes = rows(head, f"school={counted.school_a.pk}&month={month}&by=class")
    assert school["place"]["kind"] == "school"
    assert {row["place"]["name"] for row in classes} == {"6A", "6X", "1+2 Háng Lìa"}
    assert total(classes) == total([school])
    stored = figures(months=[month], by="school", school_ids=[counted.school_a.pk])
    assert school["measures"]["expected"] == stored[counted.school_a.pk, month].expected


@pytest.mark.parametrize(
    ("person", "query", "status"),
    [
        ("commune_officer", "area=12&month=2026-10", 404),
        ("commune_officer", "area=00000&month=2026-10", 404),
        ("teacher_a", "area=12&month=2026-10", 404),
        ("system_admin", "area=12&month=2026-10", 403),
        ("province_officer", "month=2026-10", 400),
        ("province_officer", "area=12&school=1&month=2026-10", 400),
        ("province_officer", "area=12", 400),
        ("province_officer", "area=12&month=2026-13", 400),
        ("province_officer", "area=12&month=9999-12", 400),
        ("province_officer", "area=12&month=2026-10&map=hôm nay", 400),
        ("province_officer", "area=12&month=2026-10&by=pupil", 400),
        ("province_officer", "area=12&month=2026-10&level=ĐH", 400),
    ],
)
def test_questions_that_have_no_answer(world, caller, person, query, status):
    answer = caller(person).get(f"figures/?{query}")
    assert answer.status_code == status
    assert answer.json()["message"]


def test_a_month_without_figures_has_nulls_and_no_rates(world, caller):
    (row,) = rows(caller("province_officer"), "area=12&month=2026-09")
    assert row["indicators"]["attendance"] == {
        "numerator": 0,
        "denominator": 0,
        "value": None,
        "low": None,
        "high": None,
    }


def test_lists_show_what_lies_inside_the_places(counted, caller):
    teacher, head, officer = caller("teacher_a"), caller("head_a"), caller("province_officer")
    assert [row["code"] for row in head.get("schools/").json()["results"]] == [
        counted.school_a.code
    ]
    assert officer.get("schools/").json()["count"] == School.objects.count()
    assert [row["name"] for row in teacher.get("classes/").json()["results"]] == ["6A"]
    names = {row["name"] for row in head.get("classes/").json()["results"]}
    assert names == {"6A", "6X", "1+2 Háng Lìa"}
    roll = teacher.get(f"classes/{counted.class_a.pk}/roll/?on={counted.today}").json()
    assert [row["pupil"] for row in roll] == [
        spell.pupil_id for spell in roll_on(counted.class_a, counted.today)
    ]
    assert set(roll[0]) == {
        *("pupil", "ministry_id", "name", "sex", "birth_date", "grade", "since"),
    }
    assert caller("teacher_b").get(f"classes/{counted.class_a.pk}/roll/").status_code == 404
    areas = officer.get("areas/?on=2026-10-12").json()["results"]
    assert {"12"} < {row["code"] for row in areas}
    assert officer.get("areas/?on=1800-01-01").status_code == 400
    assert officer.get("areas/?page=99").status_code == 404
    assert caller("commune_officer").get("flags/?month=2026-10").status_code == 200
    assert caller("member_user").get("inspections/").json()["results"] == []


def test_a_restated_day_is_a_day(world, caller):
    answer = caller("province_officer").get("figures/?area=12&month=2026-10&map=2026-10-31")
    assert answer.json()["map"] == datetime.date(2026, 10, 31).isoformat()
    assert answer.json()["month"] == str(Month.parse("2026-10"))


def test_a_row_of_a_district_is_the_sum_of_its_communes(counted, caller):
    officer, asked = caller("province_officer"), f"area=12&month={MONTHS[-1]}"
    districts = rows(officer, f"{asked}&by=district")
    by_code = {row["place"]["code"]: row for row in districts}
    cluster = by_code[counted.cluster.code]
    assert (cluster["place"]["kind"], cluster["place"]["name"]) == (
        "district",
        counted.cluster.title,
    )
    inside = rows(officer, f"area={counted.cluster.code}&month={MONTHS[-1]}&by=commune")
    assert total([cluster]) == total(inside)
    assert total([cluster])["expected"] > 0
    # What lies in no cluster is one row without a place.
    assert {row["place"]["kind"] for row in districts} == {"district"}
    refused = officer.get(f"figures/?school={counted.school_a.pk}&month={MONTHS[-1]}&by=district")
    assert refused.json()["violations"][0]["parameter"] == "by"


def test_several_months_are_each_as_asked_for_alone(counted, caller):
    officer = caller("province_officer")
    asked = f"area=12&by=commune&month_from={MONTHS[0]}&month_to={MONTHS[-1]}"
    answer = officer.get(f"figures/?{asked}").json()
    alone = [row for month in MONTHS for row in rows(officer, f"area=12&by=commune&month={month}")]
    assert answer["rows"] == alone
    assert (answer["month"], answer["months"]) == (None, [str(month) for month in MONTHS])
    assert {row["month"] for row in alone} == {str(month) for month in MONTHS}


def test_a_unit_has_the_months_since_it_is_there(counted, caller):
    officer, code = caller("province_officer"), counted.commune_a.code
    first = Month.of(counted.commune_a.valid_from)
    assert officer.get(f"figures/?area={code}&month={first.plus(-1)}").status_code == 404
    before = f"month_from={first.plus(-3)}&month_to={first.plus(-1)}"
    assert officer.get(f"figures/?area={code}&{before}").status_code == 404
    found = rows(officer, f"area={code}&month_from={first.plus(-2)}&month_to={first.plus(1)}")
    assert [row["month"] for row in found] == [str(first), str(first.plus(1))]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "month"),
        ("month=2026-10&month_from=2026-10&month_to=2026-11", "month"),
        ("month_from=2026-10", "month"),
        ("month_from=2026-11&month_to=2026-10", "month_from"),
        ("month_from=2026-01&month_to=2027-01", "month_to"),
        ("month_from=x&month_to=2027-01", "month_from"),
    ],
)
def test_months_that_are_no_range_are_named(world, caller, query, parameter):
    answer = caller("province_officer").get(f"figures/?area=12&{query}")
    assert answer.status_code == 400
    assert [each["parameter"] for each in answer.json()["violations"]] == [parameter]
