"""Jobs that freeze or kill their process: pages go on, each is given up, none comes back."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import processes
from tests.waiting import wait_until

HOSTILE = ("hostile.freeze", "hostile.spin", "hostile.die", "hostile.eat")
# Far below the seconds for which a frozen server is silent.
PATIENCE = 5


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """A database that has its tables and nothing else, made once."""
    folder = tmp_path_factory.mktemp("tables")
    made = folder / "lai_chau.sqlite3"
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        env=processes.environment(f"sqlite:///{made}", folder),
        cwd=processes.ROOT,
        check=True,
    )
    return made


@pytest.fixture
def env(tables, tmp_path):
    """Settings of a server that knows the hostile jobs, its tables made."""
    own = shutil.copy(tables, tmp_path)
    hostile = {"DJANGO_SETTINGS_MODULE": "tests.faults.hostile_settings", "LOG_LEVEL": "ERROR"}
    return processes.environment(f"sqlite:///{own}", tmp_path) | hostile


def say(env, *arguments):
    """What `tests.faults.hostile_jobs` answers."""
    command = [sys.executable, "-m", "tests.faults.hostile_jobs", *arguments]
    done = subprocess.run(command, env=env, cwd=processes.ROOT, capture_output=True, check=True)
    return json.loads(done.stdout)


def page(port):
    """The status of a page that needs the database."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/health/ready/")
        return connection.getresponse().status
    finally:
        connection.close()


def children_of(pid):
    """Process ids of the children of a process."""
    return [
        int(child)
        for thread in Path(f"/proc/{pid}/task").iterdir()
        for child in (thread / "children").read_text().split()
    ]


def is_gone(pid):
    """Whether a process has ended."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_pages_go_on_and_hostile_jobs_are_given_up(env, run, tmp_path):
    say(env, "ask", *HOSTILE)
    port = processes.free_port()
    server = run(processes.serve(tmp_path, env, port))
    wait_until(lambda: processes.listens(port), "the server answers")

    def all_rest():
        assert page(port) == 200
        told = say(env, "report")
        return all(told[name]["rests"] for name in HOSTILE)

    wait_until(all_rest, "each hostile job is given up", seconds=240)
    told = say(env, "report")
    assert {name: each["tries"] for name, each in told.items()} == dict.fromkeys(HOSTILE, 3)
    assert told["hostile.eat"]["error"].startswith("MemoryError")
    assert {told[name]["error"] for name in HOSTILE if name != "hostile.eat"} == {"ProcessDied"}

    # An honest job goes on beside them, in another process than the pages; and a start anew,
    # also after a kill, brings none of them back.
    for _time in range(2):
        server.kill()
        server.start()
        wait_until(lambda: processes.listens(port), "the server answers")
    say(env, "ask", "hostile.work")
    wait_until(
        lambda: say(env, "report")["hostile.work"]["outcome"] == "succeeded", "honest work is done"
    )
    after = say(env, "report")
    assert after["hostile.work"]["answer"]["pid"] != server.pid
    assert {name: after[name] for name in HOSTILE} == told


def test_server_that_is_killed_three_times_over_a_job_gives_it_up(env, run, tmp_path):
    say(env, "ask", "hostile.stay_frozen")
    port = processes.free_port()
    server = processes.serve(tmp_path, env, port)
    for _time in range(3):
        # The run that died is on record until the next server counts it.
        before = runs(tmp_path, "hostile.stay_frozen")
        run(server)
        wait_until(
            lambda before=before: runs(tmp_path, "hostile.stay_frozen") - before,
            "the job runs",
            seconds=30,
        )
        server.kill()
    run(server)
    wait_until(lambda: say(env, "report")["hostile.stay_frozen"]["rests"], "the job is given up")
    assert say(env, "report")["hostile.stay_frozen"]["tries"] == 3


def runs(folder, name):
    """When runs of a job began that have not ended, by the table of the installation; a set."""
    with contextlib.closing(sqlite3.connect(folder / "lai_chau.sqlite3")) as database:
        question = "SELECT started_at FROM schools_jobattempt WHERE task = ?"
        return {began for (began,) in database.execute(question, [name])}


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_frozen_process_ends_with_the_server(env, run, tmp_path, ending):
    say(env, "ask", "hostile.stay_frozen")
    port = processes.free_port()
    server = run(processes.serve(tmp_path, env, port))
    wait_until(lambda: runs(tmp_path, "hostile.stay_frozen"), "the job is frozen", seconds=30)
    (child,) = children_of(server.pid)
    # The server alone, as `kill` does it; a terminal tells the whole group.
    os.kill(server.pid, ending)
    wait_until(lambda: is_gone(child), "its process is gone", seconds=15)
    wait_until(lambda: not server.is_alive, "the server is gone", seconds=15)
