"""Notifications: each person once, at most once by each channel, only while it is of use."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from core.models import Channel, Delivery, DeliveryCode, Notification, Rule
from core.notifications import channels, kinds, sending
from core.notifications.channels import NotDelivered
from core.notifications.kinds import Kind, Message, Preference
from core.notifications.records import notified_of, remove_old, summary_since
from core.notifications.sending import end_expired, is_anything_due, send_waiting
from core.notifications.tasks import remove_old_notifications, tend_notifications
from core.notifications.writing import notify
from lai_chau_edu.celery import BEAT_SCHEDULE
from tests.frozen import freeze_time

pytestmark = pytest.mark.django_db
NOW = "2026-10-12 02:00:00"
MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture(autouse=True)
def mail_server(settings):
    settings.EMAIL_CONFIGURED = True
    settings.DEFAULT_FROM_EMAIL = "so-diem-danh@example.vn"


@pytest.fixture
def declared(monkeypatch):
    """Kinds of these tests alone."""
    monkeypatch.setattr(kinds, "_kinds", {})
    monkeypatch.setattr(kinds, "_composers", {})
    return kinds.declare


@pytest.fixture
def news(declared):
    return declared("test.news", subject="Tin %(number)s", body="Có tin số %(number)s.")


@pytest.fixture
def people():
    return [
        User.objects.create_user(f"user{number}", email=f"user{number}@example.vn")
        for number in range(3)
    ]


def tell(kind, people, **more):
    values = {"key": "1", "params": {"number": 7}, "expires_at": timezone.now() + 3 * HOUR}
    return notify(kind, to=[each.pk for each in people], **values | more)


def outcomes():
    return set(Delivery.objects.values_list("state", "code", "attempts"))


class Server:
    """A mail server that takes nothing while it has a code."""

    def __init__(self):
        self.code, self.asked = None, 0


@pytest.fixture
def server(monkeypatch):
    server, deliver = Server(), channels.EmailSession.deliver

    def ask(session, message, address):
        server.asked += 1
        if server.code is not None:
            raise NotDelivered(server.code)
        deliver(session, message, address)

    monkeypatch.setattr(channels.EmailSession, "deliver", ask)
    return server


# --- Written once -------------------------------------------------------------------


def test_it_is_sent_after_the_commit(news, people, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        made = tell(news, people)
        assert mailoutbox == []
    assert set(made) == {each.pk for each in people}
    assert {email.to[0] for email in mailoutbox} == {each.email for each in people}
    email = mailoutbox[0]
    assert (email.subject, email.body) == ("Tin 7", "Có tin số 7.")
    assert email.extra_headers["Auto-Submitted"] == "auto-generated"
    assert outcomes() == {("sent", "", 1)}


def test_nobody_is_notified_twice_of_one_occurrence(news, people, mailoutbox):
    assert len(tell(news, people[:1])) == 1
    assert set(tell(news, people)) == {each.pk for each in people[1:]}
    assert tell(news, people) == {}
    send_waiting()
    send_waiting()
    assert len(mailoutbox) == 3
    assert notified_of(news, "1") == {each.pk for each in people}
    assert len(tell(news, people, key="2")) == 3


def test_what_another_transaction_has_just_written_is_its_own(news, people, monkeypatch):
    """Both found nobody notified; the other one was quicker."""
    write = Notification.objects.bulk_create

    def write_later(rows, **more):
        values = {"created_at": rows[0].created_at - MINUTE, "expires_at": rows[0].expires_at}
        Notification.objects.create(kind=news.code, key="1", recipient=people[0], **values)
        return write(rows, **more)

    monkeypatch.setattr(Notification.objects, "bulk_create", write_later)
    assert set(tell(news, people)) == {each.pk for each in people[1:]}
    assert Notification.objects.count() == 3
    assert Delivery.objects.count() == 2


def test_without_a_channel_nothing_is_written(news, people, settings):
    settings.EMAIL_CONFIGURED = False
    assert tell(news, people) == {}
    assert not Notification.objects.exists()
    settings.EMAIL_CONFIGURED = True
    assert tell(news, people, through=[]) == {}


def test_the_row_says_what_it_is_about(news, people):
    rule = Rule.objects.first()
    tell(news, people[:1], about=rule)
    assert Notification.objects.get().about == f"core.rule:{rule.pk}"


def test_another_channel_fits_beside_e_mail(news, people, monkeypatch, mailoutbox):
    """As one that shows notifications on the pages would be."""

    class Page(channels.EmailChannel):
        code = "page"

        def is_available(self):
            return True

        def address_of(self, recipient):
            return "page"

    monkeypatch.setattr(channels, "CHANNELS", (*channels.CHANNELS, Page()))
    tell(news, people[:1], through=[Channel.EMAIL, "page"])
    assert send_waiting() == {"sent": 2, "failed": 0}
    assert sorted(Delivery.objects.values_list("channel", flat=True)) == ["email", "page"]
    assert sorted(email.to[0] for email in mailoutbox) == ["page", "user0@example.vn"]


# --- Skipped ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"is_active": False}, "account_closed"),
        ({"email": ""}, "no_address"),
        ({"wants_reminders": False}, "not_wanted"),
    ],
)
def test_who_cannot_or_would_not_is_skipped_with_a_code(declared, people, mailoutbox, change, code):
    kind = declared(
        "test.reminder", preference=Preference.REMINDERS, subject="Nhắc", body="%(number)s"
    )
    tell(kind, people[:1])
    User.objects.filter(pk=people[0].pk).update(**change)
    assert send_waiting() == {"sent": 0, "failed": 0}
    assert mailoutbox == []
    assert outcomes() == {("skipped", code, 0)}


def test_what_has_no_preference_is_not_refused(news, people, mailoutbox):
    User.objects.update(wants_reminders=False)
    tell(news, people)
    send_waiting()
    assert len(mailoutbox) == 3


def test_a_composer_writes_at_the_moment_of_sending(declared, people, mailoutbox):
    kind = declared("test.composed")
    tell(kind, people)
    kinds.compose_with(
        kind,
        lambda notifications: {
            each.pk: Message("Nhắc", each.recipient.username, {"X-One": "1"})
            for each in notifications
            if each.recipient != people[0]
        },
    )
    assert send_waiting() == {"sent": 2, "failed": 0}
    assert [email.body for email in mailoutbox] == ["user1", "user2"]
    assert mailoutbox[0].extra_headers["X-One"] == "1"
    assert outcomes() == {("skipped", "nothing_left", 0), ("sent", "", 1)}


def test_a_kind_of_a_newer_version_waits(news, people, monkeypatch):
    tell(Kind("test.unknown"), people)
    assert send_waiting() == {"sent": 0, "failed": 0}
    assert not is_anything_due()
    assert outcomes() == {("waiting", "", 0)}


def test_what_nobody_may_refuse_goes_first(declared, news):
    declared("a.reminder", preference=Preference.REMINDERS)
    assert [kind.code for kind in kinds.kinds()] == ["test.news", "a.reminder"]
    with pytest.raises(ValueError, match="twice"):
        declared("test.news")


# --- Tried again -------------------------------------------------------------------


def test_after_two_pauses_it_is_left(news, people, server):
    server.code = DeliveryCode.UNREACHABLE
    with freeze_time(NOW) as clock:
        tell(news, people[:1])
        for minutes, expected in [(0, 1), (9, 0), (1, 1), (59, 0), (1, 1), (60, 0)]:
            clock.shift(minutes * MINUTE)
            assert send_waiting() == {"sent": 0, "failed": expected}
    assert server.asked == 3
    assert outcomes() == {("failed", "unreachable", 3)}


def test_what_is_sent_at_a_later_attempt_has_no_code(news, people, server):
    server.code = DeliveryCode.REFUSED
    with freeze_time(NOW) as clock:
        tell(news, people[:1])
        send_waiting()
        assert outcomes() == {("waiting", "refused", 1)}
        server.code = None
        clock.shift(10 * MINUTE)
        assert send_waiting() == {"sent": 1, "failed": 0}
    assert outcomes() == {("sent", "", 2)}


def test_what_a_dead_process_leaves_is_not_made_again(news, people, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*args):
        raise Killed

    tell(news, people[:1])
    monkeypatch.setattr(channels.EmailSession, "deliver", die)
    with pytest.raises(Killed):
        send_waiting()
    assert outcomes() == {("failed", "interrupted", 1)}
    assert not is_anything_due()


def test_a_delivery_that_another_process_took_is_left_to_it(news, people, mailoutbox, monkeypatch):
    """Both read it as due; the other one claimed it."""
    tell(news, people[:1])
    read = sending._due

    def read_then_lose(channel, kind):
        found = read(channel, kind)
        Delivery.objects.update(state="failed", code="interrupted", try_at=None, attempts=1)
        return found

    monkeypatch.setattr(sending, "_due", read_then_lose)
    assert send_waiting() == {"sent": 0, "failed": 0}
    assert mailoutbox == []


def test_what_expired_is_not_sent_and_says_so(news, people, server):
    server.code = DeliveryCode.UNREACHABLE
    with freeze_time(NOW) as clock:
        tell(news, people[:1], expires_at=timezone.now() + 5 * MINUTE)
        send_waiting()
        tell(news, people[1:], expires_at=timezone.now() + 5 * MINUTE)
        assert end_expired() == 0
        clock.shift(5 * MINUTE)
        assert send_waiting() == {"sent": 0, "failed": 0}
        assert tend_notifications.apply().get() == {"expired": 3}
    assert server.asked == 1
    assert outcomes() == {("failed", "unreachable", 1), ("skipped", "expired", 0)}


def test_the_timetable_sends_what_is_due_again(
    news, people, mailoutbox, django_capture_on_commit_callbacks
):
    with freeze_time(NOW) as clock:
        tell(news, people)
        with django_capture_on_commit_callbacks(execute=True) as started:
            tend_notifications.apply().get()
        assert (len(started), len(mailoutbox)) == (1, 3)
        clock.shift(MINUTE)
        with django_capture_on_commit_callbacks() as started:
            tend_notifications.apply().get()
        assert started == []
    names = {entry["task"] for entry in BEAT_SCHEDULE.values()}
    assert {"core.tend_notifications", "core.remove_old_notifications"} <= names


# --- Read and removed -----------------------------------------------------------------


def test_summary_counts_what_was_sent_and_what_failed(news, people, server):
    with freeze_time(NOW) as clock:
        tell(news, people[:2])
        send_waiting()
        clock.shift(HOUR)
        server.code = DeliveryCode.UNREACHABLE
        tell(news, people[2:], expires_at=timezone.now() + MINUTE)
        send_waiting()
        clock.shift(MINUTE)
        end_expired()
        found = summary_since(timezone.now() - 2 * HOUR)
        assert (found.sent, found.failed, server.asked) == (2, 1, 3)
        assert found.last_sent_at == datetime.datetime(2026, 10, 12, 2, tzinfo=datetime.UTC)
        assert summary_since(timezone.now() - HOUR).sent == 0


def test_old_ones_go_with_their_deliveries(news, people):
    with freeze_time("2026-07-01 02:00:00"):
        tell(news, people[:1])
    with freeze_time("2026-09-29 02:00:00"):
        assert remove_old() == 0
        tell(news, people[1:2], key="2")
    with freeze_time("2026-09-29 02:00:01"):
        assert remove_old_notifications.apply().get() == {"rows": 1}
    assert list(Notification.objects.values_list("key", flat=True)) == ["2"]
    assert Delivery.objects.count() == 1


# --- The database ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"state": "sent"},
        {"state": "waiting"},
        {"state": "waiting", "try_at": datetime.datetime.now(datetime.UTC), "channel": "email"},
        {"state": "failed", "try_at": datetime.datetime.now(datetime.UTC), "code": "refused"},
        {"state": "failed"},
        {"state": "skipped", "code": ""},
        {"state": "skipped", "code": "expired", "sent_at": datetime.datetime.now(datetime.UTC)},
    ],
)
def test_the_database_refuses_half_an_outcome_and_a_second_delivery(news, people, values):
    tell(news, people[:1])
    row = {"notification": Notification.objects.get(), "channel": "other"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(**row | values)


def test_the_database_takes_one_notification_of_an_occurrence(news, people):
    tell(news, people[:1])
    again = Notification.objects.get()
    again.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)
