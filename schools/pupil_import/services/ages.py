"""Ages that a list is taken with, by education level, from the dated rules."""

import datetime

from core import rules
from core.levels import EducationLevel

from ...enums import Grade
from ..workbook.cells import age_on
from ..workbook.refusals import Refused

# Ages in whole years of the pupils of a list, by education level.
YOUNGEST, OLDEST = "schools.youngest_pupil", "schools.oldest_pupil"
USUAL_YOUNGEST = "schools.usual_youngest_pupil"


class Ages:
    """The limits of a day; one query."""

    def __init__(self, day: datetime.date) -> None:
        self.day = day
        self._rules = rules.table(on=day)

    @property
    def limits(self) -> tuple[int, int]:
        """(youngest, oldest) that any level takes."""
        youngest = min(self._of(YOUNGEST, level) for level in EducationLevel)
        return youngest, max(self._of(OLDEST, level) for level in EducationLevel)

    def require(self, born: datetime.date, grade: Grade | None) -> None:
        """Raise `Refused` for an age that the level of a `Grade`, if any, does not take."""
        if grade is None:
            return
        age, level = age_on(self.day, born), grade.education_level
        youngest, oldest = self._of(YOUNGEST, level), self._of(OLDEST, level)
        if not youngest <= age <= oldest:
            raise Refused("age", age=age, youngest=youngest, oldest=oldest)

    def unusual(self, born: datetime.date, grade: Grade) -> int | None:
        """The age where it is below what is usual in a `Grade`, else None."""
        age = age_on(self.day, born)
        return age if age < self._of(USUAL_YOUNGEST, grade.education_level) else None

    def _of(self, key: str, level: str) -> int:
        return int(self._rules[key, level])
