"""Following a child: a case with owner and deadline, what was found at home, what came of it.

A child is known from the survey, from the rolls, or from both (`child_name`). A case never leaves
the child: it is closed with an outcome and may be opened again.
"""

import datetime
from collections.abc import Collection
from dataclasses import replace
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.permissions import Permission as P
from core.scope import Places, Scope
from core.vietnamese import normalise, title_key
from core.workflow import Subject, Transition, Workflow
from schools.enums import AreaLevel, DropoutCause
from schools.models import Enrolment

from .. import events
from .surveys import village_key

# Those of letter 3237/BGDĐT-KHTC as the schools write them of a dropout.
CAUSES = DropoutCause.choices
WHERE = 100  # characters of a village


def places_followed(scope: Scope) -> Places:
    """Where a person follows children by name; of areas, communes only.

    Whoever holds a right for more than a commune reads counts. What was filed under a commune
    that ended is followed by who answers for the place now.
    """
    places = scope.places(P.FOLLOW_CHILDREN)
    if not places.areas:
        return places
    named = [scope.tree.get(each) for each in scope.areas_granted(P.FOLLOW_CHILDREN)]
    communes = [area.pk for area in named if area is not None and area.level >= AreaLevel.COMMUNE]
    below: set[int] = set().union(*(scope.tree.below(each) for each in communes))
    return replace(places, areas=scope.history.readable(below), reading=True)


class CaseQuerySet(models.QuerySet["ChildCase"]):
    def within(self, places: Places) -> Self:
        """Cases of children who live in the places, or are or were on a roll there."""
        if not places:
            return self.none()
        return self.filter(
            models.Q(commune__in=places.areas)
            | models.Q(pupil__in=Enrolment.objects.within(places).values("pupil_id"))
        )

    def open(self) -> Self:
        """Cases in which something is still to be done."""
        return self.filter(state=ChildCase.State.OPEN)

    def late(self, today: datetime.date) -> Self:
        """Open cases whose deadline is over."""
        return self.open().filter(due_on__lt=today)


class ChildCase(models.Model):
    """One child to be brought, or brought back, to school."""

    class Kind(models.TextChoices):
        NOT_ENROLLED = "out", _("On no roll")
        DRIFTING = "drift", _("Drifting away from class")
        NOT_RETURNED = "away", _("Did not come back after a holiday")

    class State(models.TextChoices):
        OPEN = "open", _("Being followed")
        CLOSED = "closed", _("Closed")

    class Outcome(models.TextChoices):
        RETURNED = "returned", _("Came (back) to class")
        ELSEWHERE = "elsewhere", _("Studies elsewhere")
        MOVED = "moved", _("Moved away")
        UNABLE = "unable", _("Not able to learn")
        REFUSED = "refused", _("Family or child refuses")
        DECEASED = "died", _("Deceased")
        MISTAKE = "mistake", _("Opened by mistake")

    person = models.ForeignKey(
        "mobilisation.SurveyPerson",
        verbose_name=_("person of the survey"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="cases",
    )
    pupil = models.ForeignKey(
        "schools.Pupil",
        verbose_name=_("pupil"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="cases",
    )
    # Where the child lives; of a pupil whose home is not known, where the school lies.
    commune = models.ForeignKey(
        "schools.Area", verbose_name=_("commune"), on_delete=models.PROTECT, related_name="+"
    )
    village = models.CharField(_("village"), max_length=WHERE, blank=True)
    village_key = models.CharField(_("village"), max_length=120, blank=True, editable=False)
    village_sort = models.CharField(_("village"), max_length=400, blank=True, editable=False)
    kind = models.CharField(_("why it is followed"), max_length=5, choices=Kind)
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who answers for it"),
        on_delete=models.PROTECT,
        related_name="cases_owned",
    )
    due_on = models.DateField(_("deadline"))
    opened_on = models.DateField(_("opened on"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("opened by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    outcome = models.CharField(_("what came of it"), max_length=9, choices=Outcome, blank=True)
    # The day from which the outcome holds; of a return, the first day in class.
    closed_on = models.DateField(_("since"), null=True, blank=True)
    closing_note = models.TextField(_("note"), blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("closed by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects: ClassVar = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case of a child")
        verbose_name_plural = _("cases of children")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(person=None, pupil=None), name="case_is_of_a_child"
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(state="open"),
                name="person_is_followed_in_one_case",
                violation_error_message=_("This child is followed already."),
            ),
            models.UniqueConstraint(
                fields=["pupil"],
                condition=models.Q(state="open"),
                name="pupil_is_followed_in_one_case",
                violation_error_message=_("This child is followed already."),
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="open", outcome="", closed_on=None, closed_by=None, closed_at=None
                )
                | (
                    models.Q(
                        state="closed",
                        closed_on__isnull=False,
                        closed_by__isnull=False,
                        closed_at__isnull=False,
                    )
                    & ~models.Q(outcome="")
                ),
                name="closed_case_has_outcome_day_and_who",
            ),
        ]
        indexes = [models.Index(fields=["commune", "state"], name="case_commune_state")]

    def __str__(self) -> str:
        # In events too, which offices read who see no names.
        return str(_("Case %(number)s") % {"number": self.pk})

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.village = normalise(self.village)
        self.village_key, self.village_sort = village_key(self.village), title_key(self.village)
        super().save(*args, **kwargs)

    @property
    def child_name(self) -> str:
        """Name of the child, of the roll when it is known there."""
        child = self.pupil or self.person
        return child.full_name if child is not None else ""

    @property
    def in_short(self) -> str:
        """Who asks after the child, or what came of it: a few words beside its name."""
        if self.state == self.State.OPEN:
            return gettext("Followed by %(owner)s") % {"owner": self.owner}
        return str(self.get_outcome_display())

    def is_late(self, today: datetime.date) -> bool:
        """Whether it is open and its deadline is over."""
        return self.state == self.State.OPEN and self.due_on < today


class CaseCause(models.Model):
    """One of the reasons why the child is not in class; a case may have several."""

    case = models.ForeignKey(
        ChildCase,
        verbose_name=_("case of a child"),
        on_delete=models.CASCADE,
        related_name="causes",
    )
    cause = models.CharField(_("reason"), max_length=8, choices=CAUSES)

    class Meta:
        verbose_name = _("reason of a case")
        verbose_name_plural = _("reasons of cases")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "cause"], name="cause_stands_once_in_a_case"),
        ]

    def __str__(self) -> str:
        return str(self.get_cause_display())


