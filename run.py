#!/usr/bin/env python3
"""Set up and run the product, or its tests, where there is nothing but Python 3.11 or newer.

    python3 run.py                     set up once, serve on http://127.0.0.1:8000
    python3 run.py --port 8001         the same on another port
    python3 run.py --without-demo      the official units and no invented people; beside a demo, a
                                       database of its own, to practise the start on
    python3 run.py test [arguments]    the whole suite; arguments go to pytest
    python3 run.py check               what comes before the tests: lint, types, translations

Standard library only. This file must stay readable for older Pythons, so that they can be
told to step aside.
"""

import argparse
import contextlib
import datetime
import getpass
import hashlib
import os
import random
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
# The packages themselves, in an archive of bin/release: then no network is asked.
WHEELS = ROOT / "wheels"
LOCAL_ENV = ROOT / "var" / "local.env"
LOCAL_DATABASE = "sqlite:///var/lai_chau.sqlite3"
# Beside the demo: a start without it, from nothing.
PRACTICE = ROOT / "var" / "practice"
PRACTICE_DATABASE = "sqlite:///var/practice/lai_chau.sqlite3"
DEMO_USER = "giaovien"
OLDEST_PYTHON = (3, 11)
DEFAULT_PORT = 8000

# A minute of one core.
BESIDE = ("types",)

# What the product reads; a developer's own values must not reach the tests.
PRODUCT_VARIABLES = (
    "AGENCY_NAME",
    "ALARM_TO",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "DEBUG",
    "DJANGO_SETTINGS_MODULE",
    "EMAIL_FROM",
    "EMAIL_URL",
    "FILES_DIR",
    "HELP_LINE",
    "HTTPS",
    "LOG_LEVEL",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_ISSUER",
    "OIDC_NAME",
    "PROVINCE_DATA",
    "REDIS_URL",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "SECURITY_CONTACT",
    "SITE_URL",
    "STATIC_MANIFEST",
    "TRUSTED_PROXY",
)
# The time of the schools. Viet Nam knows no summer time.
SCHOOL_ZONE = datetime.timezone(datetime.timedelta(hours=7))
# Before work, in and after the hours of a register, and the last minutes of a day.
DRAWN_HOURS = ("00:30", "08:30", "12:30", "17:30", "23:58")
DRAWN_DAYS = (
    "2026-08-01",  # the first day of the tests' school year
    "2026-11-28",  # a Saturday
    "2027-01-31",  # a Sunday, and the last day of a month
    "2027-02-06",  # Tết
    "2027-07-18",  # the holidays
    "2028-02-29",
)
# The first has no windows of its own and costs two thirds of the others.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class Refused(Exception):
    """The command cannot go on; the text says in Vietnamese and English what to do."""


def say(vietnamese, english=""):
    """Tell the person at the terminal."""
    print(vietnamese)
    if english:
        print("  " + english)
    sys.stdout.flush()


# --- Set-up -----------------------------------------------------------------


def require_python():
    """Refuse a Python older than OLDEST_PYTHON."""
    if sys.version_info < OLDEST_PYTHON:
        raise Refused(
            "Cần Python 3.11 trở lên; máy đang dùng {0}.{1}.\n"
            "  Python 3.11 or newer is needed; this is {0}.{1}.".format(*sys.version_info)
        )


def executable(name):
    """Path of a program inside the virtual environment."""
    return VENV / "Scripts" / f"{name}.exe" if os.name == "nt" else VENV / "bin" / name


def make_environment():
    """Create `.venv` with this Python, unless a working one is there."""
    if environment_works():
        return
    try:
        import venv
    except ImportError:
        raise Refused(NO_VENV) from None
    say("Đang tạo môi trường Python trong .venv …", "Creating the Python environment.")
    venv.EnvBuilder(clear=True, symlinks=os.name != "nt").create(VENV)


