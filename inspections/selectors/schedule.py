"""What stands in the way of days and members of a plan's visits: said for all visits at once."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.months import Month
from core.permission_holders import holders
from core.permissions import Permission as P
from schools.areas.selectors.tree import schools_in

from ..models import InspectionPlan, Member, Visit
from .members import Who, members_for, who
from .plans import visits_without_lessons

Team: TypeAlias = Sequence[Member]


@dataclass(frozen=True)
class Conflict:
    """Something at odds in one visit.

    Attributes:
        field: of the visit, where it is shown: member, team, planned_on or because.
        text: a sentence for the officer.
        may_stay: an officer may have reason to leave it so; else it must be mended.
    """

    field: str
    text: str
    may_stay: bool = False


@dataclass(frozen=True)
class Frame:
    """What the visits of a plan are held against; read once for all of them.

    Attributes:
        members: ids of those who may be put in charge this month.
        own_units: person -> ids of the communes whose unit, or a school there, they answer for.
    """

    plan: InspectionPlan
    month: Month
    members: frozenset[int]
    own_units: Mapping[int, frozenset[int]]


def frame_of(plan: InspectionPlan, communes: Collection[int]) -> Frame:
    """The `Frame` of a plan and the communes it visits; a fixed number of queries."""
    month = Month.of(plan.month)
    on = max(timezone.localdate(), month.first)
    return Frame(
        plan,
        month,
        frozenset(member.pk for member in members_for(plan, month=month)),
        own_units(communes, on=on),
    )


def own_units(communes: Collection[int], *, on: datetime.date) -> dict[int, frozenset[int]]:
    """Dict user id -> communes that a person answers for on a day: the unit or a school of it.

    Those answer for a unit who answer its recommendations. They never inspect it: who is
    inspected does not inspect.
    """
    if not communes:
        return {}
    school_commune = schools_in(communes, on=on)
    found: defaultdict[int, set[int]] = defaultdict(set)
    for each in holders(
        P.ANSWER_RECOMMENDATIONS,
        on=on,
        class_ids=[],
        school_ids=list(school_commune),
        area_ids=list(communes),
    ):
        if each.area_id is not None:
            found[each.user_id].add(each.area_id)
        elif each.school_id is not None:
            found[each.user_id].add(school_commune[each.school_id])
    return {user_id: frozenset(each) for user_id, each in found.items()}


def faults_of(visit: Visit, team: Team, frame: Frame, *, is_final: bool) -> list[Conflict]:
    """What must be mended in one visit; no query.

    `is_final`: the plan is approved, or about to be: somebody in charge and a day are needed.
    """
    faults = []
    member, day = visit.member, visit.planned_on
    if member is None:
        if is_final:
            faults.append(Conflict("member", _("Choose who is in charge.")))
    elif member.pk not in frame.members:
        faults.append(
            Conflict(
                "member",
                _("%(member)s answers for no commune here in %(month)s.")
                % {"member": member.full_name, "month": frame.month.label},
            )
        )
    people = [("member", member)] if member is not None else []
    people += [("team", each) for each in team]
    for field, person in people:
        if day and not person.is_valid_on(day):
            faults.append(
                Conflict(
                    field,
                    _("%(member)s is not in the committee on %(day)s.")
                    % {"member": person.full_name, "day": day.strftime("%d/%m/%Y")},
                )
            )
        if visit.commune_id in frame.own_units.get(person.user_id or 0, ()):
            faults.append(
                Conflict(
                    field,
                    _(
                        "%(member)s answers for %(commune)s or a school there: "
                        "choose another person."
                    )
                    % {"member": person.full_name, "commune": visit.commune.title},
                )
            )
    if day is None:
        if is_final:
            faults.append(Conflict("planned_on", _("Choose the day of the visit.")))
    elif Month.of(day) != frame.month:
        faults.append(
            Conflict(
                "planned_on", _("The day must lie in %(month)s.") % {"month": frame.month.label}
            )
        )
    return faults


def conflicts_of(
    visits: Sequence[Visit], teams: Mapping[int, Team], frame: Frame, *, is_final: bool
) -> dict[int, list[Conflict]]:
    """Dict visit id -> what is at odds in it, of the planned visits of one plan as given.

    Beside `faults_of`: a day without lessons, and a person who is elsewhere on the same day, in
    this plan or another one. A fixed number of queries.
    """
    found = {each.pk: faults_of(each, teams[each.pk], frame, is_final=is_final) for each in visits}
    inside = [
        each for each in visits if each.planned_on and Month.of(each.planned_on) == frame.month
    ]
    idle = visits_without_lessons(inside, month=frame.month)
    for each in visits:
        if each.pk in idle and each.planned_on is not None:
            found[each.pk].append(Conflict("planned_on", no_lessons(each, each.planned_on), True))
    busy = _busy(inside, teams, frame.plan)
    for each in inside:
        for field, person in _people(each, teams[each.pk]):
            elsewhere = [
                other.commune.title
                for other in busy[who(person), each.planned_on]
                if other.pk != each.pk
            ]
            if elsewhere:
                text = _("%(member)s is in %(communes)s the same day.") % {
                    "member": person.full_name,
                    "communes": ", ".join(elsewhere),
                }
                found[each.pk].append(Conflict(field, text, True))
    return found


def no_lessons(visit: Visit, day: datetime.date) -> str:
    """The sentence for a day on which no class of the commune has school."""
    return _("%(day)s: schools in %(commune)s have no lessons.") % {
        "day": date_format(day, "l d/m/Y"),
        "commune": visit.commune.title,
    }


def _people(visit: Visit, team: Team) -> Iterable[tuple[str, Member]]:
    if visit.member is not None:
        yield "member", visit.member
    for each in team:
        yield "team", each


def _busy(
    visits: Sequence[Visit], teams: Mapping[int, Team], plan: InspectionPlan
) -> Mapping[tuple[Who, datetime.date | None], list[Visit]]:
    """(person, day) -> the visits that they make; those of other plans too."""
    busy = defaultdict(list)
    for each in visits:
        for _field, person in _people(each, teams[each.pk]):
            busy[who(person), each.planned_on].append(each)
    people = [person for each in visits for _field, person in _people(each, teams[each.pk])]
    days = {each.planned_on for each in visits}
    if not people:
        return busy
    pks = {each.pk for each in people}
    users = {each.user_id for each in people if each.user_id}
    elsewhere = (
        Visit.objects.filter(state=Visit.State.PLANNED, planned_on__in=days)
        .exclude(plan=plan)
        .filter(
            Q(member__in=pks)
            | Q(member__user__in=users)
            | Q(team__in=pks)
            | Q(team__user__in=users)
        )
        .select_related("commune", "member")
        .prefetch_related("team")
        .distinct()
    )
    for each in elsewhere:
        for _field, person in _people(each, list(each.team.all())):
            busy[who(person), each.planned_on].append(each)
    return busy
