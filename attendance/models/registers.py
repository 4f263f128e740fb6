"""Registers: the proof that attendance was taken.

No `Register` for a class, date and session means *not taken*, never "all present". A
register that exists carries the counts as the teacher sent them; only pupils who were not
simply present have an `Absence` row. Each accepted submission is a `RegisterRevision`,
append-only: audit trail, idempotency key and sync protocol in one.

Every row repeats the school it belongs to, which never changes, so that large
installations can be partitioned by school. These are the largest tables: a foreign key whose
column leads a unique rule or an index has no index of its own.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.types import User
from schools.enums import Session
from schools.pupils.past_registers import PastChoice

from ..enums import AbsenceReason, Mark, NotHeldReason, RegisterState
from .pupil_ids import PupilIdsField


class Register(models.Model):
    """One class, one date, one session: taken with its counts, or not held with a reason."""

    school = models.ForeignKey(
        "schools.School", on_delete=models.PROTECT, related_name="registers", db_index=False
    )
    school_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.PROTECT, related_name="registers", db_index=False
    )
    date = models.DateField(_("date"))
    session = models.CharField(_("session"), max_length=2, choices=Session)
    state = models.CharField(_("state"), max_length=8, choices=RegisterState)
    not_held_reason = models.CharField(
        _("reason"), max_length=10, choices=NotHeldReason, blank=True, default=""
    )
    roll = models.PositiveSmallIntegerField(_("roll"), default=0)
    excused = models.PositiveSmallIntegerField(_("excused"), default=0)
    unexcused = models.PositiveSmallIntegerField(_("unexcused"), default=0)
    late = models.PositiveSmallIntegerField(_("late"), default=0)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    first_sent_at = models.DateTimeField(_("first sent"))
    sent_at = models.DateTimeField(_("last sent"))

    # Who sent it last (`calendar.selectors.impact.registers_with_senders`), and whether the
    # reader may open its sheet (the calendar's views).
    sender: User | None
    is_readable: bool

    class Meta:
        verbose_name = _("register")
        verbose_name_plural = _("registers")
        constraints = [
            models.UniqueConstraint(
                fields=["school_class", "date", "session"], name="one_register_per_class_session"
            ),
            models.CheckConstraint(
                condition=models.Q(state=RegisterState.TAKEN, not_held_reason="")
                | (
                    models.Q(state=RegisterState.NOT_HELD, roll=0, excused=0, unexcused=0, late=0)
                    & ~models.Q(not_held_reason="")
                ),
                name="register_not_held_has_reason_and_no_counts",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    roll__gte=models.F("excused") + models.F("unexcused") + models.F("late")
                ),
                name="register_counts_fit_the_roll",
            ),
        ]
        indexes = [models.Index(fields=["school", "date"], name="register_school_date")]

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.date:%d/%m/%Y} {self.session}"

    @property
    def absent(self) -> int:
        """Pupils away, excused or not."""
        return self.excused + self.unexcused

    @property
    def present(self) -> int:
        """Pupils there, late ones included."""
        return self.roll - self.absent


class Absence(models.Model):
    """A pupil who was not simply present in a session."""

    school = models.ForeignKey(
        "schools.School", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    register = models.ForeignKey(
        Register, on_delete=models.CASCADE, related_name="absences", db_index=False
    )
    pupil = models.ForeignKey("schools.Pupil", on_delete=models.PROTECT, related_name="absences")
    mark = models.CharField(_("mark"), max_length=1, choices=Mark)
    reason = models.CharField(
        _("reason"), max_length=8, choices=AbsenceReason, blank=True, default=""
    )

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.UniqueConstraint(
                fields=["register", "pupil"], name="one_mark_per_pupil_and_register"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mark} {self.pupil_id}"


class Uncounted(models.Model):
    """A pupil on the roll of the day for whom a register taken does not count.

    The register was sent without the pupil, and the head said that it stays so.
    """

    school = models.ForeignKey(
        "schools.School", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    register = models.ForeignKey(
        Register, on_delete=models.CASCADE, related_name="uncounted", db_index=False
    )
    pupil = models.ForeignKey("schools.Pupil", on_delete=models.PROTECT, related_name="uncounted")

    class Meta:
        verbose_name = _("session not counted")
        verbose_name_plural = _("sessions not counted")
        constraints = [
            models.UniqueConstraint(
                fields=["register", "pupil"], name="not_counted_once_per_pupil_and_register"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register_id} {self.pupil_id}"


class PastChange(models.Model):
    """A change of the roll that reached registers already sent, and what was chosen for them.

    One row for a pupil and class; `first` and `last` are the days of the first and last of
    these registers, both included.
    """

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    school_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.PROTECT, related_name="+"
    )
    pupil = models.ForeignKey("schools.Pupil", on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(_("choice"), max_length=7, choices=PastChoice)
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    registers = models.PositiveIntegerField(_("registers"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("back-dated change of the roll")
        verbose_name_plural = _("back-dated changes of the roll")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.pupil_id} {self.school_class_id} {self.choice}"


class RegisterRevision(models.Model):
    """One accepted submission of a register, kept for ever.

    `marks` is {"<pupil id>": ["K", "sick"], …} and `roll` the ids of the pupils the
    teacher saw, ascending. `sent_marks` is what the operation carried when it was merged with
    a revision its sender had not seen; `set_aside` are marks they compared and decided against.
    `off_roll` is what was sent for pupils who have left the roll of the day since ("" present,
    `UNCOUNTED` not counted): it comes back with them. `roll_choice` is filled in when the
    revision was not sent by a teacher but follows a change of the roll.
    """

    school = models.ForeignKey(
        "schools.School", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    register = models.ForeignKey(
        Register, on_delete=models.PROTECT, related_name="revisions", db_index=False
    )
    number = models.PositiveIntegerField(_("revision"))
    operation_id = models.UUIDField(_("operation"))
    state = models.CharField(_("state"), max_length=8, choices=RegisterState)
    not_held_reason = models.CharField(max_length=10, blank=True, default="")
    marks = models.JSONField(default=dict)
    sent_marks = models.JSONField(null=True, blank=True)
    set_aside = models.JSONField(null=True, blank=True)
    off_roll = models.JSONField(null=True, blank=True)
    roll_choice = models.CharField(
        max_length=7, choices=PastChoice, blank=True, default="", db_default=""
    )
    roll = PupilIdsField(default=list)
    correction_reason = models.CharField(_("why it was corrected"), max_length=200, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="register_revisions"
    )
    device_time = models.DateTimeField(null=True, blank=True)
    device = models.CharField(_("device"), max_length=60, blank=True, default="", db_default="")
    sent_at = models.DateTimeField(_("sent"))

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["register", "number"], name="revision_numbers_are_unique"
            ),
            models.UniqueConstraint(
                fields=["school", "operation_id"], name="operation_is_accepted_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register} #{self.number}"
