"""Word templates that people bring: looked at as files, read as a small language, tried apart.

Three walls, each enough for most of what a hostile file may try (ADR 88):

- `check_package`: the file is a plain .docx: no macros, nothing embedded, nothing fetched.
- `TemplateEnvironment`: of Jinja only what a paper needs: its own fields, loops over them, `if`,
  and four filters. No calls, no sums, no attribute that a paper has not, so that no loop is
  longer than the paper and nothing but the paper can be reached.
- `trial_of`: the first filling runs in a process of its own, with a limit of time and memory.
"""

import base64
import dataclasses
import io
import json
import re
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.conf import settings
from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .official_papers import Appendix, Column, OfficialPaper

MEGABYTE = 1024 * 1024
MOST_BYTES, MOST_UNPACKED, MOST_PARTS = 2 * MEGABYTE, 20 * MEGABYTE, 200
MOST_WRITTEN = 8 * MEGABYTE  # characters of one filled part: some thousand rows
MOST_LOOPS, DEEPEST_LOOP = 60, 3
LONGEST_FILLING = 10.0  # seconds
LONGEST_TRIAL = 15.0  # seconds, with the start of the process
MOST_MEMORY = 1024 * MEGABYTE
LONGEST_WHERE = 160
MAIN_PART = "word/document.xml"
MAIN_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, OSError,
    OverflowError, RuntimeError, UnicodeError, ValueError,
)  # fmt: skip
# Parts that run, or that hold a file of another kind.
_RUNS = re.compile(r"vba|macro|activex|\.bin$|customui|\.exe$|\.js$|\.hta$", re.IGNORECASE)
_HOLDS = re.compile(r"embeddings/|afchunk|\.(zip|docx?|docm|xlsx?|mht|html?|rtf)$", re.IGNORECASE)
_INSTRUCTIONS = re.compile(r'<w:instrText[^>]*>([^<]*)</w:instrText>|w:instr="([^"]*)"')
# Fields of Word that fetch or run something.
_FETCHES = re.compile(
    r"\b(DDE|DDEAUTO|INCLUDE\w*|LINK|IMPORT|DATABASE|MACROBUTTON|HYPERLINK|AUTOTEXT)\b",
    re.IGNORECASE,
)

FIELDS = frozenset(
    field.name for kind in (OfficialPaper, Appendix, Column) for field in dataclasses.fields(kind)
)
LOOP_FIELDS = frozenset({"index", "index0", "first", "last", "length"})
FILTERS = frozenset({"upper", "lower", "capitalize", "join", "length"})
TESTS = frozenset({"none", "defined"})
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem,
    nodes.For, nodes.If, nodes.Filter, nodes.Test, nodes.Const, nodes.And, nodes.Or, nodes.Not,
    nodes.Compare, nodes.Operand, nodes.CondExpr, nodes.Tuple,
)  # fmt: skip


class TemplateRefused(TemplateError):
    """A template that is not taken.

    Attributes:
        code: why; `reports.papers.word_templates.words` has the sentences.
        what: the name, filter or sign that is refused; "" when it is the whole file.
        where: the text around it in the document; "" when it has no place.
        lineno: its line, by which docxtpl finds that text.
        unknown: every name in the document that no paper has, where a name is refused.
    """

    def __init__(self, code: str, what: str = "", where: str = "", lineno: int | None = None):
        super().__init__(code)
        self.code, self.what, self.where, self.lineno = code, what, where, lineno
        self.unknown: Collection[str] = ()


# --- The file ---------------------------------------------------------------------------------


