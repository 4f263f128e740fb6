"""Rows in versions: the one before ends on the day on which the next begins."""

import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError

from ..types import StrOrPromise
from ..validity import ValidInTime
from .saving import locked_row, save_checked

Version = TypeVar("Version", bound=ValidInTime)


def standing(version: Version, *, refusal: StrOrPromise) -> Version:
    """The version as it is now, locked; raises ValidationError when it has got an end since."""
    found = locked_row(version)
    if found.valid_to is not None:
        raise ValidationError(refusal)
    return found


def next_version(before: Version, *, on: datetime.date, **changes: Any) -> Version:
    """End a version on a day and begin the next one, the same but for `changes`; returns it.

    Raises ValidationError, as `save_checked`.
    """
    before.valid_to = on
    save_checked(before)
    same = {
        field.attname: getattr(before, field.attname)
        for field in before._meta.local_concrete_fields
        if not field.primary_key
    }
    return save_checked(type(before)(**same | {"valid_from": on, "valid_to": None} | changes))
