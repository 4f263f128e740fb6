"""A workbook of 150,000 rows: the product's writer against the library fed with the same cells.

Each runs in a process of its own, so that its memory is its own.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from django.db import connection

from .results import Results, about

ROWS = 150_000
ROW = {
    "commune": "Xã Mường Kim",
    "school": "Trường PTDTBT THCS Mường Kim",
    "level": "THCS",
    "attendance": 0.9731,
}
OURS = """
from reports.exports import monthly
first = [
    monthly.Column("commune", "Xã", monthly.TEXT, 22),
    monthly.Column("school", "Trường", monthly.TEXT, 34),
]
columns = monthly.columns(first)[:20]
whole = {column.key: 1234 for column in columns if column.kind == monthly.WHOLE}
rows = (whole | ROW for _ in range(ROWS))
sheet = monthly.Sheet("Trường", columns, rows)
monthly.write(PATH, title="Báo cáo", about=[("a", "b")] * 4, sheets=[sheet])
"""
FLOOR = """
import xlsxwriter
from reports.exports import monthly
first = [
    monthly.Column("commune", "Xã", monthly.TEXT, 22),
    monthly.Column("school", "Trường", monthly.TEXT, 34),
]
kinds = [(column.key, column.kind) for column in monthly.columns(first)[:20]]
book = xlsxwriter.Workbook(PATH, {"constant_memory": True})
formats = {kind: book.add_format({"border": 1, "num_format": "0"}) for _key, kind in kinds}
sheet = book.add_worksheet()
for line in range(ROWS):
    for number, (key, kind) in enumerate(kinds):
        if kind == "text":
            sheet.write_string(line, number, ROW[key], formats[kind])
        else:
            sheet.write_number(line, number, ROW.get(key, 1234), formats[kind])
book.close()
"""
FRAME = """
import json, os, resource, time
os.environ["DJANGO_SETTINGS_MODULE"] = "lai_chau_edu.settings"
import django
django.setup()
ROW, ROWS, PATH = json.loads({row!r}), {rows}, {path!r}
start = time.perf_counter()
exec({body!r})
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([time.perf_counter() - start, peak]))
"""


def measure(options):
    """Seconds and the highest memory of both."""
    results = Results("export", about(connection, rows=f"{ROWS:,}", columns=20))
    floor, floor_peak = _run(FLOOR)
    ours, peak = _run(OURS)
    results.add("written", ours, floor=floor, at_most=1.3)
    results.add("highest memory", peak / 1e6, "MB", at_most=80)
    results.add("highest memory of the floor", floor_peak / 1e6, "MB")
    return results


def _run(body):
    with tempfile.TemporaryDirectory() as folder:
        text = FRAME.format(
            row=json.dumps(ROW), rows=ROWS, path=str(Path(folder) / "out.xlsx"), body=body
        )
        done = subprocess.run(
            [sys.executable, "-c", text], capture_output=True, text=True, check=True
        )
    return json.loads(done.stdout.splitlines()[-1])
