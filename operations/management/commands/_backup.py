"""What the commands of backup, restore and move share."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from operations.backup.manifest import Manifest
from operations.backup.refusals import Refused


class BackupCommand(BaseCommand):
    """Ends with the exit code of a refusal, its sentence on standard error."""

    # A database that is not there yet, or a disk that is full, must not stop before the refusal.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        start = time.monotonic()
        try:
            rows = self.work(**options)
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=refusal.code) from refusal
        seconds = max(time.monotonic() - start, 0.001)
        self.stdout.write(
            _("%(rows)s rows in %(seconds)s s (%(speed)s rows/s).")
            % {
                "rows": number_format(rows, use_l10n=True, force_grouping=True),
                "seconds": number_format(seconds, 1),
                "speed": number_format(round(rows / seconds), use_l10n=True, force_grouping=True),
            }
        )

    def tell_origin(self, manifest: Manifest) -> None:
        """Say of which database a backup is."""
        self.stdout.write(
            _("Database of the backup: %(database)s")
            % {"database": manifest.database or _("not noted by the version that made it")}
        )

    def work(self, *args: Any, **options: Any) -> int:
        """Do it; returns the number of rows. Raises `Refused`."""
        raise NotImplementedError
