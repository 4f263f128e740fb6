"""No English inside Vietnamese: names of fields, choices, refusals of forms and of the API.

Words are looked for, not sentences: what a reader meets is put together of models, forms,
libraries and our own texts, and one word left in English shows.
"""

import inspect
import json
import re
import uuid

import pytest
from django import forms
from django.apps import apps
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import models
from django.test import Client
from django.utils.translation import override
from rest_framework import exceptions, fields, relations, serializers

from attendance.registers import refusals
from core import problems
from core.levels import EducationLevel
from lai_chau_edu.checks import walk_views
from schools.ethnic_groups import choices as ethnic_groups
from schools.models import Area, SchoolClass
from tests.api.conftest import Caller
from tests.permission_table import ROUTES, own_objects

pytestmark = pytest.mark.django_db

# Tables of libraries that no page shows; the admin does not keep the devices either.
UNSEEN = {
    *("contenttypes", "auth", "admin", "sessions"),
    *("otp_static", "otp_totp", "django_otp_webauthn"),
}
# Letters that only Vietnamese has: a text with one of them may hold no English word all the same.
MARKED = re.compile(r"[^\x00-\x7f]")
# Names of things that have no other name here, and words that are the same in both languages.
ALLOWED = {
    *("api", "json", "uuid", "csv", "excel", "sha", "ms", "id", "accept", "csrf", "mib", "email"),
    *("true", "false", "null", "utf", "http", "ipv4", "ipv6", "url", "xlsx", "pdf", "zip"),
    *("get", "post", "put", "patch", "delete", "head", "options", "ban", "so", "me", "may"),
    *("am", "pm", "do", "sinh", "in", "it", "no", "an", "on"),
}
# Words that no Vietnamese sentence has; with the words the libraries' own texts are made of.
ENGLISH_WORDS = """
    the this that these those is are was be been being has have had not and or of for with
    from by to at as if then than when where which who what why how must should can could
    would will value values field fields invalid valid required enter select choose choice
    choices already exists exist does unique ensure least most more less greater equal
    characters character number numbers digits integer string list item items boolean date
    datetime time format wrong use one instead file submitted empty upload image type
    object pk hyperlink expected received got password passwords username user name names
    too short common entirely numeric similar contain contains your you constraint
    violated credentials provided authentication error server occurred malformed request
    media unsupported method allowed found permission denied perform action available
    seconds second throttled page school class year pupil area site register target plan
    visit member committee commune district province cluster deleted created changed key
    data access log attempt before after first last old new made asked closed drafted
    approved recorded sent kept said roll marks late taken due rows total done finished
    started failed tries task token problem hash level grade reason history correct please
    there any nothing something only also both between longer shorter fewer many much long
    other
"""
ENGLISH = frozenset(ENGLISH_WORDS.split())


def english_words(text):
    """The English words of a text; a word with a Vietnamese letter is none."""
    found = []
    # What is quoted or stands in brackets is a value, or the name of a parameter.
    said = re.sub(r"%\(\w+\)[sdr]|\{\w*\}|“[^”]*”|\([a-z_]+\)|kiểu \w+", " ", str(text))
    for word in re.findall(r"[^\W\d_]+", said):
        lower = word.lower()
        if lower in ENGLISH and lower not in ALLOWED and not MARKED.search(word):
            found.append(word)
    return found


def is_english(text):
    """Whether a text has an English word, or no Vietnamese letter although it has several words."""
    text = str(text)
    return bool(english_words(text))


def plain(text):
    """Whether a short name has no Vietnamese letter, so that it might be left in English."""
    return not MARKED.search(str(text))


# Names that are the same words in both languages, or have no mark in Vietnamese.
SAME = {"ID", "THCS", "THPT", "Nam", "email", "e-mail", "username"}


def test_the_test_hears_english():
    assert is_english("Lớp với thông tin School, Year đã tồn tại")
    assert is_english("This field is required.")
    assert not is_english("Lớp với thông tin trường, năm học đã có.")


