"""What a phone keeps: own classes, some days, names only."""

import datetime
import json

import pytest

from attendance.leave.services import withdraw_leave
from attendance.models import Closure, YearFrame
from attendance.offline import selectors
from schools.models import Enrolment, School
from tests.api.test_registers import body, path, pupils
from tests.attendance.test_leaves import tell
from tests.world import PUPILS_6A

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def kept(caller, person):
    return kept_of(caller(person))


def kept_of(phone):
    answer = phone.get("pocket/")
    assert answer.status_code == 200
    return answer.json()


def test_own_classes_with_names_and_leave_and_nothing_else_of_a_pupil(world, caller):
    told = kept(caller, "teacher_a")
    assert [each["name"] for each in told["classes"]] == ["6A"]
    (only,) = told["classes"]
    assert sorted(row["name"] for row in only["roll"]) == sorted(PUPILS_6A)
    assert {frozenset(row) for row in only["roll"]} == {
        frozenset({"pupil", "name", "first", "end", "leaves"})
    }
    assert told["username"] == world.teacher_a.username
    assert {each["name"] for each in kept(caller, "head_a")["classes"]} == {
        "6A",
        "1+2 Háng Lìa",
    }


def test_days_around_today_with_what_was_sent(world, caller):
    first = pupils(world.class_a)[0]
    sent = caller("teacher_a").put(path(world), body([(first, "K")])).json()
    sheets = {each["date"]: each for each in kept(caller, "teacher_a")["classes"][0]["sheets"]}
    assert min(sheets) == str(world.today - 3 * DAY)
    assert max(sheets) == str(world.today + 7 * DAY)
    today = sheets[str(world.today)]
    assert (today["revision"], today["state"], today["receipt"]) == (1, "taken", sent["receipt"])
    assert today["marks"] == sent["marks"]
    tomorrow = sheets[str(world.today + DAY)]
    assert (tomorrow["revision"], tomorrow["state"]) == (0, "not_taken")


def test_a_closed_day_is_not_offered_but_its_register_is(world, caller):
    caller("teacher_a").put(path(world), body())
    Closure.objects.create(
        school=world.school_a,
        valid_from=world.today,
        valid_to=world.today + 2 * DAY,
        reason="flood",
        is_held=False,
    )
    days = {each["date"] for each in kept(caller, "teacher_a")["classes"][0]["sheets"]}
    assert str(world.today) in days
    assert str(world.today + DAY) not in days


def test_a_day_closed_meanwhile_is_refused_for_its_reason_and_the_others_go_through(world, caller):
    """Five registers wait on a phone; before it finds a signal one of their days is closed."""
    phone = caller("teacher_a")
    days = [world.today - back * DAY for back in range(5)]
    waiting = {day: body([(pupils(world.class_a)[0], "K")]) for day in days}
    Closure.objects.create(
        area=world.commune_a, reason="flood", valid_from=days[2], valid_to=days[2] + DAY
    )
    YearFrame.objects.create(
        year=world.year,
        school=world.school_a,
        valid_from=world.since,
        valid_to=world.today,
    )
    answers = {day: phone.put(path(world, date=day), sent) for day, sent in waiting.items()}
    assert [answers[day].status_code for day in days] == [422, 201, 422, 201, 201]
    told = [answers[day].json() for day in (days[0], days[2])]
    assert [each["code"] for each in told] == ["session_not_due", "session_not_due"]
    assert "đến 11/10/2026" in told[0]["message"]
    assert "Mưa lũ, sạt lở" in told[1]["message"]
    kept = {each["date"] for each in kept_of(phone)["classes"][0]["sheets"]}
    assert {str(days[0]), str(days[2]), str(world.today + DAY)} & kept == set()


def test_planned_leave_travels_as_days_and_reason_only(world, caller):
    told = {"last": 2, "note": "Đi viện tỉnh", "announced_by": "bà ngoại"}
    ids = [tell(world, 0, **told).pupil_id, tell(world, 1, first=8).pupil_id]
    ids.append(tell(world, 2, first=-9, last=-4).pupil_id)
    gone = withdraw_leave(leave=tell(world, 3), because="Ghi nhầm", by=world.teacher_a)
    answer = caller("teacher_a").get("pocket/")
    roll = {row["pupil"]: row for row in answer.json()["classes"][0]["roll"]}
    assert roll[ids[0]]["leaves"] == [
        {
            "first": str(world.today),
            "end": str(world.today + 3 * DAY),
            "session": "",
            "reason": "sick",
        }
    ]
    # Beyond the days kept, before them, withdrawn.
    assert [roll[pk]["leaves"] for pk in [*ids[1:], gone.pupil_id]] == [[], [], []]
    for word in ("viện", "ngoại"):
        assert word not in answer.content.decode()


def test_who_left_is_kept_with_the_day(world, caller):
    gone = pupils(world.class_a)[0]
    Enrolment.objects.filter(pupil=gone).update(valid_to=world.today, exit_reason="out")
    roll = {row["pupil"]: row for row in kept(caller, "teacher_a")["classes"][0]["roll"]}
    assert roll[gone]["end"] == str(world.today)
    Enrolment.objects.filter(pupil=gone).update(valid_to=world.today - 9 * DAY)
    roll = {row["pupil"]: row for row in kept(caller, "teacher_a")["classes"][0]["roll"]}
    assert gone not in roll


def test_a_phone_keeps_so_many_classes_and_says_when_there_are_more(world, caller, monkeypatch):
    assert kept(caller, "head_a")["is_cut"] is False
    monkeypatch.setattr(selectors, "MOST_CLASSES", 1)
    told = kept(caller, "head_a")
    assert (len(told["classes"]), told["is_cut"]) == (1, True)
    assert School.objects.count() == 2


def test_who_is_signed_in_and_the_token(world, caller, sign_in):
    client = sign_in(world.teacher_a)
    told = json.loads(client.get("/api/v1/session/").content)
    assert told["username"] == world.teacher_a.username
    assert len(told["csrf_token"]) == 64
    assert caller("nobody").get("session/").json()["username"] == world.nobody.username
