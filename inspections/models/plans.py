"""Inspection plans: which communes are visited in a month, why, and by whom."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.permissions import Permission as P
from core.scope import Scope
from core.workflow import Subject, Transition, Workflow

from .. import events


class InspectionPlan(models.Model):
    """A month's inspections of an area: drafted from flags, edited, approved by the province."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved")

    area = models.ForeignKey("schools.Area", on_delete=models.PROTECT, related_name="+")
    month = models.DateField(_("month of the visits"))
    based_on = models.DateField(_("based on the flags of"))
    capacity = models.PositiveSmallIntegerField(
        _("visits possible"), validators=[MinValueValidator(1)]
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    note = models.TextField(_("note"), blank=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="plans_drafted"
    )
    drafted_at = models.DateTimeField(auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="plans_approved",
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("inspection plan")
        verbose_name_plural = _("inspection plans")
        ordering = ["-month", "area__code"]
        constraints = [
            models.UniqueConstraint(fields=["area", "month"], name="one_plan_per_area_and_month"),
            models.CheckConstraint(
                condition=models.Q(
                    state="draft", approved_by__isnull=True, approved_at__isnull=True
                )
                | models.Q(state="approved", approved_by__isnull=False, approved_at__isnull=False),
                name="plan_approval_has_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.month:%m/%Y}"


def _holds(plan: InspectionPlan, scope: Scope, permission: P) -> bool:
    return plan.area_id in scope.places(permission).areas


def _subject(plan: InspectionPlan) -> Subject:
    return Subject(name=f"{plan.month:%m/%Y} · {plan.area.title}", area=plan.area_id)


_S = InspectionPlan.State
_APPROVED_ALREADY = _("The plan is approved and no longer changes. Changes go into the next plan.")

# Communes are added, taken out, moved or chosen anew; each leaves an event of its own kind.
EDIT = Transition[InspectionPlan](
    "edit",
    sources={_S.DRAFT},
    to=_S.DRAFT,
    permission=P.DRAFT_PLANS,
    refusal=_APPROVED_ALREADY,
)
APPROVE = Transition[InspectionPlan](
    "approve",
    sources={_S.DRAFT},
    to=_S.APPROVED,
    permission=P.APPROVE_PLANS,
    event=events.PLAN_APPROVED,
    refusal=_APPROVED_ALREADY,
)

PLANS = Workflow(InspectionPlan, [EDIT, APPROVE], holds=_holds, subject=_subject, related=["area"])
