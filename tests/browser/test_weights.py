"""What a morning costs: bytes over the wire, taps, keys, sizes under the finger."""

import sys
from wsgiref.simple_server import ServerHandler

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandlerMixin
from django.core.servers.basehttp import WSGIRequestHandler
from playwright.sync_api import expect

from attendance.models import Register
from schools.models import Pupil
from tests.browser.conftest import DESKTOP
from tests.browser.sheets import STATE, path, send, settle
from tests.world import enrol

pytestmark = pytest.mark.browser
PUPILS = 35


class Wire:
    """Bytes both ways, headers included, whoever asked: a page or its service worker."""

    def __init__(self):
        self.down = self.up = 0
        self.lines = []

    def begin(self):
        self.down = self.up = 0
        self.lines.clear()


@pytest.fixture
def wire(monkeypatch):
    """Counts at the server: what it writes and what it reads."""
    counted = Wire()
    # Files by the product's own road, not by the test server's.
    monkeypatch.setattr(StaticFilesHandlerMixin, "_should_handle", lambda self, path: False)
    write, parse = ServerHandler._write, WSGIRequestHandler.parse_request

    def counting_write(self, data):
        counted.down += len(data)
        return write(self, data)

    def counting_parse(self):
        well = parse(self)
        if well:
            counted.up += len(self.raw_requestline) + len(bytes(self.headers))
            counted.up += int(self.headers.get("Content-Length") or 0)
            counted.lines.append(self.requestline)
        return well

    monkeypatch.setattr(ServerHandler, "_write", counting_write)
    monkeypatch.setattr(WSGIRequestHandler, "parse_request", counting_parse)
    return counted


@pytest.fixture
def class_of_35(live_world):
    world = live_world
    for number in range(PUPILS - 6):
        pupil = Pupil.objects.create(
            full_name=f"Giàng Thị Nguyên {number}",
            sex="F",
            birth_date=world.since.replace(year=world.since.year - 11),
            ethnic_group="08",
        )
        enrol(pupil, world.class_a, world.since, 6)
    return world


def tell(capsys, figure):
    """Show a figure in the output of the run, passed or not."""
    with capsys.disabled():
        sys.stdout.write(f"\n{figure}\n")


def quiet(page):
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)


def test_bytes_of_a_sheet(class_of_35, visit, wire, capsys):
    world = class_of_35
    page = visit(world.teacher_a)
    quiet(page)
    sheet = path(world.class_a, world.today)
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    page.evaluate(
        """async () => {
            for (const each of await navigator.serviceWorker.getRegistrations()) {
                await each.unregister();
            }
            for (const name of await caches.keys()) await caches.delete(name);
        }"""
    )
    wire.begin()
    page.goto(sheet)
    settle(page)
    quiet(page)
    first, lines = wire.down, list(wire.lines)
    wire.begin()
    page.goto(sheet)
    quiet(page)
    again = wire.down
    wire.begin()
    page.get_by_role("group", name="Giàng A Chua").get_by_label("K, không phép").check()
    send(page)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    sending = wire.down + wire.up
    tell(capsys, f"sheet of {PUPILS}: first {first} B, again {again} B, sending {sending} B")
    assert first <= 100_000, lines
    assert again <= 15_000
    assert sending <= 2_000, wire.lines


def test_keys_for_three_exceptions(class_of_35, visit, capsys):
    world = class_of_35
    page = visit(world.teacher_a, viewport=DESKTOP)
    page.goto(path(world.class_a, world.today))
    quiet(page)
    keys = ["k", "ArrowDown", "p", "ArrowDown", "ArrowDown", "m", "Enter"]
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    register = Register.objects.get()
    assert (register.unexcused, register.excused, register.late) == (1, 1, 1)
    tell(capsys, f"three exceptions by keyboard: {len(keys)} keys")
    assert len(keys) <= 12


def test_a_key_that_composes_a_letter_marks_nobody(class_of_35, visit):
    world = class_of_35
    page = visit(world.teacher_a, viewport=DESKTOP)
    page.goto(path(world.class_a, world.today))
    quiet(page)
    wrong = page.evaluate(
        """() => {
            const first = document.querySelector(".mark:checked");
            let wrong = 0;
            for (let run = 0; run < 200; run += 1) {
                const code = ["KeyP", "KeyK", "KeyM"][run % 3];
                const options = { code, key: "Process", bubbles: true, isComposing: true };
                first.dispatchEvent(new KeyboardEvent("keydown", options));
                wrong += document.querySelectorAll(
                    ".mark:checked:not(.mark--here)").length;
            }
            return wrong;
        }"""
    )
    assert wrong == 0
    page.keyboard.press("k")
    assert page.locator(".mark--K:checked").count() == 1


@pytest.mark.parametrize("width", [320, 360])
def test_marks_are_large_and_pupils_are_many(class_of_35, visit, width, capsys):
    world = class_of_35
    page = visit(world.teacher_a, viewport={"width": width, "height": 640})
    page.goto(path(world.class_a, world.today))
    quiet(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    boxes = page.evaluate(
        """() => [...document.querySelectorAll(".ticks b")].slice(0, 3)
            .map((each) => each.getBoundingClientRect())
            .map(({ x, width, height }) => [x, width, height])"""
    )
    for _x, box_width, height in boxes:
        assert box_width >= 48
        assert height >= 48
    (first, *_), (second, *_), _third = boxes
    assert second - first >= 48 + 8
    page.locator(".roll__one").first.scroll_into_view_if_needed()
    page.evaluate("window.scrollTo(0, document.querySelector('.roll').offsetTop)")
    seen = page.evaluate(
        """() => {
            const bar = document.querySelector(".actionbar").getBoundingClientRect().top;
            return [...document.querySelectorAll(".roll__row")]
                .map((each) => each.getBoundingClientRect())
                .filter(({ top, bottom }) => top >= 0 && bottom <= bar).length;
        }"""
    )
    tell(capsys, f"at {width} x 640: {seen} pupils in sight")
    if width == 360:
        assert seen >= 7
