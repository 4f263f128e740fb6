"""What a revision was sent from; nothing that tells one phone from another."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

SYSTEMS = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
]
PHONES = {"Android", "iPhone", "iPad"}
# Later names stand in the same text as earlier ones: Edge calls itself Chrome and Safari too.
BROWSERS = [
    ("coc_coc_browser", "Cốc Cốc"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]


def device_of(request: HttpRequest) -> str:
    """Such as "Android · Chrome", from the User-Agent header; at most 60 characters."""
    agent = request.headers.get("User-Agent", "")
    parts = [
        next((name for sign, name in known if sign in agent), "") for known in (SYSTEMS, BROWSERS)
    ]
    if any(parts):
        return " · ".join(part for part in parts if part)
    return _("another program") if agent else ""


def kind_of_device(device: str) -> str:
    """The kind of device that `device_of` named; "" where nothing was said.

    The names for a workbook and for another program were stored in the language of the sender.
    """
    parts = set(device.split(" · "))
    if not device:
        return ""
    if "excel" in device.lower():
        return _("Excel file")
    if parts & PHONES:
        return pgettext("device", "phone")
    if parts & {name for _sign, name in SYSTEMS + BROWSERS}:
        return pgettext("device", "computer")
    return _("another system (API)")
