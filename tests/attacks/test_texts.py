"""A megabyte of the worst text in every field of every form and serializer, and every reader."""

import contextlib
import copy
import inspect
import io
import pkgutil
import re
import sys
import unicodedata
import zipfile
from importlib import import_module

import pytest
from django import forms
from django.core.exceptions import (
    BadRequest,
    FieldDoesNotExist,
    ObjectDoesNotExist,
    ValidationError,
)
from django.db import models, transaction
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import ValidationError as CallRefused

from attendance.mark_parsing import read_mark
from attendance.month_workbook import cell_values, headings, pupil_codes
from core import bounded_json, vietnamese
from core.months import Month
from core.text import _BECOME_MARKS, MOST_MARKS, TextRefused, check_text, longest_run_of_marks
from core.workbooks import Limits, Sheet, WorkbookRefused, cell_text, find_table, open_workbook
from core.workbooks.tables import Column, header_key
from schools import ethnic_groups
from schools.form_fields import RowsField
from schools.models import SchoolYear
from schools.pupil_import.workbook import cells
from tests.attacks.attacker import Attacker, Cost, report
from tests.attacks.hostile import WORST
from tests.whole import WHOLE

SECONDS = 0.5  # of CPU
APPS = [
    "accounts",
    "schools",
    "attendance",
    "mobilisation",
    "reports",
    "inspections",
    "lai_chau_edu",
    "core",
]
REFUSALS = (ValidationError, CallRefused, ValueError, WorkbookRefused)


@pytest.fixture
def stopwatch(capsys):
    """Function: calls another with hostile text and takes down the CPU it used."""
    attacker = Attacker(seconds=SECONDS)

    def call(function, text, what):
        cost = Cost()
        with contextlib.suppress(*REFUSALS):
            function(text)
        attacker.note(cost.seconds(), what)

    yield call
    report(capsys, attacker.summary())
    assert attacker.faults == [], "\n".join(attacker.faults[:40])


def every(kind):
    """Classes of our own modules that derive from `kind`."""
    return sorted(
        {
            found
            for name, module in list(sys.modules.items())
            if name.split(".")[0] in APPS
            for _name, found in vars(module).items()
            if inspect.isclass(found)
            and issubclass(found, kind)
            and found.__module__.split(".")[0] in APPS
        },
        key=lambda found: (found.__module__, found.__name__),
    )


def kinds_for(fields):
    """Yield (name, field, kind, text): each field meets some kinds, each class of fields all."""
    kinds, seen = list(WORST), set()
    for index, (name, field) in enumerate(fields):
        chosen = (
            kinds
            if type(field) not in seen
            else [kinds[(index * 4 + n) % len(kinds)] for n in range(4 if WHOLE else 1)]
        )
        seen.add(type(field))
        for kind in chosen:
            yield name, field, kind, WORST[kind]
        seen.add(type(field))


def form_fields():
    """[(name, field)] of every field of every form, ready to clean."""
    import_module("lai_chau_edu.urls")
    found = []
    for form in every(forms.BaseForm):
        for name, field in form.base_fields.items():
            ready = copy.deepcopy(field)
            if isinstance(ready, forms.ModelChoiceField) and ready.queryset is None:
                ready.queryset = SchoolYear.objects.all()
            found.append((f"{form.__module__}.{form.__name__}.{name}", ready))
    return found


def serializer_fields():
    """[(name, field)] of every field a serializer takes."""
    return [
        (f"{each.__module__}.{each.__name__}.{name}", field)
        for each in every(serializers.Serializer)
        if not issubclass(each, serializers.ModelSerializer)
        for name, field in each().fields.items()
        if not field.read_only
    ]


@pytest.mark.django_db
def test_every_field_of_every_form(stopwatch):
    fields = form_fields()
    assert len(fields) > 80
    for name, field, kind, text in kinds_for(fields):
        value = [text] if isinstance(field, forms.MultipleChoiceField) else text
        stopwatch(field.clean, value, f"{name}: {kind}")


def test_no_field_of_several_rows_looks_for_a_key_that_sqlite_cannot_hold():
    several = {
        name: field
        for name, field in form_fields()
        if isinstance(field, forms.ModelMultipleChoiceField)
    }
    assert several
    assert not [name for name, field in several.items() if not isinstance(field, RowsField)]


