"""Teachers who send registers over HTTP, again and again by the same operation id until told
that it is there."""

import http.client
import secrets
import threading
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlencode

ANSWER_WITHIN = 15  # seconds; a page that takes longer counts as failed
BETWEEN_TRIES = 0.1


@dataclass
class SendersLog:
    """What senders know at the end. `failures`: (began, ended, what) by the monotonic clock."""

    acknowledged: list = field(default_factory=list)
    last: dict = field(default_factory=dict)
    failures: list = field(default_factory=list)
    slowest: float = 0.0


class Senders:
    """Some threads, each with some classes of its own.

    Used as a context, also again and again: inside, they send; at the end each makes sure of
    its last register.
    """

    def __init__(self, port, ground, threads=3, classes_each=10):
        self._port, self._scenario = port, ground
        self._token = secrets.token_hex(16)
        self._stop = threading.Event()
        self.told = SendersLog()
        classes = sorted(ground["classes"])
        self._revision = dict.fromkeys(classes, 0)
        self._shares = [classes[at::threads][:classes_each] for at in range(threads)]
        self._threads, self._faults = [], []

    def __enter__(self):
        self._stop.clear()
        self._threads = [
            threading.Thread(target=self._send_all, args=[share]) for share in self._shares
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised):
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in self._threads)
        assert self._faults == []

    def wait_for(self, count):
        """Wait until so many more registers were acknowledged."""
        wanted, until = len(self.told.acknowledged) + count, time.monotonic() + 60
        while len(self.told.acknowledged) < wanted and time.monotonic() < until:
            if self._faults:
                break
            time.sleep(0.02)
        assert len(self.told.acknowledged) >= wanted, (self._faults, self.told.failures[-3:])

    def _send_all(self, classes):
        try:
            while not self._stop.is_set():
                for class_id in classes:
                    if self._stop.is_set():
                        break
                    self._send(class_id, self._revision[class_id])
                    self._revision[class_id] += 1
        except Exception as fault:
            self._faults.append(repr(fault))

    def _send(self, class_id, base_revision):
        pupils = self._scenario["classes"][class_id]
        away = pupils[: base_revision % len(pupils)]
        operation = str(uuid.uuid4())
        body = urlencode(
            {
                "operation_id": operation,
                "base_revision": base_revision,
                "correction_reason": "ghi lại",
                **{f"mark-{pupil}": "K" for pupil in away},
            }
        )
        give_up = time.monotonic() + 90
        while not self._is_acknowledged(class_id, body):
            assert time.monotonic() < give_up, self.told.failures[-3:]
            time.sleep(BETWEEN_TRIES)
        self.told.acknowledged.append(operation)
        self.told.last[class_id] = {str(pupil): ["K", ""] for pupil in away}

    def _is_acknowledged(self, class_id, body):
        began = time.monotonic()
        path = f"/attendance/{class_id}/{self._scenario['date']}/am/"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_WITHIN)
        try:
            connection.request(
                "POST",
                path,
                body,
                {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Cookie": f"session={self._scenario['session']}; csrf={self._token}",
                    "X-CSRFToken": self._token,
                },
            )
            answer = connection.getresponse()
            answer.read()
            problem = f"{answer.status} {answer.getheader('Location')}"
            is_there = answer.status == 302 and answer.getheader("Location") == path
        except (OSError, http.client.HTTPException) as error:
            problem, is_there = repr(error), False
        finally:
            connection.close()
        ended = time.monotonic()
        self.told.slowest = max(self.told.slowest, ended - began)
        if not is_there:
            self.told.failures.append((began, ended, problem))
            # Only a server that is ill may refuse: 4xx means that a copy was not understood.
            assert problem[0] != "4", problem
        return is_there
