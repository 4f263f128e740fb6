"""The parts of a digest: what each is called, for whom it is, and how it is counted.

    declare(Part("reports.flags", 30, _("Flags newly raised"), {P.VIEW_FLAGS}, sentence, ...))

An app declares its parts in `AppConfig.ready`. A part is a number with a sentence and a link,
never a name: the same goes out by e-mail.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast

from django.urls import reverse

from ..permissions import Permission
from ..scope import Places, Scope
from ..types import StrOrPromise
from .periods import Period

if TYPE_CHECKING:
    from ..models import Digest

Found = TypeVar("Found")


@dataclass(frozen=True)
class Batch:
    """Some people for whom the digests of a period are made at once.

    Attributes:
        on: the day on which it is made; every scope is of that day.
        people: {id of a user: scope}. Scopes of one batch share the map of the day.
    """

    period: Period
    on: datetime.date
    people: Mapping[int, Scope]
    _found: dict[Callable[..., object], object] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def places(self, permission: Permission) -> dict[int, Places]:
        """{id of a user: where the permission is held}, of those who hold it somewhere."""
        return {
            user_id: scope.places(permission)
            for user_id, scope in self.people.items()
            if scope.may(permission)
        }

    def once(self, find: "Callable[[Batch], Found]") -> Found:
        """What a function finds for the batch, worked out once for all the parts that ask."""
        if find not in self._found:
            self._found[find] = find(self)
        return cast("Found", self._found[find])


@dataclass(frozen=True)
class Part:
    """One part of the digest.

    Attributes:
        code: stored with the digest, for ever.
        place: where it stands among the others, the smallest number first.
        name: what it is called where it is switched off.
        permissions: it is offered to those who hold one of these.
        sentence: what it says of a number, in the reader's language.
        link: name of the address, without arguments, where these things are listed.
        count: {id of a user: how many} of a batch; who has none may be left out. A fixed number
            of queries whatever the number of people.
    """

    code: str
    place: int
    name: StrOrPromise
    permissions: Collection[Permission]
    sentence: Callable[[int], str]
    link: str
    count: Callable[[Batch], Mapping[int, int]]
    query: str = ""

    def is_for(self, scope: Scope) -> bool:
        """Whether it is offered to a person."""
        return any(scope.may(permission) for permission in self.permissions)

    @property
    def url(self) -> str:
        """Path of the page that lists what is counted."""
        return reverse(self.link) + self.query


@dataclass(frozen=True)
class Line:
    """A line of a digest as it is shown."""

    text: str
    url: str


_parts: dict[str, Part] = {}


def declare(part: Part) -> Part:
    """A new part; raises ValueError for a code that is taken."""
    if part.code in _parts:
        raise ValueError(f"part {part.code} of the digest is declared twice")
    return _parts.setdefault(part.code, part)


def parts() -> list[Part]:
    """Every part, in the order in which they stand."""
    return sorted(_parts.values(), key=lambda part: (part.place, part.code))


def offered_to(scope: Scope) -> list[Part]:
    """The parts that a person may have by the roles held."""
    return [part for part in parts() if part.is_for(scope)]


def lines_of(digest: "Digest") -> list[Line]:
    """The lines of a digest in words; one of a part that is no more is left out."""
    return [
        Line(_parts[code].sentence(count), _parts[code].url)
        for code, count in digest.lines
        if code in _parts
    ]


@dataclass(frozen=True)
class Counted:
    """So many things of one place, or one thing that belongs to several; ids of the places."""

    count: int
    areas: Collection[int | None] = ()
    schools: Collection[int | None] = ()
    classes: Collection[int | None] = ()


class PlaceCounts:
    """Counts by place, that are asked for the places of one person after the other."""

    def __init__(self, rows: Iterable[Counted]) -> None:
        self._rows: Sequence[Counted] = list(rows)
        self._at: dict[tuple[str, int | None], list[int]] = defaultdict(list)
        for number, row in enumerate(self._rows):
            for key in _keys(row):
                self._at[key].append(number)

    def inside(self, places: Places) -> set[int]:
        """The rows inside some places, by their number in the order given; no query."""
        return {number for key in _keys(places) for number in self._at.get(key, ())}

    def within(self, places: Places) -> int:
        """How many inside some places, each row once; no query."""
        return sum(self._rows[number].count for number in self.inside(places))

    def by_person(self, places: Mapping[int, Places]) -> dict[int, int]:
        """{id of a user: how many} for {id of a user: places}; no query."""
        return {user_id: self.within(each) for user_id, each in places.items()}


def _keys(at: Counted | Places) -> Iterator[tuple[str, int | None]]:
    for kind, ids in (("area", at.areas), ("school", at.schools), ("class", at.classes)):
        for each in ids:
            yield kind, each
