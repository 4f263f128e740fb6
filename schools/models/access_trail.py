"""The access trail: who was shown children's names, when and where from."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import NamesKind


class NamesShown(models.Model):
    """Names of children were shown to one person: a page, a file or an answer of the API.

    Never changed, except that the same person, page and names within one slot of
    `settings.TRAIL_SLOT` are one row, whose `last_at` moves on (`key` says what is the same).
    People and places are kept as words and numbers: the row outlives all of them. It names no
    child; `pupil` is set where one or two records were opened, or a search found the child,
    `school_class` alone where a list was.
    """

    key = models.CharField(max_length=32, unique=True)
    at = models.DateTimeField(_("time"))
    last_at = models.DateTimeField(_("last time"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("who"),
    )
    user_name = models.CharField(_("name at that time"), max_length=150)
    # Codes of the roles held, a comma between: a person may have changed office since.
    roles = models.CharField(max_length=80, blank=True, default="")
    kind = models.CharField(_("what was opened"), max_length=8, choices=NamesKind)
    school = models.ForeignKey(
        "schools.School",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    school_class = models.ForeignKey(
        "schools.SchoolClass",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    pupil = models.ForeignKey(
        "schools.Pupil",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    names = models.PositiveIntegerField(_("names"))
    address = models.CharField(_("network address"), max_length=45, blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("names shown")
        verbose_name_plural = _("access trail")
        ordering = ["-last_at", "-pk"]
        indexes = [
            models.Index(fields=["last_at"], name="names_shown_at"),
            models.Index(fields=["school", "last_at"], name="names_shown_school"),
            models.Index(fields=["school_class", "last_at"], name="names_shown_class"),
            models.Index(
                fields=["pupil", "last_at"],
                condition=Q(pupil__isnull=False),
                name="names_shown_pupil",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_name} {self.kind} {self.at:%d/%m/%Y %H:%M}"
