"""The picture in memory, and how it follows: what a fact touched is read again, what time touched is computed again."""

import asyncio
import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from sangdan.flows.picture import network_of
from sangdan.kit import feed
from sangdan.kit.calendars import DAY
from sangdan.kit.db import Conn
from sangdan.kit.events import Fact
from sangdan.offer.network.model import Network
from sangdan.offer.promise.model.inputs import Seconds
from sangdan.offer.promise.model.risk import urgency
from sangdan.order.orders import events as order
from sangdan.ship.delivery import events as road
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse import events as floor
from sangdan.tower.watch import commands as rows
from sangdan.tower.watch.model import COMING, ENDED, Order, Parcel, tallies

from .coming import Coming, look
from .kept import Counted, Last
from .nodes import look_at_nodes, out_of_service
from .totals import Totals, counted_days, counted_since
from .wire import Change, Counters, NodeSeen, ParcelSeen, Picture, Risk

# Whatever else happens to an order leaves the picture as it is.
_KINDS: Final[tuple[type[Fact], ...]] = (
    order.OrderPlaced, order.OrderReleased, order.OrderReduced, order.OrderRePromised, order.OrderShipped,
    order.OrderDelivered, order.OrderCancelled, floor.ParcelPacked, floor.ParcelHandedOver, floor.ParcelCancelled,
    road.ParcelMoved, road.ParcelDelivered, road.ParcelLost,
)  # fmt: skip
TYPES: Final = tuple(kind.type for kind in _KINDS)
FACTS: Final = 1000  # that one follow reads at most; what is left comes with the next
PAGE: Final = 1000  # orders that are read at once
TURN: Final = 200  # orders or parcels that are worked on before the loop may do something else
RISKS: Final = 100  # that are told
HOUR: Final = timedelta(hours=1)


