"""Orders made by hand, part by part: what a race places, without asking for a promise first."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from sangdan.flows.place_order import Buyer, Taken
from sangdan.kit.ids import derive
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.model.answer import Content, Parcel, Price, Way, WayLine
from sangdan.offer.promise.model.inputs import Cell, Inputs, Line, Node, Offer, Policy
from sangdan.offer.promise.model.slip import Slip

AT: Final = datetime(2026, 11, 21, 9, tzinfo=UTC)
OWNER: Final = "dairy"
CLIENT: Final = "web"
SHOP: Final = "market"
CORNER: Final = "corner"
PRICE_MINOR: Final = 2500
FEE_MINOR: Final = 3000
POLICY: Final = Policy(
    version="race", ttl_s=900, margin_s=0, max_parcels=3, pickup_ways=1, vat_ppm=100_000, timezone="Asia/Seoul",
    services=(),
)  # fmt: skip


class Part(msgspec.Struct, frozen=True):
    """Units of one line, and where they come from.

    units       >= 1
    inbound_id  the dated supply that they are promised of; None when they lie on the shelf
    """

    line_no: int
    node_id: str
    sku: str
    units: int
    inbound_id: str | None = None


class Wish(msgspec.Struct, frozen=True):
    """An order that somebody wants.

    order_id  a UUIDv7
    parts     at least one, no two of the same line, node and supply; each node packs one parcel
    hour_at   the hour whose capacity every parcel takes
    """

    order_id: UUID
    parts: tuple[Part, ...]
    hour_at: datetime = AT
    shop_id: str = SHOP

    @property
    def nodes(self) -> list[str]:
        """Those that pack a parcel, in the parcels' order."""
        return list(dict.fromkeys(part.node_id for part in self.parts))

    def reservation_id(self, part: Part) -> UUID:
        """The id under which a part's units are held."""
        parcel_no = self.nodes.index(part.node_id) + 1
        return derive(self.order_id, "reservation", parcel_no, part.line_no, part.inbound_id or "")

    def parcel_id(self, node_id: str) -> UUID:
        """The id of the parcel that a node packs."""
        return derive(self.order_id, "parcel", self.nodes.index(node_id) + 1)


def taken(wish: Wish, per_hour: Mapping[str, int]) -> Taken:
    """The promise that such a wish takes.

    per_hour  parcels that each node makes in an hour
    """
    facts = _facts(wish, per_hour)
    way = _way(wish)
    # The floors' queues and cut-offs are others' tests: here shelves, shares, supply and hours are in short supply.
    slip = Slip(facts.postcode, tuple(per_hour[node_id] for node_id in wish.nodes), tuple(None for _ in wish.nodes))
    promise_id = derive(wish.order_id, "promise")
    return Taken(
        order_id=wish.order_id,
        buyer=Buyer(CLIENT, wish.shop_id, "kim"),
        promise=Opened(promise_id, facts, way, promises.pack(facts), msgspec.json.encode(way), slip),
        release_at=AT + timedelta(minutes=5),
        confirm_days=7,
    )


def _facts(wish: Wish, per_hour: Mapping[str, int]) -> Inputs:
    lines = _units_by_line(wish.parts)
    return Inputs(
        at=int(AT.timestamp()),
        year=AT.year,
        currency="KRW",
        postcode="06236",
        zone_id="seoul-gangnam",
        area="mainland",
        lines=tuple(Line(line_no=no, sku=sku, units=units, weight_g=500) for no, (sku, units) in lines.items()),
        offers=tuple(Offer(sku, OWNER, PRICE_MINOR) for sku in sorted({sku for sku, _ in lines.values()})),
        cells=tuple(Cell(part.node_id, part.sku, OWNER, part.units) for part in wish.parts),
        nodes=tuple(
            Node(
                node_id=node_id, kind="fulfilment_centre", operator_id="logis", temperatures=("ambient",), hours=0,
                handling_s=600, parcels_per_hour=per_hour[node_id],
            )
            for node_id in wish.nodes
        ),
        policy=POLICY,
    )  # fmt: skip


def _way(wish: Wish) -> Way:
    lines = _units_by_line(wish.parts)
    goods = PRICE_MINOR * sum(units for _, units in lines.values())
    fees = FEE_MINOR * len(wish.nodes)
    return Way(
        service="next_day",
        node_id=None,
        promised_at=AT + timedelta(days=1),
        probability_ppm=950_000,
        currency="KRW",
        lines=tuple(
            WayLine(
                line_no=no, wish_no=no, sku=sku, seller_id=OWNER, units=units, unit_price_minor=PRICE_MINOR,
                goods_minor=PRICE_MINOR * units, vat_class="exempt", vat_minor=0, rate_id=None,
            )
            for no, (sku, units) in lines.items()
        ),
        parcels=tuple(_parcel(no, node_id, wish) for no, node_id in enumerate(wish.nodes, start=1)),
        price=Price(
            goods_minor=goods, fee_minor=fees, surcharge_minor=0, delivery_minor=fees, vat_minor=0,
            total_minor=goods + fees,
        ),
        cost_minor=3100,
        co2e_g=400,
        reasons=(),
        expires_at=AT + timedelta(minutes=15),
    )  # fmt: skip


def _parcel(parcel_no: int, node_id: str, wish: Wish) -> Parcel:
    inside = [part for part in wish.parts if part.node_id == node_id]
    return Parcel(
        parcel_no=parcel_no, node_id=node_id, operator_id="logis", carrier_id="fast", lane_id="any",
        service="next_day", slot_at=wish.hour_at, ready_at=wish.hour_at + timedelta(minutes=10),
        departs_at=wish.hour_at + timedelta(hours=3), promised_at=AT + timedelta(days=1), probability_ppm=950_000,
        weight_g=500 * sum(part.units for part in inside), fee_minor=FEE_MINOR, carrier_minor=2500,
        fulfilment_minor=600, co2e_g=400,
        contents=tuple(Content(part.line_no, part.units, part.inbound_id) for part in inside),
    )  # fmt: skip


def _units_by_line(parts: Sequence[Part]) -> dict[int, tuple[str, int]]:
    """SKU and units of each line."""
    lines: dict[int, tuple[str, int]] = {}
    for part in parts:
        lines[part.line_no] = part.sku, lines.get(part.line_no, (part.sku, 0))[1] + part.units
    return dict(sorted(lines.items()))
