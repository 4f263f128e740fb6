"""Modules and classes are called in the words of the field, by no retired one of the glossary."""

import ast
import re

from lai_chau_edu.settings import BASE_DIR

GLOSSARY = BASE_DIR / "docs" / "glossary.md"
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def retired():
    """Words that name nothing any more, from the table of the glossary."""
    table = GLOSSARY.read_text(encoding="utf-8").partition("\n## Retired words\n")[2]
    first_cells = re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)[1:]
    return {word.strip() for cell in first_cells for word in cell.split(",")}


def words(name):
    return {word.lower() for word in WORD.findall(name)}


def names_in(path, source):
    """(where, name) of a module and of its classes."""
    yield str(path), path.parent.name if path.name == "__init__.py" else path.stem
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield f"{path}:{node.lineno}", node.name


def modules():
    own = [path.parent for path in BASE_DIR.glob("*/apps.py")]
    for folder in [*own, BASE_DIR / "tests", BASE_DIR / "bench"]:
        for path in sorted(folder.rglob("*.py")):
            if "migrations" not in path.parts and "first_state" not in path.parts:
                yield path.relative_to(BASE_DIR), path.read_text(encoding="utf-8")


def test_the_glossary_has_retired_words():
    assert {"letter", "told", "ground"} <= retired()
    assert all(word.isalpha() and word.islower() for word in retired())


def test_a_retired_word_is_found_in_a_module_and_in_a_class():
    (module, name), (place, cls) = names_in(BASE_DIR / "ground.py", "class LetterForm:\n    pass\n")
    assert words(name) & retired() == {"ground"}
    assert words(cls) & retired() == {"letter"}
    assert (module.endswith("ground.py"), place.endswith(":1")) == (True, True)


def test_no_module_or_class_has_a_retired_word():
    found = [
        (where, name)
        for path, source in modules()
        for where, name in names_in(path, source)
        if words(name) & retired()
    ]
    assert found == []
