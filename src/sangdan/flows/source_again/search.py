"""Who else can bring what a parcel lacks: asked of the promise room, held at once."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace
from psycopg import Rollback

from sangdan.flows.picture import network_of
from sangdan.flows.place_order.queue import late_at, lock_queues
from sangdan.flows.quote_promise import gather
from sangdan.flows.release_order import tasks
from sangdan.kit.db import Conn
from sangdan.kit.problems import Problem
from sangdan.offer.network import commands as networks
from sangdan.offer.network.model import Network
from sangdan.offer.promise import commands as promise
from sangdan.offer.promise.model import Inputs, Unpicked, Way, lined_up, places, ways_of
from sangdan.offer.promise.model.answer import Parcel as Planned
from sangdan.offer.promise.model.basket import Basket, Wish
from sangdan.offer.promise.model.inputs import PICKUP, offers_of
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import Held
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Order, Parcel, Whole
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.errors import NodeFull
from sangdan.ship.warehouse.model import Short

from .portions import Portion, content_of, parcel_of, portions_of

DAY_S: Final = 86_400
# How much later than promised it may come, tried one after the other; None: as late as the service allows.
DELAYS_S: Final = (0, DAY_S, 3 * DAY_S, None)
# How often all ways are asked for, each time without the nodes of those known.
ROUNDS: Final = 3


class Search:
    """Who else can bring what a parcel lacks.

    before    the parcel
    moved     the new parcels found so far
    refusers  nodes that did not find something for this order
    sold_on   the facts behind the order's promise: its rules still hold
    """

    def __init__(
        self, conn: Conn, order: Order, before: Parcel, refusers: frozenset[str], sold_on: Inputs, at: datetime
    ) -> None:
        self.before = before
        self.moved: list[Parcel] = []
        self._conn = conn
        self._order = order
        self._refusers = refusers
        self._sold_on = sold_on
        self._at = at

    @classmethod
    async def begin(
        cls, conn: Conn, whole: Whole, parcel_no: int, at: datetime, without: Collection[str] = ()
    ) -> "Search | None":
        """None for what waits at the counter of one store: no other store can fill it.

        without  nodes that are not asked either
        """
        before = whole.parcel(parcel_no)
        if before.carrier_id is None:
            return None
        refusers = set(without)
        for parcel in whole.parcels:
            lines = await warehouse.lines(conn, parcel.node_id, parcel.parcel_id)
            if any(line.found is not None and line.found < line.units for line in lines):
                refusers.add(parcel.node_id)
        sold_on = await promise.taken_on(conn, whole.order.order_id)
        return cls(conn, whole.order, before, frozenset(refusers), sold_on, at)

    async def elsewhere(self, shorts: Sequence[Short]) -> list[Short]:
        """Find the units and hold them: in time if that can be, together or line by line; else together and later. A
        line of which nobody has enough is set aside, so that it spoils nothing for the others.

        gives  what nobody can bring
        """
        if await self._place(shorts, DELAYS_S[:1]):
            return []
        scarce = [short for short in shorts if not await self._at_all([short])]
        if scarce:
            rest = [short for short in shorts if short not in scarce]
            left = await self.elsewhere(rest) if rest else []
            return left + [missing for short in scarce for missing in await self._fewer(short)]
        if await self._each_in_time(shorts) or await self._place(shorts, DELAYS_S[1:]):
            return []
        if len(shorts) > 1:
            return [left for short in shorts for left in await self.elsewhere([short])]
        return await self._fewer(shorts[0])

    async def _fewer(self, short: Short) -> list[Short]:
        """Hold as many units of a short as there are, whenever they come; gives what is missing then."""
        units = await self._most(short)
        if units > 0 and await self._place([replace(short, units=units)]):
            return [replace(short, units=short.units - units)]
        return [short]

    async def _at_all(self, shorts: Sequence[Short]) -> bool:
        """Whether somebody can bring units, whenever they come."""
        return bool(await self._ways(await network_of(self._conn), shorts, None))

    async def _each_in_time(self, shorts: Sequence[Short]) -> bool:
        """Keep the date with services of their own for the lines; all of them, or none."""
        if len(shorts) < 2:
            return False
        known = len(self.moved)
        async with self._conn.transaction() as attempt:
            for short in shorts:
                if not await self._place([short], DELAYS_S[:1]):
                    del self.moved[known:]
                    raise Rollback(attempt)
        return len(self.moved) > known

    async def _place(self, shorts: Sequence[Short], delays_s: Sequence[int | None] = DELAYS_S) -> bool:
        """Hold the units where they keep the date best, and there where it costs the alliance least."""
        network = await network_of(self._conn)
        for delay_s in delays_s:
            found = await self._ways(network, shorts, delay_s)
            for facts, way in sorted(found, key=lambda each: (each[1].cost_minor, each[1].promised_at)):
                if await self.take(network, shorts, facts, way):
                    return True
        return False

    async def _most(self, short: Short) -> int:
        """How many units of a short somebody can bring, fewer than all of them."""
        low, high = 0, short.units - 1
        while low < high:
            middle = (low + high + 1) // 2
            if await self._at_all([replace(short, units=middle)]):
                low = middle
            else:
                high = middle - 1
        return low

    async def apart(self, network: Network, shorts: Sequence[Short]) -> list[tuple[Inputs, Way]]:
        """How all of the units could come, whenever that is.

        gives  the best ways of every service, then those from nodes that none of these needs, ROUNDS times at most
        """
        found: list[tuple[Inputs, Way]] = []
        used: set[str] = set()
        for _ in range(ROUNDS):
            further = await self._ways(network, shorts, None, used)
            found += further
            if not further:
                break
            used |= {parcel.node_id for _, way in further for parcel in way.parcels}
        return found

    async def _ways(
        self, network: Network, shorts: Sequence[Short], delay_s: int | None, without: Collection[str] = ()
    ) -> list[tuple[Inputs, Way]]:
        """How each delivery service could bring the units, at most so much later than the parcel that lacks them."""
        left_s = int((self.before.promised_at - self._at).total_seconds())
        rules = tuple(
            rule if delay_s is None else replace(rule, within_s=min(rule.within_s, left_s + delay_s))
            for rule in self._sold_on.policy.services
            if rule.service != PICKUP
        )
        basket = Basket(
            wishes=tuple(Wish(short.sku, short.units, short.owner_id, self._share_minor(short)) for short in shorts),
            postcode=self._order.postcode,
            currency=self._order.currency,
            birth_year=self._sold_on.birth_year,
        )
        policy, unasked = replace(self._sold_on.policy, services=rules), self._refusers.union(without)
        try:
            facts = await gather(self._conn, network, basket, self._at, policy=policy, without=unasked)
        except Problem:
            return []  # what cannot be asked for any more, nobody can bring
        return [(facts, way) for rule in rules for way in ways_of(facts, rule.service)]

    def _share_minor(self, short: Short) -> int | None:
        """What a kit's part was sold for, since its seller need not offer it alone; None for what is no kit's."""
        for line in self._sold_on.lines:
            if line.line_no == short.line_no and line.kit_no is not None:
                return offers_of(line, self._sold_on.offers)[short.owner_id].unit_price_minor
        return None

    async def take(self, network: Network, shorts: Sequence[Short], facts: Inputs, way: Way) -> bool:
        """Hold a way's units and hours, give its parcels to their floors; False, and nothing held, when one is gone."""
        most = {node.node_id: node.parcels_per_hour for node in facts.nodes}
        portions = portions_of(way, shorts)
        moved: list[Parcel] = []
        async with self._conn.transaction() as attempt:
            if not await self._has_a_turn(facts, way):
                raise Rollback(attempt)
            for planned, (node_id, place) in zip(way.parcels, places(facts, way), strict=True):
                made = None
                if await self._works(network, node_id):
                    made = await self._move(planned, place, portions[planned.parcel_no], most[node_id])
                if made is None:
                    raise Rollback(attempt)
                moved.append(made)
        if len(moved) < len(way.parcels):
            return False
        self.moved += moved
        return True

    async def _has_a_turn(self, facts: Inputs, way: Way) -> bool:
        """Whether a way makes nobody late in the queues of its stores, as whoever places is asked."""
        stores = lined_up(facts, way)
        if not stores:
            return True
        return not late_at(facts, way, await lock_queues(self._conn, stores, self._at), stores, self._at)

    async def _works(self, network: Network, node_id: str) -> bool:
        """Whether a node still works as the picture has it; it cannot be closed any more before we are through."""
        if not await networks.share(self._conn, node_id):
            return False
        fresh = await network_of(self._conn)
        same = fresh.node(node_id).temperatures == network.node(node_id).temperatures
        return same and fresh.out(node_id, self._at) is None

    async def _move(self, planned: Planned, place: Unpicked, portions: Sequence[Portion], most: int) -> Parcel | None:
        """Let another node make a parcel of these portions; None when the goods or the hour are gone."""
        conn, before = self._conn, self.before
        whole = await orders.read(conn, self._order)
        parcel = parcel_of(whole, planned, before)
        contents = [content_of(parcel, portion) for portion in portions]
        for portion, part in zip(portions, contents, strict=True):
            short = portion.short
            wanted = Held(
                parcel.node_id, part.reservation_id, part.line_no, short.sku, short.owner_id, part.units,
                part.inbound_id,
            )  # fmt: skip
            if not await stock.hold(conn, parcel.order_id, wanted, self._at):
                return None
        try:
            pack_by = None if place.pack_by is None else datetime.fromtimestamp(place.pack_by, UTC)
            await warehouse.claim(conn, parcel.node_id, parcel.parcel_id, parcel.slot_at, most, pack_by)
        except NodeFull:
            return None
        lost: Counter[UUID] = Counter()
        for portion in portions:
            lost[portion.short.reservation_id] += portion.units
        parts = [(before.parcel_no, reservation_id, units) for reservation_id, units in lost.items()]
        await orders.move_to(conn, whole, parts, parcel, contents)
        if parcel.state == "released":
            await warehouse.release(conn, tasks(await orders.read(conn, self._order), [parcel]))
        return parcel
