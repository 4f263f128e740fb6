"""Who may open what: every address × every role × own and foreign object × every method.

The rows come from the URLconf, so that no address can be forgotten: one that is missing in
`tests.permission_table` fails here, as one without a declared permission fails
`manage.py check`.
"""

import pytest
from django.db import transaction
from django.test import Client

from lai_chau_edu.checks import every_view_declares_access, walk_views
from operations import health
from tests.permission_table import PEOPLE, ROUTES, absent_objects, foreign_objects
from tests.whole import IS_SHORT, WHOLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(furnished):
    """The small province with its objects."""
    return furnished


VIEWS = {name: view for name, _route, view in walk_views()}
NAMES = sorted(VIEWS)
NEVER = ("PUT", "PATCH", "DELETE", "OPTIONS")
# A form is done (and led on), or refused; 403 and 404 are for others than its writers.
REFUSED_FORM = {302, 400, 403, 404, 405, 409, 422}
# Nothing sent is nothing to refuse there.
NEVER_REFUSED = {
    # Done by the button alone, and shown only once.
    "accounts:code_give",
    "inspections:calendar_make",
    # Answered the same to everybody.
    "accounts:forgotten",
    # Shown before it is done; the other record is chosen first.
    "schools:year_turn",
    "schools:pupil_merge",
}


@pytest.fixture(autouse=True)
def background_work(monkeypatch):
    """Goes on: the pages of the alarms answer 200, and ask no second connection."""
    for probe in (health.database_probe, health.pulse_probe):
        monkeypatch.setattr(probe, "is_well", lambda: True)


def status_of(client, method, url):
    """Status of a request whose writing is taken back."""
    with transaction.atomic():
        answer = client.generic(method, url)
        if answer.streaming:
            answer.getvalue()  # to its end, which closes the file
        transaction.set_rollback(True)
    return answer.status_code


def test_every_address_is_in_the_table():
    assert sorted(ROUTES) == NAMES


def test_an_undeclared_view_is_an_error_of_the_system_check(settings):
    settings.ROOT_URLCONF = "tests.undeclared_urls"
    assert [error.id for error in every_view_declares_access(None)] == ["lce.E001"]


def test_public_addresses_are_few_and_have_a_reason():
    public = {name: VIEWS[name].access[1] for name in NAMES if VIEWS[name].access[0] == "public"}
    assert set(public) == {
        "attendance:offline",
        "first_administrator",
        "first_administrator_link",
        "inspections:calendar_feed",
        "manifest",
        "service_worker",
        "verify",
        "verify_code",
        "accounts:sign_in",
        "accounts:second_step",
        "accounts:single_sign_on",
        "accounts:single_sign_on_back",
        "accounts:forgotten",
        "accounts:reset",
        "accounts:reset_choose",
        "api:problems",
        "api:schema",
        "set_language",
        "robots",
        "security_txt",
        "well_known_change_password",
        "health_live",
        "health_ready",
        "health_backup",
        "health_broker",
        "health_workers",
    }
    assert all(public.values())


@pytest.mark.parametrize("name", NAMES)
def test_nobody_without_signing_in(name, world):
    url = world.objects.url(name)
    is_public = VIEWS[name].access[0] == "public"
    for method in ("GET", "HEAD", "POST", *NEVER):
        status = status_of(Client(), method, url)
        refused = {401, 405} if name.startswith("api:") else {302}
        assert status in ({200, 302, 405} if is_public else refused), (method, status)


@pytest.mark.parametrize("name", NAMES)
def test_reading_own_objects(name, world, sign_in):
    url = world.objects.url(name)
    for person in PEOPLE:
        client = sign_in(getattr(world, person))
        for method in ("GET", "HEAD") if WHOLE else ("GET",):
            status = status_of(client, method, url)
            assert status in ROUTES[name].expected(person), (person, method, status)


@pytest.mark.parametrize("name", NAMES)
def test_writing_to_own_objects(name, world, sign_in):
    url = world.objects.url(name)
    for person in PEOPLE:
        status = status_of(sign_in(getattr(world, person)), "POST", url)
        assert status in ROUTES[name].expected(person, writing=True), (person, status)


@pytest.mark.parametrize("name", NAMES)
def test_other_methods_are_refused(name, world, sign_in):
    url = world.objects.url(name)
    for person in ("teacher_a", "province_officer", "nobody") if WHOLE else ("province_officer",):
        client = sign_in(getattr(world, person))
        for method in NEVER:
            if method == "PUT" and ROUTES[name].puts:
                continue
            status = status_of(client, method, url)
            # Django's own views answer OPTIONS with the methods they have.
            assert status == 405 or (method == "OPTIONS" and status == 200), (method, status)


@pytest.mark.parametrize("name", [name for name in NAMES if ROUTES[name].puts])
def test_putting_to_own_objects(name, world, sign_in):
    url = world.objects.url(name)
    for person in PEOPLE:
        status = status_of(sign_in(getattr(world, person)), "PUT", url)
        # Nothing is sent: who may is told that something is missing.
        allowed = {400} if person in ROUTES[name].puts else {403, 404}
        assert status in allowed, (person, status)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in NAMES
        if VIEWS[name].access[0] != "public" and (ROUTES[name].kwargs or "{" in ROUTES[name].query)
    ],
)
def test_foreign_objects_look_absent(name, world, sign_in):
    foreign, absent = foreign_objects(world).url(name), absent_objects(world.objects).url(name)
    route = ROUTES[name]
    others = [each for each in PEOPLE if each not in route.people]
    # Most of the others are refused before any object is looked for.
    for person in [*route.people, *(others[:1] if IS_SHORT else others)]:
        if person in route.everywhere or person.endswith("_b"):
            continue
        client = sign_in(getattr(world, person))
        for method in ("GET", "POST", "PUT") if route.puts else ("GET", "POST"):
            with transaction.atomic():
                there, nowhere = client.generic(method, foreign), client.generic(method, absent)
                transaction.set_rollback(True)
            assert there.status_code == nowhere.status_code, (person, method)
            assert there.status_code in {403, 404, 405}, (person, method, there.status_code)
            assert route.strip(there) == route.strip(nowhere), (person, method)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in NAMES
        if ROUTES[name].writers and not name.startswith("api:") and name not in NEVER_REFUSED
    ],
)
def test_what_a_form_lacks_is_told_with_its_own_status(name, world, sign_in):
    """No page shows a refused form as 200: a script, a proxy and a log would take it for saved.

    A browser always sends something, the token at least: an empty body would not bind a form.
    """
    url, sent = world.objects.url(name), {"csrfmiddlewaretoken": "-"}
    for person in sorted(ROUTES[name].writers):
        client = sign_in(getattr(world, person))
        with transaction.atomic():
            answer = client.post(url, sent)
            is_file = "attachment" in answer.get("Content-Disposition", "")
            transaction.set_rollback(True)
        assert is_file or answer.status_code in REFUSED_FORM, (person, answer.status_code)
