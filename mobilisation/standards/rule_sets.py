"""Dated sets of rules for the universal-education standards, read from TOML files.

The files of `mobilisation/data/standards/` are the country's; a province may put its own beside
its units (`standards/` in the folder of `settings.PROVINCE_DATA`). A new decree is a new file and
no line of code. A file says when it holds, where it is from, which conditions of each standard a
commune must meet, and what share of the communes a district or province (docs/mobilisation.md).

Everything is checked on reading: a file that says something else than it means would judge communes
wrongly for years, so an unknown word is refused, not passed over.
"""

import datetime
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from core.province import province
from schools.enums import Grade

COUNTRY = Path(__file__).resolve().parent.parent / "data" / "standards"
OLDEST = 100


class RuleSetError(ValueError):
    """A file of rules cannot be used; the sentence says which, where and what to mend."""


class Kind(StrEnum):
    """What a condition asks of a person."""

    ENROLLED = "enrolled"
    FINISHED = "finished"
    LITERATE = "literate"


@dataclass(frozen=True)
class Measure:
    """Who is counted: those below the line, and what puts one of them above it.

    Attributes:
        ages: first and last age in years, year of the survey − year of birth.
        grades: of ENROLLED, first and last grade attended.
        or_finished: of ENROLLED, a grade whose completion counts as much as attending.
        unseen_after: of ENROLLED, who finished this grade may attend what no list of ours holds.
        not_finished: below the line only who has not finished this grade.
        grade: of FINISHED, the grade completed.
        level: of LITERATE, 1 (grade 3 or its course) or 2 (grade 5 or its course).
    """

    kind: Kind
    ages: tuple[int, int]
    grades: tuple[int, int] = (0, 0)
    or_finished: int | None = None
    unseen_after: int | None = None
    not_finished: int | None = None
    grade: int = 0
    level: int = 0


@dataclass(frozen=True)
class Condition:
    """What a commune must meet: at least `least` percent of those below the line.

    In an especially difficult commune `measure_difficult` and `least_difficult` hold.
    """

    code: str
    name: str
    measure: Measure
    measure_difficult: Measure
    least: Fraction
    least_difficult: Fraction

    def asks(self, *, difficult: bool) -> tuple[Measure, Fraction]:
        """(who is counted, percent) for a commune of either sort."""
        if difficult:
            return self.measure_difficult, self.least_difficult
        return self.measure, self.least


class Among(StrEnum):
    """Of which units a share is taken."""

    COMMUNES = "communes"
    DIFFICULT = "communes_difficult"
    OTHER = "communes_other"
    DISTRICTS = "districts"


@dataclass(frozen=True)
class Share:
    """Of the units `among` a place, at least `least` percent must meet the standard."""

    among: Among
    least: Fraction


@dataclass(frozen=True)
class Standard:
    """One standard. Empty shares: the set says nothing about a district or province."""

    code: str
    name: str
    short: str
    article: str
    needs: tuple[str, ...]
    conditions: tuple[Condition, ...]
    district: tuple[Share, ...]
    province: tuple[Share, ...]


