"""From an empty server to the first morning, by the pages alone; and the checklist by itself."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.issuing import services as issuing
from accounts.models import RoleGrant, StaffImport, User
from accounts.scoping import scope_for
from accounts.staff.models import PostKind
from attendance.calendar.selectors.due_sessions import due_sessions
from attendance.models import CalendarRule
from core.models import Event
from lai_chau_edu.readiness import first_administrator as first
from lai_chau_edu.readiness.checklist import checklist
from operations.diagnostics import Status
from schools.models import Area, ImportBatch, School, SchoolClass, SchoolYear
from tests.accounts.staff_builders import make_person, staff_list, staff_row
from tests.accounts.staff_builders import upload_of as staff_upload
from tests.frozen import freeze_time
from tests.html_query import read
from tests.schools.pupil_workbooks import pupil_row, workbook
from tests.schools.pupil_workbooks import upload_of as pupil_upload
from tests.schools.school_workbooks import school_workbook
from tests.world import make_class, make_school

pytestmark = pytest.mark.django_db

HOME, PAGE, SIGN_IN = reverse("home"), reverse("readiness"), reverse("accounts:sign_in")
PATTERNS = reverse("attendance:patterns")
PASSWORD, NEW_PASSWORD = "ngo nep tren nuong cao", "ruong bac thang xanh"
MONDAY = datetime.date(2026, 10, 12)
WELL, WATCH, BROKEN = Status.WELL, Status.WATCH, Status.BROKEN


def points(user):
    """Dict code -> (state, how many are missing) of what a person's page says."""
    found = checklist(scope_for(User.objects.get(pk=user.pk)))
    return {point.code: (point.status, point.count) for point in found.points}


def hrefs(user, code):
    """Where the page of a person leads from a point."""
    found = checklist(scope_for(User.objects.get(pk=user.pk)))
    return [link.url for point in found.points if point.code == code for link in point.links]


def current_step(client):
    """The step that the page says is to be done now."""
    page = read(client.get(PAGE))
    return page.one(".steps [aria-current] strong").text


# --- From nothing to the first lessons -------------------------------------------------------


class Start:
    """An empty installation, and the people who fill it page by page."""

    def __init__(self, monkeypatch, commit):
        self.passwords = []
        self.commit = commit
        monkeypatch.setattr(issuing, "first_password", self._password)

    def _password(self):
        number = len(self.passwords)
        self.passwords.append(f"suoi xanh mua {'abcdefgh'[number]}{number}")
        return self.passwords[-1]

    def post(self, client, url, data=None, status=302):
        """Post a form, with the jobs that follow; the answer."""
        with self.commit(execute=True):
            answer = client.post(url, data or {})
        assert answer.status_code == status, read(answer).texts(".field__error, .notice")
        return answer

    def account(self, maker, role, line, full_name):
        """Make an account on the page, sign in with its slip and choose a password; (client,
        user)."""
        url = reverse("accounts:issue")
        data = {"role": role, "school": "", "valid_from": timezone.localdate(), "names": line}
        self.post(maker, url, data | {"step": "make", "line": ["1"]})
        user = User.objects.get(full_name=full_name)
        client = Client()
        self.post(client, SIGN_IN, {"username": user.username, "password": self.passwords[-1]})
        new = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
        self.post(client, reverse("accounts:password"), {"old_password": self.passwords[-1]} | new)
        return client, user


@pytest.fixture
def start(db, monkeypatch, django_capture_on_commit_callbacks):
    with freeze_time("2026-10-12 00:10:00"):
        yield Start(monkeypatch, django_capture_on_commit_callbacks)


