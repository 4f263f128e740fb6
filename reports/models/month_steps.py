"""The steps of a month before it is published: schools confirm, communes are assessed."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.registers.selectors.windows import Locks, lock_over_area
from core.months import Month
from core.permissions import Permission as P
from core.scope import Scope
from core.workflow import IllegalTransition, Subject, Transition, Workflow
from schools.models import School

from ..month_review import events


class MonthConfirmation(models.Model):
    """A school's word that its registers of a month are complete, as far as they can be.

    `missing` and `differing` are what was shown when it was given: registers that were not sent,
    and those that do not agree with the roll. Taken back it is open again; the row stays.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Not confirmed")
        CONFIRMED = "confirmed", _("Confirmed")

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    month = models.DateField(_("month"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    missing = models.PositiveIntegerField(_("registers missing"), default=0)
    differing = models.PositiveIntegerField(_("registers unlike the roll"), default=0)
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
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
        verbose_name = _("confirmation of a month")
        verbose_name_plural = _("confirmations of months")
        ordering = ["-month", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "month"], name="a_school_confirms_a_month_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", confirmed_by=None, confirmed_at=None)
                | models.Q(
                    state="confirmed", confirmed_by__isnull=False, confirmed_at__isnull=False
                ),
                name="confirmed_month_says_by_whom_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school} {Month.of(self.month).label}"


class MonthAssessment(models.Model):
    """What an office says about a commune's month, and what it means to do.

    The commune's officer writes and sends it; the office above accepts it, or gives it back with
    a reason. `version` counts the times it was written, so that nobody writes over another unseen.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Being written")
        SENT = "sent", _("Sent, to be accepted")
        ACCEPTED = "accepted", _("Accepted")

    area = models.ForeignKey(
        "schools.Area", verbose_name=_("commune"), on_delete=models.PROTECT, related_name="+"
    )
    month = models.DateField(_("month"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    text = models.TextField(_("assessment"), blank=True, default="")
    measures = models.TextField(_("measures proposed"), blank=True, default="")
    version = models.PositiveIntegerField(_("revision"), default=0)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("written by"),
    )
    written_at = models.DateTimeField(_("written at"), null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("sent by"),
    )
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("accepted by"),
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    returned = models.CharField(_("why it was given back"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("assessment of a month")
        verbose_name_plural = _("assessments of months")
        ordering = ["-month", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "month"], name="a_month_of_a_commune_is_assessed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft", sent_at=None)
                | (
                    models.Q(sent_at__isnull=False, sent_by__isnull=False)
                    & ~models.Q(text="")
                    & ~models.Q(state="draft")
                ),
                name="sent_assessment_says_what_and_by_whom",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="accepted", accepted_by__isnull=False, accepted_at__isnull=False
                )
                | (models.Q(accepted_at=None) & ~models.Q(state="accepted")),
                name="accepted_assessment_says_by_whom_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {Month.of(self.month).label}"


def _check_over(month: Month) -> None:
    if month.end > timezone.localdate():
        raise IllegalTransition(
            _("%(month)s is not over yet.") % {"month": month.label}, code="not_over"
        )


def _refuse_locked(month: Month) -> None:
    raise IllegalTransition(
        _("%(month)s is closed and published. The province has to open it again first.")
        % {"month": month.label},
        code="published",
    )


def _while_school_is_open(confirmation: MonthConfirmation, scope: Scope | None) -> None:
    month = Month.of(confirmation.month)
    _check_over(month)
    if Locks(confirmation.school_id, "", month.first, month.end).over(month.last) is not None:
        _refuse_locked(month)


def _while_commune_is_open(assessment: MonthAssessment, scope: Scope | None) -> None:
    month = Month.of(assessment.month)
    _check_over(month)
    if lock_over_area(assessment.area, month.last, month.end) is not None:
        _refuse_locked(month)


_C = MonthConfirmation.State
CONFIRM = Transition[MonthConfirmation](
    "confirm",
    sources={_C.OPEN},
    to=_C.CONFIRMED,
    permission=P.CONFIRM_MONTH,
    guard=_while_school_is_open,
    event=events.MONTH_CONFIRMED,
    refusal=_("This month is confirmed already."),
)
WITHDRAW = Transition[MonthConfirmation](
    "withdraw",
    sources={_C.CONFIRMED},
    to=_C.OPEN,
    permission=P.CONFIRM_MONTH,
    guard=_while_school_is_open,
    event=events.MONTH_CONFIRMATION_WITHDRAWN,
    refusal=_("This month is not confirmed."),
)


def _school_holds(confirmation: MonthConfirmation, scope: Scope, permission: P) -> bool:
    places = scope.places(permission)
    return School.objects.within(places).filter(pk=confirmation.school_id).exists()


def _subject_of_school(confirmation: MonthConfirmation) -> Subject:
    return Subject(name=str(confirmation), school=confirmation.school_id)


CONFIRMATIONS = Workflow(
    MonthConfirmation,
    [CONFIRM, WITHDRAW],
    holds=_school_holds,
    subject=_subject_of_school,
    related=["school"],
)

_A = MonthAssessment.State
WRITE = Transition[MonthAssessment](
    "write",
    sources={_A.DRAFT},
    to=_A.DRAFT,
    permission=P.ASSESS_MONTH,
    guard=_while_commune_is_open,
    event=events.ASSESSMENT_WRITTEN,
    refusal=_("This assessment is sent and no longer changes; have it given back first."),
)
SEND = Transition[MonthAssessment](
    "send",
    sources={_A.DRAFT},
    to=_A.SENT,
    permission=P.ASSESS_MONTH,
    guard=_while_commune_is_open,
    event=events.ASSESSMENT_SENT,
    refusal=_("This assessment is sent already."),
)
ACCEPT = Transition[MonthAssessment](
    "accept",
    sources={_A.SENT},
    to=_A.ACCEPTED,
    permission=P.REVIEW_MONTH,
    guard=_while_commune_is_open,
    event=events.ASSESSMENT_ACCEPTED,
    refusal=_("Only an assessment that was sent can be accepted."),
)
GIVE_BACK = Transition[MonthAssessment](
    "give_back",
    sources={_A.SENT, _A.ACCEPTED},
    to=_A.DRAFT,
    permission=P.REVIEW_MONTH,
    guard=_while_commune_is_open,
    event=events.ASSESSMENT_GIVEN_BACK,
    refusal=_("This assessment was not sent yet."),
)


def _commune_holds(assessment: MonthAssessment, scope: Scope, permission: P) -> bool:
    # Of a commune that ended, whoever answers for the place now.
    return assessment.area_id in scope.places_to_read(permission).areas


def _subject_of_commune(assessment: MonthAssessment) -> Subject:
    return Subject(name=str(assessment), area=assessment.area_id)


ASSESSMENTS = Workflow(
    MonthAssessment,
    [WRITE, SEND, ACCEPT, GIVE_BACK],
    holds=_commune_holds,
    subject=_subject_of_commune,
    related=["area"],
)