class Watch:
    """The live picture, for as many watchers as there are: one object a process, followed by one task.

    source  the feed's positions commit in order (kit.feed), so that a number is all that has to be remembered; a fact
            only says which order to read, so that hearing it late, or twice, shows nothing false
    """

    def __init__(self, network: Network, position: int, awaited: Collection[UUID], at: datetime) -> None:
        self._network = network
        self._position = position
        self._awaited = set(awaited)  # counted, while the fact of their placing is still to pass in the feed
        self._at = self._opened_at = at
        self._opened_with: Collection[UUID] | None = frozenset(awaited)  # None once the past is counted
        self._totals = Totals()
        self._orders: dict[UUID, Counted] = {}
        self._coming: dict[UUID, Coming] = {}
        self._floors: defaultdict[str, set[UUID]] = defaultdict(set)
        self._risky: set[UUID] = set()
        self._risks: list[UUID] = []
        self._looks: list[tuple[Seconds, UUID]] = []
        self._down: frozenset[str] = frozenset()
        self._nodes: dict[str, NodeSeen] = {}
        self._last = self._next = Last()

    @classmethod
    async def open(cls, conn: Conn, at: datetime) -> "Watch":
        """Read what is under way, as it is at one instant; `count_past` has to follow in the same transaction.

        conn  in a transaction in which nothing was asked yet
        at    now
        """
        await rows.one_instant(conn)
        position = await feed.head(conn)
        awaited = [UUID(subject) for subject in await feed.pending(conn, order.OrderPlaced.type)]
        watch = cls(await network_of(conn), position, awaited, at)
        watch._down = out_of_service(watch._network, at)
        last: Order | None = None
        while page := await rows.under_way(conn, last, PAGE):
            last = page[-1]
            await watch._put(conn, page, {each.order_id for each in page}, at)
        for first in range(0, len(awaited), PAGE):
            page = await rows.orders(conn, awaited[first : first + PAGE])
            await watch._put(conn, page, {each.order_id for each in page}, at)
        await watch._pass_time(conn, at)
        watch._next = Last()
        return watch

    async def count_past(self, conn: Conn) -> None:
        """Add the orders that had ended when the picture was opened to the counters; follow it meanwhile, if need be.

        conn  in the transaction in which it was opened: what ended since is counted by following
        """
        for since in counted_days(self._opened_at):
            for past in await rows.past(conn, since, since + DAY, list(self._opened_with or ())):
                self._totals.add(since.date(), past.currency, past.tallies())
        self._totals.forget(counted_since(self._at))
        self._opened_with = None

    async def follow(self, conn: Conn, at: datetime) -> Change:
        """Catch up with what happened: a thousand facts at most, and the time that has passed.

        conn    in a transaction, or not
        at      now, not before the last call's
        gives   the tower's change; call `change` for others before the next follow
        """
        entries = await feed.after(conn, self._position, FACTS, TYPES)
        network = await network_of(conn)
        if network is not self._network:
            self._network = network
            await self._look_again(list(self._coming), at)
        placed = {UUID(each.subject) for each in entries if each.type == order.OrderPlaced.type}
        touched = list(dict.fromkeys(UUID(each.data["order_id"]) for each in entries))
        for first in range(0, len(touched), PAGE):
            page = await rows.orders(conn, touched[first : first + PAGE])
            await self._put(conn, page, placed - self._awaited, at)
        self._awaited -= placed
        if entries:
            self._position = entries[-1].position
        await self._pass_time(conn, at)
        self._last, self._next = self._next, Last()
        return self.change(None)

    @property
    def position(self) -> int:
        """How far in the feed the picture has come."""
        return self._position

    def picture(self, seen_by: str | None) -> Picture:
        """All there is to see.

        seen_by  an ally, shown what it has a part in; None for the tower
        """
        return Picture(
            at=self._at,
            counters=self._counters(seen_by),
            nodes=[self._node(node_id, seen_by) for node_id in self._nodes],
            parcels=[each.seen for each in self._coming.values() if _may(each.seers, seen_by)],
            risks=self._told_risks(seen_by),
        )

    def risky(self, seen_by: str | None) -> Iterator[tuple[Risk, ParcelSeen]]:
        """All parcels that will probably be late, the most urgent first, to be taken before the next follow.

        seen_by  as in `picture`
        """
        for risk in self._risks_of(seen_by):
            yield risk, self._coming[risk.parcel_id].seen

    def seen(self, parcel_id: UUID, seen_by: str | None) -> tuple[Risk | None, ParcelSeen] | None:
        """One parcel that is still to come; None when it is not, or somebody else's."""
        each = self._coming.get(parcel_id)
        return None if each is None or not _may(each.seers, seen_by) else (each.risk, each.seen)

    def change(self, seen_by: str | None) -> Change:
        """What the last follow changed; seen_by as in `picture`."""
        coming = (self._coming.get(parcel_id) for parcel_id in self._last.parcels)
        return Change(
            at=self._at,
            counters=self._counters(seen_by),
            nodes=[self._node(node_id, seen_by) for node_id in sorted(self._last.nodes)],
            parcels=[each.seen for each in coming if each is not None and _may(each.seers, seen_by)],
            gone=[parcel_id for parcel_id, seers in self._last.gone.items() if _may(seers, seen_by)],
            risks=self._told_risks(seen_by) if self._last.risks else None,
        )

    async def _put(self, conn: Conn, page: Sequence[Order], new: Collection[UUID], at: datetime) -> None:
        """Bring orders up to date, in a few statements for all of them.

        new  those that no counter has counted yet
        """
        parcels: dict[UUID, list[Parcel]] = {each.order_id: [] for each in page}
        for parcel in await rows.parcels(conn, list(parcels)):
            parcels[parcel.order_id].append(parcel)
        on_floor = [(p.node_id, p.parcel_id) for each in parcels.values() for p in each if p.state == "released"]
        packed = await rows.packed(conn, on_floor) if on_floor else set[UUID]()
        for done, each in enumerate(page):
            if each.order_id in self._orders or each.order_id in new:
                self._count(each, parcels[each.order_id], packed, at)
            if done % TURN == TURN - 1:
                await asyncio.sleep(0)

    def _count(self, each: Order, parcels: Sequence[Parcel], packed: Collection[UUID], at: datetime) -> None:
        """One order: its part in the counters, and its parcels; forgotten when it is over and cannot come up again."""
        ended = each.state in ENDED
        coming = [] if ended else [parcel for parcel in parcels if parcel.state in COMING]
        adds = tallies(each, parcels)
        before = self._orders.pop(each.order_id, None)
        if before is not None:
            self._totals.add(before.placed_at.date(), before.currency, before.tallies, -1)
            for parcel_id in before.coming - {parcel.parcel_id for parcel in coming}:
                self._drop(parcel_id)
        self._totals.add(each.placed_at.date(), each.currency, adds)
        if not ended or each.order_id in self._awaited:
            ids = frozenset(parcel.parcel_id for parcel in coming)
            self._orders[each.order_id] = Counted(each.placed_at, each.currency, adds, ids)
        for parcel in coming:
            self._show(parcel, each.postcode, parcel.parcel_id in packed, parcel.seen_by(each.shop_id), at)

    def _show(self, row: Parcel, postcode: str, packed: bool, seers: frozenset[str], at: datetime) -> None:
        now = look(self._network, row, postcode, packed, seers, row.node_id in self._down, at)
        before = self._coming.get(row.parcel_id)
        self._coming[row.parcel_id] = now
        if before is None or before.seen != now.seen:
            self._next.parcels.add(row.parcel_id)
        until = now.outlook.until
        if until is not None and (before is None or before.outlook.until != until):
            heapq.heappush(self._looks, (until, row.parcel_id))
        self._next.risks |= now.risk != (None if before is None else before.risk)
        (self._risky.discard if now.risk is None else self._risky.add)(row.parcel_id)
        on_floor, here = row.handed_over_at is None, self._floors[row.node_id]
        if on_floor != (row.parcel_id in here):
            (here.add if on_floor else here.discard)(row.parcel_id)
            self._next.nodes.add(row.node_id)

    def _drop(self, parcel_id: UUID) -> None:
        before = self._coming.pop(parcel_id)
        self._next.parcels.discard(parcel_id)
        self._next.gone[parcel_id] = before.seers
        self._next.risks |= before.risk is not None
        self._risky.discard(parcel_id)
        if parcel_id in self._floors[before.row.node_id]:
            self._floors[before.row.node_id].discard(parcel_id)
            self._next.nodes.add(before.row.node_id)

    async def _look_again(self, parcel_ids: Sequence[UUID], at: datetime) -> None:
        """Nothing happened to these parcels, but what is known or what time it is may change their chance."""
        for done, parcel_id in enumerate(parcel_ids):
            if (each := self._coming.get(parcel_id)) is not None:
                self._show(each.row, each.postcode, each.packed, each.seers, at)
            if done % TURN == TURN - 1:
                await asyncio.sleep(0)

    async def _pass_time(self, conn: Conn, at: datetime) -> None:
        """What changes without a fact: chances, hours, outages, the load of the hour."""
        down = out_of_service(self._network, at)
        changed, self._down = down ^ self._down, down
        await self._look_again([parcel_id for node_id in changed for parcel_id in self._floors[node_id]], at)
        await self._look_again(self._due(int(at.timestamp())), at)
        hour_at = at.replace(minute=0, second=0, microsecond=0)
        slots = await warehouse.used_slots(conn, list(self._network.nodes), hour_at, hour_at + HOUR)
        nodes = look_at_nodes(self._network, self._floors, slots, down, at)
        self._next.nodes |= {node_id for node_id, node in nodes.items() if self._nodes.get(node_id) != node}
        self._nodes, self._at = nodes, at
        self._totals.forget(counted_since(at))
        self._rank()

    def _due(self, now: Seconds) -> list[UUID]:
        """Parcels whose chance may have changed by itself."""
        due: list[UUID] = []
        while self._looks and self._looks[0][0] <= now:
            until, parcel_id = heapq.heappop(self._looks)
            each = self._coming.get(parcel_id)
            if each is not None and each.outlook.until == until:
                due.append(parcel_id)
        return due

    def _rank(self) -> None:
        now = int(self._at.timestamp())

        def place(parcel_id: UUID) -> tuple[float, int]:
            each = self._coming[parcel_id]
            return -urgency(each.outlook.chance_ppm, each.course.promised_at - now), parcel_id.int

        ranked = sorted(self._risky, key=place)
        self._next.risks |= ranked != self._risks
        self._risks = ranked

    def _counters(self, seen_by: str | None) -> Counters:
        at_risk = len(self._risks) if seen_by is None else sum(1 for _ in self._risks_of(seen_by))
        return self._totals.counters(seen_by, at_risk, counted=self._opened_with is None)

    def _told_risks(self, seen_by: str | None) -> list[Risk]:
        return [risk for risk, _ in zip(self._risks_of(seen_by), range(RISKS), strict=False)]

    def _risks_of(self, seen_by: str | None) -> Iterable[Risk]:
        for parcel_id in self._risks:
            each = self._coming.get(parcel_id)
            if each is not None and each.risk is not None and _may(each.seers, seen_by):
                yield each.risk

    def _node(self, node_id: str, seen_by: str | None) -> NodeSeen:
        seen = self._nodes[node_id]
        if seen_by is None:
            return seen
        mine = sum(_may(self._coming[parcel_id].seers, seen_by) for parcel_id in self._floors[node_id])
        theirs = self._network.nodes[node_id].operator_id == seen_by
        return msgspec.structs.replace(seen, open_parcels=mine, load_ppm=seen.load_ppm if theirs else None)


def _may(seers: Collection[str], seen_by: str | None) -> bool:
    return seen_by is None or seen_by in seers
