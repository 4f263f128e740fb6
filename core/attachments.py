"""What may be kept as an attachment, a photo or PDF: told by its first bytes, never by its name.

A photo is made anew before it is kept: upright, small enough to send on, and without what a phone
writes into it, above all the place where it was taken, which is a child's home.
"""

import io
from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

MEGABYTE = 1024 * 1024
MOST_BYTES = 5 * MEGABYTE
# A photo is opened only when its size, said in its head, is one that a phone makes.
MOST_PIXELS = 50_000_000
# A progressive JPEG is drawn once for each scan; a hostile one has thousands.
SCAN, MOST_PIXELS_DRAWN = b"\xff\xda", 500_000_000
LONGEST_SIDE = 2000  # pixels kept: a page of writing stays readable
QUALITY = 85


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
PHOTO = KINDS[0]
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
        _("Only a photo (JPEG, PNG) or a PDF can be kept. Photograph the paper and choose that."),
        code="other_kind",
    )


def sound_file(upload: UploadedFile, stem: str) -> "File[bytes]":
    """What is kept of an upload, named `stem` with the ending of its kind: a photo made anew, a
    PDF as it is.

    Raises ValidationError: as `kind_of`; a photo that is damaged or has too many pixels.
    """
    kind = kind_of(upload)
    if kind.content_type.startswith("image/"):
        return ContentFile(_photo(upload, kind), name=f"{stem}.{PHOTO.ending}")
    return File(cast("Any", upload.file), name=f"{stem}.{kind.ending}")


def _photo(upload: UploadedFile, kind: Kind) -> bytes:
    data = upload.read()
    upload.seek(0)
    try:
        with Image.open(io.BytesIO(data), formats=[kind.content_type.partition("/")[2]]) as photo:
            pixels = photo.width * photo.height
            if pixels > MOST_PIXELS or pixels * data.count(SCAN) > MOST_PIXELS_DRAWN:
                raise ValidationError(
                    _("The photo has too many pixels. Take it in a smaller size."),
                    code="too_many_pixels",
                )
            # Of a large JPEG only as much is decoded as is kept.
            photo.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            photo.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(photo).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(
            _("The photo is damaged and cannot be opened. Take it again."), code="damaged"
        ) from error
    kept = Image.new("RGB", upright.size, "white")
    kept.paste(upright, mask=upright.getchannel("A"))
    out = io.BytesIO()
    kept.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def sound_upload(
    upload: UploadedFile, stem: str, *, field: str, sent: int, most: int
) -> "File[bytes]":
    """`sound_file` of somebody who has sent `sent` files within the hour and may send `most`.

    Raises ValidationError at `field`.
    """
    if sent >= most:
        raise ValidationError(
            {
                field: _("You have uploaded %(limit)s files within an hour. Wait a while.")
                % {"limit": most}
            }
        )
    # Last, for a photo is work.
    try:
        return sound_file(upload, stem)
    except ValidationError as error:
        raise ValidationError({field: error}) from error


def kind_named(name: str) -> Kind:
    """The `Kind` of a kept file, by the ending we gave it."""
    ending = name.rpartition(".")[2]
    return next(kind for kind in KINDS if kind.ending == ending)
