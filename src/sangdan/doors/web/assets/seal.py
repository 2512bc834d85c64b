"""The seal as PNG, for home screens that take no SVG."""

import io
import re
from collections.abc import Iterator
from typing import Final

from PIL import Image, ImageDraw

# Phones of Apple, and what browsers ask of an app that can be installed.
SIDES: Final = (180, 192, 512)
FINER: Final = 4  # drawn so much larger, then made small: edges are smooth
_WORDS: Final = re.compile(r"[A-Za-z]|-?[\d.]+")

Point = tuple[float, float]


def png(svg: str, side: int) -> bytes:
    """The seal on a full square: phones cut the corners themselves.

    svg   of one coloured ground, and of strokes that are straight or circles
    side  in pixels
    """
    scale = side * FINER / float(_said(svg, "viewBox").split()[2])
    ground, ink = re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', svg)
    wide = float(_said(svg, "stroke-width"))
    drawn = Image.new("RGB", (side * FINER, side * FINER), ground)
    pen = ImageDraw.Draw(drawn)
    for line in _lines(re.findall(r'\bd="([^"]+)"', svg)):
        points = [(x * scale, y * scale) for x, y in line]
        pen.line(points, fill=ink, width=round(wide * scale))
        for x, y in points:
            pen.circle((x, y), round(wide * scale) / 2 - 1, fill=ink)
    for x, y, radius in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"', svg):
        outer = (float(radius) + wide / 2) * scale
        pen.circle((float(x) * scale, float(y) * scale), outer, outline=ink, width=round(wide * scale))
    kept = io.BytesIO()
    drawn.resize((side, side), Image.Resampling.LANCZOS).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _said(svg: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]+)"', svg)
    assert found is not None, f"the seal has no {name}"
    return found.group(1)


def _lines(paths: list[str]) -> Iterator[list[Point]]:
    """The strokes of paths that move and go straight: M, and l, h, v or L by leaving it out."""
    for path in paths:
        line: list[Point] = []
        words = iter(_WORDS.findall(path))
        verb = ""
        for word in words:
            verb, first = (word, next(words)) if word.isalpha() else (verb, word)
            x, y = line[-1] if line else (0.0, 0.0)
            match verb:
                case "M":
                    if line:
                        yield line
                    line, verb = [(float(first), float(next(words)))], "L"
                case "L":
                    line.append((float(first), float(next(words))))
                case "l":
                    line.append((x + float(first), y + float(next(words))))
                case "h":
                    line.append((x + float(first), y))
                case "v":
                    line.append((x, y + float(first)))
                case _:
                    raise AssertionError(f"the seal has a stroke that is not drawn here: {verb}")
        yield line
