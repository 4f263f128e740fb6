"""docker-compose.yml and Dockerfile, as far as they can be read without an engine."""

import fnmatch
import json
import re
import shlex
import subprocess

import pytest
import yaml
from gunicorn.config import Config

from . import commands
from .commands import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
# Of the compose specification, what is used here: a word beside them is a mistake of typing.
OF_THE_FILE = {"services", "volumes"}
OF_A_SERVICE = {
    "build": str, "image": str, "restart": str, "init": bool, "environment": dict,
    "volumes": list, "command": str, "depends_on": dict, "ports": list, "healthcheck": dict,
    "stop_grace_period": str,
}  # fmt: skip
OF_A_HEALTHCHECK = {"test", "interval", "timeout", "start_period", "retries"}
CONDITIONS = {"service_healthy", "service_completed_successfully", "service_started"}
RESTARTS = {"no", "always", "on-failure", "unless-stopped"}
LASTING = re.compile(r"\d+(s|m|h)")
INSTRUCTIONS = {"FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "EXPOSE", "CMD"}
LINES = [
    line.split(maxsplit=1)
    for line in IMAGE.splitlines()
    if line.strip() and not line.startswith("#")
]


def filled(text):
    """A text of the compose file with something in the place of its variables."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    return re.sub(r"\$\{\w+(:\?[^}]*)?\}", "x", text).replace("$$", "$")


def test_compose_file_holds_nothing_unknown():
    assert {key for key in COMPOSE if not key.startswith("x-")} == OF_THE_FILE
    for name, service in SERVICES.items():
        assert service.keys() <= OF_A_SERVICE.keys(), name
        for key, value in service.items():
            assert isinstance(value, OF_A_SERVICE[key]), (name, key)
        assert service["restart"] in RESTARTS, name
        assert "image" in service, name


@pytest.mark.parametrize("name", SERVICES)
def test_service_waits_for_what_there_is_and_can_be_told_well(name):
    service = SERVICES[name]
    for other, how in service.get("depends_on", {}).items():
        assert other in SERVICES
        assert how["condition"] in CONDITIONS
        assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[other]
    health = service.get("healthcheck", {"test": ["CMD", "true"]})
    assert health.keys() <= OF_A_HEALTHCHECK
    assert health["test"][0] in ("CMD", "CMD-SHELL")
    for key in ("interval", "timeout", "start_period"):
        assert LASTING.fullmatch(health.get(key, "1s"))
    if health["test"][0] == "CMD-SHELL":
        commands.check_syntax(filled(health["test"][1]))
    if health["test"][1:3] == ["python", "-c"]:
        compile(health["test"][3], "healthcheck", "exec")


def test_volumes_are_declared_and_used():
    used = {
        volume.partition(":")[0] for each in SERVICES.values() for volume in each.get("volumes", [])
    }
    of_the_computer = {each for each in used if "/" in each}
    assert used - of_the_computer == set(COMPOSE["volumes"])
    assert all((ROOT / each).exists() for each in of_the_computer if each.startswith("."))


def test_variables_are_in_the_example_and_needed_ones_are_asked_for():
    asked = set(re.findall(r"\$\{(\w+)(:[-?])", TEXT))
    for name, how in asked:
        assert re.search(rf"^(# )?{name}=", EXAMPLE, re.MULTILINE), name
        # What has no default stands there to be filled in.
        if how == ":?":
            assert re.search(rf"^{name}=$", EXAMPLE, re.MULTILINE), name
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert named == {name for name, _how in asked}
    # A bare ${NAME} would be empty without a word.
    assert len(re.findall(r"\$\{\w+\}", TEXT)) == 0


@pytest.mark.parametrize("name", [name for name in SERVICES if "command" in SERVICES[name]])
def test_command_of_a_service_is_right(name):
    command = filled(SERVICES[name]["command"])
    commands.check_syntax(command)
    found = shlex.split(command)
    if found[0] == "sh":
        commands.check_syntax(found[2])
        for part in re.split(r"&&|;", found[2]):
            if "manage.py" in part:
                commands.check_management_command(*commands.management_command(shlex.split(part)))
    elif found[0] == "celery":
        commands.check_celery(found[1:])
    else:
        assert found[0] == "valkey-server"


def test_proxy_runs_the_block_of_a_server_under_its_own_name(tmp_path):
    """Its command is run here with nginx's words at the end: the block it makes is right."""
    proxy = SERVICES["proxy"]
    script = shlex.split(proxy["command"].replace("${HOST_NAME:?see .env.example}", "so.edu.vn"))[2]
    script = script.replace("/srv/lai_chau_edu/app", str(ROOT)).partition(" >")[0]
    made = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert "chuyencan.example.vn" not in made.partition("server {")[2]
    assert made.count("so.edu.vn") == 4
    assert "proxy_pass http://web:8000;" in made
    # Where the block looks for its page, the certificate and what renews it.
    for place in ("/srv/lai_chau_edu/app/deploy/nginx", "/etc/letsencrypt", "/var/www/html"):
        assert place in made
        assert any(volume.split(":")[1] == place for volume in proxy["volumes"])
    assert proxy["depends_on"]["web"] == {"condition": "service_healthy", "restart": True}


@pytest.mark.parametrize(
    ("now", "seconds"), [(0, 71100), (71100, 0), (71101, 86399), (86399, 71101)]
)
def test_backup_is_made_when_the_timer_of_a_server_makes_it(now, seconds):
    script = shlex.split(filled(SERVICES["backup"]["command"]))[2]
    waiting = re.search(r"sleep (\$\(\(.*?\)\));", script, re.DOTALL)[1]
    asked = waiting.replace("$(date +%s)", str(20_000 * 86_400 + now))
    done = subprocess.run(["sh", "-c", f"echo {asked}"], capture_output=True, text=True, check=True)
    assert int(done.stdout) == seconds
    # 19.45 UTC is 2.45 in Viet Nam, the hour of the timer; and it keeps as many.
    timer = (ROOT / "deploy" / "systemd" / "lai-chau-backup.timer").read_text(encoding="utf-8")
    assert "OnCalendar=*-*-* 02:45 Asia/Ho_Chi_Minh" in timer
    unit = (ROOT / "deploy" / "systemd" / "lai-chau-backup.service").read_text(encoding="utf-8")
    kept = re.search(r"backup --to \S+ (--keep \d+)", unit)[1]
    assert f"backup --to /backups {kept};" in script
    assert "/srv/backups:/backups" in SERVICES["backup"]["volumes"]


def test_redis_asks_for_a_password_and_everybody_has_it():
    redis = SERVICES["redis"]
    assert redis["image"].startswith("valkey/valkey:")
    assert "--requirepass ${REDIS_PASSWORD:?" in redis["command"]
    assert "noeviction" in redis["command"]
    # Its own health check signs in by this.
    assert "REDIS_PASSWORD" in redis["environment"]["VALKEYCLI_AUTH"]
    for name in ("web", "worker", "beat", "prepare", "backup"):
        assert ":${REDIS_PASSWORD:?" in SERVICES[name]["environment"]["REDIS_URL"]
    assert "ports" not in redis
    assert "ports" not in SERVICES["postgres"]


def test_only_this_computer_and_the_proxy_reach_the_web_process():
    assert SERVICES["web"]["ports"] == ["127.0.0.1:8000:8000"]
    open_to_all = {name for name, each in SERVICES.items() if "ports" in each} - {"web"}
    assert open_to_all == {"proxy"}
    assert SERVICES["proxy"]["ports"] == ["80:80", "443:443"]
    assert "EXPOSE 8000" in IMAGE


def test_image_is_made_of_what_there_is():
    ignored = (ROOT / ".dockerignore").read_text().split()
    for instruction, rest in LINES:
        assert instruction in INSTRUCTIONS
        if instruction == "COPY":
            *sources, _target = rest.split()
            for source in sources:
                assert (ROOT / source).exists(), source
                assert not any(fnmatch.fnmatch(source, each) for each in ignored)
        if instruction == "RUN":
            commands.check_syntax(rest)
            for part in re.split(r"&&|;", rest):
                found = commands.management_command(shlex.split(part))
                if found:
                    commands.check_management_command(*found)
    # What the programs need at run time is not left out of the image.
    for needed in ("manage.py", "gunicorn.conf.py", "deploy", "bin", "locale", "templates"):
        assert needed not in ignored


def test_image_serves_as_a_user_of_its_own_who_owns_what_it_writes():
    order = [instruction for instruction, _rest in LINES]
    assert order.index("USER") > max(n for n, each in enumerate(order) if each == "RUN")
    user = next(rest for instruction, rest in LINES if instruction == "USER")
    assert user != "root"
    assert f"-o {user} -g {user} /srv/files /srv/state" in IMAGE
    assert re.search(r"FILES_DIR=/srv/files\b", IMAGE)
    # The folder of the backups in operations.md is given to that very number.
    number = re.search(r"--uid (\d+)", IMAGE)[1]
    assert f"install -d -o {number} " in commands.OPERATIONS


def test_image_starts_gunicorn_with_options_it_has():
    (command,) = (rest for instruction, rest in LINES if instruction == "CMD")
    program, *arguments = json.loads(command)
    assert program == "gunicorn"
    Config().parser().parse_args(arguments)
