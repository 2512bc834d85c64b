"""A text as words: written alike, numbers with their units in one word, Korean parted from everything else."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .hangul import is_korean

MOST_CHARS: Final = 200
MOST_WORDS: Final = 24

# How people write a unit -> how it is kept, and how many of the kept one it is.
_UNITS: Final[Mapping[str, tuple[str, int]]] = MappingProxyType(
    {
        **dict.fromkeys(("g", "그램", "그람"), ("g", 1)),
        **dict.fromkeys(("kg", "킬로", "키로", "킬로그램", "키로그램"), ("g", 1000)),
        **dict.fromkeys(("mg", "밀리그램"), ("mg", 1)),
        **dict.fromkeys(("ml", "미리", "밀리", "밀리리터", "cc"), ("ml", 1)),
        **dict.fromkeys(("l", "리터", "liter", "liters", "litre", "litres"), ("ml", 1000)),
        **dict.fromkeys(("mm", "밀리미터"), ("mm", 1)),
        **dict.fromkeys(("cm", "센치", "센티", "센티미터"), ("mm", 10)),
        **dict.fromkeys(("m", "미터", "meter", "meters"), ("mm", 1000)),
        **dict.fromkeys(("in", "inch", "inches", "인치", '"', "″", "”"), ("in", 1)),
        **dict.fromkeys(("ft", "foot", "feet"), ("ft", 1)),
        **dict.fromkeys(("yd", "yard", "yards"), ("yd", 1)),
        **dict.fromkeys(("lb", "lbs", "pound", "pounds"), ("lb", 1)),
        **dict.fromkeys(("oz", "ounce", "ounces"), ("oz", 1)),
        **dict.fromkeys(("gal", "gallon", "gallons"), ("gal", 1)),
        **dict.fromkeys(("gb", "기가", "기가바이트"), ("gb", 1)),
        **dict.fromkeys(("tb", "테라", "테라바이트"), ("tb", 1)),
        **dict.fromkeys(("w", "와트", "watt", "watts"), ("w", 1)),
        **dict.fromkeys(("v", "volt", "volts", "볼트"), ("v", 1)),
        **dict.fromkeys(("amp", "amps"), ("amp", 1)),
        **dict.fromkeys(("mah", "밀리암페어", "미리암페어"), ("mah", 1)),
        **dict.fromkeys(("hz", "헤르츠"), ("hz", 1)),
        **dict.fromkeys(("롤", "매", "입", "팩", "포", "정", "구", "인분", "개입", "캡슐"), ("", 1)),
    }
)
_JOINED: Final = re.compile(
    r"(\d+(?:[.,]\d+)*)[\s-]*("
    + "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True) if _UNITS[unit][0])
    + r")(?![a-z])(?:\.(?!\d))?"
)
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SHORT: Final = re.compile(r"(\d+(?:\.\d+)?)([만천])(?=원|밀리|미리|m|\s|$)")
_SHORTENED: Final = MappingProxyType({"만": 10_000, "천": 1_000})
_TIMES: Final = re.compile(r"\s[x*]\s*(?=\d)|(?<=\d)[x*](?=\d)")
_WORD: Final = re.compile(r"[가-힣ㄱ-ㆎ]+|[a-z0-9]+(?:[.'][a-z0-9]+)*")
_APOSTROPHE: Final = re.compile(r"'(?:s\b)?")


def written_alike(text: str) -> str:
    """A text in one spelling: lower case, full and half width alike, units as they are kept, at most MOST_CHARS."""
    # NFKC would turn letters that stand alone into parts of syllables: those are left as they are.
    plain = "".join(
        char if is_korean(char) else unicodedata.normalize("NFKC", char)
        for char in unicodedata.normalize("NFC", text[:MOST_CHARS])
    )
    plain = _THOUSANDS.sub("", plain.lower().replace("×", " x "))
    plain = _SHORT.sub(lambda found: f"{float(found[1]) * _SHORTENED[found[2]]:.0f}", plain)
    return _TIMES.sub(" ", _JOINED.sub(_unit, plain))


def _unit(found: "re.Match[str]") -> str:
    """A number and its unit as one word: 1.5 리터 is 1500ml."""
    kept, many = _UNITS[found[2]]
    number = found[1].replace(",", ".")
    try:
        whole = float(number) * many
    except ValueError:  # 1.2.3 is no number
        return f" {number}{kept} "
    return f" {whole:g}{kept} " if whole < 1e6 else f" {whole:.0f}{kept} "


def words(text: str) -> list[str]:
    """The words of a text, in order: each Korean alone, or Latin letters and digits alone; at most MOST_WORDS."""
    return [_APOSTROPHE.sub("", word) for word in _WORD.findall(written_alike(text))][:MOST_WORDS]


def squeezed(text: str) -> str:
    """A text without anything between its words: what spacing cannot change."""
    return "".join(words(text))


def pairs(text: str) -> list[str]:
    """Every two characters in a row."""
    return [text[at : at + 2] for at in range(len(text) - 1)]
