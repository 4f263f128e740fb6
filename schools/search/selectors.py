"""What a search finds, only where the reader's places reach.

Words are compared without case and marks, in any order, each with the beginning of a word, so
that "mai gia" finds Giàng Thị Mai. Pupils have a column that is written so, which the database
looks through; of communes, schools and classes there are a few thousand, compared here.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar

from django.db.models import Q

from core.scope import Places
from core.vietnamese import fold

from ..directory.selectors.schools import communes_in
from ..models import Area, Enrolment, Pupil, School, SchoolClass

# Of each kind; whoever gets more than these writes another word.
SHOWN = 10
# Shorter texts are in nearly every name.
SHORTEST = 2
MOST_WORDS = 6
IDENTIFIER_DIGITS = (10, 12)

Item = TypeVar("Item")


@dataclass(frozen=True)
class Hits(Generic[Item]):
    """The first of one kind, by name, and whether there are more."""

    items: list[Item] = field(default_factory=list)
    has_more: bool = False

    def __bool__(self) -> bool:
        return bool(self.items)


@dataclass(frozen=True)
class Found:
    """What was found of each kind; pupils by their latest spell inside the places that has begun,
    who are still to come by the one they come for."""

    communes: Hits[Area]
    schools: Hits[School]
    classes: Hits[SchoolClass]
    pupils: Hits[Enrolment]

    def __bool__(self) -> bool:
        return bool(self.communes or self.schools or self.classes or self.pupils)


def words_of(text: str) -> list[str]:
    """The words to compare; [] when they are too few letters to say anything."""
    words = fold(text).split()[:MOST_WORDS]
    return words if sum(map(len, words)) >= SHORTEST else []


def find(
    text: str,
    *,
    schools: Places,
    pupils: Places,
    on: datetime.date,
) -> Found:
    """What the words of `text` name on a day: at most `SHOWN` of each kind.

    Args:
        text: as typed, of bounded length.
        schools: where communes, schools and classes are found.
        pupils: where pupils are found, by name or by their whole identifier.
    At most six queries, whatever is found. Nothing is found by too short a text.
    """
    words = words_of(text)
    if not words:
        return Found(Hits(), Hits(), Hits(), Hits())
    return Found(
        communes=_named(words, communes_in(schools, on=on), _of_commune),
        schools=_named(words, School.objects.within(schools).on(on), _of_school),
        classes=_classes(words, schools, on),
        pupils=_pupils(words, pupils, on),
    )


def _of_commune(area: Area) -> str:
    return f"{area.title} {area.code}"


def _of_school(school: School) -> str:
    return f"{school.name} {school.code}"


def _of_class(school_class: SchoolClass) -> str:
    return f"{school_class.name} {school_class.school.name}"


def _named(words: list[str], items: Iterable[Item], name: Callable[[Item], str]) -> Hits[Item]:
    found = (item for item in items if all(map(_beginnings(name(item)), words)))
    return _hits(list(islice(found, SHOWN + 1)))


def _beginnings(name: str) -> Callable[[str], bool]:
    """Function: whether a word of the name begins so."""
    text = f" {fold(name)}"
    return lambda word: f" {word}" in text


def _hits(found: list[Item]) -> Hits[Item]:
    return Hits(found[:SHOWN], len(found) > SHOWN)


def _classes(words: list[str], places: Places, on: datetime.date) -> Hits[SchoolClass]:
    """Classes of today by name and school; the name itself must hold one of the words.

    Else every class of a school would be found beside the school.
    """
    running = (
        SchoolClass.objects.within(places)
        .running_on(on)
        .select_related("school")
        .order_by("name_key", "school__name_key", "pk")
        .only("name", "school__name")
    )
    named = (each for each in running if any(map(_beginnings(each.name), words)))
    return _named(words, named, _of_class)


def _pupils(words: list[str], places: Places, on: datetime.date) -> Hits[Enrolment]:
    """Pupils who are, were or will be in a class there, each by one spell, see `Found`."""
    wanted = Q()
    for word in words:
        wanted &= Q(search_key__startswith=word) | Q(search_key__contains=f" {word}")
    number = "".join(words)
    if number.isdecimal() and len(number) in IDENTIFIER_DIGITS:
        wanted |= Q(ministry_id=number) | Q(citizen_id=number)
    found = Pupil.objects.within(places).filter(wanted, anonymised_at=None)
    ids = list(found.values_list("pk", flat=True)[: SHOWN + 1])
    if not ids:
        return Hits()
    spells = (
        Enrolment.objects.within(places)
        .filter(pupil__in=ids)
        .select_related("pupil", "school_class__school")
        .order_by("valid_from", "pk")
    )
    latest: dict[int, Enrolment] = {}
    for spell in spells:
        if spell.valid_from <= on or spell.pupil_id not in latest:
            latest[spell.pupil_id] = spell
    return _hits([latest[pk] for pk in ids])
