"""The plan of a turn: proposed from the classes of this year, and built from what was chosen.

Classes are said by their names. Lines with one name go into one class; a line of a multi-grade
class whose pupils stay in it carries the class on with all its grades.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.levels import EducationLevel
from core.vietnamese import fold, normalise

from ...enums import Grade
from ...models import Enrolment, School, SchoolClass, Site
from ...models.classes import validate_grades
from ...school_records.selectors.standing import counted_classes, counted_pupils, day, named
from ...school_records.services.handover import LONGEST_CLASS, free_name
from ..naming import raised
from ..selectors.standing import Line, Standing


@dataclass
class Choices:
    """What the head chose, or what is proposed. Keys are those of the lines."""

    # Key -> name of the class into which the pupils move up.
    to: dict[str, str] = field(default_factory=dict)
    # Key -> name of the class of those kept back.
    back: dict[str, str] = field(default_factory=dict)
    # Key -> school that receives the pupils; None: none.
    receiving: dict[str, int | None] = field(default_factory=dict)
    # Id of a class of the first grade -> name of the new one like it; empty: none.
    first: dict[int, str] = field(default_factory=dict)
    # Ids of enrolments: who is kept back, and who finishes without being sent anywhere.
    kept_back: frozenset[int] = frozenset()
    finishing: frozenset[int] = frozenset()


@dataclass
class Target:
    """A class of the new year and who comes into it: (time in class that ends, grade)."""

    name: str
    like: SchoolClass
    grades: set[int] = field(default_factory=set)
    members: list[tuple[Enrolment, int]] = field(default_factory=list)
    existing: SchoolClass | None = None
    # A class that moved up keeps its teachers; a new first class has none yet.
    with_teachers: bool = True
    site: Site | None = None


@dataclass
class TurnPlan:
    """What a turn will do, in rows and in sentences; and why it cannot be done, when it cannot.

    `seen` tells this plan from every other one, as that of `school_records` decisions.
    """

    targets: list[Target] = field(default_factory=list)
    kept_back: list[Enrolment] = field(default_factory=list)
    finished: list[Enrolment] = field(default_factory=list)
    # (time in class that ends, receiving school, grade there)
    sent: list[tuple[Enrolment, School, Grade]] = field(default_factory=list)
    promoted: int = 0
    sentences: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def new_targets(self) -> list[Target]:
        return [target for target in self.targets if target.existing is None]

    @property
    def seen(self) -> str:
        parts = [
            [
                (t.name, sorted(t.grades), t.like.pk, [(s.pk, grade) for s, grade in t.members])
                for t in self.targets
            ],
            [spell.pk for spell in self.finished],
            [(spell.pk, school.pk) for spell, school, _grade in self.sent],
            self.refusals,
        ]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def require(self) -> None:
        """Raise ValidationError with every refusal."""
        if self.refusals:
            raise ValidationError(self.refusals, code="refused")


def first_grade_classes(standing: Standing) -> list[SchoolClass]:
    """Classes of a grade into which nobody of the school moves up: new ones like them begin.

    The first grade that the school teaches; of a preschool, the youngest there are. A
    multi-grade class goes on by itself and takes in its lowest grade.
    """
    present = [line.grade for line in standing.lines]
    if not present:
        return []
    lowest = min(present)
    levels = standing.school.education_levels
    before = {grade.following: grade for grade in Grade}
    found = []
    for school_class in standing.classes:
        grade = school_class.grade_list[0]
        earlier = before.get(grade)
        comes_up = earlier is not None and earlier.education_level in levels
        is_youngest = grade == lowest and grade.education_level == EducationLevel.PRESCHOOL
        if not school_class.is_multi_grade and (is_youngest or not comes_up):
            found.append(school_class)
    return found


def propose(standing: Standing) -> Choices:
    """The usual turn: everybody moves up, names with the grade raised, first classes like this
    year's; the one school of the commune that can receive, when there is only one."""
    choices = Choices()
    by_grade: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for line in standing.lines:
        own = line.school_class
        after = line.next_grade
        if line.is_group:
            choices.to[line.key] = own.name
            for grade in own.grade_list:
                by_grade[grade.value].append((own.name, own.site_id))
        elif line.stays and after is not None and not own.is_multi_grade:
            choices.to[line.key] = raised(own.name, line.grade, after)
            by_grade[after.value].append((choices.to[line.key], own.site_id))
    used = {fold(name) for name in choices.to.values()}
    for own in first_grade_classes(standing):
        if fold(own.name) in standing.taken and fold(own.name) not in used:
            # Opened by hand already.
            choices.first[own.pk] = ""
        else:
            choices.first[own.pk] = free_name(
                own.name, lambda name: fold(name) in used, longest=LONGEST_CLASS
            )
            used.add(fold(choices.first[own.pk]))
            by_grade[own.grade_list[0].value].append((choices.first[own.pk], own.site_id))
    for existing in standing.taken.values():
        for grade in existing.grade_list:
            by_grade[grade.value].append((existing.name, existing.site_id))
    for line in standing.lines:
        own, after = line.school_class, line.next_grade
        if line.stays and after is not None and line.key not in choices.to:
            # The oldest of a multi-grade class go where their grade is, the same site first.
            found = _nearest(by_grade[after.value], own)
            choices.to[line.key] = found or f"{after.value}A"
        choices.back[line.key] = _nearest(by_grade[line.grade.value], own)
        schools = standing.receiving_of(line)
        if not line.stays:
            choices.receiving[line.key] = schools[0].pk if len(schools) == 1 else None
    return choices


