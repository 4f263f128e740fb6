"""One queue: the same again and again, one bad of fifty, other people, other clocks."""

import datetime
import os
import threading

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import RoleGrant
from attendance.models import Register, RegisterRevision
from schools.models import Enrolment
from tests.frozen import freeze_time
from tests.reports.register_builders import pupil_ids
from tests.world import build_world, make_class

from .model import Person
from .phone import OTHER_PERSON, REFUSED, SENT, SIGNED_OUT, WAITING, Phone
from .server import Server, address

pytestmark = pytest.mark.django_db
DELIVERIES = int(os.environ.get("SYNC_DELIVERIES", "50"))
AT_ONCE = 32


@pytest.fixture(autouse=True)
def _no_limit_of_calls(monkeypatch):
    monkeypatch.setattr("core.api.Throttle.allow_request", lambda *args: True)


@pytest.fixture
def phone(world):
    """The teacher's phone, with the sheet of the day."""
    world.sheet = [world.class_a.pk, world.today.isoformat(), "am"]
    world.pupils = [str(pupil) for pupil in pupil_ids(world.class_a)]
    return Phone(Person(world.teacher_a), Server())


def through(phone):
    return phone.flush(lambda request: phone.server.put(*request))


@pytest.mark.django_db(transaction=True)
def test_one_operation_delivered_again_and_again_has_one_effect(today, capsys):
    world = build_world(today)
    first = str(pupil_ids(world.class_a)[0])
    phone = Phone(Person(world.teacher_a), Server())
    operation = phone.save([world.class_a.pk, today.isoformat(), "am"], {first: "K"})
    gate, left, answers = threading.Barrier(AT_ONCE), list(range(DELIVERIES)), []

    def deliver():
        server = Server()
        server.client(phone.person)  # signed in before the race
        gate.wait()
        try:
            while left:
                try:
                    left.pop()
                except IndexError:
                    break
                answers.append(server.put(phone.person, operation))
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted(code for code, _body in answers)
    with capsys.disabled():
        print(f"\nB1 {len(codes)} deliveries, {AT_ONCE} at once: {codes.count(201)} x 201")  # noqa: T201
    assert codes == [200] * (DELIVERIES - 1) + [201]
    bodies = [body for _code, body in answers]
    assert all(body == bodies[0] for body in bodies)
    assert RegisterRevision.objects.count() == Register.objects.get().revision == 1
    changed = operation | {"marks": {first: "P"}}
    assert phone.server.put(phone.person, changed)[0] == 409
    assert Register.objects.get().unexcused == 1


def test_one_bad_of_fifty_holds_nobody_up(world):
    year, head = world.class_a.year, Person(world.head_a)
    phone = Phone(head, Server())
    classes = [
        make_class(world.school_a, year, f"B{number}", "THCS", "7", [f"Lò Văn Số {number}"])
        for number in range(50)
    ]
    for school_class in classes:
        (pupil,) = pupil_ids(school_class)
        phone.save([school_class.pk, world.today.isoformat(), "am"], {str(pupil): "K"})
    Enrolment.objects.filter(school_class=classes[24]).update(
        valid_to=world.today, exit_reason="out"
    )
    assert through(phone) == SENT
    assert Register.objects.count() == 49
    (bad,) = phone.operations()
    assert (bad["state"], bad["sheet"][0]) == (REFUSED, classes[24].pk)
    assert "Danh sách lớp đã thay đổi" in bad["message"]


def test_an_ended_session_keeps_the_queue(phone, world):
    phone.save(world.sheet, {world.pupils[0]: "K"})
    phone.server.client(phone.person)
    phone.server.sign_out(phone.person)
    assert through(phone) == SIGNED_OUT
    assert [each["state"] for each in phone.operations()] == [WAITING]
    phone.server.sign_in(phone.person)
    assert through(phone) == SENT
    assert Register.objects.get().unexcused == 1