@pytest.mark.django_db
def test_every_field_of_every_serializer(stopwatch):
    fields = serializer_fields()
    assert len(fields) > 40
    for name, field, kind, text in kinds_for(fields):
        stopwatch(field.run_validation, text, f"{name}: {kind}")


def test_every_text_box_is_bounded():
    """What a person could type is refused at its field; a password is never cut short."""
    unbounded = [
        name
        for name, field in form_fields()
        if type(field) is forms.CharField and field.max_length is None and "assword" not in name
    ]
    assert unbounded == []


def test_every_day_has_a_year_of_our_time():
    days = ("0001-01-01", "9999-12-31", "1899-12-31", "2101-01-01")
    taken = [
        (name, day)
        for name, field in form_fields()
        if isinstance(field, forms.DateField)
        for day in days
        if takes(field, day)
    ]
    assert taken == []


def takes(field, value):
    """Whether a field takes a value."""
    try:
        field.clean(value)
    except ValidationError:
        return False
    return True


@pytest.mark.django_db
def test_every_text_of_every_model(stopwatch):
    for model in every(models.Model):
        if model._meta.abstract:
            continue
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.CharField | models.TextField):
                continue
            kinds = ("alternating marks", "NUL", "vietnamese", "ligatures of 18")
            for kind in kinds if WHOLE else kinds[:2]:
                instance = model(**{field.attname: WORST[kind]})
                what = f"{model.__name__}.{field.name}: {kind}"
                stopwatch(lambda _text, it=instance: it.full_clean(validate_unique=False), "", what)


def readers_of_text():
    """{name: function} of what reads a text on its own."""
    found = {
        f"vietnamese.{name}": getattr(vietnamese, name)
        for name in ("normalise", "unmarked", "fold", "sort_key", "parse_date", "parse_sex")
    }
    found |= {
        "cell_text": cell_text,
        "header_key": header_key,
        "class_key": cells.class_key,
        "person_key": lambda text: cells.person_key(text, None),
        "book_letters": read_mark,
        "cells.read_mark": cell_values.read_mark,
        "letters.is_dash": cell_values.is_dash,
        "own_codes": pupil_codes.read_code,
        "headings.read_heading": lambda text: headings.read_heading([text]),
        "headings.read_session": headings.read_session,
        "headings.months_named": lambda text: list(headings.months_named(text)),
        "ethnic_groups": ethnic_groups.code_of,
        "Month.parse": Month.parse,
        "bounded_json": lambda text: bounded_json.read(
            b'{"a": "' + text.encode("utf-8", "surrogatepass") + b'"}'
        ),
        "bounded_json bare": lambda text: bounded_json.read(text.encode("utf-8", "surrogatepass")),
    }
    for name, widget in inspect.getmembers(cells, inspect.isclass):
        if name.endswith("Cell") and widget.__module__ == cells.__name__:
            arguments = {"TextCell": [100], "NumberCell": ["ministry_id", 10]}.get(name, [])
            found[name] = widget(*arguments).clean
    return found


def test_every_reader_of_text(stopwatch):
    for name, reader in readers_of_text().items():
        for kind, text in WORST.items():
            stopwatch(reader, text, f"{name}: {kind}")
            # The longest that is taken, or nearly.
            stopwatch(reader, text[:4_000], f"{name}: 4,000 of {kind}")


# These take texts of our own, which nobody sends.
OF_OUR_OWN = {
    "accounts.single_sign_on.provider.setting": "names of settings",
    "attendance.reminders.emails.address": "names of addresses",
    "core.jobs.records._write": "names of jobs",
    "core.jobs.records.claim_day": "names of jobs",
    "core.jobs.records.end_attempt": "names of attempts",
    "core.jobs.records.note_start": "names of jobs",
    "core.notifications.kinds.declare": "codes of kinds, which stay declared",
    "core.translations.messages_of_python": "texts of the product's own files",
    "core.translations.messages_of_template": "texts of the product's own files",
}
# These take one letter of a text that is bounded.
OF_A_LETTER = {"core.text.is_visible", "schools.pupil_import.workbook.cells._may_stand_in_name"}
# A word that is none of the known ones.
UNKNOWN = (
    *REFUSALS,
    BadRequest,
    FieldDoesNotExist,
    Http404,
    LookupError,
    NotImplementedError,
    ObjectDoesNotExist,
    OSError,
    StopIteration,
)


