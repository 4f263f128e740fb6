"""Cases inside a reader's places: one, a list by village, and beside a child in another list."""

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from core.scope import Places, Scope
from core.types import User
from schools.models import Enrolment, Pupil

from ...models import Household
from ...models.cases import ChildCase, FamilyVisit, places_followed
from .children import homes_of, last_spells
from .returns import Return, returns_of

OUTCOME = ChildCase.Outcome
# Lists of cases, by what is asked of them.
LISTS = ("mine", "open", "late", "returned", "closed")


@dataclass(frozen=True)
class Row:
    """A case as a list shows it. `last` is the latest visit or call, `checked` what the registers
    say of a return; `guardian` the pupil for whose guardian to ask, None where the child neither
    lives nor studies in the reader's places any more."""

    case: ChildCase
    household: Household | None
    spell: Enrolment | None
    guardian: Pupil | None
    last: FamilyVisit | None
    is_late: bool
    checked: Return | None


def followed_by(scope: Scope) -> QuerySet[ChildCase]:
    """Cases of the reader's places, by village and name."""
    return (
        ChildCase.objects.within(places_followed(scope))
        .select_related("person", "pupil", "owner", "commune")
        .order_by(
            "village_sort", Coalesce("pupil__name_key", "person__name_key"), "opened_on", "pk"
        )
    )


def case_for(scope: Scope, case_id: int) -> ChildCase | None:
    """One case of the reader's places, or None."""
    return followed_by(scope).filter(pk=case_id).first()


def visit_of(case: ChildCase, visit_id: int) -> FamilyVisit | None:
    """One visit of a case, or None."""
    return FamilyVisit.objects.filter(case=case, pk=visit_id).first()


def which(name: str, *, user: User, today: datetime.date) -> Q:
    """The condition of one of `LISTS`."""
    is_open = Q(state=ChildCase.State.OPEN)
    returned = Q(outcome=OUTCOME.RETURNED)
    return {
        "mine": is_open & Q(owner=user.pk),
        "open": is_open,
        "late": is_open & Q(due_on__lt=today),
        "returned": returned,
        "closed": ~is_open & ~returned,
    }[name]


def counts_of(cases: QuerySet[ChildCase], *, user: User, today: datetime.date) -> Mapping[str, int]:
    """How many cases each of `LISTS` has. One query."""
    return cases.order_by().aggregate(
        **{name: Count("pk", filter=which(name, user=user, today=today)) for name in LISTS}
    )


def villages_of(cases: QuerySet[ChildCase]) -> list[tuple[str, str]]:
    """(key, name) of the villages of some cases, in the order of the alphabet. One query."""
    named = cases.order_by("village_sort").values_list("village_key", "village")
    return list({key: (key, name) for key, name in named if key}.values())


def rows_of(
    cases: QuerySet[ChildCase] | Iterable[ChildCase], *, places: Places, today: datetime.date
) -> list[Row]:
    """The rows of a list for a reader of the places; a fixed number of queries."""
    if isinstance(cases, QuerySet):
        cases = cases.prefetch_related("causes", "visits__recorded_by")
    listed = list(cases)
    homes = homes_of([each.person_id for each in listed if each.person_id])
    spells = last_spells([each.pupil_id for each in listed if each.pupil_id])
    present = set(
        Enrolment.objects.within(places)
        .filter(pk__in=[each.pk for each in spells.values()])
        .values_list("pupil_id", flat=True)
    )
    returned = returns_of([each for each in listed if each.outcome == OUTCOME.RETURNED], today)
    return [
        Row(
            case=each,
            household=homes.get(each.person_id) if each.person_id else None,
            spell=spells.get(each.pupil_id) if each.pupil_id else None,
            guardian=each.pupil
            if each.pupil_id in present or (each.pupil and each.pupil.home_id in places.areas)
            else None,
            last=next(iter(each.visits.all()), None),
            is_late=each.is_late(today),
            checked=returned.get(each.pk),
        )
        for each in listed
    ]


def names_in(rows: Collection[Row]) -> int:
    """How many names a list of cases shows: children, and for whom to ask at home."""
    heads = {each.household.pk for each in rows if each.household and each.household.head_name}
    guardians = [
        each.guardian.pk
        for each in rows
        if not each.household and each.guardian and each.guardian.guardian_name
    ]
    return len(rows) + len(heads) + len(guardians)


@dataclass(frozen=True)
class Followed:
    """The latest case of each child of a list, for whoever shows the child."""

    of_person: Mapping[int, ChildCase]
    of_pupil: Mapping[int, ChildCase]


def cases_beside(*, persons: Iterable[int] = (), pupils: Iterable[int] = ()) -> Followed:
    """What is being done about the children of a list: who asked, when, what came of it.

    Persons and pupils of whom somebody confirmed that they are one child share their cases.
    Each case has its latest visit as first of `visits`. Two queries.
    """
    persons, pupils = list(persons), list(pupils)
    cases = (
        ChildCase.objects.filter(
            Q(person__in=persons)
            | Q(pupil__survey_match__person__in=persons)
            | Q(pupil__in=pupils)
            | Q(person__match__pupil__in=pupils)
        )
        .select_related("owner", "person__match", "pupil__survey_match")
        .prefetch_related(Prefetch("visits", FamilyVisit.objects.order_by("-made_on", "-pk")))
        .order_by("opened_on", "pk")
    )
    of_person: dict[int, ChildCase] = {}
    of_pupil: dict[int, ChildCase] = {}
    for case in cases:
        person_id, pupil_id = _both(case)
        if person_id is not None:
            of_person[person_id] = case
        if pupil_id is not None:
            of_pupil[pupil_id] = case
    return Followed(of_person, of_pupil)


def _both(case: ChildCase) -> tuple[int | None, int | None]:
    person_id, pupil_id = case.person_id, case.pupil_id
    if person_id is None and (match := getattr(case.pupil, "survey_match", None)):
        person_id = match.person_id
    if pupil_id is None and (match := getattr(case.person, "match", None)):
        pupil_id = match.pupil_id
    return person_id, pupil_id
