"""What must be true before a process begins to serve."""

import contextlib
import os
import sys

from django.db import Error, connection

from operations.backup.moved_away import MovedAway

# Gunicorn ends altogether with this one, instead of starting its workers again for ever.
CANNOT_SERVE = 3


def keep_files_private():
    """What this process writes from now on is its user's alone: children's data lie in it."""
    os.umask(0o077)


def require_database():
    """End the process with a sentence when its database was moved away.

    A database that is not there yet is waited for: each request asks again.
    """
    try:
        with contextlib.suppress(Error):
            connection.ensure_connection()
    except MovedAway as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.stderr.flush()
        raise SystemExit(CANNOT_SERVE) from refusal
    finally:
        connection.close()