class FamilyVisit(models.Model):
    """Somebody went to the family of a child, or called it."""

    class Way(models.TextChoices):
        VISIT = "visit", _("Visit at home")
        CALL = "call", _("Call")

    case = models.ForeignKey(
        ChildCase,
        verbose_name=_("case of a child"),
        on_delete=models.CASCADE,
        related_name="visits",
    )
    made_on = models.DateField(_("day"))
    way = models.CharField(_("how"), max_length=5, choices=Way, default=Way.VISIT)
    who = models.CharField(_("who went"), max_length=200)
    found = models.TextField(_("what was found"))
    promise = models.CharField(_("what the family promised"), max_length=300, blank=True)
    next_on = models.DateField(_("next time on"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("noted by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    recorded_at = models.DateTimeField(_("noted at"))

    class Meta:
        verbose_name = _("home visit")
        verbose_name_plural = _("home visits")
        ordering = ["-made_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(next_on=None) | models.Q(next_on__gte=models.F("made_on")),
                name="next_visit_is_not_before_the_visit",
                violation_error_message=_(
                    "The next time lies before this one. Choose a later day."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} · {self.made_on}"

    def clean(self) -> None:
        super().clean()
        if not self.found.strip():
            raise ValidationError({"found": _("Write what was found.")})


def _holds(case: ChildCase, scope: Scope, permission: P) -> bool:
    places = places_followed(scope)
    return case.commune_id in places.areas or (
        case.pupil_id is not None
        and Enrolment.objects.within(places).filter(pupil=case.pupil_id).exists()
    )


_S = ChildCase.State
_CLOSED = _("This case is closed. Open it again first.")
CHANGE = Transition[ChildCase](
    "change",
    sources={_S.OPEN},
    to=_S.OPEN,
    permission=P.FOLLOW_CHILDREN,
    event=events.CASE_CHANGED,
    refusal=_CLOSED,
)
VISIT = Transition[ChildCase](
    "visit",
    sources={_S.OPEN},
    to=_S.OPEN,
    permission=P.FOLLOW_CHILDREN,
    event=events.CASE_VISITED,
    refusal=_CLOSED,
)
CLOSE = Transition[ChildCase](
    "finish",
    sources={_S.OPEN},
    to=_S.CLOSED,
    permission=P.FOLLOW_CHILDREN,
    event=events.CASE_CLOSED,
    refusal=_("This case is closed already."),
)
REOPEN = Transition[ChildCase](
    "reopen",
    sources={_S.CLOSED},
    to=_S.OPEN,
    permission=P.FOLLOW_CHILDREN,
    event=events.CASE_REOPENED,
    refusal=_("This case is open already."),
)
CASES = Workflow(
    ChildCase,
    [CHANGE, VISIT, CLOSE, REOPEN],
    holds=_holds,
    subject=lambda case: Subject(area=case.commune_id),
)


def cause_names(codes: Collection[str]) -> list[str]:
    """Reasons by their codes, in words and in the order of the list."""
    return [str(name) for code, name in CAUSES if code in codes]
