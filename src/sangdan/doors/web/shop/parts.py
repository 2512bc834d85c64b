"""A basket in parts: which goods travel together, and how each part can come."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import msgspec

from sangdan.doors.api.desk import Quoted, WayView
from sangdan.doors.texts import render
from sangdan.flows.look_into_basket import Good, InBasket
from sangdan.flows.quote_promise import Wish
from sangdan.kit.db import Conn
from sangdan.kit.problems import Conflict, Problem
from sangdan.offer.promise.errors import NoWay, PromiseAltered
from sangdan.offer.promise.model import Way
from sangdan.offer.promise.model.basket import wishes_of
from sangdan.order.baskets.model import Choice
from sangdan.order.orders.model import MOST_PARTS

from ..words import Words
from .booth import Booth
from .checkout import CHECKOUT, in_words, reasons
from .telling import Teller
from .way_view import WayShown, key_of, picked, still_as_good

# Of so many goods each is asked about alone, to see which of them go well together.
ASKED_ALONE: Final = 12
PARTS: Final = f"{CHECKOUT}/parts"
_BETWEEN: Final = "~"


class PartShown(msgspec.Struct, frozen=True):
    """A part of a basket.

    ways     how it can come, the best one first; empty when it cannot
    nothing  why not, by service
    picked   key of the way that is marked
    """

    number: int
    goods: tuple[Good, ...]
    ways: tuple[WayShown, ...]
    nothing: tuple[tuple[str, list[str]], ...]
    picked: str

    @property
    def way(self) -> WayShown:
        """The way that is marked; there is one."""
        return next((way for way in self.ways if way.key == self.picked), self.ways[0])

    @property
    def first(self) -> list[WayShown]:
        """The best way of each service, and the one that is marked."""
        best = {way.service: way.key for way in reversed(self.ways)}
        return [way for way in self.ways if way.key in (*best.values(), self.picked)]

    @property
    def more(self) -> list[WayShown]:
        """The other ways, such as further stores."""
        first = self.first
        return [way for way in self.ways if way not in first]

    @property
    def age_limit(self) -> int:
        """The age that whoever orders these goods must have."""
        return max(good.age_limit for good in self.goods)


class Asking(msgspec.Struct, frozen=True):
    """What parts are asked with.

    birth_year  of whoever buys, None when nobody said
    """

    booth: Booth
    postcode: str
    birth_year: int | None
    at: datetime

    async def ask(self, conn: Conn, goods: Sequence[Good]) -> Quoted:
        """The ways of a part.

        raises  what `Booth.ask` raises
        """
        wishes = [Wish(good.sku, good.units) for good in goods]
        return await self.booth.ask(conn, wishes, self.postcode, self.birth_year, self.at)


def arranged(inside: InBasket, told: Sequence[str]) -> list[list[Good]] | None:
    """The basket in the parts that a page names.

    told   a part's number and a SKU, as `2~milk`; once for each thing that goes into the next order
    gives  None when that is not the basket as it is
    """
    numbers: dict[str, int] = {}
    for each in told:
        number, _, sku = each.partition(_BETWEEN)
        if sku in numbers or len(number) != 1 or number not in "12345678":
            return None
        numbers[sku] = int(number)
    if numbers.keys() != {good.sku for good in inside.next_order}:
        return None
    parts: dict[int, list[Good]] = {number: [] for number in sorted(set(numbers.values()))}
    for good in inside.next_order:
        parts[numbers[good.sku]].append(good)
    return list(parts.values())


def arranged_as(parts: Sequence[Sequence[str]]) -> list[str]:
    """How a page names which SKUs go into which part, as `arranged` reads it."""
    return [f"{number}{_BETWEEN}{sku}" for number, skus in enumerate(parts, 1) for sku in skus]


def back_to(booth: Booth, choice: Choice, told: str = "") -> str:
    """The page on which a choice was made, arranged as it was.

    told   code of what is said above the ways
    gives  the page with our own proposal where it can no longer be read how the parts were made
    """
    said = {"told": told} if told else {}
    if not choice.more:
        return f"{CHECKOUT}?{urlencode(said)}".rstrip("?")
    try:
        asked = booth.asked(choice)
    except PromiseAltered:
        return f"{PARTS}?{urlencode(said)}".rstrip("?")
    put = arranged_as([[wish.sku for wish in wishes_of(each.lines)] for each in asked])
    where = {"postcode": asked[0].postcode, "born": asked[0].birth_year or ""}
    return f"{PARTS}?{urlencode({**said, **where, 'put': put}, doseq=True)}"


async def proposed(conn: Conn, asking: Asking, inside: InBasket) -> list[list[Good]]:
    """Parts to begin with: the parcels of the best way for all, or what goes by the same ways where there is none."""
    goods = inside.next_order
    try:
        parts = travelling_together((await asking.ask(conn, goods)).ways[0].way, goods)
        if 1 < len(parts) <= MOST_PARTS:
            return parts
    except (NoWay, Conflict):
        pass  # there is no way for all of it: that is what parts are for
    if len(goods) > ASKED_ALONE:
        return [goods]
    alike: dict[frozenset[str], list[Good]] = {}
    for good in goods:
        alike.setdefault(await _services(conn, asking, good), []).append(good)
    return list(alike.values()) if len(alike) <= MOST_PARTS else [goods]


def travelling_together(way: Way, goods: Sequence[Good]) -> list[list[Good]]:
    """The goods of a way, those apart that share no parcel."""
    skus = {line.line_no: line.kit_sku or line.sku for line in way.lines}
    groups: list[set[str]] = []
    for parcel in way.parcels:
        inside = {skus[part.line_no] for part in parcel.contents}
        touching = [group for group in groups if group & inside]
        groups = [group for group in groups if group not in touching] + [inside.union(*touching)]
    parts = [[good for good in goods if good.sku in group] for group in groups]
    return sorted(parts, key=lambda part: goods.index(part[0]))


async def parts_shown(
    conn: Conn, asking: Asking, parts: Sequence[Sequence[Good]], marked: Mapping[int, str], say: Words, tell: Teller
) -> list[PartShown]:
    """Each part with its ways, in words.

    marked  keys of ways like which a part comes if it can, by part: as was picked before, or as all of it would
    raises  PostcodeMalformed, PostcodeUnknown
    """
    told: list[PartShown] = []
    for number, goods in enumerate(parts, start=1):
        ways: Sequence[WayShown] = ()
        nothing: list[tuple[str, list[str]]] = []
        key = ""
        try:
            quoted = await asking.ask(conn, goods)
            ways = await in_words(conn, quoted.ways, asking.postcode, say, tell)
            wanted = picked(marked.get(number, ""))
            same = [
                each for each in quoted.ways
                if wanted is not None and (each.way.service, each.way.node_id) == (wanted.service, wanted.node_id)
            ]  # fmt: skip
            key = key_of((same or quoted.ways)[0].way)
        except NoWay as none:
            nothing = await reasons(conn, none, goods, say, tell)
        except Conflict as gone:
            nothing = [(render(gone, say.language)[1], [])]
        told.append(PartShown(number, tuple(goods), tuple(ways), tuple(nothing), key))
    return told


async def all_at_once(conn: Conn, asking: Asking, inside: InBasket, say: Words, tell: Teller) -> WayShown | None:
    """The best way for all of a basket, to compare with; None when there is none."""
    try:
        quoted = await asking.ask(conn, inside.next_order)
    except Conflict:
        return None
    return (await in_words(conn, quoted.ways[:1], asking.postcode, say, tell))[0]


async def found(
    conn: Conn, asking: Asking, parts: Sequence[Sequence[Good]], marked: Mapping[int, str]
) -> list[tuple[Quoted, WayView]] | None:
    """For each part the way that was picked, asked for once more; None when one is not as good as it was shown."""
    ways: list[tuple[Quoted, WayView]] = []
    for number, goods in enumerate(parts, start=1):
        wanted = picked(marked.get(number, ""))
        try:
            quoted = await asking.ask(conn, goods)
        except (NoWay, Conflict):
            return None
        way = next((each for each in quoted.ways if wanted is not None and still_as_good(each.way, wanted)), None)
        if way is None:
            return None
        ways.append((quoted, way))
    return ways


async def _services(conn: Conn, asking: Asking, good: Good) -> frozenset[str]:
    try:
        return frozenset(each.way.service for each in (await asking.ask(conn, [good])).ways)
    except Problem:
        return frozenset()
