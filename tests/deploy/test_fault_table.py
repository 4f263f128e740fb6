"""Every row of "What happens when …" in operations.md was tried: by which test, or why by none."""

import re

import pytest
from django.core.management import call_command
from django.test import Client

from operations.diagnostics import work

from .commands import OPERATIONS, ROOT

ROWS = [
    " ".join(row.split())
    for row in re.findall(
        r"^\| ([^|]+) \|",
        OPERATIONS.partition("### What happens when")[2].partition("\n`FAULT_CYCLES")[0],
        re.MULTILINE,
    )
][1:]
# The beginning of a row: "file::name" of the tests that make it happen, or "not tried: why".
TRIED = {
    "a worker is killed": ["faults/test_killed_workers.py::test_workers_killed_at_any_moment"],
    "a job kills three workers": [
        "faults/test_hostile_jobs.py::test_pages_go_on_and_hostile_jobs_are_given_up",
        "core/test_jobs.py::test_job_over_which_workers_die_is_given_up",
    ],
    "a file freezes its check": [
        "faults/test_hostile_jobs.py::test_pages_go_on_and_hostile_jobs_are_given_up"
    ],
    "the embedded server is killed over a long job": [
        "faults/test_hostile_jobs.py::test_server_that_is_killed_three_times_over_a_job"
    ],
    "many people sign in": [
        "accounts/test_hashers.py::test_crowd_at_the_sign_in",
        "lai_chau_edu/test_contention.py::test_place_is_given_back",
    ],
    "two people change the same": ["attacks/test_concurrent_posts.py::test_two_officers_assign"],
    "Redis is stopped": [
        "faults/test_redis_gone.py::test_teachers_notice_nothing",
        "operations/test_health.py::test_broker_that_is_silent",
    ],
    "PostgreSQL restarts": [
        "faults/test_database_restarts.py::test_restarted_database_loses_and_doubles_nothing",
        "operations/test_diagnostics.py::test_what_postgresql_says_has_its_own_cure",
    ],
    "a session ends while": ["accounts/test_drafts.py::test_every_form_is_filled_again"],
    "the embedded server is killed": [
        "faults/test_embedded_server.py::test_killed_server_keeps_what_it_acknowledged"
    ],
    "the mail server is down": ["attendance/test_reminders.py::test_after_three_tries"],
    "two beats run": ["core/test_jobs.py::test_job_over_which_workers_die_is_given_up"],
    "the web process is gone": ["deploy/test_nginx.py::test_page_while_the_program_is_gone"],
    "the disk is full": [
        "backup/test_killed.py::test_a_full_disk_leaves_nothing",
        "operations/test_diagnostics.py::test_room_for_files",
        "operations/test_health.py::test_database_that_is_away_is_503",
    ],
    "the clock is wrong": [
        "operations/test_diagnostics.py::test_clock_that_was_set_back",
        "operations/test_diagnostics.py::test_clock_of_another_computer",
    ],
    "every page answers 400": ["deploy/test_fault_table.py::test_name_that_is_missing"],
    "`This SECRET_KEY": ["lai_chau_edu/test_private.py::test_no_process_starts_on_such_settings"],
    "the certificate has expired": "not tried: needs a certificate authority; certbot's own timer",
    "slips were lost": [
        "accounts/test_issuing.py::test_new_slips_are_for_those_who_never_signed_in"
    ],
    "a teacher or head forgot": [
        "accounts/test_recovery.py::test_code_opens_once_and_leads_to_a_password_of_ones_own",
        "accounts/test_recovery.py::test_link_sets_a_password_once",
    ],
    "the administrator forgot": ["deploy/test_fault_table.py::test_forgotten_password"],
    "an account is locked": ["deploy/test_fault_table.py::test_locked_account"],
    "an officer lost the phone": [
        "accounts/test_second_factor.py::test_recovery_code_lets_in_once",
        "accounts/test_second_factor.py::test_administrator_resets_and_the_person_is_told",
        "accounts/test_second_factor.py::test_command_line_resets_when_nobody_else_can",
    ],
    "many are locked at once": [
        "operations/test_diagnostics.py::test_proxy_that_is_not_believed_is_found",
        "accounts/test_sign_in.py::test_client_address",
    ],
    "a migration failed": [
        "upgrade/test_upgrade_real.py::test_change_of_the_tables_that_fails_leaves_the_old_version"
    ],
    "the database in use was moved": ["backup/test_move.py::test_command_says_what_to_do_next"],
    "no beat runs": [
        "operations/test_health.py::test_background_work_that_stands_still",
        "test_embedded.py::test_computer_switched_off_for_three_nights_catches_up_once",
    ],
}


def test_every_row_is_tried_or_says_why_not():
    left = dict(TRIED)
    for row in ROWS:
        # The longest beginning that fits: one fault may be another with more words.
        fitting = max((each for each in left if row.startswith(each)), key=len, default=None)
        assert fitting, f"by which test was this tried: {row}"
        del left[fitting]
    assert not left


@pytest.mark.parametrize("row", [row for row, by in TRIED.items() if isinstance(by, list)])
def test_named_tests_are_there(row):
    for test in TRIED[row]:
        file, _colons, name = test.partition("::")
        assert f"def {name}" in (ROOT / "tests" / file).read_text(encoding="utf-8"), test


def test_hours_of_the_backup_alarm_are_those_of_the_code():
    text = OPERATIONS.partition("`/health/backup/` answers 503 when")[2].partition("\n\n")[0]
    assert f"{work.BACKUP_OLD.total_seconds() / 3600:.0f} hours" in text
    assert f"**{work.BACKUP_TOO_OLD.days} days** on SQLite" in text
    assert work.CLOCKS_DIFFER.total_seconds() == 5 * 60
    assert "five minutes" in text


@pytest.mark.django_db
def test_name_that_is_missing_in_allowed_hosts_is_400_and_the_cure_cures(settings):
    at = {"HTTP_HOST": "chuyencan.example.vn"}
    assert Client().get("/accounts/sign-in/", **at).status_code == 400
    settings.ALLOWED_HOSTS = ["chuyencan.example.vn"]
    assert Client().get("/accounts/sign-in/", **at).status_code == 200


def sign_in(name, password):
    return Client().post("/accounts/sign-in/", {"username": name, "password": password})


def test_locked_account_is_opened_by_the_command_of_the_table(world):

    for _try in range(5):
        sign_in("head_a", "wrong-password-0")
    assert sign_in("head_a", "suong-som-tren-nui").status_code == 429
    call_command("unlock", "head_a")
    assert sign_in("head_a", "suong-som-tren-nui").status_code == 302


def test_forgotten_password_is_set_by_the_command_of_the_table(world, monkeypatch):
    from django.contrib.auth.management.commands import changepassword

    monkeypatch.setattr(changepassword.getpass, "getpass", lambda prompt: "mua-xuan-tren-ban-lang")
    call_command("changepassword", "sysadmin", verbosity=0)
    assert sign_in("sysadmin", "mua-xuan-tren-ban-lang").status_code == 302
