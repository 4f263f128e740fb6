"""Processes of our own: started on free ports, killed at will, gone at the end."""

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import redis

from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


def free_port():
    """A port on which nobody listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    """Whether a connection to the port is accepted."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


class Process:
    """A process with its children, in a group of its own, its output in a file."""

    def __init__(self, command, *, folder, name, environment=None):
        self._command, self._environment = command, environment
        self.log = Path(folder) / f"{name}.log"
        self._process = None

    def start(self):
        """Start it (again)."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    @property
    def is_alive(self):
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self):
        """Id of the process."""
        return self._process.pid

    def signal(self, number):
        """Send a signal to the process and all its children."""
        os.killpg(self._process.pid, number)

    def kill(self):
        """As when the power of the process is cut: no chance to tidy up."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def kill_a_child(self):
        """Kill one of its children; it goes on itself."""
        children = self._children()
        if children:
            os.kill(random.choice(children), signal.SIGKILL)

    def kill_children(self):
        """Kill every child; it goes on itself."""
        for child in self._children():
            os.kill(child, signal.SIGKILL)

    def _children(self):
        with open(f"/proc/{self._process.pid}/task/{self._process.pid}/children") as file:
            return [int(child) for child in file.read().split()]


class Redis(Process):
    """A Redis that keeps nothing on disk: what it forgets is forgotten."""

    def __init__(self, folder):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        super().__init__(
            [*command, "--save", "", "--appendonly", "no", "--dir", str(folder)],
            folder=folder,
            name="redis",
        )

    def start(self):
        """Start it and wait until it answers."""
        super().start()
        wait_until(lambda: listens(self.port), "Redis answers")
        return self

    def let_deliveries_expire(self):
        """What workers hold is as old as if its visibility timeout were over."""
        with redis.Redis(port=self.port) as client:
            held = client.zrange("unacked_index", 0, -1)
            if held:
                client.zadd("unacked_index", dict.fromkeys(held, 1), xx=True)


class Postgres:
    """A cluster of our own; its files lie on the ordinary disk and go with it."""

    def __init__(self):
        self._bin = Path(postgres_bin())
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="lai-chau-postgres-"))
        self._as = {}
        if os.geteuid() == 0:
            # initdb refuses root.
            user = next(each for each in pwd.getpwall() if each.pw_name in ("postgres", "nobody"))
            os.chown(self._folder, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-N")
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._options = ["-o", options, "-l", str(self._folder / "log")]
        self._run("pg_ctl", "start", "-w", *self._options)

    def url(self, name):
        """Address of one of its databases."""
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name, template="template1"):
        """A new database; returns its address."""
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]
        subprocess.run([self._bin / "createdb", *address, "-T", template, name], check=True)
        return self.url(name)

    def restart(self, mode):
        """Restart it; mode "fast" ends sessions, "immediate" is a crash."""
        self._run("pg_ctl", "restart", "-w", "-m", mode, *self._options)

    @contextlib.contextmanager
    def silent(self):
        """Inside, it accepts connections and says nothing."""
        postmaster = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(postmaster, signal.SIGCONT)

    def stop(self):
        """Stop it and remove its files."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")
        shutil.rmtree(self._folder)

    def _run(self, program, *arguments):
        subprocess.run(
            [self._bin / program, "-D", self._folder / "data", *arguments],
            check=True,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            **self._as,
        )


def postgres_bin():
    """Folder of initdb and pg_ctl, or None: on the PATH, or where Debian hides them."""
    found = shutil.which("initdb")
    if found:
        return str(Path(found).resolve().parent)
    hidden = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return str(hidden[-1].parent) if hidden else None


def environment(database_url, folder, redis_url=""):
    """What our processes read; nothing of the caller's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "FILES_DIR": str(Path(folder) / "files"),
        "SECRET_KEY": "only-for-the-fault-tests-" + "x" * 32,
        "HTTPS": "false",
        # The tests read what a worker says: that it is ready, and of each job that it succeeded.
        "LOG_LEVEL": "INFO",
        "PYTHONUTF8": "1",
    }


def gunicorn(folder, env, port):
    """The web server of a province."""
    command = [sys.executable, "-m", "gunicorn", "lai_chau_edu.wsgi", "--no-control-socket"]
    size = ["--workers", "2", "--worker-class", "gthread", "--threads", "4"]
    return Process(
        [*command, *size, "--bind", f"127.0.0.1:{port}"],
        folder=folder,
        name="web",
        environment=env,
    )


def serve(folder, env, port):
    """The embedded server."""
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    return Process(command, folder=folder, name="serve", environment=env)


def worker(folder, env, size=2):
    """A Celery worker with `size` children."""
    command = [sys.executable, "-m", "celery", "-A", "lai_chau_edu", "worker", "-O", "fair"]
    quiet = [f"--concurrency={size}", "--without-gossip", "--without-mingle", "--loglevel=INFO"]
    return Process([*command, *quiet], folder=folder, name="worker", environment=env)