def environment_works():
    """Whether `.venv` runs, and with the version of Python that its packages were made for."""
    try:
        asked = subprocess.run(
            [executable("python"), "-I", "-S", "-c", "import sys; print(sys.version.split()[0])"],
            capture_output=True,
            text=True,
            check=True,
        )
        noted = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, subprocess.CalledProcessError):
        return False
    runs = asked.stdout.strip().split(".")[:2]
    made = [line.split("=")[1].strip() for line in noted.splitlines() if line.startswith("version")]
    same = any(version.split(".")[:2] == runs for version in made)
    return same and tuple(map(int, runs)) >= OLDEST_PYTHON


NO_VENV = (
    "Python của máy thiếu gói tạo môi trường. Trên Debian/Ubuntu: apt install python3-venv\n"
    "  This Python lacks venv/ensurepip. On Debian/Ubuntu: apt install python3-venv"
)


def install(name):
    """Install a hash-pinned requirements file into `.venv`, once for each content of the file."""
    requirements = ROOT / name
    stamp = VENV / (name + ".sha256")
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    say("Đang tải và cài các gói cần thiết …", "Installing the packages of " + name + ".")
    if not (install_with_uv(requirements) or install_with_pip(requirements)):
        raise Refused(
            "Không cài được các gói. Hãy xem dòng lỗi ở trên, kiểm tra mạng rồi chạy lại.\n"
            "  The packages could not be installed; see above, check the network, run again."
        )
    stamp.write_text(wanted, encoding="ascii")


def install_with_uv(requirements):
    """Whether uv is on the PATH and has installed the file: several times as fast as pip."""
    uv = shutil.which("uv")
    if uv is None or not succeeds([uv, "--version"]):
        return False
    # Compiled as pip does: else every process of the tests compiles a thousand modules anew.
    command = [uv, "pip", "install", "--quiet", "--compile-bytecode"]
    command += ["--python", executable("python")]
    return subprocess.run([*command, *sources(requirements)]).returncode == 0


def install_with_pip(requirements):
    """Whether pip, taken from Python itself, has installed the file."""
    python = executable("python")
    if not (succeeds([python, "-m", "pip", "--version"]) or succeeds([python, "-m", "ensurepip"])):
        raise Refused(NO_VENV)
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return subprocess.run([*command, *sources(requirements)]).returncode == 0


def sources(requirements):
    """Options that say what to install and where from: the wheels of a release, or an index."""
    wanted = ["--require-hashes", "-r", requirements]
    is_release = WHEELS.is_dir() and requirements.name == "requirements.txt"
    return ["--no-index", "--find-links", WHEELS, *wanted] if is_release else wanted


def succeeds(command):
    """Whether the command ends well; what it says is not shown."""
    return subprocess.run(command, capture_output=True).returncode == 0


