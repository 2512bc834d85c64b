"""Open promises are looked at again: which dates are in danger, what could come sooner, what could come cheaper.

Looking changes nothing. Orders whose node is out of service can be handed to the flow that sources them again, which
decides each by itself, exactly and with its hours; what is merely cheaper or sooner is told.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from sangdan.flows.picture import network_of
from sangdan.flows.quote_promise import contracted
from sangdan.flows.quote_promise.columns import columns_of
from sangdan.flows.quote_promise.exchange import Exchange
from sangdan.flows.quote_promise.goods import Goods
from sangdan.flows.quote_promise.reach import Asked, Reach
from sangdan.kit.db import Conn
from sangdan.kit.events import set_timer
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.network.model import Network, Postcode
from sangdan.offer.promise.model import Cell, ServiceRule
from sangdan.offer.promise.model.policy import policy_for
from sangdan.offer.promise.ports import AS_CONFIGURED, Transit
from sangdan.offer.stock import commands as stocks
from sangdan.order.orders import queries as orders
from sangdan.order.orders.queries import Waiting

from .look import Finding, Group, Stock, findings, group_of

__all__ = ["Finding", "Looked", "act", "look_again"]

_NOTHING: Final = Goods((), (), {})
# Parcels that go to one place by one service, paid in one currency.
Place = tuple[Postcode, str, str]


class Looked(msgspec.Struct, frozen=True):
    """What was found.

    looked_at  parcels that were weighed
    left_out   and those that were not, by cause: awaits_supply, no_service, foreign_charges
    counts     findings by kind
    findings   dangers first, then what saves most
    """

    looked_at: int
    left_out: dict[str, int]
    counts: dict[str, int]
    findings: list[Finding]


async def look_again(
    conn: Conn, at: datetime, *, transit: Transit = AS_CONFIGURED, least_saving_minor: int = 1
) -> Looked:
    """Weigh every parcel that nobody works on yet against every place that could send it now.

    at                  aware
    transit             knows how long parcels take
    least_saving_minor  what moving a parcel must save to be told, >= 1
    """
    network = await network_of(conn)
    left_out: Counter[str] = Counter()
    places: defaultdict[Place, list[Waiting]] = defaultdict(list)
    for each in await orders.waiting(conn):
        cause = "awaits_supply" if each.awaits_supply else _unknown(network, each)
        if cause is not None:
            left_out[cause] += 1
            continue
        place = msgspec.structs.replace(network.zone_of(each.postcode), postcode="")
        places[place, each.service, each.currency].append(each)
    stock = await _stock(conn, network, [each for group in places.values() for each in group])
    groups: list[Group] = []
    for (place, _, currency), waiting in places.items():
        exchange = Exchange(conn, currency, at)
        asked = Asked(at, place, policy_for(currency), None)
        reach = Reach(network, asked, _NOTHING, exchange, transit, ())
        rule = _rule(waiting[0])
        assert rule is not None, "those without a rule were left out"
        if reach.gates(rule).currencies - {currency}:
            left_out["foreign_charges"] += len(waiting)
            continue
        fees = await contracted(conn, exchange, reach.atlas.operators, asked.local_at)
        groups.append(group_of(waiting, reach, rule, stock, fees))
    found = findings(groups, stock, least_saving_minor)
    looked_at = sum(len(group.waiting) for group in groups)
    return Looked(looked_at, dict(left_out), dict(Counter(each.kind for each in found)), found)


async def act(conn: Conn, looked: Looked, at: datetime) -> int:
    """Hand the orders whose node is out of service to the flow that sources them again.

    gives  how many orders; each is moved in its own time, and twice changes nothing
    """
    stranded = dict.fromkeys(each.order_id for each in looked.findings if each.why == "node_out")
    for order_id in stranded:
        await set_timer(conn, "order.move", str(order_id), at)
    return len(stranded)


async def _stock(conn: Conn, network: Network, waiting: Sequence[Waiting]) -> Stock:
    """What there is, free, of what the parcels hold."""
    keys = dict.fromkeys(key for each in waiting for key in zip(each.skus, each.sellers, strict=True))
    skus = list(dict.fromkeys(sku for sku, _ in keys))
    known = await catalogue.skus(conn, skus)
    cells: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in await stocks.available(conn, skus):
        if (cell.sku, cell.owner_id) in keys:
            cells[cell.node_id].append(Cell(cell.node_id, cell.sku, cell.owner_id, cell.units))
    number = {node_id: place for place, node_id in enumerate(sorted(network.nodes))}
    return Stock(columns_of(cells, number, keys), {sku: known[sku].temperature for sku in skus})


def _unknown(network: Network, waiting: Waiting) -> str | None:
    """Why a parcel cannot be weighed."""
    return None if waiting.postcode in network.postcodes and _rule(waiting) is not None else "no_service"


def _rule(waiting: Waiting) -> ServiceRule | None:
    rules = policy_for(waiting.currency).services
    return next((rule for rule in rules if rule.service == waiting.service), None)
