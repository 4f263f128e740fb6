"""Setting targets."""

import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.events import record
from core.services.versions import locked_versions, valid_among, value_from
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

    What becomes of the targets before and after it: `core.services.versions.value_from`.
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
    among = locked_versions(Target.objects.filter(indicator=indicator, level=level, area=area))
    held = valid_among(among, valid_from)
    before = held.percent if held is not None else None
    target = Target(
        indicator=indicator,
        level=level,
        area=area,
        percent=percent,
        valid_from=valid_from,
        source=source,
    )
    target = value_from(target, among, "percent", "source")
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
