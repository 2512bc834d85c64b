"""How each deed is done: by the product's own commands, in one transaction, under its key."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec
import psycopg
from psycopg.errors import UniqueViolation

from sangdan.flows.cancel_order import cancel
from sangdan.flows.place_order import Claim, Short, Taken, place_batch
from sangdan.flows.place_order.counter import Counter
from sangdan.flows.release_order import release
from sangdan.flows.ship_parcel import ship
from sangdan.kit import requests
from sangdan.kit.db import RETRYABLE, Conn, Pool
from sangdan.kit.problems import Problem
from sangdan.kit.requests import Answer
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import Held, Reservation
from sangdan.order.orders import commands as orders
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments import model as money
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.events import ParcelHandedOver

from .deeds import AT, INBOUNDS, PER_HOUR, AnyDeed, Arrive, Cancel, Count, End, Hold, Place, Receive, Send, Told
from .wishes import CLIENT, OWNER, taken

# What a racer is told when its line is cut, or the database is away: nobody knows what became of the deed.
GONE: Final = (psycopg.OperationalError, psycopg.InterfaceError, ConnectionError)
TRIES: Final = 12
LOCKED_FROM: Final = 2  # the trial that locks before it looks
EXPIRES: Final = AT.replace(year=AT.year + 1)
DONE: Final = Told("done")


class Refused(Exception):
    """The deed cannot be done now; its transaction leaves nothing."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Strife(msgspec.Struct):
    """How often a transaction lost a race and was tried anew, and how often a batch was given up and tried singly."""

    lost: int = 0
    singly: int = 0


async def place(conn: Conn, deeds: Sequence[Place], strife: Strife) -> list[Told]:
    """Place a batch, as a server's batcher does; no key and no order twice."""
    batch = [_claimed(deed) for deed in deeds]
    for tried in range(TRIES):
        try:
            async with conn.transaction():
                shorts = await place_batch(conn, batch, AT, locked=tried >= LOCKED_FROM)
            return [await _placed(conn, one, short) for one, short in zip(batch, shorts, strict=True)]
        except (*RETRYABLE, UniqueViolation):
            strife.lost += 1
    assert len(deeds) > 1, f"{deeds[0].key} lost {TRIES} races"
    strife.singly += 1
    return [told for deed in deeds for told in await place(conn, [deed], strife)]


async def line_up(counter: Counter, pool: Pool, deeds: Sequence[Place]) -> list[Told | None]:
    """Place orders by way of a server's counter, all of them asked for at once; None where the line was cut."""
    batch = [_claimed(deed) for deed in deeds]
    answers = await asyncio.gather(*(counter.place(one) for one in batch), return_exceptions=True)
    told: list[Told | None] = []
    for one, answer in zip(batch, answers, strict=True):
        if isinstance(answer, list):
            try:
                async with pool.connection() as conn:
                    told.append(await _placed(conn, one, answer))
            except GONE:
                told.append(None)
        elif isinstance(answer, Problem):
            told.append(Told(answer.code))
        elif isinstance(answer, GONE):
            told.append(None)
        else:
            raise answer
    return told


def _claimed(deed: Place) -> Taken:
    claim = Claim(CLIENT, deed.key, _hash(deed), 201, msgspec.json.encode({"order_id": deed.wish.order_id}))
    return msgspec.structs.replace(taken(deed.wish, PER_HOUR), claim=claim)


async def _placed(conn: Conn, one: Taken, short: list[Short]) -> Told:
    if not short:
        return DONE
    kinds = {each["what"] for each in short}
    if "twin" not in kinds:
        return Told(",".join(sorted(kinds)))
    assert one.claim is not None
    async with conn.transaction():
        known = await requests.claim(conn, CLIENT, one.claim.key, one.claim.body_hash, AT)
    assert known == Answer(one.claim.status, one.claim.answer), "a twin is told what the first was told"
    return Told("done", again=True)


async def act(conn: Conn, deed: AnyDeed, strife: Strife) -> Told:
    """Do one deed; doing it again gives the answer of the first time."""
    if isinstance(deed, Place):
        [told] = await place(conn, [deed], strife)
        return told
    for _ in range(TRIES):
        try:
            async with conn.transaction():
                return await _once(conn, deed)
        except RETRYABLE:
            strife.lost += 1
        except Refused as refused:
            return Told(refused.what)
        except Problem as problem:
            return Told(problem.code)
    raise AssertionError(f"{deed.key} lost {TRIES} races")


