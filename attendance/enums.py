"""The small closed lists of attendance."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mark(models.TextChoices):
    """What is written for a pupil who was not simply present; the letters of the paper book."""

    EXCUSED = "P", _("Absent, excused")
    UNEXCUSED = "K", _("Absent, unexcused")
    LATE = "M", _("Late")


class AbsenceReason(models.TextChoices):
    """Why a pupil was absent, as far as the teacher knows."""

    SICK = "sick", _("Sick")
    FAMILY = "family", _("Family matter")
    HARVEST = "harvest", _("Farm work")
    WEATHER = "weather", _("Cold, rain, bad road")
    FESTIVAL = "festival", _("Tết or festival")
    WORK = "work", _("Working away, following parents")
    MARRIAGE = "marriage", _("Early marriage")
    UNKNOWN = "unknown", _("Not known yet")


# What a school may excuse beforehand. Who announces a marriage of a child is not excused, and
# an announcement without a reason is none.
LEAVE_REASONS = [
    reason
    for reason in AbsenceReason
    if reason not in {AbsenceReason.MARRIAGE, AbsenceReason.UNKNOWN}
]


class RegisterState(models.TextChoices):
    """A register that exists says one of two things; no register says "not taken"."""

    TAKEN = "taken", _("Taken")
    NOT_HELD = "not_held", _("Not held")


class NotHeldReason(models.TextChoices):
    """Why a session did not take place."""

    COLD = "cold", _("Severe cold")
    FLOOD = "flood", _("Flood, landslide")
    EPIDEMIC = "epidemic", _("Epidemic")
    TEACHER_AWAY = "teacher", _("Teacher away")
    SCHOOL_EVENT = "event", _("School event or exam")
    LOCAL_HOLIDAY = "holiday", _("Holiday or local festival")
    OTHER = "other", _("Other reason")


class RegistersChoice(models.TextChoices):
    """What becomes of registers sent before their day was closed."""

    CLOSED = "closed", _("The day is closed: they no longer count")
    HELD = "held", _("These classes had school: they still count")


class ReminderOutcome(models.TextChoices):
    """Why nobody is told of a missing register any more."""

    SENT = "sent", _("The register was sent")
    NOT_HELD = "not_held", _("The session was not held")
    NOT_DUE = "not_due", _("No school after all")
    TOO_LATE = "too_late", _("The month was closed")
