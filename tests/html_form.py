"""The forms of a page as a browser without a script posts them; knows nothing of the product."""

from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

UNSEEN = {"hidden", "submit", "button", "reset", "image"}


class Field:
    """A control: `kind` is its tag, or the type of an input."""

    def __init__(self, kind, attrs):
        self.kind, self.attrs, self.name = kind, attrs, attrs.get("name") or ""
        self.value = attrs.get("value") or ""
        self.options, self.chosen = [], "checked" in attrs

    def type_another(self, number):
        """Enter something else than is shown; `number` makes texts differ."""
        most = int(self.attrs.get("maxlength") or 1000)
        if self.kind in {"checkbox", "radio"}:
            self.chosen = not self.chosen
        elif self.kind == "select" and "multiple" in self.attrs:
            for option in self.options:
                option[1] = not option[1]
        elif self.kind == "select":
            now = next((i for i, option in enumerate(self.options) if option[1]), 0)
            for i, option in enumerate(self.options):
                option[1] = i == (now + 1) % len(self.options)
        elif self.kind == "date":
            self.value = f"2026-11-{number % 28 + 1:02}"
        elif self.kind == "number":
            self.value = str(number + 7)
        elif self.kind == "textarea":
            self.value = f'\r\nĐoàn {number} <b>"đến"</b> & thấy\r\n\r\n</textarea>&lt;'[:most]
        elif self.kind not in {"file", "password", *UNSEEN}:
            self.value = f"Bản {number} <i>\"ấy\"</i> & 'kia' &amp;"[:most]

    def pairs(self):
        """What it adds to a post."""
        if not self.name or "disabled" in self.attrs or self.kind in {"file", "submit", "button"}:
            return []
        if self.kind in {"checkbox", "radio"}:
            return [(self.name, self.attrs.get("value", "on"))] if self.chosen else []
        if self.kind == "select":
            chosen = [value for value, is_chosen in self.options if is_chosen]
            if "multiple" not in self.attrs:
                chosen = chosen[-1:] or [value for value, _no in self.options[:1]]
            return [(self.name, value) for value in chosen]
        return [(self.name, self.value)]


class Form:
    """A form that posts to `action`, an absolute path with its query."""

    def __init__(self, attrs, page):
        self.attrs, self.fields = attrs, []
        self.action = urldefrag(urljoin(page, attrs.get("action") or page)).url
        self.is_post = (attrs.get("method") or "").lower() == "post"

    @property
    def seen(self):
        """The fields that a person fills."""
        return [each for each in self.fields if each.name and each.kind not in UNSEEN]

    def type_another(self):
        """Enter something else into each field; of radio buttons the last is chosen."""
        radios = {each.name: each for each in self.seen if each.kind == "radio"}
        for number, each in enumerate(self.seen):
            if each.kind != "radio":
                each.type_another(number)
            else:
                each.chosen = radios[each.name] is each

    def pairs(self):
        """What is posted, in the order of the page."""
        return [pair for each in self.fields for pair in each.pairs()]

    def data(self):
        """What is posted, as the test client takes it."""
        found = {}
        for name, value in self.pairs():
            found.setdefault(name, []).append(value)
        return found

    def typed(self):
        """What is posted but for what each page makes anew."""
        return sorted(p for p in self.pairs() if p[0] not in {"csrfmiddlewaretoken", "form_origin"})


class _Reader(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.page, self.forms, self._form, self._select = page, [], None, None
        self._text = self._option = None
        # What stands in a <template> is no part of the form until a script copies it.
        self._templates = 0
        self.loose = []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self._templates += tag == "template"
        if self._templates:
            return
        if tag == "form":
            self._form = Form(attrs, self.page)
            self.forms.append(self._form)
        elif tag == "option" and self._select:
            self._option = [attrs.get("value"), "selected" in attrs]
            self._select.options.append(self._option)
        elif tag in {"input", "select", "textarea", "button"}:
            kind = (attrs.get("type") or "text").lower() if tag == "input" else tag
            field = Field(kind, attrs)
            if "form" in attrs:
                self.loose.append(field)
            elif self._form:
                self._form.fields.append(field)
            if tag == "select":
                self._select = field
            elif tag == "textarea":
                self._text = field

    def handle_data(self, data):
        if self._text:
            self._text.value += data
        elif self._option and self._option[0] is None:
            self._option[0] = data.strip()

    def handle_endtag(self, tag):
        self._templates -= tag == "template"
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._text:
            lines = "\r\n".join(self._text.value.splitlines())
            ending = "\r\n" if self._text.value.endswith("\n") else ""
            self._text.value = (lines + ending).removeprefix("\r\n")
            self._text = None
        elif tag == "select":
            self._select = self._option = None


def forms_of(html, page):
    """The forms of a page at the address `page`."""
    reader = _Reader(page)
    reader.feed(html)
    for field in reader.loose:
        for form in reader.forms:
            if form.attrs.get("id") == field.attrs["form"]:
                form.fields.append(field)
    return reader.forms
