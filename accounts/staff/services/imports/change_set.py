"""What a whole staff list would change: shown as preview and written by the save.

Check and save make the same change set from the same file and the database of their moment.
Its digest tells whether they agree: when somebody changed something in between, it differs and
nothing is written.
"""

import datetime
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.services.workbook_imports import CHANGED, NEW, REFUSED, UNCHANGED
from core.vietnamese import format_date
from schools.directory.selectors.school_codes import SchoolCodeRefused, SchoolCodes
from schools.models import School, SchoolClass
from schools.pupil_import.workbook.cells import class_key

from ....models import RoleGrant
from ...models import ClassAssignment, Post, PostKind, StaffMember
from ...workbook.template import POST_WORDS
from . import records as on_record
from .reading import StaffLine, StaffSource
from .records import Records, name_key_of

DATA = ("full_name", "birth_date", "sex", "phone", "email", "staff_code")
PROGRESS_EVERY = 200
CLASSES_NAMED = 12
_SEX_WORDS = {"M": "Nam", "F": "Nữ"}


@dataclass
class Outcome:
    """What becomes of one row.

    Attributes:
        changes: (column key, old text, new text) of a changed row.
        is_recognised: the person works elsewhere and was known by name and birth date only.
    """

    line: StaffLine
    kind: str = UNCHANGED
    school: School | None = None
    person: StaffMember | None = None
    person_is_new: bool = False
    person_changed: bool = False
    is_recognised: bool = False
    known_in: str = ""
    ends_post: Post | None = None
    new_post: str = ""
    ends: list[ClassAssignment] = field(default_factory=list)
    # The class named, and whether it is another one than on record.
    names_class: SchoolClass | None = None
    takes_class: SchoolClass | None = None
    grants: list[RoleGrant] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def refusals(self) -> list[tuple[str, str, dict[str, str]]]:
        """(column key, code, params) of a refused row."""
        return self.line.refusals


@dataclass
class ChangeSet:
    """All outcomes in the order of the file, and what is needed to write them."""

    source: StaffSource
    outcomes: list[Outcome]
    starts_on: datetime.date

    def of_kind(self, kind: str) -> list[Outcome]:
        """The outcomes of one kind."""
        return [outcome for outcome in self.outcomes if outcome.kind == kind]

    @property
    def counts(self) -> Counter[str]:
        """Outcomes by kind."""
        return Counter(outcome.kind for outcome in self.outcomes)

    @property
    def recognised(self) -> list[Outcome]:
        """Rows of which somebody has to say that they mean one person with one on record."""
        return [each for each in self.outcomes if each.is_recognised and each.kind != REFUSED]

    @property
    def digest(self) -> str:
        """SHA-256 of everything that would be written and refused."""
        rows = [
            [
                outcome.line.sheet,
                outcome.line.number,
                outcome.kind,
                outcome.person.pk if outcome.person else None,
                [str(getattr(outcome.person, name) or "") for name in DATA]
                if outcome.person
                else None,
                outcome.changes,
                outcome.refusals,
                outcome.ends_post.pk if outcome.ends_post else None,
                outcome.new_post,
                [each.pk for each in outcome.ends],
                outcome.takes_class.pk if outcome.takes_class else None,
                [grant.pk for grant in outcome.grants],
            ]
            for outcome in self.outcomes
            if outcome.kind != UNCHANGED
        ]
        return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()


def make_change_set(
    source: StaffSource,
    *,
    schools: SchoolCodes,
    starts_on: datetime.date,
    lock: bool = False,
    progress: Callable[[int], object] | None = None,
) -> ChangeSet:
    """Judge every row of a list.

    Args:
        schools: those whose staff the person keeps, or the one whose list it is.
        starts_on: the day from which posts and classes hold.
        lock: hold the rows found, for a save in the same transaction.
        progress: called with the number of rows judged, every few hundred.
    """
    outcomes = [Outcome(line) for line in source.lines]
    for outcome in outcomes:
        outcome.school = _school_of(outcome.line, schools)
    named = {outcome.school.pk: outcome.school for outcome in outcomes if outcome.school}
    records = on_record.load(source.lines, list(named.values()), on=starts_on, lock=lock)
    judge = _Judge(records, starts_on)
    for number, outcome in enumerate(outcomes, 1):
        judge.find_person(outcome)
        if progress and not number % PROGRESS_EVERY:
            progress(number)
    _refuse_repeats(outcomes)
    for outcome in outcomes:
        judge.post_and_class(outcome)
    _refuse_two_heads(outcomes, records)
    _refuse_class_twice(outcomes)
    for outcome in outcomes:
        _conclude(outcome)
    return ChangeSet(source, outcomes, starts_on)


