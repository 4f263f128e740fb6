"""`deploy/upgrade` with the product itself: from the tree as it is to one with other tables, there
and back, with data; the web process serves throughout, and on PostgreSQL a worker and a beat run.

Only systemctl is played, by a few lines that start and stop the same commands as the units.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from core.version import VERSION
from tests.backup.databases import HERE
from tests.faults import processes
from tests.faults.scenario import ask
from tests.waiting import wait_until

ROOT = Path(settings.BASE_DIR)
LEFT_OUT = (".git", ".ci", ".venv", ".env", "var", "staticfiles", "bench", "docs", "tests")
NEW = ".".join([str(int(VERSION.split(".")[0]) + 1), "0", "0"])
PATIENCE = 420  # seconds, for one upgrade on a busy machine
JOB = "core.long_job_of_the_test"

# The new version: a new table with a row of its own, and a column in a table that has rows.
MODEL = """

from django.db import models


class Extra(models.Model):
    note = models.CharField(max_length=40)

    class Meta:
        app_label = "core"


from django.apps import apps


def _grow(pupil):
    pupil.add_to_class("of_the_test", models.CharField(max_length=9, default="new"))


# Whichever of the two apps is loaded first.
apps.lazy_model_operation(_grow, ("schools", "pupil"))
"""
MIGRATION = """
from django.db import migrations, models


def fill(apps, schema_editor):
    apps.get_model("core", "Extra").objects.create(note="of the new version")


class Migration(migrations.Migration):
    dependencies = [{core}, {schools}]
    operations = [
        migrations.CreateModel(
            "Extra",
            [
                ("id", models.BigAutoField(primary_key=True, auto_created=True, serialize=False)),
                ("note", models.CharField(max_length=40)),
            ],
        ),
        migrations.RunPython(fill),
    ]
"""
COLUMN = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [{schools}]
    operations = [
        migrations.AddField(
            "pupil", "of_the_test", models.CharField(max_length=9, default="new")
        ),
    ]
"""
BROKEN = """
from django.db import migrations


def fail(apps, schema_editor):
    raise RuntimeError("the migration of the test fails")


class Migration(migrations.Migration):
    dependencies = [("core", "9998_extra")]
    operations = [migrations.RunPython(fail)]
"""
LONG_JOB = f"""
import os
import time
from pathlib import Path

from celery import shared_task


@shared_task(name="{JOB}")
def long_job(folder):
    folder = Path(folder)
    (folder / "job-began").touch()
    while not (folder / "job-may-end").exists():
        time.sleep(0.05)
    (folder / "job-ended").touch()
"""
SERVICE = """
import os, signal, subprocess, sys, time
from pathlib import Path

base, what, name, command = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
noted = base / f"{name}.pid"


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if what == "stop":
    if noted.exists():
        pid = int(noted.read_text())
        if runs(pid):
            os.kill(pid, signal.SIGTERM)
        while runs(pid):
            time.sleep(0.05)
        noted.unlink()
elif not noted.exists():
    lines = (base / "environment").read_text().splitlines()
    with (base / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=base / "app", env=dict(line.split("=", 1) for line in lines) | {
                "PATH": os.environ["PATH"]
            },
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )
    noted.write_text(str(process.pid))
"""
# What a version says of its own data: the figures, and the rows of all it keeps for people.
SAID = """
import hashlib, json
from dataclasses import asdict
from django.apps import apps
from django.core import serializers
from django.db import connection
from reports.selectors.figures import figures
from core.months import Month
from django.utils import timezone

months = [Month.of(timezone.localdate())]
found = {
    f"{by} {key}": {name: str(value) for name, value in asdict(numbers).items()}
    for by in ("total", "commune", "school", "class", "level", "sex")
    for (key, month), numbers in figures(months=months, by=by).items()
}
rows = {}
for label in ("schools", "attendance", "accounts", "mobilisation", "inspections"):
    for model in apps.get_app_config(label).get_models(include_auto_created=True):
        # What the timetable and the workers write of themselves.
        if "Job" in model.__name__ or model.__name__ == "Rule":
            continue
        text = serializers.serialize("json", model._default_manager.order_by("pk"))
        objects = json.loads(text)
        for each in objects:
            each["fields"].pop("of_the_test", None)
        rows[model._meta.label] = [len(objects), json.dumps(objects, sort_keys=True)]
with connection.cursor() as cursor:
    # SQLite keeps notes of its own among the tables.
    names = connection.introspection.table_names(cursor)
tables = sorted(name for name in names if not name.startswith("sqlite_"))
print("SAID" + json.dumps({"figures": found, "rows": rows, "tables": tables}))
"""


