"""Work that people ask for and wait for, asked and looked after in processes of its own.

    python -m tests.faults.wanted_jobs ask            one job of each kind is asked for
    python -m tests.faults.wanted_jobs look           what is noted and stored of each, and shown
    python -m tests.faults.wanted_jobs timetable      the rounds of the timetable for lost work
    python -m tests.faults.wanted_jobs restart KIND…  the operator starts failed jobs again
    python -m tests.faults.wanted_jobs check          the head has the pupils of "save" read anew
    python -m tests.faults.wanted_jobs save           and confirms the preview

Answers are JSON on standard output.
"""

import json
import subprocess
import sys

from tests.faults.processes import ROOT

TASKS = {
    "rebuild": "reports.rebuild_school_month",
    "check": "schools.check_import",
    "save": "schools.save_import",
    "report": "reports.make_report",
    "month": "attendance.read_workbook",
}
# Of the timetable, for work that was lost.
ROUNDS = (
    "schools.tend_jobs",
    "schools.revive_imports",
    "reports.sweep_stale_months",
    "reports.restart_stuck_runs",
    "attendance.revive_workbooks",
)


def run(env, *arguments):
    """Run this module in a process of its own and return its answer."""
    command = [sys.executable, "-m", "tests.faults.wanted_jobs", *arguments]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ask():
    """Each piece of work is asked for as its page does; {}."""
    from django.utils import timezone

    from attendance.month_workbook import services as month_workbooks
    from attendance.tasks import read_workbook
    from core.jobs import enqueue
    from core.months import Month
    from reports.services.runs import request_report
    from reports.tasks import make_report
    from schools.models import Area, SchoolClass
    from schools.pupil_import import services as imports
    from schools.tasks import check_import, save_import
    from tests.attendance.month_workbooks import excel, grid
    from tests.faults.scenario import send_round
    from tests.schools.pupil_workbooks import upload_of
    from tests.world import PUPILS_6B

    today = timezone.localdate()
    # Its register asks for the rebuild.
    send_round(0, schools=1)

    enqueue(check_import, slow=True, batch_id=str(_upload("check").pk))

    confirmed = _upload("save")
    imports.check_batch(confirmed.pk)
    confirmed.refresh_from_db()
    assert imports.ask_to_save(confirmed, by=confirmed.made_by)
    enqueue(save_import, slow=True, batch_id=str(confirmed.pk))

    report = request_report(
        kind="monthly",
        area=Area.objects.get(code="12"),
        month=Month.of(today),
        filters={},
        by=_user("province"),
    )
    enqueue(make_report, slow=True, run_id=str(report.pk))

    # Of another class than the one which gets a pupil.
    rows = grid(days=[today.day], names=PUPILS_6B, marks={(PUPILS_6B[0], 0): "K"})
    workbook = month_workbooks.receive_workbook(
        school_class=SchoolClass.objects.get(name="6B"),
        month=Month.of(today),
        upload=upload_of(excel(("Sheet1", rows))),
        by=_user("teacher_b"),
        answers_for_school=False,
    )
    enqueue(read_workbook, slow=True, batch_id=str(workbook.pk))
    return {}


def _upload(name):
    from django.utils import timezone

    from schools.models import School, SchoolYear
    from schools.pupil_import import services as imports
    from tests.schools.pupil_workbooks import pupil_row, upload_of, workbook

    return imports.receive_workbook(
        school=School.objects.get(code="12A1"),
        year=SchoolYear.objects.get(),
        starts_on=timezone.localdate(),
        create_classes=False,
        upload=upload_of(workbook(pupil_row(full_name=_pupil(name))), f"{name}.xlsx"),
        by=_user("head_a"),
    )


def _pupil(name):
    return f"Vừ A {name.title()}"


def _user(username):
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(username=username)


