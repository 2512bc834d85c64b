"""A basket is asked about: everything a promise depends on is looked up, resolved and handed to the pure promise."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from sangdan.flows.picture import Shelves
from sangdan.kit.db import Conn
from sangdan.offer.network.model import Network
from sangdan.offer.network.model import Node as Place
from sangdan.offer.partners import queries as partners
from sangdan.offer.promise.errors import NoWay
from sangdan.offer.promise.model import Inputs, Policy, Quote, Seconds, Unpicked, quote
from sangdan.offer.promise.model.arrival import HOUR_S
from sangdan.offer.promise.model.basket import Basket, Wish, merged
from sangdan.offer.promise.model.policy import policy_for
from sangdan.offer.promise.ports import AS_CONFIGURED, Transit
from sangdan.ship.warehouse import commands as warehouse

from .assemble import Fees
from .columns import columns_of
from .exchange import Exchange
from .goods import read
from .pick import Picker
from .question import Busy, Question
from .reach import LONGEST_WAIT_S, Asked, Reach
from .timetables import seconds
from .trips import promised_trip
from .weigh import Weigher

__all__ = ["Basket", "Transit", "Wish", "ask", "contracted", "gather", "promised_trip"]


async def ask(
    conn: Conn,
    network: Network,
    basket: Basket,
    at: datetime,
    *,
    policy: Policy | None = None,
    transit: Transit = AS_CONFIGURED,
    shelves: Shelves | None = None,
) -> tuple[Inputs, Quote]:
    """The ways to receive a basket, with the inputs that they were computed from.

    policy, transit  as for `gather`
    shelves          as for `gather`; before it is said that there is no way, the database is asked
    raises           what `gather` raises, and NoWay with the counted reasons of every service when there is none
    """
    inputs = await gather(conn, network, basket, at, policy=policy, transit=transit, shelves=shelves)
    answer = quote(inputs)
    if not answer.ways and shelves is not None:
        inputs = await gather(conn, network, basket, at, policy=policy, transit=transit)
        answer = quote(inputs)
    if not answer.ways:
        raise NoWay(
            f"Nothing can bring this basket to {basket.postcode} now; the reasons are counted for each service.",
            postcode=basket.postcode,
            services={
                each.service: [{"code": reason.code, **reason.args} for reason in each.reasons]
                for each in answer.not_offered
            },
        )
    return inputs, answer


async def gather(
    conn: Conn,
    network: Network,
    basket: Basket,
    at: datetime,
    *,
    policy: Policy | None = None,
    transit: Transit = AS_CONFIGURED,
    without: Collection[str] = frozenset(),
    everywhere: bool = False,
    shelves: Shelves | None = None,
) -> Inputs:
    """Everything that a promise for the basket depends on, as it stands at an instant.

    network     the picture of the network, fresh
    at          aware
    policy      the alliance's rules, None for the usual ones of the basket's currency
    transit     knows how long parcels take
    without     nodes that are not asked
    everywhere  keep every node that could give the goods, also those that cannot win: to explain why they do not
    shelves     the picture of the stock to quote from; None: the database, which has what this transaction wrote
    raises      BasketSize, BadQuantity, MixedSellers, PostcodeMalformed, PostcodeUnknown, SkuUnknown, NotForSale,
                NoRate
    """
    wishes = merged(basket)
    rules = policy if policy is not None else policy_for(basket.currency)
    asked = Asked(at, network.zone_of(basket.postcode), rules, basket.estimated_at)
    exchange = Exchange(conn, basket.currency, at)
    goods = await read(conn, wishes, exchange, at, basket.shop_id, shelves)
    reach = Reach(network, asked, goods, exchange, transit, without)
    await exchange.prepare(reach.currencies())
    # Only nodes that hold something can send it: an alliance of thousands is not asked for all its contracts.
    holders = {network.nodes[node_id].operator_id for node_id in goods.cells if node_id in network.nodes}
    fees = await contracted(conn, exchange, holders, asked.local_at)
    question = Question(basket, asked, goods, reach, fees, Busy())
    weigher = Weigher(goods, columns_of(goods.cells, reach.atlas.number), reach.atlas, fees)
    picker = Picker(question, weigher, everywhere=everywhere)
    while True:
        picks = picker.picks()
        # What a node has promised already only makes it later: while the best ones stay the best, looking at them is
        # enough. When they do not, all that may come instead are looked at.
        unknown = {node_id for each in picks for node_id in each.nodes} - question.busy.known
        if not unknown:
            return replace(question.inputs(picks), transit_no=transit.snapshot_no)
        wanted = goods.cells.keys() & network.nodes.keys() if question.busy.known else unknown
        await _look(conn, question.busy, [network.nodes[node_id] for node_id in sorted(wanted)], at)


async def contracted(conn: Conn, exchange: Exchange, operators: Collection[str], local_at: datetime) -> dict[str, Fees]:
    """What each operator is paid, in the basket's currency; nobody without a contract or without a rate."""
    contracts = await partners.contracts_on(conn, sorted(operators), local_at.date())
    await exchange.prepare(contract.currency for contract in contracts)
    fees: dict[str, Fees] = {}
    for contract in contracts:
        unit = exchange.converted(contract.unit_fee_minor, contract.currency)
        parcel = exchange.converted(contract.parcel_fee_minor, contract.currency)
        if unit is not None and parcel is not None:
            fees[contract.partner_id] = (unit.amount_minor, parcel.amount_minor)
    return fees


async def _look(conn: Conn, busy: Busy, places: Sequence[Place], at: datetime) -> None:
    """Look up what nodes have promised already."""
    full_hours, unpicked = await _full_hours(conn, places, at), await _queues(conn, places, at)
    busy.known.update(place.node_id for place in places)
    busy.full_hours.update(full_hours)
    busy.unpicked.update(unpicked)


async def _full_hours(conn: Conn, places: Sequence[Place], at: datetime) -> dict[str, set[Seconds]]:
    """By node: the hours that take no further parcel."""
    hour_at = at - timedelta(seconds=at.timestamp() % HOUR_S)
    most = {place.node_id: place.parcels_per_hour for place in places}
    until = at + timedelta(seconds=LONGEST_WAIT_S)
    full: defaultdict[str, set[Seconds]] = defaultdict(set)
    for slot in await warehouse.used_slots(conn, sorted(most), hour_at, until):
        if slot.parcels >= most[slot.node_id]:
            full[slot.node_id].add(seconds(slot.hour_at))
    return full


async def _queues(conn: Conn, places: Sequence[Place], at: datetime) -> dict[str, list[Unpicked]]:
    """By store: what its few pickers have to pick first. A centre works in waves, planned by its hours."""
    stores = [place.node_id for place in places if place.pickup]
    queues: defaultdict[str, list[Unpicked]] = defaultdict(list)
    if stores:
        for each in await warehouse.unpicked(conn, stores, at + timedelta(seconds=LONGEST_WAIT_S)):
            pack_by = None if each.pack_by is None else seconds(each.pack_by)
            queues[each.node_id].append(Unpicked(seconds(each.hour_at), each.parcels, pack_by))
    return queues
