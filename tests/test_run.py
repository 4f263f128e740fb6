"""The set-up script: what it decides before it starts anything."""

import contextlib
import datetime
import hashlib
import os
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

import run
from lai_chau_edu.demo.staff import SIGN_INS
from tests import drawn

NOTHING = {"postgres": None, "redis": None, "chromium": None, "faults": None}
EVERYTHING = {
    "postgres": "postgres://postgres@127.0.0.1:5432/postgres",
    "redis": "redis://127.0.0.1:6379/15",
    "chromium": "/usr/bin/chromium",
    "faults": "/usr/bin/redis-server",
}


@pytest.fixture
def installation(tmp_path, monkeypatch):
    """An empty checkout in a folder of its own."""
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(run, "LOCAL_ENV", tmp_path / "var" / "local.env")
    monkeypatch.setattr(run, "PRACTICE", tmp_path / "var" / "practice")
    return tmp_path


def test_parse_without_arguments():
    options = run.parse([])
    assert (options.run, options.port, options.without_demo) == (run.serve, 8000, False)


def test_parse_another_port():
    assert run.parse(["--port", "8101"]).port == 8101


@pytest.mark.parametrize("port", ["0", "65536", "eight"])
def test_parse_refuses_what_is_no_port(port, capsys):
    with pytest.raises(SystemExit):
        run.parse(["--port", port])
    assert "invalid port_number value" in capsys.readouterr().err


def test_parse_test_hands_unknown_arguments_to_pytest_in_order():
    options = run.parse(["test", "--nothing-left-out", "tests/schools", "-k", "roll", "-x"])
    assert options.run is run.test
    assert options.nothing_left_out
    assert options.pytest == ["tests/schools", "-k", "roll", "-x"]


def test_marker_expression_when_nothing_is_missing():
    assert run.marker_expression(EVERYTHING) == ""


def test_marker_expression_deselects_what_cannot_run():
    assert run.marker_expression(NOTHING) == "not browser and not worker and not faults"


def test_marker_expression_keeps_the_callers_own():
    services = {**EVERYTHING, "chromium": None}
    assert run.marker_expression(services, "worker or slow") == "(worker or slow) and not browser"


def test_pytest_uses_every_core():
    command = run.pytest_command(EVERYTHING, run.parse(["test"]), cores=4)
    assert command[1:] == ["-m", "pytest", "-n", "4"]


@pytest.mark.parametrize("chosen", [["-n0"], ["--numprocesses=3"], ["--pdb"]])
def test_pytest_leaves_the_callers_number_of_processes(chosen):
    command = run.pytest_command(EVERYTHING, run.parse(["test", *chosen]), cores=4)
    assert command[1:] == ["-m", "pytest", *chosen]


def test_left_out_says_one_sentence_for_each_missing_service():
    assert run.left_out(EVERYTHING) == []
    starts = [sentence.split(":")[0] for sentence in run.left_out(NOTHING)]
    assert starts == [
        "Everything on PostgreSQL",
        "Tests with a real Celery worker",
        "Tests in a real browser",
        "Tests that kill real servers",
    ]


def test_steps_test_both_databases_when_postgres_answers():
    found = run.steps(EVERYTHING, run.parse(["test"]), {})
    databases = {name: env["DATABASE_URL"] for name, _, env in found if name.startswith("tests")}
    assert databases == {
        "tests on SQLite": "sqlite://:memory:",
        "tests on PostgreSQL": run.database_url(EVERYTHING["postgres"]),
        "tests under faults": "sqlite://:memory:",
    }


def test_steps_kill_servers_once_and_apart_from_the_others():
    commands = {
        name: command for name, command, _ in run.steps(EVERYTHING, run.parse(["test"]), {})
    }
    assert commands["tests under faults"][-1] == "tests/faults"
    # What asks no database is proved once, on SQLite.
    assert commands["tests on PostgreSQL"][-2:] == ["-m", "database and not faults"]
    # The browser too comes once, on the database of a province.
    assert commands["tests on SQLite"][-2:] == ["-m", "not browser and not faults"]


