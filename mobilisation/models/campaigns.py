"""Campaigns (đợt vận động) of a committee: official letter 785/UBND-VX, item 1b."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scope import Places


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def within(self, places: Places) -> Self:
        """Campaigns in communes inside `places`."""
        return self.filter(commune__in=places.areas)


class Campaign(models.Model):
    """People went from house to house in a commune and asked for its children, in figures."""

    commune = models.ForeignKey(
        "schools.Area", verbose_name=_("commune"), on_delete=models.PROTECT, related_name="+"
    )
    village = models.CharField(_("village"), max_length=200, blank=True)
    held_on = models.DateField(_("day"))
    who = models.CharField(_("who took part"), max_length=300)
    households = models.PositiveIntegerField(_("households asked"))
    children_back = models.PositiveIntegerField(_("children brought to class"))
    note = models.TextField(_("note"), blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("noted by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    recorded_at = models.DateTimeField(_("noted at"))

    objects: ClassVar = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-held_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.commune} · {self.held_on}"
