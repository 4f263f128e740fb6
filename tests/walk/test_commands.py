"""The first morning without a browser: three lists by commands, then a register by the API."""

import datetime
import uuid

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.issuing.services import make_accounts
from accounts.models import ClassAssignment, Post, User
from accounts.scoping import scope_for
from attendance.calendar.services.patterns import set_pattern
from attendance.models import Register
from lai_chau_edu.readiness import first_administrator as first
from lai_chau_edu.readiness.checklist import checklist
from operations.diagnostics import Status
from schools.areas.selectors.tree import AreaTree
from schools.models import Area, Enrolment, School
from schools.school_years.services import open_year
from tests.frozen import freeze_time
from tests.html_query import read
from tests.walk.messy_lists import SIZE, messy_lists
from tests.walk.slips import slips_of

pytestmark = pytest.mark.django_db
TYPED = "ruong bac thang xanh"


@pytest.fixture
def monday(db):
    """Monday of the second week of the year, 7:10."""
    with freeze_time("2026-09-14 00:10:00"):
        yield datetime.date(2026, 9, 14)


def test_three_lists_by_commands_and_a_register_by_the_api(
    monday, tmp_path, django_capture_on_commit_callbacks
):
    call_command("load_units", clusters=True, verbosity=0)
    admin = first.make(username="quantri", full_name="Trần Văn Quản", password=TYPED)
    make_accounts(batch_id=first.ask_for_officer(full_name="Lê Thị Mai", by=admin).pk)
    officer = User.objects.get(full_name="Lê Thị Mai")
    with django_capture_on_commit_callbacks(execute=True):
        year = open_year(
            first_day=datetime.date(2026, 9, 7), last_day=datetime.date(2027, 5, 31), by=officer
        )
        set_pattern(
            place=Area.objects.on(monday).get(level=1),
            level="",
            morning="1111100",
            afternoon="0000000",
            valid_from=year.valid_from,
            by=officer,
        )
    communes = sorted(area.code for area in AreaTree.on(monday).communes())
    made, slips = messy_lists(communes=communes, year=2026), tmp_path / "phieu.pdf"
    paths = {}
    for name in ("schools", "pupils", "staff"):
        paths[name] = str(tmp_path / f"{name}.xlsx")
        (tmp_path / f"{name}.xlsx").write_bytes(getattr(made, name))

    with django_capture_on_commit_callbacks(execute=True):
        call_command("import_schools", paths["schools"])
        assert School.objects.count() == SIZE["schools"]
        call_command("import_pupils", paths["pupils"], "--by", officer.username, "--create-classes")
        assert Enrolment.objects.count() == SIZE["pupils"]
        call_command("import_staff", paths["staff"], "--from", "2026-09-07")
        assert Post.objects.count() == SIZE["staff"]
        call_command(
            "issue_accounts", "--province", "--by", officer.username, "--slips", str(slips)
        )
    assignment = ClassAssignment.objects.select_related("person__user", "school_class").first()
    teacher, school_class = assignment.person.user, assignment.school_class

    # With the slip, then a password of one's own, a key for the other program, and the register.
    given = slips_of(slips)[teacher.username]
    browser = Client()
    browser.post(
        reverse("accounts:sign_in"), {"username": teacher.username, "password": given.upper()}
    )
    new = {"new_password1": TYPED, "new_password2": TYPED}
    browser.post(reverse("accounts:password"), {"old_password": given} | new)
    form = {"name": "Sổ điểm", "days": "30", "scopes": ["rolls", "registers"], "password": TYPED}
    secret = read(browser.post(reverse("accounts:tokens"), form)).one("#secret").text
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    roll = program.get(f"/api/v1/classes/{school_class.pk}/roll/?on={monday}").json()
    sent = {
        "class_id": school_class.pk,
        "date": f"{monday}",
        "session": "am",
        "op_id": str(uuid.uuid4()),
        "base_revision": 0,
        "marks": [{"pupil": roll[0]["pupil"], "kind": "K"}],
    }
    answer = program.post(
        "/api/v1/registers/", {"registers": [sent]}, content_type="application/json"
    ).json()["answers"][0]
    assert answer["status"] == 201, answer
    register = Register.objects.get()
    assert (register.school_class, register.unexcused) == (school_class, 1)
    assert register.roll == len(roll) > 0
    found = checklist(scope_for(officer)).points
    assert Status.BROKEN not in {point.status for point in found}
