"""A child's record made anonymous before its time, or kept beyond it: asked, decided, held."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PupilErasure(models.Model):
    """A head asks that a record be made anonymous; the administrator confirms or refuses."""

    pupil = models.ForeignKey("schools.Pupil", on_delete=models.CASCADE, related_name="erasures")
    # Of the head who asks.
    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=300)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    is_done = models.BooleanField(_("made anonymous"), default=False)

    class Meta:
        verbose_name = _("request to make a record anonymous")
        verbose_name_plural = _("requests to make records anonymous")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil"],
                condition=Q(decided_at=None),
                name="one_open_erasure_of_a_pupil",
                violation_error_message=_("This was asked before and is not decided yet."),
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, is_done=False)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="erasure_is_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pupil_id} {self.asked_at:%d/%m/%Y}"


class PupilHold(models.Model):
    """While it stands nobody makes the record anonymous: a complaint, a lawsuit, an inquiry."""

    pupil = models.ForeignKey("schools.Pupil", on_delete=models.CASCADE, related_name="holds")
    reason = models.CharField(_("reason"), max_length=300)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    placed_at = models.DateTimeField(_("since"))
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("record kept on purpose")
        verbose_name_plural = _("records kept on purpose")
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil"],
                condition=Q(lifted_at=None),
                name="one_standing_hold_of_a_pupil",
                violation_error_message=_("This record is kept on purpose already."),
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="hold_is_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pupil_id} {self.placed_at:%d/%m/%Y}"
