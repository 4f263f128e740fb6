"""Write the fixture of `tests.upgrade`: a province kept by the first running state, 275bc50.

It runs inside that state's own tree, on a new database of SQLite or PostgreSQL, with that
state's own migrations, services and pages. To make the fixture again:

    git archive 275bc50 | tar -x -C /tmp/first
    cd /tmp/first
    DATABASE_URL=sqlite:////tmp/first.sqlite3 python …/make_first_state.py …/first_state
    DATABASE_URL=postgres://postgres@127.0.0.1/first python …/make_first_state.py …/first_state

The first writes `sqlite3.sql.gz`, the second (an empty database; needs pg_dump)
`postgresql.sql.gz`; each also writes `said.json`, what that state said of its own data, and
both the same.
Everybody in it is invented.
"""

import datetime
import gzip
import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

SETTINGS = {
    "SECRET_KEY": "of-the-first-state-" + "x" * 40,
    "HTTPS": "false",
    "ALLOWED_HOSTS": "testserver",
    "DJANGO_SETTINGS_MODULE": "tests.settings",
}
TODAY = datetime.date(2026, 10, 12)
BEGIN = datetime.date(2026, 8, 31)
MARKS = ["", "", "", "P", "", "K", "", "M"]
REASONS = {"P": "sick", "K": "", "M": ""}


def main(folder):
    """Migrate, fill and dump the database of DATABASE_URL."""
    os.environ.update(SETTINGS)
    sys.path.insert(0, os.getcwd())
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", interactive=False, verbosity=0)
    said = fill()
    engine = connection.settings_dict["ENGINE"].rpartition(".")[2]
    text = dump(connection, engine)
    said["migrations"] = applied(connection)
    with gzip.GzipFile(folder / f"{engine}.sql.gz", "wb", mtime=0) as file:
        file.write(text.encode())
    content = json.dumps(said, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / "said.json").write_text(content + "\n", encoding="utf-8")


def applied(connection):
    """The migrations applied, as "app.name", sorted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return sorted(".".join(row) for row in cursor.fetchall())


def fill():
    """The small world with seven weeks of registers, closures, flags, a plan and a visit."""
    from core.months import Month
    from inspections.services.plans import approve_plan, draft_plan
    from inspections.services.visits import record_visit
    from reports.services.facts import rebuild
    from reports.services.flags import raise_flags
    from reports.services.verify import verify
    from schools.models import School
    from tests.frozen import freeze_time
    from tests.world import build_world

    with freeze_time(f"{BEGIN} 00:00:00"):
        world = build_world(TODAY)
    send_all(world)
    months = [Month(2026, 8), Month(2026, 9), Month(2026, 10)]
    schools = list(School.objects.values_list("pk", flat=True))
    with freeze_time(f"{TODAY} 00:10:00"):
        for month in months:
            rebuild(school_ids=schools, month=month)
            raise_flags(month=month)
        plan = draft_plan(
            area=world.province, month=Month(2026, 10), capacity=3, by=world.province_officer
        )
        plan.visits.update(member=world.member, planned_on=TODAY)
        approve_plan(plan=plan, by=world.province_officer)
        due = datetime.date(2026, 11, 1)
        record_visit(
            visit=plan.visits.first(),
            visited_on=TODAY,
            result="Lớp 6A vắng nhiều vào thứ Hai.",
            by=world.member_user,
            recommendations=[("Gọi điện cho từng gia đình", "Hiệu trưởng", due)],
        )
        for month in months:
            found = verify(month=month)
            assert not found.differences, found
        return {"figures": said_of(months), "queued": queued(world), "rows": rows()}


def send_all(world):
    """Registers of every day from BEGIN to yesterday, as the pages of that time sent them."""
    from django.test import Client

    from tests.frozen import freeze_time

    sessions = [
        (world.class_a, "am", world.head_a),
        (world.class_a12, "am", world.head_a),
        (world.class_a12, "pm", world.head_a),
        (world.class_b, "am", world.head_b),
    ]
    for day in range((TODAY - BEGIN).days):
        day = BEGIN + datetime.timedelta(days=day)
        with freeze_time(f"{day} 08:00:00"):
            for turn, (school_class, session, user) in enumerate(sessions):
                number = day.toordinal() * len(sessions) + turn
                if number % 11 == 0:
                    continue  # some registers are missing
                client = Client()
                client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
                form = form_of(client, school_class, day, session, number)
                if number % 17 == 0:
                    form |= {"state": "not_held", "not_held_reason": "cold"}
                answer = client.post(address(school_class, day, session), form)
                assert answer.status_code == 302, (form, answer.content.decode())


def address(school_class, day, session):
    """Where the sheet of a class session stood, and stands."""
    return f"/attendance/{school_class.pk}/{day}/{session}/"


def form_of(client, school_class, day, session, number):
    """The fields which the sheet's form posts: its hidden ones as given, the marks made here."""
    page = client.get(address(school_class, day, session)).content.decode()
    page = re.search(r'<form[^>]*id="register".*?</form>', page, re.DOTALL)[0]
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    form.pop("csrfmiddlewaretoken", None)
    form["operation_id"] = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{school_class.pk} {day} {session}"))
    for index, pupil in enumerate(dict.fromkeys(re.findall(r'name="mark-(\d+)"', page))):
        mark = MARKS[(index + number) % len(MARKS)]
        form[f"mark-{pupil}"] = mark
        if REASONS.get(mark):
            form[f"reason-{pupil}"] = REASONS[mark]
    return form


def queued(world):
    """A sheet that was open in a browser when the new version came: where and what it posts."""
    from django.test import Client

    client = Client()
    client.force_login(world.teacher_a, backend="django.contrib.auth.backends.ModelBackend")
    return {
        "username": world.teacher_a.username,
        "address": address(world.class_a, TODAY, "am"),
        "form": form_of(client, world.class_a, TODAY, "am", 3),
        "class": world.class_a.pk,
    }


def said_of(months):
    """The figures of that state: {"dimension key month": {measure: number}}."""
    from dataclasses import asdict

    from reports.selectors.figures import figures

    found = {}
    for by in ("total", "commune", "school", "class", "level", "sex"):
        for (key, month), numbers in figures(months=months, by=by).items():
            found[f"{by} {key} {month.first}"] = {
                name: value for name, value in asdict(numbers).items() if isinstance(value, int)
            }
    return found


def rows():
    """Rows of every table of a model."""
    from django.apps import apps

    return {
        model._meta.db_table: model._default_manager.count()
        for model in apps.get_models(include_auto_created=True)
        if model._meta.db_table != "django_session"
    }


def dump(connection, engine):
    """The whole database as SQL statements, one after the other."""
    if engine == "sqlite3":
        connection.ensure_connection()
        return "\n".join(connection.connection.iterdump()) + "\n"
    own = connection.settings_dict
    command = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", "--username", own["USER"]]
    command += ["--host", own["HOST"], own["NAME"]]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = text.splitlines()
    return "\n".join(line for line in lines if not line.startswith(("\\", "--"))) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