def _school_of(line: StaffLine, schools: SchoolCodes) -> School | None:
    if "school_code" not in line.values:
        return None  # the cell is refused already
    try:
        return schools.named(line.values["school_code"])
    except SchoolCodeRefused as refusal:
        line.refuse("school_code", refusal.code, **refusal.params)
        return None


class _Judge:
    """Finds who a row means, and what changes of posts and classes."""

    def __init__(self, records: Records, starts_on: datetime.date) -> None:
        self._records = records
        self._on = starts_on
        # People of this file that are not on record yet, by code and by name and birth date.
        self._new_by_code: dict[str, tuple[StaffMember, int]] = {}
        self._new_by_name: dict[tuple[str, datetime.date | None], StaffMember] = {}

    def find_person(self, outcome: Outcome) -> None:
        """Set the person of a row: on record, met in the file before, or new."""
        line, values = outcome.line, outcome.line.values
        if line.refusals or outcome.school is None:
            return
        code, born = values["staff_code"], values["birth_date"]
        if code and (known := self._records.by_code.get(code)):
            if self._is_another(known, values):
                line.refuse("staff_code", "code_of_another", name=known.full_name)
            else:
                self._use(outcome, known)
            return
        if code and code in self._new_by_code:
            person, row = self._new_by_code[code]
            if self._is_another(person, values):
                line.refuse("staff_code", "code_twice", row=row)
            else:
                outcome.person = person
            return
        if not code and born is None:
            self._find_without_number(outcome)
            return
        alike = self._alike(outcome, code, born)
        if len(alike) > 1:
            line.refuse("full_name", "staff_namesakes", count=len(alike))
        elif alike:
            self._recognise(outcome, alike[0])
        else:
            self._make(outcome)

    def _is_another(self, person: StaffMember, values: Mapping[str, object]) -> bool:
        """Whether neither name nor birth date agree: a code that was mistyped."""
        same_name = name_key_of(str(values["full_name"])) == name_key_of(person.full_name)
        born = values["birth_date"]
        same_day = born is not None and born == person.birth_date
        return not (same_name or same_day)

    def _alike(self, outcome: Outcome, code: str, born: datetime.date | None) -> list[StaffMember]:
        """People on record of this name and birth date, those of the school first and alone."""
        assert outcome.school is not None
        found = [
            person
            for person in self._records.by_name[name_key_of(outcome.line.values["full_name"])]
            if (born is not None and person.birth_date == born)
            and not (code and person.staff_code and person.staff_code != code)
        ]
        here = [person for person in found if self._records.works_in(person, outcome.school)]
        return here or found

    def _find_without_number(self, outcome: Outcome) -> None:
        """Only a name: it means the one of this name in the school, else nobody knows whom."""
        assert outcome.school is not None
        here = [
            person
            for person in self._records.by_name[name_key_of(outcome.line.values["full_name"])]
            if self._records.works_in(person, outcome.school)
        ]
        if len(here) == 1:
            self._use(outcome, here[0])
        else:
            outcome.line.refuse("birth_date", "who_is_it")

    def _recognise(self, outcome: Outcome, person: StaffMember) -> None:
        assert outcome.school is not None
        if not self._records.works_in(person, outcome.school):
            outcome.is_recognised = True
            outcome.known_in = person.full_name
        self._use(outcome, person)

    def _use(self, outcome: Outcome, person: StaffMember) -> None:
        """A person on record: what the file says of them in words, empty cells changing nothing."""
        outcome.person = person
        values = outcome.line.values
        for name in DATA:
            value, old = values.get(name), getattr(person, name)
            if not value or value == old:
                continue
            outcome.changes.append((name, _shown(name, old), _shown(name, value)))
            setattr(person, name, value)
            outcome.person_changed = True
        if outcome.person_changed:
            person.set_keys()
        if values.get("staff_code"):
            self._new_by_code.setdefault(values["staff_code"], (person, outcome.line.number))

    def _make(self, outcome: Outcome) -> None:
        values = outcome.line.values
        key = (name_key_of(values["full_name"]), values["birth_date"])
        code = values["staff_code"]
        met = self._new_by_name.get(key)
        if met is not None and not (code and met.staff_code and met.staff_code != code):
            # One person in two schools of the file; somebody confirms that it is one.
            outcome.person, outcome.is_recognised = met, True
            outcome.known_in = met.full_name
            return
        person = StaffMember(**{name: values[name] or None for name in DATA if values[name]})
        person.set_keys()
        outcome.person, outcome.person_is_new = person, True
        self._new_by_name[key] = person
        if code:
            self._new_by_code[code] = (person, outcome.line.number)

    def post_and_class(self, outcome: Outcome) -> None:
        """Work out the post and the homeroom class of a row."""
        if outcome.line.refusals or outcome.person is None or outcome.school is None:
            return
        self._post(outcome, outcome.person, outcome.school)
        if outcome.line.values["homeroom"]:
            self._class(outcome, outcome.person, outcome.school)

    def _post(self, outcome: Outcome, person: StaffMember, school: School) -> None:
        posts = [
            post
            for post in (self._records.posts[person.pk] if person.pk else [])
            if post.school_id == school.pk
        ]
        wanted = outcome.line.values["post"]
        if not wanted:
            if posts:
                return
            wanted = PostKind.TEACHER
        if any(post.kind == wanted for post in posts):
            return
        outcome.new_post = str(wanted)
        old = ""
        if len(posts) == 1:
            outcome.ends_post = posts[0]
            old = POST_WORDS[PostKind(posts[0].kind)]
        outcome.changes.append(("post", old, POST_WORDS[PostKind(wanted)]))

    def _class(self, outcome: Outcome, person: StaffMember, school: School) -> None:
        line = outcome.line
        classes = self._records.classes[school.pk]
        found = classes.get(class_key(line.values["homeroom"]), [])
        if not classes:
            line.refuse("homeroom", "no_class_open", day=format_date(self._on))
            return
        if not found:
            names = sorted(each.name for some in classes.values() for each in some)
            more = " …" if len(names) > CLASSES_NAMED else ""
            shown = ", ".join(names[:CLASSES_NAMED]) + more
            line.refuse("homeroom", "class_missing", classes=shown)
            return
        if len(found) > 1:
            line.refuse("homeroom", "two_classes")
            return
        (school_class,) = found
        outcome.names_class = school_class
        present = self._records.homeroom_of[school_class.pk]
        if person.pk and any(each.person_id == person.pk for each in present):
            return
        outcome.takes_class = school_class
        own = [
            each
            for each in (self._records.homerooms[person.pk] if person.pk else [])
            if each.school_class.school_id == school.pk
        ]
        outcome.ends = [*present, *own]
        before = ", ".join(
            [
                *(each.person.full_name for each in present),
                *(each.school_class.name for each in own),
            ]
        )
        outcome.changes.append(("homeroom", before, school_class.name))
        if person.user_id is None:
            return
        for grant in self._records.grants[person.user_id, school_class.pk]:
            if grant.valid_from >= self._on:
                line.refuse("homeroom", "class_granted", day=format_date(grant.valid_from))
            outcome.grants.append(grant)


