"""The database: there, of this version, with its own guards."""

from django.apps import apps
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import schema
from schools.models import SchoolYear
from schools.selectors.areas import AreaTree
from schools.temporal import NoOverlap

from .findings import broken, check, watch, well

SECONDS_APART = 30


@check(gettext_lazy("Database"))
def reachable():
    """It answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    version = ".".join(map(str, connection.get_database_version()))
    return well(
        _("%(name)s %(version)s answers.") % {"name": connection.display_name, "version": version}
    )


@check(gettext_lazy("Tables"))
def migrations():
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


@check(gettext_lazy("Guards of the database"))
def constraints():
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


@check(gettext_lazy("Clock of the database"))
def server_clock():
    """Another computer may hold the database."""
    if connection.vendor == "sqlite":
        return None
    there = SchoolYear.objects.annotate(now=Now()).values_list("now", flat=True).first()
    if there is None:
        return None
    apart = abs((there - timezone.now()).total_seconds())
    if apart > SECONDS_APART:
        return watch(
            _("The clock of the database differs by %(count)s seconds.") % {"count": round(apart)},
            _("Set the clocks of both computers by the network (NTP)."),
        )
    return well(_("The clock of the database agrees."))


@check(gettext_lazy("Official units"))
def official_units():
    """Some commune is valid today."""
    communes = len(AreaTree.on(timezone.localdate()).communes())
    if not communes:
        return broken(_("No commune is valid today."), _("Run manage.py load_units --clusters."))
    return well(_("%(count)s communes are valid today.") % {"count": communes})
