"""A tiny alliance whose orders are lived through: two centres, a cold one, two stores, two carriers, a sandbox bank.

It is Monday, ten in the morning in Seoul. Both centres can bring their goods to Seoul by Tuesday night when they are
handed over tonight; the centre in Icheon is the cheaper one.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
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
from sangdan.flows.place_order import Buyer, Terms, take
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

REACTIVE: Final = register.REACTIVE  # importing it makes every reaction known

AT: Final = datetime(2026, 11, 23, 1, tzinfo=UTC)
EVENING: Final = datetime(2026, 11, 23, 7, tzinfo=UTC)  # time enough to pack before the cut-off
NIGHT: Final = datetime(2026, 11, 23, 10, tzinfo=UTC)  # an hour behind it
SEOUL, BUSAN = "06236", "48058"
SECRET: Final = b"a key of the tests, 32 bytes long"
BUYER: Final = Buyer("web", "market", "kim")
TERMS: Final = Terms(release_after_s=300, confirm_days=7)
RELEASED: Final = AT + timedelta(seconds=300)

_NAMES: Final = {"name_ko": "이름", "name_en": "Name"}
_HOURS: Final = {day: "00:00-24:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
_PLACES: Final = {
    "seoul": {"lat_e6": 37_500_000, "lon_e6": 127_036_000},
    "busan": {"lat_e6": 35_160_000, "lon_e6": 129_160_000},
}


def _node(node_id: str, kind: str, operator_id: str, zone_id: str, temperature: str) -> dict[str, Any]:
    return {
        "node_id": node_id, "kind": kind, "operator_id": operator_id, "zone_id": zone_id, **_NAMES,
        **_PLACES[zone_id], "temperatures": temperature, "calendar_id": "always", "handling_s": 3600,
        "parcels_per_hour": 50, "pickup": kind == "store",
    }  # fmt: skip


def _lane(from_zone: str, service: str, hours: Sequence[int], base_minor: int) -> dict[str, Any]:
    return {
        "lane_id": f"{from_zone}.{service}", "from_zone": from_zone, "to_zone": "seoul", "service": service,
        "carrier_id": "swift", "calendar_id": "always", "cut_offs": "18:00", "departures": "20:00",
        "transit_s": "|".join(str(3600 * each) for each in hours), "temperatures": "ambient|frozen",
        "currency": "KRW", "base_minor": base_minor, "per_kg_minor": 100, "max_weight_g": 20_000,
        "distance_m": 60_000, "co2e_mg_per_kg_km": 100,
    }  # fmt: skip


def _sku(sku: str, temperature: str) -> dict[str, Any]:
    return {
        "sku": sku, "product_id": "things", **_NAMES, "weight_g": 500, "length_mm": 100, "width_mm": 100,
        "height_mm": 100, "temperature": temperature, "vat_class": "standard",
    }  # fmt: skip


_OVERNIGHT: Final = (8, 8, 9, 9, 10, 11, 12, 13, 16, 24)
_ACROSS: Final = (12, 12, 13, 13, 14, 15, 16, 17, 20, 30)
_SLOWLY: Final = (30, 32, 33, 34, 36, 40, 44, 48, 60, 90)

ROWS: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "partners": [
        {"partner_id": partner_id, "kind": kind, **_NAMES}
        for partner_id, kind in (
            ("market", "marketplace"), ("leaf", "seller"), ("stem", "seller"), ("logis", "logistics"),
            ("mart", "retailer"), ("swift", "carrier"),
        )
    ],
    "contracts": [
        {
            "partner_id": partner_id, "valid_from": "2026-01-01", "currency": "KRW", "commission_ppm": commission_ppm,
            "gateway_fee_ppm": 25_000, "unit_fee_minor": 300, "parcel_fee_minor": 900, "settlement_cycle": "weekly",
        }
        for partner_id, commission_ppm in (
            ("market", 0), ("leaf", 110_000), ("stem", 90_000), ("logis", 0), ("mart", 50_000), ("swift", 0),
        )
    ],
    "calendars": [{"calendar_id": "always", "timezone": "Asia/Seoul", **_HOURS}],
    "zones": [{"zone_id": zone_id, **_NAMES, **place} for zone_id, place in _PLACES.items()],
    "postcodes": [{"postcode": SEOUL, "zone_id": "seoul"}, {"postcode": BUSAN, "zone_id": "busan"}],
    "nodes": [
        _node("icheon", "fulfilment_centre", "logis", "seoul", "ambient"),
        _node("gimhae", "fulfilment_centre", "logis", "busan", "ambient"),
        _node("freeze", "cold", "logis", "seoul", "frozen"),
        _node("gangnam", "store", "mart", "seoul", "ambient"),
        _node("haeundae", "store", "mart", "busan", "ambient"),
    ],
    "lanes": [
        _lane("seoul", "next_day", _OVERNIGHT, 2500),
        _lane("busan", "next_day", _ACROSS, 3500),
        _lane("seoul", "standard", _SLOWLY, 1800),
        _lane("busan", "standard", _SLOWLY, 2200),
    ],
    "products": [{"product_id": "things", "category": "things", **_NAMES}],
    "skus": [_sku("tea", "ambient"), _sku("cup", "ambient"), _sku("jam", "ambient"), _sku("ice", "frozen")],
    "offers": [
        {"sku": sku, "seller_id": seller_id, "valid_from": "2026-01-01T00:00:00+09:00", "currency": "KRW",
         "price_minor": price_minor}
        for sku, seller_id, price_minor in (
            ("tea", "leaf", 9000), ("cup", "stem", 4000), ("jam", "mart", 5000), ("ice", "stem", 3000),
        )
    ],
    "stock": [
        {"node_id": node_id, "sku": sku, "owner_id": owner_id, "on_hand": on_hand}
        for node_id, sku, owner_id, on_hand in (
            ("icheon", "tea", "leaf", 10), ("icheon", "cup", "stem", 10), ("gimhae", "tea", "leaf", 6),
            ("gimhae", "cup", "stem", 2), ("haeundae", "tea", "leaf", 3), ("freeze", "ice", "stem", 5),
            ("gangnam", "jam", "mart", 4), ("haeundae", "jam", "mart", 4),
        )
    ],
}  # fmt: skip


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
        now = self.clock.now()
        order_id = self.ids.new(now)
        async with self.pool.transaction() as conn:
            await take(conn, token, BUYER, TERMS, order_id, SECRET, now)
        await self._looked_over()
        return order_id

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
