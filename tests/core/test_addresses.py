"""How people outside reach a page."""

import pytest

from core.addresses import outside_address


@pytest.mark.parametrize(
    ("site", "address"),
    [
        ("https://chuyencan.example.vn", "https://chuyencan.example.vn/verify/"),
        ("https://chuyencan.example.vn/", "https://chuyencan.example.vn/verify/"),
        # A paper then says the code alone: a path without a place leads nowhere.
        ("", ""),
    ],
)
def test_the_address_of_a_page_for_people_outside(settings, site, address):
    settings.SITE_URL = site
    assert outside_address("/verify/") == address
