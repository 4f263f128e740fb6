"""Drawing up plans of action, giving tasks, reporting on them and verifying them."""

import datetime
import uuid
from collections.abc import Collection
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, TypeAlias

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.attachments import sound_upload
from core.services.saving import one_at_a_time, save_checked
from core.types import User
from core.workflow import Step
from reports.indicators import NAMED
from reports.models import MonthAssessment
from schools.areas.selectors.tree import AreaTree
from schools.models import Area, School

from .. import events
from ..models import (
    ActionFlag,
    ActionItem,
    ActionPlan,
    ActionProgress,
    Member,
    Recommendation,
)
from ..models.action_plans import (
    ACTION_PLANS,
    ACTIONS,
    ADD,
    AMEND,
    CANCEL,
    CHANGE,
    EDIT_PLAN,
    END,
    FINISH_ACTION,
    ISSUE,
    REOPEN_ACTION,
    REPORT,
    VERIFY,
    WITHDRAW,
)
from .proposals import proposals_for
from .selectors import members_to_act, schools_to_act

UPLOADS_PER_HOUR = 20
AN_HOUR = datetime.timedelta(hours=1)
ONE_DAY = datetime.timedelta(days=1)
Source: TypeAlias = ActionPlan | Recommendation | MonthAssessment


@dataclass(frozen=True)
class PlanText:
    """What a plan's paper says. `last_day` is the last one on which it holds."""

    kind: str
    title: str
    valid_from: datetime.date
    last_day: datetime.date
    basis: str = ""
    number: str = ""
    issued_on: datetime.date | None = None
    issued_by: str = ""

    def values(self) -> dict[str, Any]:
        """The fields of `ActionPlan`; texts without blanks at their ends."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        last_day = given.pop("last_day")
        given = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in given.items()
        }
        return given | {"valid_to": last_day + ONE_DAY}


@dataclass(frozen=True)
class Asked:
    """What a task asks: what, where, of whom, by when. `target_value` is in percent."""

    what: str
    area: Area
    due_on: datetime.date
    school: School | None = None
    member: Member | None = None
    organisation: str = ""
    target: str = ""
    indicator: str = ""
    target_value: Decimal | None = None
    level: str = ""

    def values(self) -> dict[str, Any]:
        """The fields of `ActionItem`."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value.strip() if isinstance(value, str) else value
            for name, value in given.items()
        }


# --- Plans -----------------------------------------------------------------------------------


@transaction.atomic
def draft_action_plan(
    *, area: Area, text: PlanText, by: User, document: UploadedFile | None = None
) -> ActionPlan:
    """Draw up a plan of an area; returns the draft. Tasks are added to it, then it is issued.

    Raises PermissionDenied: `by` draws up no plans there; ValidationError at the field to mend.
    Rule: official letter 785/UBND-VX, item 2a.
    """
    plan = ActionPlan(area=area, drafted_by=by, drafted_at=timezone.now(), **text.values())
    _check_text(plan)
    if document is not None:
        _keep_document(plan, document, by)
    save_checked(plan)
    ACTION_PLANS.lock(EDIT_PLAN, plan, by=by)
    ACTION_PLANS.tell(events.ACTION_PLAN_DRAFTED, plan, by=by, changes=_changes({}, text.values()))
    return plan


def change_action_plan(
    *,
    plan: ActionPlan,
    text: PlanText,
    by: User,
    reason: str = "",
    document: UploadedFile | None = None,
) -> ActionPlan:
    """Change a draft, or amend a plan in force for a reason; returns it. What it said before
    stays in the event.

    Raises IllegalTransition: it is over; ValidationError: nothing to mend it with, no reason.
    """
    is_amended = plan.state != ActionPlan.State.DRAFT
    reason = reason.strip()
    if is_amended and not reason:
        raise ValidationError(
            {"reason": _("Write which decision amends the plan, with number and date.")}
        )
    with ACTION_PLANS.change(AMEND if is_amended else EDIT_PLAN, plan, by=by) as step:
        found, given = step.row, text.values()
        before = {name: getattr(found, name) for name in given}
        for name, value in given.items():
            setattr(found, name, value)
        _check_text(found)
        _check_tasks_inside(found)
        step.changes = _changes(before, given)
        if document is not None:
            step.changes["document"] = (bool(found.document), True)
            _keep_document(found, document, by)
        step.reason = reason
    return found


