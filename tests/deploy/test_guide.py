"""docs/quan-tri.md, the short guide in Vietnamese, types nothing that operations.md does not."""

import pytest

from . import commands

GUIDE = (commands.ROOT / "docs" / "quan-tri.md").read_text(encoding="utf-8")
LINES = commands.lines_of_blocks(GUIDE)
TYPED = {*commands.lines_of_blocks(), *commands.typed_in_sentences()}


def test_the_guide_has_lines_to_type():
    assert len(LINES) > 35


@pytest.mark.parametrize("line", LINES)
def test_line_of_the_guide_is_one_of_the_document(line):
    assert line in TYPED
