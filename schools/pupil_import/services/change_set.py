"""What a whole workbook would change: the answer shown as preview and written by the save.

Check and save make the same change set from the same file and the database of their moment. The
change set's digest tells whether they agree: when somebody changed a pupil in between, it differs
and nothing is written.

A workbook is of one school or of many. The rows of a school are judged together, by what is on
record of that school; so the number of queries follows the schools, and never the rows but for
one in `CHUNK` of them.
"""

import datetime
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.services.workbook_imports import CHANGED, NEW, REFUSED, UNCHANGED
from core.vietnamese import fold, format_date

from ...directory.selectors.school_codes import SchoolCodeRefused, SchoolCodes, school_code_of
from ...enums import Sex
from ...ethnic_groups import names
from ...models import Pupil, School, SchoolClass, SchoolYear
from ..resources import CHUNK, PupilResource, refusals_of
from ..workbook.columns import BY_KEY, COLUMNS
from ..workbook.refusals import Refused
from .ages import Ages
from .duplicates import ReadRow, are_told_apart, find_repeats
from .enrolment_changes import Roll, RollChange
from .past_rolls import PastRoll, was_kept_here
from .reading import Source, SourceRow, dataset_of

_ORDER = {column.key: index for index, column in enumerate(COLUMNS)}
# Kept as the workbook writes them, so that preview and workbook can be compared by eye.
_SEX_WORDS = {Sex.MALE.value: "Nam", Sex.FEMALE.value: "Nữ"}

_GATHERED = {"residence": "Nơi ở", "father": "Cha, mẹ"}
# (column key or "", code, params) of a refused row.
Refusal = tuple[str, str, dict[str, str]]
# (column key, old text, new text); old None when the reader may not see it.
Change = tuple[str, str | None, str]


@dataclass
class Outcome:
    """What becomes of one row.

    Attributes:
        school: whose row it is; None when it names none.
        unusual_age: of a pupil younger than is usual in the grade, else None.
        alike: pupils on record with the name and birth date of a new one.
        alike_rows: new rows of other schools of the file with this name and birth date.
    """

    row: SourceRow
    school: School | None = None
    kind: str = UNCHANGED
    pupil: Pupil | None = None
    pupil_changed: bool = False
    roll: RollChange | None = None
    changes: list[Change] = field(default_factory=list)
    unusual_age: int | None = None
    refusals: list[Refusal] = field(default_factory=list)
    alike: list[Pupil] = field(default_factory=list)
    alike_rows: list["Outcome"] = field(default_factory=list)


@dataclass
class SchoolChanges:
    """What a workbook changes in one school, and what is needed to write it."""

    school: School
    outcomes: list[Outcome]
    resource: PupilResource
    roll: Roll
    others_on_roll: int

    def of_kind(self, kind: str) -> list[Outcome]:
        """The outcomes of one kind."""
        return [outcome for outcome in self.outcomes if outcome.kind == kind]

    @property
    def new_classes(self) -> list[SchoolClass]:
        """The classes that will be created, those that some accepted row needs."""
        wanted = {id(o.roll.begin.school_class) for o in self.outcomes if o.roll and o.roll.begin}
        return [
            new
            for new in self.roll.classes.new.values()
            if not isinstance(new, Refused) and id(new) in wanted
        ]


@dataclass
class ChangeSet:
    """All outcomes in the order of the file, and the schools of the file by name."""

    source: Source
    outcomes: list[Outcome]
    schools: list[SchoolChanges]
    year: SchoolYear
    of_many: bool

    def of_kind(self, kind: str) -> list[Outcome]:
        """The outcomes of one kind."""
        return [outcome for outcome in self.outcomes if outcome.kind == kind]

    @property
    def counts(self) -> Counter[str]:
        """Outcomes by kind."""
        return Counter(outcome.kind for outcome in self.outcomes)

    @property
    def digest(self) -> str:
        """SHA-256 of everything the change set would write and refuse."""
        rows = [
            [
                *outcome.row.place,
                outcome.school.pk if outcome.school else None,
                outcome.kind,
                outcome.pupil.pk if outcome.pupil else None,
                _values(outcome.pupil) if outcome.kind == NEW and outcome.pupil else None,
                outcome.changes,
                outcome.refusals,
                _roll_values(outcome.roll),
                [pupil.pk for pupil in outcome.alike],
                [other.row.place for other in outcome.alike_rows],
            ]
            for outcome in self.outcomes
            if outcome.kind != UNCHANGED
        ]
        return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()


