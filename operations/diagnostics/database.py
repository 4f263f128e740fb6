"""The database: there, of this version, with its own guards."""

from pathlib import Path

from django.apps import apps
from django.db import Error, connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import schema
from core.validity import NoOverlap
from schools.areas.selectors.tree import AreaTree

from ..backup.moved_away import MovedAway
from ..backup.origins import origin_of
from ..backup.postgresql import ASIDE
from .disks import room_on
from .findings import Finding, broken, check, watch, well

SECONDS_APART = 30
LONGEST_ERROR = 200  # letters
# What PostgreSQL says when it runs and takes nobody in just now, or has no room left.
PASSING = ("starting up", "shutting down", "recovery mode", "not yet accepting", "not accepting")
CROWDED = ("too many clients", "too many connections", "remaining connection slots")
FULL = ("No space left", "could not extend file")
# Debian's place; only its owner may ask the server for another.
POSTGRESQL_DATA = Path("/var/lib/postgresql")


@check(gettext_lazy("Database"))
def reachable() -> Finding:
    """It answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except MovedAway as refusal:
        return broken(
            _("The database in use was moved to %(target)s; what is here is old.")
            % {"target": refusal.target},
            _("Set DATABASE_URL to the new address, then start web, workers and timetable again."),
        )
    except Error as error:
        return _unreachable(error)
    version = ".".join(map(str, connection.get_database_version()))
    return well(
        _("%(name)s %(version)s answers.") % {"name": connection.display_name, "version": version}
    )


def _unreachable(error: Exception) -> Finding:
    text = _("%(database)s does not answer: %(error)s.") % {
        "database": origin_of(connection),
        "error": " ".join(str(error).split())[:LONGEST_ERROR].rstrip("."),
    }
    if connection.vendor == "sqlite":
        return broken(text, _("Look at DATABASE_URL, at the folder of the file and its owner."))
    for words, mend in (
        (
            PASSING,
            _("PostgreSQL is starting or stopping: look again in a minute, then at its log."),
        ),
        (CROWDED, _("Raise max_connections of PostgreSQL, or lower WEB_CONCURRENCY.")),
        (FULL, _("Make room on the disk of PostgreSQL; then it goes on by itself.")),
    ):
        if any(each in text for each in words):
            return broken(text, mend)
    if "FATAL" not in text:
        return broken(text, _("Start PostgreSQL: systemctl start postgresql."))
    return broken(text, _("Correct user, password and name of the database in DATABASE_URL."))


@check(gettext_lazy("Room of the database"), after=reachable)
def room() -> Finding | None:
    """The disk of the database, where it is one of this computer."""
    origin = origin_of(connection)
    if origin.vendor == "sqlite":
        folder = Path(origin.name).parent
    elif origin.host == "localhost":
        folder = POSTGRESQL_DATA
    else:
        return well(_("The database is on another computer; look at its disk there."))
    if not folder.exists():
        return None
    return room_on(folder, _("%(free)s GB are free on the disk of the database."))


@check(gettext_lazy("Tables"), after=reachable)
def migrations() -> Finding:
    """The tables are those of this version of the program."""
    found = schema.difference(connection)
    if found.unknown:
        return broken(
            _("The tables are of a newer version of the program: %(names)s.")
            % {"names": ", ".join(found.unknown)},
            _("Install that version, or restore the backup made before it."),
        )
    if found.missing:
        return broken(
            _("%(count)s changes of the tables have not been made.")
            % {"count": len(found.missing)},
            _("Make a backup, then run manage.py migrate."),
        )
    return well(_("The tables are those of this version."))


@check(gettext_lazy("Guards of the database"), after=migrations)
def constraints() -> Finding:
    """The rules of time (no two classes on one day, …) are held by the database itself."""
    wanted = {
        constraint.name
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, NoOverlap)
    }
    if connection.vendor == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        wanted = {f"{name}_{event}" for name in wanted for event in ("insert", "update")}
    else:
        query = "SELECT conname FROM pg_constraint WHERE contype = 'x' AND convalidated"
    with connection.cursor() as cursor:
        cursor.execute(query)
        missing = sorted(wanted - {name for (name,) in cursor.fetchall()})
    if missing:
        return broken(
            _("The database does not guard: %(names)s.") % {"names": ", ".join(missing)},
            _("Run manage.py migrate; if it stays so, restore the last backup."),
        )
    return well(_("%(count)s rules are guarded by the database.") % {"count": len(wanted)})


@check(gettext_lazy("Replaced tables"), after=reachable)
def replaced_tables() -> Finding | None:
    """Nothing of before the last restore lies about: those rows are in no backup and on no page."""
    if connection.vendor == "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = %s", [ASIDE])
        (count,) = cursor.fetchone()
    if count:
        return watch(
            _("%(count)s tables of before the last restore still take room.") % {"count": count},
            _("When no restore is running: DROP SCHEMA %(name)s CASCADE, in psql.")
            % {"name": ASIDE},
        )
    return well(_("Nothing is left of before the last restore."))


@check(gettext_lazy("Clock of the database"), after=reachable)
def server_clock() -> Finding | None:
    """Another computer may hold the database."""
    if connection.vendor == "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    ahead = (timezone.now() - there).total_seconds()
    mend = _("Set the clocks of both computers by the network (NTP).")
    if ahead > SECONDS_APART:
        return watch(
            _("This computer is %(count)s seconds ahead of the database.")
            % {"count": round(ahead)},
            mend,
        )
    if ahead < -SECONDS_APART:
        return watch(
            _("This computer is %(count)s seconds behind the database.") % {"count": round(-ahead)},
            mend,
        )
    return well(_("The clock of the database agrees."))


@check(gettext_lazy("Official units"), after=migrations)
def official_units() -> Finding:
    """Some commune is valid today."""
    communes = len(AreaTree.on(timezone.localdate()).communes())
    if not communes:
        return broken(_("No commune is valid today."), _("Run manage.py load_units --clusters."))
    return well(_("%(count)s communes are valid today.") % {"count": communes})
