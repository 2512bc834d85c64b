"""Promises to take, made by hand: one SKU from one node."""

from datetime import UTC, datetime, timedelta

import msgspec

from sangdan.flows.place_order import Buyer, Taken
from sangdan.kit.ids import Ids
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.model.answer import Content, Parcel, Price, Way, WayLine
from sangdan.offer.promise.model.inputs import Cell, Inputs, Line, Node, Offer, Policy
from sangdan.offer.promise.model.slip import Slip

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=11)


def inputs(sku: str, per_hour: int) -> Inputs:
    return Inputs(
        at=int(AT.timestamp()),
        year=2026,
        currency="KRW",
        postcode="06236",
        zone_id="seoul-gangnam",
        area="mainland",
        lines=(Line(line_no=1, sku=sku, units=1, weight_g=500),),
        offers=(Offer(sku, "dairy", 2500),),
        cells=(Cell("icheon", sku, "dairy", 5),),
        nodes=(
            Node(
                node_id="icheon",
                kind="fulfilment_centre",
                operator_id="logis",
                temperatures=("ambient",),
                hours=0,
                handling_s=600,
                parcels_per_hour=per_hour,
            ),
        ),
        policy=Policy(
            version="test",
            ttl_s=900,
            margin_s=0,
            max_parcels=3,
            pickup_ways=1,
            vat_ppm=100_000,
            timezone="Asia/Seoul",
            services=(),
        ),
    )


def way(sku: str, units: int, inbound_id: str | None = None) -> Way:
    goods = 2500 * units
    return Way(
        service="next_day",
        node_id=None,
        promised_at=AT + timedelta(days=1),
        probability_ppm=950_000,
        currency="KRW",
        lines=(
            WayLine(
                line_no=1,
                wish_no=1,
                sku=sku,
                seller_id="dairy",
                units=units,
                unit_price_minor=2500,
                goods_minor=goods,
                vat_class="exempt",
                vat_minor=0,
                rate_id=None,
            ),
        ),
        parcels=(
            Parcel(
                parcel_no=1,
                node_id="icheon",
                operator_id="logis",
                carrier_id="fast",
                lane_id="icheon-gangnam",
                service="next_day",
                slot_at=AT,
                ready_at=AT + timedelta(minutes=10),
                departs_at=AT + timedelta(hours=3),
                promised_at=AT + timedelta(days=1),
                probability_ppm=950_000,
                weight_g=500 * units,
                fee_minor=3000,
                carrier_minor=2500,
                fulfilment_minor=600,
                co2e_g=400,
                contents=(Content(1, units, inbound_id),),
            ),
        ),
        price=Price(
            goods_minor=goods,
            fee_minor=3000,
            surcharge_minor=0,
            delivery_minor=3000,
            vat_minor=272,
            total_minor=goods + 3000,
        ),
        cost_minor=3100,
        co2e_g=400,
        reasons=(),
        expires_at=AT + timedelta(minutes=15),
    )


def a_taken(sku: str = "milk", units: int = 1, *, per_hour: int = 100, inbound_id: str | None = None) -> Taken:
    facts, answer = inputs(sku, per_hour), way(sku, units, inbound_id)
    slip = Slip(facts.postcode, (per_hour,), (None,))
    return Taken(
        order_id=IDS.new(AT),
        buyer=Buyer("web", "market", "kim"),
        promise=Opened(IDS.new(AT), facts, answer, promises.pack(facts), msgspec.json.encode(answer), slip),
        release_at=AT + timedelta(minutes=5),
        confirm_days=7,
    )
