"""The whole story in a real browser: register → figure → flag → plan → visit → report."""

import datetime

import pytest
from django.core.management import call_command
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from attendance.models import Register
from core.months import Month
from reports.models import Flag
from reports.services.facts import rebuild
from tests.browser.conftest import DESKTOP, PHONE
from tests.reports.register_builders import pupil_ids, take

pytestmark = pytest.mark.browser


def write_last_month(world):
    """Registers of last month: two of six pupils of 6A away each day, nobody of 6B."""
    month = Month.of(world.today).plus(-1)
    first, second, *_rest = pupil_ids(world.class_a)
    for date in month.days():
        take(world.class_a, date, {first: "K", second: "P"})
        take(world.class_b, date, {})
    rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=month)
    return month


def test_register_takes_few_taps_and_changes_the_figure(live_world, visit, check_page):
    world = live_world
    taps = 0
    page = visit(world.teacher_a)
    expect(page.get_by_role("heading", level=1)).to_have_text("Còn 1 sổ cần điểm danh")
    check_page(page)
    page.get_by_role("link", name="6A Buổi sáng").click()
    taps += 1
    check_page(page)
    for name, mark in [
        ("Giàng A Chua", "K, không phép"),
        ("Lò Thị Hương", "P, có phép"),
        ("Ma A Dơ", "M, đi muộn"),
    ]:
        page.get_by_role("group", name=name).get_by_label(mark).check()
        taps += 1
    page.get_by_role("button", name="Gửi điểm danh").click()
    taps += 1
    expect(page.get_by_text("mã biên nhận").first).to_be_visible()
    check_page(page)
    assert taps == 5

    register = Register.objects.get()
    assert (register.roll, register.unexcused, register.excused, register.late) == (6, 1, 1, 1)

    officer = visit(world.commune_officer, viewport=DESKTOP)
    check_page(officer)
    officer.goto(f"/figures/areas/{world.commune_a.pk}/?level=THCS")
    expect(officer.get_by_text("4 / 6").first).to_be_visible()
    expect(officer.locator("td strong", has_text="66,7").first).to_be_visible()
    check_page(officer)


def test_all_present_takes_two_taps_from_the_first_page(live_world, visit):
    page = visit(live_world.teacher_a)
    page.get_by_role("link", name="6A Buổi sáng").click()
    page.get_by_role("button", name="Gửi điểm danh").click()
    expect(page.get_by_text("mã biên nhận").first).to_be_visible()
    assert Register.objects.get().present == 6


def test_register_by_keyboard(live_world, visit):
    page = visit(live_world.teacher_a, viewport=DESKTOP)
    page.get_by_role("link", name="6A Buổi sáng").click()
    page.wait_for_load_state("load")
    first = page.get_by_role("group", name="Giàng A Chua")
    first.get_by_label("Có mặt").focus()
    for key in ["ArrowDown", "k", "ArrowDown", "p", "ArrowDown", "m", "m", "Enter"]:
        page.keyboard.press(key)
    expect(page.get_by_text("mã biên nhận").first).to_be_visible()
    register = Register.objects.get()
    assert (register.unexcused, register.excused, register.late) == (1, 1, 0)


def test_register_without_javascript(live_world, visit):
    page = visit(live_world.teacher_a, javascript=False)
    page.get_by_role("link", name="6A Buổi sáng").click()
    page.get_by_role("group", name="Ma A Dơ").get_by_label("K, không phép").check()
    page.get_by_role("button", name="Gửi điểm danh").click()
    expect(page.get_by_text("mã biên nhận").first).to_be_visible()
    assert Register.objects.get().unexcused == 1


def test_stale_revision_is_asked_about(live_world, visit, check_page):
    world = live_world
    path = f"/attendance/{world.class_a.pk}/{world.today.isoformat()}/am/"
    teacher, head = visit(world.teacher_a), visit(world.head_a)
    teacher.goto(path)
    head.goto(path)
    head.get_by_role("group", name="Lò Thị Hương").get_by_label("P, có phép").check()
    head.get_by_role("group", name="Giàng A Chua").get_by_label("P, có phép").check()
    head.get_by_role("button", name="Gửi điểm danh").click()
    expect(head.get_by_text("mã biên nhận").first).to_be_visible()
    teacher.get_by_role("group", name="Giàng A Chua").get_by_label("K, không phép").check()
    # The form's own road, which a browser takes that keeps nothing.
    teacher.evaluate("document.getElementById('register').submit()")
    expect(teacher.get_by_role("heading", level=1)).to_have_text(
        "Đã có người gửi sổ này trước thầy cô"
    )
    # The browser itself writes an error line for the 409; the page is fine.
    teacher.problems.clear()
    check_page(teacher)
    assert Register.objects.get().excused == 2
    teacher.get_by_role("group", name="Giàng A Chua").get_by_text("Của thầy cô").click()
    teacher.get_by_role("button", name="Gửi bản đã chọn").click()
    expect(teacher.get_by_text("mã biên nhận").first).to_be_visible()
    register = Register.objects.get()
    assert (register.excused, register.unexcused, register.revision) == (1, 1, 2)
    teacher.get_by_role("link", name="Lịch sử").click()
    expect(teacher.get_by_text("Gửi lại (lần 2)")).to_be_visible()
    check_page(teacher)


