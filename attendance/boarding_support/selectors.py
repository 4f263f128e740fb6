"""The list of a school for rice and money of a month, worked out from rolls and registers."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core import rules
from core.months import Month
from schools import ethnic_groups
from schools.enums import Grade
from schools.models import Enrolment, School, SchoolYear, SemiBoarding

from ..apps import SUPPORT_DAYS as LEAST_DAYS
from ..calendar.selectors.due_sessions import due_sessions
from ..enums import Mark, RegisterState
from ..models import Absence, Register
from ..registers.selectors.counting import not_counted
from .amounts import Support, support_on
from .counting import Days, PupilMonth, Verdict, judge_months

ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """A semi-boarder in the month of a list.

    Attributes:
        spell: the last time in class of the month, with pupil and class.
        paid_before: months of the school year before this one for which support was due.
        own_lodging: finds the own lodging in the month.
    """

    spell: Enrolment
    month: PupilMonth
    paid_before: int
    own_lodging: bool
    support: Support | None

    @property
    def rice_kg(self) -> int:
        """Kilograms of rice."""
        return self.support.rice_kg if self.support and self.month.is_paid else 0

    @property
    def meals(self) -> int:
        """Money for meals, đồng."""
        return self.support.meals if self.support and self.month.is_paid else 0

    @property
    def lodging(self) -> int:
        """Money for lodging, đồng; to who finds the own."""
        is_due = self.support and self.month.is_paid and self.own_lodging
        return self.support.lodging if self.support and is_due else 0

    @property
    def money(self) -> int:
        """All money, đồng."""
        return self.meals + self.lodging


@dataclass(frozen=True)
class SupportList:
    """The list of a school and month; `lines` in the order of classes and names."""

    school: School
    month: Month
    year: SchoolYear | None
    support: Support | None
    least_days: int
    lines: Sequence[Line]

    @property
    def paid(self) -> list[Line]:
        """Lines for which something is given."""
        return [each for each in self.lines if each.month.is_paid]

    @property
    def open(self) -> list[Line]:
        """Lines that cannot be decided while registers are missing."""
        return [each for each in self.lines if each.month.verdict == Verdict.OPEN]

    @property
    def rice_kg(self) -> int:
        """Kilograms in all."""
        return sum(each.rice_kg for each in self.lines)

    @property
    def meals(self) -> int:
        """Money for meals in all, đồng."""
        return sum(each.meals for each in self.lines)

    @property
    def lodging(self) -> int:
        """Money for lodging in all, đồng."""
        return sum(each.lodging for each in self.lines)

    @property
    def money(self) -> int:
        """All money, đồng."""
        return self.meals + self.lodging


def months_offered(*, today: datetime.date) -> list[Month]:
    """Months of the latest school year up to today's, the latest first; one query."""
    year = SchoolYear.objects.filter(valid_from__lte=today).order_by("-valid_from").first()
    if year is None:
        return []
    last = Month.of(min(today, year.last_day))
    return list(reversed(last.since(Month.of(year.valid_from))))


def is_of_a_year(month: Month, *, today: datetime.date) -> bool:
    """Whether a month that has begun lies in a school year we keep; one query."""
    return month.first <= today and SchoolYear.objects.during(month.first, month.end).exists()


def support_list(school: School, month: Month, *, today: datetime.date) -> SupportList:
    """Semi-boarders of a school in a month, and whether it counts; a fixed number of queries.

    All their months of the school year are counted, those at another school too, because a year
    has only so many that are supported. A month belongs to the school of its last day as a
    semi-boarder on a roll.
    """
    year = SchoolYear.objects.during(month.first, month.end).order_by("-valid_from").first()
    support = support_on(month.first)
    months = [month] if year is None else month.since(Month.of(year.valid_from))
    tables = rules.tables(each.first for each in months)
    least = {each: int(tables[each.first][LEAST_DAYS, ""]) for each in months}
    empty = SupportList(school, month, year, support, least[month], [])
    if year is None:
        return empty
    here = Enrolment.objects.during(month.first, month.end).filter(school=school)
    pupils = sorted(
        SemiBoarding.objects.during(month.first, month.end)
        .filter(pupil__in=here.values("pupil"))
        .order_by()
        .values_list("pupil_id", flat=True)
        .distinct()
    )
    if not pupils:
        return empty
    start, end = year.valid_from, min(month.end, today + ONE_DAY, year.valid_to)
    spells = list(
        Enrolment.objects.during(start, max(end, month.end))
        .filter(pupil__in=pupils, school_class__year=year)
        .select_related("pupil", "school_class__year", "school_class__school")
        .order_by("valid_from")
    )
    times: defaultdict[int, list[SemiBoarding]] = defaultdict(list)
    for time in SemiBoarding.objects.during(start, month.end).filter(pupil__in=pupils):
        times[time.pupil_id].append(time)
    own: defaultdict[int, list[Enrolment]] = defaultdict(list)
    for spell in spells:
        own[spell.pupil_id].append(spell)
    known = _days_of(spells, times, start, end)
    running = Month.of(today) if today < Month.of(today).end else None
    lines = []
    for pupil_id in pupils:
        last = _last_of(own[pupil_id], times[pupil_id], month)
        if last is None or last[0].school_id != school.pk:
            continue
        spell, time = last
        judged = judge_months(
            {each: known[pupil_id].get(each, Days()) for each in months},
            least_days=least,
            most=_most(spell, support),
            running=running,
        )
        lines.append(
            Line(
                spell=spell,
                month=judged[-1],
                paid_before=sum(each.is_paid for each in judged[:-1]),
                own_lodging=time.own_lodging,
                support=support,
            )
        )
    lines.sort(
        key=lambda each: (
            each.spell.grade,
            each.spell.school_class.name_key,
            each.spell.pupil.name_key,
            each.spell.pupil_id,
        )
    )
    return SupportList(school, month, year, support, empty.least_days, lines)


