"""Photos from devices: read with suspicion, made small, and rid of all that a camera writes beside the picture."""

import io
from typing import Final

from PIL import Image, UnidentifiedImageError
from PIL.ExifTags import Base
from PIL.Image import Transpose

from sangdan.ship.floor.errors import PhotoUnfit

FORMATS: Final = ("JPEG", "PNG", "WEBP")
BYTES_MOST: Final = 12 * 1024 * 1024
PIXELS_MOST: Final = 50_000_000
EDGE_MOST: Final = 1600
QUALITY: Final = 80
ORIENTATION: Final = Base.Orientation.value
# By what the camera says of how it was held, what turns the picture upright (EXIF 2.3, table 7).
_TURNED: Final = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def as_kept(sent: bytes) -> bytes:
    """A photo as it is kept: JPEG, 1,600 pixels at most, upright, without place, time or camera.

    raises  PhotoUnfit
    """
    if len(sent) > BYTES_MOST:
        raise PhotoUnfit(f"The photo has {len(sent):,} bytes; {BYTES_MOST:,} are taken at most.", reason="size")
    try:
        with Image.open(io.BytesIO(sent), formats=FORMATS) as photo:
            return _bare(photo)
    except PhotoUnfit:
        raise
    except UnidentifiedImageError as reason:
        raise PhotoUnfit("The file is no photo: send JPEG, PNG or WebP.", reason="kind") from reason
    except Exception as reason:  # there is no list of what decoders raise of bytes that were made to hurt them
        raise PhotoUnfit("The photo is damaged: take it again.", reason="damaged") from reason


def _bare(photo: Image.Image) -> bytes:
    """The picture alone. Made small first: the whole of it is in memory but once."""
    if photo.width * photo.height > PIXELS_MOST:
        raise PhotoUnfit("The photo has too many pixels; take it with the app.", reason="pixels")
    photo.draft("RGB", (EDGE_MOST, EDGE_MOST))
    turned = _TURNED.get(photo.getexif().get(ORIENTATION, 1))
    photo.thumbnail((EDGE_MOST, EDGE_MOST))
    upright = photo if turned is None else photo.transpose(turned)
    bare = Image.new("RGB", upright.size)
    bare.paste(upright.convert("RGB"))
    kept = io.BytesIO()
    bare.save(kept, "JPEG", quality=QUALITY, optimize=True)
    return kept.getvalue()
