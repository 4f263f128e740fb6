"""Rows of the monthly report: the same figures as the dashboards, written out."""

import datetime
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from attendance.enums import AbsenceReason
from core.formatting import number, percent
from core.levels import EducationLevel
from core.months import Month
from core.types import StrOrPromise
from core.vietnamese import title_key
from schools import ethnic_groups
from schools.areas.selectors.tree import AreaTree, schools_in
from schools.directory.selectors.schools import commune_of
from schools.models import Area, Enrolment, School, SchoolClass, SemiBoarding

from .. import rates
from ..indicators import INDICATORS
from ..models import ClassMonth, SchoolMonth
from ..models.facts import REASON_MEASURES
from .dashboards import map_date_for, schools_by_id
from .figures import Figures, figures, year_to_date
from .targets import TargetTable

# A row of the workbook, keyed like `exports.monthly.columns`.
ReportRow: TypeAlias = dict[str, StrOrPromise | int | float | None]


@dataclass
class MonthlyTables:
    """Everything a writer of the report needs; rows are dicts keyed like its columns."""

    title: str
    about: list[tuple[StrOrPromise, object]]
    communes: list[ReportRow]
    schools: list[ReportRow]
    # All levels and schools together; there is no target of all levels unless one is set.
    total: ReportRow
    # When the numbers last changed: the moment of the figures, not that of the paper.
    counted_at: datetime.datetime | None = None


@dataclass
class Cell:
    """Figures of one place and level: month, month before, year to date, and of the roll at the
    month's end girls, minority and semi-boarders; sessions missed by the reason given."""

    month: Figures
    before: Figures
    year: Figures
    girls: int
    minority: int
    boarders: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(
            self.month + other.month,
            self.before + other.before,
            self.year + other.year,
            self.girls + other.girls,
            self.minority + other.minority,
            self.boarders + other.boarders,
            Counter(self.reasons) + Counter(other.reasons),
        )


@dataclass(frozen=True)
class AreaSource:
    """What the tables of an area are made of, counted now or frozen with a publication.

    Attributes:
        tree: the map of the month, with the communes of the area.
        commune_of: id of a school -> id of its commune, for the schools inside.
        cells: (id of a school, level) -> its figures; `names`: id of a school -> its name.
        target: (id of an area, level) -> the target of attendance there, a share.
    """

    tree: AreaTree
    commune_of: Mapping[int, int]
    cells: Mapping[tuple[int, str], Cell]
    names: Mapping[int, str]
    target: Callable[[int, str], float | None]


@dataclass(frozen=True)
class SchoolSource:
    """What the tables of a school are made of.

    Attributes:
        classes: (id, name) in their order; `cells`: (id of a class, level) -> its figures.
        target: level -> the target of attendance of its commune then.
    """

    classes: Sequence[tuple[int, str]]
    cells: Mapping[tuple[int, str], Cell]
    target: Callable[[str], float | None]


def monthly_tables(*, area: Area, month: Month) -> MonthlyTables:
    """The monthly report of an area: by commune × level and by school × level.

    Places lie where they lie on the map of the month (`dashboards.map_date_for`). A fixed
    number of queries whatever the number of schools.
    """
    return area_tables(area, month, area_source(area, month))


def area_source(area: Area, month: Month) -> AreaSource:
    """The `AreaSource` of now; a fixed number of queries."""
    tree = AreaTree.on(map_date_for(area, month))
    commune_of = schools_in(tree.below(area.pk), on=tree.date)
    targets = TargetTable.on(month.last)

    def target(area_id: int, level: str) -> float | None:
        chain = [above.pk for above in tree.ancestors(area_id)][::-1]
        return targets.share("attendance", level, chain)

    return AreaSource(
        tree=tree,
        commune_of=commune_of,
        cells=cells_of(list(commune_of), month),
        names={school.pk: school.name for school in schools_by_id(commune_of)},
        target=target,
    )


