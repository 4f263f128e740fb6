"""What an event says, in the language of the reader: its changes as words, not as codes."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DecimalField, Field, ForeignObjectRel, Model
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from .events import kinds, words_of
from .formatting import number
from .models import Event
from .types import JSON, StrOrPromise

NOTHING = "—"
# A change that says only which fields were corrected.
FIELDS = "fields"
# {field: {code: name}} of codes that packages above keep without choices of the field.
_names_of_codes: dict[str, Mapping[str, StrOrPromise]] = {}
AnyField: TypeAlias = Field | ForeignObjectRel | GenericForeignKey


@dataclass(frozen=True)
class Change:
    """One line of an event: what, before and after, as a person reads them."""

    label: str
    old: str
    new: str

    @property
    def began_empty(self) -> bool:
        """Whether there was nothing before that could be shown."""
        return self.old == NOTHING


@dataclass(frozen=True)
class WordedEvent:
    """An event as it is shown."""

    event: Event
    words: str
    changes: list[Change]


def name_codes(field: str, names: Mapping[str, StrOrPromise]) -> None:
    """Say what the codes in a field of events are called; for `AppConfig.ready`."""
    _names_of_codes[field] = names


def told(events: Iterable[Event]) -> list[WordedEvent]:
    """`WordedEvent` of each event, in order; no query."""
    return [WordedEvent(event, str(words_of(event.kind)), _changes(event)) for event in events]


def _changes(event: Event) -> list[Change]:
    model = _model(event.object_type)
    own = kinds()[event.kind].fields if event.kind in kinds() else {}
    changes = [
        Change(
            label=str(own.get(name) or _label(model, name)),
            old=_shown(model, name, old),
            new=_shown(model, name, new),
        )
        for name, (old, new) in event.changes.items()
    ]
    # PostgreSQL does not keep the order of keys.
    return sorted(
        (change for change in changes if change.old != change.new), key=lambda change: change.label
    )


def _model(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label) if label else None
    except (LookupError, ValueError):
        return None


def _field(model: type[Model] | None, name: str) -> AnyField | None:
    if model is None:
        return None
    try:
        return model._meta.get_field(name.removesuffix("_id"))
    except FieldDoesNotExist:
        return None


def _label(model: type[Model] | None, name: str) -> StrOrPromise:
    field = _field(model, name)
    return getattr(field, "verbose_name", None) or name


def _shown(model: type[Model] | None, name: str, value: JSON) -> str:
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == FIELDS and isinstance(value, list):
        return ", ".join(str(_label(model, str(each))) for each in value)
    if isinstance(value, list):
        return ", ".join(_shown(model, name, each) for each in value)
    choices = dict(getattr(_field(model, name), "flatchoices", None) or ())
    choices |= _names_of_codes.get(name, {})
    if value in choices:
        return str(choices[value])
    if isinstance(_field(model, name), DecimalField) and isinstance(value, str):
        return _decimal(value)
    return _day(value) if isinstance(value, str) else str(value)


def _decimal(text: str) -> str:
    """A stored decimal as it is read here: "95.00" -> "95", "97.50" -> "97,5"."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return text
    digits = found.normalize().as_tuple().exponent
    return number(found, max(0, -digits)) if isinstance(digits, int) else text


def _day(text: str) -> str:
    """A stored date or moment as it is read here; any other text as it is."""
    for parse, form in ((parse_date, "%d/%m/%Y"), (parse_datetime, "%H:%M %d/%m/%Y")):
        try:
            found = parse(text)
        except ValueError:
            found = None
        if isinstance(found, datetime.datetime) and found.tzinfo is not None:
            found = localtime(found)
        if found is not None:
            return found.strftime(form)
    return text
