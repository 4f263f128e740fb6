"""The operator's page."""

import json
import subprocess
import sys

import pytest
from django.urls import reverse

from core.jobs import records
from core.models import FailedJob
from lai_chau_edu.celery import BEAT_SCHEDULE, app
from tests.html_query import read

pytestmark = pytest.mark.django_db
PAGE = reverse("operations")


@pytest.fixture
def failed(world):
    """A job that was given up."""
    for _try in range(3):
        records.note_failure("reports.sweep_stale_months", {}, ValueError("Giàng A Chua"))
    return FailedJob.objects.get()


def test_page_shows_checks_failures_and_the_timetable_without_a_name(world, sign_in, failed):
    answer = sign_in(world.system_admin).get(PAGE)
    page = read(answer)
    assert "Giàng A Chua" not in answer.content.decode()
    assert "1 việc hỏng ba lần và đã dừng thử." in page.one("main").text
    assert "reports.sweep_stale_months" in page.texts("tbody th")
    assert page.texts(".badge--waiting") == ["chưa chạy"] * len(BEAT_SCHEDULE)


def test_failed_job_is_started_again(world, sign_in, failed, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = sign_in(world.system_admin).post(reverse("job_restart", args=[failed.pk]))
    assert answer.url == PAGE
    failed.refresh_from_db()
    assert failed.outcome == "succeeded"
    again = sign_in(world.system_admin).post(reverse("job_restart", args=[failed.pk]))
    assert again.status_code == 404


def test_job_that_this_version_does_not_know_can_only_be_set_aside(world, sign_in):
    records.note_failure("reports.gone", {}, ValueError())
    failed = FailedJob.objects.get()
    client = sign_in(world.system_admin)
    client.post(reverse("job_restart", args=[failed.pk]))
    assert "Phiên bản này không còn việc đó" in read(client.get(PAGE)).one("main").text
    client.post(reverse("job_dismiss", args=[failed.pk]))
    failed.refresh_from_db()
    assert (failed.outcome, failed.settled_by) == ("dismissed", world.system_admin)
    assert client.post(reverse("job_dismiss", args=[failed.pk])).status_code == 404


def test_a_fresh_web_process_knows_every_job_of_the_timetable():
    """Else the operator could not start it again there."""
    program = (
        "import json, lai_chau_edu.wsgi; from celery import current_app;"
        "print(json.dumps(sorted(current_app.tasks)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert {entry["task"] for entry in BEAT_SCHEDULE.values()} <= set(json.loads(done.stdout))


def test_every_entry_of_the_timetable_has_a_title():
    from operations.diagnostics.work import TITLES

    assert set(TITLES) == set(app.conf.beat_schedule)
