"""The cards of a committee for a school year: its members, their organisations, the communes."""

import datetime
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from django.db.models import Prefetch, QuerySet

from core import rules
from core.months import Month
from core.scope import Places
from core.types import User
from core.validity import valid_during
from core.vietnamese import title_key
from schools.areas.selectors.history import AreaHistory
from schools.areas.selectors.tree import AreaTree
from schools.models import Area, SchoolYear

from ..models import Assignment, Committee, Measure, Member, ScoreAdjustment, Scorecard
from ..models import ScoringCriterion as Criterion
from .cards import Adjusted, Card, Grade, Score
from .criteria import criteria_of
from .limits import least_of
from .measures import Evidence, Holder, evidence_of, months_over

# A commune is scored by what is known of the place; visits are somebody's work.
OF_PLACES = (
    Measure.ATTENDANCE,
    Measure.MOBILISATION,
    Measure.ROLL_KEPT,
    Measure.RECOMMENDATIONS,
)


@dataclass(frozen=True)
class Row:
    """A card with whose it is, and its grade. `kept` is the stored row of a member, if any."""

    name: str
    card: Card
    grade: Grade
    about: str = ""
    member: Member | None = None
    kept: Scorecard | None = None

    @property
    def is_confirmed(self) -> bool:
        """Whether the figures are those that somebody confirmed."""
        return self.kept is not None and self.kept.is_confirmed


@dataclass(frozen=True)
class CommitteeScores:
    """All cards of a committee. `criteria` head the columns; `up_to` is the last month counted."""

    criteria: Sequence[Criterion]
    place_criteria: Sequence[Criterion]
    members: Sequence[Row]
    organisations: Sequence[Row]
    communes: Sequence[Row]
    up_to: Month | None


def years_to_score(on: datetime.date, *, held: Committee | Member) -> QuerySet[SchoolYear]:
    """School years that have begun and in which a committee or a term held, the latest first."""
    years = SchoolYear.objects.filter(valid_from__lte=on, valid_to__gt=held.valid_from)
    if held.valid_to is not None:
        years = years.filter(valid_from__lt=held.valid_to)
    return years.order_by("-valid_from")


def committee_scores(
    committee: Committee, *, year: SchoolYear, today: datetime.date
) -> CommitteeScores:
    """The cards of everybody who sat in a committee within a year, best first.

    With them those of the organisations they come from (all their communes and visits together)
    and of the communes on the last map of the year, with what was filed under those that went into
    them whole.
    """
    criteria, months = criteria_of(year), months_over(year, today)
    members = _members(committee, year)
    on = min(today, year.last_day)
    tree = AreaTree.on(on)
    communes = tree.communes(committee.area_id) if committee.area_id in tree else []
    limits = least_of(rules.table(on=year.last_day))
    before = _gone_into({*communes, *_held(members)}, on=on)
    evidence = evidence_of(
        committee.area,
        year=year,
        communes=[*communes, *_held(members), *chain(*before.values())],
        member_ids=[member.pk for member in members],
        today=today,
    )
    rows = [_row_of(member, criteria, evidence, months, limits, before) for member in members]
    place_criteria = [each for each in criteria if each.measure in OF_PLACES]
    return CommitteeScores(
        criteria=criteria,
        place_criteria=place_criteria,
        members=sorted(rows, key=_best_first),
        organisations=_organisations(members, criteria, evidence, months, limits, before),
        communes=sorted(
            (
                _row(
                    commune.title,
                    _card(
                        place_criteria,
                        evidence,
                        Holder(
                            {each.pk: months for each in (commune, *before.get(commune.pk, ()))}
                        ),
                    ),
                    limits,
                )
                for commune in communes
            ),
            key=_best_first,
        ),
        up_to=evidence.last,
    )


def member_to_score(
    places: Places, committee_id: int, member_id: int, *, user: User
) -> Member | None:
    """A member of a committee inside the places, or oneself; None elsewhere. One query."""
    member = (
        Member.objects.filter(pk=member_id, committee_id=committee_id)
        .select_related("committee__area", "user")
        .first()
    )
    if member is None:
        return None
    is_reached = member.committee.area_id in places.areas
    return member if is_reached or member.user_id == user.pk else None


def scorecard_of(member: Member, *, year: SchoolYear, today: datetime.date) -> Row:
    """The card of one member: as confirmed, else as it is worked out now."""
    (member,) = _with_communes(Member.objects.filter(pk=member.pk), year)
    limits = least_of(rules.table(on=year.last_day))
    kept = _kept(member)
    if kept is not None and kept.is_confirmed:
        return _row_of(member, [], Evidence(None), [], limits, {})
    held = _held([member])
    before = _gone_into({*held}, on=min(today, year.last_day))
    evidence = evidence_of(
        member.committee.area,
        year=year,
        communes=[*held, *chain(*before.values())],
        member_ids=[member.pk],
        today=today,
    )
    months = months_over(year, today)
    return _row_of(member, criteria_of(year), evidence, months, limits, before)


def _members(committee: Committee, year: SchoolYear) -> list[Member]:
    return _with_communes(
        Member.objects.during(year.valid_from, year.valid_to).filter(committee=committee), year
    )


