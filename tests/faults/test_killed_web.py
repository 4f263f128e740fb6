"""Processes of the web die amid requests, and a bad line swallows answers after the commit."""

import random
import time

from tests.faults import processes
from tests.faults.checking import expect_whole
from tests.faults.conftest import CYCLES
from tests.faults.flaky_proxy import BadLine
from tests.faults.scenario import ask
from tests.faults.senders import Senders
from tests.waiting import wait_until


def test_killed_web_processes_and_swallowed_answers_double_nothing(database, run, tmp_path):
    url, ground = database
    env, port = processes.environment(url, tmp_path), processes.free_port()
    web = run(processes.gunicorn(tmp_path, env, port))
    wait_until(lambda: processes.listens(port), "the web answers")

    with BadLine(port) as line, Senders(line.port, ground) as senders:
        for _cycle in range(5 * CYCLES):
            senders.wait_for(4)
            time.sleep(random.random() / 5)
            web.kill_a_child()
        senders.wait_for(10)

    assert web.is_alive
    assert line.swallowed >= 5
    assert line.refused >= 5
    ask(env, "sweep")
    expect_whole(ask(env, "report"), senders.told)
