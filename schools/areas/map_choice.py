"""The map on which a page shows an area: the usual one, each month's own, or a day's.

A choice is an address (`?map=then`, `?map=2020-03-01`), and nothing is rewritten by it (ADR 104).
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.dates import parse_day
from core.scope import AreaHistory
from core.types import ScopedRequest, StrOrPromise

from ..enums import AreaLevel
from ..models import Area
from ..period_picker import with_query, without_query

QUERY = "map"
THEN = "then"
# Maps offered, the newest first; every day of any of them can be asked for by its address.
OFFERED = 8
ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class MapChoice:
    """One map: what it is called, the address of the page on it, whether it is shown."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class AskedMap:
    """What an address asks for.

    Attributes:
        then: each month by its own units.
        day: one day's map for all of it; None: the usual one.
        absent: a day on which the unit was not there, so that its own map is shown.
    """

    then: bool = False
    day: datetime.date | None = None
    absent: datetime.date | None = None

    @property
    def query(self) -> str:
        """As the address has it; "" for the usual map."""
        return THEN if self.then else self.day.isoformat() if self.day else ""


def asked_map(text: str, area: Area, history: AreaHistory) -> AskedMap:
    """The map that an address asks for an area; what is none is the usual one."""
    if text == THEN:
        return AskedMap(then=area.level != AreaLevel.COMMUNE)
    try:
        day = parse_day(text)
    except ValueError:
        return AskedMap()
    return AskedMap(day=day) if history.holds_on(area.pk, day) else AskedMap(absent=day)


def choices(
    request: ScopedRequest,
    asked: AskedMap,
    area: Area,
    *,
    usual: StrOrPromise,
    by_month: bool = False,
) -> Sequence[MapChoice]:
    """The maps on which the page asked for can show an area; none when there is one alone.

    Args:
        usual: what the map is called that is shown when none is asked for.
        by_month: whether each month can be shown by its own units.
    """
    history = request.scope.history
    days = [day for day in history.map_days if history.holds_on(area.pk, day)]
    found = [MapChoice(str(usual), without_query(request, QUERY), not asked.query)]
    if by_month and area.level != AreaLevel.COMMUNE:
        found.append(
            MapChoice(_("each month by its own units"), with_query(request, map=THEN), asked.then)
        )
    shown = days[-OFFERED:] if len(days) > 1 else []
    for number, day in reversed(list(enumerate(shown))):
        after = shown[number + 1] if number + 1 < len(shown) else None
        current = asked.day is not None and day <= asked.day and (not after or asked.day < after)
        told = {"from": f"{day:%d/%m/%Y}", "to": f"{after - ONE_DAY:%d/%m/%Y}" if after else ""}
        label = _("units of %(from)s to %(to)s") if after else _("units since %(from)s")
        found.append(MapChoice(label % told, with_query(request, map=day), current))
    return found if len(found) > 1 else []