def _most(spell: Enrolment, support: Support | None) -> int:
    """Months of a school year that are supported at most (decree 66/2025/NĐ-CP: one more for
    pupils of ethnic minorities in grade 1)."""
    if support is None:
        return 0
    is_minority = ethnic_groups.is_minority(spell.ethnic_group)
    extra = support.extra_months_grade_1 if spell.grade == Grade.G1 and is_minority else 0
    return support.most_months + extra


def _last_of(
    spells: Iterable[Enrolment], times: Iterable[SemiBoarding], month: Month
) -> tuple[Enrolment, SemiBoarding] | None:
    """The last time in class of a month on a day as a semi-boarder, and that time as one."""
    best: tuple[datetime.date, Enrolment, SemiBoarding] | None = None
    for spell in spells:
        for time in times:
            first = max(spell.valid_from, time.valid_from, month.first)
            ends = (each for each in (spell.valid_to, time.valid_to, month.end) if each is not None)
            end = min(ends)
            if first < end and (best is None or end > best[0]):
                best = (end, spell, time)
    return None if best is None else (best[1], best[2])


def _days_of(
    spells: Sequence[Enrolment],
    times: Mapping[int, Sequence[SemiBoarding]],
    start: datetime.date,
    end: datetime.date,
) -> dict[int, dict[Month, Days]]:
    """{pupil id: {month: Days}} of days in [start, end) as a semi-boarder on a roll."""
    found: defaultdict[int, dict[Month, Days]] = defaultdict(dict)
    if start >= end:
        return found
    classes = {each.school_class_id: each.school_class for each in spells}
    due = due_sessions(classes.values(), start, end)
    registers: dict[int, dict[datetime.date, dict[str, tuple[int, str]]]] = {
        class_id: defaultdict(dict) for class_id in classes
    }
    within = {
        "school_class__in": list(classes),
        "date__gte": start,
        "date__lt": end,
    }
    for pk, class_id, date, session, state in Register.objects.filter(**within).values_list(
        "pk", "school_class_id", "date", "session", "state"
    ):
        registers[class_id][date][session] = (pk, state)
    of_registers = {f"register__{name}": value for name, value in within.items()}
    pupils = list(times)
    away = set(
        Absence.objects.filter(
            **of_registers, pupil__in=pupils, mark__in=[Mark.EXCUSED, Mark.UNEXCUSED]
        )
        .order_by()
        .values_list("register_id", "pupil_id")
    )
    left_out = not_counted(**of_registers, pupil__in=pupils)
    asked: dict[int, dict[datetime.date, set[str]]] = {}
    for class_id, pairs in due.items():
        by_day: defaultdict[datetime.date, set[str]] = defaultdict(set)
        for date, session in pairs:
            by_day[date].add(str(session.value))
        asked[class_id] = by_day
    for spell in spells:
        sent, wanted = registers[spell.school_class_id], asked[spell.school_class_id]
        for date in sorted({*sent, *wanted}):
            if not spell.is_valid_on(date) or not any(
                each.is_valid_on(date) for each in times[spell.pupil_id]
            ):
                continue
            said = _said(
                sent.get(date, {}), wanted.get(date, set()), spell.pupil_id, away, left_out
            )
            if said is None:
                continue
            days = found[spell.pupil_id].setdefault(Month.of(date), Days())
            getattr(days, said).append(date)
    return found


def _said(
    sent: Mapping[str, tuple[int, str]],
    wanted: set[str],
    pupil_id: int,
    away: set[tuple[int, int]],
    left_out: set[tuple[int, int]],
) -> str | None:
    """What a day of a class says of a pupil, as a field of `Days`; None: no school was held."""
    taken = [
        pk
        for pk, state in sent.values()
        if state == RegisterState.TAKEN and (pk, pupil_id) not in left_out
    ]
    if any((pk, pupil_id) not in away for pk in taken):
        return "studied"
    if wanted - set(sent):
        return "unknown"
    return "absent" if taken else None
