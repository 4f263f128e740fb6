"""E-mails of reminders from before become notifications, and go back as they were."""

import datetime

import pytest
from django.core.management import call_command
from django.utils import timezone

from attendance.models import Reminder
from core.models import Delivery, Notification
from tests.frozen import freeze_time
from tests.migrating import migrate

BEFORE = [("attendance", "0014_reading_of_month_workbooks")]
DAY = datetime.timedelta(days=1)
TODAY = datetime.date(2026, 10, 12)
NOW = datetime.datetime(2026, 10, 12, 3, tzinfo=datetime.UTC)
FIELDS = ("pk", "to_id", "day", "made_at", "tries", "try_at", "sent_at")


def outcome(mail):
    delivery = Delivery.objects.get(notification=mail.pk)
    return delivery.state, delivery.code, delivery.attempts, delivery.try_at, delivery.sent_at


@pytest.mark.django_db(transaction=True)
def test_reminder_mails_become_notifications_and_go_back(world):
    try:
        then = migrate(*BEFORE)
        mails, reminders = (
            then.get_model("attendance", "ReminderMail"),
            then.get_model("attendance", "Reminder"),
        )

        def mail(number, **values):
            return mails.objects.create(
                pk=100 + number, to_id=world.teacher_a.pk, made_at=NOW, **values
            )

        sent = mail(0, day=TODAY - 2 * DAY, tries=1, sent_at=NOW)
        given_up = mail(1, day=TODAY - 3 * DAY, tries=3)
        dropped = mail(2, day=TODAY - 4 * DAY, tries=1)
        late = mail(3, day=TODAY - DAY, tries=0, try_at=NOW)
        broken_off = mail(4, day=TODAY - 5 * DAY, tries=1, try_at=NOW)
        waiting = mail(5, day=TODAY, tries=1, try_at=NOW)
        old = list(mails.objects.order_by("pk").values_list(*FIELDS))
        values = {
            "school_id": world.school_a.pk,
            "school_class_id": world.class_a.pk,
            "date": TODAY,
            "to_id": world.teacher_a.pk,
            "day": TODAY,
            "made_at": NOW,
        }
        by_mail = reminders.objects.create(session="am", mail=waiting, **values)
        on_screen = reminders.objects.create(session="pm", **values)

        with freeze_time(NOW):
            call_command("migrate", verbosity=0)
        assert outcome(sent) == ("sent", "", 1, None, NOW)
        assert outcome(given_up) == ("failed", "unrecorded", 3, None, None)
        assert outcome(dropped) == ("skipped", "nothing_left", 1, None, None)
        assert outcome(late) == ("skipped", "expired", 0, None, None)
        assert outcome(broken_off) == ("failed", "unrecorded", 1, None, None)
        assert outcome(waiting) == ("waiting", "", 1, NOW, None)
        notification = Notification.objects.get(pk=waiting.pk)
        assert (notification.kind, notification.key, notification.recipient) == (
            "attendance.registers_missing",
            "2026-10-12",
            world.teacher_a,
        )
        # Midnight in Lai Châu.
        assert notification.expires_at == datetime.datetime(2026, 10, 12, 17, tzinfo=datetime.UTC)
        assert Reminder.objects.get(pk=by_mail.pk).notification == notification
        assert Reminder.objects.get(pk=on_screen.pk).notification is None
        # The next one has a number of its own.
        new = Notification.objects.create(
            kind="x", key="x", recipient=world.teacher_a, created_at=NOW, expires_at=NOW
        )
        assert new.pk > waiting.pk

        then = migrate(*BEFORE)
        back = then.get_model("attendance", "ReminderMail").objects
        # What was past its day is no longer to be tried.
        assert [row[:5] for row in back.order_by("pk").values_list(*FIELDS)] == [
            row[:5] for row in old
        ]
        assert back.get(pk=sent.pk).sent_at == NOW
        assert back.get(pk=waiting.pk).try_at == NOW
        again = then.get_model("attendance", "Reminder").objects
        assert again.get(pk=by_mail.pk).mail_id == waiting.pk
        assert again.get(pk=on_screen.pk).mail_id is None
        assert back.create(to_id=world.head_a.pk, day=TODAY, made_at=timezone.now()).pk > waiting.pk
    finally:
        call_command("migrate", verbosity=0)
