"""Cold: thresholds are dated data of each level; the rule proposes, a person decides."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from attendance.calendar.selectors.cold_weather import cold_proposal
from attendance.calendar.selectors.due_sessions import is_due
from attendance.models import Closure
from core.models import Rule
from schools.models import SchoolStatus
from tests.html_query import read
from tests.reports.register_builders import day

pytestmark = pytest.mark.django_db
PAGE = reverse("attendance:closures")


@pytest.mark.parametrize(
    ("temperature", "closed"),
    [
        ("10.5", []),
        ("10", ["MN", "TH"]),
        ("7.5", ["MN", "TH"]),
        ("7", ["MN", "TH", "THCS"]),
        ("5.5", ["MN", "TH", "THCS"]),
        ("5", ["MN", "TH", "THCS", "THPT"]),
        ("-2", ["MN", "TH", "THCS", "THPT"]),
    ],
)
def test_first_values_are_those_of_the_department(world, temperature, closed):
    found = cold_proposal(world.province, world.today, Decimal(temperature))
    assert found.closed == closed


def test_a_changed_rule_holds_from_its_day(world):
    rule = Rule.objects.get(key="attendance.cold_limit", level="THCS")
    assert rule.source == "Sở GD&ĐT Lai Châu, 6/1/2011"
    rule.valid_to = world.today
    rule.save()
    Rule.objects.create(key="attendance.cold_limit", level="THCS", value=8, valid_from=world.today)
    eight = Decimal(8)
    assert "THCS" in cold_proposal(world.province, world.today, eight).closed
    assert "THCS" not in cold_proposal(world.province, day(11), eight).closed


def test_the_decree_is_named_that_holds_on_the_day(world):
    first = Rule.objects.get(key="attendance.cold_limit", level="")
    first.valid_to = world.today
    first.save()
    Rule.objects.create(
        key="attendance.cold_limit", value=6, valid_from=world.today, source="Quyết định 9/QĐ"
    )
    assert cold_proposal(world.province, world.today, Decimal(6)).source == "Quyết định 9/QĐ"
    assert cold_proposal(world.province, day(11), Decimal(6)).source == first.source


def board(world):
    SchoolStatus.objects.create(school=world.school_a, kind="PTDTBT", valid_from=world.since)


def test_boarding_schools_stay_down_to_their_own_limit(world):
    board(world)
    for degrees, staying in [(6, [world.school_a]), (5, []), (11, [])]:
        found = cold_proposal(world.province, world.today, Decimal(degrees))
        assert found.staying == staying
    assert cold_proposal(world.commune_b, world.today, Decimal(6)).staying == []
    # For the school itself, or its site, its own limit is asked.
    for place in (world.school_a, world.site_a):
        assert cold_proposal(place, world.today, Decimal(6)).closed == []
        assert cold_proposal(place, world.today, Decimal(5)).closed == ["TH", "THCS"]
    assert cold_proposal(world.school_b, world.today, Decimal(6)).closed == ["THCS"]


def test_page_proposes_and_closes_what_is_confirmed(world, sign_in):
    board(world)
    client = sign_in(world.province_officer)
    asked = {
        "what": "cold",
        "place": f"area:{world.province.pk}",
        "temperature": "6.5",
        "first_day": str(world.today),
        "last_day": str(world.today),
    }
    page = read(client.get(PAGE, asked))
    ticked = {box.get("value") for box in page.select("form [name=levels][checked]")}
    assert ticked == {"TH", "THCS"}
    assert "Mầm non" not in page.one(".notice--info").text
    # What was answered is not asked again.
    assert page.select("select[name=place], input[type=date], [name=temperature]:not([type])") == []
    change = page.one(".toolbar a.button--quiet").get("href")
    again = read(client.get(change))
    assert again.one("[name=place] [selected]").get("value") == asked["place"]
    assert again.one("[name=first_day]").get("value") == asked["first_day"]
    (staying,) = page.select("[name=held_at][checked]")
    assert staying.get("value") == str(world.school_a.pk)
    assert Closure.objects.count() == 0

    sent = asked | {
        "reason": "cold",
        "levels": ["TH", "THCS"],
        "held_at": [str(world.school_a.pk)],
    }
    assert client.post(PAGE, sent).status_code == 302
    closed = Closure.objects.filter(is_held=False).order_by("level")
    assert [(row.level, row.temperature) for row in closed] == [
        ("TH", Decimal("6.5")),
        ("THCS", Decimal("6.5")),
    ]
    assert is_due(world.class_a, world.today, "am")
    assert not is_due(world.class_b, world.today, "am")
    shown = client.get(reverse("attendance:closure", args=[closed[0].pk])).content.decode()
    assert "6,5" in shown
    assert "TH&amp;THCS A Một" in shown


def test_page_asks_for_a_temperature_that_can_be(world, sign_in):
    answer = sign_in(world.head_a).get(
        PAGE, {"what": "cold", "place": f"school:{world.school_a.pk}", "temperature": "x"}
    )
    assert answer.status_code == 200
    assert read(answer).select("[name=levels]") == []
    assert read(answer).select(".field__error") != []


def test_only_cold_has_a_temperature(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        Closure.objects.create(
            area=world.province, reason="flood", temperature=3, valid_from=day(1), valid_to=day(2)
        )
