"""Why rows of a file were not taken, in the page's language.

The file of rejects and the API tell it in English, sentence by sentence. Here a sentence is known by its form, and said
again by the same form in another language; what none of the forms fits is shown as it is.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from sangdan.doors.web.field_names import FIELDS, field_name
from sangdan.doors.web.words import Words, mark

BETWEEN: Final = "; "
# What a cell should be: it completes "... is not ...".
FITS: Final = (
    mark("a code of 1 to 64 ASCII letters, digits, dots, hyphens or underscores"),
    mark("text of at most %(number)s characters on one line"),
    mark("one of %(words)s"),
    mark("a whole number from %(least)s to %(top)s"),
    mark("true or false"),
    mark("a date like 2026-11-21"),
    mark("an instant like 2026-11-21T09:00:00+09:00"),
    mark("a time like 17:30"),
    mark("hours like 09:00-22:00 or 09:00-12:00,13:00-24:00, in order and apart"),
    mark("a time zone like Asia/Seoul"),
    mark("a currency code like KRW"),
    mark("a country code like KR"),
    mark("a path like fresh/fruit"),
    mark("a postcode of five digits"),
    mark("a GTIN of 8, 12, 13 or 14 digits whose check digit is right"),
    mark("an HS code of 6 to 10 digits"),
    mark("the name of a picture: small letters, digits and hyphens"),
    mark("%(number)s or more values joined by '|', each %(fit)s"),
    mark("%(number)s values joined by '|', each %(fit)s"),
    mark("values joined by '|', each %(fit)s"),
)
SENTENCES: Final = (
    # of one cell
    mark("%(columns)s: is empty"),
    mark("%(columns)s: '%(text)s' is not %(fit)s"),
    mark("%(columns)s: '%(text)s': write it without thousands separators"),
    mark("%(columns)s: '%(text)s': add the offset from UTC, e.g. +09:00, or Z"),
    mark("%(columns)s: '%(text)s': the leading zero was lost: keep the column as text"),
    mark("%(columns)s: %(noun)s '%(text)s' is not known; import %(kind)s first"),
    mark("%(columns)s: the same as in line %(number)s"),
    # of the columns of one row
    mark("valid_to must come after valid_from"),
    mark("give a sku or a category, not both"),
    mark("give a shop_id and what its shops may take (share_ppm or units_max), or no shop_id and safety"),
    mark("give exactly one of safety, share_ppm and units_max"),
    mark("source and target must differ"),
    mark("departures and cut_offs must be as many as each other"),
    mark("transit_s must not decrease from one probability to the next"),
    mark("give the mail-order number and its authority in both languages, or none of the three"),
    # of a line
    mark("the line's quotes do not match"),
    mark("the line has %(number)s columns, the header has %(most)s"),
    # of what is known already
    mark("rate_ppm: %(number)s is known from then on: give a new rate a later valid_from"),
    mark("lane %(id)s already leads from %(from)s to %(to)s with this service and carrier: change that lane"),
    mark("the contract from %(from)s until further notice overlaps this one: end that one first"),
    mark("the contract from %(from)s until %(to)s overlaps this one: end that one first"),
    mark("options: this product has SKUs with %(number)s option values each"),
    mark("options: %(number)s values, but product %(id)s has %(most)s option names"),
    mark("gtin: %(id)s belongs to SKU %(of)s"),
    mark("sku: a kit is no part of itself"),
    mark("sku: %(id)s is a kit; name its parts instead"),
    mark("kit_sku: %(id)s is part of another kit"),
    mark("notice_en: %(number)s items, but notice_ko has %(most)s"),
    mark("rule_id: %(id)s is the rule for these; change or withdraw it"),
    mark("on_hand: %(number)s counted, but %(most)s are reserved"),
    mark("inbound_id: %(id)s is %(sku)s of %(of)s: take another id"),
    mark("inbound_id: %(id)s was received already"),
    mark("units: %(number)s expected, but %(most)s are promised"),
)
# What a row is counted under.
SHORT: Final = (
    mark("unreadable line"),
    mark("refused"),
    mark("%(columns)s rule"),
    mark("%(columns)s unknown"),
    mark("%(columns)s repeated"),
)
NOUNS: Final[Mapping[str, str]] = {
    "partner": mark("ally"),
    "product": mark("product"),
    "SKU": mark("SKU"),
    "node": mark("node"),
    "zone": mark("zone"),
    "calendar": mark("calendar"),
}
YEAR_DIGITS: Final = 4
SLOT: Final = re.compile(r"%\((\w+)\)s")
_TAKES: Final[Mapping[str, str]] = {
    "columns": r"[a-z0-9_]+(?:, [a-z0-9_]+)*",
    "number": r"-?\d+",
    "most": r"-?\d+",
    "least": r"-?\d+",
    "top": r"-?\d+",
    "noun": "|".join(NOUNS),
    "kind": "[a-z-]+",
}
Said = Callable[[str], str | None]


@cache
def form(text: str) -> re.Pattern[str]:
    """What a text fits that was made by a form.

    text  with %(names)s where its parts stand
    """
    places = SLOT.split(text)
    spelled = [
        f"(?P<{each}>{_TAKES.get(each, '.+?')})" if at % 2 else re.escape(each) for at, each in enumerate(places)
    ]
    return re.compile("".join(spelled), re.DOTALL)


def said(text: str, forms: Sequence[str], say: Words, kinds: Mapping[str, str]) -> str | None:
    """A text said again by its form; None when it has none of these.

    kinds  the imports' names, marked
    """
    for each in forms:
        found = form(each).fullmatch(text)
        if found is not None:
            parts = {name: _part(name, part, say, kinds) for name, part in found.groupdict().items()}
            if None not in parts.values():
                return say(each, **parts)
    return None


def reasons(told: str, say: Words, kinds: Mapping[str, str]) -> list[str]:
    """All that is wrong with a row, a sentence each, in the page's language; English is what it is already.

    told  sentences with semicolons between them, as the file of rejects has them
    """
    again = _again(told, lambda text: said(text, SENTENCES, say, kinds))
    return [whole if found is None or say.language == "en" else found for whole, found in again]


def short(reason: str, say: Words) -> str:
    """What rows are counted under, in the page's language."""
    if reason in FIELDS:
        return _columns(reason, say)
    return said(reason, SHORT, say, {}) or reason


