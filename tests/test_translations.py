"""Catalogues: compiled without gettext, and every text on the screen translated."""

import os

import polib
import pytest
from django.utils.translation import gettext

from core.translations import (
    compile_catalogues,
    find_gaps,
    messages_of_python,
    messages_of_template,
)


@pytest.fixture
def catalogue(tmp_path, settings):
    """An empty project with one catalogue: function adding a file, and the catalogue's path."""
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    path = tmp_path / "locale" / "vi" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "apps.py").touch()
    return path


def write(path, *entries):
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    catalogue.extend(polib.POEntry(**entry) for entry in entries)
    catalogue.save(str(path))


def test_compile_writes_once_until_the_source_changes(catalogue):
    write(catalogue, {"msgid": "Pupil", "msgstr": "Học sinh"})
    assert compile_catalogues() == [catalogue.with_suffix(".mo")]
    assert compile_catalogues() == []
    target = catalogue.with_suffix(".mo").stat()
    os.utime(catalogue, ns=(target.st_atime_ns, target.st_mtime_ns + 1))
    assert compile_catalogues() == [catalogue.with_suffix(".mo")]


def test_compile_is_heard_by_the_running_process(catalogue):
    write(catalogue, {"msgid": "Pupil of the test", "msgstr": "Em học sinh"})
    assert gettext("Pupil of the test") == "Pupil of the test"
    compile_catalogues()
    assert gettext("Pupil of the test") == "Em học sinh"


def test_messages_of_python_take_text_and_context():
    source = """
_("Send"), gettext_lazy("Pupil"), pgettext("verb", "Leave"), translation.gettext("Class")
ngettext("%(n)d pupil", "%(n)d pupils", n), _("long " "text"), _(variable), other("No")
"""
    assert messages_of_python(source) == [
        ("Send", None),
        ("Pupil", None),
        ("Leave", "verb"),
        ("Class", None),
        ("%(n)d pupil", None),
        ("long text", None),
    ]


def test_messages_of_template_take_tags_blocks_and_constants():
    source = """{% load i18n %}{% translate "Send (now)" %}
{% translate "Leave" context "verb" %}{{ value|default:_("none") }}
{% blocktranslate trimmed count n=n %}
  {{ n }} pupil {% plural %} {{ n }} pupils
{% endblocktranslate %}{# _("not this") #}"""
    assert messages_of_template(source) == [
        ("Send (now)", None),
        ("Leave", "verb"),
        ("none", None),
        ("%(n)s pupil", None),
    ]


def test_gaps_name_what_is_missing_untranslated_fuzzy_or_misfitting(catalogue):
    (catalogue.parents[3] / "app" / "views.py").write_text('_("Send")\n_("Leave")\n')
    write(
        catalogue,
        {"msgid": "Leave", "msgstr": ""},
        {"msgid": "Class", "msgstr": "Lớp", "flags": ["fuzzy"]},
        {"msgid": "%(count)d pupils", "msgstr": "%(dem)d học sinh"},
    )
    assert find_gaps() == [
        "locale/vi/LC_MESSAGES/django.po: missing 'Send' of app/views.py",
        "locale/vi/LC_MESSAGES/django.po: no translation, or a fuzzy one, of 'Leave'",
        "locale/vi/LC_MESSAGES/django.po: no translation, or a fuzzy one, of 'Class'",
        "locale/vi/LC_MESSAGES/django.po: other placeholders than '%(count)d pupils'",
    ]


def test_complete_catalogue_has_no_gaps(catalogue):
    (catalogue.parents[3] / "app" / "views.py").write_text('_("Send %(count)d")\n')
    write(
        catalogue,
        {"msgid": "Send %(count)d", "msgstr": "Gửi %(count)d"},
        {"msgid": "Of a library", "msgstr": "Của thư viện"},
        {"msgid": "%(n)d day", "msgid_plural": "%(n)d days", "msgstr_plural": {0: "%(n)d ngày"}},
    )
    assert find_gaps() == []
