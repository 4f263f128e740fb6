"""Looking at the pages as the teacher of a class: what both may read, and nothing written."""

import datetime

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import RoleGrant
from accounts.scoping import scope_for
from accounts.viewing import guard, session
from accounts.viewing.scoping import narrowed
from core.models import Event
from core.permissions import Permission as P
from lai_chau_edu.checks import walk_views
from operations import health
from schools.models import NamesShown
from tests.fingerprints import fingerprints
from tests.frozen import freeze_time
from tests.html_query import read
from tests.permission_table import READ_OK, own_objects
from tests.whole import WHOLE

pytestmark = pytest.mark.django_db

NAMES = sorted(name for name, _route, _view in walk_views())
# What the product counts of every request, and the refusals themselves.
BOOKKEEPING = {"core_event"}


@pytest.fixture(autouse=True)
def background_work(monkeypatch):
    for probe in (health.database_probe, health.pulse_probe):
        monkeypatch.setattr(probe, "is_well", lambda: True)


@pytest.fixture
def view(world, sign_in):
    """Function: a client that looks at 6A."""

    def begin(person, school_class=None):
        client = sign_in(person)
        class_id = (school_class or world.class_a).pk
        answer = client.post(reverse("accounts:view_begin", args=[class_id]))
        return client, answer

    return begin


def sheet_url(world):
    return reverse("attendance:sheet", args=[world.class_a.pk, world.today, "am"])


def test_head_sees_the_teachers_pages(world, view):
    client, answer = view(world.head_a)
    assert answer["Location"] == reverse("home")
    home = client.get(reverse("home"), follow=True)
    assert home.redirect_chain[-1][0] == reverse("attendance:today")
    page = read(home)
    assert "Đang xem như giáo viên lớp 6A" in page.one(".pretence").text
    assert "1+2" not in page.one("main").text  # another class of the school
    entries = [each.text.strip() for each in page.select(".strip a")]
    assert "Cài đặt" not in entries
    assert "Tài khoản" not in entries
    sheet = read(client.get(sheet_url(world)))
    assert sheet.one("form#register .actionbar button.button--primary").text.strip()
    # No class list, outbox or script of the reader's own device has a part in it.
    assert sheet.select("#offline") == []
    assert not [each for each in sheet.select("script") if "register.js" in each.get("src")]


def test_beginning_and_ending_leave_events(world, view):
    client, _answer = view(world.head_a)
    begun = Event.objects.get(kind="viewing.begun")
    assert begun.actor == world.head_a
    assert (begun.object_id, begun.school_id) == (str(world.class_a.pk), world.school_a.pk)
    answer = client.post(reverse("accounts:view_end"))
    assert answer["Location"] == reverse("schools:school_class", args=[world.class_a.pk])
    assert Event.objects.filter(kind="viewing.ended", actor=world.head_a).count() == 1
    assert "pretence" not in client.get(answer["Location"]).content.decode()
    # Nothing is looked at: nothing ends.
    client.post(reverse("accounts:view_end"))
    assert Event.objects.filter(kind="viewing.ended").count() == 1


def test_names_seen_are_written_to_the_reader(world, view):
    client, _answer = view(world.commune_officer)
    client.get(sheet_url(world))
    row = NamesShown.objects.get(kind="sheet")
    assert (row.user_id, row.roles, row.names) == (world.commune_officer.pk, "viewing", 6)


@pytest.mark.parametrize(
    "person",
    ["teacher_a", "teacher_b", "head_b", "district_officer", "province_officer", "member_user"],
)
def test_others_may_not(world, view, person):
    """Nobody without the names of this class, and no teacher: theirs are the own pages."""
    client, answer = view(getattr(world, person))
    assert answer.status_code in {403, 404}
    assert session.KEY not in client.session
    assert not Event.objects.filter(kind="viewing.begun").exists()


def test_administrator_may_not(world, view):
    _client, answer = view(world.system_admin)
    assert answer.status_code == 403


@pytest.mark.parametrize("person", ["head_a", "commune_officer"] if WHOLE else ["head_a"])
def test_every_write_is_refused(world, view, person):
    objects = own_objects(world)
    client, _answer = view(getattr(world, person))
    client.get(reverse("home"))
    before = fingerprints(but=BOOKKEEPING)
    for name in NAMES:
        if name in guard.WAYS_OUT or name.startswith("health"):
            continue
        answer = client.post(objects.url(name))
        assert answer.status_code == 403, (name, answer.status_code)
    assert fingerprints(but=BOOKKEEPING) == before
    assert session.class_looked_at(client) == world.class_a.pk


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(world, view, method):
    client, _answer = view(world.head_a)
    for url in (sheet_url(world), reverse("home"), reverse("api:session")):
        assert client.generic(method, url).status_code == 403


