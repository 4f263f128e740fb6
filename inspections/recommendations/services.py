"""What the night does about recommendations that are overdue for too long."""

import datetime
from collections import Counter

from django.db import transaction
from django.utils import timezone

from core.notifications.writing import notify
from core.permission_holders import holders
from core.permissions import Permission as P
from schools.areas.selectors.tree import AreaTree

from ..models import Recommendation
from ..models.visits import RAISE, RECOMMENDATIONS
from ..notifications import RECOMMENDATIONS_OVERDUE
from ..selectors.above import levels_above
from .limits import escalation_days, levels_up, raised_before

# Levels above a commune: its cluster and the province.
MOST_LEVELS = 2
OF_USE = datetime.timedelta(days=14)


@transaction.atomic
def escalate(*, today: datetime.date) -> int:
    """Tell the offices above of recommendations newly overdue for too long; returns how many.

    Each recommendation is told once to each level, also when it was answered and opened again
    in between: `told_above` says how far it went. Its event names who was told.
    """
    days, tree = escalation_days(today), AreaTree.on(today)
    overdue = RECOMMENDATIONS.locked(
        state=Recommendation.State.OPEN,
        due_on__lt=raised_before(today, days, 1),
        told_above__lt=MOST_LEVELS,
    )
    above_of = levels_above({each.visit.commune_id for each in overdue}, tree=tree, on=today)
    raised, told = 0, Counter[int]()
    for each in overdue:
        above = above_of[each.visit.commune_id]
        levels = levels_up(each.due_on, today, days, most=len(above))
        new = above[each.told_above : levels]
        if not new:
            continue
        with RECOMMENDATIONS.change(RAISE, each, by=None) as step:
            step.row.told_above = levels
            step.changes = {
                "told": (None, ", ".join(area.title for area in new)),
                "days_late": (None, each.days_late(today)),
            }
        raised += 1
        told.update(area.pk for area in new)
    _notify(told, tree=tree, days=days, today=today)
    return raised


def _notify(told: Counter[int], *, tree: AreaTree, days: int, today: datetime.date) -> None:
    if not told:
        return
    found = holders(P.VIEW_PLANS, on=today, class_ids=[], school_ids=[], area_ids=list(told))
    for area_id, count in told.items():
        area = tree.get(area_id)
        assert area is not None  # it stands above a commune of the day
        notify(
            RECOMMENDATIONS_OVERDUE,
            to={each.user_id for each in found if each.area_id == area_id},
            key=f"{area_id}:{today}",
            expires_at=timezone.now() + OF_USE,
            params={"count": count, "place": area.title, "days": days},
        )