def _nearest(names: Iterable[tuple[str, int]], own: SchoolClass) -> str:
    """Of (name, site): the same name, else a class at the same site, else the first; or ''."""
    ordered = sorted(
        names, key=lambda each: (fold(each[0]) != fold(own.name), each[1] != own.site_id)
    )
    return ordered[0][0] if ordered else ""


def build(standing: Standing, choices: Choices) -> TurnPlan:
    """What the choices come to: who goes where, said in sentences, with what is refused."""
    plan = TurnPlan(refusals=_refused_at_all(standing))
    if plan.refusals:
        return plan
    targets = _Targets(standing)
    for line in standing.lines:
        _move_up(line, choices, targets, plan)
    for own in first_grade_classes(standing):
        name = normalise(choices.first.get(own.pk, ""))
        if name:
            target = targets.get(name, own, with_teachers=False)
            target.grades.add(own.grade_list[0].value)
    for line in standing.lines:
        _keep_back(line, choices, targets, plan)
        _let_go(line, choices, standing, plan)
    plan.targets = targets.all
    for target in plan.targets:
        plan.refusals += _refused(target, standing)
    plan.sentences = _sentences(plan, standing)
    return plan


def _refused_at_all(standing: Standing) -> list[str]:
    """Why a school cannot turn its year now, whatever is chosen."""
    old, new = standing.years.old, standing.years.new
    school = standing.school
    if standing.turn is not None and old is not None:
        return [_("This school has gone over to the new year already.")]
    if old is None:
        return [_("No school year is over yet.")]
    if new is None:
        return [
            _(
                "The school year after %(year)s is not open yet. The province opens it; then come "
                "back here."
            )
            % {"year": old.code}
        ]
    if old.closed_at is not None or new.closed_at is not None:
        closed = old if old.closed_at is not None else new
        return [
            _("School year %(year)s is closed; its rolls stay as they are.") % {"year": closed.code}
        ]
    if not school.is_valid_on(new.valid_from):
        return [
            _("%(school)s is not open on %(day)s.")
            % {"school": school.name, "day": day(new.valid_from)}
        ]
    if not standing.lines:
        return [
            _("%(school)s has no class of school year %(year)s. Add next year's classes by hand.")
            % {"school": school.name, "year": old.code}
        ]
    if not standing.sites:
        return [_("%(school)s has no site. Add its main site first.") % {"school": school.name}]
    return []