def test_an_empty_server_becomes_ready_by_its_pages(start):
    # The server's keeper prepares the tables and reads the link at the terminal.
    call_command("load_units", clusters=True, verbosity=0)
    visitor = Client()
    assert visitor.get(reverse("first_administrator")).status_code == 410
    assert visitor.get(first.link_path()).url == reverse("first_administrator")
    form = {"full_name": "Trần Văn Quản", "username": "quantri", "password": PASSWORD}
    start.post(
        visitor, reverse("first_administrator"), form | {"again": "khác hẳn mà dài"}, status=422
    )
    assert not User.objects.exists()
    start.post(visitor, reverse("first_administrator"), form | {"again": PASSWORD})
    admin_user = User.objects.get()
    start.post(visitor, SIGN_IN, {"username": "quantri", "password": PASSWORD})
    admin = visitor
    # An administrator of a province that is not ready starts here.
    assert admin.get(HOME).url == PAGE
    assert points(admin_user) == {
        "province.administrator": (WELL, None),
        "database.official_units": (WELL, None),
        "officer": (BROKEN, None),
        "supervision": (WATCH, None),
        "province.school_year": (BROKEN, None),
        "schools": (BROKEN, None),
    }
    assert current_step(admin) == "Tài khoản cán bộ tỉnh"

    officer, officer_user = start.account(admin, "province_officer", "Lê Thị Mai", "Lê Thị Mai")
    assert points(admin_user)["officer"] == (WELL, None)
    assert officer.get(HOME).url == PAGE
    # No year is open: the pattern has no page yet, and is not asked for.
    assert current_step(officer) == "Năm học"
    assert not read(officer.get(PATTERNS)).select("main form.form")
    year = {"first_day": "2026-09-07", "last_day": "2027-05-31"}
    start.post(officer, reverse("schools:year_open"), year)
    assert points(officer_user)["province.school_year"] == (WELL, None)
    assert points(officer_user)["province.weekly_pattern"] == (BROKEN, None)

    # Schools can be entered before the pattern is; the step that is left out stays the next one.
    commune = Area.objects.on(MONDAY).filter(level=3).order_by("code").first()
    rows = [["12X1", "TH Nậm Mẫu", "TH", commune.code]]
    file = SimpleUploadedFile("truong.xlsx", school_workbook(rows))
    answer = start.post(
        admin, reverse("schools:school_files"), {"file": file, "starts_on": "2026-09-07"}
    )
    seen = read(admin.get(answer.url)).one("main input[name=seen]").get("value")
    start.post(admin, answer.url, {"seen": seen})
    school = School.objects.get()
    assert current_step(officer) == "Lịch tuần"
    assert points(officer_user)["schools"] == (WELL, None)
    assert points(officer_user)["heads"] == (WATCH, 1)
    assert points(officer_user)["classes"] == (BROKEN, 1)

    people = staff_list(
        staff_row("Sùng A Páo", school="12X1", post="Hiệu trưởng"),
        staff_row("Lò Thị Hương", school="12X1", post="Giáo viên"),
    )
    start.post(
        officer,
        reverse("staff:import_upload_all"),
        {"file": staff_upload(people), "starts_on": "2026-09-07"},
    )
    run = StaffImport.objects.get()
    start.post(officer, reverse("staff:import_save", args=[run.pk]))
    assert points(officer_user)["heads"] == (WELL, 0)
    assert points(officer_user)["without_account"] == (WATCH, 2)

    head, head_user = start.account(officer, "school_head", "Sùng A Páo; 12X1", "Sùng A Páo")
    pupils = workbook(
        pupil_row(class_name="1A", grade="1", birth_date="05/09/2020"),
        pupil_row(class_name="1A", grade="1", birth_date="06/09/2020", full_name="Vàng Thị Pà"),
    )
    answer = start.post(
        head,
        reverse("schools:import_upload", args=[school.pk]),
        {
            "file": pupil_upload(pupils),
            "year": officer.get(PATTERNS).context["year"].pk,
            "starts_on": "2026-09-07",
            "create_classes": "on",
        },
    )
    batch = ImportBatch.objects.get()
    start.post(head, reverse("schools:import_save", args=[batch.pk]))
    school_class = SchoolClass.objects.get()
    found = points(head_user)
    # No pattern: not one lesson of the class is due, and the page says so of the class.
    assert found["without_lessons"] == (BROKEN, 1)
    assert found["without_teacher"] == (BROKEN, 1)
    assert found["without_pupils"] == (WELL, 0)
    assert not due([school_class])

    # A pattern without a day is refused; one with days is looked at, then saved.
    province = Area.objects.on(MONDAY).get(level=1)
    pattern = {"place": f"area:{province.pk}", "level": "", "first_day": "2026-09-07"}
    start.post(officer, PATTERNS, pattern, status=422)
    pattern["morning"] = ["0", "1", "2", "3", "4"]
    looked = start.post(officer, PATTERNS, pattern, status=200)
    assert not CalendarRule.objects.exists()
    seen = read(looked).one("[name=seen]").get("value")
    start.post(officer, PATTERNS, pattern | {"seen": seen})
    assert points(head_user)["without_lessons"] == (WELL, 0)
    assert points(officer_user)["province.weekly_pattern"] == (WELL, None)
    assert points(officer_user)["province.year_frame"] == (WATCH, None)

    # The class has no teacher yet; the head chooses one by name.
    url = reverse("staff:classes", args=[school.pk])
    form = head.get(url).context["form"]
    (row,) = form.rows
    teacher = next(
        value
        for value, label in form.fields[form.name_of(row)].choices
        if "Lò Thị Hương" in str(label)
    )
    start.post(
        head,
        url,
        {form.name_of(row): teacher, form.shown_of(row): "", "start": "2026-10-12"},
    )
    found = points(head_user)
    assert found["without_teacher"] == (WELL, 0)
    assert BROKEN not in {state for state, _count in found.values()}
    assert BROKEN not in {state for state, _count in points(admin_user).values()}
    week = [MONDAY + datetime.timedelta(days=day) for day in range(5)]
    assert due([school_class]) == {(day, "am") for day in week}
    # Nothing more to begin: each goes to the own first page again.
    assert officer.get(HOME).url == reverse("reports:area", args=[province.pk])
    assert admin.get(HOME).url == reverse("operations")
    assert not read(admin.get(PAGE)).select(".steps")


