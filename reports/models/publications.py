"""Months that were closed and published: the figures as they stood then, for ever."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.months import Month


class Publication(models.Model):
    """The figures of an area's month as they were published; never changed afterwards.

    `content` is the canonical JSON of `reports.month_review.freezing`, `fingerprint` its SHA-256
    and `code` the short form of that, printed on paper. It stands as long as its `lock` holds; a
    month that was reopened is published again by a row that names the one it replaces.
    """

    area = models.ForeignKey(
        "schools.Area", verbose_name=_("area"), on_delete=models.PROTECT, related_name="+"
    )
    month = models.DateField(_("month"))
    number = models.PositiveSmallIntegerField(_("number of the publication"))
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    lock = models.ForeignKey(
        "attendance.PeriodLock",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("period lock"),
    )
    content = models.TextField(_("figures"))
    fingerprint = models.CharField(_("fingerprint (SHA-256)"), max_length=64)
    code = models.CharField(_("verification code"), max_length=14, unique=True)
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("published by"),
        help_text=_("Empty: by a command on the server."),
    )

    append_only = True

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ["-month", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "month", "number"],
                name="publication_is_numbered_once",
                violation_error_message=_("This month was published there already."),
            ),
            models.CheckConstraint(
                condition=models.Q(number=1, replaces=None)
                | models.Q(number__gt=1, replaces__isnull=False),
                name="publication_after_the_first_replaces",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {Month.of(self.month).label} ({self.number})"

    @property
    def run_id(self) -> str:
        """By which papers name it: area, month and number, as "12-2026-10-1"."""
        return f"{self.area.code}-{self.month:%Y-%m}-{self.number}"


class PublicationDetail(models.Model):
    """What the figures of a publication were summed from, as it was then; never changed.

    `content` is canonical JSON (`reports.month_review.details`) packed by zlib: each register
    that counted, by which a later difference is told register by register, and the cells that
    the month's papers are made of. `fingerprint` is the SHA-256 of the JSON; the publication's
    own figures name it, so that its code stands for this too.
    """

    publication = models.OneToOneField(
        Publication,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="detail",
        verbose_name=_("publication"),
    )
    content = models.BinaryField(_("registers and cells"))
    fingerprint = models.CharField(_("fingerprint (SHA-256)"), max_length=64)

    append_only = True

    class Meta:
        verbose_name = _("detail of a publication")
        verbose_name_plural = _("details of publications")

    def __str__(self) -> str:
        return str(self.publication_id)


class PublicationReceipt(models.Model):
    """A commune's word that it has read the results of a month (letter 785, item 2g)."""

    publication = models.ForeignKey(
        Publication,
        verbose_name=_("publication"),
        on_delete=models.PROTECT,
        related_name="receipts",
    )
    area = models.ForeignKey(
        "schools.Area", verbose_name=_("commune"), on_delete=models.PROTECT, related_name="+"
    )
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )
    acknowledged_at = models.DateTimeField(_("acknowledged at"))

    append_only = True

    class Meta:
        verbose_name = _("acknowledgement of results")
        verbose_name_plural = _("acknowledgements of results")
        ordering = ["acknowledged_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["publication", "area"], name="a_commune_acknowledges_results_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area}: {self.publication}"
