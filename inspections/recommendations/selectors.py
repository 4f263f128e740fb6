"""Reading recommendations as an office that follows them, and those overdue for too long below."""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Case, Count, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _

from core.permissions import Permission as P
from core.scope import AreaTree, Scope
from core.vietnamese import fold
from schools.enums import AreaLevel
from schools.models import Area

from ..models import Recommendation
from ..models.visits import overdue
from ..selectors.above import levels_above
from ..selectors.visits import followed_by, of_severity
from .limits import escalation_days, levels_up, raised_before

State = Recommendation.State


class Show(models.TextChoices):
    """Which recommendations of the list."""

    UNFINISHED = "unfinished", _("Not finished")
    OVERDUE = "overdue", _("Overdue")
    RAISED = "raised", _("Overdue for too long")
    ANSWERED = "answered", _("Answers to confirm")
    REOPENED = "reopened", _("Opened again")
    DONE = "done", _("Carried out")


class Order(models.TextChoices):
    """In which order."""

    DUE = "due", _("Soonest due first")
    NEWEST = "newest", _("Newest visit first")
    COMMUNE = "commune", _("By commune")
    SEVERITY = "severity", _("Gravest first")


# The gravest first, those not rated last.
_GRAVITY = Case(
    *(When(severity=each, then=place) for place, each in enumerate(Recommendation.Severity.values)),
    default=len(Recommendation.Severity.values),
)
ORDERS: dict[str, tuple[str | Case, ...]] = {
    Order.DUE: ("due_on", "pk"),
    Order.NEWEST: ("-visit__visited_on", "-pk"),
    Order.COMMUNE: ("visit__commune__name_key", "visit__commune", "due_on", "pk"),
    Order.SEVERITY: (_GRAVITY, "due_on", "pk"),
}


@dataclass(frozen=True)
class Lateness:
    """How a recommendation stands on a day.

    Attributes:
        days: since it was due, 0 while it is not overdue.
        above: the highest area it is shown to for being overdue too long, or None.
    """

    days: int
    above: Area | None


def find(
    scope: Scope,
    *,
    area_id: int | None = None,
    kind: str = "",
    severity: str | None = None,
    text: str = "",
) -> QuerySet[Recommendation]:
    """Recommendations the reader's office follows, in no order.

    Args:
        area_id: only those to communes of this area, and to what went into them.
        kind: of `Recommendation.Kind`.
        severity: see `of_severity`.
        text: words in what is asked or who answers for it, without accents.
    """
    found = Recommendation.objects.filter(followed_by(scope), of_severity(severity))
    if area_id is not None:
        found = found.filter(
            visit__commune_id__in=scope.history.readable(scope.tree.below(area_id))
        )
    if kind:
        found = found.filter(kind=kind)
    for word in fold(text).split():
        found = found.filter(search_text__contains=word)
    return found


def counts(found: QuerySet[Recommendation], scope: Scope) -> dict[str, int]:
    """{value of `Show`: how many of these}; one query, and one for the rule."""
    return found.order_by().aggregate(
        **{show: Count("pk", filter=where) for show, where in _shows(scope).items()}
    )


def shown(
    found: QuerySet[Recommendation], show: str, order: str, scope: Scope
) -> QuerySet[Recommendation]:
    """Those of the list that are shown, whole and in order; two queries with their files."""
    # What waits for the reader stands before what waits for others.
    waits = Case(When(state=State.ANSWERED, then=0), default=1)
    first = [waits] if (show, order) == (Show.UNFINISHED, Order.DUE) else []
    return (
        found.filter(_shows(scope)[show])
        .select_related("visit__commune", "visit__plan__area", "visit__member__committee")
        .select_related("school", "answered_by", "done_by")
        .order_by(*first, *ORDERS[order])
        .prefetch_related("proofs")
    )


def areas_followed(scope: Scope) -> list[Area]:
    """Clusters and communes of the reader's office that recommendations can be chosen by."""
    areas = [scope.tree.get(area_id) for area_id in scope.places(P.VIEW_PLANS).areas]
    return sorted(
        (each for each in areas if each is not None and each.level <= AreaLevel.COMMUNE),
        key=lambda area: (area.level, area.name_key, area.pk),
    )