def due(classes):
    """The sessions of a week that are due for classes."""
    loaded = SchoolClass.objects.filter(pk__in=[each.pk for each in classes]).select_related("year")
    found = due_sessions(loaded, MONDAY, MONDAY + datetime.timedelta(days=7))
    return set.union(*found.values())


def test_the_holidays_are_no_first_start(world, sign_in):
    with freeze_time("2027-08-20 00:10:00"):
        assert points(world.system_admin)["province.school_year"] == (BROKEN, None)
        assert sign_in(world.system_admin).get(HOME).url == reverse("operations")
    CalendarRule.objects.all().delete()
    assert sign_in(world.system_admin).get(HOME).url == PAGE


# --- The first account -----------------------------------------------------------------------


def test_only_the_printed_link_makes_the_first_account(db, capsys):
    visitor = Client()
    forged = reverse("first_administrator_link", args=["1tabcd:" + "x" * 43])
    assert visitor.get(forged).status_code == 410
    assert visitor.post(reverse("first_administrator"), {"username": "ai"}).status_code == 410
    call_command("first_administrator")
    link = capsys.readouterr().out.strip()
    with freeze_time(timezone.now() + first.OPENS_FOR + datetime.timedelta(seconds=5)):
        assert visitor.get(link).status_code == 410
    assert visitor.get(link).status_code == 302
    assert not User.objects.exists()


