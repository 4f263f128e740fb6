"""Every command line of docs/operations.md and of deploy/ is right, and what can be run is run.

A line of a program that is not listed here fails: whoever writes it says how it is looked at.
"""

import contextlib
import importlib.machinery
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import pytest
from django.db import connections

from tests.backup.databases import HERE
from tests.faults import processes
from tests.waiting import wait_until

from . import commands
from .commands import ROOT

BLOCKS = [line for line in commands.lines_of_blocks() if not commands.is_layout(line)]
SENTENCES = commands.typed_in_sentences()
UNITS = {
    f"{unit.name}: {command}": command
    for unit in sorted((ROOT / "deploy" / "systemd").glob("*.service"))
    for command in re.findall(r"^Exec\w+=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
}
ALL = list(dict.fromkeys([*BLOCKS, *SENTENCES, *commands.commands_of_the_table(), *UNITS.values()]))

# How a line is looked at beyond its syntax, and why it is not run here where it is not.
NOT_RUN = {
    "apt": "asks Debian's archive and changes this computer",
    "timedatectl": "sets the clock of this computer",
    "systemctl": "needs systemd as the first process; the units are verified in test_units.py",
    "journalctl": "needs systemd's journal",
    "runuser": "createuser and createdb of the server's PostgreSQL; the run below makes its own",
    "tar": "unpacks a release; tests/deploy/test_release.py makes and unpacks one",
    "sha256sum": "of the archive; tests/deploy/test_release.py checks one",
    "release": "tests/deploy/test_release.py does",
    "createdb": "the run below makes its own",
    "chown": "the user of a server; the run below gives its own folder away",
    "certbot": "asks a certificate authority",
    "docker": "needs an engine; the compose file and the image are read in test_containers.py",
    "mv": "once, on a server that was set up before the releases",
    "ln": "the run below has no nginx of its own; its block is tried in test_units.py",
    "uv": "asks the package index",
    "FAULT_CYCLES=50": "runs the tests again",
    "python": "bench: measured by hand; here only that it is there",
    "pip": "asks the package index",
    "kill": "of systemd, to the process it started",
    "upgrade": "tests/upgrade/test_upgrade_real.py does",
    "gunicorn": "tests/faults and tests/deploy/test_reload.py do",
    "celery": "tests/faults does",
    "run.py": "tests/test_run.py does",
    "manage.py": "of one computer, where run.py wrote the settings; run here as bin/manage",
}
RUN = {"cp", "install", "systemd-sysusers", "systemd-tmpfiles", "manage", "python3 -m venv"}
NEED_A_PERSON = {
    "createsuperuser": "asks for a name and a password at a terminal",
    "changepassword": "asks for a password at a terminal",
}


def program(line):
    """The name under which a line stands in RUN or NOT_RUN."""
    found = commands.words(line)
    if found[0] == ".venv/bin/python" and found[1] == "manage.py":
        return "manage.py"
    if commands.management_command(found):
        return "docker" if found[0] == "docker" or "docker" in found[:5] else "manage"
    first = Path(found[0]).name
    if first == "release":
        return first
    if first == "cd":
        return Path(found[found.index("&&") + 1]).name
    if first in ("python3", "python"):
        second = Path(found[1]).name
        if second in ("run.py", "upgrade", "release"):
            return second
        return "python3 -m venv" if found[1:3] == ["-m", "venv"] else "python"
    return first


def test_there_are_lines_to_look_at():
    assert len(BLOCKS) > 50
    assert len(SENTENCES) > 15
    assert len(UNITS) == 7


@pytest.mark.parametrize("line", ALL)
def test_line_is_right(line):
    commands.check_syntax(commands.without_time(line))
    commands.check_places(line)
    assert program(line) in {*RUN, *NOT_RUN}, "say how this line is looked at"
    if found := commands.management_command(commands.words(line)):
        commands.check_management_command(*found)


@pytest.mark.parametrize("line", [line for line in ALL if "celery " in line], ids=str)
def test_celery_knows_the_options(line):
    found = commands.words(line)
    place = next(n for n, word in enumerate(found) if Path(word).name == "celery")
    commands.check_celery(found[place + 1 :])


@pytest.mark.parametrize("line", [line for line in ALL if "/gunicorn " in line], ids=str)
def test_gunicorn_knows_the_options(line):
    from gunicorn.config import Config

    found = commands.words(line)
    place = next(n for n, word in enumerate(found) if Path(word).name == "gunicorn")
    Config().parser().parse_args(found[place + 1 :])


@pytest.mark.parametrize("line", [line for line in ALL if "upgrade" in line.split("#")[0]], ids=str)
def test_upgrade_knows_the_options(line):
    if program(line) != "upgrade":
        pytest.skip("names a file of it")
    options = [word for word in commands.words(line) if word.startswith("--")]
    said = subprocess.run(
        [sys.executable, ROOT / "deploy" / "upgrade", "--help"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert all(option in said for option in options)


@pytest.mark.parametrize("line", [line for line in ALL if re.search(r"python3? -m ", line)])
def test_module_is_there(line):
    module = re.search(r" -m (\S+)", line)[1]
    assert importlib.util.find_spec(module), module


@pytest.mark.parametrize("unit", sorted(ROOT.glob("deploy/systemd/*.timer")), ids=lambda p: p.name)
def test_hour_of_a_timer_is_one(unit):
    for when in re.findall(r"^OnCalendar=(.*)$", unit.read_text(), re.MULTILINE):
        done = subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["environment.example", "drill.example"])
def test_example_is_read_whole_by_bin_manage(name):
    loader = importlib.machinery.SourceFileLoader("bin_manage", str(ROOT / "bin" / "manage"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bin_manage", loader))
    loader.exec_module(module)
    assert "DATABASE_URL" in module.read(ROOT / "deploy" / name)


@pytest.mark.parametrize("script", ["bin/manage", "bin/release", "deploy/upgrade"])
def test_script_can_be_run(script):
    path = ROOT / script
    assert os.access(path, os.X_OK)
    compile(path.read_text(encoding="utf-8"), script, "exec")


# --- A fresh server, by the letter of the document --------------------------------------

IS_ROOT = os.geteuid() == 0
USER = pwd.getpwnam("nobody") if IS_ROOT else pwd.getpwuid(os.geteuid())


def way_to_the_user():
    """Words before a command so that the program can be its user; None where it cannot.

    Where only root may read the packages of this run, root is that user in a namespace.
    """
    namespace = ["unshare", "--user", f"--map-user={USER.pw_uid}", f"--map-group={USER.pw_gid}"]
    asked = [sys.executable, "-c", "import django"]
    become = {"user": USER.pw_uid, "group": USER.pw_gid, "extra_groups": []} if IS_ROOT else {}
    for way, options in (([], become), (namespace, {})):
        with contextlib.suppress(OSError):
            command = [*way, *asked]
            if subprocess.run(command, capture_output=True, cwd="/", **options).returncode == 0:
                return way
    return None


class Server:
    """Everything that the document puts under /srv and /etc, in a folder."""

    def __init__(self, root, way, database_url, drill_url):
        self.way = way
        self.root, self.home = root, root / "srv" / "lai_chau_edu"
        self.urls = {"environment": database_url, "drill": drill_url}
        self.port = processes.free_port()
        self.ran = []
        for folder in (
            "etc/sysusers.d",
            "etc/tmpfiles.d",
            "etc/systemd/system",
            "etc/nginx/sites-available",
            "srv/lai_chau_edu",
        ):
            (root / folder).mkdir(parents=True)
        left_out = (".git", ".ci", ".venv", ".env", "var", "staticfiles", "bench", "tests")
        shutil.copytree(
            ROOT, self.home / "app", ignore=lambda path, names: {
                each for each in names
                if each == "__pycache__" or (Path(path) == ROOT and each in left_out)
            },
        )  # fmt: skip

    def here(self, line):
        """A line of the document with the places and the user of this folder."""
        line = commands.without_time(line)
        # Not what is inside the folder already.
        line = re.sub(r"(?<![\w/])/(srv|etc)/", rf"{self.root}/\1/", line)
        line = re.sub(r"-o lai_chau -g lai_chau", f"-o {USER.pw_name}", line)
        newest = max(
            self.root.glob("srv/backups/*.backup"), key=lambda p: p.stat().st_mtime, default=""
        )
        for example in ("NEWEST.backup", r"\S+/lai-chau-edu-\d+-\d+\.backup"):
            line = re.sub(example, str(newest), line)
        line = line.replace("--port 8090", f"--port {self.port}")
        return re.sub(r"\s+#.*$", "", line)

    def run(self, line, **options):
        """Type a line in the folder of the project, as root or as whoever runs the tests."""
        typed = self.here(line)
        done = subprocess.run(
            [*self.way, "bash", "-c", typed], cwd=self.home / "app", capture_output=True, text=True,
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, **options,
        )  # fmt: skip
        self.ran.append(line)
        return done

    def right(self, line):
        done = self.run(line)
        assert done.returncode == 0, (self.here(line), done.stdout[-1500:], done.stderr[-3000:])
        return done.stdout

    def give_away(self):
        """As chown -R does: what is there belongs to the user of the program."""
        if IS_ROOT:
            # In the namespace, the user of the program is root outside.
            owner = (0, 0) if self.way else (USER.pw_uid, USER.pw_gid)
            for path in [self.home, *self.home.rglob("*"), self.root / "srv" / "backups"]:
                os.chown(path, *owner, follow_symlinks=False)

    def write_settings(self, name):
        """Fill in a file that the document has put in its place."""
        path = self.home / name
        text = path.read_text().replace("/srv/", f"{self.root}/srv/")
        text = re.sub(r"^DATABASE_URL=.*$", f"DATABASE_URL={self.urls[name]}", text, flags=re.M)
        text = re.sub(r"^REDIS_URL=.*\n", "", text, flags=re.M)
        key = "Zr8-kq0vYw3nTb7LxJ5mPd2HsGf9CeUa4QiRo6WtXyMzNbVc"
        path.write_text(re.sub(r"^SECRET_KEY=$", f"SECRET_KEY={key}", text, flags=re.M))


@contextlib.contextmanager
def two_databases(folder, blocker):
    """Addresses of two empty databases of the engine of this run."""
    if HERE == "sqlite3":
        yield [f"sqlite:///{folder}/srv/lai_chau_edu/{name}.sqlite3" for name in ("live", "drill")]
        return
    here = connections["default"]
    own = here.settings_dict
    names = [f"{own['NAME']}_{what}_{os.getpid()}" for what in ("live", "drill")]
    with blocker.unblock(), here._nodb_cursor() as cursor:
        for name in names:
            cursor.execute(f'CREATE DATABASE "{name}"')
    password = f":{own['PASSWORD']}" if own["PASSWORD"] else ""
    address = f"postgres://{own['USER']}{password}@{own['HOST']}:{own['PORT'] or 5432}"
    try:
        yield [f"{address}/{name}" for name in names]
    finally:
        with blocker.unblock(), here._nodb_cursor() as cursor:
            for name in names:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        here.close()


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker):
    # Not tmp_path, which only the user of the tests may enter.
    with tempfile.TemporaryDirectory(prefix="lai-chau-server-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        way = way_to_the_user()
        if way is None:
            pytest.skip(f"{USER.pw_name} may not use the packages of this run")
        with two_databases(root, django_db_blocker) as urls:
            yield Server(root, way, *urls)


def test_fresh_server_by_the_letter(server):
    """The lines that can be run, in the order of the document."""
    wanted = [line for line in BLOCKS if program(line) in RUN]
    skipped = []
    (server.root / "srv" / "backups").mkdir(exist_ok=True)
    for line in wanted:
        name = program(line)
        if name == "manage":
            command = commands.management_command(commands.words(line))
            if command[0] in NEED_A_PERSON:
                skipped.append(line)
                continue
            RUNNERS.get(command[0], plain)(server, line)
        else:
            RUNNERS[name](server, line)
    # Nothing of the document was passed over but for what needs a person.
    assert set(wanted) - set(server.ran) == set(skipped)


def plain(server, line):
    server.right(line)


def install(server, line):
    server.right(line)
    name = line.rpartition("/")[2]
    if name in server.urls:
        server.write_settings(name)
    server.give_away()
    if name not in server.urls:
        return
    path = server.home / name
    assert path.stat().st_mode & 0o777 == 0o600


def offline(server, line):
    """systemd's own programs, told that another folder is the root."""
    found = subprocess.run(
        [*line.split(), f"--root={server.root}"], capture_output=True, text=True, check=False
    )
    server.ran.append(line)
    assert found.returncode == 0, found.stderr
    server.give_away()


def sysusers(server, line):
    offline(server, line)
    assert "lai_chau:" in (server.root / "etc" / "passwd").read_text()


def virtual_environment(server, line):
    """A new one needs the package index: that of this run stands in its place."""
    python = server.home / "app" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    server.ran.append(line)
    server.give_away()


def restore(server, line):
    """The document stops the services first; here nothing runs. The first one finds the server
    in use and says so: on a new computer it is empty."""
    done = server.run(line)
    if "--drill" in line:
        assert done.returncode == 0, done.stderr
    else:
        assert done.returncode == 16, (done.returncode, done.stderr)
        assert "--replace" in done.stderr


def back_up(server, line):
    if line.startswith("cd "):
        pytest.fail("a line of containers is no line of a server")
    said = server.right(line)
    assert ".backup" in said or "--check" in line


def doctor(server, line):
    """Says what is not there yet, and has words for each."""
    done = server.run(line)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr


def serve(server, line):
    """The drill answers under its port; then it is stopped."""
    typed = server.here(line)
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
    with subprocess.Popen(
        [*server.way, "bash", "-c", f"exec {typed}"], cwd=server.home / "app", env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip

        def answers():
            assert process.poll() is None, process.stderr.read().decode()
            with contextlib.suppress(OSError):
                at = f"http://127.0.0.1:{server.port}/health/ready/"
                return urllib.request.urlopen(at, timeout=5).status == 200

        try:
            wait_until(answers, "the drill answers")
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate()
    server.ran.append(line)


RUNNERS = {
    "cp": plain,
    "install": install,
    "systemd-sysusers": sysusers,
    "systemd-tmpfiles": offline,
    "python3 -m venv": virtual_environment,
    "restore": restore,
    "backup": back_up,
    "doctor": doctor,
    "serve": serve,
}
