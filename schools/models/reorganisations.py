"""Decrees that were applied to the map of units: what each said and what it wrote."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Reorganisation(models.Model):
    """A decree that ended units and began others, from a day on.

    `lines` are those of its file. `wrote` is what was begun and changed by it, by model, with the
    values before and after, and what went along, by follower: by it the decree is taken back, as
    long as nothing hangs on it. It is marked then, never deleted.
    """

    number = models.CharField(_("number of the decision"), max_length=100)
    decided_on = models.DateField(_("date of the decision"))
    effective_on = models.DateField(_("in force from"))
    lines = models.JSONField(_("lines"), encoder=DjangoJSONEncoder)
    wrote = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    # Empty for the command line.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(_("entered"), auto_now_add=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("reorganisation of units")
        verbose_name_plural = _("reorganisations of units")
        ordering = ["-effective_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=Q(undone_at=None), name="decree_is_applied_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.effective_on:%d/%m/%Y})"
