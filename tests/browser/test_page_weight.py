"""What a morning costs: bytes over the wire, and the wait for a sheet without a network."""

import datetime

import pytest
from playwright.sync_api import expect

from attendance.calendar.selectors.due_sessions import due_sessions
from attendance.models import CalendarRule
from core.months import Month
from tests.browser.conftest import DESKTOP
from tests.browser.sheets import (
    PUPILS,
    STATE,
    go_offline,
    mark,
    path,
    quiet,
    send,
    settle,
    tell,
)
from tests.reports.register_builders import pupil_ids, take

pytestmark = pytest.mark.browser
ONE_DAY = datetime.timedelta(days=1)
K = "K, không phép"


def forget_files(page):
    """As if the browser had never been here, but for the session."""
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    page.evaluate(
        """async () => {
            for (const each of await navigator.serviceWorker.getRegistrations()) {
                await each.unregister();
            }
            for (const name of await caches.keys()) await caches.delete(name);
        }"""
    )


def test_bytes_of_a_sheet(class_of_35, visit, wire, capsys):
    world = class_of_35
    page = visit(world.teacher_a)
    quiet(page)
    sheet = path(world.class_a, world.today)
    forget_files(page)
    wire.begin()
    page.goto(sheet)
    settle(page)
    quiet(page)
    first, lines = wire.down(), wire.lines
    wire.begin()
    page.goto(sheet)
    quiet(page)
    again = wire.down()
    wire.begin()
    mark(page, "Giàng A Chua", K)
    send(page)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    # The browser looks for a new worker when it likes; that is no part of sending.
    sending = wire.both("/api/")
    tell(capsys, f"U16 sheet of {PUPILS}: first {first} B, again {again} B, sending {sending} B")
    assert first <= 80_000, lines
    assert again <= 500
    assert sending <= 2_000, wire.lines


def test_bytes_of_a_month(class_of_35, visit, wire, capsys):
    """Mornings and afternoons of the weekdays, all but the last days taken; a head may write."""
    world = class_of_35
    world.class_a.sessions = "am,pm"
    world.class_a.save()
    CalendarRule.objects.update(morning="1111100", afternoon="1111100")
    month = Month.of(world.today - 4 * ONE_DAY)
    due = sorted(due_sessions([world.class_a], month.first, month.end)[world.class_a.pk])
    pupils = pupil_ids(world.class_a)
    for number, (date, session) in enumerate(due):
        if date < world.today - 3 * ONE_DAY:
            away = {pupils[number % PUPILS]: "K", pupils[number * 7 % PUPILS]: "P"}
            take(world.class_a, date, away, session=session)
    page = visit(world.head_a, viewport=DESKTOP)
    quiet(page)
    forget_files(page)
    wire.begin()
    page.goto(f"/attendance/{world.class_a.pk}/month/{month}/")
    settle(page)
    quiet(page)
    first, lines = wire.down(), wire.lines
    cells = page.locator("tbody input").count()
    tell(capsys, f"month of {PUPILS} x {len(due)}, {cells} cells to write in: first {first} B")
    assert len(due) >= 40
    # The sealed storage brought four modules; the sheet, opened every morning, keeps to 100 kB.
    assert first <= 112_000, lines


def test_bytes_of_a_teachers_day(class_of_35, visit, wire, capsys):
    world = class_of_35
    page = visit(world.teacher_a)
    page.goto("/attendance/today/")
    settle(page)
    quiet(page)
    wire.begin()
    for away in ("Giàng A Chua", "Lò Thị Hương"):  # morning and afternoon
        page.evaluate("indexedDB.databases().then(([each]) => each.name)")
        page.goto("/attendance/today/")
        page.goto(path(world.class_a, world.today))
        mark(page, away, K)
        page.locator("form#register button.button--primary").click()
        expect(page.locator(STATE)).to_contain_text("mã biên nhận")
        page.goto("/attendance/today/")
        quiet(page)
    lists = page.evaluate("fetch('/api/v1/pocket/').then((answer) => answer.text())")
    assert "Giàng A Chua" in lists
    day = wire.both() + wire.both("/api/v1/pocket/")  # fetched anew in the afternoon too
    tell(capsys, f"U19 a teacher's day after the first visit: {day} B")
    assert day <= 80_000, wire.lines


def test_a_sheet_opens_without_a_network_on_a_slow_phone(class_of_35, visit, capsys):
    world = class_of_35
    page = visit(world.teacher_a)
    page.goto("/attendance/today/")
    settle(page)
    page.reload()
    go_offline(page)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.add_init_script(
        """const seen = new MutationObserver(() => {
            if (!document.querySelector("#view-sheet:not([hidden]) .mark:checked")) return;
            seen.disconnect();
            requestAnimationFrame(() => { window.openedAfter = performance.now(); });
        });
        seen.observe(document, { childList: true, subtree: true, attributes: true });"""
    )
    times = []
    for _time in range(5):
        page.goto(path(world.class_a, world.today))
        page.wait_for_function("() => window.openedAfter")
        times.append(page.evaluate("window.openedAfter"))
    tell(
        capsys,
        f"U19 sheet of {PUPILS} opens offline at CPU/4:"
        f" median {sorted(times)[2]:.0f} ms, slowest {max(times):.0f} ms",
    )
    # The quickest says what the page needs; the others also what else the machine does.
    assert min(times) <= 1500


def test_a_sheet_is_there_soon_and_stands_still(class_of_35, visit, capsys):
    """Slow 4G and a quarter of the processor, as a phone of the weak kind has them (U18)."""
    world = class_of_35
    page = visit(world.teacher_a)
    quiet(page)
    phone = page.context.new_cdp_session(page)
    phone.send("Network.enable")
    page.add_init_script(
        """window.seen = { paint: 0, shift: 0, blocked: 0 };
        const look = (type, take) => new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) take(entry);
        }).observe({ type, buffered: true });
        look("largest-contentful-paint", (each) => { window.seen.paint = each.startTime; });
        look("layout-shift", (each) => {
            if (!each.hadRecentInput) window.seen.shift += each.value;
        });
        look("longtask", (each) => {
            window.seen.blocked += Math.max(0, each.duration - 50);
        });"""
    )
    visits = []
    for _time in range(3):
        forget_files(page)
        phone.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        phone.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 150,
                "downloadThroughput": 1.6e6 / 8,
                "uploadThroughput": 750e3 / 8,
            },
        )
        page.goto(path(world.class_a, world.today))
        quiet(page)
        visits.append(page.evaluate("window.seen"))
    paint, blocked = (min(each[name] for each in visits) for name in ("paint", "blocked"))
    tell(
        capsys,
        f"U18 sheet of {PUPILS}, slow 4G, CPU/4: largest paint {paint:.0f} ms,"
        f" layout shift {max(each['shift'] for each in visits):.3f}, blocked {blocked:.0f} ms",
    )
    assert max(each["shift"] for each in visits) <= 0.02
    # 1,800 ms are promised; the machine that tests may be three times as slow.
    assert paint <= 5400
