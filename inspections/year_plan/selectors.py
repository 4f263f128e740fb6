"""What a proposal is made from, read in a fixed number of queries, and the proposal itself."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance import session_bitmask
from core import rules
from core.months import Month
from reports.models import Flag
from schools.areas.selectors.tree import AreaTree, successors
from schools.models import Area, AreaDesignation

from ..models import Assignment, InspectionPlan, Member, Visit
from ..priority import Known, Part, parts_of, total_of
from ..ranking import GRAVITY, Candidate, rank
from ..selectors.members import Who, from_above, holds_in, members_in_charge, who
from ..selectors.plans import chosen, lesson_bits, open_flags
from ..selectors.priority import known_of
from ..selectors.schedule import own_units
from .limits import capacity_of
from .proposal import (
    Capacity,
    Inspector,
    LessonDays,
    MonthProposal,
    Need,
    Planned,
    Proposal,
    Proposed,
    propose,
)

ONE_DAY = datetime.timedelta(days=1)
_AT = Coalesce("visited_on", "planned_on", "plan__month")


@dataclass(frozen=True)
class Asked:
    """What is to be planned: an area, months in a row, and what is possible in each."""

    area: Area
    first: Month
    months: int
    visits: int
    days: int

    @property
    def span(self) -> list[Month]:
        """The months, in their order."""
        return self.first.plus(self.months - 1).since(self.first)

    def as_kept(self) -> dict[str, Any]:
        """What a plan keeps of it (`InspectionPlan.proposed`)."""
        return {"first": str(self.first), "months": self.months, "days": self.days}

    @classmethod
    def of_kept(cls, plan: InspectionPlan, *, visits: int, days: int) -> Self:
        """What a plan keeps, from the first month on that has not passed or is the plan's."""
        kept = plan.proposed or {}
        first = Month.parse(kept["first"])
        last = first.plus(kept["months"] - 1)
        first = max(first, min(Month.current(), Month.of(plan.month)))
        return cls(plan.area, first, len(last.since(first)), visits, days)


@dataclass(frozen=True)
class AreaProposal:
    """The proposal of an area with what its sentences need.

    Attributes:
        based_on: month of the flags, None without any.
        candidates: commune id -> what the ranking says of it.
        plans: month -> the plan that the area has for it; nothing is proposed there.
    """

    asked: Asked
    capacity: Capacity
    proposal: Proposal
    based_on: Month | None
    candidates: Mapping[int, Candidate]
    tree: AreaTree
    members: Mapping[int, Member]
    plans: Mapping[Month, InspectionPlan]

    def of(self, month: Month) -> MonthProposal | None:
        """The proposal of a month, None where nothing is proposed."""
        return next((each for each in self.proposal.months if each.month == month), None)


def mark_of(found: AreaProposal, month: Month) -> str:
    """A month as a short text: another one means that something of what is shown changed."""
    proposed = found.of(month)
    told = [_told(each, found) for each in proposed.visits] if proposed else []
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:16]


def _told(each: Proposed, found: AreaProposal) -> list[object]:
    """A visit with all that its sentences, its points and its reason are made from."""
    need, candidate = each.need, found.candidates[each.need.commune]
    own = [each.day, each.member, each.trip, each.leads, each.alongside, each.answers, each.before]
    of_commune = [need.commune, need.place, len(found.candidates), candidate.flag_ids]
    return [*own, *of_commune, candidate.parts]


