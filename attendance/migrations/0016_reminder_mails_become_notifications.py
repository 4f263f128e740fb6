"""The e-mails of the reminders become notifications of core, each with its delivery.

Their ids are the old ones, moved up by the highest that is taken: so the reminders are pointed at
them by one statement. Apart from the changes of the tables, which PostgreSQL refuses while rows of the transaction wait for
the check of their foreign keys.
"""

import datetime

from django.core.management.color import no_style
from django.db import migrations
from django.db.models import F, Max
from django.utils import timezone

KIND = "attendance.registers_missing"
MOST_TRIES = 3
BATCH = 2000


def state_of(mail, end, now):
    """State, code and next attempt of the delivery of an e-mail, as far as its row tells."""
    if mail.sent_at is not None:
        return "sent", "", None
    if mail.try_at is not None and now < end:
        return "waiting", "", mail.try_at
    if mail.tries >= MOST_TRIES or (mail.try_at is not None and mail.tries):
        return "failed", "unrecorded", None
    if mail.try_at is not None:
        return "skipped", "expired", None
    # Nothing was left to say; or the process died over it, which left the same row.
    return "skipped", "nothing_left", None


def end_of(day):
    tomorrow = day + datetime.timedelta(days=1)
    return timezone.make_aware(datetime.datetime.combine(tomorrow, datetime.time.min))


def to_notifications(apps, schema_editor):
    alias = schema_editor.connection.alias
    ReminderMail = apps.get_model("attendance", "ReminderMail")
    Reminder = apps.get_model("attendance", "Reminder")
    Notification = apps.get_model("core", "Notification")
    Delivery = apps.get_model("core", "Delivery")
    now = timezone.now()
    taken = Notification.objects.using(alias).aggregate(Max("pk"))["pk__max"] or 0
    last = 0
    while mails := list(
        ReminderMail.objects.using(alias).filter(pk__gt=last).order_by("pk")[:BATCH]
    ):
        last = mails[-1].pk
        notifications, deliveries = [], []
        for mail in mails:
            end = end_of(mail.day)
            state, code, try_at = state_of(mail, end, now)
            notifications.append(
                Notification(
                    pk=taken + mail.pk,
                    kind=KIND,
                    key=mail.day.isoformat(),
                    recipient_id=mail.to_id,
                    created_at=mail.made_at,
                    expires_at=end,
                )
            )
            deliveries.append(
                Delivery(
                    notification_id=taken + mail.pk,
                    channel="email",
                    state=state,
                    code=code,
                    attempts=mail.tries,
                    try_at=try_at,
                    sent_at=mail.sent_at,
                )
            )
        Notification.objects.using(alias).bulk_create(notifications)
        Delivery.objects.using(alias).bulk_create(deliveries)
    Reminder.objects.using(alias).exclude(mail=None).update(
        notification_id=F("mail_id") + taken
    )
    if last:
        reset_sequence(schema_editor.connection, Notification)


def to_reminder_mails(apps, schema_editor):
    alias = schema_editor.connection.alias
    ReminderMail = apps.get_model("attendance", "ReminderMail")
    Reminder = apps.get_model("attendance", "Reminder")
    Notification = apps.get_model("core", "Notification")
    Delivery = apps.get_model("core", "Delivery")
    last = 0
    while deliveries := list(
        Delivery.objects.using(alias)
        .filter(notification__kind=KIND, channel="email", pk__gt=last)
        .select_related("notification")
        .order_by("pk")[:BATCH]
    ):
        last = deliveries[-1].pk
        ReminderMail.objects.using(alias).bulk_create(
            ReminderMail(
                pk=each.notification_id,
                to_id=each.notification.recipient_id,
                day=datetime.date.fromisoformat(each.notification.key),
                made_at=each.notification.created_at,
                tries=each.attempts,
                try_at=each.try_at,
                sent_at=each.sent_at,
            )
            for each in deliveries
        )
    Reminder.objects.using(alias).exclude(notification=None).update(
        mail_id=F("notification_id"), notification_id=None
    )
    Notification.objects.using(alias).filter(kind=KIND).delete()
    if last:
        reset_sequence(schema_editor.connection, ReminderMail)


def reset_sequence(connection, model):
    """New rows are numbered after those that came with their numbers (PostgreSQL)."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0015_reminder_notification'),
    ]

    operations = [
        migrations.RunPython(to_notifications, to_reminder_mails),
    ]