@dataclass(frozen=True)
class RuleSet:
    """Standards that hold between two days, [valid_from, valid_to)."""

    code: str
    name: str
    source: str
    valid_from: datetime.date
    valid_to: datetime.date | None
    data_month_day: tuple[int, int]
    standards: Mapping[str, Standard]

    def holds_on(self, day: datetime.date) -> bool:
        """Whether the set is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def data_day(self, year: int) -> datetime.date:
        """The day on which figures of a year are taken by law."""
        return datetime.date(year, *self.data_month_day)


def in_force(day: datetime.date) -> list[RuleSet]:
    """Sets that hold on a day, the oldest first. Raises RuleSetError: a file cannot be used."""
    return [each for each in all_sets() if each.holds_on(day)]


def all_sets() -> tuple[RuleSet, ...]:
    """Every set of the country and of this province, the oldest first. Raises RuleSetError."""
    return read_folders((COUNTRY, province().folder / "standards"))


@lru_cache
def read_folders(folders: tuple[Path, ...]) -> tuple[RuleSet, ...]:
    """Read and check every `*.toml` of some folders; one that is not there holds none."""
    files = [(path.name, _open(path)) for each in folders for path in sorted(each.glob("*.toml"))]
    return read(files)


def read(files: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[RuleSet, ...]:
    """Sets of some files, given as (name of the file, its content). Raises RuleSetError."""
    found: dict[str, RuleSet] = {}
    # Who builds on another is read after it.
    for name, content in sorted(files, key=lambda each: "extends" in each[1]):
        rule_set = _File(name).rule_set(content, found)
        if rule_set.code in found:
            raise RuleSetError(
                _("%(file)s: the code “%(code)s” is taken by another file; choose a new one.")
                % {"file": name, "code": rule_set.code}
            )
        found[rule_set.code] = rule_set
    sets = sorted(found.values(), key=lambda each: (each.valid_from, each.code))
    _refuse_two_at_once(sets)
    return tuple(sets)


def _open(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError) as error:
        raise RuleSetError(
            _("%(file)s: the file cannot be read (%(why)s); it must be TOML in UTF-8.")
            % {"file": path.name, "why": error}
        ) from error


def _refuse_two_at_once(sets: Sequence[RuleSet]) -> None:
    for place, one in enumerate(sets):
        for other in sets[place + 1 :]:
            twice = set(one.standards) & set(other.standards)
            if twice and (one.valid_to is None or other.valid_from < one.valid_to):
                raise RuleSetError(
                    _(
                        "%(one)s and %(other)s both hold on %(day)s for “%(code)s”; "
                        "give the earlier one a valid_to."
                    )
                    % {
                        "one": one.code,
                        "other": other.code,
                        "day": f"{other.valid_from:%d/%m/%Y}",
                        "code": min(twice),
                    }
                )


_OF_SET = {"code", "name", "source", "valid_from", "valid_to", "data_day"}
_OF_STANDARD = {"code", "name", "short", "article", "needs", "district", "province", "condition"}
_OF_CONDITION = {
    *("code", "name", "measure", "ages", "ages_difficult", "least", "least_difficult"),
    *("not_finished",),
}
_OF_KIND = {
    Kind.ENROLLED: {"grades", "or_finished", "unseen_after"},
    Kind.FINISHED: {"grade"},
    Kind.LITERATE: {"level"},
}
_NEEDED = {Kind.ENROLLED: "grades", Kind.FINISHED: "grade", Kind.LITERATE: "level"}


class _File:
    """Reads one file; every refusal names the file and the place in it."""

    def __init__(self, name: str) -> None:
        self._where = [name]

    def rule_set(self, content: Mapping[str, Any], others: Mapping[str, RuleSet]) -> RuleSet:
        built_on = "extends" in content
        self._only(content, _OF_SET | ({"extends", "province"} if built_on else {"standard"}))
        valid_from = self._day(content, "valid_from")
        valid_to = self._day(content, "valid_to") if "valid_to" in content else None
        if valid_to is not None and valid_to <= valid_from:
            self._refuse("valid_to", _("a day after valid_from"))
        standards = (
            self._extended(content, others)
            if built_on
            else self._standards(content.get("standard"))
        )
        return RuleSet(
            code=self._code(content),
            name=self._text(content, "name"),
            source=self._text(content, "source"),
            valid_from=valid_from,
            valid_to=valid_to,
            data_month_day=self._month_day(content),
            standards=standards,
        )

    def _extended(
        self, content: Mapping[str, Any], others: Mapping[str, RuleSet]
    ) -> dict[str, Standard]:
        base = others.get(str(content["extends"]))
        if base is None:
            self._refuse("extends", _("the code of a set that extends no other"))
        shares = content.get("province", {})
        if not isinstance(shares, dict) or not set(shares) <= set(base.standards):
            self._refuse("province", _("a share for standards of the set it extends"))
        # What is said of districts and province falls away; the conditions of a commune stay.
        return {
            code: replace(
                each, district=(), province=self._shares(shares, code) if code in shares else ()
            )
            for code, each in base.standards.items()
        }

    def _standards(self, rows: Any) -> dict[str, Standard]:
        if not isinstance(rows, list) or not rows:
            self._refuse("standard", _("at least one standard"))
        found: dict[str, Standard] = {}
        for row in rows:
            self._table("standard", row)
            self._only(row, _OF_STANDARD)
            code = self._code(row)
            self._where.append(code)
            needs = row.get("needs", [])
            if code in found:
                self._refuse("code", _("a code that no other has"))
            if not isinstance(needs, list) or not set(map(str, needs)) <= set(found):
                self._refuse("needs", _("codes of standards further up in the file"))
            found[code] = Standard(
                code=code,
                name=self._text(row, "name"),
                short=self._text(row, "short"),
                article=self._text(row, "article") if "article" in row else "",
                needs=tuple(needs),
                conditions=self._conditions(row.get("condition")),
                district=self._shares(row, "district") if "district" in row else (),
                province=self._shares(row, "province") if "province" in row else (),
            )
            self._where.pop()
        return found

    def _conditions(self, rows: Any) -> tuple[Condition, ...]:
        if not isinstance(rows, list) or not rows:
            self._refuse("condition", _("at least one condition"))
        found: dict[str, Condition] = {}
        for row in rows:
            self._table("condition", row)
            code = self._code(row)
            self._where.append(code)
            if code in found:
                self._refuse("code", _("a code that no other has"))
            found[code] = self._condition(code, row)
            self._where.pop()
        return tuple(found.values())

    def _condition(self, code: str, row: Mapping[str, Any]) -> Condition:
        try:
            kind = Kind(row.get("measure", ""))
        except ValueError:
            self._refuse("measure", ", ".join(Kind))
        self._only(row, _OF_CONDITION | _OF_KIND[kind])
        if _NEEDED[kind] not in row:
            self._refuse(_NEEDED[kind], _("a value, for this measure"))
        grade_of = {
            key: self._grade(key, row[key])
            for key in ("grade", "or_finished", "unseen_after", "not_finished")
            if key in row
        }
        level = row.get("level", 0)
        if kind == Kind.LITERATE and level not in (1, 2):
            self._refuse("level", "1, 2")
        measure = Measure(
            kind=kind,
            ages=self._ages(row, "ages"),
            grades=self._grades(row) if "grades" in row else (0, 0),
            level=level,
            **grade_of,
        )
        narrower = self._ages(row, "ages_difficult") if "ages_difficult" in row else measure.ages
        least = self._percent(row, "least")
        return Condition(
            code=code,
            name=self._text(row, "name"),
            measure=measure,
            measure_difficult=replace(measure, ages=narrower),
            least=least,
            least_difficult=(
                self._percent(row, "least_difficult") if "least_difficult" in row else least
            ),
        )

    def _shares(self, table: Mapping[str, Any], key: str) -> tuple[Share, ...]:
        shares = table[key]
        if not isinstance(shares, dict) or not shares or not set(shares) <= set(Among):
            self._refuse(key, ", ".join(Among))
        return tuple(Share(Among(among), self._percent(shares, among)) for among in shares)

    def _only(self, table: Mapping[str, Any], known: Iterable[str]) -> None:
        strange = sorted(set(table) - set(known))
        if strange:
            self._refuse(strange[0], _("one of: %(words)s") % {"words": ", ".join(sorted(known))})

    def _table(self, key: str, value: Any) -> None:
        if not isinstance(value, dict):
            self._refuse(key, _("a table"))

    def _code(self, table: Mapping[str, Any]) -> str:
        code = table.get("code")
        if not isinstance(code, str) or not re.fullmatch(r"[A-Za-z0-9-]{1,30}", code):
            self._refuse("code", _("up to 30 letters without marks, digits and hyphens"))
        return str(code)

    def _text(self, table: Mapping[str, Any], key: str) -> str:
        text = table.get(key)
        if not isinstance(text, str) or not text.strip():
            self._refuse(key, _("some words"))
        return str(text)

    def _day(self, table: Mapping[str, Any], key: str) -> datetime.date:
        day = table.get(key)
        if not isinstance(day, datetime.date) or isinstance(day, datetime.datetime):
            self._refuse(key, _("a day such as 2026-01-31, without quotes"))
        return day

    def _month_day(self, table: Mapping[str, Any]) -> tuple[int, int]:
        try:
            # A year without 29 February: the day must be there in every year.
            day = datetime.date.fromisoformat(f"2001-{table.get('data_day')}")
        except ValueError:
            self._refuse("data_day", _("month and day such as “09-30”"))
        return day.month, day.day

    def _percent(self, table: Mapping[str, Any], key: str) -> Fraction:
        value = table.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 100:
            self._refuse(key, _("a percentage above 0 and up to 100"))
        return Fraction(str(value))

    def _grade(self, key: str, value: Any) -> int:
        if value not in Grade.values or isinstance(value, bool):
            self._refuse(key, _("a grade from -4 (nursery) to 12"))
        return int(value)

    def _grades(self, row: Mapping[str, Any]) -> tuple[int, int]:
        return self._pair(
            "grades", [self._grade("grades", each) for each in self._two(row, "grades")]
        )

    def _ages(self, row: Mapping[str, Any], key: str) -> tuple[int, int]:
        ages = self._two(row, key)
        if not all(isinstance(each, int) and 0 <= each <= OLDEST for each in ages):
            self._refuse(key, _("ages from 0 to %(oldest)s") % {"oldest": OLDEST})
        return self._pair(key, ages)

    def _two(self, row: Mapping[str, Any], key: str) -> list[Any]:
        value = row.get(key)
        if not isinstance(value, list) or len(value) != 2:
            self._refuse(key, _("two numbers, the first and the last"))
        return list(value)

    def _pair(self, key: str, values: Sequence[int]) -> tuple[int, int]:
        first, last = values
        if first > last:
            self._refuse(key, _("two numbers, the smaller one first"))
        return first, last

    def _refuse(self, key: str, wanted: str) -> NoReturn:
        raise RuleSetError(
            _("%(where)s: “%(key)s” is missing or wrong; it must be %(wanted)s.")
            % {"where": " › ".join(self._where), "key": key, "wanted": wanted}
        )
