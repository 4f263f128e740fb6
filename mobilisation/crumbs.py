"""The way down to a page: all communes, the commune, a page of it."""

from django.urls import reverse
from django.utils.translation import gettext as _

from schools.crumbs import Crumb
from schools.models import Area


def commune_crumbs(commune: Area, here: str = "") -> list[Crumb]:
    """Crumbs that end at the commune, or at a page `here` below it."""
    crumbs: list[Crumb] = [
        {"label": _("Children of the communes"), "url": reverse("mobilisation:communes")},
        {"label": commune.title, "url": reverse("mobilisation:commune", args=[commune.pk])},
    ]
    return [*crumbs, {"label": here, "url": ""}] if here else crumbs
