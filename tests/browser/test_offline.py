"""A morning without a network in a real browser: nothing is lost, nothing is doubled."""

import json
import uuid

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from attendance.models import Register, RegisterRevision, Uncounted
from schools.models import Enrolment, Pupil
from tests.browser.conftest import PHONE
from tests.browser.sheets import (
    STATE,
    STRIP,
    go_offline,
    mark,
    path,
    send,
    settle,
    shift_clock,
)
from tests.reports.register_builders import pupil_ids
from tests.sending import send_register
from tests.world import PASSWORD

pytestmark = pytest.mark.browser


def test_two_phones_mark_one_pupil(live_world, visit, check_page):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    go_offline(page)
    mark(page, "Giàng A Chua", "K, không phép")
    mark(page, "Ma A Dơ", "M, đi muộn")
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    other = visit(world.head_a)
    other.goto(path(world.class_a, world.today))
    mark(other, "Giàng A Chua", "P, có phép")
    mark(other, "Lò Thị Hương", "P, có phép")
    send(other)
    expect(other.locator(STATE)).to_contain_text("mã biên nhận")
    go_offline(page, False)
    expect(page.locator(STRIP)).to_contain_text("mời xem lại", timeout=15_000)
    page.locator(STRIP).click()
    page.locator("#outbox a").click()
    expect(page.locator("#question legend")).to_have_text(["Giàng A Chua"])
    check_page(page, offline=True)
    page.get_by_text("Của thầy cô").click()
    page.get_by_role("button", name="Gửi bản đã chọn").click()
    expect(page.locator("#operation-state")).to_contain_text("mã biên nhận")
    register = Register.objects.get()
    assert (register.unexcused, register.excused, register.late) == (1, 1, 1)
    first = pupil_ids(world.class_a)[0]
    assert register.revisions.get(number=2).set_aside == {str(first): ["P", ""]}


def test_the_session_ends_without_a_network(live_world, visit, check_page):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    Session.objects.all().delete()
    mark(page, "Giàng A Chua", "K, không phép")
    send(page)
    door = page.locator("#offline-door")
    expect(door).to_be_visible()
    expect(door).to_contain_text("Phiên đăng nhập đã hết")
    check_page(page, offline=True)
    door.get_by_label("Mật khẩu").fill("sai-mat-khau-roi")
    door.get_by_role("button", name="Đăng nhập và gửi").click()
    expect(door).to_contain_text("sai mật khẩu")
    assert Register.objects.count() == 0
    door.get_by_label("Mật khẩu").fill(PASSWORD)
    door.get_by_role("button", name="Đăng nhập và gửi").click()
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    assert Register.objects.get().unexcused == 1
    expect(door).to_be_hidden()


