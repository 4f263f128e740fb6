"""Setting targets."""

import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import save_checked
from core.types import User
from schools.models import Area

from .. import events
from ..indicators import NAMED
from ..models import Target


@transaction.atomic
def set_target(
    *,
    indicator: str,
    area: Area,
    percent: Decimal,
    valid_from: datetime.date,
    by: User,
    level: str = "",
    source: str = "",
) -> Target:
    """Set the target of an indicator for an area and level from a day on; returns the row.

    The row that held until then ends on that day; one that begins on the same day is
    corrected. A target already set for later keeps its beginning: the new one ends there.
    Raises ValidationError: unknown indicator, percent outside 0-100, area not valid that day.
    """
    if indicator not in NAMED:
        raise ValidationError({"indicator": _("Choose an indicator of the list.")})
    if not area.is_valid_on(valid_from):
        raise ValidationError(
            {
                "valid_from": _("%(area)s does not exist on %(date)s. Choose another day.")
                % {"area": area.title, "date": valid_from.strftime("%d/%m/%Y")}
            },
            code="area_not_valid",
        )
    same = Target.objects.filter(indicator=indicator, level=level, area=area)
    held = same.select_for_update().on(valid_from).first()
    target = held if held is not None and held.valid_from == valid_from else None
    if target is None:
        later = same.filter(valid_from__gt=valid_from).order_by("valid_from").first()
        target = Target(
            indicator=indicator,
            level=level,
            area=area,
            valid_from=valid_from,
            valid_to=later.valid_from if later else None,
        )
        same.on(valid_from).update(valid_to=valid_from)
    before = held.percent if held is not None else None
    target.percent, target.source = percent, source
    save_checked(target)
    record(
        events.TARGET_SET,
        by=by,
        about=target,
        name=f"{NAMED[indicator].name}, {area.title}",
        area=area.pk,
        changes={
            "percent": (before, target.percent),
            "valid_from": (None, valid_from),
            "level": (None, level),
        },
        reason=source,
    )
    return target
