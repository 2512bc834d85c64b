"""Photos from devices: read with suspicion, made small, and rid of all that a camera writes beside the picture."""

import io
import warnings
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from sangdan.ship.floor.errors import PhotoUnfit

FORMATS: Final = ("JPEG", "PNG", "WEBP")
BYTES_MOST: Final = 12 * 1024 * 1024
PIXELS_MOST: Final = 50_000_000
EDGE_MOST: Final = 1600
QUALITY: Final = 80


def as_kept(sent: bytes) -> bytes:
    """A photo as it is kept: JPEG, 1,600 pixels at most, upright, without place, time or camera.

    raises  PhotoUnfit
    """
    if len(sent) > BYTES_MOST:
        raise PhotoUnfit(f"The photo has {len(sent):,} bytes; {BYTES_MOST:,} are taken at most.", reason="size")
    try:
        with warnings.catch_warnings(action="error"), Image.open(io.BytesIO(sent), formats=FORMATS) as photo:
            if photo.width * photo.height > PIXELS_MOST:
                raise PhotoUnfit("The photo has too many pixels; take it with the app.", reason="pixels")
            photo.draft("RGB", (EDGE_MOST, EDGE_MOST))
            upright = ImageOps.exif_transpose(photo).convert("RGB")
    except UnidentifiedImageError as reason:
        raise PhotoUnfit("The file is no photo: send JPEG, PNG or WebP.", reason="kind") from reason
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError) as reason:
        raise PhotoUnfit("The photo is damaged: take it again.", reason="damaged") from reason
    upright.thumbnail((EDGE_MOST, EDGE_MOST))
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    kept = io.BytesIO()
    bare.save(kept, "JPEG", quality=QUALITY, optimize=True)
    return kept.getvalue()
