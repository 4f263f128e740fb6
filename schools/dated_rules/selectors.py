"""Reading the rules for who dates them."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext

from core import rules
from core.levels import EducationLevel
from core.models import Event, Rule
from core.rules import BEGINNING, RuleSpec, Theme
from core.scope import Scope
from core.types import StrOrPromise

from .. import events
from .wording import level_name, say


@dataclass(frozen=True)
class Value:
    """A row of a rule, in words.

    `set_by`: the event of who set it, when a page did; `is_last`: no row of its level is later.
    """

    row: Rule
    words: str
    level: StrOrPromise
    set_by: Event | None = None
    is_last: bool = False

    @property
    def source(self) -> str:
        """The decision it rests on; that of a first value in the reader's language."""
        return gettext(self.row.source) if self.row.source else ""

    @property
    def is_first(self) -> bool:
        """Whether it holds since the installation, from no day that anybody chose."""
        return self.row.valid_from == BEGINNING


@dataclass(frozen=True)
class Line:
    """A rule: the value that holds in general, those of levels, and what is to come.

    There is none in general (`now`) where every level has its own.
    """

    spec: RuleSpec
    now: Value | None
    levels: list[Value] = field(default_factory=list)
    coming: list[Value] = field(default_factory=list)

    @property
    def leading(self) -> Value | None:
        """The value whose day and source stand for the rule."""
        return self.now or next(iter(self.levels), None)


@dataclass(frozen=True)
class Group:
    """The rules of a theme, and whether the reader may set them."""

    theme: Theme
    lines: list[Line]
    may_set: bool

    @property
    def coming(self) -> int:
        """How many values are to come."""
        return sum(len(line.coming) for line in self.lines)


def may_set(scope: Scope, spec: RuleSpec) -> bool:
    """Whether a reader may set a rule."""
    return scope.may(rules.theme_of(spec).keeper)


def groups(scope: Scope) -> list[Group]:
    """Every declared rule by theme, as it holds today and will; one query."""
    rows: dict[str, list[Rule]] = {}
    for row in Rule.objects.exclude(valid_to__lte=scope.date).order_by("valid_from"):
        rows.setdefault(row.key, []).append(row)
    lines: dict[str, list[Line]] = {}
    for spec in rules.declared():
        line = line_of(spec, rows.get(spec.key, ()), scope.date)
        lines.setdefault(spec.theme, []).append(line)
    return [
        Group(theme, lines[theme.code], scope.may(theme.keeper))
        for theme in rules.themes()
        if theme.code in lines
    ]


def line_of(spec: RuleSpec, rows: Iterable[Rule], on: datetime.date) -> Line:
    """A rule of a day, from its rows in order."""
    values = [Value(row, say(spec.unit, row.value), level_name(row.level)) for row in rows]
    now = [each for each in values if each.row.is_valid_on(on)]
    of_levels = {each.row.level: each for each in now}
    general = of_levels.pop("", None)
    return Line(
        spec,
        None if len(of_levels) == len(EducationLevel) else general,
        [of_levels[level] for level in EducationLevel if level in of_levels],
        [each for each in values if each.row.valid_from > on],
    )


def history(spec: RuleSpec) -> list[Value]:
    """Every row of a rule, general ones first, the newest first; two queries."""
    rows = list(Rule.objects.filter(key=spec.key).order_by("level", "-valid_from"))
    told = Event.objects.filter(
        object_type=Rule._meta.label_lower,
        object_id__in=[str(row.pk) for row in rows],
        kind=events.RULE_SET.code,
    )
    by_row = {each.object_id: each for each in told.order_by("at", "pk")}
    newest = {row.level: row.pk for row in reversed(rows)}
    return [
        Value(
            row,
            say(spec.unit, row.value),
            level_name(row.level),
            by_row.get(str(row.pk)),
            newest[row.level] == row.pk,
        )
        for row in rows
    ]


def row_of(row_id: int) -> Rule | None:
    """A row of a rule that is declared, or None; one query."""
    found = Rule.objects.filter(pk=row_id).first()
    return found if found is not None and rules.find(found.key) else None
