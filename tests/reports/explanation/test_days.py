"""On which days pupils were away: every table adds up to the figure, cell by cell."""

import pytest
from django.urls import reverse

from reports.explanation.days import by_session, by_week, by_weekday, day_heat
from reports.explanation.selectors import Counted
from reports.services.facts import rebuild
from tests.reports.register_builders import OCTOBER, day, pupil_ids, take

pytestmark = pytest.mark.django_db
MONTH = "?month=2026-10&level=all"


@pytest.fixture
def counted(world, today):
    first, second, *_rest = pupil_ids(world.class_a)
    # Monday twice, Tuesday, and a Friday; the other class in both sessions.
    take(world.class_a, day(5), {first: "P", second: "K"})
    take(world.class_a, day(12), {first: "K"})
    take(world.class_a, day(6))
    take(world.class_a, day(9), {second: "K"})
    third = pupil_ids(world.class_a12)[0]
    take(world.class_a12, day(5), {third: "K"})
    take(world.class_a12, day(5), {}, session="pm")
    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)
    return world


@pytest.fixture
def lessons(counted):
    return Counted(OCTOBER, school_ids=[counted.school_a.pk]).lessons()


def test_by_weekday(counted, lessons):
    six, four = len(pupil_ids(counted.class_a)), len(pupil_ids(counted.class_a12))
    found = {line.name: (line.absent, line.expected) for line in by_weekday(lessons)}
    assert found == {
        "Thứ 2": (4, 2 * six + 2 * four),
        "Thứ 3": (0, six),
        "Thứ 6": (1, six),
    }
    assert list(found) == ["Thứ 2", "Thứ 3", "Thứ 6"]


def test_by_week_and_session(counted, lessons):
    assert [(line.name, line.absent) for line in by_week(lessons)] == [
        ("05–09/10", 4),
        ("12/10", 1),
    ]
    assert [line.absent for line in by_session(lessons)] == [5, 0]
    assert by_session([lesson for lesson in lessons if lesson.session == "am"]) == []


def test_every_table_adds_up_to_the_figure(lessons):
    expected = sum(lesson.expected for lesson in lessons)
    absent = sum(lesson.absent for lesson in lessons)
    for lines in (by_weekday(lessons), by_week(lessons), by_session(lessons)):
        assert sum(line.expected for line in lines) == expected
        assert sum(line.absent for line in lines) == absent
        assert sum(line.present for line in lines) == sum(each.present for each in lessons)


def test_places_day_by_day(counted, lessons):
    a, b = counted.class_a.pk, counted.class_a12.pk
    found = day_heat(
        lessons,
        places=[(b, "1+2", ""), (a, "6A", "/6a/"), (0, "rỗng", "")],
        place_of=lambda lesson: lesson.class_id,
        whole=0.9,
    )
    assert found.days == [day(5), day(6), day(9), day(12)]
    assert [(row.name, row.url) for row in found.rows] == [("1+2", ""), ("6A", "/6a/")]
    texts = [[cell.text for cell in row.cells] for row in found.rows]
    # Both sessions of a day are one cell: 7 of 8.
    assert texts == [["88", "", "", ""], ["67", "100", "83", "83"]]
    css = [cell.css for cell in found.rows[0].cells]
    assert css[0] != "h-none"
    assert css[1:] == ["h-none"] * 3
    assert not day_heat([], places=[(a, "6A", "")], place_of=id, whole=None).rows


@pytest.mark.parametrize(
    ("person", "name", "place"),
    [
        ("teacher_a", "class", "class_a"),
        ("head_a", "school", "school_a"),
        ("commune_officer", "area", "commune_a"),
    ],
)
def test_the_page_shows_them(counted, sign_in, person, name, place):
    address = reverse(f"reports:explain_{name}", args=[getattr(counted, place).pk])
    answer = sign_in(getattr(counted, person)).get(address + MONTH)
    page = answer.content.decode()
    assert "Vắng vào những ngày nào" in page
    assert "Thứ 2" in page
    assert answer.context["heat"].rows
    total = answer.context["total"]
    assert sum(line.expected for line in answer.context["weekdays"]) == total.expected
    assert sum(line.absent for line in answer.context["weekdays"]) == total.absent


def test_a_province_has_no_registers_of_its_own_to_show(counted, sign_in):
    address = reverse("reports:explain_area", args=[counted.province.pk])
    page = sign_in(counted.province_officer).get(address + MONTH).content.decode()
    assert "Vắng vào những ngày nào" not in page