def _with_communes(members: QuerySet[Member], year: SchoolYear) -> list[Member]:
    """Members with `assignments` and `scorecards` of the year; three queries."""
    assignments = Assignment.objects.filter(
        valid_during(year.valid_from, year.valid_to)
    ).select_related("commune")
    cards = (
        Scorecard.objects.filter(year=year)
        .select_related("confirmed_by")
        .prefetch_related(
            Prefetch("adjustments", ScoreAdjustment.objects.select_related("made_by"))
        )
    )
    return list(
        members.select_related("committee__area").prefetch_related(
            Prefetch("assignments", assignments), Prefetch("scorecards", cards)
        )
    )


def _held(members: Iterable[Member]) -> list[Area]:
    return [each.commune for member in members for each in member.assignments.all()]


def _gone_into(communes: Collection[Area], *, on: datetime.date) -> dict[int, list[Area]]:
    """{commune: those that have gone into it by a day, whole}; of one that was divided nobody
    answers alone. No query without communes."""
    if not communes:
        return {}
    history = AreaHistory(on)
    ids = {each.pk: history.wholly_before({each.pk}) - {each.pk} for each in communes}
    gone = set().union(*ids.values())
    rows = Area.objects.in_bulk(gone) if gone else {}
    return {pk: [rows[each] for each in sorted(before)] for pk, before in ids.items() if before}


def _kept(member: Member) -> Scorecard | None:
    # Those of one year were loaded: there is one at most.
    return next(iter(member.scorecards.all()), None)


def _holder(
    members: Iterable[Member], months: Sequence[Month], before: Mapping[int, Sequence[Area]]
) -> Holder:
    """The communes of some members: of each month, those assigned on a day of it.

    An assignment ends with its commune; what is due afterwards is with who answers for the one it
    went into (`before`, see `_gone_into`).
    """
    held: defaultdict[int, set[Month]] = defaultdict(set)
    member_ids = []
    for member in members:
        member_ids.append(member.pk)
        for each in member.assignments.all():
            for month in months:
                ends = min(filter(None, (each.valid_to, each.commune.valid_to)), default=None)
                if each.valid_from >= month.end or (ends is not None and ends <= month.first):
                    continue
                held[each.commune_id].add(month)
                for gone in before.get(each.commune_id, ()):
                    if gone.valid_to is not None and gone.valid_to <= month.first:
                        held[gone.pk].add(month)
    return Holder(held, member_ids)


def _card(criteria: Sequence[Criterion], evidence: Evidence, holder: Holder) -> Card:
    return Card(
        [
            Score(
                each.code,
                each.short_name,
                each.name,
                each.points,
                evidence.items(each.measure, holder),
            )
            for each in criteria
        ]
    )


def _row_of(
    member: Member,
    criteria: Sequence[Criterion],
    evidence: Evidence,
    months: Sequence[Month],
    limits: dict[Grade, int],
    before: Mapping[int, Sequence[Area]],
) -> Row:
    kept = _kept(member)
    if kept is not None and kept.is_confirmed:
        card = confirmed_card(kept)
    else:
        card = with_adjustments(_card(criteria, evidence, _holder([member], months, before)), kept)
    about = " · ".join(filter(None, (member.organisation, member.sector)))
    row = _row(member.full_name, card, limits, about=about)
    return replace(row, member=member, kept=kept)


def _row(name: str, card: Card, limits: dict[Grade, int], about: str = "") -> Row:
    return Row(name=name, card=card, grade=card.grade(limits), about=about)


def confirmed_card(kept: Scorecard) -> Card:
    """The card as it was confirmed."""
    return Card([Score.of_json(score) for score in json.loads(kept.content)["scores"]])


def with_adjustments(card: Card, kept: Scorecard | None) -> Card:
    """The card with the points that somebody gave; of several for a criterion the last one."""
    if kept is None:
        return card
    last = {each.criterion: each for each in kept.adjustments.all()}
    return Card(
        [
            replace(
                score,
                adjusted=Adjusted(
                    last[score.code].points,
                    last[score.code].reason,
                    last[score.code].made_by.full_name,
                ),
            )
            if score.code in last
            else score
            for score in card.scores
        ]
    )


def given_for_ended(row: Row) -> list[tuple[str, ScoreAdjustment]]:
    """Points given for criteria that the card has no more: (name, the last that was given).

    What a person gave is not silently gone when the criterion ends. At most one query.
    """
    if row.kept is None:
        return []
    counted = {score.code for score in row.card.scores}
    last = {each.criterion: each for each in row.kept.adjustments.all()}
    gone = [each for code, each in last.items() if code not in counted]
    names = dict(
        Criterion.objects.filter(code__in=[each.criterion for each in gone])
        .order_by("valid_from")
        .values_list("code", "name")
        if gone
        else ()
    )
    return [(names.get(each.criterion, each.criterion), each) for each in gone]


def _organisations(
    members: Sequence[Member],
    criteria: Sequence[Criterion],
    evidence: Evidence,
    months: Sequence[Month],
    limits: dict[Grade, int],
    before: Mapping[int, Sequence[Area]],
) -> list[Row]:
    by_name: defaultdict[str, list[Member]] = defaultdict(list)
    for member in members:
        if member.organisation:
            by_name[member.organisation].append(member)
    rows = [
        _row(
            name,
            _card(criteria, evidence, _holder(of_it, months, before)),
            limits,
            about=", ".join(_with_sector(member) for member in of_it),
        )
        for name, of_it in by_name.items()
    ]
    return sorted(rows, key=_best_first)


def _with_sector(member: Member) -> str:
    return f"{member.full_name} ({member.sector})" if member.sector else member.full_name


def _best_first(row: Row) -> tuple[bool, float, str]:
    share = row.card.share
    return share is None, -float(share or 0), title_key(row.name)
