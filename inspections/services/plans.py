"""Writing inspection plans: draft from flags, change by hand, approve."""

import datetime
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.access import check_area
from core.events import record
from core.months import Month
from core.notifications.writing import notify
from core.permission_holders import holders
from core.permissions import Permission as P
from core.services.saving import locked_row, save_checked
from core.types import User
from reports.models import Flag
from reports.services.flags import mark_planned, reopen
from schools.areas.selectors.tree import AreaTree
from schools.models import Area

from .. import events
from ..models import InspectionPlan, Member, Visit
from ..models.plans import APPROVE, APPROVE_ALONE, EDIT, PLANS
from ..models.visits import CALL_OFF, RESCHEDULE, VISITS
from ..notifications import DAY_MOVED
from ..ranking import Candidate, rank
from ..selectors.members import member_in_charge
from ..selectors.plans import chosen, newest_flag_month, open_flags, visits_without_lessons
from ..selectors.priority import known_of
from ..selectors.schedule import (
    Conflict,
    Frame,
    conflicts_of,
    faults_of,
    frame_of,
    own_units,
)

# What a visit keeps of the last change of its day.
MOVED = ["moved_from", "moved_because", "moved_by", "moved_at"]


class NoLessons(ValidationError):
    """The day chosen has no lessons in the commune, and nobody has said that this is meant."""


class Conflicting(ValidationError):
    """Days or members of some visits are at odds; `conflicts` says what, visit by visit.

    Attributes:
        conflicts: dict visit id -> list of `Conflict`.
    """

    def __init__(self, conflicts: dict[int, list[Conflict]]) -> None:
        super().__init__([each.text for found in conflicts.values() for each in found])
        self.conflicts = conflicts


@dataclass(frozen=True)
class Scheduled:
    """Who makes a visit, and when.

    Attributes:
        seen: what the officer was shown (`mark_of`).
        because: why an approved day is changed.
    """

    visit_id: int
    member: Member | None
    planned_on: datetime.date | None
    team: Sequence[Member]
    seen: str
    may_stay: bool = False
    because: str = ""


@transaction.atomic
def draft_plan(*, area: Area, month: Month, capacity: int, by: User) -> InspectionPlan:
    """Draft the inspections of an area in a month from its open flags; returns the plan.

    The flags are those of the newest month, not after the plan's, that has open ones. They
    are ranked by `inspections.ranking` and at most `capacity` communes are taken; one
    already planned by another plan of the same month is passed over. In charge is the
    member who answers for the commune that month, if there is one. Without open flags the
    plan is empty and visits are added by hand. Rule: official letter 785/UBND-VX, items 1a
    and 2f.

    Raises ValidationError: the month has passed, the area has a plan for it, the area does
    not exist that month, capacity under one.
    """
    plan = new_plan(area=area, month=month, capacity=capacity, by=by)
    _fill(plan)
    PLANS.tell(
        events.PLAN_DRAFTED,
        plan,
        by=by,
        changes={"capacity": (None, capacity), "communes": (None, communes_of(plan))},
    )
    return plan


def new_plan(*, area: Area, month: Month, capacity: int, by: User) -> InspectionPlan:
    """A plan that is not saved yet; until the end of the transaction nobody else makes it.

    Raises PermissionDenied: `by` drafts plans, but not for this area; ValidationError: the month
    has passed, the area has a plan for it or does not exist that month.
    """
    check_area(P.DRAFT_PLANS, area.pk, by=by, named=True)
    if month < Month.current():
        raise ValidationError({"month": _("This month has passed. Choose a later one.")})
    # Two officers drafting at once: the second waits here and then meets the first's plan.
    locked_row(area)
    if InspectionPlan.objects.filter(area=area, month=month.first).exists():
        raise ValidationError(
            _("%(area)s already has a plan for %(month)s. Open that plan to change it.")
            % {"area": area.title, "month": month.label},
            code="plan_exists",
        )
    if area.pk not in AreaTree.on(month.first):
        raise ValidationError(
            {
                "area": _("%(area)s does not exist in %(month)s. Choose another area.")
                % {"area": area.title, "month": month.label}
            }
        )
    return InspectionPlan(
        area=area, month=month.first, based_on=month.first, capacity=capacity, drafted_by=by
    )