def issue_action_plan(*, plan: ActionPlan, by: User) -> ActionPlan:
    """The plan comes into force: its tasks are now reported on. Returns it.

    Raises IllegalTransition: no draft; no number, day or body that issued it.
    """
    with ACTION_PLANS.change(ISSUE, plan, by=by) as step:
        pass
    return step.row


def end_action_plan(*, plan: ActionPlan, by: User) -> ActionPlan:
    """Close a plan whose last day has passed; open tasks stay and are still reported on.

    Raises IllegalTransition: not in force, or still running.
    """
    with ACTION_PLANS.change(END, plan, by=by) as step:
        pass
    return step.row


@transaction.atomic
def withdraw_action_plan(*, plan: ActionPlan, reason: str, by: User) -> ActionPlan:
    """Give up a plan for a reason; those of its tasks not verified are cancelled. Returns it.

    Raises IllegalTransition: over already; ValidationError: no reason.
    """
    reason = _reason(reason, _("Write why the plan is withdrawn."))
    with ACTION_PLANS.change(WITHDRAW, plan, by=by) as step:
        step.reason = reason
    ACTIONS.change_those_allowed(
        CANCEL, ACTIONS.locked(plan=step.row), by=by, cancelled_because=reason[:300]
    )
    return step.row


# --- Tasks -----------------------------------------------------------------------------------


@transaction.atomic
def add_action(*, source: Source, asked: Asked, by: User) -> ActionItem:
    """Give a task that follows from a plan, a recommendation or an assessment; returns it.

    Raises PermissionDenied: `by` draws up no plans where the source belongs; IllegalTransition:
    the plan is over; ValidationError at the field to mend.
    """
    return _add(source, asked, by)


@transaction.atomic
def accept_proposals(*, plan: ActionPlan, keys: Collection[str], by: User) -> list[ActionItem]:
    """Take measures that are proposed into a plan, each as a task; returns the tasks.

    All of them or none. Raises IllegalTransition: the plan is over; ValidationError: none chosen,
    or one is not proposed any more (its flags are answered, or no longer met).
    """
    plan = _lock_open(plan, by)
    if not keys:
        raise ValidationError(_("Choose at least one measure."), code="none")
    offered = {each.key: each for each in proposals_for(plan, on=timezone.localdate())}
    if not set(keys) <= set(offered):
        raise ValidationError(
            _(
                "One of the measures is not proposed any more: somebody took it, or its flag is "
                "no longer met. Look at the list again."
            ),
            code="gone",
        )
    return [
        _add(
            plan,
            Asked(
                what=each.what,
                area=each.commune,
                school=each.school,
                due_on=each.due_on,
                target=each.target,
                indicator=each.indicator,
                target_value=each.target_value,
                level=each.level,
            ),
            by,
            measure=each.measure.code,
            reason=each.reason,
            flag_ids=[flag.pk for flag in each.flags],
        )
        for key, each in offered.items()
        if key in keys
    ]


def change_action(*, item: ActionItem, asked: Asked, reason: str, by: User) -> ActionItem:
    """Change an open task for a reason: what it asks, of whom, by when. Returns it.

    Raises IllegalTransition: done or cancelled, or its plan is over; ValidationError: no reason.
    """
    reason = _reason(reason, _("Write why the task is changed."))
    with ACTIONS.change(CHANGE, item, by=by) as step:
        found, given = step.row, asked.values()
        before = {name: getattr(found, name) for name in given}
        for name, value in given.items():
            setattr(found, name, value)
        _check_asked(found, before_due=before["due_on"])
        step.changes, step.reason = _changes(before, given), reason
    return found


