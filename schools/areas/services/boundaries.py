"""Write the outlines of a file to the units they belong to."""

import datetime
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.events import record
from core.types import User
from core.validity import valid_on

from ...enums import AreaLevel
from ...events import BOUNDARIES_LOADED
from ...models import Area, AreaBoundary
from .. import boundary_files
from .units import Tally

CODES_NAMED = 10


@dataclass(frozen=True)
class LoadedBoundaries:
    """What a file did; `without` are the communes of the day that have no outline yet."""

    tally: Tally
    without: list[Area]


@transaction.atomic
def load_boundaries(
    data: bytes,
    *,
    on: datetime.date,
    source: str,
    by: User | None = None,
    dry_run: bool = False,
) -> LoadedBoundaries:
    """Give the communes of `on` the outlines of a GeoJSON file; all of them or none.

    Args:
        data: the bytes of the file (`boundary_files.read` says what it must hold).
        source: whose outlines these are, shown under the map.
        dry_run: only say what would be written.

    Raises:
        ValidationError: the file is refused, or names a code that is no commune on `on`.
    """
    outlines = boundary_files.read(data)
    communes = {
        area.code: area for area in Area.objects.filter(valid_on(on), level=AreaLevel.COMMUNE)
    }
    unknown = [each.code for each in outlines if each.code not in communes]
    if unknown:
        raise ValidationError(
            _("These codes are no commune on %(day)s: %(codes)s.")
            % {"day": on.strftime("%d/%m/%Y"), "codes": ", ".join(unknown[:CODES_NAMED])}
        )
    stored = {
        each.area_id: each for each in AreaBoundary.objects.filter(area__in=list(communes.values()))
    }
    tally = Tally()
    changed = []
    for outline in outlines:
        area = communes[outline.code]
        boundary = stored.get(area.pk)
        is_other = boundary is not None and (boundary.rings, boundary.source) != (
            outline.rings,
            source,
        )
        tally.count(boundary is not None, is_other)
        if boundary is None or is_other:
            changed.append(AreaBoundary(area=area, rings=outline.rings, source=source))
            changed[-1].clean_fields()
    if changed and not dry_run:
        AreaBoundary.objects.filter(area__in=[each.area_id for each in changed]).delete()
        AreaBoundary.objects.bulk_create(changed)
        record(
            BOUNDARIES_LOADED,
            by=by,
            changes={"units": (None, len(changed)), "source": (None, source)},
        )
    has = stored.keys() | {communes[each.code].pk for each in outlines}
    return LoadedBoundaries(tally, [each for each in communes.values() if each.pk not in has])
