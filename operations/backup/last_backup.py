"""The last backup, as it is remembered for the operator's page, `doctor` and the alarms."""

import datetime
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from core.version import VERSION

from .origins import Origin, read_origin

NAME = "last_backup.json"


@dataclass(frozen=True)
class LastBackup:
    """A finished backup: when it was begun, its file, and of which database it is.

    `database` is None in the mark of a version that did not note it.
    """

    made_at: datetime.datetime
    file: Path
    database: Origin | None


def last_backup() -> LastBackup | None:
    """The `LastBackup` of the last finished backup of this installation, or None.

    None as well when the mark is not readable: what is not known to exist does not exist.
    """
    try:
        noted = json.loads((settings.FILES_DIR / NAME).read_text(encoding="utf-8"))
        mark = LastBackup(
            datetime.datetime.fromisoformat(noted["made_at"]),
            Path(noted["file"]),
            read_origin(noted.get("database")),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return mark if mark.made_at.tzinfo else None


def note_backup(moment: datetime.datetime, path: Path, origin: Origin) -> None:
    """Remember a finished backup, in FILES_DIR, which web and workers share."""
    note = settings.FILES_DIR / NAME
    note.parent.mkdir(parents=True, exist_ok=True)
    unfinished = note.with_name(f".{NAME}.{os.getpid()}")
    content = {
        "made_at": moment.isoformat(),
        "file": str(path.absolute()),
        "database": asdict(origin),
        "version": VERSION,
    }
    unfinished.write_text(json.dumps(content, indent=1), encoding="utf-8")
    os.replace(unfinished, note)
