"""Background work of the accounts."""

from celery import shared_task

from core.jobs.dispatch import enqueue
from core.services import background_runs

from . import retention, tokens
from .issuing import services as issuing
from .models import AccountBatch
from .recovery import services as recovery
from .staff import tasks as staff_tasks  # noqa: F401  # found by Celery through this module


@shared_task(name="accounts.remove_old_keys")
def remove_old_keys() -> dict[str, int]:
    """Delete access keys that ended long ago; on the timetable."""
    return {"rows": tokens.remove_old()}


@shared_task(name="accounts.remove_old_sign_ins")
def remove_old_sign_ins() -> dict[str, int]:
    """Delete expired sessions and old notes of sign-ins; on the timetable."""
    return retention.remove_old_sign_ins()


@shared_task(name="accounts.make_accounts", lost=staticmethod(issuing.batch_died))  # type: ignore[call-overload]  # of core.jobs
def make_accounts(*, batch_id: str) -> None:
    """Make the accounts of a batch and their slips."""
    issuing.make_accounts(batch_id=batch_id)


@shared_task(name="accounts.tend_slips")
def tend_slips() -> dict[str, int]:
    """Delete slips past their end; start again batches whose job was lost; on the timetable."""
    removed = issuing.remove_slips()
    stuck = background_runs.revive(AccountBatch)
    for batch in stuck:
        enqueue(make_accounts, slow=True, batch_id=str(batch.pk))
    return {"files": removed, "batches": len(stuck), "old": issuing.remove_old_batches()}


@shared_task(name="accounts.mail_reset_link")
def mail_reset_link(*, user_id: int) -> dict[str, int]:
    """Send a link for a new password; 0 is nobody: who asked learns nothing from the time."""
    return {"emails": int(recovery.mail_link(user_id=user_id))}
