"""Missing registers through the API: those of the pages, inside the caller's places."""

import datetime

import pytest
from django.urls import reverse

from tests.frozen import freeze_time
from tests.html_query import read
from tests.reports.register_builders import take

pytestmark = pytest.mark.django_db
LATE = "2026-10-12 02:30:00"  # half past nine in Lai Châu: the mornings are late


def results(caller, query=""):
    answer = caller.get(f"missing/{query}")
    assert answer.status_code == 200
    return answer.json()["results"]


def counts(rows):
    return {row["name"]: (row["due"], row["missing"], row["late"]) for row in rows}


def named(rows):
    return [f"{each['name']} {each['session']}" for row in rows for each in row["registers"]]


@pytest.fixture
def morning(world):
    """6A has sent; 1+2 owes morning and afternoon, 6B its morning."""
    take(world.class_a, world.today)
    with freeze_time(LATE):
        yield world


def test_schools_are_counted_and_classes_named_where_registers_may_be_read(morning, caller):
    of_a, of_b = (morning.school_a.name, (3, 2, 1)), (morning.school_b.name, (1, 1, 1))
    for person, expected, classes in (
        ("head_a", [of_a], ["1+2 Háng Lìa am", "1+2 Háng Lìa pm"]),
        ("head_b", [of_b], ["6B am"]),
        ("teacher_a", [], []),
        ("teacher_b", [of_b], ["6B am"]),
        ("commune_officer", [of_a], ["1+2 Háng Lìa am", "1+2 Háng Lìa pm"]),
        ("member_user", [of_a], []),
        ("district_officer", [of_a], []),
        ("province_officer", [of_a, of_b], []),
    ):
        rows = results(caller(person))
        assert counts(rows) == dict(expected), person
        assert named(rows) == classes, person


def test_a_row_says_from_when_a_register_is_late(morning, caller):
    (row,) = results(caller("head_b"))
    assert (row["school"], row["code"]) == (morning.school_b.pk, morning.school_b.code)
    (register,) = row["registers"]
    assert register["class_id"] == morning.class_b.pk
    assert datetime.datetime.fromisoformat(register["late_at"]) == datetime.datetime.fromisoformat(
        "2026-10-12T09:00:00+07:00"
    )


def test_the_sums_are_those_of_the_page(morning, caller, sign_in):
    rows = results(caller("commune_officer"))
    path = reverse("reports:missing_area", args=[morning.commune_a.pk])
    page = read(sign_in(morning.commune_officer).get(path))
    late = sum(row["late"] for row in rows)
    assert page.one("h1").text.startswith(f"Hôm nay {late} sổ quá giờ chưa gửi")


def test_an_area_keeps_to_its_schools(morning, caller):
    officer = caller("province_officer")
    for code, schools in (
        (morning.commune_a.code, [morning.school_a.name]),
        (morning.commune_b.code, [morning.school_b.name]),
        (morning.commune_a2.code, []),
        ("12", [morning.school_a.name, morning.school_b.name]),
    ):
        assert [row["name"] for row in results(officer, f"?area={code}")] == schools


@pytest.mark.parametrize(
    ("person", "code"),
    [
        ("commune_officer", "12"),
        ("commune_officer", "03003"),
        ("member_user", "03003"),
        ("district_officer", "03003"),
        ("head_a", "03001"),
        ("teacher_a", "03001"),
        ("province_officer", "00000"),
    ],
)
def test_an_area_elsewhere_does_not_exist(morning, caller, person, code):
    assert caller(person).get(f"missing/?area={code}").status_code == 404


def test_an_earlier_day_is_its_own(morning, caller):
    yesterday = morning.today - datetime.timedelta(days=1)
    take(morning.class_b, yesterday)
    rows = results(caller("province_officer"), f"?date={yesterday}")
    assert counts(rows) == {morning.school_a.name: (3, 3, 3)}


@pytest.mark.parametrize(
    "query", ["date=2026-10-13", "date=1800-01-01", "date=x", "area=01234567890"]
)
def test_days_to_come_and_nonsense_are_refused(morning, caller, query):
    assert caller("province_officer").get(f"missing/?{query}").status_code == 400


def test_without_a_right_to_figures_there_is_nothing(morning, caller):
    assert caller("system_admin").get("missing/").status_code == 403


def test_the_list_comes_in_pages(morning, caller):
    answer = caller("province_officer").get("missing/?page_size=1").json()
    assert (answer["count"], len(answer["results"])) == (2, 1)
    assert answer["next"]
