"""What there is to do for somebody with a device in hand: all that the device must know to go on alone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.model import Sku
from sangdan.order.orders import commands as orders
from sangdan.ship.delivery import commands as delivery
from sangdan.ship.delivery.model import Parcel
from sangdan.ship.floor import commands as floor
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.model import Task, TaskLine
from sangdan.store.pickup import model as pickup

FIRST: Final = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
TASKS_MOST: Final = 300
# A parcel that nobody fetches goes back before this.
COUNTER_FOR: Final = timedelta(days=10)
COUNTER_MOST: Final = 300
ON_BOARD_MOST: Final = 400
TO_LOAD_MOST: Final = 60
ENDED: Final = ("delivered", "lost")


class Good(msgspec.Struct, frozen=True):
    """What somebody looks for on a shelf; picture: its name, None without one."""

    sku: str
    name_ko: str
    name_en: str
    gtin: str | None
    temperature: str
    age_limit: int
    options: Sequence[str]
    picture: str | None


class ToFind(msgspec.Struct, frozen=True):
    """Units of one reservation; found is None until somebody looked."""

    reservation_id: UUID
    sku: str
    units: int
    found: int | None


class ToMake(msgspec.Struct, frozen=True):
    """A parcel of the floor's list.

    hint  by which a pickup code is recognised without a line; None while it is not behind the counter
    """

    parcel_id: UUID
    order_id: UUID
    state: str
    due_at: datetime
    carrier_id: str | None
    service: str
    sscc: str | None
    lines: Sequence[ToFind]
    hint: str | None = None
    since: datetime | None = None


class ToBring(msgspec.Struct, frozen=True):
    """A parcel of a courier's list; promised_at: by when it shall be at the door."""

    parcel_id: UUID
    order_id: UUID
    state: str
    sscc: str
    postcode: str
    promised_at: datetime
    since: datetime


class FloorWork(msgspec.Struct, frozen=True):
    """A node's list: parcels to make, least time left first; those behind the counter; the goods in all of them."""

    at: datetime
    tasks: Sequence[ToMake]
    counter: Sequence[ToMake]
    goods: dict[str, Good]


class RoadWork(msgspec.Struct, frozen=True):
    """A courier's list: what is on board, soonest promised first, and what their carrier took over and nobody has."""

    at: datetime
    on_board: Sequence[ToBring]
    to_load: Sequence[ToBring]


async def floor_work(conn: Conn, node_id: str, secret: bytes, at: datetime) -> FloorWork:
    """What a node has to do; the caller has checked that the asker works there.

    secret  the alliance's, for pickup codes
    """
    work = await warehouse.open_tasks(conn, node_id, FIRST, TASKS_MOST, at)
    tasks = [_to_make(each.task, each.lines) for each in work]
    counter = await _counter(conn, node_id, secret, at)
    wanted = sorted({line.sku for each in (*tasks, *counter) for line in each.lines})
    skus = await catalogue.skus(conn, wanted)
    products = await catalogue.products(conn, sorted({each.product_id for each in skus.values()}))
    pictures = {each.product_id: each.picture for each in products}
    goods = {sku: _good(found, pictures.get(found.product_id)) for sku, found in skus.items()}
    return FloorWork(at, tasks, counter, goods)


async def road_work(conn: Conn, seer: Seer, at: datetime) -> RoadWork:
    """What a courier has to do."""
    loads = await floor.loads(conn, seer.client_id, ON_BOARD_MOST)
    held = await delivery.these(conn, {load.parcel_id: load.order_id for load in loads})
    mine = [
        each for each in held if seer.seen_by in (None, each.carrier_id) and each.state not in ("delivered", "lost")
    ]
    free = [] if seer.seen_by is None else await delivery.with_carrier(conn, seer.seen_by, TO_LOAD_MOST)
    bring = {each.parcel_id: each for each in await _to_bring(conn, [*mine, *free])}
    soonest = sorted((bring[each.parcel_id] for each in mine), key=lambda each: (each.promised_at, each.parcel_id))
    return RoadWork(at, soonest, [bring[each.parcel_id] for each in free])


async def _counter(conn: Conn, node_id: str, secret: bytes, at: datetime) -> list[ToMake]:
    put = {each.parcel_id: each for each in await warehouse.at_counter(conn, node_id, at - COUNTER_FOR, COUNTER_MOST)}
    held = await delivery.these(conn, {parcel_id: task.order_id for parcel_id, task in put.items()})
    waiting = [each for each in held if each.state == "available_for_pickup"]
    inside: dict[UUID, list[TaskLine]] = {each.parcel_id: [] for each in waiting}
    for line in await warehouse.lines_of(conn, node_id, list(inside)):
        inside[line.parcel_id].append(line)
    return [
        msgspec.structs.replace(
            _to_make(put[each.parcel_id], inside[each.parcel_id]),
            hint=pickup.hint(secret, each.parcel_id),
            since=each.state_at,
        )
        for each in sorted(waiting, key=lambda each: each.state_at, reverse=True)
    ]


async def _to_bring(conn: Conn, held: Sequence[Parcel]) -> list[ToBring]:
    told = {each.parcel_id: each for each in await orders.bound_for(conn, [each.order_id for each in held])}
    return [
        ToBring(
            each.parcel_id, each.order_id, each.state, each.sscc,
            told[each.parcel_id].postcode, told[each.parcel_id].promised_at, each.state_at,
        )
        for each in held
    ]  # fmt: skip


def _to_make(task: Task, lines: Sequence[TaskLine]) -> ToMake:
    inside = [ToFind(line.reservation_id, line.sku, line.units, line.found) for line in lines]
    return ToMake(
        task.parcel_id, task.order_id, task.state, task.due_at, task.carrier_id, task.service, task.sscc, inside
    )


def _good(sku: Sku, picture: str | None) -> Good:
    return Good(sku.sku, sku.name_ko, sku.name_en, sku.gtin, sku.temperature, sku.age_limit, sku.options, picture)