@transaction.atomic
def redraft_plan(
    *,
    plan: InspectionPlan,
    capacity: int,
    by: User,
    fill: Callable[[InspectionPlan], None] | None = None,
) -> InspectionPlan:
    """Choose the communes of a draft anew from the flags of now; returns the plan.

    Visits added by hand stay, after the chosen ones. A commune chosen again keeps its visit, with
    whatever was set in it: member, people going along, day. Whoever chose last drafted the plan,
    and does not approve it. A month of a proposal is chosen anew as it was chosen
    (`year_plan.services.redraft_month`, which says how to `fill` it).

    Raises IllegalTransition when the plan is approved.
    """
    plan = PLANS.lock(EDIT, plan, by=by)
    before, communes = plan.capacity, communes_of(plan)
    plan.capacity = capacity
    plan.drafted_by, plan.drafted_at = by, timezone.now()
    (fill or _fill)(plan)
    PLANS.tell(
        events.PLAN_REDRAFTED,
        plan,
        by=by,
        changes={"capacity": (before, capacity), "communes": (communes, communes_of(plan))},
    )
    return plan


@transaction.atomic
def change_visit(
    *,
    visit: Visit,
    member: Member | None,
    planned_on: datetime.date | None,
    by: User,
    team: Collection[Member] | None = None,
    may_lack_lessons: bool = False,
    because: str = "",
) -> Visit:
    """Set who is in charge of a visit, who goes along and on which day; returns it.

    The day lies inside the plan's month; the member answers for a commune of the area that
    month and is in the committee on that day. Both may be left open in a draft, not in an
    approved plan. `team`: those who go along, None: as before. Of an approved plan the commune is
    told of a new day, and why (`because`). Raises IllegalTransition once the
    visit is made or called off; ValidationError for what is wrong, also a new day of an approved
    plan without a reason; NoLessons for a new day on which no class of the commune has lessons,
    unless `may_lack_lessons`: an officer may have reason to go then.
    """
    # First the plan, so that nobody approves it meanwhile.
    PLANS.locked(pk=visit.plan_id)
    with VISITS.change(RESCHEDULE, visit, by=by) as step:
        visit = step.row
        old_day = visit.planned_on
        new_day = planned_on if planned_on != old_day else None
        before = {"member": str(visit.member or ""), "planned_on": visit.planned_on}
        along = sorted(map(str, visit.team.all()))
        visit.member, visit.planned_on = member, planned_on
        is_final = visit.plan.state == InspectionPlan.State.APPROVED
        going = [each for each in (visit.team.all() if team is None else team) if each != member]
        frame = frame_of(visit.plan, {visit.commune_id})
        _check_visit(visit, going, frame, is_final=is_final)
        if new_day is not None and not may_lack_lessons:
            _check_lessons(visit, new_day)
        if is_final and new_day is not None and old_day is not None:
            if not because.strip():
                raise ValidationError({"because": _without_reason()})
            _move_days([_Moved(visit, old_day, because.strip())], by)
        after = {"member": str(member or ""), "planned_on": planned_on}
        step.changes = {
            name: (old, after[name]) for name, old in before.items() if old != after[name]
        }
        if team is not None:
            visit.team.set(going)
            if along != (now := sorted(map(str, visit.team.all()))):
                step.changes["team"] = (along, now)
    return visit


def mark_of(visit: Visit, team: Iterable[Member]) -> str:
    """Who makes a visit and when, as a short text: another one means that it was changed."""
    going = ",".join(str(pk) for pk in sorted(each.pk for each in team))
    return f"{visit.member_id or ''}|{visit.planned_on or ''}|{going}"


