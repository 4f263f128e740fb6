"""Writing a change set: pupils, spells and their history in bulk, then one piece of news."""

import datetime
from dataclasses import dataclass, field

from simple_history.utils import bulk_create_with_history

from core.services.saving import save_checked
from core.services.workbook_imports import NEW
from core.types import User

from ... import signals
from ...models import Enrolment, LoadedYear, SchoolClass
from ...pupils.past_registers import PastChoice
from ...pupils.services.pupils import tell_apart
from ..resources import CHUNK, write_changed
from .change_set import ChangeSet, Outcome, SchoolChanges
from .enrolment_changes import RollChange

FIELDS = (
    "school_class",
    "grade",
    "sex",
    "ethnic_group",
    "valid_to",
    "exit_reason",
    "dropout_cause",
    "further_causes",
    "told_status",
)


def write_change_set(change_set: ChangeSet, *, by: User) -> None:
    """Write every accepted row of a change set; to be called inside a transaction.

    Classes come first, then pupils, then the ends of spells, then the new spells: at no
    moment do two spells of a pupil overlap. Corrected sex or ethnic group is copied onto
    the spells of the school year. `signals.enrolments_changed` is sent once.

    Raises:
        IntegrityError: the database refused what somebody else made impossible meanwhile.
    """
    ledger = _Ledger()
    for changes in change_set.schools:
        for school_class in changes.new_classes:
            save_checked(school_class, by=by)
        changes.resource.write(by=by)
        _copy_corrections(changes, ledger)
    for outcome in change_set.of_kind(NEW):
        _tell_apart(outcome, by)
    for outcome in change_set.outcomes:
        if outcome.roll is not None:
            _apply(outcome.roll, ledger)
    write_changed(Enrolment, list(ledger.touched.values()), FIELDS, by=by)
    if ledger.begun:
        bulk_create_with_history(ledger.begun, Enrolment, CHUNK, default_user=by)
    if change_set.year.closed_at is not None:
        _mark_as_loaded(change_set, by)
        ledger.tell(by=by, end=change_set.year.valid_to)
    else:
        ledger.tell(by=by, end=None)


def _tell_apart(outcome: Outcome, by: User) -> None:
    """Keep what was confirmed: a new pupil is not one of those of the same name."""
    others = [*outcome.alike, *(each.pupil for each in outcome.alike_rows if each.pupil)]
    if others and outcome.pupil is not None:
        tell_apart(pupil=outcome.pupil, others=[each.pk for each in others], by=by)


def _mark_as_loaded(change_set: ChangeSet, by: User) -> None:
    """Note that these schools' rolls of the year were loaded afterwards."""
    LoadedYear.objects.bulk_create(
        [
            LoadedYear(school=changes.school, year=change_set.year, loaded_by=by)
            for changes in change_set.schools
        ],
        ignore_conflicts=True,
    )


@dataclass
class _Ledger:
    """Spells to update and to create, and the days from which which rolls are other ones."""

    touched: dict[int, Enrolment] = field(default_factory=dict)
    begun: list[Enrolment] = field(default_factory=list)
    news: list[tuple[SchoolClass, datetime.date]] = field(default_factory=list)

    def touch(self, spell: Enrolment, first: datetime.date, *school_classes: SchoolClass) -> None:
        """Note a changed spell: from `first` on the rolls of its classes differ."""
        self.touched[spell.pk] = spell
        self.news += [(school_class, first) for school_class in school_classes]

    def tell(self, *, by: User, end: datetime.date | None) -> None:
        """Send the one piece of news, if there is any; registers sent meanwhile stay as sent."""
        if self.news:
            signals.enrolments_changed.send(
                sender=Enrolment,
                school_class_ids=sorted({school_class.pk for school_class, _day in self.news}),
                start=min(first for _class, first in self.news),
                end=end,
                pupil_ids=sorted(
                    {spell.pupil_id for spell in [*self.touched.values(), *self.begun]}
                ),
                by=by,
                choice=PastChoice.PRESENT,
            )


def _copy_corrections(changes: SchoolChanges, ledger: _Ledger) -> None:
    """A corrected sex or ethnic group was always so: it follows on every spell."""
    for outcome in changes.outcomes:
        pupil = outcome.pupil
        if outcome.kind == NEW or not outcome.pupil_changed or pupil is None:
            continue
        for spell in changes.roll.spells[pupil.pk]:
            if (spell.sex, spell.ethnic_group) != (pupil.sex, pupil.ethnic_group):
                spell.sex, spell.ethnic_group = pupil.sex, pupil.ethnic_group
                ledger.touch(spell, spell.valid_from, spell.school_class)


def _apply(change: RollChange, ledger: _Ledger) -> None:
    for ending in change.endings:
        spell = ending.spell
        spell.valid_to, spell.exit_reason = ending.on, ending.reason
        if ending.cause != spell.dropout_cause:
            # What was written down of another leaving does not hold for this one.
            spell.further_causes = ""
        spell.dropout_cause = ending.cause
        if ending.told_status:
            spell.told_status = ending.told_status
        ledger.touch(spell, ending.on, spell.school_class)
    if change.correction:
        spell, old = change.correction.spell, change.correction.spell.school_class
        spell.school_class, spell.grade = change.correction.school_class, change.correction.grade
        ledger.touch(spell, spell.valid_from, old, spell.school_class)
    if change.told:
        spell, spell.told_status = change.told[0], change.told[1]
        # No roll is another one by it: nothing to count anew.
        ledger.touched[spell.pk] = spell
    if change.begin:
        change.begin.copy_from_owners()
        ledger.begun.append(change.begin)
        ledger.news.append((change.begin.school_class, change.begin.valid_from))
