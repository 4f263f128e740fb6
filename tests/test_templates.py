"""Rules that every template keeps."""

import re
from pathlib import Path

from django.conf import settings

BADGE = re.compile(r'include "components/_badge\.html"([^%]*)%}')


def test_a_badge_gets_its_word_explicitly():
    """A word set in a loop stays set: the next row's badge would wear it."""
    found = [
        (path.name, given)
        for path in Path(settings.BASE_DIR, "templates").rglob("*.html")
        for given in BADGE.findall(path.read_text(encoding="utf-8"))
    ]
    assert found
    assert not [each for each in found if each[1].split()[-1:] != ["only"]]
