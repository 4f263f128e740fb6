"""Plans of action, their tasks, and what is reported about them.

Official letter 785/UBND-VX (5 June 2015), items 2a and 2c: every area has its yearly resolution
and plan, and concrete tasks for what is weakest. A task has exactly one source: a plan, a
recommendation of an inspection, or the assessment of a month.
"""

import datetime
import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.permissions import Permission as P
from core.scope import Scope
from core.types import User
from core.validity import ValidBetween, ends_after_it_begins
from core.workflow import IllegalTransition, Subject, Transition, Workflow
from reports.models import MonthAssessment

from .. import events
from .visits import Recommendation


def document_path(plan: "ActionPlan", filename: str) -> str:
    """Where a plan's paper is kept: a name of our own; of the given one only the ending."""
    return f"action_plans/{uuid.uuid4().hex}.{filename.rpartition('.')[2]}"


def evidence_path(progress: "ActionProgress", filename: str) -> str:
    """Where evidence of progress is kept, named as `document_path` does."""
    return f"action_evidence/{uuid.uuid4().hex}.{filename.rpartition('.')[2]}"


class ActionPlan(ValidBetween):
    """A resolution or plan of an area for the days [valid_from, valid_to)."""

    class Kind(models.TextChoices):
        RESOLUTION = "resolution", _("Resolution")
        YEARLY = "yearly", _("Yearly plan")
        PROGRAMME = "programme", _("Plan under programme 69-CTr/TU")
        OTHER = "other", _("Other plan")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_FORCE = "in_force", _("In force")
        ENDED = "ended", _("Ended")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    area = models.ForeignKey(
        "schools.Area", on_delete=models.PROTECT, related_name="+", verbose_name=_("area")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.YEARLY)
    title = models.CharField(_("title"), max_length=250)
    # What it carries out: a programme, a resolution of the office above.
    basis = models.CharField(_("basis"), max_length=250, blank=True, default="")
    number = models.CharField(_("number"), max_length=60, blank=True, default="")
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    issued_by = models.CharField(_("issued by"), max_length=200, blank=True, default="")
    document = models.FileField(_("document"), upload_to=document_path, blank=True)
    document_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("document kept by"),
    )
    document_at = models.DateTimeField(_("document kept at"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("drafted by"),
    )
    drafted_at = models.DateTimeField(_("drafted at"))

    class Meta:
        verbose_name = _("plan of action")
        verbose_name_plural = _("plans of action")
        ordering = ["-valid_from", "-pk"]
        constraints = [
            ends_after_it_begins("action_plan_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(valid_to=None), name="action_plan_has_an_end"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"])
                | (Q(issued_on__isnull=False) & ~Q(number="") & ~Q(issued_by="")),
                name="action_plan_in_force_has_number_day_and_body",
            ),
            models.CheckConstraint(
                condition=Q(document="", document_by=None, document_at=None)
                | Q(document_by__isnull=False, document_at__isnull=False),
                name="document_of_action_plan_was_kept_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["area", "valid_to"], name="action_plan_area_end")]

    def __str__(self) -> str:
        return self.title


def _holds(plan: ActionPlan, scope: Scope, permission: P) -> bool:
    return plan.area_id in scope.places(permission).areas


def _subject(plan: ActionPlan) -> Subject:
    return Subject(name=f"{plan.title} · {plan.area.title}", area=plan.area_id)


def _with_number(plan: ActionPlan, scope: Scope | None) -> None:
    if not (plan.number and plan.issued_on and plan.issued_by):
        raise IllegalTransition(
            _("Fill in the number, the date and who issued the plan first."), code="number"
        )


def _after_its_last_day(plan: ActionPlan, scope: Scope | None) -> None:
    today = timezone.localdate() if scope is None else scope.date
    if plan.last_day >= today:
        raise IllegalTransition(
            _("The plan runs until %(day)s. A plan that is given up before is withdrawn.")
            % {"day": plan.last_day.strftime("%d/%m/%Y")},
            code="running",
        )


_S = ActionPlan.State
EDIT_PLAN = Transition[ActionPlan](
    "edit",
    sources={_S.DRAFT},
    to=_S.DRAFT,
    permission=P.MANAGE_ACTIONS,
    event=events.ACTION_PLAN_CHANGED,
    refusal=_("The plan is in force or over: amend it instead, or draw up another one."),
)
ISSUE = Transition[ActionPlan](
    "issue",
    sources={_S.DRAFT},
    to=_S.IN_FORCE,
    permission=P.MANAGE_ACTIONS,
    guard=_with_number,
    event=events.ACTION_PLAN_ISSUED,
    refusal=_("Only a draft comes into force."),
)
AMEND = Transition[ActionPlan](
    "amend",
    sources={_S.IN_FORCE},
    to=_S.IN_FORCE,
    permission=P.MANAGE_ACTIONS,
    event=events.ACTION_PLAN_AMENDED,
    refusal=_("Only a plan in force is amended."),
)
END = Transition[ActionPlan](
    "end",
    sources={_S.IN_FORCE},
    to=_S.ENDED,
    permission=P.MANAGE_ACTIONS,
    guard=_after_its_last_day,
    event=events.ACTION_PLAN_ENDED,
    refusal=_("Only a plan in force is ended."),
)
WITHDRAW = Transition[ActionPlan](
    "withdraw",
    sources={_S.DRAFT, _S.IN_FORCE},
    to=_S.WITHDRAWN,
    permission=P.MANAGE_ACTIONS,
    event=events.ACTION_PLAN_WITHDRAWN,
    refusal=_("The plan is over or withdrawn already."),
)

ACTION_PLANS = Workflow(
    ActionPlan,
    [EDIT_PLAN, ISSUE, AMEND, END, WITHDRAW],
    holds=_holds,
    subject=_subject,
    related=["area"],
)


class ActionItem(models.Model):
    """A task or measure: what is to be done where, by whom, until when. It has one source.

    `percent` is what was reported last. `reason` says why it was proposed, and `measure` names the
    rule that proposed it; both are empty for a task that a person wrote.
    """

    class State(models.TextChoices):
        OPEN = "open", _("To be done")
        DONE = "done", _("Reported as done, to be verified")
        VERIFIED = "verified", _("Verified")
        CANCELLED = "cancelled", _("Cancelled")

    plan = models.ForeignKey(
        ActionPlan,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="items",
        verbose_name=_("plan of action"),
    )
    recommendation = models.ForeignKey(
        Recommendation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="items",
        verbose_name=_("recommendation"),
    )
    assessment = models.ForeignKey(
        MonthAssessment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("assessment"),
    )
    what = models.CharField(_("what is to be done"), max_length=500)
    target = models.CharField(_("target"), max_length=300, blank=True, default="")
    indicator = models.CharField(_("indicator"), max_length=30, blank=True, default="")
    target_value = models.DecimalField(
        _("target value"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    level = models.CharField(
        _("education level"), max_length=4, choices=EducationLevel, blank=True, default=""
    )
    area = models.ForeignKey(
        "schools.Area", on_delete=models.PROTECT, related_name="+", verbose_name=_("done in")
    )
    school = models.ForeignKey(
        "schools.School",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("school"),
    )
    member = models.ForeignKey(
        "inspections.Member",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("member who answers for it"),
    )
    organisation = models.CharField(
        _("organisation that answers for it"), max_length=150, blank=True, default=""
    )
    due_on = models.DateField(_("by"))
    reason = models.TextField(_("why it was proposed"), blank=True, default="")
    measure = models.SlugField(_("measure"), max_length=40, blank=True, default="")
    flags = models.ManyToManyField(
        "reports.Flag", through="ActionFlag", related_name="+", verbose_name=_("flags")
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    percent = models.PositiveSmallIntegerField(
        _("done so far"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("given by"),
    )
    made_at = models.DateTimeField(_("given at"))
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("reported as done by"),
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("verified by"),
    )
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    cancelled_because = models.CharField(
        _("why it was cancelled"), max_length=300, blank=True, default=""
    )

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(plan__isnull=False, recommendation=None, assessment=None)
                | Q(plan=None, recommendation__isnull=False, assessment=None)
                | Q(plan=None, recommendation=None, assessment__isnull=False),
                name="task_has_exactly_one_source",
            ),
            models.CheckConstraint(
                condition=Q(target_value=None) | ~Q(indicator=""),
                name="task_with_a_value_names_its_indicator",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "verified"])
                | Q(done_on__isnull=False, done_by__isnull=False),
                name="task_done_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(state="verified", verified_by__isnull=False, verified_at__isnull=False)
                | (Q(verified_by=None, verified_at=None) & ~Q(state="verified")),
                name="task_verified_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None) | ~Q(verified_by=models.F("done_by")),
                name="task_is_verified_by_another_person",
            ),
            models.CheckConstraint(
                condition=(Q(state="cancelled") & ~Q(cancelled_because=""))
                | (Q(cancelled_because="") & ~Q(state="cancelled")),
                name="task_cancelled_says_why",
            ),
        ]
        indexes = [models.Index(fields=["area", "state", "due_on"], name="task_area_state_due")]

    def __str__(self) -> str:
        return self.what[:60]

    @property
    def owner_id(self) -> int:
        """Id of the area whose task it is: that of the plan, or the commune inspected or assessed.

        Asks for the source; load it with the task.
        """
        if self.plan is not None:
            return self.plan.area_id
        if self.recommendation is not None:
            return self.recommendation.visit.commune_id
        assert self.assessment is not None  # by the constraint
        return self.assessment.area_id

    @property
    def source_kind(self) -> str:
        """Which of the three it follows from: "plan", "recommendation" or "assessment"."""
        if self.plan_id is not None:
            return "plan"
        return "assessment" if self.recommendation_id is None else "recommendation"

    @property
    def source_id(self) -> int:
        """Id of the plan, recommendation or assessment it follows from."""
        (found,) = (
            each
            for each in (self.plan_id, self.recommendation_id, self.assessment_id)
            if each is not None
        )
        return found

    @property
    def is_open(self) -> bool:
        """Whether it still waits to be done."""
        return self.state == self.State.OPEN

    def days_late(self, on: datetime.date) -> int:
        """Days since it was due, while it is open; 0 before that, once it is done, and while
        its plan is a draft."""
        if not self.is_open or (self.plan is not None and self.plan.state == _S.DRAFT):
            return 0
        return max((on - self.due_on).days, 0)

    def is_given_to(self, user: User | None, on: datetime.date) -> bool:
        """Whether a person answers for it as a member whose term holds on a day."""
        member = self.member
        return (
            user is not None
            and member is not None
            and member.user_id == user.pk
            and member.sits_on(on)
        )


