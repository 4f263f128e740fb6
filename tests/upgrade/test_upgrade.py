"""`deploy/upgrade`: refusals, every step killed, and the way back, on a program of a few lines.

The two versions here keep their "database" in a JSON file and refuse what the product refuses:
a backup of other tables than their own. `test_upgrade_real` does it with the product itself.
"""

import http.server
import json
import shlex
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

SCRIPT = Path(settings.BASE_DIR) / "deploy" / "upgrade"
# They import nothing that is installed, and an upgrade starts fifteen of them.
BARE_PYTHON = [sys.executable, "-E", "-S"]
# Each call may kill the upgrade that made it, before or after its own work.
PROGRAM = """
import json, os, signal, sys, time, zipfile
from pathlib import Path

here = Path.cwd().resolve().name
base = Path(os.environ["BASE"])
name, *rest = sys.argv[1:]
kill = (base / "kill").read_text() if (base / "kill").exists() else ""
fail = (base / "fail").read_text() if (base / "fail").exists() else ""

def maybe(moment):
    if kill == f"{name} {here} {moment}":
        (base / "kill").unlink()
        os.kill(os.getppid(), signal.SIGKILL)

def load():
    return json.loads((base / "database").read_text())

maybe("before")
with (base / "calls").open("a") as calls:
    calls.write(f"{here} {name}\\n")
if fail in (name, f"{name} {here}"):
    sys.exit(f"{name} does not want to")
if name == "shell":
    print("objects imported automatically")
    print("bytes", 1000)
elif name == "backup":
    if load()["tables"] != here:
        sys.exit(15)
    folder = Path(rest[1])
    folder.mkdir(parents=True, exist_ok=True)
    number = len(list(base.glob("upgrades/*"))) + time.time_ns()
    with zipfile.ZipFile(folder / f"lai-chau-edu-{number}.backup", "w") as archive:
        table = {"name": "attendance_registerrevision"}
        rows = [{"table": table, "print": {"rows": load()["rows"]}}]
        archive.writestr("manifest.json", json.dumps({"tables": rows, "database": load()}))
elif name == "migrate":
    (base / "database").write_text(json.dumps(load() | {"tables": here}))
elif name == "restore":
    with zipfile.ZipFile(rest[0]) as archive:
        was = json.loads(archive.read("manifest.json"))["database"]
    (base / "database").write_text(json.dumps(was))
elif name == "doctor":
    print("[]")
maybe("after")
"""
SERVICE = """
import os, signal, sys
from pathlib import Path
base, name, what = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
kill = (base / "kill").read_text() if (base / "kill").exists() else ""
if kill == f"{what} {name}":
    (base / "kill").unlink()
    os.kill(os.getppid(), signal.SIGKILL)
(base / f"{name}.is").write_text(what + " " + (base / "app").resolve().name)
"""
BEFORE_TABLES_CHANGE = [
    "shell 1.0.0 before",
    "compile_translations 1.1.0 before",
    "backup 1.0.0 before",
    "backup 1.0.0 after",
    "doctor 1.0.0 before",
    "stop beat",
    "stop worker",
    "stop web",
]
AFTERWARDS = [
    "migrate 1.1.0 before",
    "migrate 1.1.0 after",
    "load_units 1.1.0 before",
    "start web",
    "start beat",
    "doctor 1.1.0 before",
    "verify_months 1.1.0 after",
]
ON_THE_WAY_BACK = [
    "stop web",
    "backup 1.1.0 before",
    "backup 1.1.0 after",
    "restore 1.1.0 before",
    "restore 1.1.0 after",
    "migrate 1.0.0 before",
    "start web",
]


