"""What a publication was summed from, frozen beside its figures.

Two things a later reader needs, and the figures alone do not tell: the registers that counted, so
that a difference is told register by register, and the cells that papers are made of, so that a
paper about a published month says what was published.
"""

import datetime
import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from attendance import session_bitmask
from core.levels import EducationLevel
from core.months import Month
from schools.areas.selectors.tree import AreaTree, schools_in
from schools.models import Area, School, SchoolClass

from ..explanation.selectors import Counted
from ..explanation.selectors import Lesson as CountedLesson
from ..models import Publication, PublicationDetail
from ..selectors.dashboards import map_date_for, schools_by_id
from ..selectors.figures import Figures
from ..selectors.monthly import AreaSource, Cell, SchoolSource, cells_of
from ..selectors.targets import TargetTable
from .freezing import canonical, fingerprint
from .selectors import is_unaltered

FORMAT = 1
# Each part, and the sign its value begins with. Names inside a part stand before other signs.
PARTS = {
    "class_cells": "[",
    "classes": "[",
    "communes": "{",
    "map": '"',
    "registers": "{",
    "school_cells": "[",
    "schools": "{",
    "targets": "{",
}
# Figures that say when they were counted, not what was: the same facts give the same bytes.
_MOMENTS = {"rebuilt_at", "stale"}


@dataclass(frozen=True, slots=True)
class Lesson:
    """A register that counted: pupil-sessions expected, of these missed, and its revision."""

    expected: int
    excused: int
    unexcused: int
    revision: int

    @property
    def present(self) -> int:
        """What it added to the numerator."""
        return self.expected - self.excused - self.unexcused


# (day, session) -> the register, of one class.
Lessons = Mapping[tuple[datetime.date, str], Lesson]


@dataclass(frozen=True)
class FrozenClass:
    """A class as it was counted: where it lay, and its registers.

    `lines`: of each register the place of its session in `month`, and the numbers of a `Lesson`.
    """

    month: Month
    commune: str = ""
    level: str = ""
    lines: Sequence[Sequence[int]] = ()

    @property
    def sums(self) -> tuple[int, int]:
        """Pupil-sessions expected and attended."""
        expected = sum(line[1] for line in self.lines)
        return expected, expected - sum(line[2] + line[3] for line in self.lines)

    @cached_property
    def lessons(self) -> Lessons:
        """Its registers."""
        return {_session_at(self.month, place): Lesson(*rest) for place, *rest in self.lines}


class DetailAltered(ValidationError):
    """What is kept with a publication is not what was written: nothing is made of it."""

    def __init__(self, publication: Publication) -> None:
        super().__init__(
            _(
                "What is kept with %(publication)s (code %(code)s) does not match its "
                "fingerprint: nothing is made of it. Tell the system administrator."
            ),
            code="altered",
            params={"publication": publication, "code": publication.code},
        )
        self.publication = publication


def detail_of(area: Area, month: Month) -> str:
    """The `PublicationDetail` of an area's month as canonical JSON; the same facts, the same bytes.

    A fixed number of queries whatever the number of schools.
    """
    tree = AreaTree.on(map_date_for(area, month))
    commune_of = schools_in(tree.below(area.pk), on=tree.date)
    ids = list(commune_of)
    of_schools = cells_of(ids, month)
    of_classes = cells_of(ids, month, by="class")
    targets = TargetTable.on(month.last)
    inside = [tree[pk] for pk in tree.below(area.pk)]
    chains = {each.pk: [above.pk for above in tree.ancestors(each.pk)][::-1] for each in inside}
    content = {
        "format": FORMAT,
        "map": tree.date.isoformat(),
        "communes": {str(pk): tree[commune_id].code for pk, commune_id in commune_of.items()},
        "schools": {str(school.pk): school.name for school in schools_by_id(commune_of)},
        "school_cells": _packed(of_schools),
        "classes": [
            [each.pk, each.school_id, each.name]
            for each in SchoolClass.objects.filter(
                pk__in={pk for pk, _level in of_classes}
            ).order_by("name_key", "pk")
        ],
        "class_cells": _packed(of_classes),
        "targets": {
            each.code: {
                level: share
                for level in ("", *EducationLevel.values)
                if (share := targets.share("attendance", level, chains[each.pk])) is not None
            }
            for each in inside
        },
        "registers": {
            str(pk): [each.level, each.school_id, each.lines]
            for pk, each in sorted(_registers(ids, month).items())
        },
    }
    return canonical(content)


def keep_detail(publication: Publication, content: str) -> PublicationDetail:
    """Write the detail of a publication that was just made; returns it."""
    return PublicationDetail.objects.create(
        publication=publication,
        content=zlib.compress(content.encode(), 9),
        fingerprint=fingerprint(content),
    )


