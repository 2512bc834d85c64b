"""The tiny alliance at work: its shoppers, pickers, carriers and bank, each verb of theirs a method."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import polars as pl

from sangdan.adapters.sandbox_gateway import Decide, SandboxGateway, approve
from sangdan.doors.worker.outside import Outside
from sangdan.flows import quote_promise, register
from sangdan.flows.cancel_order import cancel
from sangdan.flows.drift import drift
from sangdan.flows.import_rows import load
from sangdan.flows.picture import network_of
from sangdan.flows.place_order import take
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.kit import ledger
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, many
from sangdan.kit.engine import Engine
from sangdan.kit.ids import Ids
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.errors import NoWay
from sangdan.offer.promise.model import Way
from sangdan.offer.promise.model.outcome import Outcome
from sangdan.offer.stock import commands as stock
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Cut, Parcel, Whole
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.model import Payment
from sangdan.ship.delivery import commands as delivery
from sangdan.ship.delivery.model import Report, State
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.model import Task

from .alliance_cases import AT, BUYER, ROWS, SECRET, SEOUL, TERMS

REACTIVE: Final = register.REACTIVE  # importing it makes every reaction known


class Books:
    """Where the money is: nets by account, of the shop's book and of the alliance's."""

    def __init__(self, balances: Sequence[ledger.Balance]) -> None:
        self.nets = {(each.book, each.account): each.net_minor for each in balances if each.net_minor}
        self.held_minor = sum(each.credits_pending for each in balances if each.account == "escrow")
        sums: dict[tuple[str, str], int] = {}
        for each in balances:
            key = each.book, each.currency
            sums[key] = sums.get(key, 0) + each.net_minor
        self.sums = sums

    def net(self, account: str, book: str = "market") -> int:
        """What an account holds: credits less debits."""
        return self.nets.get((book, account), 0)


class Town:
    """The alliance at work. Every verb ends with an audit: nothing has drifted, every book sums to zero.

    decide   what the bank does with each call
    careful  without it nobody audits; a storm does so itself now and then
    """

    def __init__(self, pool: Pool, decide: Decide = approve, *, careful: bool = True) -> None:
        self.pool = pool
        self.clock = SimClock(AT)
        self.gateway = SandboxGateway(self.clock, decide)
        self.engine = Engine(pool, self.clock, Outside(self.gateway))
        self.ids = Ids(seed=7)
        self.careful = careful

    async def found(self, **changed: Sequence[Mapping[str, Any]]) -> None:
        """Bring the alliance in; `changed` replaces the rows of a kind."""
        for kind, rows in {**ROWS, **changed}.items():
            report = await load(self.pool, kind, pl.DataFrame(rows), AT)
            assert report.rejected == 0, report.rejects
        async with self.pool.transaction() as conn:
            for number, node in enumerate(ROWS["nodes"]):
                await warehouse.adopt_prefix(conn, node["node_id"], f"880{number:06d}")

    async def way(self, wishes: Mapping[str, int], service: str = "next_day", postcode: str = SEOUL) -> tuple[str, Way]:
        """Ask for a basket; gives a service's first way and its token.

        raises  NoWay when the service cannot bring it
        """
        now = self.clock.now()
        basket = Basket(wishes=tuple(Wish(sku, units) for sku, units in wishes.items()), postcode=postcode)
        async with self.pool.transaction() as conn:
            inputs, quote = await quote_promise.ask(conn, await network_of(conn), basket, now)
        way = next((each for each in quote.ways if each.service == service), None)
        if way is None:
            raise NoWay(f"{service} cannot bring this.")
        return promises.seal(way, promises.pack(inputs), self.ids.new(now), BUYER.client_id, SECRET), way

    async def take(self, token: str) -> UUID:
        """Take a promise; nobody has reacted yet."""
        async with self.pool.transaction() as conn:
            taken = await take(conn, token, BUYER, TERMS, SECRET, self.clock.now())
        await self._looked_over()
        return taken.order_id

    async def order(self, service: str = "next_day", **wishes: int) -> UUID:
        """Ask and take, and let the bank answer."""
        token, _ = await self.way(wishes, service)
        order_id = await self.take(token)
        await self.react()
        return order_id

    async def released(self, service: str = "next_day", **wishes: int) -> UUID:
        """An order that is on the floors."""
        order_id = await self.order(service, **wishes)
        await self.until(self.clock.now() + timedelta(seconds=TERMS.release_after_s))
        return order_id

    async def react(self) -> None:
        """Let everybody hear what happened."""
        await self.engine.drain()
        await self._looked_over()

    async def until(self, at: datetime) -> None:
        """Let time pass; the bank's late answers come when it is over."""
        await self.engine.run_until(at)
        for _, answer in self.gateway.notices(at):
            async with self.pool.transaction() as conn:
                await payments.record(conn, answer, at)
        await self.react()

    async def cancel(self, order_id: UUID, wish: Mapping[int, int] | None = None) -> Cut:
        """The shopper thinks better of it."""
        async with self.pool.transaction() as conn:
            taken = await cancel(conn, order_id, "shopper", self.clock.now(), wish)
        await self.react()
        return taken

    async def pick(self, parcel: Parcel, **found: int) -> Task:
        """Somebody looks for a parcel's units, and finds all but of the SKUs named."""
        async with self.pool.transaction() as conn:
            lines = await warehouse.lines(conn, parcel.node_id, parcel.parcel_id)
            counted = {line.reservation_id: min(line.units, found.get(line.sku, line.units)) for line in lines}
            task = await warehouse.pick(conn, parcel.node_id, parcel.parcel_id, counted, self.clock.now())
        await self.react()
        return task

    async def send(self, parcel: Parcel, at: datetime | None = None) -> None:
        """Pack a picked parcel and hand it over."""
        if at is not None:
            await self.until(at)
        async with self.pool.transaction() as conn:
            await warehouse.pack(conn, parcel.node_id, parcel.parcel_id, self.clock.now())
        await self.react()
        async with self.pool.transaction() as conn:
            await warehouse.hand_over(conn, parcel.node_id, parcel.parcel_id, self.clock.now())
        await self.react()

    async def tell(self, parcel: Parcel, state: State, at: datetime) -> None:
        """A carrier reports, at the moment itself."""
        await self.until(at)
        report = Report(order_id=parcel.order_id, parcel_id=parcel.parcel_id, at=at, state=state)
        async with self.pool.transaction() as conn:
            await delivery.track(conn, report, None, self.clock.now())
        await self.react()

    async def deliver(self, parcel: Parcel, at: datetime | None = None) -> None:
        """Pick all of it, hand it over when it is due, and bring it in time unless told when."""
        await self.pick(parcel)
        await self.send(parcel, parcel.departs_at)
        await self.tell(parcel, "delivered", at or parcel.promised_at)

    async def whole(self, order_id: UUID) -> Whole:
        """The order as it stands."""
        async with self.pool.transaction() as conn:
            return await orders.read(conn, await orders.get(conn, order_id))

    async def live(self, order_id: UUID) -> list[Parcel]:
        """Its parcels that are still to come."""
        ended = ("delivered", "cancelled", "lost")
        return [parcel for parcel in (await self.whole(order_id)).parcels if parcel.state not in ended]

    async def payment(self, order_id: UUID) -> Payment:
        """What the shopper pays."""
        async with self.pool.transaction() as conn:
            return await payments.payment(conn, order_id, None)

    async def books(self) -> Books:
        """Where the money is."""
        async with self.pool.transaction() as conn:
            return Books(await ledger.balances(conn))

    async def shelf(self, node_id: str, sku: str) -> tuple[int, int]:
        """Units on hand, and reserved, of the one owner's cell."""
        async with self.pool.transaction() as conn:
            [cell] = await stock.balances(conn, node_id, sku, None, ("", "", ""), 2)
        return cell.on_hand, cell.reserved

    async def outcomes(self, order_id: UUID) -> list[Outcome]:
        """How its parcels' promises ended."""
        async with self.pool.transaction() as conn:
            return await many(
                conn, Outcome,
                "SELECT order_id, parcel_no, node_id, carrier_id, service, promised_at, probability_ppm, arrived_at,"
                " kept, late_s, cause FROM promise.outcome WHERE order_id = %(order_id)s ORDER BY parcel_no",
                order_id=order_id,
            )  # fmt: skip

    async def facts(self, subject: UUID, kind: str) -> list[dict[str, Any]]:
        """What was told of something, oldest first."""
        async with self.pool.transaction() as conn:
            rows = await conn.execute(
                "SELECT data FROM kit.event WHERE subject = %s AND type = %s ORDER BY sequence", (str(subject), kind)
            )
            return [row[0] for row in await rows.fetchall()]

    async def _looked_over(self) -> None:
        if self.careful:
            await self.audit()

    async def audit(self) -> None:
        """Every balance is the sum of its facts, every book of every currency sums to zero, nothing is oversold."""
        async with self.pool.transaction() as conn:
            assert await drift(conn) == []
            assert await stock.oversold(conn) == 0
            assert set(Books(await ledger.balances(conn)).sums.values()) <= {0}