@pytest.fixture
def site(tmp_path):
    """An installation of 1.0.0 with 1.1.0 unpacked beside it; its web answers by itself."""
    base = tmp_path / "site"
    for version in ("1.0.0", "1.1.0"):
        release = base / "releases" / version
        (release / "deploy").mkdir(parents=True)
        (release / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n')
        (release / "manage.py").write_text(PROGRAM)
        (release / "requirements.txt").write_text("")
        shutil.copy(SCRIPT, release / "deploy" / "upgrade")
        (release / "core").mkdir()
        for name in ("__init__.py", "secret_files.py"):
            shutil.copy(SCRIPT.parents[1] / "core" / name, release / "core" / name)
        (release / ".venv" / "bin").mkdir(parents=True)
        python = release / ".venv" / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec {shlex.join(BARE_PYTHON)} "$@"\n')
        python.chmod(0o755)
        # The hash of no requirements: nothing is to be installed.
        (release / ".installed").write_text(
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
    (base / "app").symlink_to(base / "releases" / "1.0.0")
    (base / "environment").write_text(f"# of the test\nBASE={base}\nFILES_DIR='{base}/files'\n")
    (base / "database").write_text(json.dumps({"tables": "1.0.0", "rows": 7}))
    (base / "service.py").write_text(SERVICE)
    (base / "backups").mkdir()
    services = {
        name: {
            what: [*BARE_PYTHON, str(base / "service.py"), str(base), name, what]
            for what in ("stop", "start")
        }
        for name in ("beat", "worker", "web")
    }
    (base / "services.json").write_text(json.dumps(services))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Ready) as server:
        server.base = base
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield SimpleNamespace(base=base, url=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join(20)


class _Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        web = self.server.base / "web.is"
        runs = web.exists() and web.read_text().startswith("start")
        self.send_response(200 if runs else 503)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def upgrade(site, *arguments, version="1.1.0"):
    command = [*BARE_PYTHON, site.base / "releases" / version / "deploy" / "upgrade"]
    command += ["--user", "", "--url", site.url, "--ready", "0.2", "--drain", "0"]
    command += ["--backups", site.base / "backups", "--services", site.base / "services.json"]
    return subprocess.run(
        [*map(str, command), *arguments], capture_output=True, text=True, timeout=600
    )


def order(site, name, text):
    (site.base / name).write_text(text)


def send_registers(site, count):
    database = json.loads((site.base / "database").read_text())
    database["rows"] += count
    (site.base / "database").write_text(json.dumps(database))


def standing(site):
    """What an operator finds: the version in place, the database, the services."""
    database = json.loads((site.base / "database").read_text())
    services = {name: (site.base / f"{name}.is").read_text() for name in ("beat", "worker", "web")}
    return (site.base / "app").resolve().name, database, services


def all_started(version):
    return dict.fromkeys(("beat", "worker", "web"), f"start {version}")


NEW = ("1.1.0", {"tables": "1.1.0", "rows": 7}, all_started("1.1.0"))
OLD = ("1.0.0", {"tables": "1.0.0", "rows": 7}, all_started("1.0.0"))


def calls(site):
    return (site.base / "calls").read_text().splitlines()


def test_steps_in_their_order_and_a_log_of_them(site):
    done = upgrade(site)
    assert done.returncode == 0, done.stderr
    assert standing(site) == NEW
    assert calls(site) == [
        "1.0.0 shell",
        "1.1.0 compile_translations",
        "1.0.0 backup",
        "1.0.0 doctor",
        "1.0.0 backup",
        "1.1.0 migrate",
        "1.1.0 load_units",
        "1.1.0 doctor",
        "1.1.0 verify_months",
    ]
    log = (site.base / "upgrades" / "1.1.0.log").read_text()
    for step in ("check", "prepare", "backup", "drain", "stop", "last backup", "migrate", "verify"):
        assert f"[{step}] xong / done" in log
    assert all(line[:4].isdecimal() and "+" in line[:26] for line in log.splitlines())
    assert len(list(site.base.glob("backups/*/*.backup"))) == 1
    again = upgrade(site)
    assert (again.returncode, standing(site)) == (0, NEW)


@pytest.mark.parametrize("where", [*BEFORE_TABLES_CHANGE, *AFTERWARDS])
def test_killed_upgrade_goes_on_with_the_same_command(site, where):
    order(site, "kill", where)
    assert upgrade(site).returncode == -9
    assert not (site.base / "kill").exists()
    done = upgrade(site)
    assert done.returncode == 0, done.stderr
    assert standing(site) == NEW
    # And what it went through left a backup that leads back.
    assert upgrade(site, "--back").returncode == 0
    assert standing(site) == OLD


@pytest.mark.parametrize("where", AFTERWARDS)
def test_killed_upgrade_can_be_taken_back_instead(site, where):
    order(site, "kill", where)
    assert upgrade(site).returncode == -9
    done = upgrade(site, "--back")
    assert done.returncode == 0, done.stderr
    assert standing(site) == OLD


@pytest.mark.parametrize("where", ON_THE_WAY_BACK)
def test_killed_way_back_goes_on_with_the_same_command(site, where):
    assert upgrade(site).returncode == 0
    send_registers(site, 5)
    order(site, "kill", where)
    assert upgrade(site, "--back").returncode == -9
    refused = upgrade(site)
    assert (refused.returncode, "--back" in refused.stderr) == (1, True)
    done = upgrade(site, "--back")
    assert done.returncode == 0, done.stderr
    assert standing(site) == OLD


def test_way_back_says_what_it_leaves_behind_and_keeps_it(site):
    assert upgrade(site).returncode == 0
    send_registers(site, 5)
    done = upgrade(site, "--back")
    assert standing(site) == OLD
    assert "5 lần gửi sổ điểm danh" in done.stdout
    [kept] = site.base.glob("backups/upgrade-1.1.0-after/*.backup")
    assert str(kept) in done.stdout
    assert upgrade(site, "--back").returncode == 1
    # And forward once more.
    assert upgrade(site).returncode == 0
    assert standing(site) == NEW


@pytest.mark.parametrize("where", ["migrate 1.1.0", "load_units 1.1.0"])
def test_failure_before_anybody_could_send_goes_back_by_itself(site, where):
    order(site, "fail", where)
    failed = upgrade(site)
    assert (failed.returncode, "does not want to" in failed.stderr) == (1, True)
    assert standing(site) == OLD
    (site.base / "fail").unlink()
    assert upgrade(site).returncode == 0
    assert standing(site) == NEW


def test_failure_on_that_way_back_names_the_one_command(site):
    order(site, "fail", "migrate")
    failed = upgrade(site)
    assert failed.returncode == 1
    (site.base / "fail").unlink()
    assert go_back_as_told(site, failed).returncode == 0
    assert standing(site) == OLD


def test_failure_after_the_start_names_the_one_command_back(site):
    order(site, "fail", "verify_months 1.1.0")
    failed = upgrade(site)
    assert failed.returncode == 1
    assert standing(site) == NEW
    send_registers(site, 5)
    # What may have been sent is never thrown away without a word, also when it is tried again.
    order(site, "fail", "load_units 1.1.0")
    assert upgrade(site).returncode == 1
    assert (site.base / "app").resolve().name == "1.1.0"
    (site.base / "fail").unlink()
    done = go_back_as_told(site, failed)
    assert done.returncode == 0, done.stderr
    assert "5 lần gửi sổ điểm danh" in done.stdout
    assert standing(site) == OLD


def go_back_as_told(site, failed):
    """Type the command that a failed upgrade printed."""
    [command] = {line.strip() for line in failed.stdout.splitlines() if "--back" in line}
    script = site.base / "releases" / "1.1.0" / "deploy" / "upgrade"
    assert command.startswith(f"python3 {script} --back")
    return subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize("where", ["backup 1.0.0", "compile_translations 1.1.0"])
def test_failure_before_changes_nothing_and_stops_nobody(site, where):
    order(site, "fail", where)
    failed = upgrade(site)
    assert (failed.returncode, "nothing was changed" in failed.stdout) == (1, True)
    assert (site.base / "app").resolve().name == "1.0.0"
    assert not (site.base / "web.is").exists()


def test_older_and_equal_versions_are_refused(site):
    (site.base / "app").unlink()
    (site.base / "app").symlink_to(site.base / "releases" / "1.1.0")
    older, equal = upgrade(site, version="1.0.0"), upgrade(site)
    assert (older.returncode, equal.returncode) == (1, 1)
    assert "is not newer" in older.stderr
    assert "in place already" in equal.stderr
    assert not (site.base / "calls").exists()


def test_disk_too_small_for_the_backups_is_refused(site):
    (site.base / "files").mkdir()
    with (site.base / "files" / "report").open("wb") as file:
        file.truncate(shutil.disk_usage(site.base).free)  # holes take no room
    refused = upgrade(site)
    assert (refused.returncode, "cần / needed" in refused.stderr) == (1, True)
    assert "1.0.0 backup" not in calls(site)


def test_job_half_way_is_refused_and_the_old_version_goes_on(site):
    """`celery inspect active` is played by a module of that name in the old release."""
    answer = {"worker@here": [{"name": "reports.rebuild"}]}
    (site.base / "releases" / "1.0.0" / "celery.py").write_text(
        f"import sys\nif 'active' in sys.argv: print({json.dumps(json.dumps(answer))})\n"
    )
    with (site.base / "environment").open("a") as file:
        file.write("REDIS_URL=redis://nowhere\n")
    refused = upgrade(site)
    assert (refused.returncode, "reports.rebuild" in refused.stderr) == (1, True)
    assert standing(site) == OLD


def test_second_upgrade_at_the_same_time_is_refused(site):
    (site.base / "upgrades").mkdir()
    import fcntl

    with (site.base / "upgrades" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = upgrade(site)
    assert (refused.returncode, "another one runs" in refused.stderr) == (1, True)


def test_application_folder_that_is_no_link_is_refused(site):
    (site.base / "app").unlink()
    shutil.copytree(site.base / "releases" / "1.0.0", site.base / "app", symlinks=True)
    refused = upgrade(site)
    assert (refused.returncode, "must be a link" in refused.stderr) == (1, True)
