"""The decision behind a change of schools, and what a change says before it is made."""

import datetime
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from core.services.saving import lock_in_place, save_checked
from core.types import User

from ...models import School, SchoolChange, SchoolChangePart

Part = SchoolChangePart.Part


@dataclass(frozen=True)
class Decision:
    """From when a change is in force, and by which paper: its number and its date."""

    on: datetime.date
    number: str = ""
    decided_on: datetime.date | None = None


@dataclass
class Preview:
    """What a change will do, in sentences; and why it cannot be made, when it cannot.

    `seen` tells this preview from every other one: a confirmation of an older one is shown the
    new one instead.
    """

    sentences: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def seen(self) -> str:
        return hashlib.sha256(repr([self.sentences, self.refusals]).encode()).hexdigest()[:16]

    def require(self) -> None:
        """Raise ValidationError with every refusal."""
        if self.refusals:
            raise ValidationError(self.refusals, code="refused")


def write_change(
    kind: SchoolChange.Kind,
    decision: Decision,
    *,
    parts: Iterable[tuple[School, SchoolChangePart.Part]],
    by: User | None,
) -> SchoolChange:
    """Keep a decision with the schools it is about. Raises ValidationError."""
    change = save_checked(_change(kind, decision, by))
    for school, part in parts:
        save_checked(SchoolChangePart(change=change, school=school, part=part))
    return change


def write_changes(
    kind: SchoolChange.Kind,
    decision: Decision,
    *,
    schools: Sequence[School],
    part: SchoolChangePart.Part,
    by: User | None,
) -> tuple[list[SchoolChange], list[SchoolChangePart]]:
    """Keep a decision with each of some schools for itself; returns changes and parts.

    Four queries at most. Raises ValidationError.
    """
    changes = [_change(kind, decision, by) for _school in schools]
    for change in changes[:1]:  # they differ in nothing
        change.full_clean()
    SchoolChange.objects.bulk_create(changes)
    parts = SchoolChangePart.objects.bulk_create(
        SchoolChangePart(change=change, school=school, part=part)
        for change, school in zip(changes, schools, strict=True)
    )
    return changes, parts


def _change(kind: SchoolChange.Kind, decision: Decision, by: User | None) -> SchoolChange:
    if decision.decided_on and decision.decided_on > timezone.localdate():
        raise ValidationError(
            {"decided_on": _("The decision is dated in the future. Check its date.")},
            code="decided_later",
        )
    return SchoolChange(
        kind=kind,
        effective_on=decision.on,
        decision=decision.number,
        decided_on=decision.decided_on,
        made_by=by,
    )


def lock(*schools: School) -> None:
    """Read schools as they are now and keep others from changing them until we are done."""
    for school in sorted(schools, key=lambda each: each.pk):
        lock_in_place(school)
