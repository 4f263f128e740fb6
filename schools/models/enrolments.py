"""Enrolment: a spell of one pupil in one class.

`valid_from` is the first day on the roll, `valid_to` the first day no longer on it. The
spells of one pupil never overlap. School, sex and ethnic group are copied onto the spell,
because monthly facts are counted from spells and must not join three tables for it.
"""

from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.scope import Places
from core.validity import NoOverlap, ValidInTime, ValidInTimeQuerySet, ends_after_it_begins

from .. import ethnic_groups
from ..enums import DropoutCause, EntryReason, ExitReason, Grade, Sex


def validate_further_causes(text: str) -> None:
    """Causes are written as codes joined by commas, each once, in the order of the list."""
    known = list(DropoutCause.values)
    causes = text.split(",")
    if any(cause not in known for cause in causes):
        raise ValidationError(_("Choose causes of the list."), code="unknown_cause")
    if causes != sorted(set(causes), key=known.index):
        raise ValidationError(_("Name each cause once."), code="cause_order")


class EnrolmentQuerySet(ValidInTimeQuerySet["Enrolment"]):
    def within(self, places: Places) -> Self:
        """Spells in classes inside `places`."""
        if not places:
            return self.none()
        condition = models.Q(school_class_id__in=places.classes) | models.Q(
            school_id__in=places.schools
        )
        if places.areas:
            from .schools import placed_in

            condition |= placed_in(places)
        return self.filter(condition)


class Enrolment(ValidInTime):
    """A pupil on the roll of a class between two days."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="spells")
    school_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.PROTECT, related_name="spells"
    )
    pupil = models.ForeignKey("schools.Pupil", on_delete=models.PROTECT, related_name="spells")
    grade = models.SmallIntegerField(_("grade"), choices=Grade)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, editable=False)
    ethnic_group = models.CharField(
        _("ethnic group"), max_length=2, choices=ethnic_groups.choices, editable=False
    )
    entry_reason = models.CharField(
        _("came because"), max_length=6, choices=EntryReason, default=EntryReason.YEAR_START
    )
    exit_reason = models.CharField(
        _("left because"), max_length=9, choices=ExitReason, blank=True, default=""
    )
    dropout_cause = models.CharField(
        _("cause of dropout"), max_length=8, choices=DropoutCause, blank=True, default=""
    )
    # Codes of DropoutCause, comma between: several may have come together.
    further_causes = models.CharField(
        _("further causes of dropout"),
        max_length=80,
        blank=True,
        default="",
        validators=[validate_further_causes],
    )

    # Code of the ministry's status as its list told it last, "" when none did: of "moved here in
    # the first term" and "in the second" the roll itself knows no difference, their list does.
    told_status = models.CharField(
        _("status in the ministry's list"), max_length=2, blank=True, default="", editable=False
    )

    # Who let a pupil leave, and who took it back: the roll decides every rate.
    history = HistoricalRecords()
    objects: ClassVar = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            NoOverlap(
                name="enrolments_of_a_pupil_do_not_overlap",
                same=["pupil"],
                violation_error_message=_(
                    "This pupil is already on the roll of a class in that time. "
                    "Let the pupil leave that class first, or choose a later day."
                ),
            ),
            ends_after_it_begins("enrolment_ends_after_it_begins"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None, exit_reason="")
                | (~models.Q(valid_to=None) & ~models.Q(exit_reason="")),
                name="enrolment_end_has_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(dropout_cause="") | models.Q(exit_reason=ExitReason.DROPOUT),
                name="dropout_cause_only_for_dropout",
            ),
            models.CheckConstraint(
                condition=models.Q(further_causes="") | ~models.Q(dropout_cause=""),
                name="further_causes_follow_a_cause",
            ),
        ]
        indexes = [
            models.Index(fields=["school", "valid_from"], name="enrolment_school_from"),
        ]

    def __str__(self) -> str:
        return f"{self.pupil} · {self.school_class}"

    @property
    def causes(self) -> list[DropoutCause]:
        """Why the pupil dropped out: the main cause, then the further ones."""
        codes = [self.dropout_cause, *self.further_causes.split(",")]
        return [DropoutCause(code) for code in codes if code]

    @property
    def cause_names(self) -> list[str]:
        """The causes in words, the main one first."""
        return [str(cause.label) for cause in self.causes]

    def copy_from_owners(self) -> None:
        """Copy school, sex and ethnic group from class and pupil; bulk writers call it too."""
        self.school_id = self.school_class.school_id
        self.sex = self.pupil.sex
        self.ethnic_group = self.pupil.ethnic_group

    def clean(self) -> None:
        super().clean()
        if self.pupil_id and self.pupil.anonymised_at is not None and self.valid_to is None:
            raise ValidationError(
                _(
                    "This record was made anonymous. A child who comes back is entered as a new "
                    "pupil."
                ),
                code="anonymous",
            )
        if self.school_class_id and self.grade not in self.school_class.grade_list:
            raise ValidationError({"grade": _("The class does not teach this grade.")})
        if self.school_class_id and self.valid_from:
            ended_on = self.school_class.ended_on
            if ended_on is not None and self.valid_from >= ended_on:
                raise ValidationError(
                    {
                        "valid_from": _("This class ended on %(day)s.")
                        % {"day": ended_on.strftime("%d/%m/%Y")}
                    },
                    code="class_ended",
                )
            year = self.school_class.year
            if not year.is_valid_on(self.valid_from):
                raise ValidationError(
                    {
                        "valid_from": _("The day must lie in school year %(year)s.")
                        % {"year": year.code}
                    }
                )
            if self.valid_to and self.valid_to > year.valid_to:
                raise ValidationError(
                    {
                        "valid_to": _("The day must lie in school year %(year)s.")
                        % {"year": year.code}
                    }
                )
