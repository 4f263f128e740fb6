"""Fixtures of the whole suite."""

import gc
import os

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase

from tests import drawn
from tests.emptying import FirstRows
from tests.frozen import freeze_time
from tests.snapshots import Snapshot
from tests.world import MONDAY, build_world

# A busy machine is no fault of the product: how long an example takes is the bench's to say.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """pytest-django's; what tests commit goes by `tests.emptying`.

    A thread of a test that failed may still hold a session of PostgreSQL, which would not let the
    database go.
    """
    with django_db_blocker.unblock():
        first_rows = FirstRows()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: first_rows.put_back())
        yield first_rows
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


# Whoever asks for one of these asks the suite's own database.
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup"}
# What waits for a browser or for other processes is run once more when it fails, and the log names
# it as rerun: it is a defect to be mended by the next commit, but does not hold this one.
WAITS = ("browser", "worker", "faults")
COLLECTS = "TEST_COLLECTOR" in os.environ
SHIFT = os.environ.get("TEST_DRAW")


# Minutes each: begun last they would keep one core waiting for the other.
LONGEST = ("test_upgrade_real.py",)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Tests on the suite's own database are marked: another database repeats these alone.

    The short form leaves some of them to another shift (`tests.drawn`). The longest come first.
    """
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & {*item.fixturenames}:
            item.add_marker("database")
        # A file that forgets its mark would need a browser where none is, and run twice.
        if "browser" in item.fixturenames:
            item.add_marker("browser")
        if any(map(item.get_closest_marker, WAITS)):
            item.add_marker(pytest.mark.flaky(reruns=1))
    if SHIFT:
        vendor = connection.vendor
        left = {item for item in items if drawn.left_out(item, int(SHIFT), vendor)}
        config.hook.pytest_deselected(items=[item for item in items if item in left])
        items[:] = [item for item in items if item not in left]
    yield
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_collection_finish():
    """What is loaded by now is nobody's rubbish: the collector need not look through it again."""
    collect()


def collect():
    """Collect what the last test left; what outlives it need not be looked through again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def rubbish_is_collected():
    """In a shuffled run a file left open is the fault of the test that left it, not the next."""
    yield
    if COLLECTS:
        collect()


@pytest.fixture(autouse=True)
def counts_of_calls_begin_anew():
    """A test is not throttled for the calls of those before it: their clock stands still."""
    cache.clear()


@pytest.fixture
def today():
    """A fixed school day, 7:10 in the morning at the place of the server."""
    with freeze_time("2026-10-12 00:10:00"):
        yield MONDAY


@pytest.fixture
def world(db, today):
    """The small province of tests.world on the fixed day."""
    return SMALL_PROVINCE()


@pytest.fixture
def furnished(db, today):
    """The same with an object of every kind that an address names, as `furnished.objects`."""
    return FURNISHED_PROVINCE()


def build_furnished():
    """The small province and the objects of the table of permissions in it."""
    # Not before Django is set up.
    from tests.permission_table import own_objects

    world = build_world()
    world.objects = own_objects(world)
    return world


SMALL_PROVINCE = Snapshot(build_world)
FURNISHED_PROVINCE = Snapshot(build_furnished)


@pytest.fixture
def django_db_reset_sequences(django_db_reset_sequences):
    """The keys begin again, also for those who come after."""
    yield
    Snapshot.forget_all()


@pytest.fixture
def sign_in():
    """Function: a client signed in as a user."""

    def client_of(user):
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return client_of


@pytest.fixture(autouse=True)
def files_are_read(monkeypatch):
    """A test that gets a file reads it to its end: else the next one is blamed for it."""
    answers = []
    request = Client.request

    def noted(client, **environ):
        answer = request(client, **environ)
        if answer.streaming:
            answers.append(answer)
        return answer

    monkeypatch.setattr(Client, "request", noted)
    yield
    unread = [answer.request["PATH_INFO"] for answer in answers if not answer.closed]
    for answer in answers:
        # To the end, which closes the file; closing the answer would close the database too.
        b"".join(answer.streaming_content)
    assert not unread, f"files that were not read: {unread}"


@pytest.fixture
def a_browser_with_passkeys(monkeypatch):
    """What the browser made is in order; tests/browser/test_second_factor.py asks a real one."""
    from django_otp_webauthn.models import WebAuthnCredential

    from accounts import passkeys

    def complete(helper, user, state, data):
        return WebAuthnCredential.objects.create(
            user=user,
            credential_id=b"1",
            public_key=b"1",
            transports=[],
            sign_count=0,
            confirmed=True,
        )

    monkeypatch.setattr(passkeys, "are_possible", lambda request: True)
    monkeypatch.setattr(passkeys.Helper, "register_complete", complete)


@pytest.fixture
def static_files(settings):
    """Clients made from now on serve static files, as the product does."""
    settings.WHITENOISE_USE_FINDERS = True


@pytest.fixture(scope="session")
def _static_files_once():
    django_settings.WHITENOISE_USE_FINDERS = True


@pytest.fixture(scope="session")
def live_server(_static_files_once, live_server):
    """pytest-django's, which serves static files as the product does; clients do not."""
    django_settings.WHITENOISE_USE_FINDERS = False
    return live_server