@transaction.atomic
def report_progress(
    *,
    item: ActionItem,
    reported_on: datetime.date,
    words: str,
    by: User,
    percent: int | None = None,
    is_done: bool = False,
    evidence: UploadedFile | None = None,
    operation_id: uuid.UUID | None = None,
) -> tuple[ActionProgress, bool]:
    """Report how far a task is, as who answers for it; returns (report, whether it is new).

    Args:
        percent: how much of it is done, 0 to 100, or None.
        is_done: it is done; somebody else has to verify it then.
        evidence: a photo or PDF; its name is not kept.
        operation_id: of another program; the same again returns the report there is.

    Raises PermissionDenied; IllegalTransition: nothing more is reported, or the plan is a draft;
    ValidationError at the field to mend. Nothing is kept then, the file neither.
    """
    one_at_a_time(by)
    there = _reported_already(item, operation_id, by)
    if there is not None:
        return there, False
    with ACTIONS.change(FINISH_ACTION if is_done else REPORT, item, by=by) as step:
        words = words.strip()
        if not words:
            raise ValidationError({"words": _("Write what was done.")})
        _check_reported_on(step, reported_on)
        if is_done:
            percent = 100
            step.row.done_on, step.row.done_by = reported_on, by
        progress = ActionProgress(
            item=step.row,
            reported_on=reported_on,
            percent=percent,
            words=words,
            is_done=is_done,
            operation_id=operation_id,
            made_by=by,
            made_at=timezone.now(),
        )
        if evidence is not None:
            progress.evidence = _sound_file(evidence, "evidence", by)
        save_checked(progress)
        step.changes = {"progress": (None, words)}
        if percent is not None and percent != step.row.percent:
            step.changes["percent"] = (step.row.percent, percent)
            step.row.percent = percent
    return progress, True


def verify_action(*, item: ActionItem, by: User) -> ActionItem:
    """Confirm, as another person than who reported it, that a task is done; returns it.

    Raises PermissionDenied; IllegalTransition: not reported as done, or by the same person.
    """
    with ACTIONS.change(VERIFY, item, by=by) as step:
        step.row.verified_by, step.row.verified_at = by, timezone.now()
    return step.row


def reopen_action(*, item: ActionItem, reason: str, by: User) -> ActionItem:
    """A task that was reported as done is not: it is open again, for a reason. Returns it.

    Raises PermissionDenied; IllegalTransition: it is open or cancelled; ValidationError.
    """
    reason = _reason(reason, _("Write why it is open again."))
    with ACTIONS.change(REOPEN_ACTION, item, by=by) as step:
        found, step.reason = step.row, reason
        step.changes = {"done_on": (found.done_on, None)}
        found.done_on = found.done_by = found.verified_by = found.verified_at = None
    return found


def cancel_action(*, item: ActionItem, reason: str, by: User) -> ActionItem:
    """A task is no longer to be done, for a reason; returns it. The flags stay answered.

    Raises PermissionDenied; IllegalTransition: verified or cancelled; ValidationError.
    """
    reason = _reason(reason, _("Write why the task is cancelled."))
    with ACTIONS.change(CANCEL, item, by=by) as step:
        step.row.cancelled_because, step.reason = reason, reason
    return step.row


# --- What the above share --------------------------------------------------------------------


def _lock_open(plan: ActionPlan, by: User) -> ActionPlan:
    """The plan, locked, when it may still take tasks; raises as the table of plans does."""
    # What the plan is meanwhile is said by the locked row, not by that of the page.
    (found,) = ACTION_PLANS.locked(pk=plan.pk)
    is_draft = found.state == ActionPlan.State.DRAFT
    return ACTION_PLANS.lock(EDIT_PLAN if is_draft else AMEND, found, by=by)


def _add(
    source: Source,
    asked: Asked,
    by: User,
    *,
    measure: str = "",
    reason: str = "",
    flag_ids: Collection[int] = (),
) -> ActionItem:
    item = ActionItem(
        made_by=by,
        made_at=timezone.now(),
        measure=measure,
        reason=reason,
        **_of(source, by),
        **asked.values(),
    )
    _check_asked(item)
    save_checked(item)
    for flag_id in flag_ids:
        save_checked(ActionFlag(item=item, flag_id=flag_id))
    with ACTIONS.change(ADD, item, by=by) as step:
        step.changes = _changes({}, asked.values())
    return step.row


def _of(source: Source, by: User) -> dict[str, Any]:
    if isinstance(source, ActionPlan):
        return {"plan": _lock_open(source, by)}
    if isinstance(source, Recommendation):
        return {"recommendation": source}
    if source.state == MonthAssessment.State.DRAFT:
        raise ValidationError(_("This assessment is still being written."), code="draft")
    return {"assessment": source}


