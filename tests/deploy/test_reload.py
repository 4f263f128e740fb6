"""`systemctl reload lai-chau-web`, which sends HUP: nobody who asks meanwhile is turned away."""

import http.client
import signal
import subprocess
import sys
import threading

import pytest

from tests.faults import processes
from tests.waiting import wait_until

ASKING, RELOADS, PAGE = 24, 3, "/accounts/sign-in/"


@pytest.fixture
def web(tmp_path):
    """Gunicorn as the unit starts it, on a database of its own."""
    database = f"sqlite:///{tmp_path / 'reload.sqlite3'}"
    environment = processes.environment(database, tmp_path) | {"WEB_CONCURRENCY": "2"}
    environment["DJANGO_SETTINGS_MODULE"] = "lai_chau_edu.settings"
    subprocess.run(
        [sys.executable, "manage.py", "migrate"], cwd=processes.ROOT, env=environment,
        check=True, capture_output=True,
    )  # fmt: skip
    port = processes.free_port()
    command = [sys.executable, "-m", "gunicorn", "lai_chau_edu.wsgi", "--bind", f"127.0.0.1:{port}"]
    process = processes.Process(command, folder=tmp_path, name="web", environment=environment)
    process.port = port
    process.start()
    wait_until(lambda: processes.listens(port), "the web process listens")
    yield process
    process.kill()


def ask(port):
    """Status of a page over a connection of its own, as nginx asks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", PAGE, headers={"Connection": "close"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def booted(web):
    return web.log.read_text().count("Booting worker")


def test_reload_turns_nobody_away(web):
    answers, stop = [], threading.Event()

    def go_on_asking():
        while not stop.is_set():
            try:
                answers.append(ask(web.port))
            except (OSError, http.client.HTTPException) as error:
                answers.append(repr(error))

    threads = [threading.Thread(target=go_on_asking) for _each in range(ASKING)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(answers) >= ASKING, "everybody was answered once")
        for _reload in range(RELOADS):
            before, asked = booted(web), len(answers)
            # The master alone, as systemd's ExecReload does.
            subprocess.run(["kill", f"-{signal.SIGHUP:d}", str(web.pid)], check=True)
            wait_until(lambda before=before: booted(web) >= before + 2, "new processes boot")
            wait_until(
                lambda asked=asked: len(answers) >= asked + ASKING, "they answer", seconds=120
            )
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert set(answers) == {200}, {each: answers.count(each) for each in set(answers)}
    assert len(answers) >= ASKING * (1 + RELOADS)
