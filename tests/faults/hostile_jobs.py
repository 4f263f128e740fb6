"""Hostile jobs are asked for and looked after, each time in a process of its own.

    python -m tests.faults.hostile_jobs ask NAME…   have the next round of the timetable run them
    python -m tests.faults.hostile_jobs report      what is noted of them

Answers are JSON on standard output.
"""

import json
import sys


def ask(*names):
    """Note the jobs as due; {}."""
    from django.utils import timezone

    from core.jobs.records import hash_of
    from core.models import FailedJob

    for name in names:
        FailedJob.objects.create(
            task=name,
            kwargs_hash=hash_of({}),
            tries=0,
            failed_at=timezone.now(),
            next_try_at=timezone.now(),
        )
    return {}


def report():
    """{task: {"tries", "rests", "outcome", "answer", "error"}}."""
    from core.models import FailedJob, JobRecord

    answers = dict(JobRecord.objects.values_list("name", "answer"))
    return {
        failed.task: {
            "tries": failed.tries,
            "rests": failed.next_try_at is None and failed.settled_at is None,
            "outcome": failed.outcome,
            "answer": answers.get(failed.task),
            "error": failed.error,
        }
        for failed in FailedJob.objects.all()
    }


if __name__ == "__main__":
    import django

    django.setup()
    name, *rest = sys.argv[1:]
    sys.stdout.write(json.dumps({"ask": ask, "report": report}[name](*rest)))
