"""No dead ends: every address that a page offers its reader opens for this reader."""

from urllib.parse import urljoin

import pytest
from django.db import transaction

from operations import health
from tests.html_query import read
from tests.permission_table import PEOPLE, own_objects
from tests.test_permissions import NAMES
from tests.whole import WHOLE

pytestmark = pytest.mark.django_db


# Kept by the phones of those who take registers, and the same for everybody who fetches it.
OF_A_PHONE = {"attendance:offline"}


@pytest.fixture(autouse=True)
def background_work(monkeypatch):
    for probe in (health.database_probe, health.pulse_probe):
        monkeypatch.setattr(probe, "is_well", lambda: True)


def page_at(client, url):
    """The parsed page, or None where there is none or something else than a page."""
    with transaction.atomic():
        answer = client.get(url)
        if answer.streaming:
            answer.getvalue()
        transaction.set_rollback(True)
    is_page = answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html")
    return read(answer) if is_page else None


def status_at(client, url):
    with transaction.atomic():
        answer = client.get(url, follow=True)
        if answer.streaming:
            answer.getvalue()
        transaction.set_rollback(True)
    return answer.status_code


@pytest.mark.parametrize("person", PEOPLE if WHOLE else ["head_a", "province_officer"])
def test_links_of_every_page_open_for_its_reader(world, sign_in, person):
    objects, client = own_objects(world), sign_in(getattr(world, person))
    offered, opened = {}, set()
    for name in NAMES:
        if name.startswith(("api:", "admin:")) or name in OF_A_PHONE:
            continue
        page = page_at(client, objects.url(name))
        if page is None:
            continue
        opened.add(objects.url(name))
        for link in page.select("a"):
            href = link.get("href") or ""
            if href.startswith(("/", "?")):
                offered.setdefault(urljoin(objects.url(name), href.partition("#")[0]), name)
    rest = {url: name for url, name in offered.items() if url not in opened}
    dead = {url: name for url, name in rest.items() if status_at(client, url) >= 400}
    assert not dead
    assert offered
