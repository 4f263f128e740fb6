"""A real Chromium (Debian's) against Django's live server."""

import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import sync_playwright

from schools.months import Month
from tests.world import PASSWORD, build_world

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


def chromium_path():
    """Where Chromium is: CHROMIUM, else the names Debian and others give it."""
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        found = name and shutil.which(name)
        if found:
            return found
    raise RuntimeError("No Chromium found; set CHROMIUM or install it.")


@pytest.fixture(scope="session")
def browser():
    # Playwright's synchronous API runs an event loop; Django must not refuse the database for it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def live_world(transactional_db):
    """The small province around the real today, visible to the live server.

    Its school year began months ago, so that last month lies in it on any day of the year.
    """
    today = timezone.localdate()
    return build_world(today, year_start=Month.of(today).plus(-4).first)


@pytest.fixture
def visit(browser, live_server):
    """Function: a page of a fresh browser, signed in through the form when a user is given.

    Keyword arguments: `viewport` (PHONE by default) and `javascript` (True).
    """
    contexts = []

    def open_page(user=None, *, viewport=PHONE, javascript=True):
        context = browser.new_context(
            viewport=viewport,
            java_script_enabled=javascript,
            base_url=live_server.url,
            locale="vi-VN",
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on(
            "console",
            lambda message: page.problems.append(message.text) if message.type == "error" else None,
        )
        if user is not None:
            page.goto("/accounts/sign-in/")
            page.get_by_label("Tên đăng nhập").fill(user.username)
            page.get_by_label("Mật khẩu").fill(PASSWORD)
            page.get_by_role("button", name="Đăng nhập").click()
            page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def check_page():
    """Function: axe finds nothing, nothing scrolls sideways, no script or policy complained."""

    def check(page):
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, f"{page.url} scrolls sideways by {width} px"
        assert page.problems == []

    return check
