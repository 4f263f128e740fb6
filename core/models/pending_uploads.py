"""Files that somebody uploaded and looks at, before it is said whether they are kept."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PendingUpload(models.Model):
    """One file that waits for its uploader's word; nothing else in the database knows of it.

    `purpose` says what it is for ("paper_template:report"): the database takes one of a person
    and purpose, and a newer one takes its place. It ends at `expires_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(_("what it is for"), max_length=60)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("uploaded by"),
        db_index=False,
    )
    file_name = models.CharField(_("file name"), max_length=100)
    content = models.BinaryField(_("file"))
    # What else the form said, and what was found in the file.
    params = models.JSONField(_("parameters"), blank=True, default=dict)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("upload to be confirmed")
        verbose_name_plural = _("uploads to be confirmed")
        constraints = [
            models.UniqueConstraint(
                fields=["uploaded_by", "purpose"], name="one_pending_upload_per_person_and_purpose"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("uploaded_at")),
                name="pending_upload_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.file_name}"