def make_change_set(
    source: Source,
    *,
    schools: SchoolCodes,
    year: SchoolYear,
    starts_on: datetime.date,
    create_classes: bool,
    hides_old: bool = False,
    lock: bool = False,
    progress: Callable[[int], object] | None = None,
) -> ChangeSet:
    """Judge every row of a workbook.

    Args:
        source: the `Source` read from the file.
        schools: those that rows may name, or the one whose list it is.
        year: a closed one is loaded afterwards (`past_rolls`).
        starts_on: the day on which everything takes effect.
        hides_old: whether the sender sees no pupils, and so not what was on record of one.
        lock: hold the pupils and spells found, for a save in the same transaction.
        progress: called with the number of rows read, every few hundred.
    """
    outcomes = [Outcome(row) for row in source.rows]
    of_school: defaultdict[School, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        _find_school(outcome, schools)
        if outcome.school is not None:
            of_school[outcome.school].append(outcome)
    judge = _Judge(
        year=year,
        starts_on=starts_on,
        create_classes=create_classes,
        hides_old=hides_old,
        lock=lock,
        progress=progress,
    )
    # One after the other in one order, so that two saves never wait for each other.
    for school in sorted(of_school, key=lambda each: each.pk):
        judge.read(school, of_school[school])
    judge.conclude()
    found = sorted(judge.schools, key=lambda each: (each.school.name_key, each.school.pk))
    return ChangeSet(source, outcomes, found, year, of_many=schools.only is None)


def _find_school(outcome: Outcome, schools: SchoolCodes) -> None:
    code = school_code_of(outcome.row.cells["school_code"])
    if any(key == "school_code" for key, _refusal in outcome.row.refusals):
        code = ""
    try:
        outcome.school = schools.named(code)
    except SchoolCodeRefused as refusal:
        _refuse(outcome, [("school_code", Refused(refusal.code, **refusal.params))])


class _Judge:
    """Reads the rows of each school, then concludes over all of them."""

    def __init__(
        self,
        *,
        year: SchoolYear,
        starts_on: datetime.date,
        create_classes: bool,
        hides_old: bool,
        lock: bool,
        progress: Callable[[int], object] | None,
    ) -> None:
        self.schools: list[SchoolChanges] = []
        self._year, self._starts_on, self._lock = year, starts_on, lock
        self._create_classes, self._progress = create_classes, progress
        self._hides_old = hides_old
        self._is_past = year.closed_at is not None
        self._ages = Ages(starts_on)
        self._read: list[ReadRow] = []
        self._rows_before = 0

    def read(self, school: School, outcomes: list[Outcome]) -> None:
        """Read the rows of a school and find whom they mean."""
        rows = [outcome.row for outcome in outcomes]
        resource = PupilResource(
            school=school,
            starts_on=self._starts_on,
            ages=self._ages.limits,
            lock=self._lock,
            progress=self._tell_progress if self._progress else None,
        )
        result = resource.import_data(dataset_of(rows), use_transactions=False)
        fault = next((e for r in result.rows for e in r.errors), None) or next(
            iter(result.base_errors), None
        )
        if fault:
            raise fault.error
        self._rows_before += len(rows)
        roll = (PastRoll if self._is_past else Roll)(
            school=school,
            year=self._year,
            starts_on=self._starts_on,
            create_classes=self._create_classes,
            rows=rows,
            ages=self._ages,
            lock=self._lock,
        )
        found = {r.instance.pk for r in result.rows if r.instance is not None and r.instance.pk}
        roll.load_spells(found)
        self._read += [
            ReadRow.of(row, school, row_result, resource)
            for row, row_result in zip(rows, result.rows, strict=True)
        ]
        others = 0 if self._is_past else roll.others_on_roll(found)
        self.schools.append(SchoolChanges(school, outcomes, resource, roll, others))

    def _tell_progress(self, rows: int) -> None:
        assert self._progress is not None, "asked for by nobody"
        self._progress(self._rows_before + rows)

    def conclude(self) -> None:
        """Say of each row what becomes of it, and keep of the pupils those to write."""
        twice = find_repeats(self._read)
        read_at = {each.row.place: each for each in self._read}
        for changes in self.schools:
            kept_out = self._is_past and was_kept_here(changes.school, self._year)
            for outcome in changes.outcomes:
                place = outcome.row.place
                refusals = list(twice[place])
                if kept_out:
                    params = {"school": changes.school.name, "year": self._year.code}
                    refusals.append(("school_code", Refused("year_was_kept", **params)))
                self._judge(outcome, read_at[place].result, changes, refusals)
        find_alike([each for changes in self.schools for each in changes.of_kind(NEW)], read_at)
        for changes in self.schools:
            changes.resource.keep_only(
                [
                    each.pupil
                    for each in changes.outcomes
                    if each.pupil is not None
                    and (each.kind == NEW or (each.kind == CHANGED and each.pupil_changed))
                ]
            )

    def _judge(
        self,
        outcome: Outcome,
        row_result: Any,
        changes: SchoolChanges,
        refusals: list[tuple[str, Refused]],
    ) -> None:
        if row_result.validation_error is not None:
            refusals = refusals + refusals_of(row_result.validation_error)
        pupil = None if refusals else row_result.instance
        outcome.roll, more = changes.roll.judge(outcome.row, pupil)
        refusals = refusals + more
        if refusals or outcome.row.refusals:
            _refuse(outcome, refusals)
            return
        assert outcome.roll is not None, "of a row that is not refused"
        outcome.pupil = pupil
        outcome.unusual_age = outcome.roll.unusual_age
        if not outcome.roll.applies:
            outcome.roll = None
            return
        if row_result.is_new():
            outcome.kind = NEW
            return
        # What was true of a child years ago is no news of today.
        if row_result.is_update() and pupil is not None and not self._is_past:
            outcome.pupil_changed = True
            may_see = pupil.pk in changes.resource.loader.kept and not self._hides_old
            outcome.changes = _differences(row_result.original, pupil, may_see)
        outcome.changes += outcome.roll.changes
        if outcome.changes or outcome.roll.endings:
            outcome.kind = CHANGED


def _refuse(outcome: Outcome, refusals: list[tuple[str, Refused]]) -> None:
    # What is no longer as it was typed is told once, not also for what it looks like now.
    unsound = {key for key, _refusal in outcome.row.refusals}
    every = [*outcome.row.refusals, *(pair for pair in refusals if pair[0] not in unsound)]
    outcome.kind, outcome.roll = REFUSED, None
    outcome.refusals = [
        (key, error.code or "", _plain(error.params))
        for key, error in sorted(every, key=lambda pair: _ORDER.get(pair[0], -1))
    ]


def find_alike(new: Sequence[Outcome], read_at: Mapping[tuple[str, int], ReadRow]) -> None:
    """Note, of each new pupil, those on record anywhere and in other schools of the file who
    may be the same child."""
    wanted: defaultdict[tuple[str, datetime.date], list[Outcome]] = defaultdict(list)
    for outcome in new:
        assert outcome.pupil is not None, "a new row has its pupil"
        wanted[fold(outcome.pupil.full_name), outcome.pupil.birth_date].append(outcome)
    names_sought = sorted({name for name, _birth_date in wanted})
    for start in range(0, len(names_sought), CHUNK):
        found = Pupil.objects.filter(search_key__in=names_sought[start : start + CHUNK])
        for pupil in found.order_by("pk"):
            for outcome in wanted.get((pupil.search_key, pupil.birth_date), ()):
                outcome.alike.append(pupil)
    for group in wanted.values():
        for outcome in group:
            outcome.alike_rows = [
                other
                for other in group
                if other.school != outcome.school
                and not are_told_apart([read_at[each.row.place] for each in (outcome, other)])
            ]


def _differences(old: Pupil, new: Pupil, may_see_old: bool) -> list[Change]:
    resource_fields = PupilResource.fields
    differences: list[Change] = []
    for key in PupilResource._meta.fields:
        attribute = resource_fields[key].attribute
        before, after = getattr(old, attribute), getattr(new, attribute)
        if before != after:
            shown = _shown(attribute, before) if may_see_old else None
            differences.append((key, shown, _shown(attribute, after)))
    return differences


def _shown(attribute: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if attribute == "birth_date":
        return format_date(value)
    if attribute == "sex":
        return _SEX_WORDS[value]
    if attribute == "ethnic_group":
        return names().get(value, value)
    return str(value)


def _values(pupil: Pupil) -> list[str]:
    return [str(getattr(pupil, f.attribute) or "") for f in PupilResource.fields.values()]


def _roll_values(change: RollChange | None) -> list[Any] | None:
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
    told = change.told and [change.told[0].pk, change.told[1]]
    return [begin, endings, correction, told]


def _plain(params: Mapping[str, Any] | None) -> dict[str, str]:
    return {key: str(value) for key, value in (params or {}).items()}


def header_of(key: str) -> str:
    """How a column key is called before a reader: its header, "" for the whole row.

    What is gathered from two columns has a name of its own.
    """
    return _GATHERED.get(key) or (BY_KEY[key].header if key in BY_KEY else "")
