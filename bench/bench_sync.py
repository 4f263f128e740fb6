"""The model of phones and server (tests/sync) in its long form, on a database of its own."""

import os
import re
import subprocess
import sys
import time

from django.conf import settings
from django.db import connection

from .results import Results, about

EXAMPLES, STEPS, DELIVERIES = 2000, 50, 1000
PASSED = re.compile(r"(\d+) passed")


def measure(options):
    """2,000 mornings of 50 steps and one operation delivered 1,000 times (`--shorter` part of
    them); the suite runs 40 of 20, and 50 deliveries.
    """
    examples = max(1, int(EXAMPLES * options.shorter))
    deliveries = max(50, int(DELIVERIES * options.shorter))
    results = Results(
        "sync",
        about(connection) | {"mornings": examples, "steps": STEPS, "deliveries": deliveries},
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/sync"],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "SYNC_EXAMPLES": str(examples),
            "SYNC_STEPS": str(STEPS),
            "SYNC_DELIVERIES": str(deliveries),
        },
        capture_output=True,
        text=True,
    )
    passed = PASSED.search(done.stdout)
    results.add("runs that ended as they must", int(passed[1]) if passed else 0, "")
    results.add(
        "invariants broken, or faults not found", done.returncode, "", at_most=0, target="0"
    )
    results.add("time", time.monotonic() - began)
    if done.returncode:
        results.notes.append(done.stdout[-3000:])
    return results