def _again(told: str, sentence: Said) -> Iterator[tuple[str, str | None]]:
    """The sentences of a text, each with how it is said again; a cell that they quote may hold what is between them."""
    pieces, at = told.split(BETWEEN), 0
    while at < len(pieces):
        ends = range(at + 1, len(pieces) + 1)
        end = next((end for end in ends if sentence(BETWEEN.join(pieces[at:end])) is not None), at + 1)
        whole = BETWEEN.join(pieces[at:end])
        yield whole, sentence(whole)
        at = end


def _part(name: str, text: str, say: Words, kinds: Mapping[str, str]) -> Any:
    match name:
        case "columns":
            return _columns(text, say)
        case "fit":
            return said(text, FITS, say, kinds)
        case "number" | "most":
            return say.number(int(text))
        case "least" | "top":  # of what may be a year
            return say.number(int(text)) if len(text) > YEAR_DIGITS else text
        case "noun":
            return say(NOUNS[text])
        case "kind":
            return say(kinds[text]) if text in kinds else text
        case _:
            return text


def _columns(names: str, say: Words) -> str:
    """Columns by what people call them, each with its own name, which stands in the file."""
    return ", ".join(_column(field_name(name, say), name) for name in names.split(", "))


def _column(title: str, name: str) -> str:
    if title.endswith(")"):
        return f"{title[:-1]}, {name})"
    return name if title == name else f"{title}({name})"