def test_the_door_closes_with_the_first_account(db):
    visitor = Client()
    visitor.get(first.link_path())
    link = first.link_path()
    user = first.make(username="quantri", full_name="Trần Văn Quản", password=PASSWORD)
    assert RoleGrant.objects.get().role == "system_admin"
    assert not user.is_superuser
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"account.made", "role.given"} <= kinds
    assert visitor.get(link).url == SIGN_IN
    assert visitor.get(reverse("first_administrator")).url == SIGN_IN
    form = {"username": "hai", "full_name": "Hai", "password": PASSWORD, "again": PASSWORD}
    assert visitor.post(reverse("first_administrator"), form).url == SIGN_IN
    with pytest.raises(ValidationError):
        first.make(username="hai", full_name="Hai", password=PASSWORD)
    with pytest.raises(CommandError):
        call_command("first_administrator")
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["ngan", "Matkhau@2026"])
def test_a_password_that_is_easily_guessed_is_refused(db, password):
    visitor = Client()
    visitor.get(first.link_path())
    form = {"username": "quantri", "full_name": "Trần Văn Quản"}
    answer = visitor.post(
        reverse("first_administrator"), form | {"password": password, "again": password}
    )
    assert answer.status_code == 422
    assert read(answer).select(".field--error")
    assert not User.objects.exists()


# --- The checklist ---------------------------------------------------------------------------


def test_a_reader_sees_the_own_places_only(world, sign_in):
    make_person("Tẩn Lở Mẩy", world.school_b, since=world.since, kind=PostKind.TEACHER)
    assert points(world.head_a)["without_account"] == (WELL, 0)
    assert points(world.head_b)["without_account"] == (WATCH, 1)
    assert points(world.commune_officer)["without_account"] == (WELL, 0)
    assert points(world.province_officer)["without_account"] == (WATCH, 1)
    assert points(world.system_admin)["without_account"] == (WATCH, 1)
    assert "officer" not in points(world.district_officer)
    names = read(sign_in(world.district_officer).get(reverse("readiness_schools"))).text
    assert "TH&THCS A Một" in names
    assert "THCS B Một" not in names


def test_counts_say_what_each_school_lacks_the_worst_first(world, sign_in):
    assert points(world.head_a)["without_teacher"] == (WATCH, 1)
    assert points(world.head_a)["never_signed_in"] == (WATCH, 2)
    empty = make_school("12C1", "THCS C Một", "THCS", world.commune_b, world.since)
    make_class(empty, world.year, "7C", "THCS", "7", [])
    found = points(world.province_officer)
    assert found["without_pupils"] == (WATCH, 1)
    assert found["heads"] == (WATCH, 1)
    assert found["classes"] == (WELL, 0)
    page = read(sign_in(world.province_officer).get(reverse("readiness_schools")))
    assert page.texts("tbody th a") == ["THCS C Một", "TH&THCS A Một", "THCS B Một"]
    assert "chưa thể bắt đầu" in page.select("tbody tr")[0].text


def test_pupils_of_a_year_that_is_over_are_counted(world):
    with freeze_time("2027-08-10 00:10:00"):
        SchoolYear.objects.create(
            code="2027-2028",
            valid_from=datetime.date(2027, 8, 1),
            valid_to=datetime.date(2028, 6, 1),
        )
        found = points(world.head_a)
        assert found["left_behind"] == (WATCH, 10)
        assert hrefs(world.head_a, "left_behind") == [
            reverse("schools:year_turn", args=[world.school_a.pk])
        ]
        assert hrefs(world.province_officer, "left_behind") == [reverse("schools:year_turns")]
        assert found["classes"] == (BROKEN, 1)
        assert found["province.weekly_pattern"] == (WELL, None)


def test_without_a_pattern_every_class_is_without_lessons(world):
    assert points(world.head_a)["without_lessons"] == (WELL, 0)
    CalendarRule.objects.update(level="THCS")
    assert points(world.head_a)["without_lessons"] == (WATCH, 1)
    CalendarRule.objects.all().delete()
    assert points(world.head_a)["without_lessons"] == (BROKEN, 2)
    assert points(world.head_a)["province.weekly_pattern"] == (BROKEN, None)


def test_links_lead_only_where_the_reader_may_go(world, sign_in):
    for person in ("head_a", "commune_officer", "province_officer", "system_admin"):
        client = sign_in(getattr(world, person))
        links = {each.get("href") for each in read(client.get(PAGE)).select("main table a")}
        assert links
        assert {url: client.get(url).status_code for url in links} == dict.fromkeys(links, 200)
