"""A photo on a phone without a signal: kept by the device, and on the server exactly once."""

import contextlib

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Error, expect

from inspections.models import ChecklistItem, VisitPhoto
from inspections.services import photos as services
from tests.browser.sheets import go_offline
from tests.inspections.visits import planned_visit
from tests.photos import photo
from tests.world import PASSWORD

pytestmark = pytest.mark.browser
PICTURE = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo((640, 480))}
ROWS = "#photo-list li"


@pytest.fixture
def planned(live_world):
    return planned_visit(live_world)


def address(planned, name="photos"):
    return f"/inspections/visits/{planned.pk}/{name}/"


def open_page(visit, world, planned, name="photos"):
    page = visit(world.member_user)
    page.goto(address(planned, name))
    expect(page.locator("#photo-box")).to_be_visible()
    return page


def take(page, of=""):
    page.locator(f"[data-photo-of='{of}'][capture]").set_input_files(PICTURE)


def is_received(page):
    """The server's own list names the photo: the page that sent it has loaded itself again."""
    expect(page.get_by_text("Ảnh 1", exact=True)).to_be_visible()


def is_there_once(page, planned):
    expect(page.locator(ROWS)).to_have_count(0)
    assert VisitPhoto.objects.filter(visit=planned, removed_at=None).count() == 1


def sign_in_here(page, user):
    page.get_by_label("Tên đăng nhập").fill(user.username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_taken_offline_read_again_and_sent_once(live_world, planned, visit, check_page):
    page = open_page(visit, live_world, planned)
    go_offline(page)
    take(page)
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator("#photo-state")).to_contain_text("1 ảnh đang chờ gửi trên máy này")
    check_page(page, offline=True)
    with contextlib.suppress(Error):
        page.reload()
    assert VisitPhoto.objects.count() == 0
    go_offline(page, False)
    page.goto(address(planned))
    is_received(page)
    is_there_once(page, planned)
    page.reload()
    is_there_once(page, planned)
    check_page(page)
    kept = VisitPhoto.objects.get()
    assert kept.taken_at is not None


def test_what_waits_names_its_visit_also_on_the_page_of_all_visits(
    live_world, planned, visit, check_page
):
    page = open_page(visit, live_world, planned)
    named = f"{planned.commune.title}, {planned.planned_on:%d/%m/%Y}"
    page.route(
        "**/photos/",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    take(page)
    expect(page.locator(ROWS)).to_contain_text(named)
    page.goto("/inspections/mine/")
    expect(page.locator(ROWS)).to_contain_text(named)
    expect(page.locator(f"{ROWS} a[href='{address(planned)}']")).to_have_text(named)
    page.unroute("**/photos/")
    # On this page, which counts what it sends: no other may be faster.
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#photo-state")).to_contain_text("Máy chủ đã nhận 1 ảnh")
    page.problems.clear()  # the sendings that were stopped
    check_page(page)
    page.reload()
    expect(page.locator("#photo-box")).to_be_hidden()
    assert VisitPhoto.objects.get().visit == planned


def test_a_photo_of_a_question_beside_answers_not_saved(live_world, planned, visit, check_page):
    item = ChecklistItem.objects.order_by("place").first()
    page = open_page(visit, live_world, planned, "checklist")
    page.locator(f"[name=note_{item.pk}]").fill("Thiếu hai bản")
    take(page, of=item.pk)
    # Before it is taken in, nothing waits either.
    expect(page.locator("#photo-state")).to_contain_text("Máy chủ đã nhận 1 ảnh")
    is_there_once(page, planned)
    expect(page.locator(f"[name=note_{item.pk}]")).to_have_value("Thiếu hai bản")
    assert VisitPhoto.objects.get().item == item
    check_page(page)


def test_the_answer_is_lost_and_it_is_there_once(live_world, planned, visit):
    page = open_page(visit, live_world, planned)
    lost = []

    def lose(route):
        route.fetch()
        lost.append(True)
        route.abort()

    page.route(
        "**/photos/",
        lambda route: (
            lose(route) if route.request.method == "POST" and not lost else route.continue_()
        ),
    )
    take(page)
    for _try in range(60):
        if lost:
            break
        page.wait_for_timeout(500)
    assert (lost, VisitPhoto.objects.count()) == ([True], 1)
    page.reload()
    is_received(page)
    is_there_once(page, planned)


def test_the_session_ends_and_only_its_person_sends(live_world, planned, visit):
    page = open_page(visit, live_world, planned)
    Session.objects.all().delete()
    take(page)
    expect(page.locator("#photo-state")).to_contain_text("Hãy đăng nhập lại")
    page.goto("/")
    sign_in_here(page, live_world.province_officer)
    page.goto(address(planned))
    expect(page.get_by_text("Chưa nhận được ảnh nào")).to_be_visible()
    assert VisitPhoto.objects.count() == 0
    Session.objects.all().delete()
    page.goto("/")
    sign_in_here(page, live_world.member_user)
    page.goto(address(planned))
    is_received(page)
    is_there_once(page, planned)


def test_two_tabs_of_one_device_send_it_once(live_world, planned, visit):
    """Both hear at one moment that the network is back; who is second shows what the first did."""
    page = open_page(visit, live_world, planned)
    other = page.context.new_page()
    other.goto(address(planned))
    expect(other.locator("#photo-box")).to_be_visible()
    go_offline(page)
    take(page)
    expect(page.locator(ROWS)).to_have_count(1)
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(other.locator(ROWS)).to_have_count(1)
    sendings = []
    page.context.on(
        "request",
        lambda asked: sendings.append(asked.url) if asked.method == "POST" else None,
    )
    go_offline(page, False)
    for tab in (page, other):
        expect(tab.locator(ROWS)).to_have_count(0)
    assert len(sendings) == 1
    # Neither of the two is asked again: the one that sent it is loading itself.
    third = page.context.new_page()
    third.goto(address(planned))
    is_received(third)
    is_there_once(third, planned)


def test_what_the_server_refuses_stays_with_its_reason_until_it_is_discarded(
    live_world, planned, visit, monkeypatch
):
    monkeypatch.setattr(services, "PHOTOS_PER_VISIT", 0)
    page = open_page(visit, live_world, planned)
    take(page)
    expect(page.locator(ROWS)).to_contain_text("Mỗi lượt kiểm tra giữ 0 ảnh")
    expect(page.get_by_role("link", name="Lưu thành tệp")).to_be_visible()
    page.reload()
    expect(page.locator(ROWS)).to_have_count(1)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Bỏ", exact=True).click()
    expect(page.locator(ROWS)).to_have_count(0)
    assert VisitPhoto.objects.count() == 0
