"""Events: written with the decision, in its transaction."""

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from core import events
from core.models import Event

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
