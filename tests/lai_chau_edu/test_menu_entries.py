"""Where am I: every page marks one entry of its reader's menu, or has a reason to mark none."""

import pytest
from django.db import transaction

from operations import health
from tests.html_query import read
from tests.permission_table import PEOPLE, ROUTES
from tests.test_permissions import NAMES
from tests.whole import WHOLE

pytestmark = pytest.mark.django_db

# Under the reader's own name, or in the frame of every page; by the beginning of the address's
# name.
UNDER_NONE = {
    "home": "the start page: the mark of the product leads there",
    "help": "the question mark of the frame",
    "guide": "a guide of the help",
    "verify": "a paper is looked up by its code, by anybody",
    "readiness": "what is missing before the first morning, under the name",
    "accounts:password": "one's own account, under the name",
    "accounts:second_factor": "one's own account, under the name",
    "accounts:phone_add": "one's own account, under the name",
    "accounts:passkey_add": "one's own account, under the name",
    "accounts:browsers": "one's own account, under the name",
    "accounts:digest": "one's own account, under the name",
    "accounts:reminders": "one's own account, under the name",
    "accounts:tokens": "one's own account, under the name",
    "accounts:forgotten": "asked before the sign-in",
}
# Those, and for one reader alone.
UNDER_NONE_FOR = {
    ("system_admin", "reports:indicators"): "the foot of every page; administrators see no figures",
}


@pytest.fixture
def world(furnished):
    """The small province with its objects."""
    return furnished


@pytest.fixture(autouse=True)
def background_work(monkeypatch):
    """Goes on: the pages of the alarms answer 200, and ask no second connection."""
    for probe in (health.database_probe, health.pulse_probe):
        monkeypatch.setattr(probe, "is_well", lambda: True)


def marked(client, url):
    """The entries that a page marks in the strip; None where there is no page with a menu."""
    with transaction.atomic():
        answer = client.get(url)
        if answer.streaming:
            answer.getvalue()
        transaction.set_rollback(True)
    if answer.status_code != 200 or not answer.get("Content-Type", "").startswith("text/html"):
        return None
    strips = read(answer).select("nav.strip")
    if not strips:
        return None
    return [link.text for link in strips[0].select("a") if link.get("aria-current") == "page"]


@pytest.mark.parametrize("person", PEOPLE if WHOLE else ["head_a", "province_officer"])
def test_every_page_marks_one_entry_of_the_menu(world, sign_in, person):
    client, wrong, seen = sign_in(getattr(world, person)), {}, 0
    for name in NAMES:
        if name.startswith(("api:", "admin:")) or ROUTES[name].post_only:
            continue
        found = marked(client, world.objects.url(name))
        if found is None:
            continue
        is_under_none = name.startswith(tuple(UNDER_NONE)) or (person, name) in UNDER_NONE_FOR
        seen += 1
        if len(found) != (0 if is_under_none else 1):
            wrong[name] = found
    assert not wrong
    assert seen or person == "nobody"