def proposal_for(asked: Asked, *, anew: InspectionPlan | None = None) -> AreaProposal:
    """The visits proposed for an area; a fixed number of queries, whatever the months.

    Args:
        anew: a plan of one of the months whose communes are chosen once more: what was chosen
            for it counts as not planned, what a person added stays.

    Raises ValidationError: the first month has passed, the area does not exist then.
    """
    if asked.first < Month.current():
        raise ValidationError({"month": _("This month has passed. Choose a later one.")})
    tree = AreaTree.on(asked.first.first)
    if asked.area.pk not in tree:
        raise ValidationError(
            {
                "area": _("%(area)s does not exist in %(month)s. Choose another area.")
                % {"area": asked.area.title, "month": asked.first.label}
            }
        )
    span = asked.span
    communes = {each.pk for each in tree.communes(asked.area.pk)}
    own = InspectionPlan.objects.filter(
        area=asked.area, month__range=(span[0].first, span[-1].first)
    )
    plans = {Month.of(each.month): each for each in own if each != anew}
    flags = _flags(communes, own, until=asked.first)
    based_on = Month.of(flags[0].month) if flags else None
    candidates = _candidates(communes, tree, flags, asked.first)
    members = _members(communes, span)
    capacity = capacity_of(rules.table(on=span[0].first), visits=asked.visits, days=asked.days)
    elsewhere = _elsewhere(plans, anew)
    planned = _planned(plans)
    proposal = propose(
        _needs(candidates, tree, asked, elsewhere),
        _inspectors(members, communes, span, elsewhere),
        span,
        capacity,
        _lesson_days(communes, span, tree),
        planned,
    )
    return AreaProposal(
        asked,
        capacity,
        proposal,
        based_on,
        {each.commune_id: each for each in candidates},
        tree,
        {each.pk: each for each, _months in members.values()},
        plans,
    )


def _flags(communes: Set[int], own: QuerySet[InspectionPlan], *, until: Month) -> list[Flag]:
    """Flags of the newest month: open, or the reason of a visit in the plans of the months asked
    for, of which the proposal was made."""
    of_these = Flag.objects.filter(visits__plan__in=own).exclude(state=Flag.State.WITHDRAWN)
    found = Flag.objects.filter(
        Q(pk__in=open_flags(communes).values("pk")) | Q(pk__in=of_these.values("pk")),
        commune__in=communes,
        month__lte=until.first,
    )
    newest = found.order_by("-month").values("month")[:1]
    return list(found.filter(month=newest).select_related("commune").order_by("pk"))


def _candidates(
    communes: Set[int], tree: AreaTree, flags: Sequence[Flag], first: Month
) -> list[Candidate]:
    """Communes with flags, and those nobody has visited for long; most pressing first."""
    facts = Month.of(flags[0].month) if flags else Month.current()
    known = known_of(communes, facts=facts, month=first)
    ranked = rank(flags, known)
    flagged = {each.commune_id for each in ranked}
    long = [
        Candidate(pk, "", "", (), _parts_of_time(pk, known))
        for pk in sorted(communes - flagged, key=lambda pk: (tree[pk].name_key, pk))
        if _is_long(pk, known)
    ]
    return [*ranked, *sorted(long, key=lambda each: -each.points)]


def _is_long(commune_id: int, known: Known) -> bool:
    months = known.of(commune_id).months
    return months is None or months >= known.weights.months_most


def _parts_of_time(commune_id: int, known: Known) -> list[Part]:
    return parts_of(
        known.of(commune_id),
        known.weights,
        gravity=None,
        steps=len(GRAVITY),
        level="",
        below=(),
    )


def _planned(plans: Mapping[Month, InspectionPlan]) -> Planned:
    """The days of the visits in the plans of the months; of a visit without a day its month."""
    rows = Visit.objects.filter(plan__in=plans.values()).exclude(state=Visit.State.CANCELLED)
    found: dict[Month, dict[int, datetime.date]] = {month: {} for month in plans}
    for month, commune_id, day in rows.annotate(at=_AT).values_list("plan__month", "commune", "at"):
        found[Month.of(month)][commune_id] = day
    return found


def _elsewhere(
    plans: Mapping[Month, InspectionPlan], anew: InspectionPlan | None
) -> QuerySet[Visit]:
    """Visits made or planned by other plans than those of the months, which bind the proposal."""
    found = Visit.objects.exclude(state=Visit.State.CANCELLED).exclude(plan__in=plans.values())
    if anew is None:
        return found
    return found.exclude(pk__in=Visit.objects.filter(chosen(), plan=anew).values("pk"))