class ActionFlag(models.Model):
    """A flag that a task answers. By one task at most, so that nothing is proposed twice for it."""

    item = models.ForeignKey(
        ActionItem, on_delete=models.CASCADE, related_name="answers", verbose_name=_("task")
    )
    flag = models.OneToOneField(
        "reports.Flag", on_delete=models.PROTECT, related_name="action", verbose_name=_("flag")
    )

    class Meta:
        verbose_name = _("flag answered by a task")
        verbose_name_plural = _("flags answered by tasks")

    def __str__(self) -> str:
        return f"{self.flag_id}"


class ActionProgress(models.Model):
    """What somebody reports about a task. A report is never changed; another one follows it."""

    item = models.ForeignKey(
        ActionItem, on_delete=models.CASCADE, related_name="reports", verbose_name=_("task")
    )
    reported_on = models.DateField(_("as of"))
    percent = models.PositiveSmallIntegerField(
        _("done so far"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    words = models.TextField(_("what was done"))
    is_done = models.BooleanField(_("it is done"), default=False)
    evidence = models.FileField(_("evidence"), upload_to=evidence_path, blank=True)
    # Of a report by another program: the same again is the same report.
    operation_id = models.UUIDField(_("operation"), null=True, blank=True, unique=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("written by"),
    )
    made_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("report on a task")
        verbose_name_plural = _("reports on tasks")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent=None) | Q(percent__lte=100), name="progress_is_100_at_most"
            ),
        ]

    def __str__(self) -> str:
        return self.words[:60]


