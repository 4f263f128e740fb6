"""Public holidays: what is proposed for a year, and that a person confirms each of them."""

import datetime

import pytest
from django.urls import reverse

from accounts.models import RoleGrant
from attendance.calendar.forms import MOST_HOLIDAYS
from attendance.calendar.public_holidays import holiday_proposals
from attendance.models import Closure
from core.lunar_new_year import TET
from core.models import Event
from tests.reports.register_builders import take

pytestmark = pytest.mark.django_db
PAGE = "attendance:holidays"


def of_year(start):
    return holiday_proposals(datetime.date(start, 8, 1), datetime.date(start + 1, 8, 1))


def sent(proposals, **changes):
    """The form as a browser sends it when nothing is changed but `changes`."""
    data = {}
    for each in proposals:
        if not each.is_asked:
            data[f"{each.key}-chosen"] = "on"
        data[f"{each.key}-first_day"] = each.first.isoformat()
        data[f"{each.key}-last_day"] = each.last.isoformat()
    return data | changes


def test_days_in_a_row_are_one_proposal():
    found = {each.first: (each.last, each.name) for each in of_year(2026)}
    assert found[datetime.date(2027, 2, 4)] == (datetime.date(2027, 2, 10), "Tết Nguyên Đán")
    # Friday, Saturday, and the Monday that makes up for the Saturday.
    assert found[datetime.date(2027, 4, 30)] == (
        datetime.date(2027, 5, 3),
        "Ngày Chiến thắng, Ngày Quốc tế Lao động",
    )
    assert found[datetime.date(2027, 4, 16)][0] == datetime.date(2027, 4, 16)


@pytest.mark.parametrize("year", [year for year in TET if year > 2020])
def test_tet_is_that_of_vietnam(year):
    tet = [each for each in of_year(year - 1) if each.name == "Tết Nguyên Đán"]
    assert len(tet) == 1
    assert TET[year] in tet[0].days


def test_what_not_every_school_has_is_asked():
    asked = {each.first for each in of_year(2026) if each.is_asked}
    assert asked == {datetime.date(2026, 8, 31), datetime.date(2026, 11, 24)}
    assert not any(each.is_asked for each in of_year(2020))


def test_nothing_is_closed_by_looking(world, sign_in):
    page = sign_in(world.province_officer).get(reverse(PAGE))
    assert page.status_code == 200
    assert [row.proposal.name for row in page.context["rows"]]
    assert not Closure.objects.exists()


def test_the_ticked_days_are_closed_in_one_act(world, sign_in):
    client, found = sign_in(world.province_officer), of_year(2026)
    tet = next(each for each in found if each.name == "Tết Nguyên Đán")
    changes = {
        "place": f"area:{world.province.pk}",
        f"{tet.key}-first_day": "2027-02-01",
        f"{tet.key}-last_day": "2027-02-14",
    }
    answer = client.post(reverse(PAGE), sent(found, **changes))
    assert answer.status_code == 302
    made = Closure.objects.order_by("valid_from")
    assert {each.area_id for each in made} == {world.province.pk}
    assert {(each.level, each.session, each.is_held) for each in made} == {("", "", False)}
    assert len(made) == sum(not each.is_asked for each in found)
    of_tet = made.get(note="Tết Nguyên Đán")
    # Both days included on the page; the last one is the day after in the table.
    assert (of_tet.valid_from, of_tet.valid_to) == (
        datetime.date(2027, 2, 1),
        datetime.date(2027, 2, 15),
    )
    assert Event.objects.filter(kind="calendar.closed").count() == len(made)


def test_what_is_closed_is_not_asked_again(world, sign_in):
    client, found = sign_in(world.province_officer), of_year(2026)
    client.post(reverse(PAGE), sent(found, place=f"area:{world.province.pk}"))
    for person in (world.province_officer, world.commune_officer, world.head_a):
        page = sign_in(person).get(reverse(PAGE))
        asked = {each.key for each in found if each.is_asked}
        assert {row.proposal.key for row in page.context["rows"]} == asked
        assert len(page.context["closed"]) == len(found) - len(asked)


def test_a_closed_part_of_the_province_leaves_the_rest_to_be_asked(world, sign_in):
    client, found = sign_in(world.province_officer), of_year(2026)
    client.post(reverse(PAGE), sent(found, place=f"area:{world.commune_a.pk}"))
    assert not client.get(reverse(PAGE)).context["closed"]
    assert sign_in(world.commune_officer).get(reverse(PAGE)).context["closed"]


def test_days_with_registers_are_refused_and_nothing_is_closed(world, sign_in):
    take(world.class_a, datetime.date(2026, 9, 1), {})
    answer = sign_in(world.province_officer).post(
        reverse(PAGE), sent(of_year(2026), place=f"area:{world.province.pk}")
    )
    assert answer.status_code == 422
    assert "Đã gửi 1 sổ điểm danh" in answer.content.decode()
    assert not Closure.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2027-02-10", "2027-02-04", "không được trước"),
        ("2027-02-04", "", "Hãy chọn ngày."),
        ("2027-02-30", "2027-03-01", "ngày/tháng/năm"),
        ("2027-02-01", "2027-05-01", f"Nhiều nhất {MOST_HOLIDAYS} ngày"),
    ],
)
def test_wrong_days_are_told_at_their_row(world, sign_in, first, last, told):
    tet = next(each for each in of_year(2026) if each.name == "Tết Nguyên Đán")
    changes = {f"{tet.key}-first_day": first, f"{tet.key}-last_day": last}
    answer = sign_in(world.province_officer).post(
        reverse(PAGE), sent(of_year(2026), place=f"area:{world.province.pk}", **changes)
    )
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Closure.objects.exists()


def test_a_place_elsewhere_and_an_empty_choice_are_refused(world, sign_in):
    client, found = sign_in(world.commune_officer), of_year(2026)
    foreign = client.post(reverse(PAGE), sent(found, place=f"area:{world.commune_b.pk}"))
    nothing = client.post(reverse(PAGE), {"place": f"area:{world.commune_a.pk}", **days_of(found)})
    assert (foreign.status_code, nothing.status_code) == (422, 422)
    assert "ít nhất một ngày lễ" in nothing.content.decode()
    assert not Closure.objects.exists()


def days_of(found):
    return {name: value for name, value in sent(found).items() if not name.endswith("chosen")}


def test_a_place_closed_does_not_close_the_other_places_of_its_keeper(world, sign_in):
    RoleGrant.objects.create(
        user=world.head_a, role="school_head", valid_from=world.since, school=world.school_b
    )
    client, found = sign_in(world.head_a), of_year(2026)
    client.post(reverse(PAGE), sent(found, place=f"school:{world.school_a.pk}"))
    assert not client.get(reverse(PAGE)).context["closed"]
    client.post(reverse(PAGE), sent(found, place=f"school:{world.school_b.pk}"))
    asked = sum(each.is_asked for each in found)
    assert len(client.get(reverse(PAGE)).context["closed"]) == len(found) - asked


def test_of_a_row_that_nobody_ticked_nothing_is_asked(world, sign_in):
    found = of_year(2026)
    tet = next(each for each in found if each.name == "Tết Nguyên Đán")
    data = sent(found, place=f"area:{world.province.pk}", **{f"{tet.key}-first_day": ""})
    data.pop(f"{tet.key}-chosen")
    answer = sign_in(world.province_officer).post(reverse(PAGE), data)
    assert answer.status_code == 302
    assert not Closure.objects.filter(note="Tết Nguyên Đán").exists()
