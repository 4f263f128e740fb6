"""The process that fills a template for the first time: `python -m core.documents.word_trial`.

It reads an order of JSON from its standard input and answers on its standard output; it knows no
database and no settings, so that a template that breaks out finds neither.
"""

import base64
import json
import sys
from typing import Any

from .word import fill, names_in
from .word_templates import LONGEST_FILLING, MOST_MEMORY, refusal_of

MOST_NAMED = 20


def answer_to(order: dict[str, Any]) -> dict[str, Any]:
    """What came of it.

    {"file": base64 of the .docx, "used": names} or {"refused": [code, what, where], "unknown":
    names that no paper has}.
    """
    template = base64.b64decode(order["template"])
    try:
        made = fill(template, order["data"])
    except Exception as error:
        refused = refusal_of(error)
        unknown = _unknown(template) if refused.code == "unknown_name" else []
        return {"refused": [refused.code, refused.what, refused.where], "unknown": unknown}
    used = sorted(names_in(template).used)
    return {"file": base64.b64encode(made).decode(), "used": used}


def _unknown(template: bytes) -> list[str]:
    """Every unknown name, so that all are mended at once; at most MOST_NAMED of them."""
    try:
        return sorted(names_in(template).unknown)[:MOST_NAMED]
    except Exception:
        # Another part of the file cannot be read: what is refused is known all the same.
        return []


def _limit() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    seconds = int(LONGEST_FILLING) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


if __name__ == "__main__":
    _limit()
    json.dump(answer_to(json.load(sys.stdin)), sys.stdout)
