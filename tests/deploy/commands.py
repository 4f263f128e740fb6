"""The command lines of docs/operations.md and of deploy/, and what a line must be to be right."""

import re
import shlex
import subprocess
from pathlib import Path

from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[2]
APP = "/srv/lai_chau_edu/app/"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
CRON = re.compile(r"((?:[\d*/,-]+\s+){5})(\w+)\s+(.*)")
# In a sentence: what begins like this is to be typed.
TYPED = re.compile(
    r"(?:bin/manage|manage\.py|\.venv/bin/\S+|python3? |systemctl |systemd-|journalctl |certbot |"
    r"docker |timedatectl |apt |runuser |createdb |install |mv |uv |FAULT_CYCLES)"
)
# Words that stand for something of the reader's.
STANDS_FOR = {
    "NEWEST.backup": "lai-chau-edu-20261012-0230.backup",
    "FILE": "lai-chau-edu-20261012-0230.backup",
    "FOLDER": "/srv/backups",
    "DATE": "2026-10-01",
    "YYYY-MM": "2026-10",
    "CODE": "12",
    "URL": "sqlite:////tmp/new.sqlite3",
    "NAME": "somebody",
    "N": "14",
    "full|N": "14",
}


def lines_of_blocks(text=OPERATIONS):
    """The lines of the indented blocks of a Markdown text, without their notes; those with a
    backslash at the end in one."""
    found, waiting = [], ""
    for line in text.splitlines():
        if not line.startswith("    ") or line.lstrip().startswith(("#", "-", "*")):
            continue
        line = waiting + line.strip()
        if line.endswith("\\"):
            waiting = line[:-1]
            continue
        found.append(line)
        waiting = ""
    return found


def typed_in_sentences(text=OPERATIONS):
    """What stands between backticks and is to be typed."""
    outside = "\n".join(line for line in text.splitlines() if not line.startswith("    "))
    return [
        " ".join(span.split())
        for span in re.findall(r"`([^`]+)`", outside)
        if TYPED.match(span) and " " in span.strip() and "…" not in span
    ]


def commands_of_the_table(text=OPERATIONS):
    """The first column of the table of commands, as it would be typed with everything optional."""
    rows = text.partition("## Commands")[2].partition("\n## ")[0]
    return [
        "manage.py " + re.sub(r"[\[\]]", "", row).replace("\\|", "|")
        for row in re.findall(r"^\| `([^`]+)` \|", rows, re.MULTILINE)
        if not row.startswith("manage.py")
    ]


def is_layout(line):
    """Whether a line shows where things lie, and is not typed."""
    return line.startswith("/srv/") and not line.startswith("/srv/lai_chau_edu/app/bin")


def without_time(line):
    """The command of a line of cron; a line of another kind as it is."""
    match = CRON.fullmatch(line)
    return match[3] if match else line


def words(line):
    """The words of a command with something of ours for what stands for something."""
    line = re.sub(r"\s+#.*$", "", without_time(line))
    return [STANDS_FOR.get(word, word) for word in shlex.split(line)]


def check_syntax(line):
    """Raise AssertionError when a shell would not take a line."""
    done = subprocess.run(["bash", "-n", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (line, done.stderr)


def management_command(found):
    """(name, arguments) of a call of manage.py somewhere in some words, else None."""
    for place, word in enumerate(found):
        if word.endswith(("manage.py", "bin/manage")):
            rest = found[place + 1 :]
            if rest[:1] == ["--environment"]:
                rest = rest[2:]
            end = next((n for n, each in enumerate(rest) if each in ("&&", ";", "|")), len(rest))
            return (rest[0], rest[1:end]) if rest else None
    return None


def check_management_command(name, arguments):
    """Raise when manage.py has no such command, or it no such option."""
    application = get_commands()[name]
    command = load_command_class(application, name)
    parser = command.create_parser("manage.py", name)
    parser.parse_args(arguments)


def check_places(line):
    """Raise AssertionError when a line names a file of the project that is not there."""
    for path in re.findall(rf"{APP}([^\s;:\"']+)", line):
        path = path.rstrip(".,)/*")
        assert path.startswith(".venv/") or (ROOT / path).exists(), (line, path)


def check_celery(arguments):
    """Raise when Celery has no such command or option; `arguments` as they follow `celery`."""
    import click
    from celery.bin.celery import celery

    context = click.Context(celery, info_name="celery")
    rest = celery.make_parser(context).parse_args(list(arguments))[1]
    sub = celery.commands[rest[0]]
    # Only words: what the values mean is asked by the program itself.
    _values, left, _order = sub.make_parser(click.Context(sub, parent=context)).parse_args(rest[1:])
    assert not left, left
