"""Checking the facts: a second count, slow and plain, by another path than the rebuild.

Which sessions count is one definition for all (`attendance.registers.selectors.counting`);
the counting itself is done anew, day by day and pupil by pupil, as a clerk would with the paper
books, and every stored number is compared with what it finds.
"""

import datetime
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, TypeAlias

from django.db.models import Q
from django.utils import timezone

from attendance.calendar.selectors.due_sessions import due_sessions
from attendance.enums import AbsenceReason, Mark
from attendance.models import Register
from attendance.registers.selectors.counting import counts_for, not_counted
from attendance.rolls.selectors import expected_where_different
from core.months import Month
from schools.models import Enrolment, Placement, School, SchoolClass

from ..models import ClassCoverage, ClassMonth, SchoolMonth, StaleMonth
from ..models.facts import ALL_MEASURES, Measures

ONE_DAY = datetime.timedelta(days=1)
PUPIL_COLUMNS = ("school_id", "commune_id", "level", *ALL_MEASURES)
SCHOOL_COLUMNS = ("commune_id", *ALL_MEASURES)
COVERAGE_COLUMNS = (
    *("school_id", "commune_id", "level"),
    *("scheduled", "taken", "not_held", "sent_late", "days"),
)


# (day, session) of a class; (grade, sex, ethnic group); sums by (level, sex, ethnic group).
Lesson: TypeAlias = tuple[datetime.date, str]
Cell: TypeAlias = tuple[int, str, str]
Sums: TypeAlias = defaultdict[tuple[str, str, str], Counter[str]]


@dataclass(frozen=True)
class Difference:
    """One stored number that is not what the books say; None stands for a row not there."""

    table: str
    month: Month
    place: str
    cell: tuple[object, ...]
    column: str
    stored: object
    recounted: object

    def __str__(self) -> str:
        cell = "/".join(map(str, self.cell))
        return (
            f"{self.month} {self.table} {self.place} [{cell}] {self.column}: "
            f"stored {self.stored}, recounted {self.recounted}"
        )


@dataclass(frozen=True)
class Drift:
    """A register whose pupils are not those of the spells of that day: information.

    The numbers may be equal, with another pupil in the place of one.
    """

    month: Month
    place: str
    date: datetime.date
    session: str
    frozen: int
    spells: int

    def __str__(self) -> str:
        return (
            f"{self.month} register {self.place} {self.date} {self.session}: "
            f"roll {self.frozen} as sent, {self.spells} by the spells"
        )


@dataclass
class Verification:
    """What a verification found; only `differences` are faults."""

    differences: list[Difference] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    waiting: int = 0
    class_months: int = 0

    def __iadd__(self, other: "Verification") -> Self:
        self.differences += other.differences
        self.drift += other.drift
        self.waiting += other.waiting
        self.class_months += other.class_months
        return self


def differences(month: Month, school_ids: Collection[int] | None = None) -> list[Difference]:
    """The stored numbers of a month that are wrong: list of `Difference`."""
    return verify(month=month, school_ids=school_ids).differences


def verify(
    *, month: Month, school_ids: Collection[int] | None = None, sample: int | None = None
) -> Verification:
    """Recount a month and compare; returns a `Verification`.

    Args:
        school_ids: only these schools; None = all.
        sample: check only so many schools, drawn at random.

    A class-month marked stale is waiting, not wrong: its own rows are not compared, and
    enter the sum of its school as they are stored. A coverage row that was counted to an
    earlier day than today is compared as of that day.
    """
    rows = School.objects.order_by("pk")
    if school_ids is not None:
        rows = rows.filter(pk__in=school_ids)
    schools = list(rows)
    if sample is not None and sample < len(schools):
        schools = random.sample(schools, sample)
    found = Verification()
    for school in schools:
        found += _School(school, month).verify()
    return found


