"""Why the attendance of now is not as published: each register that moved it, and by how much.

The registers that counted at the publication are kept with it (`details`). Each is set against the
same register of now; what the two add to numerator and denominator is its effect, so that the
effects of all add up to the difference exactly, whatever moved them.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance.models import Closure, PastChange, RegisterRevision
from core.months import Month
from core.types import User
from schools.areas.selectors.tree import AreaTree, schools_in
from schools.enums import Session
from schools.models import SchoolClass

from ..explanation.selectors import Counted
from ..models import Publication
from ..selectors.figures import figures
from .details import Detail, FrozenClass, Lesson, Lessons, detail_of_publication


class Cause(models.TextChoices):
    """What moved a register's part of the figure."""

    CORRECTED = "corrected", _("Register corrected")
    SENT = "sent", _("Register sent afterwards")
    CALENDAR = "calendar", _("Calendar changed")
    ROLL = "roll", _("Roll of the class changed")
    PLACE = "place", _("School counted in another commune")


@dataclass
class Effect:
    """One register whose part of the attendance figure is not what it was.

    Attributes:
        before, now: what it counted, None where it did not count.
        revisions: those sent after the publication, oldest first.
        closure: the entry of the calendar since then that lies over it, if one was found.
        roll_change: the change of the roll since then that reached it, if one was found.
        numerator, denominator: what it adds to the difference, now less published.
    """

    class_id: int
    level: str
    date: datetime.date
    session: str
    before: Lesson | None
    now: Lesson | None
    cause: Cause
    numerator: int
    denominator: int
    revisions: list[RegisterRevision] = field(default_factory=list)
    closure: Any = None  # of django-simple-history, whose models have no types
    roll_change: PastChange | None = None
    school_class: SchoolClass | None = None

    @property
    def session_name(self) -> str:
        """The session in words."""
        return str(Session(self.session).label)

    @property
    def who(self) -> User | None:
        """Who made the change that moved it last; None when nobody was found."""
        if self.revisions:
            return self.revisions[-1].sent_by
        if self.roll_change is not None:
            return self.roll_change.made_by
        if self.closure is not None:
            found: User | None = self.closure.history_user or self.closure.made_by
            return found
        return None

    @property
    def when(self) -> datetime.datetime | None:
        """When that was."""
        if self.revisions:
            return self.revisions[-1].sent_at
        if self.roll_change is not None:
            return self.roll_change.made_at
        found: datetime.datetime | None = self.closure.history_date if self.closure else None
        return found

    @property
    def reason(self) -> str:
        """Why, as who corrected it said; the latest that said anything."""
        said = [each.correction_reason for each in self.revisions if each.correction_reason]
        return said[-1] if said else ""


@dataclass(frozen=True)
class Explained:
    """All that moved the attendance of a place since it was published.

    The sums of `effects`, by day and class, are what it is now less what was published.
    """

    effects: list[Effect]

    @property
    def by_cause(self) -> list[tuple[str, int, int, int]]:
        """(cause in words, registers, their numerator, their denominator), in order of causes."""
        found = []
        for cause in Cause:
            own = [each for each in self.effects if each.cause == cause]
            if own:
                sums = sum(each.numerator for each in own), sum(each.denominator for each in own)
                found.append((str(cause.label), len(own), *sums))
        return found


def explained(publication: Publication, commune_codes: Collection[str]) -> Explained | None:
    """What moved the attendance of some communes since their month was published.

    None for a publication that kept no registers (made before there were details). Only classes
    whose sums moved, or that got a revision since, are read register by register. A fixed number
    of queries whatever the number of schools.
    """
    detail = detail_of_publication(publication)
    if detail is None:
        return None
    reading = _Reading(publication, detail, set(commune_codes))
    return Explained(reading.effects())


