"""The month's path in words."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formatting import number
from core.workflow import IllegalTransition, Workflow
from schools.models import Area

from ..models import Publication
from .reminding import StepsReminded
from .steps import ASSESS, CONFIRM, PUBLISH, REVIEW, MonthPath, Step

# Of those to be called, named in a message.
CALLED = 10


@dataclass(frozen=True)
class StepShown:
    """A step as a page shows it; `state` picks the badge."""

    code: str
    title: str
    text: str
    state: str
    word: str
    until: str


def path(found: MonthPath) -> str:
    """Where a month stands, in one sentence."""
    said = {"month": found.month.label, "area": found.area.title}
    if found.publication is not None:
        return _("Month %(month)s of %(area)s is closed and published.") % said
    if not found.step(PUBLISH).total:
        return _("Month %(month)s of %(area)s: no register was due.") % said
    if found.month.end > timezone.localdate():
        return _("Month %(month)s of %(area)s is not over yet.") % said
    late = [step for step in found.steps if step.is_late]
    if not late:
        waiting = [step for step in found.steps if not step.is_done]
        said["step"] = title(waiting[0].code, found) if waiting else ""
        return _("Month %(month)s of %(area)s: %(step)s is next.") % said
    said["late"] = title(late[0].code, found)
    return _("Month %(month)s of %(area)s is late: %(late)s.") % said


def steps(found: MonthPath) -> list[StepShown]:
    """The steps of a path, in their order."""
    return [
        StepShown(
            step.code,
            title(step.code, found),
            _count(step, found),
            *_state(step),
            f"{step.due_on:%d/%m/%Y}",
        )
        for step in found.steps
    ]


def title(code: str, found: MonthPath) -> str:
    """What a step is called."""
    return {
        CONFIRM: _("the schools confirm"),
        ASSESS: _("the communes are assessed"),
        REVIEW: _("the assessments are accepted"),
        PUBLISH: _("the province closes and publishes"),
    }[code]


def reminded(done: StepsReminded) -> str:
    """What a press of the button did, and whom to call because no address is known."""
    if done.people:
        said = ngettext(
            "%(count)s person is reminded.", "%(count)s people are reminded.", done.people
        ) % {"count": number(done.people)}
    else:
        said = _("Nobody was reminded anew: each is once a day.")
    if done.unreached:
        calls = ", ".join(f"{each.name} {each.phone}".strip() for each in done.unreached[:CALLED])
        said += " " + _("Without an e-mail address, please call: %(people)s.") % {"people": calls}
    return said


def moved(publication: Publication, area: Area, count: int) -> str:
    """Whether an area's figures are still those published, in one sentence."""
    said = {"area": area.title, "month": publication.month.strftime("%m/%Y")}
    if not count:
        return _("%(area)s, month %(month)s: the figures are those that were published.") % said
    said["count"] = number(count)
    return (
        ngettext(
            "%(area)s, month %(month)s: %(count)s figure is no longer as published.",
            "%(area)s, month %(month)s: %(count)s figures are no longer as published.",
            count,
        )
        % said
    )


def is_closed(table: Workflow[Any], row: Any) -> bool:
    """Whether the month of a row is published, so that nothing of it changes."""
    try:
        for each in table.transitions:
            if table.state_of(row) in each.sources:
                table.check(each, row, None)
    except PermissionDenied:
        return False
    except IllegalTransition as refused:
        return bool(refused.code == "published")
    return False


def _count(step: Step, found: MonthPath) -> str:
    if step.code == PUBLISH:
        return found.publication.code if found.publication is not None else ""
    said = {"done": number(step.done), "total": number(step.total)}
    if step.code == CONFIRM:
        return _("%(done)s of %(total)s schools") % said
    return _("%(done)s of %(total)s communes") % said


def _state(step: Step) -> tuple[str, str]:
    if not step.total:
        return "unknown", _("Nothing to do")
    if step.is_done:
        return "done", _("Done")
    if step.is_over:
        return "unknown", _("Not done")
    if step.is_late:
        return "overdue", _("Overdue")
    return "waiting", _("Waiting")
