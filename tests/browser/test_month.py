"""The month grid in a real browser: keys, paste, undo, two who write, and without a script."""

import datetime
import re

import pytest
from playwright.sync_api import expect

from attendance.models import Register, RegisterRevision
from core.models import Rule
from core.months import Month
from reports.models import ClassMonth
from reports.services.facts import rebuild_stale
from schools.models import Pupil, School
from tests.browser.conftest import DESKTOP
from tests.reports.register_builders import pupil_ids, take
from tests.sending import send_register
from tests.world import enrol

pytestmark = pytest.mark.browser
ONE_DAY = datetime.timedelta(days=1)
# The order of the book: by tên.
CHUA, DO, HUONG, LO_MAY, TA_MAY, PA = range(6)
TELL = "#month-told"
BAR = "#month-unsent"
PAGE_OF_PDF = re.compile(rb"/Type\s*/Page\b")


class MonthSheet:
    """The month that holds the last three days one can write, and its cells on a page."""

    def __init__(self, world):
        last = world.today if world.today.day > 3 else world.today.replace(day=1) - ONE_DAY
        self.world, self.month = world, Month.of(last)
        self.days = [last - 2 * ONE_DAY, last - ONE_DAY, last]
        self.path = f"/attendance/{world.class_a.pk}/month/{self.month}/"

    def cell(self, page, row, day):
        code = f"{self.days[day]:%d}am"
        return page.locator("tbody tr").nth(row).locator(f"input[name$='-{code}']:not([type])")

    def box(self, page, day):
        return page.locator(f"[name=send][value='{self.days[day]:%d}am']")

    def column(self, page, day):
        return [self.cell(page, row, day).input_value() for row in range(6)]


@pytest.fixture
def book(live_world):
    return MonthSheet(live_world)


def paste(page, text):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def look_and_send(page, count):
    page.get_by_role("button", name="Xem lại rồi gửi").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Gửi {count} sổ của lớp 6A?")
    page.get_by_role("button", name=f"Gửi {count} sổ").click()
    expect(page.get_by_text("Mã biên nhận")).to_be_visible()


def test_three_days_by_keyboard_a_block_pasted_and_undone(book, visit, check_page):
    page = visit(book.world.teacher_a, viewport=DESKTOP)
    page.goto(book.path)
    expect(page.locator(BAR)).to_have_text("Chưa có gì để gửi")
    book.cell(page, CHUA, 0).focus()
    for key in ["k", "Enter", "p", "ArrowRight", "m", "ArrowDown", "k", "Delete"]:
        page.keyboard.press(key)
    assert book.column(page, 0) == ["K", "P", "", "", "", ""]
    assert book.column(page, 1) == ["", "M", "", "", "", ""]
    book.box(page, 2).check()
    assert book.column(page, 2) == ["x"] * 6
    expect(page.locator(BAR)).to_contain_text("Sẽ gửi 3 sổ")
    before = [book.column(page, day) for day in range(3)]

    book.cell(page, HUONG, 0).focus()
    paste(page, "Có phép\tv\r\n\tđi muộn\r\n")
    expect(page.locator(BAR)).to_contain_text("Đã dán, 3 ô thay đổi")
    assert book.column(page, 0) == ["K", "P", "P", "", "", ""]
    assert book.column(page, 1) == ["", "M", "x", "M", "", ""]
    page.keyboard.press("Control+z")
    assert [book.column(page, day) for day in range(3)] == before
    page.get_by_role("button", name="Làm lại").click()
    assert book.column(page, 1) == ["", "M", "x", "M", "", ""]
    page.get_by_role("button", name="Hoàn tác").click()
    check_page(page)
    look_and_send(page, 3)
    check_page(page)

    registers = Register.objects.order_by("date")
    assert [(r.date, r.roll, r.excused, r.unexcused, r.late) for r in registers] == [
        (book.days[0], 6, 1, 1, 0),
        (book.days[1], 6, 0, 0, 1),
        (book.days[2], 6, 0, 0, 0),
    ]
    rebuild_stale(school_ids=School.objects.values_list("pk", flat=True), month=book.month)
    facts = ClassMonth.objects.filter(school_class=book.world.class_a, month=book.month.first)
    assert [
        sum(getattr(fact, name) for fact in facts) for name in ("excused", "unexcused", "late")
    ] == [1, 1, 1]


def test_a_ticked_day_taken_back_is_not_taken_again(book, visit):
    page = visit(book.world.teacher_a, viewport=DESKTOP)
    page.goto(book.path)
    book.box(page, 0).click()
    book.box(page, 2).click(modifiers=["Shift"])
    assert [book.column(page, day) for day in range(3)] == [["x"] * 6] * 3
    expect(page.locator(BAR)).to_contain_text("Sẽ gửi 3 sổ")
    page.keyboard.press("Control+z")
    assert book.column(page, 0) == ["x"] * 6
    assert book.column(page, 2) == [""] * 6
    book.box(page, 0).uncheck()
    expect(page.locator(BAR)).to_have_text("Chưa có gì để gửi")
    page.get_by_role("button", name="Xem lại rồi gửi").click()
    expect(page.locator(TELL)).to_have_text("Chưa có gì để gửi")
    assert not Register.objects.exists()


