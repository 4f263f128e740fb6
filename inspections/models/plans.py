"""Inspection plans: which communes are visited in a month, why, and by whom."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.permission_holders import Holder, holders
from core.permissions import Permission as P
from core.scope import Scope
from core.workflow import IllegalTransition, Subject, Transition, Workflow

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
    # Of a month of a proposal over several months what that was asked for, so that its communes
    # are chosen anew in the same way (`year_plan.services`); None of one drafted from the list.
    proposed = models.JSONField(_("proposal"), null=True, blank=True, editable=False)
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
    # Only of a plan that one person drafted and approved: nobody else could.
    approved_alone_because = models.CharField(
        _("why drafted and approved by one person"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
    )

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


def other_approvers(plan: InspectionPlan, scope: Scope) -> list[Holder]:
    """Who may approve a plan today and did not draft it, the longest in office first.

    Of the plan's area and those above it; one person once. One query for each source.
    """
    above = [area.pk for area in scope.tree.ancestors(plan.area_id)]
    found = holders(P.APPROVE_PLANS, on=scope.date, class_ids=[], school_ids=[], area_ids=above)
    once = {each.user_id: each for each in reversed(found) if each.user_id != plan.drafted_by_id}
    return list(reversed(once.values()))


def _is_drafter(plan: InspectionPlan, scope: Scope | None) -> bool:
    return scope is not None and scope.user is not None and scope.user.pk == plan.drafted_by_id


def _by_another(plan: InspectionPlan, scope: Scope | None) -> None:
    if _is_drafter(plan, scope):
        raise IllegalTransition(
            _("You drafted this plan: somebody else approves it."), code="own_draft"
        )


def _by_the_only_one(plan: InspectionPlan, scope: Scope | None) -> None:
    if scope is None or not _is_drafter(plan, scope):
        raise IllegalTransition(_("Somebody else drafted this plan: approve it without a reason."))
    others = other_approvers(plan, scope)
    if others:
        raise IllegalTransition(
            _("You drafted this plan. These people can approve it: %(names)s.")
            % {"names": ", ".join(each.name for each in others)},
            code="own_draft",
        )


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
    guard=_by_another,
    event=events.PLAN_APPROVED,
    refusal=_APPROVED_ALREADY,
)
# The way out of an office with one officer only; the reason stands on the plan (ADR 0080).
APPROVE_ALONE = Transition[InspectionPlan](
    "approve_alone",
    sources={_S.DRAFT},
    to=_S.APPROVED,
    permission=P.APPROVE_PLANS,
    guard=_by_the_only_one,
    event=events.PLAN_APPROVED_ALONE,
    refusal=_APPROVED_ALREADY,
)

# The plan, or the decision on its team, gets a number of the office: what is printed is the plan
# that was approved.
ISSUE = Transition[InspectionPlan](
    "issue",
    sources={_S.APPROVED},
    to=_S.APPROVED,
    permission=P.APPROVE_PLANS,
    event=events.PLAN_PAPER_ISSUED,
    refusal=_("The plan is not approved yet. Approve it first, then its papers can be issued."),
)

PLANS = Workflow(
    InspectionPlan,
    [EDIT, APPROVE, APPROVE_ALONE, ISSUE],
    holds=_holds,
    subject=_subject,
    related=["area"],
)
