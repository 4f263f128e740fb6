"""Background work on what inspections asked for."""

from celery import shared_task
from django.utils import timezone

from .recommendations.services import escalate


@shared_task(name="inspections.escalate_recommendations")
def escalate_recommendations() -> int:
    """Tell the level above of recommendations overdue for too long; on the timetable."""
    return escalate(today=timezone.localdate())
