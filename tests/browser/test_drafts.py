"""A form on a phone: the session ends, the network goes, the page is read again."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from inspections.models import Recommendation
from schools.models import Pupil
from tests.browser.conftest import DESKTOP
from tests.browser.sheets import go_offline
from tests.inspections.visits import planned_visit
from tests.world import PASSWORD

pytestmark = pytest.mark.browser
FOUND = 'Lớp 6A: 4 em có mặt, 2 em nghỉ.\nĐường "sạt" <ở> bản & suối'
REC = "Vận động hai em trở lại lớp"
KEPT = (
    "() => [...Object.keys(sessionStorage), ...Object.keys(localStorage)]"
    ".some((key) => key.startsWith('draft:'))"
)
NONE_KEPT = KEPT.replace("() => ", "() => !")


@pytest.fixture
def planned(live_world):
    """A visit of today that `member_user` records."""
    return planned_visit(live_world)


def url_of(visit_made):
    return f"/inspections/visits/{visit_made.pk}/"


def enter(page, world):
    """Fill the record of the visit, also its second row."""
    page.locator("[name=visited_on]").fill(world.today.isoformat())
    page.locator("[name=result]").fill(FOUND)
    page.get_by_text("Kiến nghị 2", exact=True).first.click()
    page.locator("[name=rec-1-text]").fill(REC)
    page.locator("[name=rec-1-owner]").fill("UBND xã")
    page.locator("[name=rec-1-due_on]").fill(world.today.isoformat())
    page.wait_for_function(KEPT)


def shows_all(page):
    expect(page.locator("[name=result]")).to_have_value(FOUND)
    expect(page.locator("[name=rec-1-text]")).to_have_value(REC)
    expect(page.locator("[name=rec-1-owner]")).to_have_value("UBND xã")


def save(page):
    page.get_by_role("button", name="Lưu kết quả").click()


def sign_in_here(page, user):
    page.get_by_label("Tên đăng nhập").fill(user.username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def is_recorded_once(page, planned):
    expect(page.locator(".notice--success")).to_be_visible()
    planned.refresh_from_db()
    assert (planned.state, planned.result.replace("\r\n", "\n")) == ("done", FOUND)
    assert Recommendation.objects.filter(visit=planned).count() == 1


@pytest.mark.parametrize("javascript", [True, False])
def test_the_session_ends_while_a_visit_is_written(
    live_world, planned, visit, check_page, javascript
):
    page = visit(live_world.member_user, javascript=javascript)
    page.goto(url_of(planned))
    page.locator("[name=visited_on]").fill(live_world.today.isoformat())
    page.locator("[name=result]").fill(FOUND)
    page.get_by_text("Kiến nghị 2", exact=True).first.click()
    page.locator("[name=rec-1-text]").fill(REC)
    page.locator("[name=rec-1-owner]").fill("UBND xã")
    page.locator("[name=rec-1-due_on]").fill(live_world.today.isoformat())
    Session.objects.all().delete()
    save(page)
    expect(page.locator(".notice--warning:not([hidden])")).to_contain_text("Chưa lưu")
    expect(page.get_by_label("Tên đăng nhập")).to_have_value("member_a")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.locator("#draft")).to_contain_text("vẫn còn ở đây")
    shows_all(page)
    expect(page.get_by_text("Đã khôi phục")).to_have_count(0)
    page.problems[:] = [line for line in page.problems if "403" not in line and "401" not in line]
    if javascript:
        check_page(page)
    assert page.locator("#draft").bounding_box()["y"] < 740
    save(page)
    is_recorded_once(page, planned)
    expect(page.locator("#draft")).to_have_count(0)
    if javascript:
        page.wait_for_function(NONE_KEPT)


def test_no_network_when_it_is_sent(live_world, planned, visit, check_page):
    page = visit(live_world.member_user)
    page.goto(url_of(planned))
    enter(page, live_world)
    go_offline(page)
    save(page)
    expect(page.locator("#draft-unsent")).to_contain_text("không có mạng")
    shows_all(page)
    check_page(page, offline=True)
    go_offline(page, False)
    save(page)
    is_recorded_once(page, planned)
    page.wait_for_function(NONE_KEPT)


def test_the_page_is_read_again(live_world, planned, visit, check_page):
    page = visit(live_world.member_user)
    page.goto(url_of(planned))
    enter(page, live_world)
    page.reload()
    expect(page.get_by_text("Đã khôi phục phần đang nhập")).to_be_visible()
    shows_all(page)
    check_page(page)
    page.get_by_role("button", name="Bỏ", exact=True).click()
    expect(page.locator("[name=result]")).to_have_value("")
    page.reload()
    expect(page.locator("[name=result]")).to_have_value("")
    expect(page.get_by_text("Đã khôi phục")).to_have_count(0)


def test_another_person_and_a_sign_out_find_nothing(live_world, visit):
    """A pupil's name half typed in."""
    add = reverse("schools:pupil_add", args=[live_world.class_a.pk])
    page = visit(live_world.head_a)
    page.goto(add)
    page.locator("[name=full_name]").fill("Giàng Thị Dợ")
    page.wait_for_function(KEPT)
    Session.objects.all().delete()
    page.goto("/")  # to the sign-in
    sign_in_here(page, live_world.province_officer)
    page.wait_for_function(NONE_KEPT)

    again = visit(live_world.head_a)
    again.goto(add)
    again.locator("[name=full_name]").fill("Giàng Thị Dợ")
    again.wait_for_function(KEPT)
    again.locator(".menu > summary").click()
    again.get_by_role("button", name="Đăng xuất").click()
    again.wait_for_url("**/sign-in/**")
    assert again.evaluate(NONE_KEPT)


