"""Speed of hand: taps, keys, what is said of a change, and how it is taken back."""

import datetime
import time

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from attendance.models import Register, RegisterRevision
from tests.browser.conftest import DESKTOP
from tests.browser.sheets import (
    SAID,
    STATE,
    STRIP,
    UNDO,
    go_offline,
    mark,
    numbers_marked,
    path,
    quiet,
    send,
    settle,
    tell,
)

pytestmark = pytest.mark.browser
P, K, M = "P, có phép", "K, không phép", "M, đi muộn"


class Finger:
    """Counts what it touches."""

    def __init__(self):
        self.taps = 0
        self.began = time.monotonic()

    def tap(self, target):
        target.click()
        self.taps += 1

    @property
    def seconds(self):
        return time.monotonic() - self.began


def test_all_present_from_the_first_page(class_of_35, two_more_classes, visit, capsys):
    world = class_of_35
    for person, most in [(world.teacher_a, 2), (world.head_a, 3)]:
        page = visit(person)
        finger = Finger()
        page.goto("/")
        if not page.get_by_role("link", name="6A Buổi sáng").count():
            finger.tap(page.locator("main a[href='/attendance/today/']").first)
        finger.tap(page.get_by_role("link", name="6A Buổi sáng").first)
        finger.tap(page.locator("form#register button.button--primary"))
        expect(page.get_by_text("mã biên nhận").first).to_be_visible()
        tell(
            capsys,
            f"U1 all present, 35 pupils, {person.username}: {finger.taps} taps,"
            f" {finger.seconds:.1f} s of the machine",
        )
        assert finger.taps <= most
    assert Register.objects.get().present == 35


def test_two_absent_and_one_late(class_of_35, visit, capsys):
    world = class_of_35
    page = visit(world.teacher_a, viewport={"width": 360, "height": 640}, has_touch=True)
    finger = Finger()
    page.goto("/")
    finger.tap(page.get_by_role("link", name="6A Buổi sáng"))
    for name, letter in [("Giàng A Chua", K), ("Lò Thị Hương", P), ("Ma A Dơ", M)]:
        finger.tap(page.get_by_role("group", name=name).get_by_label(letter))
    finger.tap(page.get_by_role("button", name="Gửi điểm danh"))
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    tell(
        capsys,
        f"U2 two absent, one late: {finger.taps} taps, {finger.seconds:.1f} s of the machine",
    )
    assert finger.taps <= 7
    register = Register.objects.get()
    assert (register.unexcused, register.excused, register.late) == (1, 1, 1)


