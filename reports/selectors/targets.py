"""Which target holds: the nearest area wins, and there the level's own row wins."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Self, TypeAlias, TypedDict

from django.db.models import DateField, QuerySet, Value
from django.db.models.functions import Coalesce, Least

from core.dates import LAST_DAY
from core.scope import Places
from core.validity import valid_on

from ..models import Target

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


if TYPE_CHECKING:

    class Ended(TypedDict):
        """What `targets_past` adds to a row."""

        ended_on: datetime.date

    EndedTarget: TypeAlias = WithAnnotations[Target, Ended]


class TargetTable:
    """All targets of one day, asked without further queries."""

    def __init__(self, percents: Mapping[tuple[str, str, int], Decimal]) -> None:
        self._percents = percents

    @classmethod
    def on(cls, date: datetime.date) -> Self:
        """The targets valid on a day; one query."""
        return cls.on_each([date])[date]

    @classmethod
    def on_each(cls, dates: Collection[datetime.date]) -> dict[datetime.date, Self]:
        """Dict date -> the targets valid on it, for some days; one query."""
        targets = list(
            Target.objects.during(min(dates), max(dates) + datetime.timedelta(days=1)).order_by()
        )
        return {
            date: cls(
                {
                    (target.indicator, target.level, target.area_id): target.percent
                    for target in targets
                    if target.is_valid_on(date)
                }
            )
            for date in dates
        }

    def has(self, indicator: str) -> bool:
        """Whether any area has a target of an indicator."""
        return any(code == indicator for code, _level, _area in self._percents)

    def percent(self, indicator: str, level: str, chain: Sequence[int]) -> Decimal | None:
        """The target in percent (Decimal), or None when no area on the way up has one.

        Args:
            level: an education level, or "" for the target of all levels together.
            chain: area ids, nearest first: commune, district or cluster, province.
        """
        for area_id in chain:
            for candidate in dict.fromkeys((level, "")):
                if (indicator, candidate, area_id) in self._percents:
                    return self._percents[indicator, candidate, area_id]
        return None

    def share(self, indicator: str, level: str, chain: Sequence[int]) -> float | None:
        """The same as a share between 0 and 1 (float), or None."""
        percent = self.percent(indicator, level, chain)
        return None if percent is None else float(percent) / 100


def targets_in(places: Places, *, on: datetime.date) -> QuerySet[Target]:
    """Targets in force on a day for areas inside the places, widest area first; one query."""
    return (
        Target.objects.on(on)
        .filter(valid_on(on, "area__"), area_id__in=places.areas)
        .select_related("area")
        .order_by("indicator", "area__level", "area__name_key", "level")
    )


def targets_past(places: Places, *, on: datetime.date) -> "QuerySet[EndedTarget]":
    """Targets inside the places that no longer hold on a day, newest first; a queryset.

    They are over by themselves, or with their area. `ended_on` is the first day without them.
    """
    far = Value(LAST_DAY, output_field=DateField())
    return (
        Target.objects.filter(area_id__in=places.areas)
        .annotate(ended_on=Least(Coalesce("valid_to", far), Coalesce("area__valid_to", far)))
        .filter(ended_on__lte=on)
        .select_related("area")
        .order_by("-ended_on", "indicator", "area__level", "area__name_key", "level", "pk")
    )
