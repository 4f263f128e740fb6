"""Semi-boarders (học sinh bán trú) in time, and the scheme by which a school becomes theirs."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.permissions import Permission as P
from core.scope import Scope
from core.validity import NoOverlap, ValidInTime, ends_after_it_begins
from core.workflow import IllegalTransition, Subject, Transition, Workflow

from .. import events
from .schools import Placement, School


class SemiBoarding(ValidInTime):
    """A pupil is a semi-boarder between two days: cannot come and go home within the day.

    It belongs to the pupil and goes along to another class, year and school; it counts only on
    days on which the pupil is on a roll (circular 03/2023/TT-BGDĐT, art. 2).
    """

    class Basis(models.TextChoices):
        DISTANCE = "distance", _("Home is too far from school")
        TERRAIN = "terrain", _("The way is hard or dangerous")

    pupil = models.ForeignKey(
        "schools.Pupil", on_delete=models.CASCADE, related_name="semi_boardings"
    )
    # Empty: entered before anybody asked why.
    basis = models.CharField(
        _("why a semi-boarder"), max_length=8, choices=Basis, blank=True, default=""
    )
    own_lodging = models.BooleanField(
        _("finds the own lodging"),
        default=False,
        help_text=_("The school has no room; the family rents or lodges the pupil with others."),
    )

    class Meta:
        verbose_name = _("time as a semi-boarder")
        verbose_name_plural = _("times as a semi-boarder")
        ordering = ["-valid_from", "-pk"]
        constraints = [
            NoOverlap(
                name="semi_boardings_of_a_pupil_do_not_overlap",
                same=["pupil"],
                violation_error_message=_(
                    "This pupil is a semi-boarder in a part of that time already. "
                    "Choose other days."
                ),
            ),
            ends_after_it_begins("semi_boarding_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.pupil_id} {self.valid_from:%d/%m/%Y}"


class ConversionScheme(models.Model):
    """The scheme (đề án) to turn a school into a semi-boarding ethnic school.

    `figures` is how the school stood to the rules on the day it was reviewed: it stays as it
    was, whatever the rolls say later.
    """

    class State(models.TextChoices):
        REVIEWED = "reviewed", _("Reviewed")
        DRAFTED = "drafted", _("Drafted")
        APPRAISED = "appraised", _("Appraised")
        RETURNED = "returned", _("Sent back")
        APPROVED = "approved", _("Approved")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    school = models.ForeignKey(
        School, verbose_name=_("school"), on_delete=models.PROTECT, related_name="schemes"
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.REVIEWED)
    figures: Any = models.JSONField(_("figures on the day of the review"), default=dict, blank=True)
    reviewed_on = models.DateField(_("reviewed on"))
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("reviewed by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    content = models.TextField(_("what the scheme says"), max_length=4000, blank=True)
    wanted_from = models.DateField(_("to be converted from"), null=True, blank=True)
    drafted_on = models.DateField(_("drafted on"), null=True, blank=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    appraisal = models.TextField(_("what the appraisal found"), max_length=2000, blank=True)
    appraised_on = models.DateField(_("appraised on"), null=True, blank=True)
    appraised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("appraised by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    # Why it was sent back or withdrawn.
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decision = models.CharField(_("number of the decision"), max_length=100, blank=True)
    decided_on = models.DateField(_("date of the decision"), null=True, blank=True)
    effective_on = models.DateField(_("in force from"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("scheme of a semi-boarding school")
        verbose_name_plural = _("schemes of semi-boarding schools")
        ordering = ["-reviewed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school"],
                condition=~Q(state="approved") & ~Q(state="withdrawn"),
                name="one_standing_scheme_of_a_school",
                violation_error_message=_("This school has a scheme under way already."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["reviewed", "withdrawn"])
                | (~Q(content="") & Q(drafted_by__isnull=False)),
                name="scheme_is_drafted_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (
                    ~Q(decision="")
                    & Q(decided_on__isnull=False, effective_on__isnull=False)
                    & Q(approved_by__isnull=False, appraised_by__isnull=False)
                ),
                name="approved_scheme_has_its_decision",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["returned", "withdrawn"]) | ~Q(reason=""),
                name="scheme_is_stopped_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return str(self.school)


_S = ConversionScheme.State
# A scheme that still goes on.
STANDING = (_S.REVIEWED, _S.DRAFTED, _S.APPRAISED, _S.RETURNED)


def _holds(scheme: ConversionScheme, scope: Scope, permission: P) -> bool:
    return School.objects.within(scope.places(permission)).filter(pk=scheme.school_id).exists()


def _not_who(*fields: str) -> Any:
    """Refuse whoever had another hand in the scheme: nobody judges the own work."""

    def guard(scheme: ConversionScheme, scope: Scope | None) -> None:
        if (
            scope is not None
            and scope.user is not None
            and scope.user.pk in {getattr(scheme, f"{field}_id") for field in fields}
        ):
            raise IllegalTransition(
                _("Who drafts, who appraises and who approves a scheme are three people."),
                code="own_work",
            )

    return guard


def _subject(scheme: ConversionScheme) -> Subject:
    placement = Placement.objects.filter(school=scheme.school_id).order_by("-valid_from").first()
    return Subject(
        name=scheme.school.name,
        area=placement.commune_id if placement is not None else None,
        school=scheme.school_id,
    )


DRAFT = Transition[ConversionScheme](
    "draft",
    sources={_S.REVIEWED, _S.RETURNED},
    to=_S.DRAFTED,
    permission=P.MANAGE_SCHOOL,
    event=events.SCHEME_DRAFTED,
    refusal=_("The scheme is with the office that appraises it. Wait for its answer."),
)
APPRAISE = Transition[ConversionScheme](
    "appraise",
    sources={_S.DRAFTED},
    to=_S.APPRAISED,
    permission=P.APPRAISE_SCHEMES,
    guard=_not_who("drafted_by"),
    event=events.SCHEME_APPRAISED,
    refusal=_("Only a scheme that the school has drafted is appraised."),
)
APPROVE = Transition[ConversionScheme](
    "approve",
    sources={_S.APPRAISED},
    to=_S.APPROVED,
    permission=P.MANAGE_SCHOOLS,
    guard=_not_who("drafted_by", "appraised_by"),
    event=events.SCHEME_APPROVED,
    refusal=_("Only a scheme that has been appraised is approved."),
)
RETURN = Transition[ConversionScheme](
    "send_back",
    sources={_S.DRAFTED, _S.APPRAISED},
    to=_S.RETURNED,
    permission=P.APPRAISE_SCHEMES,
    event=events.SCHEME_RETURNED,
    refusal=_("There is nothing to send back: the scheme is not with you."),
)
WITHDRAW = Transition[ConversionScheme](
    "withdraw",
    sources=set(STANDING),
    to=_S.WITHDRAWN,
    permission=P.APPRAISE_SCHEMES,
    event=events.SCHEME_WITHDRAWN,
    refusal=_("The scheme is decided already."),
)
SCHEMES = Workflow(
    ConversionScheme,
    [DRAFT, APPRAISE, APPROVE, RETURN, WITHDRAW],
    holds=_holds,
    subject=_subject,
    related=["school"],
)
