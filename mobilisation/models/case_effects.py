"""What came after a case, as counted once its days were over: figures, no name."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .cases import ChildCase


class CaseEffect(models.Model):
    """A child's attendance before and after its case was opened, and that of similar children.

    Derived: `manage.py compare_cases` counts it anew. `why_not` says why there is nothing to
    compare; then the numbers below it are those that could be counted.
    """

    class WhyNot(models.TextChoices):
        NO_ROLL = "no_roll", _("On no roll that day")
        FEW_DAYS = "few_days", _("Too few registers around that day")
        FEW_ALIKE = "few_alike", _("Too few similar children")

    case = models.OneToOneField(
        ChildCase,
        verbose_name=_("case of a child"),
        on_delete=models.CASCADE,
        related_name="effect",
    )
    computed_at = models.DateTimeField(_("counted"))
    # First day before and last day after, both included; the day of opening is on neither side.
    before_from = models.DateField(_("from"), null=True, blank=True)
    after_to = models.DateField(_("until"), null=True, blank=True)
    why_not = models.CharField(_("why not compared"), max_length=9, choices=WhyNot, blank=True)
    # On whose roll the child was on the day of opening.
    school = models.ForeignKey(
        "schools.School",
        verbose_name=_("school"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    before_absent = models.PositiveSmallIntegerField(_("absences before"), default=0)
    before_sessions = models.PositiveSmallIntegerField(_("sessions before"), default=0)
    after_absent = models.PositiveSmallIntegerField(_("absences after"), default=0)
    after_sessions = models.PositiveSmallIntegerField(_("sessions after"), default=0)
    # Attendance after, 0..1, foreseen by so many similar children.
    foreseen = models.FloatField(_("foreseen"), null=True, blank=True)
    similar = models.PositiveIntegerField(_("similar children"), default=0)
    # {school id: by how much `foreseen` would be less without its children}: whether several
    # cases err together.
    shared = models.JSONField(_("parts of schools"), default=dict, blank=True)

    class Meta:
        verbose_name = _("what came after a case")
        verbose_name_plural = _("what came after cases")
        ordering = ["case_id"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    models.Q(why_not="", foreseen__isnull=False, school__isnull=False)
                    & models.Q(before_sessions__gt=0, after_sessions__gt=0)
                )
                | (~models.Q(why_not="") & models.Q(foreseen=None)),
                name="case_is_compared_or_has_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    before_absent__lte=models.F("before_sessions"),
                    after_absent__lte=models.F("after_sessions"),
                ),
                name="case_has_no_more_absences_than_sessions",
            ),
        ]

    def __str__(self) -> str:
        return str(self.case)
