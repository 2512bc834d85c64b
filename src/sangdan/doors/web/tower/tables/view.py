"""A view of a table: its filters, its order and where its page begins. It is the page's address, and nothing else."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from sangdan.kit.lists import Wish

from .filters import LONGEST, Filter, Unfit
from .sources import Source

ORDER: Final = "order"
AFTER: Final = "after"
DOWN: Final = "-"
LONGEST_KEY: Final = 1_000


class View(msgspec.Struct, frozen=True):
    """What the address of a page says.

    given       the filters' texts, as they were written, none of them empty
    filters     what they ask of the source
    unfit       what is wrong with a filter, by its name, in marked English: it is left out
    order       of the source
    after       the key after which the page begins; None on the first
    """

    given: Mapping[str, str]
    filters: Mapping[str, Any]
    unfit: Mapping[str, str]
    order: str
    descending: bool
    after: tuple[Any, ...] | None = None

    def wish(self) -> Wish:
        """What it asks of the source."""
        return Wish(self.filters, self.order, self.descending, self.after)

    def query(self, **changes: str) -> str:
        """The address's query for this view, or for one that differs; always from its first page.

        changes  texts by name; '' takes one away
        """
        pairs = {**self.given, ORDER: f"{DOWN if self.descending else ''}{self.order}", **changes}
        return urlencode({name: text for name, text in pairs.items() if text})

    def sorted_by(self, order: str) -> str:
        """The query of the view in another order; the other way round when it is sorted so already."""
        turned = order == self.order and not self.descending
        return self.query(**{ORDER: f"{DOWN if turned else ''}{order}"})

    def next(self, key: tuple[Any, ...]) -> str:
        """The query of the page that begins after a row."""
        told = base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")
        return self.query(**{AFTER: told})


def read_view(raw: Mapping[str, str], filters: tuple[Filter, ...], source: Source[Any], order: str) -> View:
    """What an address asks for; whatever it holds that no view has is left out.

    order  that stands when none is asked for, with '-' before it when it descends
    """
    given: dict[str, str] = {}
    sought: dict[str, Any] = {}
    unfit: dict[str, str] = {}
    for each in filters:
        texts = {name: _clean(raw.get(name, "")) for name in each.fields}
        texts = {name: text for name, text in texts.items() if text}
        if not texts:
            continue
        given |= texts
        try:
            value = each.read(texts)
        except Unfit as wrong:
            unfit[each.name] = str(wrong)
            continue
        if value is not None:
            sought[each.name] = value
    asked = raw.get(ORDER, "")
    chosen = asked if asked.removeprefix(DOWN) in source.orders else order
    named = chosen.removeprefix(DOWN)
    after = _key(raw.get(AFTER, ""), source.kind(named))
    return View(given, sought, unfit, named, chosen.startswith(DOWN), after)


def _clean(text: str) -> str:
    return "".join(char for char in text[:LONGEST] if char.isprintable()).strip()


def _key(told: str, kind: Any) -> tuple[Any, ...] | None:
    """The key in an address; None when there is none, or none that could be: then the list begins at its beginning."""
    if not told or len(told) > LONGEST_KEY:
        return None
    try:
        raw = base64.b64decode(told + "=" * (-len(told) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=kind)
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        return None