def test_foreign_school_does_not_exist(live_world, visit):
    world = live_world
    page = visit(world.head_a)
    for path in (
        f"/schools/{world.school_b.pk}/",
        f"/figures/schools/{world.school_b.pk}/",
        f"/attendance/{world.class_b.pk}/{world.today.isoformat()}/am/",
        f"/schools/classes/{world.class_b.pk}/",
    ):
        assert page.goto(path).status == 404
        expect(page.get_by_text("B Một")).to_have_count(0)
        expect(page.get_by_text("Lò Văn Hặc")).to_have_count(0)


@pytest.mark.parametrize("width", [360, 1280])
def test_flag_becomes_a_plan_a_visit_and_a_report(live_world, visit, check_page, tmp_path, width):
    world = live_world
    viewport = {"width": width, "height": 800}
    month = write_last_month(world)
    call_command("raise_flags", month=str(month))

    officer = visit(world.province_officer, viewport=viewport)
    check_page(officer)
    officer.goto(f"/figures/flags/?month={month}")
    expect(officer.get_by_role("heading", name="Xã A Một")).to_be_visible()
    expect(officer.get_by_text("Cần theo dõi, THCS")).to_be_visible()
    check_page(officer)
    officer.goto("/inspections/plans/")
    officer.get_by_label("Số lượt").fill("2")
    officer.get_by_role("button", name="Lập kế hoạch").click()
    expect(officer.get_by_role("heading", name="Xã A Một")).to_be_visible()
    check_page(officer)
    officer.get_by_text("Sửa lượt kiểm tra").first.click()
    officer.get_by_label("Ngày kiểm tra").first.fill(world.today.isoformat())
    officer.get_by_role("button", name="Lưu").first.click()
    # The only officer here: with a reason.
    officer.get_by_label("Lý do tự duyệt").fill("Phòng chỉ có một cán bộ")
    officer.get_by_role("button", name="Tự duyệt kế hoạch này").click()
    expect(officer.get_by_text("Đã duyệt").first).to_be_visible()
    check_page(officer)
    assert set(Flag.objects.filter(commune=world.commune_a).values_list("state", flat=True)) == {
        "planned"
    }

    member = visit(world.member_user, viewport=viewport)
    expect(member.get_by_role("link", name="Xã A Một").first).to_be_visible()
    check_page(member)
    member.get_by_role("link", name="Xã A Một").first.click()
    check_page(member)
    member.get_by_label("Ngày đã kiểm tra").fill(world.today.isoformat())
    member.get_by_role("textbox", name="Kết quả kiểm tra").fill(
        "Hai em nghỉ dài ngày, đã gặp gia đình."
    )
    first = member.get_by_role("group", name="Kiến nghị 1")
    first.get_by_label("Kiến nghị", exact=True).fill("Vận động hai em trở lại lớp")
    first.get_by_label("Ai chịu trách nhiệm").fill("UBND xã A Một")
    due = (world.today + datetime.timedelta(days=14)).isoformat()
    first.get_by_label("Hạn thực hiện").fill(due)
    member.get_by_role("button", name="Lưu kết quả").click()
    expect(member.get_by_text("Vận động hai em trở lại lớp").first).to_be_visible()
    check_page(member)

    officer.goto("/figures/runs/")
    check_page(officer)
    officer.get_by_label("Tháng", exact=True).select_option(str(month))
    officer.get_by_role("button", name="Lập báo cáo").click()
    expect(officer.get_by_role("link", name="Tải tệp Excel")).to_be_visible()
    usual = officer.viewport_size
    for viewport in (PHONE, DESKTOP):
        officer.set_viewport_size(viewport)
        check_page(officer)
    officer.set_viewport_size(usual)
    with officer.expect_download() as download:
        officer.get_by_role("link", name="Tải tệp Excel").click()
    file = tmp_path / "report.xlsx"
    download.value.save_as(file)
    rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_name("Theo xã").to_python()
    head = rows[3]
    (row,) = (
        row
        for row in rows[4:]
        if (row[head.index("Xã")], row[head.index("Cấp học")]) == ("Xã A Một", "THCS")
    )
    days = len(month.days())
    assert row[head.index("Lượt phải học")] == 6 * days
    assert row[head.index("Tỷ lệ chuyên cần")] == pytest.approx(4 / 6)
    officer.goto(f"/figures/areas/{world.commune_a.pk}/?month={month}&level=THCS")
    expect(officer.get_by_text(f"{4 * days} / {6 * days}").first).to_be_visible()
    check_page(officer)
