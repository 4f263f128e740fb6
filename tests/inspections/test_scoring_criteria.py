"""The criteria of scorecards on their page: dated versions, each with its source."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from core.models import Event
from inspections.models import Measure, ScoringCriterion
from inspections.scorecards.criteria import (
    add_criterion,
    change_criterion,
    criteria_of,
    criteria_to_show,
    end_criterion,
    totals_from,
)
from inspections.scorecards.measures import WORKED_OUT, Evidence, Holder
from tests.html_query import read

D = datetime.date


def change(world, **more):
    values = {
        "criterion": ScoringCriterion.objects.get(code="attendance", valid_to=None),
        "name": "Chuyên cần",
        "short_name": "Chuyên cần",
        "points": 40,
        "source": "Quyết định 12/QĐ-BCĐ",
        "valid_from": D(2026, 10, 1),
        "by": world.province_officer,
    }
    return change_criterion(**{**values, **more})


def add(world, **more):
    values = {
        "name": "Họp giao ban đủ kỳ",
        "short_name": "Giao ban",
        "measure": "visits",
        "points": 10,
        "source": "Quyết định 12/QĐ-BCĐ",
        "valid_from": D(2026, 10, 1),
        "by": world.province_officer,
    }
    return add_criterion(**{**values, **more})


def end(world, code="recommendations", **more):
    values = {
        "criterion": ScoringCriterion.objects.get(code=code, valid_to=None),
        "on": D(2026, 10, 1),
        "source": "Quyết định 12/QĐ-BCĐ",
        "by": world.province_officer,
    }
    return end_criterion(**{**values, **more})


@pytest.mark.parametrize("person", ["district_officer", "member_user", "system_admin"])
@pytest.mark.parametrize("act", [add, change, end])
def test_the_service_asks_for_the_right_whoever_calls_it(world, person, act):
    before = ScoringCriterion.objects.count()
    with pytest.raises(PermissionDenied):
        act(world, by=getattr(world, person))
    assert ScoringCriterion.objects.count() == before
    assert not Event.objects.filter(kind__startswith="criterion.").exists()


def test_a_new_version_ends_the_one_before_and_scores_the_year(world):
    made = change(world)
    before = ScoringCriterion.objects.get(code="attendance", valid_to=D(2026, 10, 1))
    assert (before.points, made.points, made.measure, made.place) == (30, 40, before.measure, 1)
    assert {each.code: each.points for each in criteria_of(world.year)}["attendance"] == 40
    event = Event.objects.get(kind="criterion.changed")
    assert event.changes["points"] == [30, 40]
    assert event.changes["source"][1] == "Quyết định 12/QĐ-BCĐ"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"source": "  "}, "source"),
        ({"valid_from": D(2026, 7, 1)}, "valid_from"),  # of the year that is over
        ({"valid_from": D(2015, 6, 5)}, "valid_from"),
        ({"points": 0}, "points"),
        ({"points": 101}, "points"),
    ],
)
def test_what_is_wrong_changes_nothing(world, more, field):
    with pytest.raises(ValidationError) as refused:
        change(world, **more)
    assert field in refused.value.message_dict
    assert ScoringCriterion.objects.filter(code="attendance").count() == 1
    assert not Event.objects.filter(kind="criterion.changed").exists()


def test_who_comes_second_is_told(world):
    seen = ScoringCriterion.objects.get(code="attendance")
    change(world, criterion=seen)
    with pytest.raises(ValidationError, match="Vừa có người sửa"):
        change(world, criterion=seen, points=50)


def test_the_page_lists_them_and_what_is_to_come(world, client):
    client.force_login(world.province_officer)
    address = reverse("inspections:criteria")
    assert "Tổng 100 trên 100 điểm" in read(client.get(address)).one("main").text
    answer = client.post(
        reverse("inspections:criterion_change", args=["visits"]),
        {
            "name": "Đi cơ sở",
            "short_name": "Đi cơ sở",
            "points": "25",
            "valid_from": "2027-01-01",
            "source": "Quyết định 3/QĐ-BCĐ",
        },
    )
    assert answer.status_code == 302
    said = read(client.get(address)).one("main").text
    assert "Tổng 100 trên 100 điểm, ngày 12/10/2026" in said
    assert "Tổng 110 trên 100 điểm, ngày 01/01/2027" in said
    assert "thay đổi từ 01/01/2027" in said
    assert "Sắp áp dụng" in said
    assert client.get(reverse("inspections:criterion_change", args=["none"])).status_code == 404


def test_a_new_criterion_is_the_last_and_scores_the_year(world):
    made = add(world)
    assert criteria_of(world.year)[-1] == made
    assert made.place == 7
    event = Event.objects.get(kind="criterion.added")
    assert (event.actor, event.changes["points"]) == (world.province_officer, [None, 10])


def test_an_ended_criterion_scores_no_year_that_ends_later(world):
    gone = end(world)
    assert gone.code not in {each.code for each in criteria_of(world.year)}
    event = Event.objects.get(kind="criterion.ended")
    assert event.changes == {"valid_to": [None, "2026-10-01"]}
    assert event.reason == "Quyết định 12/QĐ-BCĐ"
    # Who comes second is told, also of another change.
    with pytest.raises(ValidationError, match="Vừa có người sửa"):
        change(world, criterion=gone)


@pytest.mark.parametrize(
    ("act", "more", "field"),
    [
        (add, {"source": "  "}, "source"),
        (add, {"valid_from": D(2026, 7, 1)}, "valid_from"),  # of the year that is over
        (add, {"points": 0}, "points"),
        (add, {"points": 101}, "points"),
        (add, {"measure": "meetings"}, "measure"),
        (add, {"name": ""}, "name"),
        (end, {"source": ""}, "source"),
        (end, {"on": D(2026, 7, 1)}, "on"),
        (end, {"on": D(2015, 6, 5)}, "on"),
    ],
)
def test_what_is_wrong_adds_and_ends_nothing(world, act, more, field):
    with pytest.raises(ValidationError) as refused:
        act(world, **more)
    assert field in refused.value.message_dict
    assert ScoringCriterion.objects.filter(valid_to=None).count() == 6
    assert not Event.objects.filter(kind__startswith="criterion.").exists()


def test_the_points_together_are_said_for_each_day_on_which_they_change(world):
    add(world, valid_from=D(2026, 11, 1))
    end(world, on=D(2026, 12, 1))
    change(world, points=35, valid_from=D(2026, 12, 1))
    said = [
        (each.day, each.points) for each in totals_from(criteria_to_show(world.today), world.today)
    ]
    assert said == [(world.today, 100), (D(2026, 11, 1), 110), (D(2026, 12, 1), 110)]


def test_every_measure_is_offered_only_while_it_is_worked_out(world, sign_in):
    assert set(Measure) == WORKED_OUT
    # Each comes from a heap of its own; an empty one gives none, an unknown one is no key.
    assert all(Evidence(None).items(each, Holder({})) == [] for each in WORKED_OUT)
    page = read(sign_in(world.province_officer).get(reverse("inspections:criterion_add")))
    offered = {option.get("value") for option in page.select("[name=measure] option")}
    assert offered == {"", *WORKED_OUT}
    assert "đã chấm ở: Đi cơ sở" in page.one("[name=measure]").text


def test_one_is_added_and_one_ended_on_their_pages(world, sign_in):
    client, address = sign_in(world.province_officer), reverse("inspections:criteria")
    sent = {
        "name": "Họp giao ban đủ kỳ",
        "short_name": "Giao ban",
        "measure": "visits",
        "points": "5",
        "valid_from": "2027-01-01",
        "source": "Quyết định 3/QĐ-BCĐ",
    }
    answer = client.post(reverse("inspections:criterion_add"), sent | {"measure": "meetings"})
    assert answer.status_code == 422
    answer = client.post(reverse("inspections:criterion_add"), sent)
    assert (answer.status_code, answer.url) == (302, address)
    answer = client.post(
        reverse("inspections:criterion_end", args=["recommendations"]),
        {"on": "2027-01-01", "source": "Quyết định 3/QĐ-BCĐ"},
        follow=True,
    )
    events = read(client.get(reverse("schools:events"))).texts("main tbody th")
    assert [each for each in events if "tiêu chí thi đua" in each]
    said = read(answer).text
    assert "từ 01/01/2027 là 100 điểm" in said
    assert "thôi chấm từ 01/01/2027" in said
    assert "thay đổi từ" not in said
    assert client.get(reverse("inspections:criterion_end", args=["none"])).status_code == 404
