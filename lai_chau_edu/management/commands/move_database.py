"""Copy this installation's database into another one, of either engine."""

import environ
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext as _

from lai_chau_edu.keeping.moving import move, open_database
from lai_chau_edu.keeping.refusals import BadAddress

from ._keeping import KeepingCommand

SQLITE = "django.db.backends.sqlite3"
ENGINES = {SQLITE, "django.db.backends.postgresql"}


class Command(KeepingCommand):
    help = "Copy every row into another database and compare. Stop web and workers first."

    def add_arguments(self, parser):
        parser.add_argument("--to", required=True, metavar="URL", help="as in DATABASE_URL")
        parser.add_argument(
            "--replace", action="store_true", help="overwrite what is in the target"
        )

    def work(self, *, to, replace, **options):
        target = open_database(_parse(to))
        try:
            moved = move(connections[DEFAULT_DB_ALIAS], target, replace=replace)
        finally:
            target.close()
        self.stdout.write(
            _(
                "Copied %(tables)d tables: 0 differences. The files stay where they are. Now set "
                "DATABASE_URL to the new address, start web and workers, and keep the old "
                "database until manage.py verify_months has found no difference."
            )
            % {"tables": moved.tables}
        )
        return moved.rows


def _parse(url):
    engine = environ.Env.DB_SCHEMES.get(url.partition("://")[0])
    if engine not in ENGINES:
        raise BadAddress
    try:
        found = environ.Env.db_url_config(url)
    except ValueError as error:
        raise BadAddress from error
    if found["NAME"] in {"", ":memory:"}:
        raise BadAddress
    if engine == SQLITE:
        found["OPTIONS"] = settings.SQLITE_OPTIONS
    return found
