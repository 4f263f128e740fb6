"""Files in FILES_DIR that no row names: left by a process that was killed between file and row."""

import time

from django.apps import apps
from django.conf import settings
from django.db import models

from .backup.stored_files import list_files

ORPHAN_AGE = 24 * 3600  # seconds; a younger one may be about to get its row


def remove_orphans() -> int:
    """Delete the files that no row names any more, a day after they were written; how many.

    Only in the folders to which a field of a model writes: what somebody else has put beside
    them is not ours to remove.
    """
    known, folders = _known()
    border, removed = time.time() - ORPHAN_AGE, 0
    for name in list_files():
        path = settings.FILES_DIR / name
        if name in known or name.partition("/")[0] not in folders:
            continue
        try:
            if path.stat().st_mtime < border:
                path.unlink()
                removed += 1
        except FileNotFoundError:
            continue
    return removed


def _known() -> tuple[set[str], set[str]]:
    """The names that rows hold, and the folders to which fields write."""
    known, folders = set(), set()
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.FileField):
                names = model._base_manager.exclude(**{field.name: ""})
                known |= set(names.values_list(field.name, flat=True))
                folders.add(field.generate_filename(model(), "any.xlsx").partition("/")[0])
    return known, folders
