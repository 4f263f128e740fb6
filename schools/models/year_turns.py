"""The turn of a school's year: what it did, and what it takes to take it back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ..enums import Grade


class YearTurn(models.Model):
    """A school went over from one school year to the next; taken back, or standing.

    `wrote` holds what it wrote and what it found, by ids that refer to no row by force, so that
    taking it back puts every row where it was (`schools.year_turn.services.undoing`).
    """

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="turns")
    from_year = models.ForeignKey("schools.SchoolYear", on_delete=models.PROTECT, related_name="+")
    to_year = models.ForeignKey("schools.SchoolYear", on_delete=models.PROTECT, related_name="+")
    class_count = models.PositiveIntegerField(_("classes opened"), default=0)
    promoted_count = models.PositiveIntegerField(_("moved up"), default=0)
    kept_back_count = models.PositiveIntegerField(_("kept back"), default=0)
    finished_count = models.PositiveIntegerField(_("finished the school"), default=0)
    sent_count = models.PositiveIntegerField(_("sent to another school"), default=0)
    wrote = models.JSONField(default=dict, blank=True, editable=False)
    # Empty for the command line.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("turned"))
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("turn of a school year")
        verbose_name_plural = _("turns of school years")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "from_year"],
                condition=Q(undone_at=None),
                name="one_standing_turn_of_a_school_year",
                violation_error_message=_("This school has gone over to the new year already."),
            ),
            models.CheckConstraint(
                condition=~Q(from_year=F("to_year")), name="year_turn_joins_two_years"
            ),
            models.CheckConstraint(
                condition=Q(undone_by=None) | Q(undone_at__isnull=False),
                name="year_turn_is_taken_back_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school} {self.from_year} → {self.to_year}"


class PupilArrival(models.Model):
    """A pupil who finished the last grade of one school and is to come to another one.

    Written by the turn of the school before; the receiving head reads it and gives the pupil a
    class. It is not a place on a roll: that begins with `enrolment`.
    """

    turn = models.ForeignKey(YearTurn, on_delete=models.CASCADE, related_name="arrivals")
    pupil = models.ForeignKey("schools.Pupil", on_delete=models.CASCADE, related_name="arrivals")
    from_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.PROTECT, related_name="+"
    )
    to_school = models.ForeignKey(
        "schools.School", on_delete=models.PROTECT, related_name="arrivals"
    )
    grade = models.SmallIntegerField(_("grade"), choices=Grade)
    # The time in class with which the pupil was received; empty while the pupil waits.
    enrolment = models.OneToOneField(
        "schools.Enrolment",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="arrival",
    )

    class Meta:
        verbose_name = _("pupil who comes from another school")
        verbose_name_plural = _("pupils who come from another school")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["turn", "pupil"], name="pupil_is_sent_once_in_a_turn"),
        ]
        indexes = [models.Index(fields=["to_school", "grade"], name="arrival_school_grade")]

    def __str__(self) -> str:
        return f"{self.pupil_id} → {self.to_school}"
