"""Dating abbreviations; numbers of papers that were issued keep theirs."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import save_checked
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

    The one before ends on that day; one that began on that very day is corrected. Raises
    ValidationError: a key that there is not, a day before today, no source, letters that are no
    capitals, or the abbreviation that holds already.
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
    rows = list(
        PaperSymbol.objects.select_for_update().filter(key=key).order_by("valid_from", "pk")
    )
    standing = next((row for row in rows if row.is_valid_on(valid_from)), None)
    old = standing.symbol if standing is not None else None
    if standing is not None and (standing.symbol, standing.source) == (symbol, source):
        raise ValidationError({"symbol": _("This abbreviation holds on that day already.")})
    if standing is not None and standing.valid_from == valid_from:
        standing.symbol, standing.source = symbol, source
        made = save_checked(standing)
    else:
        later = next((row.valid_from for row in rows if row.valid_from > valid_from), None)
        end = standing.valid_to if standing is not None else later
        if standing is not None:
            standing.valid_to = valid_from
            save_checked(standing)
        made = save_checked(
            PaperSymbol(key=key, symbol=symbol, source=source, valid_from=valid_from, valid_to=end)
        )
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
    before = PaperSymbol.objects.filter(key=found.key, valid_to=found.valid_from).first()
    end = found.valid_to
    found.delete()
    if before is not None:
        before.valid_to = end
        save_checked(before)
