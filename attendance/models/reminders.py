"""Who was told that a register is missing, and how it ended.

Whether a register is missing is always worked out anew (`selectors.missing`); these rows only
say what was said to whom, so that nobody is told twice.
"""

import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from schools.enums import Session

from ..enums import ReminderOutcome

# Pauses before a letter that could not be sent is tried again; then it is left.
TRIED_AGAIN_AFTER = (datetime.timedelta(minutes=10), datetime.timedelta(hours=1))
MOST_TRIES = 1 + len(TRIED_AGAIN_AFTER)


class ReminderMail(models.Model):
    """The one letter a person gets on a day, whatever is missing.

    `try_at` is when it is to be tried next: empty while it is tried, and for ever after it was
    sent, given up, or nothing was left to say. A letter of a past day is never sent.
    """

    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField(_("day"))
    made_at = models.DateTimeField(_("made"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    try_at = models.DateTimeField(_("next try"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("reminder letter")
        verbose_name_plural = _("reminder letters")
        constraints = [
            models.UniqueConstraint(
                fields=["to", "day"], name="one_reminder_letter_per_person_and_day"
            ),
            models.CheckConstraint(
                condition=models.Q(sent_at=None) | models.Q(try_at=None),
                name="reminder_letter_sent_is_not_tried_again",
            ),
        ]
        indexes = [models.Index(fields=["day", "try_at"], name="remindermail_day_try")]

    def __str__(self):
        return f"{self.to_id} {self.day:%d/%m/%Y}"


class Reminder(models.Model):
    """A person was told on `day` that a register is missing: by letter, on the screen, or both.

    `asked_by` is who pressed the button, empty when the timetable did. `outcome` is noted at
    night, with the moment when the register came or the reason fell away.
    """

    school = models.ForeignKey(
        "schools.School", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    school_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    date = models.DateField(_("date"))
    session = models.CharField(_("session"), max_length=2, choices=Session)
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField(_("day"))
    made_at = models.DateTimeField(_("made"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"), null=True, blank=True)
    mail = models.ForeignKey(
        ReminderMail, null=True, blank=True, on_delete=models.SET_NULL, related_name="reminders"
    )
    outcome = models.CharField(
        _("how it ended"), max_length=8, choices=ReminderOutcome, blank=True, default=""
    )
    settled_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["to", "day", "school_class", "date", "session"],
                name="one_reminder_per_register_person_and_day",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="", settled_at=None)
                | (~models.Q(outcome="") & models.Q(settled_at__isnull=False)),
                name="reminder_ended_has_outcome_and_time",
            ),
        ]
        indexes = [
            models.Index(fields=["school_class", "day"], name="reminder_class_day"),
            models.Index(
                fields=["settled_at"],
                condition=models.Q(settled_at=None),
                name="reminder_not_settled",
            ),
        ]

    def __str__(self):
        return f"{self.to_id} ← {self.school_class_id} {self.date:%d/%m/%Y} {self.session}"
