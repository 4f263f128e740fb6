"""Somebody who sends hostile requests and takes down how each was answered."""

import gc
import sys
import time
import traceback
from collections import Counter
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client

from tests.html_query import read

SECONDS = 1.0  # of CPU, for one request


class Cost:
    """The CPU time of this thread since it was made.

    Of no other thread, and without the collector, which would blame one input for the rubbish
    of the whole suite.
    """

    def __init__(self):
        gc.disable()
        self._start = time.thread_time()

    def seconds(self):
        """Seconds until now; the collector goes on."""
        gc.enable()
        return time.thread_time() - self._start


class Attacker:
    """Sends requests whose writing is taken back.

    Attributes:
        count: requests sent; slowest: (seconds of CPU, what was sent); faults: lines on every
            answer 500 and over and every request over SECONDS.
    """

    def __init__(self, seconds=SECONDS):
        self.seconds = seconds
        self.count, self.slowest, self.faults = 0, (0.0, ""), []
        self.statuses = Counter()
        self._raised = []

    def __enter__(self):
        got_request_exception.connect(self._note)
        return self

    def __exit__(self, *_error):
        got_request_exception.disconnect(self._note)

    def _note(self, **_signal):
        self._raised.append(traceback.format_exc(limit=-3))

    def send(self, client, method, url, data=None, *, what="", **more):
        """The answer to one request; `what` says in a line what was hostile in it."""
        client.raise_request_exception = False
        self._raised.clear()
        with transaction.atomic():
            cost = Cost()
            if method == "POST" and not isinstance(data, bytes):
                more.setdefault("content_type", "application/x-www-form-urlencoded")
                data = urlencode(data or [], doseq=True).encode()
            answer = client.generic(method, url, data or b"", **more)
            if answer.streaming:
                answer.getvalue()
            seconds = cost.seconds()
            transaction.set_rollback(True)
        self.note(seconds, f"{method} {url[:120]} {what[:160]}", answer.status_code)
        return answer

    def note(self, seconds, line, status=200):
        """Take down one answer."""
        self.count += 1
        self.statuses[status] += 1
        self.slowest = max(self.slowest, (seconds, line))
        if status >= 500:
            self.faults.append(f"{status} {line}\n{''.join(self._raised)}")
        elif seconds > self.seconds:
            self.faults.append(f"{seconds:.2f} s CPU {line}")

    def summary(self):
        """One line of counts."""
        broken = sum(line.startswith("5") for line in self.faults)
        return (
            f"{self.count:,} hostile inputs, {broken} server errors, "
            f"slowest {self.slowest[0]:.2f} s CPU ({self.slowest[1]}); "
            + ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        )


def forms_of(answer, url):
    """[(method, address, [(name, value)])] of the forms on a page, as a browser would send them."""
    if answer.streaming or "text/html" not in answer.get("Content-Type", ""):
        return []
    found = []
    for form in read(answer).select("form"):
        fields = []
        for field in form.select("input, select, textarea, button"):
            if name := field.get("name"):
                fields += [(name, value) for value in _values(field)]
        method = (form.get("method") or "get").upper()
        found.append((method, form.get("action") or url, fields))
    return found


def _values(field):
    if field.tag == "select":
        options = field.select("option")
        chosen = [each for each in options if each.get("selected") is not None]
        last = chosen or options[-1:]
        return [each.get("value") or each.text for each in last] or [""]
    if field.tag == "textarea":
        return [field.text]
    return [field.get("value") or ""]


def queries_of(answer):
    """Names behind "?" in the links of a page."""
    if answer.streaming or "text/html" not in answer.get("Content-Type", ""):
        return set()
    links = (link.get("href") or "" for link in read(answer).select("a[href]"))
    return {name for link in links for name, _value in parse_qsl(urlsplit(link).query)}


def signed_in(user):
    """A client of a user."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def report(capsys, line):
    """Write a line of counts where whoever runs the suite sees it."""
    with capsys.disabled():
        sys.stdout.write(f"\n{line}\n")
