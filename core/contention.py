"""What goes wrong only because others do something at the same moment."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError

# PostgreSQL: serialization failure, deadlock, lock not available (appendix A of its manual).
PASSING = {"40001", "40P01", "55P03"}


class Busy(Exception):
    """Too much of this work is under way in this process; worth another try in some seconds."""


class Overtaken(Exception):
    """Others were faster again and again; nothing was written, worth another try."""


def is_overtaken(error: BaseException | None) -> bool:
    """Whether an exception says that somebody else was faster, or stood in the way for too long.

    After it nothing of the transaction is written, and the same again may well succeed, or be
    refused with a reason.
    """
    if isinstance(error, OperationalError):
        code = getattr(error.__cause__, "pgcode", None)
        return code in PASSING or "database is locked" in str(error)
    # Whatever a service can check it checks before: what the database still refuses was
    # written, or removed, between the check and the save.
    return isinstance(error, IntegrityError | Overtaken)


class AtMost:
    """A bound on how much of one kind of work goes on at once in this process.

    Args:
        count: how many may work; a further one is refused with `Busy`.
    """

    def __init__(self, count: int) -> None:
        self._places = threading.BoundedSemaphore(count)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._places.release()
