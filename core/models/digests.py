"""The digests that were made, each of one person and one week or month."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Frequency(models.TextChoices):
    """How often a person wants a digest."""

    WEEKLY = "weekly", _("Every week, on Monday morning")
    MONTHLY = "monthly", _("Every month, on the first morning")
    NEVER = "never", _("Never")


class Digest(models.Model):
    """What waited for one person when a week or month was over.

    `key` names the period ("2026-W41", "2026-10"): the database takes one row of a person and
    key, so that a digest is made once however many jobs run. `lines` are [code of a part, count]
    in the order of the page; their words and links are those of `core.digests.parts`, worked out
    when they are shown. Without lines nothing waited.
    """

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("reader"),
        db_index=False,
    )
    frequency = models.CharField(
        _("how often"),
        max_length=7,
        choices=[each for each in Frequency.choices if each[0] != Frequency.NEVER],
    )
    key = models.CharField(_("period"), max_length=8)
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    lines = models.JSONField(_("lines"), blank=True, default=list)
    made_at = models.DateTimeField(_("made"), db_index=True)

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "key"], name="one_digest_per_reader_and_period"
            ),
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")),
                name="digest_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} → {self.reader_id}"
