"""python -m bench NAME: see docs/performance.md."""

import argparse
import importlib
import os
import sys
from pathlib import Path

NAMES = {
    "storage": "bytes of a pupil-session on disk",
    "month": "a province-month rebuilt, against hand-written SQL",
    "class-month": "one class-month after a late correction",
    "dashboards": "figures of the dashboards, against the same SQL by cursor",
    "register": "registers saved over HTTP, against pgbench",
    "bulk": "registers by the API, many in a call against one",
    "sheet": "the sheet opened, and opened again unchanged",
    "export": "a workbook of 150,000 rows, against the writer library",
    "papers": "108 communes' notices of a month, in Word and in PDF",
    "freeze": "a province's month frozen and published, its communes' tables read back",
    "import": "pupil workbooks to tables, against the reader library",
    "year-turn": "every school's plan of the next year; one school there and back",
    "growth": "rebuild, dashboard and class-month from 1 to N provinces",
    "sync": "phones without a network against an oracle, and broken servers it must find",
    "accounts": "5,000 accounts from staff lists with their slips, against the hashing alone",
    "guessers": "a page while 24 programs guess passwords",
    "effect": "how often the effect of visits is told wrong, in invented provinces",
    "case-effect": "how often the effect of cases is told wrong, in invented provinces",
    "plan-year": "a year of visits proposed, against the plain ranked list",
    "matching": "children of an invented survey found on the rolls: time, precision, recall",
    "peak": "the morning: 6,000 registers in 15 minutes, with readers",
}

NEED_NO_ROWS = {"sync", "guessers", "accounts", "effect", "case-effect", "plan-year", "matching"}


def main():
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measurements on the database of DATABASE_URL, filled by seed_demo --scale.",
        epilog="\n".join(f"  {name:<12} {what}" for name, what in NAMES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=[*NAMES, "all"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FOLDER", help="also write FOLDER/NAME.json")
    parser.add_argument("--shorter", type=float, default=1.0, help="peak: part of the 15 minutes")
    parser.add_argument("--pupils", type=int, default=15_000, help="matching: on the rolls")
    parser.add_argument("--people", type=int, default=50_000, help="matching: in the survey")
    options = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lai_chau_edu.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    import django

    django.setup()
    from bench import datasets

    if options.name not in NEED_NO_ROWS:
        datasets.require_books()
    missed = False
    for name in NAMES if options.name == "all" else [options.name]:
        try:
            module = importlib.import_module(f"bench.bench_{name.replace('-', '_')}")
        except ModuleNotFoundError as error:
            # What measures is no part of what is served.
            parser.error(
                f"{name} needs {error.name}, of the development requirements:"
                " pip install -r requirements-dev.txt, or python3 run.py check"
            )
        results = module.measure(options)
        results.show()
        if options.json:
            options.json.mkdir(parents=True, exist_ok=True)
            results.write(options.json / f"{name}.json")
        missed |= any(line.met is False for line in results.lines)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
