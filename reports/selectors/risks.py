"""Pupils who may be on the way out: named reasons with figures, never a rank.

Counted from registers that were taken: a day without a register says nothing about anybody.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple, Self, TypeAlias

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from attendance import session_bitmask
from attendance.calendar.selectors.due_sessions import ONE_DAY
from attendance.enums import Mark
from attendance.leave.selectors import leaves_during
from attendance.models import Absence, PlannedLeave
from attendance.registers.selectors.counting import Counting, counting
from core import rules
from core.levels import EducationLevel
from core.months import Month
from core.rules import RuleTable
from core.scope import Places
from mobilisation.models import ChildCase
from schools.models import Enrolment, SchoolClass

from .. import thresholds as t

# The rule of 45 is one of lower and upper secondary (circular 22/2021, article 12); primary
# school (circular 27/2020) has none.
LEVELS_OF_THE_RULE = {EducationLevel.LOWER_SECONDARY, EducationLevel.UPPER_SECONDARY}
YEAR, STREAK, UNSEEN, CHRONIC, SUDDEN = "year", "streak", "unseen", "chronic", "sudden"
NOT_BACK = "break"
# Reasons about a row of absences that has not ended; leave of these days belongs to them.
UNTIL_NOW = {STREAK, UNSEEN, NOT_BACK}
# Classes whose years are in memory at once where a whole province is counted.
CLASSES_AT_ONCE = 200


# (key of the rule, its sentence)
Reason: TypeAlias = tuple[str, str]
# (school id, class id) -> how many
NewByClass: TypeAlias = Counter[tuple[int, int]]


class Break(NamedTuple):
    """Days on which a class had no school, from `first` to `last`."""

    first: datetime.date
    last: datetime.date


@dataclass
class Attended:
    """One pupil's year in sessions that counted: (date, mark or ""), oldest first, in
    every class and school of the year; `days_away` counts days with an absence, one a day;
    `breaks` are those of the class, oldest first."""

    first_day: datetime.date
    sessions: list[tuple[datetime.date, str]]
    days_away: int
    breaks: Sequence[Break] = ()

    @classmethod
    def of(
        cls,
        first_day: datetime.date,
        sessions: list[tuple[datetime.date, str]],
        breaks: Sequence[Break] = (),
    ) -> Self:
        """The year of a pupil whose first spell begins on a day."""
        days_away = len({date for date, mark in sessions if mark in AWAY})
        return cls(first_day, sessions, days_away, breaks)

    def before(self, day: datetime.date) -> Self:
        """The year as it was known on the morning of a day."""
        sessions = [each for each in self.sessions if each[0] < day]
        return self.of(self.first_day, sessions, self.breaks)

    def trailing(self, marks: Collection[str]) -> int:
        """Sessions at the end, one after the other, with one of `marks`."""
        count = 0
        for _date, mark in reversed(self.sessions):
            if mark not in marks:
                break
            count += 1
        return count

    def share(self, start: int = 0, end: int | None = None) -> tuple[int, int]:
        """(absences, sessions) of a stretch."""
        part = self.sessions[start:end]
        return sum(mark in AWAY for _date, mark in part), len(part)


AWAY = (Mark.EXCUSED.value, Mark.UNEXCUSED.value)


@dataclass
class AtRisk:
    """A pupil with the reasons (key, sentence), and the last day seen.

    Announced leave is no reason to be silent: it is said beside a row of absences. `case`: what
    is being done about it, when the reader asks (`mobilisation.cases`).
    """

    spell: Enrolment
    reasons: list[Reason]
    last_seen: datetime.date | None
    case: ChildCase | None = None

    @property
    def keys(self) -> set[str]:
        return {key for key, _sentence in self.reasons}

    @property
    def case_query(self) -> str:
        """What the address of a new case says of its kind; "" where the rolls tell it."""
        return f"?kind={ChildCase.Kind.NOT_RETURNED}" if NOT_BACK in self.keys else ""


@dataclass
class ClassAtRisk:
    """A class with its pupils at risk, by name."""

    school_class: SchoolClass
    pupils: list[AtRisk] = field(default_factory=list)


def pupils_at_risk(places: Places, today: datetime.date) -> list[ClassAtRisk]:
    """`ClassAtRisk`s inside the places, schools and classes in order; a fixed number of queries.

    Thresholds are the dated rules of `today`.
    """
    table = rules.table(on=today)
    classes = _classes_in(places, today)
    school_ids = {each.school_id for each in classes.values()}
    on_leave = leaves_during(school_ids, today, today + ONE_DAY)
    found: dict[int, ClassAtRisk] = {}
    for spell, attended in _attended(classes, today, table):
        school_class = classes[spell.school_class_id]
        reasons = list(reasons_of(attended, school_class.level, table, today))
        if reasons:
            leaves = on_leave.get((school_class.school_id, spell.pupil_id))
            if leaves:
                reasons = [_with_leave(*reason, leaves[-1]) for reason in reasons]
            last_seen = max(
                (date for date, mark in attended.sessions if mark not in AWAY), default=None
            )
            of_class = found.setdefault(school_class.pk, ClassAtRisk(school_class))
            of_class.pupils.append(AtRisk(spell, reasons, last_seen))
    return sorted(
        found.values(),
        key=lambda each: (
            each.school_class.school.name_key,
            each.school_class.grade_list,
            each.school_class.name_key,
        ),
    )


def count_new(places: Places, today: datetime.date, *, since: datetime.date) -> NewByClass:
    """How many pupils of each class are at risk who were not yet before a day, by today's rules.

    Of those only who were away since that day: what is new follows from something that happened,
    and most pupils need not be looked at.

    Returns (school id, class id) -> count. A fixed number of queries for every CLASSES_AT_ONCE
    classes.
    """
    table = rules.table(on=today)
    found: NewByClass = Counter()
    ids = sorted(_classes_in(places, today))
    for start in range(0, len(ids), CLASSES_AT_ONCE):
        some = Places(today, classes=frozenset(ids[start : start + CLASSES_AT_ONCE]))
        classes = _classes_in(some, today)
        away = Absence.objects.filter(
            register__school_class__in=classes, register__date__gte=since, mark__in=AWAY
        ).values("pupil_id")
        for spell, attended in _attended(classes, today, table, among=away):
            of = classes[spell.school_class_id]
            now = next(reasons_of(attended, of.level, table, today), None)
            if now is None:
                continue
            before = attended.before(since)
            if next(reasons_of(before, of.level, table, since - ONE_DAY), None) is None:
                found[of.school_id, of.pk] += 1
    return found


def _classes_in(places: Places, today: datetime.date) -> dict[int, SchoolClass]:
    """Class id -> class that runs today, with school and year; one query."""
    return {
        each.pk: each
        for each in SchoolClass.objects.within(places)
        .running_on(today)
        .select_related("school", "year")
    }


def _attended(
    classes: Mapping[int, SchoolClass],
    today: datetime.date,
    table: RuleTable,
    *,
    among: QuerySet[Absence, Any] | None = None,
) -> Iterator[tuple[Enrolment, Attended]]:
    """Yield the pupils on the rolls of some classes, by name, with their year.

    Args:
        among: only pupils with these ids.
    """
    spells = Enrolment.objects.on(today).filter(school_class__in=classes)
    if among is not None:
        spells = spells.filter(pupil__in=among)
    spells_of, counted = _year_of(classes, spells.values("pupil_id"), today)
    breaks = {
        pk: breaks_in(counted.due.get(pk, {}), int(table[t.BREAK_DAYS, each.level]))
        for pk, each in classes.items()
    }
    for spell in spells.select_related("pupil").order_by("pupil__name_key", "pupil_id"):
        of_year = spells_of[spell.pupil_id, classes[spell.school_class_id].year_id]
        sessions = [
            (session.date, session.mark)
            for each in of_year
            for session in counted.sessions_of(each)
        ]
        of_class = breaks[spell.school_class_id]
        yield spell, Attended.of(of_year[0].valid_from, sessions, of_class)


def breaks_in(due: Mapping[Month, int], least: int) -> list[Break]:
    """Breaks of at least so many days between the sessions that a calendar holds."""
    days = [
        day
        for month in sorted(due, key=lambda each: each.first)
        for day in session_bitmask.days_in(month.first, due[month])
    ]
    return [
        Break(before + ONE_DAY, after - ONE_DAY)
        for before, after in pairwise(days)
        if (after - before).days > least
    ]


def reasons_of(
    attended: Attended, level: str, table: RuleTable, today: datetime.date
) -> Iterator[Reason]:
    """Yield (key, sentence) for every rule that a pupil's year has met."""
    yield from _toward_the_limit(attended, level, table)
    unexcused = attended.trailing((Mark.UNEXCUSED.value,))
    unseen = attended.trailing(AWAY)
    if unseen >= table[t.UNSEEN_SESSIONS, level]:
        since = attended.sessions[-unseen][0]
        yield UNSEEN, _("not seen for %(n)s sessions, since %(day)s") % _said(unseen, since)
    if unexcused >= table[t.STREAK_SESSIONS, level]:
        since = attended.sessions[-unexcused][0]
        yield STREAK, _("unexcused %(n)s sessions in a row since %(day)s") % _said(unexcused, since)
    yield from _not_back(attended, unseen, level, table)
    missed, count = attended.share()
    days = (today - attended.first_day).days
    if count and days >= table[t.CHRONIC_DAYS, level]:
        percent = 100 * missed / count
        if percent >= table[t.CHRONIC_PERCENT, level]:
            yield (
                CHRONIC,
                _("away %(missed)s of %(count)s sessions") % {"missed": missed, "count": count},
            )
    yield from _sudden_change(attended, level, table)


