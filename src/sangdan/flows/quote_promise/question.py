"""One question with all that was looked up for it: put together as the promise's inputs, for any choice of nodes."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from sangdan.offer.promise.model import Inputs, LeftOut, Seconds, Service, Unpicked
from sangdan.offer.promise.model.basket import Basket
from sangdan.offer.promise.model.inputs import PICKUP

from .assemble import Assembly, Fees
from .goods import Goods
from .reach import Asked, Reach
from .timetables import seconds


class Pick(msgspec.Struct, frozen=True):
    """The nodes of one service, by id, and those left out by cause."""

    service: Service
    nodes: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()


class Busy(msgspec.Struct, frozen=True):
    """What nodes have promised already.

    known       nodes of which it was looked up
    full_hours  by node: hours that take no further parcel, where there are any
    unpicked    by node: what it has to pick first, where there is anything
    """

    known: set[str] = msgspec.field(default_factory=set[str])
    full_hours: dict[str, Collection[Seconds]] = msgspec.field(default_factory=dict[str, Collection[Seconds]])
    unpicked: dict[str, Sequence[Unpicked]] = msgspec.field(default_factory=dict[str, Sequence[Unpicked]])

    def delays(self, node_id: str) -> bool:
        """Whether a parcel may have to wait there for others."""
        return node_id in self.full_hours or node_id in self.unpicked


class Question(msgspec.Struct, frozen=True):
    """What was asked, and what was found.

    fees  by operator; nodes of others cannot be used
    """

    basket: Basket
    asked: Asked
    goods: Goods
    reach: Reach
    fees: Mapping[str, Fees]
    busy: Busy

    def inputs(self, picks: Sequence[Pick]) -> Inputs:
        """The facts with these nodes only."""
        asked, nodes = self.asked, self.reach.atlas.network.nodes
        assembly = Assembly(self.reach)
        stores = {node_id for each in picks if each.service == PICKUP for node_id in each.nodes}
        known = [
            assembly.node(
                nodes[node_id],
                self.fees[nodes[node_id].operator_id],
                self.busy.full_hours.get(node_id, ()),
                self.busy.unpicked.get(node_id, ()),
                pickup=node_id in stores,
            )
            for node_id in sorted({node_id for each in picks for node_id in each.nodes})
        ]
        rules = {rule.service: rule for rule in asked.policy.services}
        return Inputs(
            at=seconds(asked.at),
            year=asked.local_at.year,
            currency=self.basket.currency,
            postcode=self.basket.postcode,
            zone_id=asked.place.zone_id,
            area=asked.place.area,
            birth_year=self.basket.birth_year,
            shop_id=self.basket.shop_id,
            lines=self.goods.lines,
            offers=self.goods.offers,
            cells=tuple(cell for node in known for cell in self.goods.cells[node.node_id]),
            nodes=tuple(known),
            routes=assembly.routes([(rules[each.service], each.nodes) for each in picks]),
            hours=assembly.hours.all(),
            departures=assembly.departures.all(),
            deadlines=assembly.deadlines.all(),
            left_out=tuple(left for each in picks for left in each.left_out),
            policy=asked.policy,
        )
