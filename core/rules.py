"""The registry of dated rules: which exist, what they mean, their first values.

An app declares its rules with `declare()` when it is loaded. After every migrate the first
values are written where a rule has no row yet; a row that somebody changed is never touched.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from django.utils.translation import gettext_lazy as _

from .first_rows import is_there
from .province import province
from .types import StrOrPromise

BEGINNING = datetime.date(2000, 1, 1)
Number: TypeAlias = int | float | str | Decimal
KeyAndLevel: TypeAlias = tuple[str, str]
_declared: dict[str, RuleSpec] = {}


class RuleMissing(LookupError):
    """No value of a rule is valid on the asked day."""


@dataclass(frozen=True)
class RuleSpec:
    """A rule: key, meaning for people, unit and first values, general and of some levels."""

    key: str
    meaning: StrOrPromise
    unit: StrOrPromise
    first_value: Decimal
    source: StrOrPromise = ""
    by_level: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def first_values(self) -> list[tuple[str, Decimal]]:
        """[(level, value)], the general one as level ""."""
        return [("", self.first_value), *self.by_level.items()]


def declare(
    key: str,
    *,
    meaning: StrOrPromise,
    unit: StrOrPromise,
    first_value: Number,
    source: StrOrPromise = "",
    by_level: Mapping[str, Number] | None = None,
) -> None:
    """Register a rule, when its app is loaded; raises ValueError for a key that is taken.

    `by_level`: first values of the levels that have their own, code -> number. What the province
    has decreed itself (`core.province`) takes the place of all three.
    """
    if key in _declared:
        raise ValueError(f"rule {key} is declared twice")
    own = province().rules.get(key)
    if own is not None:
        first_value, source, by_level = own.first_value, own.source, own.by_level
    of_levels = {level: Decimal(str(number)) for level, number in (by_level or {}).items()}
    _declared[key] = RuleSpec(key, meaning, unit, Decimal(str(first_value)), source, of_levels)


def declared() -> list[RuleSpec]:
    """All declared rules in the order of their keys."""
    return [_declared[key] for key in sorted(_declared)]


def value(key: str, *, on: datetime.date, level: str = "") -> Decimal:
    """Value of the rule on a day, for a level when it has one of its own.

    Raises:
        KeyError: the rule was never declared (a programming error).
        RuleMissing: no row is valid that day.
    """
    return table(on=on)[key, level]


def table(*, on: datetime.date) -> RuleTable:
    """All rules of a day in one query, as a mapping (key, level) -> Decimal."""
    from .models import Rule

    rows = list(Rule.objects.on(on).values_list("key", "level", "value", "source"))
    return RuleTable(
        {(key, level): number for key, level, number, _source in rows},
        on,
        {(key, level): source for key, level, _number, source in rows},
    )


def tables(dates: Iterable[datetime.date]) -> dict[datetime.date, RuleTable]:
    """The rules of several days in one query: dict date -> `RuleTable`."""
    from .models import Rule

    dates = set(dates)
    if not dates:
        return {}
    end = max(dates) + datetime.timedelta(days=1)
    rows = list(Rule.objects.during(min(dates), end))
    return {
        date: RuleTable(
            {(row.key, row.level): row.value for row in rows if row.is_valid_on(date)}, date
        )
        for date in dates
    }


class RuleTable:
    """Rules of one day; a level without a value of its own takes the general one."""

    def __init__(
        self,
        values: Mapping[KeyAndLevel, Decimal],
        on: datetime.date,
        sources: Mapping[KeyAndLevel, str] | None = None,
    ) -> None:
        self._values = values
        self._on = on
        self._sources = sources or {}

    def __getitem__(self, key_and_level: KeyAndLevel) -> Decimal:
        return self._values[self._row_of(*key_and_level)]

    def source(self, key: str, level: str = "") -> str:
        """Which decree the value of a rule rests on; "" when nobody said. Raises as reading it."""
        return self._sources.get(self._row_of(key, level), "")

    def _row_of(self, key: str, level: str) -> KeyAndLevel:
        if key not in _declared:
            raise KeyError(key)
        for candidate in (level, ""):
            if (key, candidate) in self._values:
                return key, candidate
        raise RuleMissing(
            _("The rule “%(key)s” has no value on %(date)s. Add one in the rules table.")
            % {"key": key, "date": self._on.strftime("%d/%m/%Y")}
        )


def write_first_values(sender: object = None, using: str = "default", **kwargs: object) -> None:
    """post_migrate receiver: give each declared rule without any row its first value."""
    from .models import Rule

    if not is_there(Rule, using):
        return
    known = set(Rule.objects.using(using).values_list("key", flat=True))
    Rule.objects.using(using).bulk_create(
        Rule(key=spec.key, level=level, value=value, source=str(spec.source), valid_from=BEGINNING)
        for spec in declared()
        if spec.key not in known
        for level, value in spec.first_values
    )