@pytest.mark.parametrize(
    ("row", "block", "told"),
    [
        (CHUA, "K\nP\nqq\nK", "“qq”"),
        (LO_MAY, "K\nP\nM\nK", "khối có 4 dòng, 1 cột, mà từ ô này chỉ còn 3 dòng"),
    ],
)
def test_a_block_that_does_not_fit_is_told_and_not_half_pasted(book, visit, row, block, told):
    page = visit(book.world.teacher_a, viewport=DESKTOP)
    page.goto(book.path)
    book.cell(page, row, 1).focus()
    paste(page, block)
    expect(page.locator(TELL)).to_contain_text("Chưa dán")
    expect(page.locator(TELL)).to_contain_text(told)
    assert book.column(page, 1) == [""] * 6
    expect(page.locator("#month-undo")).to_be_disabled()


def test_a_block_over_a_day_that_is_not_open_is_told(book, visit):
    page = visit(book.world.teacher_a, viewport=DESKTOP)
    send_register(
        school_class=book.world.class_a,
        date=book.days[1],
        session="am",
        operation_id="0b8f6c1e-6f6c-4c61-a0c8-7d2b7a3c9f10",
        base_revision=0,
        marks={},
        state="not_held",
        not_held_reason="cold",
        by=book.world.head_a,
    )
    page.goto(book.path)
    book.cell(page, CHUA, 0).focus()
    paste(page, "K\tK\tK")
    expect(page.locator(TELL)).to_contain_text("có ô không sửa được (đã khoá hoặc không học)")
    assert book.column(page, 0) == [""] * 6
    paste(page, "K\t\tK")
    assert [book.column(page, day)[CHUA] for day in (0, 2)] == ["K", "K"]


def test_a_key_that_composes_a_letter_marks_nobody(book, visit):
    page = visit(book.world.teacher_a, viewport=DESKTOP)
    page.goto(book.path)
    book.cell(page, CHUA, 0).focus()
    page.evaluate(
        """() => {
            const cell = document.activeElement;
            for (const code of ["KeyP", "KeyK", "KeyM"]) {
                const options = { code, key: "Process", bubbles: true, isComposing: true };
                cell.dispatchEvent(new KeyboardEvent("keydown", options));
            }
            cell.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
            cell.dispatchEvent(new InputEvent("beforeinput", { bubbles: true, isComposing: true }));
            cell.value = "k";
            cell.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
            const ended = { bubbles: true, data: "k" };
            cell.dispatchEvent(new CompositionEvent("compositionend", ended));
        }"""
    )
    assert book.column(page, 0) == [""] * 6
    expect(page.locator(BAR)).to_have_text("Chưa có gì để gửi")
    page.keyboard.press("k")
    assert book.cell(page, CHUA, 0).input_value() == "K"


def test_marks_by_finger(book, visit, check_page):
    page = visit(book.world.teacher_a)
    page.goto(book.path)
    book.cell(page, CHUA, 0).click()
    palette = page.get_by_role("group", name="Ghi vào ô đang chọn")
    palette.get_by_role("button", name="Nghỉ không phép").click()
    palette.get_by_role("button", name="Đi muộn").click()
    assert book.column(page, 0)[:3] == ["K", "M", ""]
    sizes = page.evaluate(
        """() => [...document.querySelectorAll("tbody input:not([type]), .month__send label")]
            .map((each) => each.getBoundingClientRect())
            .map(({ width, height }) => Math.min(width, height))"""
    )
    assert min(sizes) >= 47.5
    check_page(page)


def test_without_a_script(book, visit, check_page):
    page = visit(book.world.teacher_a, javascript=False)
    page.goto(book.path)
    book.cell(page, CHUA, 0).fill("k")
    book.box(page, 2).check()
    look_and_send(page, 2)
    assert [(r.date, r.unexcused) for r in Register.objects.order_by("date")] == [
        (book.days[0], 1),
        (book.days[2], 0),
    ]


def test_a_conflict_in_one_day(book, visit, check_page):
    world = book.world
    page = visit(world.teacher_a, viewport=DESKTOP)
    page.goto(book.path)
    book.cell(page, CHUA, 1).focus()
    for key in ["k", "ArrowDown", "m", "ArrowRight", "p"]:
        page.keyboard.press(key)
    first, *_rest = pupil_ids(world.class_a)
    send_register(
        school_class=world.class_a,
        date=book.days[1],
        session="am",
        operation_id="0b8f6c1e-6f6c-4c61-a0c8-7d2b7a3c9f11",
        base_revision=0,
        marks={first: ("P", "sick")},
        by=world.head_a,
    )
    page.get_by_role("button", name="Xem lại rồi gửi").click()
    page.get_by_role("button", name="Gửi 2 sổ").click()
    refusal = page.locator("#refusal")
    expect(refusal.locator("li")).to_have_count(1)
    expect(refusal).to_contain_text("Giàng A Chua: thầy cô ghi K, người kia ghi P")
    # The browser itself writes an error line for the 409; the page is fine.
    page.problems.clear()
    check_page(page)
    assert Register.objects.count() == 1
    assert book.column(page, 1) == ["K", "M", "x", "x", "x", "x"]
    assert book.column(page, 2)[DO] == "P"
    page.get_by_role("button", name="Xem lại rồi gửi").click()
    why = page.get_by_label("Vì sao sửa sổ")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gửi 2 sổ của lớp 6A?")
    why.fill("Hai người cùng ghi")
    page.get_by_role("button", name="Gửi 2 sổ").click()
    expect(page.get_by_text("Mã biên nhận")).to_be_visible()
    revision = RegisterRevision.objects.get(number=2)
    assert revision.set_aside == {str(first): ["P", "sick"]}
    register = Register.objects.get(date=book.days[1])
    assert (register.unexcused, register.late, register.excused) == (1, 1, 0)
    assert Register.objects.get(date=book.days[2]).excused == 1


