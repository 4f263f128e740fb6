"""What the class, grade and status columns of a workbook change on the roll.

Everything takes effect on one day, the day given at the upload: new pupils are on the roll
from it, a change of class begins on it, and a pupil whose status says "moved away" or "left
school" is no longer on the roll on it (the workbook itself tells no day). A pupil already
on the roll of the class stays untouched, whatever the day. The workbook tells no cause of a
dropout; it is recorded as "other" until somebody corrects it. Spells still open in a school
year that is over are ended with that year. Spells are never deleted or moved in the past.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from core.vietnamese import format_date

from ...enums import DropoutCause, EntryReason, ExitReason, Grade
from ...models import Enrolment, Pupil, School, SchoolClass, SchoolYear
from ..resources import CHUNK
from ..terms import terms_by_level
from ..workbook.cells import GradeCell
from ..workbook.refusals import Refused
from ..workbook.statuses import Status, Terms, status_of, status_of_studying, status_on
from .ages import Ages
from .classes import Classes
from .reading import SourceRow


@dataclass
class Ending:
    """A spell that ends: first day no longer on the roll, why, and the cause of a dropout."""

    spell: Enrolment
    on: datetime.date
    reason: str
    cause: str = ""
    told_status: str = ""


@dataclass
class Correction:
    """A spell whose class or grade was wrong from its first day on."""

    spell: Enrolment
    school_class: SchoolClass
    grade: int


@dataclass
class RollChange:
    """What one row changes on the roll.

    Attributes:
        changes: list of (column key, old text, new text).
        begin: the spell to create, or None.
        endings: spells to end.
        correction: of a running spell, or None.
        told: (running spell, code of the status that the list tells of it), or None when that
            is on record already.
        applies: False when the row is about a pupil who is not on this roll and has no
            business here any more; then nothing of the row is written.
        unusual_age: set where the pupil is younger than is usual in the grade.
    """

    changes: list[tuple[str, str, str]] = field(default_factory=list)
    begin: Enrolment | None = None
    endings: list[Ending] = field(default_factory=list)
    correction: Correction | None = None
    told: tuple[Enrolment, str] | None = None
    applies: bool = True
    unusual_age: int | None = None


class Roll:
    """The classes and spells that rows are judged against, loaded once for the workbook."""

    def __init__(
        self,
        *,
        school: School,
        year: SchoolYear,
        starts_on: datetime.date,
        create_classes: bool,
        rows: Sequence[SourceRow],
        ages: Ages,
        lock: bool = False,
    ) -> None:
        self.school = school
        self.year = year
        self.starts_on = starts_on
        self.lock = lock
        self.ages = ages
        self.classes = Classes(
            school=school, year=year, starts_on=starts_on, rows=rows if create_classes else ()
        )
        self.spells: defaultdict[int, list[Enrolment]] = defaultdict(list)
        # On time: the year begins, or the school has had nobody on its roll this year.
        self.is_first_roll = (
            starts_on == year.valid_from
            or not Enrolment.objects.filter(
                school=school, school_class__year=year, valid_from__lt=starts_on
            ).exists()
        )

    @cached_property
    def terms(self) -> Mapping[str, Terms]:
        """The terms of the year by level; asked when a status follows from the day of coming."""
        return terms_by_level(self.year)

    def load_spells(self, pupil_ids: Iterable[int]) -> None:
        """Read all spells of the pupils met in the file; call it before `judge`."""
        ids = sorted(pupil_ids)
        for start in range(0, len(ids), CHUNK):
            spells = Enrolment.objects.filter(pupil_id__in=ids[start : start + CHUNK])
            spells = spells.select_related("school_class__year").order_by("valid_from", "pk")
            if self.lock:
                spells = spells.select_for_update(of=("self",))
            for spell in spells:
                self.spells[spell.pupil_id].append(spell)

    def judge(
        self, row: SourceRow, pupil: Pupil | None
    ) -> tuple[RollChange | None, list[tuple[str, Refused]]]:
        """(`RollChange` or None, list of (column key, `Refused`)) of a row.

        `pupil` is the saved or unsaved pupil of the row, None when the row was refused
        already; then only the cells are looked at.
        """
        refusals: list[tuple[str, Refused]] = []
        status: Status | None = None
        school_class: SchoolClass | None = None
        grade: Grade | None = None
        try:
            status = status_of(row.cells["status"])
        except Refused as refusal:
            refusals.append(("status", refusal))
        if status is None or self.needs_class(status):
            try:
                school_class = self.classes.class_of(row)
            except Refused as refusal:
                refusals.append(("class_name", refusal))
            try:
                grade = (
                    self.classes.grade_of(row, school_class)
                    if school_class
                    else GradeCell().clean(row.cells["grade"])
                )
            except Refused as refusal:
                refusals.append(("grade", refusal))
        if refusals or pupil is None or status is None:
            return None, refusals
        try:
            self.ages.require(pupil.birth_date, grade)
        except Refused as refusal:
            return None, [("birth_date", refusal)]
        try:
            change = self.change_of(pupil, status, school_class, grade)
        except Refused as refusal:
            return None, [("status" if status.exit else "class_name", refusal)]
        if grade is not None:
            change.unusual_age = self.ages.unusual(pupil.birth_date, grade)
        return change, []

    def needs_class(self, status: Status) -> bool:
        """Whether class and grade must be known of a pupil of this status."""
        return not status.exit

    def change_of(
        self, pupil: Pupil, status: Status, school_class: SchoolClass | None, grade: Grade | None
    ) -> RollChange:
        """What a sound row changes; raises `Refused`."""
        if status.exit:
            return self._leave(pupil, status)
        assert school_class is not None, "asked for by needs_class"
        assert grade is not None, "that of the class, where the row names none"
        return self._study(pupil, status, school_class, grade)

    def _not_over(self, pupil: Pupil) -> tuple[list[Enrolment], list[Enrolment]]:
        """Spells of a pupil that reach past the day, those of finished years apart."""
        reaching = [
            spell
            for spell in self.spells[pupil.pk]
            if spell.valid_to is None or spell.valid_to > self.starts_on
        ]
        finished = [s for s in reaching if s.school_class.year.valid_to <= self.starts_on]
        return [s for s in reaching if s not in finished], finished

    def _leave(self, pupil: Pupil, status: Status) -> RollChange:
        assert status.exit is not None, "of a status that leaves"
        running, finished = self._not_over(pupil) if pupil.pk else ([], [])
        change = RollChange(applies=False)
        for spell in [*finished, *running]:
            if spell.school_id != self.school.pk:
                continue
            if spell in finished:
                last = spell.school_class.year.valid_to
            elif spell.valid_to is not None:
                change.applies = True
                continue
            elif spell.valid_from >= self.starts_on:
                raise Refused("leaves_too_early", date=format_date(spell.valid_from))
            else:
                last = self.starts_on
            change.applies = True
            cause = DropoutCause.OTHER.value if status.exit == ExitReason.DROPOUT else ""
            change.endings.append(Ending(spell, last, status.exit.value, cause, status.code))
            change.changes.append(
                ("status", spell.school_class.name, f"{status.name} ({format_date(last)})")
            )
        return change

    def _study(
        self, pupil: Pupil, status: Status, school_class: SchoolClass, grade: Grade
    ) -> RollChange:
        running, finished = self._not_over(pupil) if pupil.pk else ([], [])
        if any(spell.school_id != self.school.pk for spell in running):
            raise Refused("enrolled_elsewhere")
        change = RollChange()
        for spell in finished:
            last = spell.school_class.year.valid_to
            change.endings.append(Ending(spell, last, ExitReason.COMPLETED.value))
        same = next((s for s in running if s.school_class_id == school_class.pk), None)
        if same is not None:
            if same.grade != grade:
                change.correction = Correction(same, school_class, grade.value)
                change.changes.append(("grade", same.get_grade_display(), str(grade.label)))
            self._tell(change, same, status)
            return change
        before = self._class_before(running)
        shown = before or (finished[-1] if finished else None)
        change.changes.append(
            (
                "class_name",
                shown.school_class.name if shown else "",
                f"{school_class.name} ({format_date(self.starts_on)})",
            )
        )
        if before is not None and before.valid_from == self.starts_on:
            # Nothing has been spent in the old class: the spell itself was wrong.
            change.correction = Correction(before, school_class, grade.value)
            self._tell(change, before, status)
            return change
        change.begin = Enrolment(
            pupil=pupil,
            school_class=school_class,
            grade=grade.value,
            valid_from=self.starts_on,
            entry_reason=self._entry_reason(pupil, status),
            told_status=status.code,
        )
        if before is not None:
            change.endings.append(Ending(before, self.starts_on, ExitReason.CLASS_CHANGE.value))
            self._carry_on(before, change.begin)
        return change

    def _tell(self, change: RollChange, spell: Enrolment, status: Status) -> None:
        """Keep the status of the list, where what is on record would not say it."""
        in_class = [
            each
            for each in self.spells[spell.pupil_id]
            if each.school_id == spell.school_id
            and each.school_class.year_id == self.year.pk
            and each.valid_from <= spell.valid_from
        ]
        known = status_of_studying(in_class) or status_on(
            spell.valid_from, in_class, self.terms[spell.school_class.level]
        )
        if known.code != status.code:
            change.told = (spell, status.code)
            change.changes.append(("status", known.name, status.name))

    def _class_before(self, running: Sequence[Enrolment]) -> Enrolment | None:
        """The spell that a change of class ends, or None; raises `Refused`."""
        for spell in running:
            if spell.valid_from > self.starts_on:
                raise Refused("on_roll_later", date=format_date(spell.valid_from))
        return running[0] if running else None

    @staticmethod
    def _carry_on(before: Enrolment, begin: Enrolment) -> None:
        """What was arranged for the old class holds for the new one, a planned end too."""
        begin.entry_reason = EntryReason.CLASS_CHANGE
        begin.valid_to, begin.exit_reason = before.valid_to, before.exit_reason
        begin.dropout_cause = before.dropout_cause
        begin.further_causes = before.further_causes

    def _entry_reason(self, pupil: Pupil, status: Status) -> EntryReason:
        """How a pupil comes onto the roll.

        Returners are counted, so only a pupil who is on record as a dropout is one (as in
        `schools.pupils.services.enrolments`). A pupil who moved here in the summer, or studies
        here when the school's first roll of the year is uploaded, was there when it began.
        """
        past = self.spells[pupil.pk] if pupil.pk else []
        last = past[-1] if past else None
        this_year = last is not None and last.school_class.year_id == self.year.pk
        moved_here = status.entry == EntryReason.TRANSFER_IN
        if last is not None and last.exit_reason == ExitReason.DROPOUT:
            if this_year or not moved_here:
                return EntryReason.RETURN
        elif this_year:
            return EntryReason.TRANSFER_IN
        if moved_here and not (status.code == "10" and self.is_first_roll):
            return EntryReason.TRANSFER_IN
        return EntryReason.YEAR_START if self.is_first_roll else EntryReason.NEW

    def others_on_roll(self, pupil_ids: Collection[int]) -> int:
        """How many pupils on the roll that day are not among `pupil_ids`."""
        on_roll = Enrolment.objects.on(self.starts_on).filter(
            school=self.school, school_class__year=self.year
        )
        return len(set(on_roll.values_list("pupil_id", flat=True)) - set(pupil_ids))
