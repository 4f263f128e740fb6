"""The private address under which a person's calendar reads visits and days by which to act."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarFeed(models.Model):
    """A person's calendar address, one at most. Only a digest of its secret is kept.

    `asked_since` and `asked` count how often it was read lately, so that no program reads it
    without end.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    made_at = models.DateTimeField(_("made at"))
    read_at = models.DateTimeField(_("last read at"), null=True, blank=True)
    asked_since = models.DateTimeField(_("read since"), null=True, blank=True)
    asked = models.PositiveIntegerField(_("times read"), default=0)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")

    def __str__(self) -> str:
        return f"{self.user}"
