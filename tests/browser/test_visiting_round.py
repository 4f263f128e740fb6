"""A round of visits where there is no signal: read, written down, sent once, nothing lost."""

import contextlib
import datetime
import json

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Error, expect

from accounts.models import User
from core.models import Event
from mobilisation.cases.services import reopen_case
from mobilisation.models import FamilyVisit
from schools.enums import NamesKind
from schools.models import NamesShown
from tests.browser.sheets import STRIP, go_offline
from tests.mobilisation.case_builders import close, follow, pupil
from tests.world import PASSWORD

pytestmark = pytest.mark.browser
ONE_DAY = datetime.timedelta(days=1)
LONG = 30_000  # ms
ROUND = "/children/cases/round/?list=open&village=hang+lia"
CHILDREN = "#round-children a"
WAITS = "Đã lưu trên máy: còn {} lần hỏi thăm chưa gửi"


@pytest.fixture
def cases(live_world):
    """Two children of one village are followed."""
    return [follow(live_world, pupil(name)) for name in ("Giàng A Chua", "Lò Thị Hương")]


def keep_round(page):
    """Open the list while there is a signal; wait until the device keeps it and the frame."""
    page.goto(ROUND)
    expect(page.locator("#round-kept")).to_contain_text("Đã lưu trên máy này", timeout=LONG)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")


def open_child(page, name="Giàng A Chua"):
    page.locator(CHILDREN, has_text=name).click()
    expect(page.locator("#child-name")).to_have_text(name)


def write(page, found="Em ở nhà trông em bé", **more):
    for name, value in {"who": "Lò Văn Páo", "found": found, **more}.items():
        page.locator(f"#child-form [name={name}]").fill(value)


def save(page):
    page.locator("#child-form button").click()


def offline_round(page, children=2):
    keep_round(page)
    go_offline(page)
    page.goto(ROUND)
    expect(page.locator(CHILDREN)).to_have_count(children)


def write_one(page, name="Giàng A Chua", found="Em ở nhà trông em bé"):
    open_child(page, name)
    write(page, found)
    save(page)
    expect(page.locator("#view-round")).to_be_visible()


def is_sent(page, count=1):
    watch(page, lambda: FamilyVisit.objects.count() >= count)
    nothing_waits(page)
    assert FamilyVisit.objects.count() == count


