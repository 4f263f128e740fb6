"""What a measurement found: printed for people, written as JSON for machines."""

import json
import platform
import statistics
import sys
import time
from dataclasses import asdict, dataclass, field

import django


@dataclass
class Line:
    """One thing measured.

    `value` in `unit`; `floor` the same measure of the floor, `ratio` value / floor; `target`
    the bound in words and `met` whether it holds (None: no target).
    """

    name: str
    value: float
    unit: str = "s"
    floor: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None


@dataclass
class Results:
    """All lines of one measurement, with what they were measured on."""

    bench: str
    about: dict
    lines: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def add(self, name, value, unit="s", *, floor=None, at_most=None, at_least=None, target=""):
        """Note a value; `at_most` and `at_least` bound its ratio to the floor (or itself)."""
        ratio = value / floor if floor else None
        judged = value if floor is None else ratio
        met = None
        if at_most is not None:
            met, target = judged <= at_most, target or f"≤ {at_most:g}"
        if at_least is not None:
            met, target = judged >= at_least, target or f"≥ {at_least:g}"
        self.lines.append(Line(name, value, unit, floor, ratio, target, met))

    def show(self):
        """Print a table."""
        print(
            f"\n{self.bench} · " + " · ".join(f"{key} {value}" for key, value in self.about.items())
        )
        print(f"{'':<52}{'value':>12}{'floor':>12}{'ratio':>8}  target")
        for line in self.lines:
            print(
                f"{line.name:<52}{_figure(line.value, line.unit):>12}"
                f"{_figure(line.floor, line.unit):>12}"
                f"{'' if line.ratio is None else _ratio(line.ratio):>8}  {line.target}"
                f"{ {None: '', True: '  met', False: '  MISSED'}[line.met] }"
            )
        for note in self.notes:
            print(f"  {note}")
        sys.stdout.flush()

    def write(self, path):
        """Write the same as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1, default=str) + "\n")


def _ratio(ratio):
    return f"{ratio:.2f}" if ratio >= 0.05 else f"1/{1 / ratio:.0f}"


def _figure(value, unit):
    if value is None:
        return ""
    if unit == "s":
        return f"{value * 1000:,.2f} ms" if value < 1 else f"{value:,.2f} s"
    return f"{value:,.3g} {unit}" if value < 1000 else f"{value:,.0f} {unit}"


def about(connection, **more):
    """What a measurement was made on: versions and sizes, no name of a machine."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SHOW server_version"
            if connection.vendor == "postgresql"
            else "SELECT sqlite_version()"
        )
        version = cursor.fetchone()[0].split()[0]
    return {
        "database": f"{connection.vendor} {version}",
        "django": django.get_version(),
        "python": platform.python_version(),
        **more,
    }


def seconds(work, *, rounds, before=lambda: None):
    """Median seconds of `work()` over some rounds; `before()` is not counted."""
    return statistics.median(each_time(work, rounds=rounds, before=before))


def each_time(work, *, rounds, before=lambda: None):
    """Seconds of each round."""
    times = []
    for _round in range(rounds):
        before()
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return times


def percentile(values, share):
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
