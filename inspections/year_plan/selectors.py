"""What a proposal is made from, read in a fixed number of queries, and the proposal itself."""

from __future__ import annotations

import datetime
import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance import session_bitmask
from attendance.calendar.selectors.due_sessions import due_bits_between
from core import rules
from core.months import Month
from core.scope import Places
from reports.models import Flag
from schools.areas.selectors.tree import AreaTree, communes_of_schools
from schools.models import Area, AreaDesignation, SchoolClass

from ..models import Assignment, InspectionPlan, Member, Visit
from ..priority import Known, Part, parts_of, total_of
from ..ranking import GRAVITY, Candidate, rank
from ..selectors.members import from_above, member_in_charge
from ..selectors.plans import newest_flag_month, open_flags
from ..selectors.priority import known_of
from ..selectors.schedule import Who, own_units
from .limits import capacity_of
from .proposal import Capacity, Inspector, LessonDays, MonthProposal, Need, Proposal, propose

ONE_DAY = datetime.timedelta(days=1)


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


def mark_of(proposed: MonthProposal) -> str:
    """The visits of a month as a short text: another one means that they changed."""
    text = ";".join(f"{each.need.commune}|{each.day}|{each.member}" for each in proposed.visits)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def proposal_for(asked: Asked) -> AreaProposal:
    """The visits proposed for an area; a fixed number of queries, whatever the months.

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
    plans = {
        Month.of(each.month): each
        for each in InspectionPlan.objects.filter(
            area=asked.area, month__range=(span[0].first, span[-1].first)
        )
    }
    newest = newest_flag_month(communes, until=asked.first)
    based_on = None if newest is None else Month.of(newest)
    candidates = _candidates(communes, tree, based_on, asked.first)
    members = _members(communes, span)
    capacity = capacity_of(rules.table(on=span[0].first), visits=asked.visits, days=asked.days)
    proposal = propose(
        _needs(candidates, tree, asked),
        _inspectors(members, communes, span),
        [each for each in span if each not in plans],
        capacity,
        _lesson_days(communes, span, tree),
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


def _candidates(
    communes: Set[int], tree: AreaTree, based_on: Month | None, first: Month
) -> list[Candidate]:
    """Communes with open flags, and those nobody has visited for long; most pressing first."""
    flags: list[Flag] = []
    if based_on is not None:
        flags = list(open_flags(communes).filter(month=based_on.first).select_related("commune"))
    known = known_of(communes, facts=based_on or Month.current(), month=first)
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


def _needs(candidates: Sequence[Candidate], tree: AreaTree, asked: Asked) -> list[Need]:
    communes = [each.commune_id for each in candidates]
    in_charge = member_in_charge(asked.first, area=asked.area)
    remote = set(
        AreaDesignation.objects.on(asked.first.first)
        .filter(area__in=communes)
        .values_list("area", flat=True)
    )
    visited = defaultdict(list)
    rows = (
        Visit.objects.filter(commune__in=communes)
        .exclude(state=Visit.State.CANCELLED)
        .annotate(at=Coalesce("visited_on", "planned_on", "plan__month"))
        .order_by("at")
    )
    for commune_id, day in rows.values_list("commune", "at"):
        visited[commune_id].append(day)
    return [
        Need(
            commune=each.commune_id,
            place=place,
            points=total_of(each.parts),
            pupils=each.pupils,
            cluster=district.pk if (district := tree.district_of(each.commune_id)) else None,
            in_charge=in_charge.get(each.commune_id),
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
        months[row.member_id] |= {each for each in span if _holds(row, each)}
    members = Member.objects.filter(pk__in=months).select_related("committee").order_by("pk")
    return {
        each.pk: (each, frozenset(month for month in months[each.pk] if _holds(each, month)))
        for each in members
    }


def _holds(row: Assignment | Member, month: Month) -> bool:
    return row.valid_from < month.end and (row.valid_to is None or row.valid_to > month.first)


def _inspectors(
    members: Mapping[int, tuple[Member, frozenset[Month]]],
    communes: Collection[int],
    span: Sequence[Month],
) -> list[Inspector]:
    own = own_units(communes, on=max(timezone.localdate(), span[0].first))
    busy: defaultdict[Who, set[datetime.date]] = defaultdict(set)
    planned = Visit.objects.filter(
        state=Visit.State.PLANNED, planned_on__gte=span[0].first, planned_on__lt=span[-1].end
    )
    for each in planned.select_related("member").prefetch_related("team"):
        for person in filter(None, (each.member, *each.team.all())):
            if each.planned_on is not None:
                busy[_who(person)].add(each.planned_on)
    return [
        Inspector(
            each.pk,
            _who(each),
            max(each.valid_from, each.committee.valid_from),
            min(filter(None, (each.valid_to, each.committee.valid_to)), default=None),
            months,
            own.get(each.user_id or 0, frozenset()),
            frozenset(busy[_who(each)]),
        )
        for each, months in members.values()
    ]


def _who(member: Member) -> Who:
    return ("user", member.user_id) if member.user_id else ("member", member.pk)


def _lesson_days(communes: Collection[int], span: Sequence[Month], tree: AreaTree) -> LessonDays:
    """Days after today on which a commune is there and has lessons; without a class every day."""
    first, end = span[0].first, span[-1].end
    classes = list(
        SchoolClass.objects.within(Places(first, frozenset(communes)))
        .filter(year__valid_from__lt=end, year__valid_to__gt=first)
        .select_related("year")
    )
    commune_of = communes_of_schools(on=first, school_ids={each.school_id for each in classes})
    held: defaultdict[tuple[int, Month], int] = defaultdict(int)
    for_each = due_bits_between(classes, first, end) if classes else {}
    for each in classes:
        for month, bits in for_each[each.pk].items():
            held[commune_of[each.school_id], month] |= bits
    known = {commune_of[each.school_id] for each in classes}
    today = timezone.localdate()

    def days(commune: int, month: Month) -> list[datetime.date]:
        return [
            day
            for day in month.days()
            if day > today
            and tree[commune].is_valid_on(day)
            and (
                commune not in known
                or held[commune, month] & session_bitmask.days(day, day + ONE_DAY)
            )
        ]

    return days