def statuses(client, objects, names=NAMES):
    found = {}
    for name in names:
        with transaction.atomic():
            answer = client.get(objects.url(name))
            if answer.streaming:
                answer.getvalue()
            transaction.set_rollback(True)
        found[name] = answer.status_code
    return found


@pytest.mark.parametrize("person", ["head_a", "commune_officer"])
def test_only_what_both_may_is_read(world, sign_in, view, person):
    objects = own_objects(world)
    client, _answer = view(getattr(world, person))
    seen = {name for name, status in statuses(client, objects).items() if status == 200}
    assert {"attendance:sheet", "schools:school_class", "help"} <= seen
    assert ("attendance:today" in seen) == (person == "head_a")  # who takes registers
    # An own page may lead on to the school's.
    teacher = statuses(sign_in(world.teacher_a), objects, seen)
    own = statuses(sign_in(getattr(world, person)), objects, seen)
    both = {name for name in seen if teacher[name] == 200 and own[name] in READ_OK}
    assert seen == both
    # The letter of a family is for the school.
    assert ("attendance:leave_letter" in seen) == (person == "head_a")
    assert not {name for name in seen if name.partition(":")[0] in guard.CLOSED_NAMESPACES}


@pytest.mark.parametrize(
    "name", ["accounts:tokens", "accounts:second_factor", "accounts:browsers", "accounts:password"]
)
def test_keys_and_second_steps_stay_closed(world, view, name):
    client, _answer = view(world.head_a)
    assert client.get(reverse(name)).status_code == 403
    answer = client.get(reverse("api:offline"))
    assert (answer.status_code, answer.json()["code"]) == (403, "viewing")
    client.post(reverse("accounts:view_end"))
    assert client.get(reverse(name)).status_code == 200


def test_django_admin_stays_closed(world, view):
    world.head_a.is_staff = world.head_a.is_superuser = True
    world.head_a.save()
    client, _answer = view(world.head_a)
    assert client.get(reverse("admin:index")).status_code == 403


def test_it_is_another_classes_no_page(world, view):
    client, _answer = view(world.head_a)
    other = reverse("attendance:sheet", args=[world.class_a12.pk, world.today, "am"])
    assert client.get(other).status_code == 404
    school = reverse("schools:school", args=[world.school_a.pk])
    assert client.get(school).status_code in {403, 404}


def test_it_ends_by_itself(world, view):
    client, _answer = view(world.head_a)
    school = reverse("schools:school", args=[world.school_a.pk])
    almost = timezone.now() + datetime.timedelta(seconds=session.LIFE - 1)
    with freeze_time(almost):
        assert client.get(school).status_code in {403, 404}
    with freeze_time(almost + datetime.timedelta(seconds=2)):
        assert client.get(school).status_code == 200


def test_it_ends_with_the_readers_right(world, view):
    client, _answer = view(world.head_a)
    assert client.get(sheet_url(world)).status_code == 200
    RoleGrant.objects.filter(user=world.head_a).update(valid_to=world.today)
    assert client.get(sheet_url(world)).status_code == 403
    page = client.get(reverse("home"))
    assert page.status_code == 200
    assert client.post(reverse("accounts:view_end")).status_code == 302


def test_narrowed_scope_is_the_intersection(world):
    taken = narrowed(scope_for(world.head_a), world.class_a.pk)
    seen = {P.VIEW_FIGURES, P.VIEW_PUPILS, P.VIEW_REGISTER, P.FOLLOW_CHILDREN}
    assert taken.permissions == seen | {P.TAKE_REGISTER}
    read_only = narrowed(scope_for(world.commune_officer), world.class_a.pk)
    assert read_only.permissions == seen
    assert read_only.places(P.VIEW_PUPILS).classes == {world.class_a.pk}
    assert not read_only.places(P.VIEW_PUPILS).areas
    assert narrowed(scope_for(world.head_a), world.class_b.pk).permissions == frozenset()


def test_signing_out_ends_it(world, view):
    client, _answer = view(world.head_a)
    assert client.post(reverse("accounts:sign_out")).status_code == 302
    assert session.KEY not in client.session
