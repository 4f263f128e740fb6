"""The questions of a visit: dated rows, begun from a file."""

import tomllib
from pathlib import Path
from typing import Any

from .models import ChecklistItem

FIRST = Path(__file__).parent / "data" / "checklist.toml"


def write_first_questions(sender: Any = None, **_options: Any) -> None:
    """Write the questions of the file while there are none (after migrating)."""
    if ChecklistItem.objects.exists():
        return
    with FIRST.open("rb") as file:
        told = tomllib.load(file)
    questions = [
        (section["name"], code, text)
        for section in told["section"]
        for code, text in section["questions"]
    ]
    ChecklistItem.objects.bulk_create(
        ChecklistItem(
            code=code, section=section, text=text, place=place, valid_from=told["valid_from"]
        )
        for place, (section, code, text) in enumerate(questions, start=1)
    )