def test_models_fields_and_choices_are_named_in_vietnamese():
    groups = {str(label) for _code, label in ethnic_groups()}
    levels = {str(label) for label in EducationLevel.labels}
    wrong = []
    with override("vi"):
        for model in apps.get_models(include_auto_created=True):
            meta = model._meta
            if meta.app_label in UNSEEN:
                continue
            # A table between two models has no page, and its name is made of theirs.
            names = () if meta.auto_created else (meta.verbose_name, meta.verbose_name_plural)
            for name in names:
                if plain(name) or is_english(name):
                    wrong.append(f"{meta.label}: {name}")
            for field in meta.concrete_fields + meta.many_to_many:
                name = str(field.verbose_name)
                if (plain(name) and name not in SAME) or is_english(name):
                    wrong.append(f"{meta.label}.{field.name}: {name}")
                if field.help_text and is_english(field.help_text):
                    wrong.append(f"{meta.label}.{field.name}: {field.help_text}")
                for _value, label in field.flatchoices:
                    told = str(label)
                    if told not in groups | levels and is_english(told):
                        wrong.append(f"{meta.label}.{field.name}: {told}")
    assert not wrong, wrong


def test_constraints_of_models_refuse_in_vietnamese():
    wrong = []
    with override("vi"):
        for model in apps.get_models():
            if model._meta.app_label in {*UNSEEN, "axes"}:
                continue
            row = model()
            for constraint in model._meta.constraints:
                told = str(constraint.get_violation_error_message())
                names = constraint.fields if isinstance(constraint, models.UniqueConstraint) else ()
                if names and constraint.condition is None:
                    told = " ".join(row.unique_error_message(model, names).messages)
                told = told.replace(constraint.name, "")
                if is_english(told):
                    wrong.append(f"{model._meta.label}: {told}")
            for field in model._meta.concrete_fields:
                for message in field.error_messages.values():
                    if is_english(message):
                        wrong.append(f"{model._meta.label}.{field.name}: {message}")
                if field.unique:
                    told = row.unique_error_message(model, (field.name,)).messages
                    if is_english(told):
                        wrong.append(f"{model._meta.label}: {told}")
    assert not wrong, wrong


def test_a_class_that_is_there_is_refused_in_plain_words(world):
    twin = SchoolClass(
        school=world.school_a, site=world.site_a, year=world.year, name="6A", level="THCS",
        grades="6",
    )  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        twin.full_clean()
    text = " ".join(refused.value.messages)
    assert not is_english(text), text
    assert "trường" in text.lower()
    assert "năm học" in text.lower()


def every_form():
    """Form classes of the project's own modules."""
    found, waiting = set(), [forms.BaseForm]
    while waiting:
        for below in waiting.pop().__subclasses__():
            waiting.append(below)
            if below.__module__.split(".")[0] in {
                "accounts", "attendance", "inspections", "mobilisation", "reports", "schools",
                "core",
            }:  # fmt: skip
                found.add(below)
    return found


def test_labels_helps_and_errors_of_forms_are_vietnamese():
    list(walk_views())  # every view, and with it every form, is imported
    assert len(every_form()) > 25
    wrong = []
    with override("vi"):
        for form in every_form():
            for name, field in getattr(form, "base_fields", {}).items():
                label = field.label
                if label is None:
                    continue  # hidden, or named by its form from the model
                if is_english(label) or (label and plain(label) and " " in str(label)):
                    wrong.append(f"{form.__name__}.{name}: {label}")
                if field.help_text and is_english(field.help_text):
                    wrong.append(f"{form.__name__}.{name}: {field.help_text}")
                for message in field.error_messages.values():
                    if is_english(message):
                        wrong.append(f"{form.__name__}.{name}: {message}")
                for validator in field.validators:
                    if is_english(getattr(validator, "message", "")):
                        wrong.append(f"{form.__name__}.{name}: {validator.message}")
    assert not wrong, wrong


def test_fields_and_exceptions_of_the_api_speak_vietnamese():
    wrong = []
    with override("vi"):
        for module in (fields, serializers, relations):
            for name, found in vars(module).items():
                if not inspect.isclass(found) or not hasattr(found, "default_error_messages"):
                    continue
                for key, message in found.default_error_messages.items():
                    if is_english(message):
                        wrong.append(f"{name}.{key}: {message}")
        for name, found in vars(exceptions).items():
            told = getattr(found, "default_detail", "") if inspect.isclass(found) else ""
            if is_english(told):
                wrong.append(f"{name}: {told}")
        if is_english(exceptions.Throttled(wait=5).detail):
            wrong.append(exceptions.Throttled(wait=5).detail)
    assert not wrong, wrong


def test_each_refusal_of_a_register_has_one_code_of_its_class():
    """No lookup by type: a subclass without a code of its own is told as what it is."""
    waiting, classes = [refusals.RegisterRefused], []
    while waiting:
        each = waiting.pop()
        classes.append(each)
        waiting += each.__subclasses__()
    for each in classes:
        assert re.fullmatch(r"[a-z_]+", each.code), each
        assert "code" in vars(each), each
        assert not is_english(each.message), each.message

    class New(refusals.WindowClosed):
        pass

    assert New("khác").code == "window_closed"


