"""Write the database and the files into one backup, or check one."""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from operations.backup.restoring import check
from operations.backup.saving import make_backup, prune

from ._backup import BackupCommand


class Command(BackupCommand):
    help = "Write the database and the files into one file; the product may be in use meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--to", type=Path, default=settings.VAR_DIR / "backups", help="folder of the backups"
        )
        what.add_argument("--check", type=Path, metavar="FILE", help="only check this backup")
        parser.add_argument(
            "--keep",
            type=_positive,
            metavar="N",
            help="then remove all but the N newest of this database there",
        )

    def work(self, *, to: Path, check: Path | None, keep: int | None, **options: Any) -> int:
        return self._check(check) if check else self._make(to, keep)

    def _make(self, folder: Path, keep: int | None) -> int:
        path, manifest = make_backup(connections[DEFAULT_DB_ALIAS], folder)
        self.tell_origin(manifest)
        self.stdout.write(
            _("Backup written: %(path)s (%(megabytes).1f MB, %(tables)d tables, %(files)d files).")
            % {
                "path": path,
                "megabytes": path.stat().st_size / 1e6,
                "tables": len(manifest.tables),
                "files": len(manifest.files),
            }
        )
        for removed in prune(folder, keep, manifest.database) if keep else []:
            self.stdout.write(_("Old backup removed: %(path)s") % {"path": removed})
        return manifest.rows

    def _check(self, path: Path) -> int:
        manifest = check(path)
        self.tell_origin(manifest)
        self.stdout.write(
            _(
                "The backup of %(moment)s, made by version %(version)s, is whole: "
                "%(tables)d tables, %(files)d files."
            )
            % {
                "moment": date_format(timezone.localtime(manifest.made_at), "H:i d/m/Y"),
                "version": manifest.version or "< 1.0.0",
                "tables": len(manifest.tables),
                "files": len(manifest.files),
            }
        )
        return manifest.rows


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(_("At least one backup must be kept."))
    return number
