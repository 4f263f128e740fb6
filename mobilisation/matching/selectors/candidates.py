"""Children of a round and pupils on the rolls, as records to be compared. A few queries each."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

from core.vietnamese import fold
from schools.models import Area, Enrolment, Placement, Pupil

from ...enums import GONE
from ...models import Proposal, RejectedPair, SurveyEntry, SurveyRound
from ...surveys.selectors.children import OLDEST_CHILD
from ..scoring import Record

CHUNK = 500


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
        .values_list(
            "person_id",
            "person__search_key",
            "person__birth_year",
            "person__birth_date",
            "person__sex",
            "person__ethnic_group",
            "person__citizen_id",
            "household__village_key",
        )
    )
    return [Record(*row) for row in entries]


def pupils_to_compare(
    survey_round: SurveyRound, children: list[Record], *, on: datetime.date
) -> list[Record]:
    """Pupils on a roll that day, matched with nobody, whom one of the children may be.

    All of the commune's schools and all whose home is there; of the rest of the province those
    with the personal number or the name (without accents) of one of the children.
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
    rows: dict[int, tuple[Any, ...]] = {}
    free = Pupil.objects.filter(survey_match=None, anonymised_at=None)
    free = free.exclude(search_key="").order_by()
    here = free.filter(Q(pk__in=on_roll_in(commune, on).values("pupil_id")) | Q(home=commune))
    for row in here.enrolled_on(on).values_list(*fields):
        rows[row[0]] = row
    for key, values in (
        ("citizen_id__in", sorted({each.number for each in children if each.number})),
        ("search_key__in", sorted({each.name for each in children})),
    ):
        for start in range(0, len(values), CHUNK):
            found = free.filter(**{key: values[start : start + CHUNK]})
            for row in found.enrolled_on(on).values_list(*fields):
                rows[row[0]] = row
    return list(_records(rows))


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
