"""Room on a disk: enough, little, or none."""

import shutil
from pathlib import Path

from django.utils.translation import gettext as _

from .findings import Finding, broken, watch, well

GIGABYTE = 1024**3
LITTLE_SPACE, NO_SPACE = 5 * GIGABYTE, GIGABYTE


def room_on(folder: Path, text: str, needed: int = 0) -> Finding:
    """The finding about the disk of a folder.

    Args:
        text: a sentence with %(free)s, in gigabytes.
        needed: bytes that the next piece of work will take.
    """
    free = shutil.disk_usage(folder).free
    text %= {"free": f"{free / GIGABYTE:.1f}".replace(".", ",")}
    mend = _("Make room: move old backups elsewhere, or give the disk more space.")
    if free < NO_SPACE + needed:
        return broken(text, mend)
    return watch(text, mend) if free < LITTLE_SPACE + needed else well(text)
