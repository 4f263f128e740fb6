"""The rolls of a school year that is over, loaded afterwards: closed spells, and no others.

A list tells no day, so a pupil was in the class from the first to the last day of the year; who
moved away or left school did so with its last day. Nothing of today is touched: neither what is
on record of a child nor a spell of another year.
"""

from core.vietnamese import format_date

from ...enums import DropoutCause, EntryReason, ExitReason, Grade
from ...models import Enrolment, LoadedYear, Pupil, School, SchoolClass, SchoolYear
from ..workbook.refusals import Refused
from ..workbook.statuses import Status
from .enrolment_changes import Roll, RollChange


def was_kept_here(school: School, year: SchoolYear) -> bool:
    """Whether a school kept its rolls of a year in this system, so that nothing is loaded."""
    if LoadedYear.objects.filter(school=school, year=year).exists():
        return False
    return Enrolment.objects.filter(school=school, school_class__year=year).exists()


class PastRoll(Roll):
    """As `Roll`, of a year that is over."""

    def needs_class(self, status: Status) -> bool:
        return True

    def change_of(
        self, pupil: Pupil, status: Status, school_class: SchoolClass | None, grade: Grade | None
    ) -> RollChange:
        assert school_class is not None, "asked for by needs_class"
        assert grade is not None, "that of the class, where the row names none"
        first, end = self.year.valid_from, self.year.valid_to
        for spell in self.spells[pupil.pk] if pupil.pk else ():
            if spell.valid_from >= end or (spell.valid_to is not None and spell.valid_to <= first):
                continue
            if spell.school_id != self.school.pk:
                raise Refused("on_roll_elsewhere_then")
            if spell.school_class_id != school_class.pk:
                name, day = spell.school_class.name, format_date(spell.valid_from)
                raise Refused("on_roll_then", name=name, first=day)
            return RollChange()
        leaving = status.exit or ExitReason.COMPLETED
        begin = Enrolment(
            pupil=pupil,
            school_class=school_class,
            grade=grade.value,
            valid_from=first,
            valid_to=end,
            entry_reason=status.entry or EntryReason.YEAR_START,
            exit_reason=leaving.value,
            told_status=status.code,
            dropout_cause=DropoutCause.OTHER.value if leaving == ExitReason.DROPOUT else "",
        )
        days = f"{format_date(first)}-{format_date(end)}"
        return RollChange(
            begin=begin, changes=[("class_name", "", f"{school_class.name} ({days})")]
        )
