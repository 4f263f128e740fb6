"""A pupil on the way from one school of the province to another, and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.permissions import Permission as P
from core.scope import Scope
from core.workflow import IllegalTransition, Subject, Transition, Workflow

from .. import events
from ..enums import Grade
from .schools import School


class Transfer(models.Model):
    """A pupil sent by one school, to be received by another one.

    The roll of the school before is left by the spell itself; `leaves_on` is the first day no
    longer on it. It is a place on no roll: that begins with `enrolment`.
    """

    class State(models.TextChoices):
        EXPECTED = "expected", _("Expected")
        RECEIVED = "received", _("Received")
        RETURNED = "returned", _("Sent back")
        WITHDRAWN = "withdrawn", _("Taken back")

    pupil = models.ForeignKey("schools.Pupil", on_delete=models.CASCADE, related_name="transfers")
    from_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.PROTECT, related_name="+"
    )
    to_school = models.ForeignKey(
        School, verbose_name=_("to school"), on_delete=models.PROTECT, related_name="transfers_in"
    )
    grade = models.SmallIntegerField(_("grade"), choices=Grade)
    leaves_on = models.DateField(_("no longer on the roll from"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.EXPECTED)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # Sent to another school later, it counts anew from then.
    sent_on = models.DateField(_("sent on"))
    # Why it was sent back.
    reason = models.CharField(_("why it is sent back"), max_length=200, blank=True)
    # The time in class with which the pupil was received.
    enrolment = models.OneToOneField(
        "schools.Enrolment",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="transfer",
    )

    class Meta:
        verbose_name = _("transfer of a pupil")
        verbose_name_plural = _("transfers of pupils")
        ordering = ["-leaves_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil"],
                condition=Q(state="expected") | Q(state="returned"),
                name="one_standing_transfer_of_a_pupil",
                violation_error_message=_("This pupil is on the way to a school already."),
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(reason=""),
                name="transfer_is_sent_back_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["to_school", "state"], name="transfer_to_school_state")]

    def __str__(self) -> str:
        return f"{self.pupil_id} → {self.to_school}"


# What somebody still has to answer.
STANDING = (Transfer.State.EXPECTED, Transfer.State.RETURNED)


def _holds(transfer: Transfer, scope: Scope, permission: P) -> bool:
    """At one of the two schools; which of them may do what, the guards say."""
    sides = [transfer.from_class.school_id, transfer.to_school_id]
    return School.objects.within(scope.places(permission)).filter(pk__in=sides).exists()


def _is_at(school_id: int, scope: Scope | None) -> bool:
    return (
        scope is None
        or School.objects.within(scope.places(P.MANAGE_PUPILS)).filter(pk=school_id).exists()
    )


def _by_the_receiving_school(transfer: Transfer, scope: Scope | None) -> None:
    if not _is_at(transfer.to_school_id, scope):
        raise IllegalTransition(
            _("Only the school that the pupil is to come to receives it or sends it back.")
        )


def _by_the_sending_school(transfer: Transfer, scope: Scope | None) -> None:
    if not _is_at(transfer.from_class.school_id, scope):
        raise IllegalTransition(_("Only the school that sent the pupil says where it goes."))


def _subject(transfer: Transfer) -> Subject:
    """By the number of the record, in the school that sent it."""
    return Subject(
        name=events.name_of(transfer.pupil_id, transfer.from_class.name),
        part_of=transfer.pupil,
        school=transfer.from_class.school_id,
    )


_S = Transfer.State
RECEIVE = Transition[Transfer](
    "receive",
    sources={_S.EXPECTED},
    to=_S.RECEIVED,
    permission=P.MANAGE_PUPILS,
    guard=_by_the_receiving_school,
    event=events.TRANSFER_RECEIVED,
    refusal=_("This pupil is no longer expected. Open the page again."),
)
RETURN = Transition[Transfer](
    "return",
    sources={_S.EXPECTED},
    to=_S.RETURNED,
    permission=P.MANAGE_PUPILS,
    guard=_by_the_receiving_school,
    event=events.TRANSFER_RETURNED,
    refusal=_("This pupil is no longer expected. Open the page again."),
)
REDIRECT = Transition[Transfer](
    "redirect",
    sources={_S.EXPECTED, _S.RETURNED},
    to=_S.EXPECTED,
    permission=P.MANAGE_PUPILS,
    guard=_by_the_sending_school,
    event=events.TRANSFER_REDIRECTED,
    refusal=_("This pupil has a school already, or never left. Open the page again."),
)
# Two that follow from what the rolls say, whoever wrote them and by whatever way.
ARRIVE = Transition[Transfer]("arrive", sources=set(STANDING), to=_S.RECEIVED)
WITHDRAW = Transition[Transfer]("withdraw", sources=set(STANDING), to=_S.WITHDRAWN)
TRANSFERS = Workflow(
    Transfer,
    [RECEIVE, RETURN, REDIRECT, ARRIVE, WITHDRAW],
    holds=_holds,
    subject=_subject,
    related=["pupil", "from_class__school", "to_school"],
)
