"""Between the people of a school and its classes."""

from django.urls import reverse
from django.utils.translation import gettext as _

from schools.models import School


def school_tabs(school: School, here: str) -> list[dict[str, object]]:
    """The tabs of a school's pages; `here`: name of the address shown."""
    return [
        {"label": label, "url": reverse(name, args=[school.pk]), "current": name == here}
        for name, label in (
            ("staff:school", _("People")),
            ("staff:classes", _("Classes and teachers")),
        )
    ]
