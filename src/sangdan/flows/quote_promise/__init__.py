"""A basket is asked about: everything a promise depends on is looked up, resolved and handed to the pure promise."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sangdan.kit.db import Conn
from sangdan.offer.network.model import Network
from sangdan.offer.network.model import Node as Place
from sangdan.offer.partners import queries as partners
from sangdan.offer.promise.errors import NoWay
from sangdan.offer.promise.model import Inputs, LeftOut, Policy, Quote, Seconds, quote
from sangdan.offer.promise.model.arrival import HOUR_S
from sangdan.offer.promise.model.basket import Basket, Wish, merged
from sangdan.offer.promise.ports import AsConfigured, Transit
from sangdan.ship.warehouse import commands as warehouse

from .assemble import Assembly, Fees
from .exchange import Exchange
from .goods import Goods, read
from .pick import Pick, pick
from .reach import LONGEST_WAIT_S, Asked, Reach
from .timetables import seconds
from .trips import promised_trip

__all__ = ["AsConfigured", "Basket", "Transit", "Wish", "ask", "gather", "promised_trip"]


async def ask(
    conn: Conn, network: Network, basket: Basket, at: datetime, policy: Policy, transit: Transit
) -> tuple[Inputs, Quote]:
    """The ways to receive a basket, with the inputs that they were computed from.

    raises  what `gather` raises, and NoWay with the counted reasons of every service when there is none
    """
    inputs = await gather(conn, network, basket, at, policy, transit)
    answer = quote(inputs)
    if not answer.ways:
        raise NoWay(
            f"Nothing can bring this basket to {basket.postcode}; the reasons are counted for each service.",
            postcode=basket.postcode,
            services={
                each.service: [{"code": reason.code, **reason.args} for reason in each.reasons]
                for each in answer.not_offered
            },
        )
    return inputs, answer


async def gather(
    conn: Conn, network: Network, basket: Basket, at: datetime, policy: Policy, transit: Transit
) -> Inputs:
    """Everything that a promise for the basket depends on, as it stands at an instant.

    network  the picture of the network, fresh
    at       aware
    policy   the alliance's rules
    transit  knows how long parcels take
    raises   BasketSize, BadQuantity, MixedSellers, PostcodeMalformed, PostcodeUnknown, SkuUnknown, NotForSale, NoRate
    """
    wishes = merged(basket)
    asked = Asked(at, network.zone_of(basket.postcode), policy, basket.estimated_at)
    exchange = Exchange(conn, basket.currency, at)
    goods = await read(conn, wishes, exchange, at)
    reach = Reach(network, asked, goods, exchange, transit)
    await exchange.prepare(reach.currencies())
    picks = {rule.service: pick(reach, goods, network.nodes, rule, policy.max_parcels) for rule in policy.services}
    places = [network.nodes[node_id] for node_id in sorted({node_id for each in picks.values() for node_id in each.nodes})]
    fees = await _fees(conn, exchange, places, asked)
    full = await _full_hours(conn, places, at)
    return _assembled(basket, asked, goods, reach, picks, [place for place in places if place.operator_id in fees], fees, full)
