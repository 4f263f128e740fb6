"""Doing once what was sent twice."""

import datetime
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from .. import rules
from ..models import Operation
from ..types import User

# The key by which the rows of running servers know the rule.
REMEMBERED_DAYS = "schools.operation_days"


class OperationReused(Exception):
    """The id was used before for something else; `operation` is None when by somebody else."""

    def __init__(self, operation: Operation | None) -> None:
        super().__init__()
        self.operation = operation


Answer = TypeVar("Answer")
# The answer, where it led ("" when nothing was done) and what was said: [[level, text], …].
Done: TypeAlias = tuple[Answer, str, list[tuple[int, str]]]


@dataclass(frozen=True)
class Outcome(Generic[Answer]):
    """What `act` answered (None when it was done before), and the row of a thing done."""

    answer: Answer | None
    operation: Operation | None
    is_new: bool


def once(
    *, operation_id: uuid.UUID, by: User, path: str, digest: str, act: Callable[[], Done[Answer]]
) -> Outcome[Answer]:
    """Do something once, however often and however much at once it is sent.

    The row of the operation is written before anything else, in the same transaction: a twin
    waits for it (PostgreSQL at the primary key, SQLite at the write lock) and then finds what
    the first one became. When the first one was refused, the twin is tried.

    Args:
        operation_id: the UUID that came with what was sent.
        path, digest: where it was sent and the fingerprint of its content.
        act: does it; returns (answer, leads_to, said), `leads_to` empty when nothing was
            done: then all it wrote is taken back, with the row.

    Raises OperationReused: the same id with another content, address or person.
    """
    with transaction.atomic():
        operation = Operation(
            pk=operation_id, user=by, path=path, digest=digest, made_at=timezone.now()
        )
        try:
            with transaction.atomic():
                operation.save(force_insert=True)
        except IntegrityError:
            return Outcome(None, _done_before(operation), is_new=False)
        answer, operation.leads_to, operation.said = act()
        if not operation.leads_to:
            transaction.set_rollback(True)
            return Outcome(answer, None, is_new=True)
        operation.save(update_fields=["leads_to", "said"])
    return Outcome(answer, operation, is_new=True)


def _done_before(operation: Operation) -> Operation:
    before = Operation.objects.get(pk=operation.pk)
    if before.user_id != operation.user_id:
        raise OperationReused(None)
    if (before.path, before.digest) != (operation.path, operation.digest):
        raise OperationReused(before)
    return before


def remove_old() -> int:
    """Delete the operations older than the rule `REMEMBERED_DAYS` says; returns how many."""
    now = timezone.now()
    days = int(rules.value(REMEMBERED_DAYS, on=timezone.localdate(now)))
    before = now - datetime.timedelta(days=days)
    removed, _by_model = Operation.objects.filter(made_at__lt=before).delete()
    return removed
