"""Empty databases beside the one of the suite, of every engine that this run has."""

import contextlib
import uuid

from django.apps import apps
from django.conf import settings
from django.db import connections

from operations.backup.moving import open_database
from operations.backup.stored_files import list_files

# The suite runs once on each engine; on PostgreSQL a file of SQLite is at hand as well.
HERE = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
ENGINES = ["sqlite3"] if HERE == "sqlite3" else ["sqlite3", "postgresql"]
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


@contextlib.contextmanager
def empty_database(engine, folder, alias="target"):
    """Context: a connection to a new database without a table, gone afterwards."""
    name = f"{alias}_{uuid.uuid4().hex[:12]}"
    here = connections["default"]
    if engine == "sqlite3":
        own = {"NAME": str(folder / f"{name}.sqlite3"), "OPTIONS": SQLITE_OPTIONS}
        target = open_database({"ENGINE": "django.db.backends.sqlite3", **own}, alias)
    else:
        name = f"{here.settings_dict['NAME']}_{name}"
        own = {key: here.settings_dict[key] for key in ("ENGINE", "USER", "PASSWORD", "HOST")}
        own |= {"PORT": here.settings_dict["PORT"], "NAME": name}
        with here._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        target = open_database(own, alias)
    try:
        yield target
    finally:
        target.close()
        del connections[alias]
        if engine != "sqlite3":
            with here._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def engine_name(connection):
    """Last part of the engine of a connection, as `empty_database` takes it."""
    return connection.settings_dict["ENGINE"].rpartition(".")[2]


def address(connection):
    """The DATABASE_URL of a connection, for another process."""
    own = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{own['NAME']}"
    password = f":{own['PASSWORD']}" if own["PASSWORD"] else ""
    return f"postgres://{own['USER']}{password}@{own['HOST']}:{own['PORT'] or 5432}/{own['NAME']}"


def objects(connection, *, without=()):
    """Every object of every model: {label: {pk: field values}}.

    Read by Django itself: it shares nothing with what is tested.
    """
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table not in without:
            rows = model._default_manager.using(connection.alias).order_by("pk")
            found[model._meta.label] = {row["pk"]: row for row in rows.values("pk", *_names(model))}
    return found


def stored(folder):
    """The kept files of a folder: {path: content}."""
    return {name: (folder / name).read_bytes() for name in list_files(folder)}


def _names(model):
    return [field.attname for field in model._meta.local_concrete_fields]