def _refuse_repeats(outcomes: list[Outcome]) -> None:
    """One person stands once in a school."""
    rows: dict[tuple[int, int], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.person is not None and outcome.school is not None:
            rows[id(outcome.person), outcome.school.pk].append(outcome)
    for same in rows.values():
        if len(same) > 1:
            numbers = ", ".join(str(each.line.number) for each in same)
            for outcome in same:
                outcome.line.refuse("full_name", "listed_twice", rows=numbers)


def _refuse_two_heads(outcomes: list[Outcome], records: Records) -> None:
    heads: dict[int, list[Outcome]] = defaultdict(list)
    ended = {outcome.ends_post.pk for outcome in outcomes if outcome.ends_post}
    for outcome in outcomes:
        if outcome.new_post == PostKind.HEAD and outcome.school is not None:
            heads[outcome.school.pk].append(outcome)
    for school_id, rows in heads.items():
        staying = [post for post in records.heads[school_id] if post.pk not in ended]
        numbers = ", ".join(str(each.line.number) for each in rows)
        for outcome in rows:
            assert outcome.school is not None
            if len(rows) > 1:
                outcome.line.refuse("post", "two_heads", school=outcome.school.name, rows=numbers)
            elif staying:
                name = staying[0].person.full_name
                outcome.line.refuse("post", "head_on_record", name=name)


def _refuse_class_twice(outcomes: list[Outcome]) -> None:
    taken: dict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.names_class is not None:
            taken[outcome.names_class.pk].append(outcome)
    for rows in taken.values():
        numbers = ", ".join(str(each.line.number) for each in rows)
        for outcome in rows if len(rows) > 1 else ():
            assert outcome.names_class is not None
            outcome.line.refuse(
                "homeroom", "class_taken_twice", name=outcome.names_class.name, rows=numbers
            )


def _conclude(outcome: Outcome) -> None:
    if outcome.refusals:
        outcome.kind = REFUSED
    elif outcome.person_is_new:
        outcome.kind = NEW
    elif outcome.changes:
        outcome.kind = CHANGED


def _shown(name: str, value: object) -> str:
    if name == "sex":
        return _SEX_WORDS.get(str(value), "")
    if isinstance(value, datetime.date):
        return format_date(value)
    return str(value or "")
