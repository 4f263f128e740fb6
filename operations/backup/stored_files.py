"""The files of an installation: listing, and replacing them all.

A file's name carries the id of its row, so old and new files can lie side by side. That makes
a restore safe at any moment: the new ones are in place before the database commits, the old
ones go after it.
"""

import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings

from .archive import BackupReader
from .refusals import NoRoom

# What this computer remembers for itself: a restored system must not believe another's.
OWN_MEMORY = frozenset({"timetable.json", "last_backup.json", "unbelieved_proxy"})
STAGING = ".restoring"


def list_files(folder: Path | None = None) -> list[str]:
    """Paths of the kept files below FILES_DIR (or `folder`), with forward slashes, sorted.

    Names that begin with a dot, links and this computer's own memory are left out.
    """
    folder = folder or settings.FILES_DIR
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = os.path.join(place, name)
            if not name.startswith(".") and not os.path.islink(path):
                found.append(os.path.relpath(path, folder).replace(os.sep, "/"))
    return sorted(set(found) - OWN_MEMORY)


class Staged:
    """The files of a backup, unpacked in FILES_DIR under STAGING until they are wanted.

    A context manager: what is still staged at its end is removed.
    """

    def __init__(self, backup: BackupReader) -> None:
        self._folder = settings.FILES_DIR
        self._staging = self._folder / STAGING
        self._paths = [entry.path for entry in backup.manifest.files]
        self._unpack(backup)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)

    def put_beside(self) -> None:
        """Put in place every file whose name is free; the present files stay."""
        try:
            for path in self._paths:
                target = self._folder / path
                if not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(self._staging / path, target)
        except OSError as error:
            raise NoRoom(self._folder, error) from error

    def complete(self) -> None:
        """Replace the files of the same name and remove those the backup does not have."""
        for path in list_files(self._staging):
            os.replace(self._staging / path, self._folder / path)
        for path in set(list_files()) - set(self._paths):
            (self._folder / path).unlink(missing_ok=True)

    def _unpack(self, backup: BackupReader) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)
        try:
            self._staging.mkdir(parents=True)
            for entry in backup.manifest.files:
                target = self._staging / entry.path
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as sink:
                    backup.copy_file(entry, sink)
                    sink.flush()
                    os.fsync(sink.fileno())
        except OSError as error:
            shutil.rmtree(self._staging, ignore_errors=True)
            raise NoRoom(self._staging, error) from error
        except BaseException:
            shutil.rmtree(self._staging, ignore_errors=True)
            raise
