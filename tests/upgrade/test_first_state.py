"""An installation of the first running state (275bc50), with data, brought to today's version.

`first_state/` holds its database as that state's own migrations and pages made it, for SQLite
and for PostgreSQL, and what it said of its own figures; `make_first_state` makes it again.
"""

import gzip
import json
import sqlite3
import uuid
from pathlib import Path
from types import SimpleNamespace

import psycopg2
import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.sqlite3._functions import register
from django.test import Client

from accounts.models import User
from attendance.models import Absence, Register
from core.months import Month
from inspections.models import Assignment, Committee, Member
from lai_chau_edu.checks import walk_views
from operations.backup.migration_state import applied, require_newest
from reports.selectors.figures import figures
from reports.services.facts import rebuild
from reports.services.verify import verify
from schools.models import Area, Enrolment, School, SchoolClass, SchoolYear
from tests.backup.databases import HERE
from tests.frozen import freeze_time
from tests.permission_table import PEOPLE, READ_OK, ROUTES, own_objects
from tests.whole import WHOLE
from tests.world import MONDAY

FOLDER = Path(__file__).parent / "first_state"
SAID = json.loads((FOLDER / "said.json").read_text(encoding="utf-8"))
MONTHS = [Month(2026, 8), Month(2026, 9), Month(2026, 10)]
DIMENSIONS = ("total", "commune", "school", "class", "level", "sex")
# Alarms ask over connections of their own (tests/operations/test_health.py).
NAMES = sorted(name for name, _route, _view in walk_views() if not name.startswith("health_"))


def load(engine, name):
    """Make the database `name` of the first state, as that state left it."""
    with gzip.open(FOLDER / f"{engine}.sql.gz", "rt", encoding="utf-8") as file:
        text = file.read()
    if engine == "sqlite3":
        database = sqlite3.connect(name)
        # The tables' own rules call a function that Django gives to SQLite.
        register(database)
        database.executescript(text)
        database.close()
        return
    own = connection.settings_dict
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    database = psycopg2.connect(
        dbname=name,
        user=own["USER"],
        password=own["PASSWORD"] or None,
        host=own["HOST"],
        port=own["PORT"] or 5432,
    )
    with database, database.cursor() as cursor:
        cursor.execute(text)
    database.close()


@pytest.fixture(scope="module")
def old_database(django_db_setup, django_db_blocker, tmp_path_factory):
    """The default connection leads to the old database; the suite's own comes back at the end."""
    own = connection.settings_dict
    usual = own["NAME"]
    name = f"{usual}_{uuid.uuid4().hex[:12]}"
    if HERE == "sqlite3":
        name = str(tmp_path_factory.mktemp("first") / "first.sqlite3")
    with django_db_blocker.unblock():
        load(HERE, name)
        connection.close()
        own["NAME"] = name
        ContentType.objects.clear_cache()
        before = applied(connection)
        yield SimpleNamespace(applied=before)
        connection.close()
        own["NAME"] = usual
        ContentType.objects.clear_cache()
        if HERE != "sqlite3":
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            connection.close()


@pytest.fixture(scope="module")
def migrated(old_database):
    """The old database with the tables of today."""
    call_command("migrate", interactive=False, verbosity=0)
    ContentType.objects.clear_cache()
    return old_database


@pytest.fixture
def today():
    with freeze_time(f"{MONDAY} 00:10:00"):
        yield


@pytest.fixture
def province(migrated, today):
    """The people and places of `tests.world`, found in the migrated database; what a test
    writes is taken back."""
    with transaction.atomic():
        yield _found()
        transaction.set_rollback(True)


def _found():
    users = {user.username: user for user in User.objects.all()}
    classes = {each.name: each for each in SchoolClass.objects.all()}
    areas = {each.code: each for each in Area.objects.all()}
    return SimpleNamespace(
        today=MONDAY,
        since=SchoolYear.objects.get().valid_from,
        year=SchoolYear.objects.get(),
        province=areas["12"],
        cluster=areas["C1"],
        commune_a=areas["03001"],
        commune_a2=areas["03002"],
        commune_b=areas["03003"],
        school_a=School.objects.get(code="12A1"),
        site_a=School.objects.get(code="12A1").sites.get(is_main=False),
        class_a=classes["6A"],
        class_a12=classes["1+2 Háng Lìa"],
        school_b=School.objects.get(code="12B1"),
        class_b=classes["6B"],
        teacher_a=users["teacher_a"],
        head_a=users["head_a"],
        teacher_b=users["teacher_b"],
        head_b=users["head_b"],
        commune_officer=users["commune_a"],
        district_officer=users["cluster_a"],
        province_officer=users["province"],
        system_admin=users["sysadmin"],
        member_user=users["member_a"],
        nobody=users["nobody"],
        committee=Committee.objects.get(),
        member=Member.objects.get(),
        assignment=Assignment.objects.get(),
    )


