"""Real processes are killed, stopped and silenced under load; what was acknowledged must be there.

    FAULT_CYCLES=50 python -m pytest tests/faults -o faulthandler_timeout=0

is the long form, without the suite's limit for one test; 1 cycle unless said.

Each test starts its own Redis, PostgreSQL, web server and worker on free ports.
"""

import pytest

# Their assertions then tell the values, as those of a test do.
pytest.register_assert_rewrite("tests.faults.checking", "tests.faults.senders")
