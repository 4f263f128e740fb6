"""Scorecards (thi đua): the criteria, what a person changed about them, and the card confirmed.

Official letter 785/UBND-VX (5 June 2015), item 2b: emulation criteria tied to the duty and the
results of every member. What a card says is worked out from rows until somebody confirms it; then
it is kept as it was.
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.permissions import Permission as P
from core.scope import Scope
from core.validity import NoOverlap, ValidInTime, ends_after_it_begins
from core.workflow import IllegalTransition, Subject, Transition, Workflow

from .. import events
from .committees import Member

# A card has a hundred points; a criterion has no more.
MOST_POINTS = 100


class Measure(models.TextChoices):
    """What a criterion counts; how, is said in `inspections.scorecards.measures`."""

    ATTENDANCE = "attendance", _("Months in which attendance reached the target")
    MOBILISATION = "mobilisation", _("Mobilisation rates that reached the target")
    ROLL_KEPT = "roll_kept", _("Retention and dropout that reached the target")
    VISITS = "visits", _("Visits in charge of that were made")
    RECORDS = "records", _("Visits recorded in time")
    RECOMMENDATIONS = "recommendations", _("Recommendations carried out in time")


class ScoringCriterion(ValidInTime):
    """A criterion and the most points it gives, for the school years that end while it is valid."""

    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=40)
    measure = models.CharField(_("what is counted"), max_length=15, choices=Measure)
    points = models.PositiveSmallIntegerField(
        _("most points"), validators=[MinValueValidator(1), MaxValueValidator(MOST_POINTS)]
    )
    source = models.CharField(_("source"), max_length=200, blank=True)
    place = models.PositiveSmallIntegerField(_("order"))

    class Meta:
        verbose_name = _("scoring criterion")
        verbose_name_plural = _("scoring criteria")
        ordering = ["place", "pk"]
        constraints = [
            NoOverlap(
                name="scoring_criterion_holds_once",
                same=["code"],
                violation_error_message=_("This criterion has another row in that time."),
            ),
            ends_after_it_begins("scoring_criterion_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return self.name


class Scorecard(models.Model):
    """A member's card of a school year. `content` is JSON, empty until it is confirmed."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Not confirmed")
        CONFIRMED = "confirmed", _("Confirmed")

    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="scorecards", verbose_name=_("member")
    )
    year = models.ForeignKey(
        "schools.SchoolYear",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("school year"),
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    content = models.TextField(_("figures confirmed"), blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
        constraints = [
            models.UniqueConstraint(fields=["member", "year"], name="one_scorecard_a_year"),
            models.CheckConstraint(
                condition=~models.Q(state="confirmed")
                | (
                    models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False)
                    & ~models.Q(content="")
                ),
                name="confirmed_scorecard_has_figures_and_who",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} · {self.year}"

    @property
    def is_confirmed(self) -> bool:
        """Whether its figures are kept and no longer worked out."""
        return self.state == self.State.CONFIRMED


class ScoreAdjustment(models.Model):
    """Points that a person gives instead of those worked out, and why; the last one counts."""

    scorecard = models.ForeignKey(
        Scorecard,
        on_delete=models.CASCADE,
        related_name="adjustments",
        verbose_name=_("scorecard"),
    )
    criterion = models.SlugField(_("criterion"), max_length=40)
    points = models.DecimalField(
        _("points"), max_digits=4, decimal_places=1, validators=[MinValueValidator(0)]
    )
    reason = models.CharField(_("reason"), max_length=300)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("adjustment of a score")
        verbose_name_plural = _("adjustments of scores")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.points}"


def _holds(card: Scorecard, scope: Scope, permission: P) -> bool:
    return card.member.committee.area_id in scope.places(permission).areas


def _not_ones_own(card: Scorecard, scope: Scope | None) -> None:
    user = None if scope is None else scope.user
    if user is not None and card.member.user_id == user.pk:
        raise IllegalTransition(_("Somebody else decides about your own scorecard."))


def _of_a_year_that_is_over(card: Scorecard, scope: Scope | None) -> None:
    _not_ones_own(card, scope)
    if card.year.last_day >= (timezone.localdate() if scope is None else scope.date):
        raise IllegalTransition(
            _("The school year ends on %(day)s; until then the points still change.")
            % {"day": card.year.last_day.strftime("%d/%m/%Y")},
            code="year",
        )


_S = Scorecard.State
ADJUST = Transition[Scorecard](
    "adjust",
    sources={_S.DRAFT},
    to=_S.DRAFT,
    permission=P.MANAGE_CRITERIA,
    guard=_not_ones_own,
    event=events.SCORE_ADJUSTED,
    refusal=_("The scorecard is confirmed: take the confirmation back first."),
)
CONFIRM = Transition[Scorecard](
    "confirm",
    sources={_S.DRAFT},
    to=_S.CONFIRMED,
    permission=P.MANAGE_CRITERIA,
    guard=_of_a_year_that_is_over,
    event=events.SCORECARD_CONFIRMED,
    refusal=_("The scorecard is confirmed already."),
)
UNCONFIRM = Transition[Scorecard](
    "unconfirm",
    sources={_S.CONFIRMED},
    to=_S.DRAFT,
    permission=P.MANAGE_CRITERIA,
    guard=_not_ones_own,
    event=events.SCORECARD_REOPENED,
    refusal=_("The scorecard is not confirmed."),
)


def _subject(card: Scorecard) -> Subject:
    committee = card.member.committee
    return Subject(name=str(card), part_of=committee, area=committee.area_id)


SCORECARDS = Workflow(
    Scorecard,
    [ADJUST, CONFIRM, UNCONFIRM],
    holds=_holds,
    subject=_subject,
    related=["member__committee", "year"],
)