class _School:
    """One school in one month."""

    def __init__(self, school: School, month: Month) -> None:
        self.school = school
        self.month = month
        self.found = Verification()
        self.commune_id = _commune_in(school, month)
        self.classes = [
            school_class
            for school_class in SchoolClass.objects.filter(school=school).select_related("year")
            if self.commune_id is not None
            and month.first <= timezone.localdate()
            and any(school_class.year.is_valid_on(day) for day in month.days())
        ]
        rows = {"school": school, "month": month.first}
        self.class_rows = list(ClassMonth.objects.filter(**rows))
        self.coverage_rows = {
            row.school_class_id: row for row in ClassCoverage.objects.filter(**rows)
        }
        self.school_rows = list(SchoolMonth.objects.filter(**rows))
        self.waiting = set(
            StaleMonth.objects.filter(**rows).values_list("school_class_id", flat=True)
        )
        self.drift = expected_where_different(
            Q(school=school, date__gte=month.first, date__lt=month.end)
        )
        self.names = dict(SchoolClass.objects.filter(school=school).values_list("pk", "name"))

    def verify(self) -> Verification:
        due = due_sessions(self.classes, self.month.first, self.month.end) if self.classes else {}
        sums: Sums = defaultdict(Counter)
        for school_class in self.classes:
            self.found.class_months += 1
            if school_class.pk in self.waiting:
                self.found.waiting += 1
                continue
            self._verify_class(school_class, due[school_class.pk], sums)
        for row in self.class_rows:
            if row.school_class_id in self.waiting:
                self._add(sums, row.level, row.sex, row.ethnic_group, _numbers(row))
        self._verify_surplus()
        self._verify_sums(sums)
        return self.found

    def _verify_class(self, school_class: SchoolClass, due: Iterable[Lesson], sums: Sums) -> None:
        stored = self.coverage_rows.get(school_class.pk)
        counting_day = stored.counted_to if stored else min(timezone.localdate(), self.month.end)
        book = _RegistersOfClass(school_class, self.month, due, counting_day)
        place = f"{self.school.code} {school_class.name}"
        self._verify_coverage(place, school_class, stored, book)
        cells = {
            (row.grade, row.sex, row.ethnic_group): row
            for row in self.class_rows
            if row.school_class_id == school_class.pk
        }
        owner = self._owner(school_class)
        for cell in sorted(cells.keys() | book.cells.keys()):
            if cell not in book.cells:
                self._differ("class month", place, cell, "row", "there", None)
                continue
            numbers = book.cells[cell]
            self._add(sums, school_class.level, cell[1], cell[2], numbers)
            if cell not in cells:
                self._differ("class month", place, cell, "row", None, "there")
                continue
            self._compare("class month", place, cell, cells[cell], PUPIL_COLUMNS, owner | numbers)
        for register in book.registers.values():
            if register.pk in self.drift:
                self.found.drift.append(
                    Drift(
                        *(self.month, place, register.date, register.session, register.roll),
                        self.drift[register.pk],
                    )
                )

    def _verify_coverage(
        self,
        place: str,
        school_class: SchoolClass,
        stored: ClassCoverage | None,
        book: "_RegistersOfClass",
    ) -> None:
        if stored is None and book.is_empty:
            return
        if stored is None or book.is_empty:
            rows = (None, "there") if stored is None else ("there", None)
            self._differ("class coverage", place, (), "row", *rows)
            return
        recounted = self._owner(school_class) | book.sessions()
        self._compare("class coverage", place, (), stored, COVERAGE_COLUMNS, recounted)
        # A row is written anew whenever its day of counting moves, so the two must agree.
        written_on = min(timezone.localdate(stored.rebuilt_at), self.month.end)
        if stored.counted_to != written_on:
            self._differ("class coverage", place, (), "counted_to", stored.counted_to, written_on)

    def _verify_surplus(self) -> None:
        known = {school_class.pk for school_class in self.classes} | self.waiting
        surplus = [
            ("class month", row.school_class_id, (row.grade, row.sex, row.ethnic_group))
            for row in self.class_rows
        ] + [("class coverage", class_id, ()) for class_id in self.coverage_rows]
        for table, class_id, cell in surplus:
            if class_id not in known:
                place = f"{self.school.code} {self.names.get(class_id, class_id)}"
                self._differ(table, place, cell, "row", "there", None)

    def _verify_sums(self, sums: Sums) -> None:
        stored = {(row.level, row.sex, row.ethnic_group): row for row in self.school_rows}
        for cell in sorted(stored.keys() | sums.keys()):
            if cell not in sums:
                self._differ("school month", self.school.code, cell, "row", "there", None)
            elif cell not in stored:
                self._differ("school month", self.school.code, cell, "row", None, "there")
            else:
                row = stored[cell]
                recounted: dict[str, object] = {name: sums[cell][name] for name in ALL_MEASURES}
                # While a class waits, the school's move to another commune may wait as well.
                recounted["commune_id"] = row.commune_id if self.waiting else self.commune_id
                self._compare(
                    "school month", self.school.code, cell, row, SCHOOL_COLUMNS, recounted
                )

    def _owner(self, school_class: SchoolClass) -> dict[str, object]:
        return {
            "school_id": self.school.pk,
            "commune_id": self.commune_id,
            "level": school_class.level,
        }

    def _add(
        self, sums: Sums, level: str, sex: str, ethnic_group: str, numbers: Mapping[str, int]
    ) -> None:
        total = sums[level, sex, ethnic_group]
        for name in ALL_MEASURES:
            total[name] += numbers[name]

    def _compare(
        self,
        table: str,
        place: str,
        cell: Sequence[object],
        row: Measures | ClassCoverage,
        columns: Iterable[str],
        recounted: Mapping[str, object],
    ) -> None:
        for column in columns:
            if getattr(row, column) != recounted[column]:
                self._differ(table, place, cell, column, getattr(row, column), recounted[column])

    def _differ(
        self,
        table: str,
        place: str,
        cell: Sequence[object],
        column: str,
        stored: object,
        recounted: object,
    ) -> None:
        self.found.differences.append(
            Difference(table, self.month, place, tuple(cell), column, stored, recounted)
        )


