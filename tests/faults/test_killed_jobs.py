"""A worker dies over what people wait for: counted, done once by the next one, or given up."""

import re
from contextlib import closing, contextmanager

import psycopg2
import redis as redis_client

from tests.faults import processes, wanted_jobs
from tests.faults.checking import expect_counted
from tests.faults.scenario import ask as ask_scenario
from tests.faults.test_killed_workers import start_worker
from tests.faults.wanted_jobs import ROUNDS, TASKS
from tests.waiting import wait_until

# The last thing that each job writes: all else is written by then, and none of it committed.
LAST_WRITE = {
    "rebuild": ("DELETE ON reports_stalemonth", "true"),
    "check": ("UPDATE ON schools_importbatch", "NEW.state = 'ready'"),
    "save": ("UPDATE ON schools_importbatch", "NEW.state = 'done'"),
    "report": ("UPDATE ON reports_reportrun", "NEW.state = 'done'"),
    "month": ("UPDATE ON attendance_monthbatch", "NEW.state = 'ready'"),
}
STATES = {"rebuild": "done", "check": "ready", "save": "done", "report": "done", "month": "ready"}
CRASHED = "Việc bị dừng vì sự cố của hệ thống. Chưa lưu gì cả."
WORDS = {
    "check": CRASHED,
    "save": CRASHED,
    "report": "Chưa lập được báo cáo",
    "month": "Chưa đọc được tệp; lỗi không nằm ở tệp. Chưa ghi sổ nào.",
}
SUCCEEDED = "outcome = 'succeeded'"
RESTS = "next_try_at IS NULL AND settled_at IS NULL"
DIED_THREE_TIMES = "Tiến trình làm việc này đã chết hoặc hết thời gian, hết bộ nhớ (3 lần)."


class Barrier:
    """Stops each job at its last write while it is closed; a trigger of the database.

    `url` is that of the database.
    """

    def __init__(self, url):
        self._url = url
        with self._connection() as connection, connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::bigint);"
                " RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$"
            )
            for key, (event, condition) in enumerate(LAST_WRITE.values()):
                cursor.execute(
                    f"CREATE TRIGGER stop_{key} BEFORE {event} FOR EACH ROW"
                    f" WHEN ({condition}) EXECUTE FUNCTION stop_here('{key}')"
                )

    @contextmanager
    def closed(self):
        """Inside, no job gets past its last write."""
        with self._connection() as connection, connection.cursor() as cursor:
            for key, _kind in enumerate(LAST_WRITE):
                cursor.execute("SELECT pg_advisory_lock(%s)", [key])
            yield

    def stopped(self):
        """The kinds of the jobs that stand before it, sorted."""
        with self._connection() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            kinds = list(LAST_WRITE)
            return sorted(kinds[key] for (key,) in cursor.fetchall())

    def forget_the_dead(self):
        """End the sessions that stand before it: PostgreSQL notices a dead client only later."""
        with self._connection() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 30000) FROM pg_locks"
                " WHERE locktype = 'advisory' AND NOT granted"
            )

    def ask(self, question):
        """The first column of what the database answers, as a set."""
        with self._connection() as connection, connection.cursor() as cursor:
            cursor.execute(question)
            return {row[0] for row in cursor.fetchall()}

    @contextmanager
    def _connection(self):
        with closing(psycopg2.connect(self._url)) as connection:
            connection.autocommit = True
            yield connection


