"""Background work of the accounts."""

from celery import shared_task

from . import tokens


@shared_task(name="accounts.remove_old_keys")
def remove_old_keys():
    """Delete access keys that ended long ago; on the timetable."""
    return {"rows": tokens.remove_old()}
