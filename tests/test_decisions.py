"""Decisions are numbered and dated, and what is said of them can be followed."""

import re
from itertools import chain

from lai_chau_edu.settings import BASE_DIR

DECISIONS = BASE_DIR / "docs" / "adr"
HEAD = re.compile(r"# (\d+)\. \S.*\n\nAccepted, \d{4}-\d\d-\d\d\.(?: |\n)")
NAMED = re.compile(r"\b(?:ADR|[Dd]ecisions?) (\d{1,3})\b(?![/-])")


def numbers():
    return [int(path.name[:4]) for path in DECISIONS.glob("*.md")]


def test_every_decision_has_its_number_its_status_and_its_day():
    wrong = [
        path.name
        for path in DECISIONS.glob("*.md")
        if not (head := HEAD.match(path.read_text("utf-8"))) or int(head[1]) != int(path.name[:4])
    ]
    assert wrong == []
    assert len(set(numbers())) == len(numbers()) > 90


def test_decisions_that_are_named_are_there():
    known, unknown = set(numbers()), []
    kinds = ("*.py", "*.md", "*.html", "*.js")
    apps = [path.parent for path in BASE_DIR.glob("*/apps.py")]
    for room in [*apps, *(BASE_DIR / name for name in ("docs", "static", "templates", "tests"))]:
        for path in chain.from_iterable(room.rglob(kind) for kind in kinds):
            for number in NAMED.findall(path.read_text("utf-8")):
                if int(number) not in known:
                    unknown.append(f"{path.relative_to(BASE_DIR)}: {number}")
    assert unknown == []