BODIES = {
    "nothing": "", "no JSON": "{", "a list": "[]", "a text": '"x"',
    "wrong kinds": json.dumps(
        {"base_revision": "x", "op_id": "y", "marks": {"a": 1}, "registers": "z", "state": 5}
    ),
    "wrong marks": json.dumps(
        {"base_revision": 0, "op_id": str(uuid.UUID(int=1)), "marks": [{"pupil": -1, "kind": "Z"}]}
    ),
    "many": json.dumps({"registers": [{}, {"class_id": 10**19, "date": "x", "session": "no"}]}),
}  # fmt: skip
QUERIES = [
    "", "?on=x", "?month=x&area=12", "?month=2026-10", "?page=999", "?school=x", "?level=x",
           "?month=2026-10&area=12&by=x&map=y", "?date=2999-01-01", "?state=x", "?on=1800-01-01",
]  # fmt: skip


def sentences(value):
    """Every text a person reads in an answer of the API."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("message", "errors", "detail", "title"):
                yield from every_text(inner)
            elif key in ("answers", "body", "violations"):
                yield from sentences(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from sentences(inner)


def every_text(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from every_text(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from every_text(inner)


def test_every_refusal_of_the_api_is_vietnamese_and_has_a_code(world):
    objects, wrong, codes = own_objects(world), [], set()
    types = {kind.code: kind.type for kind in problems.kinds()}
    callers = [Caller(world.province_officer), Caller(world.teacher_a), Caller(world.nobody)]

    def look(answer, where):
        if answer.status_code < 400:
            return
        body = answer.json()
        codes.add(body.get("code"))
        wrong.extend((where, text) for text in sentences(body) if is_english(text))
        if not isinstance(body.get("code"), str) or not body.get("message"):
            wrong.append((where, body))
        if answer.headers["Content-Type"] != problems.MEDIA_TYPE:
            wrong.append((where, answer.headers["Content-Type"]))
        told = (body.get("status"), body.get("instance"), body.get("type"))
        if told != (answer.status_code, answer.wsgi_request.path, types.get(body.get("code"))):
            wrong.append((where, told))

    for name in (name for name in ROUTES if name.startswith("api:")):
        url = objects.url(name).split("?")[0]
        look(Client().get(url), (name, "nobody"))
        for caller in callers:
            path = url.removeprefix("/api/v1/")
            for query in QUERIES:
                look(caller.get(path + query), (name, query))
            for method in ("PUT", "POST", "DELETE", "PATCH"):
                for said, body in BODIES.items():
                    answer = caller._client.generic(
                        method,
                        url,
                        body,
                        content_type="application/json",
                        headers={"Authorization": f"Bearer {caller.secret}"},
                    )
                    look(answer, (name, method, said))
        answer = callers[1]._client.generic(
            "PUT",
            url,
            "a=1",
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": f"Bearer {callers[1].secret}"},
        )
        look(answer, (name, "form"))
        look(Client().get(url, headers={"Authorization": "Bearer wrong"}), (name, "wrong key"))
    assert not wrong, wrong[:10]
    assert codes >= {"not_authenticated", "method_not_allowed", "invalid", "parse_error",
                     "permission_denied", "unsupported_media_type"}  # fmt: skip


def test_passwords_are_refused_in_vietnamese(world):
    wrong = []
    with override("vi"):
        for validator in password_validation.get_default_password_validators():
            help_text = validator.get_help_text()
            if is_english(help_text):
                wrong.append(help_text)
        for password in ("1", "12345678901234", "password1234", "teacher_a", "lai chau", "a" * 20):
            try:
                password_validation.validate_password(password, world.teacher_a)
            except ValidationError as refused:
                wrong += [text for text in refused.messages if is_english(text)]
    assert not wrong, wrong


def test_admin_pages_have_no_english_heading(world, sign_in):
    """Names of apps, models and columns as the administration shows them."""
    from django.contrib import admin

    wrong = []
    with override("vi"):
        for config in apps.get_app_configs():
            shown = any(model in admin.site._registry for model in config.get_models())
            if shown and is_english(config.verbose_name):
                wrong.append(config.verbose_name)
        for model, page in admin.site._registry.items():
            for name in page.list_display:
                if name == "__str__":
                    continue
                label = admin.utils.label_for_field(name, model, page)
                if is_english(label):
                    wrong.append(f"{model.__name__}.{name}: {label}")
    assert not wrong, wrong
    assert Area in admin.site._registry or wrong == []
