"""Children of a round and pupils on the rolls, as records to be compared. A few queries each."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.vietnamese import fold
from schools.models import Area, Enrolment, Placement, Pupil

from ...enums import GONE
from ...models import Proposal, RejectedPair, SurveyEntry, SurveyPerson, SurveyRound
from ...surveys.selectors.children import OLDEST_CHILD
from ..scoring import Record

CHUNK = 500
# Of a person, in the order of `Record`.
PERSON = ("pk", "search_key", "birth_year", "birth_date", "sex", "ethnic_group", "citizen_id")


def children_to_find(survey_round: SurveyRound) -> list[Record]:
    """Children of a round who live there and are matched with no pupil."""
    entries = (
        SurveyEntry.objects.filter(
            survey_round=survey_round,
            person__birth_year__gte=survey_round.year - OLDEST_CHILD,
            person__match=None,
            person__anonymised_at=None,
        )
        .exclude(presence__in=GONE)
        .exclude(person__search_key="")
        .order_by("person_id")
        .values_list(*(f"person__{name}" for name in PERSON), "household__village_key")
    )
    return [Record(*row) for row in entries]


def pupils_to_compare(
    survey_round: SurveyRound, children: list[Record], *, on: datetime.date
) -> tuple[list[Record], list[Record]]:
    """(near, far): pupils on a roll that day, matched with nobody, whom a child may be.

    Near are all of the commune's schools and all whose home is there; far, of the rest of the
    province, those with the personal number or the name (without accents) of one of the children.
    """
    commune = survey_round.commune
    fields = (
        "pk",
        "search_key",
        "birth_date",
        "sex",
        "ethnic_group",
        "citizen_id",
        "home_address",
    )
    near: dict[int, tuple[Any, ...]] = {}
    far: dict[int, tuple[Any, ...]] = {}
    free = Pupil.objects.filter(survey_match=None, anonymised_at=None)
    free = free.exclude(search_key="").order_by()
    here = free.filter(Q(pk__in=on_roll_in(commune, on).values("pupil_id")) | Q(home=commune))
    for row in here.enrolled_on(on).values_list(*fields):
        near[row[0]] = row
    for key, values in (
        ("citizen_id__in", sorted({each.number for each in children if each.number})),
        ("search_key__in", sorted({each.name for each in children})),
    ):
        for some in _chunks(values):
            found = free.filter(**{key: some})
            for row in found.enrolled_on(on).values_list(*fields):
                if row[0] not in near:
                    far[row[0]] = row
    return list(_records(near)), list(_records(far))


def namesakes_elsewhere(
    survey_round: SurveyRound, children: list[Record], far: list[Record]
) -> list[Record]:
    """Children of other communes, matched with nobody, who have name and day of birth of a pupil
    who is far away and of a child here: either may be that pupil.

    Of this round's year or the year before; later ones first say who lives where.
    """
    here = {(each.name, each.born) for each in children if each.born is not None}
    wanted = {(each.name, each.born) for each in far} & here
    people = SurveyPerson.objects.filter(match=None, anonymised_at=None).order_by()
    standing = (
        SurveyEntry.objects.filter(
            person=OuterRef("pk"), survey_round__year__gte=survey_round.year - 1
        )
        .exclude(survey_round__commune=survey_round.commune_id)
        .exclude(presence__in=GONE)
    )
    found = {}
    for some in _chunks(sorted({name for name, _born in wanted})):
        rows = people.filter(Exists(standing), search_key__in=some)
        for row in rows.values_list(*PERSON):
            if (row[1], row[3]) in wanted:
                found[row[0]] = Record(*row)
    return list(found.values())


def _chunks(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _records(rows: dict[int, tuple[Any, ...]]) -> Iterator[Record]:
    for pk, name, born, sex, group, number, address in rows.values():
        yield Record(pk, name, born.year, born, sex, group, number or "", fold(address))


def on_roll_in(commune: Area, on: datetime.date) -> QuerySet[Enrolment]:
    """Spells of a day in the schools that lie in a commune that day."""
    placed = Placement.objects.on(on).filter(commune=commune).order_by().values("school_id")
    return Enrolment.objects.on(on).filter(school__in=placed)


def pairs_told_apart(children: list[Record]) -> set[tuple[int, int]]:
    """(person, pupil) of whom somebody said that they are two."""
    people = {each.pk for each in children}
    return {
        pair
        for pair in RejectedPair.objects.values_list("person_id", "pupil_id")
        if pair[0] in people
    }


def open_proposals() -> QuerySet[Proposal]:
    """Proposals that can be confirmed: both sides are unmatched and still have their names."""
    return Proposal.objects.filter(
        person__match=None,
        person__anonymised_at=None,
        pupil__survey_match=None,
        pupil__anonymised_at=None,
    )