def check_package(content: bytes) -> None:
    """Refuse a file that is no plain Word document; raises TemplateRefused."""
    if len(content) > MOST_BYTES:
        raise TemplateRefused("too_large", str(MOST_BYTES // MEGABYTE))
    if not content.startswith(b"PK\x03\x04"):
        raise TemplateRefused("not_word")
    # Counted before the directory is read, since reading it makes an object of each.
    if content.count(b"PK\x01\x02") > MOST_PARTS:
        raise TemplateRefused("bomb")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_parts(archive)
    except DAMAGE as error:
        raise TemplateRefused("damaged") from error


def _check_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if len(set(map(str.lower, names))) < len(names):
        raise TemplateRefused("damaged")
    for name in names:
        if _RUNS.search(name):
            raise TemplateRefused("macros", name)
        if _HOLDS.search(name):
            raise TemplateRefused("embedded", name)
    if MAIN_PART not in names or "[Content_Types].xml" not in names:
        raise TemplateRefused("not_word")
    total = 0
    for part in parts:
        if part.flag_bits & 1:
            raise TemplateRefused("damaged")
        with archive.open(part) as opened:
            data = opened.read(MOST_UNPACKED - total + 1)
        total += len(data)
        if total > MOST_UNPACKED:
            raise TemplateRefused("bomb")
        if part.filename.endswith((".xml", ".rels")):
            _check_xml(part.filename, data)


def _check_xml(name: str, data: bytes) -> None:
    # Another encoding would hide the words looked for below from us, but not from Word.
    text = data.decode("utf-8-sig")
    if re.search(r'encoding=["\'](?!utf-?8)', text[:200], re.IGNORECASE) or "\x00" in text:
        raise TemplateRefused("damaged")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise TemplateRefused("entities", name)
    if name == "[Content_Types].xml" and MAIN_TYPE not in data:
        raise TemplateRefused("macros" if "macroEnabled" in text else "not_word")
    if name.endswith(".rels") and "external" in text.lower():
        target = re.search(r'Target="([^"]{1,120})"[^>]*TargetMode="External"', text)
        raise TemplateRefused("external", target[1] if target else name)
    said = "".join(first or second for first, second in _INSTRUCTIONS.findall(text))
    if fetched := _FETCHES.search(said):
        raise TemplateRefused("fields", fetched[0])


# --- The language -----------------------------------------------------------------------------


class _BoundedTemplate(Template):
    """Writes no more than `MOST_WRITTEN`, for no longer than `LONGEST_FILLING`."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        until, written, pieces = time.monotonic() + LONGEST_FILLING, 0, []
        for piece in self.generate(*args, **kwargs):
            written += len(piece)
            if written > MOST_WRITTEN or time.monotonic() > until:
                raise TemplateRefused("too_much")
            pieces.append(piece)
        return "".join(pieces)


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """Jinja, of which only the part that papers need is taken; raises TemplateRefused."""

    template_class = _BoundedTemplate

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=True)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        # What every way to a template goes through, before anything of it is worked out.
        try:
            tree = super()._parse(source, name, filename)
        except RecursionError as error:
            raise TemplateRefused("syntax", "((((") from error
        if sum(1 for _each in tree.find_all(nodes.For)) > MOST_LOOPS:
            raise TemplateRefused("loops", str(MOST_LOOPS))
        _check(tree, frozenset(), frozenset(), 0)
        return tree


def _check(node: nodes.Node, known: frozenset[str], inner: frozenset[str], depth: int) -> None:
    """Refuse what is not allowed; `known` are names of loops around, `inner` of the innermost."""
    line = node.lineno
    if not isinstance(node, _ALLOWED):
        raise TemplateRefused("forbidden", _WORDS.get(type(node).__name__, ""), lineno=line)
    if isinstance(node, nodes.For):
        _check_loop(node, known, inner, depth)
        return
    if isinstance(node, nodes.Name):
        if node.name not in known | {"paper"}:
            raise TemplateRefused("unknown_name", node.name, lineno=line)
    elif isinstance(node, nodes.Getattr):
        of_loop = isinstance(node.node, nodes.Name) and node.node.name == "loop"
        if node.attr not in (LOOP_FIELDS if of_loop else FIELDS):
            raise TemplateRefused("unknown_name", node.attr, lineno=line)
    elif isinstance(node, nodes.Getitem):
        index = node.arg
        if not (isinstance(index, nodes.Const) and isinstance(index.value, int)):
            raise TemplateRefused("forbidden", "[…]", lineno=line)
    elif (isinstance(node, nodes.Filter) and node.name not in FILTERS) or (
        isinstance(node, nodes.Test) and node.name not in TESTS
    ):
        raise TemplateRefused("filter", node.name, lineno=line)
    for child in node.iter_child_nodes():
        _check(child, known, inner, depth)


def _check_loop(node: nodes.For, known: frozenset[str], inner: frozenset[str], depth: int) -> None:
    """A loop goes over a list of the paper, or over a part of what the loop around goes over.

    So all turns of all loops together are no more than the paper has entries.
    """
    if node.recursive or depth >= DEEPEST_LOOP:
        raise TemplateRefused("loops", str(DEEPEST_LOOP), lineno=node.lineno)
    root = node.iter
    while isinstance(root, nodes.Getattr | nodes.Getitem):
        root = root.node
    if not isinstance(root, nodes.Name) or root.name not in (inner if depth else {"paper"}):
        raise TemplateRefused("loop_over", lineno=node.lineno)
    _check(node.iter, known, inner, depth)
    named = [node.target, *node.target.find_all(nodes.Name)]
    targets = frozenset(each.name for each in named if isinstance(each, nodes.Name))
    if taken := targets & {"paper", "loop"}:
        raise TemplateRefused("unknown_name", min(taken), lineno=node.lineno)
    inside = known | targets | {"loop"}
    for child in [*node.body, *([node.test] if node.test else [])]:
        _check(child, inside, targets, depth + 1)
    for child in node.else_:
        _check(child, known, inner, depth)


class NameReader(TemplateEnvironment):
    """Reads which names a template says, and works nothing out; for what is told about it.

    Attributes:
        used: "paper.subject", "paper.appendix.rows" and so on.
        unknown: names of which `TemplateEnvironment` refuses each.
    """

    def __init__(self) -> None:
        super().__init__()
        self.used: set[str] = set()
        self.unknown: set[str] = set()

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = ImmutableSandboxedEnvironment._parse(self, source, name, filename)
        own = {
            each.name
            for loop in tree.find_all(nodes.For)
            for each in (loop.target, *loop.target.find_all(nodes.Name))
            if isinstance(each, nodes.Name)
        }
        names = {each.name for each in tree.find_all(nodes.Name)}
        self.unknown |= names - own - {"paper", "loop"}
        for each in tree.find_all(nodes.Getattr):
            if each.attr not in FIELDS | LOOP_FIELDS:
                self.unknown.add(each.attr)
            elif path := ".".join(_path(each)):
                self.used.add(path)
        empty = nodes.Template([], lineno=1)
        empty.set_environment(self)
        return empty


def _path(node: nodes.Node) -> Iterator[str]:
    """The names of paper.appendix.title, from the left; none of what does not begin at `paper`."""
    if isinstance(node, nodes.Getattr):
        before = list(_path(node.node))
        yield from [*before, node.attr] if before else ()
    elif isinstance(node, nodes.Name) and node.name == "paper":
        yield node.name


_WORDS = {
    "Call": "( )", "Add": "+", "Sub": "-", "Mul": "*", "Pow": "**", "Div": "/", "FloorDiv": "//",
    "Mod": "%", "Concat": "~", "Assign": "set", "AssignBlock": "set", "Macro": "macro",
    "Include": "include", "Import": "import", "FromImport": "import", "Extends": "extends",
    "Block": "block", "List": "[ ]", "Dict": "{ }", "CallBlock": "call", "FilterBlock": "filter",
    "Slice": ":", "With": "with",
}  # fmt: skip


def refusal_of(error: Exception) -> TemplateRefused:
    """What stopped a filling, as a refusal, with the text of the paragraph where it stands."""
    where = _where(error)
    if isinstance(error, TemplateRefused):
        return TemplateRefused(error.code, error.what, error.where or where)
    if isinstance(error, TemplateSyntaxError):
        return TemplateRefused("syntax", str(error.message)[:LONGEST_WHERE], where)
    if isinstance(error, TemplateError):
        return TemplateRefused("undefined", str(error)[:LONGEST_WHERE], where)
    return TemplateRefused("damaged")


def _where(error: Exception) -> str:
    # docxtpl hands over the lines around, from the third before the line that failed.
    lines, number = getattr(error, "docx_context", None), getattr(error, "lineno", None)
    if lines is None or number is None:
        return ""
    around = list(lines)
    at = min(number - 1, 3)
    return " ".join(around[at].split())[:LONGEST_WHERE] if at < len(around) else ""


# --- The trial --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Trial:
    """A template that was filled: the .docx it made, and the names of the paper it says."""

    file: bytes
    used: frozenset[str]


def trial_of(content: bytes, data: Mapping[str, Any]) -> Trial:
    """Fill a template with a paper's data in a process of its own.

    The file is checked first. Blocks for `LONGEST_TRIAL` seconds at most.

    Raises TemplateRefused.
    """
    check_package(content)
    order = {"template": base64.b64encode(content).decode(), "data": data}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "core.documents.word_trial"],
            input=json.dumps(order).encode(),
            capture_output=True,
            cwd=settings.BASE_DIR,
            timeout=LONGEST_TRIAL,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TemplateRefused("too_much") from error
    if done.returncode != 0:
        # Killed at the limit of memory or of processor time.
        raise TemplateRefused("too_much")
    answer = json.loads(done.stdout)
    if "refused" in answer:
        refused = TemplateRefused(*answer["refused"])
        refused.unknown = answer["unknown"]
        raise refused
    return Trial(base64.b64decode(answer["file"]), frozenset(answer["used"]))
