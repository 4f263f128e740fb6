"""The server of one computer, with SQLite, is killed again and again while registers are sent."""

import random
import time

from tests.faults import processes
from tests.faults.checking import expect_whole
from tests.faults.conftest import CYCLES
from tests.faults.scenario import ask
from tests.faults.senders import Senders
from tests.waiting import wait_until


def test_killed_server_keeps_what_it_acknowledged(run, tmp_path):
    env = processes.environment(f"sqlite:///{tmp_path}/lai_chau.sqlite3", tmp_path)
    ground, port = ask(env, "make"), processes.free_port()
    server = run(processes.serve(tmp_path, env, port))
    wait_until(lambda: processes.listens(port), "the server answers")

    with Senders(port, ground) as senders:
        for _cycle in range(CYCLES):
            senders.wait_for(5)
            time.sleep(random.random() / 5)
            server.kill()
            server.start()
        senders.wait_for(5)
    server.kill()

    ask(env, "sweep")
    expect_whole(ask(env, "report"), senders.told)
