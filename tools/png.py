"""Pictures as small as they get: a PNG keeps what the eye sees, and several stand side by side."""

import struct
import zlib
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

# The last bits of a colour cost a third of a picture and nobody sees them.
KEPT_BITS: Final = 0xFC

Pixels: TypeAlias = npt.NDArray[np.uint8]


def coarse(rgba: bytes, width: int, height: int) -> Pixels:
    """A picture's colours without what nobody sees: rows, columns, red green blue.

    rgba  four bytes a pixel, row by row
    """
    seen = np.frombuffer(rgba, np.uint8).reshape(height, width, 4)
    return np.bitwise_and(seen[:, :, :3], np.uint8(KEPT_BITS))


def beside(pictures: Sequence[Pixels], gap: int, paper: tuple[int, int, int]) -> Pixels:
    """Pictures side by side, each from the top.

    gap    pixels between two and around all
    paper  the colour behind them
    """
    height = max(len(each) for each in pictures) + 2 * gap
    width = sum(each.shape[1] + gap for each in pictures) + gap
    whole = np.full((height, width, 3), paper, np.uint8) & np.uint8(KEPT_BITS)
    left = gap
    for each in pictures:
        whole[gap : gap + len(each), left : left + each.shape[1]] = each
        left += each.shape[1] + gap
    return whole


def squeezed(rgb: Pixels) -> bytes:
    """A PNG as small as it gets without losing what the eye sees: for each row the filter that leaves least.

    source  https://www.w3.org/TR/png-3/#9Filters
    """
    height, width, _ = rgb.shape
    left, up, corner = np.zeros_like(rgb), np.zeros_like(rgb), np.zeros_like(rgb)
    left[:, 1:], up[1:], corner[1:, 1:] = rgb[:, :-1], rgb[:-1], rgb[:-1, :-1]
    a, b, c = (each.astype(np.int16) for each in (left, up, corner))
    to_a, to_b, to_c = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    paeth = np.where((to_a <= to_b) & (to_a <= to_c), left, np.where(to_b <= to_c, up, corner))
    rows = np.stack([(rgb - guess).reshape(height, -1) for guess in (np.zeros_like(rgb), left, up, paeth)])
    best = np.abs(rows.view(np.int8).astype(np.int16)).sum(axis=2).argmin(axis=0)
    kinds = np.array([0, 1, 2, 4], np.uint8)[best]
    lines = np.concatenate([kinds[:, None], rows[best, np.arange(height)]], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
