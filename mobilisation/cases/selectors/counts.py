"""How many children are followed, late and back, by commune: for those who see no names."""

import datetime
from collections import defaultdict
from collections.abc import Collection
from dataclasses import astuple, dataclass, field

from django.db.models import Count, Exists, OuterRef, Q

from core.scope import AreaHistory
from schools.areas.selectors.tree import communes_of_schools
from schools.models import Enrolment, SchoolYear

from ...models.cases import CAUSES, CaseCause, ChildCase, FamilyVisit

OUTCOME = ChildCase.Outcome


@dataclass(frozen=True)
class Counts:
    """Cases that add up over communes: open now, and closed since the school year began.

    Attributes:
        late: open ones past their deadline. unasked: open ones without a visit or call.
        settled: closed with any other outcome but a mistake.
    """

    open: int = 0
    late: int = 0
    unasked: int = 0
    returned: int = 0
    refused: int = 0
    settled: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(sum, zip(astuple(self), astuple(other), strict=True)))


def year_began(today: datetime.date) -> datetime.date:
    """First day of the school year that runs, else of the last one; today without any."""
    years = SchoolYear.objects.filter(valid_from__lte=today).order_by("-valid_from")
    return years.values_list("valid_from", flat=True).first() or today


def counts_by_commune(
    communes: Collection[int], history: AreaHistory, *, today: datetime.date, since: datetime.date
) -> dict[int, Counts]:
    """{commune id: Counts}; cases of units that went into a commune count with it. One query."""
    now = _communes_now(communes, history)
    is_open = Q(state=ChildCase.State.OPEN)
    closed = Q(state=ChildCase.State.CLOSED, closed_on__gte=since)
    plain = {OUTCOME.RETURNED, OUTCOME.REFUSED, OUTCOME.MISTAKE}
    rows = (
        ChildCase.objects.filter(is_open | closed, commune__in=list(now))
        .annotate(is_asked=Exists(FamilyVisit.objects.filter(case=OuterRef("pk"))))
        .order_by()
        .values("commune")
        .annotate(
            opened=Count("pk", filter=is_open),
            late=Count("pk", filter=is_open & Q(due_on__lt=today)),
            unasked=Count("pk", filter=is_open & Q(is_asked=False)),
            returned=Count("pk", filter=closed & Q(outcome=OUTCOME.RETURNED)),
            refused=Count("pk", filter=closed & Q(outcome=OUTCOME.REFUSED)),
            settled=Count("pk", filter=closed & ~Q(outcome__in=plain)),
        )
    )
    found: defaultdict[int, Counts] = defaultdict(Counts)
    for row in rows:
        counts = Counts(
            *(row[name] for name in ("opened", "late", "unasked", "returned", "refused", "settled"))
        )
        found[now[row["commune"]]] += counts
    return dict(found)


def causes_of(communes: Collection[int], history: AreaHistory) -> list[tuple[str, int]]:
    """(reason, open cases that have it), the most frequent first. One query."""
    rows = (
        CaseCause.objects.filter(
            case__state=ChildCase.State.OPEN,
            case__commune__in=list(_communes_now(communes, history)),
        )
        .order_by()
        .values_list("cause")
        .annotate(count=Count("pk"))
    )
    found = dict(rows)
    named = [(str(name), found[code]) for code, name in CAUSES if code in found]
    return sorted(named, key=lambda row: -row[1])


def _communes_now(communes: Collection[int], history: AreaHistory) -> dict[int, int]:
    """{commune then: commune now}; a unit that was divided counts once, with the first of them."""
    found: dict[int, int] = {}
    for pk in sorted(communes):
        for before in history.before({pk}):
            found.setdefault(before, pk)
    return found | {pk: pk for pk in communes}


@dataclass
class CasePlaces:
    """Where a case is followed: the child's commune (`home`), and where it is or was on a roll."""

    home: int
    communes: set[int | None]
    schools: set[int | None] = field(default_factory=set)
    classes: set[int | None] = field(default_factory=set)


def late_by_place(today: datetime.date) -> list[CasePlaces]:
    """The places of every open case whose deadline is over; three queries, or four.

    As `ChildCase.objects.within` has them, for the digests of many people at once.
    """
    found: list[CasePlaces] = []
    of_pupils: dict[int, list[CasePlaces]] = defaultdict(list)
    for commune_id, pupil_id in ChildCase.objects.late(today).values_list("commune", "pupil"):
        found.append(CasePlaces(commune_id, {commune_id}))
        if pupil_id is not None:
            of_pupils[pupil_id].append(found[-1])
    spells = list(
        Enrolment.objects.filter(pupil__in=of_pupils)
        .order_by()
        .values_list("pupil", "school", "school_class")
    )
    communes = communes_of_schools(on=today, school_ids={school_id for _, school_id, _ in spells})
    for pupil_id, school_id, class_id in spells:
        for case in of_pupils[pupil_id]:
            case.communes.add(communes.get(school_id))
            case.schools.add(school_id)
            case.classes.add(class_id)
    return found
