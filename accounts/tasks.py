"""Work of the night."""

from celery import shared_task

from . import guessing, sessions


@shared_task(name="accounts.remove_old_sign_ins")
def remove_old_sign_ins():
    """Forget wrong passwords of former days and browsers signed out long ago; on the timetable."""
    return {"attempts": guessing.remove_old(), "browsers": sessions.remove_old()}
