"""Visits of a plan and the recommendations they leave."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel


class Visit(models.Model):
    """One commune to be inspected in a plan, with the reasons it was chosen."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    plan = models.ForeignKey(
        "inspections.InspectionPlan", on_delete=models.CASCADE, related_name="visits"
    )
    commune = models.ForeignKey("schools.Area", on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField(_("order"))
    level = models.CharField(
        _("level to look at first"), max_length=4, choices=EducationLevel, blank=True
    )
    reason = models.TextField(_("reason"))
    flags = models.ManyToManyField("reports.Flag", related_name="visits", blank=True)
    member = models.ForeignKey(
        "inspections.Member",
        verbose_name=_("in charge"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="visits",
    )
    planned_on = models.DateField(_("planned day"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.PLANNED)
    visited_on = models.DateField(_("day of the visit"), null=True, blank=True)
    result = models.TextField(_("result"), blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="visits_recorded",
    )
    recorded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["plan", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "commune"], name="one_visit_per_plan_commune"),
            models.CheckConstraint(
                condition=~models.Q(state="done")
                | (
                    models.Q(
                        visited_on__isnull=False,
                        recorded_by__isnull=False,
                        recorded_at__isnull=False,
                    )
                    & ~models.Q(result="")
                ),
                name="done_visit_has_day_result_and_recorder",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commune} ({self.get_state_display()})"


class Recommendation(models.Model):
    """What the inspected commune should do, who answers for it, and by when."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Carried out")

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="recommendations")
    text = models.TextField(_("recommendation"))
    owner = models.CharField(_("who answers for it"), max_length=150)
    due_on = models.DateField(_("by"))
    state = models.CharField(_("state"), max_length=4, choices=State, default=State.OPEN)
    # Empty while it is open; those carried out before these were asked for have none either.
    done_on = models.DateField(_("carried out on"), null=True, blank=True)
    evidence = models.TextField(_("what shows it"), blank=True, default="")
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("noted by"),
    )
    done_at = models.DateTimeField(_("noted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.text[:60]