@transaction.atomic
def schedule_visits(*, plan: InspectionPlan, rows: Iterable[Scheduled], by: User) -> list[Visit]:
    """Set members and days of many visits of a plan at once; returns those that changed.

    All or nothing, one event. A row as it was shown leaves its visit as it is, also when somebody
    else has changed it since. Raises IllegalTransition: a visit is made or called off, or `by` may
    not change it; ValidationError: a visit was taken out of the plan, or somebody changed
    meanwhile what `by` changes too; Conflicting: a changed visit has what must be mended (an
    approved day changed without a reason too), or what may stay and was not said to
    (`Scheduled.may_stay`). What is at odds in visits that nobody
    touches is shown elsewhere and stops nothing.
    """
    (plan,) = PLANS.locked(pk=plan.pk)
    visits = {
        each.pk: each
        for each in Visit.objects.filter(plan=plan, state=Visit.State.PLANNED)
        .select_related("commune", "member")
        .prefetch_related("team")
        .order_by("rank")
    }
    teams: dict[int, Sequence[Member]] = {pk: list(each.team.all()) for pk, each in visits.items()}
    asked = {}
    before = {}
    days = {}
    for row in rows:
        visit = visits.get(row.visit_id)
        if visit is None:
            raise ValidationError(
                _("A visit was made, called off or taken out meanwhile. Open the page again."),
                code="meanwhile",
            )
        now = mark_of(visit, teams[visit.pk])
        going = [each for each in row.team if each != row.member]
        wanted = mark_of(Visit(member=row.member, planned_on=row.planned_on), going)
        if wanted in {row.seen, now}:
            continue
        said, day = _in_words(visit, teams[visit.pk]), visit.planned_on
        if row.seen != now:
            raise ValidationError(
                _(
                    "%(commune)s: somebody changed this visit meanwhile (%(now)s). "
                    "Open the page again."
                )
                % {"commune": visit.commune.title, "now": said},
                code="meanwhile",
            )
        VISITS.lock(RESCHEDULE, visit, by=by)
        before[visit.pk], days[visit.pk] = said, day
        visit.member, visit.planned_on, teams[visit.pk] = row.member, row.planned_on, going
        asked[visit.pk] = row
    changed = [each for pk, each in visits.items() if pk in asked]
    moved = []
    if plan.state == InspectionPlan.State.APPROVED:
        moved = [
            _Moved(visit, old_day, asked[visit.pk].because.strip())
            for visit in changed
            if (old_day := days[visit.pk]) and visit.planned_on not in {None, old_day}
        ]
    _check_schedule(plan, list(visits.values()), teams, asked, moved)
    if not changed:
        return []
    _move_days(moved, by)
    Visit.objects.bulk_update(changed, ["member", "planned_on", *MOVED])
    for visit in changed:
        visit.team.set(teams[visit.pk])
    PLANS.tell(
        events.VISITS_SCHEDULED,
        plan,
        by=by,
        changes={
            "visits": (
                [before[each.pk] for each in changed],
                [_in_words(each, teams[each.pk]) for each in changed],
            )
        },
    )
    return changed


@dataclass(frozen=True)
class _Moved:
    """A visit of an approved plan with its new day, the day before it, and why."""

    visit: Visit
    before: datetime.date
    because: str


def _without_reason() -> str:
    return _("Write why the day is changed.")


def _move_days(moved: Collection[_Moved], by: User) -> None:
    """Keep from which days approved visits go to others, and tell those who answer for the
    communes; the visits are not saved. Who answers is asked once for all of them."""
    if not moved:
        return
    answering = holders(
        P.ANSWER_RECOMMENDATIONS,
        on=timezone.localdate(),
        class_ids=[],
        school_ids=[],
        area_ids=[each.visit.commune_id for each in moved],
    )
    for each in moved:
        visit, day = each.visit, each.visit.planned_on
        assert day is not None, "a visit of an approved plan has a day"
        visit.moved_from, visit.moved_because = each.before, each.because
        visit.moved_by, visit.moved_at = by, timezone.now()
        record(
            events.VISIT_DAY_MOVED,
            by=by,
            about=visit,
            name=visit.commune.title,
            area=visit.commune_id,
            changes={"planned_on": (each.before, day)},
            reason=each.because,
        )
        notify(
            DAY_MOVED,
            to={person.user_id for person in answering if person.area_id == visit.commune_id},
            key=f"{visit.pk} {day.isoformat()} {visit.moved_at.isoformat()}",
            expires_at=timezone.make_aware(datetime.datetime.combine(day, datetime.time.max)),
            about=visit,
            params={
                "commune": visit.commune.title,
                "before": f"{each.before:%d/%m/%Y}",
                "day": f"{day:%d/%m/%Y}",
            },
        )


