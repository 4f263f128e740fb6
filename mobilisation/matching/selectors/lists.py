"""The lists of a round: to decide, found on a roll, on a roll only, in the survey only."""

import datetime
from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from core import rules
from core.levels import EducationLevel
from core.scope import Places
from core.validity import valid_on
from schools.models import Enrolment

from ...apps import OLDEST, YOUNGEST
from ...enums import GONE
from ...models import Match, Proposal, SurveyEntry, SurveyRound
from ...surveys.selectors.children import OLDEST_CHILD
from .candidates import on_roll_in, open_proposals

# Who finished one of these is not brought to school any more.
FINISHED = (EducationLevel.LOWER_SECONDARY, EducationLevel.UPPER_SECONDARY)


def proposals_of(survey_round: SurveyRound) -> QuerySet[Proposal]:
    """Doubtful proposals of a round, the most alike first, both sides still unmatched."""
    return (
        _open(survey_round)
        .filter(is_certain=False)
        .select_related("person", "pupil")
        .order_by("person__name_key", "person_id", "-score", "pk")
    )


def certain_of(survey_round: SurveyRound) -> QuerySet[Proposal]:
    """Certain proposals of a round, by name."""
    return (
        _open(survey_round)
        .filter(is_certain=True)
        .select_related("person", "pupil")
        .order_by("person__name_key", "person_id")
    )


def _open(survey_round: SurveyRound) -> QuerySet[Proposal]:
    return open_proposals().filter(survey_round=survey_round)


def found_of(survey_round: SurveyRound, on: datetime.date) -> QuerySet[SurveyEntry]:
    """Children of a round matched with a pupil who is on a roll that day."""
    return _named(_children(survey_round).filter(Exists(_spell_of_match(on))))


def to_bring(survey_round: SurveyRound, on: datetime.date) -> QuerySet[SurveyEntry]:
    """Danh sách phải huy động: children of a round, able to learn and of the ages of the dated
    rule, on no roll that day, who have not finished lower secondary school."""
    day = datetime.date(survey_round.year, 12, 31)
    youngest, oldest = (int(rules.value(key, on=day)) for key in (YOUNGEST, OLDEST))
    children = _children(survey_round).filter(
        can_learn=True,
        person__birth_year__lte=survey_round.year - youngest,
        person__birth_year__gte=survey_round.year - oldest,
    )
    return _named(
        children.exclude(finished_level__in=FINISHED).filter(~Exists(_spell_of_match(on)))
    )


def on_roll_only(survey_round: SurveyRound, on: datetime.date) -> QuerySet[Enrolment]:
    """Spells of a day in the schools of the commune, of pupils matched with nobody."""
    return (
        on_roll_in(survey_round.commune, on)
        .filter(pupil__survey_match=None)
        .select_related("pupil", "school_class", "school")
        .order_by("pupil__name_key", "pupil_id")
    )


def _children(survey_round: SurveyRound) -> QuerySet[SurveyEntry]:
    # Who lost the name can neither be brought to school nor found.
    return SurveyEntry.objects.filter(
        survey_round=survey_round,
        person__birth_year__gte=survey_round.year - OLDEST_CHILD,
        person__anonymised_at=None,
    ).exclude(presence__in=GONE)


def _named(entries: QuerySet[SurveyEntry]) -> QuerySet[SurveyEntry]:
    return entries.select_related("person__match", "household").order_by(
        "household__village_sort", "person__name_key", "person_id"
    )


def _spell_of_match(on: datetime.date) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(valid_on(on), pupil__survey_match__person=OuterRef("person_id"))


def spells_seen(
    pupil_ids: Iterable[int], places: Places, on: datetime.date
) -> dict[int, Enrolment]:
    """Dict pupil id -> spell of a day, of the pupils whom the reader may see. One query."""
    spells = Enrolment.objects.within(places).on(on).filter(pupil__in=list(pupil_ids))
    return {spell.pupil_id: spell for spell in spells.select_related("school_class__school")}


def proposal_in(places: Places, proposal_id: int) -> Proposal | None:
    """A proposal of a commune inside the places, or None."""
    proposals = Proposal.objects.select_related("survey_round", "person", "pupil")
    return proposals.filter(pk=proposal_id, survey_round__commune__in=places.areas).first()


def match_in(places: Places, match_id: int) -> tuple[Match, int] | None:
    """A match of a person of a commune inside the places, with the commune's id, or None."""
    return _match_in(places.areas, match_id)


def _match_in(areas: Collection[int], match_id: int) -> tuple[Match, int] | None:
    lives = SurveyEntry.objects.filter(
        Q(person__match=match_id), survey_round__commune__in=areas
    ).order_by("-survey_round__year")
    commune = lives.values_list("survey_round__commune_id", flat=True).first()
    if commune is None:
        return None
    match = Match.objects.select_related("person", "pupil").filter(pk=match_id).first()
    return None if match is None else (match, commune)
