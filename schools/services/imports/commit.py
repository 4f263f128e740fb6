"""Writing a plan: pupils, spells and their history in bulk, then one piece of news."""

from dataclasses import dataclass, field

from simple_history.utils import bulk_create_with_history

from core.services.saving import save_checked

from ... import signals
from ...models import Enrolment
from ...past_registers import PastChoice
from ...resources import CHUNK, write_changed
from ..pupils import tell_apart
from .change_set import NEW

FIELDS = (
    "school_class",
    "grade",
    "sex",
    "ethnic_group",
    "valid_to",
    "exit_reason",
    "dropout_cause",
)


def write_plan(plan, *, by):
    """Write every accepted row of a plan; to be called inside a transaction.

    Classes come first, then pupils, then the ends of spells, then the new spells: at no
    moment do two spells of a pupil overlap. Corrected sex or ethnic group is copied onto
    the spells of the school year. `signals.enrolments_changed` is sent once.

    Raises:
        IntegrityError: the database refused what somebody else made impossible meanwhile.
    """
    for school_class in plan.new_classes:
        save_checked(school_class, by=by)
    plan.resource.write(by=by)
    for outcome in plan.of_kind(NEW):
        if outcome.alike:
            others = [each.pk for each in outcome.alike]
            tell_apart(pupil=outcome.pupil, others=others, by=by)
    ledger = _Ledger()
    _copy_corrections(plan, ledger)
    for outcome in plan.outcomes:
        if outcome.roll is not None:
            _apply(outcome.roll, ledger)
    write_changed(Enrolment, list(ledger.touched.values()), FIELDS, by=by)
    if ledger.begun:
        bulk_create_with_history(ledger.begun, Enrolment, CHUNK, default_user=by)
    ledger.tell(by=by)


@dataclass
class _Ledger:
    """Spells to update and to create, and the days from which which rolls are other ones."""

    touched: dict = field(default_factory=dict)
    begun: list = field(default_factory=list)
    news: list = field(default_factory=list)

    def touch(self, spell, first, *school_classes):
        """Note a changed spell: from `first` on the rolls of its classes differ."""
        self.touched[spell.pk] = spell
        self.news += [(school_class, first) for school_class in school_classes]

    def tell(self, *, by):
        """Send the one piece of news, if there is any; registers sent meanwhile stay as sent."""
        if self.news:
            signals.enrolments_changed.send(
                sender=Enrolment,
                school_class_ids=sorted({school_class.pk for school_class, _day in self.news}),
                start=min(first for _class, first in self.news),
                end=None,
                pupil_ids=sorted(
                    {spell.pupil_id for spell in [*self.touched.values(), *self.begun]}
                ),
                by=by,
                choice=PastChoice.PRESENT,
            )


def _copy_corrections(plan, ledger):
    """A corrected sex or ethnic group was always so: it follows on every spell."""
    for outcome in plan.outcomes:
        if outcome.kind == NEW or not outcome.pupil_changed:
            continue
        pupil = outcome.pupil
        for spell in plan.roll.spells[pupil.pk]:
            if (spell.sex, spell.ethnic_group) != (pupil.sex, pupil.ethnic_group):
                spell.sex, spell.ethnic_group = pupil.sex, pupil.ethnic_group
                ledger.touch(spell, spell.valid_from, spell.school_class)


def _apply(change, ledger):
    for ending in change.endings:
        spell = ending.spell
        spell.valid_to, spell.exit_reason = ending.on, ending.reason
        spell.dropout_cause = ending.cause
        ledger.touch(spell, ending.on, spell.school_class)
    if change.correction:
        spell, old = change.correction.spell, change.correction.spell.school_class
        spell.school_class, spell.grade = change.correction.school_class, change.correction.grade
        ledger.touch(spell, spell.valid_from, old, spell.school_class)
    if change.begin:
        change.begin.copy_from_owners()
        ledger.begun.append(change.begin)
        ledger.news.append((change.begin.school_class, change.begin.valid_from))
