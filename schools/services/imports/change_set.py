"""What a whole workbook would change: the answer shown as preview and written by the save.

Check and save make the same plan from the same file and the database of their moment. The
plan's digest tells whether they agree: when somebody changed a pupil in between, it differs
and nothing is written.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field

from core.vietnamese import fold, format_date

from ...enums import Sex
from ...ethnic_groups import names
from ...models import Pupil
from ...pupil_workbook.columns import BY_KEY, COLUMNS
from ...pupil_workbook.refusals import Refused
from ...resources import CHUNK, PupilResource, refusals_of
from .ages import Ages
from .duplicates import find_repeats
from .enrolment_changes import Roll
from .reading import Source, SourceRow

NEW, CHANGED, UNCHANGED, REFUSED = "new", "changed", "unchanged", "refused"
_ORDER = {column.key: index for index, column in enumerate(COLUMNS)}
# Kept as the workbook writes them, so that preview and workbook can be compared by eye.
_SEX_WORDS = {Sex.MALE: "Nam", Sex.FEMALE: "Nữ"}

_GATHERED = {"residence": "Nơi ở", "father": "Cha, mẹ"}


@dataclass
class Outcome:
    """What becomes of one row.

    Attributes:
        changes: (column key, old text, new text) of a changed row; old None when the
            reader may not see it.
        unusual_age: of a pupil younger than is usual in the grade, else None.
        refusals: (column key or "", code, params) of a refused row.
        alike: pupils on record with the name and birth date of a new one.
    """

    row: SourceRow
    kind: str = UNCHANGED
    pupil: object = None
    pupil_changed: bool = False
    roll: object = None
    changes: list = field(default_factory=list)
    unusual_age: int | None = None
    refusals: list = field(default_factory=list)
    alike: list = field(default_factory=list)


@dataclass
class Plan:
    """All outcomes in the order of the file, and what is needed to write them."""

    source: Source
    outcomes: list
    resource: PupilResource
    roll: Roll
    others_on_roll: int

    def of_kind(self, kind):
        """The outcomes of one kind."""
        return [outcome for outcome in self.outcomes if outcome.kind == kind]

    @property
    def counts(self):
        """Counter of outcomes by kind."""
        return Counter(outcome.kind for outcome in self.outcomes)

    @property
    def new_classes(self):
        """The classes that will be created, those that some accepted row needs."""
        wanted = {id(o.roll.begin.school_class) for o in self.outcomes if o.roll and o.roll.begin}
        return [
            new
            for new in self.roll.classes.new.values()
            if not isinstance(new, Refused) and id(new) in wanted
        ]

    @property
    def digest(self):
        """SHA-256 of everything the plan would write and refuse."""
        rows = [
            [
                *outcome.row.place,
                outcome.kind,
                outcome.pupil.pk if outcome.pupil else None,
                _values(outcome.pupil) if outcome.kind == NEW else None,
                outcome.changes,
                outcome.refusals,
                _roll_values(outcome.roll),
                [pupil.pk for pupil in outcome.alike],
            ]
            for outcome in self.outcomes
            if outcome.kind != UNCHANGED
        ]
        return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()


def make_plan(source, *, school, year, starts_on, create_classes, lock=False, progress=None):
    """Judge every row of a workbook.

    Args:
        source: the `Source` read from the file.
        starts_on: the day on which everything takes effect.
        lock: hold the pupils and spells found, for a save in the same transaction.
        progress: called with the number of rows read, every few hundred.
    """
    ages = Ages(starts_on)
    resource = PupilResource(
        school=school,
        starts_on=starts_on,
        ages=ages.limits,
        lock=lock,
        progress=progress,
    )
    result = resource.import_data(source.dataset(), use_transactions=False)
    fault = next((e for r in result.rows for e in r.errors), None) or next(
        iter(result.base_errors), None
    )
    if fault:
        raise fault.error
    roll = Roll(
        school=school,
        year=year,
        starts_on=starts_on,
        create_classes=create_classes,
        rows=source.rows,
        ages=ages,
        lock=lock,
    )
    found = {r.instance.pk for r in result.rows if r.instance is not None and r.instance.pk}
    roll.load_spells(found)
    twice = find_repeats(source.rows, resource, result)
    kept = resource.loader.kept
    outcomes = [
        _judge(row, row_result, roll, twice[row.place], kept)
        for row, row_result in zip(source.rows, result.rows, strict=True)
    ]
    _find_alike([outcome for outcome in outcomes if outcome.kind == NEW])
    resource.keep_only(
        [o.pupil for o in outcomes if o.kind == NEW or (o.kind == CHANGED and o.pupil_changed)]
    )
    return Plan(source, outcomes, resource, roll, roll.others_on_roll(found))


def _find_alike(new):
    """Note, of each new pupil, those on record anywhere who may be the same child."""
    wanted = {(fold(each.pupil.full_name), each.pupil.birth_date): each for each in new}
    names_sought = sorted({name for name, _birth_date in wanted})
    for start in range(0, len(names_sought), CHUNK):
        found = Pupil.objects.filter(search_key__in=names_sought[start : start + CHUNK])
        for pupil in found.order_by("pk"):
            outcome = wanted.get((pupil.search_key, pupil.birth_date))
            if outcome is not None:
                outcome.alike.append(pupil)


def _judge(row, row_result, roll, twice, kept):
    outcome = Outcome(row)
    refusals = list(twice)
    if row_result.validation_error is not None:
        refusals += refusals_of(row_result.validation_error)
    pupil = None if refusals else row_result.instance
    outcome.roll, more = roll.judge(row, pupil)
    # What is no longer as it was typed is told once, not also for what it looks like now.
    unsound = {key for key, _refusal in row.refusals}
    refusals = [*row.refusals, *(pair for pair in [*refusals, *more] if pair[0] not in unsound)]
    if refusals:
        outcome.kind, outcome.roll = REFUSED, None
        outcome.refusals = [
            (key, error.code, _plain(error.params))
            for key, error in sorted(refusals, key=lambda pair: _ORDER.get(pair[0], -1))
        ]
        return outcome
    outcome.pupil = pupil
    outcome.unusual_age = outcome.roll.unusual_age
    if not outcome.roll.applies:
        outcome.roll = None
        return outcome
    if row_result.is_new():
        outcome.kind = NEW
        return outcome
    if row_result.is_update():
        outcome.pupil_changed = True
        outcome.changes = _differences(row_result.original, pupil, pupil.pk in kept)
    outcome.changes += outcome.roll.changes
    if outcome.changes or outcome.roll.endings:
        outcome.kind = CHANGED
    return outcome


def _differences(old, new, may_see_old):
    resource_fields = PupilResource.fields
    differences = []
    for key in PupilResource._meta.fields:
        attribute = resource_fields[key].attribute
        before, after = getattr(old, attribute), getattr(new, attribute)
        if before != after:
            shown = _shown(attribute, before) if may_see_old else None
            differences.append((key, shown, _shown(attribute, after)))
    return differences


def _shown(attribute, value):
    if value in (None, ""):
        return ""
    if attribute == "birth_date":
        return format_date(value)
    if attribute == "sex":
        return _SEX_WORDS[value]
    if attribute == "ethnic_group":
        return names().get(value, value)
    return str(value)


def _values(pupil):
    return [str(getattr(pupil, f.attribute) or "") for f in PupilResource.fields.values()]


def _roll_values(change):
    if change is None:
        return None
    begin = change.begin and [
        change.begin.school_class.name,
        change.begin.grade,
        change.begin.valid_from,
        change.begin.valid_to,
        change.begin.entry_reason,
    ]
    endings = [(ending.spell.pk, ending.on, ending.reason) for ending in change.endings]
    correction = change.correction and [
        change.correction.spell.pk,
        change.correction.school_class.name,
        change.correction.grade,
    ]
    return [begin, endings, correction]


def _plain(params):
    return {key: str(value) for key, value in (params or {}).items()}


def header_of(key):
    """How a column key is called before a reader: its header, "" for the whole row.

    What is gathered from two columns has a name of its own.
    """
    return _GATHERED.get(key) or (BY_KEY[key].header if key in BY_KEY else "")
