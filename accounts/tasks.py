"""Background work of the people and their sign-ins."""

from celery import shared_task

from . import retention


@shared_task(name="accounts.remove_old_sign_ins")
def remove_old_sign_ins():
    """Delete expired sessions and old notes of sign-ins; on the timetable."""
    return retention.remove_old_sign_ins()
