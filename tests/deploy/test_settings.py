"""Every variable the settings read is named where an operator looks for it."""

import re
from pathlib import Path

import pytest

import run
from core.secret_files import NAMES

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (ROOT / "lai_chau_edu" / "settings.py").read_text(encoding="utf-8")
READ = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', SETTINGS))


def text(*path):
    return ROOT.joinpath(*path).read_text(encoding="utf-8")


def test_the_settings_read_what_this_test_believes():
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALARM_TO", "DEBUG"} <= READ


@pytest.mark.parametrize("name", sorted(READ))
def test_variable_is_in_the_documents_and_in_both_examples(name):
    assert f"| `{name}` |" in text("docs", "operations.md")
    assert re.search(rf"^(# )?{name}=", text("deploy", "environment.example"), re.MULTILINE)
    # Containers: what .env does not hold is fixed by the compose file or the image.
    elsewhere = text("docker-compose.yml") + text("Dockerfile")
    of_containers = re.search(rf"^(# )?{name}=", text(".env.example"), re.MULTILINE)
    fixed = re.search(rf"\b{name}[:=]", elsewhere)
    assert of_containers or fixed or name in {"DEBUG", "HTTPS"}
    assert name in run.PRODUCT_VARIABLES


def test_no_example_names_what_nobody_reads():
    named = re.findall(r"^(?:# )?([A-Z_]+)=", text("deploy", "environment.example"), re.MULTILINE)
    of_files = {f"{name}_FILE" for name in NAMES}
    assert set(named) - READ - of_files == {"WEB_CONCURRENCY"}


@pytest.mark.parametrize("name", NAMES)
def test_every_secret_may_stand_in_a_file_and_the_units_offer_it(name):
    assert name in READ
    assert f"`{name}_FILE`" in text("docs", "operations.md")
    # The keys that were replaced are for some weeks only.
    if name != "SECRET_KEY_FALLBACKS":
        offered = rf"^(# )?LoadCredential={name}:/etc/lai_chau_edu/{name}$"
        assert re.search(offered, text("deploy", "credentials.conf"), re.MULTILINE)


def test_a_drill_knows_neither_workers_nor_mail():
    named = re.findall(r"^([A-Z_]+)=", text("deploy", "drill.example"), re.MULTILINE)
    assert not {"REDIS_URL", "EMAIL_URL"} & set(named)
