"""The process that fills a template for the first time: `python -m core.documents.word_trial`.

It reads an order of JSON from its standard input and answers on its standard output; it knows no
database and no settings, so that a template that breaks out finds neither.
"""

import base64
import json
import sys
from typing import Any

from .word import fill
from .word_templates import LONGEST_FILLING, MOST_MEMORY, refusal_of


def answer_to(order: dict[str, Any]) -> dict[str, Any]:
    """{"file": base64 of the .docx} or {"refused": [code, what, where]}."""
    try:
        made = fill(base64.b64decode(order["template"]), order["data"])
    except Exception as error:
        refused = refusal_of(error)
        return {"refused": [refused.code, refused.what, refused.where]}
    return {"file": base64.b64encode(made).decode()}


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