class _Reading:
    def __init__(self, publication: Publication, detail: Detail, codes: set[str]) -> None:
        self.publication, self.codes = publication, codes
        self.month = Month.of(publication.month)
        self.then = detail.classes()
        self.tree = AreaTree.on(detail.map_date)
        inside = self.tree.below(publication.area_id)
        self.commune_of = schools_in(inside, on=self.tree.date)

    def effects(self) -> list[Effect]:
        """Every register that moved, by day, session and class."""
        revisions = self._revisions()
        asked = self._moved(revisions)
        if not asked:
            return []
        now, code_of = self._now(asked)
        found = [
            effect
            for class_id, level in asked.items()
            for effect in self._of_class(class_id, level, now.get(class_id, {}), code_of, revisions)
        ]
        found.sort(key=lambda each: (each.date, each.session, each.class_id))
        self._name(found)
        return found

    def _revisions(self) -> dict[int, dict[tuple[datetime.date, str], list[RegisterRevision]]]:
        """{class: {(day, session): revisions after the publication}}; one query."""
        since = self.publication.published_at
        found: defaultdict[int, dict[tuple[datetime.date, str], list[RegisterRevision]]]
        found = defaultdict(lambda: defaultdict(list))
        for each in (
            RegisterRevision.objects.filter(
                register__school_id__in=self._schools(),
                register__date__gte=self.month.first,
                register__date__lt=self.month.end,
                register__sent_at__gt=since,
                sent_at__gt=since,
            )
            .select_related("register", "sent_by")
            # Without marks and roll: of a month they are megabytes.
            .only(
                *("number", "roll_choice", "correction_reason", "sent_at", "sent_by"),
                *("register__school_class", "register__date", "register__session"),
            )
            .order_by("sent_at", "pk")
        ):
            register = each.register
            found[register.school_class_id][register.date, register.session].append(each)
        return found

    def _schools(self) -> list[int]:
        """Schools that lie now in the communes asked for."""
        return [
            pk for pk, commune_id in self.commune_of.items() if self._code(commune_id) in self.codes
        ]

    def _code(self, commune_id: int | None) -> str:
        return self.tree[commune_id].code if commune_id is not None else ""

    def _moved(self, revised: Collection[int]) -> dict[int, str]:
        """{class: level} of those that may have moved: other sums, another commune, a revision."""
        stored = figures(
            months=[self.month], by=("class", "level", "school"), school_ids=list(self.commune_of)
        )
        now = {
            pk: (level, school_id, values.expected, values.present)
            for ((pk, level, school_id), _month), values in stored.items()
        }
        found = {}
        for pk in self.then.keys() | now.keys():
            before = self.then.get(pk)
            code_then = before.commune if before is not None else ""
            level, school_id, expected, present = now.get(pk, ("", None, 0, 0))
            code_now = self._code(self.commune_of.get(school_id)) if school_id is not None else ""
            if not {code_then, code_now} & self.codes:
                continue
            sums = before.sums if before is not None else (0, 0)
            if (
                sums != (expected, present)
                or pk in revised
                or (code_then and code_now and code_then != code_now)
            ):
                found[pk] = level or (before.level if before is not None else "")
        return found

    def _now(self, asked: Collection[int]) -> tuple[dict[int, Lessons], dict[int, str]]:
        """{class: its registers of now}, {class: code of the commune it lies in now}."""
        school_of = dict(
            SchoolClass.objects.filter(pk__in=list(asked)).values_list("pk", "school_id")
        )
        counted = Counted(
            self.month, school_ids=set(school_of.values()), class_ids=list(asked)
        ).lessons()
        found: defaultdict[int, dict[tuple[datetime.date, str], Lesson]] = defaultdict(dict)
        for each in counted:
            found[each.class_id][each.date, each.session] = Lesson(
                each.expected, each.excused, each.unexcused, each.revision
            )
        codes = {
            pk: self._code(self.commune_of.get(school_id)) for pk, school_id in school_of.items()
        }
        return dict(found), codes

    def _of_class(
        self,
        class_id: int,
        level: str,
        now: Lessons,
        code_of: Mapping[int, str],
        revisions: Mapping[int, Mapping[tuple[datetime.date, str], list[RegisterRevision]]],
    ) -> Iterable[Effect]:
        frozen = self.then.get(class_id, FrozenClass(self.month))
        was_here, is_here = frozen.commune in self.codes, code_of.get(class_id, "") in self.codes
        for key in frozen.lessons.keys() | now.keys():
            before = frozen.lessons.get(key) if was_here else None
            after = now.get(key) if is_here else None
            own = revisions.get(class_id, {}).get(key, [])
            if before == after and not own:
                continue
            numerator = _part(after, "present") - _part(before, "present")
            denominator = _part(after, "expected") - _part(before, "expected")
            if not own and not numerator and not denominator and _same(before, after):
                continue
            yield Effect(
                *(class_id, level, *key, before, after),
                cause=_cause(
                    before, after, own, moved=bool(frozen.commune) and was_here != is_here
                ),
                numerator=numerator,
                denominator=denominator,
                revisions=own,
            )

    def _name(self, found: Sequence[Effect]) -> None:
        """Their classes, and what changed calendar or roll; three queries."""
        classes = SchoolClass.objects.select_related("school").in_bulk(
            {each.class_id for each in found}
        )
        since = self.publication.published_at
        closures = list(
            Closure.history.filter(
                history_type__in="+-",
                history_date__gt=since,
                valid_from__lt=self.month.end,
                valid_to__gt=self.month.first,
            )
            .select_related("history_user", "made_by")
            .order_by("history_date", "history_id")
        )
        changes: defaultdict[int, list[PastChange]] = defaultdict(list)
        for change in (
            PastChange.objects.filter(
                school_class__in=list(classes), made_at__gt=since, last__gte=self.month.first
            )
            .select_related("made_by")
            .order_by("made_at", "pk")
        ):
            changes[change.school_class_id].append(change)
        for each in found:
            each.school_class = of = classes.get(each.class_id)
            if of is None:
                continue
            commune_id = self.commune_of.get(of.school_id)
            chain = {above.pk for above in self.tree.ancestors(commune_id)}
            if each.cause == Cause.CALENDAR:
                each.closure = next(
                    (row for row in reversed(closures) if _lies_over(row, each, of, chain)), None
                )
            elif each.cause == Cause.ROLL:
                each.roll_change = next(
                    (
                        row
                        for row in reversed(changes[each.class_id])
                        if row.first <= each.date <= row.last
                    ),
                    None,
                )


