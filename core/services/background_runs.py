"""How a run of long work changes its state; see `core.models.background_runs`.

    run = claim(ReportRun.objects.all(), run_id, states={State.WAITING}, into=State.RUNNING)
    if run is not None:
        with at_work(run):
            ...
            beat(run, done=50)
            finish(run, State.DONE)

Every change is one conditional update. A job holds its run by the moment of its claim: when
the run is cancelled, expired, given up or claimed anew, the next `beat` or `finish` of the job
raises `Stopped`, and nothing it does afterwards reaches the row.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from ..jobs import records
from ..models.background_runs import (
    CANCELLED,
    CRASHED,
    DONE,
    EXPIRED,
    FAILED,
    BackgroundRun,
)

logger = logging.getLogger(__name__)

Run = TypeVar("Run", bound=BackgroundRun)
NO_PROBLEM: Mapping[str, Any] = {"problem_code": "", "problem_params": {}}
OVER = (DONE, CANCELLED, EXPIRED)


class Stopped(Exception):
    """Nobody waits for this work any more; the job that does it ends without a fault."""


class Unmakeable(Exception):
    """The work cannot be done, for a reason that has a wording of its run's model.

    Args:
        code, params: as of `problem`.
    """

    def __init__(self, code: str, params: Mapping[str, object]) -> None:
        super().__init__(code, params)
        self.code, self.params = code, params


def problem(code: str, params: Mapping[str, object] | None = None) -> dict[str, Any]:
    """The columns that hold a problem, worded when it is read; params are kept as text."""
    kept = {key: str(value) for key, value in (params or {}).items()}
    return {"problem_code": code, "problem_params": kept}


# --- For jobs --------------------------------------------------------------------------------


def claim(
    runs: QuerySet[Run], run_id: str | UUID, *, states: Collection[str], into: str
) -> Run | None:
    """Take a run that waits in one of `states`, or FAILED; None when there is nothing to take.

    FAILED too: a job that failed is tried again by itself, or by the operator. A run is taken
    by one job at a time.
    """
    now = timezone.now()
    waiting = runs.model._default_manager.filter(
        pk=run_id, state__in=[*states, FAILED], claimed_at=None
    )
    claimed = waiting.update(
        state=into,
        claimed_at=now,
        heartbeat_at=now,
        rows_done=0,
        rows_total=0,
        finished_at=None,
        **NO_PROBLEM,
    )
    return runs.get(pk=run_id) if claimed else None


@contextmanager
def at_work(run: Run, *, on_failure: Callable[[Run], object] | None = None) -> Iterator[None]:
    """Around the work of a job on a run that it has claimed.

    `Stopped` ends it quietly, and so does what breaks after the run was taken away (its file is
    gone, say). Any other fault leaves the run FAILED and is raised again, for the log and
    another try; `Unmakeable` says by which problem.

    Args:
        on_failure: called with the failed run, in the same transaction.
    """
    try:
        yield
    except Stopped:
        _stop(run)
    except Exception as error:
        told = (error.code, error.params) if isinstance(error, Unmakeable) else (CRASHED,)
        with transaction.atomic():
            failed = _change(_held(run), FAILED, **problem(*told))
            if failed and on_failure is not None:
                on_failure(run)
        if failed:
            raise
        _stop(run, exc_info=True)


def beat(run: BackgroundRun, *, done: int | None = None, total: int | None = None) -> None:
    """Show that a job is alive, and how far it is. Raises `Stopped`."""
    rows = {"rows_done": done, "rows_total": total}
    known = {name: number for name, number in rows.items() if number is not None}
    held = _held(run).update(
        state=run.state, claimed_at=run.claimed_at, heartbeat_at=timezone.now(), **known
    )
    if not held:
        raise Stopped


def finish(run: BackgroundRun, to: str, **values: Any) -> None:
    """The job has done its part: into the state `to`, with `values`. Raises `Stopped`."""
    if not _change(_held(run), to, **values):
        raise Stopped


def lost(
    model: type[Run],
    run_id: str | UUID,
    *,
    given_up: bool,
    on_failure: Callable[[Run], object] | None = None,
) -> None:
    """The process of a job died: its run waits for the next one, or is FAILED when given up."""
    for run in model._default_manager.filter(pk=run_id, state__in=list(model.PHASES)):
        if given_up:
            _give_up(run, on_failure)
        else:
            move(run, {run.state}, _again(run))


# --- For people and the timetable ------------------------------------------------------------


def move(run: BackgroundRun, states: Collection[str], to: str, **values: Any) -> bool:
    """Change the state if it is still one of `states`; whether it was.

    A job that holds the run loses it.
    """
    found = type(run)._default_manager.filter(pk=run.pk, state__in=states)
    return bool(_change(found, to, **values))


def cancel(run: BackgroundRun, **values: Any) -> bool:
    """Stop a run whose work a person may stop; False when it is too late for that.

    A job that is at work on it ends at its next heartbeat and writes nothing.
    """
    states = [state for state, phase in run.PHASES.items() if phase.can_cancel]
    return move(run, states, CANCELLED, **NO_PROBLEM, **values)


def revive(model: type[Run], *, on_failure: Callable[[Run], object] | None = None) -> list[Run]:
    """Runs whose job was lost, each for the caller to enqueue its job again.

    One whose job was tried so often that it rests is given up as FAILED.
    """
    revived = []
    for run in model._default_manager.filter(state__in=list(model.PHASES)):
        if not run.is_stuck:
            continue
        if records.is_given_up(model.PHASES[run.state].task, run.job_arguments):
            _give_up(run, on_failure)
        elif _change(_unchanged(run), _again(run)):
            revived.append(run)
    return revived


def past_their_end(model: type[Run]) -> QuerySet[Run]:
    """Runs that are kept no longer."""
    return model._default_manager.filter(expires_at__lte=timezone.now())


def expire(model: type[Run], **values: Any) -> int:
    """End runs past their end as EXPIRED with `values`, forget their files; returns how many."""
    ended = 0
    for run in past_their_end(model).exclude(state__in=OVER):
        # Whoever finishes it at this moment has won.
        if move(run, {run.state}, EXPIRED, **values):
            forget_files(run)
            ended += 1
    return ended


def forget_files(run: BackgroundRun) -> None:
    """Delete all that is stored of a run; the row stays as a record."""
    for name in filter(None, run.stored_names):
        default_storage.delete(name)
    fields = [each for each in run._meta.concrete_fields if isinstance(each, models.FileField)]
    empty = {field.name: "" for field in fields}
    if empty:
        type(run)._default_manager.filter(pk=run.pk).update(**empty)
        vars(run).update(empty)


# --- Behind them -----------------------------------------------------------------------------


def _stop(run: BackgroundRun, *, exc_info: bool = False) -> None:
    logger.info("%s %s: stopped", run._meta.label, run.pk, exc_info=exc_info)
    # What the job stored after the person's own request had deleted everything.
    if type(run)._default_manager.filter(pk=run.pk, state__in=[CANCELLED, EXPIRED]).exists():
        forget_files(run)


def _again(run: BackgroundRun) -> str:
    return run.PHASES[run.state].again or run.state


def _held(run: Run) -> QuerySet[Run]:
    # A claim that was given back by `lost` or `revive` and that nobody took is still ours: the
    # job was slow, not dead.
    return type(run)._default_manager.filter(
        Q(claimed_at=run.claimed_at) | Q(claimed_at=None),
        pk=run.pk,
        state__in={run.state, _again(run)},
    )


def _unchanged(run: Run) -> QuerySet[Run]:
    return type(run)._default_manager.filter(
        pk=run.pk, state=run.state, heartbeat_at=run.heartbeat_at
    )


def _give_up(run: Run, on_failure: Callable[[Run], object] | None) -> None:
    with transaction.atomic():
        if _change(_unchanged(run), FAILED, **problem(CRASHED)) and on_failure is not None:
            on_failure(run)


def _change(runs: QuerySet[Any], to: str, **values: Any) -> int:
    now = timezone.now()
    over = {"finished_at": now} if to in (DONE, FAILED, CANCELLED) else {}
    return runs.update(**({"state": to, "claimed_at": None, "heartbeat_at": now} | over | values))
