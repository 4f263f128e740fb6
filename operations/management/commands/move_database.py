"""Copy this installation's database into another one, of either engine."""

from typing import Any

import environ
from django.conf import settings
from django.core.management.base import CommandParser
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.utils.translation import gettext as _

from operations.backup.moved_away import note_move, take_back
from operations.backup.moving import move, open_database
from operations.backup.origins import origin_of
from operations.backup.refusals import BadAddress, NotMarked

from ._backup import BackupCommand

SQLITE = "django.db.backends.sqlite3"
ENGINES = {SQLITE, "django.db.backends.postgresql"}


class Command(BackupCommand):
    help = "Copy every row into another database and compare. Stop web and workers first."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--to", metavar="URL", help="as in DATABASE_URL")
        what.add_argument(
            "--take-back",
            action="store_true",
            help="use a database again that was moved away; what was written since stays there",
        )
        parser.add_argument(
            "--replace", action="store_true", help="overwrite what is in the target"
        )

    def work(self, *, to: str, take_back: bool, replace: bool, **options: Any) -> int:
        return self._take_back() if take_back else self._move(to, replace)

    def _take_back(self) -> int:
        target = take_back(connections[DEFAULT_DB_ALIAS])
        self.stdout.write(
            _("This database had not been moved away; nothing was changed.")
            if target is None
            else _(
                "This database is in use again. What was written to %(target)s since stays there."
            )
            % {"target": target}
        )
        return 0

    def _move(self, to: str, replace: bool) -> int:
        source, target = connections[DEFAULT_DB_ALIAS], open_database(_parse(to))
        try:
            moved = move(source, target, replace=replace)
        finally:
            target.close()
        try:
            note_move(source, origin_of(target))
        except DatabaseError as error:
            raise NotMarked(error) from error
        self.stdout.write(
            _(
                "Copied %(tables)d tables: 0 differences. The files stay where they are. Now set "
                "DATABASE_URL to the new address, start web and workers, and keep the old "
                "database, which refuses work from now on, until manage.py verify_months has "
                "found no difference."
            )
            % {"tables": moved.tables}
        )
        return moved.rows


def _parse(url: str) -> dict[str, Any]:
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
