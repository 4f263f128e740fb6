"""What a browser, a clock and a network may do to registers that wait; nothing goes in silence."""

import pytest
from django.templatetags.static import static
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import RoleGrant
from attendance.models import Register, RegisterRevision
from lai_chau_edu import pwa
from tests.browser.sheets import (
    STATE,
    STRIP,
    go_offline,
    mark,
    numbers_marked,
    open_online,
    path,
    send,
    settle,
    shift_clock,
)

pytestmark = pytest.mark.browser
K, P, M = "K, không phép", "P, có phép", "M, đi muộn"
LOST = "#offline-lost"
REGISTERS = "**/api/v1/registers/**"


def wait_with_one(page, world, name="Giàng A Chua"):
    """One register waits on the phone; the network is away."""
    page.goto(path(world.class_a, world.today))
    settle(page)
    go_offline(page)
    mark(page, name, K)
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")


# --- The store is lost, closed or full ---------------------------------------------------


@pytest.mark.parametrize("evicted", ["the database", "all but cookies"])
def test_a_lost_store_is_told_until_it_was_read(live_world, visit, evicted):
    world = live_world
    page = visit(world.teacher_a)
    wait_with_one(page, world)
    page.evaluate(
        """(all) => new Promise((resolve, reject) => {
            if (all) localStorage.clear();
            const request = indexedDB.deleteDatabase("pocket:teacher_a");
            request.onsuccess = resolve;
            request.onerror = reject;
        })""",
        evicted != "the database",
    )
    for _time in range(2):
        open_online(page, "/attendance/today/")
        expect(page.locator(LOST)).to_contain_text("xoá mất 1 sổ chưa gửi")
    expect(page.get_by_text("Chưa điểm danh")).to_be_visible()
    page.get_by_role("button", name="Tôi đã đọc").click()
    expect(page.locator(LOST)).to_be_hidden()
    page.reload()
    settle(page)
    expect(page.locator(LOST)).to_be_hidden()
    assert Register.objects.count() == 0