def area_tables(area: Area, month: Month, source: AreaSource) -> MonthlyTables:
    """The tables of an area from what they are made of; no query."""
    schools, communes = [], []
    for commune in source.tree.communes(area.pk):
        members = sorted(
            (pk for pk, commune_id in source.commune_of.items() if commune_id == commune.pk),
            key=lambda pk: title_key(source.names[pk]),
        )
        for level in EducationLevel:
            target = source.target(commune.pk, level)
            of_level = [
                (pk, source.cells[pk, level]) for pk in members if (pk, level) in source.cells
            ]
            if not of_level:
                continue
            summed = of_level[0][1]
            for _pk, cell in of_level[1:]:
                summed = summed + cell
            lies: ReportRow = {"commune": commune.title, "commune_code": commune.code}
            communes.append(_row(summed, level, target) | lies)
            schools += [
                _row(cell, level, target) | lies | {"school": source.names[pk]}
                for pk, cell in of_level
            ]
    total = sum(source.cells.values(), Cell(Figures(), Figures(), Figures(), 0, 0))
    return MonthlyTables(
        title=_("Enrolment, retention and attendance, %(area)s, month %(month)s")
        % {"area": area.title, "month": month.label},
        about=_about(area, month, source.tree, total.month),
        communes=communes,
        schools=schools,
        total=_row(total, "", source.target(area.pk, "")),
        counted_at=total.month.rebuilt_at,
    )


def monthly_school_tables(*, school: School, month: Month) -> MonthlyTables:
    """The monthly report of a school: by class (as `schools`, keyed "class") and in all.

    The target is that of its commune then. A fixed number of queries whatever the number of
    classes.
    """
    return school_tables(school, month, school_source(school, month))


def school_source(school: School, month: Month) -> SchoolSource:
    """The `SchoolSource` of now; a fixed number of queries."""
    tree = AreaTree.on(month.last)
    commune = commune_of(school, on=month.last)
    chain = [] if commune is None else [each.pk for each in tree.ancestors(commune.pk)][::-1]
    cells = cells_of([school.pk], month, by="class")
    classes = SchoolClass.objects.filter(pk__in={pk for pk, _level in cells}).order_by("name_key")
    targets = TargetTable.on(month.last)
    return SchoolSource(
        classes=[(each.pk, each.name) for each in classes],
        cells=cells,
        target=lambda level: targets.share("attendance", level, chain),
    )


def school_tables(school: School, month: Month, source: SchoolSource) -> MonthlyTables:
    """The tables of a school from what they are made of; no query."""
    rows = [
        _row(cell, level, source.target(level)) | {"class": name}
        for pk, name in source.classes
        for level in EducationLevel
        if (cell := source.cells.get((pk, level))) is not None
    ]
    total = sum(source.cells.values(), Cell(Figures(), Figures(), Figures(), 0, 0))
    levels = {level for _pk, level in source.cells}
    # A school of one level has the target of that level.
    level = levels.pop() if len(levels) == 1 else ""
    return MonthlyTables(
        title=_("Enrolment, retention and attendance, %(area)s, month %(month)s")
        % {"area": school.name, "month": month.label},
        about=[],
        communes=[],
        schools=rows,
        total=_row(total, "", source.target(level)),
        counted_at=total.month.rebuilt_at,
    )


def cells_of(
    school_ids: Collection[int], month: Month, by: str = "school"
) -> dict[tuple[int, str], Cell]:
    """{(id of a school or class, level): its figures}; five queries or some more."""
    last = month.plus(-1)
    what = (by, "level")
    both = figures(months=[last, month], by=what, school_ids=school_ids)
    year = year_to_date(month=month, by=what, school_ids=school_ids)
    people = figures(months=[month], by=(*what, "sex", "ethnic_group"), school_ids=school_ids)
    boarders = _boarders(school_ids, month, by)
    reasons = _reasons(school_ids, month, by)
    girls: dict[tuple[int, str], int] = {}
    minority: dict[tuple[int, str], int] = {}
    for ((place_id, level, sex, group), _month), values in people.items():
        key = (place_id, level)
        if sex == "F":
            girls[key] = girls.get(key, 0) + values.roll_end
        if ethnic_groups.is_minority(group):
            minority[key] = minority.get(key, 0) + values.roll_end
    return {
        key: Cell(
            month=values,
            before=both.get((key, last), Figures()),
            year=year.get(key, Figures()),
            girls=girls.get(key, 0),
            minority=minority.get(key, 0),
            boarders=boarders.get(key, 0),
            reasons=reasons.get(key, {}),
        )
        for (key, at), values in both.items()
        if at == month
    }


