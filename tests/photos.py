"""Photos as phones take them."""

import io

from PIL import Image

# Tags of Exif: how the phone was held, its make, where it stood.
TURNED, MAKE, GPS = 0x0112, 0x010F, 0x8825


def photo(size=(64, 48), *, kind="JPEG", turned=1, place=True, **more):
    """The bytes of a photo with what a phone writes into it; the upper left corner is red.

    Args:
        turned: as Exif says it: 1 upright, 6 to be turned to the right.
        place: whether the phone wrote where it was.
    """
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    said = Image.Exif()
    said[TURNED], said[MAKE] = turned, "Điện thoại".encode().decode("latin-1")
    if place:
        said[GPS] = {1: "N", 2: (22.0, 23.0, 5.0), 3: "E", 4: (103.0, 27.0, 3.0)}
    out = io.BytesIO()
    image.save(out, kind, exif=said, **more)
    return out.getvalue()


JPEG = photo()
PNG = photo(kind="PNG")
