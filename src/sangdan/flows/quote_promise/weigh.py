"""What every gate of a service would cost, for all of them at once: the field that is pruned."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from sangdan.offer.promise.model import ServiceRule
from sangdan.offer.promise.model.gates import MILLI
from sangdan.offer.promise.model.inputs import offers_of
from sangdan.offer.promise.model.prune import MOST_LINES, MOST_PARCELS, NEVER, Field, Flags, Numbers

from .assemble import Fees
from .atlas import TEMPERATURES, Atlas, Lanes
from .columns import Columns
from .goods import Goods


class Weigher:
    """One question's goods over all nodes, a row for each line and seller.

    place      by row: the line's position
    shelf      row by node: what lies there of what the line may come from
    total      row by node: and with all dated supply
    wanted     by row: units of the line
    most       by row: units that all lines want of the SKU
    distinct   whether no two lines ask for the same SKU
    held       by node: whether it holds anything
    low, high  between which the goods can cost, as the choice sees it
    has_terms  by node: whether its operator's fees are known
    plain      whether every line is of one unit, and nothing is due: then no line can be divided, or wait
    """

    def __init__(self, goods: Goods, columns: Columns, atlas: Atlas, fees: Mapping[str, Fees]) -> None:
        offers = [sorted(offers_of(line, goods.offers).items()) for line in goods.lines]
        rows = [
            (place, columns.rows[line.sku, seller_id], offer.unit_price_minor)
            for place, line in enumerate(goods.lines)
            for seller_id, offer in offers[place]
            if (line.sku, seller_id) in columns.rows
        ]
        prices = [[offer.unit_price_minor for _, offer in each] for each in offers]
        self.low = sum(min(each, default=0) * line.units for each, line in zip(prices, goods.lines, strict=True))
        self.high = sum(max(each, default=0) * line.units for each, line in zip(prices, goods.lines, strict=True))
        self._lines = len(goods.lines)
        self.place, which, price = _whole([list(row) for row in rows]).reshape(-1, 3).T
        self.shelf, self.total = columns.shelf[which], columns.total[which]
        self.wanted = _whole([line.units for line in goods.lines])[self.place]
        every = Counter[str]()
        for line in goods.lines:
            every[line.sku] += line.units
        self.distinct = len(every) == len(goods.lines)
        self.most = _whole([every[line.sku] for line in goods.lines])[self.place]
        self.held: Flags = np.asarray((self.total > 0).any(axis=0))
        self.plain = self.distinct and bool((self.wanted == 1).all() and (self.shelf == self.total).all())
        self.line_weight_g = _whole([line.units * line.weight_g for line in goods.lines])
        self._weight_g = _whole([line.weight_g for line in goods.lines])[self.place][:, None]
        self._cold = _whole([TEMPERATURES.index(line.temperature) for line in goods.lines])[self.place]
        self._first = np.flatnonzero(np.diff(self.place, prepend=-1))
        self._goods = (price * self.wanted)[:, None]
        self._all_held = len(self._first) == len(goods.lines)
        # Prices count from the line's least, so that sums stay small.
        least = np.zeros(self._lines, np.int64)
        if len(rows):
            least[self.place[self._first]] = np.minimum.reduceat(price, self._first)
        self._price = ((price - least[self.place]) * MILLI)[:, None]
        self._scarcity = columns.scarcity_minor[which] * MILLI if columns.scarcity_minor.any() else None
        terms = [fees.get(operator) for operator in atlas.operators]
        self.has_terms: Flags = np.array([each is not None for each in terms], np.bool_)[atlas.operator]
        self._unit_fee = (_whole([0 if each is None else each[0] for each in terms]) * MILLI)[atlas.operator]
        self._parcel_fee = (_whole([0 if each is None else each[1] for each in terms]) * MILLI)[atlas.operator]

    def sends(self, lanes: Lanes, gates: Numbers) -> Flags:
        """Row by gate: whether a unit may leave that way."""
        return lanes.keeps[:, gates][self._cold] & (self._weight_g <= lanes.max_weight_g[gates])

    def bases(self, rule: ServiceRule, lanes: Lanes, gates: Numbers, *, pays: bool) -> tuple[Numbers, Numbers]:
        """By gate: what a parcel with nothing in it costs the shopper and the alliance, in thousandths."""
        base, surcharge = lanes.base_minor[gates] * MILLI, lanes.surcharge_minor[gates] * MILLI
        shopper = surcharge + base if pays and rule.flat_minor is None else surcharge
        return shopper, self._parcel_fee[lanes.node[gates]] + base + surcharge

    def units(self, rule: ServiceRule, lanes: Lanes, gates: Numbers, *, pays: bool) -> tuple[Numbers, Numbers]:
        """Row by gate: what a unit costs the shopper above the line's least price, and the alliance, in thousandths."""
        node = lanes.node[gates]
        carriage = lanes.per_kg_minor[gates] * self._weight_g
        shopper = self._price + carriage if pays and rule.flat_minor is None else self._price
        alliance = self._unit_fee[node] + carriage
        return shopper, alliance if self._scarcity is None else alliance + self._scarcity[:, node]

    def field(
        self, rule: ServiceRule, lanes: Lanes, gates: Numbers, promised_at: Numbers, *, pays: bool
    ) -> Field | None:
        """The field of some gates, lines whole and from the shelf.

        gates        of `lanes`, ascending
        promised_at  by these gates
        pays         whether the shopper pays for delivery
        gives        None when a line is held nowhere, or the numbers are too large
        """
        if not self._all_held or self._lines > MOST_LINES or not len(gates):
            return None
        wanted, limits = self.wanted[:, None], lanes.max_weight_g[gates]
        base_shopper, base_alliance = self.bases(rule, lanes, gates, pays=pays)
        shopper, alliance = (each * wanted for each in self.units(rule, lanes, gates, pays=pays))
        radix = 1 << int(alliance.max(axis=1).sum() + MOST_PARCELS * base_alliance.max()).bit_length()
        if (int(shopper.max(axis=1).sum()) + MOST_PARCELS * int(base_shopper.max()) + 1) * radix >= NEVER:
            return None
        fills = self.shelf[:, lanes.node[gates]] >= wanted
        fills &= lanes.keeps[:, gates][self._cold]
        fills &= self._weight_g * wanted <= limits
        return Field(
            node=lanes.node[gates],
            base=base_shopper * radix + base_alliance,
            first=self._first,
            cost=np.where(fills, shopper * radix + alliance, NEVER),
            goods_minor=self._goods[:, 0],
            promised_at=promised_at,
            max_weight_g=limits,
            weight_g=self.line_weight_g,
        )

    def baskets(self, atlas: Atlas, node: Numbers) -> tuple[Flags, Flags, Numbers]:
        """The basket at single nodes.

        gives  by node: whether it holds enough of every line; whether each line's cheapest seller has all of it on the
               shelf; and what those sellers ask
        """
        if not self._all_held:
            none = np.zeros(len(node), np.bool_)
            return none, none, np.zeros(len(node), np.int64)
        keeps = atlas.keeps[:, node][self._cold]
        total, wanted = np.where(keeps, self.total[:, node], 0), self.wanted[:, None]
        holds = (np.add.reduceat(total, self._first) >= self.wanted[self._first][:, None]).all(axis=0)
        offered = np.minimum.reduceat(np.where(total > 0, self._goods, NEVER), self._first)
        whole = np.where(keeps & (self.shelf[:, node] >= wanted), self._goods, NEVER)
        exact = (np.minimum.reduceat(whole, self._first) == offered).all(axis=0)
        return np.asarray(holds), np.asarray(exact & self.distinct), np.where(holds, offered.sum(axis=0), NEVER)


def _whole(numbers: Sequence[int] | Sequence[Sequence[int]]) -> Numbers:
    return np.array(numbers, np.int64)