def _not_back(attended: Attended, unseen: int, level: str, table: RuleTable) -> Iterator[Reason]:
    """Seen shortly before a break, and in no session since it; `unseen`: sessions away in a row."""
    if not attended.breaks or not 0 < unseen < len(attended.sessions):
        return
    seen = attended.sessions[-unseen - 1][0]
    over = next((each for each in attended.breaks if each.first > seen), None)
    if over is None or (over.first - seen).days > table[t.BREAK_BEFORE, level]:
        return
    count = sum(date > over.last for date, _mark in attended.sessions)
    if count >= table[t.BREAK_SESSIONS, level]:
        yield (
            NOT_BACK,
            _("not back since the break from %(first)s to %(last)s: away %(count)s sessions")
            % {"first": f"{over.first:%d/%m}", "last": f"{over.last:%d/%m}", "count": count},
        )


def _with_leave(key: str, sentence: str, leave: PlannedLeave) -> Reason:
    if key not in UNTIL_NOW:
        return key, sentence
    told = _("leave announced until %(day)s") % {"day": leave.last_day.strftime("%d/%m")}
    return key, f"{sentence} ({told})"


def _toward_the_limit(attended: Attended, level: str, table: RuleTable) -> Iterator[Reason]:
    if level not in LEVELS_OF_THE_RULE:
        return
    steps = [t.YEAR_FIRST, t.YEAR_SECOND, t.YEAR_THIRD]
    if any(attended.days_away >= table[step, level] for step in steps):
        yield (
            YEAR,
            _("away on %(days)s days of the year; more than %(limit)s and the pupil stays down")
            % {"days": attended.days_away, "limit": int(table[t.YEAR_LIMIT, level])},
        )


