"""Kits among the wishes: each becomes lines of its parts, whose prices sum to the kit's to the last minor unit."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.model import KitPart, Sku, part_prices
from sangdan.offer.promise.errors import BadQuantity, BasketSize
from sangdan.offer.promise.model import Cell, Line, Offer
from sangdan.offer.promise.model.basket import MOST_LINES, MOST_UNITS, Wish


class Kits(msgspec.Struct, frozen=True):
    """What the kits of a basket are made of.

    parts  by kit, each part once
    skus   every SKU of the basket and of its kits
    """

    parts: Mapping[str, Sequence[KitPart]]
    skus: Mapping[str, Sku]

    def stocked(self, wishes: Iterable[Wish]) -> list[str]:
        """The SKUs that must lie on shelves for these wishes, in the order of their first mention."""
        named = (part for wish in wishes for part in self._goods(wish.sku))
        return list(dict.fromkeys(named))

    def _goods(self, sku: str) -> list[str]:
        return [part.sku for part in self.parts[sku]] if sku in self.parts else [sku]


async def read_kits(conn: Conn, wishes: Sequence[Wish]) -> Kits:
    """Look up what is wished for, and what it is made of.

    raises  SkuUnknown
    """
    skus = await catalogue.skus(conn, list(dict.fromkeys(wish.sku for wish in wishes)))
    wanted = [sku for sku, each in skus.items() if each.is_kit]
    parts: defaultdict[str, list[KitPart]] = defaultdict(list)
    if wanted:
        for part in await catalogue.kit_parts(conn, wanted):
            parts[part.kit_sku].append(part)
        further = {part.sku for of_one in parts.values() for part in of_one} - skus.keys()
        skus |= await catalogue.skus(conn, sorted(further))
    return Kits(dict(parts), skus)


def lines_of(
    kits: Kits, wishes: Sequence[Wish], offers: Sequence[Offer], cells: Iterable[Cell]
) -> tuple[tuple[Line, ...], tuple[Offer, ...]]:
    """The lines that the wishes come to, and what their sellers ask.

    offers  of the wishes and of the kits' parts: for each wish at least one that fits
    cells   what the owners have of it
    gives   a wish's lines together; a kit's are of one seller: of those who have all its parts the cheapest
    raises  BadQuantity, BasketSize
    """
    have: Counter[tuple[str, str]] = Counter()
    if kits.parts:
        for cell in cells:
            have[cell.sku, cell.owner_id] += cell.units + sum(due.units for due in cell.inbounds)
    lines: list[Line] = []
    priced: list[Offer] = []
    plain = {wish.sku for wish in wishes if wish.sku not in kits.parts}
    for wish_no, wish in enumerate(wishes, start=1):
        if wish.sku in plain:
            lines.append(_line(len(lines) + 1, kits.skus[wish.sku], wish.units, wish.seller_id))
            if wish.seller_id is not None and wish.unit_price_minor is not None:
                priced.append(Offer(wish.sku, wish.seller_id, wish.unit_price_minor, None, len(lines)))
            continue
        asked = _seller(wish, kits.parts[wish.sku], offers, have)
        for part, units, price_minor in _shares(kits.parts[wish.sku], asked, offers):
            line_no = len(lines) + 1
            line = _line(line_no, kits.skus[part.sku], _checked(wish, units * wish.units), asked.seller_id)
            kit = kits.skus[wish.sku]
            lines.append(
                msgspec.structs.replace(
                    line, kit_sku=wish.sku, kit_no=wish_no, kit_units=units,
                    age_limit=max(line.age_limit, kit.age_limit), pickup_only=line.pickup_only or kit.pickup_only,
                )
            )  # fmt: skip
            priced.append(Offer(part.sku, asked.seller_id, price_minor, asked.rate_id, line_no))
    if len(lines) > MOST_LINES:
        raise BasketSize(
            f"A basket has 1 to {MOST_LINES} lines, the parts of kits counted; this one has {len(lines)}.",
            lines=len(lines), most=MOST_LINES,
        )  # fmt: skip
    return tuple(lines), (*(offer for offer in offers if offer.sku in plain), *priced)


def _line(line_no: int, sku: Sku, units: int, seller_id: str | None) -> Line:
    return Line(
        line_no=line_no,
        sku=sku.sku,
        units=units,
        seller_id=seller_id,
        weight_g=sku.weight_g,
        temperature=sku.temperature,
        vat_class=sku.vat_class,
        age_limit=sku.age_limit,
        pickup_only=sku.pickup_only,
    )


def _seller(
    wish: Wish, parts: Sequence[KitPart], offers: Sequence[Offer], have: Mapping[tuple[str, str], int]
) -> Offer:
    """The offer by which the kit is sold."""

    def first(offer: Offer) -> tuple[bool, int, str]:
        short = any(have.get((part.sku, offer.seller_id), 0) < part.units * wish.units for part in parts)
        return short, offer.unit_price_minor, offer.seller_id

    return min((o for o in offers if o.sku == wish.sku and wish.seller_id in (None, o.seller_id)), key=first)


def _shares(parts: Sequence[KitPart], asked: Offer, offers: Sequence[Offer]) -> Iterable[tuple[KitPart, int, int]]:
    """(part, units in one kit, price of each): by what the parts cost alone, from this seller or else from anybody.

    gives  a part twice when its share does not divide by its units; all by units alone when a part has no price
    """
    worth: dict[str, int] = {}
    for offer in sorted(offers, key=lambda o: (o.seller_id != asked.seller_id, o.unit_price_minor)):
        worth.setdefault(offer.sku, offer.unit_price_minor)
    known = all(part.sku in worth for part in parts)
    weighed = [(part.units, part.units * (worth[part.sku] if known else 1)) for part in parts]
    for part, groups in zip(parts, part_prices(asked.unit_price_minor, weighed), strict=True):
        for units, price_minor in groups:
            yield part, units, price_minor


def _checked(wish: Wish, units: int) -> int:
    if units > MOST_UNITS:
        raise BadQuantity(
            f"{wish.units} of kit {wish.sku} hold {units} units of one part; a line has at most {MOST_UNITS}.",
            sku=wish.sku, units=units, most=MOST_UNITS,
        )  # fmt: skip
    return units
