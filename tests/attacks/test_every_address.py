"""Hostile queries, addresses and forms at every address of the permission table."""

import random
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.urls import reverse

from core.text import TextRefused, check_sent
from operations import health
from tests.attacks.attacker import Attacker, forms_of, queries_of, report, signed_in
from tests.attacks.hostile import PATH_VALUES, SEED, VALUES
from tests.permission_table import PEOPLE, ROUTES, own_objects
from tests.whole import WHOLE

pytestmark = pytest.mark.django_db

STRONGEST = ["province_officer", "head_a", "commune_officer", "teacher_a", "member_user"]
FORM_INPUTS = 600 if WHOLE else 200
QUERY_INPUTS = 300 if WHOLE else 100
ASKED = re.compile(r"(?:request\.GET|query_params)(?:\.get|\.getlist)?[(\[]\s*\"(\w+)\"")


@pytest.fixture(autouse=True)
def background_work(monkeypatch):
    """Goes on: the alarms ask no second connection."""
    for probe in (health.database_probe, health.pulse_probe):
        monkeypatch.setattr(probe, "is_well", lambda: True)


@pytest.fixture
def attacker(capsys):
    """Fails the test when an answer was a fault; prints what was counted."""
    with Attacker() as attacker:
        yield attacker
    report(capsys, f"{attacker.summary()} [seed {SEED}]")
    assert attacker.faults == [], "\n".join(attacker.faults[:40])


@pytest.fixture
def clients(world):
    """Function: the client of a person of the world."""
    world.system_admin.is_staff = True
    world.system_admin.save()
    kept = {}

    def client_of(person):
        if person not in kept:
            kept[person] = signed_in(getattr(world, person))
        return kept[person]

    return client_of


def passes(text):
    """Whether the gate lets a value through to the view."""
    try:
        check_sent(text, most=200)
    except TextRefused:
        return False
    return True


LET_THROUGH = [value for value in VALUES if passes(value)]


def strong(people):
    """The person of most rights among some."""
    return min(people, key=lambda p: (STRONGEST.index(p) if p in STRONGEST else 9, p))


def names_asked():
    """Names that the code reads behind "?"."""
    sources = (
        path
        for app in [
            "schools",
            "accounts",
            "attendance",
            "mobilisation",
            "reports",
            "inspections",
            "lai_chau_edu",
        ]
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
    )
    return {name for path in sources for name in ASKED.findall(path.read_text(encoding="utf-8"))}


def pages(world, clients):
    """[(person, address, answer)] of every page of the table, by who may do most there."""
    objects = own_objects(world)
    found = []
    for name, route in sorted(ROUTES.items()):
        person = strong(route.writers or route.readers or PEOPLE)
        url = objects.url(name)
        answer = clients(person).get(url)
        found.append((person, url, answer))
    for model in admin.site._registry:
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        urls = [reverse(f"admin:{label}_changelist")]
        urls += [reverse(f"admin:{label}_add")]
        first = model._default_manager.order_by("pk").first()
        if first is not None:
            urls.append(reverse(f"admin:{label}_change", args=[first.pk]))
        found += [("system_admin", url, clients("system_admin").get(url)) for url in urls]
    return found


def test_hostile_queries(world, clients, attacker):
    draw = random.Random(SEED)
    asked = sorted(names_asked() | {"q", "p", "o", "e", "all", "_popup", "_to_field", "page_size"})
    aims = [
        (person, url, sorted({*asked, *queries_of(answer)}))
        for person, url, answer in pages(world, clients)
        if answer.status_code != 405
    ]
    while attacker.count < QUERY_INPUTS:
        person, url, names = aims[attacker.count % len(aims)]
        # One name that may fail early, or all at once; seldom what the gate refuses anyway.
        chosen = draw.choice([draw.sample(names, 1), draw.sample(names, 2), names])
        values = VALUES if draw.random() < 0.1 else LET_THROUGH
        query = "&".join(f"{name}={quoted(draw.choice(values))}" for name in chosen)
        join = "&" if "?" in url else "?"
        cache.clear()
        attacker.send(clients(person), "GET", f"{url}{join}{query}"[:9_000])


def quoted(text):
    """Text behind "?", half characters as the bytes nobody may send."""
    from urllib.parse import quote_from_bytes

    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))


def test_hostile_addresses(world, clients, attacker):
    draw = random.Random(SEED)
    objects = own_objects(world)
    kinds = {"school": "int", "date": "day", "month": "month", "session": "session"}
    for name, route in sorted(ROUTES.items()):
        person = strong(route.writers or route.readers or PEOPLE)
        url = objects.url(name)
        for key, value in route.kwargs.items():
            kind = kinds.get(value) or ("uuid" if "-" in str(objects.values[value]) else "int")
            hostiles = PATH_VALUES[kind]
            for hostile in hostiles if WHOLE else draw.sample(hostiles, 2):
                aim = url.replace(f"/{objects.values[value]}/", f"/{quoted(hostile)}/", 1)
                cache.clear()
                attacker.send(clients(person), "POST" if route.post_only else "GET", aim, what=key)


def test_hostile_forms(world, clients, attacker):
    draw = random.Random(SEED)
    forms = {}
    for person, url, answer in pages(world, clients):
        for method, action, fields in forms_of(answer, url):
            if method == "POST" and fields and action.startswith("/"):
                names = tuple(sorted({name for name, _value in fields}))
                forms.setdefault((person, action, names), fields)
    aims = []
    for (person, action, _names), fields in sorted(forms.items()):
        names = [n for n in dict.fromkeys(n for n, _v in fields) if n != "csrfmiddlewaretoken"]
        # A register of many pupils has one field over and over.
        few = {re.sub(r"\d+", "0", name): name for name in names}
        aims += [(person, action, fields, name) for name in few.values()]
    assert len(aims) > 200
    draw.shuffle(aims)
    # Where all of it is done: every field once, some oftener.
    for person, action, fields, name in (aims * 3)[: max(FORM_INPUTS, len(aims) * WHOLE)]:
        value = draw.choice(VALUES if draw.random() < 0.1 else LET_THROUGH)
        sent = [(n, v) for n, v in fields if n != name]
        sent = [(n, quoted_value(v)) for n, v in [*sent, (name, value)]]
        cache.clear()
        attacker.send(clients(person), "POST", action, sent, what=f"{name}={value[:40]!r}")


def quoted_value(text):
    """Bytes of a value, half characters as they are."""
    return text.encode("utf-8", "surrogatepass")
