"""A school year ends and the next begins, in the province that three lists made.

It begins where `test_from_nothing` ends, and goes through the summer to the first register of the
new year, at a desk and on a phone, by the people who do it.
"""

import datetime
import re

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from accounts.issuing.services import make_accounts
from accounts.models import ClassAssignment, RoleGrant, User
from accounts.services import change_password
from attendance.calendar.selectors.due_sessions import due_sessions
from attendance.calendar.services.patterns import set_pattern
from attendance.models import Register
from lai_chau_edu.readiness import first_administrator as first
from schools.areas.selectors.tree import AreaTree
from schools.models import (
    Area,
    Enrolment,
    PupilArrival,
    School,
    SchoolClass,
    SchoolYear,
    YearTurn,
)
from schools.school_years.services import open_year
from tests.browser.conftest import DESKTOP, PHONE, SHIFTED_DATE
from tests.browser.sheets import STATE
from tests.browser.test_from_nothing import first_day
from tests.fingerprints import fingerprints
from tests.reports.register_builders import take
from tests.walk.messy_lists import messy_lists
from tests.world import PASSWORD

pytestmark = pytest.mark.browser
ONE_DAY = datetime.timedelta(days=1)
TOUCHED = (SchoolClass, Enrolment, PupilArrival, ClassAssignment, RoleGrant)


@pytest.fixture
def first_year(transactional_db, tmp_path):
    """The school year of a province made from three lists, with its first register.

    In one commune a primary school, a lower secondary school, one of both levels and a preschool.
    """
    call_command("load_units", clusters=True, verbosity=0)
    admin = first.make(username="quantri", full_name="Trần Văn Quản", password=PASSWORD)
    make_accounts(batch_id=first.ask_for_officer(full_name="Lê Thị Mai", by=admin).pk)
    officer = User.objects.get(full_name="Lê Thị Mai")
    starts = first_day()
    year = open_year(first_day=starts, last_day=starts + datetime.timedelta(days=364), by=officer)
    set_pattern(
        place=Area.objects.on(starts).get(level=1),
        level="",
        morning="1111100",
        afternoon="0000000",
        valid_from=starts,
        by=officer,
    )
    communes = sorted(area.code for area in AreaTree.on(timezone.localdate()).communes())
    lists = messy_lists(communes=communes[:1], year=starts.year)
    paths = {name: str(tmp_path / f"{name}.xlsx") for name in ("schools", "pupils", "staff")}
    for name in paths:
        (tmp_path / f"{name}.xlsx").write_bytes(getattr(lists, name))
    call_command("import_schools", paths["schools"], verbosity=0)
    call_command("import_pupils", paths["pupils"], "--by", officer.username, "--create-classes")
    call_command("import_staff", paths["staff"], "--from", f"{starts}")
    slips = str(tmp_path / "phieu.pdf")
    call_command("issue_accounts", "--province", "--by", officer.username, "--slips", slips)
    for user in User.objects.exclude(pk=admin.pk):
        change_password(user=user, password=PASSWORD, by=user)
    taught = SchoolClass.objects.select_related("year").filter(school__levels="TH").first()
    take(
        taught,
        min(day for day, _session in due_sessions([taught], starts, year.valid_to)[taught.pk]),
    )
    return year


def head_of(school):
    """The account of the head of a school."""
    return User.objects.get(grants__role="school_head", grants__school=school)


def written():
    found = fingerprints()
    return {model._meta.db_table: found[model._meta.db_table] for model in TOUCHED}


def open_line(page, spell):
    """The line of a pupil's class in the plan; a phone has it folded, a desk does not."""
    title = page.locator(f"#line-{spell.school_class_id}_{spell.grade}")
    if page.viewport_size == PHONE:
        title.click()
    return page.locator("details.fold").filter(has=title)


