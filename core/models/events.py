"""Events: who decided what, when, and what it was before."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One decision, written in its transaction and never changed afterwards.

    What it is about is kept as words and numbers, not as foreign keys: an event outlives the
    object, the place and the person. `kind` is a code of `core.events`, worded on reading.
    """

    at = models.DateTimeField(_("time"), db_index=True)
    kind = models.CharField(_("what happened"), max_length=60)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("who"),
    )
    actor_name = models.CharField(_("name at that time"), max_length=150, blank=True, default="")
    # "app.model" and the primary key; empty for what is about no row (a refused page).
    object_type = models.CharField(max_length=60, blank=True, default="")
    object_id = models.CharField(max_length=40, blank=True, default="")
    object_name = models.CharField(_("about"), max_length=250, blank=True, default="")
    # The larger thing whose story it belongs to, "app.model:key"; the plan of a visit, say.
    part_of = models.CharField(max_length=100, blank=True, default="")
    # Where it belongs, for who may read it: the nearest place known.
    area_id = models.BigIntegerField(null=True)
    school_id = models.BigIntegerField(null=True)
    # {field: [old, new], …}; never a secret.
    changes = models.JSONField(_("changes"), default=dict, encoder=DjangoJSONEncoder)
    reason = models.TextField(_("reason"), blank=True, default="")
    address = models.CharField(_("network address"), max_length=45, blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True, default="")

    append_only = True
    blankable = ("object_name", "changes", "reason")

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "at"], name="event_object_at"),
            models.Index(fields=["part_of", "at"], name="event_part_of_at"),
            models.Index(fields=["actor", "at"], name="event_actor_at"),
            models.Index(fields=["school_id", "at"], name="event_school_at"),
            models.Index(fields=["area_id", "at"], name="event_area_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_name}".strip()
