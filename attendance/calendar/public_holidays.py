"""Public holidays, proposed as closures of a school year: a person says which of them hold.

The days are those of the library `holidays`: article 112 of the Labour Code 2019 with the
compensation of its article 111(3), Tết and 10/3 by the Vietnamese lunar calendar, and exchanges
of working days as the government decided them. The days off for Tết and around 2 September are
decided anew each year, and what a province gives its schools is often longer; so nothing is in
force before somebody has confirmed it.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

ONE_DAY = datetime.timedelta(days=1)
SUNDAY = 6
# Names by which the library tells what does not hold for every school by itself: a working day
# that offices exchanged, and a day that is a holiday since 2026 by a resolution of its own.
TO_BE_ASKED = ("thay cho", "Ngày Văn hóa Việt Nam")


@dataclass(frozen=True)
class HolidayProposal:
    """Days in a row that are holidays, Sundays between them included; both days included.

    `is_asked`: whether these days off are to be looked up first, and are not chosen by default.
    """

    first: datetime.date
    last: datetime.date
    name: str
    is_asked: bool = False

    @property
    def key(self) -> str:
        """Name of the proposal within a year."""
        return self.first.isoformat()

    @property
    def days(self) -> list[datetime.date]:
        """Every day from the first to the last."""
        count = (self.last - self.first).days + 1
        return [self.first + number * ONE_DAY for number in range(count)]


def holiday_proposals(first: datetime.date, end: datetime.date) -> list[HolidayProposal]:
    """Public holidays in [first, end), by day; days in a row with one name for all."""
    found: list[HolidayProposal] = []
    for day, name in _days(first, end):
        is_asked = any(word in name for word in TO_BE_ASKED)
        last = found[-1] if found else None
        if last and last.is_asked == is_asked and _follows(day, last.last):
            found[-1] = HolidayProposal(last.first, day, _joined(last.name, name), is_asked)
        else:
            found.append(HolidayProposal(day, day, _plain(name), is_asked))
    return found


def _days(first: datetime.date, end: datetime.date) -> Iterator[tuple[datetime.date, str]]:
    # Half a second of reading, for one page alone.
    from holidays.countries.vietnam import Vietnam

    years = range(first.year, end.year + 1)
    for day, name in sorted(Vietnam(years=years, language="vi").items()):
        if first <= day < end:
            yield day, name


def _follows(day: datetime.date, last: datetime.date) -> bool:
    between = [last + number * ONE_DAY for number in range(1, (day - last).days)]
    return all(each.weekday() == SUNDAY for each in between)


def _joined(names: str, name: str) -> str:
    """Names of a row of days, each once; all days around Tết are "Tết Nguyên Đán"."""
    plain = _plain(name)
    return names if plain in names.split(", ") else f"{names}, {plain}"


def _plain(name: str) -> str:
    if "Tết" in name and "Dương lịch" not in name:
        return "Tết Nguyên Đán"
    return name.partition(" (nghỉ bù")[0]