class _RegistersOfClass:
    """Registers of one class in one month, read day by day and pupil by pupil."""

    def __init__(
        self,
        school_class: SchoolClass,
        month: Month,
        due: Iterable[Lesson],
        counting_day: datetime.date,
    ) -> None:
        self.school_class = school_class
        self.month = month
        self.due = sorted((date, str(session)) for date, session in due)
        self.counting_day = counting_day
        self.spells = list(Enrolment.objects.filter(school_class=school_class).order_by("pk"))
        self.registers = {
            (register.date, register.session): register
            for register in Register.objects.filter(
                school_class=school_class, date__in=month.days()
            ).prefetch_related("absences")
        }
        self.left_out = not_counted(
            register__in=[register.pk for register in self.registers.values()]
        )
        self.cells = self._count()

    def _on_roll(self, spell: Enrolment, day: datetime.date) -> bool:
        return self.school_class.year.is_valid_on(day) and spell.is_valid_on(day)

    def _counts(self, spell: Enrolment, register: Register) -> bool:
        """Whether a register taken in a session due counts for the pupil."""
        return self._on_roll(spell, register.date) and counts_for(
            spell, register.pk, register.date, self.left_out
        )

    def _sessions_in(self) -> Iterator[tuple[datetime.date, str, Register | None]]:
        """Sessions that count by the day of counting, with their register or None."""
        for date, session in self.due:
            register = self.registers.get((date, session))
            if date > self.counting_day:
                continue
            is_past_with_pupils = date < self.counting_day and any(
                self._on_roll(spell, date) for spell in self.spells
            )
            if register or is_past_with_pupils:
                yield date, session, register

    @property
    def is_empty(self) -> bool:
        """Whether the class had neither pupils nor registers: it has no coverage then."""
        return not self.cells and not any(self._sessions_in())

    def sessions(self) -> dict[str, int]:
        """Coverage: what was due, taken, not held, sent late; days with a register."""
        counts = Counter(scheduled=0, taken=0, not_held=0, sent_late=0)
        days = set()
        for date, _session, register in self._sessions_in():
            counts["scheduled"] += 1
            if register is None:
                continue
            if register.state == "not_held":
                counts["not_held"] += 1
                continue
            counts["taken"] += 1
            days.add(date)
            if timezone.localtime(register.first_sent_at).date() > date:
                counts["sent_late"] += 1
        return dict(counts, days=len(days))

    def _count(self) -> dict[Cell, dict[str, int]]:
        cells: defaultdict[Cell, dict[str, int]] = defaultdict(
            lambda: dict.fromkeys(ALL_MEASURES, 0)
        )
        for spell in self.spells:
            self._count_roll(cells, spell)
        for (cell, _pupil), tally in self._tallies().items():
            absent = tally["P"] + tally["K"]
            numbers = cells[cell]
            numbers["expected"] += tally["expected"]
            numbers["excused"] += tally["P"]
            numbers["unexcused"] += tally["K"]
            numbers["late"] += tally["M"]
            numbers["pupils"] += 1
            numbers["sum_aa"] += absent**2
            numbers["sum_an"] += absent * tally["expected"]
            numbers["sum_nn"] += tally["expected"] ** 2
            for tier, least in (("often", 10), ("very_often", 20)):
                if absent * 100 >= tally["expected"] * least:
                    numbers[f"{tier}_pupils"] += 1
                    numbers[f"{tier}_absent"] += absent
            for reason in AbsenceReason:
                if f"reason_{reason}" in numbers:
                    numbers[f"reason_{reason}"] += tally[f"reason {reason}"]
        return dict(cells)

    def _count_roll(self, cells: Mapping[Cell, dict[str, int]], spell: Enrolment) -> None:
        """Walk from the day before the month to its last one and note each coming and going."""
        cell = (spell.grade, spell.sex, spell.ethnic_group)
        before = self._on_roll(spell, self.month.first - ONE_DAY)
        if before:
            cells[cell]["roll_start"] += 1
        for day in self.month.days():
            now = self._on_roll(spell, day)
            if now and not before:
                cells[cell][f"came_{spell.entry_reason}"] += 1
            if before and not now:
                left_by_choice = spell.valid_to == day
                cells[cell][
                    f"left_{spell.exit_reason}" if left_by_choice else "left_completed"
                ] += 1
            before = now
        if before:
            cells[cell]["roll_end"] += 1

    def _tallies(self) -> Mapping[tuple[Cell, int], Counter[str]]:
        """(cell, pupil) -> Counter of sessions expected and of marks."""
        tallies: defaultdict[tuple[Cell, int], Counter[str]] = defaultdict(Counter)
        for _date, _session, register in self._sessions_in():
            if register is None or register.state != "taken":
                continue
            marks = {absence.pupil_id: absence for absence in register.absences.all()}
            for spell in self.spells:
                if self._counts(spell, register):
                    tally = tallies[(spell.grade, spell.sex, spell.ethnic_group), spell.pupil_id]
                    tally["expected"] += 1
                    if spell.pupil_id in marks:
                        absence = marks[spell.pupil_id]
                        tally[absence.mark] += 1
                        if absence.mark != Mark.LATE and absence.reason:
                            tally[f"reason {absence.reason}"] += 1
        return tallies


def _commune_in(school: School, month: Month) -> int | None:
    """Where the school lies on the first day of the month on which it lies anywhere."""
    placements = list(Placement.objects.filter(school=school))
    for day in month.days():
        for placement in placements:
            if placement.is_valid_on(day):
                return placement.commune_id
    return None


def _numbers(row: Measures) -> dict[str, int]:
    return {name: getattr(row, name) for name in ALL_MEASURES}
