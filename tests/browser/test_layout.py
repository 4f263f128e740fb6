"""What is in sight and under the finger: widths, sizes, large letters, and nothing covered."""

import pytest
from playwright.sync_api import expect

from attendance.models import Register
from tests.browser.conftest import DESKTOP
from tests.browser.sheets import (
    STATE,
    STRIP,
    go_offline,
    mark,
    path,
    quiet,
    send,
    settle,
    tell,
)
from tests.world import PASSWORD

pytestmark = pytest.mark.browser
P, K, M = "P, có phép", "K, không phép", "M, đi muộn"
WIDTHS = [360, 768, 1280]
LARGE = "document.documentElement.style.fontSize = '200%'"

SMALL_TARGETS = """() => {
    const all = document.querySelectorAll("a, button, input, select, summary, [tabindex='0']");
    return [...all].filter((each) => each.checkVisibility({ visibilityProperty: true }))
        .filter((each) => !each.matches("[type=hidden], .mark--here, .skip"))
        .map((each) => [each.outerHTML.slice(0, 80), (each.closest("label") || each)
            .getBoundingClientRect()])
        .filter(([, { width, height }]) => width < 24 || height < 24)
        .map(([html, { width, height }]) => [html, width, height]);
}"""
COVERED = """() => {
    // What must be seen: the drawn marks and the name.
    const row = document.activeElement.closest(".roll__one").getBoundingClientRect();
    const bar = document.querySelector(".actionbar").getBoundingClientRect();
    const pill = document.getElementById("offline-strip").getBoundingClientRect();
    return Math.max(0, Math.min(row.bottom, innerHeight) - bar.top, pill.bottom - row.top,
        row.bottom - innerHeight, -row.top);
}"""


def sideways(page):
    """Pixels by which the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def in_sight(page):
    """Pupils whose whole row is seen when the roll is scrolled to the top."""
    page.evaluate("window.scrollTo(0, document.querySelector('.roll').offsetTop)")
    return page.evaluate(
        """() => {
            const bar = document.querySelector(".actionbar").getBoundingClientRect().top;
            return [...document.querySelectorAll(".roll__row")]
                .map((each) => each.getBoundingClientRect())
                .filter(({ top, bottom }) => top >= 0 && bottom <= bar).length;
        }"""
    )


def conflict_page(world, visit, viewport):
    """The question of the form's own road: two people, one pupil, two marks."""
    teacher, head = (visit(each, viewport=viewport) for each in (world.teacher_a, world.head_a))
    for page in (teacher, head):
        page.goto(path(world.class_a, world.today))
    for page, letter in ((head, P), (teacher, K)):
        mark(page, "Giàng A Chua", letter)
        with page.expect_navigation():
            page.evaluate("document.getElementById('register').submit()")
    expect(teacher.get_by_role("heading", level=1)).to_have_text(
        "Đã có người gửi sổ này trước thầy cô"
    )
    return teacher


@pytest.mark.parametrize("width", [320, 360])
def test_marks_are_large_and_pupils_are_many(class_of_35, visit, width, capsys):
    world = class_of_35
    page = visit(world.teacher_a, viewport={"width": width, "height": 640}, has_touch=True)
    page.goto(path(world.class_a, world.today))
    quiet(page)
    assert sideways(page) <= 0
    boxes = page.evaluate(
        """() => [...document.querySelectorAll(".ticks b")].slice(0, 3)
            .map((each) => each.getBoundingClientRect())
            .map(({ x, width, height }) => [x, width, height])"""
    )
    (first, *_), (second, *_), _third = boxes
    sizes = min(min(box[1:]) for box in boxes)
    seen = in_sight(page)
    mark(page, "Giàng A Chua", M)
    marked = in_sight(page)
    tell(
        capsys,
        f"U6, U7 at {width} x 640: marks {sizes:.0f} px, {second - first - sizes:.0f} px apart;"
        f" {seen} pupils in sight, {marked} after a mark",
    )
    assert sizes >= 48
    assert second - first >= 48 + 8
    assert page.evaluate(SMALL_TARGETS) == []
    assert sideways(page) <= 0
    if width == 360:
        assert marked >= 7


@pytest.mark.parametrize("width", [360, 1280])
def test_letters_of_twice_the_size(class_of_35, visit, width):
    world = class_of_35
    page = visit(world.teacher_a, viewport={"width": width, "height": 740})
    page.goto(path(world.class_a, world.today))
    settle(page)
    page.evaluate(LARGE)
    assert sideways(page) <= 0
    for name, letter in [("Giàng A Chua", K), ("Lò Thị Hương", P)]:
        row = page.get_by_role("group", name=name)
        row.locator(".ticks").scroll_into_view_if_needed()
        tick = row.locator(".ticks b").nth("PKM".index(letter[0])).bounding_box()
        name_box = row.locator(".roll__name").bounding_box()
        assert name_box["x"] + name_box["width"] <= width
        assert (
            name_box["y"] >= tick["y"] + tick["height"]
            or name_box["x"] + name_box["width"] <= row.locator(".ticks").bounding_box()["x"]
        )
        # The real control lies where its letter is drawn.
        page.mouse.click(tick["x"] + tick["width"] / 2, tick["y"] + tick["height"] / 2)
    assert page.locator(".mark--K:checked").count() == 1
    assert page.locator(".mark--P:checked").count() == 1
    assert sideways(page) <= 0
    page.locator("#sheet-undo").click()
    page.get_by_role("button", name="Gửi điểm danh").click()
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    assert sideways(page) <= 0
    register = Register.objects.get()
    assert (register.unexcused, register.excused) == (1, 0)