def test_another_person_on_the_phone_neither_sees_nor_sends(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    go_offline(page)
    mark(page, "Giàng A Chua", "K, không phép")
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    page.context.clear_cookies()
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto("/accounts/sign-in/")
    page.get_by_label("Tên đăng nhập").fill(world.head_a.username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.goto("/attendance/today/")
    settle(page)
    expect(page.locator(STRIP)).to_be_hidden()
    page.goto("/attendance/pocket/")
    expect(page.locator("#outbox li")).to_have_count(0)
    assert Register.objects.count() == 0
    held = page.evaluate(
        """async (name) => {
            const database = await new Promise((resolve) => {
                const request = indexedDB.open(name);
                request.onsuccess = () => resolve(request.result);
            });
            const read = (store) => new Promise((resolve) => {
                const request = database.transaction(store).objectStore(store).getAll();
                request.onsuccess = () => resolve(request.result);
            });
            return [(await read("outbox")).length, (await read("classes")).length];
        }""",
        f"pocket:{world.teacher_a.username}",
    )
    assert held == [1, 0]


def test_signing_out_keeps_what_is_unsent_and_wipes_the_rest(live_world, visit, check_page):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    page.route("**/api/v1/registers/**", lambda route: route.abort())
    mark(page, "Giàng A Chua", "K, không phép")
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Đăng xuất").click()
    dialog = page.locator("#offline-leave")
    expect(dialog).to_be_visible()
    check_page(page, offline=True)
    with page.expect_download() as saved:
        dialog.get_by_role("button", name="Lưu thành tệp").click()
    kept = json.loads(saved.value.path().read_text())
    assert kept["registers"][0]["marks"][0]["kind"] == "K"
    dialog.get_by_text("Bỏ các sổ này").click()
    dialog.get_by_label("Gõ BỎ").fill("có")
    dialog.get_by_role("button", name="Bỏ và đăng xuất").click()
    expect(dialog).to_be_visible()
    page.unroute("**/api/v1/registers/**")
    dialog.get_by_role("button", name="Gửi ngay").click()
    page.wait_for_url("**/accounts/sign-in/**")
    assert Register.objects.get().unexcused == 1
    left = page.evaluate("indexedDB.databases().then((all) => all.map((each) => each.name))")
    assert left == []
    assert page.evaluate("localStorage.length") == 0
    cached = page.evaluate(
        """async () => {
            const texts = [];
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const request of await cache.keys()) {
                    texts.push(await (await cache.match(request)).text());
                }
            }
            return texts.join(" ");
        }"""
    )
    assert "Sổ trên máy" in cached
    assert "Giàng A Chua" not in cached
    assert world.teacher_a.username not in cached


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "content_type": "text/html", "body": "<h1>Wifi miễn phí</h1>"},
        {"status": 200, "content_type": "application/json", "body": "{}"},
        {"status": 503, "content_type": "text/html", "body": ""},
        {"status": 302, "headers": {"location": "http://localhost:1/"}},
    ],
    ids=["portal", "empty json", "away", "redirect"],
)
def test_what_is_no_receipt_is_not_taken_for_one(live_world, visit, answer):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    page.route("**/api/v1/registers/**", lambda route: route.fulfill(**answer))
    mark(page, "Giàng A Chua", "K, không phép")
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    expect(page.locator(STRIP)).to_have_text("Đã lưu trên máy: còn 1 sổ chưa gửi")
    page.unroute("**/api/v1/registers/**")
    expect(page.locator(STATE)).to_contain_text("mã biên nhận", timeout=15_000)
    assert RegisterRevision.objects.count() == 1


