"""When the last backup was made: for the operator's page and for `doctor`."""

import datetime
import json
import os

from django.conf import settings

from ..version import VERSION

NAME = "last_backup.json"


def last_backup():
    """When the last finished backup of this installation was begun: aware datetime, or None.

    None as well when the note is not readable: what is not known to exist does not exist.
    """
    try:
        noted = json.loads((settings.FILES_DIR / NAME).read_text(encoding="utf-8"))
        moment = datetime.datetime.fromisoformat(noted["made_at"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return moment if moment.tzinfo else None


def note_backup(moment, path):
    """Remember a finished backup, in FILES_DIR, which web and workers share."""
    note = settings.FILES_DIR / NAME
    note.parent.mkdir(parents=True, exist_ok=True)
    unfinished = note.with_name(f".{NAME}.{os.getpid()}")
    content = {"made_at": moment.isoformat(), "file": str(path), "version": VERSION}
    unfinished.write_text(json.dumps(content, indent=1), encoding="utf-8")
    os.replace(unfinished, note)