def _boarders(school_ids: Collection[int], month: Month, by: str) -> dict[tuple[int, str], int]:
    """{(place, level): semi-boarders on the roll of the month's last day}; one query."""
    place = "school_class" if by == "class" else "school_class__school"
    rows = (
        Enrolment.objects.on(month.last)
        .filter(
            school_class__school__in=list(school_ids),
            pupil__in=SemiBoarding.objects.on(month.last).values("pupil"),
        )
        .order_by()
        .values_list(place, "school_class__level")
        .annotate(count=Count("pk"))
    )
    return {(pk, level): count for pk, level, count in rows}


def _reasons(
    school_ids: Collection[int], month: Month, by: str
) -> dict[tuple[int, str], dict[str, int]]:
    """{(place, level): {reason: sessions missed}}, of reasons that were given; one query."""
    model, place = (ClassMonth, "school_class_id") if by == "class" else (SchoolMonth, "school_id")
    rows = (
        model._default_manager.filter(month=month.first, school_id__in=list(school_ids))
        .order_by()
        .values_list(place, "level")
        .annotate(**{f"of_{reason}": Sum(name) for name, reason in REASON_MEASURES.items()})
    )
    return {
        (pk, level): {
            str(reason): count
            for reason, count in zip(REASON_MEASURES.values(), counts, strict=True)
            if count
        }
        for pk, level, *counts in rows
    }


def _main_reason(cell: Cell) -> str:
    """The reason most often given for absences, and of how many sessions; "" when none was."""
    if not cell.reasons:
        return ""
    reason, count = min(cell.reasons.items(), key=lambda each: (-each[1], each[0]))
    return f"{AbsenceReason(reason).label} ({number(count)})"


def _row(cell: Cell, level: str, target: float | None) -> ReportRow:
    attendance = INDICATORS["attendance"].compute(cell.month)
    before = INDICATORS["attendance"].compute(cell.before)
    return {
        "level": EducationLevel(level).label if level else "",
        "classes": cell.month.classes,
        "year_start": cell.year.came_start,
        "started_late": cell.year.came_new,
        "transfers_in": cell.year.came_in,
        "returned": cell.year.came_return,
        "transfers_out": cell.year.left_out,
        "dropouts_year": cell.year.left_dropout,
        "completed": cell.year.left_completed,
        "left_otherwise": cell.year.left_other,
        "changed_level": cell.year.came_class - cell.year.left_class,
        "dropouts_month": cell.month.left_dropout,
        # What the movements named leave over: late starters, those finished, changes of level.
        "other": cell.month.roll_end
        - cell.year.came_start
        - cell.year.came_in
        + cell.year.left_out
        + cell.year.left_dropout
        - cell.year.came_return,
        "roll": cell.month.roll_end,
        "girls": cell.girls,
        "minority": cell.minority,
        "boarders": cell.boarders,
        "main_reason": _main_reason(cell),
        "retention_a": INDICATORS["retention_a"].compute(cell.year).value,
        "retention_b": INDICATORS["retention_b"].compute(cell.year).value,
        "due": cell.month.due,
        "taken": cell.month.taken,
        "coverage": INDICATORS["coverage"].compute(cell.month).value,
        "expected": cell.month.expected,
        "excused": cell.month.excused,
        "unexcused": cell.month.unexcused,
        "late": cell.month.late,
        "attendance": attendance.value,
        "low": attendance.low,
        "high": attendance.high,
        "target": target,
        "to_target": None
        if target is None or attendance.value is None
        else attendance.value - target,
        "to_last_month": rates.difference_in_points(attendance, before),
    }


def _about(
    area: Area, month: Month, tree: AreaTree, total: Figures
) -> list[tuple[StrOrPromise, object]]:
    attendance = INDICATORS["attendance"].compute(total)
    coverage = INDICATORS["coverage"].compute(total)
    counted = total.counted_to.strftime("%d/%m/%Y") if total.counted_to else "—"
    return [
        (_("Area"), area.title),
        (_("Month"), month.label),
        (
            _("Attendance rate"),
            f"{percent(attendance.value)} ({attendance.numerator}/{attendance.denominator})",
        ),
        (
            _("Registers sent"),
            f"{percent(coverage.value)} ({coverage.numerator}/{coverage.denominator})",
        ),
        (_("Counted to"), counted),
        (_("Class-months being recounted"), total.stale),
        (_("Map of the units"), tree.date.strftime("%d/%m/%Y")),
        *(
            (indicator.name, f"{indicator.numerator} / {indicator.denominator}")
            for indicator in INDICATORS.values()
        ),
    ]