class Detail:
    """A `PublicationDetail` as it is read; no query but that of the map when tables are asked."""

    def __init__(self, publication: Publication, kept: "_StoredDetail") -> None:
        self.month = Month.of(publication.month)
        self._kept = kept
        self.map_date = datetime.date.fromisoformat(kept.part("map"))

    def classes(self) -> dict[int, FrozenClass]:
        """{id of a class: where it lay and its registers}, of every class that had any."""
        communes = self._kept.communes
        return {
            int(pk): FrozenClass(self.month, communes[str(school_id)], level, lines)
            for pk, (level, school_id, lines) in self._kept.part("registers").items()
        }

    def figures_of(self, school_ids: Collection[int]) -> dict[tuple[int, str], Figures] | None:
        """{(id of a school, level): its figures of the month}; None when one was not counted."""
        if not all(str(pk) in self._kept.communes for pk in school_ids):
            return None
        cells = _unpacked(self._kept.school_cells, set(school_ids))
        return {key: cell.month for key, cell in cells.items()}

    def area_source(self, area: Area) -> AreaSource | None:
        """What the tables of an area inside the publication are made of; None for another area."""
        tree = AreaTree.on(self.map_date)
        if area.pk not in tree:
            return None
        by_code = {each.code: each.pk for each in tree.communes(area.pk)}
        commune_of = {
            int(pk): by_code[code] for pk, code in self._kept.communes.items() if code in by_code
        }
        targets, names = self._kept.targets, self._kept.schools
        codes = {pk: tree[pk].code for pk in tree.below(area.pk)}
        return AreaSource(
            tree=tree,
            commune_of=commune_of,
            cells=_unpacked(self._kept.school_cells, set(commune_of)),
            names={pk: names[str(pk)] for pk in commune_of},
            target=lambda pk, level: targets.get(codes[pk], {}).get(level),
        )

    def school_source(self, school: School) -> SchoolSource | None:
        """What the tables of a school are made of; None for one that was not counted."""
        code = self._kept.communes.get(str(school.pk))
        if code is None:
            return None
        classes = [
            (pk, name)
            for pk, school_id, name in self._kept.part("classes")
            if school_id == school.pk
        ]
        targets = self._kept.targets.get(code, {})
        return SchoolSource(
            classes=classes,
            cells=_unpacked(self._kept.part("class_cells"), {pk for pk, _name in classes}),
            target=targets.get,
        )


def detail_of_publication(publication: Publication) -> Detail | None:
    """The `Detail` kept with a publication; None for those of before there were any. Two queries.

    Raises DetailAltered: it is not what the published figures name, or they are altered.
    """
    named = json.loads(publication.content).get("detail")
    found = PublicationDetail.objects.filter(publication=publication).first()
    if named is None and found is None:
        return None
    kept = _kept(bytes(found.content)) if found is not None else None
    if kept is None or kept.fingerprint != named or not is_unaltered(publication):
        raise DetailAltered(publication)
    return Detail(publication, kept)


@dataclass
class _Registers:
    level: str
    school_id: int
    lines: list[list[int]]


def _registers(school_ids: list[int], month: Month) -> dict[int, _Registers]:
    counted = Counted(month, school_ids=school_ids)
    by_id = {each.class_id: each for each in counted.classes}
    found: dict[int, _Registers] = {}
    for each in counted.lessons():
        school_class = by_id[each.class_id]
        of_class = found.setdefault(
            each.class_id, _Registers(school_class.level, school_class.school_id, [])
        )
        of_class.lines.append(
            [_place_of(each), each.expected, each.excused, each.unexcused, each.revision]
        )
    return found


def _place_of(lesson: CountedLesson) -> int:
    return session_bitmask.bit(lesson.date, lesson.session).bit_length() - 1


def _session_at(month: Month, place: int) -> tuple[datetime.date, str]:
    sessions = {at: session for session, at in session_bitmask.PLACE.items()}
    return month.first + datetime.timedelta(days=place // 2), str(sessions[place % 2])


def _packed(cells: Mapping[tuple[int, str], Cell]) -> list[list[Any]]:
    return [
        [
            *(pk, level, cell.girls, cell.minority, cell.boarders, dict(cell.reasons)),
            *(_plain(each) for each in (cell.month, cell.before, cell.year)),
        ]
        for (pk, level), cell in sorted(cells.items())
    ]


def _unpacked(rows: list[list[Any]], ids: set[int]) -> dict[tuple[int, str], Cell]:
    return {
        (pk, level): Cell(
            *(_figures(month), _figures(before), _figures(year)),
            girls=girls,
            minority=minority,
            boarders=boarders,
            reasons=reasons,
        )
        for pk, level, girls, minority, boarders, reasons, month, before, year in rows
        if pk in ids
    }


def _plain(values: Figures) -> dict[str, Any]:
    """The numbers that are not nought; days and months as text."""
    found = {each.name: getattr(values, each.name) for each in fields(values)}
    return {
        name: value if isinstance(value, int) else str(value)
        for name, value in found.items()
        if value and name not in _MOMENTS
    }


def _figures(plain: Mapping[str, Any]) -> Figures:
    values = dict(plain)
    for name in ("first_month", "last_month"):
        if name in values:
            values[name] = Month.parse(values[name])
    if "counted_to" in values:
        values["counted_to"] = datetime.date.fromisoformat(values["counted_to"])
    return Figures(**values)


class _StoredDetail:
    """The JSON of a detail, of which a part is read when it is asked for.

    A province's is some ten megabytes as text and ten times that as lists: what few papers need,
    registers and cells of classes, is read anew each time.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.fingerprint = fingerprint(text)

    def part(self, name: str) -> Any:
        """One of `PARTS`."""
        start = self._text.index(f'"{name}":{PARTS[name]}') + len(f'"{name}":')
        return json.JSONDecoder().raw_decode(self._text, start)[0]

    @cached_property
    def communes(self) -> dict[str, str]:
        found: dict[str, str] = self.part("communes")
        return found

    @cached_property
    def schools(self) -> dict[str, str]:
        found: dict[str, str] = self.part("schools")
        return found

    @cached_property
    def school_cells(self) -> list[list[Any]]:
        found: list[list[Any]] = self.part("school_cells")
        return found

    @cached_property
    def targets(self) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = self.part("targets")
        return found


@lru_cache(maxsize=1)
def _kept(content: bytes) -> _StoredDetail | None:
    """What was packed; all notices of a month are made of one and the same. None: it is no more."""
    try:
        return _StoredDetail(zlib.decompress(content).decode())
    except (zlib.error, UnicodeDecodeError):
        return None