def signed_in(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def said_now():
    """The figures of today's code in the form in which the first state wrote its own."""
    return {
        f"{by} {key} {month.first}": numbers
        for by in DIMENSIONS
        for (key, month), numbers in figures(months=MONTHS, by=by).items()
    }


def differing(found):
    """What the first state said and today's code says otherwise: [(place, measure, then, now)]."""
    return [
        (place, measure, then, getattr(found.get(place), measure, None))
        for place, measures in SAID["figures"].items()
        for measure, then in measures.items()
        if getattr(found.get(place), measure, None) != then
    ]


def test_every_change_of_the_tables_is_made(migrated):
    assert migrated.applied == SAID["migrations"]
    require_newest(connection)
    assert set(migrated.applied) < set(applied(connection))


def test_no_row_is_lost(province):
    found = {
        model._meta.db_table: model._default_manager.count()
        for model in apps.get_models(include_auto_created=True)
    }
    # Names of tables and rights grow with the program; every month is marked to be counted anew.
    grown = {"django_content_type", "auth_permission", "schools_rule", "reports_stalemonth"}
    kept = {table: rows for table, rows in SAID["rows"].items() if table not in grown}
    assert {table: found[table] for table in kept} == kept
    assert kept["attendance_register"] > 100


def test_figures_are_those_of_then_and_wait_to_be_counted_anew(province):
    assert len(SAID["figures"]) > 30
    found = differing(said_now())
    assert [each for each in found if each[1] != "stale"] == []
    # New measures are filled in by the jobs (reports 0005).
    assert {place for place, measure, _then, _now in found} == set(SAID["figures"])


def test_figures_counted_anew_are_those_of_then(province):
    schools = list(School.objects.values_list("pk", flat=True))
    for month in MONTHS:
        rebuild(school_ids=schools, month=month)
    assert differing(said_now()) == []


@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_second_count_finds_no_difference(province, month):
    found = verify(month=month)
    assert found.differences == []


@pytest.mark.parametrize("name", NAMES)
def test_every_page_of_today_answers(province, name):
    url = own_objects(province).url(name)
    for person in PEOPLE if WHOLE else ["teacher_a", "province_officer"]:
        answer = signed_in(getattr(province, person)).get(url)
        if answer.streaming:
            answer.getvalue()
        assert answer.status_code in ROUTES[name].expected(person), (person, answer.status_code)


def test_old_password_still_opens(province):
    answer = Client().post(
        "/accounts/sign-in/", {"username": "head_a", "password": "suong-som-tren-nui"}
    )
    assert answer.status_code in READ_OK
    assert answer.url == "/"


def test_sheet_open_in_a_browser_since_then_is_accepted_once(province):
    queued = SAID["queued"]
    client = signed_in(User.objects.get(username=queued["username"]))
    for _again in range(2):
        answer = client.post(queued["address"], queued["form"])
        assert answer.status_code == 302, answer.content.decode()[-2000:]
    register = Register.objects.get(school_class=queued["class"], date=MONDAY, session="am")
    sent = {
        int(name.removeprefix("mark-")): mark
        for name, mark in queued["form"].items()
        if name.startswith("mark-") and mark
    }
    kept = dict(Absence.objects.filter(register=register).values_list("pupil_id", "mark"))
    assert kept == sent


def test_queue_of_the_first_outbox_is_accepted_once(province):
    """The body is the one of the first version that kept registers on the device (1fd8c92)."""
    pupil = Enrolment.objects.filter(school_class=province.class_a).earliest("pk").pupil_id
    body = {
        "op_id": "0d1f6a52-7a38-4c1e-9d0e-6f2f8d0f5a11",
        "base_revision": 0,
        "sender": "teacher_a",
        "device_time": "2026-10-12T00:05:00.000Z",
        "marks": [{"pupil": pupil, "kind": "P", "reason": "sick"}],
    }
    client = signed_in(province.teacher_a)
    address = f"/api/v1/registers/{province.class_a.pk}/{MONDAY}/am/"
    answers = [client.put(address, body, content_type="application/json") for _again in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200], answers[0].content
    assert {answer.json()["op_id"] for answer in answers} == {body["op_id"]}
