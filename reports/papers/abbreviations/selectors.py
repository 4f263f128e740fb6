"""Reading the abbreviations for who keeps them."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max
from django.utils.translation import gettext as _

from core.province import agency_name
from core.types import StrOrPromise
from schools.enums import AreaLevel
from schools.models import Area, School

from ...models import IssuedPaper, PaperSymbol
from ..drafts import COMMITTEE, DEPARTMENT, SCHOOL

KIND, OFFICE, AREA, OWN_SCHOOL = "kind:", "office:", "area:", "school:"


@dataclass(frozen=True)
class Line:
    """What is abbreviated: its words now and what is to come; `last`: the last number of the year
    that the Department gave papers of the kind."""

    key: str
    name: StrOrPromise
    now: PaperSymbol | None
    coming: list[PaperSymbol]
    last: int = 0


@dataclass(frozen=True)
class Overview:
    """Abbreviations of kinds of paper, of kinds of office, and of single offices."""

    kinds: list[Line]
    offices: list[Line]
    own: list[Line]


def office_names() -> dict[str, str]:
    """{key: what a kind of office is called}."""
    return {
        f"{OFFICE}{DEPARTMENT}": agency_name(),
        f"{OFFICE}{COMMITTEE}": _("People's Committees of communes"),
        f"{OFFICE}{SCHOOL}": _("Schools without an abbreviation of their own"),
    }


def kind_names() -> dict[str, StrOrPromise]:
    """{key: what a kind of paper is called}."""
    return {f"{KIND}{kind.value}": kind.label for kind in IssuedPaper.Kind}


def overview(on: datetime.date) -> Overview:
    """Every abbreviation of a day and those to come; four queries."""
    rows = list(PaperSymbol.objects.exclude(valid_to__lte=on).order_by("key", "valid_from"))
    of_province = IssuedPaper.objects.filter(office_area__level=AreaLevel.PROVINCE, year=on.year)
    last = dict(of_province.order_by().values_list("kind").annotate(Max("number")))
    own = {row.key for row in rows if row.key.startswith((AREA, OWN_SCHOOL))}
    names = names_of(sorted(own), on)
    return Overview(
        [
            _line(key, name, rows, on, last.get(key.removeprefix(KIND), 0))
            for key, name in kind_names().items()
        ],
        [_line(key, name, rows, on) for key, name in office_names().items()],
        [_line(key, name, rows, on) for key, name in sorted(names.items(), key=lambda one: one[1])],
    )


def _line(
    key: str, name: StrOrPromise, rows: Sequence[PaperSymbol], on: datetime.date, last: int = 0
) -> Line:
    own = [row for row in rows if row.key == key]
    now = next((row for row in own if row.is_valid_on(on)), None)
    return Line(key, name, now, [row for row in own if row.valid_from > on], last)


def names_of(keys: Sequence[str], on: datetime.date) -> dict[str, str]:
    """{key: name} of single offices, the code where there is none of it on a day; two queries."""
    codes = {key: key.partition(":")[2] for key in keys}
    areas = Area.objects.on(on).filter(level=AreaLevel.COMMUNE, code__in=codes.values())
    titles = {f"{AREA}{area.code}": area.title for area in areas}
    schools = School.objects.filter(code__in=codes.values()).order_by("valid_from")
    titles |= {f"{OWN_SCHOOL}{school.code}": school.name for school in schools}
    return {key: titles.get(key, code) for key, code in codes.items()}


def name_of(key: str, on: datetime.date) -> str | None:
    """What a key abbreviates, None for a key that there is not; two queries for single offices."""
    general = kind_names() | office_names()
    if key in general:
        return str(general[key])
    if not key.startswith((AREA, OWN_SCHOOL)):
        return None
    found = names_of([key], on)[key]
    return found if found != key.partition(":")[2] else None


def row_of(row_id: int) -> PaperSymbol | None:
    """An abbreviation, or None."""
    return PaperSymbol.objects.filter(pk=row_id).first()


def history(key: str) -> list[PaperSymbol]:
    """Every row of a key, the newest first; one query."""
    return list(PaperSymbol.objects.filter(key=key).order_by("-valid_from"))
