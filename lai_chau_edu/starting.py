"""What must be true before a process begins to serve."""

import contextlib
import gc
import os
import sys

from django.conf import settings
from django.db import Error, connection
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from core import schema
from operations.backup.moved_away import MovedAway

# Gunicorn ends altogether with this one, instead of starting its workers again for ever.
CANNOT_SERVE = 3


def keep_files_private():
    """What this process writes from now on is its user's alone: children's data lie in it."""
    os.umask(0o077)


def read_everything():
    """Build what every worker would build for itself, so that its memory is shared by all.

    Addresses with their views, translations, the names of the migrations, our templates.
    """
    reverse("home")
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("Help")
    schema.own_migrations()
    for folder in settings.TEMPLATES[0]["DIRS"]:
        for path in sorted(folder.rglob("*.html")):
            get_template(str(path.relative_to(folder)))
    gc.collect()
    # The collector would write into every object it looks at, and so copy its page of memory.
    gc.freeze()


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
