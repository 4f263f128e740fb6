"""What a workbook would write: column by column, with everything that has to be mended."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass, field

from core.workbooks import Place, cell_text, conversion_of
from core.workbooks.values import Cell
from schools.enums import Session

from ...month_sheet.selectors import ClassMonth, Column, ColumnKey
from ...registers.submission import MarkAndReason
from ..cell_values import Said, is_dash, is_not_counted, read_mark
from ..headings import Heading
from ..refusals import Refused
from .matching import SHOWN_OF_VALUE, Matched, Refusal, match_rows
from .reading import Source, SourceRow
from .staged_registers import Entry


@dataclass
class Plan:
    """Entries by day, refusals in the order of the days; `same` counts the registers that are
    on record already, `blank` the sessions the file leaves open."""

    source: Source
    matched: Matched
    entries: list[Entry] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    same: int = 0
    blank: int = 0

    @property
    def hidden(self) -> list[tuple[int, str]]:
        """[(row number, name)] of pupils in rows that are hidden in Excel."""
        hidden = self.source.sheet.hidden_rows
        rows = sorted(self.matched.rows.values(), key=lambda row: row.number)
        return [(row.number, row.name or row.code) for row in rows if row.number in hidden]

    @property
    def hidden_columns(self) -> list[str]:
        """Headings of days in columns that are hidden in Excel."""
        return [
            place.text
            for place, _heading in self.source.days
            if self.source.sheet.is_column_hidden(place.index)
        ]


def make_plan(source: Source, month: ClassMonth, *, today: datetime.date) -> Plan:
    """`Plan` of a `Source` for a `ClassMonth`.

    Raises:
        Refused: no row is a pupil of the class.
        WorkbookRefused: a pupil's row has values in a column without a heading.
    """
    matched = match_rows(source, month)
    aside = {number for number, _text in matched.left_out}
    source.require_headings([row for row in source.rows if row.number not in aside])
    if not matched.met and not matched.refusals:
        raise Refused("no_pupils", sheet=source.sheet.name)
    plan = Plan(source, matched)
    judge = _Judge(plan, month, today)
    sessions = judge.sessions()
    for (date, session), place in sorted(sessions.items(), key=lambda item: item[0]):
        judge.take(date, session, place)
    judge.refuse_marks_without_day()
    # Who has no row cannot be told where it cannot be told whom some rows mean.
    missing = [] if matched.has_unreadable_names else judge.missing.values()
    plan.refusals = [*missing, *matched.refusals, *plan.refusals]
    return plan


class _Judge:
    """Reads the columns of a plan; `missing` pupil id -> `Refusal` of a pupil without a row."""

    def __init__(self, plan: Plan, month: ClassMonth, today: datetime.date) -> None:
        self.plan, self.source, self.matched = plan, plan.source, plan.matched
        self.month, self.today = month, today
        self.columns = {column.key: column for column in month.columns}
        self.lines = {line.pupil.pk: line for line in month.lines}
        self.missing: dict[int, Refusal] = {}
        self.ticks_are_doubtful = self._writes_both_ticks()

    def sessions(self) -> dict[ColumnKey, Place]:
        """Dict (date, session) -> `Place` of the columns in which something stands."""
        found: defaultdict[ColumnKey, list[Place]] = defaultdict(list)
        for place, heading in self.source.days:
            if not self._is_filled(place):
                continue
            try:
                date = heading.date_in(self.month.month)
                found[date, self._session(heading, date)].append(place)
            except Refused as refusal:
                self._refuse_column(place, refusal.code, **refusal.params)
        for places in found.values():
            if len(places) > 1:
                columns = ", ".join(place.letter for place in places)
                self._refuse_column(places[1], "day_twice", columns=columns)
        self.plan.blank = sum(
            column.is_due and column.date <= self.today and column.key not in found
            for column in self.month.columns
        )
        return {key: places[0] for key, places in found.items() if len(places) == 1}

    def _session(self, heading: Heading, date: datetime.date) -> Session:
        if heading.session:
            return heading.session
        studied = self.month.school_class.session_list
        due = [column.session for column in self.month.columns if column.date == date]
        if len(due) == 1 or len(studied) == 1:
            return (due or studied)[0]
        if not due:
            raise Refused("no_school")
        raise Refused("session_needed")

    def take(self, date: datetime.date, session: Session, place: Place) -> None:
        """Read one column into an entry, or refuse it."""
        column = self.columns.get((date, session))
        roll = sorted(pk for pk, line in self.lines.items() if line.is_on_roll(date))
        entry = Entry(date, session, place.letter)
        if column is not None:
            entry.look_at(column, self.month.marks_of(column.key))
        said, problems = self._cells(place, (date, session), set(roll))
        try:
            if any(problem.code == "unknown_reason" for problem in problems):
                pass
            elif any(each.not_held is not None for each in said.values()):
                entry.not_held_reason = _reason(said.values(), entry.before_reason)
            else:
                problems += self._blanks(place, (date, session), roll)
                entry.roll = roll
                entry.marks = {
                    pupil: _with_reason(each.mark, entry.before.get(pupil))
                    for pupil, each in said.items()
                    if each.mark
                }
            if entry.changes_anything and not problems:
                self._require_open(column, date)
        except Refused as refusal:
            self._refuse_column(place, refusal.code, **refusal.params)
            return
        self.plan.refusals += problems
        if not entry.changes_anything:
            self.plan.same += 1
        elif not problems:
            self.plan.entries.append(entry)

    def _require_open(self, column: Column | None, date: datetime.date) -> None:
        if column is None or not column.is_due:
            raise Refused("no_school")
        if date > self.today:
            raise Refused("future")
        if not column.is_open:
            raise Refused("window")

    def _cells(
        self, place: Place, place_key: ColumnKey, roll: Set[int]
    ) -> tuple[dict[int, Said], list[Refusal]]:
        """(pupil id -> `Said`, refusals) of the cells in which something stands."""
        said: dict[int, Said] = {}
        problems = []
        for pupil, row in self.matched.rows.items():
            value = row.value(place.index)
            try:
                if code := conversion_of(value):
                    raise Refused(code, shown=cell_text(value))
                left_out = place_key in self.lines[pupil].uncounted
                if (pupil not in roll and is_dash(value)) or (left_out and _says_nothing(value)):
                    continue
                each = read_mark(value)
                if each is None:
                    continue
                if each.is_doubtful_tick and self.ticks_are_doubtful:
                    raise Refused("doubtful_tick")
                if pupil in roll:
                    said[pupil] = each
                elif each.not_held is None:
                    raise Refused("not_on_roll", name=self.lines[pupil].pupil.full_name)
            except Refused as refusal:
                problems.append(_of_cell(refusal, row, place))
        return said, problems

    def _blanks(self, place: Place, place_key: ColumnKey, roll: Iterable[int]) -> list[Refusal]:
        """Refusals of pupils of that day of whom the column says nothing."""
        problems = []
        for pupil in self._by_row(roll):
            row = self.matched.rows.get(pupil)
            if row is None:
                if pupil not in self.matched.met:
                    self.missing.setdefault(
                        pupil,
                        Refusal(
                            "missing_pupil",
                            {
                                "name": self.lines[pupil].pupil.full_name,
                                "day": f"{place_key[0]:%d/%m/%Y}",
                            },
                        ),
                    )
            elif place_key in self.lines[pupil].uncounted:
                continue
            elif not cell_text(row.value(place.index)):
                problems.append(Refusal("blank", {}, row.number, place.index))
        return problems

    def _by_row(self, pupils: Iterable[int]) -> list[int]:
        rows = self.matched.rows
        return sorted(pupils, key=lambda pupil: rows[pupil].number if pupil in rows else 0)

    def _is_filled(self, place: Place) -> bool:
        return any(
            cell_text(row.value(place.index)) and not is_dash(row.value(place.index))
            for row in self.matched.rows.values()
        )

    def refuse_marks_without_day(self) -> None:
        """A column of marks whose heading names no day would be lost without a word."""
        for place in self.source.other_columns:
            for row in self.matched.rows.values():
                try:
                    said = read_mark(row.value(place.index))
                except Refused:
                    continue
                if said is not None:
                    self._refuse_column(place, "unknown_day")
                    break

    def _writes_both_ticks(self) -> bool:
        texts = set()
        for row in self.matched.rows.values():
            for place, _heading in self.source.days:
                try:
                    said = read_mark(row.value(place.index))
                except Refused:
                    continue
                if said is not None and said.not_held is None and not said.mark:
                    texts.add(said.is_doubtful_tick)
        return len(texts) > 1

    def _refuse_column(self, place: Place, code: str, **params: object) -> None:
        self.plan.refusals.append(
            Refusal(
                code,
                params,
                self.source.heading_row,
                place.index,
                place.text[:SHOWN_OF_VALUE],
            )
        )


def _says_nothing(value: Cell) -> bool:
    """Of a pupil for whom the session does not count, the file leaves it so."""
    return is_dash(value) or is_not_counted(value)


def _reason(said: Collection[Said], before: str) -> str:
    """Why a session was not held, as its column tells; raises `Refused`."""
    if any(each.not_held is None for each in said):
        raise Refused("mixed_not_held")
    reasons = {each.not_held for each in said if each.not_held}
    if len(reasons) > 1:
        raise Refused("two_reasons")
    # N alone, where the register has the reason already, says nothing new.
    if not reasons and not before:
        raise Refused("reason_needed")
    return reasons.pop() if reasons else before


def _with_reason(mark: str, before: MarkAndReason | None) -> MarkAndReason:
    """The workbook knows letters only: a mark that stays keeps the reason on record."""
    return before if before and before[0] == mark else (mark, "")


def _of_cell(refusal: Refused, row: SourceRow, place: Place) -> Refusal:
    value = cell_text(row.value(place.index))[:SHOWN_OF_VALUE]
    return Refusal(refusal.code, refusal.params, row.number, place.index, value)
