"""The administrator's pages: emergency access is opened, read by the head, and closed."""

import pytest

from accounts.tokens import make_token
from tests.world import PASSWORD

from .conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_emergency_access_is_opened_read_and_closed(live_world, visit, check_page, viewport):
    world = live_world
    make_token(user=world.teacher_a, name="Phần mềm quản lý trường", days=30, scopes=["figures"])
    page = visit(world.system_admin, viewport=viewport)
    page.goto("/accounts/emergency/")
    check_page(page)
    page.get_by_label("Trường", exact=True).select_option(label="TH&THCS A Một")
    page.get_by_label("Vì sao cần mở").fill("Hiệu trưởng nằm viện, danh sách lớp sai")
    page.get_by_label("Mật khẩu của thầy cô").fill(PASSWORD)
    page.get_by_role("button", name="Mở quyền khẩn cấp").click()
    page.get_by_text("Mọi việc thầy cô làm ở đó đều được ghi lại").wait_for()
    check_page(page)
    page.goto("/")
    check_page(page)
    page.goto("/operations/")
    check_page(page)
    page.goto("/accounts/keys/all/")
    check_page(page)
    page.goto("/accounts/keys/")
    check_page(page)
    head = visit(world.head_a, viewport=viewport)
    head.goto("/")
    head.get_by_text("Hiệu trưởng nằm viện").wait_for()
    check_page(head)
    page.goto("/accounts/emergency/")
    page.get_by_role("button", name="Đóng ngay").click()
    page.get_by_text("Đã đóng quyền khẩn cấp").wait_for()