def functions_of_one_text():
    """[(name, function)] of every function of the product that takes one text and nothing more.

    Found by its signature: each says what it takes (`disallow_untyped_defs` of mypy).
    """
    found = []
    for app in (*APPS, "operations"):
        package = import_module(app)
        for each in pkgutil.walk_packages(package.__path__, f"{app}."):
            if not re.search(r"\.(migrations|management)\b", each.name):
                found += functions_in(import_module(each.name))
    return found


def functions_in(module):
    """Those of one module; of a decorated one what is beneath."""
    for name, function in vars(module).items():
        if not inspect.isfunction(function) or function.__module__ != module.__name__:
            continue
        needed = [
            each
            for each in inspect.signature(function).parameters.values()
            if each.default is each.empty
            and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
        ]
        if len(needed) == 1 and str(needed[0].annotation) in {"<class 'str'>", "str", "str | None"}:
            yield f"{module.__name__}.{name}", function


@pytest.mark.django_db
def test_every_function_of_one_text(stopwatch):
    found = dict(functions_of_one_text())
    assert len(found) > 150
    assert OF_OUR_OWN.keys() <= found.keys()
    assert "core.vietnamese.sort_key" in found
    for name in (*OF_OUR_OWN, *OF_A_LETTER):
        found.pop(name)
    faults = set()
    for index, (name, function) in enumerate(sorted(found.items())):
        for kind in list(WORST)[index % 4 :: 4]:
            try:
                with contextlib.suppress(*UNKNOWN), transaction.atomic():
                    stopwatch(function, WORST[kind][:4_000], f"{name}: 4,000 of {kind}")
            except Exception as fault:
                faults.add(f"{name}: {type(fault).__name__}")
    assert faults == set()


def book_with(text):
    """The bytes of a workbook with a text in A1, beside a heading, and as the name of a sheet."""
    text = re.sub("[\x00-\x1f\ud800-\udfff]", lambda c: f"_x{ord(c[0]):04X}_", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    content = io.BytesIO()
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{relations}">'
            f'<Relationship Id="r" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{relations}"><Relationship Id="s" Type="{office}/worksheet"'
            ' Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {main} xmlns:r="{office}"><sheets>'
            '<sheet name="A" sheetId="1" r:id="s"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet {main}><sheetData><row r="1"><c r="A1" t="inlineStr">'
            f"<is><t>{text}</t></is></c></row></sheetData></worksheet>",
        )
    return content.getvalue()


def test_every_cell_of_a_workbook(stopwatch):
    for kind, text in WORST.items():
        content = book_with(text)
        stopwatch(open_workbook, content, f"workbook: {kind}")


def test_a_cell_too_long_is_named_by_its_place():
    with pytest.raises(WorkbookRefused) as long:
        open_workbook(book_with("x" * 5_000))
    assert (long.value.code, long.value.params["cell"]) == ("long_cell", "A1")
    with pytest.raises(WorkbookRefused) as marked:
        open_workbook(book_with("a" + "\u0301\u0327" * 40))
    assert (marked.value.code, marked.value.params["cell"]) == ("too_many_marks", "A1")
    assert open_workbook(book_with("x" * Limits().cell)).sheets


def test_headings_that_fill_a_sheet(stopwatch):
    columns = [Column("a", "Họ và tên"), Column("b", "Ngày sinh")]
    for kind, text in WORST.items():
        rows = [[text[i : i + 3_900] for i in range(2_000)] for _row in range(33)]
        merged = tuple(((0, 0), (32, 1_999)) for _range in range(10_000))
        what = f"headings: {kind}"
        stopwatch(
            lambda _t, r=rows, m=merged: find_table(Sheet("A", False, r, m), columns), "", what
        )


def test_runs_of_marks_are_counted_by_what_normalisation_makes_of_them():
    become = {
        chr(code)
        for code in range(0x110000)
        if not 0xD800 <= code < 0xE000
        and not unicodedata.combining(chr(code))
        and unicodedata.combining(unicodedata.normalize("NFKD", chr(code))[0])
    }
    assert become == _BECOME_MARKS
    assert longest_run_of_marks("a\u0301\u200b\u0327 b\u0301") == 2
    assert longest_run_of_marks("a\u0301\n\u0327") == 1
    check_text("a" + "\u0301" * MOST_MARKS)
    with pytest.raises(TextRefused):
        check_text("a" + "\u0301\u200b" * (MOST_MARKS + 1))
