"""Writing down the regulation of a committee and its meetings.

Each raises PermissionDenied for who does not manage the committees of the area.
"""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import check_area
from core.attachments import sound_file
from core.events import Kind, record
from core.permissions import Permission as P
from core.services.saving import locked_row, save_checked
from core.services.versions import next_version
from core.types import User

from .. import events
from ..models import Committee, Meeting, Member, Regulation
from .selectors import members_on, newest_regulation


@dataclass(frozen=True)
class Minutes:
    """What is said of a meeting. `present`: members, with or without who was in the chair."""

    held_on: datetime.date
    place: str
    chair: Member
    present: Collection[Member]
    guests: str
    content: str
    decided: str


@transaction.atomic
def set_regulation(
    *,
    committee: Committee,
    paper: str,
    meets_every: int,
    reports_every: int,
    articles: str,
    valid_from: datetime.date,
    by: User,
    file: UploadedFile | None = None,
) -> Regulation:
    """Note the regulation of a committee from a day on; the one before ends then. Returns it.

    Raises ValidationError: the committee does not exist on that day, a day not after the one
    before began, no paper named, a file that is neither photo nor PDF.
    """
    check_area(P.MANAGE_COMMITTEES, committee.area_id, by=by)
    locked_row(committee)
    if not committee.is_valid_on(valid_from):
        raise ValidationError(
            {
                "valid_from": _("The committee does not exist on %(day)s.")
                % {"day": valid_from.strftime("%d/%m/%Y")}
            }
        )
    before = newest_regulation(committee)
    if before is not None and valid_from <= before.valid_from:
        raise ValidationError(
            {
                "valid_from": _("The regulation before it began on %(day)s: choose a later day.")
                % {"day": before.valid_from.strftime("%d/%m/%Y")}
            }
        )
    told: dict[str, Any] = {
        "paper": paper.strip(),
        "meets_every": meets_every,
        "reports_every": reports_every,
        "articles": articles.strip(),
        "file": sound_file(file, "regulation") if file is not None else "",
    }
    if before is None:
        made = save_checked(Regulation(committee=committee, valid_from=valid_from, **told))
    else:
        made = next_version(before, on=valid_from, **told)
    noted = ("paper", "meets_every", "reports_every", "valid_from")
    changes = {name: (before and getattr(before, name), getattr(made, name)) for name in noted}
    _tell(events.REGULATION_SET, made, committee, by, changes)
    return made


@transaction.atomic
def write_meeting(*, committee: Committee, minutes: Minutes, by: User) -> Meeting:
    """Write down a meeting that was held; returns it.

    Raises ValidationError: the day lies in the future, somebody named was no member then, nothing
    discussed or decided, or the meeting of that day is there already.
    """
    check_area(P.MANAGE_COMMITTEES, committee.area_id, by=by)
    meeting = Meeting(committee=committee)
    present = _write(meeting, minutes, by)
    changes = {"held_on": (None, meeting.held_on), "present": (None, len(present))}
    _tell(events.MEETING_WRITTEN, meeting, committee, by, changes)
    return meeting


@transaction.atomic
def correct_meeting(*, meeting: Meeting, minutes: Minutes, seen: int, by: User) -> Meeting:
    """Correct what is written of a meeting; the event keeps what stood there before. Returns it.

    Args:
        seen: the version that the person saw.

    Raises ValidationError: as `write_meeting`, or somebody corrected it meanwhile.
    """
    found = locked_row(meeting)
    check_area(P.MANAGE_COMMITTEES, found.committee.area_id, by=by)
    if found.version != seen:
        raise ValidationError(
            _("Somebody corrected this meeting meanwhile. Open it again and compare."),
            code="meanwhile",
        )
    before = _as_told(found, list(found.present.all()))
    found.version += 1
    now = _as_told(found, _write(found, minutes, by))
    changes = {name: (old, now[name]) for name, old in before.items() if old != now[name]}
    _tell(events.MEETING_CORRECTED, found, found.committee, by, changes)
    return found


def _write(meeting: Meeting, minutes: Minutes, by: User) -> list[Member]:
    """Save what the minutes say; returns those present, with the chair."""
    present = _present(meeting.committee, minutes)
    meeting.held_on, meeting.chair = minutes.held_on, minutes.chair
    meeting.place, meeting.guests = minutes.place.strip(), minutes.guests.strip()
    meeting.content, meeting.decided = minutes.content.strip(), minutes.decided.strip()
    meeting.written_by, meeting.written_at = by, timezone.now()
    save_checked(meeting)
    meeting.present.set(present)
    return present


def _present(committee: Committee, minutes: Minutes) -> list[Member]:
    day = minutes.held_on
    if day > timezone.localdate():
        raise ValidationError(
            {"held_on": _("The meeting lies in the future. Write it down afterwards.")}
        )
    present = list({each.pk: each for each in (minutes.chair, *minutes.present)}.values())
    sitting = set(members_on(committee, day).values_list("pk", flat=True))
    for each in present:
        if each.pk not in sitting:
            raise ValidationError(
                {
                    "chair" if each == minutes.chair else "present": _(
                        "%(member)s is not in the committee on %(day)s."
                    )
                    % {"member": each.full_name, "day": day.strftime("%d/%m/%Y")}
                }
            )
    return present


def _as_told(meeting: Meeting, present: Collection[Member]) -> dict[str, object]:
    """What an event tells of a meeting."""
    return {
        "held_on": meeting.held_on,
        "place": meeting.place,
        "chair": meeting.chair.full_name,
        "present": sorted(each.full_name for each in present),
        "guests": meeting.guests,
        "content": meeting.content,
        "decided": meeting.decided,
    }


def _tell(
    kind: Kind,
    about: Regulation | Meeting,
    committee: Committee,
    by: User,
    changes: Mapping[str, tuple[object, object]],
) -> None:
    record(
        kind,
        by=by,
        about=about,
        part_of=committee,
        area=committee.area_id,
        changes=changes,
    )
