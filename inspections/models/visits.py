"""Visits of a plan and the recommendations they leave."""

import datetime
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.permissions import Permission as P
from core.scope import Scope
from core.types import User
from core.vietnamese import fold
from core.workflow import IllegalTransition, Subject, Transition, Workflow

from .. import events
from .committees import sits
from .plans import InspectionPlan


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
    # Why it stands where it stands, as `inspections.priority` reckoned it when the commune was
    # chosen; None of a commune added by hand.
    points = models.JSONField(_("points"), null=True, blank=True, editable=False)
    member = models.ForeignKey(
        "inspections.Member",
        verbose_name=_("in charge"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="visits",
    )
    # Who goes along: they write down what is found, as the member in charge does.
    team = models.ManyToManyField(
        "inspections.Member", verbose_name=_("going along"), related_name="+", blank=True
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
    # A line for each: name and position. Empty: not noted, the minutes leave room for them.
    represented_by = models.TextField(
        _("for those inspected"), blank=True, default="", db_default=""
    )

    # Of a visit called off; empty with those called off before a reason was asked for.
    called_off_because = models.CharField(
        _("why it was called off"), max_length=500, blank=True, default="", db_default=""
    )
    called_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("called off by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    called_off_at = models.DateTimeField(_("called off at"), null=True, blank=True)
    put_off_to = models.DateField(_("put off to"), null=True, blank=True)

    # Of the last time the day changed after the approval; the events have every one.
    moved_from = models.DateField(_("day before it was changed"), null=True, blank=True)
    moved_because = models.CharField(
        _("why the day was changed"), max_length=500, blank=True, default="", db_default=""
    )
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("day changed by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    moved_at = models.DateTimeField(_("day changed at"), null=True, blank=True)

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
            models.CheckConstraint(
                condition=models.Q(
                    called_off_because="",
                    called_off_by__isnull=True,
                    called_off_at__isnull=True,
                    put_off_to__isnull=True,
                )
                | (
                    models.Q(
                        state="cancelled",
                        called_off_by__isnull=False,
                        called_off_at__isnull=False,
                    )
                    & ~models.Q(called_off_because="")
                ),
                name="called_off_visit_says_why_who_and_when",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    moved_from__isnull=True,
                    moved_because="",
                    moved_by__isnull=True,
                    moved_at__isnull=True,
                )
                | models.Q(
                    moved_from__isnull=False, moved_by__isnull=False, moved_at__isnull=False
                ),
                name="moved_visit_says_from_when_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commune} ({self.get_state_display()})"

    @property
    def representatives(self) -> list[str]:
        """Those who spoke for the inspected, each with the position."""
        return self.represented_by.splitlines()

    def has_in_charge(self, user: User | None, on: datetime.date) -> bool:
        """Whether the user is the member in charge and their term holds on a day."""
        member = self.member
        return (
            user is not None
            and member is not None
            and member.user_id == user.pk
            and member.sits_on(on)
        )

    def has_on_team(self, user: User | None, on: datetime.date) -> bool:
        """Whether the user is in charge or goes along, and the term holds on a day."""
        return self.has_in_charge(user, on) or (
            user is not None and self.team.filter(sits(on), user=user).exists()
        )


def _is_approved(visit: Visit) -> bool:
    return visit.plan.state == InspectionPlan.State.APPROVED


def _holds(visit: Visit, scope: Scope, permission: P) -> bool:
    """The plan is of who inspects; the report on the recommendations of the commune visited."""
    if permission == P.ANSWER_RECOMMENDATIONS:
        return visit.commune_id in scope.places(permission).areas
    return visit.plan.area_id in scope.places(permission).areas


def _approver_changes_approved(visit: Visit, scope: Scope | None) -> None:
    if _is_approved(visit) and scope is not None and not _holds(visit, scope, P.APPROVE_PLANS):
        raise IllegalTransition(_("Only who approves plans changes a visit of an approved one."))


def _only_of_an_approved_plan(visit: Visit, scope: Scope | None) -> None:
    if not _is_approved(visit):
        raise IllegalTransition(_("The plan is a draft: take the commune out of it instead."))


def _only_with_a_new_day(visit: Visit, scope: Scope | None) -> None:
    if visit.moved_at is None:
        raise IllegalTransition(_("The day of this visit is as it was approved."))


def _only_with_recommendations(visit: Visit, scope: Scope | None) -> None:
    if not visit.recommendations.exists():
        raise IllegalTransition(
            _("This visit left no recommendation: there is nothing to report on.")
        )


def _by_who_is_in_charge(visit: Visit, scope: Scope | None) -> None:
    if scope is None or not visit.has_in_charge(scope.user, scope.date):
        raise IllegalTransition(
            _("Only the member in charge records this visit."), code="not_in_charge"
        )
    if not _is_approved(visit):
        raise IllegalTransition(_("The plan of this visit is not approved yet."), code="draft")


def _by_the_team(visit: Visit, scope: Scope | None) -> None:
    if scope is None or not visit.has_on_team(scope.user, scope.date):
        raise IllegalTransition(
            _("Only the member in charge and those who go along write down what is found."),
            code="not_on_team",
        )
    if not _is_approved(visit):
        raise IllegalTransition(_("The plan of this visit is not approved yet."), code="draft")


_S = Visit.State
RESCHEDULE = Transition[Visit](
    "reschedule",
    sources={_S.PLANNED},
    to=_S.PLANNED,
    permission=P.DRAFT_PLANS,
    guard=_approver_changes_approved,
    event=events.VISIT_CHANGED,
    refusal=_("This visit is made or called off and no longer changes."),
)
CALL_OFF = Transition[Visit](
    "call_off",
    sources={_S.PLANNED},
    to=_S.CANCELLED,
    permission=P.APPROVE_PLANS,
    guard=_only_of_an_approved_plan,
    event=events.VISIT_CANCELLED,
    refusal=_("This visit is made or called off and no longer changes."),
)
# The notice that the visit is not made gets a number of the office.
ISSUE_NOTICE = Transition[Visit](
    "issue_notice",
    sources={_S.CANCELLED},
    to=_S.CANCELLED,
    permission=P.APPROVE_PLANS,
    event=events.VISIT_NOTICE_ISSUED,
    refusal=_("This visit is not called off: there is no notice to issue."),
)
# So does the notice that it is made on another day.
ISSUE_MOVED = Transition[Visit](
    "issue_moved",
    sources={_S.PLANNED},
    to=_S.PLANNED,
    permission=P.APPROVE_PLANS,
    guard=_only_with_a_new_day,
    event=events.VISIT_MOVE_ISSUED,
    refusal=_("This visit is made or called off: its day is no longer to come."),
)
# So do the minutes.
ISSUE_MINUTES = Transition[Visit](
    "issue_minutes",
    sources={_S.DONE},
    to=_S.DONE,
    permission=P.APPROVE_PLANS,
    event=events.VISIT_MINUTES_ISSUED,
    refusal=_("This visit is not recorded: there are no minutes to issue."),
)
# So does the notice to the commune of what the visit found and asks for.
ISSUE_RESULT = Transition[Visit](
    "issue_result",
    sources={_S.DONE},
    to=_S.DONE,
    permission=P.APPROVE_PLANS,
    event=events.VISIT_RESULT_ISSUED,
    refusal=_("This visit is not recorded: there are no results to tell."),
)
# What the commune reports of the recommendations gets a number of its own office.
ISSUE_REMEDIES = Transition[Visit](
    "issue_remedies",
    sources={_S.DONE},
    to=_S.DONE,
    permission=P.ANSWER_RECOMMENDATIONS,
    guard=_only_with_recommendations,
    event=events.VISIT_REMEDIES_ISSUED,
    refusal=_("This visit is not recorded: there are no recommendations to report on."),
)
# Of no place: it is the right of the one member in charge.
RECORD = Transition[Visit](
    "record",
    sources={_S.PLANNED},
    to=_S.DONE,
    guard=_by_who_is_in_charge,
    event=events.VISIT_RECORDED,
    refusal=_("This visit is recorded or called off already."),
)
# What is found on the spot, before the record: by everybody who is there.
WRITE_DOWN = Transition[Visit](
    "write_down",
    sources={_S.PLANNED},
    to=_S.PLANNED,
    guard=_by_the_team,
    event=events.FINDINGS_WRITTEN,
    refusal=_("This visit is recorded or called off: add a supplement instead."),
)
# A photo belongs to what is written down; once the record is there none is taken out or replaced.
ADD_PHOTO = Transition[Visit](
    "add_photo",
    sources={_S.PLANNED},
    to=_S.PLANNED,
    guard=_by_the_team,
    event=events.PHOTO_ADDED,
    refusal=_("This visit was called off: no photo is added."),
)
# A photo that a device sends only after the record: it is kept and told to be later.
ADD_LATE_PHOTO = Transition[Visit](
    "add_late_photo",
    sources={_S.DONE},
    to=_S.DONE,
    guard=_by_the_team,
    event=events.PHOTO_ADDED,
    refusal=_("This visit was called off: no photo is added."),
)
REMOVE_PHOTO = Transition[Visit](
    "remove_photo",
    sources={_S.PLANNED},
    to=_S.PLANNED,
    guard=_by_the_team,
    event=events.PHOTO_REMOVED,
    refusal=_("The visit is recorded: its photos stay as they are."),
)
# The minutes as both sides signed them, photographed or scanned.
ADD_SCAN = Transition[Visit](
    "add_scan",
    sources={_S.DONE},
    to=_S.DONE,
    guard=_by_the_team,
    event=events.MINUTES_SCANNED,
    refusal=_("Only a recorded visit has signed minutes."),
)
SUPPLEMENT = Transition[Visit](
    "supplement",
    sources={_S.DONE},
    to=_S.DONE,
    guard=_by_the_team,
    event=events.VISIT_SUPPLEMENTED,
    refusal=_("Only a recorded visit has supplements."),
)


def _subject(visit: Visit) -> Subject:
    return Subject(name=visit.commune.title, part_of=visit.plan, area=visit.plan.area_id)


VISITS = Workflow(
    Visit,
    [
        RESCHEDULE,
        CALL_OFF,
        ISSUE_NOTICE,
        ISSUE_MOVED,
        ISSUE_MINUTES,
        ISSUE_RESULT,
        ISSUE_REMEDIES,
        RECORD,
        WRITE_DOWN,
        ADD_PHOTO,
        ADD_LATE_PHOTO,
        REMOVE_PHOTO,
        ADD_SCAN,
        SUPPLEMENT,
    ],
    holds=_holds,
    subject=_subject,
    related=["plan__area", "member__committee", "commune"],
)


LONGEST_SEARCH = 2_000


class Recommendation(models.Model):
    """What the inspected commune should do, who answers for it, and by when."""

    class Kind(models.TextChoices):
        """What it is about, so that it can be seen what followed those of a kind."""

        REGISTERS = "registers", _("Registers and figures")
        BRINGING = "bringing", _("Bringing pupils back to class")
        FAMILIES = "families", _("Families, villages and organisations")
        BOARDING = "boarding", _("Boarding, meals, the way to school")
        TEACHING = "teaching", _("Teaching and help with learning")
        DIRECTION = "direction", _("Direction and division of work")
        OTHER = "other", _("Something else")

    class Severity(models.TextChoices):
        """How grave what was found is, the gravest first."""

        SERIOUS = "serious", _("Serious")
        NOTABLE = "notable", _("Notable")
        LIGHT = "light", _("Light")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ANSWERED = "answered", _("Answered, to be confirmed")
        DONE = "done", _("Carried out")

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="recommendations")
    # Empty: to the commune.
    school = models.ForeignKey(
        "schools.School",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("to the school"),
    )
    # Empty with those written before kinds were asked for.
    kind = models.CharField(
        _("what it is about"), max_length=9, choices=Kind, blank=True, default="", db_default=""
    )
    # Of what was found, and led to it. Empty: not rated, as all were before it was asked for.
    severity = models.CharField(
        _("severity"), max_length=7, choices=Severity, blank=True, default="", db_default=""
    )
    text = models.TextField(_("recommendation"))
    owner = models.CharField(_("who answers for it"), max_length=150)
    due_on = models.DateField(_("by"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    # What those inspected say they did; empty until they answer, and again once it is taken back.
    remedy = models.TextField(_("what was done"), blank=True, default="", db_default="")
    remedied_on = models.DateField(_("done on"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
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
    # When an answer or note was last found not to be enough.
    reopened_at = models.DateTimeField(_("opened again at"), null=True, blank=True)
    # How many levels above the commune were told that it is overdue; each is told once.
    told_above = models.PositiveSmallIntegerField(_("levels told"), default=0, db_default=0)
    # What it is found by: text and who answers, folded.
    search_text = models.CharField(
        _("found by"),
        max_length=LONGEST_SEARCH,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="answered")
                | (
                    models.Q(
                        remedied_on__isnull=False,
                        answered_by__isnull=False,
                        answered_at__isnull=False,
                    )
                    & ~models.Q(remedy="")
                ),
                name="answered_recommendation_says_what_when_and_who",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = fold(f"{self.text} {self.owner}")[:LONGEST_SEARCH]
        super().save(*args, **kwargs)

    def days_late(self, on: datetime.date) -> int:
        """Days since it was due, while nobody has answered; 0 else. The same as `overdue`."""
        return max((on - self.due_on).days, 0) if self.state == self.State.OPEN else 0

    @property
    def is_overdue(self) -> bool:
        """Whether it is overdue today."""
        return self.days_late(timezone.localdate()) > 0


def overdue(on: datetime.date) -> models.Q:
    """Q for recommendations overdue on a day: nobody has answered and the day has passed."""
    return models.Q(state=Recommendation.State.OPEN, due_on__lt=on)


def proof_path(proof: "RecommendationProof", filename: str) -> str:
    """Where a file of proof is kept: a random name, which tells nothing of what it shows."""
    return f"recommendation_proof/{uuid.uuid4().hex}.{filename.rpartition('.')[2]}"


class RecommendationProof(models.Model):
    """A photo or paper that came with an answer to a recommendation.

    It stays when the answer is written anew or taken back: what was shown was shown.
    """

    recommendation = models.ForeignKey(
        Recommendation,
        on_delete=models.CASCADE,
        related_name="proofs",
        verbose_name=_("recommendation"),
    )
    file = models.FileField(_("file"), upload_to=proof_path)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("sent by"),
    )
    made_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("proof of an answer")
        verbose_name_plural = _("proofs of answers")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.recommendation} · {self.pk}"


def _answers_for(recommendation: Recommendation, scope: Scope, permission: P) -> bool:
    """Those inspected answer; who inspects, and who drafts the plans, says whether it is done."""
    visit = recommendation.visit
    if permission == P.ANSWER_RECOMMENDATIONS:
        # Of a commune that ended, whoever answers for the place now: the duty went along.
        places = scope.places_to_read(permission)
        return recommendation.school_id in places.schools or visit.commune_id in places.areas
    return visit.has_in_charge(scope.user, scope.date) or _holds(visit, scope, permission)


def _not_by_who_answered(recommendation: Recommendation, scope: Scope | None) -> None:
    who = recommendation.answered_by_id
    if who is not None and scope is not None and scope.user is not None and scope.user.pk == who:
        raise IllegalTransition(_("Another person than the one who answered confirms it."))


def _by_the_timetable(recommendation: Recommendation, scope: Scope | None) -> None:
    if scope is not None:
        raise IllegalTransition(_("This follows from the day alone; nobody does it."))


_R = Recommendation.State
ANSWER = Transition[Recommendation](
    "answer",
    sources={_R.OPEN, _R.ANSWERED},
    to=_R.ANSWERED,
    permission=P.ANSWER_RECOMMENDATIONS,
    event=events.RECOMMENDATION_ANSWERED,
    refusal=_("This recommendation is confirmed as carried out already."),
)
FINISH = Transition[Recommendation](
    "finish",
    sources={_R.OPEN, _R.ANSWERED},
    to=_R.DONE,
    permission=P.DRAFT_PLANS,
    guard=_not_by_who_answered,
    event=events.RECOMMENDATION_DONE,
)
REOPEN = Transition[Recommendation](
    "reopen",
    sources={_R.DONE, _R.ANSWERED},
    to=_R.OPEN,
    permission=P.DRAFT_PLANS,
    event=events.RECOMMENDATION_REOPENED,
    refusal=_("This recommendation is open already."),
)


def _subject_of_recommendation(recommendation: Recommendation) -> Subject:
    plan = recommendation.visit.plan
    return Subject(name=recommendation.text, part_of=plan, area=plan.area_id)


# Of the night alone: nobody decides that a day is over.
RAISE = Transition[Recommendation](
    "raise",
    sources={_R.OPEN},
    to=_R.OPEN,
    guard=_by_the_timetable,
    event=events.RECOMMENDATION_RAISED,
    refusal=_("Only an open recommendation is overdue."),
)


RECOMMENDATIONS = Workflow(
    Recommendation,
    [ANSWER, FINISH, REOPEN, RAISE],
    holds=_answers_for,
    subject=_subject_of_recommendation,
    related=["visit__plan", "visit__member__committee"],
)
