"""A head merges classes and splits one, on a phone and on a desktop."""

import datetime

import pytest
from playwright.sync_api import expect

from schools.models import SchoolClass
from tests.browser.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_classes_are_merged_and_split(two_more_classes, visit, check_page, viewport):
    world = two_more_classes
    tomorrow = f"{world.today + datetime.timedelta(days=1)}"
    page = visit(world.head_a, viewport=viewport)
    page.goto(f"/schools/classes/{world.class_a.pk}/")
    page.get_by_role("link", name="Gộp lớp khác vào lớp này").click()
    check_page(page)
    page.get_by_label("7A").check()
    page.get_by_label("Từ ngày").fill(tomorrow)
    page.get_by_role("button", name="Xem trước").click()
    expect(page.locator("#preview-title")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Gộp lớp").click()
    expect(page.locator("main, body").first).to_contain_text("Đã gộp lớp.")
    page.get_by_role("link", name="Tách lớp").click()
    check_page(page)
    page.get_by_label("Tên lớp mới").fill("6B")
    page.get_by_label("Từ ngày").fill(tomorrow)
    for name in ("Giàng A Chua", "Lò Thị Hương"):
        page.get_by_label(name).check()
    page.get_by_role("button", name="Xem trước").click()
    expect(page.locator("#preview-title")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Tách lớp").click()
    expect(page.locator("h1")).to_contain_text("6B")
    assert SchoolClass.objects.filter(school=world.school_a, name="6B").exists()
