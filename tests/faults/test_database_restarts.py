"""PostgreSQL is restarted, in order and by a crash, while registers are being sent."""

import time

from tests.faults import processes
from tests.faults.checking import expect_whole
from tests.faults.conftest import CYCLES
from tests.faults.scenario import ask
from tests.faults.senders import Senders
from tests.waiting import wait_until


def test_restarted_database_loses_and_doubles_nothing(cluster, database, run, tmp_path):
    url, ground = database
    env, port = processes.environment(url, tmp_path), processes.free_port()
    web = run(processes.gunicorn(tmp_path, env, port))
    wait_until(lambda: processes.listens(port), "the web answers")

    gaps = []
    with Senders(port, ground) as senders:
        for cycle in range(2 * CYCLES):
            senders.wait_for(5)
            began = time.monotonic()
            cluster.restart("immediate" if cycle % 2 else "fast")
            gaps.append((began, time.monotonic()))
        senders.wait_for(10)
    told = senders.told

    assert web.is_alive
    outside = [
        failure
        for failure in told.failures
        if not any(failure[0] <= end and failure[1] >= begin for begin, end in gaps)
    ]
    assert outside == []
    ask(env, "sweep")
    expect_whole(ask(env, "report"), told)
