"""bin/manage: the environment file, its owner and its mode, in an empty environment."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534


@pytest.fixture
def server():
    """A folder as on a server; manage.py only shows what reached it."""
    # Not tmp_path, which only the user of the tests may enter.
    with tempfile.TemporaryDirectory(prefix="lai-chau-server-") as folder:
        yield furnish(Path(folder))


def furnish(folder):
    """The project, its Python, and an environment file of another user where the tests are root."""
    folder.chmod(0o755)
    app = folder / "app"
    (app / "bin").mkdir(parents=True)
    (app / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "bin" / "manage", app / "bin" / "manage")
    (app / "core").mkdir()
    for name in ("__init__.py", "secret_files.py"):
        shutil.copy(ROOT / "core" / name, app / "core" / name)
    python = app / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\nexec python3 "$@"\n')
    python.chmod(0o755)
    (app / "manage.py").write_text(
        "import json, os, sys\nprint(json.dumps([os.getuid(), sys.argv[1:], dict(os.environ)]))\n"
    )
    file = folder / "environment"
    file.write_text("SECRET_KEY=a b#$c\n# note\nDATABASE_URL='postgres://u:p%40@127.0.0.1/x'\n")
    file.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(file, NOBODY, NOBODY)
    return folder


def run(server, *arguments, **environment):
    """bin/manage with nothing else in its environment, from a folder that is not the project's."""
    command = [str(server / "app" / "bin" / "manage"), *arguments]
    return subprocess.run(
        command,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **environment},
        cwd="/",
        capture_output=True,
        text=True,
    )


def test_it_exports_the_file_and_becomes_its_owner(server):
    done = run(server, "backup", "--keep", "14")
    assert done.returncode == 0, done.stderr
    uid, arguments, environment = json.loads(done.stdout)
    assert uid == (server / "environment").stat().st_uid
    assert uid != 0 or os.geteuid() != 0
    assert arguments == ["backup", "--keep", "14"]
    assert environment["SECRET_KEY"] == "a b#$c"
    assert environment["DATABASE_URL"] == "postgres://u:p%40@127.0.0.1/x"


def test_a_version_among_releases_finds_the_file_beside_them(server):
    (server / "releases").mkdir()
    (server / "app").rename(server / "releases" / "1.0.0")
    (server / "app").symlink_to(server / "releases" / "1.0.0")
    done = run(server, "check")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[1] == ["check"]


def test_another_file_is_named_first(server):
    other = server / "drill"
    shutil.copy2(server / "environment", other)
    os.chown(other, (server / "environment").stat().st_uid, -1)
    other.write_text("SECRET_KEY=s\nDATABASE_URL=sqlite:///x\n")
    done = run(server, "--environment", str(other), "check")
    assert json.loads(done.stdout)[1] == ["check"]
    assert json.loads(done.stdout)[2]["SECRET_KEY"] == "s"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(server, mode):
    (server / "environment").chmod(mode)
    done = run(server, "check")
    assert done.returncode != 0
    assert "chmod 600" in done.stderr


@pytest.mark.parametrize(
    "text",
    ["SECRET_KEY=x\n", "DATABASE_URL=x\n", "nonsense\nSECRET_KEY=x\nDATABASE_URL=y\n",
     "SECRET_KEY=a\\\nDATABASE_URL=y\n", "export SECRET_KEY=x\nDATABASE_URL=y\n"],
)  # fmt: skip
def test_a_file_that_says_too_little_or_two_things_is_refused(server, text):
    (server / "environment").write_text(text)
    done = run(server, "check")
    assert done.returncode != 0
    assert "environment" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_and_a_missing_python_are_told(server):
    (server / "app" / ".venv" / "bin" / "python").unlink()
    assert ".venv" in run(server, "check").stderr
    (server / "environment").unlink()
    assert "docs/operations.md" in run(server, "check").stderr


def test_a_secret_in_a_file_reaches_the_program_which_need_not_be_able_to_read_it(server):
    (server / "environment").write_text(f"SECRET_KEY_FILE={server}/key\nDATABASE_URL=x\n")
    (server / "key").write_text("of a file\n")
    (server / "key").chmod(0o600)
    found = json.loads(run(server, "check").stdout)[2]
    assert found["SECRET_KEY"] == "of a file"
    assert "SECRET_KEY_FILE" not in found
    # Nothing of root's was left in the folder of the program.
    assert not list((server / "app").rglob("__pycache__"))
    (server / "key").unlink()
    done = run(server, "check")
    assert done.returncode == 1
    assert f"{server}/key" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_credential_that_systemd_hands_over_is_taken(server, tmp_path):
    (server / "environment").write_text("DATABASE_URL=x\n")
    (tmp_path / "SECRET_KEY").write_text("of systemd")
    done = run(server, "check", CREDENTIALS_DIRECTORY=str(tmp_path))
    found = json.loads(done.stdout)[2]
    assert found["SECRET_KEY"] == "of systemd"
    assert "CREDENTIALS_DIRECTORY" not in found