def _cause(
    before: Lesson | None, now: Lesson | None, own: Sequence[RegisterRevision], *, moved: bool
) -> Cause:
    if moved:
        return Cause.PLACE
    if own:
        if all(each.roll_choice for each in own):
            return Cause.ROLL
        return Cause.SENT if before is None and own[0].number == 1 else Cause.CORRECTED
    # Without a revision the register itself is as it was: it counts for others, or not at all.
    return Cause.CALENDAR if before is None or now is None else Cause.ROLL


def _lies_over(row: Any, effect: Effect, of: SchoolClass, chain: set[int]) -> bool:
    """Whether an entry of the calendar, made or taken back, can have moved a register.

    It is of the place, day, level and session of the register, and closes what counts no more
    or opens what counts since.
    """
    closes = row.is_held == (row.history_type == "-")
    return bool(
        closes == (effect.now is None)
        and row.valid_from <= effect.date < row.valid_to
        and row.level in ("", effect.level)
        and row.session in ("", effect.session)
        and _is_place_of(row, of, chain)
    )


def _is_place_of(row: Any, of: SchoolClass, chain: set[int]) -> bool:
    """Whether an entry holds for a class: of its site, its school or an area, or everywhere."""
    if row.site_id is not None:
        return bool(row.site_id == of.site_id)
    if row.school_id is not None:
        return bool(row.school_id == of.school_id)
    return row.area_id is None or row.area_id in chain


def _part(lesson: Lesson | None, name: str) -> int:
    return 0 if lesson is None else int(getattr(lesson, name))


def _same(before: Lesson | None, now: Lesson | None) -> bool:
    return (
        before is not None
        and now is not None
        and (before.excused, before.unexcused) == (now.excused, now.unexcused)
    )
