"""What must be true after every fault."""

import time

from tests.faults.scenario import ask
from tests.waiting import PATIENCE


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


def when_counted(env, sweep_every=None):
    """The report once nothing waits any more, or after `PATIENCE`.

    `sweep_every`: seconds between two sweeps, the first at once; none unless said.
    """
    began, sweeps = time.monotonic(), 0
    while True:
        waited = time.monotonic() - began
        if sweep_every and waited >= sweeps * sweep_every:
            ask(env, "sweep")
            sweeps += 1
        report = ask(env, "report")
        if not report["stale"] or waited > PATIENCE:
            return report
        time.sleep(0.5)
