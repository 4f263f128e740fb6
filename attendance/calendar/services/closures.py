"""Closing places and making up days."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import ngettext
from simple_history.utils import bulk_create_with_history

from core.events import Changes, Kind, record
from core.services.saving import locked_row, save_checked, signed
from core.types import User
from schools.models import Area, School, Site

from ... import events
from ...enums import NotHeldReason, RegistersChoice
from ...models import Closure
from ...models.calendar import Place
from ...signals import calendar_changed
from ..selectors.due_sessions import ONE_DAY
from ..selectors.impact import Effect, SentRegisters, classes_under, effect_of

# School, level, date and session.
_Group: TypeAlias = tuple[int, str, datetime.date, str]
TOLD = ("valid_from", "valid_to", "session", "level", "reason", "temperature")


class RegistersSent(Exception):
    """Registers that count were already sent in the time to close; the writer has to choose.

    `registers`: one for each closure.
    """

    def __init__(self, registers: Sequence[SentRegisters]) -> None:
        self.registers = registers
        self.count = sum(len(each) for each in registers)
        self.message = ngettext(
            "%(count)s register was already sent in this time. Choose what becomes of it.",
            "%(count)s registers were already sent in this time. Choose what becomes of them.",
            self.count,
        ) % {"count": self.count}
        super().__init__(self.message)


@transaction.atomic
def close_levels(*, levels: Iterable[str], **values: Any) -> list[Closure]:
    """`add_closure` for each of some levels; returns the closures.

    Raises RegistersSent with the registers of all of them; then nothing is closed.
    """
    made: list[Closure] = []
    sent: list[SentRegisters] = []
    for level in levels:
        try:
            made.append(add_closure(level=level, **values))
        except RegistersSent as refusal:
            sent += refusal.registers
    if sent:
        raise RegistersSent(sent)
    return made


class HolidaysRefused(Exception):
    """Some holidays cannot be closed; `messages`: {number of the holiday: why}."""

    def __init__(self, messages: dict[int, str]) -> None:
        self.messages = messages
        super().__init__(messages)


@transaction.atomic
def close_holidays(
    *, place: Place, holidays: Sequence[tuple[str, datetime.date, datetime.date]], by: User
) -> list[Closure]:
    """Close a place for holidays: (name, first day, last day), both days included.

    Raises HolidaysRefused when registers were already sent on some of the days, or the dates
    are wrong; then nothing is closed. What becomes of such registers is asked by the form of a
    single closure.
    """
    made, refused = [], {}
    for number, (name, first, last) in enumerate(holidays):
        try:
            made.append(
                add_closure(
                    place=place,
                    is_held=False,
                    valid_from=first,
                    valid_to=last + ONE_DAY,
                    reason=NotHeldReason.LOCAL_HOLIDAY,
                    note=name,
                    by=by,
                )
            )
        except RegistersSent as sent:
            refused[number] = ngettext(
                "%(count)s register was already sent in this time. Close these days by themselves.",
                "%(count)s registers were already sent in this time. Close these days by"
                " themselves.",
                sent.count,
            ) % {"count": sent.count}
        except ValidationError as error:
            refused[number] = " ".join(error.messages)
    if refused:
        raise HolidaysRefused(refused)
    return made


@transaction.atomic
def add_closure(
    *,
    place: Place,
    is_held: bool,
    valid_from: datetime.date,
    valid_to: datetime.date,
    reason: str,
    by: User,
    session: str = "",
    level: str = "",
    note: str = "",
    temperature: Decimal | None = None,
    held_at: Iterable[School] = (),
    choice: str = "",
) -> Closure:
    """Close a place (or make up a day there) for the days [valid_from, valid_to).

    Args:
        place: an `Area`, `School` or `Site` inside the writer's places.
        temperature: the lowest one, in °C, when closed for cold.
        held_at: schools inside the place that hold school all the same.
        choice: a `RegistersChoice` for registers that were already sent and would no longer
            count; asked only when there are some, and kept with the closure. With HELD, the
            sites or schools of just these classes hold school in just these sessions.
    Raises RegistersSent without a choice, ValidationError for wrong dates. Says
    `calendar_changed` for every class concerned.
    """
    closure = Closure(
        is_held=is_held,
        valid_from=valid_from,
        valid_to=valid_to,
        session=session,
        level=level,
        reason=reason,
        note=note,
        temperature=temperature,
        made_by=by,
        **{field_of(place): place},
    )
    closure.full_clean()
    along = [_along(closure, school=school) for school in held_at]
    sent: SentRegisters | None = None
    if not is_held:
        effect = effect_of(closure, along=along)
        sent = effect.registers_lost
        if sent and choice not in RegistersChoice.values:
            raise RegistersSent([sent])
        if sent:
            closure.registers_sent, closure.registers_choice = len(sent), choice
        if sent and choice == RegistersChoice.HELD:
            along += _held_sessions(closure, effect)
    save_checked(closure, by=by)
    for each in along:
        each.made_with = closure
    bulk_create_with_history(along, Closure, default_user=by)
    _tell(closure)
    changes = {name: (None, getattr(closure, name)) for name in TOLD if getattr(closure, name)}
    if sent:
        changes["registers"] = (None, len(sent))
    _record(events.HELD if is_held else events.CLOSED, closure, by, changes)
    return closure


@transaction.atomic
def remove_closure(*, closure: Closure, by: User) -> None:
    """Take a closure or make-up day back, and what was made along with it.

    The days count as the calendar says without them. Raises `core.contention.Overtaken` when
    somebody else did it.
    """
    closure = locked_row(closure)
    _tell(closure)
    changes = {name: (getattr(closure, name), None) for name in TOLD if getattr(closure, name)}
    _record(events.CLOSURE_REMOVED, closure, by, changes)
    for each in (*closure.along.all(), closure):
        signed(each, by=by).delete()


def _held_sessions(closure: Closure, effect: Effect) -> list[Closure]:
    """Rows that let the classes with registers hold school: the school where all its sites sent
    some, else the site; both sessions and days in a row in one."""
    sent: defaultdict[_Group, set[int]] = defaultdict(set)
    closed: defaultdict[_Group, set[int]] = defaultdict(set)
    for _register, class_id, date, session in effect.registers_lost.keys:
        school_class = effect.classes[class_id]
        group = (school_class.school_id, school_class.level, date, session)
        sent[group].add(school_class.site_id)
    for group, site_id in _closed_sites(effect):
        closed[group].add(site_id)
    sessions: defaultdict[tuple[tuple[str, int], str, datetime.date], set[str]] = defaultdict(set)
    for group, sites in sent.items():
        school_id, level, date, session = group
        whole = sites == closed[group] and not closure.site_id
        for place in [("school_id", school_id)] if whole else [("site_id", pk) for pk in sites]:
            sessions[place, level, date].add(session)
    days: defaultdict[tuple[tuple[str, int], str, str], list[datetime.date]] = defaultdict(list)
    for (place, level, date), halves in sorted(sessions.items()):
        (session,) = halves if len(halves) == 1 else ("",)
        days[place, level, session].append(date)
    return [
        _along(closure, level=level, session=session, first=first, last=last, **dict([place]))
        for (place, level, session), dates in days.items()
        for first, last in _stretches(dates)
    ]


def _closed_sites(effect: Effect) -> Iterator[tuple[_Group, int]]:
    """((school id, level, date, session), site id) of every session that is no longer due."""
    for class_id, date, session in effect.each_lost():
        school_class = effect.classes[class_id]
        yield (school_class.school_id, school_class.level, date, session), school_class.site_id


def _stretches(dates: Iterable[datetime.date]) -> list[list[datetime.date]]:
    """[(first, last)] of days in a row; `dates` ascending."""
    found: list[list[datetime.date]] = []
    for date in dates:
        if found and date - found[-1][1] == ONE_DAY:
            found[-1][1] = date
        else:
            found.append([date, date])
    return found


def _along(
    closure: Closure,
    *,
    level: str | None = None,
    session: str | None = None,
    first: datetime.date | None = None,
    last: datetime.date | None = None,
    **place: Any,
) -> Closure:
    return Closure(
        is_held=True,
        reason=closure.reason,
        level=closure.level if level is None else level,
        session=closure.session if session is None else session,
        valid_from=first or closure.valid_from,
        valid_to=last + ONE_DAY if last else closure.valid_to,
        made_by=closure.made_by,
        **place,
    )


def field_of(place: Place) -> str:
    """The field of a frame or closure that carries a place of this kind."""
    return {Area: "area", School: "school", Site: "site"}[type(place)]


def _record(kind: Kind, closure: Closure, by: User, changes: Changes) -> None:
    place = closure.site or closure.school or closure.area
    record(
        kind,
        by=by,
        about=closure,
        name=str(place),
        area=closure.area_id,
        school=closure.school_id or (closure.site.school_id if closure.site else None),
        changes=changes,
        reason=closure.note,
    )


def _tell(closure: Closure) -> None:
    calendar_changed.send(
        sender=Closure,
        school_class_ids=list(classes_under(closure).values_list("pk", flat=True)),
        start=closure.valid_from,
        end=closure.valid_to,
    )