def _holds_item(item: ActionItem, scope: Scope, permission: P) -> bool:
    """Who answers for a task reports on it; the area that gave it, and those above, decide."""
    # Of a place that ended, whoever answers for it now: the duty went along.
    places = scope.places_to_read(permission)
    if permission == P.REPORT_ACTIONS:
        return (
            item.area_id in places.areas
            or item.school_id in places.schools
            or item.is_given_to(scope.user, scope.date)
        )
    return item.owner_id in places.areas


def _of_a_plan_that_stands(item: ActionItem, scope: Scope | None) -> None:
    if item.plan is not None and item.plan.state not in (_S.DRAFT, _S.IN_FORCE):
        raise IllegalTransition(_("The plan is over: tasks go into another one."), code="plan")


def _of_a_plan_in_force(item: ActionItem, scope: Scope | None) -> None:
    if item.plan is not None and item.plan.state == _S.DRAFT:
        raise IllegalTransition(_("The plan of this task is not in force yet."), code="draft")


def _not_by_who_did_it(item: ActionItem, scope: Scope | None) -> None:
    if scope is None or scope.user is None or item.done_by_id == scope.user.pk:
        raise IllegalTransition(
            _("Another person than the one who reported it as done verifies it."), code="same"
        )


_I = ActionItem.State
ADD = Transition[ActionItem](
    "add",
    sources={_I.OPEN},
    to=_I.OPEN,
    permission=P.MANAGE_ACTIONS,
    guard=_of_a_plan_that_stands,
    event=events.ACTION_ADDED,
)
CHANGE = Transition[ActionItem](
    "change",
    sources={_I.OPEN},
    to=_I.OPEN,
    permission=P.MANAGE_ACTIONS,
    guard=_of_a_plan_that_stands,
    event=events.ACTION_CHANGED,
    refusal=_("This task is done or cancelled and no longer changes."),
)
REPORT = Transition[ActionItem](
    "report",
    sources={_I.OPEN},
    to=_I.OPEN,
    permission=P.REPORT_ACTIONS,
    guard=_of_a_plan_in_force,
    event=events.ACTION_REPORTED,
    refusal=_("This task is done or cancelled: nothing more is reported."),
)
FINISH_ACTION = Transition[ActionItem](
    "finish",
    sources={_I.OPEN},
    to=_I.DONE,
    permission=P.REPORT_ACTIONS,
    guard=_of_a_plan_in_force,
    event=events.ACTION_DONE,
    refusal=_("This task is done or cancelled: nothing more is reported."),
)
VERIFY = Transition[ActionItem](
    "verify",
    sources={_I.DONE},
    to=_I.VERIFIED,
    permission=P.MANAGE_ACTIONS,
    guard=_not_by_who_did_it,
    event=events.ACTION_VERIFIED,
    refusal=_("Only a task that was reported as done is verified."),
)
REOPEN_ACTION = Transition[ActionItem](
    "reopen",
    sources={_I.DONE, _I.VERIFIED},
    to=_I.OPEN,
    permission=P.MANAGE_ACTIONS,
    event=events.ACTION_REOPENED,
    refusal=_("Only a task that was reported as done is opened again."),
)
CANCEL = Transition[ActionItem](
    "cancel",
    sources={_I.OPEN, _I.DONE},
    to=_I.CANCELLED,
    permission=P.MANAGE_ACTIONS,
    event=events.ACTION_CANCELLED,
    refusal=_("This task is verified or cancelled already."),
)


def _subject_of_item(item: ActionItem) -> Subject:
    whole: models.Model | None = item.plan or item.assessment
    if item.recommendation is not None:
        whole = item.recommendation.visit.plan
    return Subject(name=item.what, part_of=whole, area=item.area_id, school=item.school_id)


ACTIONS = Workflow(
    ActionItem,
    [ADD, CHANGE, REPORT, FINISH_ACTION, VERIFY, REOPEN_ACTION, CANCEL],
    holds=_holds_item,
    subject=_subject_of_item,
    related=["plan", "recommendation__visit__plan", "assessment", "member__committee", "area"],
)
