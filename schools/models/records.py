"""Two records and one child: who was confirmed to be two, and what was merged into one."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class DifferentPupils(models.Model):
    """Two pupils of one name and date of birth, of whom somebody said that they are two."""

    first = models.ForeignKey("schools.Pupil", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey("schools.Pupil", on_delete=models.CASCADE, related_name="+")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(_("confirmed"), auto_now_add=True)

    class Meta:
        verbose_name = _("pupils who are two")
        verbose_name_plural = _("pupils who are two")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="two_pupils_are_told_once"),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="two_pupils_in_the_order_of_their_ids"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"


class PupilMerge(models.Model):
    """A record that went into another one of the same child, and what it takes to part them.

    `before` holds both records as they were, the spells, and what each keeper of
    `schools.pupils.pupil_records` moved. The ids refer to no row by force: the record that is
    gone has none, and the one that was kept may go into a third later.
    """

    kept_id = models.BigIntegerField(_("record kept"), db_index=True)
    gone_id = models.BigIntegerField(_("record gone"))
    before = models.JSONField(default=dict)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    merged_at = models.DateTimeField(_("merged"))
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("merged record")
        verbose_name_plural = _("merged records")
        ordering = ["-merged_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_is_taken_back_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gone_id} → {self.kept_id}"
