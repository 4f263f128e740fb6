"""Operations: what a person sent once, known again when it comes a second time."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Operation(models.Model):
    """One sending of a form, and the answer its sender got.

    The id is made when the form is shown, so that it survives a second press, a slow network
    and the way back to the page. A row is written in the transaction of what was sent: there is
    no row of what was refused.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    path = models.CharField(_("address"), max_length=500)
    digest = models.CharField(_("fingerprint of the content"), max_length=64)
    leads_to = models.CharField(_("where it led"), max_length=500, blank=True, default="")
    # [[level, text], …] of the messages, in the language of the sender.
    said = models.JSONField(default=list, blank=True)
    made_at = models.DateTimeField(_("sent"), db_index=True)

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")

    def __str__(self) -> str:
        return str(self.pk)