async def _once(conn: Conn, deed: AnyDeed) -> Told:
    known = await requests.claim(conn, CLIENT, deed.key, _hash(deed), AT)
    if known is not None:
        return msgspec.structs.replace(msgspec.json.decode(known.answer, type=Told), again=True)
    told = await _effect(conn, deed)
    await requests.remember(conn, CLIENT, deed.key, Answer(200, msgspec.json.encode(told)))
    return told


async def _effect(conn: Conn, deed: AnyDeed) -> Told:
    match deed:
        case Cancel():
            cut = await cancel(conn, deed.order_id, "shopper", AT, deed.lines)
            return Told("done", tuple((reservation_id, units) for _, reservation_id, units in cut.parts))
        case Send():
            return await _send(conn, deed)
        case Receive():
            node_id, sku = deed.cell
            assert await stock.receive(conn, node_id, deed.movement_id, sku, OWNER, deed.units, deed.key, AT)
        case Count():
            row = f"2,{deed.cell[0]},{deed.cell[1]},{OWNER},{deed.on_hand},\n".encode()
            if (await stock.count(conn, row, AT, deed.key)).refused:
                raise Refused("reserved")
        case Arrive():
            await stock.arrive(conn, INBOUNDS[deed.inbound_id][0], deed.inbound_id, deed.movement_id, AT)
        case Hold():
            node_id, sku = deed.cell
            wanted = Reservation(node_id, deed.reservation_id, sku, OWNER, deed.units, EXPIRES)
            await stock.reserve(conn, wanted, AT)
        case End():
            if deed.expires:
                await stock.expire(conn, str(deed.reservation_id), {"node_id": deed.node_id}, AT)
            else:
                await stock.release(conn, deed.node_id, deed.reservation_id)
        case Place():
            raise AssertionError("orders are placed in batches")
    return DONE


async def _send(conn: Conn, deed: Send) -> Told:
    """Everything that happens to an order until its units are off the shelves."""
    held = await _held(conn, deed)
    paid = await payments.payment(conn, deed.order_id, None)
    approved = money.Answer(
        order_id=deed.order_id, key=f"authorise-{paid.payment_id}", kind="authorise", outcome="approved",
        amount_minor=paid.amount_minor, gateway_ref="1",
    )  # fmt: skip
    await payments.record(conn, approved, AT)
    await orders.authorise(conn, deed.order_id, AT)
    await release(conn, str(deed.order_id), {}, AT)
    whole = await orders.read(conn, await orders.get(conn, deed.order_id))
    for parcel in [each for each in whole.parcels if each.state == "released"]:
        lines = await warehouse.lines(conn, parcel.node_id, parcel.parcel_id)
        found = {line.reservation_id: line.units for line in lines}
        await warehouse.pick(conn, parcel.node_id, parcel.parcel_id, found, AT)
        await warehouse.pack(conn, parcel.node_id, parcel.parcel_id, AT)
        gone = await warehouse.hand_over(conn, parcel.node_id, parcel.parcel_id, AT)
        assert gone.sscc is not None
        fact = ParcelHandedOver(
            node_id=gone.node_id, parcel_id=gone.parcel_id, order_id=gone.order_id, parcel_no=gone.parcel_no, at=AT,
            sscc=gone.sscc, carrier_id=gone.carrier_id,
        )  # fmt: skip
        await ship(conn, fact, AT)
    return Told("done", tuple((each.reservation_id, each.units) for each in held))


async def _held(conn: Conn, deed: Send) -> list[Held]:
    """What the order holds, all of it on shelves; the order is locked first, as everywhere.

    raises  Refused when something of it has not come yet, or it is over
    """
    order = await orders.lock(conn, deed.order_id)
    held = await stock.held(conn, deed.order_id)
    if order.state != "placed" or any(each.inbound_id is not None for each in held):
        raise Refused("not-yet")
    return held


def _hash(deed: AnyDeed) -> bytes:
    return requests.hash_body("POST", type(deed).__name__, msgspec.json.encode(deed))
