"""Who is on the way between schools: for both schools and for the commune where the child lives."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass, replace

from django.db.models import Count, F, Q, QuerySet

from core import rules
from core.scope import Places
from core.validity import valid_on

from ..enums import Grade
from ..models import Area, Placement, PupilArrival, School, SchoolClass, Transfer
from ..models.transfers import STANDING

# The rule: days after which a pupil who has not arrived is looked for.
ARRIVAL_DAYS = "schools.arrival_days"
# What a list shows of them, beside all that wait ("").
OVERDUE, RETURNED, RECEIVED = "overdue", "returned", "received"
KINDS = ("", OVERDUE, RETURNED, RECEIVED)


@dataclass(frozen=True)
class TransferRow:
    """A line of the list: the transfer, how long it has waited, and what the reader may do."""

    transfer: Transfer
    days: int
    is_overdue: bool
    may_receive: bool
    may_send_on: bool


@dataclass(frozen=True)
class WaitingCounts:
    """How many wait in some places; `overdue` and `returned` are among `waiting`."""

    waiting: int
    overdue: int
    returned: int


@dataclass(frozen=True)
class UnplacedGroup:
    """Pupils of one class who went up to another school and have no class there for too long."""

    from_class: str
    from_school: str
    to_school: str
    grade: Grade
    since: datetime.date
    count: int


def transfers_in(places: Places, *, kind: str, on: datetime.date) -> QuerySet[Transfer]:
    """Transfers from, to, or of children at home in `places`, of one of `KINDS`.

    The longest waiting first; of those received the latest.
    """
    found = Transfer.objects.filter(_seen_from(places)).select_related(
        "pupil__home", "from_class__school", "to_school", "enrolment__school_class"
    )
    if kind == RECEIVED:
        return found.filter(state=Transfer.State.RECEIVED).order_by("-leaves_on", "-pk")
    wanted = {
        OVERDUE: _is_overdue(on),
        RETURNED: Q(state=Transfer.State.RETURNED),
    }.get(kind, Q(state__in=STANDING))
    return found.filter(wanted).order_by("leaves_on", "pk")


def count_waiting(places: Places, *, on: datetime.date) -> WaitingCounts:
    """`WaitingCounts` of some places; two queries, one of them for the rule."""
    found = Transfer.objects.filter(_seen_from(places), state__in=STANDING).aggregate(
        waiting=Count("pk"),
        overdue=Count("pk", filter=_is_overdue(on)),
        returned=Count("pk", filter=Q(state=Transfer.State.RETURNED)),
    )
    return WaitingCounts(**found)


def transfer_rows(
    transfers: Collection[Transfer], *, manages: Places, on: datetime.date
) -> list[TransferRow]:
    """`TransferRow`s in their order; `manages`: where the reader may act. Two queries at most."""
    if not transfers:
        return []
    sides = {each.to_school_id for each in transfers}
    sides |= {each.from_class.school_id for each in transfers}
    own = set(School.objects.within(manages).filter(pk__in=sides).values_list("pk", flat=True))
    limit = _overdue_before(on)
    rows = []
    for each in transfers:
        is_expected = each.state == Transfer.State.EXPECTED
        since = max(each.leaves_on, each.sent_on)
        rows.append(
            TransferRow(
                transfer=each,
                days=max((on - since).days, 0),
                is_overdue=is_expected and since <= limit,
                may_receive=is_expected and each.to_school_id in own,
                may_send_on=each.state in STANDING and each.from_class.school_id in own,
            )
        )
    return rows


def transfer_to(places: Places, transfer_id: int) -> Transfer | None:
    """The transfer when the school it goes to lies inside `places`, else None."""
    return _one(Q(to_school__in=School.objects.within(places)), transfer_id)


def transfer_from(places: Places, transfer_id: int) -> Transfer | None:
    """The transfer when the school it comes from lies inside `places`, else None."""
    return _one(Q(from_class__school__in=School.objects.within(places)), transfer_id)


def count_expected(school: School) -> int:
    """How many pupils a school is to receive."""
    return Transfer.objects.filter(to_school=school, state=Transfer.State.EXPECTED).count()


def count_to_answer(school: School) -> tuple[int, int]:
    """(pupils to receive, pupils of the school who were sent back) that wait for its head."""
    found = Transfer.objects.filter(
        Q(to_school=school, state=Transfer.State.EXPECTED)
        | Q(from_class__school=school, state=Transfer.State.RETURNED)
    ).aggregate(
        expected=Count("pk", filter=Q(state=Transfer.State.EXPECTED)),
        returned=Count("pk", filter=Q(state=Transfer.State.RETURNED)),
    )
    return found["expected"], found["returned"]


def unplaced_groups(places: Places, *, on: datetime.date) -> list[UnplacedGroup]:
    """Pupils sent up at the turn of the year who have waited for a class too long, by class.

    Counted, not named: the receiving school names them on its own page. Two queries.
    """
    waiting = (
        PupilArrival.objects.filter(
            _seen_from(places),
            enrolment=None,
            turn__undone_at=None,
            turn__to_year__valid_from__lte=_overdue_before(on),
            turn__to_year__valid_to__gt=on,
        )
        .values(
            "from_class_id",
            "grade",
            "to_school_id",
            class_name=F("from_class__name"),
            from_school=F("from_class__school__name"),
            to_school_name=F("to_school__name"),
            since=F("turn__to_year__valid_from"),
        )
        .annotate(count=Count("pk"))
        .order_by("to_school_name", "from_school", "class_name", "grade")
    )
    return [
        UnplacedGroup(
            from_class=row["class_name"],
            from_school=row["from_school"],
            to_school=row["to_school_name"],
            grade=Grade(row["grade"]),
            since=row["since"],
            count=row["count"],
        )
        for row in waiting
    ]


def destinations(
    *, grade: int, besides: int, near: Collection[int], on: datetime.date
) -> list[tuple[Area, list[School]]]:
    """Schools that teach a grade on a day, by commune: those of `near` (ids) first; one query.

    `besides`: the school that the pupil leaves.
    """
    level = Grade(grade).education_level
    placements = (
        Placement.objects.on(on)
        .filter(valid_on(on, "school__"))
        .exclude(school=besides)
        .select_related("school", "commune")
    )
    found: dict[int, tuple[Area, list[School]]] = {}
    for placement in sorted(placements, key=lambda each: each.school.name_key):
        if level in placement.school.education_levels:
            group = found.setdefault(placement.commune_id, (placement.commune, []))
            group[1].append(placement.school)
    return sorted(
        found.values(), key=lambda group: (group[0].pk not in near, group[0].name_key, group[0].pk)
    )


def classes_for(transfer: Transfer, *, on: datetime.date) -> list[SchoolClass]:
    """Classes that can take the pupil in, those that teach the grade first; one query."""
    classes = (
        SchoolClass.objects.filter(
            school=transfer.to_school_id,
            year__closed_at=None,
            year__valid_to__gt=max(on, transfer.leaves_on),
        )
        .not_ended_on(max(on, transfer.leaves_on))
        .select_related("year", "school")
    )
    return sorted(
        classes,
        key=lambda each: (
            each.year.valid_from,
            transfer.grade not in each.grade_list,
            each.grade_list,
            each.name_key,
        ),
    )


def _one(condition: Q, transfer_id: int) -> Transfer | None:
    return (
        Transfer.objects.filter(condition, pk=transfer_id)
        .select_related("pupil__home", "from_class__school", "from_class__year", "to_school")
        .first()
    )


def _seen_from(places: Places) -> Q:
    """Rows with `from_class`, `to_school` and `pupil` that concern somebody in `places`."""
    schools = School.objects.within(replace(places, classes=frozenset()))
    condition = Q(from_class__in=SchoolClass.objects.within(places).values("pk"))
    condition |= Q(to_school__in=schools.values("pk"))
    if places.areas:
        condition |= Q(pupil__home__in=places.areas)
    return condition


def _overdue_before(on: datetime.date) -> datetime.date:
    """The last day since which who has not arrived is looked for."""
    return on - datetime.timedelta(days=int(rules.value(ARRIVAL_DAYS, on=on)))


def _is_overdue(on: datetime.date) -> Q:
    limit = _overdue_before(on)
    return Q(state=Transfer.State.EXPECTED, leaves_on__lte=limit, sent_on__lte=limit)