def _needs(
    candidates: Sequence[Candidate], tree: AreaTree, asked: Asked, elsewhere: QuerySet[Visit]
) -> list[Need]:
    communes = [each.commune_id for each in candidates]
    in_charge = members_in_charge(asked.span, area=asked.area)
    remote = set(
        AreaDesignation.objects.on(asked.first.first)
        .filter(area__in=communes)
        .values_list("area", flat=True)
    )
    visited = defaultdict(list)
    rows = list(elsewhere.annotate(at=_AT).order_by("at", "pk").values_list("commune", "at"))
    # A visit to a unit that ended counts for the one its territory went into.
    now = successors({commune_id for commune_id, _day in rows}, on=asked.first.first)
    for commune_id, day in rows:
        if commune_id in now:
            visited[now[commune_id]].append(day)
    return [
        Need(
            commune=each.commune_id,
            place=place,
            points=total_of(each.parts),
            pupils=each.pupils,
            cluster=district.pk if (district := tree.district_of(each.commune_id)) else None,
            in_charge={
                month: answering[each.commune_id]
                for month, answering in in_charge.items()
                if each.commune_id in answering
            },
            remote=each.commune_id in remote,
            visited=tuple(visited[each.commune_id]),
        )
        for place, each in enumerate(candidates, start=1)
    ]


def _members(
    communes: Collection[int], span: Sequence[Month]
) -> dict[int, tuple[Member, frozenset[Month]]]:
    """Member id -> the member and the months in which they answer for a commune here.

    As `selectors.members.members_for` of each month.
    """
    first, end = span[0].first, span[-1].end
    months: defaultdict[int, set[Month]] = defaultdict(set)
    assigned = from_above(Assignment.objects.during(first, end)).filter(commune__in=communes)
    for row in assigned:
        months[row.member_id] |= {each for each in span if holds_in(row, each)}
    members = Member.objects.filter(pk__in=months).select_related("committee").order_by("pk")
    return {
        each.pk: (each, frozenset(month for month in months[each.pk] if holds_in(each, month)))
        for each in members
    }


def _inspectors(
    members: Mapping[int, tuple[Member, frozenset[Month]]],
    communes: Collection[int],
    span: Sequence[Month],
    elsewhere: QuerySet[Visit],
) -> list[Inspector]:
    own = own_units(communes, on=max(timezone.localdate(), span[0].first))
    busy: defaultdict[Who, set[datetime.date]] = defaultdict(set)
    planned = elsewhere.filter(
        state=Visit.State.PLANNED, planned_on__gte=span[0].first, planned_on__lt=span[-1].end
    )
    for each in planned.select_related("member").prefetch_related("team"):
        for person in filter(None, (each.member, *each.team.all())):
            if each.planned_on is not None:
                busy[who(person)].add(each.planned_on)
    return [
        Inspector(
            each.pk,
            who(each),
            max(each.valid_from, each.committee.valid_from),
            min(filter(None, (each.valid_to, each.committee.valid_to)), default=None),
            months,
            own.get(each.user_id or 0, frozenset()),
            frozenset(busy[who(each)]),
        )
        for each, months in members.values()
    ]


def _lesson_days(communes: Collection[int], span: Sequence[Month], tree: AreaTree) -> LessonDays:
    """Days after today on which a commune is there and has lessons; without a class every day."""
    held = lesson_bits(communes, span)
    today = timezone.localdate()

    def days(commune: int, month: Month) -> list[datetime.date]:
        return [
            day
            for day in month.days()
            if day > today
            and tree[commune].is_valid_on(day)
            and (
                commune not in held[month]
                or held[month][commune] & session_bitmask.days(day, day + ONE_DAY)
            )
        ]

    return days
