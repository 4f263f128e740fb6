"""Whether what a process remembers of the calendar still holds (ADR 106).

Which sessions are due where, and which rules hold on a day, changes a few times a month and is
asked for with every register. A process remembers it under the token of the calendar's state: a
random text in one row, which every write of a table it rests on replaces in its own transaction,
whoever writes: a service, the admin, a command, SQL by hand. Triggers see to that. So who reads
the token reads what it stands for, or newer; two processes never disagree longer than the moment
between two statements, in which they could before.

A token is random and never comes back: what was written and rolled back is remembered under a name
that nobody reads again.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Any, TypeVar

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import CharField, Model
from django.db.models.expressions import RawSQL

from core.models import Rule
from schools.models import Area, ClusterMembership, Placement, SchoolYear

from ..models import CalendarRule, Closure, YearFrame

TABLE = "attendance_calendarstate"
FUNCTION = "attendance_calendar_written"
RESTS_ON: tuple[type[Model], ...] = (
    YearFrame,
    CalendarRule,
    Closure,
    SchoolYear,
    Area,
    ClusterMembership,
    Placement,
    Rule,
)
EVENTS = ("INSERT", "UPDATE", "DELETE")
NEW_TOKEN = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
# States of which a process keeps answers: that of now, and those being written beside it.
STATES = 3
# Answers kept of a state: a school and day each, a hundred bytes or some of them, and of each
# day the calendar of the province and its rules.
MOST = 20_000
Answer = TypeVar("Answer")


# --- The state ----------------------------------------------------------------------------


def install_triggers(sender: AppConfig, using: str = DEFAULT_DB_ALIAS, **kwargs: object) -> None:
    """post_migrate receiver: watch the tables, and begin a new state.

    After each migrate, because SQLite rebuilds a table to change it and drops its triggers; what
    was written meanwhile is in the new state.
    """
    there = connections[using]
    existing = set(there.introspection.table_names())
    if TABLE not in existing:
        return
    with there.cursor() as cursor:
        for statement in _statements(there.vendor, existing):
            cursor.execute(statement)


def _statements(vendor: str, existing: set[str]) -> Iterator[str]:
    new = NEW_TOKEN[vendor]
    if vendor == "postgresql":
        renew = (
            f"INSERT INTO {TABLE} (id, token) VALUES (1, {new})"
            " ON CONFLICT (id) DO UPDATE SET token = excluded.token"
        )
    else:
        # What SQLite does about a conflict in a trigger the statement outside of it decides.
        renew = (
            f"UPDATE {TABLE} SET token = {new}; INSERT INTO {TABLE} (id, token)"
            f" SELECT 1, {new} WHERE NOT EXISTS (SELECT 1 FROM {TABLE})"
        )
    if vendor == "postgresql":
        yield (
            f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$BEGIN {renew}; RETURN NULL; END$$"
        )
    for model in RESTS_ON:
        table = model._meta.db_table
        if table not in existing:
            continue
        if vendor == "postgresql":
            yield (
                f'CREATE OR REPLACE TRIGGER "{table}_state" AFTER'
                f' {" OR ".join(EVENTS)} OR TRUNCATE ON "{table}"'
                f" FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
            )
            continue
        for event in EVENTS:
            name = f"{table}_state_{event.lower()}"
            yield f'DROP TRIGGER IF EXISTS "{name}"'
            yield f'CREATE TRIGGER "{name}" AFTER {event} ON "{table}" BEGIN {renew}; END'
    yield from renew.split("; ")


def state_column() -> RawSQL:
    """The token as a column of a query that reads something else too; NULL when there is none."""
    return RawSQL(f"(SELECT token FROM {TABLE})", [], output_field=CharField())


def read_state() -> str | None:
    """The token by itself; one query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT token FROM {TABLE}")
        row = cursor.fetchone()
    return row[0] if row else None


# --- What is remembered -------------------------------------------------------------------

_kept: OrderedDict[Hashable, OrderedDict[Hashable, Any]] = OrderedDict()
_lock = threading.Lock()


def remembered(state: str | None, key: Hashable, read: Callable[[], Answer]) -> Answer:
    """What `read()` answered in this state, asked once in a process.

    Args:
        state: the token, read before; None remembers nothing.
        key: what is asked; the answer must mean the same for ever, whatever it notes of itself.
    """
    if state is None:
        return read()
    name = (connection.settings_dict["NAME"], state)
    with _lock:
        of_state = _kept.get(name, OrderedDict())
        if key in of_state:
            _kept.move_to_end(name)
            of_state.move_to_end(key)
            found: Answer = of_state[key]
            return found
    answer = read()
    with _lock:
        of_state = _kept.setdefault(name, OrderedDict())
        of_state[key] = answer
        _kept.move_to_end(name)
        _forget_the_oldest(_kept, STATES)
        _forget_the_oldest(of_state, MOST)
    return answer


def _forget_the_oldest(memory: OrderedDict[Hashable, Any], most: int) -> None:
    while len(memory) > most:
        memory.popitem(last=False)
