"""What every kind of long work has in common, shown on report runs."""

import datetime

import pytest
from django.apps.registry import Apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone, translation

from attendance.models import MonthBatch
from core.jobs import records
from core.models import BackgroundRun, Phase
from core.services import background_runs as services
from core.services.background_runs import Stopped
from lai_chau_edu.celery import app
from reports.models import ReportRun
from schools.models import ImportBatch
from tests.frozen import freeze_time

pytestmark = pytest.mark.django_db

State = ReportRun.State
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def run(world):
    return ReportRun.objects.create(
        kind="monthly",
        area=world.commune_a,
        month=world.today.replace(day=1),
        made_by=world.commune_officer,
    )


def claim(run):
    return services.claim(
        ReportRun.objects.all(), run.pk, states={State.WAITING}, into=State.RUNNING
    )


def now_of(run):
    return ReportRun.objects.get(pk=run.pk)


def silence(run):
    """Nothing is heard of the run for longer than its phase allows."""
    heard_at = timezone.now() - run.phase.silent_for - MINUTE
    ReportRun.objects.filter(pk=run.pk).update(heartbeat_at=heard_at)


def test_a_run_is_claimed_once(run):
    claimed = claim(run)
    assert (claimed.state, claimed.is_working) == ("running", True)
    assert claim(run) is None


def test_a_heartbeat_says_how_far_the_work_is(run):
    claimed = claim(run)
    with freeze_time(timezone.now() + MINUTE):
        services.beat(claimed, done=3, total=7)
    found = now_of(run)
    assert (found.rows_done, found.rows_total) == (3, 7)
    assert found.heartbeat_at - claimed.heartbeat_at == MINUTE


@pytest.mark.parametrize("step", [services.beat, lambda run: services.finish(run, State.DONE)])
def test_a_cancelled_run_stops_its_job_at_the_next_step(run, step):
    claimed = claim(run)
    assert services.cancel(now_of(run))
    with pytest.raises(Stopped):
        step(claimed)
    found = now_of(run)
    assert (found.state, found.problem, bool(found.finished_at)) == ("cancelled", None, True)
    assert claim(run) is None


def test_the_job_of_a_cancelled_run_ends_quietly_and_takes_its_files_along(run):
    claimed = claim(run)
    with services.at_work(claimed):
        services.cancel(now_of(run))
        claimed.file.save("report.xlsx", ContentFile(b"rows"), save=False)
        stored = claimed.file.name
        services.finish(claimed, State.DONE)
    assert (now_of(run).state, now_of(run).file.name) == ("cancelled", "")
    assert not default_storage.exists(stored)


def test_what_breaks_after_a_run_was_cancelled_is_no_fault(run):
    claimed, told = claim(run), []
    with services.at_work(claimed, on_failure=told.append):
        services.cancel(now_of(run))
        raise FileNotFoundError
    assert (now_of(run).state, told) == ("cancelled", [])


def test_a_fault_fails_the_run_and_is_raised_for_another_try(run):
    claimed, told = claim(run), []
    with (
        pytest.raises(ValueError, match="a fault"),
        services.at_work(claimed, on_failure=told.append),
    ):
        raise ValueError("a fault")
    assert (now_of(run).state, told) == ("failed", [claimed])
    again = claim(run)
    assert (again.state, again.problem, again.finished_at) == ("running", None, None)


@pytest.mark.parametrize("state", [State.DONE, State.FAILED, State.CANCELLED])
def test_what_has_ended_cannot_be_cancelled(run, state):
    ReportRun.objects.update(state=state)
    assert not services.cancel(now_of(run))
    assert now_of(run).state == state


def test_a_slow_job_goes_on_where_nobody_took_its_run(run):
    claimed = claim(run)
    services.lost(ReportRun, run.pk, given_up=False)
    assert now_of(run).state == "waiting"
    services.beat(claimed)
    assert now_of(run).state == "running"
    assert claim(run) is None


def test_a_job_back_from_the_dead_changes_nothing(run):
    dead = claim(run)
    services.lost(ReportRun, run.pk, given_up=False)
    with freeze_time(timezone.now() + MINUTE):
        alive = claim(run)
    with pytest.raises(Stopped):
        services.finish(dead, State.DONE)
    services.finish(alive, State.DONE)


def test_a_silent_run_is_revived_once_at_a_time(run):
    claim(run)
    assert services.revive(ReportRun) == []
    silence(now_of(run))
    assert now_of(run).is_stuck
    assert services.revive(ReportRun) == [run]
    assert (now_of(run).state, now_of(run).claimed_at) == ("waiting", None)
    assert services.revive(ReportRun) == []


def test_a_silent_run_whose_job_rests_is_given_up(run):
    told = []
    job = (run.phase.task, run.job_arguments)
    for _try in range(records.MOST_TRIES):
        silence(run)
        assert services.revive(ReportRun, on_failure=told.append) == [run]
        records.note_loss(*job)
    silence(run)
    assert services.revive(ReportRun, on_failure=told.append) == []
    assert (now_of(run).state, told) == ("failed", [run])


def test_a_problem_is_worded_for_its_reader(run):
    ReportRun.objects.update(state="failed", **services.problem("crashed"))
    number = str(run.pk)[:8]
    for language, words in (
        ("vi", "Chưa lập được báo cáo"),
        ("en", "The report could not be made"),
    ):
        with translation.override(language):
            assert now_of(run).problem.what.startswith(words)
            assert number in now_of(run).problem.what


def test_a_stored_sentence_and_a_code_of_another_version_are_readable(run):
    run.problem_code, run.problem_params = "other", {"text": "Ổ đĩa đầy 100%."}
    assert run.problem.what == "Ổ đĩa đầy 100%."
    run.problem_code = "of_a_newer_version"
    assert run.problem.what.startswith("Chưa lập được báo cáo")


def test_jobs_of_the_phases_are_known():
    app.loader.import_default_modules()
    tasks = {
        phase.task
        for model in (ImportBatch, MonthBatch, ReportRun)
        for phase in model.PHASES.values()
    }
    assert len(tasks) == 4
    assert tasks <= set(app.tasks)


def test_a_run_without_the_states_of_its_services_is_found_at_start():
    class Lame(BackgroundRun):
        PHASES = {"running": Phase("x", MINUTE, again="waiting")}
        state = models.CharField(max_length=12, choices=[("running", ""), ("done", "")])

        class Meta:
            app_label = "core"
            apps = Apps()

    messages = [each.msg for each in Lame.check() if each.id == "core.E001"]
    assert messages == ["lacks the states cancelled, failed, waiting"]
