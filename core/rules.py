"""The registry of dated rules: which exist, what they mean, their first values.

An app declares its rules with `declare()` when it is loaded, and before them the themes they are
listed under. After every migrate the first values are written where a rule has no row yet; a row
that somebody changed is never touched. Later values are dated on a page (`schools.dated_rules`).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeAlias

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from .first_rows import is_there
from .permissions import Permission
from .province import province
from .rule_units import Unit
from .types import StrOrPromise

BEGINNING = datetime.date(2000, 1, 1)
Number: TypeAlias = int | float | str | Decimal
KeyAndLevel: TypeAlias = tuple[str, str]
_declared: dict[str, RuleSpec] = {}
_themes: dict[str, Theme] = {}
_rising: list[tuple[str, ...]] = []


class RuleMissing(LookupError):
    """No value of a rule is valid on the asked day."""


@dataclass(frozen=True)
class Theme:
    """What some rules are about, its place among the themes, and who may set them."""

    code: str
    name: StrOrPromise
    place: int
    keeper: Permission = Permission.MANAGE_RULES


@dataclass(frozen=True)
class RuleSpec:
    """A rule: key, meaning for people, unit and first values, general and of some levels.

    `unit` says which values make sense, `varies` whether a level may have its own.
    """

    key: str
    meaning: StrOrPromise
    unit: Unit
    first_value: Decimal
    source: StrOrPromise = ""
    by_level: Mapping[str, Decimal] = field(default_factory=dict)
    theme: str = ""
    varies: bool = False

    @property
    def first_values(self) -> list[tuple[str, Decimal]]:
        """[(level, value)], the general one as level ""."""
        return [("", self.first_value), *self.by_level.items()]


def declare_theme(
    code: str,
    name: StrOrPromise,
    *,
    place: int,
    keeper: Permission = Permission.MANAGE_RULES,
) -> None:
    """A theme of rules: those whose keys begin with its code, and those that name it.

    `place`: where it stands among the themes; `keeper`: who may set its rules, where not everybody
    who keeps rules. Raises ValueError for a code that is taken.
    """
    if code in _themes:
        raise ValueError(f"theme {code} is declared twice")
    _themes[code] = Theme(code, name, place, keeper)


def themes() -> list[Theme]:
    """All themes in the order of their places."""
    return sorted(_themes.values(), key=lambda each: each.place)


def theme_of(spec: RuleSpec) -> Theme:
    """The theme of a rule. Raises KeyError when nobody declared it (a programming error)."""
    return _themes[spec.theme]


def declare_rising(*keys: str) -> None:
    """Values of these rules never fall in this order: a first warning, a second, the limit."""
    _rising.append(keys)


def rising() -> list[tuple[str, ...]]:
    """Keys of rules whose values rise, see `declare_rising`."""
    return list(_rising)


def declare(
    key: str,
    *,
    meaning: StrOrPromise,
    unit: Unit | StrOrPromise,
    first_value: Number,
    source: StrOrPromise = "",
    by_level: Mapping[str, Number] | None = None,
    theme: str = "",
    varies: bool = False,
    least: int | None = None,
    most: int | None = None,
) -> None:
    """Register a rule, when its app is loaded.

    What the province has decreed itself (`core.province`) takes the place of the first values and
    their source.

    Args:
        by_level: first values of the levels that have their own, code -> number.
        theme: the theme it is listed under, else that of its key's beginning.
        varies: its readers ask for the value of a level, so that a level may have its own.
        least, most: bounds of a sensible value, where they are not those of the unit.

    Raises ValueError: a key that is taken, or a first value out of bounds.
    """
    if key in _declared:
        raise ValueError(f"rule {key} is declared twice")
    unit = unit if isinstance(unit, Unit) else Unit(unit)
    unit = replace(
        unit,
        least=unit.least if least is None else Decimal(least),
        most=unit.most if most is None else Decimal(most),
    )
    own = province().rules.get(key)
    if own is not None:
        first_value, source, by_level = own.first_value, own.source, own.by_level
    of_levels = {level: Decimal(str(number)) for level, number in (by_level or {}).items()}
    first = Decimal(str(first_value))
    if not all(unit.least <= each <= unit.most for each in (first, *of_levels.values())):
        raise ValueError(f"first value of rule {key} lies outside its bounds")
    _declared[key] = RuleSpec(
        key, meaning, unit, first, source, of_levels, theme or key.split(".")[0], varies
    )


def declared() -> list[RuleSpec]:
    """All declared rules in the order of their keys."""
    return [_declared[key] for key in sorted(_declared)]


def find(key: str) -> RuleSpec | None:
    """The declared rule of a key, or None."""
    return _declared.get(key)


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
            _("The rule “%(key)s” has no value on %(date)s. Date one on the page of rules.")
            % {"key": key, "date": self._on.strftime("%d/%m/%Y")}
        )


def write_first_values(sender: object = None, using: str = "default", **kwargs: object) -> None:
    """post_migrate receiver: give each declared rule without any row its first value."""
    from .models import Rule

    if not is_there(Rule, using):
        return
    known = set(Rule.objects.using(using).values_list("key", flat=True))
    # Migrating speaks no language; what is stored speaks that of the offices.
    with translation.override(settings.LANGUAGE_CODE):
        Rule.objects.using(using).bulk_create(
            Rule(
                key=spec.key,
                level=level,
                value=value,
                source=str(spec.source),
                valid_from=BEGINNING,
            )
            for spec in declared()
            if spec.key not in known
            for level, value in spec.first_values
        )
