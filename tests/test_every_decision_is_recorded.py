"""Every write leaves an event of its own request, or says why nothing is decided by it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import drafts
from attendance.models import RegisterRevision
from core.models import Event
from schools.models import NamesShown
from tests.frozen import freeze_time
from tests.html_query import read
from tests.permission_table import PEOPLE, READ_OK, ROUTES
from tests.test_access_trail import names_in
from tests.writes import BOOKKEEPING, DECIDES_NOTHING, LATE, REVISION, WRITES, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(furnished):
    """The small province with its objects."""
    return furnished


# What these write beside the bookkeeping.
OF_NO_DECISION = {
    "schools:import_check": {"schools_importbatch", "schools_failedjob"},
    "staff:import_check": {"accounts_staffimport", "schools_failedjob"},
    "mobilisation:import_check": {"mobilisation_surveyimport", "schools_failedjob"},
    "reports:paper_template_discard": {"core_pendingupload"},
    # A code that is not there is an attempt of the address.
    "verify_code": {"accounts_failedattempts"},
}
WRITING = re.compile(r'^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"(\w+)"')


def test_every_address_that_takes_a_write_is_tried_or_decides_nothing():
    takes = {name for name, route in ROUTES.items() if route.writers or route.puts}
    # Written to by whoever has no session yet, and by whoever may read it.
    takes |= {"accounts:sign_in", "accounts:tokens"}
    assert sorted([*WRITES, *DECIDES_NOTHING]) == sorted(takes)


@pytest.mark.parametrize("name", WRITES)
def test_a_write_leaves_its_events(name, world, sign_in, a_browser_with_passkeys):
    tried = WRITES[name]
    user = getattr(world, tried.person)
    with freeze_time(LATE if "remind_" in name else timezone.now()):
        scene = Scene(world, name, sign_in(user))
        answer, left = sent(scene, tried, name)
        # The page asks once more what becomes of registers already sent.
        past = answer.status_code == 200 and (answer.context or {}).get("past")
        if past:
            again = {"choice": past.choices[0], "seen": past.seen}
            answer, left = sent(scene, tried, name, **again)
    assert answer.status_code == tried.status, answer.content.decode()
    assert left == tried.kinds
    assert bool(names_in(answer)) == NamesShown.objects.exists()
    if answer.status_code == 302:
        # Where it leads a message may name the child. What was shown before is no second row.
        NamesShown.objects.all().delete()
        page = scene.client.get(answer.url)
        assert bool(names_in(page)) == NamesShown.objects.exists()


def sent(scene, tried, name, **more):
    """(the answer, the kinds of events its request left), `REVISION` for a register among them."""
    fields, revisions = tried.fields(scene) if not more else scene.fields, RegisterRevision.objects
    scene.fields = fields
    before = set(revisions.values_list("pk", flat=True))
    NamesShown.objects.all().delete()
    if isinstance(fields, str):
        method = "PUT" if ROUTES[name].puts else "POST"
        answer = scene.client.generic(method, scene.url, fields, "application/json")
    else:
        answer = scene.client.post(scene.url, fields | more)
    user = getattr(scene.world, tried.person)
    events = Event.objects.filter(request_id=answer.headers["X-Request-ID"])
    assert all(event.actor == user for event in events)
    found = [event.kind for event in events]
    new = revisions.exclude(pk__in=before)
    found += [REVISION] * new.filter(sent_by=user).exists()
    return answer, sorted(found)


@pytest.mark.parametrize("name", sorted(set(ROUTES) - set(WRITES) - set(DECIDES_NOTHING)))
def test_no_other_address_writes_anything(name, world, sign_in):
    url = world.objects.url(name)
    for person in sorted(ROUTES[name].readers) or PEOPLE:
        client = sign_in(getattr(world, person))
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(url, {"name": "x", "reason": "y"})
        written = {found.group(1) for each in queries if (found := WRITING.match(each["sql"]))}
        assert written - BOOKKEEPING == OF_NO_DECISION.get(name, set()), (
            person,
            answer.status_code,
        )


def input_named(answer, name):
    """Value of the first field of a name on a page."""
    return read(answer).select(f'input[name="{name}"]')[0].get("value")


@pytest.mark.parametrize("name", DECIDES_NOTHING)
def test_what_decides_nothing_leaves_nothing(name, world, sign_in):
    url = world.objects.url(name)
    person = min(ROUTES[name].writers & {"head_a"} or ROUTES[name].writers)
    client = sign_in(getattr(world, person))
    origin = input_named(client.get(reverse("accounts:password")), drafts.ORIGIN)
    before = Event.objects.count()
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(url, {"language": "en", drafts.ORIGIN: origin})
    assert answer.status_code in {*READ_OK, 422}
    assert Event.objects.count() == before
    written = {found.group(1) for each in queries if (found := WRITING.match(each["sql"]))}
    assert written - BOOKKEEPING == OF_NO_DECISION.get(name, set())