@pytest.mark.parametrize("own", [["tests/schools"], ["-m", "worker"]])
def test_steps_leave_the_choice_to_a_caller_with_arguments(own):
    found = run.steps(EVERYTHING, run.parse(["test", *own]), {})
    assert "tests under faults" not in [name for name, _, _ in found]
    assert all("not faults" not in command for _, command, _ in found)
    assert all("not browser" not in command for _, command, _ in found)
    assert all("database" not in command for _, command, _ in found)


def test_steps_test_sqlite_alone_without_postgres():
    found = run.steps(NOTHING, run.parse(["test"]), {})
    suites = {name: environment for name, _, environment in found if name.startswith("tests")}
    assert suites.keys() == {"tests on SQLite"}
    # Then it does all that is otherwise done on PostgreSQL.
    assert "TEST_WHOLE" in suites["tests on SQLite"]
    beside = run.steps(EVERYTHING, run.parse(["test"]), {})
    assert all("TEST_WHOLE" not in environment for _, _, environment in beside)


def test_short_form_is_the_drawn_one_alone():
    def shifts(*arguments):
        found = run.steps(EVERYTHING, run.parse(["test", *arguments]), {"TEST_DRAW": "1"})
        return {env.get("TEST_DRAW") for name, _, env in found if name.startswith("tests")}

    assert shifts() == shifts("--at", "2027-02-06 12:30") == {None}
    assert shifts("--at", "drawn", "tests/schools") == {None}
    before = run.draw_of(datetime.datetime.now(run.SCHOOL_ZONE))
    (shift,) = shifts("--at", "drawn")
    assert before <= int(shift) <= run.draw_of(datetime.datetime.now(run.SCHOOL_ZONE))


