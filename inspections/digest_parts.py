"""What inspections tell in the digest (`core.digests`): visits and what follows, meetings."""

from collections import Counter
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.digests.parts import Batch, Counted, Part, PlaceCounts, declare
from core.permissions import Permission as P

from .action_plans.selectors import count_late
from .meetings.selectors import DueMeeting, due_meetings
from .recommendations.selectors import Show, count_raised
from .selectors.waiting import answers_to_confirm, coming_visits, unanswered


def declare_all() -> None:
    """Declare the parts, in `AppConfig.ready`."""
    for part in (UNANSWERED, VISITS, TO_CONFIRM, RAISED, TASKS, OWN_MEETINGS, MEETINGS):
        declare(part)


def _unanswered(batch: Batch) -> Mapping[int, int]:
    counts = PlaceCounts(Counted(1, [commune], [school]) for commune, school in unanswered())
    return counts.by_person(
        {
            user_id: batch.people[user_id].places_to_read(P.ANSWER_RECOMMENDATIONS)
            for user_id in batch.places(P.ANSWER_RECOMMENDATIONS)
        }
    )


def _visits(batch: Batch) -> Mapping[int, int]:
    _first, last = batch.period.next
    found = coming_visits(batch.on, last, on=batch.on)
    return {user_id: len(visits) for user_id, visits in found.items()}


def _to_confirm(batch: Batch) -> Mapping[int, int]:
    return answers_to_confirm(batch.on)


def _raised(batch: Batch) -> Mapping[int, int]:
    people = {user_id: scope for user_id, scope in batch.people.items() if scope.may(P.VIEW_PLANS)}
    return count_raised(people, on=batch.on)


def _tasks(batch: Batch) -> Mapping[int, int]:
    return count_late(batch.people, on=batch.on)


def _due(batch: Batch) -> list[DueMeeting]:
    _first, last = batch.period.next
    return due_meetings(last, on=batch.on)


def _own_meetings(batch: Batch) -> Mapping[int, int]:
    return Counter(user_id for each in batch.once(_due) for user_id in each.member_users)


def _meetings(batch: Batch) -> Mapping[int, int]:
    due = batch.once(_due)
    counts = PlaceCounts(Counted(1, [each.area_id]) for each in due)
    found = {}
    for user_id, places in batch.places(P.MANAGE_COMMITTEES).items():
        # Of a committee that one sits in one is told as a member.
        is_member = OWN_MEETINGS.is_for(batch.people[user_id])
        found[user_id] = sum(
            not (is_member and user_id in due[number].member_users)
            for number in counts.inside(places)
        )
    return found


UNANSWERED = Part(
    code="inspections.unanswered",
    place=50,
    name=_("Recommendations that wait for an answer"),
    permissions={P.ANSWER_RECOMMENDATIONS},
    sentence=lambda count: (
        ngettext(
            "%(count)s recommendation waits for your answer.",
            "%(count)s recommendations wait for your answer.",
            count,
        )
        % {"count": count}
    ),
    link="inspections:recommendations",
    count=_unanswered,
)
VISITS = Part(
    code="inspections.visits",
    place=52,
    name=_("Coming inspections"),
    permissions={P.RECORD_VISIT},
    sentence=lambda count: (
        ngettext("%(count)s inspection is coming.", "%(count)s inspections are coming.", count)
        % {"count": count}
    ),
    link="inspections:mine",
    count=_visits,
)
TO_CONFIRM = Part(
    code="inspections.to_confirm",
    place=53,
    name=_("Answers to recommendations to be confirmed"),
    permissions={P.RECORD_VISIT},
    sentence=lambda count: (
        ngettext(
            "%(count)s answer to a recommendation waits for your confirmation.",
            "%(count)s answers to recommendations wait for your confirmation.",
            count,
        )
        % {"count": count}
    ),
    link="inspections:mine",
    count=_to_confirm,
)
RAISED = Part(
    code="inspections.raised",
    place=56,
    name=_("Recommendations overdue for too long"),
    permissions={P.VIEW_PLANS},
    sentence=lambda count: (
        ngettext(
            "%(count)s recommendation to a commune has been overdue for too long.",
            "%(count)s recommendations to communes have been overdue for too long.",
            count,
        )
        % {"count": count}
    ),
    link="inspections:recommendation_list",
    query=f"?show={Show.RAISED}",
    count=_raised,
)
TASKS = Part(
    code="inspections.tasks",
    place=51,
    name=_("Tasks overdue"),
    permissions={P.REPORT_ACTIONS},
    sentence=lambda count: (
        ngettext(
            "%(count)s of your tasks is overdue.", "%(count)s of your tasks are overdue.", count
        )
        % {"count": count}
    ),
    link="inspections:actions",
    count=_tasks,
)
OWN_MEETINGS = Part(
    code="inspections.own_meetings",
    place=54,
    name=_("Meetings of my committee that are due"),
    permissions={P.RECORD_VISIT},
    sentence=lambda count: (
        ngettext(
            "Your committee is due to meet.", "%(count)s of your committees are due to meet.", count
        )
        % {"count": count}
    ),
    link="inspections:mine",
    count=_own_meetings,
)
MEETINGS = Part(
    code="inspections.meetings",
    place=55,
    name=_("Committees that are due to meet"),
    permissions={P.MANAGE_COMMITTEES},
    sentence=lambda count: (
        ngettext(
            "%(count)s committee is due to meet.", "%(count)s committees are due to meet.", count
        )
        % {"count": count}
    ),
    link="inspections:committees",
    count=_meetings,
)
