"""Reading a page as a person would: by its parts, not by searching its text.

`read(answer)` gives a `Node`; `node.select("tbody th[scope=row] a")` understands tags,
`.class`, `#id`, `[name]`, `[name=value]`, descent by a space and alternatives by a comma.
"""

import re
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
PART = re.compile(r"([\w-]+)|\.([\w-]+)|#([\w-]+)|\[([\w-]+)(?:=\"?([^\]\"]*)\"?)?\]")


class Node:
    """An element with its attributes and children."""

    def __init__(self, tag, attributes, parent=None):
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children = []

    def get(self, name):
        """Value of an attribute, or None."""
        return self.attributes.get(name)

    @property
    def text(self):
        """Everything written inside, with single spaces."""
        parts = [child if isinstance(child, str) else child.text for child in self._shown()]
        return " ".join("".join(parts).split())

    def descendants(self):
        """All elements inside, in the order of the page."""
        for child in self._shown():
            if isinstance(child, Node):
                yield child
                yield from child.descendants()

    def _shown(self):
        # What a script may show one day is not on the page.
        return [] if self.tag == "template" else self.children

    def select(self, selector):
        """Elements inside that a selector finds, in the order of the page."""
        ways = [way.split() for way in selector.split(",")]
        return [node for node in self.descendants() if any(node._fits(way, self) for way in ways)]

    def one(self, selector):
        """The only element a selector finds."""
        (node,) = self.select(selector)
        return node

    def texts(self, selector):
        """Texts of the elements a selector finds."""
        return [node.text for node in self.select(selector)]

    def _fits(self, way, top):
        if not self._is(way[-1]):
            return False
        steps, node = way[:-1], self.parent
        while steps and node is not None and node is not top.parent:
            if node._is(steps[-1]):
                steps = steps[:-1]
            node = node.parent
        return not steps

    def _is(self, step):
        for tag, css, key, name, value in PART.findall(step):
            if tag and tag != self.tag:
                return False
            if css and css not in (self.get("class") or "").split():
                return False
            if key and key != self.get("id"):
                return False
            if name and (name not in self.attributes or (value and self.get(name) != value)):
                return False
        return True


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.top = self.here = Node("page", {})

    def handle_starttag(self, tag, attrs):
        node = Node(tag, dict(attrs), self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_endtag(self, tag):
        node = self.here
        while node is not None and node.tag != tag:
            node = node.parent
        if node is not None:
            self.here = node.parent

    def handle_data(self, data):
        self.here.children.append(data)


def read(answer):
    """The page in an answer of the test client."""
    reader = _Reader()
    reader.feed(answer.content.decode())
    return reader.top
