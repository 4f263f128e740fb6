"""Rules that every template keeps."""

import re
from pathlib import Path

import pytest
from django.conf import settings

FOLDER = Path(settings.BASE_DIR, "templates")
LONGEST_LINE = 120
NAMED = re.compile(r'{% (?:include|extends) "([^"]+)"')
BADGE = re.compile(r'include "components/_badge\.html"([^%]*)%}')
# A template tag, or one character of the page.
TOKEN = re.compile(r"{%\s*(?P<tag>\w+).*?%}|{{.*?}}|{#.*?#}|(?P<char>.)", re.DOTALL)
OPENING = re.compile(r"<[a-zA-Z]")


def templates():
    """(name, text) of every template: pages, partials, the service worker."""
    return [
        (str(path.relative_to(FOLDER)), path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file()
    ]


def entangled_attributes(text):
    """Lines on which a condition stands inside another, or beside another in one attribute.

    Looks at the inside of HTML tags only.
    """
    lines = []
    in_tag, quote, depth, conditions = False, "", 0, 0
    for token in TOKEN.finditer(text):
        tag, char = token["tag"], token["char"]
        if not in_tag:
            if char and OPENING.match(text, token.start()):
                in_tag, quote, depth = True, "", 0
        elif tag in ("if", "for"):
            depth += 1
            conditions += 1
            if depth > 1 or (quote and conditions > 1):
                lines.append(text.count("\n", 0, token.start()) + 1)
        elif tag in ("endif", "endfor"):
            depth -= 1
        elif char and quote:
            quote = "" if char == quote else quote
        elif char in ('"', "'"):
            quote, conditions = char, 0
        elif char == ">":
            in_tag = False
    return lines


def test_htmx_comes_with_the_pages_that_need_it_and_no_others():
    found = dict(templates())
    using = {name for name, text in found.items() if "hx-get=" in text}
    assert using
    parts = {name for name in using if "extends" not in found[name]}
    pages = (using - parts) | {
        name
        for name, text in found.items()
        if parts & set(NAMED.findall(text)) and "{% extends" in text
    }
    loading = {
        name for name, text in found.items() if "components/_htmx.html" in NAMED.findall(text)
    }
    assert loading == pages


def test_buttons_beside_a_heading_stand_apart():
    aside = re.compile(r'<div class="([^"]*page-head__aside[^"]*)">(.*?)</div>', re.DOTALL)
    found = [(name, *each) for name, text in templates() for each in aside.findall(text)]
    many = [(name, classes) for name, classes, inside in found if inside.count('class="button') > 1]
    assert len(many) > 10
    assert not [name for name, classes in many if "buttons" not in classes.split()]


def test_no_line_is_too_long():
    found = templates()
    assert len(found) > 100
    assert not [
        f"{name}:{number}"
        for name, text in found
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]


def test_attributes_hold_one_condition_each():
    """What depends on more is worked out in the view's data, and has a name there."""
    assert not [
        f"{name}:{line}" for name, text in templates() for line in entangled_attributes(text)
    ]


@pytest.mark.parametrize(
    "markup",
    [
        '<p class="a{% if b %} b{% if c %} c{% endif %}{% endif %}">',
        '<p class="a{% if b %} b{% endif %}{% if c %} c{% endif %}">',
        '<p {% if b %}class="b{% if c %} c{% endif %}"{% endif %}>',
        '<p title="{% for b in c %}{% if b %}{{ b }}{% endif %}{% endfor %}">',
    ],
)
def test_entangled_attributes_are_found(markup):
    assert entangled_attributes("{% if a %}\n" + markup + "{% endif %}") == [2]


def test_plain_attributes_are_not_entangled():
    markup = (
        '{% if a %}<p class="a{% if b %} b{% else %} c{% endif %}"{% if d %} hidden{% endif %}'
        ' title="{% if e %}1 > 0{% endif %}">{% if f %}{% if g %}text{% endif %}{% endif %}</p>'
        "{% endif %}"
    )
    assert entangled_attributes(markup) == []


def test_every_named_template_exists():
    named = {each for _name, text in templates() for each in NAMED.findall(text)}
    assert len(named) > 50
    assert not [each for each in sorted(named) if not (FOLDER / each).is_file()]


def test_a_badge_gets_its_word_explicitly():
    """A word set in a loop stays set: the next row's badge would wear it."""
    found = [(name, given) for name, text in templates() for given in BADGE.findall(text)]
    assert found
    assert not [each for each in found if each[1].split()[-1:] != ["only"]]
