"""The sheet that a browser keeps: asked for each time, and shown to nobody else."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.sheets import STATE, mark, path, quiet, send, settle

pytestmark = pytest.mark.browser
K = "K, không phép"


def test_the_unchanged_sheet_costs_half_a_kilobyte(class_of_35, visit, wire):
    page = visit(class_of_35.teacher_a)
    sheet = path(class_of_35.class_a, class_of_35.today)
    page.goto(sheet)
    settle(page)
    quiet(page)
    wire.begin()
    page.goto(sheet)
    quiet(page)
    again = wire.down(f"GET {sheet}")
    assert 0 < again <= 500, wire.lines
    # The page that was kept sends like a new one, and then another is carried.
    mark(page, "Giàng A Chua", K)
    send(page)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    wire.begin()
    page.goto(sheet)
    expect(page.locator("#sheet-before")).to_contain_text("mã biên nhận")
    assert wire.down(f"GET {sheet}") > 1000


def test_a_kept_page_begins_an_operation_of_its_own(live_world, visit):
    page = visit(live_world.teacher_a)
    sheet = path(live_world.class_a, live_world.today)
    ids = []
    for _time in range(2):
        page.goto(sheet)
        quiet(page)
        ids.append(page.locator("#register [name=operation_id]").input_value())
    assert ids[0] != ids[1]


@pytest.mark.parametrize("javascript", [True, False])
def test_after_signing_out_the_way_back_shows_no_name(live_world, visit, javascript):
    page = visit(live_world.teacher_a, javascript=javascript)
    sheet = path(live_world.class_a, live_world.today)
    page.goto(sheet)
    page.goto(sheet)
    expect(page.locator(".roll__name").first).to_be_visible()
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url(re.compile("sign-in"))
    for _step in range(3):
        page.go_back()
        expect(page.locator(".roll__name")).to_have_count(0)
        assert "Giàng A Chua" not in page.content()
        if "sign-in" not in page.url:
            break


def test_a_session_that_ended_shows_no_name_on_the_way_back(live_world, visit):
    """Nobody pressed "sign out": the cookie is gone, and what was kept is asked about."""
    page = visit(live_world.teacher_a)
    sheet = path(live_world.class_a, live_world.today)
    page.goto(sheet)
    page.goto(sheet)
    page.goto("/help/")
    page.context.clear_cookies(name="session")
    page.go_back()
    page.wait_for_url(re.compile("sign-in"))
    assert "Giàng A Chua" not in page.content()


def test_a_page_put_by_is_asked_for_again(live_world, visit):
    """As a browser does that keeps whole pages for the way back; this one is told not to."""
    page = visit(live_world.teacher_a)
    page.goto(path(live_world.class_a, live_world.today))
    quiet(page)
    mark(page, "Giàng A Chua", K)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    page.context.clear_cookies(name="session")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    page.wait_for_url(re.compile("sign-in"))
    assert "Giàng A Chua" not in page.content()


def test_the_way_back_shows_what_was_sent_since(live_world, visit):
    page, other = visit(live_world.teacher_a), visit(live_world.head_a)
    sheet = path(live_world.class_a, live_world.today)
    page.goto(sheet)
    settle(page)
    page.goto("/help/")
    other.goto(sheet)
    settle(other)
    mark(other, "Giàng A Chua", K)
    send(other)
    expect(other.locator(STATE)).to_contain_text("mã biên nhận")
    page.go_back()
    expect(page.locator("#sheet-before")).to_contain_text("mã biên nhận")
    expect(page.locator("#register .mark--K:checked")).to_have_count(1)
