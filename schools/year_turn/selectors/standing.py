"""What a school's turn of the year begins from: its classes and pupils when the year ended."""

import datetime
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import cast

from core.vietnamese import fold

from ...directory.class_records import last_days
from ...enums import ExitReason, Grade
from ...models import Enrolment, Placement, School, SchoolClass, SchoolYear, Site, YearTurn
from ..followers import left_behind, teachers_of

ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Years:
    """The school year that ended last, and the one after it, when it is open."""

    old: SchoolYear | None
    new: SchoolYear | None
    # The year that runs, when the one after it cannot be turned to before it ends.
    running: SchoolYear | None


@dataclass(frozen=True)
class Line:
    """Pupils of one grade of one class, at the end of the year: they go on together."""

    school_class: SchoolClass
    grade: Grade
    spells: list[Enrolment]
    # The school teaches the grade after theirs.
    stays: bool

    @property
    def key(self) -> str:
        """What its fields in a form are called by."""
        return f"{self.school_class.pk}_{self.grade.value}"

    @property
    def next_grade(self) -> Grade | None:
        return self.grade.following

    @property
    def is_group(self) -> bool:
        """Whether the pupils stay in the same multi-grade class, one grade higher."""
        return self.stays and self.next_grade in self.school_class.grade_list


@dataclass
class Standing:
    """All that a plan is made from; read once."""

    school: School
    years: Years
    lines: list[Line] = field(default_factory=list)
    # Pupils who have a class of the new year already, here or elsewhere.
    placed: int = 0
    # Classes of the new year that are there already, by folded name.
    taken: dict[str, SchoolClass] = field(default_factory=dict)
    # Those of them with a register sent: nobody can be put there from the first day on.
    recorded: set[int] = field(default_factory=set)
    sites: list[Site] = field(default_factory=list)
    # Schools of the commune that teach a level this school does not, on the new year's first day.
    receiving: list[School] = field(default_factory=list)
    teachers: dict[int, list[str]] = field(default_factory=dict)
    left_behind: list[str] = field(default_factory=list)
    turn: YearTurn | None = None

    @property
    def classes(self) -> list[SchoolClass]:
        """Classes of the year that ended, by grade and name."""
        return list({line.school_class.pk: line.school_class for line in self.lines}.values())

    def receiving_of(self, line: Line) -> list[School]:
        """Schools to which pupils of a line may be sent."""
        grade = line.next_grade
        if line.stays or grade is None:
            return []
        return [s for s in self.receiving if grade.education_level in s.education_levels]


def years_to_turn(*, on: datetime.date) -> Years:
    """The years between which schools turn on a day."""
    years = list(SchoolYear.objects.order_by("valid_from"))
    old = next((year for year in reversed(years) if year.valid_to <= on), None)
    new = next((year for year in years if old and year.valid_from >= old.valid_to), None)
    running = next((year for year in years if year.is_valid_on(on)), None)
    return Years(old, new, running)


def standing_turn(school: School, old: SchoolYear | None) -> YearTurn | None:
    """The turn of a school out of a year that was not taken back; None without one."""
    if old is None:
        return None
    return (
        YearTurn.objects.filter(school=school, from_year=old, undone_at=None)
        .select_related("school", "from_year", "to_year", "made_by")
        .first()
    )


def read_standing(school: School, *, on: datetime.date) -> Standing:
    """The `Standing` of a school on a day; a fixed number of queries."""
    years = years_to_turn(on=on)
    standing = Standing(school=school, years=years, turn=standing_turn(school, years.old))
    if years.old is None or years.new is None:
        return standing
    classes = sorted(
        SchoolClass.objects.filter(school=school, year=years.old, ended_on=None).select_related(
            "site"
        ),
        key=lambda each: (each.grade_list, each.name_key, each.pk),
    )
    spells, standing.placed = _spells_at_end(school, years.old)
    taught = school.education_levels
    for school_class in classes:
        school_class.school, school_class.year = school, years.old
        for grade in school_class.grade_list:
            after = grade.following
            standing.lines.append(
                Line(
                    school_class,
                    grade,
                    spells.get((school_class.pk, grade.value), []),
                    stays=after is not None and after.education_level in taught,
                )
            )
    there = list(SchoolClass.objects.filter(school=school, year=years.new))
    standing.taken = {fold(each.name): each for each in there}
    standing.recorded = _recorded(there, years.new.valid_from)
    standing.sites = list(school.sites.during(years.new.valid_from, years.new.valid_to))
    standing.receiving = _receiving(school, years.new.valid_from)
    ids = [each.pk for each in classes]
    standing.teachers = teachers_of(ids, years.old.last_day)
    standing.left_behind = left_behind(ids, years.old.last_day)
    return standing


def _spells_at_end(
    school: School, old: SchoolYear
) -> tuple[dict[tuple[int, int], list[Enrolment]], int]:
    """Times in class that reach the end of a year, by class and grade; and of how many pupils
    there is a later one, here or elsewhere."""
    reaching = (
        Enrolment.objects.filter(school=school, school_class__year=old)
        .filter(pupil__anonymised_at=None)
        .select_related("pupil")
        .order_by("pupil__name_key", "pupil_id")
    )
    spells = [
        spell
        for spell in reaching
        if spell.valid_to is None
        or (spell.valid_to == old.valid_to and spell.exit_reason == ExitReason.COMPLETED)
    ]
    later = set(
        Enrolment.objects.filter(
            pupil__in=reaching.order_by().values("pupil_id"), valid_from__gte=old.valid_to
        ).values_list("pupil_id", flat=True)
    )
    found = defaultdict(list)
    for spell in spells:
        if spell.pupil_id not in later:
            found[spell.school_class_id, spell.grade].append(spell)
    return dict(found), len({spell.pupil_id for spell in spells} & later)


def _recorded(classes: Collection[SchoolClass], since: datetime.date) -> set[int]:
    ids = [each.pk for each in classes]
    return {class_id for ask in last_days for class_id, _day in ask(ids, since)} if ids else set()


def _receiving(school: School, on: datetime.date) -> list[School]:
    """Other schools of the commune that teach what this one does not, by name."""
    commune = Placement.objects.on(on).filter(school=school).values("commune_id")
    beside = School.objects.on(on).filter(
        pk__in=Placement.objects.on(on).filter(commune__in=commune).values("school_id")
    )
    own = set(school.education_levels)
    found = beside.exclude(pk=school.pk).order_by("name_key", "pk")
    return [each for each in cast("list[School]", found) if set(each.education_levels) - own]
