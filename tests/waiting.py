"""Waiting for other threads and processes, never for ever."""

import time

PATIENCE = 60  # seconds, on a busy machine


def wait_until(condition, what, seconds=PATIENCE):
    """Return what `condition()` answers once it is true; AssertionError naming `what` else."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")
