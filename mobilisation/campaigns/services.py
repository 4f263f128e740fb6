"""Noting a campaign, and mending what was noted."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import locked_row, save_checked
from core.types import User
from schools.models import Area

from .. import events
from ..models import Campaign

TOLD = ("commune", "village", "held_on", "who", "households", "children_back", "note")


@transaction.atomic
def note_campaign(*, commune: Area, by: User, **told: Any) -> Campaign:
    """Note a campaign (`told`: the other fields of `TOLD`); returns it. Raises ValidationError."""
    campaign = Campaign(commune=commune, recorded_by=by, recorded_at=timezone.now(), **told)
    _check_day(campaign.held_on)
    save_checked(campaign, by=by)
    record(
        events.CAMPAIGN_NOTED,
        by=by,
        about=campaign,
        area=commune.pk,
        changes={name: (None, told[name]) for name in ("held_on", "households", "children_back")},
    )
    return campaign


@transaction.atomic
def change_campaign(*, campaign: Campaign, by: User, **told: Any) -> Campaign:
    """Mend what was noted (`told`: fields of `TOLD`); returns it. Raises ValidationError."""
    found = locked_row(campaign)
    changes = {}
    for name in (each for each in TOLD if each in told):
        old, new = getattr(found, name), told[name]
        if old != new:
            changes[name] = (str(old), str(new))
            setattr(found, name, new)
    _check_day(found.held_on)
    save_checked(found, by=by)
    record(events.CAMPAIGN_CHANGED, by=by, about=found, area=found.commune_id, changes=changes)
    return found


def _check_day(day: datetime.date) -> None:
    if day > timezone.localdate():
        raise ValidationError({"held_on": _("This day lies in the future.")})
