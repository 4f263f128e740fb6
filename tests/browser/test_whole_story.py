"""From a morning without a network to a correction after the month has closed, in one road."""

import datetime

import pytest
from playwright.sync_api import expect

from accounts.models import RoleGrant
from attendance.models import Register, RegisterRevision
from attendance.registers.selectors.windows import window_end
from attendance.registers.services.sending import receipt_code
from core.months import Month
from reports.models import ClassMonth
from reports.services.facts import rebuild_stale
from schools.models import School
from tests.browser.sheets import STATE, STRIP, go_offline, mark, path, send, settle
from tests.world import PASSWORD

pytestmark = pytest.mark.browser
PHONE = (
    "Mozilla/5.0 (Linux; Android 13; SM-A135F) AppleWebKit/537.36 Chrome/124.0 Mobile Safari/537"
)
P, K, M = "P, có phép", "K, không phép", "M, đi muộn"


def figures(classes, month):
    """(unexcused, excused, late) of the classes in the month, counted anew."""
    rebuild_stale(school_ids=School.objects.values_list("pk", flat=True), month=month)
    facts = list(ClassMonth.objects.filter(school_class__in=classes, month=month.first))
    return tuple(
        sum(getattr(fact, name) for fact in facts) for name in ("unexcused", "excused", "late")
    )


def test_a_morning_a_conflict_and_a_late_correction(two_more_classes, visit, server_time):
    world = two_more_classes
    classes = [world.class_a, world.class_7, world.class_a12]
    names = ["Giàng A Chua", "Lò Thị Tám", "Hảng A Của"]
    for school_class in classes[1:]:
        RoleGrant.objects.create(
            user=world.teacher_a,
            role="teacher",
            school_class=school_class,
            valid_from=world.since,
        )
    month = Month.of(world.today)

    # Signed in, then no network: three classes, a reload, the page closed and opened again.
    page = visit(world.teacher_a, user_agent=PHONE)
    page.goto("/attendance/today/")
    settle(page)
    go_offline(page)
    for school_class, name in zip(classes, names, strict=True):
        page.goto(path(school_class, world.today))
        mark(page, name, K)
        send(page)
        expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    expect(page.locator(STRIP)).to_have_text("Đã lưu trên máy: còn 3 sổ chưa gửi")
    page.reload()
    expect(page.locator(STRIP)).to_have_text("Đã lưu trên máy: còn 3 sổ chưa gửi")
    expect(page.get_by_role("group", name=names[2]).get_by_label(K)).to_be_checked()
    assert Register.objects.count() == 0
    again = page.context.new_page()
    again.problems = page.problems
    page.close()
    page = again
    page.goto("/attendance/pocket/")
    expect(page.locator("#outbox li")).to_have_count(3)

    # The network is back: three receipts, three registers, the figures of the month.
    go_offline(page, False)
    expect(page.locator("#sent li")).to_have_count(3, timeout=20_000)
    expect(page.locator(STRIP)).to_contain_text("Đã gửi")
    shown = page.locator("#sent li").all_inner_texts()
    for revision in RegisterRevision.objects.all():
        assert sum(receipt_code(revision) in text for text in shown) == 1
    assert Register.objects.count() == RegisterRevision.objects.count() == 3
    assert figures(classes, month) == (3, 0, 0)

    # The head gives the same pupil another mark than the phone that is away again.
    sheet = path(world.class_a, world.today)
    go_offline(page)
    page.goto(sheet)
    expect(page.get_by_role("group", name=names[0]).get_by_label(K)).to_be_checked()
    mark(page, names[0], M)
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    head = visit(world.head_a)
    head.goto(sheet)
    mark(head, names[0], P)
    head.get_by_role("button", name="Gửi lại").click()
    expect(head.locator(STATE)).to_contain_text("mã biên nhận")
    page.goto("/attendance/pocket/")
    go_offline(page, False)
    expect(page.locator(STRIP)).to_contain_text("mời xem lại", timeout=20_000)
    page.locator("#outbox a").click()
    expect(page.locator("#question legend")).to_have_text([names[0]])
    expect(page.locator("#question")).to_contain_text("Lù Văn Sơn đã gửi")
    page.get_by_text("Của thầy cô").click()
    page.get_by_role("button", name="Gửi bản đã chọn").click()
    expect(page.locator("#operation-state")).to_contain_text("mã biên nhận")
    register = Register.objects.get(school_class=world.class_a)
    assert (register.revision, register.late, register.excused) == (3, 1, 0)
    assert figures(classes, month) == (2, 0, 1)

    # The month is closed. A correction is asked for, granted by the head, and made.
    server_time(window_end(world.today) - world.today + datetime.timedelta(days=1))
    page.context.clear_cookies()  # the session has ended long since
    page.goto(sheet)
    page.get_by_label("Tên đăng nhập").fill(world.teacher_a.username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_text("Đã hết thời gian sửa sổ này.")).to_be_visible()
    expect(page.locator("form#register button.button--primary")).to_have_count(0)
    page.get_by_role("link", name="Xin mở lại sổ").click()
    page.get_by_label("Vì sao cần sửa?").fill("Em Chua có đơn xin nghỉ")
    page.locator("main form button.button--primary").click()
    page.wait_for_url("**/reopenings/**")
    assert figures(classes, month) == (2, 0, 1)
    head = visit(world.head_a)
    head.goto("/attendance/reopenings/")
    expect(head.get_by_text("Em Chua có đơn xin nghỉ")).to_be_visible()
    head.locator("main button[name=grant]").click()
    expect(head.get_by_text("Đã mở đến").first).to_be_visible()
    page.goto(sheet)
    mark(page, names[0], P)
    page.locator("form#register").get_by_label("Vì sao sửa?").fill("Em Chua có đơn xin nghỉ")
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")

    # It is in the figures, and in the history: from what to what, who, by what, and why.
    assert figures(classes, month) == (2, 1, 0)
    head.goto(f"{sheet}history/")
    newest = head.locator(".timeline__item").first
    for word in (
        "Gửi lại (lần 4)",
        str(world.teacher_a),
        "điện thoại",
        f"{names[0]}: Đi muộn → Nghỉ có phép",
        "Em Chua có đơn xin nghỉ",
    ):
        expect(newest).to_contain_text(word)
    expect(head.locator(".timeline__item").nth(1)).to_contain_text("Đã so sánh và không chọn")
