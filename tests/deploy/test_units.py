"""deploy/: the units are whole, alarm by themselves, and say what the image says."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
APP = "/srv/lai_chau_edu/app"


def said(unit, name):
    """The values of a key in a unit."""
    return re.findall(rf"^{name}=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)


def test_systemd_finds_no_fault_in_the_units(tmp_path):
    copies = []
    for unit in UNITS:
        # Programs of a server, and its user, are not on this computer: true stands for them.
        text = unit.read_text(encoding="utf-8").replace("User=lai_chau", "User=root")
        text = re.sub(rf"^ExecStart={APP}\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE)
        text = text.replace(f"Documentation=file://{APP}", "Documentation=file:///")
        copies.append(tmp_path / unit.name)
        copies[-1].write_text(text, encoding="utf-8")
    # The drop-in for all of them, where systemd looks for it.
    drop_in = tmp_path / "lai-chau-.service.d" / "credentials.conf"
    drop_in.parent.mkdir()
    drop_in.write_text((DEPLOY / "credentials.conf").read_text(encoding="utf-8"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, copies)],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    assert "lai-chau" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_every_service_runs_a_program_of_the_project_as_its_user(unit):
    (command,) = said(unit, "ExecStart")
    program = command.split()[0]
    assert program.startswith(f"{APP}/")
    assert said(unit, "User") == ["lai_chau"]
    assert said(unit, "UMask") == ["0077"]
    inside = program.removeprefix(f"{APP}/")
    assert (ROOT / inside).exists(), inside
    if inside != "bin/manage":
        assert said(unit, "EnvironmentFile") == ["/srv/lai_chau_edu/environment"]
        assert said(unit, "WorkingDirectory") == [APP]


@pytest.mark.parametrize("name", ["web", "worker", "beat", "backup"])
def test_what_must_not_fail_unseen_has_a_letter_sent(name):
    unit = DEPLOY / "systemd" / f"lai-chau-{name}.service"
    assert said(unit, "OnFailure") == ["lai-chau-alarm@%n.service"]


def test_units_and_containers_start_the_same_programs():
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (web,) = said(DEPLOY / "systemd" / "lai-chau-web.service", "ExecStart")
    assert re.findall(r'^CMD \["(.*)"\]$', image, re.MULTILINE)[0].split('", "')[:2] == [
        "gunicorn", "lai_chau_edu.wsgi",
    ]  # fmt: skip
    assert web.split()[1:] == ["lai_chau_edu.wsgi", "--bind", "127.0.0.1:8000"]
    for name in ("worker", "beat"):
        (unit,) = said(DEPLOY / "systemd" / f"lai-chau-{name}.service", "ExecStart")
        found = re.search(
            rf"command: (?:>-\s+)?(celery [^\n]* {name}[^\n]*(?:\n      --[^\n]*)*)", compose
        )
        assert flags(unit.split(maxsplit=1)[1]) == flags(found[1].split(maxsplit=1)[1]), name


def flags(command):
    """The words of a Celery command but for places and numbers of a computer."""
    command = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", command)
    command = re.sub(r"--schedule \S+", "", command)
    return command.split()


def test_nginx_accepts_the_block_and_shows_its_own_page(tmp_path):
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=chuyencan.example.vn", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    block = (DEPLOY / "nginx" / "lai-chau.conf").read_text(encoding="utf-8")
    block = block.replace("/etc/letsencrypt/live/chuyencan.example.vn", str(tmp_path))
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid; events {{}} http {{ {block} }}", encoding="utf-8")
    done = subprocess.run([nginx, "-t", "-c", whole, "-e", tmp_path / "log"],
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"root {APP}/deploy/nginx;" in block
    page = (DEPLOY / "nginx" / "away.html").read_text(encoding="utf-8")
    assert 'lang="vi"' in page
    assert "http" not in page.replace("https://", "http").split("<body>")[1]
