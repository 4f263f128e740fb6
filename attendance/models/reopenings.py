"""Permission to correct registers after their time is over."""

import datetime
from enum import StrEnum
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.permissions import Permission as P
from core.scope import Places, Scope
from core.validity import ValidBetween, ValidInTimeQuerySet, ends_after_it_begins
from core.workflow import IllegalTransition, Subject, Transition, Workflow
from schools.models import Area, School, SchoolClass

from .. import events


class ReopeningQuerySet(ValidInTimeQuerySet["Reopening"]):
    def open_at(self, moment: datetime.datetime) -> Self:
        """Those that let registers be corrected at this moment."""
        return self.filter(open_until__gt=moment, closed_at=None)

    def within(self, places: Places) -> Self:
        """Those of areas, schools or classes inside `places`."""
        return self.filter(
            Q(area__in=places.areas)
            | Q(school__in=School.objects.within(places).values("pk"))
            | Q(school_class__in=SchoolClass.objects.within(places).values("pk"))
        )

    def decided_by(self, scope: Scope, permission: P = P.REOPEN_REGISTERS) -> Self:
        """Those of the places a person decides for, less those decided above their school."""
        own_schools = School.objects.within(scope.places(P.MANAGE_SCHOOL)).values("pk")
        return self.within(scope.places(permission)).exclude(by_office=True, school__in=own_schools)


class Reopening(ValidBetween):
    """A request to open the registers of some days [valid_from, valid_to), and its answer.

    For one class, for every class of a school, or, opened from above without being asked, for
    every school of an area. While `open_until` lies ahead and nobody has closed it again, those
    who take the registers may correct them; every correction still needs its reason.
    """

    class State(StrEnum):
        WAITING = "waiting"
        GRANTED = "granted"
        REFUSED = "refused"
        CLOSED = "closed"  # granted, and ended early

    area = models.ForeignKey(
        "schools.Area",
        verbose_name=_("area"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    school = models.ForeignKey(
        "schools.School", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    school_class = models.ForeignKey(
        "schools.SchoolClass",
        verbose_name=_("class"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=300)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"))
    by_office = models.BooleanField(
        _("asked by who answers for the school"),
        default=False,
        help_text=_("Then it is decided above the school."),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True, default="")
    open_until = models.DateTimeField(_("open until"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(_("closed again"), null=True, blank=True)

    objects: ClassVar = ReopeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("reopening of registers")
        verbose_name_plural = _("reopenings of registers")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            ends_after_it_begins("reopening_ends_after_it_begins"),
            models.CheckConstraint(
                condition=models.Q(decided_at=None, decided_by=None, open_until=None)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False),
                name="reopening_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(area=None, school__isnull=False)
                | models.Q(area__isnull=False, school=None, school_class=None),
                name="reopening_has_one_place",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_by=None)
                | models.Q(
                    closed_at__isnull=False, closed_by__isnull=False, open_until__isnull=False
                ),
                name="reopening_is_closed_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["school", "valid_from"], name="reopening_school_day")]

    def __str__(self) -> str:
        return f"{self.school_class or self.school or self.area} {self.valid_from:%d/%m/%Y}"

    @property
    def state(self) -> State:
        """One of `State`, as who decided and closed it, and until when it is open, say."""
        if self.decided_at is None:
            return self.State.WAITING
        if self.closed_at is not None:
            return self.State.CLOSED
        return self.State.GRANTED if self.open_until else self.State.REFUSED

    @property
    def place(self) -> SchoolClass | School | Area:
        """The one place it is about."""
        place = self.school_class or self.school or self.area
        assert place is not None  # reopening_has_one_place
        return place

    def is_open_at(self, moment: datetime.datetime) -> bool:
        """Whether it lets registers be corrected at this moment."""
        return (
            self.state == self.State.GRANTED
            and self.open_until is not None
            and moment < self.open_until
        )


def _holds(reopening: Reopening, scope: Scope, permission: P) -> bool:
    return Reopening.objects.decided_by(scope, permission).filter(pk=reopening.pk).exists()


def _subject(reopening: Reopening) -> Subject:
    place = reopening.school_class or reopening.school or reopening.area
    return Subject(name=str(place), area=reopening.area_id, school=reopening.school_id)


def _not_by_who_asked(reopening: Reopening, scope: Scope | None) -> None:
    if scope is None or scope.user is None or reopening.asked_by_id == scope.user.pk:
        raise IllegalTransition(_("Somebody else has to answer your request."), code="own")


def _while_it_is_open(reopening: Reopening, scope: Scope | None) -> None:
    if scope is not None and scope.user is not None:
        own = reopening.asked_by_id == scope.user.pk
        if own and reopening.decided_by_id != scope.user.pk:
            raise IllegalTransition(_("Who answered your request closes it again."), code="own")
    if not reopening.is_open_at(timezone.now()):
        raise IllegalTransition(_("It is not open any more."), code="not_open")


_S = Reopening.State
GRANT = Transition(
    "grant",
    sources={_S.WAITING},
    to=_S.GRANTED,
    permission=P.REOPEN_REGISTERS,
    guard=_not_by_who_asked,
    event=events.REOPENED,
    refusal=_("This request was answered already."),
)
REFUSE = Transition(
    "refuse",
    sources={_S.WAITING},
    to=_S.REFUSED,
    permission=P.REOPEN_REGISTERS,
    guard=_not_by_who_asked,
    event=events.REOPENING_REFUSED,
    refusal=_("This request was answered already."),
)
CLOSE = Transition(
    "close",
    sources={_S.GRANTED},
    to=_S.CLOSED,
    permission=P.REOPEN_REGISTERS,
    guard=_while_it_is_open,
    event=events.REOPENING_CLOSED,
    refusal=_("It is not open any more."),
)

REOPENINGS = Workflow(
    Reopening,
    [GRANT, REFUSE, CLOSE],
    holds=_holds,
    subject=_subject,
    related=["area", "school", "school_class"],
)
