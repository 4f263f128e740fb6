"""Abbreviations in papers' numbers, as dated rows (Decree 30/2020/NĐ-CP, appendices I and III)."""

import datetime
import tomllib
from pathlib import Path
from typing import Any

from core.first_rows import is_there

from ..models import PaperSymbol
from .drafts import Office

FIRST = Path(__file__).parent.parent / "data" / "paper_symbols.toml"
UNKNOWN = "VB"


def write_first_symbols(sender: Any = None, using: str = "default", **_options: Any) -> None:
    """Write the abbreviations of the file where a key has no row yet (after migrating)."""
    if not is_there(PaperSymbol, using):
        return
    with FIRST.open("rb") as file:
        told = tomllib.load(file)
    known = set(PaperSymbol.objects.using(using).values_list("key", flat=True))
    PaperSymbol.objects.using(using).bulk_create(
        PaperSymbol(key=key, symbol=symbol, source=told["source"], valid_from=told["valid_from"])
        for key, symbol in told["symbols"].items()
        if key not in known
    )


def symbol_of(office: Office, kind: str, *, on: datetime.date) -> str:
    """What stands after the number of an office's papers of a kind on a day; one query.

    An office with an abbreviation of its own has that, else that of its kind.
    """
    own = _own_key(office)
    keys = [f"kind:{kind}", own, f"office:{office.kind}"]
    found = dict(PaperSymbol.objects.on(on).filter(key__in=keys).values_list("key", "symbol"))
    short = found.get(own) or found.get(f"office:{office.kind}", UNKNOWN)
    return f"{found.get(f'kind:{kind}', UNKNOWN)}-{short}"


def _own_key(office: Office) -> str:
    if office.school is not None:
        return f"school:{office.school.code}"
    return f"area:{office.area.code}" if office.area is not None else ""
