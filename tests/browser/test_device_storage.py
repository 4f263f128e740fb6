"""What a phone keeps is sealed, wiped for a closed account, and never for an ended session."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from accounts.device_keys import close_devices
from accounts.models import RoleGrant
from attendance.models import Register
from tests.browser.sheets import STATE, STRIP, go_offline, mark, open_online, path, send, settle
from tests.world import PASSWORD, PUPILS_6A

pytestmark = pytest.mark.browser
K = "K, không phép"
LOST = "#offline-lost"
DATABASES = "indexedDB.databases().then((all) => all.map((each) => each.name))"
# Everything a page of ours can leave on a device, as one text.
DUMP = """async () => {
    const found = [];
    const add = (value) => {
        if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
            found.push(new TextDecoder("utf-8", { fatal: false }).decode(value));
        } else if (value && typeof value === "object" && !(value instanceof CryptoKey)) {
            for (const [name, inner] of Object.entries(value)) { found.push(name); add(inner); }
        } else found.push(String(value));
    };
    const answer = (request) => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
    for (const { name } of await indexedDB.databases()) {
        const database = await answer(indexedDB.open(name));
        for (const store of database.objectStoreNames) {
            add(await answer(database.transaction(store).objectStore(store).getAll()));
        }
        database.close();
    }
    for (const storage of [localStorage, sessionStorage]) add({ ...storage });
    found.push(document.cookie);
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            found.push(request.url, await (await cache.match(request)).text());
        }
    }
    return found.join("\\n");
}"""
# The storage as the version before kept it: everything lies open.
OLD_STORAGE = """(names) => new Promise((resolve) => {
    localStorage.setItem("pocket-person", "teacher_a");
    const request = indexedDB.open("pocket:teacher_a", 2);
    request.onupgradeneeded = () => {
        const database = request.result;
        const outbox = database.createObjectStore("outbox", { keyPath: "id" });
        const classes = database.createObjectStore("classes", { keyPath: "id" });
        const notes = database.createObjectStore("notes", { keyPath: "key" });
        notes.put({ key: "born", value: "1" });
        outbox.put({
            id: crypto.randomUUID(), state: "waiting", tries: 0, person: "teacher_a",
            savedAt: Date.now(), turn: Date.now(), classId: 1, date: "2026-10-12", session: "am",
            base: 0, reason: "", label: "6A", names: { 1: names[0] }, marks: [],
        });
        classes.put({ id: 1, name: "6A", school: "A", site: "", sheets: [],
            roll: names.map((name, pupil) => ({ pupil, name })) });
    };
    request.onsuccess = () => { request.result.close(); resolve(); };
})"""


def names_in(text):
    return [name for name in PUPILS_6A if name in text]


def wait_with_one(page, world):
    """One register waits on the phone, and the network is away."""
    page.goto(path(world.class_a, world.today))
    settle(page)
    go_offline(page)
    mark(page, "Giàng A Chua", K)
    send(page)
    expect(page.locator(STATE)).to_have_text("Đã lưu trên máy")


def away(page):
    """No page of ours is open, and the network is back."""
    page.goto("about:blank")
    page.context.set_offline(False)


def sign_in_here(page, person):
    page.get_by_label("Tên đăng nhập").fill(person.username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_no_name_of_a_pupil_lies_open_on_the_device(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    wait_with_one(page, world)
    dump = page.evaluate(DUMP)
    assert "pocket-person" in dump
    assert "Sổ trên máy" in dump
    assert names_in(dump) == []
    # And it opens without a network all the same.
    page.goto(path(world.class_a, world.today))
    expect(page.get_by_role("group", name="Lò Thị Hương")).to_be_visible()
    page.goto("/attendance/pocket/")
    page.locator("#outbox a").click()
    expect(page.locator("#operation-marks")).to_contain_text("Giàng A Chua")
    go_offline(page, False)
    expect(page.locator(STRIP)).to_contain_text("Đã gửi", timeout=20_000)
    assert Register.objects.get().unexcused == 1
    assert names_in(page.evaluate(DUMP)) == []


def test_the_key_does_not_leave_the_browser(live_world, visit):
    page = visit(live_world.teacher_a)
    page.goto("/attendance/today/")
    settle(page)
    told = page.evaluate(
        """async () => {
            const answer = (request) => new Promise((resolve) => {
                request.onsuccess = () => resolve(request.result);
            });
            const database = await answer(indexedDB.open("pocket:teacher_a"));
            const notes = database.transaction("notes").objectStore("notes");
            const { server } = (await answer(notes.get("keys"))).value;
            database.close();
            try {
                await crypto.subtle.exportKey("raw", server.key);
            } catch (error) {
                return [server.key.extractable, error.name];
            }
        }"""
    )
    assert told == [False, "InvalidAccessError"]


def test_open_storage_of_the_version_before_is_sealed(live_world, visit):
    world = live_world
    page = visit()
    page.goto("/health/live/")
    page.evaluate(OLD_STORAGE, PUPILS_6A)
    assert names_in(page.evaluate(DUMP)) == PUPILS_6A
    page.goto("/accounts/sign-in/")
    page.route("**/api/v1/registers/**", lambda route: route.abort())
    sign_in_here(page, world.teacher_a)
    expect(page.locator(STRIP)).to_have_text("Đã lưu trên máy: còn 1 sổ chưa gửi")
    settle(page)
    assert names_in(page.evaluate(DUMP)) == []


@pytest.mark.parametrize("where", ["/attendance/pocket/", "/accounts/sign-in/"])
@pytest.mark.parametrize("how", ["closed", "lost"])
def test_storage_of_a_closed_account_is_wiped_at_the_next_contact(live_world, visit, how, where):
    world = live_world
    page = visit(world.teacher_a)
    wait_with_one(page, world)
    if how == "closed":
        world.teacher_a.is_active = False
        world.teacher_a.save()
    else:
        close_devices(user=world.teacher_a, by=world.system_admin)
    away(page)
    page.goto(where)
    told = page.locator(LOST if "pocket" in where else "#storage-closed")
    expect(told).to_contain_text("1 sổ chưa gửi")
    assert page.evaluate(DATABASES) == []
    assert page.evaluate("localStorage.length") == 0
    assert names_in(page.evaluate(DUMP)) == []
    assert names_in(page.locator("body").inner_text()) == []


def test_an_ended_session_wipes_nothing(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    wait_with_one(page, world)
    Session.objects.all().delete()
    away(page)
    page.goto("/accounts/sign-in/")
    with page.expect_response("**/api/v1/vault/**") as heard:
        page.reload()
    assert heard.value.status == 204
    page.goto("/attendance/pocket/")
    expect(page.locator("#outbox li")).to_have_count(1)
    page.locator("#outbox a").click()
    expect(page.locator("#operation-marks")).to_contain_text("Giàng A Chua")
    page.goto("/accounts/sign-in/")
    sign_in_here(page, world.teacher_a)
    expect(page.locator(STRIP)).to_contain_text("Đã gửi", timeout=15_000)
    assert Register.objects.get().unexcused == 1


def test_the_owner_of_a_lost_device_goes_on_with_another(live_world, visit):
    """Whoever signs in again on a device that was not lost keeps what waits there."""
    world = live_world
    page = visit(world.teacher_a)
    wait_with_one(page, world)
    page.route("**/api/v1/vault/**", lambda route: route.abort())
    close_devices(user=world.teacher_a, by=world.system_admin)
    away(page)
    page.goto("/accounts/sign-in/")
    sign_in_here(page, world.teacher_a)
    page.unroute("**/api/v1/vault/**")
    page.goto("/attendance/today/")
    expect(page.locator(LOST)).to_be_hidden()
    page.goto("/attendance/pocket/")
    expect(page.locator("#sent li")).to_have_count(1)
    assert Register.objects.get().unexcused == 1


def test_roles_that_ended_take_the_lists_and_leave_what_is_unsent(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    wait_with_one(page, world)
    RoleGrant.objects.filter(user=world.teacher_a).update(valid_to=world.today)
    open_online(page, "/accounts/keys/")
    with page.expect_response("**/api/v1/vault/**") as heard:
        page.goto("/attendance/pocket/")
    assert heard.value.status == 403
    expect(page.locator("#outbox li")).to_have_count(1)
    page.reload()
    expect(page.locator("#days li")).to_have_count(0)
    page.locator("#outbox a").click()
    expect(page.locator("#operation-marks")).to_contain_text("Giàng A Chua")


def test_after_a_week_without_contact_the_key_must_be_asked_for(live_world, visit):
    world = live_world
    page = visit(world.teacher_a)
    wait_with_one(page, world)
    # The key is held to a moment that has passed, as after eight days.
    page.evaluate(
        """() => new Promise((resolve, reject) => {
            const request = indexedDB.open("pocket:teacher_a");
            request.onsuccess = () => {
                const database = request.result;
                const work = database.transaction("notes", "readwrite");
                const notes = work.objectStore("notes");
                notes.get("keys").onsuccess = ({ target }) => {
                    target.result.value.server.until = Date.now() - 1;
                    notes.put(target.result);
                };
                work.oncomplete = () => { database.close(); resolve(); };
                work.onabort = reject;
            };
        })"""
    )
    page.goto("/attendance/pocket/")
    expect(page.locator(STRIP)).to_contain_text("Máy đang giữ 1 sổ chưa gửi và đã tự khoá")
    expect(page.locator("#outbox li")).to_have_count(0)
    assert page.evaluate(DATABASES) == ["pocket:teacher_a"]
    open_online(page, "/attendance/today/")
    expect(page.locator(STRIP)).to_contain_text("Đã gửi", timeout=15_000)
    assert Register.objects.get().unexcused == 1
