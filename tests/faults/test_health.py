"""The addresses of the alarms, with a real Redis and a real PostgreSQL that fall silent."""

import http.client
import signal

from tests.faults import processes
from tests.waiting import wait_until

SOON = 4.5  # seconds, two of them for a busy machine


def test_alarms_are_told_when_redis_or_postgres_is_silent(cluster, database, redis, run, tmp_path):
    url, _scenario = database
    env, port = processes.environment(url, tmp_path, redis.url), processes.free_port()
    run(processes.gunicorn(tmp_path, env, port))

    def status(name):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON)
        try:
            connection.request("GET", f"/health/{name}/")
            return connection.getresponse().status
        finally:
            connection.close()

    def answers():
        # It listens before the program is loaded, which takes its time on a busy machine.
        try:
            return status("live") == 200
        except OSError:
            return False

    wait_until(answers, "the web answers")
    assert [status(name) for name in ("live", "ready", "broker")] == [200] * 3
    # No worker has ever run here.
    assert status("workers") == 503

    redis.signal(signal.SIGSTOP)
    assert [status(name) for name in ("live", "ready", "broker")] == [200, 200, 503]
    redis.signal(signal.SIGCONT)
    assert status("broker") == 200

    with cluster.silent():
        assert [status(name) for name in ("live", "ready", "broker")] == [200, 503, 200]
    wait_until(lambda: status("ready") == 200, "the database is back", SOON)
