"""When rows were last changed, for whom keeps a list of them elsewhere."""

import datetime
from typing import Any

from django.db.models import (
    CharField,
    DateTimeField,
    Expression,
    Model,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Greatest

from .models import Event

# Of a row of which nothing was noted: before everything anybody asks for.
LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def by_history(model: Any, key: str = "pk") -> Subquery:
    """The moment of the latest history of a row.

    Args:
        model: of the row, with `history`.
        key: where its id stands in the query.
    """
    rows = model.history.filter(id=OuterRef(key)).order_by("-history_date")
    return Subquery(rows.values("history_date")[:1])


def by_events(model: type[Model], key: str = "pk") -> Subquery:
    """The moment of the latest event about a row; see `by_history`."""
    about = Cast(OuterRef(key), CharField(max_length=40))
    events = Event.objects.filter(object_type=model._meta.label_lower, object_id=about)
    return Subquery(events.order_by("-at").values("at")[:1])


def with_moment(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Rows of which each change leaves an event, with their `updated_at`."""
    return rows.annotate(updated_at=latest(by_events(rows.model)))


def latest(*moments: Expression | Subquery | str) -> Expression:
    """The latest of several moments, those not known left aside."""
    # Databases differ in what is the greatest of something and NULL.
    known = [Coalesce(each, Value(LONG_AGO), output_field=DateTimeField()) for each in moments]
    return Greatest(*known) if len(known) > 1 else known[0]
