"""How alike a child of the survey and a pupil are, in points from 0 to 100. No database here.

Names are compared without accents, since families and schools write them differently; of a date
of birth the usual slips are known: day and month swapped, the year one off, day and month not
known. Measured on invented data with such errors (`tests/mobilisation/invented_children.py`):
docs/mobilisation.md.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache

# Below this nothing is proposed: of the best pairs 99.8 % are right, and 98 % of all children are
# among them.
LEAST = 78
# So many pupils are proposed for one child.
MOST_FOR_ONE = 3
_NAME, _BIRTH = 55, 45
_OTHER_SEX, _OTHER_GROUP, _OTHER_NUMBER, _SAME_VILLAGE = 15, 4, 30, 2


@dataclass(frozen=True, slots=True)
class Record:
    """What is compared of a person or a pupil.

    Attributes:
        name: without accents and case (`fold`); born: None where day and month are not known.
        village: key of the village; of a pupil, the folded address in which it may stand.
    """

    pk: int
    name: str
    year: int
    born: datetime.date | None
    sex: str
    group: str
    number: str = ""
    village: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A person and a pupil who may be one child."""

    person: int
    pupil: int
    score: int
    is_certain: bool


@dataclass
class _Blocks:
    """Pupils by what the search looks them up by, so that few are compared with each child."""

    found: dict[Hashable, list[Record]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, pupils: Iterable[Record]) -> "_Blocks":
        """The blocks of some pupils."""
        blocks = cls()
        for pupil in pupils:
            for key in _keys(pupil):
                blocks.found[key].append(pupil)
        return blocks

    def near(self, record: Record) -> Iterator[Record]:
        seen = set()
        for key in _searched(record):
            for other in self.found.get(key, ()):
                if other.pk not in seen:
                    seen.add(other.pk)
                    yield other


def _keys(record: Record) -> Iterator[Hashable]:
    if record.number:
        yield ("number", record.number)
    if not record.name:
        return  # nobody is like another for having no name
    yield ("name", record.name)
    given = record.name.rsplit(" ", 1)[-1]
    yield ("given", given, record.year)
    family = record.name.split(" ", 1)[0]
    if record.born is not None:
        yield ("born", record.born)
        yield ("family", family, record.year, record.born.month)
        yield ("given of day", given, record.born.month, record.born.day)


def _searched(record: Record) -> Iterator[Hashable]:
    yield from _keys(record)
    if record.born is not None and (swapped := _swapped(record.born)):
        yield ("born", swapped)


def alike(people: Iterable[Record], pupils: Iterable[Record]) -> set[tuple[int, int]]:
    """(person, pupil) of everybody who has points enough to be proposed."""
    blocks = _Blocks.of(pupils)
    return {
        (person.pk, pupil.pk)
        for person in people
        for pupil in blocks.near(person)
        if score(person, pupil) >= LEAST
    }


def pairs(
    people: Iterable[Record],
    pupils: Iterable[Record],
    *,
    apart: Collection[tuple[int, int]] = (),
    rivals: Iterable[Record] = (),
) -> list[Pair]:
    """The pairs worth showing, the most alike first.

    Each child is compared with those pupils only who share a number, a name, a day or parts of
    both. A pair is certain when number, or name and day and sex agree, and neither has another
    of whom that is so, or who is as much alike. Whoever is of a certain pair is proposed for
    nobody else.

    Args:
        apart: (person, pupil) that somebody told apart.
        rivals: people who are proposed for nobody here, and may be the pupil all the same.
    """
    blocks = _Blocks.of(pupils)
    # Everything counts for what is certain, not only what is shown.
    found: list[tuple[int, int, int, bool]] = []
    of_person, of_pupil = _Best(), _Best()
    for person in people:
        best = []
        for pupil in blocks.near(person):
            points = score(person, pupil)
            if points >= LEAST and (person.pk, pupil.pk) not in apart:
                exact = is_exact(person, pupil)
                best.append((points, person.pk, pupil.pk, exact))
                of_person.add(person.pk, points, is_exact=exact)
                of_pupil.add(pupil.pk, points, is_exact=exact)
        best.sort(key=lambda each: (-each[0], each[2]))
        found += best[:MOST_FOR_ONE]
    for rival in rivals:
        for pupil in blocks.near(rival):
            if is_exact(rival, pupil):
                of_pupil.add(pupil.pk, score(rival, pupil), is_exact=True)
    certain = [
        Pair(one, other, points, True)
        for points, one, other, exact in found
        if exact and of_person.is_alone(one, points) and of_pupil.is_alone(other, points)
    ]
    people_taken = {pair.person for pair in certain}
    pupils_taken = {pair.pupil for pair in certain}
    doubtful = [
        Pair(one, other, points, False)
        for points, one, other, _exact in found
        if one not in people_taken and other not in pupils_taken
    ]
    return sorted([*certain, *doubtful], key=lambda pair: (-pair.score, pair.person, pair.pupil))


