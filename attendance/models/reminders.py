"""Who was reminded of a missing register, and how it ended.

Whether a register is missing is always worked out anew (`selectors.missing`); these rows only
say who was reminded of what, so that nobody is reminded twice. The e-mail is a notification.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from schools.enums import Session

from ..enums import ReminderOutcome


class Reminder(models.Model):
    """A person was reminded on `day` of a missing register: by e-mail, on the screen, or both.

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
    # The e-mail of the day that tells of it; none for who had one already or gets none.
    notification = models.ForeignKey(
        "core.Notification", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = models.CharField(
        _("how it ended"), max_length=8, choices=ReminderOutcome, blank=True, default=""
    )
    settled_at = models.DateTimeField(_("ended"), null=True, blank=True)

    # The register in words, where a selector says it.
    label: str

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

    def __str__(self) -> str:
        return f"{self.to_id} ← {self.school_class_id} {self.date:%d/%m/%Y} {self.session}"
