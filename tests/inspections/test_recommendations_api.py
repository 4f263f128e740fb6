"""The API of recommendations and visits: what a commune's own system, or a school's, reads and
answers."""

import datetime
import uuid

import pytest
from django.utils import timezone

from accounts.scoping import scope_for
from accounts.tokens import make_token
from core.models import Event, Operation
from core.permissions import KeyScope
from inspections.models import HeadCount, Recommendation, Visit
from inspections.selectors.visits import visits_to
from tests.api.conftest import Caller
from tests.inspections.conftest import add_communes
from tests.inspections.test_recommendations import answered, plan_of, recommend

pytestmark = pytest.mark.django_db
D = datetime.date


@pytest.fixture
def asked(world):
    """Of commune A one overdue too long and one to its school, of B one answered."""
    world.late = recommend(world, world.commune_a, due_on=D(2026, 9, 30))
    world.of_school = recommend(world, world.commune_a, school=world.school_a)
    world.of_b = answered(world, world.commune_b, due_on=D(2026, 11, 1))
    return world


def listed(user, query=""):
    answer = Caller(user).get(f"recommendations/{query}")
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["results"]]


def body(**more):
    return {"op_id": str(uuid.uuid4()), "date": "2026-10-12", "text": "Đã họp năm bản", **more}


def send(user, row, **more):
    return Caller(user).post(f"recommendations/{row.pk}/answer/", body(**more))


def test_each_reads_what_is_theirs(asked):
    w = asked
    everything = [w.late.pk, w.of_school.pk, w.of_b.pk]
    assert listed(w.commune_officer) == [w.late.pk, w.of_school.pk]
    assert listed(w.head_a) == [w.of_school.pk]
    assert listed(w.head_b) == []
    assert listed(w.district_officer) == [w.late.pk, w.of_school.pk]
    assert listed(w.province_officer) == everything
    # In charge of all three visits.
    assert listed(w.member_user) == everything
    for who in (w.teacher_a, w.system_admin, w.nobody):
        assert Caller(who).get("recommendations/").status_code == 403


def test_they_are_listed_by_area_state_and_lateness(asked):
    w = asked
    Recommendation.objects.filter(pk=w.of_school.pk).update(severity="serious")
    for query, wanted in {
        "?area=03003": [w.of_b.pk],
        "?area=C1": [w.late.pk, w.of_school.pk],
        "?state=answered": [w.of_b.pk],
        "?late=true": [w.late.pk],
        "?late=false&state=open": [w.of_school.pk],
        "?severity=serious": [w.of_school.pk],
        "?severity=none": [w.late.pk, w.of_b.pk],
    }.items():
        assert listed(w.province_officer, query) == wanted, query
    assert listed(w.commune_officer, "?area=03003") == []
    assert Caller(w.province_officer).get("recommendations/?area=99999").status_code == 404
    assert Caller(w.province_officer).get("recommendations/?state=new").status_code == 400
    assert Caller(w.province_officer).get("recommendations/?severity=awful").status_code == 400


def test_one_is_told_as_it_stands(asked):
    told = Caller(asked.commune_officer).get("recommendations/?late=true").json()["results"]
    assert told == [
        {
            "id": asked.late.pk,
            "visit": asked.late.visit_id,
            "commune": "03001",
            "commune_name": "Xã A Một",
            "school": None,
            "visited_on": "2026-09-15",
            "kind": "",
            "severity": "",
            "text": "Vận động học sinh",
            "owner": "Chủ tịch xã",
            "due_on": "2026-09-30",
            "state": "open",
            "days_late": 12,
            "shown_to": "C1",
            "remedy": "",
            "remedied_on": None,
            "answered_at": None,
            "reopened_at": None,
            "done_on": None,
            "evidence": "",
            "updated_at": "2026-10-12T07:10:00+07:00",
        }
    ]


def test_a_communes_own_system_answers_once_for_each_operation(asked):
    caller, sent = Caller(asked.commune_officer), body()
    address = f"recommendations/{asked.late.pk}/answer/"
    first = caller.post(address, sent)
    assert (first.status_code, first.json()["state"]) == (201, "answered")
    assert (first.json()["remedy"], first.json()["days_late"]) == ("Đã họp năm bản", 0)
    again = caller.post(address, sent)
    assert (again.status_code, again.json()) == (200, first.json())
    (event,) = Event.objects.filter(kind="recommendation.answered")
    assert (event.actor, event.object_id) == (asked.commune_officer, str(asked.late.pk))
    reused = caller.post(address, sent | {"text": "Khác"})
    assert (reused.status_code, reused.json()["code"]) == (409, "operation_reused")
    other = Caller(asked.head_a).post(f"recommendations/{asked.of_school.pk}/answer/", sent)
    assert (other.status_code, other.json()["code"]) == (409, "operation_reused")
    # Another answer, under another id, until it is confirmed.
    assert caller.post(address, body(text="Đã họp đủ bảy bản")).status_code == 201
    Recommendation.objects.filter(pk=asked.late.pk).update(state="done", done_on=asked.today)
    refused = caller.post(address, body())
    assert (refused.status_code, refused.json()["code"]) == (422, "state")
    assert Operation.objects.count() == 2