def watch(page, is_so):
    """Wait for what happens outside the page, while the page and its calls go on."""
    for _try in range(LONG // 250):
        if is_so():
            return
        page.wait_for_timeout(250)
    raise AssertionError("it did not come")


def nothing_waits(page):
    """The strip says so, or is gone: another tab has sent it."""
    waits = page.locator(f"{STRIP}:visible", has_text="chưa gửi")
    expect(waits).to_have_count(0, timeout=LONG)


def sign_in_here(page, user):
    page.get_by_label("Tên đăng nhập").fill(user.username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def rows_kept(page, user):
    """{store: how many rows} of a person's database; what is in them as text."""
    return page.evaluate(
        """async (name) => {
            const answer = (request) => new Promise((resolve, reject) => {
                request.onsuccess = () => resolve(request.result);
                request.onerror = () => reject(request.error);
            });
            const database = await answer(indexedDB.open(name));
            const counts = {};
            let text = "";
            for (const store of ["outbox", "rounds", "drafts"]) {
                const rows = database.objectStoreNames.contains(store)
                    ? await answer(database.transaction(store).objectStore(store).getAll()) : [];
                counts[store] = rows.length;
                text += JSON.stringify(rows);
            }
            database.close();
            return [counts, text];
        }""",
        f"pocket:{user.username}",
    )


@pytest.mark.parametrize("who", ["member_user", "teacher_a"])
def test_written_without_a_signal_and_sent_once(live_world, cases, visit, check_page, who):
    page = visit(getattr(live_world, who))
    keep_round(page)
    check_page(page)
    assert NamesShown.objects.filter(
        kind=NamesKind.DEVICE_LIST, school_class=None, names=2
    ).exists()
    go_offline(page)
    page.goto(ROUND)
    expect(page.locator(CHILDREN)).to_have_count(2)
    check_page(page, offline=True)
    open_child(page)
    check_page(page, offline=True)
    save(page)
    expect(page.locator("#child-refusal")).to_contain_text("Hãy ghi ngày, ai đi")
    tomorrow = (live_world.today + ONE_DAY).isoformat()
    write(page, promise="Thứ hai đi học", next_on=tomorrow)
    save(page)
    expect(page.locator(STRIP)).to_have_text(WAITS.format(1))
    expect(page.locator(CHILDREN).first).to_contain_text("chưa gửi")
    # The device is put away and taken out again, still without a signal.
    page.goto(ROUND)
    expect(page.locator(STRIP)).to_have_text(WAITS.format(1))
    counts, text = rows_kept(page, getattr(live_world, who))
    assert counts["outbox"] == 1
    assert "Chua" not in text
    assert "trông em bé" not in text
    assert FamilyVisit.objects.count() == 0
    go_offline(page, False)
    is_sent(page)
    made = FamilyVisit.objects.get()
    assert (made.case, made.way, made.who) == (cases[0], "visit", "Lò Văn Páo")
    assert (made.found, made.promise) == ("Em ở nhà trông em bé", "Thứ hai đi học")
    assert (made.made_on, made.next_on) == (live_world.today, live_world.today + ONE_DAY)
    assert made.recorded_by == getattr(live_world, who)
    assert Event.objects.filter(kind="case.visited").count() == 1
    expect(page.locator(CHILDREN).first).to_contain_text("Đã gửi")
    page.reload()
    is_sent(page)


def test_what_is_typed_stays_when_the_page_is_closed(live_world, cases, visit):
    page = visit(live_world.member_user)
    offline_round(page)
    open_child(page)
    write(page, "Mẹ em ốm")
    page.wait_for_timeout(600)
    other = page.context.new_page()
    page.close()
    other.problems = []
    other.goto(f"/children/cases/{cases[0].pk}/")
    expect(other.locator("#child-found")).to_have_value("Mẹ em ốm")
    save(other)
    expect(other.locator(STRIP)).to_have_text(WAITS.format(1))
    go_offline(other, False)
    is_sent(other)
    # Nothing of it is offered again.
    other.goto(f"/attendance/pocket/#case/{cases[0].pk}")
    expect(other.locator("#child-found")).to_have_value("")


def test_two_tabs_of_one_device_save_and_send_it_once(live_world, cases, visit):
    page = visit(live_world.member_user)
    offline_round(page)
    open_child(page)
    write(page)
    page.wait_for_timeout(600)
    other = page.context.new_page()
    other.problems = []
    other.goto(f"/children/cases/{cases[0].pk}/")
    expect(other.locator("#child-found")).to_have_value("Em ở nhà trông em bé")
    for tab in (page, other):
        save(tab)
        expect(tab.locator("#view-round")).to_be_visible()
    expect(page.locator(STRIP)).to_have_text(WAITS.format(1))
    go_offline(page, False)
    for tab in (page, other):
        is_sent(tab)


def test_two_devices_lose_nothing_of_each_other(live_world, cases, visit):
    one, two = visit(live_world.member_user), visit(live_world.teacher_a)
    for page, found in ((one, "Bố hẹn thứ hai"), (two, "Em đi nương")):
        offline_round(page)
        write_one(page, found=found)
    for page in (one, two):
        go_offline(page, False)
    sent = FamilyVisit.objects.filter(case=cases[0])
    watch(one, lambda: sent.count() >= 2)
    for page in (one, two):
        nothing_waits(page)
    found = sent.values_list("found", flat=True)
    assert sorted(found) == ["Bố hẹn thứ hai", "Em đi nương"]


def test_an_answer_that_is_lost_doubles_nothing(live_world, cases, visit):
    page = visit(live_world.member_user)
    offline_round(page)
    lost = []

    def lose(route):
        if len(lost) < 2:
            if not lost:
                route.fetch()  # taken in, and the answer does not come back
            lost.append(True)
            route.abort()
        else:
            route.continue_()

    write_one(page)
    write_one(page, "Lò Thị Hương", "Không gặp ai")
    page.context.route("**/api/v1/cases/*/visits/", lose)
    go_offline(page, False)
    watch(page, lambda: len(lost) == 2)
    is_sent(page, 2)


def test_a_server_that_is_down_or_broken_is_asked_again(live_world, cases, visit):
    page = visit(live_world.member_user)
    offline_round(page)
    write_one(page)
    answers = [
        {"status": 503, "body": "away"},
        {"status": 500, "body": "broken"},
        {"status": 200, "content_type": "text/html", "body": "<p>portal</p>"},
        {"status": 200, "content_type": "application/json", "body": json.dumps({"op_id": "x"})},
    ]

    def answer(route):
        if answers:
            route.fulfill(**answers.pop(0))
        else:
            route.continue_()

    page.context.route("**/api/v1/cases/*/visits/", answer)
    go_offline(page, False)
    is_sent(page)
    assert answers == []


def test_the_session_ended_meanwhile(live_world, cases, visit):
    page = visit(live_world.member_user)
    offline_round(page)
    write_one(page)
    Session.objects.all().delete()
    go_offline(page, False)
    door = page.locator("#offline-door")
    expect(door).to_contain_text("Phiên đăng nhập đã hết", timeout=LONG)
    assert FamilyVisit.objects.count() == 0
    door.get_by_label("Mật khẩu").fill(PASSWORD)
    door.get_by_role("button", name="Đăng nhập và gửi").click()
    is_sent(page)


def test_another_person_on_the_phone_neither_sees_nor_sends(live_world, cases, visit):
    page = visit(live_world.member_user)
    offline_round(page)
    write_one(page)
    page.context.clear_cookies()
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto("/accounts/sign-in/")
    sign_in_here(page, live_world.teacher_a)
    page.goto("/children/cases/")
    watch(page, lambda: rows_kept(page, live_world.member_user)[0]["rounds"] == 0)
    page.goto("/attendance/pocket/")
    expect(page.locator("#outbox li")).to_have_count(0)
    expect(page.locator("#rounds li")).to_have_count(0)
    assert FamilyVisit.objects.count() == 0
    assert rows_kept(page, live_world.member_user)[0]["outbox"] == 1
    # Its own person comes back, and it is sent.
    page.context.clear_cookies()
    page.goto("/accounts/sign-in/")
    sign_in_here(page, live_world.member_user)
    is_sent(page)
    assert FamilyVisit.objects.get().recorded_by == live_world.member_user


def test_a_visit_of_another_person_is_refused_by_the_server(live_world, cases, sign_in):
    answer = sign_in(live_world.member_user).post(
        f"/api/v1/cases/{cases[0].pk}/visits/",
        {
            "op_id": "7d9f5c80-7f5a-4a57-9d3c-5f8d8b1c0a11",
            "made_on": live_world.today.isoformat(),
            "who": "Páo",
            "found": "Em ở nhà",
            "sender": live_world.teacher_a.username,
        },
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "another_person")
    assert FamilyVisit.objects.count() == 0


def test_signing_out_asks_first_and_wipes_all(live_world, cases, visit, check_page):
    page = visit(live_world.member_user)
    offline_round(page)
    write_one(page)
    open_child(page, "Lò Thị Hương")
    write(page, "Đang ghi dở")
    page.wait_for_timeout(600)
    # The signal is back, but the server of the cases does not answer.
    page.context.route("**/api/v1/cases/*/visits/", lambda route: route.abort())
    go_offline(page, False)
    page.goto("/children/cases/")
    expect(page.locator(STRIP)).to_have_text(WAITS.format(1))
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Đăng xuất").click()
    dialog = page.locator("#offline-leave")
    expect(dialog).to_contain_text("chưa gửi (2)")
    check_page(page, offline=True)
    with page.expect_download() as saved:
        dialog.get_by_role("button", name="Lưu thành tệp").click()
    kept = json.loads(saved.value.path().read_text())
    assert [each["told"]["found"] for each in kept["visits"]] == [
        "Em ở nhà trông em bé",
        "Đang ghi dở",
    ]
    dialog.get_by_role("button", name="Đã lưu tệp: đăng xuất").click()
    page.wait_for_url("**/accounts/sign-in/**")
    names = page.evaluate("indexedDB.databases().then((all) => all.map((each) => each.name))")
    assert f"pocket:{live_world.member_user.username}" not in names


def test_what_is_refused_is_told_beside_the_child_and_can_be_mended(
    live_world, cases, visit, check_page
):
    page = visit(live_world.member_user)
    offline_round(page)
    write_one(page)
    write_one(page, "Lò Thị Hương", "Không gặp ai")
    case = close(live_world, cases[0], "moved")
    go_offline(page, False)
    # The other one is not held up.
    watch(page, FamilyVisit.objects.exists)
    expect(page.locator(STRIP)).to_have_text(
        "Chưa gửi được 1 lần hỏi thăm, mời xem lại", timeout=LONG
    )
    row = page.locator(CHILDREN, has_text="Giàng A Chua")
    expect(row).to_contain_text("Cần xem lại")
    expect(row).to_contain_text("đã đóng")
    check_page(page, offline=True)
    open_child(page)
    page.locator("#child-written a").click()
    expect(page.locator("#operation-state")).to_contain_text("đã đóng")
    expect(page.locator("#operation-marks")).to_contain_text("Em ở nhà trông em bé")
    reopen_case(case=case, by=live_world.commune_officer)
    page.locator("#operation-open").click()
    expect(page.locator("#child-found")).to_have_value("Em ở nhà trông em bé")
    write(page, "Em ở nhà trông em bé, hẹn mai")
    save(page)
    is_sent(page, 2)
    assert FamilyVisit.objects.get(case=case).found == "Em ở nhà trông em bé, hẹn mai"


def test_a_closed_account_leaves_nothing(live_world, cases, visit):
    page = visit(live_world.member_user)
    offline_round(page)
    write_one(page)
    user = User.objects.get(pk=live_world.member_user.pk)
    user.is_active = False
    user.save()
    go_offline(page, False)
    with contextlib.suppress(Error):
        page.goto("/accounts/sign-in/")
    expect(page.locator("#storage-closed, #offline-lost").first).to_contain_text(
        "1 sổ chưa gửi", timeout=LONG
    )
    names = page.evaluate("indexedDB.databases().then((all) => all.map((each) => each.name))")
    assert f"pocket:{user.username}" not in names
    assert FamilyVisit.objects.count() == 0


def test_two_tabs_type_two_notes_of_one_child(live_world, cases, visit):
    """The second began from what the first had typed; each keeps its own words."""
    page = visit(live_world.member_user)
    offline_round(page)
    open_child(page)
    write(page, "Mẹ em")
    page.wait_for_timeout(800)
    other = page.context.new_page()
    other.problems = []
    other.goto(f"/children/cases/{cases[0].pk}/")
    expect(other.locator("#child-found")).to_have_value("Mẹ em")
    for tab, found in ((page, "Mẹ em ốm"), (other, "Bố em đi làm xa")):
        write(tab, found)
        tab.wait_for_timeout(800)
    assert rows_kept(page, live_world.member_user)[0]["drafts"] == 2
    page.close()  # not saved: its words come again
    save(other)
    expect(other.locator("#view-round")).to_be_visible()
    open_child(other)
    expect(other.locator("#child-found")).to_have_value("Mẹ em ốm")
    save(other)
    expect(other.locator("#view-round")).to_be_visible()
    go_offline(other, False)
    is_sent(other, 2)
    assert set(FamilyVisit.objects.values_list("found", flat=True)) == {
        "Mẹ em ốm",
        "Bố em đi làm xa",
    }