class Site:
    """An installation in a folder: releases, link, environment, services, a database with data."""

    def __init__(self, base, database_url, redis_url):
        self.base, self.redis_url = base, redis_url
        self.port = processes.free_port()
        self.environment = {
            "SECRET_KEY": "of-the-upgrade-test-" + uuid.uuid4().hex + uuid.uuid4().hex,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "ALLOWED_HOSTS": "chuyencan.example.vn",
            "TRUSTED_PROXY": "true",
            "FILES_DIR": str(base / "files"),
            "WEB_CONCURRENCY": "1",
            "LOG_LEVEL": "INFO",
            "PYTHONUTF8": "1",
        }
        for folder in ("releases", "files", "backups"):
            (base / folder).mkdir(parents=True)
        lines = [f"{name}={value}\n" for name, value in self.environment.items()]
        (base / "environment").write_text("".join(lines))
        (base / "files" / "report.txt").write_text("một tệp")
        (base / "service.py").write_text(SERVICE)
        self._write_services()
        self.release(VERSION)
        (base / "app").symlink_to(base / "releases" / VERSION)

    def _write_services(self):
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "lai_chau_edu"]
        web = [sys.executable, "-m", "gunicorn", "lai_chau_edu.wsgi"]
        commands = {"web": [*web, "--bind", f"127.0.0.1:{self.port}"]}
        if self.redis_url:
            beat = [*celery, "beat", "--schedule", self.base / "beat", "--pidfile="]
            worker = [*celery, "worker", "-O", "fair", "--concurrency=1"]
            commands = {"beat": beat, "worker": worker, **commands}
        self.services = {
            name: {
                what: [str(part) for part in (sys.executable, self.base / "service.py", self.base,
                                              what, name, *command)]
                for what in ("stop", "start")
            }
            for name, command in commands.items()
        }  # fmt: skip
        (self.base / "services.json").write_text(json.dumps(self.services))

    def release(self, version):
        """A copy of this tree with that version and an environment of its own; its folder."""
        folder = self.base / "releases" / version
        shutil.copytree(
            ROOT, folder, ignore=lambda path, names: {
                each for each in names
                if each == "__pycache__" or (Path(path) == ROOT and each in LEFT_OUT)
            },
        )  # fmt: skip
        project = folder / "pyproject.toml"
        text = re.sub(r'(?m)^version = "[^"]+"', f'version = "{version}"', project.read_text())
        project.write_text(text)
        # The packages of the tests' own environment; not a link to it, which `venv --clear`
        # would empty.
        python = folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        wanted = hashlib.sha256((folder / "requirements.txt").read_bytes()).hexdigest()
        (folder / ".installed").write_text(wanted)
        return folder

    def new_release(self, *, broken=False):
        """The next version, whose tables are others; with `broken` its second change fails."""
        folder = self.release(NEW)
        with (folder / "core" / "models" / "__init__.py").open("a") as file:
            file.write(MODEL)
        last = {app: repr((app, newest_migration(folder, app))) for app in ("core", "schools")}
        changes = {"core/migrations/9998_extra.py": MIGRATION,
                   "schools/migrations/9998_column.py": COLUMN}  # fmt: skip
        if broken:
            changes["core/migrations/9999_broken.py"] = BROKEN
        for name, text in changes.items():
            (folder / name).write_text(text.format(**last) if text is not BROKEN else text)
        return folder

    def upgrade(self, *arguments):
        """`deploy/upgrade` of the new version, started."""
        command = [sys.executable, self.base / "releases" / NEW / "deploy" / "upgrade"]
        command += ["--user", "", "--url", f"http://127.0.0.1:{self.port}"]
        command += ["--backups", self.base / "backups", "--services", self.base / "services.json"]
        return subprocess.Popen(
            [*map(str, command), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean(),
        )  # fmt: skip

    def manage(self, version, *arguments):
        """What a management command of a version prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.base / "releases" / version, env=clean() | self.environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def said(self, version):
        """What a version says of its own data."""
        return json.loads(self.manage(version, "shell", "--command", SAID).rpartition("SAID")[2])

    def in_place(self):
        """The version that the link names."""
        return (self.base / "app").resolve().name

    def answers(self, path="/accounts/sign-in/"):
        """Status with which the running web process answers a page, 0 when it does not."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            headers={"Host": "chuyencan.example.vn", "X-Forwarded-Proto": "https"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def start(self):
        for each in self.services.values():
            subprocess.run(each["start"], check=True)
        wait_until(lambda: self.answers() == 200, "the web process answers")

    def end(self):
        """End whatever service still runs."""
        for noted in self.base.glob("*.pid"):
            try:
                os.killpg(int(noted.read_text()), signal.SIGKILL)
            except ProcessLookupError:
                continue

    def logs(self):
        return "\n".join(path.read_text()[-3000:] for path in self.base.rglob("*.log"))


def clean():
    """Nothing of the caller's own settings."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def newest_migration(folder, app):
    return max(path.stem for path in (folder / app / "migrations").glob("0*.py"))


@pytest.fixture(scope="module")
def database_url(django_db_setup, django_db_blocker, tmp_path_factory):
    """A new database of the engine of this run, with the ground of the fault tests in it."""
    folder = tmp_path_factory.mktemp("ground")
    if HERE == "sqlite3":
        url = f"sqlite:///{folder / 'province.sqlite3'}"
        fill(url, folder)
        yield url
        return
    here = connections["default"]
    own = here.settings_dict
    name = f"{own['NAME']}_{uuid.uuid4().hex[:12]}"
    password = f":{own['PASSWORD']}" if own["PASSWORD"] else ""
    url = f"postgres://{own['USER']}{password}@{own['HOST']}:{own['PORT'] or 5432}/{name}"
    with django_db_blocker.unblock(), here._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        fill(url, folder)
        yield url
    finally:
        with django_db_blocker.unblock(), here._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        here.close()


def fill(url, folder):
    """The ground, its registers of today, and the official units beside the invented ones."""
    environment = processes.environment(url, folder)
    ask(environment, "make")
    ask(environment, "round", 1)
    aside = (
        "from django.db.models import F, Value; from django.db.models.functions import Concat; "
        "from schools.models import Area; Area.objects.update(code=Concat(Value('X'), F('code')))"
    )
    load = ["load_units", "--clusters"]
    for command in (["shell", "--command", aside], load, ["rebuild_months"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True,
            capture_output=True,
        )  # fmt: skip


@pytest.fixture
def redis_url(tmp_path):
    """A broker of our own; on SQLite none, as that is one computer's."""
    if HERE == "sqlite3":
        yield ""
        return
    redis = processes.Redis(tmp_path).start()
    yield redis.url
    redis.kill()


@pytest.fixture
def site(database_url, redis_url, tmp_path):
    found = Site(tmp_path / "site", database_url, redis_url)
    yield found
    found.end()


def ended(upgrade):
    """(exit code, what it printed) of an upgrade that was started."""
    said, _nothing = upgrade.communicate(timeout=PATIENCE)
    return upgrade.returncode, said


def test_there_and_back_with_data(site):
    if site.redis_url:
        (site.base / "releases" / VERSION / "core" / "tasks.py").write_text(LONG_JOB)
    site.start()
    before = site.said(VERSION)
    assert before["figures"]
    assert before["rows"]["attendance.Register"][0] >= 15
    site.new_release()
    if site.redis_url:
        send = f"from lai_chau_edu.celery import app; app.send_task('{JOB}', ['{site.base}'])"
        site.manage(VERSION, "shell", "--command", send)
        wait_until((site.base / "job-began").exists, "the worker is at a job")

    upgrade = site.upgrade()
    if site.redis_url:
        log = site.base / "upgrades" / f"{NEW}.log"
        wait_until(
            lambda: log.exists() and "inspect active" in log.read_text(), "it waits", PATIENCE
        )
        assert site.answers() == 200  # people go on while jobs end
        (site.base / "job-may-end").touch()
    code, said = ended(upgrade)
    assert code == 0, said + site.logs()
    assert site.in_place() == NEW
    assert site.answers() == 200
    if site.redis_url:
        assert (site.base / "job-ended").exists()
    new = site.said(NEW)
    assert new["figures"] == before["figures"]
    assert new["rows"] == before["rows"]
    assert "core_extra" in new["tables"]

    # What is sent to the new version is told and kept, not brought back.
    ask(processes.environment(site.environment["DATABASE_URL"], site.base), "round", 2)
    code, said = ended(site.upgrade("--back"))
    assert code == 0, said + site.logs()
    assert "15 lần gửi sổ điểm danh" in said
    assert site.in_place() == VERSION
    assert site.answers() == 200
    again = site.said(VERSION)
    assert set(again["tables"]) == set(before["tables"])
    assert again == before
    assert (site.base / "files" / "report.txt").read_text() == "một tệp"
    site.manage(VERSION, "verify_months")
    site.manage(VERSION, "migrate", "--check")


def test_change_of_the_tables_that_fails_leaves_the_old_version_serving(site):
    site.start()
    before = site.said(VERSION)
    site.new_release(broken=True)
    code, said = ended(site.upgrade())
    assert code == 1, said
    assert "the migration of the test fails" in said
    assert site.in_place() == VERSION
    assert site.answers() == 200
    assert site.answers("/health/ready/") == 200
    assert site.said(VERSION) == before
