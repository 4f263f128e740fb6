"""Dating a rule: a new value from a day on, taken back before its day, the end of a level's own."""

import datetime
from decimal import Decimal
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import rules
from core.events import Changes, Kind, record
from core.models import Rule
from core.rules import RuleSpec, RuleTable
from core.services.saving import save_checked
from core.services.versions import locked_versions, take_back, valid_among, value_from
from core.types import User

from .. import events
from ..areas.selectors.tree import province_id_on
from ..closed_months import check_first_day
from .wording import level_name, say, say_alone


@transaction.atomic
def set_value(
    *,
    spec: RuleSpec,
    value: Decimal,
    valid_from: datetime.date,
    source: str,
    by: User,
    level: str = "",
) -> Rule:
    """Let a rule have a value from a day on, until what is dated after it; returns its row.

    As `core.services.versions.value_from`. What is settled (`schools.closed_months`) stays judged
    as it was.

    Raises ValidationError: a value out of the bounds of its unit, a level of a rule that has none,
    a day in what is settled, no source, the value that holds already, or rules that have to rise
    and would fall.
    """
    check_first_day(valid_from, "valid_from")
    _check_value(spec, value)
    _check_source(source)
    rows = locked_versions(Rule.objects.filter(key=spec.key, level=level))
    if level and not spec.varies and not rows:
        raise ValidationError({"level": _("This rule has one value for all levels.")})
    standing = valid_among(rows, valid_from)
    old = standing.value if standing is not None else None
    if standing is not None and (standing.value, standing.source) == (value, source.strip()):
        raise ValidationError({"value": _("This value holds on that day already.")})
    new = Rule(key=spec.key, level=level, value=value, source=source.strip(), valid_from=valid_from)
    made = value_from(new, rows, "value", "source")
    _check_rising(spec, valid_from)
    _tell(
        events.RULE_SET,
        spec,
        made,
        by=by,
        changes={
            "value": (_plain(old), _plain(value)),
            "level": (None, level or None),
            "valid_from": (None, valid_from),
            "source": (None, made.source),
        },
    )
    return made


@transaction.atomic
def remove_value(*, row: Rule, by: User) -> None:
    """Take back a value whose day has not come; the one before goes on.

    Raises ValidationError: its day has come, somebody took it back meanwhile, or rules that have
    to rise would fall.
    """
    spec, row = _standing(row)
    if row.valid_from <= timezone.localdate():
        raise ValidationError(
            _("This value holds already. Set another one from a day on instead."), code="holds"
        )
    _tell(
        events.RULE_REMOVED,
        spec,
        row,
        by=by,
        changes={
            "value": (_plain(row.value), None),
            "level": (row.level or None, None),
            "valid_from": (row.valid_from, None),
        },
    )
    day = row.valid_from
    take_back(row, Rule.objects.filter(key=row.key, level=row.level))
    _check_rising(spec, day)


@transaction.atomic
def end_level(*, row: Rule, on: datetime.date, source: str, by: User) -> Rule:
    """Let a level have the general value again from a day on; returns the row of its own value.

    The decision that ends it stands in the event: the row keeps the one it came from. Raises
    ValidationError: a day in what is settled or not after the value began, no source, or another
    value is to follow.
    """
    spec, row = _standing(row)
    if not row.level:
        raise ValidationError(_("Only the value of a level ends; the general one is replaced."))
    check_first_day(on, "on")
    _check_source(source)
    if row.valid_to is not None:
        raise ValidationError(_("Another value follows this one. Take that one back first."))
    if on <= row.valid_from:
        raise ValidationError(
            {"on": _("It begins on %(day)s; choose a later day.") % _day(row.valid_from)}
        )
    row.valid_to = on
    save_checked(row)
    _check_rising(spec, on)
    _tell(
        events.RULE_LEVEL_ENDED,
        spec,
        row,
        by=by,
        changes={"level": (row.level, None), "valid_to": (None, on)},
        reason=source.strip(),
    )
    return row


@transaction.atomic
def keep_level(*, row: Rule, by: User) -> Rule:
    """Take back the end of a level's own value while its day has not come; returns the row.

    Raises ValidationError: it has ended, has no end, or another value follows it.
    """
    spec, row = _standing(row)
    day = row.valid_to
    same = Rule.objects.filter(key=row.key, level=row.level)
    if (
        not row.level
        or day is None
        or day <= timezone.localdate()
        or same.filter(valid_from=day).exists()
    ):
        raise ValidationError(_("There is no end to come that could be taken back."))
    row.valid_to = None
    save_checked(row)
    _check_rising(spec, day)
    _tell(
        events.RULE_LEVEL_KEPT,
        spec,
        row,
        by=by,
        changes={"level": (None, row.level), "valid_to": (day, None)},
    )
    return row


def _tell(
    kind: Kind, spec: RuleSpec, row: Rule, *, by: User, changes: Changes, reason: str = ""
) -> None:
    record(
        kind,
        by=by,
        about=row,
        name=str(spec.meaning),
        area=province_id_on(timezone.localdate()),
        changes=changes,
        reason=reason,
    )


def _standing(row: Rule) -> tuple[RuleSpec, Rule]:
    """The rule of a row, and the row as it is now, locked."""
    spec = rules.find(row.key)
    found = Rule.objects.select_for_update().filter(pk=row.pk).first()
    if spec is None or found is None:
        raise ValidationError(_("Somebody took this value back meanwhile."), code="gone")
    return spec, found


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _day(day: datetime.date) -> dict[str, str]:
    return {"day": f"{day:%d/%m/%Y}"}


def _check_source(source: str) -> None:
    if not source.strip():
        raise ValidationError({"source": _("Say which decision changes the rule.")})


def _check_value(spec: RuleSpec, value: Decimal) -> None:
    unit = spec.unit
    if not unit.least <= value <= unit.most:
        bounds = {"least": say_alone(unit, unit.least), "most": say(unit, unit.most)}
        raise ValidationError({"value": _("Between %(least)s and %(most)s.") % bounds})
    if value != round(value, unit.digits):
        raise ValidationError({"value": _("Too many digits after the comma.")})


def _check_rising(spec: RuleSpec, since: datetime.date) -> None:
    """Of the rules that rise together with this one: that they do, whenever one of them changes.

    Two queries for each row of such rules.
    """
    for keys in rules.rising():
        if spec.key not in keys:
            continue
        rows = Rule.objects.filter(key__in=keys).exclude(valid_to__lte=since)
        days = {max(row.valid_from, since) for row in rows}
        days |= {row.valid_to for row in rows if row.valid_to is not None}
        levels = {"", *(row.level for row in rows)}
        for day, table in sorted(rules.tables(days).items()):
            for level in sorted(levels):
                _check_order(keys, table, level, day)


def _check_order(keys: tuple[str, ...], table: RuleTable, level: str, day: datetime.date) -> None:
    for lower, upper in pairwise(keys):
        low, high = (rules.find(key) for key in (lower, upper))
        if low is None or high is None or table[lower, level] <= table[upper, level]:
            continue
        raise ValidationError(
            {
                "value": _(
                    "From %(day)s on “%(lower)s” (%(low)s) would lie above “%(upper)s” (%(high)s). "
                    "Levels: %(level)s."
                )
                % {
                    "day": f"{day:%d/%m/%Y}",
                    "lower": low.meaning,
                    "low": say(low.unit, table[lower, level]),
                    "upper": high.meaning,
                    "high": say(high.unit, table[upper, level]),
                    "level": level_name(level),
                }
            },
            code="falls",
        )
