"""docs/security.md names tests that are there, and its sum is right."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROWS = [
    [cell.strip() for cell in line.strip("| \n").split(" | ")]
    for line in (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ \|", line)
]
STATES = ["held", "partly", "missing", "n/a"]


def test_every_row_has_one_state_and_a_reason():
    numbers = [row[0] for row in ROWS]
    assert len(numbers) == len(set(numbers))
    for row in ROWS:
        assert len(row) == 4, row
        assert row[2] in STATES, row
        assert row[3], row


def test_sum_is_that_of_the_rows():
    count = Counter(row[2] for row in ROWS)
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert "| " + " | ".join(str(count[state]) for state in STATES) + " |" in text


@pytest.mark.parametrize("file", sorted({
    name for row in ROWS for name in re.findall(r"[\w/.-]+\.(?:py|md)\b", row[3])
}))  # fmt: skip
def test_file_is_there(file):
    at = ROOT if file.startswith(("docs/", "tests/")) or file == "run.py" else ROOT / "tests"
    assert (at / file).exists()
