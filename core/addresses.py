"""Addresses: of who calls, behind a proxy or not, and of our pages for people outside."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

LONGEST = 45  # an IPv6 address that holds one of IPv4


def client_address(request: HttpRequest) -> str:
    """Address of the caller as text, at most LONGEST characters; "" when the socket has none.

    Behind the trusted proxy the last entry of X-Forwarded-For is the one the proxy itself
    added; what stands before it was written by the caller and proves nothing.
    """
    if settings.TRUSTED_PROXY:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        last = forwarded.rsplit(",", 1)[-1].strip()
        if _is_address(last):
            return last
    return (request.META.get("REMOTE_ADDR") or "")[:LONGEST]


def outside_address(path: str) -> str:
    """A page of ours as people outside open it: SITE_URL and the path; "" without a SITE_URL."""
    site = settings.SITE_URL.rstrip("/")
    return f"{site}{path}" if site else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
