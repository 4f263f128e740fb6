"""The module that knows the engine of a connection; both offer the same functions.

snapshot(connection)                context: what is read in it is of one moment
copy_out(connection, table, sink)   lines of a table, in the order of its key
load(connection, table, stream)     the same lines into an emptied table; returns nothing
last_id / set_last_id               the last number given as an id
rebuilding(connection)              context around the transaction that replaces all tables
bulk(connection, names)             context around loading: indexes wait until it ends
drop(connection, names)             drop tables whatever refers to them
check(connection)                   raise IntegrityError when a rule of the tables is broken
settle(connection)                  after the commit: figures for the planner, small files
identity(connection)                equal for two connections to one database
"""

from . import postgresql, sqlite

ENGINES = {"postgresql": postgresql, "sqlite": sqlite}


def engine_of(connection):
    """The engine module of a Django connection."""
    return ENGINES[connection.vendor]
