"""Filling a form in a page that is already made.

Whatever made the page (a Django form, a form set, plain HTML, the admin), what is filled in
is what a browser would post from it. So no view has to know that a form is filled again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from itertools import accumulate
from typing import TypeAlias
from urllib.parse import unquote, urldefrag, urljoin

CHOSEN = {"checkbox", "radio"}
# Secrets and files are never filled; a button is pressed anew.
NEVER = {"password", "file", "submit", "button", "reset", "image"}
# How many rows there are, the page knows.
ROWS = ("-TOTAL_FORMS", "-INITIAL_FORMS")


Pairs: TypeAlias = list[tuple[str, str]]
Values: TypeAlias = Mapping[str, list[str]]
# (start, end, text): what is put in the place of a piece of the page.
Edit: TypeAlias = tuple[int, int, str]


@dataclass
class Filled:
    """What became of a page. `button`: the words on the form's first button, empty when the
    page has no such form; `left`: the (name, value) pairs for which it has no field."""

    button: str = ""
    left: Pairs = field(default_factory=list)


def fill(
    html: str, *, page: str, action: str, pairs: Pairs, notice: Callable[[Filled], str]
) -> str:
    """Fill the form of a page that posts to `action`.

    Args:
        html: the page.
        page, action: addresses (path and query) of the page and of the post.
        pairs: (name, value) as they were posted.
        notice: function of a `Filled` that gives the HTML put before the form; at the
            beginning of <main> when the page has no such form any more.

    Returns: the page with the form filled. Disclosures around and inside the form are open.
    """
    reader = _Reader(html)
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    form = _best(reader, page, action, values)
    if form is None:
        place = reader.main.end if reader.main else 0
        return html[:place] + notice(Filled(left=pairs)) + html[place:]
    fields = reader.fields_of(form)
    edits = [edit for each in _inputs(fields, values) for edit in each]
    edits += [(each.start, each.end, each.written(open="")) for each in reader.around(form)]
    names = {each.name for each in fields}
    buttons = [each.text for each in fields if each.is_button and each.text.strip()]
    filled = Filled(
        button=" ".join(buttons[0].split()) if buttons else "",
        left=[(name, value) for name, value in pairs if name not in names],
    )
    edits.append((form.start, form.start, notice(filled)))
    for start, end, text in sorted(edits, key=lambda edit: edit[0], reverse=True):
        html = html[:start] + text + html[end:]
    return html


def _best(reader: _Reader, page: str, action: str, values: Values) -> _Element | None:
    """Of the forms that post there, the one with most of the names."""
    asked = unquote(action)
    offered = [
        form
        for form in reader.forms
        if (form.attrs.get("method") or "").lower() == "post"
        and unquote(urldefrag(urljoin(page, form.attrs.get("action") or page)).url) == asked
    ]

    def common(form: _Element) -> int:
        return len(values.keys() & {each.name for each in reader.fields_of(form)})

    return max(offered, key=common, default=None)


def _inputs(fields: Iterable[_Element], values: Values) -> Iterator[list[Edit]]:
    """Yield the edits of each field as lists of (start, end, text)."""
    turns = {name: iter(each) for name, each in values.items()}
    offered = {(each.name, each.value) for each in fields if each.type == "radio"}
    for each in fields:
        given = values.get(each.name, [])
        if (
            not each.name
            or "disabled" in each.attrs
            or each.is_button
            or each.type in NEVER
            or each.name.endswith(ROWS)
        ):
            continue
        if each.tag == "select":
            # A choice that is no longer offered leaves the field as the page shows it.
            if any(option.value in given for option in each.options) or "multiple" in each.attrs:
                yield [option.marked("selected", given) for option in each.options]
        elif each.type in CHOSEN:
            if each.type == "checkbox" or any((each.name, value) in offered for value in given):
                yield [each.marked("checked", given)]
        elif each.name in turns:
            value = next(turns[each.name], None)
            if value is not None and each.tag == "textarea":
                # A browser drops the first line break.
                yield [(each.end, each.text_end, "\n" + escape(value))]
            elif value is not None:
                yield [(each.start, each.end, each.written(value=value))]


@dataclass(eq=False)
class _Element:
    """A start tag: what it says and where it stands in the page; `text`: what follows it."""

    tag: str
    attrs: dict[str, str | None]
    start: int
    end: int
    form: _Element | None = None
    around: tuple[_Element, ...] = ()
    text: str = ""
    text_end: int = 0
    options: list[_Element] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.attrs.get("name") or ""

    @property
    def type(self) -> str:
        return (self.attrs.get("type") or "").lower() if self.tag == "input" else ""

    @property
    def is_button(self) -> bool:
        return self.tag == "button"

    @property
    def value(self) -> str:
        value = self.attrs.get("value")
        if self.tag == "option":
            return " ".join(self.text.split()) if "value" not in self.attrs else value or ""
        return "on" if "value" not in self.attrs else value or ""

    def written(self, **attrs: str | None) -> str:
        """The start tag with attributes set; None takes one away."""
        now = {
            name: value
            for name, value in {**self.attrs, **attrs}.items()
            if name not in attrs or attrs[name] is not None
        }
        return (
            "<"
            + " ".join(
                [self.tag, *(f'{name}="{escape(value or "")}"' for name, value in now.items())]
            )
            + ">"
        )

    def marked(self, attribute: str, given: Iterable[str]) -> Edit:
        """The edit that sets or takes away `checked` or `selected`."""
        value = "" if self.value in given else None
        return (self.start, self.end, self.written(**{attribute: value}))


class _Reader(HTMLParser):
    """The forms of a page, their fields and the disclosures around them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._line_starts = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self.forms: list[_Element] = []
        self.fields: list[_Element] = []
        self.main: _Element | None = None
        self._form: _Element | None = None
        self._select: _Element | None = None
        self._reading: _Element | None = None
        self._details: list[_Element] = []
        self._all_details: list[_Element] = []
        self.feed(html)
        self.close()

    def fields_of(self, form: _Element) -> list[_Element]:
        """Fields of a form, also those outside of it that name it."""
        own = form.attrs.get("id")
        return [
            each
            for each in self.fields
            if (each.attrs["form"] == own if "form" in each.attrs else each.form is form)
        ]

    def around(self, form: _Element) -> list[_Element]:
        """Disclosures around the form and inside it."""
        return [*form.around, *(each for each in self._all_details if each.form is form)]

    def _place(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        start = self._place()
        end = start + len(self.get_starttag_text() or "")
        each = _Element(tag, dict(attrs), start, end, self._form, tuple(self._details))
        self._reading = None
        if tag == "main":
            self.main = each
        elif tag == "form":
            self._form = each
            self.forms.append(each)
        elif tag == "details":
            self._details.append(each)
            self._all_details.append(each)
        elif tag == "option" and self._select:
            self._select.options.append(each)
            self._reading = each
        elif tag in {"input", "select", "textarea", "button"}:
            self.fields.append(each)
            self._reading = each if tag in {"textarea", "button"} else None
            if tag == "select":
                self._select = each
            each.text_end = end

    def handle_startendtag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self._reading:
            self._reading.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._reading:
            self._reading.text_end = self._place()
        elif tag == "form":
            self._form = None
        elif tag == "details" and self._details:
            self._details.pop()
        elif tag == "select":
            self._select = None
        self._reading = None