def _check_schedule(
    plan: InspectionPlan,
    visits: Sequence[Visit],
    teams: dict[int, Sequence[Member]],
    asked: dict[int, Scheduled],
    moved: Collection[_Moved],
) -> None:
    frame = frame_of(plan, {each.commune_id for each in visits})
    is_final = plan.state == InspectionPlan.State.APPROVED
    found = conflicts_of(visits, teams, frame, is_final=is_final)
    for each in moved:
        if not each.because:
            found[each.visit.pk].append(Conflict("because", _without_reason()))
    refused = {}
    for pk, row in asked.items():
        those = [said for said in found[pk] if not (said.may_stay and row.may_stay)]
        if those:
            refused[pk] = those
    if refused:
        raise Conflicting(refused)


def _in_words(visit: Visit, team: Iterable[Member]) -> str:
    """A visit as an event tells it."""
    day = visit.planned_on.strftime("%d/%m/%Y") if visit.planned_on else "—"
    people = ", ".join(str(each) for each in (visit.member or "—", *team))
    return f"{visit.commune.title}: {day}, {people}"


@transaction.atomic
def add_visit(*, plan: InspectionPlan, commune: Area, reason: str, by: User) -> Visit:
    """Add a commune to a draft for a reason of the officer's own; returns the visit.

    Raises IllegalTransition: plan approved; ValidationError: commune outside the area in that
    month, already in the plan, no reason.
    """
    plan = PLANS.lock(EDIT, plan, by=by)
    month = Month.of(plan.month)
    tree = AreaTree.on(plan.month)
    if commune.pk not in {area.pk for area in tree.communes(plan.area_id)}:
        raise ValidationError(
            {
                "commune": _("%(commune)s does not lie in %(area)s in %(month)s.")
                % {"commune": commune.title, "area": plan.area.title, "month": month.label}
            }
        )
    if Visit.objects.filter(plan=plan, commune=commune).exists():
        raise ValidationError(
            {"commune": _("%(commune)s is in this plan already.") % {"commune": commune.title}}
        )
    visit = Visit(
        plan=plan,
        commune=commune,
        rank=Visit.objects.filter(plan=plan).count() + 1,
        reason=reason.strip(),
        member_id=_in_charge(month, plan.area, [commune.pk]).get(commune.pk),
    )
    save_checked(visit)
    VISITS.tell(events.VISIT_ADDED, visit, by=by, reason=visit.reason)
    return visit


@transaction.atomic
def remove_visit(*, visit: Visit, by: User) -> None:
    """Take a commune out of a draft. Raises IllegalTransition when the plan is approved."""
    plan = PLANS.lock(EDIT, visit.plan, by=by)
    visit = locked_row(visit, "commune")
    VISITS.tell(events.VISIT_REMOVED, visit, by=by, reason=visit.reason)
    Visit.objects.filter(pk=visit.pk).delete()
    _number(Visit.objects.filter(plan=plan).order_by("rank", "pk"))


@transaction.atomic
def move_visit(*, visit: Visit, up: bool, by: User) -> None:
    """Move a visit of a draft one place up or down; at the end of the list it stays.

    Raises IllegalTransition when the plan is approved.
    """
    plan = PLANS.lock(EDIT, visit.plan, by=by)
    visits = list(Visit.objects.filter(plan=plan).order_by("rank", "pk"))
    place = visits.index(visit)
    other = place + (-1 if up else 1)
    if 0 <= other < len(visits):
        visits[place], visits[other] = visits[other], visits[place]
    _number(visits)
    now = visits.index(visit)
    if now != place:
        VISITS.tell(events.VISIT_MOVED, visit, by=by, changes={"rank": (place + 1, now + 1)})


