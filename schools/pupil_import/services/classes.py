"""The classes that rows name: found by name, or made of the rows when the user asked for it."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError

from core.levels import EducationLevel
from core.vietnamese import title_key

from ...enums import Grade
from ...models import School, SchoolClass, SchoolYear, Site
from ...models.classes import validate_grades
from ..workbook.cells import CLASS_NAME_LIMIT, ClassCell, GradeCell, class_key
from ..workbook.refusals import Refused
from ..workbook.statuses import status_of
from .reading import SourceRow


class Classes:
    """The classes of a school and year, and those that the rows would create.

    Args:
        rows: the `SourceRow`s from which missing classes are made; empty to make none.

    `new` is a dict class key -> an unsaved class, or the `Refused` that tells why it cannot be.
    """

    def __init__(
        self,
        *,
        school: School,
        year: SchoolYear,
        starts_on: datetime.date,
        rows: Sequence[SourceRow],
    ) -> None:
        self.school = school
        self.year = year
        self.starts_on = starts_on
        self.may_create = bool(rows)
        self.by_key: defaultdict[str, list[SchoolClass]] = defaultdict(list)
        for school_class in SchoolClass.objects.filter(school=school, year=year):
            school_class.school, school_class.year = school, year
            self.by_key[class_key(school_class.name)].append(school_class)
        self.new = self._missing_classes(rows)

    def _missing_classes(self, rows: Sequence[SourceRow]) -> dict[str, SchoolClass | Refused]:
        """Dict class key -> an unsaved class, or the `Refused` that tells why it cannot be."""
        names: dict[str, str] = {}
        grades: defaultdict[str, set[Grade]] = defaultdict(set)
        for row in rows:
            key = class_key(row.cells["class_name"])
            if not key or key in self.by_key or _leaves(row):
                continue
            names.setdefault(key, ClassCell().clean(row.cells["class_name"]))
            try:
                grade = GradeCell().clean(row.cells["grade"])
            except ValidationError:
                grade = None
            if grade is not None:
                grades[key].add(grade)
        if not names:
            return {}
        site = self.school.sites.on(self.starts_on).filter(is_main=True).first()
        return {
            key: self._new_class(name, sorted(grades[key]), site) for key, name in names.items()
        }

    def _new_class(
        self, name: str, grades: Sequence[Grade], site: Site | None
    ) -> SchoolClass | Refused:
        if len(name) > CLASS_NAME_LIMIT:
            return Refused("new_class_name", limit=CLASS_NAME_LIMIT)
        if not grades:
            return Refused("new_class_grade")
        text = ",".join(str(grade.value) for grade in grades)
        try:
            validate_grades(text)
        except ValidationError:
            return Refused("new_class_grades", grades=_labels(grades))
        level = grades[0].education_level
        if level not in self.school.education_levels:
            return Refused("new_class_level", level=str(EducationLevel(level).label))
        if site is None:
            return Refused("no_site")
        return SchoolClass(
            school=self.school, site=site, year=self.year, name=name, level=level, grades=text
        )

    def class_of(self, row: SourceRow) -> SchoolClass:
        """The class a row names; raises `Refused`."""
        text = ClassCell().clean(row.cells["class_name"])
        found = self.by_key.get(class_key(text), ())
        if len(found) > 1:
            raise Refused("two_classes")
        if found:
            return found[0]
        if self.may_create:
            new = self.new[class_key(text)]
            if isinstance(new, Refused):
                raise new
            return new
        names = sorted((c.name for same in self.by_key.values() for c in same), key=title_key)
        if not names:
            raise Refused("no_classes", year=self.year.code)
        raise Refused("unknown_class", year=self.year.code, classes=", ".join(names))

    def grade_of(self, row: SourceRow, school_class: SchoolClass) -> Grade:
        """The grade of a row in its class; a class of one grade gives it; raises `Refused`."""
        grade = GradeCell().clean(row.cells["grade"])
        taught = school_class.grade_list
        if grade is None:
            if school_class.pk is None:
                raise Refused("new_class_grade")
            if len(taught) > 1:
                raise Refused("grade_needed", grades=_labels(taught))
            return taught[0]
        if grade not in taught:
            raise Refused("grade_of_class", grades=_labels(taught))
        return grade


def _leaves(row: SourceRow) -> bool:
    try:
        return bool(status_of(row.cells["status"]).exit)
    except Refused:
        return False


def _labels(grades: Iterable[Grade]) -> str:
    return ", ".join(str(grade.label) for grade in grades)
