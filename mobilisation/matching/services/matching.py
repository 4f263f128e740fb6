"""Proposing who of the survey is on a roll, and what a person decides of it."""

import datetime
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import save_checked
from core.types import User
from schools.models import Area

from ... import events
from ...models import Match, Proposal, RejectedPair, SurveyImport, SurveyRound
from ...surveys.services.rounds import hold
from ..scoring import Pair, Record, alike, pairs
from ..selectors.candidates import (
    children_to_find,
    namesakes_elsewhere,
    on_roll_in,
    open_proposals,
    pairs_told_apart,
    pupils_to_compare,
)

CHUNK = 1_000


@transaction.atomic
def search_rolls(*, survey_round: SurveyRound, on: datetime.date, by: User | None) -> int:
    """Make the proposals of a round anew from the rolls of a day; how many there are."""
    hold(survey_round.commune_id)
    found = _pairs_of(survey_round, children_to_find(survey_round), on=on)
    Proposal.objects.filter(survey_round=survey_round).delete()
    _propose(survey_round, found)
    record(
        events.SEARCHED,
        by=by,
        about=survey_round,
        area=survey_round.commune_id,
        changes={"count": (None, len(found))},
    )
    return len(found)


def search_for(*, survey_round: SurveyRound, person: int, on: datetime.date) -> None:
    """Make the proposals of one person anew, as a search of the whole round would.

    Of others only what this person changes: whether they are certain to be a pupil whom this
    person is, or was, like. To be called inside a transaction.
    """
    hold(survey_round.commune_id)
    before = Proposal.objects.filter(survey_round=survey_round, person=person)
    likely = set(before.values_list("pupil", flat=True))
    before.delete()
    children = children_to_find(survey_round)
    own = [each for each in children if each.pk == person]
    if not own and not likely:
        return
    near, far = pupils_to_compare(survey_round, own, on=on)
    likely |= {pupil for _person, pupil in alike(own, [*near, *far])}
    touched = [each for each in [*near, *far] if each.pk in likely]
    around = {each for each, _pupil in alike(children, touched)}
    found = _pairs_of(survey_round, [each for each in children if each.pk in around], on=on)
    _propose(survey_round, [pair for pair in found if pair.person == person])
    certain = [pair for pair in found if pair.is_certain and pair.pupil in likely]
    others = Proposal.objects.filter(survey_round=survey_round).exclude(person=person)
    others.filter(pupil__in=likely).update(is_certain=False)
    for pair in certain:
        of_both = others.filter(Q(person=pair.person) | Q(pupil=pair.pupil))
        of_both.filter(person=pair.person, pupil=pair.pupil).update(is_certain=True)
        of_both.exclude(person=pair.person, pupil=pair.pupil).delete()


def _pairs_of(
    survey_round: SurveyRound, children: list[Record], *, on: datetime.date
) -> list[Pair]:
    near, far = pupils_to_compare(survey_round, children, on=on)
    return pairs(
        children,
        [*near, *far],
        apart=pairs_told_apart(children),
        rivals=namesakes_elsewhere(survey_round, children, far),
    )


def _propose(survey_round: SurveyRound, found: Iterable[Pair]) -> None:
    Proposal.objects.bulk_create(
        [
            Proposal(
                survey_round=survey_round,
                person_id=pair.person,
                pupil_id=pair.pupil,
                score=pair.score,
                is_certain=pair.is_certain,
            )
            for pair in found
        ],
        batch_size=CHUNK,
    )


def search_after(run_id: str) -> None:
    """Search the rolls for the children of a survey that was just saved."""
    run = SurveyImport.objects.filter(pk=run_id, state=SurveyImport.State.DONE).first()
    if run is None:
        return
    saved = SurveyRound.objects.get(commune=run.commune_id, year=run.year)
    search_rolls(survey_round=saved, on=timezone.localdate(), by=run.made_by)


