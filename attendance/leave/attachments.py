"""What may be kept as a letter of leave: told by its first bytes, never by its name."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

MEGABYTE = 1024 * 1024
MOST_BYTES = 5 * MEGABYTE


@dataclass(frozen=True)
class Kind:
    """A kind of file: how it begins, its ending and its type on the web."""

    begins: bytes
    ending: str
    content_type: str


KINDS = [
    Kind(b"\xff\xd8\xff", "jpg", "image/jpeg"),
    # The signature and the header chunk, which must follow it.
    Kind(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "png", "image/png"),
    Kind(b"%PDF-1.", "pdf", "application/pdf"),
    Kind(b"%PDF-2.", "pdf", "application/pdf"),
]
ACCEPTED = ",".join(dict.fromkeys(kind.content_type for kind in KINDS))


def kind_of(upload: UploadedFile) -> Kind:
    """The `Kind` of an uploaded file, which is left at its beginning.

    Raises ValidationError: empty, larger than MOST_BYTES, or none of KINDS.
    """
    if not upload.size:
        raise ValidationError(_("The file is empty. Choose another one."), code="empty")
    if upload.size > MOST_BYTES:
        raise ValidationError(
            _("The file is larger than %(limit)s MB. Take the photo in a smaller size.")
            % {"limit": MOST_BYTES // MEGABYTE},
            code="too_large",
        )
    upload.seek(0)
    head = upload.read(32)
    upload.seek(0)
    for kind in KINDS:
        if head.startswith(kind.begins):
            return kind
    raise ValidationError(
        _("Only a photo (JPEG, PNG) or a PDF can be kept. Photograph the letter and choose that."),
        code="other_kind",
    )


def kind_named(name: str) -> Kind:
    """The `Kind` of a kept file, by the ending we gave it."""
    ending = name.rpartition(".")[2]
    return next(kind for kind in KINDS if kind.ending == ending)
