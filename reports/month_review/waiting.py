"""Which steps of a month wait, in the whole installation at once: for the digest of many people.

The same conditions as on a person's start page (`actions`), without asking for one place after
the other.
"""

from dataclasses import dataclass, field

from django.db.models import F

from attendance.models import PeriodLock
from core.months import Month
from core.scope import AreaTree
from schools.areas.selectors.tree import communes_of_schools

from ..models import (
    ClassCoverage,
    MonthAssessment,
    MonthConfirmation,
    Publication,
    PublicationReceipt,
)

State = MonthAssessment.State


@dataclass
class WaitingSteps:
    """What a month waits for.

    Attributes:
        schools: {id of a school to be confirmed: id of its commune}.
        assess, review: ids of communes whose assessment is to be written, or to be accepted.
        communes: ids of communes with a register due in the month.
        published: ids of areas for which a publication stands.
    """

    schools: dict[int, int] = field(default_factory=dict)
    assess: set[int] = field(default_factory=set)
    review: set[int] = field(default_factory=set)
    communes: set[int] = field(default_factory=set)
    published: set[int] = field(default_factory=set)


def waiting_steps(month: Month, tree: AreaTree) -> WaitingSteps:
    """The `WaitingSteps` of a month on a map of today; six queries."""
    school_ids = set(
        ClassCoverage.objects.filter(month=month.first, scheduled__gt=F("not_held"))
        .order_by()
        .values_list("school_id", flat=True)
        .distinct()
    )
    commune_of = communes_of_schools(on=tree.date, school_ids=school_ids)
    confirmed = set(
        MonthConfirmation.objects.filter(
            month=month.first, state=MonthConfirmation.State.CONFIRMED
        ).values_list("school_id", flat=True)
    )
    locked = set(
        PeriodLock.objects.in_force()
        .during(month.last, month.end)
        .filter(level="")
        .values_list("area_id", flat=True)
    )
    published = _standing(month)
    states = dict(MonthAssessment.objects.filter(month=month.first).values_list("area_id", "state"))
    found = WaitingSteps(published=set(published), communes=set(commune_of.values()))
    closed = set()
    for commune_id in found.communes:
        above = {area.pk for area in tree.ancestors(commune_id)}
        if above & locked:
            closed.add(commune_id)
        if above & found.published:
            continue
        state = states.get(commune_id, State.DRAFT)
        if state == State.DRAFT:
            found.assess.add(commune_id)
        elif state != State.ACCEPTED:
            found.review.add(commune_id)
    found.schools = {
        school_id: commune_id
        for school_id, commune_id in commune_of.items()
        if school_id not in confirmed and commune_id not in closed
    }
    return found


def unread_results(months: list[Month], tree: AreaTree) -> list[int]:
    """The communes that have not said that they read the results of these months.

    A commune stands there once for each month, of the publication that is nearest above it. A
    query for each month, and one.
    """
    nearest = {}
    for number, month in enumerate(months):
        standing = _standing(month)
        for commune in tree.communes() if standing else ():
            over = [standing[each.pk] for each in tree.ancestors(commune.pk) if each.pk in standing]
            if over:
                nearest[commune.pk, number] = over[-1]
    read = set(
        PublicationReceipt.objects.filter(publication__in=set(nearest.values())).values_list(
            "area_id", "publication_id"
        )
    )
    return [pk for (pk, _month), over in nearest.items() if (pk, over) not in read]


def _standing(month: Month) -> dict[int, int]:
    """{id of an area: id of its publication that was not reopened}; one query."""
    rows = Publication.objects.filter(month=month.first, lock__unlocked_at=None)
    return dict(rows.order_by("number").values_list("area_id", "pk"))