@transaction.atomic
def confirm(*, proposal: Proposal, by: User) -> Match:
    """The child of the survey and the pupil are one.

    Raises ValidationError: one of the two was matched meanwhile.
    """
    hold(proposal.survey_round.commune_id)
    if not open_proposals().filter(pk=proposal.pk).exists():
        raise ValidationError(
            _("One of the two was matched in the meantime. Search the rolls again."), code="matched"
        )
    match = Match(
        person_id=proposal.person_id,
        pupil_id=proposal.pupil_id,
        score=proposal.score,
        confirmed_by=by,
        confirmed_at=timezone.now(),
    )
    save_checked(match, by=by)
    _forget(person=proposal.person_id, pupil=proposal.pupil_id)
    record(
        events.MATCHED,
        by=by,
        about=match,
        name=str(match.person),
        # As long as the name of the person is kept, this one is.
        part_of=match.person,
        area=proposal.survey_round.commune_id,
        changes={"pupil": (None, _class_of(match.pupil_id, proposal.survey_round.commune))},
    )
    return match


@transaction.atomic
def confirm_certain(*, survey_round: SurveyRound, seen: int, by: User) -> int:
    """Confirm every certain proposal of a round together; how many.

    `seen`: how many the person was shown. Raises ValidationError: they are others by now.
    """
    hold(survey_round.commune_id)
    # Two communes that confirm the same pupils write them in one order, and wait for each other.
    certain = list(
        open_proposals().filter(survey_round=survey_round, is_certain=True).order_by("pupil_id")
    )
    changed = ValidationError(
        _("The list has changed meanwhile. Look it over once more."), code="changed"
    )
    if len(certain) != seen:
        raise changed
    now = timezone.now()
    matches = [
        Match(
            person_id=each.person_id,
            pupil_id=each.pupil_id,
            score=each.score,
            confirmed_by=by,
            confirmed_at=now,
        )
        for each in certain
    ]
    try:
        with transaction.atomic():
            Match.objects.bulk_create(matches, batch_size=CHUNK)
    except IntegrityError as error:  # a pupil was found in another commune at this moment
        raise changed from error
    Proposal.objects.filter(survey_round=survey_round, is_certain=True).delete()
    record(
        events.MATCHED_TOGETHER,
        by=by,
        about=survey_round,
        area=survey_round.commune_id,
        changes={"count": (None, len(certain))},
    )
    return len(certain)


@transaction.atomic
def tell_apart(*, proposal: Proposal, by: User) -> None:
    """The child of the survey and the pupil are two; the pair is proposed no more."""
    hold(proposal.survey_round.commune_id)
    RejectedPair.objects.get_or_create(person_id=proposal.person_id, pupil_id=proposal.pupil_id)
    record(
        events.TOLD_APART,
        by=by,
        about=proposal.person,
        area=proposal.survey_round.commune_id,
    )
    Proposal.objects.filter(person=proposal.person_id, pupil=proposal.pupil_id).delete()


@transaction.atomic
def undo(*, match: Match, area: int, by: User) -> None:
    """Take a match back: both are unmatched again, and found by the next search.

    Nothing when that was done already.
    """
    hold(area)
    if not Match.objects.filter(pk=match.pk).exists():
        return
    record(
        events.MATCH_UNDONE,
        by=by,
        about=match,
        name=str(match.person),
        part_of=match.person,
        area=area,
    )
    match.delete()


def _class_of(pupil_id: int, commune: Area) -> str:
    """Where a pupil is on a roll today, as the lists of the commune tell it."""
    spells = on_roll_in(commune, timezone.localdate()).filter(pupil=pupil_id)
    spell = spells.select_related("school_class__school").first()
    if spell is None:
        return _("at a school outside the commune")
    return f"{spell.school_class} · {spell.school_class.school}"


def _forget(*, person: int, pupil: int) -> None:
    Proposal.objects.filter(person=person).delete()
    Proposal.objects.filter(pupil=pupil).delete()
