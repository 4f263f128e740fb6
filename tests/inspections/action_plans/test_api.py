"""The API of tasks: read by area, state and lateness; reported on by a commune's own system."""

import datetime
import uuid

import pytest
from django.utils.dateparse import parse_datetime

from accounts.tokens import make_token
from core.permissions import KeyScope
from inspections.models import ActionProgress
from tests.api.conftest import Caller
from tests.frozen import freeze_time

from .builders import make_action, make_action_plan

D = datetime.date


@pytest.fixture
def tasks(world):
    """Of commune A one late and one done, of B one to be done."""
    of_a = make_action_plan(world.commune_a, by=world.commune_officer)
    of_b = make_action_plan(world.commune_b, by=world.province_officer)
    world.late = make_action(of_a, by=world.commune_officer, due_on=D(2026, 10, 1))
    world.done = make_action(of_a, by=world.head_a, state="done")
    world.of_b = make_action(of_b, by=world.province_officer)
    return world


def listed(user, query=""):
    answer = Caller(user).get(f"actions/{query}")
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["results"]]


def body(**more):
    return {
        "op_id": str(uuid.uuid4()),
        "date": "2026-10-12",
        "words": "Đã họp năm bản",
        **more,
    }


def test_tasks_are_listed_by_area_state_and_lateness(tasks):
    w = tasks
    assert listed(w.commune_officer) == [w.late.pk, w.done.pk]
    assert listed(w.province_officer) == [w.late.pk, w.of_b.pk, w.done.pk]
    assert listed(w.province_officer, "?area=03003") == [w.of_b.pk]
    assert listed(w.province_officer, "?area=12&state=open") == [w.late.pk, w.of_b.pk]
    assert listed(w.province_officer, "?late=true") == [w.late.pk]
    assert listed(w.province_officer, "?late=false&state=open") == [w.of_b.pk]
    # Another's area is as if it had no tasks.
    assert listed(w.commune_officer, "?area=03003") == []
    assert listed(w.head_b) == []
    assert Caller(w.province_officer).get("actions/?area=99999").status_code == 404
    assert Caller(w.province_officer).get("actions/?state=new").status_code == 400


def test_a_task_that_was_reported_on_is_among_what_changed(tasks):
    officer, since = Caller(tasks.commune_officer), "?updated_since=2026-10-12T09:00:00Z"
    with freeze_time("2026-10-12 09:00:00"):
        assert officer.get(f"actions/{since}").json()["results"] == []
        answer = officer.post(f"actions/{tasks.late.pk}/progress/", body())
        (row,) = officer.get(f"actions/{since}").json()["results"]
    assert answer.status_code == 201
    assert row == answer.json()
    assert parse_datetime(row["updated_at"]) == parse_datetime("2026-10-12T09:00:00Z")


def test_a_task_is_told_as_it_stands(tasks):
    (told,) = Caller(tasks.commune_officer).get("actions/?late=true").json()["results"]
    # Made by the builder, which leaves no event.
    assert told.pop("updated_at") == "2000-01-01T07:00:00+07:00"
    assert told == {
        "id": tasks.late.pk,
        "follows_from": "plan",
        "follows_from_id": tasks.late.plan_id,
        "area": "03001",
        "area_name": "Xã A Một",
        "school": None,
        "member": None,
        "organisation": "",
        "what": "Mỗi bản họp một buổi về việc đi học",
        "reason": "",
        "target": "",
        "indicator": "",
        "target_value": None,
        "due_on": "2026-10-01",
        "state": "open",
        "percent": None,
        "days_late": 11,
        "shown_to": "C1",
    }


def test_a_communes_own_system_reports_once_for_each_operation(tasks):
    caller, sent = Caller(tasks.commune_officer), body(percent=50)
    address = f"actions/{tasks.late.pk}/progress/"
    first = caller.post(address, sent)
    assert (first.status_code, first.json()["percent"]) == (201, 50)
    again = caller.post(address, sent)
    assert (again.status_code, again.json()["percent"]) == (200, 50)
    assert ActionProgress.objects.count() == 1
    done = caller.post(address, body(done=True))
    assert (done.status_code, done.json()["state"]) == (201, "done")
    refused = caller.post(address, body())
    assert (refused.status_code, refused.json()["code"]) == (422, "state")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"words": ""}, "words"),
        ({"words": "x" * 2001}, "words"),
        ({"percent": 101}, "percent"),
        ({"date": "2026-10-13"}, "date"),
        ({"date": "1999-10-13"}, "date"),
        ({"op_id": "1"}, "op_id"),
    ],
)
def test_a_wrong_value_is_told_by_its_name_and_nothing_is_written(tasks, wrong, field):
    answer = Caller(tasks.commune_officer).post(f"actions/{tasks.late.pk}/progress/", body(**wrong))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not ActionProgress.objects.exists()


def test_the_id_of_another_report_is_refused(tasks):
    sent = body()
    Caller(tasks.commune_officer).post(f"actions/{tasks.late.pk}/progress/", sent)
    answer = Caller(tasks.province_officer).post(f"actions/{tasks.of_b.pk}/progress/", sent)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["op_id"])


def test_tasks_of_others_are_not_there(tasks):
    for user in (tasks.commune_officer, tasks.head_a, tasks.member_user):
        answer = Caller(user).post(f"actions/{tasks.of_b.pk}/progress/", body())
        assert answer.status_code == 404
    assert not ActionProgress.objects.exists()


@pytest.mark.parametrize("scope", list(KeyScope))
def test_a_key_reports_only_when_it_was_made_for_that(tasks, scope):
    caller = Caller(tasks.commune_officer)
    _token, caller.secret = make_token(
        user=tasks.commune_officer, name="Một", days=1, scopes=[scope]
    )
    answer = caller.post(f"actions/{tasks.late.pk}/progress/", body())
    assert answer.status_code == (201 if scope == KeyScope.ACTIONS else 403)
