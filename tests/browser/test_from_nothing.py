"""From an empty database, with three files, to the first register: every click is counted."""

import datetime
import re

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import ClassAssignment, Post, User
from attendance.models import Register
from lai_chau_edu.readiness import first_administrator as first
from schools.areas.selectors.tree import AreaTree
from schools.models import Enrolment, School
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.sheets import STATE
from tests.walk.messy_lists import SIZE, messy_lists
from tests.walk.slips import slips_of

pytestmark = pytest.mark.browser
TYPED = "ruong bac thang xanh"
MOST_CLICKS = 25
# The jobs run inside the request here: seconds for the small province, minutes for the full one or
# on a busy machine.
PATIENCE = 600_000


class Hand:
    """Somebody at a screen. Typing is free; a click is a press on a link, a button, a box or the
    button that opens the choice of a file."""

    clicks = 0

    def __init__(self, page, tmp_path):
        self.page, self.tmp_path = page, tmp_path
        page.set_default_timeout(PATIENCE)

    def type(self, label, text):
        self.page.get_by_label(re.compile(rf"^\s*{label}\s*(\(|\*|$)")).fill(text)

    def click(self, role, name):
        """Press what leads to another page, and wait until that is there."""
        with self.page.expect_navigation():
            self.press(self.button(role, name))

    def button(self, role, name):
        main = self.page.locator("main")
        return main.get_by_role(role, name=name, exact=isinstance(name, str)).first

    def press(self, place):
        Hand.clicks += 1
        place.click()

    def choose(self, name, content):
        """A file from the folder of this computer."""
        Hand.clicks += 1
        path = self.tmp_path / name
        path.write_bytes(content)
        self.page.locator("main input[type=file]").set_input_files(path)

    def slips(self):
        """Dict user name -> first password of the slips that are downloaded here."""
        with self.page.expect_download() as download:
            self.press(self.button("button", "Tải phiếu (PDF)"))
        return slips_of(download.value.path())

    def look(self, check_page):
        """The page is sound; but for the browser's own line on the 401 of a first password."""
        problems = self.page.problems
        problems[:] = [line for line in problems if "status of 401" not in line]
        check_page(self.page)

    def sign_in(self, username, password):
        self.page.goto("/")
        self.type("Tên đăng nhập", username)
        self.type("Mật khẩu", password)
        self.click("button", "Đăng nhập")
        self.type("Mật khẩu mới", TYPED)
        self.type("Xác nhận mật khẩu mới", TYPED)
        self.click("button", "Đổi mật khẩu")


def first_day():
    """A first day of the year three weeks ago, of a year that ends in another calendar year."""
    day = timezone.localdate() - datetime.timedelta(days=21)
    return day - datetime.timedelta(days=7) if day.timetuple().tm_yday < 5 else day


def test_three_files_and_a_slip_to_the_first_register(
    transactional_db, visit, check_page, tmp_path, settings
):
    settings.PUBLIC_URL = ""
    Hand.clicks = 0
    call_command("load_units", clusters=True, verbosity=0)
    communes = sorted(area.code for area in AreaTree.on(timezone.localdate()).communes())
    starts = first_day()
    lists = messy_lists(communes=communes, year=starts.year)

    # Whoever keeps the server opens the printed link and names the officer along.
    keeper = Hand(visit(viewport=DESKTOP), tmp_path)
    keeper.page.goto(first.link_path())
    keeper.type("Họ và tên", "Trần Văn Quản")
    keeper.type("Tên đăng nhập", "quantri")
    keeper.type("Mật khẩu", TYPED)
    keeper.type("Nhập lại mật khẩu", TYPED)
    keeper.type("Họ tên một cán bộ tỉnh", "Lê Thị Mai")
    keeper.look(check_page)
    keeper.click("button", "Tạo tài khoản")
    ((username, password),) = keeper.slips().items()

    officer = Hand(visit(viewport=DESKTOP), tmp_path)
    page = officer.page
    officer.sign_in(username, password)
    officer.click("link", "Mở năm học")
    officer.type("Ngày đầu năm học", f"{starts}")
    officer.type("Ngày cuối năm học", f"{starts + datetime.timedelta(days=364)}")
    officer.click("button", "Mở năm học")
    officer.click("button", "Lưu")

    officer.choose("truong.xlsx", lists.schools)
    officer.click("button", "Tải lên và kiểm tra")
    officer.click("button", "Lưu tất cả các trường")
    assert School.objects.count() == SIZE["schools"]

    officer.choose("hoc-sinh.xlsx", lists.pupils)
    officer.click("button", "Tải lên và kiểm tra")
    officer.click("button", re.compile("^Lưu"))
    expect(page.locator("h1")).to_have_text("Đã lưu học sinh")
    officer.look(check_page)
    officer.click("link", "Tiếp theo: Nhập nhân sự từ tệp")
    assert Enrolment.objects.count() == SIZE["pupils"]

    officer.choose("can-bo.xlsx", lists.staff)
    officer.click("button", "Tải lên và kiểm tra")
    officer.click("button", re.compile("^Lưu"))
    officer.click("link", re.compile("^Tiếp theo: "))
    assert Post.objects.count() == SIZE["staff"]
    officer.click("button", re.compile(r"^Tạo \d+ tài khoản"))
    slips = officer.slips()
    officer.look(check_page)

    # A teacher with a slip; where no lesson is today, the register is of the last day that had one.
    assignment = ClassAssignment.objects.select_related("person__user").first()
    teacher = Hand(visit(viewport=PHONE), tmp_path)
    teacher.sign_in(assignment.person.user.username, slips[assignment.person.user.username])
    teacher.click("link", "Bắt đầu")
    with teacher.page.expect_navigation():
        teacher.press(teacher.page.locator("main .class-row, main .notice--warning a").first)
    teacher.press(teacher.button("button", re.compile("^Gửi")))
    expect(teacher.page.locator(STATE)).to_contain_text("mã biên nhận")
    register = Register.objects.get()
    assert register.school_class_id == assignment.school_class_id
    assert User.objects.get(username="quantri").is_superuser is False
    assert Hand.clicks <= MOST_CLICKS, Hand.clicks
