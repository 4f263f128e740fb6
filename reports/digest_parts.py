"""What the figures tell in the digest (`core.digests`): pupils at risk, flags, the month's path."""

import datetime
from collections.abc import Collection, Mapping

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.digests.parts import Batch, Counted, Part, PlaceCounts, declare
from core.digests.periods import ONE_DAY
from core.months import Month
from core.permissions import Permission as P
from core.scope import joined
from schools.areas.selectors.tree import communes_of_schools
from schools.enums import AreaLevel

from .month_review.waiting import WaitingSteps, unread_results, waiting_steps
from .selectors.flags import count_raised
from .selectors.risks import count_new

# Results are published in the month that follows, and are news for another one.
MONTHS_OF_RESULTS = 2


def declare_all() -> None:
    """Declare the parts, in `AppConfig.ready`."""
    for part in (AT_RISK, FLAGS, UNREAD, CONFIRM, ASSESS, REVIEW, PUBLISH):
        declare(part)


def _at_risk(batch: Batch) -> Mapping[int, int]:
    places = batch.places(P.VIEW_PUPILS)
    found = count_new(joined([*places.values()]), batch.on, since=batch.period.first)
    communes = communes_of_schools(on=batch.on, school_ids={school for school, _class in found})
    counts = PlaceCounts(
        Counted(count, [communes.get(school_id)], [school_id], [class_id])
        for (school_id, class_id), count in found.items()
    )
    return counts.by_person(places)


def _flags(batch: Batch) -> Mapping[int, int]:
    start, end = _midnight(batch.period.first), _midnight(batch.period.last + ONE_DAY)
    counts = PlaceCounts(Counted(count, [pk]) for pk, count in count_raised(start, end).items())
    return counts.by_person(batch.places(P.VIEW_FLAGS))


def _unread(batch: Batch) -> Mapping[int, int]:
    tree = next(iter(batch.people.values())).tree
    last = Month.of(batch.on)
    months = [last.plus(-number) for number in range(1, MONTHS_OF_RESULTS + 1)]
    counts = PlaceCounts(Counted(1, [pk]) for pk in unread_results(months, tree))
    # An office above is told of all communes below it, whoever speaks for a commune of that one.
    return {
        **counts.by_person(batch.places(P.ASSESS_MONTH)),
        **counts.by_person(batch.places(P.REVIEW_MONTH)),
    }


def _steps(batch: Batch) -> WaitingSteps:
    tree = next(iter(batch.people.values())).tree
    return waiting_steps(Month.of(batch.on).plus(-1), tree)


def _confirm(batch: Batch) -> Mapping[int, int]:
    schools = batch.once(_steps).schools
    return {
        user_id: len(places.schools & schools.keys())
        for user_id, places in batch.places(P.CONFIRM_MONTH).items()
    }


def _assess(batch: Batch) -> Mapping[int, int]:
    # The commune's own office: one above does not speak for it.
    return _of_areas(batch, P.ASSESS_MONTH, batch.once(_steps).assess)


def _review(batch: Batch) -> Mapping[int, int]:
    waiting = batch.once(_steps).review
    return {
        user_id: len(places.areas & waiting)
        for user_id, places in batch.places(P.REVIEW_MONTH).items()
    }


def _publish(batch: Batch) -> Mapping[int, int]:
    steps = batch.once(_steps)
    found = {}
    for user_id, places in batch.places(P.PUBLISH_MONTH).items():
        scope = batch.people[user_id]
        granted = scope.areas_granted(P.PUBLISH_MONTH)
        waits = places.areas & steps.communes and not steps.published & set(granted)
        found[user_id] = int(bool(waits))
    return found


def _of_areas(batch: Batch, permission: P, waiting: Collection[int]) -> dict[int, int]:
    """{id of a user: how many of the communes named in the person's own roles wait}."""
    found = {}
    for user_id in batch.places(permission):
        scope = batch.people[user_id]
        areas = [scope.tree.get(pk) for pk in scope.areas_granted(permission)]
        found[user_id] = sum(
            area.level == AreaLevel.COMMUNE and area.pk in waiting for area in areas
        )
    return found


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


AT_RISK = Part(
    code="reports.at_risk",
    place=20,
    name=_("Pupils newly at risk"),
    permissions={P.VIEW_PUPILS},
    sentence=lambda count: (
        ngettext("%(count)s pupil is newly at risk.", "%(count)s pupils are newly at risk.", count)
        % {"count": count}
    ),
    link="reports:risks",
    count=_at_risk,
)
FLAGS = Part(
    code="reports.flags",
    place=30,
    name=_("Flags newly raised"),
    permissions={P.VIEW_FLAGS},
    sentence=lambda count: (
        ngettext("%(count)s flag was newly raised.", "%(count)s flags were newly raised.", count)
        % {"count": count}
    ),
    link="reports:flags",
    count=_flags,
)
UNREAD = Part(
    code="reports.unread",
    place=44,
    name=_("Published results not yet read"),
    permissions={P.ASSESS_MONTH, P.REVIEW_MONTH},
    sentence=lambda count: (
        ngettext(
            "The published results of %(count)s commune and month are not yet confirmed as read.",
            "The published results of %(count)s communes and months are not yet confirmed as read.",
            count,
        )
        % {"count": count}
    ),
    link="reports:month",
    count=_unread,
)
CONFIRM = Part(
    code="reports.confirm",
    place=40,
    name=_("Last month to be confirmed"),
    permissions={P.CONFIRM_MONTH},
    sentence=lambda count: (
        ngettext(
            "Last month waits for your confirmation in %(count)s school.",
            "Last month waits for your confirmation in %(count)s schools.",
            count,
        )
        % {"count": count}
    ),
    link="reports:month",
    count=_confirm,
)
ASSESS = Part(
    code="reports.assess",
    place=41,
    name=_("Last month to be assessed"),
    permissions={P.ASSESS_MONTH},
    sentence=lambda count: (
        ngettext(
            "Last month waits for your assessment in %(count)s commune.",
            "Last month waits for your assessment in %(count)s communes.",
            count,
        )
        % {"count": count}
    ),
    link="reports:month",
    count=_assess,
)
REVIEW = Part(
    code="reports.review",
    place=42,
    name=_("Assessments to be reviewed"),
    permissions={P.REVIEW_MONTH},
    sentence=lambda count: (
        ngettext(
            "%(count)s commune has sent the assessment of last month, which waits to be reviewed.",
            "%(count)s communes have sent the assessment of last month, which wait to be reviewed.",
            count,
        )
        % {"count": count}
    ),
    link="reports:month",
    count=_review,
)
PUBLISH = Part(
    code="reports.publish",
    place=43,
    name=_("Last month to be closed"),
    permissions={P.PUBLISH_MONTH},
    sentence=lambda count: str(_("Last month is not yet closed and published.")),
    link="reports:month",
    count=_publish,
)
