"""The first morning in a real browser: help on one screen, a class to practise on, a view."""

import re

import pytest
from playwright.sync_api import expect

from attendance.models import Register
from tests.browser.conftest import DESKTOP
from tests.browser.sheets import SAID, SEND, STATE, STRIP, UNDO, go_offline, path, settle

SCREEN = {"width": 360, "height": 800}
ROLES = [
    "teacher_a",
    "head_a",
    "commune_officer",
    "province_officer",
    "member_user",
    "system_admin",
]


@pytest.mark.parametrize("person", ROLES)
def test_help_fits_on_one_screen(live_world, visit, check_page, settings, person):
    settings.HELP_LINE = "0213 123 4567"
    page = visit(getattr(live_world, person), viewport=SCREEN)
    page.locator(".brand__help").click()
    expect(page.locator("h1")).to_contain_text("việc hôm nay")
    bottom = page.locator("main > .buttons").evaluate("box => box.getBoundingClientRect().bottom")
    assert bottom <= SCREEN["height"]
    check_page(page)


def mark_and_send(page):
    """Mark number 2 absent, take it back, mark number 5 late, send."""
    rows = page.locator("#register .roll__one")
    expect(rows).to_have_count(8)
    rows.nth(1).locator(".mark--K").check(force=True)
    expect(page.locator(SAID)).to_contain_text("Sùng A Gió")
    page.locator(UNDO).click()
    rows.nth(4).locator(".mark--M").check(force=True)
    page.get_by_role("button", name=SEND).click()
    expect(page.locator(STATE)).to_have_text(
        re.compile(r"Tập: đã gửi \d\d:\d\d · mã biên nhận TẬP-\d{4}")
    )
    expect(page.locator("#register .actionbar button:not([type])")).to_have_text("Đã gửi")
    assert rows.nth(1).locator(".mark--here").is_checked()


@pytest.mark.parametrize("viewport", [SCREEN, DESKTOP], ids=["phone", "desktop"])
def test_practice_class_is_sent_nowhere(live_world, visit, check_page, viewport):
    page = visit(live_world.teacher_a, viewport=viewport)
    page.goto("/attendance/practice/")
    calls = []
    page.on("request", lambda request: calls.append(request.method))
    mark_and_send(page)
    check_page(page)
    assert "POST" not in calls
    assert not Register.objects.exists()
    # What is marked after that can be sent again, and leaving asks nothing.
    page.locator("#register .mark--K").nth(2).check(force=True)
    expect(page.locator("#register .actionbar button:not([type])")).to_have_text("Gửi lại")
    page.get_by_role("link", name="Về lớp thật của tôi").click()
    expect(page.locator("h1")).to_contain_text("sổ")
    expect(page.locator(STRIP)).to_be_hidden()


def test_practice_class_without_a_script(live_world, visit):
    page = visit(live_world.teacher_a, javascript=False)
    page.goto("/attendance/practice/")
    page.locator("#register .mark--K").nth(1).check(force=True)
    page.get_by_role("button", name=SEND).click()
    expect(page.locator("#sheet-before")).to_contain_text("mã biên nhận TẬP-")
    assert page.locator("#register .mark--K").nth(1).is_checked()


def test_practice_class_without_a_network(live_world, visit, check_page):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    go_offline(page)
    page.goto("/attendance/practice/")
    expect(page.locator("#sheet-practice")).to_be_visible()
    mark_and_send(page)
    check_page(page, offline=True)
    page.get_by_role("link", name="Về danh sách").click()
    expect(page.locator("#outbox-part")).to_be_hidden()
    expect(page.locator("#sent-part")).to_be_hidden()
    # A sheet of a real class opened after it is none of it.
    page.locator("#days a").first.click()
    expect(page.locator("#view-sheet")).to_be_visible()
    expect(page.locator("#sheet-practice")).to_be_hidden()
    expect(page.locator("#register .roll__one")).to_have_count(6)


@pytest.mark.parametrize("viewport", [SCREEN, DESKTOP], ids=["phone", "desktop"])
def test_view_of_a_teacher(live_world, visit, check_page, viewport):
    world = live_world
    page = visit(world.head_a, viewport=viewport)
    page.goto(f"/schools/classes/{world.class_a.pk}/")
    check_page(page)
    page.get_by_role("button", name="Xem như giáo viên").click()
    expect(page.locator(".pretence")).to_contain_text("6A")
    check_page(page)
    page.goto(path(world.class_a, world.today))
    check_page(page)
    page.get_by_role("button", name=SEND).click()
    expect(page.locator("h1")).to_have_text("Chỉ để xem")
    assert not Register.objects.exists()
    page.problems.clear()  # the browser's own line on the 403
    check_page(page)
    page.get_by_role("button", name="Về trang của tôi").click()
    expect(page.locator(".pretence")).to_have_count(0)