def lateness(
    rows: Collection[Recommendation], *, tree: AreaTree, on: datetime.date
) -> dict[int, Lateness]:
    """{id of a recommendation: how it stands on a day}; one query when one is overdue, and one for
    communes that ended."""
    late = [each for each in rows if each.days_late(on)]
    days = escalation_days(on) if late else 0
    above = levels_above({each.visit.commune_id for each in late}, tree=tree, on=on)
    found = {each.pk: Lateness(0, None) for each in rows}
    for each in late:
        areas = above[each.visit.commune_id]
        up = levels_up(each.due_on, on, days, most=len(areas))
        found[each.pk] = Lateness(each.days_late(on), areas[up - 1] if up else None)
    return found


def count_raised(people: Mapping[int, Scope], *, on: datetime.date) -> dict[int, int]:
    """{id of a user: recommendations of the levels below overdue for too long} for {id of a user:
    scope of the day}. Three queries at most, whatever the number of people."""
    rows = list(Recommendation.objects.filter(overdue(on)).values_list("visit__commune", "due_on"))
    days = escalation_days(on) if rows else 0
    communes = {commune for commune, _due in rows}
    above: dict[int, list[Area]] = {}
    found = {}
    for user_id, scope in people.items():
        above = above or levels_above(communes, tree=scope.tree, on=on)
        found[user_id] = _count_of(rows, _levels_below(scope, above), on=on, days=days)
    return found


def count_raised_to(scope: Scope) -> int:
    """The same for the reader of a start page: one query, and two for the rule and for communes
    that ended when there are overdue ones."""
    if not _granted(scope):
        return 0
    areas = scope.places_to_read(P.VIEW_PLANS).areas
    rows = list(
        Recommendation.objects.filter(overdue(scope.date), visit__commune__in=areas).values_list(
            "visit__commune", "due_on"
        )
    )
    if not rows:
        return 0
    above = levels_above({commune for commune, _due in rows}, tree=scope.tree, on=scope.date)
    days = escalation_days(scope.date)
    return _count_of(rows, _levels_below(scope, above), on=scope.date, days=days)


def _count_of(
    rows: Iterable[tuple[int, datetime.date]],
    levels: Mapping[int, int],
    *,
    on: datetime.date,
    days: int,
) -> int:
    return sum(
        commune in levels and due_on < raised_before(on, days, levels[commune])
        for commune, due_on in rows
    )


def _granted(scope: Scope) -> set[int]:
    return {grant.area_id for grant, held in scope.grants if P.VIEW_PLANS in held and grant.area_id}


def _levels_below(scope: Scope, above: Mapping[int, Sequence[Area]]) -> dict[int, int]:
    """{id of a commune: levels between it and the nearest area above that is named in the reader's
    roles}, of the communes below those. `above`: see `levels_above`."""
    granted = _granted(scope)
    found = {}
    for commune, areas in above.items():
        nearest = [level for level, area in enumerate(areas, start=1) if area.pk in granted]
        if nearest:
            found[commune] = nearest[0]
    return found


def _raised(scope: Scope) -> Q:
    late, on = overdue(scope.date), scope.date
    areas = scope.places_to_read(P.VIEW_PLANS).areas
    communes = set(
        Recommendation.objects.filter(late, visit__commune__in=areas)
        .order_by()
        .values_list("visit__commune", flat=True)
    )
    levels = _levels_below(scope, levels_above(communes, tree=scope.tree, on=on))
    days = escalation_days(on) if levels else 0
    found = Q(pk__in=[])
    for level in sorted(set(levels.values())):
        of_level = [commune for commune, distance in levels.items() if distance == level]
        before = raised_before(on, days, level)
        found |= Q(visit__commune_id__in=of_level, due_on__lt=before)
    return late & found


def _shows(scope: Scope) -> dict[str, Q]:
    return {
        Show.UNFINISHED: ~Q(state=State.DONE),
        Show.OVERDUE: overdue(scope.date),
        Show.RAISED: _raised(scope),
        Show.ANSWERED: Q(state=State.ANSWERED),
        Show.REOPENED: Q(state=State.OPEN, reopened_at__isnull=False),
        Show.DONE: Q(state=State.DONE),
    }
