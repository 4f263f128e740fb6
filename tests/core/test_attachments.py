"""Photos are made anew before they are kept: upright, small, without the place."""

import io
import time

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core import attachments
from core.attachments import LONGEST_SIDE, SCAN, sound_file
from tests.photos import photo


def kept(content):
    return sound_file(SimpleUploadedFile("anh", content), "anh")


def opened(content):
    return Image.open(io.BytesIO(kept(content).read()))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_neither_place_nor_phone_is_kept(kind):
    content = photo(kind=kind)
    assert dict(Image.open(io.BytesIO(content)).getexif())

    found = opened(content)

    assert (found.format, found.size) == ("JPEG", (64, 48))
    assert dict(found.getexif()) == {}
    assert not found.info.keys() & {"exif", "comment", "icc_profile", "xmp"}


def test_a_comment_is_not_kept():
    assert b"Nha em Mua" not in kept(photo(comment=b"Nha em Mua")).read()


def test_a_photo_held_upright_stands_upright():
    """Turned to the right, the red corner is the upper right one."""
    found = opened(photo(turned=6))

    assert found.size == (48, 64)
    red, green, _blue = found.getpixel((40, 8))
    assert red > 200
    assert green < 60


def test_a_large_photo_is_made_smaller():
    found = opened(photo((4000, 3000)))

    assert max(found.size) == LONGEST_SIDE
    assert found.size[0] / found.size[1] == pytest.approx(4 / 3, abs=0.01)


def test_what_shines_through_is_white():
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")

    assert opened(out.getvalue()).getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "LA"])
def test_other_colours(mode):
    out = io.BytesIO()
    kind = "JPEG" if mode in ("L", "CMYK") else "PNG"
    Image.new(mode, (8, 8)).save(out, kind)

    assert opened(out.getvalue()).mode == "RGB"


def test_a_pdf_stays_as_it_is():
    content = b"%PDF-1.7\n1 0 obj\n"
    found = kept(content)
    assert (found.name, found.read()) == ("anh.pdf", content)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_half_a_photo_is_refused(kind, share):
    content = photo((400, 300), kind=kind)
    with pytest.raises(ValidationError, match="bị hỏng"):
        kept(content[: int(len(content) * share)])


def test_too_many_pixels(monkeypatch):
    monkeypatch.setattr(attachments, "MOST_PIXELS", 64 * 48 - 1)
    with pytest.raises(ValidationError, match="quá nhiều điểm ảnh"):
        kept(photo())


def bomb(pixels):
    """A PNG that says it has so many pixels, with few bytes behind it."""
    out = io.BytesIO()
    Image.new("1", (pixels // 1000, 1000)).save(out, "PNG")
    return out.getvalue()


def test_a_picture_that_unpacks_to_very_much_is_refused_unseen():
    content = bomb(60_000_000)
    assert len(content) < 100_000
    begun = time.process_time()
    with pytest.raises(ValidationError, match="quá nhiều điểm ảnh"):
        kept(content)
    assert time.process_time() - begun < 0.5


def test_a_photo_drawn_a_thousand_times_is_refused():
    content = photo((4000, 3000), progressive=True)
    with pytest.raises(ValidationError, match="quá nhiều điểm ảnh"):
        kept(content + SCAN * 1000)