def write_local_env():
    """Write `var/local.env`, for its owner only: a secret key of this installation and the name
    of its database. What is there already stays as it is."""
    LOCAL_ENV.parent.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(LOCAL_ENV, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+", encoding="utf-8") as file:
        text = file.read()
        named = {line.partition("=")[0].strip() for line in text.splitlines()}
        if text and not text.endswith("\n"):
            file.write("\n")
        if "SECRET_KEY" not in named:
            file.write("SECRET_KEY=" + secrets.token_urlsafe(48) + "\n")
        if "DATABASE_URL" not in named:
            # Relative to this folder, which may be moved or copied.
            file.write("DATABASE_URL=" + LOCAL_DATABASE + "\n")


# --- Serve ------------------------------------------------------------------


def require_free_port(port):
    """Refuse a port on which something answers already, or which this user may not open."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # A server stopped a moment ago leaves its port half closed; that is no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            other = port + 1 if 1024 <= port < 65535 else DEFAULT_PORT
            raise Refused(
                f"Cổng {port} đang bận hoặc không được phép dùng. Chọn cổng khác:"
                f" python3 run.py --port {other}\n"
                f"  Port {port} is taken or not allowed; choose another as above."
            ) from None


def require_own_database(environ):
    """Refuse to prepare the database of a server, where real people may be."""
    url = environ.get("DATABASE_URL", "")
    if url and not url.startswith("sqlite"):
        raise Refused(
            "DATABASE_URL đang trỏ tới một máy chủ dữ liệu; run.py chỉ dùng SQLite tại chỗ.\n"
            "  DATABASE_URL names a database server; see docs/operations.md for a province."
        )


def serve_environment(environ):
    """Variables of the server: plain HTTP, because it listens on this computer only."""
    return {
        "HTTPS": "false",
        "LOG_LEVEL": "WARNING",
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        **environ,
    }


def holds_demo(database):
    """Whether an SQLite file holds the demo; False when there is none, or no table yet."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as found:
            asked = found.execute("SELECT 1 FROM accounts_user WHERE username = ?", [DEMO_USER])
            return asked.fetchone() is not None
    except sqlite3.Error:
        return False


def practises(options, environ):
    """Whether this start is one to practise on: without the demo, which stays beside it."""
    if not options.without_demo or environ.get("DATABASE_URL"):
        return False
    named = LOCAL_ENV.read_text(encoding="utf-8").splitlines()
    demo = ROOT / LOCAL_DATABASE.removeprefix("sqlite:///")
    return f"DATABASE_URL={LOCAL_DATABASE}" in named and holds_demo(demo)


def prepare_practice(environ):
    """Variables of a start to practise on; says what it is and how to sign in."""
    PRACTICE.mkdir(mode=0o700, parents=True, exist_ok=True)
    say(
        "Đây là bản TẬP LÀM, bắt đầu từ trang trắng, có cơ sở dữ liệu riêng trong var/practice;"
        " bản trình diễn vẫn còn nguyên. Làm lại từ đầu: dừng, xoá thư mục đó, chạy lại.",
        "A start to practise on, with a database of its own; the demo stays as it is.",
    )
    say(
        "Tạo người quản trị đầu tiên ở một cửa sổ khác, sau khi trang mở được:\n"
        f"  DATABASE_URL={PRACTICE_DATABASE} .venv/bin/python manage.py createsuperuser"
    )
    return {**environ, "DATABASE_URL": PRACTICE_DATABASE, "FILES_DIR": str(PRACTICE / "files")}


def serve(options):
    """Set up what is missing, then become the server; returns its exit code on Windows only."""
    require_free_port(options.port)
    require_own_database(os.environ)
    make_environment()
    install("requirements.txt")
    write_local_env()
    command = [str(executable("python")), str(ROOT / "manage.py"), "serve", "--prepare"]
    command += ["--port", str(options.port)] + ([] if options.without_demo else ["--demo"])
    environment = serve_environment(os.environ)
    if practises(options, os.environ):
        environment = prepare_practice(environment)
        command += ["--examples", str(PRACTICE / "examples")]
    say("Đang khởi động …", "Starting.")
    os.chdir(ROOT)
    if os.name == "posix":
        # Signals then reach the server itself, whoever sends them.
        os.execve(command[0], command, environment)
    child = subprocess.Popen(command, env=environment)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the console has told the server too


# --- Test -------------------------------------------------------------------


def find_services(environ):
    """What answers here: {"postgres": URL, "redis": URL, "chromium": path, "faults": path},
    None for missing."""
    return {
        "postgres": first_answering(
            "import sys, psycopg2; psycopg2.connect(sys.argv[1], connect_timeout=3).close()",
            postgres_urls(environ),
        ),
        "redis": first_answering(
            "import sys, redis; redis.Redis.from_url("
            "sys.argv[1], socket_connect_timeout=3, socket_timeout=3).ping()",
            # Not database 0: the tests empty theirs, and somebody's queue may be there.
            [environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/15"],
        ),
        "chromium": next(
            filter(None, map(shutil.which, [environ.get("CHROMIUM", ""), *CHROMIUM_NAMES])), None
        ),
        "faults": find_server_programs(),
    }


def find_server_programs():
    """Path of redis-server when the fault tests can start and kill servers here, else None."""
    # Debian keeps initdb away from the PATH.
    initdb = shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    can_kill = sys.platform.startswith("linux")
    return shutil.which("redis-server") if initdb and can_kill else None


def postgres_urls(environ):
    """Addresses to try, most likely first; TEST_POSTGRES_URL alone when it is set."""
    if environ.get("TEST_POSTGRES_URL"):
        return [environ["TEST_POSTGRES_URL"]]
    users = dict.fromkeys(["postgres", getpass.getuser()])
    return [f"postgres://{user}@127.0.0.1:5432/postgres" for user in users]


def first_answering(script, urls):
    """The first URL with which the script, run in `.venv`, succeeds; else None."""
    for url in urls:
        probe = [executable("python"), "-c", script, url]
        if succeeds(probe):
            return url
    return None


def left_out(services):
    """One sentence for each part of the suite that cannot run here; [] when all of it can."""
    sentences = {
        "postgres": "Everything on PostgreSQL: none answers as user postgres or the present user"
        " at 127.0.0.1:5432, or at TEST_POSTGRES_URL.",
        "redis": "Tests with a real Celery worker: no Redis answers at 127.0.0.1:6379, or at"
        " TEST_REDIS_URL.",
        "chromium": "Tests in a real browser: none of {} is on the PATH, nor in CHROMIUM.".format(
            ", ".join(CHROMIUM_NAMES)
        ),
        "faults": "Tests that kill real servers: they need Linux and the programs initdb, pg_ctl"
        " and redis-server.",
    }
    return [sentence for name, sentence in sentences.items() if services[name] is None]


def marker_expression(services, wanted=""):
    """The -m expression that deselects what cannot run, joined with the caller's own."""
    parts = [wanted if wanted.isidentifier() else f"({wanted})"] if wanted else []
    if services["chromium"] is None:
        parts.append("not browser")
    if services["redis"] is None:
        parts.append("not worker")
    if services["faults"] is None:
        parts.append("not faults")
    return " and ".join(parts)


def pytest_command(services, options, cores, *, markers="", seed=None):
    """The pytest call for one database, on every core unless the caller says otherwise.

    `markers`: a marker expression; `seed`: of the order of the tests, None: as they are written.
    """
    command = [str(executable("python")), "-m", "pytest"]
    chosen = any(each.startswith(("-n", "--numprocesses", "--pdb")) for each in options.pytest)
    if cores > 1 and not chosen:
        command += ["-n", str(cores)]
    if seed is not None:
        # Files stay whole: some share what is dear to make.
        command += ["--random-order-bucket=module", f"--random-order-seed={seed}"]
    expression = marker_expression(services, options.markers or markers)
    if expression:
        command += ["-m", expression]
    return command + options.pytest


def moments(at, today):
    """What time the tests shall believe it is, on SQLite and on PostgreSQL; None: the true one.

    `at` is None, "drawn" (two of the list above, others each day) or a moment.
    """
    if at != "drawn":
        return at, at
    draw = random.Random(today.toordinal())
    days, hours = draw.sample(DRAWN_DAYS, 2), draw.sample(DRAWN_HOURS, 2)
    return tuple(moment(f"{day} {hour}") for day, hour in zip(days, hours, strict=True))


def draw_of(now):
    """Number of the shift, one more every eight hours: landings of one day draw different parts."""
    return now.date().toordinal() * 3 + now.hour // 8


def seeds(order, today):
    """Seeds of the order of the tests on SQLite and on PostgreSQL; None: as they are written.

    `order` is None, "drawn" (another order on SQLite each day, which is the seed) or a seed.
    """
    return (today.toordinal(), None) if order == "drawn" else (order, order)


def collector(seed):
    """Variables that collect rubbish after each test of a shuffled run (tests/conftest.py)."""
    return {} if seed is None else {"TEST_COLLECTOR": "1"}


def clock(believed, now):
    """Variables that move the clock of a test run (tests/clock) to the time believed."""
    if believed is None:
        return {}
    shift = round((believed - now).total_seconds())
    return {"TEST_CLOCK_SHIFT": str(shift), "PYTHONPATH": str(ROOT / "tests" / "clock")}


def database_url(server_url):
    """URL of this checkout's own database on a server; another checkout may test beside it."""
    name = "lai_chau_" + hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    address, _, query = server_url.partition("?")
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.split('/')[0]}/{name}" + ("?" + query if query else "")


def steps(services, options, environ):
    """Every step of the suite, quick ones first: [(name, command, environment)]."""
    base = {name: value for name, value in environ.items() if name not in PRODUCT_VARIABLES}
    base["PYTHONUTF8"] = "1"
    # Hundreds of processes are started by the tests; each would compile the product anew.
    base.pop("PYTHONDONTWRITEBYTECODE", None)
    for variable, service in (("TEST_REDIS_URL", "redis"), ("CHROMIUM", "chromium")):
        base.pop(variable, None)
        if services[service]:
            base[variable] = services[service]
    now = datetime.datetime.now(SCHOOL_ZONE)
    is_whole = not (options.pytest or options.markers)
    base.pop("TEST_DRAW", None)
    if options.at == "drawn" and is_whole:
        # The short form: tests/drawn.py leaves some tests to another shift.
        base["TEST_DRAW"] = str(draw_of(now))
    nowhere = {**base, "DATABASE_URL": "sqlite://:memory:"}
    if not services["postgres"]:
        # Nothing follows that would do what is only sampled here (tests/whole.py).
        nowhere["TEST_WHOLE"] = "1"
    deployed = {**nowhere, "SECRET_KEY": secrets.token_urlsafe(48), "HTTPS": "true"}
    manage = [str(executable("python")), str(ROOT / "manage.py")]
    # Alone and once: these tests have databases of their own, and want the cores for themselves.
    faults_apart = services["faults"] and is_whole
    beside = {**services, "faults": None} if faults_apart else services
    cores = os.cpu_count() or 1
    # One more where browsers, servers and workers are waited for.
    processes = cores + (cores > 1)
    # A browser takes minutes and meets the same pages on both: once, on the province's database.
    once = services["postgres"] and is_whole
    on_sqlite = {**beside, "chromium": None} if once else beside
    at_sqlite, at_server = moments(options.at, now.date())
    seed_sqlite, seed_server = seeds(options.order, now.date())
    # What asks no database is proved by one run.
    on_server = "database" if is_whole else ""
    pages = sorted(map(str, (ROOT / "templates").rglob("*.html")))
    found = [
        ("ruff check", [str(executable("ruff")), "check", "."], base),
        ("ruff format", [str(executable("ruff")), "format", "--check", "."], base),
        (
            "templates",
            [str(executable("djade")), "--target-version", "5.2", "--check", *pages],
            base,
        ),
        ("scripts", [str(executable("oxlint")), "--deny-warnings", "static/js"], base),
        ("import contracts", [str(executable("lint-imports")), "--no-cache"], base),
        ("translations compile", [*manage, "compile_translations"], deployed),
        ("translations complete", [*manage, "compile_translations", "--check"], deployed),
        (
            "system checks",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            deployed,
        ),
        ("migrations complete", [*manage, "makemigrations", "--check", "--dry-run"], deployed),
        ("types", [str(executable("python")), "-m", "mypy", "--no-incremental"], deployed),
        (
            "tests on SQLite" + said_of(at_sqlite, seed_sqlite),
            pytest_command(on_sqlite, options, cores, seed=seed_sqlite),
            {**nowhere, **clock(at_sqlite, now), **collector(seed_sqlite)},
        ),
    ]
    if services["postgres"]:
        server = {**base, "DATABASE_URL": database_url(services["postgres"])}
        found.append(
            (
                "tests on PostgreSQL" + said_of(at_server, seed_server),
                pytest_command(beside, options, processes, markers=on_server, seed=seed_server),
                {**server, **clock(at_server, now), **collector(seed_server)},
            )
        )
    if faults_apart:
        # Two at a time: most of their time they wait.
        faults = [str(executable("python")), "-m", "pytest", "-n", "2", "tests/faults"]
        found.append(("tests under faults", faults, nowhere))
    return found


def said_of(believed, seed):
    """ " at 2028-02-29 23:58, order 740000", without what is as usual."""
    at = "" if believed is None else f" at {believed:%Y-%m-%d %H:%M}"
    return at if seed is None else f"{at}, order {seed}"


def check(options):
    """The steps before the tests, without any service; returns 0 when all passed."""
    make_environment()
    install("requirements-dev.txt")
    nothing = dict.fromkeys(("postgres", "redis", "chromium", "faults"))
    found = steps(nothing, options, os.environ)
    return run_steps([step for step in found if not step[0].startswith("tests ")])


def test(options):
    """Run every step, whatever the earlier ones said; returns 0 when all passed."""
    make_environment()
    install("requirements-dev.txt")
    services = find_services(os.environ)
    missing = left_out(services)
    report_left_out(missing)
    if missing and options.nothing_left_out:
        raise Refused("Nothing may be left out (--nothing-left-out), but the above would be.")
    code = run_steps(steps(services, options, os.environ))
    report_left_out(missing)
    return code


def run_steps(found):
    """Run steps one after the other and sum up; returns 0 when all passed, else 1.

    Those of `BESIDE` run beside the ones before them, and are told of in their turn.
    """
    begun = {
        name: subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for name, command, environment in found
        if name in BESIDE
    }
    results = []
    for name, command, environment in found:
        print(f"\n=== {name}", flush=True)
        start = time.monotonic()
        if name in begun:
            print(begun[name].communicate()[0].decode(errors="replace"), end="", flush=True)
            code = begun[name].returncode
        else:
            code = subprocess.run(command, cwd=ROOT, env=environment).returncode
        results.append((name, code, time.monotonic() - start))
    print("\n=== Summary")
    for name, code, seconds in results:
        print(f"{'passed' if code == 0 else 'FAILED':<7} {name:<53} {seconds:7.1f} s")
    return 1 if any(code for _, code, _ in results) else 0


def report_left_out(missing):
    """Say what the run does not prove."""
    if not missing:
        print("Nothing is left out.", flush=True)
    for sentence in missing:
        print("LEFT OUT: " + sentence, flush=True)


# --- Command line -----------------------------------------------------------


def parse(arguments):
    """Options of the command line; `run` is the function to call with them."""
    if arguments == ["check"]:
        return argparse.Namespace(run=check, pytest=[], markers="", at=None, order=None)
    if arguments[:1] == ["test"]:
        parser = argparse.ArgumentParser(
            prog="run.py test", description="Run the whole suite.", allow_abbrev=False
        )
        parser.add_argument(
            "--nothing-left-out",
            action="store_true",
            help="fail when PostgreSQL, Redis or Chromium is missing",
        )
        parser.add_argument(
            "--at",
            type=moment_or_drawn,
            metavar='"YYYY-MM-DD HH:MM"',
            help="run the tests as if it were this time in Viet Nam;"
            " 'drawn': another for each database and day, and the short form of the suite",
        )
        parser.add_argument(
            "--order",
            type=seed_or_drawn,
            metavar="SEED",
            help="run the tests in another order, and collect rubbish after each;"
            " 'drawn': on SQLite alone, by a seed that is another each day",
        )
        parser.add_argument("-m", dest="markers", default="", help="marker expression of pytest")
        options, options.pytest = parser.parse_known_args(arguments[1:])
        options.run = test
        return options
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Set up and serve on this computer. For the tests: run.py test --help",
    )
    parser.add_argument("--port", type=port_number, default=DEFAULT_PORT)
    parser.add_argument(
        "--without-demo",
        action="store_true",
        help="no invented people; beside a demo, a database of its own to practise on",
    )
    options = parser.parse_args(arguments)
    options.run = serve
    return options


def moment(text):
    """A time in Viet Nam from the command line; ValueError when there is no such time."""
    return datetime.datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SCHOOL_ZONE)


def moment_or_drawn(text):
    """As `moment`; "drawn" stays as it is."""
    return text if text == "drawn" else moment(text)


def seed_or_drawn(text):
    """A seed from the command line, a whole number; "drawn" stays as it is."""
    return text if text == "drawn" else int(text)


def port_number(text):
    """A port from the command line; ValueError when there is no such port."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError(text)
    return number


def main(arguments):
    """Run the command; returns the exit code."""
    try:
        require_python()
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(errors="replace")  # an old console may lack Vietnamese letters
        options = parse(arguments)
        return options.run(options)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
