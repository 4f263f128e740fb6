"""Which school a row of a list of many schools means, by the ministry's code."""

import datetime
import re
from collections.abc import Iterable
from functools import cached_property

from core.vietnamese import format_date
from core.workbooks import cell_text
from core.workbooks.values import Cell

from ...models import School


class SchoolCodeRefused(Exception):
    """A code that names no school of the list; `code` is one of the words of
    `schools.pupil_import.workbook.refusals.SCHOOL_CODES`."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def school_code_of(value: Cell | None) -> str:
    """The code in a cell as it is compared, "" for an empty one."""
    return re.sub(r"\s", "", cell_text(value)).strip("'").upper()


class SchoolCodes:
    """The schools that a list may name.

    Args:
        schools: those open on the day and inside the places of whoever sends the list.
        on: the day from which the list holds.
        only: the one school whose list it is; then a row need not name it.

    Codes are the ministry's and public: that a school is closed, or another office's, is said.
    """

    def __init__(
        self, schools: Iterable[School], *, on: datetime.date, only: School | None = None
    ) -> None:
        self._on, self.only = on, only
        self._by_code = {each.code.upper(): each for each in schools}

    @property
    def ids(self) -> list[int]:
        """Ids of the schools, ascending."""
        return sorted(school.pk for school in self._by_code.values())

    def named(self, code: str) -> School:
        """The school of a code of `school_code_of`; raises `SchoolCodeRefused`."""
        if self.only is not None:
            if code and code != self.only.code.upper():
                raise SchoolCodeRefused("school_other", school=self.only.name)
            return self.only
        if not code:
            raise SchoolCodeRefused("school_missing")
        found = self._by_code.get(code)
        if found is None:
            raise self._why_not(code)
        return found

    def _why_not(self, code: str) -> SchoolCodeRefused:
        if code not in self._others:
            return SchoolCodeRefused("school_unknown")
        name, opened, ended = self._others[code]
        if ended is not None and ended <= self._on:
            return SchoolCodeRefused("school_ended", school=name, day=format_date(ended))
        if opened > self._on:
            return SchoolCodeRefused("school_not_open", school=name, day=format_date(opened))
        return SchoolCodeRefused("school_outside")

    @cached_property
    def _others(self) -> dict[str, tuple[str, datetime.date, datetime.date | None]]:
        """Name and days of every school on record; asked when the first code is not found."""
        rows = School.objects.values_list("code", "name", "valid_from", "valid_to")
        return {code.upper(): (name, opened, ended) for code, name, opened, ended in rows}