@pytest.mark.parametrize("letters", ["100%", "200%"])
@pytest.mark.parametrize("size", [(360, 640), (1280, 720)], ids=["phone", "desk"])
def test_nothing_covers_the_row_with_the_focus(class_of_35, visit, size, letters):
    world = class_of_35
    page = visit(world.teacher_a, viewport={"width": size[0], "height": size[1]})
    page.goto(path(world.class_a, world.today))
    settle(page)
    page.evaluate(f"document.documentElement.style.fontSize = '{letters}'")
    # A register that waits keeps the pill above in sight too.
    page.route("**/api/v1/registers/**", lambda route: route.abort())
    page.evaluate("document.getElementById('register').requestSubmit()")
    expect(page.locator(STRIP)).to_have_text("Đã lưu trên máy: còn 1 sổ chưa gửi")
    page.locator(".mark--here").first.focus()
    covered = {}
    for step in ["k", *["ArrowDown"] * 34, "m", *["ArrowUp"] * 34, *"17p"]:
        page.keyboard.press(step)
        covered[step] = max(covered.get(step, 0), page.evaluate(COVERED))
    assert max(covered.values()) <= 1, covered
    tallies = page.locator(".register .tallies").first
    if letters == "100%":
        expect(tallies).to_be_in_viewport()
        expect(page.get_by_role("button", name="Gửi điểm danh")).to_be_in_viewport()


@pytest.mark.parametrize("width", WIDTHS)
def test_every_state_of_the_sheet_is_sound(class_of_35, visit, check_page, width, capsys):
    world = class_of_35
    viewport = {"width": width, "height": 740}
    page = visit(world.teacher_a, viewport=viewport)
    pages = 0

    def check(checked=page):
        nonlocal pages
        check_page(checked, offline=True)
        assert checked.evaluate(SMALL_TARGETS) == []
        pages += 1

    page.goto(path(world.class_a, world.today))
    settle(page)
    check()
    for name, letter in [("Giàng A Chua", K), ("Lò Thị Hương", P), ("Ma A Dơ", M)]:
        mark(page, name, letter)
    check()
    go_offline(page)
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    check()
    page.goto("/attendance/pocket/")
    expect(page.locator("#outbox li")).to_have_count(1)
    check()
    page.goto(path(world.class_a, world.today))
    expect(page.locator("#view-sheet")).to_be_visible()
    check()
    check(conflict_page(world, visit, viewport))
    go_offline(page, False)
    expect(page.locator(STRIP)).to_contain_text("mời xem lại", timeout=20_000)
    page.goto("/attendance/pocket/")
    page.locator("#outbox a").click()
    expect(page.locator("#question legend")).to_have_text(["Giàng A Chua"])
    check()
    tell(capsys, f"axe at {width} px: 0 violations on {pages} states of sheet, question and frame")


def test_without_javascript(class_of_35, visit):
    world = class_of_35
    page = visit(world.teacher_a, javascript=False)
    page.get_by_role("link", name="6A Buổi sáng").click()
    expect(page.locator("#sheet-undo, #keys-help").first).to_be_hidden()
    mark(page, "Ma A Dơ", K)
    page.get_by_role("button", name="Gửi điểm danh").click()
    expect(page.get_by_text("mã biên nhận").first).to_be_visible()
    page.get_by_role("group", name="Ma A Dơ").get_by_label("Có mặt").check(force=True)
    mark(page, "Lò Thị Hương", P)
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.get_by_text("mã biên nhận").first).to_be_visible()
    register = Register.objects.get()
    assert (register.unexcused, register.excused, register.revision) == (0, 1, 2)
    page.get_by_role("link", name="Lịch sử").click()
    expect(page.get_by_text("Gửi lại (lần 2)")).to_be_visible()
    officer = visit(javascript=False, viewport=DESKTOP)
    officer.goto("/figures/runs/")
    officer.get_by_label("Tên đăng nhập").fill(world.province_officer.username)
    officer.get_by_label("Mật khẩu").fill(PASSWORD)
    officer.get_by_role("button", name="Đăng nhập").click()
    officer.get_by_role("button", name="Lập báo cáo").click()
    expect(officer.get_by_role("link", name="Tải tệp Excel")).to_be_visible()
