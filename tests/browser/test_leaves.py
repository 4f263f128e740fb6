"""Planned leave in a real browser: recorded on a phone, prefilled with and without a network."""

import datetime
import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from attendance.models import Absence, PlannedLeave, Register
from tests.attendance.test_leaves import tell
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.sheets import STATE, go_offline, mark, path, send, settle
from tests.photos import JPEG
from tests.reports.register_builders import pupil_ids

pytestmark = pytest.mark.browser
DAY = datetime.timedelta(days=1)


def row(page, name):
    return page.get_by_role("group", name=name)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_from_a_marked_row_to_the_next_days_sheet(live_world, visit, check_page, viewport):
    world = live_world
    page = visit(world.teacher_a, viewport=viewport)
    page.goto(path(world.class_a, world.today))
    expect(page.get_by_role("link", name="Nghỉ nhiều ngày")).to_have_count(0)
    mark(page, "Giàng A Chua", "P, có phép")
    mark(page, "Ma A Dơ", "K, không phép")
    with page.context.expect_page() as opened:
        row(page, "Giàng A Chua").get_by_role("link", name="Nghỉ nhiều ngày").click()
    form = opened.value
    form.problems = page.problems
    check_page(form)
    last = world.today + 2 * DAY
    form.get_by_label("Đến hết ngày").fill(last.isoformat())
    form.get_by_text("Ốm", exact=True).click()
    form.get_by_text("Ai báo, ghi chú, ảnh đơn").click()
    form.get_by_label("Ai báo").fill("mẹ")
    form.get_by_label("Ảnh đơn xin nghỉ").set_input_files(
        {"name": "đơn.jpg", "mimeType": "image/jpeg", "buffer": JPEG}
    )
    check_page(form)
    form.get_by_role("button", name="Ghi báo nghỉ").click()
    form.get_by_text("Đã ghi Giàng A Chua nghỉ").wait_for()
    check_page(form)
    with form.expect_download() as saved:
        form.get_by_role("link", name="Tải đơn xin nghỉ").click()
    assert saved.value.suggested_filename.startswith("Đơn xin nghỉ, hồ sơ ")
    # Made anew, and still a photo of that size.
    kept = saved.value.path().read_bytes()
    assert Image.open(io.BytesIO(kept)).size == Image.open(io.BytesIO(JPEG)).size
    # The sheet in its own tab still has every mark.
    expect(row(page, "Ma A Dơ").get_by_label("K, không phép")).to_be_checked()
    page.reload()
    expect(row(page, "Giàng A Chua").get_by_label("P, có phép")).to_be_checked()
    expect(row(page, "Giàng A Chua")).to_contain_text(f"Nghỉ có phép đến {last:%d/%m}")
    expect(page.locator(".actionbar")).to_contain_text("có mặt")
    check_page(page)
    form.get_by_role("link", name="Huỷ báo nghỉ").click()
    check_page(form)
    form.get_by_label("Vì sao huỷ?").fill("Đi học lại sớm")
    form.get_by_role("button", name="Huỷ báo nghỉ").click()
    form.locator(".notice--success", has_text="Các sổ đã gửi giữ nguyên").wait_for()
    assert PlannedLeave.objects.get().withdrawn_because == "Đi học lại sớm"


def test_the_phone_prefills_without_a_network(live_world, visit, check_page):
    world = live_world
    first, second, *_rest = pupil_ids(world.class_a)
    tell(world, 0, last=1, reason="family")
    tell(world, 1, first=-1)
    page = visit(world.teacher_a)
    page.goto("/attendance/today/")
    settle(page)
    page.reload()
    go_offline(page)
    page.goto(path(world.class_a, world.today))
    chua = row(page, "Giàng A Chua")
    expect(chua.get_by_label("P, có phép")).to_be_checked()
    expect(chua.get_by_label("Lý do")).to_have_value("family")
    last = world.today + DAY
    expect(chua.locator(".roll__leave")).to_have_text(
        f"Nghỉ có phép đến {last:%d/%m} (gia đình báo)"
    )
    expect(row(page, "Lò Thị Hương").get_by_label("P, có phép")).not_to_be_checked()
    check_page(page, offline=True)
    mark(page, "Ma A Dơ", "M, đi muộn")
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    assert Register.objects.count() == 0
    page.reload()
    expect(chua.get_by_label("P, có phép")).to_be_checked()
    go_offline(page, False)
    page.goto("/attendance/pocket/")
    expect(page.locator("#sent li")).to_have_count(1, timeout=15_000)
    marks = set(Absence.objects.values_list("pupil_id", "mark", "reason"))
    assert (first, "P", "family") in marks
    assert second not in {pupil for pupil, *_more in marks}
    assert Register.objects.get().excused == 1


def test_a_child_who_came_all_the_same_is_one_tap(live_world, visit):
    world = live_world
    tell(world)
    page = visit(world.teacher_a)
    page.goto("/attendance/today/")
    settle(page)
    page.reload()
    go_offline(page)
    page.goto(path(world.class_a, world.today))
    mark(page, "Giàng A Chua", "Có mặt")
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    go_offline(page, False)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận", timeout=15_000)
    assert Register.objects.get().excused == 0


def test_what_was_sent_is_shown_offline_whatever_was_announced(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    mark(page, "Giàng A Chua", "K, không phép")
    send(page)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    tell(world)
    tell(world, 1)
    other = visit(world.teacher_a)
    other.goto("/attendance/today/")
    settle(other)
    other.reload()
    go_offline(other)
    other.goto(path(world.class_a, world.today))
    expect(row(other, "Giàng A Chua").get_by_label("K, không phép")).to_be_checked()
    expect(row(other, "Lò Thị Hương").get_by_label("P, có phép")).not_to_be_checked()
    expect(other.locator(".roll__leave")).to_have_count(2)