def test_an_answer_that_got_lost_doubles_nothing(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    lost = []

    def lose(route):
        route.fetch()
        lost.append(route.request.post_data)
        route.abort()

    page.route("**/api/v1/registers/**", lose, times=2)
    mark(page, "Giàng A Chua", "K, không phép")
    send(page)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận", timeout=15_000)
    assert len(lost) == 2
    assert RegisterRevision.objects.count() == 1


def test_one_refused_register_holds_no_other_up(two_more_classes, visit):
    world = two_more_classes
    page = visit(world.head_a)
    page.goto("/attendance/today/")
    settle(page)
    page.reload()
    go_offline(page)
    for school_class, name in [(world.class_a, "Giàng A Chua"), (world.class_7, "Lò Thị Tám")]:
        page.goto(path(school_class, world.today))
        mark(page, name, "K, không phép")
        send(page)
        expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    gone = pupil_ids(world.class_a)[0]
    Enrolment.objects.filter(pupil=gone).update(valid_to=world.today, exit_reason="out")
    page.goto("/attendance/pocket/")
    go_offline(page, False)
    expect(page.locator("#sent li")).to_have_count(1, timeout=15_000)
    expect(page.locator("#outbox li")).to_have_count(1)
    expect(page.locator("#outbox li")).to_contain_text("Danh sách lớp đã thay đổi")
    page.locator("#outbox a").click()
    expect(page.locator("#operation-marks")).to_contain_text("Giàng A Chua: K, không phép")
    with page.expect_download() as saved:
        page.locator("#operation-export").click()
    (alone,) = json.loads(saved.value.path().read_text())["registers"]
    assert alone["classId"] == world.class_a.pk
    page.get_by_text("Bỏ sổ này").first.click()
    page.get_by_label("Gõ BỎ").last.fill("bỏ")
    page.get_by_role("button", name="Bỏ sổ này").click()
    expect(page.locator("#outbox li")).to_have_count(0)
    assert Register.objects.get().school_class == world.class_7


def test_taken_by_another_meanwhile_is_merged_and_told(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    second = pupil_ids(world.class_a)[1]
    send_register(
        school_class=world.class_a,
        date=world.today,
        session="am",
        operation_id=uuid.uuid4(),
        base_revision=0,
        marks={second: ("P", "")},
        by=world.head_a,
    )
    mark(page, "Giàng A Chua", "K, không phép")
    send(page)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    expect(page.locator("#sheet-merged")).to_be_visible()
    assert Register.objects.get().absent == 2


def test_after_a_week_without_signing_in_the_names_are_gone(live_world, visit):
    world = live_world
    page = visit(world.teacher_a, viewport=PHONE)
    page.goto("/attendance/today/")
    settle(page)
    shift_clock(page, hours=8 * 24)
    go_offline(page)
    page.goto("/attendance/pocket/")
    expect(page.locator("#nothing")).to_be_visible()


def test_a_wrong_clock_is_told(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    shift_clock(page, hours=2)
    go_offline(page)
    page.goto(path(world.class_a, world.today))
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    go_offline(page, False)
    expect(page.locator("#offline-warning")).to_contain_text("120 phút")


def test_a_sheet_on_its_way_says_nothing_of_the_one_opened_after_it(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto("/attendance/today/")
    settle(page)
    go_offline(page)
    page.goto("/attendance/pocket/")
    page.locator("#days a").first.click()
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    page.get_by_role("link", name="Về danh sách").click()
    page.locator("#days a").nth(1).click()
    expect(page.locator("#view-sheet")).to_be_visible()
    go_offline(page, False)
    expect(page.locator(STRIP)).to_contain_text("Đã gửi", timeout=20_000)
    expect(page.locator("#register [name=base_revision]")).to_have_value("0")
    expect(page.locator("#register button:not([type])")).to_have_text("Gửi điểm danh")
    expect(page.locator(STATE)).to_be_hidden()


def test_the_sheet_without_a_network_tells_what_the_register_holds(live_world, visit, check_page):
    """Namesakes with their birth dates, the marks sent, who is not counted, and no network."""
    world = live_world
    first, second, third = pupil_ids(world.class_a)[:3]
    Pupil.objects.filter(pk=third).update(full_name="Giàng A Chua")
    alike = Pupil.objects.filter(pk__in=[first, third]).order_by("pk")
    twins = [f"sinh {each.birth_date:%d/%m/%Y}" for each in alike]
    receipt = send_register(
        school_class=world.class_a,
        date=world.today,
        session="am",
        operation_id=uuid.uuid4(),
        base_revision=0,
        marks={first: ("K", "")},
        by=world.teacher_a,
    )
    # As the head chose when the pupil was enrolled back-dated.
    register, revision = receipt.register, receipt.revision
    Uncounted.objects.create(register=register, school=world.school_a, pupil_id=second)
    revision.roll = [pupil for pupil in revision.roll if pupil != second]
    revision.save()
    Register.objects.filter(pk=register.pk).update(roll=5, revision=2)
    revision.pk, revision.number, revision.operation_id = None, 2, uuid.uuid4()
    revision.save(force_insert=True)

    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    expect(page.locator(".roll__row--uncounted")).to_contain_text("Không tính")
    check_page(page)
    settle(page)
    go_offline(page)
    page.goto(path(world.class_a, world.today))
    expect(page.locator("#sheet-offline")).to_contain_text("Không có mạng")
    expect(page.locator("#sheet-held")).to_contain_text("đã gửi, có 1 em vắng hoặc muộn")
    expect(page.locator("#sheet-new")).to_be_hidden()
    expect(page.locator(".roll__name + small")).to_have_text(twins)
    expect(page.locator(".roll__row--uncounted .mark")).to_have_count(0)
    expect(page.locator(".roll__row--uncounted")).to_contain_text("Không tính")
    check_page(page, offline=True)
    # What waits names them so, too: else a question of two versions could not be answered.
    page.locator("#register .mark--M").first.check(force=True)
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    page.get_by_role("link", name="Về danh sách").click()
    page.locator("#outbox a").first.click()
    expect(page.locator("#operation-marks")).to_contain_text(f"Giàng A Chua, {twins[0]}: M")
