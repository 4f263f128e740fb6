"""A commune's own committee: kept by its officer and the cluster's, seen by the province."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.scoping import scope_for
from core.models import Event
from core.months import Month
from core.permissions import Permission as P
from inspections.models import Committee, Meeting, Member
from inspections.selectors.committees import communes_without_anybody
from inspections.selectors.members import member_in_charge, members_for
from inspections.services.committees import (
    appoint_member,
    assign_commune,
    end_assignment,
    found_committee,
)
from schools.areas.selectors.tree import AreaTree
from tests.html_query import read
from tests.world import make_user

D = datetime.date
TODAY = D(2026, 10, 12)
OFFICERS = ["commune_officer", "district_officer", "province_officer"]
OTHERS = ["teacher_a", "head_a", "member_user", "system_admin", "nobody"]


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


@pytest.fixture
def own(world):
    """The committee of commune A with a head, founded by its officer."""
    committee = found_committee(
        area=world.commune_a,
        name="Ban Chỉ đạo xã A Một",
        kind="universal",
        valid_from=TODAY,
        by=world.commune_officer,
    )
    appoint_member(
        committee=committee,
        full_name="Lò Văn Sơn",
        role="head",
        valid_from=TODAY,
        by=world.commune_officer,
    )
    return committee


@pytest.fixture
def officer_b(world):
    """The officer of another commune, under another cluster."""
    return make_user(
        "commune_b", "Giàng A Chu", "commune_officer", since=world.since, area=world.commune_b
    )


def told(committee):
    """Each page that changes a committee, with what is sent there."""
    member = committee.members.first()
    return {
        "member_appoint": (
            (committee.pk,),
            {"full_name": "Tẩn Thị Sen", "role": "member", "valid_from": "12/10/2026"},
        ),
        "regulation_set": (
            (committee.pk,),
            {
                "paper": "02/QC-BCĐ",
                "meets_every": "3",
                "reports_every": "1",
                "articles": "",
                "valid_from": "12/10/2026",
            },
        ),
        "meeting_add": (
            (committee.pk,),
            {
                "held_on": "12/10/2026",
                "place": "Phòng họp",
                "chair": member.pk,
                "present": [member.pk],
                "content": "Rà soát trẻ bỏ học.",
                "decided": "Mỗi người một bản.",
            },
        ),
        "assign": (
            (committee.pk, member.pk),
            {"commune": committee.area_id, "duty": "", "valid_from": "12/10/2026"},
        ),
        "member_end": ((committee.pk, member.pk), {"on": "20/10/2026"}),
    }


@pytest.mark.parametrize("name", OFFICERS)
def test_a_committee_is_founded_by_the_officer_of_the_place_or_above(world, sign_in, name):
    client = sign_in(getattr(world, name))
    answer = client.post(
        url("committee_found"),
        {
            "area": world.commune_a.pk,
            "kind": "universal",
            "name": "Ban Chỉ đạo xã A Một",
            "valid_from": "12/10/2026",
        },
    )
    made = Committee.objects.get(area=world.commune_a)
    assert answer["Location"] == url("committee", made.pk)
    event = Event.objects.order_by("pk").last()
    assert (event.kind, event.actor, event.area_id) == (
        "committee.founded",
        getattr(world, name),
        world.commune_a.pk,
    )


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("commune_officer", {"commune_a"}),
        ("district_officer", {"cluster", "commune_a", "commune_a2"}),
    ],
)
def test_only_own_places_are_offered_and_taken(world, sign_in, name, places):
    client = sign_in(getattr(world, name))
    page = read(client.get(url("committee_found")))
    offered = {each.get("value") for each in page.select("[name=area] option")} - {"", None}
    assert offered == {str(getattr(world, each).pk) for each in places}
    for elsewhere in (world.commune_b, world.province):
        sent = {"area": elsewhere.pk, "kind": "universal", "name": "X", "valid_from": "12/10/2026"}
        assert client.post(url("committee_found"), sent).status_code == 422
    assert not Committee.objects.filter(name="X").exists()


@pytest.mark.parametrize("page", ["member_appoint", "regulation_set", "meeting_add", "assign"])
@pytest.mark.parametrize("name", OFFICERS)
def test_its_officers_change_it(own, world, sign_in, name, page):
    args, sent = told(own)[page]
    client = sign_in(getattr(world, name))
    assert client.get(url(page, *args)).status_code == 200
    answer = client.post(url(page, *args), sent)
    assert answer.status_code == 302, answer.content.decode()
    event = Event.objects.order_by("pk").last()
    assert (event.actor, event.area_id) == (getattr(world, name), world.commune_a.pk)
    assert read(client.get(url("committee", own.pk))).select("h1")


@pytest.mark.parametrize("page", ["member_appoint", "regulation_set", "meeting_add", "member_end"])
@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_does(own, world, sign_in, name, page):
    args, sent = told(own)[page]
    client = sign_in(getattr(world, name))
    before = Event.objects.count()
    assert client.post(url(page, *args), sent).status_code in {403, 404}
    assert client.get(url("committee", own.pk)).status_code in {403, 404}
    assert Event.objects.filter(area_id=world.commune_a.pk).count() == before
    assert not Meeting.objects.exists()


@pytest.mark.parametrize("page", ["member_appoint", "regulation_set", "meeting_add", "member_end"])
def test_the_commune_beside_neither_sees_nor_changes_it(own, officer_b, sign_in, page):
    args, sent = told(own)[page]
    client = sign_in(officer_b)
    assert client.post(url(page, *args), sent).status_code == 404
    assert client.get(url("committee", own.pk)).status_code == 404
    assert own.name not in client.get(url("committees")).content.decode()


@pytest.mark.parametrize("page", ["member_appoint", "regulation_set", "meeting_add", "member_end"])
def test_a_commune_changes_nothing_in_the_committee_above_it(world, sign_in, page):
    committee = world.committee
    args, sent = told(committee)[page]
    client = sign_in(world.commune_officer)
    assert client.post(url(page, *args), sent).status_code in {403, 404}
    assert client.get(url("committee", committee.pk)).status_code in {403, 404}
    assert committee.name not in client.get(url("committees")).content.decode()


def test_the_province_sees_every_committee(own, world, sign_in):
    text = sign_in(world.province_officer).get(url("committees")).content.decode()
    assert own.name in text
    assert world.committee.name in text
    text = read(sign_in(world.commune_officer).get(url("committees"))).one("main").text
    assert own.name in text
    assert "Danh mục kiểm tra" not in text


@pytest.mark.parametrize("name", ["commune_officer", "district_officer"])
def test_checklist_criteria_and_points_stay_with_the_province(own, world, sign_in, name):
    client = sign_in(getattr(world, name))
    for page in ("questions", "question_add", "criteria", "criterion_add"):
        assert client.get(url(page)).status_code == 403
    scope = scope_for(getattr(world, name))
    assert scope.may(P.MANAGE_COMMITTEES)
    assert not scope.may(P.MANAGE_CRITERIA)


def test_a_communes_own_committee_says_of_no_commune_that_nobody_has_it(own, world, sign_in):
    client = sign_in(world.commune_officer)
    assert read(client.get(url("committee", own.pk))).texts(".notice--warning strong") == []
    # That of the province is not silenced by what a commune writes down itself.
    tree, places = AreaTree.on(TODAY), scope_for(world.province_officer).places(P.VIEW_COMMITTEES)
    member = own.members.get()
    for each in world.member.assignments.all():
        end_assignment(assignment=each, on=TODAY, by=world.province_officer)
    assign_commune(
        member=member, commune=world.commune_a, valid_from=TODAY, by=world.commune_officer
    )
    assert world.commune_a in communes_without_anybody(places, tree, on=TODAY)


def test_who_is_inspected_does_not_inspect(own, approved, flagged):
    member = own.members.get()
    assign_commune(
        member=member, commune=flagged.commune_a, valid_from=TODAY, by=flagged.commune_officer
    )
    month = Month(2026, 10)
    assert member not in members_for(approved, month=month)
    assert member_in_charge(month, area=flagged.province)[flagged.commune_a.pk] != member.pk
    Member.objects.exclude(pk=member.pk).update(valid_to=D(2026, 9, 1))
    assert flagged.commune_a.pk not in member_in_charge(month, area=flagged.province)


@pytest.mark.parametrize(
    ("name", "is_taken"), [("commune_officer", True), ("district_officer", False)]
)
def test_nobody_opens_the_names_of_children_to_themselves(own, world, name, is_taken):
    """The commune's officer follows the children already; a cluster sees figures alone."""
    person = getattr(world, name)
    member = appoint_member(
        committee=own,
        full_name=person.full_name,
        role="member",
        valid_from=TODAY,
        by=person,
        user=person,
    )

    def assign(by):
        assign_commune(member=member, commune=world.commune_a, valid_from=TODAY, by=by)

    if is_taken:
        assign(person)
        return
    with pytest.raises(ValidationError) as refused:
        assign(person)
    assert refused.value.code == "own_account"
    assert not scope_for(person).may(P.FOLLOW_CHILDREN)
    # Another officer may: the event says who did.
    assign(world.province_officer)
    assert scope_for(person).may(P.FOLLOW_CHILDREN)
