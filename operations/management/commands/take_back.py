"""Undo what a new version did to an SQLite database: the copy made before it, put back."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils.translation import gettext as _

from operations.backup.plain_copies import take_back
from operations.backup.refusals import Refused


class Command(BaseCommand):
    help = "Put back the copy of the database that was made before its tables changed."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="var/backups/before-….sqlite3")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if connection.vendor != "sqlite":
            raise CommandError(_("This is for SQLite only; use manage.py restore."))
        try:
            kept = take_back(connection, file, settings.VAR_DIR / "backups")
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=refusal.code) from refusal
        self.stdout.write(
            _(
                "The database is as it was in %(path)s. What was written since then is not in it; "
                "it is kept in %(kept)s. Now put the program of before in place and start it."
            )
            % {"path": file, "kept": kept}
        )
