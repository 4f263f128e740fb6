"""The model in its short form; `python -m bench sync` runs the long one."""

import os

import pytest

from tests.sync.running import run
from tests.sync.server import BROKEN, Server
from tests.whole import WHOLE

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("SYNC_EXAMPLES", "40" if WHOLE else "15"))
STEPS = int(os.environ.get("SYNC_STEPS", "20"))


@pytest.fixture(autouse=True)
def _no_limit_of_calls(monkeypatch):
    monkeypatch.setattr("core.api.Throttle.allow_request", lambda *args: True)


def test_nothing_is_lost_doubled_or_written_over(world):
    run(world, Server, examples=EXAMPLES, steps=STEPS)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda server: server.__name__)
def test_a_broken_server_is_found(world, broken):
    with pytest.raises(AssertionError):
        run(world, broken, examples=200, steps=30, calm=True)