class _Targets:
    """Classes of the new year by their names as they are chosen."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._by_name: dict[str, Target] = {}

    @property
    def all(self) -> list[Target]:
        return list(self._by_name.values())

    def find(self, name: str) -> Target | None:
        """The class of a name: chosen here, or there already; None when there is neither."""
        key = fold(name)
        existing = self._standing.taken.get(key)
        if key not in self._by_name and existing is not None:
            return self.get(name, existing, with_teachers=False)
        return self._by_name.get(key)

    def get(self, name: str, like: SchoolClass, *, with_teachers: bool) -> Target:
        """The class of a name, new ones like a class of this year."""
        key = fold(name)
        if key not in self._by_name:
            existing = self._standing.taken.get(key)
            self._by_name[key] = Target(
                existing.name if existing else name,
                like,
                grades={grade.value for grade in existing.grade_list} if existing else set(),
                existing=existing,
                with_teachers=with_teachers and existing is None,
                site=_site_for(like, self._standing),
            )
        return self._by_name[key]


def _site_for(like: SchoolClass, standing: Standing) -> Site:
    """The site of the class, or the main one when that is closed by then."""
    return next((site for site in standing.sites if site.pk == like.site_id), standing.sites[0])


def _move_up(line: Line, choices: Choices, targets: _Targets, plan: TurnPlan) -> None:
    if not line.stays or line.next_grade is None:
        return
    name = normalise(choices.to.get(line.key, ""))
    going = [spell for spell in line.spells if spell.pk not in choices.kept_back]
    if not name:
        if going:
            plan.refusals.append(
                _("Class %(name)s: write into which class its %(pupils)s move up.")
                % {"name": line.school_class.name, "pupils": counted_pupils(len(going))}
            )
        return
    is_same_level = line.grade.education_level == line.next_grade.education_level
    goes_whole = line.is_group or not line.school_class.is_multi_grade
    target = targets.get(name, line.school_class, with_teachers=is_same_level and goes_whole)
    if target.existing is None:
        grades = line.school_class.grade_list if line.is_group else [line.next_grade]
        target.grades |= {grade.value for grade in grades}
    target.members += [(spell, line.next_grade.value) for spell in going]
    plan.promoted += len(going)


def _keep_back(line: Line, choices: Choices, targets: _Targets, plan: TurnPlan) -> None:
    staying = [spell for spell in line.spells if spell.pk in choices.kept_back]
    if not staying:
        return
    name = normalise(choices.back.get(line.key, ""))
    target = targets.find(name) if name else None
    if target is None or line.grade.value not in target.grades:
        plan.refusals.append(
            _(
                "Class %(name)s: write the class of grade %(grade)s in which those who are kept "
                "back study. It must be one of next year's."
            )
            % {"name": line.school_class.name, "grade": line.grade.label}
        )
        return
    target.members += [(spell, line.grade.value) for spell in staying]
    plan.kept_back += staying


def _let_go(line: Line, choices: Choices, standing: Standing, plan: TurnPlan) -> None:
    if line.stays:
        return
    schools = {school.pk: school for school in standing.receiving_of(line)}
    to = schools.get(choices.receiving.get(line.key) or 0)
    for spell in line.spells:
        if spell.pk in choices.kept_back:
            continue
        if to is None or line.next_grade is None or spell.pk in choices.finishing:
            plan.finished.append(spell)
        else:
            plan.sent.append((spell, to, line.next_grade))


def _refused(target: Target, standing: Standing) -> list[str]:
    """Why a class of the new year cannot be as it was chosen."""
    new = standing.years.new
    assert new is not None  # `_refused_at_all`
    what = {"name": target.name, "year": new.code}
    existing = target.existing
    if existing is None:
        if len(target.name) > LONGEST_CLASS:
            return [
                _("Class %(name)s: a name has at most %(most)s characters.")
                % (what | {"most": LONGEST_CLASS})
            ]
        try:
            validate_grades(",".join(str(grade) for grade in sorted(target.grades)))
        except ValidationError as error:
            return [
                _("Class %(name)s: %(problem)s") % (what | {"problem": " ".join(error.messages)})
            ]
        return []
    if not target.members:
        return []
    if {grade for _spell, grade in target.members} - {g.value for g in existing.grade_list}:
        return [
            _(
                "There is a class %(name)s in school year %(year)s already, of another grade. "
                "Choose another name."
            )
            % what
        ]
    if existing.ended_on is not None:
        return [_("Class %(name)s of %(year)s has ended. Choose another name.") % what]
    if existing.pk in standing.recorded:
        return [
            _(
                "Class %(name)s of %(year)s has sent registers already, without these pupils. "
                "Choose another name, or move the pupils one by one."
            )
            % what
        ]
    return []


def _sentences(plan: TurnPlan, standing: Standing) -> list[str]:
    new = standing.years.new
    assert new is not None  # `_refused_at_all`
    opened = sorted(plan.new_targets, key=lambda each: (min(each.grades), fold(each.name)))
    with_teachers = sum(
        1 for each in opened if each.with_teachers and standing.teachers.get(each.like.pk)
    )
    found = []
    if opened:
        found.append(
            _("%(classes)s of school year %(year)s are opened: %(names)s.")
            % {
                "classes": counted_classes(len(opened)),
                "year": new.code,
                "names": ", ".join(each.name for each in opened),
            }
        )
    if plan.promoted:
        found.append(
            _("%(pupils)s move up, on the new rolls from %(day)s.")
            % {"pupils": counted_pupils(plan.promoted), "day": day(new.valid_from)}
        )
    if joined := [each for each in plan.targets if each.existing and each.members]:
        found.append(
            _("These classes are there already and take in pupils: %(names)s.")
            % {"names": named(each.name for each in joined)}
        )
    if plan.kept_back:
        found.append(
            _("Kept back: %(names)s.")
            % {"names": named(spell.pupil.full_name for spell in plan.kept_back)}
        )
    by_school: dict[School, int] = defaultdict(int)
    for _spell, school, _grade in plan.sent:
        by_school[school] += 1
    for school, count in by_school.items():
        found.append(
            _("%(pupils)s go to %(school)s. Its head sees their names and gives them a class.")
            % {"pupils": counted_pupils(count), "school": school.name}
        )
    if plan.finished:
        found.append(
            _("%(pupils)s have finished the school and are on no roll of the new year.")
            % {"pupils": counted_pupils(len(plan.finished))}
        )
    if standing.placed:
        found.append(
            _("%(pupils)s have a class of the new year already and stay in it.")
            % {"pupils": counted_pupils(standing.placed)}
        )
    if with_teachers:
        found.append(
            _("Teachers go on with their classes: %(classes)s.")
            % {"classes": counted_classes(with_teachers)}
        )
    found += standing.left_behind
    found.append(_("This can be taken back until the first register of the new year is sent."))
    return found
