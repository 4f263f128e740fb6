"""Sending the letters: at most once each, on their own day only, and only what is still true."""

import logging
import smtplib
import time

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import F
from django.utils import timezone

from core.permissions import Permission as P

from ..models import ReminderMail
from ..models.reminders import TRIED_AGAIN_AFTER
from ..reminder_emails import letter
from ..selectors.reminders import key_of, people_who, reminders_of, still_missing, waiting_mails

logger = logging.getLogger(__name__)

AT_ONCE = 200
# Less than the soft time limit of a job.
LONGEST = 480.0  # seconds
# ValueError: an address that cannot be written into a letter.
UNSENT = (smtplib.SMTPException, OSError, ValueError)


def send_waiting():
    """Send the letters of today whose time has come; returns how many were sent and failed.

    What was sent or closed meanwhile, and what the person holds no more, is left out; a letter
    with nothing left is dropped. One that fails is tried again twice, then left; a server that
    cannot be reached fails them all without being asked for each. A process that dies over a
    letter leaves it unsent rather than sending it twice.
    """
    done = {"sent": 0, "failed": 0}
    if not settings.EMAIL_CONFIGURED:
        return done
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        mails = waiting_mails(timezone.now(), most=AT_ONCE)
        if not mails:
            break
        _send(mails, _true_now(mails), done, until)
    return done


def _true_now(mails):
    """Dict letter id -> its reminders that still hold for a person who may still act."""
    reminders = reminders_of(mails)
    missing = still_missing(reminders)
    people = people_who(
        P.TAKE_REGISTER,
        on=timezone.localdate(),
        class_ids={each.school_class_id for each in reminders},
        school_ids={each.school_class.school_id for each in reminders},
    )
    found = {}
    for each in reminders:
        school_class = each.school_class
        holders = people.of_class[school_class.pk] + people.of_school[school_class.school_id]
        may_act = any(holder.user_id == each.to_id and holder.email for holder in holders)
        if may_act and key_of(each) in missing:
            found.setdefault(each.mail_id, []).append(each)
    return found


def _send(mails, reminders, done, until):
    connection = get_connection()
    is_down = False
    try:
        for mail in mails:
            if time.monotonic() > until:
                return
            if not _claim(mail):
                continue
            if mail.pk not in reminders:
                continue
            if not is_down and _deliver(connection, letter(mail, reminders[mail.pk])):
                ReminderMail.objects.filter(pk=mail.pk).update(sent_at=timezone.now())
                done["sent"] += 1
            else:
                is_down = is_down or not _reopened(connection)
                _try_later(mail)
                done["failed"] += 1
    finally:
        connection.close()


def _claim(mail):
    """Take a letter for this try; False when another process has it."""
    free = ReminderMail.objects.filter(pk=mail.pk, try_at=mail.try_at)
    return bool(free.update(try_at=None, tries=F("tries") + 1))


def _try_later(mail):
    if mail.tries < len(TRIED_AGAIN_AFTER):
        later = timezone.now() + TRIED_AGAIN_AFTER[mail.tries]
        ReminderMail.objects.filter(pk=mail.pk).update(try_at=later)


def _deliver(connection, message):
    """Whether the server took it."""
    message.connection = connection
    try:
        return bool(message.send())
    except UNSENT as error:
        # Its words may quote an address.
        logger.warning("a reminder letter was not taken: %s", type(error).__name__)
        return False


def _reopened(connection):
    """Whether the server can be reached again after a fault."""
    try:
        connection.close()
        connection.open()
    except UNSENT as error:
        logger.warning("the mail server cannot be reached: %s", type(error).__name__)
        return False
    return True
