"""Good wishes, spoiled in one place: values that no program of good will sends, some of which no database takes."""

import copy
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, cast

from hypothesis import strategies as st

from .fuzz_wishes import Wish

TEXTS: Final = (
    "", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\x1b[31m", "\u202e", "\n", "e\u0301", "\u00df", "\ufeff", "a\n",
    "\u0663", "1e5", "null", "-1", "%00", "../..", "'; --", "{}", "\U0001f469\u200d\U0001f680", "x" * 65,
    "가" * 3_000,
)  # fmt: skip
NUMBERS: Final = (
    -1, 0, 2**15, 2**31 - 1, 2**31, 2**53, 2**62, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**400, 0.5, -0.0, 1e308,
)  # fmt: skip
INSTANTS: Final = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1999-12-31T23:59:59Z",
    "2200-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-21T00:00:60Z", "2026-11-21",
    "2026-11-21T00:00:00", "2026-11-21T00:00:00.123456789+09:00", "2026-11-21T24:00:00Z", "1794000000",
)  # fmt: skip
KINDS: Final[tuple[Any, ...]] = (None, True, [], {}, [None], [[[[]]]], {"": ""}, ["", "\0"], {"type": "other"})
IDS: Final = (
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "{00000000-0000-0000-0000-000000000000}", "00000000000000000000000000000000",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
)  # fmt: skip
ODD: Final[tuple[Any, ...]] = (*TEXTS, *NUMBERS, *INSTANTS, *KINDS, *IDS)
# What still is an address with the same number of parts.
ODD_PARTS: Final = tuple(text for text in (*TEXTS, *IDS) if text not in ("", "../..") and "\ud800" not in text)


class Place(NamedTuple):
    """Where a value stands: in a mapping by its name, in a list by its number."""

    inside: Any
    at: str | int


def places(part: Any) -> Iterator[Place]:
    """Everywhere that something stands in it, however deep."""
    if isinstance(part, dict):
        for name, value in cast(dict[str, Any], part).items():
            yield Place(part, name)
            yield from places(value)
    elif isinstance(part, list):
        for number, value in enumerate(cast(list[Any], part)):
            yield Place(part, number)
            yield from places(value)


def spoiled(wish: Wish, data: st.DataObject) -> Wish:
    """The wish with one value changed, left out or added."""
    odd = copy.deepcopy(wish)
    parts = [name for name in ("path_parameters", "query", "body") if isinstance(odd.get(name), dict | list)]
    if not parts:
        return odd | {"query": {data.draw(st.sampled_from(["", "x", "limit", "cursor"])): data.draw(texts())}}
    name = data.draw(st.sampled_from(parts))
    there = list(places(odd[name]))
    if name == "path_parameters":
        place = data.draw(st.sampled_from(there))
        place.inside[place.at] = data.draw(st.sampled_from(ODD_PARTS))
        return odd
    place = data.draw(st.sampled_from([*there, Place(odd, name)] if name == "body" else there))
    values: st.SearchStrategy[Any] = texts() if name == "query" else st.sampled_from(ODD)
    match data.draw(st.integers(0, 7)):
        case 0 if place.inside is not odd:
            del place.inside[place.at]
        case 1 if not isinstance(place.at, int) and place.inside is not odd:
            place.inside[data.draw(texts())] = data.draw(values)
        case _:
            place.inside[place.at] = data.draw(values)
    return odd


def texts() -> st.SearchStrategy[str]:
    """What a query can hold."""
    return st.sampled_from([str(each) for each in (*TEXTS, *NUMBERS, *INSTANTS, *IDS) if "\ud800" not in str(each)])
