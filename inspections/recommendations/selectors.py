"""Reading recommendations as an office that follows them, and those overdue for too long below."""

import datetime
from collections.abc import Collection, Iterable, Mapping
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
from .limits import escalation_days, levels_up

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


ORDERS: dict[str, tuple[str, ...]] = {
    Order.DUE: ("due_on", "pk"),
    Order.NEWEST: ("-visit__visited_on", "-pk"),
    Order.COMMUNE: ("visit__commune__name_key", "visit__commune", "due_on", "pk"),
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


def followed_by(scope: Scope) -> Q:
    """Q for recommendations to communes of the reader's office, and for those of its plans."""
    areas = scope.places_to_read(P.VIEW_PLANS).areas
    return Q(visit__commune_id__in=areas) | Q(visit__plan__area_id__in=areas)


def find(
    scope: Scope, *, area_id: int | None = None, kind: str = "", text: str = ""
) -> QuerySet[Recommendation]:
    """Recommendations the reader's office follows, in no order.

    Args:
        area_id: only those to communes of this area, and to what went into them.
        kind: of `Recommendation.Kind`.
        text: words in what is asked or who answers for it, without accents.
    """
    found = Recommendation.objects.filter(followed_by(scope))
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
    """{id of a recommendation: how it stands on a day}; one query when one is overdue."""
    late = {
        each.pk: (on - each.due_on).days if each.state == State.OPEN and each.due_on < on else 0
        for each in rows
    }
    days = escalation_days(on) if any(late.values()) else 0
    found = {}
    for each in rows:
        above = levels_above(tree, each.visit.commune_id)
        up = levels_up(late[each.pk], days, most=len(above)) if late[each.pk] else 0
        found[each.pk] = Lateness(late[each.pk], above[up - 1] if up else None)
    return found


def levels_above(tree: AreaTree, commune_id: int) -> list[Area]:
    """The areas above a commune, the nearest first; none above one that ended."""
    return tree.ancestors(commune_id)[-2::-1]


def count_raised(people: Mapping[int, Scope], *, on: datetime.date) -> dict[int, int]:
    """{id of a user: recommendations of the levels below overdue for too long} for {id of a user:
    scope of the day}. Two queries, whatever the number of people."""
    rows = list(
        Recommendation.objects.filter(state=State.OPEN, due_on__lt=on).values_list(
            "visit__commune", "due_on"
        )
    )
    days = escalation_days(on) if rows else 0
    return {
        user_id: _count_of(rows, _levels_below(scope), on=on, days=days)
        for user_id, scope in people.items()
    }


def count_raised_to(scope: Scope) -> int:
    """The same for the reader of a start page: one query, and one for the rule when there are
    overdue ones."""
    levels = _levels_below(scope)
    if not levels:
        return 0
    rows = list(
        Recommendation.objects.filter(
            state=State.OPEN, due_on__lt=scope.date, visit__commune__in=levels
        ).values_list("visit__commune", "due_on")
    )
    return _count_of(rows, levels, on=scope.date, days=escalation_days(scope.date)) if rows else 0


def _count_of(
    rows: Iterable[tuple[int, datetime.date]],
    levels: Mapping[int, int],
    *,
    on: datetime.date,
    days: int,
) -> int:
    return sum(
        commune in levels and (on - due_on).days > days * levels[commune]
        for commune, due_on in rows
    )


def _levels_below(scope: Scope) -> dict[int, int]:
    """{id of a commune: levels between it and the nearest area above that is named in the reader's
    roles}, of the communes below those."""
    granted = {
        grant.area_id for grant, held in scope.grants if P.VIEW_PLANS in held and grant.area_id
    }
    found = {}
    for area_id in scope.places(P.VIEW_PLANS).areas if granted else ():
        area = scope.tree.get(area_id)
        if area is None or area.level != AreaLevel.COMMUNE:
            continue
        above = [each.pk for each in levels_above(scope.tree, area_id)]
        nearest = [level for level, pk in enumerate(above, start=1) if pk in granted]
        if nearest:
            found[area_id] = nearest[0]
    return found


def _raised(scope: Scope) -> Q:
    days, levels = escalation_days(scope.date), _levels_below(scope)
    found = Q(pk__in=[])
    for level in sorted(set(levels.values())):
        communes = [commune for commune, distance in levels.items() if distance == level]
        before = scope.date - datetime.timedelta(days=days * level)
        found |= Q(visit__commune_id__in=communes, due_on__lt=before)
    return Q(state=State.OPEN) & found


def _shows(scope: Scope) -> dict[str, Q]:
    return {
        Show.UNFINISHED: ~Q(state=State.DONE),
        Show.OVERDUE: Q(state=State.OPEN, due_on__lt=scope.date),
        Show.RAISED: _raised(scope),
        Show.ANSWERED: Q(state=State.ANSWERED),
        Show.REOPENED: Q(state=State.OPEN, reopened_at__isnull=False),
        Show.DONE: Q(state=State.DONE),
    }
