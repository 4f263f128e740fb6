"""Bring the database and the files back from a backup."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from operations.backup.restoring import require_drill, restore

from ._backup import BackupCommand


class Command(BackupCommand):
    help = "Replace the database and the files by those of a backup. Stop web and workers first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the backup")
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--replace", action="store_true", help="overwrite what is in the database and files"
        )
        how.add_argument(
            "--drill",
            action="store_true",
            help="refuse settings that reach live workers, mail or the database of the backup",
        )

        parser.add_argument(
            "--as-made",
            action="store_true",
            help="leave the tables as they were then, for the program of then (deploy/upgrade)",
        )

    def work(self, *, file: Path, replace: bool, drill: bool, as_made: bool, **options: Any) -> int:
        here = connections[DEFAULT_DB_ALIAS]
        if drill:
            require_drill(here, file)
        manifest = restore(here, file, replace=replace, newest=not as_made)
        self.tell_origin(manifest)
        self.stdout.write(
            _(
                "Restored as of %(moment)s: %(tables)d tables, %(files)d files, 0 differences. "
                "Everybody signs in again; start web and workers, then run manage.py verify_months."
            )
            % {
                "moment": date_format(timezone.localtime(manifest.made_at), "H:i d/m/Y"),
                "tables": len(manifest.tables),
                "files": len(manifest.files),
            }
        )
        return manifest.rows
