"""What a person chose of the digest; without a row it comes weekly, with every part."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Frequency


class DigestChoice(models.Model):
    """How often a person wants the digest, whether by e-mail too, and which parts not.

    `refused` are codes of `core.digests.parts`: a part that is new is there until it is switched
    off.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("user")
    )
    frequency = models.CharField(
        _("how often"), max_length=7, choices=Frequency, default=Frequency.WEEKLY
    )
    by_email = models.BooleanField(_("by e-mail too"), default=True)
    refused = models.JSONField(_("parts switched off"), blank=True, default=list)

    class Meta:
        verbose_name = _("choice of the digest")
        verbose_name_plural = _("choices of the digest")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.get_frequency_display()}"