def test_a_visit_outlives_the_tab_and_a_sign_out_for_its_member_alone(live_world, planned, visit):
    page = visit(live_world.member_user)
    page.goto(url_of(planned))
    enter(page, live_world)
    go_offline(page)
    save(page)
    expect(page.locator("#draft-unsent")).to_contain_text("không có mạng")
    context = page.context
    page.close()  # the phone closes the tab
    context.set_offline(False)
    page = context.new_page()
    page.goto("/")
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url("**/sign-in/**")
    sign_in_here(page, live_world.province_officer)
    page.goto(url_of(planned))
    assert "bản & suối" not in page.content()
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url("**/sign-in/**")
    sign_in_here(page, live_world.member_user)
    page.goto(url_of(planned))
    expect(page.get_by_text("Đã khôi phục phần đang nhập")).to_be_visible()
    shows_all(page)
    save(page)
    is_recorded_once(page, planned)
    page.wait_for_function(NONE_KEPT)


def test_every_kind_of_field_is_restored(live_world, visit):
    page = visit(live_world.head_a)
    page.goto("/attendance/closures/")
    form = page.locator("form:has([name=first_day])")
    form.locator("[name=place]").select_option(index=1)
    form.locator("[name=first_day]").fill("2026-12-01")
    form.locator("[name=levels]:visible").first.check()
    form.locator("[name=session]").first.is_visible()
    fields = """(form) => [...new FormData(form)].join("\\n").replace(/csrf.*/, "")"""
    before = form.evaluate(fields)
    page.wait_for_function(KEPT)
    page.wait_for_function(
        "() => JSON.stringify(Object.entries(sessionStorage)).includes('2026-12-01')"
    )
    page.reload()
    expect(page.get_by_text("Đã khôi phục phần đang nhập")).to_be_visible()
    assert form.evaluate(fields) == before


def test_what_is_refused_stays_and_what_is_saved_goes(live_world, visit):
    """A new pupil: an empty name is refused by the server, then all is saved once."""
    world = live_world
    page = visit(world.head_a, viewport=DESKTOP)
    url = reverse("schools:pupil_add", args=[world.class_a.pk])
    page.goto(url)
    page.locator("[name=birth_date]").fill(f"{world.today.year - 11}-03-04")
    page.get_by_role("button", name="Ghi vào danh sách lớp").click()
    expect(page.locator(".error-summary")).to_be_visible()
    page.goto(url)
    expect(page.locator("[name=birth_date]")).to_have_value(f"{world.today.year - 11}-03-04")
    count = Pupil.objects.count()
    page.locator("[name=full_name]").fill("Giàng Thị Dợ")
    page.locator("[name=sex]").first.check()
    page.locator("[name=ethnic_group]").select_option(index=1)
    page.get_by_role("button", name="Ghi vào danh sách lớp").click()
    expect(page.get_by_text("Giàng Thị Dợ")).not_to_have_count(0)
    assert Pupil.objects.count() == count + 1
    page.goto(url)
    expect(page.locator("[name=full_name]")).to_have_value("")
    expect(page.get_by_text("Đã khôi phục")).to_have_count(0)
