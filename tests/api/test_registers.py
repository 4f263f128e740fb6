"""Registers through the API: the same service as the sheet, with answers for machines."""

import datetime
import uuid

import pytest

from attendance.models import Absence, Register, RegisterRevision
from schools.models import Enrolment
from tests.attendance.test_registers import know_the_day

pytestmark = pytest.mark.django_db


def pupils(school_class):
    return list(
        Enrolment.objects.filter(school_class=school_class)
        .order_by("pk")
        .values_list("pupil_id", flat=True)
    )


def path(world, *, school_class=None, date=None, session="am"):
    return f"registers/{(school_class or world.class_a).pk}/{date or world.today}/{session}/"


def body(marks=(), **more):
    return {
        "op_id": str(uuid.uuid4()),
        "base_revision": 0,
        "marks": [{"pupil": pupil, "kind": kind} for pupil, kind in marks],
    } | more


def test_first_is_created_and_the_same_again_is_answered_alike(world, caller):
    teacher = caller("teacher_a")
    first, second, *_rest = pupils(world.class_a)
    sent = body([(first, "K")], device_time="2026-10-12T07:05:00+07:00")
    sent["marks"].append({"pupil": second, "kind": "P", "reason": "sick"})

    created = teacher.put(path(world), sent)
    again = teacher.put(path(world), sent)

    assert (created.status_code, again.status_code) == (201, 200)
    assert created.json() == again.json()
    assert RegisterRevision.objects.count() == 1
    told = created.json()
    assert (told["revision"], told["roll"], told["state"]) == (1, 6, "taken")
    assert told["marks"] == [
        {"pupil": first, "kind": "K", "reason": ""},
        {"pupil": second, "kind": "P", "reason": "sick"},
    ]
    assert told["op_id"] == sent["op_id"]
    assert len(told["receipt"]) == 6
    assert teacher.get(path(world)).json() == told
    assert set(Absence.objects.values_list("pupil_id", "mark", "reason")) == {
        (first, "K", ""),
        (second, "P", "sick"),
    }
    revision = RegisterRevision.objects.get()
    assert revision.sent_by == world.teacher_a
    assert revision.device_time == datetime.datetime(2026, 10, 12, 0, 5, tzinfo=datetime.UTC)


def test_not_held_needs_no_marks(world, caller):
    answer = caller("teacher_a").put(
        path(world), {"op_id": str(uuid.uuid4()), "base_revision": 0, "not_held": "cold"}
    )
    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["not_held"]) == ("not_held", "cold")


def test_stale_revision_is_told_with_what_the_server_holds(world, caller):
    teacher, head = caller("teacher_a"), caller("head_a")
    first, *_rest = pupils(world.class_a)
    held = teacher.put(path(world), body([(first, "K")])).json()
    late = head.put(path(world), body([(first, "P")]))
    assert late.status_code == 409
    assert late.json()["pupils"] == [first]
    assert (late.json()["code"], late.json()["register"]) == ("stale_revision", held)
    assert RegisterRevision.objects.count() == 1


def test_marks_of_two_devices_are_merged(world, caller):
    teacher, head = caller("teacher_a"), caller("head_a")
    first, second, *_rest = pupils(world.class_a)
    teacher.put(path(world), body([(first, "K")]))
    sent = body([(second, "P")])
    late = head.put(path(world), sent)
    assert late.status_code == 201
    assert late.json()["revision"] == 2
    assert [mark["pupil"] for mark in late.json()["marks"]] == [first, second]
    assert head.put(path(world), sent).json() == late.json()


def test_a_question_comes_with_both_versions_put_together(world, caller):
    teacher, head = caller("teacher_a"), caller("head_a")
    first, second, third, *_rest = pupils(world.class_a)
    teacher.put(path(world), body([(first, "K"), (second, "K")]))
    teacher.put(path(world), body([(first, "K"), (third, "M")], base_revision=1))
    late = head.put(path(world), body([(second, "K"), (third, "P")], base_revision=1))
    assert late.status_code == 409
    assert late.json()["pupils"] == [third]
    assert late.json()["merged"] == []  # the head took the first back, the teacher the second


def test_marks_merged_unseen_stay_when_the_operation_before_is_named(world, caller):
    teacher, head = caller("teacher_a"), caller("head_a")
    first, second, third, *_rest = pupils(world.class_a)
    head.put(path(world), body([(second, "P")]))
    sent = body([(first, "K")])
    teacher.put(path(world), sent)
    more = body([(first, "K"), (third, "M")], base_revision=2, base_op=sent["op_id"])
    told = teacher.put(path(world), more).json()
    assert [mark["pupil"] for mark in told["marks"]] == [first, second, third]


def test_a_register_written_by_another_person_is_refused(world, caller):
    head = caller("head_a")
    answer = head.put(path(world), body(sender="lo.van.khac"))
    assert (answer.status_code, answer.json()["code"]) == (403, "another_person")
    assert Register.objects.count() == 0
    assert head.put(path(world), body(sender=world.head_a.username)).status_code == 201


