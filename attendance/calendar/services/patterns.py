"""Setting and taking back a weekly pattern."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.events import Changes, Kind, record
from core.services.saving import locked_row, save_checked
from core.types import User
from schools.models import SchoolYear

from ... import events
from ...models import CalendarRule
from ...models.calendar import Place
from ...signals import calendar_changed
from ..selectors.impact import Effect, effect_of, effect_of_taking_back
from .closures import field_of


def pattern_for(
    *,
    place: Place,
    level: str,
    morning: str,
    afternoon: str,
    valid_from: datetime.date,
    valid_to: datetime.date | None = None,
) -> CalendarRule:
    """The pattern of a place and level from a day on as it would be saved.

    One of the same place, level and first day is changed; else it is a new one, and those before
    it hold until its first day, because of one place the newest decides.

    Args:
        morning, afternoon: seven characters, Monday first: "1" for lessons, "0" for none.
        valid_to: the first day on which it no longer holds, None for no end.
    Raises ValidationError: no lesson on any day, no school year after its first day.
    """
    key: dict[str, Any] = {"level": level, "area": None, "school": None, "site": None}
    key |= {field_of(place): place, "valid_from": valid_from}
    pattern = CalendarRule.objects.filter(**key).order_by("-pk").first() or CalendarRule(**key)
    pattern.morning, pattern.afternoon, pattern.valid_to = morning, afternoon, valid_to
    pattern.full_clean()
    if "1" not in morning + afternoon:
        raise ValidationError(_("A weekly pattern has lessons on some day."), code="no_day")
    if not SchoolYear.objects.filter(valid_to__gt=valid_from).exists():
        raise ValidationError(
            _("No school year runs on %(day)s or later. Open the school year first.")
            % {"day": valid_from.strftime("%d/%m/%Y")},
            code="no_year",
        )
    return pattern


@transaction.atomic
def set_pattern(*, by: User, **values: Any) -> CalendarRule:
    """Save what `pattern_for` makes of the same arguments; returns the `CalendarRule`.

    Says `calendar_changed` for every class and month in which a session becomes due or no
    longer is.
    """
    pattern = pattern_for(**values)
    effect = effect_of(pattern)
    before = CalendarRule.objects.filter(pk=pattern.pk).first() if pattern.pk else None
    was, now = _told(before), _told(pattern)
    changes = {name: (was.get(name), now[name]) for name in now if was.get(name) != now[name]}
    save_checked(pattern, by=by)
    _record(events.PATTERN_SET, pattern, by, changes)
    _tell(effect)
    return pattern


@transaction.atomic
def remove_pattern(*, pattern: CalendarRule, by: User) -> None:
    """Take a pattern back; an earlier one, or that of a farther place, decides again.

    Raises `core.contention.Overtaken` when somebody else did it.
    """
    pattern = locked_row(pattern)
    effect = effect_of_taking_back(pattern)
    changes: Changes = {name: (value, None) for name, value in _told(pattern).items() if value}
    _record(events.PATTERN_REMOVED, pattern, by, changes)
    pattern.delete()
    _tell(effect)


def _told(pattern: CalendarRule | None) -> dict[str, Any]:
    """What an event says of a pattern, by field; the days in words, as people read them."""
    if pattern is None:
        return {}
    return {
        "morning": pattern.mornings,
        "afternoon": pattern.afternoons,
        "valid_from": pattern.valid_from,
        "valid_to": pattern.valid_to,
        "level": pattern.level,
    }


def _record(kind: Kind, pattern: CalendarRule, by: User, changes: Changes) -> None:
    record(
        kind,
        by=by,
        about=pattern,
        name=pattern.place_name,
        area=pattern.area_id,
        school=pattern.school_id or (pattern.site.school_id if pattern.site else None),
        changes=changes,
    )


def _tell(effect: Effect) -> None:
    for month, class_ids in effect.changes().items():
        calendar_changed.send(
            sender=CalendarRule,
            school_class_ids=sorted(class_ids),
            start=month.first,
            end=month.end,
        )
