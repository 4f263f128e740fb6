"""Which communes a decision names as especially difficult, from a day on."""

import datetime
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import save_checked
from core.types import User

from ... import events
from ...models import Area, AreaDesignation

DIFFICULT = AreaDesignation.Kind.ESPECIALLY_DIFFICULT


@transaction.atomic
def designate(
    *,
    named: Collection[Area],
    among: Collection[Area],
    decree: str,
    valid_from: datetime.date,
    by: User,
) -> None:
    """Record a decision: of the communes `among`, those `named` are especially difficult from a
    day on, and the others are not.

    A decision lists all of them, so what held before ends on that day; a list entered for the
    same day is corrected. Raises ValidationError: a commune that does not exist on the day, or a
    list already entered for a later day.
    """
    rows = AreaDesignation.objects.filter(kind=DIFFICULT, area__in=among)
    later = rows.filter(valid_from__gt=valid_from).order_by("valid_from").first()
    if later is not None:
        raise ValidationError(
            {
                "valid_from": _("A list from %(day)s on is on record already; choose a later day.")
                % {"day": f"{later.valid_from:%d/%m/%Y}"}
            }
        )
    for area in named:
        if not area.is_valid_on(valid_from):
            raise ValidationError(
                {
                    "valid_from": _("%(area)s does not exist on %(date)s. Choose another day.")
                    % {"area": area.title, "date": f"{valid_from:%d/%m/%Y}"}
                }
            )
    held = set(rows.select_for_update().on(valid_from).values_list("area", flat=True))
    rows.filter(valid_from=valid_from).delete()
    rows.on(valid_from).update(valid_to=valid_from)
    for area in named:
        save_checked(
            AreaDesignation(area=area, kind=DIFFICULT, decree=decree, valid_from=valid_from)
        )
    record(
        events.COMMUNES_DESIGNATED,
        by=by,
        name=f"{decree}, {valid_from:%d/%m/%Y}",
        changes={
            "named": (len(held), len(named)),
            "ended": (None, len(held - {area.pk for area in named})),
            "valid_from": (None, f"{valid_from:%Y-%m-%d}"),
        },
        reason=decree,
    )
