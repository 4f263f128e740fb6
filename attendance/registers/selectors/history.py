"""What became of one register: its revisions, and what the calendar did to it."""

import datetime
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from core.types import StrOrPromise, User
from core.vietnamese import sort_key

from ...calendar.selectors.due_sessions import places_of
from ...enums import Mark, RegistersChoice
from ...models import Closure, Register, RegisterRevision
from ..devices import kind_of_device
from .registers import in_words, pupil_names

NameAndMark = tuple[str, StrOrPromise]


@dataclass
class Change:
    """What one revision changed for one pupil, against the revision before."""

    name: str
    before: StrOrPromise
    after: StrOrPromise


@dataclass
class Step:
    """One revision in a register's history."""

    revision: RegisterRevision
    changes: list[Change]
    set_aside: list[NameAndMark]
    came: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    off_roll: list[NameAndMark] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """Names of the pupils it shows."""
        marked = {name for name, _mark in (*self.set_aside, *self.off_roll)}
        return marked | {each.name for each in self.changes} | {*self.came, *self.left}

    @property
    def merged(self) -> bool:
        """Whether the sender had not seen the revision before this one."""
        return self.revision.sent_marks is not None

    @property
    def device(self) -> str:
        """The kind of device it was sent from."""
        return kind_of_device(self.revision.device)


def history_of(register: Register) -> list[Step]:
    """The revisions of a register, newest first, with what each changed; two queries."""
    revisions = list(register.revisions.select_related("sent_by").order_by("number"))
    names = pupil_names(
        {
            int(pk)
            for each in revisions
            for pk in {*each.marks, *(each.set_aside or {}), *(each.off_roll or {})}
        }
        | _of_roll_changes(revisions),
        beside={pk for each in revisions for pk in each.roll},
    )
    steps = []
    before: dict[str, list[str]] = {}
    roll: set[int] = set()
    for revision in revisions:
        changes = [
            Change(
                names.get(int(pk), pk), in_words(before.get(pk)), in_words(revision.marks.get(pk))
            )
            for pk in sorted(
                {*before, *revision.marks}, key=lambda pk: sort_key(names.get(int(pk), ""))
            )
            if before.get(pk) != revision.marks.get(pk) and pk not in (revision.off_roll or {})
        ]
        set_aside = [
            (names.get(int(pk), pk), in_words(mark) or _("Present"))
            for pk, mark in (revision.set_aside or {}).items()
        ]
        step = Step(revision, changes, set_aside)
        if revision.roll_choice:
            came, left = set(revision.roll) - roll, roll - set(revision.roll)
            step.came = sorted((names.get(pk, str(pk)) for pk in came), key=sort_key)
            step.left = sorted((names.get(pk, str(pk)) for pk in left), key=sort_key)
        step.off_roll = [
            (names.get(int(pk), pk), in_words(mark))
            for pk, mark in (revision.off_roll or {}).items()
            if mark[0] in Mark.values
        ]
        steps.append(step)
        before, roll = revision.marks, set(revision.roll)
    return steps[::-1]


def _of_roll_changes(revisions: Sequence[RegisterRevision]) -> set[int]:
    """Ids of pupils who came to or left the register between two revisions."""
    found: set[int] = set()
    for before, after in itertools.pairwise(revisions):
        if after.roll_choice:
            found |= set(before.roll) ^ set(after.roll)
    return found


@dataclass(frozen=True)
class CalendarStep:
    """A closure entered or taken back over a register: `row` as it was, who, when.

    `is_kept`: the writer let this class hold school all the same.
    """

    row: Any  # of django-simple-history, whose models have no types
    at: datetime.datetime
    by: User | None
    is_taken_back: bool
    is_kept: bool


def calendar_steps(register: Register) -> list[CalendarStep]:
    """`CalendarStep`s of a register since it was first sent, oldest first; five queries."""
    school_class = register.school_class
    written = (
        Closure.history.filter(
            _at(places_of(school_class, register.date)),
            Q(level="") | Q(level=school_class.level),
            Q(session="") | Q(session=register.session),
            history_type__in="+-",
            history_date__gte=register.first_sent_at,
            valid_from__lte=register.date,
            valid_to__gt=register.date,
        )
        .select_related("area", "school", "site__school", "history_user", "made_by")
        .order_by("history_date", "history_id")
    )
    written = list(written)
    kept = {row.made_with_id for row in written if row.made_with_id}
    gone = {row.id for row in written if row.history_type == "-"}
    return [
        CalendarStep(
            row,
            row.history_date,
            row.history_user or row.made_by,
            is_taken_back=row.history_type == "-",
            is_kept=row.registers_choice == RegistersChoice.HELD and row.id in kept,
        )
        for row in written
        # What was made along is shown by its closure, unless it was taken back alone.
        if row.made_with_id is None or (row.history_type == "-" and row.made_with_id not in gone)
    ]


def _at(keys: Iterable[tuple[str, int] | None]) -> Q:
    """Rows of one of the places, given as keys (`calendar.resolution.key_of`)."""
    condition = Q(area=None, school=None, site=None)
    for kind, pk in filter(None, keys):
        condition |= Q(**{kind: pk})
    return condition