@pytest.mark.parametrize("change", ["password", "disabled"])
def test_a_changed_password_and_a_closed_account_end_the_session(phone, world, change):
    phone.save(world.sheet, {world.pupils[0]: "K"})
    phone.server.client(phone.person)
    if change == "password":
        world.teacher_a.set_password("doi-mat-khau-roi")
    else:
        world.teacher_a.is_active = False
    world.teacher_a.save()
    assert through(phone) == SIGNED_OUT
    assert [each["state"] for each in phone.operations()] == [WAITING]
    assert Register.objects.count() == 0


def test_a_person_without_the_role_is_told_and_keeps_it(phone, world):
    phone.save(world.sheet, {world.pupils[0]: "K"})
    RoleGrant.objects.filter(user=world.teacher_a).update(valid_to=world.today)
    through(phone)
    (refused,) = phone.operations()
    assert (refused["state"], refused["marks"]) == (REFUSED, {world.pupils[0]: "K"})
    assert refused["message"]
    assert Register.objects.count() == 0


def test_nobody_sends_what_another_wrote(phone, world):
    phone.save(world.sheet, {world.pupils[0]: "K"})
    phone.server.client(phone.person).force_login(
        world.head_a, backend="django.contrib.auth.backends.ModelBackend"
    )
    assert through(phone) == OTHER_PERSON
    assert [each["state"] for each in phone.operations()] == [WAITING]
    assert Register.objects.count() == 0


@pytest.mark.parametrize("hours", [-48, -7, 9, 48])
def test_the_servers_calendar_decides_the_day(phone, world, hours):
    phone.ahead = datetime.timedelta(hours=hours)
    phone.save(world.sheet, {world.pupils[0]: "K"})
    through(phone)
    revision = RegisterRevision.objects.get()
    assert revision.register.date == world.today
    assert revision.sent_at == timezone.now()
    assert revision.device_time == timezone.now() + phone.ahead


def test_a_day_that_has_not_come_is_refused_whatever_the_phone_thinks(phone, world):
    phone.ahead = datetime.timedelta(hours=24)
    tomorrow = (world.today + datetime.timedelta(days=1)).isoformat()
    phone.save([world.class_a.pk, tomorrow, "am"], {world.pupils[0]: "K"})
    through(phone)
    (refused,) = phone.operations()
    assert "Ngày này chưa đến" in refused["message"]
    assert Register.objects.count() == 0


@pytest.mark.parametrize(
    ("moment", "accepted"),
    # 17:00 UTC is midnight in Lai Châu.
    [("2026-10-12T16:59:59Z", False), ("2026-10-12T17:00:01Z", True)],
)
def test_midnight_is_the_servers(phone, world, moment, accepted):
    tomorrow = (world.today + datetime.timedelta(days=1)).isoformat()
    phone.save([world.class_a.pk, tomorrow, "am"], {world.pupils[0]: "K"})
    with freeze_time(moment):
        through(phone)
    assert Register.objects.filter(date=tomorrow).exists() is accepted


def test_the_server_says_what_oclock_it_is(phone, world):
    answer = phone.server.client(phone.person).get("/api/v1/session/").json()
    assert datetime.datetime.fromisoformat(answer["now"]) == timezone.now()
    lists = phone.server.client(phone.person).get("/api/v1/pocket/").json()
    assert datetime.datetime.fromisoformat(lists["now"]) == timezone.now()


def test_a_browser_sends_with_the_token_of_its_session_only(phone, world):
    operation = phone.save(world.sheet, {world.pupils[0]: "K"})
    client = phone.server.client(phone.person)
    client.handler.enforce_csrf_checks = True
    body = phone.server.body(phone.person, operation)
    refused = client.put(address(world.sheet), body, content_type="application/json")
    assert refused.status_code == 403
    token = client.get("/api/v1/session/").json()["csrf_token"]
    accepted = client.put(
        address(world.sheet), body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert accepted.status_code == 201
