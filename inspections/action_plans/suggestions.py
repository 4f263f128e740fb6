"""What tasks ask of the reader of a start page (see `reports.suggested_actions`)."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.permissions import Permission as P
from core.scope import Scope
from reports.suggested_actions import Action
from schools.models import School

from .selectors import days_of_tasks


def report_on_tasks(scope: Scope, *, area_id: int | None) -> Iterator[Action]:
    """Yield the steps to the reader's own tasks, and to those shown from below because nobody did
    them for too long; at most two queries, none for who has no tasks."""
    if not scope.may(P.REPORT_ACTIONS):
        return
    dates, shown = days_of_tasks(scope)
    if dates:
        late = sum(day < scope.date for day in dates)
        text = ngettext(
            "%(count)s task is to be done.", "%(count)s tasks are to be done.", len(dates)
        )
        text %= {"count": len(dates)}
        if late:
            text += " " + ngettext("%(count)s is overdue.", "%(count)s are overdue.", late) % {
                "count": late
            }
        yield Action(
            title=_("Tasks"),
            text=text,
            url=reverse("inspections:actions"),
            action=_("See and report"),
        )
    if shown:
        yield Action(
            title=_("Overdue below"),
            text=ngettext(
                "%(count)s task of the level below has been overdue for too long.",
                "%(count)s tasks of the level below have been overdue for too long.",
                shown,
            )
            % {"count": shown},
            url=reverse("inspections:actions"),
            action=_("See the tasks"),
        )


def report_on_tasks_of_school(scope: Scope, school: School) -> Iterator[Action]:
    """The same on the page of the reader's own school."""
    if school.pk in scope.places(P.REPORT_ACTIONS).schools:
        yield from report_on_tasks(scope, area_id=None)