@dataclass
class _Best:
    """Of each child of one side: who of the other side is exactly it, and how many have points."""

    exact: Counter[int] = field(default_factory=Counter)
    having: Counter[tuple[int, int]] = field(default_factory=Counter)
    most: dict[int, int] = field(default_factory=dict)

    def add(self, pk: int, points: int, *, is_exact: bool) -> None:
        self.exact[pk] += is_exact
        self.having[pk, points] += 1
        self.most[pk] = max(points, self.most.get(pk, 0))

    def is_alone(self, pk: int, points: int) -> bool:
        """Whether one exact pair of so many points has no equal and nothing above it."""
        return self.exact[pk] == 1 and self.most[pk] == points and self.having[pk, points] == 1


def is_exact(person: Record, pupil: Record) -> bool:
    """Whether a pair differs in nothing that counts."""
    if person.number and pupil.number:
        return person.number == pupil.number and score(person, pupil) >= LEAST
    same_birth = person.born is not None and person.born == pupil.born
    return same_birth and person.name == pupil.name and person.sex == pupil.sex


def score(person: Record, pupil: Record) -> int:
    """Points from 0 to 100."""
    points = _NAME * name_likeness(person.name, pupil.name) + _BIRTH * birth_likeness(person, pupil)
    if person.number and pupil.number:
        points += _OTHER_NUMBER if person.number == pupil.number else -_OTHER_NUMBER
    if person.sex != pupil.sex:
        points -= _OTHER_SEX
    if person.group != pupil.group:
        points -= _OTHER_GROUP
    if person.village and f" {person.village} " in f" {pupil.village} ":
        points += _SAME_VILLAGE
    return max(0, min(100, round(points)))


@lru_cache(maxsize=65_536)
def name_likeness(one: str, other: str) -> float:
    """1 for equal names without accents, 0 for names that share nothing or are none.

    A name with a part left out ("Giàng Mỷ", "Giàng Thị Mỷ") is nearly the same name.
    """
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    ours, theirs = one.split(), other.split()
    if ours[-1:] == theirs[-1:] and ours[:1] == theirs[:1]:
        shorter, longer = sorted((ours, theirs), key=len)
        if all(word in longer for word in shorter):
            return 0.9
    if sorted(ours) == sorted(theirs):
        return 0.85
    return SequenceMatcher(None, one, other, autojunk=False).ratio() ** 2


def birth_likeness(person: Record, pupil: Record) -> float:
    """1 for the same day, less for each usual slip, 0 for another year."""
    ours, theirs = person.born, pupil.born
    if ours is None or theirs is None:
        return 0.65 if person.year == pupil.year else 0.0
    if ours == theirs:
        return 1.0
    if _swapped(ours) == theirs:
        return 0.9
    same_day, same_month = ours.day == theirs.day, ours.month == theirs.month
    years = abs(ours.year - theirs.year)
    if years == 0:
        return 0.75 if same_day or same_month else 0.45
    return 0.65 if years == 1 and same_day and same_month else 0.0


def _swapped(day: datetime.date) -> datetime.date | None:
    try:
        return datetime.date(day.year, day.day, day.month)
    except ValueError:
        return None