class Scenario:
    """A worker of the product's own settings, and jobs of every kind asked of it."""

    def __init__(self, run, tmp_path, url, broker):
        self._broker = broker
        self.barrier = Barrier(url)
        # The time limits of the fault tests are shorter than a busy machine needs.
        self.env = processes.environment(url, tmp_path, broker.url) | {
            "DJANGO_SETTINGS_MODULE": "lai_chau_edu.settings"
        }
        self._start = lambda: start_worker(run, tmp_path, self.env, size=len(TASKS))
        self.worker = None

    def start_worker(self):
        """A worker for all kinds at once."""
        self.worker = self._start()

    def kill_over_every_job(self, times):
        """Ask for the jobs and kill the worker over all of them so often."""
        wanted_jobs.run(self.env, "ask")
        with self.barrier.closed():
            for _time in range(times):
                self.start_worker()
                wait_until(lambda: self.barrier.stopped() == sorted(TASKS), "each is half way")
                self.worker.kill()
                self.barrier.forget_the_dead()
                self._broker.let_deliveries_expire()

    def look(self):
        """What `wanted_jobs.look` says."""
        return wanted_jobs.run(self.env, "look")

    def when_all(self, kinds, condition):
        """The look once `condition`, in SQL, holds for the failed jobs of the kinds, and the
        worker has nothing left in hand."""
        tasks = {TASKS[kind] for kind in kinds}
        found = f"SELECT task FROM schools_failedjob WHERE {condition}"
        wait_until(lambda: tasks <= self.barrier.ask(found), f"{kinds}: {condition}")
        with redis_client.Redis(port=self._broker.port) as client:
            wait_until(lambda: not client.exists("unacked", "celery"), "nothing is in hand")
        return self.look()


def column(looked, key):
    """One value of each kind."""
    return {kind: looked[kind][key] for kind in TASKS}


def all_of(value):
    """The same of each kind."""
    return dict.fromkeys(TASKS, value)


def test_jobs_of_a_dead_worker_are_done_once_by_the_next(database, redis, run, tmp_path):
    url, _scenario = database
    scenario = Scenario(run, tmp_path, url, redis)
    scenario.kill_over_every_job(times=1)

    dead = scenario.look()
    assert column(dead, "running") == all_of(1)
    assert column(dead, "written") == all_of(0)

    scenario.start_worker()
    done = scenario.when_all(TASKS, SUCCEEDED)
    assert column(done, "tries") == column(done, "written") == all_of(1)
    assert column(done, "state") == STATES
    assert column(done, "running") == all_of(0)
    expect_counted(ask_scenario(scenario.env, "report"))


def test_jobs_whose_worker_dies_three_times_are_given_up(database, redis, run, tmp_path):
    url, _scenario = database
    scenario = Scenario(run, tmp_path, url, redis)
    scenario.kill_over_every_job(times=3)

    scenario.start_worker()
    given_up = scenario.when_all(TASKS, RESTS)
    assert column(given_up, "tries") == all_of(3)
    assert column(given_up, "running") == column(given_up, "written") == all_of(0)
    for kind, words in WORDS.items():
        assert (given_up[kind]["state"], words in given_up[kind]["page"]) == ("failed", True), kind
    page = given_up["operator"]
    assert [page.count(f">{task}<") for task in TASKS.values()] == [1] * len(TASKS)
    assert page.count(DIED_THREE_TIMES) == len(TASKS)
    assert len(re.findall(r">\s*đã dừng thử\s*<", page)) == len(TASKS)

    # No round of the timetable brings one of them back.
    wanted_jobs.run(scenario.env, "timetable")
    wait_until(lambda: rounds_done(scenario.worker) == set(ROUNDS), "the rounds are made")
    after = scenario.look()
    assert column(after, "tries") == all_of(3)
    assert column(after, "written") == all_of(0)

    # The operator may start them once more, now that nothing kills them. A save is confirmed
    # anew by its person, because nothing was saved and other people may have written since.
    restarted = [kind for kind in TASKS if kind != "save"]
    wanted_jobs.run(scenario.env, "restart", *restarted)
    scenario.when_all(restarted, SUCCEEDED)
    wanted_jobs.run(scenario.env, "check")
    read = "SELECT file_name FROM schools_importbatch WHERE state = 'ready'"
    wait_until(lambda: "save.xlsx" in scenario.barrier.ask(read), "it is read anew")
    wanted_jobs.run(scenario.env, "save")
    done = scenario.when_all(TASKS, SUCCEEDED)
    assert column(done, "written") == all_of(1)
    assert column(done, "state") == STATES


def rounds_done(worker):
    """Rounds of the timetable that the worker has ended."""
    lines = worker.log.read_text().splitlines()
    return {each for each in ROUNDS if any(each in line and "succeeded" in line for line in lines)}
