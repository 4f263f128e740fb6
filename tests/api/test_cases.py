"""Cases of children through the API: read with and without names, visits noted once."""

import uuid

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime

from accounts.tokens import make_token
from core.models import Event
from core.permissions import KeyScope
from mobilisation.models import FamilyVisit
from schools.models import NamesShown
from tests.frozen import freeze_time
from tests.mobilisation.case_builders import close, follow, visit
from tests.mobilisation.survey_workbooks import make_child, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(world):
    """A case of a child of the survey of commune A."""
    return follow(world, person=make_child(make_round(world.commune_a), "Giàng A Súa"))


def note(**changes):
    told = {
        "op_id": str(uuid.uuid4()),
        "made_on": "2026-10-12",
        "way": "call",
        "who": "Trưởng bản",
        "found": "Em ở nhà trông em",
        "next_on": "2026-10-15",
    }
    return told | changes


def test_cases_are_read_by_village_with_their_last_visit(world, case, caller):
    visit(world, case, made_on=world.today)
    answer = caller("commune_officer").get(f"cases/?area={world.commune_a.code}&state=open")
    (row,) = answer.json()["results"]
    assert (row["id"], row["child"], row["village"]) == (case.pk, "Giàng A Súa", "Háng Lìa")
    assert (row["state"], row["is_late"], row["outcome"]) == ("open", False, "")
    assert (row["visits"], row["last_visit_on"]) == (1, world.today.isoformat())
    assert row["commune"] == world.commune_a.code
    assert NamesShown.objects.get(kind="api").names == 1


def test_a_case_that_was_visited_is_among_what_changed(world, case, caller):
    officer, since = caller("commune_officer"), "?updated_since=2026-10-12T09:00:00Z"
    with freeze_time("2026-10-12 09:00:00"):
        assert officer.get(f"cases/{since}").json()["results"] == []
        assert officer.post(f"cases/{case.pk}/visits/", note()).status_code == 201
        (row,) = officer.get(f"cases/{since}").json()["results"]
    assert (row["id"], row["visits"]) == (case.pk, 1)
    assert parse_datetime(row["updated_at"]) == parse_datetime("2026-10-12T09:00:00Z")


def test_lists_are_cut_by_state_lateness_and_commune(world, case, caller):
    other = follow(world, person=make_child(make_round(world.commune_a), "Vàng A Dế", form="2"))
    close(world, other, outcome="refused")
    type(case).objects.filter(pk=case.pk).update(due_on="2026-10-01")
    officer = caller("commune_officer")

    def ids(query=""):
        return [each["id"] for each in officer.get(f"cases/{query}").json()["results"]]

    assert sorted(ids()) == [case.pk, other.pk]
    assert ids("?state=closed") == [other.pk]
    assert ids("?late=true") == [case.pk]
    assert ids(f"?area={world.commune_b.code}") == []
    assert officer.get("cases/?state=lost").status_code == 400


def test_outside_the_places_there_is_no_case(world, case, caller):
    assert caller("teacher_b").get("cases/").json()["count"] == 0
    assert caller("teacher_b").post(f"cases/{case.pk}/visits/", note()).status_code == 404
    assert caller("province_officer").get("cases/").status_code == 403
    assert FamilyVisit.objects.count() == 0


def test_a_key_for_figures_gets_no_name_and_leaves_no_trail(world, case):
    _token, secret = make_token(
        user=world.commune_officer, name="Số liệu", days=3, scopes=[KeyScope.FIGURES]
    )
    headers = {"Authorization": f"Bearer {secret}"}
    answer = Client().get("/api/v1/cases/", headers=headers)
    assert answer.json()["results"][0]["child"] is None
    assert "Giàng A Súa" not in answer.content.decode()
    assert not NamesShown.objects.exists()
    sent = Client().post(
        f"/api/v1/cases/{case.pk}/visits/", note(), content_type="application/json", headers=headers
    )
    assert (sent.status_code, sent.json()["code"]) == (403, "key_scope")


def test_a_visit_is_noted_once_however_often_it_is_sent(world, case, caller):
    member, told = caller("member_user"), note()
    first = member.post(f"cases/{case.pk}/visits/", told)
    second = member.post(f"cases/{case.pk}/visits/", told)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    (kept,) = FamilyVisit.objects.all()
    assert (kept.case, kept.way, kept.recorded_by) == (case, "call", world.member_user)
    assert Event.objects.filter(kind="case.visited").count() == 1
    again = member.post(f"cases/{case.pk}/visits/", told | {"found": "Khác"})
    assert (again.status_code, again.json()["code"]) == (409, "operation_reused")
    theirs = caller("commune_officer").post(f"cases/{case.pk}/visits/", told)
    assert theirs.status_code == 409
    assert FamilyVisit.objects.count() == 1


def test_a_teacher_notes_a_visit_of_a_pupil(world, caller):
    mine = follow(world, world.class_a.spells.first().pupil, by=world.teacher_a)
    assert caller("teacher_a").post(f"cases/{mine.pk}/visits/", note()).status_code == 201


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"found": ""}, 400),
        ({"found": "x" * 2001}, 400),
        ({"found": "   "}, 400),
        ({"op_id": "1"}, 400),
        ({"way": "letter"}, 400),
        ({"made_on": "1899-01-01"}, 400),
        ({"made_on": "2026-10-13"}, 422),
        ({"next_on": "2026-10-11"}, 422),
    ],
)
def test_what_cannot_be_is_refused_and_the_id_may_be_used_again(case, caller, changes, status):
    officer, told = caller("commune_officer"), note()
    answer = officer.post(f"cases/{case.pk}/visits/", told | changes)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert not FamilyVisit.objects.exists()
    assert officer.post(f"cases/{case.pk}/visits/", told).status_code == 201


def test_a_closed_case_takes_no_visit(world, case, caller):
    close(world, case, outcome="refused")
    answer = caller("commune_officer").post(f"cases/{case.pk}/visits/", note())
    assert (answer.status_code, answer.json()["code"]) == (422, "refused")
    assert "đã đóng" in answer.json()["message"]
