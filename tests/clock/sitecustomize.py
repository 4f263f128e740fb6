"""Moves the clock of every Python process of a test run, for `run.py test --at`.

On the PYTHONPATH only then. It moves what the calendar says, not how time passes: waits and
time-outs go by the monotonic clock, which stays.
"""

import os
import time

shift = int(os.environ.get("TEST_CLOCK_SHIFT", "0"))  # seconds
if shift:
    import time_machine

    time_machine.travel(time.time() + shift, tick=True).start()
