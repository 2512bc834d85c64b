"""Networks in memory, with stock on their nodes: what a question finds, without a database."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from random import Random
from typing import cast

from msgspec.structs import replace

from sangdan.flows.quote_promise.columns import columns_of
from sangdan.flows.quote_promise.exchange import Exchange
from sangdan.flows.quote_promise.goods import Goods
from sangdan.flows.quote_promise.pick import Picker
from sangdan.flows.quote_promise.question import Busy, Question
from sangdan.flows.quote_promise.reach import Asked, Reach
from sangdan.flows.quote_promise.weigh import Weigher
from sangdan.kit.calendars import Calendar
from sangdan.kit.db import Conn
from sangdan.offer.network.model import Lane, Network, Node, Postcode, Surcharge, Zone, lanes_by_pair
from sangdan.offer.promise.model import (
    Cell,
    Inbound,
    Inputs,
    Line,
    Offer,
    Policy,
    Service,
    ServiceRule,
    Unpicked,
)
from sangdan.offer.promise.model.basket import Basket, Wish
from sangdan.offer.promise.model.history import Trip
from sangdan.offer.promise.ports import AS_CONFIGURED, Transit

from .promise_cases import TRANSIT_S

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)  # Monday noon in Seoul
DAY_S = 86_400
ZONES = ("east", "west", "north")
HERE = Postcode("04524", "east", "mainland")


def random_network(random: Random, nodes: int) -> Network:
    """Stores and centres in three zones, a lane or two of each service from every zone to the shopper's.

    nodes  how many
    """
    lanes = [
        Lane(
            lane_id=f"{service}-{zone}-{carrier}", from_zone=zone, to_zone="east", service=service, carrier_id=carrier,
            calendar_id="daily", cut_offs=(time(random.choice((10, 14, 18))),), departures=(time(19),), due_local=None,
            transit_s=random.choice((TRANSIT_S, tuple(2 * s for s in TRANSIT_S))),
            temperatures=random.choice((("ambient",), ("ambient", "chilled"), ("ambient", "chilled"))), currency="KRW",
            base_minor=random.choice((500, 700, 2500)), per_kg_minor=random.choice((0, 100)),
            max_weight_g=random.choice((1_500, 3_000, 30_000, 30_000)), distance_m=10_000, co2e_mg_per_kg_km=100,
        )
        for service in ("standard", "quick")
        for zone in ZONES
        for carrier in ("swift", "slow")[: random.randint(1, 2)]
    ]  # fmt: skip
    places = [_node(random, f"n{number:03}") for number in range(nodes)]
    return Network(
        version="1",
        nodes={place.node_id: place for place in places},
        zones={zone: Zone(zone, zone, zone, 37_500_000, 127_000_000) for zone in ZONES},
        postcodes={HERE.postcode: HERE},
        lanes=lanes_by_pair(lanes),
        surcharges=random.choice(({}, {}, {}, {("slow", "mainland"): Surcharge("slow", "mainland", 300, "KRW", 0)})),
        calendars={
            "daily": Calendar("Asia/Seoul", ("00:00-24:00",) * 7),
            "shop": Calendar("Asia/Seoul", ("09:00-22:00",) * 6 + ("",)),
            "late": Calendar("Asia/Seoul", ("15:00-18:00",) * 7),
        },
        reasons={},
    )  # fmt: skip


def _node(random: Random, node_id: str) -> Node:
    return Node(
        node_id=node_id, kind="store", operator_id=random.choice(("mart", "logis")), name_ko=node_id, name_en=node_id,
        zone_id=random.choice(ZONES), lat_e6=37_500_000 + random.randint(-300_000, 300_000), lon_e6=127_000_000,
        temperatures=random.choice((("ambient",), ("ambient", "chilled"))),
        calendar_id=random.choice(("daily", "shop", "late")), handling_s=random.choice((900, 1800)),
        parcels_per_hour=random.choice((0, 10, 10, 10)), pickup=random.random() < 0.6,
    )  # fmt: skip


def random_policy(random: Random) -> Policy:
    """Standard, quick and picking up; fees flat or by tariff, sometimes free from an amount that sellers decide."""
    flat_minor = random.choice((None, 0, 300, 3000))
    free_from_minor = random.choice((None, None, 3000, 5000, 8000))
    delivery = ServiceRule(
        service="standard", target_ppm=900_000, within_s=random.choice((1, 4, 14)) * DAY_S,
        flat_minor=flat_minor, free_from_minor=free_from_minor,
    )  # fmt: skip
    return Policy(
        version="test", ttl_s=900, margin_s=60, max_parcels=random.randint(1, 3), pickup_ways=random.randint(0, 3),
        vat_ppm=100_000, timezone="Asia/Seoul", near_m=random.choice((0, 2_000, 10_000)),
        services=(
            delivery, replace(delivery, service="quick", within_s=random.choice((6, 30)) * 3600),
            replace(
                delivery, service="pickup", within_s=2 * DAY_S, flat_minor=random.choice((0, 0, 500)),
                soonest_s=random.choice((0, 900, 3600)),
            ),
        ),
    )  # fmt: skip


def random_goods(random: Random, network: Network) -> Goods:
    """Lines that many nodes hold, or few, or only dated supply, or none; from one seller or two."""
    skus = [f"sku-{number}" for number in range(random.randint(1, 4))]
    sellers = ("anna", "boram")[: random.randint(1, 2)]
    density = random.choice((0.15, 0.4, 0.8))
    units = random.choice(((0, 1, 2), (1, 3, 5), (5, 9)))
    worth = random.choice(((0,), (0, 0, 7, 300)))
    cells = [
        Cell(node_id, sku, seller, random.choice(units), _due(random, node_id), random.choice(worth))
        for node_id in network.nodes for sku in skus for seller in sellers if random.random() < density
    ]  # fmt: skip
    lines = [
        Line(
            line_no=number, sku=sku, units=random.randint(1, 3), weight_g=random.choice((100, 333, 900)),
            temperature=random.choice(("ambient", "ambient", "ambient", "chilled")),
            seller_id=random.choice((None, None, None, random.choice(sellers))),
        )
        for number, sku in enumerate(skus, start=1)
    ]  # fmt: skip
    if random.random() < 0.2:
        lines.append(replace(lines[0], line_no=len(lines) + 1, units=random.randint(1, 3), kit_sku="kit", kit_no=1))
    offers = tuple(Offer(sku, seller, random.choice((1000, 1003, 1500))) for sku in skus for seller in sellers)
    by_node: dict[str, list[Cell]] = {}
    for cell in cells:
        by_node.setdefault(cell.node_id, []).append(cell)
    return Goods(tuple(lines), offers, by_node)


def _due(random: Random, node_id: str) -> tuple[Inbound, ...]:
    if random.random() < 0.9:
        return ()
    return (Inbound(f"in-{node_id}", int(AT.timestamp()) + random.randint(1, 3) * DAY_S, random.randint(1, 4)),)


def random_busy(random: Random, network: Network) -> Busy:
    """Some nodes full for hours, some with others to serve first; of all of them it is known."""
    now = int(AT.timestamp())
    share = random.choice((0.0, 0.3, 0.9))
    busy = Busy(known=set(network.nodes))
    for node_id, node in network.nodes.items():
        if random.random() < share:
            busy.full_hours[node_id] = {now + hour * 3600 for hour in range(random.choice((1, 5, 200)))}
        if node.pickup and random.random() < share:
            busy.unpicked[node_id] = [Unpicked(now, random.choice((1, 20, 500)))]
    return busy


class Learned(Transit):
    """Somebody who has seen that parcels of some nodes take longer, and of others less."""

    def quantiles(self, service: Service, trip: Trip, at: datetime) -> Sequence[int]:
        percent = 50 + 37 * int(trip.node_id[1:]) % 200
        return [seconds * percent // 100 for seconds in trip.configured_s]


def the_question(
    network: Network, goods: Goods, policy: Policy, busy: Busy, transit: Transit
) -> tuple[Question, Weigher]:
    """A question of these goods from the east, with the operators' fees."""
    basket = Basket(wishes=tuple(Wish(line.sku, line.units) for line in goods.lines), postcode=HERE.postcode)
    asked = Asked(AT, HERE, policy, None)
    # Nothing here is in a foreign currency, so no rate is ever read.
    exchange = Exchange(cast("Conn", None), "KRW", AT)
    reach = Reach(network, asked, goods, exchange, transit, ())
    fees = {"mart": (10, 500), "logis": (0, 700)}
    weigher = Weigher(goods, columns_of(goods.cells, reach.atlas.number), reach.atlas, fees)
    return Question(basket, asked, goods, reach, fees, busy), weigher


def facts(
    network: Network, goods: Goods, policy: Policy, busy: Busy, transit: Transit = AS_CONFIGURED, *,
    everywhere: bool = False,
) -> Inputs:  # fmt: skip
    """What the promise gets to see.

    everywhere  all nodes, instead of those that can matter
    """
    question, weigher = the_question(network, goods, policy, busy, transit)
    return question.inputs(Picker(question, weigher, everywhere=everywhere).picks())


def facts_as_found(network: Network, goods: Goods, policy: Policy, truth: Busy) -> Inputs:
    """The same when it is looked up only for what is picked who is busy, as `gather` does.

    truth  who is
    """
    question, weigher = the_question(network, goods, policy, Busy(), AS_CONFIGURED)
    picker = Picker(question, weigher)
    while unknown := {node_id for each in picker.picks() for node_id in each.nodes} - question.busy.known:
        for node_id in goods.cells.keys() if question.busy.known else unknown:
            question.busy.known.add(node_id)
            if node_id in truth.full_hours:
                question.busy.full_hours[node_id] = truth.full_hours[node_id]
            if node_id in truth.unpicked:
                question.busy.unpicked[node_id] = truth.unpicked[node_id]
    return question.inputs(picker.picks())
