"""Why a backup, a restore or a move was refused: one class, one exit code, one sentence each.

Every sentence says what is wrong, why it matters and how to mend it. Exit code 1 is Django's
own for wrong use; `move_database` also ends with it when the copy differs.
"""

from collections.abc import Sequence
from pathlib import Path

from django.utils.translation import gettext as _

NAMES_SHOWN = 5


def _some(names: Sequence[str]) -> str:
    """A list short enough to be read on one screen."""
    return ", ".join(names[:NAMES_SHOWN]) + (", …" if len(names) > NAMES_SHOWN else "")


class Refused(Exception):
    """The command stops and has changed nothing. `code` is its exit code."""

    code = 1


class NotABackup(Refused):
    code = 10

    def __init__(self, path: Path) -> None:
        super().__init__(
            _(
                "%(path)s is not a backup of this product. Give the path of a file named "
                "lai-chau-edu-….backup."
            )
            % {"path": path}
        )


class CutBackup(Refused):
    code = 11

    def __init__(self, path: Path) -> None:
        super().__init__(
            _(
                "%(path)s is cut off: its end is missing, so rows or files would be lost. "
                "Copy the file again from where it was made, or take the backup before it."
            )
            % {"path": path}
        )


class AlteredBackup(Refused):
    code = 12

    def __init__(self, path: Path, detail: object) -> None:
        super().__init__(
            _(
                "%(path)s was altered after it was made (%(detail)s), so its rows cannot be "
                "trusted. Copy the file again from where it was made, or take the backup before it."
            )
            % {"path": path, "detail": detail}
        )


class UnknownFormat(Refused):
    code = 13

    def __init__(self, path: Path, found: object, known: int) -> None:
        super().__init__(
            _(
                "%(path)s has format %(found)s; this version reads format %(known)s only. "
                "Restore it with the version of the product that made it."
            )
            % {"path": path, "found": found, "known": known}
        )


class UnknownMigrations(Refused):
    code = 14

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            _(
                "The data come from another version of the product, with table changes unknown "
                "here: %(names)s. Install the version that made them, then repeat."
            )
            % {"names": _some(names)}
        )


class NotMigrated(Refused):
    code = 15

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            _(
                "The tables of this database are older than the program; missing: %(names)s. "
                "Run manage.py migrate first, then repeat."
            )
            % {"names": _some(names)}
        )


class TargetInUse(Refused):
    code = 16

    def __init__(self, what: str) -> None:
        super().__init__(
            _(
                "The target is not empty (%(what)s) and would be overwritten. Choose an empty "
                "target, or make a backup of it and repeat with --replace."
            )
            % {"what": what}
        )


class ForeignTables(Refused):
    code = 17

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            _(
                "The target database holds tables this version of the product does not know: "
                "%(names)s. They could belong to something else. Create an empty database of its "
                "own and give its address."
            )
            % {"names": _some(names)}
        )


class SameDatabase(Refused):
    code = 18

    def __init__(self) -> None:
        super().__init__(
            _(
                "Source and target are the same database; there is nothing to move. Give the "
                "address of another, empty database after --to."
            )
        )


class NoRoom(Refused):
    code = 19

    def __init__(self, path: Path, detail: object) -> None:
        super().__init__(
            _(
                "%(path)s could not be written (%(detail)s); nothing unfinished is left. Free "
                "space or choose another folder, then repeat."
            )
            % {"path": path, "detail": detail}
        )


class DatabaseRefuses(Refused):
    code = 20

    def __init__(self, detail: object) -> None:
        super().__init__(
            _(
                "The database did not do its part and was left as it was: %(detail)s. Stop web "
                "and workers if they still run, check the address and the room on its disk, then "
                "repeat."
            )
            % {"detail": str(detail).strip()}
        )


class DamagedRow(Refused):
    code = 21

    def __init__(self, table: str, column: str, detail: object) -> None:
        super().__init__(
            _(
                "Table %(table)s holds in column %(column)s a value that does not belong there: "
                "%(detail)s. Correct that row, then repeat."
            )
            % {"table": table, "column": column, "detail": detail}
        )


class CopyDiffers(Refused):
    """The copy was undone: some tables came out different. `differences`: list of sentences."""

    code = 1

    def __init__(self, differences: Sequence[str]) -> None:
        self.differences = differences
        super().__init__(
            _(
                "The copy differs from the original in %(count)d tables and was undone: "
                "%(differences)s. The original is unchanged; report this before trying again."
            )
            % {"count": len(differences), "differences": _some(differences)}
        )


class NotACopy(Refused):
    code = 10

    def __init__(self, path: Path) -> None:
        super().__init__(
            _(
                "%(path)s is not a whole copy of a database of this product. Give the path of a "
                "file named before-….sqlite3; a file named ….backup is for manage.py restore."
            )
            % {"path": path}
        )


class NotMarked(Refused):
    code = 25

    def __init__(self, detail: object) -> None:
        super().__init__(
            _(
                "Every row was copied, but it could not be noted in the old database that it was "
                "moved away (%(detail)s). Set DATABASE_URL to the new address now, and rename the "
                "old database so that nothing works on it."
            )
            % {"detail": str(detail).strip()}
        )


class NotADrill(Refused):
    code = 24

    def __init__(self, what: str) -> None:
        super().__init__(
            _(
                "This would not be a drill but touch the running system: %(what)s. Give the drill "
                "an environment of its own, with an empty database, without REDIS_URL and without "
                "EMAIL_URL."
            )
            % {"what": what}
        )


class BadAddress(Refused):
    code = 22

    def __init__(self) -> None:
        super().__init__(
            _(
                "The address of the target is not understood. Write "
                "postgres://user:password@host:5432/name or sqlite:////path/file.sqlite3."
            )
        )