def test_a_school_answers_for_itself_alone(asked):
    assert send(asked.head_a, asked.of_school).status_code == 201
    assert send(asked.head_a, asked.late).status_code == 404
    for who in (asked.head_b, asked.commune_officer):
        assert send(who, asked.of_b).status_code == 404
    for who in (asked.member_user, asked.province_officer, asked.district_officer):
        assert send(who, asked.late).status_code == 403
    assert Recommendation.objects.get(pk=asked.late.pk).state == "open"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "   "}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"date": "2026-09-14"}, "date"),
        ({"date": "2026-10-13"}, "date"),
        ({"date": "1999-10-13"}, "date"),
        ({"op_id": "1"}, "op_id"),
    ],
)
def test_a_wrong_value_is_told_by_its_name_and_nothing_is_written(asked, wrong, field):
    answer = send(asked.commune_officer, asked.late, **wrong)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not Operation.objects.exists()
    assert Recommendation.objects.get(pk=asked.late.pk).state == "open"


@pytest.mark.parametrize("scope", list(KeyScope))
def test_a_key_reads_and_answers_only_what_it_was_made_for(asked, scope):
    caller = Caller(asked.commune_officer)
    _token, caller.secret = make_token(
        user=asked.commune_officer, name="Một", days=1, scopes=[scope]
    )
    reads = scope in (KeyScope.FIGURES, KeyScope.ACTIONS)
    assert caller.get("recommendations/").status_code == (200 if reads else 403)
    assert caller.get("inspections/").status_code == (200 if reads else 403)
    answer = caller.post(f"recommendations/{asked.late.pk}/answer/", body())
    assert answer.status_code == (201 if scope == KeyScope.ACTIONS else 403)


def test_visits_are_read_by_the_commune_visited_and_no_drafts(asked):
    w = asked
    draft = plan_of(w.cluster, w.district_officer)
    type(draft).objects.filter(pk=draft.pk).update(
        state="draft", approved_by=None, approved_at=None
    )
    Visit.objects.create(plan=draft, commune=w.commune_a, rank=1, reason="Thấp")

    def visits(user, query=""):
        answer = Caller(user).get(f"inspections/{query}")
        assert answer.status_code == 200, answer.content
        return [each["id"] for each in answer.json()["results"]]

    of_a, of_b = w.late.visit_id, w.of_b.visit_id
    assert visits(w.commune_officer) == [of_a]
    # The head of a school that was asked something; nobody asked anything of the other one.
    assert visits(w.head_a) == [of_a]
    assert visits(w.head_b) == []
    assert visits(w.commune_officer, "?state=planned") == []
    assert set(visits(w.province_officer)) > {of_a, of_b}
    assert Caller(w.teacher_a).get("inspections/").status_code == 403


def test_visits_are_told_by_the_rule_of_the_page(asked):
    """To a school once they were made and asked or counted something there, without the reason."""
    w = asked
    counted = Visit.objects.get(pk=w.of_b.visit_id)
    HeadCount.objects.create(
        visit=counted,
        school=w.school_b,
        school_class=w.class_b,
        date=D(2026, 9, 15),
        session="AM",
        counted=1,
        roll=2,
        counted_by=w.member_user,
        counted_at=timezone.now(),
    )

    def told(user):
        return {
            each["id"]: each["reason"]
            for each in Caller(user).get("inspections/").json()["results"]
        }

    of_a, of_b = w.late.visit_id, w.of_b.visit_id
    readers = {
        "commune_officer": {of_a: "Thấp"},
        "head_a": {of_a: ""},
        "head_b": {of_b: ""},
        "province_officer": {of_a: "Thấp", of_b: "Thấp"},
        "member_user": {of_a: "Thấp", of_b: "Thấp"},
    }
    for name, wanted in readers.items():
        assert told(getattr(w, name)) == wanted, name
    for name in ("commune_officer", "head_a", "head_b"):
        page = visits_to(scope_for(getattr(w, name))).values_list("pk", flat=True)
        assert set(page) == set(told(getattr(w, name))), name
    # A visit that is still to come is the commune's alone.
    Visit.objects.filter(pk=of_a).update(state="planned")
    assert (told(w.head_a), told(w.commune_officer)) == ({}, {of_a: "Thấp"})


def test_those_inspected_read_their_visits_in_one_order(asked):
    """Newest first; one whose day is not known comes last in its month, on both databases."""
    plan = plan_of(asked.province, asked.province_officer)
    (first,) = plan.visits.filter(commune=asked.commune_a)
    other = plan_of(asked.cluster, asked.district_officer)
    dayless = Visit.objects.create(
        plan=other, commune=asked.commune_a, rank=1, reason="Thấp", state="cancelled"
    )
    found = visits_to(scope_for(asked.commune_officer))
    assert [each.pk for each in found] == [first.pk, dayless.pk]


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize(
    ("who", "ceiling"),
    [("commune_officer", 14), ("province_officer", 16), ("member_user", 14)],
)
def test_queries_do_not_grow_with_rows(world, django_assert_max_num_queries, who, ceiling, count):
    for commune in [world.commune_a, *add_communes(world, count)]:
        recommend(world, commune, due_on=D(2026, 9, 16))
        recommend(world, commune, due_on=D(2026, 9, 16), reopened_at=timezone.now())
    caller = Caller(getattr(world, who))
    with django_assert_max_num_queries(ceiling):
        assert caller.get("recommendations/").status_code == 200
