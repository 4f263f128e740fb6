"""The outline of an administrative unit on a map."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .areas import Area


class AreaBoundary(models.Model):
    """Where one version of a unit lies, on the grid of `schools.areas.boundary_files`.

    It belongs to the version: a unit whose territory changes is another version, and begins
    without an outline rather than with a wrong one.
    """

    area = models.OneToOneField(
        Area, verbose_name=_("area"), on_delete=models.CASCADE, related_name="boundary"
    )
    # [[x, y, x, y, ...], ...]: closed rings, outer ones and holes alike (filled even-odd).
    rings = models.JSONField(_("rings"))
    source = models.CharField(_("source"), max_length=200)

    made_again = True  # loaded from its file

    class Meta:
        verbose_name = _("boundary")
        verbose_name_plural = _("boundaries")

    def __str__(self) -> str:
        return str(self.area)
