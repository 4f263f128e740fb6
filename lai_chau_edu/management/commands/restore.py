"""Bring the database and the files back from a backup."""

from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lai_chau_edu.keeping.restoring import restore

from ._keeping import KeepingCommand


class Command(KeepingCommand):
    help = "Replace the database and the files by those of a backup. Stop web and workers first."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="the backup")
        parser.add_argument(
            "--replace", action="store_true", help="overwrite what is in the database and files"
        )

        parser.add_argument(
            "--as-made",
            action="store_true",
            help="leave the tables as they were then, for the program of then (deploy/upgrade)",
        )

    def work(self, *, file, replace, as_made, **options):
        here = connections[DEFAULT_DB_ALIAS]
        manifest = restore(here, file, replace=replace, newest=not as_made)
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
