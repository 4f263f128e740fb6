"""Imports, month workbooks and report runs of 1.0, made runs of one kind and given back."""

import datetime

import pytest
from django.core.management import call_command
from django.utils import timezone

from attendance.models import MonthBatch
from reports.models import ReportRun
from schools.models import ImportBatch
from tests.migrating import migrate

BEFORE = [
    ("schools", "0007_rules_and_jobs_to_core"),
    ("attendance", "0017_remove_reminder_mails"),
    ("reports", "0003_flags_keep_what_was_found"),
]
DAY = datetime.timedelta(hours=24)
TEXT = "Chưa lập được báo cáo; số 0f3a."
PROBLEM = {"code": "no_header", "params": {}}


@pytest.mark.django_db(transaction=True)
def test_runs_of_the_version_before_come_along_and_go_back(world):
    month = world.today.replace(day=1)
    try:
        then = migrate(*BEFORE)
        report = then.get_model("reports", "ReportRun").objects.create(
            area_id=world.commune_a.pk, month=month, state="failed", problem=TEXT
        )
        sent = {"file_name": "a.xlsx", "made_by_id": world.head_a.pk}
        upload = then.get_model("schools", "ImportBatch").objects.create(
            school_id=world.school_a.pk,
            year_id=world.year.pk,
            file_hash="0" * 64,
            starts_on=world.today,
            state="refused",
            attempts=2,
            preview={"problem": PROBLEM},
            **sent,
        )
        of_month = {"school_class_id": world.class_a.pk, "month": month, **sent}
        workbooks = then.get_model("attendance", "MonthBatch").objects
        refused = workbooks.create(state="refused", content={"problem": PROBLEM}, **of_month)
        failed = workbooks.create(state="failed", read_from=timezone.now(), **of_month)

        call_command("migrate", verbosity=0)
        made = ReportRun.objects.get()
        assert (made.pk, made.kind, made.problem.what) == (report.pk, "monthly", TEXT)
        assert made.heartbeat_at == made.made_at
        listed = ImportBatch.objects.get()
        assert (listed.pk, listed.problem_code, listed.preview) == (upload.pk, "no_header", {})
        assert listed.expires_at == listed.made_at + DAY
        read = MonthBatch.objects.get(pk=refused.pk)
        assert (read.problem_code, read.content) == ("no_header", {})
        assert (read.heartbeat_at, read.expires_at) == (read.made_at, read.made_at + DAY)
        broken = MonthBatch.objects.get(pk=failed.pk)
        assert (broken.problem_code, broken.heartbeat_at) == ("crashed", failed.read_from)
        MonthBatch.objects.filter(pk=failed.pk).update(state="cancelled", problem_code="")

        then = migrate(*BEFORE)
        assert then.get_model("reports", "ReportRun").objects.get().problem == TEXT
        back = then.get_model("schools", "ImportBatch").objects.get()
        assert back.preview == {"problem": PROBLEM}
        months = then.get_model("attendance", "MonthBatch").objects
        assert months.get(pk=refused.pk).content == {"problem": PROBLEM}
        assert months.get(pk=failed.pk).state == "expired"
    finally:
        call_command("migrate", verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_the_way_back_is_refused_while_there_are_reports_of_other_types(world):
    ReportRun.objects.create(kind="another")
    try:
        with pytest.raises(RuntimeError, match="1 report runs are of types"):
            migrate(*BEFORE)
    finally:
        call_command("migrate", verbosity=0)
    assert ReportRun.objects.count() == 1