class Reader:
    """Somebody at a screen who presses what is written there."""

    def __init__(self, page, check_page):
        self.page, self._check_page = page, check_page

    def open(self, path):
        self.page.goto(path)
        self.look()

    def press(self, role, name):
        """Press what leads to another page, and look at that."""
        place = self.page.locator("main").get_by_role(role, name=name, exact=isinstance(name, str))
        with self.page.expect_navigation():
            place.first.click()
        self.look()

    def look(self):
        self._check_page(self.page)

    def see(self, text):
        expect(self.page.locator("main")).to_contain_text(text)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_year_ends_and_the_next_begins(first_year, visit, check_page, server_time, viewport):
    schools = {school.levels: school for school in School.objects.all()}
    primary, secondary, both = schools["TH"], schools["THCS"], schools["TH,THCS"]

    def sit_down(user, day):
        """Somebody signs in on a day; server and browser have the same."""
        later = day - real_today
        server_time(later)
        page = visit(viewport=viewport)
        page.context.add_init_script(
            SHIFTED_DATE.replace("SHIFT", str(later // datetime.timedelta(milliseconds=1)))
        )
        page.goto("/accounts/sign-in/")
        page.get_by_label("Tên đăng nhập").fill(user.username)
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        return Reader(page, check_page)

    real_today = timezone.localdate()
    summer = first_year.valid_to + 10 * ONE_DAY
    starts = first_year.valid_to + 30 * ONE_DAY
    if starts.timetuple().tm_yday < 5:  # the year ends in another calendar year
        starts += 7 * ONE_DAY

    # The year is over: a head who looks learns that the province has to open the next one.
    head = sit_down(head_of(primary), summer)
    head.open(f"/schools/{primary.pk}/")
    head.press("link", "Năm học mới")
    head.see("chưa mở")

    officer = sit_down(User.objects.get(full_name="Lê Thị Mai"), summer)
    officer.open("/schools/years/")
    officer.press("link", "Mở năm học")
    officer.page.get_by_label("Ngày đầu năm học").fill(f"{starts}")
    officer.page.get_by_label("Ngày cuối năm học").fill(f"{starts + 364 * ONE_DAY}")
    officer.press("button", "Mở năm học")
    new = SchoolYear.objects.latest("valid_from")
    assert new.valid_from == starts
    officer.press("link", "Các trường chuyển năm học")
    officer.see("0/4 trường đã chuyển")

    # The head keeps one back, sees it in the preview, does it, takes it back, does it again.
    before = written()
    head.open("/")
    head.see("trường chưa có lớp của năm học này")
    head.press("link", "Chuyển sang năm học mới")
    kept = Enrolment.objects.filter(school=primary, grade=2).order_by("pk").first()
    leavers = list(Enrolment.objects.filter(school=primary, grade=5))
    for turn in (1, 2):
        line = open_line(head.page, kept)
        line.get_by_text("Chọn em lưu ban").click()
        line.get_by_label(re.compile(f"{kept.pupil.full_name}, .*lưu ban")).check()
        last = open_line(head.page, leavers[0])
        last.get_by_role("combobox", name="Chuyển đến").select_option(label=secondary.name)
        head.press("button", "Xem trước điều sẽ xảy ra")
        head.see(secondary.name)
        assert not YearTurn.objects.filter(undone_at=None).exists()
        head.press("button", "Chuyển sang năm học mới")
        head.see("Trường đã chuyển sang năm học mới.")
        stands = YearTurn.objects.get(undone_at=None)
        assert (stands.kept_back_count, stands.sent_count) == (1, len(leavers))
        if turn == 1:
            head.press("link", "Lấy lại")
            head.press("button", "Lấy lại")
            head.see("Đã lấy lại")
            assert written() == before
    again = Enrolment.objects.get(pupil=kept.pupil, school_class__year=new)
    assert (again.grade, again.school_class.name) == (2, kept.school_class.name)
    head.press("link", "Lớp của năm học mới")

    # The school that receives turns, its ninth grade finishes, and the fifth has its class.
    there = sit_down(head_of(secondary), summer + ONE_DAY)
    there.open(f"/schools/{secondary.pk}/")
    there.press("link", "Chuyển sang năm học mới")
    there.press("button", "Chuyển sang năm học mới")
    there.see("Hoàn thành")
    there.press("link", "Xem danh sách")
    groups = PupilArrival.objects.values("from_class").distinct().count()
    six = SchoolClass.objects.get(school=secondary, year=new, name="6A")
    for _group in range(groups):
        there.page.get_by_label("Vào lớp").first.select_option(label=six.name)
        there.press("button", "Xếp vào lớp này")
    there.see("Không có em nào chờ xếp lớp")
    assert six.spells.count() == len(leavers)

    # The province sees who has not done it.
    officer = sit_down(User.objects.get(full_name="Lê Thị Mai"), summer + 2 * ONE_DAY)
    officer.open("/schools/year-turns/?state=waiting")
    officer.see("2/4 trường đã chuyển")
    officer.see(both.name)
    expect(officer.page.locator("main")).not_to_contain_text(primary.name)

    # The new year: its teacher came along with the class, and its first register is accepted.
    moved = SchoolClass.objects.select_related("year").filter(school=primary, year=new)
    assignment = ClassAssignment.objects.filter(school_class__in=moved).first()
    school_class = assignment.school_class
    day = min(
        day for day, _session in due_sessions([school_class], starts, new.valid_to)[school_class.pk]
    )
    teacher = sit_down(assignment.person.user, day)
    teacher.open("/attendance/today/")
    with teacher.page.expect_navigation():
        teacher.page.locator("main .class-row").first.click()
    teacher.look()
    teacher.page.locator("main").get_by_role("button", name=re.compile("^Gửi")).click()
    expect(teacher.page.locator(STATE)).to_contain_text("mã biên nhận")
    register = Register.objects.get(date=day)
    assert register.school_class == school_class
    assert register.roll == school_class.spells.count() > 0

    # From now on it stands.
    head = sit_down(head_of(primary), day)
    head.open(f"/schools/{primary.pk}/year-turn/")
    head.see("Không lấy lại được nữa")