def test_a_shift_is_eight_hours():
    begin = datetime.datetime(2026, 11, 30, tzinfo=run.SCHOOL_ZONE)
    drawn_in = [run.draw_of(begin + datetime.timedelta(hours=hour)) for hour in range(48)]
    assert drawn_in == [drawn_in[0] + hour // 8 for hour in range(48)]


def test_every_test_has_its_shift():
    def item(path, name="test", *, case=None, markers=()):
        callspec = SimpleNamespace(id=case) if case else None
        nodeid = f"{path}::{name}" + (f"[{case}]" if case else "")
        return SimpleNamespace(
            location=(path, 1, name),
            nodeid=nodeid,
            get_closest_marker=lambda wanted: wanted in markers or None,
            **({"callspec": callspec} if case else {}),
        )

    phone, desktop = (
        item("tests/browser/test_story.py", case=width, markers=("browser", "database"))
        for width in ("360", "1280")
    )
    office = [
        item("tests/browser/test_layout.py", case=width, markers=("browser", "database"))
        for width in ("360", "1280")
    ]
    page = item("tests/schools/test_units.py", markers=("database",))
    whole = item("tests/core/test_validity.py", markers=("database",))
    pure = item("tests/reports/test_rates.py")
    kills = [
        item("tests/upgrade/test_upgrade.py", case=f"at{n}", markers=("database",))
        for n in range(9)
    ]
    for shift in range(740_000, 740_006):
        # One width of each test, in every shift.
        widths = [drawn.left_out(each, shift, "postgresql") for each in (phone, desktop)]
        assert sorted(widths) == [False, True]
        # Each test runs in every shift; what looks at the database itself, on PostgreSQL.
        assert drawn.left_out(page, shift, "sqlite") != drawn.left_out(page, shift, "postgresql")
        assert not drawn.left_out(whole, shift, "postgresql")
        assert not drawn.left_out(pure, shift, "sqlite")
    for each in office:
        left = [drawn.left_out(each, shift, "postgresql") for shift in range(740_000, 740_004)]
        assert left.count(False) == 1
    for each in (page, whole):
        left = [drawn.left_out(each, shift, "sqlite") for shift in range(740_000, 740_006)]
        assert left in ([True, False] * 3, [False, True] * 3)
    for kill in kills:
        assert [drawn.left_out(kill, shift, "sqlite") for shift in range(3)].count(False) == 1
    history = item("tests/reports/test_flag_migration.py", markers=("database",))
    old_page = item("tests/upgrade/test_first_state.py", case="home", markers=("database",))
    address = item("tests/test_permissions.py", case="home", markers=("database",))
    backup = item("tests/backup/test_move.py", markers=("database",))
    for each, turns in ((history, 8), (old_page, 6), (address, 6), (backup, 6)):
        for vendor in ("sqlite", "postgresql"):
            left = [drawn.left_out(each, shift, vendor) for shift in range(turns)]
            assert left.count(False) == 1, (each, vendor)


def test_what_names_no_page_of_a_long_walk_runs_in_every_shift():
    table = SimpleNamespace(
        location=("tests/test_permissions.py", 1, "test_every_address_is_in_the_table"),
        nodeid="tests/test_permissions.py::test_every_address_is_in_the_table",
        get_closest_marker=lambda wanted: wanted == "database" or None,
    )
    for shift in range(6):
        left = [drawn.left_out(table, shift, vendor) for vendor in ("sqlite", "postgresql")]
        assert sorted(left) == [False, True]


def test_check_runs_what_comes_before_the_tests_and_sums_up(monkeypatch, capsys):
    ran = []
    monkeypatch.setattr(run, "make_environment", lambda: None)
    monkeypatch.setattr(run, "install", lambda name: ran.append(name))

    def passes(command, cwd, env):
        ran.append(command)
        return SimpleNamespace(returncode=0)

    def fails_beside(command, **_rest):
        ran.append(command)
        return SimpleNamespace(returncode=1, communicate=lambda: (b"a type is wrong\n", None))

    monkeypatch.setattr(run.subprocess, "run", passes)
    monkeypatch.setattr(run.subprocess, "Popen", fails_beside)
    options = run.parse(["check"])
    assert options.run(options) == 1
    assert ran[0] == "requirements-dev.txt"
    assert not any("pytest" in command for command in ran)
    said = capsys.readouterr().out
    assert "=== types\na type is wrong\n" in said
    assert [line.split()[:2] for line in said.splitlines() if line.startswith("FAILED")] == [
        ["FAILED", "types"]
    ]
    assert said.count("\npassed ") == len(ran) - 2


def test_steps_keep_a_developers_own_settings_away():
    own = {"REDIS_URL": "redis://queue", "DEBUG": "true", "TEST_REDIS_URL": "redis://gone"}
    for _, _, environment in run.steps(NOTHING, run.parse(["test"]), {**own, "PATH": "/bin"}):
        assert own.keys() & environment.keys() == set()
        assert environment["PATH"] == "/bin"


def test_steps_tell_the_tests_what_answers():
    *_, (_, _, environment) = run.steps(EVERYTHING, run.parse(["test"]), {})
    assert environment["TEST_REDIS_URL"] == EVERYTHING["redis"]
    assert environment["CHROMIUM"] == EVERYTHING["chromium"]


def test_database_url_is_this_checkouts_own(monkeypatch, tmp_path):
    server = "postgres://me:secret@db.example:5433/postgres?sslmode=require"
    here = run.database_url(server)
    monkeypatch.setattr(run, "ROOT", tmp_path)
    elsewhere = run.database_url(server)
    assert here.startswith("postgres://me:secret@db.example:5433/lai_chau_")
    assert here.endswith("?sslmode=require")
    assert here != elsewhere


def test_postgres_urls_prefers_the_one_given():
    assert run.postgres_urls({"TEST_POSTGRES_URL": "postgres://x"}) == ["postgres://x"]
    assert run.postgres_urls({})[0] == "postgres://postgres@127.0.0.1:5432/postgres"


def test_port_in_use_is_refused_with_another_to_try():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(run.Refused, match=f"Cổng {port} đang bận"):
            run.require_free_port(port)
    run.require_free_port(port)


def test_database_of_a_server_is_refused():
    with pytest.raises(run.Refused, match="SQLite"):
        run.require_own_database({"DATABASE_URL": "postgres://db/lai_chau"})
    run.require_own_database({"DATABASE_URL": "sqlite:////tmp/mine.sqlite3"})
    run.require_own_database({})


def test_server_speaks_plain_http_unless_told_otherwise():
    assert run.serve_environment({})["HTTPS"] == "false"
    assert run.serve_environment({"HTTPS": "true"})["HTTPS"] == "true"


def test_local_env_is_written_once_and_for_its_owner(installation):
    run.write_local_env()
    first = run.LOCAL_ENV.read_text()
    run.write_local_env()
    found = dict(line.split("=", 1) for line in first.splitlines())
    assert len(found["SECRET_KEY"]) == 64
    assert found["DATABASE_URL"] == "sqlite:///var/lai_chau.sqlite3"
    assert run.LOCAL_ENV.read_text() == first
    if os.name == "posix":
        assert stat.S_IMODE(run.LOCAL_ENV.stat().st_mode) == 0o600


@pytest.mark.parametrize("end", ["", "\n"])
def test_local_env_of_an_older_version_learns_its_database_and_keeps_its_key(installation, end):
    run.LOCAL_ENV.parent.mkdir()
    run.LOCAL_ENV.write_text(f"SECRET_KEY=old{end}")
    run.write_local_env()
    assert run.LOCAL_ENV.read_text() == (
        "SECRET_KEY=old\nDATABASE_URL=sqlite:///var/lai_chau.sqlite3\n"
    )


def test_local_env_that_names_another_database_stays(installation):
    run.LOCAL_ENV.parent.mkdir()
    text = "SECRET_KEY=old\nDATABASE_URL=postgres://u@127.0.0.1/x\n"
    run.LOCAL_ENV.write_text(text)
    run.write_local_env()
    assert run.LOCAL_ENV.read_text() == text


def test_a_start_without_the_demo_is_one_to_practise_on_only_beside_a_demo(installation, capsys):
    without = run.parse(["--without-demo"])
    run.write_local_env()
    database = run.LOCAL_ENV.parent / "lai_chau.sqlite3"
    # A new folder, and one in which real work goes on: the database of before.
    assert not run.practises(without, {})
    with contextlib.closing(sqlite3.connect(database)) as made:
        made.execute("CREATE TABLE accounts_user (username text)")
        made.commit()
        assert not run.practises(without, {})
        made.execute("INSERT INTO accounts_user VALUES (?)", [SIGN_INS["teacher"]])
        made.commit()
    assert run.practises(without, {})
    assert not run.practises(run.parse([]), {})
    assert not run.practises(without, {"DATABASE_URL": "sqlite:///var/other.sqlite3"})
    found = run.prepare_practice({"HTTPS": "false"})
    assert found["DATABASE_URL"] == "sqlite:///var/practice/lai_chau.sqlite3"
    assert found["FILES_DIR"] == str(run.PRACTICE / "files")
    assert "TẬP LÀM" in capsys.readouterr().out


def test_install_with_an_unchanged_stamp_does_nothing(installation, monkeypatch):
    (installation / "requirements.txt").write_bytes(b"x==1\n")
    run.VENV.mkdir()
    stamp = run.VENV / "requirements.txt.sha256"
    stamp.write_text(hashlib.sha256(b"x==1\n").hexdigest())
    monkeypatch.setenv("PATH", "")
    run.install("requirements.txt")
    assert sorted(path.name for path in run.VENV.iterdir()) == [stamp.name]


def test_environment_is_made_once_and_anew_for_another_python(installation):
    assert not run.environment_works()
    run.make_environment()
    assert run.environment_works()
    config = run.VENV / "pyvenv.cfg"
    config.write_text("home = /usr/bin\nversion = 3.9.2\n")
    assert not run.environment_works()
    run.make_environment()
    assert run.environment_works()


def test_install_of_a_package_without_its_hash_is_refused(installation, monkeypatch):
    (installation / "requirements.txt").write_text("Django\n")
    run.make_environment()
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    with pytest.raises(run.Refused, match="Không cài được"):
        run.install("requirements.txt")
    assert not (run.VENV / "requirements.txt.sha256").exists()


def test_old_python_is_told_to_step_aside(monkeypatch):
    monkeypatch.setattr(run.sys, "version_info", (3, 9))
    with pytest.raises(run.Refused, match=r"Cần Python 3\.11 trở lên; máy đang dùng 3\.9"):
        run.require_python()


def test_drawn_moments_differ_from_day_to_day_and_between_the_databases():
    days = [datetime.date(2026, 11, 28) + datetime.timedelta(days=n) for n in range(60)]
    drawn = [run.moments("drawn", day) for day in days]
    assert drawn == [run.moments("drawn", day) for day in days]
    assert all(a.date() != b.date() and a.time() != b.time() for a, b in drawn)
    assert len(set(drawn)) > 30


def test_drawn_order_is_another_each_day_and_on_sqlite_alone():
    day = datetime.date(2026, 11, 28)
    assert run.seeds("drawn", day) == (day.toordinal(), None)
    assert run.seeds("drawn", day + datetime.timedelta(days=1)) != run.seeds("drawn", day)
    assert run.seeds(7, day) == (7, 7)
    assert run.seeds(None, day) == (None, None)


@pytest.mark.parametrize(
    ("order", "shuffled"),
    [
        ([], set()),
        (["--order", "drawn"], {"tests on SQLite"}),
        (["--order", "7"], {"tests on SQLite", "tests on PostgreSQL"}),
    ],
)
def test_steps_in_another_order_say_their_seed_and_collect(order, shuffled):
    found = run.steps(EVERYTHING, run.parse(["test", *order]), {})
    seeds = {
        name: argument.partition("=")[2]
        for name, command, _ in found
        for argument in command
        if argument.startswith("--random-order-seed=")
    }
    assert {name.partition(",")[0] for name in seeds} == shuffled
    assert all(name.endswith(f", order {seed}") for name, seed in seeds.items())
    assert seeds.keys() == {name for name, _, env in found if "TEST_COLLECTOR" in env}


def test_steps_at_another_time_move_the_clock_of_the_tests_alone():
    options = run.parse(["test", "--at", "2028-02-29 23:58"])
    moved = {
        name: environment["TEST_CLOCK_SHIFT"]
        for name, _, environment in run.steps(EVERYTHING, options, {})
        if "TEST_CLOCK_SHIFT" in environment
    }
    assert set(moved) == {
        "tests on SQLite at 2028-02-29 23:58",
        "tests on PostgreSQL at 2028-02-29 23:58",
    }
    shift = datetime.timedelta(seconds=int(moved.popitem()[1]))
    assert (datetime.datetime.now(run.SCHOOL_ZONE) + shift).date() == datetime.date(2028, 2, 29)


def test_a_moved_clock_reaches_a_process_of_the_tests():
    """Fails, as every test of a run at another time should, when the clock did not move."""
    shift = int(os.environ.get("TEST_CLOCK_SHIFT", "0")) or 86_400
    environment = {
        **os.environ,
        "TEST_CLOCK_SHIFT": str(shift),
        "PYTHONPATH": str(run.ROOT / "tests" / "clock"),
    }
    told = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time())"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    moved = float(told.stdout) - time.clock_gettime(time.CLOCK_REALTIME)
    assert abs(moved - (0 if "TEST_CLOCK_SHIFT" in os.environ else shift)) < 600
