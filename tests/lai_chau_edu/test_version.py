"""One version, and whatever names it names the same."""

import re
import tomllib

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

import lai_chau_edu
from core.version import VERSION
from operations.backup import last_backup
from operations.backup.manifest import Manifest
from operations.backup.saving import make_backup
from operations.diagnostics import installation

ROOT = settings.BASE_DIR


def test_version_is_three_numbers_kept_in_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert VERSION == lai_chau_edu.__version__ == project["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)


def test_newest_entry_of_the_changelog_is_this_version():
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert headings[0] == VERSION
    numbers = [tuple(map(int, each.split("."))) for each in headings]
    assert numbers == sorted(set(numbers), reverse=True)


def test_every_version_has_its_notes():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for notes in re.split(r"^## .+$", text, flags=re.M)[1:]:
        assert re.search(r"^- \w", notes, re.M)  # Vietnamese
        assert re.search(r"^\*\w", notes, re.M)  # English


def test_description_of_the_api_names_this_version():
    assert settings.SPECTACULAR_SETTINGS["VERSION"] == VERSION
    text = (ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8")
    assert re.search(r"^  version: (.+)$", text, re.M)[1] == VERSION


def test_doctor_and_page_of_the_operator_name_it(world, sign_in):
    assert VERSION in installation.version().text
    assert VERSION in sign_in(world.system_admin).get(reverse("operations")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_backup_and_its_mark_name_it(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    _path, manifest = make_backup(connection, tmp_path / "backups")
    assert manifest.version == VERSION
    assert f'"version": "{VERSION}"' in (settings.FILES_DIR / last_backup.NAME).read_text()


def test_table_of_contents_from_before_versions_is_read():
    manifest = Manifest.from_json(
        '{"format": 1, "made_at": "2026-10-12T02:30:00+07:00", "engine": "sqlite",'
        ' "state": [], "tables": [], "files": []}'
    )
    assert manifest.version == ""