def _check_asked(item: ActionItem, before_due: datetime.date | None = None) -> None:
    """Raise ValidationError when a task lies outside its source or is due at no sensible time."""
    today, errors = timezone.localdate(), {}
    tree = AreaTree.on(today)
    if item.area_id not in tree.below(item.owner_id):
        errors["area"] = _("%(area)s does not lie in the area of this task.") % {
            "area": item.area.title
        }
    elif item.school is not None:
        inside = tree.below(item.area_id)
        if not schools_to_act(inside, on=today).filter(pk=item.school.pk).exists():
            errors["school"] = _("%(school)s is no school of %(area)s.") % {
                "school": item.school.name,
                "area": item.area.title,
            }
    if item.member is not None and not (
        members_to_act(tree, item.owner_id, on=today).filter(pk=item.member.pk).exists()
    ):
        errors["member"] = _("%(member)s is in no committee of this area now.") % {
            "member": item.member.full_name
        }
    if item.indicator and item.indicator not in NAMED:
        errors["indicator"] = _("There is no such indicator.")
    if item.target_value is not None and not item.indicator:
        errors["indicator"] = _("Choose the indicator that the value is of.")
    if item.due_on != before_due and (due := _due_refused(item, today)):
        errors["due_on"] = due
    if errors:
        raise ValidationError(errors)


def _due_refused(item: ActionItem, today: datetime.date) -> str:
    plan = item.plan
    if plan is None:
        return "" if item.due_on >= today else _("The day has passed. Choose a later one.")
    if plan.valid_from <= item.due_on <= plan.last_day:
        return ""
    return _("The day lies within the plan: from %(first)s to %(last)s.") % {
        "first": plan.valid_from.strftime("%d/%m/%Y"),
        "last": plan.last_day.strftime("%d/%m/%Y"),
    }


def _check_text(plan: ActionPlan) -> None:
    if plan.issued_on is not None and plan.issued_on > timezone.localdate():
        raise ValidationError({"issued_on": _("The day lies in the future.")})
    if plan.valid_to - ONE_DAY < plan.valid_from:
        raise ValidationError({"last_day": _("The last day lies before the first one.")})


def _check_tasks_inside(plan: ActionPlan) -> None:
    """A plan is not made shorter than its open tasks."""
    outside = (
        plan.items.filter(state=ActionItem.State.OPEN)
        .exclude(due_on__gte=plan.valid_from, due_on__lt=plan.valid_to)
        .first()
    )
    if outside is not None:
        raise ValidationError(
            {
                "last_day": _(
                    "The task “%(what)s” is due on %(day)s, outside the plan. Change the task "
                    "first."
                )
                % {"what": outside, "day": outside.due_on.strftime("%d/%m/%Y")}
            }
        )


def _check_reported_on(step: Step[ActionItem], reported_on: datetime.date) -> None:
    first = timezone.localdate(step.row.made_at)
    if step.row.plan is not None:
        first = min(first, step.row.plan.valid_from)
    if not first <= reported_on <= timezone.localdate():
        raise ValidationError(
            {
                "reported_on": _("The day lies between %(first)s and today.")
                % {"first": first.strftime("%d/%m/%Y")}
            }
        )


def _reported_already(
    item: ActionItem, operation_id: uuid.UUID | None, by: User
) -> ActionProgress | None:
    if operation_id is None:
        return None
    there = ActionProgress.objects.filter(operation_id=operation_id).first()
    if there is not None and (there.item_id, there.made_by_id) != (item.pk, by.pk):
        raise ValidationError(
            {"op_id": _("This id was used for another report. Make a new one.")}, code="reused"
        )
    return there


def _keep_document(plan: ActionPlan, document: UploadedFile, by: User) -> None:
    plan.document = _sound_file(document, "document", by)
    plan.document_by, plan.document_at = by, timezone.now()


def _sound_file(upload: UploadedFile, field: str, by: User) -> "File[bytes]":
    lately = timezone.now() - AN_HOUR
    sent = (
        ActionProgress.objects.filter(made_by=by, made_at__gt=lately).exclude(evidence="").count()
        + ActionPlan.objects.filter(document_by=by, document_at__gt=lately).count()
    )
    return sound_upload(upload, "file", field=field, sent=sent, most=UPLOADS_PER_HOUR)


def _reason(reason: str, missing: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": missing})
    return reason


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs, in words that JSON takes; of a new row whatever is filled in."""
    return {
        name: (_worded(before.get(name)), _worded(value))
        for name, value in after.items()
        if (before.get(name) or None) != (value or None)
    }


def _worded(value: Any) -> Any:
    if value is None or isinstance(value, str | int | Decimal | datetime.date):
        return value
    return str(value.title if isinstance(value, Area) else value)
