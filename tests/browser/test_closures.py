"""The closure form in a real browser: only the levels of the chosen place."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_levels_follow_the_place(live_world, visit, check_page):
    world = live_world
    page = visit(world.province_officer, viewport={"width": 360, "height": 740})
    page.goto("/attendance/closures/")
    levels = page.get_by_role("group", name="Cấp học")
    page.get_by_label("Ở đâu").select_option(f"area:{world.commune_a.pk}")
    levels.get_by_label("Tiểu học").check()
    check_page(page)
    page.get_by_label("Ở đâu").select_option(f"area:{world.commune_b.pk}")
    expect(levels.get_by_label("Tiểu học")).to_be_hidden()
    expect(levels.get_by_label("THCS")).to_be_visible()
    page.get_by_label("Ở đâu").select_option(f"area:{world.commune_a.pk}")
    expect(levels.get_by_label("Tiểu học")).not_to_be_checked()