def _sudden_change(attended: Attended, level: str, table: RuleTable) -> Iterator[Reason]:
    recent = int(table[t.SUDDEN_SESSIONS, level])
    now, of_now = attended.share(-recent)
    before, of_before = attended.share(0, -recent)
    if of_now < recent or of_before < recent:
        return
    change = 100 * (now / of_now - before / of_before)
    if change >= table[t.SUDDEN_POINTS, level]:
        yield (
            SUDDEN,
            _("away %(now)s of the last %(recent)s sessions, %(before)s of %(earlier)s before")
            % {"now": now, "recent": recent, "before": before, "earlier": of_before},
        )


def _said(count: int, day: datetime.date) -> dict[str, int | str]:
    return {"n": count, "day": day.strftime("%d/%m")}


def _year_of(
    classes: Mapping[int, SchoolClass], on_roll: QuerySet[Enrolment, Any], today: datetime.date
) -> tuple[Mapping[tuple[int, int], list[Enrolment]], Counting]:
    """Where pupils on these rolls were in the year, and what the registers there say.

    Args:
        on_roll: ids of the pupils.
    Returns (pupil, year) -> spells, oldest first, and the `Counting` of all their classes.
    Spells of one pupil never overlap, so the sessions of one after the other are in order.
    """
    years = {each.year for each in classes.values()}
    spells_of, of_pupils = defaultdict(list), {}
    for spell in (
        Enrolment.objects.filter(
            pupil__in=on_roll, school_class__year__in=years, valid_from__lte=today
        )
        .select_related("school_class__year")
        .order_by("valid_from", "pk")
    ):
        spells_of[spell.pupil_id, spell.school_class.year_id].append(spell)
        of_pupils[spell.school_class_id] = spell.school_class
    start = min((year.valid_from for year in years), default=today)
    return spells_of, counting(of_pupils.values(), start, today + ONE_DAY, pupils=on_roll)