def look():
    """Of each kind: {"running", "tries", "rests", "outcome", "state", "written", "page"}.

    "running": runs that have begun and not ended; "written": how often its result is stored,
    0 while nothing of it is; "page": what whoever asked for it sees. Under "operator" their page.
    """
    from core.models import FailedJob, JobAttempt

    answer = {}
    for kind, task in TASKS.items():
        failed = FailedJob.objects.filter(task=task).first()
        state, written, page = _LOOKS[kind]()
        answer[kind] = {
            "running": JobAttempt.objects.filter(task=task).count(),
            "tries": failed and failed.tries,
            "rests": bool(failed) and failed.next_try_at is None and failed.settled_at is None,
            "outcome": failed and failed.outcome,
            "state": state,
            "written": written,
            "page": page,
        }
    answer["operator"] = _page("sysadmin", "operations")
    return answer


def _rebuild():
    from django.db.models import Sum

    from reports.models import ClassMonth, StaleMonth

    of_class = {"school_class__school__code": "F0", "school_class__name": "1A"}
    counted = ClassMonth.objects.filter(**of_class).aggregate(all=Sum("unexcused"))["all"]
    waits = StaleMonth.objects.filter(**of_class).exists()
    return "waiting" if waits else "done", counted, ""


def _check():
    batch = _batch("check")
    # A preview that is not there yet, or says why, creates nobody.
    return batch.state, batch.created_count, _page("head_a", "schools:import_batch", batch.pk)


def _save():
    from core.models import Event
    from schools.models import Enrolment

    batch = _batch("save")
    spells = Enrolment.objects.filter(pupil__full_name=_pupil("save"), school_class__name="6A")
    written, saved = spells.count(), Event.objects.filter(kind="import.saved").count()
    assert written == saved, (written, saved)
    return batch.state, written, _page("head_a", "schools:import_batch", batch.pk)


def _report():
    import hashlib

    from core.models import Event
    from reports.models import ReportRun

    report = ReportRun.objects.get()
    written = Event.objects.filter(kind="report.made").count()
    if report.file:
        with report.file.open("rb") as file:
            assert hashlib.sha256(file.read()).hexdigest() == report.file_hash
    assert bool(report.file) == bool(written)
    return report.state, written, _page("province", "reports:run", report.pk)


def _month():
    from attendance.models import MonthBatch

    batch = MonthBatch.objects.get()
    page = _page("teacher_b", "attendance:workbook_batch", batch.pk)
    return batch.state, len(batch.content.get("entries", ())), page


_LOOKS = {"rebuild": _rebuild, "check": _check, "save": _save, "report": _report, "month": _month}


def _batch(name):
    from schools.models import ImportBatch

    return ImportBatch.objects.get(file_name=f"{name}.xlsx")


def _client(username):
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(_user(username), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _page(username, name, *arguments):
    from django.urls import reverse

    answer = _client(username).get(reverse(name, args=arguments))
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def _press(username, name, *arguments):
    from django.urls import reverse

    answer = _client(username).post(reverse(name, args=arguments))
    assert answer.status_code == 302, (name, answer.status_code)


def restart(*kinds):
    """The operator starts failed jobs again; {}."""
    from core.models import FailedJob

    for kind in kinds:
        failed = FailedJob.objects.get(task=TASKS[kind], settled_at=None)
        _press("sysadmin", "job_restart", failed.pk)
    return {}


def check():
    """The head has the pupils of "save" read anew; {}."""
    _press("head_a", "schools:import_check", _batch("save").pk)
    return {}


def save():
    """The head confirms the preview of "save"; {}."""
    _press("head_a", "schools:import_save", _batch("save").pk)
    return {}


def timetable():
    """As the timetable does; {}."""
    from celery import current_app

    from core.jobs import enqueue

    current_app.loader.import_default_modules()
    for name in ROUNDS:
        enqueue(current_app.tasks[name])
    return {}


if __name__ == "__main__":
    import django

    django.setup()
    name, *rest = sys.argv[1:]
    actions = (ask, look, timetable, restart, check, save)
    sys.stdout.write(json.dumps({each.__name__: each for each in actions}[name](*rest)))
