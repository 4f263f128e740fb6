"""A visit is a member's only while the term holds under which it was given.

Every address of visits and recommendations, with a member whose term ended yesterday, ends
today (its last day), starts tomorrow, and with a second row that goes on.
"""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from inspections.models import Assignment, Committee, Member, Recommendation, Visit
from inspections.services.visits import record_visit
from tests.inspections.visits import planned_visit

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
# valid_from and valid_to of the term, from today; and whether it holds today.
TERMS = {
    "ended yesterday": ((-30, 0), False),
    "today is the last day": ((-30, 1), True),
    "starts tomorrow": ((1, None), False),
    "goes on": ((-30, None), True),
}


def second_row(world):
    """The same person sits in another committee, with a commune, so the right itself is held."""
    committee = Committee.objects.create(
        area=world.cluster, name="Ban Chỉ đạo cụm", valid_from=world.since
    )
    member = Member.objects.create(
        committee=committee,
        user=world.member_user,
        full_name="Vàng Văn Thắng",
        valid_from=world.since,
    )
    Assignment.objects.create(
        committee=committee, member=member, commune=world.commune_a2, valid_from=world.since
    )


def given(world, term):
    """A visit of the member's row, whose term is then set; with a recommendation."""
    visit = planned_visit(world)
    found = Recommendation.objects.create(
        visit=visit, text="Vận động", owner="UBND xã", due_on=world.today
    )
    start, end = term
    world.member.valid_from = world.today + start * DAY
    world.member.valid_to = None if end is None else world.today + end * DAY
    world.member.save()
    return visit, found


def carried_out(client, recommendation):
    """The POST that says that a recommendation was carried out today."""
    url = reverse("inspections:recommendation_done", args=[recommendation.pk])
    return client.post(url, {"done_on": "12/10/2026", "evidence": "Đủ sổ"})


def recorded():
    return {
        "visited_on": "12/10/2026",
        "result": "Đếm được 30/35 em.",
        "rec-TOTAL_FORMS": "0",
        "rec-INITIAL_FORMS": "0",
    }


@pytest.mark.parametrize("has_second_row", [False, True])
@pytest.mark.parametrize("name", TERMS)
def test_every_address_of_a_visit_asks_for_the_term(world, sign_in, name, has_second_row):
    term, holds = TERMS[name]
    visit, recommendation = given(world, term)
    if has_second_row:
        second_row(world)
    client = sign_in(world.member_user)
    page = reverse("inspections:visit", args=[visit.pk])
    refused = {404} if has_second_row else {403, 404}

    assert (client.get(page).status_code == 200) == holds
    mine, api = client.get(reverse("inspections:mine")), client.get(reverse("api:inspections"))
    if holds or has_second_row:
        assert (page in mine.content.decode()) == holds
        assert [row["id"] for row in api.json()["results"]] == ([visit.pk] if holds else [])
    else:
        assert {mine.status_code, api.status_code} == {403}

    answers = [client.post(page, recorded()), carried_out(client, recommendation)]
    assert {each.status_code for each in answers} <= ({302} if holds else refused)
    visit.refresh_from_db()
    recommendation.refresh_from_db()
    assert visit.state == ("done" if holds else "planned")
    assert recommendation.state == ("done" if holds else "open")


@pytest.mark.parametrize("name", TERMS)
def test_the_service_asks_for_the_term_too(world, name):
    term, holds = TERMS[name]
    visit, _recommendation = given(world, term)
    values = {"visit": visit, "visited_on": world.today, "result": "Có", "by": world.member_user}
    if holds:
        assert record_visit(**values).state == "done"
        return
    with pytest.raises(ValidationError) as refused:
        record_visit(**values)
    assert refused.value.code == "not_in_charge"
    assert Visit.objects.get().state == "planned"


def test_a_committee_that_ended_ends_the_rights_of_its_members(world, sign_in):
    visit, _recommendation = given(world, (-30, None))
    second_row(world)
    Committee.objects.filter(pk=world.committee.pk).update(valid_to=world.today)
    client = sign_in(world.member_user)
    assert client.get(reverse("inspections:visit", args=[visit.pk])).status_code == 404
    assert client.get(reverse("reports:area", args=[world.commune_a.pk])).status_code == 404
    assert client.get(reverse("reports:area", args=[world.commune_a2.pk])).status_code == 200


def test_an_officer_still_reads_the_visit_of_a_member_whose_term_ended(world, sign_in):
    visit, recommendation = given(world, (-30, 0))
    client = sign_in(world.province_officer)
    assert client.get(reverse("inspections:visit", args=[visit.pk])).status_code == 200
    Visit.objects.filter(pk=visit.pk).update(visited_on=world.today)
    assert carried_out(client, recommendation).status_code == 302
