"""The path of a month through school, commune, the office above it and province; who is late."""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import F
from django.utils import timezone

from attendance.registers.selectors.missing import MissingRegister, find_missing, in_order
from attendance.registers.selectors.windows import Locks
from attendance.rolls.selectors import count_differences
from core import rules
from core.months import Month
from core.scope import Places
from schools.areas.selectors.tree import AreaTree, schools_in
from schools.enums import AreaLevel
from schools.models import Area, School

from .. import thresholds
from ..models import ClassCoverage, MonthAssessment, MonthConfirmation, Publication
from ..selectors.dashboards import map_date_for, schools_by_id
from ..selectors.figures import Figures, figures
from .selectors import assessments_of, confirmations_of, standing_publications

CONFIRM, ASSESS, REVIEW, PUBLISH = "confirm", "assess", "review", "publish"
DEADLINES = {
    CONFIRM: thresholds.MONTH_CONFIRM,
    ASSESS: thresholds.MONTH_ASSESS,
    REVIEW: thresholds.MONTH_REVIEW,
    PUBLISH: thresholds.MONTH_PUBLISH,
}


@dataclass(frozen=True)
class Step:
    """One step of a month in an area: how many have done it of how many who have to.

    `is_over`: the month is published; who has not done it by then need not any more.
    """

    code: str
    done: int
    total: int
    due_on: datetime.date
    is_over: bool = False

    @property
    def is_done(self) -> bool:
        return self.done >= self.total

    @property
    def is_late(self) -> bool:
        return not (self.is_done or self.is_over) and timezone.localdate() > self.due_on


@dataclass(frozen=True)
class SchoolStep:
    """A school in the path: its registers of the month, and its word."""

    school: School
    due: int
    taken: int
    confirmation: MonthConfirmation | None

    @property
    def missing(self) -> int:
        return max(0, self.due - self.taken)


@dataclass
class CommuneStep:
    """A commune in the path: its schools, those that confirmed, and what was said of it."""

    area: Area
    assessment: MonthAssessment | None = None
    schools: int = 0
    confirmed: int = 0
    missing: int = 0

    @property
    def state(self) -> str:
        """State of the assessment; "open" while nobody wrote any."""
        return self.assessment.state if self.assessment is not None else "open"

    @property
    def is_sent(self) -> bool:
        return self.state in (MonthAssessment.State.SENT, MonthAssessment.State.ACCEPTED)

    @property
    def is_accepted(self) -> bool:
        return self.state == MonthAssessment.State.ACCEPTED


@dataclass
class MonthPath:
    """The path of an area's month.

    Attributes:
        schools: only of a commune; those with registers due in the month, by name.
        unconfirmed: ids of the schools whose word is missing.
        publication: the one that stands for the area, or for one above it.
    """

    area: Area
    month: Month
    steps: list[Step]
    communes: list[CommuneStep]
    publication: Publication | None
    schools: list[SchoolStep] = field(default_factory=list)
    unconfirmed: list[int] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether every step before the publication is done."""
        return all(step.is_done for step in self.steps if step.code != PUBLISH)

    def step(self, code: str) -> Step:
        return next(step for step in self.steps if step.code == code)


def deadlines(month: Month) -> dict[str, datetime.date]:
    """{step: the last day on which it is in time}; one query."""
    table = rules.table(on=month.last)
    return {
        code: month.last + datetime.timedelta(days=int(table[key, ""]))
        for code, key in DEADLINES.items()
    }


def path_of(area: Area, month: Month) -> MonthPath:
    """The `MonthPath` of an area on the map of the month; a fixed number of queries.

    A school without any register due in the month has nothing to confirm, and a commune without
    such a school nothing to be assessed for.
    """
    tree = AreaTree.on(map_date_for(area, month))
    commune_of = schools_in(tree.below(area.pk), on=tree.date)
    counted = _counted(commune_of, month)
    confirmed = confirmations_of(list(counted), month)
    rows = {each.pk: CommuneStep(each) for each in tree.communes(area.pk)}
    for school_id, values in counted.items():
        row = rows[commune_of[school_id]]
        row.schools += 1
        row.confirmed += school_id in confirmed
        row.missing += max(0, values.due - values.taken)
    communes = [row for row in rows.values() if row.schools]
    said = assessments_of([row.area.pk for row in communes], month)
    for row in communes:
        row.assessment = said.get(row.area.pk)
    # What waits for a decision first, then what lacks most; what is accepted last.
    communes.sort(key=lambda row: (row.is_accepted, not row.is_sent, -row.missing))
    above = [each.pk for each in tree.ancestors(area.pk)]
    standing = standing_publications(above, month)
    publication = next((standing[pk] for pk in reversed(above) if pk in standing), None)
    is_over = publication is not None
    numbers = {
        CONFIRM: (len(confirmed), len(counted)),
        ASSESS: (sum(row.is_sent for row in communes), len(communes)),
        REVIEW: (sum(row.is_accepted for row in communes), len(communes)),
        PUBLISH: (int(is_over), int(bool(counted))),
    }
    due = deadlines(month)
    steps = [Step(code, *numbers[code], due[code], is_over) for code in numbers]
    found = MonthPath(area, month, steps, communes, publication)
    found.unconfirmed = [pk for pk in counted if pk not in confirmed]
    if area.level == AreaLevel.COMMUNE:
        found.schools = [
            SchoolStep(each, counted[each.pk].due, counted[each.pk].taken, confirmed.get(each.pk))
            for each in schools_by_id(counted)
        ]
    return found


def has_registers(school_ids: Collection[int], month: Month) -> bool:
    """Whether any of these schools had a register due in a month, as counted; one query."""
    return ClassCoverage.objects.filter(
        month=month.first, school_id__in=school_ids, scheduled__gt=F("not_held")
    ).exists()


def is_closed(school: School, month: Month) -> bool:
    """Whether a school's registers of a month are locked at every level; a query, two if any."""
    return Locks(school.pk, "", month.first, month.end).over(month.last) is not None


@dataclass(frozen=True)
class Lacking:
    """What a school lacks before it confirms a month.

    Attributes:
        registers: those not sent, by class and day.
        differing: how many registers do not agree with the roll.
    """

    registers: list[MissingRegister]
    differing: int

    def __bool__(self) -> bool:
        return bool(self.registers or self.differing)


def lacking_of(school: School, month: Month) -> Lacking:
    """What a school's month lacks; a fixed number of queries."""
    places = Places(timezone.localdate(), schools=frozenset([school.pk]))
    days = rules.tables(month.days())
    registers = in_order(find_missing(places, days, school_id=school.pk).missing)
    return Lacking(registers, count_differences(places, month, month).get(month, 0))


def _counted(school_ids: Iterable[int], month: Month) -> dict[int, Figures]:
    """{id of a school: figures}, of those with a register due in the month."""
    found = figures(months=[month], by="school", school_ids=list(school_ids))
    return {
        key: values
        for (key, _month), values in found.items()
        if isinstance(key, int) and values.due > 0
    }
