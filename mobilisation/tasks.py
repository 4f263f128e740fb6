"""Background work on surveys and cases."""

from celery import shared_task
from django.utils import timezone

from core import jobs

from .case_effect import services as case_effect
from .matching.services import matching
from .survey_import import services as imports
from .surveys.services import anonymising

# Seconds for reading and comparing one survey of 40,000 rows on two cores.
CHECK_LIMIT = 300


def _check_died(*, run_id: str, given_up: bool) -> None:
    imports.check_died(run_id, given_up=given_up)


def _save_died(*, run_id: str, given_up: bool) -> None:
    imports.save_died(run_id, given_up=given_up)


@shared_task(  # type: ignore[call-overload]  # `lost` is an option of our own task class
    name="mobilisation.check_survey",
    time_limit=CHECK_LIMIT,
    soft_time_limit=CHECK_LIMIT - 5,
    lost=staticmethod(_check_died),
)
def check_survey(*, run_id: str) -> None:
    """Make the preview of an uploaded survey."""
    imports.check_survey(run_id)


@shared_task(  # type: ignore[call-overload]  # as above
    name="mobilisation.save_survey", lost=staticmethod(_save_died)
)
def save_survey(*, run_id: str) -> None:
    """Save a survey whose preview was confirmed."""
    imports.save_survey(run_id)
    matching.search_after(run_id)


@shared_task(name="mobilisation.tend_surveys")
def tend_surveys() -> dict[str, int]:
    """Check again what a lost job left lying, and delete old files; on the timetable."""
    for run_id in imports.revive_stuck():
        jobs.enqueue(check_survey, slow=True, run_id=str(run_id))
    return {"expired": imports.remove_expired()}


@shared_task(name="mobilisation.anonymise_surveys")
def anonymise_surveys() -> dict[str, int]:
    """Make persons of old surveys anonymous, or count them; on the timetable."""
    due, done = anonymising.anonymise_by_clock()
    return {"due": due, "anonymised": done}


@shared_task(name="mobilisation.compare_cases")
def compare_cases() -> int:
    """Compare cases whose days are over with similar children; on the timetable."""
    return case_effect.compare_due(today=timezone.localdate())
