"""Vietnamese catalogues: compiled where gettext is not installed, and proved complete.

Only `.po` files are kept in the repository. A machine with nothing but Python must be able
to compile them, and the suite must notice a sentence on the screen without its translation.
"""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import polib
from django.conf import settings
from django.utils.translation.reloader import translation_file_changed
from django.utils.translation.template import templatize

# The text and its context.
Message: TypeAlias = tuple[str, str | None]
# Position of the message and of its context in the arguments of each gettext function.
SINGULAR, PLURAL, IN_CONTEXT = (0, None), (0, None), (1, 0)
FUNCTIONS = {
    "_": SINGULAR,
    "gettext": SINGULAR,
    "gettext_lazy": SINGULAR,
    "gettext_noop": SINGULAR,
    "ngettext": PLURAL,
    "ngettext_lazy": PLURAL,
    "pgettext": IN_CONTEXT,
    "pgettext_lazy": IN_CONTEXT,
    "npgettext": IN_CONTEXT,
    "npgettext_lazy": IN_CONTEXT,
}
CALL = re.compile(rf"\b(?:{'|'.join(FUNCTIONS)})\(")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|%[a-z]|\{\w*\}")


# Pages and e-mails.
TEMPLATES = (".html", ".txt")


def catalogues() -> list[Path]:
    """Paths of the `.po` files of this project, sorted."""
    return sorted(
        path
        for folder in settings.LOCALE_PATHS
        for path in Path(folder).glob("*/LC_MESSAGES/django.po")
    )


def compile_catalogues() -> list[Path]:
    """Compile every catalogue whose `.mo` is missing or older; returns the `.mo` paths written.

    What this process has already translated with an older catalogue is forgotten.
    """
    written = []
    for source in catalogues():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        # Another process may be reading: it must find the old file or the new one.
        unfinished = target.with_suffix(f".mo.{os.getpid()}")
        polib.pofile(str(source)).save_as_mofile(str(unfinished))
        os.replace(unfinished, target)
        translation_file_changed(sender=None, file_path=target)
        written.append(target)
    return written


def find_gaps() -> list[str]:
    """What a Vietnamese reader would meet untranslated, one English line for each; [] is good.

    A message of the sources must be in each catalogue with a text, not marked fuzzy, and with
    the placeholders of the original. Entries that no source uses are no gap: some translate
    strings of libraries.
    """
    messages = source_messages()
    gaps = []
    for path in catalogues():
        name = path.relative_to(settings.BASE_DIR)
        entries = {(entry.msgid, entry.msgctxt): entry for entry in polib.pofile(str(path))}
        for key, place in messages.items():
            if key not in entries or entries[key].obsolete:
                gaps.append(f"{name}: missing {key[0]!r} of {place}")
        for entry in entries.values():
            if entry.obsolete:
                continue
            if not entry.translated():
                gaps.append(f"{name}: no translation, or a fuzzy one, of {entry.msgid!r}")
            elif _lost_placeholders(entry):
                gaps.append(f"{name}: other placeholders than {entry.msgid!r}")
    return gaps


def source_messages() -> dict[Message, Path]:
    """Every message of the project's own modules and templates: {(text, context): place}."""
    messages: dict[Message, Path] = {}
    for path in _sources():
        text = path.read_text(encoding="utf-8")
        found = messages_of_template(text) if path.suffix in TEMPLATES else messages_of_python(text)
        for key in found:
            messages.setdefault(key, path.relative_to(settings.BASE_DIR))
    return messages


def messages_of_python(text: str) -> list[Message]:
    """(text, context) of each gettext call with a literal in Python source."""
    return [key for node in ast.walk(ast.parse(text)) if (key := _message(node))]


def messages_of_template(text: str) -> list[Message]:
    """(text, context) of each translated tag, block and constant of a Django template."""
    code = templatize(text)
    found = []
    for start in (match.start() for match in CALL.finditer(code)):
        for end in (match.end() for match in re.compile(r"\)").finditer(code, start)):
            try:
                call = ast.parse(code[start:end], mode="eval").body
            except SyntaxError:
                continue  # a closing bracket inside the message
            if key := _message(call):
                found.append(key)
            break
    return found


def _sources() -> Iterator[Path]:
    apps = [path.parent for path in settings.BASE_DIR.glob("*/apps.py")]
    for app in apps:
        yield from sorted(app.rglob("*.py"))
    for folder in [settings.BASE_DIR / "templates", *(app / "templates" for app in apps)]:
        yield from sorted(path for path in folder.rglob("*") if path.suffix in TEMPLATES)


def _message(node: ast.AST) -> Message | None:
    if not isinstance(node, ast.Call):
        return None
    name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
    if name not in FUNCTIONS:
        return None
    text_at, context_at = FUNCTIONS[name]
    text = _literal(node, text_at)
    context = None if context_at is None else _literal(node, context_at)
    return (text, context) if text else None


def _literal(call: ast.Call, position: int) -> str | None:
    if position >= len(call.args):
        return None
    argument = call.args[position]
    value = argument.value if isinstance(argument, ast.Constant) else None
    return value if isinstance(value, str) else None


def _lost_placeholders(entry: polib.POEntry) -> bool:
    # Vietnamese has one plural form: it must serve the plural's placeholders.
    wanted = sorted(set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid)))
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    return any(sorted(set(PLACEHOLDER.findall(text))) != wanted for text in texts)
