"""What a revision was sent from, in words people use; nothing that tells one phone from another."""

from django.utils.translation import gettext as _

SYSTEMS = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
]
# Later names stand in the same text as earlier ones: Edge calls itself Chrome and Safari too.
BROWSERS = [
    ("coc_coc_browser", "Cốc Cốc"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]


def device_of(request):
    """Such as "Android · Chrome", from the User-Agent header; at most 60 characters."""
    agent = request.headers.get("User-Agent", "")
    words = [
        next((name for sign, name in known if sign in agent), "") for known in (SYSTEMS, BROWSERS)
    ]
    if any(words):
        return " · ".join(word for word in words if word)
    return _("another program") if agent else ""