def test_what_was_decided_against_is_kept(world, caller):
    first, *_rest = pupils(world.class_a)
    sent = body([(first, "K")], set_aside=[{"pupil": first, "kind": ""}])
    assert caller("teacher_a").put(path(world), sent).status_code == 201
    assert RegisterRevision.objects.get().set_aside == {str(first): ["", ""]}


def test_an_id_used_with_other_content_is_refused(world, caller):
    teacher = caller("teacher_a")
    first, *_rest = pupils(world.class_a)
    sent = body([(first, "K")])
    held = teacher.put(path(world), sent).json()
    sent["marks"][0]["kind"] = "P"
    answer = teacher.put(path(world), sent)
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["register"]) == ("operation_reused", held)


def test_what_cannot_be_taken_is_unprocessable(world, caller):
    teacher = caller("teacher_a")
    stranger = pupils(world.class_b)[0]
    answer = teacher.put(path(world), body([(stranger, "K")]))
    assert (answer.status_code, answer.json()["code"]) == (422, "pupil_not_on_roll")
    assert answer.json()["pupils"] == [stranger]
    for date, session, code in [
        (world.today + datetime.timedelta(days=1), "am", "session_not_due"),
        (world.today, "pm", "session_not_due"),
        (world.since - datetime.timedelta(days=400), "am", "session_not_due"),
    ]:
        answer = teacher.put(path(world, date=date, session=session), body())
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["message"]
    yesterday = world.today - datetime.timedelta(days=1)
    assert teacher.put(path(world, date=yesterday), body()).status_code == 201
    answer = teacher.put(path(world, date=yesterday), body(base_revision=1))
    assert answer.json()["code"] == "correction_reason_missing"
    answer = teacher.put(
        path(world, date=yesterday), body(base_revision=1, correction_reason="Ghi nhầm")
    )
    assert (answer.status_code, answer.json()["revision"]) == (201, 2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"op_id": "x"}, "op_id"),
        ({"base_revision": -1}, "base_revision"),
        ({"marks": [{"pupil": 1, "kind": "X"}]}, "marks"),
        ({"marks": [{"pupil": 1, "kind": "K"}] * 2}, "marks"),
        ({"marks": [{"pupil": 1, "kind": "K", "reason": "no"}]}, "marks"),
        ({"not_held": "cold"}, "marks"),
        ({"correction_reason": "a" * 201}, "correction_reason"),
        ({"device_time": "1800-01-01T00:00:00Z"}, "device_time"),
    ],
)
def test_malformed_values_are_named(world, caller, change, field):
    answer = caller("teacher_a").put(path(world), body() | change)
    assert answer.status_code == 400
    assert (answer.json()["code"], list(answer.json()["errors"])) == ("invalid", [field])
    assert Register.objects.count() == 0


def test_outside_the_places_there_is_nothing_and_without_the_right_no(world, caller):
    assert caller("teacher_b").put(path(world), body()).status_code == 404
    assert caller("commune_officer").put(path(world), body()).status_code == 403
    assert caller("teacher_a").get(path(world)).status_code == 404
    assert caller("teacher_a").put("registers/99/2026-10-12/am/", body()).status_code == 404
    assert Register.objects.count() == 0


def test_many_are_each_answered_by_themselves(world, caller):
    head = caller("head_a")
    stranger = pupils(world.class_b)[0]

    def one(school_class, **more):
        address = {"class_id": school_class.pk, "date": str(world.today), "session": "am"}
        return body() | address | more

    twice = one(world.class_a)
    answer = head.post(
        "registers/",
        {
            "registers": [
                twice,
                twice,
                one(world.class_a12, marks=[{"pupil": stranger, "kind": "K"}]),
                one(world.class_b),
                {"class_id": world.class_a12.pk},
                one(world.class_a12),
            ]
        },
    )
    assert answer.status_code == 200
    answers = answer.json()["answers"]
    assert [each["status"] for each in answers] == [201, 200, 422, 404, 400, 201]
    assert answers[2]["body"]["code"] == "pupil_not_on_roll"
    assert set(Register.objects.values_list("school_class", flat=True)) == {
        world.class_a.pk,
        world.class_a12.pk,
    }


def test_of_many_those_of_another_person_are_refused_by_themselves(world, caller):
    address = {"date": str(world.today), "session": "am"}
    own = body(class_id=world.class_a.pk, **address)
    others = body(class_id=world.class_a12.pk, sender="lo.van.khac", **address)
    answer = caller("head_a").post("registers/", {"registers": [others, own]}).json()
    assert [each["status"] for each in answer["answers"]] == [403, 201]
    assert answer["answers"][0]["body"]["code"] == "another_person"
    assert Register.objects.count() == 1


def test_too_many_at_once_are_refused_whole(world, caller):
    answer = caller("head_a").post("registers/", {"registers": [{}] * 201})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_browser_needs_the_csrf_token_and_a_key_does_not(world):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(world.teacher_a, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.put(f"/api/v1/{path(world)}", body(), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_queries_of_sending(world, caller, django_assert_max_num_queries):
    teacher = caller("teacher_a")
    first, *_rest = pupils(world.class_a)
    know_the_day(world)
    with django_assert_max_num_queries(12):
        assert teacher.put(path(world), body([(first, "K")])).status_code == 201
