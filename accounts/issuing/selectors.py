"""Reading batches of accounts: each is its maker's alone."""

from uuid import UUID

from django.db.models import QuerySet

from ..models import AccountBatch, AccountBatchLine, User

SHOWN = 10


def batch_of(user: User, batch_id: UUID) -> AccountBatch | None:
    """A batch that this person asked for, or None; one query."""
    return AccountBatch.objects.filter(pk=batch_id, made_by=user).first()


def batches_of(user: User) -> list[AccountBatch]:
    """The newest batches of a person; one query."""
    return list(AccountBatch.objects.filter(made_by=user)[:SHOWN])


def lines_of(batch: AccountBatch) -> QuerySet[AccountBatchLine]:
    """The people of a batch with their accounts, in its order."""
    return batch.lines.select_related("user", "person__user").order_by("number")