def test_numbers_are_typed(class_of_35, visit, capsys):
    world = class_of_35
    page = visit(world.teacher_a, viewport=DESKTOP)
    page.goto(path(world.class_a, world.today))
    settle(page)
    expect(page.locator("#keys-help")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type("47")
    expect(page.locator(SAID)).to_have_text("Không có số 47")
    page.keyboard.type("k")
    assert numbers_marked(page) == {}
    page.keyboard.type("17")
    expect(page.locator(SAID)).to_contain_text("17, Giàng Thị Nguyên")
    page.keyboard.press("Escape")
    expect(page.locator(SAID)).to_be_empty()
    page.keyboard.type("k")
    assert numbers_marked(page) == {}
    page.keyboard.type("31")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    assert Register.objects.count() == 0
    third = page.locator(".roll__row").nth(2)
    expect(third.get_by_role("radio", name="Có mặt")).to_be_focused()
    keys = [*"3k17p20m", "Enter"]
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    assert numbers_marked(page) == {"3": "K", "17": "P", "20": "M"}
    page.keyboard.type("3k17x")
    assert numbers_marked(page) == {"3": "K", "20": "M"}
    page.keyboard.type("k")
    assert numbers_marked(page) == {"3": "K", "17": "K", "20": "M"}
    page.keyboard.type("11 k 18 p ")
    assert numbers_marked(page) == {"3": "K", "11": "K", "17": "K", "18": "P", "20": "M"}
    register = Register.objects.get()
    assert (register.unexcused, register.excused, register.late) == (1, 1, 1)
    tell(capsys, f"U5 three exceptions of 35 by typed numbers: {len(keys)} keys")
    assert len(keys) <= 12
    # The same without a network.
    go_offline(page)
    page.goto(path(world.class_a, world.today))
    expect(page.locator("#view-sheet #keys-help")).to_be_visible()
    page.keyboard.type("5m")
    assert numbers_marked(page)["5"] == "M"
    page.get_by_role("link", name="Về danh sách").click()
    page.keyboard.type("6k")
    assert "6" not in numbers_marked(page)


def test_keys_in_a_field_are_letters(class_of_35, visit):
    world = class_of_35
    page = visit(world.teacher_a, viewport=DESKTOP)
    page.goto(path(world.class_a, world.today))
    quiet(page)
    page.keyboard.type("3k")
    page.locator(".roll__reason select:visible").focus()
    page.keyboard.type("4p")
    page.get_by_text("Buổi này không học").click()
    page.keyboard.type("5m")
    assert numbers_marked(page) == {"3": "K"}


def test_a_key_that_composes_a_letter_marks_nobody(class_of_35, visit, capsys):
    world = class_of_35
    page = visit(world.teacher_a, viewport=DESKTOP)
    page.goto(path(world.class_a, world.today))
    quiet(page)
    wrong = page.evaluate(
        """() => {
            const first = document.querySelector(".mark:checked");
            const codes = ["KeyP", "KeyK", "KeyM", "Digit3", "Numpad1", "Space", "Enter"];
            let wrong = 0;
            for (let run = 0; run < 200; run += 1) {
                const target = run % 2 ? first : document.body;
                const code = codes[run % codes.length];
                const composing = run % 3 ? { isComposing: true } : { keyCode: 229 };
                const options = { code, key: "Process", bubbles: true, ...composing };
                target.dispatchEvent(new KeyboardEvent("keydown", options));
                wrong += document.querySelectorAll(".mark:checked:not(.mark--here)").length;
                wrong += document.getElementById("sheet-said").textContent.length;
            }
            return wrong;
        }"""
    )
    tell(capsys, f"U5 wrong marks in 200 runs of an input method: {wrong}")
    assert wrong == 0
    page.keyboard.press("k")
    assert page.locator(".mark--K:checked").count() == 1
    # Another keyboard says another letter for the same key.
    page.evaluate(
        """() => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { code: "KeyM", key: "ư", bubbles: true }))"""
    )
    assert numbers_marked(page) == {"1": "M"}


def test_changes_are_said_and_taken_back(class_of_35, visit, capsys):
    world = class_of_35
    page = visit(world.teacher_a, viewport={"width": 360, "height": 640}, has_touch=True)
    page.clock.install()
    page.goto(path(world.class_a, world.today))
    page.evaluate(
        """() => {
            let touched = 0;
            window.waits = [];
            document.addEventListener("click", () => { touched = performance.now(); }, true);
            new MutationObserver(() => window.waits.push(performance.now() - touched)).observe(
                document.getElementById("sheet-said"), { childList: true });
        }"""
    )
    said, undo = page.locator(SAID), page.locator(UNDO)
    expect(said).to_have_attribute("role", "status")
    expect(undo).to_be_hidden()
    page.get_by_role("group", name="30 Giàng A Chua Có mặt", exact=True).get_by_label(K).tap()
    expect(said).to_have_text("30, Giàng A Chua, nghỉ không phép")
    page.get_by_role("group", name="30 Giàng A Chua Không phép", exact=True).get_by_label(M).tap()
    expect(said).to_have_text("30, Giàng A Chua, đi muộn")
    mark(page, "Lò Thị Hương", P)
    page.clock.fast_forward(15_000)
    expect(undo).to_be_in_viewport()
    undo.tap()
    expect(said).to_have_text("Đã hoàn tác: 32, Lò Thị Hương, có mặt")
    assert numbers_marked(page) == {"30": "M"}
    undo.tap()
    expect(said).to_have_text("Đã hoàn tác: 30, Giàng A Chua, nghỉ không phép")
    page.keyboard.press("Control+z")  # the focus is on the button
    undo.tap()
    expect(said).to_have_text("Đã hoàn tác: 30, Giàng A Chua, có mặt")
    assert numbers_marked(page) == {}
    expect(undo).to_be_hidden()
    slowest = max(page.evaluate("window.waits"))
    tell(
        capsys, f"U9 a change is said after {slowest:.0f} ms; U4 undo is 1 tap, still there at 15 s"
    )
    assert slowest <= 1000
    page.keyboard.type("3k")
    page.keyboard.press("Control+z")
    assert numbers_marked(page) == {}


def test_the_default_is_shown_and_not_stored(class_of_35, visit):
    world = class_of_35
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    expect(page.locator(".tally--here")).to_have_attribute("data-of", "35")
    page.goto("/attendance/today/")
    assert Register.objects.count() == 0

    def drawn(selector, words):
        expect(page.locator(selector).first).to_contain_text(words)
        return page.evaluate(
            """(selector) => {
                const mark = getComputedStyle(document.querySelector(selector), "::before");
                return mark.clipPath + mark.borderRadius + mark.borderStyle + mark.height;
            }""",
            selector,
        )

    row, kept = ".class-row", "#days .class-row"
    looks = {"today": drawn(row, "Chưa điểm danh")}
    go_offline(page)
    page.goto("/attendance/pocket/")
    looks["kept"] = drawn(kept, "Chưa điểm danh")
    page.locator("#days a").first.click()
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    page.get_by_role("link", name="Về danh sách").click()
    looks["waiting"] = drawn(kept, "Đã lưu trên máy, chưa gửi")
    assert Register.objects.count() == 0
    go_offline(page, False)
    expect(page.locator(STRIP)).to_contain_text("Đã gửi", timeout=20_000)
    looks["sent, kept"] = drawn(kept, "Đã gửi")
    page.goto("/attendance/today/")
    looks["sent"] = drawn(row, "Đã gửi")
    assert looks["today"] == looks["kept"]
    assert looks["sent"] == looks["sent, kept"]
    assert len({looks["today"], looks["waiting"], looks["sent"]}) == 3, looks


def test_three_words_and_never_sent_too_early(class_of_35, visit):
    world = class_of_35
    page = visit(world.teacher_a, viewport={"width": 360, "height": 640})
    page.goto(path(world.class_a, world.today))
    settle(page)
    held = []
    page.route("**/api/v1/registers/**", lambda route: held.append(route))
    mark(page, "Giàng A Chua", K)
    send(page)
    state, strip = page.locator(STATE), page.locator(STRIP)
    expect(strip).to_have_text("Đang gửi: 1 sổ")
    expect(state).to_have_text("Đang gửi")
    assert "Đã gửi" not in page.locator("body").inner_text()
    assert Register.objects.count() == 0
    expect(strip).to_be_in_viewport()
    held.pop().abort()
    expect(state).to_have_text("Đã lưu trên máy")
    expect(strip).to_have_text("Đã lưu trên máy: còn 1 sổ chưa gửi")
    expect(strip).to_be_in_viewport()
    page.unroute("**/api/v1/registers/**")
    page.evaluate("dispatchEvent(new Event('online'))")
    while held:
        held.pop().continue_()
    expect(state).to_contain_text("mã biên nhận", timeout=20_000)
    sent = timezone.localtime(RegisterRevision.objects.get().sent_at)
    expect(state).to_contain_text(f"Đã gửi {sent:%H:%M} · mã biên nhận")
    # What is changed after that is not sent.
    mark(page, "Ma A Dơ", M)
    expect(state).to_be_hidden()


def button_of(page):
    return page.locator("#register button:not([type])")


def test_the_button_reads_as_done_until_something_changes(live_world, visit, check_page):
    world = live_world
    page = visit(world.teacher_a, viewport={"width": 360, "height": 640})
    page.goto(path(world.class_a, world.today))
    settle(page)
    button = button_of(page)
    expect(button).to_have_text("Gửi điểm danh")
    mark(page, "Giàng A Chua", K)
    send(page)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    expect(button).to_have_text("Đã gửi")
    expect(button).not_to_have_class("button button--primary")
    check_page(page)
    button.click()
    page.locator(UNDO).click()
    expect(button).to_have_text("Gửi lại")
    expect(button).to_have_class("button button--primary")
    assert RegisterRevision.objects.count() == 1
    send(page)
    expect(button).to_have_text("Đã gửi")
    assert Register.objects.get().unexcused == 0
    assert RegisterRevision.objects.count() == 2


def test_the_reason_stands_over_the_button_and_takes_the_focus(live_world, visit, check_page):
    """Also on the page that has just sent an earlier day for the first time."""
    world = live_world
    page = visit(world.teacher_a, viewport={"width": 360, "height": 640})
    page.goto(path(world.class_a, world.today - datetime.timedelta(days=1)))
    settle(page)
    why = page.get_by_label("Vì sao sửa?").first
    expect(why).to_be_hidden()
    send(page)
    expect(button_of(page)).to_have_text("Đã gửi")
    expect(why).to_be_hidden()
    mark(page, "Giàng A Chua", K)
    expect(why).to_be_in_viewport()
    send(page)
    expect(why).to_be_focused()
    assert RegisterRevision.objects.count() == 1
    page.reload()
    settle(page)
    expect(why).to_be_in_viewport()
    check_page(page)
    mark(page, "Giàng A Chua", K)
    send(page)
    expect(why).to_be_focused()
    why.fill("Ghi nhầm")
    send(page)
    expect(button_of(page)).to_have_text("Đã gửi")
    assert RegisterRevision.objects.get(number=2).correction_reason == "Ghi nhầm"