def test_a_store_that_does_not_open_is_told_and_the_form_sends_itself(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    wait_with_one(page, world)
    page.add_init_script(
        """indexedDB.open = () => {
            const request = new EventTarget();
            request.error = new DOMException("broken", "UnknownError");
            setTimeout(() => request.onerror && request.onerror(new Event("error")));
            return request;
        };"""
    )
    open_online(page, path(world.class_a, world.today))
    expect(page.locator(STRIP)).to_contain_text("không lưu được gì trên máy")
    expect(page.locator(LOST)).to_contain_text("còn 1 sổ chưa gửi")
    mark(page, "Ma A Dơ", M)
    send(page)
    expect(page.get_by_text("mã biên nhận").first).to_be_visible()
    assert Register.objects.get().late == 1


def test_a_full_phone_keeps_the_marks_in_sight(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    page.add_init_script(
        """const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (value) {
            if (this.name === "outbox") throw new DOMException("full", "QuotaExceededError");
            return put.call(this, value);
        };"""
    )
    page.reload()
    settle(page)
    go_offline(page)
    for _place in ("the page of the server", "the frame"):
        mark(page, "Giàng A Chua", K)
        send(page)
        expect(page.locator("#sheet-refusal")).to_contain_text("Máy đã đầy")
        assert numbers_marked(page) == {"1": "K"}
        page.goto(path(world.class_a, world.today))
    expect(page.locator("#view-sheet")).to_be_visible()
    open_online(page, path(world.class_a, world.today))
    mark(page, "Giàng A Chua", K)
    send(page)
    expect(page.get_by_text("mã biên nhận").first).to_be_visible()
    assert Register.objects.get().unexcused == 1


def test_the_browser_is_asked_to_keep_what_is_here(live_world, visit):
    page = visit(live_world.teacher_a)
    page.add_init_script(
        """window.asked = 0;
        navigator.storage.persist = async () => { window.asked += 1; return true; };"""
    )
    page.evaluate("indexedDB.deleteDatabase('pocket:teacher_a')")
    page.goto("/attendance/today/")
    settle(page)
    page.wait_for_function("() => window.asked === 1")


# --- An older version of ours, and a newer one --------------------------------------------


def test_a_full_queue_of_an_older_version_survives(live_world, visit):
    world = live_world
    page = visit()
    page.goto("/accounts/sign-in/")
    page.evaluate(
        """() => new Promise((resolve) => {
            localStorage.setItem("pocket-person", "teacher_a");
            const request = indexedDB.open("pocket:teacher_a", 1);
            request.onupgradeneeded = () => {
                const outbox = request.result.createObjectStore("outbox", { keyPath: "id" });
                for (let number = 0; number < 500; number += 1) {
                    outbox.put({
                        id: crypto.randomUUID(), state: "waiting", tries: 0, person: "teacher_a",
                        savedAt: Date.now() - 500 + number, classId: number, date: "2026-10-12",
                        session: "am", base: 0, reason: "", label: "6A", names: {}, marks: [],
                    });
                }
            };
            request.onsuccess = () => { request.result.close(); resolve(); };
        })"""
    )
    page.route(REGISTERS, lambda route: route.abort())
    page.get_by_label("Tên đăng nhập").fill(world.teacher_a.username)
    page.get_by_label("Mật khẩu").fill("suong-som-tren-nui")
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    settle(page)
    expect(page.locator(STRIP)).to_have_text("Đã lưu trên máy: còn 500 sổ chưa gửi")
    page.goto("/attendance/pocket/")
    expect(page.locator("#outbox li")).to_have_count(500)


def test_a_new_worker_never_leaves_the_phone_without_a_frame(live_world, visit, monkeypatch):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    kept = page.evaluate("caches.keys()")

    def opens_offline():
        go_offline(page)
        page.goto(path(world.class_a, world.today))
        expect(page.get_by_role("group", name="Giàng A Chua")).to_be_visible()
        go_offline(page, False)

    # A version of which one file is away: it is never installed, the one before stays.
    monkeypatch.setattr(
        pwa, "static", lambda name: static("gone.js" if name.endswith("keys.js") else name)
    )
    ended = page.evaluate(
        """async () => {
            const registration = await navigator.serviceWorker.ready;
            try {
                const found = await registration.update();
                const next = found.installing;
                if (!next) return "none";
                return await new Promise((resolve) => {
                    next.onstatechange = () => next.state !== "installing" && resolve(next.state);
                });
            } catch (error) {
                return "refused";
            }
        }"""
    )
    assert ended in ("redundant", "refused")
    assert page.evaluate("caches.keys().then((names) => names[0])") == kept[0]
    opens_offline()
    # A whole one takes over, the old files go, and the phone opens as before.
    monkeypatch.setattr(pwa, "static", static)
    monkeypatch.setattr(pwa, "FILES", pwa.FILES[::-1])
    page.evaluate(
        """async () => {
            const changed = new Promise((resolve) => {
                navigator.serviceWorker.oncontrollerchange = resolve;
            });
            const registration = await navigator.serviceWorker.ready;
            await registration.update();
            await changed;
            const { active } = registration;
            if (active.state === "activated") return;
            await new Promise((resolve) => { active.onstatechange = resolve; });
        }"""
    )
    now = page.evaluate("caches.keys()")
    assert len(now) == 1
    assert now != kept
    opens_offline()


# --- Clocks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "hours"), [("UTC", 0), ("Asia/Tokyo", 48), ("America/Los_Angeles", -48)]
)
def test_the_day_is_the_servers_in_any_zone_by_any_clock(live_world, visit, zone, hours):
    world = live_world
    page = visit(world.teacher_a, timezone_id=zone)
    shift_clock(page, hours=hours)
    page.goto("/attendance/today/")
    settle(page)
    warning = page.locator("#offline-warning")
    if hours:
        expect(warning).to_contain_text(f"{48 * 60} phút")
    else:
        expect(warning).to_be_hidden()
    go_offline(page)
    page.goto("/attendance/pocket/")
    heading = page.locator("#days h2").first
    expect(heading).to_have_text(f"Hôm nay {world.today:%d/%m/%Y}")
    page.locator("#days a").first.click()
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    go_offline(page, False)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận", timeout=20_000)
    revision = RegisterRevision.objects.get()
    assert revision.register.date == world.today
    # Both moments are kept, and the one shown is the server's.
    shown = timezone.localtime(revision.sent_at)
    expect(page.locator(STATE)).to_contain_text(f"Đã gửi {shown:%H:%M}")
    apart = (revision.sent_at - revision.device_time).total_seconds() / 3600
    assert abs(apart + hours) < 1


def test_a_clock_set_back_amid_the_queue_keeps_its_order(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    page.route(REGISTERS, lambda route: route.abort())
    mark(page, "Giàng A Chua", K)
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    shift_clock(page, hours=-48)
    go_offline(page)
    page.goto(path(world.class_a, world.today))
    expect(page.locator("#offline-warning")).to_contain_text("đã bị chỉnh lùi")
    for name, letter in [("Lò Thị Hương", P), ("Ma A Dơ", M)]:
        mark(page, name, letter)
        send(page)
        expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    page.unroute(REGISTERS)
    go_offline(page, False)
    expect(page.locator(STRIP)).to_contain_text("Đã gửi", timeout=20_000)
    page.goto("/attendance/pocket/")
    expect(page.locator("#outbox li")).to_have_count(0)
    register = Register.objects.get()
    assert (register.unexcused, register.excused, register.late) == (1, 1, 1)


# --- Networks -----------------------------------------------------------------------------


def test_a_network_that_never_answers_is_given_up(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    # After that: it waits in the page by the page's own timers.
    page.clock.install()
    stalled = []
    page.route(REGISTERS, lambda route: stalled.append(route))
    mark(page, "Giàng A Chua", K)
    # Its time begins with the call, which comes after the words.
    with page.expect_request(REGISTERS):
        send(page)
    expect(page.locator(STATE)).to_have_text("Đang gửi")
    # Given up after 20 s. True time goes on beside: half of it is left for a slow machine.
    page.clock.fast_forward(10_000)
    expect(page.locator(STATE)).to_have_text("Đang gửi")
    page.clock.fast_forward(11_000)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    assert len(stalled) == 1
    page.unroute(REGISTERS)
    page.clock.fast_forward(3_000)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận", timeout=20_000)
    assert RegisterRevision.objects.count() == 1


def test_gateways_portals_and_cut_lines_one_after_the_other(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    bad = [
        lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"),
        lambda route: route.fulfill(status=504, body=""),
        lambda route: route.abort("namenotresolved"),
        lambda route: route.abort("connectionreset"),
        lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Wifi</h1>"),
        lambda route: (route.fetch(), route.abort("connectionaborted")),  # committed, unheard
        lambda route: route.fulfill(status=429, json={"code": "throttled", "message": "đợi"}),
        lambda route: route.fulfill(status=500, json={"code": "error", "message": "lỗi"}),
        lambda route: route.fulfill(status=201, json={"receipt": "ABC123", "op_id": "another"}),
    ]
    tried = []
    well = False

    def answer(route):
        if well:
            route.continue_()
            return
        # The page tries again by its own timers too: the last fault stays until the line is well.
        tried.append(route.request.post_data_json["op_id"])
        bad[min(len(tried), len(bad)) - 1](route)

    page.route(REGISTERS, answer)
    mark(page, "Giàng A Chua", K)
    send(page)
    for number in range(1, len(bad) + 1):
        expect(page.locator(STRIP)).to_have_text("Đã lưu trên máy: còn 1 sổ chưa gửi")
        page.evaluate("dispatchEvent(new Event('online'))")
        while len(tried) < min(number + 1, len(bad)):
            page.wait_for_timeout(50)
    well = True
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(STATE)).to_contain_text("mã biên nhận", timeout=20_000)
    assert len(set(tried)) == 1
    assert RegisterRevision.objects.count() == Register.objects.get().unexcused == 1


def test_what_is_marked_and_pressed_while_a_sheet_is_on_its_way_goes_after_it(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    held = []
    page.route(REGISTERS, lambda route: route.continue_() if held else held.append(route))
    mark(page, "Giàng A Chua", K)
    send(page)
    expect(page.locator(STATE)).to_have_text("Đang gửi")
    mark(page, "Lò Thị Hương", P)
    for _time in range(2):
        page.get_by_role("button", name="Gửi điểm danh").click(force=True)
    page.wait_for_timeout(100)
    held[0].continue_()
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    register = Register.objects.get()
    assert (register.revision, register.unexcused, register.excused) == (2, 1, 1)
    mark(page, "Ma A Dơ", M)
    expect(page.locator(STATE)).to_be_hidden()


def test_back_from_an_offline_sheet_asks_before_it_loses_marks(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto("/attendance/today/")
    settle(page)
    go_offline(page)
    page.goto("/attendance/pocket/")
    sheet = page.locator("a[href^='#sheet/']").first
    sheet.click()
    mark(page, "Giàng A Chua", K)
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.go_back()
    expect(page.get_by_role("group", name="Giàng A Chua").get_by_label(K)).to_be_checked()
    assert len(asked) == 1
    assert "chưa gửi" in asked[0]
    page.once("dialog", lambda dialog: dialog.accept())
    page.go_back()
    expect(sheet).to_be_visible()
    page.goto("/attendance/pocket/")  # nothing is left to ask about
    expect(sheet).to_be_visible()


# --- People -------------------------------------------------------------------------------


def test_who_may_no_longer_send_keeps_the_register_and_can_save_it(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    wait_with_one(page, world)
    RoleGrant.objects.filter(user=world.teacher_a).update(valid_to=world.today)
    page.goto("/attendance/pocket/")
    go_offline(page, False)
    expect(page.locator(STRIP)).to_contain_text("mời xem lại", timeout=20_000)
    page.locator("#outbox a").click()
    expect(page.locator("#operation-state")).not_to_be_empty()
    with page.expect_download() as saved:
        page.locator("#operation-export").click()
    assert "Giàng A Chua" in saved.value.path().read_text()
    assert Register.objects.count() == 0


def test_marks_of_another_that_came_between_are_shown_and_stay(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    wait_with_one(page, world)
    other = visit(world.head_a)
    other.goto(path(world.class_a, world.today))
    mark(other, "Lò Thị Hương", P)
    send(other)
    expect(other.locator(STATE)).to_contain_text("mã biên nhận")
    # Changed again on this phone before it hears of that.
    mark(page, "Ma A Dơ", M)
    go_offline(page, False)
    expect(page.locator(STRIP)).to_contain_text("Đã gửi", timeout=20_000)
    expect(page.locator(STATE)).to_be_hidden()
    assert numbers_marked(page) == {"1": "K", "2": "M"}
    send(page)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    expect(page.locator("#sheet-merged")).to_be_visible()
    assert numbers_marked(page) == {"1": "K", "2": "M", "3": "P"}
    mark(page, "Phàn Lở Mẩy", K)
    send(page)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    register = Register.objects.get()
    assert (register.unexcused, register.excused, register.late) == (2, 1, 1)


def test_marks_merged_unheard_stay_when_another_sheet_follows(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    other = visit(world.head_a)
    other.goto(path(world.class_a, world.today))
    mark(other, "Lò Thị Hương", P)
    send(other)
    expect(other.locator(STATE)).to_contain_text("mã biên nhận")
    page.route(REGISTERS, lambda route: (route.fetch(), route.abort()))
    mark(page, "Giàng A Chua", K)
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    assert RegisterRevision.objects.count() == 2
    mark(page, "Ma A Dơ", M)
    page.unroute(REGISTERS)
    send(page)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận", timeout=20_000)
    register = Register.objects.get()
    assert (register.unexcused, register.excused, register.late) == (1, 1, 1)
    assert numbers_marked(page) == {"1": "K", "2": "M", "3": "P"}


def test_what_was_taken_back_stays_so_through_a_question(live_world, visit):
    world = live_world
    first, second, third = "Giàng A Chua", "Ma A Dơ", "Lò Thị Hương"
    page = visit(world.teacher_a)
    page.goto(path(world.class_a, world.today))
    settle(page)
    for name in (first, second):
        mark(page, name, K)
    send(page)
    expect(page.locator(STATE)).to_contain_text("mã biên nhận")
    go_offline(page)
    page.locator("#sheet-undo").click()  # the second is here after all
    mark(page, third, P)
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")
    other = visit(world.head_a)
    other.goto(path(world.class_a, world.today))
    other.get_by_role("group", name=first).get_by_role("radio", name="Có mặt").check()
    mark(other, third, M)
    other.get_by_role("button", name="Gửi lại").click()
    expect(other.locator(STATE)).to_contain_text("mã biên nhận")
    page.goto("/attendance/pocket/")
    go_offline(page, False)
    expect(page.locator(STRIP)).to_contain_text("mời xem lại", timeout=20_000)
    page.locator("#outbox a").click()
    expect(page.locator("#question legend")).to_have_text([third])
    page.get_by_text("Của thầy cô").click()
    page.get_by_role("button", name="Gửi bản đã chọn").click()
    expect(page.locator("#operation-state")).to_contain_text("mã biên nhận")
    register = Register.objects.get()
    assert (register.unexcused, register.excused, register.late) == (0, 1, 0)