def approve_plan(*, plan: InspectionPlan, by: User, alone_because: str = "") -> InspectionPlan:
    """Approve a draft; its open flags are then in a plan. Returns the plan.

    Who drafted it approves it only when nobody else may, and says why (ADR 0080). Raises
    ValidationError naming every visit without a member or a day, and when there is no visit at
    all; IllegalTransition when the plan is approved already, was drafted by `by` and somebody
    else can approve it, or a reason is given and not needed.
    """
    alone_because = alone_because.strip()
    with PLANS.change(APPROVE_ALONE if alone_because else APPROVE, plan, by=by) as step:
        plan = step.row
        visits = list(
            Visit.objects.filter(plan=plan)
            .select_related("commune", "member")
            .prefetch_related("team")
            .order_by("rank")
        )
        _check_ready(plan, visits)
        plan.approved_by, plan.approved_at = by, timezone.now()
        plan.approved_alone_because = step.reason = alone_because
        flag_ids = Flag.objects.filter(visits__plan=plan).values_list("pk", flat=True)
        step.changes = {
            "communes": (None, [visit.commune.title for visit in visits]),
            "flags": (None, len(mark_planned(flag_ids=flag_ids))),
        }
    return plan


@transaction.atomic
def cancel_visit(
    *, visit: Visit, reason: str, by: User, put_off_to: datetime.date | None = None
) -> Visit:
    """Call off a visit of an approved plan; its flags are open again for the next plan.

    A flag another planned visit rests on stays in a plan. The notice to the commune says the
    reason, and the day of a later month to which it is put off.

    Raises IllegalTransition: the plan is a draft (remove the visit instead), the visit is made or
    called off already; ValidationError: no reason, a new day in the month of the plan or before
    it, where the day of the visit is changed instead.
    """
    PLANS.locked(pk=visit.plan_id)
    with VISITS.change(CALL_OFF, visit, by=by) as step:
        visit, reason = step.row, reason.strip()
        if not reason:
            raise ValidationError({"reason": _("Write why the visit is called off.")})
        if put_off_to is not None and put_off_to < Month.of(visit.plan.month).end:
            raise ValidationError(
                {
                    "put_off_to": _(
                        "The new day lies in a month after the plan's. Within the month change "
                        "the day of the visit instead."
                    )
                }
            )
        visit.called_off_because = step.reason = reason
        visit.called_off_by, visit.called_off_at = by, timezone.now()
        visit.put_off_to = put_off_to
        if put_off_to is not None:
            step.changes = {"put_off_to": (None, put_off_to)}
    still_planned = Visit.objects.filter(
        state=Visit.State.PLANNED, plan__state=InspectionPlan.State.APPROVED
    ).values("flags")
    no_longer = visit.flags.exclude(pk__in=still_planned.filter(flags__isnull=False))
    reopen(flag_ids=no_longer.values_list("pk", flat=True))
    return visit


def _in_charge(month: Month, area: Area, communes: Collection[int]) -> dict[int, int]:
    """Dict commune id -> the member who answers for it, unless it is the member's own unit."""
    answering = member_in_charge(month, area=area)
    own = own_units(communes, on=max(timezone.localdate(), month.first))
    user_of = dict(
        Member.objects.filter(pk__in={answering.get(pk) for pk in communes}).values_list(
            "pk", "user_id"
        )
    )
    return {
        commune: member
        for commune, member in answering.items()
        if commune not in own.get(user_of.get(member) or 0, ())
    }


def communes_of(plan: InspectionPlan) -> list[str]:
    """The communes of a plan in their order, as an event tells them."""
    return [
        visit.commune.title
        for visit in Visit.objects.filter(plan=plan).select_related("commune").order_by("rank")
    ]


@dataclass(frozen=True)
class Selected:
    """A commune chosen for a plan: why, and who goes when, where the choice says so."""

    candidate: Candidate
    reason: str
    member_id: int | None
    planned_on: datetime.date | None = None


