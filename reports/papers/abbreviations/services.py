"""Dating abbreviations; numbers of papers that were issued keep theirs."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.services.versions import locked_versions, take_back, valid_among, value_from
from core.types import User
from schools.areas.selectors.tree import province_id_on

from ...models import PaperSymbol
from .. import events
from .selectors import name_of


@transaction.atomic
def set_symbol(
    *, key: str, symbol: str, valid_from: datetime.date, source: str, by: User
) -> PaperSymbol:
    """Let something be abbreviated so from a day on, until what is dated after it; returns the row.

    As `core.services.versions.value_from`. Raises ValidationError: a key that there is not, a day
    before today, no source, letters that are no capitals, or the abbreviation that holds already.
    """
    name = name_of(key, valid_from)
    if name is None:
        raise ValidationError({"office": _("There is no such office on that day.")})
    if valid_from < timezone.localdate():
        raise ValidationError(
            {"valid_from": _("Papers issued keep their symbol. Choose today or a later day.")}
        )
    if not source.strip():
        raise ValidationError({"source": _("Say which decision changes the abbreviation.")})
    symbol, source = symbol.strip(), source.strip()
    rows = locked_versions(PaperSymbol.objects.filter(key=key))
    standing = valid_among(rows, valid_from)
    old = standing.symbol if standing is not None else None
    if standing is not None and (standing.symbol, standing.source) == (symbol, source):
        raise ValidationError({"symbol": _("This abbreviation holds on that day already.")})
    new = PaperSymbol(key=key, symbol=symbol, source=source, valid_from=valid_from)
    made = value_from(new, rows, "symbol", "source")
    record(
        events.SYMBOL_SET,
        by=by,
        about=made,
        name=name,
        area=province_id_on(timezone.localdate()),
        changes={
            "symbol": (old, made.symbol),
            "valid_from": (None, valid_from),
            "source": (None, source),
        },
    )
    return made


@transaction.atomic
def remove_symbol(*, row: PaperSymbol, by: User) -> None:
    """Take back an abbreviation whose day has not come; the one before goes on.

    Raises ValidationError: its day has come, or somebody took it back meanwhile.
    """
    found = PaperSymbol.objects.select_for_update().filter(pk=row.pk).first()
    if found is None:
        raise ValidationError(_("Somebody took this back meanwhile."))
    if found.valid_from <= timezone.localdate():
        raise ValidationError(_("It holds already. Set another one from a day on instead."))
    record(
        events.SYMBOL_REMOVED,
        by=by,
        about=found,
        name=name_of(found.key, found.valid_from) or found.key,
        area=province_id_on(timezone.localdate()),
        changes={"symbol": (found.symbol, None), "valid_from": (found.valid_from, None)},
    )
    take_back(found, PaperSymbol.objects.filter(key=found.key))
