"""What must be true after every fault."""

import time

from tests.faults.ground import ask
from tests.faults.processes import START_WITHIN


def expect_whole(report, told):
    """Each acknowledged register is there once, whole and counted."""
    assert {each: report["operations"].get(each) for each in told.acknowledged} == dict.fromkeys(
        told.acknowledged, 1
    )
    # A register whose acknowledgement was lost was asked for again by its own id.
    assert len(report["operations"]) == len(told.acknowledged)
    assert {each: report["last"][each] for each in told.last} == told.last
    assert report["torn"] == []
    expect_counted(report)


def expect_counted(report):
    """Nothing waits, and every figure is what the books say."""
    assert report["stale"] == 0
    assert report["differences"] == []


def when_counted(env):
    """The report once nothing waits any more, or after `START_WITHIN`."""
    until = time.monotonic() + START_WITHIN
    while (report := ask(env, "report"))["stale"] and time.monotonic() < until:
        time.sleep(0.5)
    return report
