"""An officer sets up the second step, signs in with it, loses the phone; passkeys in Chromium."""

import base64

import pytest
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential
from playwright.sync_api import expect

from accounts import guessing, second_factor
from tests.accounts.test_guessing import attempt
from tests.accounts.test_second_factor import code_now, demand
from tests.browser.conftest import DESKTOP, PHONE
from tests.world import PASSWORD

pytestmark = pytest.mark.browser
LOCK = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def first_step(page, user):
    page.goto("/accounts/sign-in/")
    page.get_by_label("Tên đăng nhập").fill(user.username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()


def is_in(page):
    """Past both steps and the setting up: on a page of one's work."""
    page.wait_for_url(lambda url: "/accounts/" not in url)
    expect(page.locator("details.menu > summary")).to_be_visible()


def second_step(page, code):
    page.get_by_label("Mã").fill(code)
    page.get_by_role("button", name="Tiếp tục").click()


def signs_out(page):
    page.locator("details.menu > summary").click()
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đăng nhập")


def secret_on(page):
    """The secret that the page shows, as hex."""
    text = page.locator(".secret").inner_text().replace(" ", "")
    return base64.b32decode(text + "=" * (-len(text) % 8)).hex()


def set_up_phone(page):
    """Set up a phone from the page of the second step; returns (secret, recovery codes)."""
    page.get_by_role("link", name="Cài đặt điện thoại").click()
    secret = secret_on(page)
    page.get_by_label("Mã ứng dụng đang hiện").fill(code_now(secret))
    page.get_by_label("Tên", exact=True).fill("Điện thoại của tôi")
    page.get_by_label("Mật khẩu của thầy cô").fill(PASSWORD)
    page.get_by_role("button", name="Cài đặt điện thoại").click()
    expect(page.locator(".codes code")).to_have_count(second_factor.HOW_MANY_CODES)
    return secret, page.locator(".codes code").all_inner_texts()


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["360", "1280"])
def test_officer_sets_up_a_phone_and_loses_it(live_world, visit, check_page, viewport):
    demand(live_world.today)
    page = visit(viewport=viewport)
    first_step(page, live_world.province_officer)
    expect(page.locator(".notice--warning")).to_contain_text("chỉ mật khẩu là chưa đủ")
    check_page(page)
    page.goto("/figures/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bước xác nhận thứ hai")
    page.get_by_role("link", name="Cài đặt điện thoại").click()
    check_page(page)
    expect(page.locator(".qr svg")).to_be_visible()
    page.go_back()
    secret, codes = set_up_phone(page)
    check_page(page)
    page.get_by_role("link", name="Đã lưu, tiếp tục").click()
    is_in(page)
    signs_out(page)

    first_step(page, live_world.province_officer)
    expect(page.get_by_role("heading", level=1)).to_have_text("Bước thứ hai")
    check_page(page)
    second_step(page, "000000")
    expect(page.locator(".field--error")).to_contain_text("Mã sai hoặc đã dùng rồi")
    check_page(page)
    second_step(page, code_now(secret, ahead=1))
    is_in(page)
    signs_out(page)

    # The phone is gone: a code from paper, then a new phone in the place of the old.
    first_step(page, live_world.province_officer)
    second_step(page, codes[3])
    is_in(page)
    page.goto("/accounts/second-factor/")
    expect(page.locator("main")).to_contain_text("Còn 9 mã")
    check_page(page)
    page.get_by_role("link", name="Cài đặt điện thoại").click()
    new = secret_on(page)
    page.get_by_label("Mã ứng dụng đang hiện").fill(code_now(new))
    page.get_by_label("Tên", exact=True).fill("Điện thoại mới")
    page.get_by_label("Mật khẩu của thầy cô").fill(PASSWORD)
    page.get_by_role("button", name="Cài đặt điện thoại").click()
    page.get_by_role("link", name="Gỡ “Điện thoại của tôi”").click()
    check_page(page)
    page.get_by_label("Mật khẩu của thầy cô").fill(PASSWORD)
    page.get_by_role("button", name="Gỡ").click()
    expect(page.locator(".notice--success")).to_contain_text("Đã gỡ.")
    assert [each.name for each in TOTPDevice.objects.all()] == ["Điện thoại mới"]


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["360", "1280"])
def test_officer_signs_in_with_the_lock_of_the_device(live_world, visit, check_page, viewport):
    demand(live_world.today)
    page = visit(viewport=viewport)
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    lock = tools.send("WebAuthn.addVirtualAuthenticator", {"options": LOCK})["authenticatorId"]
    first_step(page, live_world.province_officer)
    page.get_by_role("link", name="Cài đặt thiết bị này").click()
    check_page(page)
    page.get_by_label("Tên", exact=True).fill("Máy cơ quan")
    page.get_by_label("Mật khẩu của thầy cô").fill(PASSWORD)
    page.get_by_role("button", name="Cài đặt thiết bị này").click()
    expect(page.locator(".codes code")).to_have_count(second_factor.HOW_MANY_CODES)
    assert WebAuthnCredential.objects.get().name == "Máy cơ quan"
    page.get_by_role("link", name="Đã lưu, tiếp tục").click()
    is_in(page)
    signs_out(page)

    first_step(page, live_world.province_officer)
    use = page.get_by_role("button", name="Dùng vân tay, khuôn mặt hoặc khoá bảo mật")
    expect(use).to_be_visible()
    check_page(page)
    use.click()
    is_in(page)
    signs_out(page)

    # Another device, or no finger: nobody gets in, and the page says what else there is.
    tools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": lock})
    options = {"options": LOCK | {"isUserVerified": False}}
    tools.send("WebAuthn.addVirtualAuthenticator", options)
    first_step(page, live_world.province_officer)
    use.click()
    expect(page.locator("[data-says]")).to_contain_text("dùng mã")
    page.goto("/figures/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Đăng nhập")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["360", "1280"])
def test_lock_and_browsers(live_world, visit, check_page, viewport):
    for _number in range(guessing.FREE):
        attempt("teacher_a", "wrong", "127.0.0.1")
    page = visit(viewport=viewport)
    first_step(page, live_world.teacher_a)
    expect(page.locator(".notice--error")).to_contain_text("thử lại từ")
    page.problems = [each for each in page.problems if "429" not in each]
    check_page(page)
    here, there = (visit(live_world.head_a, viewport=viewport) for _number in range(2))
    here.goto("/accounts/browsers/")
    expect(here.locator("main")).to_contain_text("thiết bị này")
    check_page(here)
    here.get_by_role("button", name="Đăng xuất mọi nơi khác").click()
    expect(here.locator(".notice--success")).to_be_visible()
    there.goto("/accounts/browsers/")
    expect(there.get_by_role("heading", level=1)).to_have_text("Đăng nhập")


def test_a_code_is_enough_without_scripts(live_world, visit):
    device = TOTPDevice.objects.create(
        user=live_world.province_officer, name="x", key=second_factor.new_secret()
    )
    page = visit(javascript=False)
    first_step(page, live_world.province_officer)
    second_step(page, code_now(device.key))
    is_in(page)
