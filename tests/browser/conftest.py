"""A real Chromium (Debian's) against Django's live server."""

import datetime
import functools
import os
import shutil
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect, sync_playwright

from accounts.models import User
from core.months import Month
from run import CHROMIUM_NAMES
from schools.models import Pupil
from tests.browser.sheets import PUPILS
from tests.browser.traffic_meter import TrafficMeter
from tests.snapshots import Snapshot
from tests.waiting import wait_until
from tests.world import PASSWORD, build_world, enrol, make_class

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A colour on its way from one to another is nobody's colour: axe looks when all stands still.
STAND_STILL = """async () => {
  await Promise.allSettled(document.getAnimations().map((each) => each.finished));
}"""
# A moved clock (tests/clock) does not reach the browser: its pages are told.
CLOCK_SHIFT = 1000 * int(os.environ.get("TEST_CLOCK_SHIFT", "0"))
SHIFTED_DATE = """(() => {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...parts) { super(...(parts.length ? parts : [Real.now() + SHIFT])); }
    static now() { return Real.now() + SHIFT; }
  };
})();"""
# Every wait is for something that happens; this only ends one for what never does, on a machine
# however busy.
LONGEST = 60_000  # ms
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


def chromium_path():
    """Where Chromium is: CHROMIUM, else the names Debian and others give it."""
    for name in (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES):
        found = name and shutil.which(name)
        if found:
            return found
    raise RuntimeError("No Chromium found; set CHROMIUM or install it.")


def is_idle():
    """Whether the live server, which has a thread for every call, answers nobody."""
    return not any("process_request_thread" in each.name for each in threading.enumerate())


@pytest.fixture(scope="session")
def browser():
    # Playwright's synchronous API runs an event loop; Django must not refuse the database for it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=LONGEST)
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
    return province_of(timezone.localdate())()


@functools.cache
def province_of(today):
    """The small province around a day, as a `Snapshot`."""
    return Snapshot(lambda: build_world(today, year_start=Month.of(today).plus(-4).first))


@pytest.fixture
def class_of_35(live_world):
    """The world with PUPILS pupils in 6A; the new ones stand before the six of `live_world`."""
    for number in range(PUPILS - 6):
        pupil = Pupil.objects.create(
            full_name=f"Giàng Thị Nguyên {number}",
            sex="F",
            birth_date=live_world.since.replace(year=live_world.since.year - 11),
            ethnic_group="08",
        )
        enrol(pupil, live_world.class_a, live_world.since, 6)
    return live_world


@pytest.fixture
def two_more_classes(live_world):
    """The head of school A takes three classes."""
    world = live_world
    world.class_7 = make_class(
        world.school_a, world.class_a.year, "7A", "THCS", "7", ["Giàng A Bảy", "Lò Thị Tám"]
    )
    return world


@pytest.fixture
def wire(monkeypatch):
    """The bytes of this test, counted at the server."""
    return TrafficMeter(monkeypatch)


@pytest.fixture
def visit(browser, live_server):
    """Function: a page of a fresh browser, signed in through the form when a user is given.

    Keyword arguments: `viewport` (PHONE by default), `javascript` (True), and more for the
    context of the browser.
    """
    contexts = []

    def open_page(user=None, *, viewport=PHONE, javascript=True, **more):
        context = browser.new_context(
            viewport=viewport,
            java_script_enabled=javascript,
            base_url=live_server.url,
            locale="vi-VN",
            **more,
        )
        contexts.append(context)
        if CLOCK_SHIFT:
            context.add_init_script(SHIFTED_DATE.replace("SHIFT", str(CLOCK_SHIFT)))
        context.set_default_timeout(LONGEST)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on(
            "console",
            lambda message: page.problems.append(message.text) if message.type == "error" else None,
        )
        if user is not None:
            # Not for the first time: that leads to the help (tests/lai_chau_edu/test_guides.py).
            User.objects.filter(pk=user.pk, last_login=None).update(last_login=timezone.now())
            page.goto("/accounts/sign-in/")
            page.get_by_label("Tên đăng nhập").fill(user.username)
            page.get_by_label("Mật khẩu").fill(PASSWORD)
            page.get_by_role("button", name="Đăng nhập").click()
            page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # The tables are about to be emptied; a call of a browser that is gone may still hold one.
    wait_until(is_idle, "the live server has answered all")


@pytest.fixture
def server_time(monkeypatch):
    """Function: from now on the server believes that it is so much later."""
    real, later = timezone.now, datetime.timedelta()

    def move(by):
        nonlocal later
        later = by

    monkeypatch.setattr(timezone, "now", lambda: real() + later)
    return move


@pytest.fixture
def check_page():
    """Function: axe finds nothing, nothing scrolls sideways, no script or policy complained.

    `offline`: the browser's own lines on calls that failed are expected.
    """

    def check(page, *, offline=False):
        page.evaluate(STAND_STILL)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, f"{page.url} scrolls sideways by {width} px"
        problems = [
            line for line in page.problems if not (offline and "Failed to load resource" in line)
        ]
        assert problems == []

    return check
