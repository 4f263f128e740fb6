"""Fixtures of the figures."""

import pytest
from freezegun import freeze_time

from tests.world import build_world


@pytest.fixture
def transactional_world(transactional_db):
    """The small province, really committed, in the middle of November 2026."""
    with freeze_time("2026-11-16 00:10:00"):
        yield build_world()
