"""A view of a table: its filters, its order and where its page begins. It is the page's address, and nothing else."""

from collections.abc import Callable, Mapping
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

    def next(self, key: tuple[Any, ...], seal: Callable[[str], str]) -> str:
        """The query of the page that begins after a row.

        seal  keeps the row's key from whoever reads the address
        """
        return self.query(**{AFTER: seal(msgspec.json.encode(key).decode())})


def read_view(
    raw: Mapping[str, str], filters: tuple[Filter, ...], source: Source[Any], order: str,
    unseal: Callable[[str], str] | None = None,
) -> View:  # fmt: skip
    """What an address asks for; whatever it holds that no view has is left out.

    order   that stands when none is asked for, with '-' before it when it descends
    unseal  opens where its page begins; without it the view is of its first page
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
    after = None if unseal is None else _key(unseal(raw.get(AFTER, "")), source.kind(named))
    return View(given, sought, unfit, named, chosen.startswith(DOWN), after)


def _clean(text: str) -> str:
    return "".join(char for char in text[:LONGEST] if char.isprintable()).strip()


def _key(told: str, kind: Any) -> tuple[Any, ...] | None:
    """The key in an address; None when there is none, or none that could be: then the list begins at its beginning."""
    if not told or len(told) > LONGEST_KEY:
        return None
    try:
        return msgspec.json.decode(told, type=kind)
    except (msgspec.MsgspecError, ValueError):
        return None
