"""Rows in versions: the one before ends on the day on which the next begins.

Questions and criteria go on one after the other (`next_version`). Of rules and abbreviations a
value may also be dated before or between others (`value_from`).
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

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


def locked_versions(same: QuerySet[Version]) -> list[Version]:
    """All versions of one thing by their days, locked until the transaction ends."""
    return list(same.select_for_update().order_by("valid_from"))


def value_from(new: Version, among: Sequence[Version], *fields: str) -> Version:
    """Let a value hold from a day on, until what is dated after it; returns its row.

    The one before ends on that day. One that began on that very day is corrected: nobody else can
    have meant both.

    Args:
        new: the row, not saved, with its first day.
        among: `locked_versions` of the same thing.
        fields: what is said anew where a row is corrected.
    Raises ValidationError, as `save_checked`.
    """
    standing = valid_among(among, new.valid_from)
    if standing is not None and standing.valid_from == new.valid_from:
        for name in fields:
            setattr(standing, name, getattr(new, name))
        return save_checked(standing)
    if standing is None:
        later = (row.valid_from for row in among if row.valid_from > new.valid_from)
        new.valid_to = next(later, None)
    else:
        new.valid_to, standing.valid_to = standing.valid_to, new.valid_from
        save_checked(standing)
    return save_checked(new)


def valid_among(versions: Iterable[Version], day: datetime.date) -> Version | None:
    """The version that holds on a day."""
    return next((row for row in versions if row.is_valid_on(day)), None)


def take_back(version: Version, same: QuerySet[Version]) -> None:
    """Remove a version; the one that ended when it began goes on instead.

    Args:
        same: all versions of the same thing.
    """
    before = same.filter(valid_to=version.valid_from).first()
    end = version.valid_to
    version.delete()
    if before is not None:
        before.valid_to = end
        save_checked(before)
