"""The manifest, the service worker, and the names of what it keeps."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from lai_chau_edu.pwa import FILES, OPENED_FILES

IMPORT = re.compile(r'(?:from\s+|import\()"(\.[^"]+)"')
pytestmark = pytest.mark.django_db


def test_manifest_names_the_application(static_files, client):
    answer = client.get(reverse("manifest"))
    assert answer["Content-Type"] == "application/manifest+json"
    told = json.loads(answer.content)
    assert (told["start_url"], told["display"]) == ("/", "standalone")
    icon = client.get(told["icons"][0]["src"])
    assert icon.status_code == 200
    assert icon.getvalue().startswith(b"<svg")


def test_the_worker_keeps_every_module_that_is_imported():
    kept = {*FILES, *OPENED_FILES}
    for name in [each for each in kept if each.endswith(".js")]:
        folder = Path(name).parent
        for target in IMPORT.findall(Path(finders.find(name)).read_text()):
            path = (settings.BASE_DIR / "static" / folder / target).resolve()
            assert str(path.relative_to(settings.BASE_DIR / "static")) in kept


def test_a_change_is_a_new_version_for_everybody_alike(world, sign_in, monkeypatch, tmp_path):
    url = reverse("service_worker")
    first = Client().get(url).content
    assert sign_in(world.teacher_a).get(url).content == first
    changed = tmp_path / "site.css"
    changed.write_text("body {}")
    find = finders.find
    monkeypatch.setattr(
        finders, "find", lambda name: str(changed) if name == "css/site.css" else find(name)
    )
    assert Client().get(url).content != first


def test_the_frame_holds_nothing_of_the_person(world, sign_in):
    url = reverse("attendance:offline")
    frame = sign_in(world.teacher_a).get(url).content
    assert frame == Client().get(url).content
    assert b"csrf" not in frame


def test_modules_have_one_name_each(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "lai_chau_edu.static_files.StaticFiles"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    names = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    page = (tmp_path / names["js/offline/page.js"]).read_text()
    targets = [(Path(names["js/offline/page.js"]).parent / each) for each in IMPORT.findall(page)]
    assert len(targets) == 9
    root = tmp_path.resolve()
    for target in targets:
        name = str((root / target).resolve().relative_to(root))
        assert name in names.values()
