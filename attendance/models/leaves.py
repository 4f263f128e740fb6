"""Planned leave: days a pupil will be away, as the family said beforehand."""

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.scope import Places
from core.validity import NoOverlap, ValidBetween, ValidInTimeQuerySet, ends_after_it_begins
from schools.enums import Session
from schools.models import Enrolment
from schools.models.schools import placed_in

from ..enums import AbsenceReason


def letter_path(leave: "PlannedLeave", filename: str) -> str:
    """Where a letter is kept: a name of our own; of the given one only the ending."""
    return f"leave/{uuid.uuid4().hex}.{filename.rpartition('.')[2]}"


def spells_of_leave() -> models.QuerySet[Enrolment]:
    """Spells, in the school of an outer leave, of its pupil on one of its days."""
    return Enrolment.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=OuterRef("valid_from")),
        pupil=OuterRef("pupil"),
        school=OuterRef("school"),
        valid_from__lt=OuterRef("valid_to"),
    )


class PlannedLeaveQuerySet(ValidInTimeQuerySet["PlannedLeave"]):
    def within(self, places: Places) -> Self:
        """Leaves of schools inside `places`, or of pupils then in a class inside them.

        A leave goes with its pupil from class to class, but not to another school.
        """
        if not places:
            return self.none()
        condition = Q(school_id__in=places.schools)
        if places.classes:
            condition |= Q(Exists(spells_of_leave().filter(school_class__in=places.classes)))
        if places.areas:
            condition |= placed_in(places)
        return self.filter(condition)

    def standing(self) -> Self:
        """Leaves that were not withdrawn."""
        return self.filter(withdrawn_at=None)


class PlannedLeave(ValidBetween):
    """A pupil of a school will be away on the days [valid_from, valid_to).

    It is shown on the sheet as a default and is no mark: only a register that was sent counts.
    A row is never changed, only withdrawn, with a reason; what was said stays readable. The
    letter alone may come later, once.
    """

    school = models.ForeignKey(
        "schools.School", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    pupil = models.ForeignKey(
        "schools.Pupil", on_delete=models.PROTECT, related_name="planned_leaves"
    )
    session = models.CharField(_("session"), max_length=2, choices=Session, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=8, choices=AbsenceReason)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    announced_by = models.CharField(_("told by"), max_length=60)
    letter = models.FileField(_("letter"), upload_to=letter_path, blank=True)
    # They stay when the file has gone with its school year.
    letter_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    letter_at = models.DateTimeField(_("letter kept"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(_("recorded"))
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_because = models.CharField(
        _("why it was withdrawn"), max_length=200, blank=True, default=""
    )

    objects: ClassVar = PlannedLeaveQuerySet.as_manager()

    class Meta:
        verbose_name = _("planned leave")
        verbose_name_plural = _("planned leaves")
        ordering = ["-valid_from", "-pk"]
        constraints = [
            NoOverlap(
                name="leaves_of_a_pupil_do_not_overlap",
                # By school: a new school neither sees nor withdraws what the old one was told.
                same=["school", "pupil"],
                condition=Q(withdrawn_at=None),
                violation_error_message=_(
                    "Leave of this pupil is already recorded for some of these days. "
                    "Choose other days, or withdraw the earlier one first."
                ),
            ),
            ends_after_it_begins("leave_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(valid_to=None), name="leave_has_an_end"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_because="")
                | (
                    Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                    & ~Q(withdrawn_because="")
                ),
                name="leave_is_withdrawn_by_somebody_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(letter="", letter_by=None, letter_at=None)
                | Q(letter_by__isnull=False, letter_at__isnull=False),
                name="letter_of_leave_was_kept_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["school", "valid_to"], name="leave_school_end")]

    def __str__(self) -> str:
        return f"{self.pupil_id} {self.valid_from:%d/%m/%Y}"

    @property
    def letter_came_later(self) -> bool:
        """Whether the letter was kept after the leave had been recorded."""
        return self.letter_at is not None and self.letter_at != self.recorded_at

    def is_of(self, session: str) -> bool:
        """Whether the leave is of this half of the day, or of the whole day."""
        return self.session in ("", session)
