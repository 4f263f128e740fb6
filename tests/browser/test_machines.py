"""Pages about machines: a key made, used and revoked; the operator's state of things."""

import urllib.request

import pytest

from accounts.models import ApiToken
from core.jobs import records
from tests.world import PASSWORD

from .conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_a_key_is_made_used_and_revoked(live_world, live_server, visit, check_page, viewport):
    page = visit(live_world.head_a, viewport=viewport)
    page.goto("/accounts/keys/")
    check_page(page)
    page.get_by_label("Dùng cho việc gì").fill("Phần mềm quản lý trường")
    page.get_by_label("Xem số liệu").check()
    page.get_by_label("Mật khẩu của thầy cô").fill(PASSWORD)
    page.get_by_role("button", name="Tạo mã").click()
    secret = page.locator("#secret").inner_text()
    check_page(page)
    call = urllib.request.Request(
        f"{live_server.url}/api/v1/me/", headers={"Authorization": f"Bearer {secret}"}
    )
    with urllib.request.urlopen(call, timeout=20) as answer:
        assert answer.status == 200
    admin = visit(live_world.system_admin, viewport=viewport)
    admin.goto("/accounts/keys/all/")
    admin.get_by_role("rowheader", name="Phần mềm quản lý trường").wait_for()
    check_page(admin)
    page.get_by_role("button", name="Thu hồi").click()
    page.get_by_text("Mã này không còn dùng được nữa.").wait_for()
    check_page(page)
    assert not ApiToken.objects.get().is_valid


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_the_operator_sees_what_is_wrong(live_world, visit, check_page, viewport):
    records.note_failure("reports.raise_flags", {}, ValueError("hỏng"))
    page = visit(live_world.system_admin, viewport=viewport)
    page.goto("/operations/")
    page.get_by_role("heading", name="Việc hỏng").wait_for()
    check_page(page)