def test_what_is_not_sent_is_not_left_unasked_and_not_lost_without_a_network(book, visit):
    page = visit(book.world.teacher_a, viewport=DESKTOP)
    page.goto(book.path)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    book.cell(page, CHUA, 0).click()
    page.keyboard.press("k")
    page.close(run_before_unload=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    page.context.set_offline(True)
    page.get_by_role("button", name="Xem lại rồi gửi").click()
    expect(page.locator(TELL)).to_contain_text("Chưa có mạng")
    assert book.cell(page, CHUA, 0).input_value() == "K"
    page.context.set_offline(False)
    look_and_send(page, 1)
    assert asked == ["beforeunload"]


def enrol_more(world, count):
    """So many more pupils in 6A."""
    for number in range(count):
        pupil = Pupil.objects.create(
            full_name=f"Giàng Thị Nguyên {number}",
            sex="F",
            birth_date=world.since.replace(year=world.since.year - 11),
            ethnic_group="08",
        )
        enrol(pupil, world.class_a, world.since, 6)


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_names_and_days_stay_while_the_table_moves_in_its_box(
    book, visit, check_page, width, live_world
):
    world = book.world
    enrol_more(world, 24)
    marks = dict.fromkeys(pupil_ids(world.class_a)[:3], "K")
    for day in book.month.days():
        if day < book.days[0]:
            take(world.class_a, day, marks)
    page = visit(world.teacher_a, viewport={"width": width, "height": 740})
    page.goto(book.path)
    check_page(page)
    page.evaluate(
        """() => {
            const box = document.querySelector(".month-box");
            box.scrollTo(box.scrollWidth, box.scrollHeight);
        }"""
    )
    left, top = page.evaluate(
        """() => {
            const box = document.querySelector(".month-box").getBoundingClientRect();
            const name = document.querySelector("tbody tr:last-child th").getBoundingClientRect();
            const day = document.querySelector("thead th:last-child").getBoundingClientRect();
            return [name.left - box.left, day.top - box.top];
        }"""
    )
    assert (abs(left) <= 2, abs(top) <= 2) == (True, True)


def test_nothing_is_cut_on_paper(book, visit, check_page):
    """At the width of A4 landscape less its margins, 277 mm, with two sessions a day."""
    world = book.world
    world.class_a.sessions = "am,pm"
    world.class_a.save()
    take(world.class_a, book.days[0], dict.fromkeys(pupil_ids(world.class_a)[:2], "K"))
    page = visit(world.teacher_a, viewport={"width": 1047, "height": 740})
    for paper in ("blank", "filled"):
        page.goto(f"{book.path}?paper={paper}")
        check_page(page)
        page.emulate_media(media="print")
        cut = page.evaluate(
            """() => [...document.querySelectorAll(".month--paper th, .month--paper td")]
                .filter((each) => each.scrollWidth > each.clientWidth + 1)
                .map((each) => each.textContent)"""
        )
        assert cut == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.emulate_media(media="screen")


def test_twenty_pupils_and_both_signatures_are_one_sheet_of_paper(book, visit):
    enrol_more(book.world, 14)
    page = visit(book.world.teacher_a, viewport=DESKTOP)
    page.goto(f"{book.path}?paper=filled")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(PAGE_OF_PDF.findall(printed)) == 1


def test_days_filled_across_a_locked_one_leave_it_out_and_say_so(book, visit, check_page):
    Rule.objects.filter(key="attendance.teacher_days").update(value=0)
    take(book.world.class_a, book.days[1])
    for viewport in ({"width": 360, "height": 740}, DESKTOP):
        page = visit(book.world.teacher_a, viewport=viewport)
        page.goto(book.path)
        check_page(page)
        locked = page.locator(f"#d{book.days[1]:%d}am")
        expect(locked).to_contain_text("khoá")
        expect(book.cell(page, CHUA, 1)).to_have_count(0)
        book.box(page, 0).click()
        book.box(page, 2).click(modifiers=["Shift"])
        expect(page.locator(BAR)).to_contain_text("Bỏ qua 1 buổi đã khoá")
        expect(page.locator(BAR)).to_contain_text("2 sổ")
        book.box(page, 0).click()
        expect(page.locator(BAR)).not_to_contain_text("Bỏ qua")
