"""Setting and taking back the frame of a school year."""

import datetime
from typing import Any

from django.db import transaction

from core.events import Changes, Kind, record
from core.services.saving import locked_row, save_checked, signed
from core.types import User
from schools.models import SchoolYear

from ... import events
from ...models import YearFrame
from ...models.calendar import Place
from ...signals import calendar_changed
from ..selectors.impact import Effect, effect_of, effect_of_taking_back
from .closures import field_of


def frame_for(
    *,
    year: SchoolYear,
    place: Place,
    level: str,
    valid_from: datetime.date,
    valid_to: datetime.date,
    second_term_from: datetime.date | None = None,
    source: str = "",
    by: User | None = None,
) -> YearFrame:
    """The frame of a year for a place and level as it would be saved: new, or changed.

    Raises ValidationError: outside the year's dates, or a term's border outside the frame.
    """
    key = {"year": year, "level": level, "area": None, "school": None, "site": None}
    key[field_of(place)] = place
    frame = YearFrame.objects.filter(**key).first() or YearFrame(**key)
    frame.valid_from, frame.valid_to = valid_from, valid_to
    frame.second_term_from, frame.source, frame.made_by = second_term_from, source, by
    frame.full_clean()
    return frame


@transaction.atomic
def set_frame(**values: Any) -> YearFrame:
    """Save what `frame_for` makes of the same arguments; returns the `YearFrame`.

    Says `calendar_changed` for every class and month in which a session becomes due or no
    longer is.
    """
    frame = frame_for(**values)
    effect = effect_of(frame)
    before = YearFrame.objects.filter(pk=frame.pk).first() if frame.pk else None
    changes = {
        name: (getattr(before, name, None), getattr(frame, name))
        for name in ("valid_from", "valid_to", "second_term_from", "level")
        if getattr(before, name, None) != getattr(frame, name)
    }
    save_checked(frame, by=values["by"])
    _record(events.FRAME_SET, frame, values["by"], changes)
    _tell(effect)
    return frame


@transaction.atomic
def remove_frame(*, frame: YearFrame, by: User) -> None:
    """Take a frame back; farther places, or the year's own dates, decide again.

    Raises `core.contention.Overtaken` when somebody else did it.
    """
    frame = locked_row(frame)
    effect = effect_of_taking_back(frame)
    changes = {name: (getattr(frame, name), None) for name in ("valid_from", "valid_to")}
    _record(events.FRAME_REMOVED, frame, by, changes)
    signed(frame, by=by).delete()
    _tell(effect)


def _record(kind: Kind, frame: YearFrame, by: User, changes: Changes) -> None:
    place = frame.site or frame.school or frame.area
    record(
        kind,
        by=by,
        about=frame,
        name=f"{frame.year.code} {place or ''}".strip(),
        area=frame.area_id,
        school=frame.school_id or (frame.site.school_id if frame.site else None),
        changes=changes,
        reason=frame.source,
    )


def _tell(effect: Effect) -> None:
    for month, class_ids in effect.changes().items():
        calendar_changed.send(
            sender=YearFrame, school_class_ids=sorted(class_ids), start=month.first, end=month.end
        )