def _fill(plan: InspectionPlan) -> None:
    """Save the plan with the visits of its list, keeping those added by hand."""
    month = Month.of(plan.month)
    areas = AreaTree.on(plan.month).below(plan.area_id)
    newest = newest_flag_month(areas, until=month)
    plan.based_on = newest or plan.month
    elsewhere = set(
        Visit.objects.filter(plan__month=plan.month)
        .exclude(state=Visit.State.CANCELLED)
        .exclude(pk__in=Visit.objects.filter(chosen(), plan=plan.pk).values("pk"))
        .values_list("commune_id", flat=True)
    )
    flags = list(
        open_flags(areas - elsewhere).filter(month=plan.based_on).select_related("commune")
    )
    known = known_of(
        {flag.commune_id for flag in flags}, facts=Month.of(plan.based_on), month=month
    )
    # A plan is an official text, whoever drafts it.
    with override("vi"):
        ranked = rank(flags, known)[: plan.capacity]
    in_charge = _in_charge(month, plan.area, [each.commune_id for each in ranked])
    write_selected(
        plan, [Selected(each, each.reason, in_charge.get(each.commune_id)) for each in ranked]
    )


def write_selected(plan: InspectionPlan, found: Sequence[Selected]) -> None:
    """Save the plan with the visits chosen, in their order, then those added by hand.

    The row of a commune chosen again is the same: what a person has set in it stays.
    """
    save_checked(plan)
    by_choice = Visit.objects.filter(chosen(), plan=plan).distinct()
    present = {visit.commune_id: visit for visit in by_choice}
    by_hand = list(
        Visit.objects.filter(plan=plan)
        .exclude(pk__in=[each.pk for each in present.values()])
        .order_by("rank", "pk")
    )
    communes = {each.candidate.commune_id for each in found}
    gone = [visit.pk for commune, visit in present.items() if commune not in communes]
    Visit.objects.filter(pk__in=gone).delete()
    for place, each in enumerate(found, start=1):
        candidate = each.candidate
        visit = present.get(candidate.commune_id) or Visit(
            plan=plan,
            commune_id=candidate.commune_id,
            member_id=each.member_id,
            planned_on=each.planned_on,
        )
        visit.rank, visit.level, visit.reason = place, candidate.level, each.reason
        visit.points = candidate.parts
        save_checked(visit)
        visit.flags.set(candidate.flag_ids)
    for place, visit in enumerate(by_hand, start=len(found) + 1):
        visit.rank = place
        visit.save(update_fields=["rank"])


def _check_ready(plan: InspectionPlan, visits: Collection[Visit]) -> None:
    """Raise ValidationError for an empty plan, or naming what each of its visits still needs."""
    if not visits:
        raise ValidationError(_("The plan has no visit yet. Add a commune first."), code="empty")
    errors = []
    frame = frame_of(plan, {visit.commune_id for visit in visits})
    for visit in visits:
        try:
            _check_visit(visit, list(visit.team.all()), frame, is_final=True)
        except ValidationError as error:
            errors += [f"{visit.commune.title}: {message}" for message in error.messages]
    if errors:
        raise ValidationError(errors)


def _check_visit(visit: Visit, team: Sequence[Member], frame: Frame, *, is_final: bool) -> None:
    faults: dict[str, list[str]] = {}
    for each in faults_of(visit, team, frame, is_final=is_final):
        faults.setdefault(each.field, []).append(each.text)
    if faults:
        raise ValidationError(faults)


def _check_lessons(visit: Visit, day: datetime.date) -> None:
    if visits_without_lessons([visit], month=Month.of(day)):
        raise NoLessons(
            {
                "planned_on": _(
                    "%(day)s: schools in %(commune)s have no lessons. "
                    "Tick below to go, or choose another day."
                )
                % {"day": date_format(day, "l d/m/Y"), "commune": visit.commune.title}
            }
        )


def _number(visits: Iterable[Visit]) -> None:
    for place, visit in enumerate(visits, start=1):
        if visit.rank != place:
            visit.rank = place
            visit.save(update_fields=["rank"])
