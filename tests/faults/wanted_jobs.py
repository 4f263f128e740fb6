"""Work that people ask for and wait for, asked and looked after in processes of their own.

    python -m tests.faults.wanted_jobs want check    a workbook is uploaded
    python -m tests.faults.wanted_jobs upload        another is uploaded and checked
    python -m tests.faults.wanted_jobs want save     it is confirmed
    python -m tests.faults.wanted_jobs want report   a report is asked for
    python -m tests.faults.wanted_jobs told NAME     what is noted of it, and what its page says
    python -m tests.faults.wanted_jobs press check NAME    the person asks for the check anew
    python -m tests.faults.wanted_jobs press save NAME     the person confirms the preview
    python -m tests.faults.wanted_jobs tend          the rounds of the timetable for lost work

Answers are JSON on standard output.
"""

import json
import subprocess
import sys

from tests.faults.processes import ROOT

TASKS = {
    "check": "schools.check_import",
    "save": "schools.save_import",
    "report": "reports.make_report",
}


def ask(env, *arguments):
    """Run this module in a process of its own and return its answer."""
    command = [sys.executable, "-m", "tests.faults.wanted_jobs", *arguments]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def want(name):
    """Ask for a piece of work as its page does; {}."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from core.jobs.dispatch import enqueue
    from core.months import Month
    from reports.services.runs import request_report
    from reports.tasks import make_report
    from schools.models import Area, ImportBatch
    from schools.services import imports
    from schools.tasks import check_import, save_import

    if name == "report":
        run = request_report(
            area=Area.objects.get(code="12"),
            month=Month.of(timezone.localdate()),
            filters={},
            by=get_user_model().objects.get(username="province"),
        )
        enqueue(make_report, slow=True, run_id=str(run.pk))
        return {}
    if name == "save":
        batch = ImportBatch.objects.get(state="ready")
        assert imports.ask_to_save(batch, by=batch.made_by)
        enqueue(save_import, slow=True, batch_id=str(batch.pk))
    else:
        enqueue(check_import, slow=True, batch_id=str(_upload(name).pk))
    return {}


def upload():
    """A workbook is uploaded and checked, ready to be saved; {}."""
    from schools.services import imports

    imports.check_batch(_upload("save").pk)
    return {}


def _upload(name):
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from schools.models import School, SchoolYear
    from schools.services import imports
    from tests.schools.pupil_workbooks import pupil_row, upload_of, workbook

    return imports.receive_workbook(
        school=School.objects.get(code="12A1"),
        year=SchoolYear.objects.get(),
        starts_on=timezone.localdate(),
        create_classes=False,
        upload=upload_of(workbook(pupil_row(full_name=f"Vừ A {name.title()}"))),
        by=get_user_model().objects.get(username="head_a"),
    )


def told(name):
    """{"tries", "rests", "outcome", "state", "page"} of the newest work of a name."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse

    from core.models import FailedJob
    from reports.models import ReportRun
    from schools.models import ImportBatch

    failed = FailedJob.objects.filter(task=TASKS[name]).first()
    if name == "report":
        done, person = ReportRun.objects.latest("made_at"), "province"
        address = reverse("reports:run", args=[done.pk])
    else:
        found = [
            batch
            for batch in ImportBatch.objects.order_by("made_at")
            if failed is None or str(batch.pk) == failed.kwargs["batch_id"]
        ]
        done, person = found[-1], "head_a"
        address = reverse("schools:import_batch", args=[done.pk])
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(
        get_user_model().objects.get(username=person),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return {
        "tries": failed and failed.tries,
        "rests": bool(failed) and failed.next_try_at is None and failed.settled_at is None,
        "outcome": failed and failed.outcome,
        "state": done.state,
        "page": client.get(address).content.decode(),
    }


def press(button, name):
    """The person presses a button of the page of that work, "check" or "save"; {}."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse

    from core.models import FailedJob

    batch = FailedJob.objects.get(task=TASKS[name]).kwargs["batch_id"]
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(
        get_user_model().objects.get(username="head_a"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    answer = client.post(reverse(f"schools:import_{button}", args=[batch]))
    assert answer.status_code == 302, answer.status_code
    return {}


def tend():
    """As the timetable does; {}."""
    from core.jobs.dispatch import enqueue
    from core.tasks import tend_jobs
    from reports.tasks import restart_stuck_runs
    from schools.tasks import revive_imports

    for task in (tend_jobs, revive_imports, restart_stuck_runs):
        enqueue(task)
    return {}


if __name__ == "__main__":
    import django

    django.setup()
    name, *rest = sys.argv[1:]
    jobs = {"upload": upload, "want": want, "told": told, "press": press, "tend": tend}
    sys.stdout.write(json.dumps(jobs[name](*rest)))
