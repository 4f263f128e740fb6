"""Events: written with the decision, in its transaction."""

import datetime

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.urls import reverse

from core import event_words, events
from core.models import Event
from schools.models import School

pytestmark = pytest.mark.django_db

TRIED = events.declare("test.tried", "Tried")


def test_an_event_says_who_what_and_where_from(rf):
    user = get_user_model().objects.create(username="ly.a.su", full_name="Lý A Sử")

    def act(request):
        events.record(
            TRIED,
            by=user,
            about=user,
            area=3,
            school=4,
            changes={"phone": ("", "0912")},
            reason="x",
        )
        return HttpResponse()

    events.EventMiddleware(act)(rf.post("/", REMOTE_ADDR="192.0.2.7"))
    event = Event.objects.get()
    assert (event.kind, event.actor, event.actor_name) == ("test.tried", user, "Lý A Sử")
    assert (event.object_type, event.object_id) == ("accounts.user", str(user.pk))
    assert (event.area_id, event.school_id, event.reason) == (3, 4, "x")
    assert event.changes == {"phone": ["", "0912"]}
    assert event.address == "192.0.2.7"


def test_an_event_of_the_timetable_has_nobody_and_no_address():
    event = events.record(TRIED, by=None)
    assert (event.actor, event.actor_name, event.address) == (None, "", "")


def test_no_event_stays_of_a_decision_that_was_taken_back():
    with transaction.atomic():
        events.record(TRIED, by=None)
        transaction.set_rollback(True)
    assert not Event.objects.exists()


def test_a_code_is_declared_once():
    with pytest.raises(ValueError, match="twice"):
        events.declare("test.tried", "Again")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE core_event SET reason = 'x'",
        "UPDATE core_event SET object_name = '', kind = 'test.other'",
        "UPDATE core_event SET actor_name = ''",
        "DELETE FROM core_event",
    ],
)
def test_the_database_refuses_to_change_an_event(change):
    user = get_user_model().objects.create(username="ly.a.su", full_name="Lý A Sử")
    events.record(TRIED, by=user, reason="as it was")
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    assert Event.objects.get().reason == "as it was"


def test_a_name_can_be_taken_out_of_an_event_and_nothing_put_in_its_place():
    events.record(TRIED, by=None, name="Lò Thị Hương", changes={"name": ("a", "b")}, reason="x")
    Event.objects.update(object_name="", changes={}, reason="")
    event = Event.objects.get()
    assert (event.kind, event.object_name, event.changes) == ("test.tried", "", {})


def test_a_user_who_is_deleted_leaves_the_events(rf):
    user = get_user_model().objects.create(username="ly.a.su", full_name="Lý A Sử")
    events.record(TRIED, by=user)
    user.delete()
    assert Event.objects.get().actor_name == "Lý A Sử"


def test_a_refused_page_leaves_one_event_for_a_while(world, sign_in):
    client = sign_in(world.teacher_a)
    for _time in range(3):
        assert client.get(reverse("schools:events")).status_code == 403
    event = Event.objects.get()
    assert (event.kind, event.actor) == ("page.refused", world.teacher_a)
    assert event.object_name == f"GET {reverse('schools:events')}"


def test_an_event_is_told_in_words(world):
    events.record(
        TRIED,
        by=None,
        about=world.school_a,
        changes={
            "name": ("Cũ", "Mới"),
            "valid_from": (None, datetime.date(2026, 9, 5)),
            "list": ([], ["A", "B"]),
        },
    )
    (said,) = event_words.told(Event.objects.all())
    assert said.words == "Tried"
    assert {(str(each.label), each.old, each.new) for each in said.changes} == {
        (str(School._meta.get_field("valid_from").verbose_name), "—", "05/09/2026"),
        ("list", "—", "A, B"),
        (str(School._meta.get_field("name").verbose_name), "Cũ", "Mới"),
    }


def test_the_code_of_an_indicator_is_shown_by_its_name():
    event = Event(kind=TRIED.code, changes={"indicator": [None, "attendance"]})
    (worded,) = event_words.told([event])
    assert [change.new for change in worded.changes] == ["Tỷ lệ chuyên cần"]


@pytest.mark.parametrize(
    ("stored", "shown"), [("95.00", "95"), ("97.50", "97,5"), ("100", "100"), ("x", "x")]
)
def test_a_decimal_is_shown_as_it_is_read_here(stored, shown):
    changes = {"target_value": [None, stored]}
    event = Event(kind=TRIED.code, object_type="inspections.actionitem", changes=changes)
    (worded,) = event_words.told([event])
    assert [change.new for change in worded.changes] == [shown]
